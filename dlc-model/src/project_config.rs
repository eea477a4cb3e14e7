use crate::{
    Bodypart, Bodyparts, BodypartsError, ConfigFieldError, Crop, Engine, SnapshotIndex,
    UnusableField, Value,
    field::{Fields, FromValue, Name},
    pose_config::with_others,
};

/// What stands in `config.yaml`, the description of a project.
///
/// Fields that are absent or empty have DeepLabCut's defaults, as old projects need. What
/// DeepLabCut does not know is kept in [`Self::others`], so that [`Self::to_value`] loses nothing.
///
/// A field that is wrong need not stop what does without it. Only those that name a model's folder and
/// its body parts must be right: `Task`, `date`, `iteration`, `TrainingFraction`, `multianimalproject`
/// and the body parts. Another one that is wrong has its default and stands in [`Self::unusable`]. What
/// needs it calls [`Self::check`].
///
/// Differs from DeepLabCut 3, which stops at any wrong field, at names that look like numbers, and at a
/// `dotsize` with a fraction; and which refuses unknown fields (older projects have `num_outputs`,
/// `eval_prefix` and their own), crops with only some of their bounds, and body parts beside
/// `multianimalproject: true`.
///
/// # Examples
///
/// ```
/// use dlc_model::{ProjectConfig, SnapshotIndex, Value};
///
/// let value = Value::dict([
///     ("Task", "openfield".into()),
///     ("date", "Oct30".into()),
///     ("bodyparts", Value::from_iter(["snout", "tailbase"])),
///     ("snapshotindex", Value::None), // left empty by hand
/// ]);
/// let config = ProjectConfig::try_from(&value)?;
///
/// assert_eq!(config.snapshotindex, SnapshotIndex::All);
/// assert_eq!(config.pcutoff, 0.6);
/// # Ok::<(), dlc_model::ConfigFieldError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectConfig {
    /// `config_version`: the version of the schema, since 3.0.1.
    pub config_version: Option<u32>,
    /// `Task`.
    pub task: String,
    /// `scorer`: the person who labels, not the network.
    pub scorer: String,
    /// `date`: a month and a day, e.g., `Oct30`.
    pub date: String,
    /// `multianimalproject`.
    pub multianimalproject: bool,
    /// `identity`, also `with_identity`.
    pub identity: Option<bool>,
    /// `project_path`: where the project was when the file was written. It may have been moved
    /// since: the folder of `config.yaml` is what counts.
    pub project_path: String,
    /// `pose_config_path`.
    pub pose_config_path: Option<String>,
    /// `engine`: for new shuffles. What trained a shuffle is told by `metadata.yaml`.
    pub engine: Engine,
    /// `video_sets`: the path of each video with its settings.
    pub video_sets: Vec<VideoSet>,
    /// `bodyparts`: none when the file says `MULTI!`.
    pub bodyparts: Vec<Bodypart>,
    /// `individuals`.
    pub individuals: Vec<String>,
    /// `uniquebodyparts`, also `unique_bodyparts`: exist once, whatever the number of animals.
    pub uniquebodyparts: Vec<Bodypart>,
    /// `multianimalbodyparts`: those of each animal.
    pub multianimalbodyparts: Vec<Bodypart>,
    /// `start`: a fraction of the video, when frames are taken for labelling.
    pub start: f64,
    /// `stop`: a fraction of the video, when frames are taken for labelling.
    pub stop: f64,
    /// `numframes2pick`.
    pub numframes2pick: u32,
    /// `skeleton`: pairs of body parts.
    pub skeleton: Vec<(Bodypart, Bodypart)>,
    /// `skeleton_color`.
    pub skeleton_color: String,
    /// `pcutoff`: the likelihood below which a keypoint is not drawn.
    pub pcutoff: f64,
    /// `dotsize`: the radius of a dot in px.
    pub dotsize: f64,
    /// `alphavalue`: the opacity of dots, in [0, 1].
    pub alphavalue: f64,
    /// `colormap`: a name of matplotlib.
    pub colormap: String,
    /// `TrainingFraction`: which share of the labelled frames trains; `trainingsetindex` is a
    /// place in this list.
    pub training_fractions: Vec<f64>,
    /// `iteration`: the round of active learning.
    pub iteration: Option<u32>,
    /// `default_net_type`.
    pub default_net_type: String,
    /// `default_augmenter`.
    pub default_augmenter: Option<String>,
    /// `default_track_method`.
    pub default_track_method: Option<String>,
    /// `snapshotindex`: which snapshot analyses use. `all` is the default, and means the last one.
    pub snapshotindex: SnapshotIndex,
    /// `detector_snapshotindex`.
    pub detector_snapshotindex: SnapshotIndex,
    /// `batch_size`: how many frames are analysed together.
    pub batch_size: u32,
    /// `detector_batch_size`.
    pub detector_batch_size: u32,
    /// `cropping`: whether analyses look only at `x1, x2, y1, y2`.
    pub cropping: bool,
    /// `x1`: first column in px.
    pub x1: Option<u32>,
    /// `x2`: column after the last in px.
    pub x2: Option<u32>,
    /// `y1`: first row in px.
    pub y1: Option<u32>,
    /// `y2`: row after the last in px.
    pub y2: Option<u32>,
    /// `corner2move2` in px.
    pub corner2move2: Option<Vec<u32>>,
    /// `move2corner`.
    pub move2corner: Option<bool>,
    /// `SuperAnimalConversionTables`.
    pub super_animal_conversion_tables: Value,
    /// `resnet`: the number of layers, in projects of DeepLabCut 1 and 2.0.
    pub resnet: Option<u32>,
    /// `croppedtraining`: of old projects, unused.
    pub croppedtraining: Option<bool>,
    /// Fields that DeepLabCut does not know, in their order.
    pub others: Vec<(Value, Value)>,
    /// Fields that are not what they must be, and have their defaults above.
    pub unusable: Vec<UnusableField>,
}

