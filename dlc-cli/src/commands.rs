//! The commands that need no pipeline: a file each.

pub(crate) mod analyze;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod devices;
pub(crate) mod evaluate;
pub(crate) mod export;
pub(crate) mod filter;
pub(crate) mod info;
pub(crate) mod label;
pub(crate) mod live;
pub(crate) mod plot;
pub(crate) mod report;
pub(crate) mod skeleton;

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::voice::{Reply, Voice};

/// Does something with each video and replies; a video that fails keeps no other from its turn. Returns
/// whether all went well.
fn each(
    voice: Voice,
    videos: &[PathBuf],
    mut work: impl FnMut(&Path) -> Result<Reply>,
) -> Result<bool> {
    let mut all_good = true;
    for video in videos {
        match work(video) {
            Ok(reply) => voice.reply(&reply)?,
            Err(error) => {
                all_good = false;
                voice.complain_of("video", video, &error)?;
            }
        }
    }
    Ok(all_good)
}
