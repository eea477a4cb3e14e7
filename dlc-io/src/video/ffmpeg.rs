//! Videos read by the programs `ffprobe`, which lists the packets, and `ffmpeg`, which decodes.

mod child;
mod encoder;
mod lines;
mod probe;
mod programs;
mod report;
mod timeline;

use std::{
    error::Error,
    ffi::OsString,
    io::{self, Read},
    path::{self, Path},
    process::ChildStdout,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::Duration,
};

use dlc_model::{Frame, FrameSource, ReadFrameError, Timestamp, VideoInfo};

use self::{
    child::Child,
    probe::{Probe, ratio},
    programs::Passthrough,
    report::{Report, Shown},
    timeline::Timeline,
};
pub(super) use self::{encoder::Encoder, programs::Programs};
use super::{DecodeVideoError, OpenVideoErrorKind, VideoProbe, frame_len, source};

/// A video that `ffmpeg` decodes from the first frame to the last.
#[derive(Debug)]
pub(super) struct Source {
    info: VideoInfo,
    frame_len: usize,
    timeline: Timeline,
    time_base: (i64, i64),
    /// Where the times of the file begin, in s.
    start_s: f64,
    facts: Facts,
    state: State,
    patience: Duration,
}

/// What is told of the file and not needed to decode it.
#[derive(Clone, Debug, Default)]
struct Facts {
    container: String,
    codec: String,
    pixel_format: String,
    rotation: u16,
    promised: Option<usize>,
    creation_time: Option<Timestamp>,
}

#[derive(Debug)]
enum State {
    Ready {
        program: OsString,
        arguments: Vec<OsString>,
    },
    Running(Decoding),
    Ended,
}

#[derive(Debug)]
struct Decoding {
    child: Child,
    pixels: ChildStdout,
    shown: Receiver<Shown>,
}

impl Source {
    pub(super) fn open(path: &Path, programs: &Programs) -> Result<Self, OpenVideoErrorKind> {
        let url = url(path).map_err(OpenVideoErrorKind::Io)?;
        let passthrough = programs.passthrough()?;
        let probe = Probe::run(path, &url, programs)?;
        let (width, height) = probe.size_after_rotation();
        Ok(Self {
            frame_len: frame_len(width, height)?,
            info: VideoInfo {
                width,
                height,
                fps: probe.fps,
                frame_count: probe.timeline.len(),
            },
            time_base: probe.time_base,
            start_s: probe.start_s,
            facts: Facts {
                rotation: probe.rotation_degrees(),
                container: probe.container.clone(),
                codec: probe.codec.clone(),
                pixel_format: probe.pixel_format.clone(),
                promised: probe.promised,
                creation_time: probe.creation_time,
            },
            state: State::Ready {
                program: programs.ffmpeg.clone(),
                arguments: arguments(url, passthrough, &probe.filters()),
            },
            timeline: probe.timeline,
            patience: programs.patience,
        })
    }

    /// Starts `ffmpeg` at the first call.
    fn decoding(&mut self) -> io::Result<Option<&mut Decoding>> {
        if let State::Ready { program, arguments } = &self.state {
            let (send, shown) = channel();
            let mut report = Report::new(self.time_base);
            let (child, pixels) = Child::spawn(program, arguments, move |line| {
                if let Some(frame) = report.line(line) {
                    // The receiver is gone when nobody wants frames any more.
                    let _ = send.send(frame);
                }
            })?;
            self.state = State::Running(Decoding {
                child,
                pixels,
                shown,
            });
        }
        match &mut self.state {
            State::Running(decoding) => Ok(Some(decoding)),
            _ => Ok(None),
        }
    }

    fn read(&mut self) -> Result<Option<Frame<'static>>, Box<dyn Error + Send + Sync>> {
        let (expected, len) = ((self.info.width, self.info.height), self.frame_len);
        let patience = self.patience;
        let Some(decoding) = self.decoding()? else {
            return Ok(None);
        };
        let shown = match decoding.shown.recv_timeout(patience) {
            Ok(shown) => shown,
            Err(RecvTimeoutError::Timeout) => {
                let seconds = patience.as_secs();
                return Err(DecodeVideoError::Stalled { seconds }.into());
            }
            Err(RecvTimeoutError::Disconnected) => {
                decoding.finish()?;
                self.timeline.finish()?;
                return Ok(None);
            }
        };
        if shown.size != expected {
            let found = shown.size;
            return Err(DecodeVideoError::SizeChanged { expected, found }.into());
        }
        let mut pixels = vec![0; len];
        if let Err(error) = decoding.pixels.read_exact(&mut pixels) {
            return Err(decoding.interrupted(error));
        }
        for pixel in pixels.chunks_exact_mut(3) {
            pixel.swap(0, 2);
        }
        let index = self.timeline.index(shown.time)?;
        Ok(Some(Frame::new(index, expected.0, expected.1, pixels)?))
    }
}

