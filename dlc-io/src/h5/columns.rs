//! Column names as pickles of protocol 0, as PyTables keeps them in attributes.

use std::borrow::Cow;

use dlc_model::PoseTable;

use crate::{
    pickle::{Value, write_protocol_0},
    predictions::column_names,
};

/// Returns the pickle of `[(scorer, bodypart, coord), …]`.
pub(super) fn names(scorer: &str, poses: &PoseTable) -> String {
    pickle(&list(scorer, poses))
}

/// Returns the pickle of `[(1, [(scorer, bodypart, coord), …])]`: the names along axis 1.
pub(super) fn axes(scorer: &str, poses: &PoseTable) -> String {
    let axis = Value::Tuple(vec![Value::Int(1), list(scorer, poses)]);
    pickle(&Value::List(vec![axis]))
}

fn list(scorer: &str, poses: &PoseTable) -> Value {
    let scorer = Value::from(scorer);
    let tuple = |(bodypart, coord): (&str, Cow<'_, str>)| {
        Value::Tuple(vec![scorer.clone(), bodypart.into(), (&*coord).into()])
    };
    Value::List(column_names(poses).map(tuple).collect())
}

/// Pickles in ASCII, as the attributes with pickles say of themselves.
///
/// Python leaves the letters of Latin-1 as bytes; all it has for others are escapes, which stand
/// for those letters just as well.
fn pickle(value: &Value) -> String {
    let bytes = write_protocol_0(value).expect("texts, tuples and lists are plain");
    let mut ascii = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            0x80.. => ascii.push_str(&format!("\\u00{byte:02x}")),
            _ => ascii.push(byte.into()),
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use dlc_model::Bodyparts;

    use super::*;

    fn poses(bodyparts: &[&str]) -> PoseTable {
        PoseTable::new(Bodyparts::new(bodyparts.iter().copied()).unwrap())
    }

    #[test]
    fn bytes_are_those_of_python() {
        let poses = poses(&["snout", "leftear"]);

        // Source: what PyTables 3.11.1 keeps for pandas 2.3.3, Python 3.11
        assert_eq!(
            names("DLC", &poses),
            "(lp0\n(VDLC\np1\nVsnout\np2\nVx\np3\ntp4\na(g1\ng2\nVy\np5\ntp6\na\
             (g1\ng2\nVlikelihood\np7\ntp8\na(g1\nVleftear\np9\ng3\ntp10\na\
             (g1\ng9\ng5\ntp11\na(g1\ng9\ng7\ntp12\na."
        );
        assert!(axes("DLC", &poses).starts_with("(lp0\n(I1\n(lp1\n(VDLC\np2\n"));
        assert!(axes("DLC", &poses).ends_with("(g2\ng10\ng8\ntp13\natp14\na."));
    }

    #[test]
    fn letters_outside_ascii_are_escaped() {
        let poses = poses(&["é\\\n尾🐭"]);
        let pickle = names("DLC", &poses);

        assert!(pickle.is_ascii());
        assert!(pickle.contains("V\\u00e9\\u005c\\u000a\\u5c3e\\U0001f42d\np2\n"));
    }
}
