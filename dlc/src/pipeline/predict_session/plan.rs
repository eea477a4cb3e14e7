use std::path::{Path, PathBuf};

use dlc_io::{regular_file, scanimage, video};
use dlc_model::Timestamp;

use super::{PlanSessionError, PredictSessionOptions};
use crate::analysis::check_videos;

/// Where the moment of a video's first frame is known from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StartSource {
    /// The caller told it.
    Argument,
    /// The pictures of the microscope: video and microscope began together.
    Tif,
    /// The video file tells when it was made.
    Video,
}

/// Where the results of a session go, and when its videos began.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionPlan {
    /// The videos, in their order in time.
    pub videos: Vec<PathBuf>,
    /// The folder `dlc_{basename}`.
    pub folder: PathBuf,
    /// The moment of each video's first frame, and where it is known from.
    pub starts: Vec<(Timestamp, StartSource)>,
    /// Whether other moments in results that are there already are replaced.
    pub replace_starts: bool,
}

impl SessionPlan {
    /// Plans a session without changing anything.
    ///
    /// # Errors
    ///
    /// Returns an error when there is no video, when videos would have the same results, when the name
    /// of the session or when a video began is not known, or when a video begins before the one ahead
    /// of it.
    pub fn new(
        videos: &[PathBuf],
        tifs: &[PathBuf],
        options: &PredictSessionOptions<'_>,
    ) -> Result<Self, PlanSessionError> {
        let first = videos.first().ok_or(PlanSessionError::NoVideo)?;
        let is_odd = |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_str().is_none());
        if let Some(odd) = videos.iter().chain(tifs).find(is_odd) {
            return Err(PlanSessionError::NotUnicode(odd.clone()));
        }
        let basename = match &options.basename {
            Some(basename) => basename.clone(),
            None => basename_of(tifs)?,
        };
        let is_name = Path::new(&basename).file_name() == Some(basename.as_ref());
        if !is_name {
            return Err(PlanSessionError::Basename(basename));
        }
        let beside = tifs.first().unwrap_or(first).parent();
        let parent = options
            .folder
            .as_deref()
            .or(beside)
            .unwrap_or(Path::new(""));
        let folder = parent.join(format!("dlc_{basename}"));
        check_videos(videos, Some(&folder))?;
        let starts = starts(videos, tifs, options)?;
        for (pair, videos) in starts.windows(2).zip(videos.windows(2)) {
            if pair[1].0.unix_ns() <= pair[0].0.unix_ns() {
                return Err(PlanSessionError::Order {
                    videos: [videos[0].clone(), videos[1].clone()],
                    starts: [pair[0].0, pair[1].0],
                });
            }
        }
        // Where moments are told, their headers are not read.
        for path in tifs {
            regular_file::check(path).map_err(|source| PlanSessionError::NoTif {
                path: path.clone(),
                source,
            })?;
        }
        Ok(Self {
            videos: videos.to_vec(),
            folder,
            starts,
            replace_starts: options.replace_starts,
        })
    }
}

/// Returns the name that picture files share: `94557-imaging` of `94557-imaging_00001.tif`.
fn basename_of(tifs: &[PathBuf]) -> Result<String, PlanSessionError> {
    let first = tifs.first().ok_or(PlanSessionError::NoBasename)?;
    let name = without_number(first);
    match tifs.iter().find(|tif| without_number(tif) != name) {
        Some(other) => Err(PlanSessionError::Basenames {
            tifs: [first.clone(), other.clone()],
        }),
        None => Ok(name),
    }
}