impl Decoding {
    /// Waits for `ffmpeg` to end by itself, with nothing left to say.
    fn finish(&mut self) -> Result<(), DecodeVideoError> {
        let left = io::copy(&mut (&mut self.pixels).take(1), &mut io::sink()).unwrap_or(0);
        let (status, words) = self.child.wait();
        match left == 0 && status.success() {
            true => Ok(()),
            false => Err(DecodeVideoError::FfmpegEnded {
                status: status.to_string(),
                message: words.into_message(),
            }),
        }
    }

    fn interrupted(&mut self, error: io::Error) -> Box<dyn Error + Send + Sync> {
        if error.kind() != io::ErrorKind::UnexpectedEof {
            return error.into();
        }
        let (status, words) = self.child.wait();
        let (status, message) = (status.to_string(), words.into_message());
        DecodeVideoError::FfmpegEnded { status, message }.into()
    }
}

impl FrameSource for Source {
    fn info(&self) -> VideoInfo {
        self.info
    }

    fn next_frame(&mut self) -> Result<Option<Frame<'static>>, ReadFrameError> {
        let read = self.read();
        if !matches!(read, Ok(Some(_))) {
            self.state = State::Ended;
        }
        read.map_err(|source| ReadFrameError {
            index: self.timeline.next(),
            source,
        })
    }
}

/// How much before a wanted frame decoding begins, in s: pictures behind a key frame may refer to
/// some before it.
const LEAD_S: f64 = 1.0;

impl source::Source for Source {
    /// Tells `ffmpeg` to begin at a time, where there are times. What it decodes knows its own.
    fn start_at(&mut self, index: usize) {
        // Old x264 wrote 4:4:4 with a mistake that the decoder makes good, once it knows who wrote it:
        // that stands in the first packet alone.
        if self.facts.codec == "h264" && self.facts.pixel_format.starts_with("yuv444") {
            return;
        }
        let time = self.timeline.times().and_then(|times| times.get(index));
        let time_s = time
            .zip(ratio(self.time_base))
            .map(|(time, base)| *time as f64 * base);
        let Some(time_s) = time_s.filter(|time_s| time_s - self.start_s > LEAD_S) else {
            return;
        };
        if let State::Ready { arguments, .. } = &mut self.state
            && let Some(input) = arguments.iter().position(|argument| argument == "-i")
        {
            let seconds = format!("{:.6}", time_s - self.start_s - LEAD_S);
            arguments.splice(input..input, ["-ss".into(), seconds.into()]);
        }
    }

    fn probe(&self) -> VideoProbe {
        let base = ratio(self.time_base).unwrap_or(f64::NAN);
        let frame_times_s = self.timeline.times().map(|times| {
            let first = times.first().copied().unwrap_or(0);
            times
                .iter()
                .map(|time| (time - first) as f64 * base)
                .collect()
        });
        let facts = self.facts.clone();
        VideoProbe {
            info: self.info,
            container: facts.container,
            codec: facts.codec,
            pixel_format: (!facts.pixel_format.is_empty()).then_some(facts.pixel_format),
            rotation: facts.rotation,
            reported_frame_count: facts.promised,
            frame_times_s,
            tick_s: base,
            creation_time: facts.creation_time,
        }
    }
}

/// Names a file so that nothing in its name means anything to ffmpeg.
fn url(path: &Path) -> io::Result<OsString> {
    let mut url = OsString::from("file:");
    url.push(path::absolute(path)?);
    Ok(url)
}

