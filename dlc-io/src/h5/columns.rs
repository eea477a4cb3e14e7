//! Names of levels and columns as pickles of protocol 0, as PyTables keeps them in attributes.

use super::sheet::Sheet;
use crate::pickle::{Value, write_protocol_0};

/// Returns the pickle of `[(scorer, bodypart, coord), …]`.
pub(super) fn names(sheet: &Sheet<'_>) -> String {
    pickle(&list(sheet))
}

/// Returns the pickle of `[(1, [(scorer, bodypart, coord), …])]`: the names along axis 1.
pub(super) fn axes(sheet: &Sheet<'_>) -> String {
    let axis = Value::Tuple(vec![Value::Int(1), list(sheet)]);
    pickle(&Value::List(vec![axis]))
}

/// Returns the pickle of `{1: {"names": ["scorer", "bodyparts", "coords"], "type": "MultiIndex"},
/// "index": {}, "values_block_0": {}}`.
pub(super) fn info(sheet: &Sheet<'_>) -> String {
    let level = |level: &Option<&str>| level.map_or(Value::None, Value::from);
    let names = Value::List(sheet.levels.iter().map(level).collect());
    let axis = Value::dict([("names", names), ("type", "MultiIndex".into())]);
    let empty = || Value::Dict(Vec::new());
    pickle(&Value::Dict(vec![
        (Value::Int(1), axis),
        ("index".into(), empty()),
        ("values_block_0".into(), empty()),
    ]))
}

fn list(sheet: &Sheet<'_>) -> Value {
    // Equal names are one object, as they are in pandas.
    let column = |names: &Vec<String>| {
        let names = names.iter().map(|name| Value::from(name.as_str()));
        Value::Tuple(names.collect())
    };
    Value::List(sheet.columns.iter().map(column).collect())
}

/// Pickles in ASCII, as the attributes with pickles say of themselves.
///
/// Python leaves the letters of Latin-1 as bytes; all it has for others are escapes, which stand
/// for those letters just as well.
fn pickle(value: &Value) -> String {
    let bytes = write_protocol_0(value).expect("texts, tuples, lists and dicts are plain");
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
    use dlc_model::{Bodyparts, PoseTable};

    use super::*;
    use crate::Precision;

    fn pickles(scorer: &str, bodyparts: &[&str]) -> [String; 3] {
        let poses = PoseTable::new(Bodyparts::new(bodyparts.iter().copied()).unwrap());
        let sheet = Sheet::of_poses(&poses, scorer, Precision::F64);
        [names(&sheet), axes(&sheet), info(&sheet)]
    }

    #[test]
    fn bytes_are_those_of_python() {
        let [names, axes, info] = pickles("DLC", &["snout", "leftear"]);

        // Source: what PyTables 3.11.1 keeps for pandas 2.3.3, Python 3.11
        assert_eq!(
            names,
            "(lp0\n(VDLC\np1\nVsnout\np2\nVx\np3\ntp4\na(g1\ng2\nVy\np5\ntp6\na\
             (g1\ng2\nVlikelihood\np7\ntp8\na(g1\nVleftear\np9\ng3\ntp10\na\
             (g1\ng9\ng5\ntp11\na(g1\ng9\ng7\ntp12\na."
        );
        assert!(axes.starts_with("(lp0\n(I1\n(lp1\n(VDLC\np2\n"));
        assert!(axes.ends_with("(g2\ng10\ng8\ntp13\natp14\na."));
        assert_eq!(
            info,
            "(dp0\nI1\n(dp1\nVnames\np2\n(lp3\nVscorer\np4\naVbodyparts\np5\naVcoords\np6\n\
             asVtype\np7\nVMultiIndex\np8\nssVindex\np9\n(dp10\nsVvalues_block_0\np11\n(dp12\ns."
        );
    }

    #[test]
    fn letters_outside_ascii_are_escaped() {
        let [names, ..] = pickles("DLC", &["é\\\n尾🐭"]);

        assert!(names.is_ascii());
        assert!(names.contains("V\\u00e9\\u005c\\u000a\\u5c3e\\U0001f42d\np2\n"));
    }
}
