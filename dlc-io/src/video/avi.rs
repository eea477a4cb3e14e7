//! AVI files whose pictures are uncompressed or Motion JPEG.

mod bitmap;
mod index;
mod jpeg;

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use dlc_model::{Frame, FrameSource, ReadFrameError, VideoInfo};

use self::{
    bitmap::Bitmap,
    index::{Chunk, Codec, Index},
};
use super::{DecodeVideoError, OpenVideoErrorKind, VideoProbe, frame_len, source};
use crate::regular_file;

/// More than any JPEG of a frame takes: compressed chunks above this many bytes for a byte of
/// pixels are not read.
const MAX_JPEG_RATIO: usize = 2;
const MAX_JPEG_HEADER: usize = 1 << 16;

/// The pictures of an AVI file.
#[derive(Debug)]
pub(super) struct Source<R = BufReader<File>> {
    reader: R,
    chunks: Vec<Chunk>,
    decoder: Decoder,
    info: VideoInfo,
    /// The number of frames in the header.
    promised: usize,
    next: usize,
}

#[derive(Clone, Copy, Debug)]
enum Decoder {
    Bitmap(Bitmap),
    Jpeg,
}

impl Source {
    /// Opens a file, or returns `None` if it is no AVI or one that only ffmpeg can read.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, OpenVideoErrorKind> {
        let file = regular_file::open(path).map_err(OpenVideoErrorKind::Io)?;
        Self::new(BufReader::new(file))
    }
}

impl<R: Read + Seek> Source<R> {
    fn new(mut reader: R) -> Result<Option<Self>, OpenVideoErrorKind> {
        let Some(index) = Index::read(&mut reader)? else {
            return Ok(None);
        };
        index.check_complete()?;
        frame_len(index.width, index.height)?;
        let info = VideoInfo {
            width: index.width,
            height: index.height,
            fps: index.fps,
            frame_count: index.chunks.len(),
        };
        let mut source = Self {
            reader,
            decoder: match index.codec {
                Codec::Bitmap(bitmap) => Decoder::Bitmap(bitmap),
                Codec::Jpeg => Decoder::Jpeg,
            },
            chunks: index.chunks,
            promised: index.promised,
            info,
            next: 0,
        };
        // Half as high means that each JPEG is a field: only ffmpeg weaves them.
        let is_foreign = index.codec == Codec::Jpeg
            && source.first_jpeg_size()? != Some((info.width, info.height));
        Ok((!is_foreign).then_some(source))
    }

    /// Says whether the pixels are exactly those that OpenCV gives.
    pub(super) fn matches_opencv(&self) -> bool {
        matches!(self.decoder, Decoder::Bitmap(_))
    }

    fn first_jpeg_size(&mut self) -> Result<Option<(usize, usize)>, OpenVideoErrorKind> {
        for index in 0..self.chunks.len() {
            let bytes = self.chunk(index).map_err(OpenVideoErrorKind::Io)?;
            if let Some(size) = bytes.as_deref().and_then(jpeg::size) {
                return Ok(Some(size));
            }
        }
        Ok(None)
    }

    /// Reads the bytes of one picture, or `None` if there cannot be a picture in it.
    fn chunk(&mut self, index: usize) -> io::Result<Option<Vec<u8>>> {
        let chunk = self.chunks[index];
        let len = chunk.len as usize;
        if !self.len_is_plausible(len) {
            return Ok(None);
        }
        let mut bytes = vec![0; len];
        self.reader.seek(SeekFrom::Start(chunk.start))?;
        self.reader.read_exact(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn len_is_plausible(&self, len: usize) -> bool {
        match self.decoder {
            Decoder::Bitmap(bitmap) => bitmap.holds(len),
            Decoder::Jpeg => {
                let pixels = self.info.width * self.info.height * 3;
                (1..=pixels * MAX_JPEG_RATIO + MAX_JPEG_HEADER).contains(&len)
            }
        }
    }

    fn decode(
        &self,
        index: usize,
        bytes: &[u8],
    ) -> Result<Option<Frame<'static>>, DecodeVideoError> {
        match self.decoder {
            Decoder::Bitmap(bitmap) => {
                let frame = Frame::new(
                    index,
                    self.info.width,
                    self.info.height,
                    bitmap.to_rgb(bytes),
                );
                Ok(Some(
                    frame.expect("a bitmap gives as many pixels as its size says"),
                ))
            }
            Decoder::Jpeg => jpeg::decode(index, bytes, (self.info.width, self.info.height)),
        }
    }
}

impl<R: Read + Seek + Send> FrameSource for Source<R> {
    fn info(&self) -> VideoInfo {
        self.info
    }

