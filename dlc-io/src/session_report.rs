//! One HTML file that holds what there is to see of a session: numbers, plots, frames and videos.
//!
//! Nothing in it is loaded from elsewhere and no script runs.

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use dlc_model::{Frame, FrameTimes, PoseTable};

use crate::{
    picture,
    plots::{Figure, escaped},
};

/// What a report holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionReport {
    /// The heading.
    pub title: String,
    /// The videos of the session, in their order.
    pub videos: Vec<VideoSection>,
}

/// What a report holds of one video.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VideoSection {
    /// The name of the video.
    pub name: String,
    /// Facts: a name and a value each.
    pub facts: Vec<(String, String)>,
    /// How sure the network was of each body part.
    pub bodyparts: Vec<BodypartSummary>,
    /// Frames with their poses drawn in.
    pub frames: Vec<Frame<'static>>,
    /// When frames are shown, where that is known.
    pub frame_times: Option<FrameTimes>,
    /// Plots, each under a heading.
    pub figures: Vec<(String, Figure)>,
    /// The bytes of a labelled `.mp4`.
    pub labeled_video: Option<Vec<u8>>,
}

/// How sure the network was of a body part.
#[derive(Clone, Debug, PartialEq)]
pub struct BodypartSummary {
    /// Its name.
    pub name: String,
    /// The mean likelihood of the frames in which it was looked for; NaN where there is none.
    pub mean_likelihood: f64,
    /// The share of all frames in which it is likelier than the cut-off, in [0, 1].
    pub share_above_pcutoff: f64,
    /// The number of frames in which it is missing.
    pub missing: usize,
}

impl BodypartSummary {
    /// Summarises each body part, by its likeliest keypoint.
    pub fn of(poses: &PoseTable, pcutoff: f64) -> Vec<Self> {
        let frames = poses.len();
        let summary = |(part, name): (usize, &dlc_model::Bodypart)| {
            let place = part * poses.num_outputs();
            let keypoints = || poses.rows().map(|row| row[place]);
            let known = keypoints()
                .map(|point| point.likelihood)
                .filter(|p| !p.is_nan());
            let (sum, count) = known.fold((0.0, 0_usize), |(sum, n), p| (sum + p, n + 1));
            let above = keypoints()
                .filter(|point| point.likelihood > pcutoff)
                .count();
            Self {
                name: name.to_string(),
                mean_likelihood: sum / count as f64,
                share_above_pcutoff: above as f64 / frames as f64,
                missing: keypoints().filter(|point| point.is_missing()).count(),
            }
        };
        poses.bodyparts().iter().enumerate().map(summary).collect()
    }
}

const STYLE: &str = "body{font-family:sans-serif;max-width:1040px;margin:2em auto;color:#222}\
    table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #ccc;padding:.3em .6em;\
    text-align:left}td.n{text-align:right}img,video,svg{max-width:100%;height:auto}\
    .frames{display:grid;grid-template-columns:1fr 1fr;gap:1em}figure{margin:0}";

impl SessionReport {
    /// Returns the text of the file.
    pub fn html(&self) -> String {
        let title = escaped(&self.title);
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>\n"
        );
        for video in &self.videos {
            // A text takes all letters.
            let _ = video.push(&mut html);
        }
        html.push_str("</body></html>\n");
        html
    }
}

impl VideoSection {
    fn push(&self, html: &mut String) -> std::fmt::Result {
        writeln!(html, "<h2>{}</h2><table>", escaped(&self.name))?;
        for (name, value) in &self.facts {
            let (name, value) = (escaped(name), escaped(value));
            writeln!(html, "<tr><th>{name}</th><td>{value}</td></tr>")?;
        }
        html.push_str(
            "</table><table><tr><th>body part</th><th>mean likelihood</th>\
             <th>above pcutoff</th><th>missing</th></tr>\n",
        );
        for part in &self.bodyparts {
            writeln!(
                html,
                "<tr><td>{}</td><td class=\"n\">{:.3}</td><td class=\"n\">{:.1} %</td>\
                 <td class=\"n\">{}</td></tr>",
                escaped(&part.name),
                part.mean_likelihood,
                100.0 * part.share_above_pcutoff,
                part.missing
            )?;
        }
        html.push_str("</table>\n");
        if let Some(video) = &self.labeled_video {
            let data = BASE64_STANDARD.encode(video);
            writeln!(
                html,
                "<video controls src=\"data:video/mp4;base64,{data}\"></video>"
            )?;
        }
        html.push_str("<div class=\"frames\">\n");
        for frame in &self.frames {
            let (index, data) = (frame.index(), BASE64_STANDARD.encode(picture::png(frame)));
            let times = self.frame_times.as_ref();
            let time = times.map(|times| format!(", {:.3} s", times.time_s(index)));
            let time = time.unwrap_or_default();
            writeln!(
                html,
                "<figure><img alt=\"frame {index}\" src=\"data:image/png;base64,{data}\">\
                 <figcaption>frame {index}{time}</figcaption></figure>"
            )?;
        }
        html.push_str("</div>\n");
        for (heading, figure) in &self.figures {
            writeln!(html, "<h3>{}</h3>{}", escaped(heading), figure.svg())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use dlc_model::{Bodyparts, Keypoint};

    use super::*;
    use crate::plots::{self, PlotOptions};

    fn poses() -> PoseTable {
        let mut poses = PoseTable::new(Bodyparts::new(["a<b", "tail"]).unwrap());
        poses.set(
            1,
            &[Keypoint::new(1.0, 2.0, 0.9), Keypoint::new(3.0, 4.0, 0.1)],
        );
        poses
    }

    #[test]
    fn body_parts_are_summed_up() {
        let summaries = BodypartSummary::of(&poses(), 0.6);

        assert_eq!(summaries[0].mean_likelihood, 0.9);
        assert_eq!(
            [&summaries[0], &summaries[1]].map(|s| s.share_above_pcutoff),
            [0.5, 0.0]
        );
        assert_eq!(summaries[0].missing, 1);
    }

    #[test]
    fn a_report_holds_everything_and_loads_nothing() {
        let options = PlotOptions::new(0.6, "jet".parse().unwrap(), 0.7);
        let report = SessionReport {
            title: "mouse & <script>".into(),
            videos: vec![VideoSection {
                name: "a<b>.avi".into(),
                facts: vec![("scorer".into(), "DLC_<x>".into())],
                bodyparts: BodypartSummary::of(&poses(), 0.6),
                frame_times: Some(FrameTimes::Even { fps: 4.0 }),
                frames: vec![Frame::new(1, 2, 2, vec![0; 12]).unwrap()],
                figures: vec![("plot".into(), plots::likelihoods(&poses(), &options))],
                labeled_video: Some(vec![0, 1, 2]),
            }],
        };

        let html = report.html();

        for part in [
            "mouse &amp; &lt;script&gt;",
            "a&lt;b&gt;.avi",
            "DLC_&lt;x&gt;",
            "data:image/png;base64,iVBOR",
            "data:video/mp4;base64,AAEC",
            "<svg",
            "50.0 %",
            "frame 1, 0.250 s",
        ] {
            assert!(html.contains(part), "{part}");
        }
        assert!(!html.contains("<script") && !html.contains("src=\"http"));
    }
}