fn without_number(tif: &Path) -> String {
    let stem = tif.file_stem().unwrap_or_default().to_string_lossy();
    let numbered = stem.rsplit_once('_').filter(|(name, number)| {
        !name.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    numbered.map_or(&*stem, |(name, _)| name).to_owned()
}

fn starts(
    videos: &[PathBuf],
    tifs: &[PathBuf],
    options: &PredictSessionOptions<'_>,
) -> Result<Vec<(Timestamp, StartSource)>, PlanSessionError> {
    if let Some(starts) = &options.starts {
        if starts.len() != videos.len() {
            return Err(PlanSessionError::Starts {
                videos: videos.len(),
                starts: starts.len(),
            });
        }
        let told = |start: &Timestamp| (*start, StartSource::Argument);
        return Ok(starts.iter().map(told).collect());
    }
    match tifs.len() {
        0 => videos.iter().map(|video| of_video(video)).collect(),
        // One film of a session that the microscope wrote in pieces.
        _ if videos.len() == 1 => Ok(vec![of_tif(&tifs[0], options)?]),
        files if files == videos.len() => tifs.iter().map(|tif| of_tif(tif, options)).collect(),
        files => Err(PlanSessionError::Tifs {
            videos: videos.len(),
            tifs: files,
        }),
    }
}

fn of_tif(
    tif: &Path,
    options: &PredictSessionOptions<'_>,
) -> Result<(Timestamp, StartSource), PlanSessionError> {
    let offset = options.utc_offset.ok_or(PlanSessionError::NoUtcOffset)?;
    Ok((scanimage::first_picture(tif, offset)?, StartSource::Tif))
}

fn of_video(path: &Path) -> Result<(Timestamp, StartSource), PlanSessionError> {
    let created = video::probe(path)?.creation_time;
    let created = created.ok_or_else(|| PlanSessionError::NoStart(path.into()))?;
    Ok((created, StartSource::Video))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_picture_file_is_no_part_of_the_name() {
        for (tif, name) in [
            ("a/94557-imaging_00001.tif", "94557-imaging"),
            ("94557_20201013_00012.tiff", "94557_20201013"),
            ("session.tif", "session"),
            ("_1.tif", "_1"),
        ] {
            assert_eq!(without_number(Path::new(tif)), name);
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_are_refused_before_anything_is_done() {
        use std::os::unix::ffi::OsStrExt;

        let odd = PathBuf::from(std::ffi::OsStr::from_bytes(b"a\xff.avi"));
        let options = PredictSessionOptions::default().with_basename("b");
        let error = SessionPlan::new(&[odd], &[], &options).unwrap_err();

        assert!(matches!(error, PlanSessionError::NotUnicode(_)), "{error}");
    }

    #[test]
    fn what_is_not_known_is_told_before_anything_is_done() {
        let videos = ["a.avi", "b.avi"].map(PathBuf::from);
        let plan = |tifs: &[&str], options: PredictSessionOptions<'_>| {
            let tifs: Vec<PathBuf> = tifs.iter().map(PathBuf::from).collect();
            SessionPlan::new(&videos, &tifs, &options).unwrap_err()
        };
        let options = PredictSessionOptions::default;

        assert!(matches!(plan(&[], options()), PlanSessionError::NoBasename));
        let error = plan(&["a_1.tif", "b_1.tif"], options());
        assert!(matches!(error, PlanSessionError::Basenames { .. }));
        let error = plan(&["a_1.tif", "a_2.tif"], options());
        assert!(matches!(error, PlanSessionError::NoUtcOffset));
        let error = plan(&["a_1.tif", "a_2.tif", "a_3.tif"], options());
        assert!(matches!(
            error,
            PlanSessionError::Tifs { videos: 2, tifs: 3 }
        ));
        let error = plan(&[], options().with_basename("../up"));
        assert!(matches!(error, PlanSessionError::Basename(_)));
        let start: Timestamp = "2022-06-07T14:53:11Z".parse().unwrap();
        let error = plan(&["a_1.tif"], options().with_starts([start]));
        assert!(matches!(
            error,
            PlanSessionError::Starts {
                videos: 2,
                starts: 1
            }
        ));
        let error = plan(&["a_1.tif"], options().with_starts([start, start]));
        assert!(matches!(error, PlanSessionError::Order { .. }));
        let later = "2022-06-07T15:53:11Z".parse().unwrap();
        let error = plan(&["a_1.tif"], options().with_starts([start, later]));
        assert!(matches!(error, PlanSessionError::NoTif { .. }));
    }
}
