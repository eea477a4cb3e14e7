/// What ffmpeg says of one frame before it writes its pixels.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Shown {
    /// Time of presentation in units of the stream's time base.
    pub(super) time: Option<i64>,
    /// Width and height in px.
    pub(super) size: (usize, usize),
}

/// Reads the lines of ffmpeg's filter `showinfo`:
///
/// ```text
/// [Parsed_showinfo_2 @ 0x55] [info] config in time_base: 1/12800, frame_rate: 25/1
/// [Parsed_showinfo_2 @ 0x55] [info] n:   0 pts:   1024 pts_time:0.08 … fmt:bgr24 … s:160x120 …
/// ```
#[derive(Debug)]
pub(super) struct Report {
    wanted: (i64, i64),
    given: (i64, i64),
}

impl Report {
    /// Creates a reader that gives times in units of `time_base`, a fraction of a second.
    pub(super) fn new(time_base: (i64, i64)) -> Self {
        Self {
            wanted: time_base,
            given: time_base,
        }
    }

    /// Reads one line of standard error. `None` if it is not about a frame.
    pub(super) fn line(&mut self, line: &str) -> Option<Shown> {
        let (_, text) = line.strip_prefix("[Parsed_showinfo_")?.split_once("] ")?;
        if let Some((_, base)) = text.split_once("config in time_base:") {
            self.given = fraction(base.split(',').next()?)?;
            return None;
        }
        // Times are padded with blanks: "pts:      0".
        let (_, after) = text.split_once(" pts:")?;
        let time = after.split_whitespace().next()?.parse().ok();
        let size = after
            .split_whitespace()
            .find_map(|w| w.strip_prefix("s:"))?;
        let (width, height) = size.split_once('x')?;
        Some(Shown {
            time: time.and_then(|time| self.rescale(time)),
            size: (width.parse().ok()?, height.parse().ok()?),
        })
    }

    fn rescale(&self, time: i64) -> Option<i64> {
        if self.given == self.wanted {
            return Some(time);
        }
        let part = |(numerator, _): (i64, i64), (_, denominator): (i64, i64)| {
            i128::from(numerator) * i128::from(denominator)
        };
        let divisor = part(self.wanted, self.given);
        let time = i128::from(time).checked_mul(part(self.given, self.wanted))?;
        i64::try_from((time + divisor / 2).checked_div_euclid(divisor)?).ok()
    }
}

/// Reads `1/12800`.
pub(super) fn fraction(text: &str) -> Option<(i64, i64)> {
    let (numerator, denominator) = text.trim().split_once('/')?;
    Some((numerator.parse().ok()?, denominator.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "[Parsed_showinfo_2 @ 0x5641] [info] n:   1 pts:   -512 pts_time:-0.04 \
                        pos:5762 fmt:bgr24 sar:1/1 s:160x120 i:P iskey:1 type:I";

    #[test]
    fn a_line_tells_time_and_size() {
        let shown = Report::new((1, 12_800)).line(LINE).unwrap();

        assert_eq!(shown.time, Some(-512));
        assert_eq!(shown.size, (160, 120));
    }

    #[test]
    fn other_lines_say_nothing() {
        let mut report = Report::new((1, 25));
        for line in [
            "",
            "[info] Stream #0:0: Video: h264, s:1x1 pts: 4",
            "[Parsed_showinfo_0 @ 0x1] [info]   side data - User Data Unregistered:",
            "[Parsed_showinfo_0 @ 0x1] [info] n: 1 pts: 2 s:axb",
            "[Parsed_showinfo_0 @ 0x1] [info] n: 1 pts:",
        ] {
            assert_eq!(report.line(line), None, "{line}");
        }
    }

    #[test]
    fn times_are_given_in_the_time_base_of_the_stream() {
        let mut report = Report::new((1, 25));
        let config =
            "[Parsed_showinfo_2 @ 0x1] [info] config in time_base: 1/12800, frame_rate: 25/1";

        assert_eq!(report.line(config), None);
        assert_eq!(report.line(LINE).unwrap().time, Some(-1));
        assert_eq!(
            report.line(&LINE.replace("-512", "NOPTS")).unwrap().time,
            None
        );
    }
}
