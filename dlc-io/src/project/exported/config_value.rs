use dlc_model::Value;

use crate::pickle::{self, Object};

/// Turns a pickled configuration into plain data.
///
/// DeepLabCut 3.0.1 leaves members of its own enumerations and paths in it: they become the texts
/// that they stand for. What else is not plain becomes the text `<module.name>`.
pub(super) fn plain(value: &pickle::Value) -> Value {
    match value {
        pickle::Value::None => Value::None,
        pickle::Value::Bool(value) => (*value).into(),
        pickle::Value::Int(value) => (*value).into(),
        pickle::Value::Float(value) => (*value).into(),
        pickle::Value::String(text) => Value::String(text.as_ref().into()),
        pickle::Value::List(items)
        | pickle::Value::Tuple(items)
        | pickle::Value::Set(items)
        | pickle::Value::FrozenSet(items) => Value::List(items.iter().map(plain).collect()),
        pickle::Value::Dict(entries) => {
            let entry = |(key, value): &(_, _)| (plain(key), plain(value));
            Value::Dict(entries.iter().map(entry).collect())
        }
        pickle::Value::Array(array) => match array.to_f64().as_deref() {
            Some([number]) if array.shape().is_empty() => (*number).into(),
            _ => opaque("an array"),
        },
        pickle::Value::Object(object) => self::object(object),
        pickle::Value::Global(global) => opaque(&format!("{}.{}", global.module, global.name)),
        other => opaque(other.kind()),
    }
}

fn object(object: &Object) -> Value {
    let Some(global) = object.global() else {
        return opaque("an object");
    };
    let texts = object.args.iter().map(pickle::Value::as_str);
    let texts: Option<Vec<&str>> = texts.collect();
    let is_path = ["pathlib", "pathlib._local"].contains(&global.module.as_str());
    match texts.as_deref() {
        Some(parts) if is_path => path(parts).into(),
        // A member of an enumeration is pickled as a call with its value.
        Some([value]) if global.module.starts_with("deeplabcut.") => (*value).into(),
        _ => opaque(&format!("{}.{}", global.module, global.name)),
    }
}

/// Joins the parts of a path: `/`, `data`, `x`, or the whole path since Python 3.12.
fn path(parts: &[&str]) -> String {
    let mut path = String::new();
    for part in parts {
        if !path.is_empty() && !path.ends_with(['/', '\\']) {
            path.push('/');
        }
        path.push_str(part);
    }
    path
}

fn opaque(what: &str) -> Value {
    format!("<{what}>").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    fn read(pickle: &[u8]) -> Value {
        plain(&pickle::read(pickle, &Limits::default()).unwrap())
    }

    #[test]
    fn enumerations_and_paths_become_texts() {
        let member = b"cdeeplabcut.pose_estimation_pytorch.config.enums\nNetType\n(Vresnet_50\ntR.";
        assert_eq!(read(member), "resnet_50".into());

        let path = b"cpathlib\nPosixPath\n(V/\nVdata\nVmy project\ntR.";
        assert_eq!(read(path), "/data/my project".into());

        let path = b"cpathlib._local\nPosixPath\n(V/data/my project\ntR.";
        assert_eq!(read(path), "/data/my project".into());
    }

    #[test]
    fn what_is_not_plain_is_named_and_not_made() {
        assert_eq!(read(b"cos\nsystem\n(Vls\ntR."), "<os.system>".into());
        assert_eq!(read(b"cbuiltins\neval\n."), "<builtins.eval>".into());
        assert_eq!(read(b"C\x01a."), "<bytes>".into());
    }

    #[test]
    fn containers_become_lists_and_dictionaries() {
        assert_eq!(
            read(b"}(Va\n(I1\nI2\ntVb\nNu."),
            Value::Dict(vec![
                ("a".into(), Value::from_iter([1, 2])),
                ("b".into(), Value::None),
            ])
        );
    }
}