/// A video of a project, as `video_sets` has it.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoSet {
    /// Where the video was when it was added.
    pub path: String,
    /// Its settings as they are: `crop: x1, x2, y1, y2`, or nothing.
    pub settings: Value,
}

impl VideoSet {
    /// Returns the part of the picture that labelling uses, or `None` when the settings do not
    /// tell one.
    pub fn crop(&self) -> Option<Crop> {
        let text = self.settings.get("crop")?.as_str()?;
        let bounds = text.split(',').map(|bound| bound.trim().parse().ok());
        let bounds: Vec<usize> = bounds.collect::<Option<_>>()?;
        let [x_min, x_max, y_min, y_max] = bounds.try_into().ok()?;
        Some(Crop {
            x_min,
            x_max,
            y_min,
            y_max,
        })
    }
}

impl ProjectConfig {
    /// Returns the body parts that a model of the project tracks in each animal.
    ///
    /// # Errors
    ///
    /// Returns an error when there is none, or when a name is empty or stands twice.
    pub fn tracked_bodyparts(&self) -> Result<Bodyparts, BodypartsError> {
        let names = if self.multianimalproject {
            &self.multianimalbodyparts
        } else {
            &self.bodyparts
        };
        Bodyparts::new(names.iter().cloned())
    }

    /// Returns the part of the picture that analyses look at, or `None` when that is all of it.
    ///
    /// # Errors
    ///
    /// Returns an error when `cropping` is neither on nor off, or when it is on and a bound is wrong or
    /// missing.
    pub fn crop(&self) -> Result<Option<Crop>, ConfigFieldError> {
        self.check(&["cropping"])?;
        if !self.cropping {
            return Ok(None);
        }
        self.check(&["x1", "x2", "y1", "y2"])?;
        let bound = |name, bound: Option<u32>| {
            let missing = || ConfigFieldError::new(name, "a bound, as `cropping` is on", "nothing");
            bound.map(|bound| bound as usize).ok_or_else(missing)
        };
        Ok(Some(Crop {
            x_min: bound("x1", self.x1)?,
            x_max: bound("x2", self.x2)?,
            y_min: bound("y1", self.y1)?,
            y_max: bound("y2", self.y2)?,
        }))
    }

