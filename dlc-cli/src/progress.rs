//! How far long work has come: a bar on terminals, nothing elsewhere.

use dlc::analysis::Progress;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::voice::Voice;

/// A bar with frames per second and the time that is left.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(voice: Voice) -> Self {
        if !voice.shows_progress() {
            return Self(ProgressBar::hidden());
        }
        let style = "{msg} [{wide_bar}] {pos}/{len} frames, {per_sec}, {eta} left";
        let style = ProgressStyle::with_template(style).expect("the template is correct");
        let per_second = |state: &ProgressState, text: &mut dyn std::fmt::Write| {
            let _ = write!(text, "{:.1} frames/s", state.per_sec());
        };
        let style = style.with_key("per_sec", per_second).progress_chars("=> ");
        Self(ProgressBar::no_length().with_style(style))
    }

    pub(crate) fn show(&self, progress: Progress<'_>) {
        let name = progress.video.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        if self.0.message() != name {
            self.0.reset();
            self.0.set_message(name);
        }
        self.0.set_length(progress.frame_count as u64);
        self.0.set_position(progress.frames_done as u64);
    }

    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
