use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    ffi::OsString,
    fmt, fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use dlc_model::{Timestamp, UtcOffset, VideoInfo};
use serde::{Deserialize, Serialize};

use super::Fingerprint;
use crate::{
    atomic::{Batch, WriteFileError},
    regular_file, video,
};

/// A record is small: what is longer is something else.
const MAX_BYTES: u64 = 1 << 20;

/// The most characters of a value that a difference shows.
const MAX_SHOWN: usize = 80;

/// What a result was made of, and how.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Provenance {
    /// The program that made it.
    pub program: String,
    /// Its version.
    pub version: String,
    /// When it was made.
    pub made: Timestamp,
    /// The files that were read, by what they are to the result, e.g., `video`.
    pub inputs: BTreeMap<String, Input>,
    /// What was chosen and changes the result, by DeepLabCut's names for it.
    pub settings: BTreeMap<String, String>,
    /// The result itself, so that a record is not taken for that of another file.
    #[serde(default)]
    pub output: Option<Fingerprint>,
}

/// A file, or several, that a result was made of.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Input {
    /// The name, without its folder.
    pub name: String,
    /// What tells it from other files.
    #[serde(flatten)]
    pub fingerprint: Fingerprint,
    /// Frames, of a video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_count: Option<usize>,
    /// The width of the frames of a video, in px.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// The height of the frames of a video, in px.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<usize>,
}

/// Something in which a result that is there differs from the one that is asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// What differs, e.g., `crop` or `video bytes`.
    pub field: String,
    /// What the result that is there was made with.
    pub there: String,
    /// What is asked for.
    pub here: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, there, here } = self;
        write!(f, "{field} was {}, now {}", shown(there), shown(here))
    }
}

/// Returns the beginning of a text of a file, without what a terminal would obey.
fn shown(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(MAX_SHOWN).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown.escape_debug().to_string()
}

impl Difference {
    /// Creates a difference.
    pub fn new(field: &str, there: impl fmt::Display, here: impl fmt::Display) -> Self {
        Self {
            field: field.into(),
            there: there.to_string(),
            here: here.to_string(),
        }
    }

    /// Says that a part of a result cannot be read.
    pub fn unreadable(field: &str, error: &dyn Error) -> Self {
        Self::new(field, format!("not readable ({error})"), "asked for")
    }
}

impl Input {
    /// Takes the fingerprint of a file.
    ///
    /// # Errors
    ///
    /// Returns an error when it is no file, or cannot be read.
    pub fn of_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        Ok(Self::new(path, Fingerprint::of_file(path)?))
    }

    /// Takes the fingerprint of several files, such as those of a checkpoint, under one name.
    ///
    /// # Errors
    ///
    /// Returns an error when one is no file, or cannot be read.
    pub fn of_files(name: impl AsRef<Path>, paths: &[PathBuf]) -> io::Result<Self> {
        Ok(Self::new(name.as_ref(), Fingerprint::of_files(paths)?))
    }

    /// Takes the fingerprint of a video, or of the pictures in a folder, without decoding it.
    ///
    /// # Errors
    ///
    /// Returns an error when it cannot be read.
    pub fn of_video(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        match path.is_dir() {
            true => Self::of_files(path, &video::pictures(path)?),
            false => Self::of_file(path),
        }
    }

    fn new(path: &Path, fingerprint: Fingerprint) -> Self {
        let name = path.file_name().unwrap_or_default();
        Self {
            name: name.to_string_lossy().into_owned(),
            fingerprint,
            frame_count: None,
            width: None,
            height: None,
        }
    }

    /// Adds what a video says of itself.
    #[must_use]
    pub fn with_info(mut self, info: VideoInfo) -> Self {
        self.frame_count = Some(info.frame_count);
        (self.width, self.height) = (Some(info.width), Some(info.height));
        self
    }

    fn differences(&self, now: &Self, field: &str) -> Vec<Difference> {
        let (there, here) = (&self.fingerprint, &now.fingerprint);
        if there == here {
            return Vec::new();
        }
        let numbers = [
            ("frames", self.frame_count, now.frame_count),
            ("width", self.width, now.width),
            ("height", self.height, now.height),
        ];
        let numbers = numbers.into_iter().filter_map(|(name, there, here)| {
            let (there, here) = (there?, here?);
            (there != here).then(|| Difference::new(&format!("{field} {name}"), there, here))
        });
        let mut found: Vec<Difference> = numbers.collect();
        found.push(match there.bytes == here.bytes {
            true => {
                let digits = |print: &Fingerprint| print.sample_sha256.chars().take(12).collect();
                let [there, here]: [String; 2] = [digits(there), digits(here)];
                Difference::new(&format!("{field} content"), there, here)
            }
            false => Difference::new(&format!("{field} bytes"), there.bytes, here.bytes),
        });
        found
    }
}

