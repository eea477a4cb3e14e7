//! Pictures, one by one.
//!
//! `.png`, `.jpg` and `.jpeg` are decoded in Rust, whatever their names say. Of 16 bits the upper 8
//! are kept, as OpenCV and scikit-image do. The pixels of a `.png` are DeepLabCut's; a `.jpg`
//! differs by up to 3 levels, and more at edges between saturated colours where chroma is
//! subsampled: see [`video`](crate::video).
//!
//! DeepLabCut's engines read a picture with two libraries that part where it is transparent or
//! turned: see [`Convention`].

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

use dlc_model::Frame;
use image::{
    DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage, Rgba, metadata::Orientation,
};

use crate::{foreign_error::in_one_line, regular_file, video::MAX_SIDE};

/// What becomes of a picture's transparency, and of the turn or the reflection that its EXIF data
/// ask for.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Convention {
    /// Transparency is dropped and the EXIF data are obeyed: OpenCV, DeepLabCut's PyTorch engine.
    #[default]
    OpenCv,
    /// The picture is laid on white and stays as it is stored: scikit-image, DeepLabCut's TensorFlow
    /// engine.
    ScikitImage,
}

/// Returns width and height of a picture, in px, as [`read`] will give it, from its header.
///
/// # Errors
///
/// Returns an error when there is no such file, or when it is no picture.
pub fn size(path: impl AsRef<Path>, convention: Convention) -> Result<[usize; 2], ReadImageError> {
    let path = path.as_ref();
    let size = reader(path).and_then(|reader| {
        let mut decoder = reader.into_decoder()?;
        let (width, height) = decoder.dimensions();
        Ok(
            match is_on_its_side(convention.orientation(&mut decoder)?) {
                true => [height, width],
                false => [width, height],
            },
        )
    });
    match size {
        Ok(size) => Ok(size.map(|side| side as usize)),
        Err(source) => Err(ReadImageError::new(path, source)),
    }
}

impl Convention {
    fn orientation(self, decoder: &mut impl ImageDecoder) -> image::ImageResult<Orientation> {
        match self {
            Self::OpenCv => decoder.orientation(),
            Self::ScikitImage => Ok(Orientation::NoTransforms),
        }
    }
}

/// Returns whether width and height change places.
fn is_on_its_side(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// Decodes a picture; the frame gets the index 0.
///
/// # Errors
///
/// Returns an error when there is no such file, or when it is no picture, damaged, or larger than
/// [`MAX_SIDE`].
///
/// # Examples
///
/// ```no_run
/// use dlc_io::images::{self, Convention};
///
/// let frame = images::read("mouse.png", Convention::OpenCv)?;
///
/// println!("{} x {} px", frame.width(), frame.height());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(
    path: impl AsRef<Path>,
    convention: Convention,
) -> Result<Frame<'static>, ReadImageError> {
    let path = path.as_ref();
    let image = decode(path, convention).map_err(|source| ReadImageError::new(path, source))?;
    let pixels = match convention {
        Convention::ScikitImage if image.color().has_alpha() => on_white(&image),
        Convention::ScikitImage | Convention::OpenCv => into_rgb8(image),
    };
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    Frame::new(0, width, height, pixels.into_raw())
        .map_err(|source| ReadImageError::new(path, source))
}