fn arguments(url: OsString, passthrough: Passthrough, filters: &str) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut add = |text: &str| arguments.extend(text.split(' ').map(OsString::from));
    add("-hide_banner -nostdin -nostats -loglevel level+info -max_error_rate 1");
    add("-protocol_whitelist file -noautorotate -copyts -i");
    arguments.push(url);
    let mut add = |text: &str| arguments.extend(text.split(' ').map(OsString::from));
    add("-map 0:v:0");
    add(passthrough.arguments());
    add("-vf");
    add(filters);
    add("-f rawvideo -pix_fmt bgr24 pipe:1");
    arguments
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use super::*;

    #[test]
    fn a_missing_program_is_named_with_its_remedy() {
        let programs = Programs::named("no-such-ffmpeg");

        let error = Source::open(Path::new("a.mp4"), &programs).unwrap_err();

        let text = error.to_string();
        for part in ["no-such-ffmpeg", "apt-get install", "DLC_FFMPEG"] {
            assert!(text.contains(part), "{text}");
        }
    }

    /// Runs a stand-in for ffmpeg that writes one frame of two, then does as `end` says.
    #[cfg(unix)]
    fn with_stand_in(end: &str) -> (Source, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("ffmpeg");
        let line = "[Parsed_showinfo_2 @ 0x1] [info] n: 0 pts: 0 s:2x1 i:P";
        let script = format!("echo '{line}' >&2\nprintf 'bgrBGR'\n{end}");
        testing::write_script(&program, &script);
        let source = Source {
            info: VideoInfo {
                width: 2,
                height: 1,
                fps: 30.0,
                frame_count: 2,
            },
            frame_len: 6,
            timeline: Timeline::from_packets(vec![Some(0), Some(1)]),
            time_base: (1, 30),
            start_s: 0.0,
            facts: Facts::default(),
            state: State::Ready {
                program: program.into(),
                arguments: Vec::new(),
            },
            patience: Duration::from_secs(1),
        };
        (source, folder)
    }

    #[test]
    #[cfg(unix)]
    fn a_death_of_ffmpeg_is_told_with_its_last_words() {
        let line = "[Parsed_showinfo_2 @ 0x1] [info] n: 1 pts: 1 s:2x1 i:P";
        let ends = [
            "echo '[x @ 0x1] [error] disk on fire' >&2; exit 3".to_owned(),
            format!("echo '{line}' >&2; printf 'bgr'; echo '[fatal] disk on fire' >&2; exit 3"),
            "echo '[fatal] disk on fire' >&2; kill -9 $$".to_owned(),
        ];
        for end in ends {
            let (mut source, _folder) = with_stand_in(&end);

            assert_eq!(source.next_frame().unwrap().unwrap().pixels(), b"rgbRGB");
            let error = source.next_frame().unwrap_err();

            assert_eq!(error.index, 1);
            let text = error.source.to_string();
            assert!(text.contains("disk on fire"), "{text}");
            assert!(source.next_frame().unwrap().is_none());
        }
        let (mut source, _folder) = with_stand_in("kill -9 $$");
        assert!(source.next_frame().unwrap().is_some());
        let text = source.next_frame().unwrap_err().source.to_string();
        for part in ["SIGKILL", "memory", "said nothing"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn an_ffmpeg_that_hangs_is_ended() {
        let (mut source, _folder) = with_stand_in("exec sleep 600");

        assert!(source.next_frame().unwrap().is_some());
        let error = source.next_frame().unwrap_err();

        let expected = DecodeVideoError::Stalled { seconds: 1 };
        assert_eq!(error.source.downcast_ref(), Some(&expected));
        assert!(source.next_frame().unwrap().is_none());
    }

    /// Opens a video with a stand-in for both programs, which tells its version and then does as asked.
    #[cfg(unix)]
    fn opened_by(script: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("stand-in");
        let video = folder.path().join("a.mp4");
        fs::write(&video, "not a video").unwrap();
        testing::write_script(&program, script);
        let mut programs = Programs::named(program.to_str().unwrap());
        programs.patience = Duration::from_secs(1);
        Source::open(&video, &programs).unwrap_err().to_string()
    }

    #[test]
    #[cfg(unix)]
    fn a_program_that_dies_or_hangs_before_the_first_frame_is_told() {
        let answers = r#"[ "$1" = -version ] && { echo "ffmpeg version 5.1"; exit 0; }"#;
        let cases = [
            ("kill -9 $$", &["SIGKILL", "memory", "said nothing"][..]),
            ("kill -11 $$", &["SIGSEGV", "another version"]),
            ("exit 3", &["exit status: 3", "said nothing"]),
            ("exit 0", &["ended without an answer", "said nothing"]),
            (
                "echo 'libavcodec.so.59 is missing' >&2; exit 127",
                &["libavcodec.so.59"],
            ),
            ("exec sleep 600", &["gave no answer for 1 s"]),
        ];
        for (end, parts) in cases {
            // While it tells its version (which an early end with 0 does), and afterwards.
            for script in [end.to_owned(), format!("{answers}\n{end}")] {
                let text = opened_by(&script);
                assert!(text.contains("stand-in"), "{script}: {text}");
                for part in parts {
                    assert!(text.contains(part), "{script}: {text}");
                }
            }
        }
        let text = opened_by(&format!(
            "{answers}\necho '[x] [error] no moov' >&2; exit 1"
        ));
        assert_eq!(text, "not a video that ffmpeg can read: no moov");
    }

    #[test]
    #[cfg(unix)]
    fn a_change_of_size_is_an_error() {
        let line = "[Parsed_showinfo_2 @ 0x1] [info] n: 1 pts: 1 s:4x4 i:P";
        let (mut source, _folder) = with_stand_in(&format!("echo '{line}' >&2; exec sleep 60"));

        assert!(source.next_frame().unwrap().is_some());
        let error = source.next_frame().unwrap_err();

        assert_eq!(
            error.source.downcast_ref(),
            Some(&DecodeVideoError::SizeChanged {
                expected: (2, 1),
                found: (4, 4)
            })
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_child_is_killed_and_reaped_when_its_source_is_dropped() {
        let (mut source, _folder) = with_stand_in("exec sleep 600");
        source.next_frame().unwrap();
        let State::Running(decoding) = &source.state else {
            panic!("not running");
        };
        let id = decoding.child.id().to_string();
        let is_alive = || {
            Command::new("kill")
                .args(["-0", &id])
                .output()
                .unwrap()
                .status
                .success()
        };
        assert!(is_alive());

        drop(source);

        assert!(!is_alive());
    }

    #[test]
    #[cfg(unix)]
    fn much_talk_on_standard_error_blocks_nothing() {
        let talk = "i=0; while [ $i -lt 20000 ]; do echo '[x] [error] blah blah blah blah'; \
                    i=$((i+1)); done >&2";
        let (mut source, _folder) = with_stand_in(talk);

        assert!(source.next_frame().unwrap().is_some());
        assert!(source.next_frame().unwrap().is_none());
    }
}