    /// Checks that fields are what they must be.
    ///
    /// # Errors
    ///
    /// Returns an error of the first in the file's list of [`Self::unusable`] that is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use dlc_model::{ProjectConfig, Value};
    ///
    /// let value = Value::dict([("Task", "openfield".into()), ("pcutoff", "high".into())]);
    /// let config = ProjectConfig::try_from(&value)?; // an analysis does without
    ///
    /// let error = config.check(&["colormap", "pcutoff"]).unwrap_err();
    /// assert_eq!(error.field(), "pcutoff");
    /// # Ok::<(), dlc_model::ConfigFieldError>(())
    /// ```
    pub fn check(&self, fields: &[&str]) -> Result<(), ConfigFieldError> {
        let mut unusable = self.unusable.iter();
        match unusable.find(|unusable| fields.contains(&unusable.error.field())) {
            Some(unusable) => Err(unusable.error.clone()),
            None => Ok(()),
        }
    }

    /// Returns a field that DeepLabCut does not know.
    pub fn other(&self, name: &str) -> Option<&Value> {
        let mut others = self.others.iter();
        others.find_map(|(key, value)| (key.as_str() == Some(name)).then_some(value))
    }

    /// Returns the configuration as a dictionary, in the order in which DeepLabCut writes it.
    pub fn to_value(&self) -> Value {
        let texts = |names: &[Bodypart]| names.iter().map(Bodypart::as_str).collect::<Value>();
        let bodyparts = match self.multianimalproject && self.bodyparts.is_empty() {
            true => MULTI.into(),
            false => texts(&self.bodyparts),
        };
        let pair = |(a, b): &(Bodypart, Bodypart)| Value::from_iter([a.as_str(), b.as_str()]);
        let sets = self.video_sets.iter();
        let known = [
            ("config_version", self.config_version.into()),
            ("Task", self.task.as_str().into()),
            ("scorer", self.scorer.as_str().into()),
            ("date", self.date.as_str().into()),
            ("multianimalproject", self.multianimalproject.into()),
            ("identity", self.identity.into()),
            ("project_path", self.project_path.as_str().into()),
            ("pose_config_path", self.pose_config_path.as_deref().into()),
            ("engine", self.engine.to_string().into()),
            (
                "video_sets",
                Value::dict(sets.map(|set| (set.path.as_str(), set.settings.clone()))),
            ),
            ("bodyparts", bodyparts),
            (
                "individuals",
                self.individuals.iter().map(String::as_str).collect(),
            ),
            ("uniquebodyparts", texts(&self.uniquebodyparts)),
            ("multianimalbodyparts", texts(&self.multianimalbodyparts)),
            ("start", self.start.into()),
            ("stop", self.stop.into()),
            ("numframes2pick", self.numframes2pick.into()),
            ("skeleton", self.skeleton.iter().map(pair).collect()),
            ("skeleton_color", self.skeleton_color.as_str().into()),
            ("pcutoff", self.pcutoff.into()),
            ("dotsize", number(self.dotsize)),
            ("alphavalue", self.alphavalue.into()),
            ("colormap", self.colormap.as_str().into()),
            (
                "TrainingFraction",
                self.training_fractions.iter().copied().collect(),
            ),
            ("iteration", self.iteration.into()),
            ("default_net_type", self.default_net_type.as_str().into()),
            (
                "default_augmenter",
                self.default_augmenter.as_deref().into(),
            ),
            (
                "default_track_method",
                self.default_track_method.as_deref().into(),
            ),
            ("snapshotindex", self.snapshotindex.into()),
            ("detector_snapshotindex", self.detector_snapshotindex.into()),
            ("batch_size", self.batch_size.into()),
            ("detector_batch_size", self.detector_batch_size.into()),
            ("cropping", self.cropping.into()),
            ("x1", self.x1.into()),
            ("x2", self.x2.into()),
            ("y1", self.y1.into()),
            ("y2", self.y2.into()),
            (
                "corner2move2",
                self.corner2move2
                    .as_ref()
                    .map(|xy| xy.iter().copied().collect::<Value>())
                    .into(),
            ),
            ("move2corner", self.move2corner.into()),
            (
                "SuperAnimalConversionTables",
                self.super_animal_conversion_tables.clone(),
            ),
            ("resnet", self.resnet.into()),
            ("croppedtraining", self.croppedtraining.into()),
        ];
        let mut value = with_others(known, &self.others);
        for unusable in &self.unusable {
            value.set(unusable.error.field(), unusable.value.clone());
        }
        value
    }
}