fn decode(
    path: &Path,
    convention: Convention,
) -> Result<DynamicImage, Box<dyn Error + Send + Sync>> {
    let mut decoder = reader(path)?.into_decoder()?;
    limits().reserve(decoder.total_bytes())?;
    let orientation = convention.orientation(&mut decoder)?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Lists the files of a folder whose names end in one of `endings`, sorted by code point.
///
/// # Errors
///
/// Returns an error when the folder cannot be read.
pub fn in_folder(folder: impl AsRef<Path>, endings: &[&str]) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if endings.iter().any(|ending| name.ends_with(ending)) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// An error returned when a picture cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read the picture {}", path.display())]
pub struct ReadImageError {
    path: PathBuf,
    source: Box<dyn Error + Send + Sync>,
}

impl ReadImageError {
    fn new(path: &Path, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            path: path.into(),
            source: in_one_line(source),
        }
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Opens a picture and finds out by its content what it is.
pub(crate) fn reader(
    path: &Path,
) -> Result<ImageReader<io::BufReader<fs::File>>, Box<dyn Error + Send + Sync>> {
    let mut reader =
        ImageReader::new(io::BufReader::new(regular_file::open(path)?)).with_guessed_format()?;
    reader.limits(limits());
    Ok(reader)
}

/// Returns what is believed of a compressed picture.
pub(crate) fn limits() -> Limits {
    let side = u32::try_from(MAX_SIDE).expect("the constant fits 32 bits");
    let mut limits = Limits::default();
    limits.max_image_width = Some(side);
    limits.max_image_height = Some(side);
    limits.max_alloc = Some(8 * u64::from(side) * u64::from(side));
    limits
}

/// Keeps the upper 8 of 16 bits, as OpenCV and scikit-image do.
pub(crate) fn into_rgb8(image: DynamicImage) -> RgbImage {
    match image {
        DynamicImage::ImageLuma16(_)
        | DynamicImage::ImageLumaA16(_)
        | DynamicImage::ImageRgb16(_)
        | DynamicImage::ImageRgba16(_) => {
            let wide = image.into_rgb16();
            let (width, height) = wide.dimensions();
            RgbImage::from_fn(width, height, |x, y| {
                image::Rgb(wide.get_pixel(x, y).0.map(|v| v.to_be_bytes()[0]))
            })
        }
        narrow => narrow.into_rgb8(),
    }
}

/// Lays a picture on white, as scikit-image's `rgba2rgb` and `img_as_ubyte` do.
fn on_white(image: &DynamicImage) -> RgbImage {
    let wide = image.color().bits_per_pixel() / u16::from(image.color().channel_count()) > 8;
    let laid = |Rgba([r, g, b, alpha]): Rgba<f64>| {
        image::Rgb([r, g, b].map(|value| byte((1.0 - alpha) + alpha * value)))
    };
    if wide {
        let wide = image.to_rgba16();
        let pixel = |x, y| Rgba(wide.get_pixel(x, y).0.map(|v| f64::from(v) / 65535.0));
        RgbImage::from_fn(wide.width(), wide.height(), |x, y| laid(pixel(x, y)))
    } else {
        let narrow = image.to_rgba8();
        let pixel = |x, y| Rgba(narrow.get_pixel(x, y).0.map(|v| f64::from(v) / 255.0));
        RgbImage::from_fn(narrow.width(), narrow.height(), |x, y| laid(pixel(x, y)))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is cut off to the range of a byte first"
)]
fn byte(value: f64) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round_ties_even() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(folder: &Path, name: &str, image: impl Into<DynamicImage>) -> PathBuf {
        let path = folder.join(name);
        image
            .into()
            .save_with_format(&path, image::ImageFormat::Png)
            .unwrap();
        path
    }

    #[test]
    fn transparency_is_dropped_or_laid_on_white() {
        let folder = tempfile::tempdir().unwrap();
        let pixels = vec![10, 20, 30, 255, 10, 20, 30, 0, 10, 200, 255, 51];
        let image = image::RgbaImage::from_raw(3, 1, pixels).unwrap();
        let path = saved(folder.path(), "a.png", image);

        let dropped = read(&path, Convention::OpenCv).unwrap();
        assert_eq!(dropped.pixels(), [10, 20, 30, 10, 20, 30, 10, 200, 255]);
        // Source: scikit-image 0.26: img_as_ubyte(rgba2rgb(pixels))
        let laid = read(&path, Convention::ScikitImage).unwrap();
        assert_eq!(laid.pixels(), [10, 20, 30, 255, 255, 255, 206, 244, 255]);
    }

    #[test]
    fn grey_pictures_and_wide_ones_become_rgb() {
        let folder = tempfile::tempdir().unwrap();
        let grey = image::GrayImage::from_raw(2, 1, vec![7, 250]).unwrap();
        let grey = saved(folder.path(), "grey.png", grey);
        assert_eq!(size(&grey, Convention::OpenCv).unwrap(), [2, 1]);
        let frame = read(&grey, Convention::ScikitImage).unwrap();
        assert_eq!(frame.pixels(), [7, 7, 7, 250, 250, 250]);

        let wide = image::ImageBuffer::from_raw(1, 1, vec![0x12ff_u16, 0x3400, 0xffff]).unwrap();
        let wide = saved(folder.path(), "wide.png", DynamicImage::ImageRgb16(wide));
        let frame = read(&wide, Convention::OpenCv).unwrap();
        assert_eq!(frame.pixels(), [0x12, 0x34, 0xff]);
    }

    #[test]
    fn pictures_are_turned_as_opencv_turns_them_and_scikit_image_does_not() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exif");
        let mut lines = include_str!("../tests/fixtures/exif/corners.csv").lines();
        assert_eq!(lines.next(), Some("file,library,width,height,corners"));
        let mut count = 0;
        for line in lines {
            let fields: Vec<&str> = line.split(',').collect();
            let [file, library, width, height, corners] = fields[..] else {
                panic!("{line}");
            };
            let convention = match library {
                "opencv" => Convention::OpenCv,
                "scikit-image" => Convention::ScikitImage,
                other => panic!("{other} is no library of make.py"),
            };
            let path = folder.join(file);

            let frame = read(&path, convention).unwrap();

            let expected = [width, height].map(|side| side.parse::<usize>().unwrap());
            assert_eq!([frame.width(), frame.height()], expected, "{line}");
            assert_eq!(size(&path, convention).unwrap(), expected, "{line}");
            assert_eq!(corners_of(&frame), corners, "{line}");
            count += 1;
        }
        assert_eq!(count, 2 * 2 * 9);
    }

    /// Names the colours of the corners: top left, top right, bottom left, bottom right.
    fn corners_of(frame: &Frame<'_>) -> String {
        let (right, bottom) = (frame.width() - 3, frame.height() - 3);
        let corners = [[2, 2], [right, 2], [2, bottom], [right, bottom]];
        let colour = |[x, y]: [usize; 2]| {
            let start = 3 * (y * frame.width() + x);
            match frame.pixels()[start..start + 3] {
                [200..=255, 0..60, 0..60] => 'r',
                [0..60, 200..=255, 0..60] => 'g',
                [0..60, 0..60, 200..=255] => 'b',
                [200..=255, 200..=255, 0..60] => 'y',
                ref other => panic!("{other:?} is no colour of make.py"),
            }
        };
        corners.map(colour).iter().collect()
    }

    #[test]
    fn what_is_no_picture_is_an_error_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.png");
        fs::write(&path, "no picture").unwrap();

        for path in [path, folder.path().join("missing.png")] {
            let error = read(&path, Convention::OpenCv).unwrap_err();
            assert_eq!(error.path(), path);
            assert!(error.source().is_some());
            assert!(size(&path, Convention::OpenCv).is_err());
        }
    }

    #[test]
    fn files_are_listed_by_their_ending_and_sorted() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "b.png", "a10.png", "a2.png", "c.PNG", "d.jpg", ".e.png", "f.txt",
        ] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let names = |endings: &[&str]| -> Vec<String> {
            let paths = in_folder(folder.path(), endings).unwrap();
            let names = paths.iter().map(|path| path.file_name().unwrap());
            names
                .map(|name| name.to_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(names(&[".png"]), [".e.png", "a10.png", "a2.png", "b.png"]);
        assert_eq!(names(&[".jpg", ".txt"]), ["d.jpg", "f.txt"]);
    }
}
