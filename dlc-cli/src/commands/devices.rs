use anyhow::Result;
use serde_json::json;

use crate::voice::{Reply, Voice};

pub(crate) fn run(voice: Voice) -> Result<bool> {
    let reply = |name: &str, line: String, kind: String| Reply {
        lines: vec![line],
        object: json!({ "device": name, "kind": kind }),
    };
    voice.reply(&reply("cpu", "cpu".into(), "cpu".into()))?;
    for (index, adapter) in dlc::infer::adapters().iter().enumerate() {
        let line = format!("{index} = {} ({})", adapter.name, adapter.kind);
        voice.reply(&reply(&adapter.name, line, adapter.kind.to_string()))?;
    }
    if !cfg!(feature = "wgpu") {
        voice.note("built without GPUs: --features wgpu has them");
    }
    Ok(true)
}