/// Returns a number as people write it: whole ones without a fraction.
fn number(number: f64) -> Value {
    let value = Value::Float(number);
    i64::from_value(&value).map_or(value, Value::Int)
}

impl TryFrom<&Value> for ProjectConfig {
    type Error = ConfigFieldError;

    fn try_from(value: &Value) -> Result<Self, Self::Error> {
        let mut fields = Fields::open(value, "")?;
        let fields = &mut fields;
        let multianimalproject = fields.take_or("multianimalproject", false)?;
        let config = Self {
            config_version: fields.take_noted_option("config_version"),
            task: task(fields)?,
            scorer: fields.noted(&["scorer"], String::new(), |fields| name(fields, "scorer")),
            date: name(fields, "date")?,
            multianimalproject,
            identity: fields.noted(&["identity", "with_identity"], None, |fields| {
                fields.take_any(&["identity", "with_identity"])
            }),
            project_path: fields.take_noted("project_path", String::new()),
            pose_config_path: fields.take_noted_option("pose_config_path"),
            engine: fields.take_noted("engine", Engine::PyTorch),
            video_sets: fields.noted(&["video_sets"], Vec::new(), video_sets),
            bodyparts: bodyparts(fields, multianimalproject)?,
            individuals: fields.take_noted("individuals", vec!["individual_1".into()]),
            uniquebodyparts: {
                let names = ["uniquebodyparts", "unique_bodyparts"];
                fields.noted(&names, Vec::new(), |fields| names_in(fields, &names))
            },
            multianimalbodyparts: multianimalbodyparts(fields, multianimalproject)?,
            start: fraction(fields, "start", 0.0),
            stop: fraction(fields, "stop", 1.0),
            numframes2pick: fields.take_noted("numframes2pick", 20),
            skeleton: fields.noted(&["skeleton"], Vec::new(), skeleton),
            skeleton_color: fields.take_noted("skeleton_color", "black".into()),
            pcutoff: fraction(fields, "pcutoff", 0.6),
            dotsize: fields.noted(&["dotsize"], 12.0, dotsize),
            alphavalue: fraction(fields, "alphavalue", 0.7),
            colormap: fields.take_noted("colormap", "rainbow".into()),
            training_fractions: training_fractions(fields)?,
            iteration: fields.take("iteration")?,
            default_net_type: fields.take_noted("default_net_type", "resnet_50".into()),
            default_augmenter: fields.take_noted_option("default_augmenter"),
            default_track_method: fields.take_noted_option("default_track_method"),
            snapshotindex: fields.take_noted("snapshotindex", SnapshotIndex::All),
            detector_snapshotindex: fields
                .take_noted("detector_snapshotindex", SnapshotIndex::LAST),
            batch_size: at_least_one(fields, "batch_size", 8),
            detector_batch_size: at_least_one(fields, "detector_batch_size", 1),
            cropping: fields.take_noted("cropping", false),
            x1: fields.take_noted_option("x1"),
            x2: fields.take_noted_option("x2"),
            y1: fields.take_noted_option("y1"),
            y2: fields.take_noted_option("y2"),
            corner2move2: fields.take_noted_option("corner2move2"),
            move2corner: fields.take_noted_option("move2corner"),
            super_animal_conversion_tables: fields
                .take_or("SuperAnimalConversionTables", Value::None)?,
            resnet: fields.take_noted_option("resnet"),
            croppedtraining: fields.take_noted_option("croppedtraining"),
            others: Vec::new(),
            unusable: Vec::new(),
        };
        Ok(Self {
            others: fields.take_rest(),
            unusable: fields.take_unusable(),
            ..config
        })
    }
}

/// Takes the task. One that is empty is one; a file without any is no project.
fn task(fields: &mut Fields<'_>) -> Result<String, ConfigFieldError> {
    match fields.peek("Task") {
        Some(_) => name(fields, "Task"),
        None => Err(fields.error("Task", Name::EXPECTED, "nothing")),
    }
}

