use std::{
    fs,
    path::{Path, PathBuf},
};

use dlc_model::{Frame, FrameSource, ReadFrameError, VideoInfo};
use image::DynamicImage;

use super::{
    DecodeVideoError, MAX_FRAMES, OpenVideoErrorKind, VideoProbe, frame_len, source::Source,
};
use crate::images::{into_rgb8, reader};

const EXTENSIONS: [&str; 3] = ["jpeg", "jpg", "png"];

/// The pictures of a folder, all of one size.
#[derive(Debug)]
pub(super) struct ImageFolder {
    paths: Vec<PathBuf>,
    info: VideoInfo,
    next: usize,
}

impl ImageFolder {
    pub(super) fn open(folder: &Path) -> Result<Self, OpenVideoErrorKind> {
        let paths = pictures(folder)?;
        let (width, height) = common_size(&paths)?;
        frame_len(width, height)?;
        Ok(Self {
            info: VideoInfo {
                width,
                height,
                fps: f64::NAN,
                frame_count: paths.len(),
            },
            paths,
            next: 0,
        })
    }
}

impl FrameSource for ImageFolder {
    fn info(&self) -> VideoInfo {
        self.info
    }

    fn next_frame(&mut self) -> Result<Option<Frame<'static>>, ReadFrameError> {
        let expected = (self.info.width, self.info.height);
        while let Some(path) = self.paths.get(self.next) {
            let index = self.next;
            self.next += 1;
            let Some(image) = decode(path) else { continue };
            return frame(index, image, expected)
                .map(Some)
                .map_err(|source| ReadFrameError {
                    index,
                    source: source.into(),
                });
        }
        Ok(None)
    }
}

impl Source for ImageFolder {
    fn start_at(&mut self, index: usize) {
        self.next = index;
    }

    fn probe(&self) -> VideoProbe {
        let first = self.paths.first().and_then(|path| path.extension());
        let is_png = first.is_some_and(|extension| extension.eq_ignore_ascii_case("png"));
        VideoProbe {
            info: self.info,
            container: "folder".into(),
            codec: if is_png { "png" } else { "jpeg" }.into(),
            pixel_format: None,
            rotation: 0,
            reported_frame_count: Some(self.paths.len()),
            frame_times_s: None,
            tick_s: f64::NAN,
            creation_time: None,
        }
    }
}

pub(super) fn pictures(folder: &Path) -> Result<Vec<PathBuf>, OpenVideoErrorKind> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(OpenVideoErrorKind::Io)? {
        let name = entry.map_err(OpenVideoErrorKind::Io)?.file_name();
        if names.len() == MAX_FRAMES {
            return Err(OpenVideoErrorKind::TooManyFrames);
        }
        if is_picture(Path::new(&name)) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names.iter().map(|name| folder.join(name)).collect())
}

pub(super) fn is_picture(name: &Path) -> bool {
    let hidden = name.to_string_lossy().starts_with('.');
    let extension = name.extension().map(|e| e.to_ascii_lowercase());
    !hidden && extension.is_some_and(|e| EXTENSIONS.iter().any(|known| e == *known))
}

/// Returns the size of the pictures that can be read; the others will be gaps.
fn common_size(paths: &[PathBuf]) -> Result<(usize, usize), OpenVideoErrorKind> {
    let mut first = None;
    for path in paths {
        let Some(found) = size(path) else { continue };
        let expected = *first.get_or_insert(found);
        if found != expected {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return Err(OpenVideoErrorKind::UnevenPictures {
                name: name.into_owned(),
                expected,
                found,
            });
        }
    }
    first.ok_or(OpenVideoErrorKind::EmptyFolder)
}

fn size(path: &Path) -> Option<(usize, usize)> {
    let (width, height) = reader(path).ok()?.into_dimensions().ok()?;
    Some((width.try_into().ok()?, height.try_into().ok()?))
}

fn decode(path: &Path) -> Option<DynamicImage> {
    reader(path).ok()?.decode().ok()
}

/// Turns a decoded picture into a frame of the expected size.
pub(super) fn frame(
    index: usize,
    image: DynamicImage,
    expected: (usize, usize),
) -> Result<Frame<'static>, DecodeVideoError> {
    let pixels = into_rgb8(image);
    let found = (pixels.width() as usize, pixels.height() as usize);
    if found != expected {
        return Err(DecodeVideoError::SizeChanged { expected, found });
    }
    Ok(Frame::new(index, found.0, found.1, pixels.into_raw())
        .expect("a picture has as many bytes as its size says"))
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    fn save(folder: &Path, name: &str, width: u32, level: u8) {
        let image = RgbImage::from_pixel(width, 4, image::Rgb([level, 0, 7]));
        image.save(folder.join(name)).unwrap();
    }

    #[test]
    fn pictures_come_in_the_order_of_their_code_points() {
        let folder = tempfile::tempdir().unwrap();
        for (name, level) in [("b2.png", 3), ("b10.png", 2), ("B1.PNG", 1), ("é.png", 4)] {
            save(folder.path(), name, 5, level);
        }
        save(folder.path(), "._b2.png", 9, 9);
        fs::write(folder.path().join("notes.txt"), "no picture").unwrap();

        let mut video = ImageFolder::open(folder.path()).unwrap();

        assert_eq!(video.info().frame_count, 4);
        assert!(video.info().fps.is_nan());
        let mut seen = Vec::new();
        while let Some(frame) = video.next_frame().unwrap() {
            assert_eq!((frame.width(), frame.height()), (5, 4));
            seen.push((frame.index(), frame.pixels()[0], frame.pixels()[2]));
        }
        assert_eq!(seen, [(0, 1, 7), (1, 2, 7), (2, 3, 7), (3, 4, 7)]);
    }

    #[test]
    fn the_odd_picture_is_named() {
        let folder = tempfile::tempdir().unwrap();
        save(folder.path(), "a.png", 5, 0);
        save(folder.path(), "b.png", 6, 0);

        let error = ImageFolder::open(folder.path()).unwrap_err();

        assert!(matches!(
            error,
            OpenVideoErrorKind::UnevenPictures { ref name, expected: (5, 4), found: (6, 4) }
            if name == "b.png"
        ));
    }

    #[test]
    fn a_broken_picture_is_a_gap() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.png", "b.png", "c.png"] {
            save(folder.path(), name, 5, 1);
        }
        fs::write(folder.path().join("b.png"), "not a picture").unwrap();

        let mut video = ImageFolder::open(folder.path()).unwrap();

        assert_eq!(video.info().frame_count, 3);
        assert_eq!(video.next_frame().unwrap().unwrap().index(), 0);
        assert_eq!(video.next_frame().unwrap().unwrap().index(), 2);
        assert!(video.next_frame().unwrap().is_none());
    }

    #[test]
    fn a_folder_without_pictures_is_an_error() {
        let folder = tempfile::tempdir().unwrap();

        let error = ImageFolder::open(folder.path()).unwrap_err();

        assert!(matches!(error, OpenVideoErrorKind::EmptyFolder));
    }

    #[test]
    fn sixteen_bits_keep_the_upper_eight() {
        let wide = image::ImageBuffer::from_pixel(1, 1, image::Rgb([0x12ff_u16, 0xff00, 0x00ff]));

        assert_eq!(into_rgb8(wide.into()).into_raw(), [0x12, 0xff, 0x00]);
    }
}