    fn next_frame(&mut self) -> Result<Option<Frame<'static>>, ReadFrameError> {
        while self.next < self.chunks.len() {
            let index = self.next;
            self.next += 1;
            let failed = |source| ReadFrameError { index, source };
            let Some(bytes) = self.chunk(index).map_err(|error| failed(error.into()))? else {
                continue;
            };
            let frame = self
                .decode(index, &bytes)
                .map_err(|error| failed(error.into()))?;
            if frame.is_some() {
                return Ok(frame);
            }
        }
        Ok(None)
    }
}

impl<R: Read + Seek + Send> source::Source for Source<R> {
    fn start_at(&mut self, index: usize) {
        self.next = index;
    }

    fn probe(&self) -> VideoProbe {
        let codec = match self.decoder {
            Decoder::Bitmap(_) => "rawvideo",
            Decoder::Jpeg => "mjpeg",
        };
        let time_s = |index: usize| index as f64 / self.info.fps;
        VideoProbe {
            info: self.info,
            container: "avi".into(),
            codec: codec.into(),
            pixel_format: None,
            rotation: 0,
            reported_frame_count: Some(self.promised),
            frame_times_s: Some((0..self.chunks.len()).map(time_s).collect()),
            tick_s: 1.0 / self.info.fps,
            creation_time: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn chunk(id: &str, content: &[u8]) -> Vec<u8> {
        let mut bytes = id.as_bytes().to_vec();
        bytes.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        bytes.extend(content);
        if content.len() % 2 == 1 {
            bytes.push(0);
        }
        bytes
    }

    fn list(id: &str, kind: &str, parts: &[Vec<u8>]) -> Vec<u8> {
        chunk(id, &[kind.as_bytes(), &parts.concat()].concat())
    }

    /// A sound stream, then a video stream of 2 x 2 px at 30000 / 1001 frames per second.
    fn headers(frames: u32) -> Vec<u8> {
        let sound = list("LIST", "strl", &[chunk("strh", &[b'a'; 56])]);
        let mut head = [0; 56];
        head[..4].copy_from_slice(b"vids");
        head[20..24].copy_from_slice(&1001_u32.to_le_bytes());
        head[24..28].copy_from_slice(&30_000_u32.to_le_bytes());
        head[32..36].copy_from_slice(&frames.to_le_bytes());
        let mut format = [0; 40];
        format[4] = 2;
        format[8] = 2;
        format[14] = 24;
        let parts = [chunk("strh", &head), chunk("strf", &format)];
        list("LIST", "hdrl", &[sound, list("LIST", "strl", &parts)])
    }

    fn picture(level: u8) -> Vec<u8> {
        chunk("01db", &[level; 16])
    }

    fn avi(frames: u32) -> Vec<u8> {
        let second = list("RIFF", "AVIX", &[list("LIST", "movi", &[picture(5)])]);
        [first_part(frames), second].concat()
    }

    fn first_part(frames: u32) -> Vec<u8> {
        let grouped = list("LIST", "rec ", &[picture(2), chunk("00wb", &[9; 7])]);
        let movi = [
            picture(0),
            chunk("01db", &[]),
            grouped,
            chunk("ix01", &[0; 8]),
            chunk("01db", &[1; 3]),
            picture(4),
        ];
        list(
            "RIFF",
            "AVI ",
            &[headers(frames), list("LIST", "movi", &movi)],
        )
    }

    fn frames(bytes: &[u8]) -> Vec<(usize, u8)> {
        let mut source = Source::new(Cursor::new(bytes)).unwrap().unwrap();
        std::iter::from_fn(|| source.next_frame().unwrap())
            .map(|frame| (frame.index(), frame.pixels()[0]))
            .collect()
    }

    #[test]
    fn dropped_and_short_pictures_are_gaps() {
        let source = Source::new(Cursor::new(avi(6))).unwrap().unwrap();

        assert_eq!(source.info().frame_count, 6);
        assert_eq!(source.info().fps, 30_000.0 / 1001.0);
        assert_eq!(frames(&avi(6)), [(0, 0), (2, 2), (4, 4), (5, 5)]);
    }

    #[test]
    fn a_recording_that_was_never_closed_is_read_to_its_end() {
        let mut bytes = first_part(0);
        let movi = bytes.windows(4).position(|w| w == b"movi").unwrap();
        bytes[4..8].fill(0);
        bytes[movi - 4..movi].fill(0);
        bytes.truncate(bytes.len() - 10);

        assert_eq!(frames(&bytes), [(0, 0), (2, 2)]);
    }

    #[test]
    fn a_file_cut_anywhere_is_foreign_or_refused() {
        let bytes = avi(6);
        // Between the two parts, and up to the head of the second, nothing tells that it was cut.
        let complete = first_part(6).len()..first_part(6).len() + 8;
        let mut refused = 0;
        for len in 0..bytes.len() {
            match Source::new(Cursor::new(&bytes[..len])) {
                Ok(None) => {}
                Ok(Some(_)) if complete.contains(&len) => {}
                Ok(Some(source)) => panic!("{source:?} of {len} bytes"),
                Err(OpenVideoErrorKind::Truncated { .. }) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert!(refused > 150, "{refused}");
    }

    #[test]
    fn flipped_bytes_never_panic() {
        let bytes = avi(6);
        let mut ran = 0;
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= value;
                if let Ok(Some(mut source)) = Source::new(Cursor::new(bytes)) {
                    while let Ok(Some(frame)) = source.next_frame() {
                        assert!(frame.index() < source.info().frame_count);
                    }
                }
                ran += 1;
            }
        }
        assert_eq!(ran, bytes.len() * 5);
    }

    const MJPEG: &[u8] = include_bytes!("../../tests/fixtures/video/mjpeg.avi");

    #[test]
    fn broken_and_empty_jpegs_are_gaps() {
        let all: Vec<usize> = (0..10).collect();
        let cases: [(&[u8], &[usize]); 3] = [
            (MJPEG, &all),
            (
                include_bytes!("../../tests/fixtures/video/mjpeg_destroyed.avi"),
                &[0, 1, 2, 5, 6, 8, 9],
            ),
            (
                include_bytes!("../../tests/fixtures/video/mjpeg_dropped.avi"),
                &[0, 1, 2, 5, 6, 8, 9],
            ),
        ];
        for (bytes, expected) in cases {
            let indices: Vec<usize> = frames(bytes).iter().map(|frame| frame.0).collect();

            assert_eq!(indices, expected);
        }
    }

    #[test]
    fn a_motion_jpeg_cut_or_flipped_never_panics() {
        let mut ran = 0;
        for at in (0..MJPEG.len()).step_by(251) {
            // Only the table of contents behind the pictures may be missing.
            if let Ok(Some(source)) = Source::new(Cursor::new(&MJPEG[..at])) {
                assert_eq!(source.info().frame_count, 10);
                assert!(at > MJPEG.len() - 200);
            }
            let mut bytes = MJPEG.to_vec();
            bytes[at] ^= 0xff;
            if let Ok(Some(mut source)) = Source::new(Cursor::new(bytes)) {
                while let Ok(Some(frame)) = source.next_frame() {
                    assert!(frame.index() < source.info().frame_count);
                }
            }
            ran += 1;
        }
        assert_eq!(ran, MJPEG.len().div_ceil(251));
    }
}
