use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::Value;

/// The cases of one file, and what became of them.
///
/// Each value of the file must be looked at: compared, shown to differ, or named as an input.
pub(crate) struct Cases {
    file: &'static str,
    document: Value,
    seen: BTreeSet<String>,
    compared: BTreeSet<String>,
    worst: f64,
    on_purpose: Vec<(String, &'static str)>,
}

/// Returns the folder of the reference cases, if it is there.
pub(crate) fn folder() -> Option<PathBuf> {
    testing::reference("tracking")
}

impl Cases {
    /// Opens a file of cases, or says that it is skipped.
    pub(crate) fn open(file: &'static str) -> Option<Self> {
        let text = fs::read_to_string(folder()?.join(file)).unwrap();
        Some(Self {
            file,
            document: serde_json::from_str(&text).unwrap(),
            seen: BTreeSet::new(),
            compared: BTreeSet::new(),
            worst: 0.0,
            on_purpose: Vec::new(),
        })
    }

    /// Returns a value by its JSON pointer, e.g., `/input/fps`, and names it as looked at.
    pub(crate) fn input(&mut self, pointer: &str) -> Value {
        self.seen.insert(pointer.into());
        let value = self.document.pointer(pointer);
        value.unwrap_or_else(|| panic!("{pointer}")).clone()
    }

    /// Returns the numbers below a JSON pointer in their order; `null` is NaN.
    pub(crate) fn numbers(&mut self, pointer: &str) -> Vec<f64> {
        let mut numbers = Vec::new();
        flatten(&self.input(pointer), &mut numbers);
        numbers
    }

    /// Returns rows of numbers below a JSON pointer.
    pub(crate) fn rows<const D: usize>(&mut self, pointer: &str) -> Vec<[f64; D]> {
        let numbers = self.numbers(pointer);
        let (rows, rest) = numbers.as_chunks();
        assert!(rest.is_empty(), "{pointer}: rows of {D}");
        rows.to_vec()
    }

    /// Compares numbers with those of the engine: `tolerance` is relative above 1 and absolute
    /// below. Missing ones must be missing in both.
    pub(crate) fn near(&mut self, pointer: &str, found: &[f64], tolerance: f64) {
        let expected = self.numbers(pointer);
        assert_eq!(found.len(), expected.len(), "{pointer}: how many");
        assert!(!found.is_empty(), "{pointer}: nothing to compare");
        let apart = apart(found, &expected);
        assert!(
            apart <= tolerance,
            "{}{pointer}: {apart:e} apart\nfound    {found:?}\nexpected {expected:?}",
            self.file
        );
        self.worst = self.worst.max(apart);
        self.compared.insert(pointer.into());
    }

    /// As [`Self::near`], for positions.
    pub(crate) fn near_rows<const D: usize>(
        &mut self,
        pointer: &str,
        found: &[[f64; D]],
        tolerance: f64,
    ) {
        self.near(pointer, found.as_flattened(), tolerance);
    }

    /// Notes that numbers differ from those of the engine, and why; they must indeed.
    pub(crate) fn differs(&mut self, pointer: &str, found: &[f64], reason: &'static str) {
        let expected = self.numbers(pointer);
        let same = found.len() == expected.len() && apart(found, &expected) <= 1e-9;
        assert!(!same, "{}{pointer} does not differ", self.file);
        self.on_purpose.push((pointer.into(), reason));
    }

    /// Notes that something of the engine is not done here, and why.
    pub(crate) fn left_out(&mut self, pointer: &str, reason: &'static str) {
        self.input(pointer);
        self.on_purpose.push((pointer.into(), reason));
    }

    /// Prints what was compared; fails when a value of the file was not looked at.
    pub(crate) fn finish(self) {
        let mut forgotten = Vec::new();
        leaves(&self.document, String::new(), &mut |pointer| {
            let under = |seen: &String| {
                pointer
                    .strip_prefix(seen.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            if !self.seen.iter().any(under) {
                forgotten.push(pointer);
            }
        });
        assert!(
            forgotten.is_empty(),
            "{}: not looked at: {forgotten:?}",
            self.file
        );
        let differ: BTreeSet<_> = self.on_purpose.iter().map(|(pointer, _)| pointer).collect();
        let reproduced = self
            .compared
            .iter()
            .filter(|case| !differ.contains(case))
            .count();
        assert!(reproduced > 0, "{}: nothing was reproduced", self.file);
        for (pointer, reason) in &self.on_purpose {
            println!("{}{pointer}: differs on purpose: {reason}", self.file);
        }
        println!(
            "{}: {} cases reproduced, at most {:.1e} apart; {} differ on purpose",
            self.file,
            reproduced,
            self.worst,
            differ.len()
        );
    }
}

fn flatten(value: &Value, numbers: &mut Vec<f64>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| flatten(item, numbers)),
        Value::Null => numbers.push(f64::NAN),
        Value::Bool(value) => numbers.push(f64::from(u8::from(*value))),
        Value::String(text) if text == "inf" => numbers.push(f64::INFINITY),
        Value::String(text) if text == "-inf" => numbers.push(f64::NEG_INFINITY),
        other => numbers.push(other.as_f64().unwrap_or_else(|| panic!("{other}"))),
    }
}

fn apart(found: &[f64], expected: &[f64]) -> f64 {
    let apart = |(found, expected): (&f64, &f64)| match (found.is_nan(), expected.is_nan()) {
        (true, true) => 0.0,
        (false, false) if found == expected => 0.0,
        (false, false) => (found - expected).abs() / expected.abs().max(1.0),
        _ => f64::INFINITY,
    };
    found.iter().zip(expected).map(apart).fold(0.0, f64::max)
}

/// Visits what is not an object; names may hold `/` and `~`, which a pointer escapes.
fn leaves(value: &Value, pointer: String, visit: &mut impl FnMut(String)) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let key = key.replace('~', "~0").replace('/', "~1");
                leaves(value, format!("{pointer}/{key}"), visit);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (at, value) in items.iter().enumerate() {
                leaves(value, format!("{pointer}/{at}"), visit);
            }
        }
        _ => visit(pointer),
    }
}