impl Provenance {
    /// Creates the record of a result that is made now, of nothing yet.
    pub fn now() -> Self {
        Self {
            program: "dlc".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            made: whole_second(SystemTime::now()).unwrap_or(EPOCH),
            inputs: BTreeMap::new(),
            settings: BTreeMap::new(),
            output: None,
        }
    }

    /// Adds a file that is read.
    #[must_use]
    pub fn with_input(mut self, role: &str, input: Input) -> Self {
        self.inputs.insert(role.into(), input);
        self
    }

    /// Adds something that was chosen.
    #[must_use]
    pub fn with_setting(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.settings.insert(name.into(), value.to_string());
        self
    }

    /// Adds something that may be chosen: it is `none` where it is not.
    #[must_use]
    pub fn with_choice(self, name: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with_setting(name, value),
            None => self.with_setting(name, NONE),
        }
    }

    /// Returns where the record lies of a result.
    pub fn path_beside(result: impl AsRef<Path>) -> PathBuf {
        let result = result.as_ref();
        // Not `with_extension`: the names of networks may have dots in them.
        let mut name = OsString::from(result.file_stem().unwrap_or_default());
        name.push("_provenance.json");
        result.with_file_name(name)
    }

    /// Returns when a result was made, as its record tells, or else the disk.
    pub fn made_of(result: impl AsRef<Path>) -> Option<Timestamp> {
        let result = result.as_ref();
        let of_record = Self::read(Self::path_beside(result)).map(|record| record.made);
        let of_disk = || whole_second(fs::metadata(result).ok()?.modified().ok()?);
        of_record.ok().or_else(of_disk)
    }

    /// Reads a record.
    ///
    /// # Errors
    ///
    /// Returns an error when the file cannot be read, is too long or something else.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, ReadProvenanceError> {
        let path = path.as_ref();
        let fail = |source: io::Error| ReadProvenanceError {
            path: path.into(),
            source,
        };
        let mut bytes = Vec::new();
        let file = regular_file::open(path).map_err(fail)?;
        file.take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(fail)?;
        if bytes.len() as u64 > MAX_BYTES {
            let error = format!("longer than {MAX_BYTES} bytes");
            return Err(fail(io::Error::other(error)));
        }
        serde_json::from_slice(&bytes).map_err(|error| fail(error.into()))
    }

    /// Adds the record to the files of a result, which is staged already. It gets its name before
    /// them: a result has its record, or has lost it to a later one that does not fit.
    ///
    /// # Errors
    ///
    /// Returns an error when the file cannot be written.
    pub fn stage(
        mut self,
        files: &mut Batch,
        result: impl AsRef<Path>,
    ) -> Result<(), WriteFileError> {
        let result = result.as_ref();
        self.output = files.fingerprint(result)?;
        files.stage_first(Self::path_beside(result), |file| {
            serde_json::to_writer_pretty(&mut *file, &self).map_err(io::Error::from)?;
            file.write_all(b"\n")
        })
    }

    /// Compares the record beside a result, and the result, with what is asked for now. `None`: there
    /// is no record.
    ///
    /// A record that cannot be read is a difference.
    pub fn differences_of(&self, result: impl AsRef<Path>) -> Option<Vec<Difference>> {
        let (result, path) = (result.as_ref(), Self::path_beside(result.as_ref()));
        if path.symlink_metadata().is_err() {
            return None;
        }
        let there = match Self::read(&path) {
            Ok(there) => there,
            Err(error) => {
                return Some(vec![Difference::unreadable("record", &error.source)]);
            }
        };
        let found = Fingerprint::of_file(result).ok();
        if there.output.is_some() && there.output != found {
            let (field, there) = ("content of the file", format!("as made at {}", there.made));
            return Some(vec![Difference::new(field, there, "changed")]);
        }
        Some(there.differences(self))
    }

    /// Returns in what another result, asked for now, differs from this one. The program, its version
    /// and the time do not count.
    pub fn differences(&self, now: &Self) -> Vec<Difference> {
        let names: BTreeSet<&String> = self.settings.keys().chain(now.settings.keys()).collect();
        let settings = names.into_iter().filter_map(|name| {
            let value = |of: &Self| of.settings.get(name).cloned().unwrap_or(NONE.into());
            let (there, here) = (value(self), value(now));
            (there != here).then(|| Difference::new(name, there, here))
        });
        let inputs = self.differences_of_inputs(now);
        inputs.into_iter().chain(settings).collect()
    }

    /// Returns in which files that it is made of another result, asked for now, differs from this one.
    pub fn differences_of_inputs(&self, now: &Self) -> Vec<Difference> {
        let roles: BTreeSet<&String> = self.inputs.keys().chain(now.inputs.keys()).collect();
        let inputs = roles.into_iter().flat_map(|role| {
            match (self.inputs.get(role), now.inputs.get(role)) {
                (Some(there), Some(here)) => there.differences(here, role),
                (there, here) => {
                    let name =
                        |input: Option<&Input>| input.map_or(NONE.into(), |i| i.name.clone());
                    vec![Difference::new(role, name(there), name(here))]
                }
            }
        });
        inputs.collect()
    }
}