fn name(fields: &mut Fields<'_>, name: &str) -> Result<String, ConfigFieldError> {
    let found: Option<Name> = fields.take(name)?;
    Ok(found.map_or(String::new(), |name| name.0))
}

/// What `bodyparts` says in a project with several animals.
const MULTI: &str = "MULTI!";

fn video_sets(fields: &mut Fields<'_>) -> Result<Vec<VideoSet>, ConfigFieldError> {
    let value = fields.take_value(&["video_sets"]);
    let Some(value) = value.filter(|value| !is_unset(value)) else {
        return Ok(Vec::new());
    };
    let error = |found| fields.error("video_sets", "a dictionary of videos", found);
    let entries = value.as_dict().ok_or_else(|| error(value.summary()))?;
    let set = |(path, settings): &(Value, Value)| {
        let path = path.as_str().ok_or_else(|| error(path.summary()))?;
        Ok(VideoSet {
            path: path.into(),
            settings: settings.clone(),
        })
    };
    entries.iter().map(set).collect()
}

fn bodyparts(fields: &mut Fields<'_>, multi: bool) -> Result<Vec<Bodypart>, ConfigFieldError> {
    match fields.peek("bodyparts").and_then(Value::as_str) {
        Some("") => fields.take_value(&["bodyparts"]),
        Some(MULTI) if multi => fields.take_value(&["bodyparts"]),
        _ => return needed_names(fields, "bodyparts", !multi),
    };
    Ok(Vec::new())
}

fn multianimalbodyparts(
    fields: &mut Fields<'_>,
    multi: bool,
) -> Result<Vec<Bodypart>, ConfigFieldError> {
    needed_names(fields, "multianimalbodyparts", multi)
}

/// Takes names that must be right where they are `needed`.
fn needed_names(
    fields: &mut Fields<'_>,
    field: &str,
    needed: bool,
) -> Result<Vec<Bodypart>, ConfigFieldError> {
    let take = |fields: &mut Fields<'_>| names_in(fields, &[field]);
    match needed {
        true => take(fields),
        false => Ok(fields.noted(&[field], Vec::new(), take)),
    }
}

fn names_in(
    fields: &mut Fields<'_>,
    spellings: &[&str],
) -> Result<Vec<Bodypart>, ConfigFieldError> {
    let names: Vec<String> = fields.take_any(spellings)?.unwrap_or_default();
    let mut seen = std::collections::HashSet::new();
    if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
        let found = format!("{twice:?} twice");
        return Err(fields.error(spellings[0], "different names", found));
    }
    Ok(names.into_iter().map(Bodypart::from).collect())
}

fn skeleton(fields: &mut Fields<'_>) -> Result<Vec<(Bodypart, Bodypart)>, ConfigFieldError> {
    let value = fields.take_value(&["skeleton"]);
    let Some(value) = value.filter(|value| !is_unset(value)) else {
        return Ok(Vec::new());
    };
    let pair = |(place, pair): (usize, &Value)| {
        let names = Vec::<String>::from_value(pair);
        let names = names.and_then(|names| <[String; 2]>::try_from(names).ok());
        let error = || fields.error("skeleton", "a pair of body parts", pair.summary());
        let [a, b] = names.ok_or_else(|| error().with_item(place + 1))?;
        Ok((a.into(), b.into()))
    };
    let error = || fields.error("skeleton", "a list of pairs of body parts", value.summary());
    let pairs = value.as_list().ok_or_else(error)?;
    pairs.iter().enumerate().map(pair).collect()
}

fn training_fractions(fields: &mut Fields<'_>) -> Result<Vec<f64>, ConfigFieldError> {
    if fields.peek("TrainingFraction").is_some_and(is_unset) {
        fields.take_value(&["TrainingFraction"]);
    }
    let fractions = fields.take_or("TrainingFraction", vec![0.95])?;
    let is_wrong = |fraction: &f64| !(0.0..=1.0).contains(fraction);
    match fractions.iter().position(is_wrong) {
        Some(place) => {
            let found = fractions[place].to_string();
            let error = fields.error("TrainingFraction", FRACTION, found);
            Err(error.with_item(place + 1))
        }
        None => Ok(fractions),
    }
}

const FRACTION: &str = "a number in [0, 1]";

