use std::{
    ffi::OsString,
    io::{BufReader, Read},
    path::Path,
};

use dlc_model::{Timestamp, UtcOffset};

use super::{
    Programs,
    child::{Child, read_within},
    lines::for_each_line,
    report::fraction,
    timeline::Timeline,
};
use crate::video::{MAX_FRAMES, OpenVideoErrorKind, extent};

const ENTRIES: &str = "packet=pts,flags\
    :stream=codec_name,width,height,pix_fmt,color_range,avg_frame_rate,time_base,nb_frames\
    :stream_tags=rotate:stream_side_data=rotation:format=format_name,start_time,duration\
    :format_tags=creation_time";

/// What `ffprobe` knows of the first video stream of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probe {
    pub(super) fps: f64,
    pub(super) time_base: (i64, i64),
    pub(super) timeline: Timeline,
    /// Where the times of the file begin, in s.
    pub(super) start_s: f64,
    pub(super) container: String,
    pub(super) codec: String,
    pub(super) pixel_format: String,
    pub(super) promised: Option<usize>,
    pub(super) creation_time: Option<Timestamp>,
    size: (usize, usize),
    rotation: Rotation,
    /// Whether the file asks for full range though its pixel format does not.
    full_range: bool,
}

/// How far the file asks to turn its frames, clockwise.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Rotation {
    #[default]
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Probe {
    /// Lists the packets of a file.
    pub(super) fn run(
        path: &Path,
        url: &OsString,
        programs: &Programs,
    ) -> Result<Self, OpenVideoErrorKind> {
        let (mut child, stdout) = Child::spawn(&programs.ffprobe, &arguments(url), |_| ())
            .map_err(|error| programs.could_not_run_ffprobe(error))?;
        let Some(answer) = read_within(stdout, programs.patience, Answer::read) else {
            return Err(programs.stalled(&programs.ffprobe));
        };
        let answer = answer?;
        let (status, words) = child.wait();
        if !status.success() && status.code().is_some() && !words.errors.is_empty() {
            let message = words.errors;
            return Err(OpenVideoErrorKind::NotVideo { message });
        }
        if !status.success() || answer.lines == 0 {
            return Err(programs.ended(&programs.ffprobe, status, words));
        }
        let missing_bytes = extent::missing_bytes(path).map_err(OpenVideoErrorKind::Io)?;
        answer.check_complete(missing_bytes)?;
        answer.into_probe()
    }

    /// Returns width and height in px as the frames are shown.
    pub(super) fn size_after_rotation(&self) -> (usize, usize) {
        match self.rotation {
            Rotation::None | Rotation::Half => self.size,
            Rotation::Quarter | Rotation::ThreeQuarters => (self.size.1, self.size.0),
        }
    }

    /// Returns how far the frames are turned clockwise, in degrees.
    pub(super) fn rotation_degrees(&self) -> u16 {
        match self.rotation {
            Rotation::None => 0,
            Rotation::Quarter => 90,
            Rotation::Half => 180,
            Rotation::ThreeQuarters => 270,
        }
    }

    /// Returns the filters that give OpenCV's pixels and print the time of each frame.
    ///
    /// OpenCV leaves libswscale at its defaults: BT.601 and, unless the pixel format says
    /// otherwise, limited range. It also asks for `bgr24`, and so do we: 10 bit video converted to
    /// `rgb24` takes another routine, and differs by up to 7 levels.
    pub(super) fn filters(&self) -> String {
        let range = if self.full_range { ":in_range=tv" } else { "" };
        let turn = match self.rotation {
            Rotation::None => "",
            Rotation::Quarter => "transpose=clock,",
            Rotation::Half => "hflip,vflip,",
            Rotation::ThreeQuarters => "transpose=cclock,",
        };
        format!(
            "scale=flags=bicubic:in_color_matrix=bt601{range},format=bgr24,{turn}showinfo=checksum=0"
        )
    }
}