const EPOCH: Timestamp = Timestamp::from_unix_ns(0, UtcOffset::UTC);

/// Returns the second of a moment, in UTC. Seconds are enough to tell results apart.
fn whole_second(moment: SystemTime) -> Option<Timestamp> {
    let since = moment.duration_since(UNIX_EPOCH).ok()?;
    let seconds = i64::try_from(since.as_secs()).ok()?;
    let nanoseconds = seconds.checked_mul(1_000_000_000)?;
    Some(Timestamp::from_unix_ns(nanoseconds, UtcOffset::UTC))
}

/// What stands for a thing that was not chosen.
const NONE: &str = "none";

/// An error returned when the record of a result cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read {}", path.display())]
pub struct ReadProvenanceError {
    path: PathBuf,
    source: io::Error,
}

impl ReadProvenanceError {
    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn input(bytes: u64, sample: &str) -> Input {
        let fingerprint = Fingerprint {
            bytes,
            sample_sha256: sample.into(),
        };
        Input::new(Path::new("a/mouse.avi"), fingerprint)
    }

    fn record() -> Provenance {
        let info = VideoInfo {
            width: 320,
            height: 240,
            fps: 30.0,
            frame_count: 100,
        };
        Provenance::now()
            .with_input("video", input(9, "0c").with_info(info))
            .with_choice("crop", None::<&str>)
            .with_setting("windowlength", 5)
    }

    fn texts(differences: &[Difference]) -> Vec<String> {
        differences.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_differs_is_named_with_both_values() {
        let there = record();
        assert!(there.differences(&record()).is_empty());

        let here = record()
            .with_input("video", input(10, "0d"))
            .with_setting("crop", "0,160,0,120")
            .with_input("detector", input(1, "1"));
        assert_eq!(
            texts(&there.differences(&here)),
            [
                "detector was none, now mouse.avi",
                "video bytes was 9, now 10",
                "crop was none, now 0,160,0,120"
            ]
        );
        let here = record().with_input("video", input(9, "0d"));
        assert_eq!(
            texts(&there.differences(&here)),
            ["video content was 0c, now 0d"]
        );
    }

    #[test]
    fn a_record_is_that_of_its_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let h5 = folder.path().join("vDLC_x_0.5.h5");
        assert_eq!(record().differences_of(&h5), None);
        let mut files = Batch::new();
        files.stage(&h5, |file| file.write_all(b"poses")).unwrap();
        record().stage(&mut files, &h5).unwrap();
        files.commit().unwrap();
        let path = Provenance::path_beside(&h5);
        assert!(path.ends_with("vDLC_x_0.5_provenance.json"));

        assert_eq!(record().differences_of(&h5), Some(Vec::new()));
        let other = record().with_setting("windowlength", 7);
        assert_eq!(
            texts(&other.differences_of(&h5).unwrap()),
            ["windowlength was 5, now 7"]
        );
        fs::write(&h5, "others").unwrap();
        let found = texts(&record().differences_of(&h5).unwrap());
        assert!(
            found[0].starts_with("content of the file was as made at"),
            "{found:?}"
        );
    }

    #[test]
    fn a_damaged_record_is_a_difference() {
        let folder = tempfile::tempdir().unwrap();
        let h5 = folder.path().join("v.h5");
        fs::write(&h5, "poses").unwrap();
        let path = Provenance::path_beside(&h5);
        let whole = serde_json::to_vec(&record()).unwrap();
        let deep = "[".repeat(100_000).into_bytes();
        let long = vec![b' '; 2 << 20];
        let cut = (0..whole.len()).map(|len| whole[..len].to_vec());
        let mut ran = 0;
        for content in cut.chain([deep, long, b"{}".to_vec(), b"\xff".to_vec()]) {
            fs::write(&path, content).unwrap();
            let found = record().differences_of(&h5).unwrap();
            assert_eq!(found[0].field, "record");
            ran += 1;
        }
        assert_eq!(ran, whole.len() + 4);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(record().differences_of(&h5).unwrap()[0].field, "record");
    }

    #[test]
    fn a_hostile_value_is_shown_tamely() {
        let long = format!("\u{1b}[31m{}", "x".repeat(500));
        let shown = Difference::new("crop", long, "none").to_string();

        assert!(shown.len() < 200 && !shown.contains('\u{1b}'), "{shown}");
    }
}