fn fraction(fields: &mut Fields<'_>, name: &str, default: f64) -> f64 {
    fields.noted(&[name], default, |fields| {
        let fraction = fields.take_or(name, default)?;
        match (0.0..=1.0).contains(&fraction) {
            true => Ok(fraction),
            false => Err(fields.error(name, FRACTION, fraction.to_string())),
        }
    })
}

fn dotsize(fields: &mut Fields<'_>) -> Result<f64, ConfigFieldError> {
    let size = fields.take_or("dotsize", 12.0)?;
    match size.is_finite() && size >= 0.0 {
        true => Ok(size),
        false => Err(fields.error("dotsize", "a number of at least 0", size.to_string())),
    }
}

fn at_least_one(fields: &mut Fields<'_>, name: &str, default: u32) -> u32 {
    fields.noted(&[name], default, |fields| {
        match fields.take_or(name, default)? {
            0 => Err(fields.error(name, "an integer of at least 1", "0")),
            number => Ok(number),
        }
    })
}

/// Some old files have empty texts where a list or a dictionary belongs.
fn is_unset(value: &Value) -> bool {
    value.is_none() || value.as_str() == Some("")
}

impl FromValue for Engine {
    const EXPECTED: &'static str = "`tensorflow` or `pytorch`";

    fn from_value(value: &Value) -> Option<Self> {
        value.as_str()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        let required = [("Task", "openfield".into()), ("date", "Oct30".into())];
        Value::dict(required.into_iter().chain(entries))
    }

    #[test]
    fn the_defaults_are_those_of_deeplabcut() {
        let config = ProjectConfig::try_from(&config([])).unwrap();

        assert_eq!(config.engine, Engine::PyTorch);
        assert_eq!(config.snapshotindex, SnapshotIndex::All);
        assert_eq!(config.detector_snapshotindex, SnapshotIndex::LAST);
        assert_eq!(config.training_fractions, [0.95]);
        assert_eq!(config.batch_size, 8);
        assert_eq!(config.iteration, None);
        assert_eq!(config.crop(), Ok(None));
    }

    #[test]
    fn a_field_that_is_wrong_is_noted_and_written_back() {
        let list = Value::from_iter::<[i64; 1]>;
        for (field, value) in [
            ("config_version", "new".into()),
            ("scorer", list([1])),
            ("identity", "perhaps".into()),
            ("project_path", 5.into()),
            ("pose_config_path", 5.into()),
            ("engine", "jax".into()),
            ("video_sets", "a.mp4".into()),
            ("individuals", list([1])),
            ("uniquebodyparts", list([1])),
            ("multianimalbodyparts", list([1])),
            ("start", (-1).into()),
            ("stop", "end".into()),
            ("numframes2pick", 2.5.into()),
            ("skeleton", list([1])),
            ("skeleton_color", 5.into()),
            ("pcutoff", 2.5.into()),
            ("dotsize", (-4.5).into()),
            ("alphavalue", 7.into()),
            ("colormap", list([1])),
            ("default_net_type", 50.into()),
            ("default_augmenter", 1.into()),
            ("default_track_method", 1.into()),
            ("snapshotindex", "newest".into()),
            ("detector_snapshotindex", 1.5.into()),
            ("batch_size", 0.into()),
            ("detector_batch_size", "four".into()),
            ("cropping", "perhaps".into()),
            ("x1", (-1).into()),
            ("x2", 1.5.into()),
            ("y1", "top".into()),
            ("y2", (-1).into()),
            ("corner2move2", 5.into()),
            ("move2corner", 5.into()),
            ("resnet", "50a".into()),
            ("croppedtraining", 5.into()),
        ] {
            let value = config([("bodyparts", Value::from_iter(["snout"])), (field, value)]);
            let config = ProjectConfig::try_from(&value).unwrap();

            let error = config.check(&["Task", field]).unwrap_err();
            assert_eq!(error.field(), field);
            assert_eq!(config.check(&["Task", "other"]), Ok(()));
            assert_eq!(config.to_value().get(field), value.get(field));
            let again = ProjectConfig::try_from(&config.to_value());
            assert_eq!(again, Ok(config), "{field}");
        }
    }

