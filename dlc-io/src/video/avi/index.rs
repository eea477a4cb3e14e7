use std::io::{self, Read, Seek, SeekFrom};

use super::bitmap::Bitmap;
use crate::video::{MAX_FRAMES, OpenVideoErrorKind};

const MAX_HEADER: u32 = 1 << 20;

/// Where the pictures of an AVI file are, found by walking all chunks.
///
/// A `RIFF` list `AVI ` holds a list `hdrl` with headers and a list `movi` with pictures and
/// sound; files above 1 GiB go on in further `RIFF` lists `AVIX`. The tables of contents (`idx1`,
/// `indx`) are not used: they tell nothing that the chunks do not.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) codec: Codec,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) fps: f64,
    pub(super) chunks: Vec<Chunk>,
    pub(super) promised: usize,
    missing_bytes: u64,
}

/// How the pictures are stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Codec {
    Bitmap(Bitmap),
    Jpeg,
}

/// The place of one picture.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Chunk {
    pub(super) start: u64,
    pub(super) len: u32,
}

impl Index {
    /// Reads the headers and finds all pictures. `None` if only ffmpeg may read the file.
    pub(super) fn read<R: Read + Seek>(reader: &mut R) -> Result<Option<Self>, OpenVideoErrorKind> {
        match Walker::new(reader).and_then(Walker::walk) {
            Ok(index) => Ok(Some(index)),
            Err(Stop::Foreign) => Ok(None),
            Err(Stop::TooMany) => Err(OpenVideoErrorKind::TooManyFrames),
            Err(Stop::Io(error)) => Err(OpenVideoErrorKind::Io(error)),
        }
    }

    /// Refuses a file that ends before the frames that its header promises.
    pub(super) fn check_complete(&self) -> Result<(), OpenVideoErrorKind> {
        let found = self.chunks.len();
        if self.missing_bytes > 0 && found < self.promised {
            return Err(OpenVideoErrorKind::Truncated {
                expected: Some(self.promised),
                found,
                missing_bytes: self.missing_bytes,
            });
        }
        if found == 0 {
            return Err(OpenVideoErrorKind::NoPictures);
        }
        Ok(())
    }
}

/// Why walking ends early.
enum Stop {
    /// Not an AVI, or not one for us.
    Foreign,
    TooMany,
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Foreign,
            _ => Self::Io(error),
        }
    }
}

struct Walker<'a, R> {
    reader: &'a mut R,
    len: u64,
    streams: usize,
    video: Option<Video>,
    chunks: Vec<Chunk>,
    missing_bytes: u64,
}

struct Video {
    stream: usize,
    fps: f64,
    promised: usize,
    format: Option<(Codec, usize, usize)>,
}

/// A chunk's name and where its content begins and ends.
struct Element {
    id: [u8; 4],
    start: u64,
    end: u64,
    /// Whether the file ends before the content does.
    cut: bool,
}

impl<'a, R: Read + Seek> Walker<'a, R> {
    fn new(reader: &'a mut R) -> Result<Self, Stop> {
        let len = reader.seek(SeekFrom::End(0))?;
        Ok(Self {
            reader,
            len,
            streams: 0,
            video: None,
            chunks: Vec::new(),
            missing_bytes: 0,
        })
    }

    fn walk(mut self) -> Result<Index, Stop> {
        let mut at = 0;
        let mut kind = *b"AVI ";
        while let Some(riff) = self.element(at, self.len)? {
            if riff.id != *b"RIFF" || self.four(riff.start)? != kind {
                break;
            }
            at = riff.end;
            kind = *b"AVIX";
            self.riff(&riff)?;
        }
        self.finish()
    }

    fn finish(self) -> Result<Index, Stop> {
        let video = self.video.ok_or(Stop::Foreign)?;
        let (codec, width, height) = video.format.ok_or(Stop::Foreign)?;
        Ok(Index {
            codec,
            width,
            height,
            fps: video.fps,
            chunks: self.chunks,
            promised: video.promised,
            missing_bytes: self.missing_bytes,
        })
    }

    fn riff(&mut self, riff: &Element) -> Result<(), Stop> {
        let mut at = riff.start + 4;
        while let Some(element) = self.element(at, riff.end)? {
            if element.id == *b"LIST" && element.end - element.start >= 4 {
                match &self.four(element.start)? {
                    b"hdrl" => self.headers(&element)?,
                    b"movi" => self.movi(&element)?,
                    _ => {}
                }
            }
            at = element.end;
        }
        Ok(())
    }

    fn headers(&mut self, list: &Element) -> Result<(), Stop> {
        let mut at = list.start + 4;
        while let Some(element) = self.element(at, list.end)? {
            if element.id == *b"LIST" && self.four(element.start)? == *b"strl" {
                self.stream(&element)?;
            }
            at = element.end;
        }
        Ok(())
    }

    fn stream(&mut self, list: &Element) -> Result<(), Stop> {
        let mut is_video = false;
        let mut at = list.start + 4;
        while let Some(element) = self.element(at, list.end)? {
            match &element.id {
                b"strh" => is_video = self.stream_header(&element)?,
                b"strf" if is_video => self.stream_format(&element)?,
                _ => {}
            }
            at = element.end;
        }
        self.streams += 1;
        Ok(())
    }

