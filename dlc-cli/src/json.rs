//! JSON objects with paths in them.
//!
//! A path that is Unicode is a text. Another one is a text in which `\u{fffd}` stands for what is
//! none, and beside `NAME` stands `NAME_bytes`: the path exactly, as numbers of its bytes.

use std::path::Path;

use serde_json::{Map, Value};

/// Adds a path to an object.
pub(crate) fn put_path(object: &mut Map<String, Value>, name: &str, path: &Path) {
    object.insert(name.into(), path.to_string_lossy().into());
    if path.to_str().is_none() {
        let bytes = path.as_os_str().as_encoded_bytes();
        object.insert(format!("{name}_bytes"), bytes.into());
    }
}

/// Adds a list of paths to an object; where one is not Unicode, a list with the bytes of all.
pub(crate) fn put_paths<'a>(
    object: &mut Map<String, Value>,
    name: &str,
    paths: impl IntoIterator<Item = &'a Path>,
) {
    let paths: Vec<&Path> = paths.into_iter().collect();
    let texts: Vec<Value> = paths
        .iter()
        .map(|path| path.to_string_lossy().into())
        .collect();
    object.insert(name.into(), texts.into());
    if paths.iter().any(|path| path.to_str().is_none()) {
        let bytes = |path: &&Path| Value::from(path.as_os_str().as_encoded_bytes());
        let bytes: Vec<Value> = paths.iter().map(bytes).collect();
        object.insert(format!("{name}_bytes"), bytes.into());
    }
}

/// Returns an object with paths ahead of its other fields.
pub(crate) fn with_paths<'a>(
    paths: impl IntoIterator<Item = (&'a str, &'a Path)>,
    others: Value,
) -> Value {
    let mut object = Map::new();
    for (name, path) in paths {
        put_path(&mut object, name, path);
    }
    if let Value::Object(others) = others {
        object.extend(others);
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_that_is_text_is_text() {
        let object = with_paths([("video", Path::new("a.avi"))], json!({ "frames": 3 }));

        assert_eq!(object, json!({ "video": "a.avi", "frames": 3 }));
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_is_there_exactly() {
        use std::os::unix::ffi::OsStrExt;

        let odd = Path::new(std::ffi::OsStr::from_bytes(b"a\xff.avi"));
        let object = with_paths([("video", odd)], json!({}));
        assert_eq!(object["video"], "a\u{fffd}.avi");
        assert_eq!(object["video_bytes"], json!([97, 255, 46, 97, 118, 105]));

        let mut object = Map::new();
        put_paths(&mut object, "files", [Path::new("b"), odd]);
        assert_eq!(object["files"], json!(["b", "a\u{fffd}.avi"]));
        assert_eq!(object["files_bytes"][0], json!([98]));
    }
}