    #[test]
    fn names_may_look_like_numbers_and_dots_have_any_size() {
        let value = Value::dict([
            ("Task", Value::Int(123)),
            ("date", Value::Float(22.5)),
            ("scorer", true.into()),
            ("dotsize", 4.5.into()),
        ]);
        let config = ProjectConfig::try_from(&value).unwrap();

        let names = (&*config.task, &*config.date, &*config.scorer);
        assert_eq!(names, ("123", "22.5", "True"));
        assert_eq!((config.dotsize, config.unusable.len()), (4.5, 0));
    }

    #[test]
    fn the_item_of_a_list_that_is_wrong_is_named() {
        for (field, items, message) in [
            (
                "bodyparts",
                Value::List(vec!["a".into(), "b".into(), 12.into()]),
                "invalid `bodyparts`, item 3: expected a text, found the integer 12 (a text in quotes)",
            ),
            (
                "skeleton",
                Value::List(vec![Value::from_iter(["a", "b"]), Value::from_iter(["a"])]),
                "invalid `skeleton`, item 2: expected a pair of body parts, found a list of 1",
            ),
            (
                "corner2move2",
                Value::List(vec![(-5).into()]),
                "invalid `corner2move2`, item 1: expected an integer of at least 0, found the integer -5",
            ),
        ] {
            let read = ProjectConfig::try_from(&config([(field, items)]));
            let error = read.and_then(|config| config.check(&[field])).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn what_is_unknown_is_written_back() {
        let value = config([("num_outputs", 2.into()), ("my own", Value::None)]);
        let config = ProjectConfig::try_from(&value).unwrap();
        let again = ProjectConfig::try_from(&config.to_value()).unwrap();

        assert_eq!(config.other("num_outputs"), Some(&Value::Int(2)));
        assert_eq!(again, config);
    }

    #[test]
    fn empty_texts_of_old_files_are_no_lists() {
        let value = config([
            ("bodyparts", "".into()),
            ("skeleton", "".into()),
            ("TrainingFraction", "".into()),
            ("video_sets", "".into()),
        ]);
        let config = ProjectConfig::try_from(&value).unwrap();

        assert!(config.bodyparts.is_empty() && config.skeleton.is_empty());
        assert_eq!(config.training_fractions, [0.95]);
    }

    #[test]
    fn errors_name_the_field_and_what_was_found() {
        let cases = [
            (
                config([("TrainingFraction", Value::from_iter([0.8, 1.5]))]),
                "invalid `TrainingFraction`, item 2: expected a number in [0, 1], found 1.5",
            ),
            (
                config([("bodyparts", Value::from_iter(["snout", "snout"]))]),
                "invalid `bodyparts`: expected different names, found \"snout\" twice",
            ),
            (
                config([("iteration", "first".into())]),
                "invalid `iteration`: expected an integer of at least 0, found the text \"first\"",
            ),
            (
                Value::dict([("date", "Oct30".into())]),
                "invalid `Task`: expected a text, found nothing",
            ),
            (
                Value::List(Vec::new()),
                "invalid `configuration`: expected a dictionary, found a list of 0",
            ),
        ];
        for (value, message) in cases {
            assert_eq!(
                ProjectConfig::try_from(&value).unwrap_err().to_string(),
                message
            );
        }
    }

    #[test]
    fn a_project_with_several_animals_has_its_body_parts_elsewhere() {
        let value = config([
            ("multianimalproject", true.into()),
            ("bodyparts", MULTI.into()),
            ("multianimalbodyparts", Value::from_iter(["snout"])),
        ]);
        let config = ProjectConfig::try_from(&value).unwrap();

        assert_eq!(config.tracked_bodyparts().unwrap().len(), 1);
        assert_eq!(config.to_value().get("bodyparts"), Some(&MULTI.into()));
    }

    #[test]
    fn the_crop_of_a_video_is_four_numbers() {
        let set = |crop: &str| VideoSet {
            path: "v.mp4".into(),
            settings: Value::dict([("crop", crop.into())]),
        };

        assert_eq!(set("0, 640,10,480").crop().unwrap().y_min, 10);
        assert_eq!(set("0, 640").crop(), None);
    }
}