fn arguments(url: &OsString) -> Vec<OsString> {
    let options = "-loglevel level+error -protocol_whitelist file -select_streams v:0 -of compact";
    let mut arguments: Vec<OsString> = options.split(' ').map(OsString::from).collect();
    arguments.extend(["-show_entries".into(), ENTRIES.into(), "-i".into()]);
    arguments.push(url.clone());
    arguments
}

/// The fields of `ffprobe -of compact`: `packet|pts=0|flags=K_`, `stream|width=160|…`.
#[derive(Debug, Default)]
struct Answer {
    lines: usize,
    times: Vec<Option<i64>>,
    packets: usize,
    has_stream: bool,
    width: Option<usize>,
    height: Option<usize>,
    pixel_format: String,
    full_range: bool,
    average_rate: Option<(i64, i64)>,
    time_base: Option<(i64, i64)>,
    promised: Option<usize>,
    rotation: Rotation,
    codec: String,
    format: String,
    start_secs: Option<f64>,
    duration_secs: Option<f64>,
    creation_time: Option<Timestamp>,
}

impl Answer {
    fn read(stdout: impl Read) -> Result<Self, OpenVideoErrorKind> {
        let mut answer = Self::default();
        for_each_line(BufReader::new(stdout), |line| answer.line(line))
            .map_err(OpenVideoErrorKind::Io)?;
        if answer.packets > MAX_FRAMES {
            return Err(OpenVideoErrorKind::TooManyFrames);
        }
        Ok(answer)
    }

    fn line(&mut self, line: &str) {
        self.lines += 1;
        let mut fields = line.split('|');
        match fields.next() {
            Some("packet") => self.packet(fields),
            Some("stream") => {
                self.has_stream = true;
                self.fields(fields);
            }
            Some("format") => self.fields(fields),
            _ => {}
        }
    }

    fn packet<'a>(&mut self, fields: impl Iterator<Item = &'a str>) {
        let (mut time, mut shown) = (None, true);
        for (key, value) in fields.filter_map(|field| field.split_once('=')) {
            match key {
                "pts" => time = value.parse().ok(),
                "flags" => shown = !value.contains('D'),
                _ => {}
            }
        }
        self.packets += 1;
        if shown && self.times.len() < MAX_FRAMES {
            self.times.push(time);
        }
    }

    fn fields<'a>(&mut self, fields: impl Iterator<Item = &'a str>) {
        for (key, value) in fields.filter_map(|field| field.split_once('=')) {
            match key {
                "codec_name" => value.clone_into(&mut self.codec),
                "start_time" => self.start_secs = value.parse().ok(),
                "width" => self.width = value.parse().ok(),
                "height" => self.height = value.parse().ok(),
                "pix_fmt" => value.clone_into(&mut self.pixel_format),
                "color_range" => self.full_range = value == "pc",
                "avg_frame_rate" => self.average_rate = fraction(value),
                "time_base" => self.time_base = fraction(value),
                "nb_frames" => self.promised = value.parse().ok(),
                "tag:rotate" => self.rotation = Rotation::clockwise(value, 1),
                // Of a matrix, ffprobe gives the angle against the clock.
                "rotation" => self.rotation = Rotation::clockwise(value, -1),
                "format_name" => value.clone_into(&mut self.format),
                "tag:creation_time" => {
                    self.creation_time = Timestamp::parse(value, Some(UtcOffset::UTC)).ok();
                }
                "duration" => self.duration_secs = value.parse().ok(),
                _ => {}
            }
        }
    }

    /// Refuses a file that was cut: one that is shorter than it says, and lacks frames.
    fn check_complete(&self, missing_bytes: u64) -> Result<(), OpenVideoErrorKind> {
        let complete = self
            .promised
            .is_some_and(|promised| promised <= self.packets);
        if missing_bytes == 0 || complete || !self.has_stream {
            return Ok(());
        }
        Err(OpenVideoErrorKind::Truncated {
            expected: self.promised.or_else(|| self.count_by_duration()),
            found: self.packets,
            missing_bytes,
        })
    }

    /// Returns the number of frames as OpenCV guesses it for files that do not say.
    fn count_by_duration(&self) -> Option<usize> {
        let count = (self.duration_secs? * ratio(self.average_rate?)?).round();
        #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
        #[expect(clippy::cast_sign_loss, reason = "checked to be in range")]
        (0.0..=1e9).contains(&count).then_some(count as usize)
    }

    fn into_probe(self) -> Result<Probe, OpenVideoErrorKind> {
        if !self.has_stream || self.times.is_empty() {
            return Err(OpenVideoErrorKind::NoPictures);
        }
        let missing = |field| OpenVideoErrorKind::Answer { field };
        let time_base = self.time_base.ok_or(missing("time_base"))?;
        let seconds = ratio(time_base).ok_or(missing("time_base"))?;
        let mut timeline = Timeline::from_packets(self.times);
        if let (true, Some(promised)) = (self.format == "avi", self.promised) {
            timeline = timeline.with_dropped(promised);
        }
        Ok(Probe {
            fps: self.average_rate.and_then(ratio).unwrap_or(1.0 / seconds),
            time_base,
            timeline,
            start_s: self.start_secs.unwrap_or(0.0),
            promised: self.promised,
            creation_time: self.creation_time,
            size: (
                self.width.ok_or(missing("width"))?,
                self.height.ok_or(missing("height"))?,
            ),
            rotation: self.rotation,
            full_range: self.full_range
                && self.pixel_format.starts_with("yuv")
                && !self.pixel_format.starts_with("yuvj"),
            container: self.format,
            codec: self.codec,
            pixel_format: self.pixel_format,
        })
    }
}