    /// Reads `strh` and says whether it is that of the first video stream.
    fn stream_header(&mut self, element: &Element) -> Result<bool, Stop> {
        let bytes = self.content(element, 36)?;
        if bytes[..4] != *b"vids" || self.video.is_some() {
            return Ok(false);
        }
        let (scale, rate) = (u32_at(&bytes, 20), u32_at(&bytes, 24));
        if scale == 0 || rate == 0 {
            return Err(Stop::Foreign);
        }
        self.video = Some(Video {
            stream: self.streams,
            fps: f64::from(rate) / f64::from(scale),
            promised: u32_at(&bytes, 32) as usize,
            format: None,
        });
        Ok(true)
    }

    /// Reads `strf`, a `BITMAPINFOHEADER`.
    fn stream_format(&mut self, element: &Element) -> Result<(), Stop> {
        let bytes = self.content(element, 40)?;
        let width = u32_at(&bytes, 4) as usize;
        let signed_height = u32_at(&bytes, 8).cast_signed();
        let height = signed_height.unsigned_abs() as usize;
        let bits = u16::from_le_bytes([bytes[14], bytes[15]]);
        let codec = match (&bytes[16..20], bits) {
            ([0, 0, 0, 0], 24 | 32) => Codec::Bitmap(Bitmap {
                width,
                height,
                bytes_per_pixel: usize::from(bits / 8),
                top_down: signed_height < 0,
            }),
            (b"MJPG" | b"mjpg", _) => Codec::Jpeg,
            _ => return Err(Stop::Foreign),
        };
        let video = self.video.as_mut().ok_or(Stop::Foreign)?;
        video.format = Some((codec, width, height));
        Ok(())
    }

    fn movi(&mut self, list: &Element) -> Result<(), Stop> {
        let stream = self.video.as_ref().ok_or(Stop::Foreign)?.stream;
        let mut at = list.start + 4;
        while let Some(element) = self.element(at, list.end)? {
            // A list `rec ` only groups chunks: go on with the first one inside it.
            at = match &element.id {
                b"LIST" => element.start + 4,
                _ => element.end,
            };
            match Part::of(element.id, stream).ok_or(Stop::Foreign)? {
                Part::Palette => return Err(Stop::Foreign),
                Part::Picture if !element.cut => self.push(&element)?,
                Part::Picture | Part::Other => {}
            }
        }
        Ok(())
    }

    fn push(&mut self, element: &Element) -> Result<(), Stop> {
        if self.chunks.len() == MAX_FRAMES {
            return Err(Stop::TooMany);
        }
        self.chunks.push(Chunk {
            start: element.start,
            len: u32::try_from(element.end - element.start).map_err(|_| Stop::Foreign)?,
        });
        Ok(())
    }

    /// Reads the head of the element at `at`, or returns `None` at the end of its list.
    fn element(&mut self, at: u64, list_end: u64) -> Result<Option<Element>, Stop> {
        // Chunks begin at even places.
        let at = at.next_multiple_of(2);
        if at + 8 > list_end.min(self.len) {
            return Ok(None);
        }
        let [a, b, c, d, size @ ..] = self.eight(at)?;
        let (id, size) = ([a, b, c, d], u32::from_le_bytes(size));
        let start = at + 8;
        let open = size == 0 && self.is_open(id, start)?;
        let wanted = if open {
            self.len
        } else {
            start + u64::from(size)
        };
        self.missing_bytes = self.missing_bytes.max(wanted.saturating_sub(self.len));
        if wanted > list_end && list_end < self.len {
            return Err(Stop::Foreign);
        }
        Ok(Some(Element {
            id,
            start,
            end: wanted.min(self.len),
            cut: wanted > self.len,
        }))
    }

    /// Says whether a list of no size belongs to a recording that was never closed, and goes on to
    /// the end of the file.
    fn is_open(&mut self, id: [u8; 4], start: u64) -> Result<bool, Stop> {
        Ok(id == *b"RIFF" || (id == *b"LIST" && self.four(start)? == *b"movi"))
    }

    fn content(&mut self, element: &Element, least: usize) -> Result<Vec<u8>, Stop> {
        let len = (element.end - element.start).min(u64::from(MAX_HEADER));
        let mut bytes = vec![0; usize::try_from(len).map_err(|_| Stop::Foreign)?];
        if bytes.len() < least {
            return Err(Stop::Foreign);
        }
        self.reader.seek(SeekFrom::Start(element.start))?;
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn four(&mut self, at: u64) -> Result<[u8; 4], Stop> {
        self.array(at)
    }

    fn eight(&mut self, at: u64) -> Result<[u8; 8], Stop> {
        self.array(at)
    }

    fn array<const N: usize>(&mut self, at: u64) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        self.reader.seek(SeekFrom::Start(at))?;
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// What a chunk of `movi` is to us.
enum Part {
    Picture,
    Palette,
    Other,
}

impl Part {
    /// Names a chunk, or returns `None` if it does not belong in `movi`.
    fn of(id: [u8; 4], stream: usize) -> Option<Self> {
        let [tens, ones, kind @ ..] = id;
        if matches!(&id, b"LIST" | b"JUNK" | b"idx1") || id.starts_with(b"ix") {
            return Some(Self::Other);
        }
        if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
            return None;
        }
        let of_video = usize::from(tens - b'0') * 10 + usize::from(ones - b'0') == stream;
        match &kind {
            b"dc" | b"db" if of_video => Some(Self::Picture),
            b"pc" if of_video => Some(Self::Palette),
            _ => Some(Self::Other),
        }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