impl Rotation {
    /// Reads an angle in degrees. As with OpenCV, only quarters of a turn count.
    fn clockwise(degrees: &str, sign: i32) -> Self {
        let degrees = degrees.parse::<i32>().unwrap_or(0);
        match degrees.wrapping_mul(sign).rem_euclid(360) {
            90 => Self::Quarter,
            180 => Self::Half,
            270 => Self::ThreeQuarters,
            _ => Self::None,
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "both parts are 32 bit numbers in ffmpeg"
)]
pub(super) fn ratio((numerator, denominator): (i64, i64)) -> Option<f64> {
    (numerator > 0 && denominator > 0).then(|| numerator as f64 / denominator as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "stream|width=160|height=120|pix_fmt=yuv420p|color_range=pc|\
                          avg_frame_rate=1000000/33333|time_base=1/12800|nb_frames=3|\
                          tag:rotate=270|side_datum|rotation=90";

    fn answer(lines: &[&str]) -> Answer {
        let mut answer = Answer::default();
        for line in lines {
            answer.line(line);
        }
        answer
    }

    const PACKETS: [&str; 3] = [
        "packet|pts=0|flags=K_",
        "packet|pts=1024|flags=__",
        "packet|pts=512|flags=_D",
    ];

    #[test]
    fn discarded_packets_are_no_frames() {
        let probe = answer(&[&PACKETS[..], &[STREAM]].concat())
            .into_probe()
            .unwrap();

        assert_eq!(probe.timeline.len(), 2);
        assert_eq!(probe.fps, 30.000_300_003_000_03);
    }

    #[test]
    fn frames_are_turned_and_converted_as_opencv_does() {
        let probe = answer(&[&PACKETS[..], &[STREAM]].concat())
            .into_probe()
            .unwrap();

        assert_eq!(probe.size_after_rotation(), (120, 160));
        assert_eq!(
            probe.filters(),
            "scale=flags=bicubic:in_color_matrix=bt601:in_range=tv,format=bgr24,\
             transpose=cclock,showinfo=checksum=0"
        );
    }

    #[test]
    fn a_cut_file_is_refused_with_both_counts() {
        let answer = answer(&[PACKETS[0], STREAM]);

        assert!(answer.check_complete(0).is_ok());
        assert!(matches!(
            answer.check_complete(7),
            Err(OpenVideoErrorKind::Truncated {
                expected: Some(3),
                found: 1,
                missing_bytes: 7
            })
        ));
    }

    #[test]
    fn no_stream_is_no_picture() {
        let error = answer(&["format|format_name=mp3|duration=2.0"]).into_probe();

        assert!(matches!(error, Err(OpenVideoErrorKind::NoPictures)));
    }
}
