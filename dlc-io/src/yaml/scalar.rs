use dlc_model::Value;

/// Returns what a plain word means in YAML 1.2, as `ruamel.yaml` reads it.
pub(super) fn resolve(word: &str) -> Value {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => Value::None,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(word).unwrap_or_else(|| word.into()),
    }
}

/// Returns the number that a word means, if it means one.
pub(super) fn number(word: &str) -> Option<Value> {
    let first = word.bytes().next()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    integer(word).or_else(|| float(word).map(Value::Float))
}

fn integer(word: &str) -> Option<Value> {
    let (negative, rest) = sign(word);
    let (radix, digits) = match rest.get(..2) {
        Some("0b") => (2, &rest[2..]),
        Some("0o") => (8, &rest[2..]),
        Some("0x") => (16, &rest[2..]),
        _ => (10, rest),
    };
    let digits = digits.replace('_', "");
    let plain = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    if !plain {
        return None;
    }
    let magnitude = i128::from_str_radix(&digits, radix).ok();
    let value = magnitude.map(|value| if negative { -value } else { value });
    match value.and_then(|value| i64::try_from(value).ok()) {
        Some(value) => Some(Value::Int(value)),
        // Python's integers have no end; ours become the nearest number.
        None if radix == 10 => word.replace('_', "").parse().ok().map(Value::Float),
        None => None,
    }
}

/// Digits, a dot, digits, an exponent: a dot or an exponent must be there.
pub(super) fn float(word: &str) -> Option<f64> {
    let (negative, rest) = sign(word);
    match rest {
        ".inf" | ".Inf" | ".INF" if negative => return Some(f64::NEG_INFINITY),
        ".inf" | ".Inf" | ".INF" => return Some(f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if rest == word => return Some(f64::NAN),
        _ => {}
    }
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (rest, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let exponent_is_one = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let signed = digits.len() < exponent.len();
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // Without a whole part the exponent must have a sign.
        plain && (signed || !whole.is_empty())
    });
    let shaped = digits(whole)
        && fraction.is_none_or(digits)
        && (fraction.is_some() || exponent.is_some())
        && (whole.starts_with(|c: char| c.is_ascii_digit())
            || whole.is_empty() && fraction.is_some_and(|fraction| !fraction.is_empty()));
    (shaped && exponent_is_one)
        .then(|| word.replace('_', "").parse().ok())
        .flatten()
}

fn sign(word: &str) -> (bool, &str) {
    match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `ruamel.yaml` 0.18 makes of each word: `YAML(typ="safe", pure=True)`.
    #[test]
    fn words_mean_what_they_mean_to_ruamel() {
        let integers = [
            ("010", 10),
            ("0x1F", 31),
            ("0o17", 15),
            ("1_000", 1000),
            ("+5", 5),
            ("0b11", 3),
            ("-0", 0),
            ("08", 8),
            ("1__0", 10),
            ("1_", 1),
            ("0x_1F", 31),
            ("-0x1F", -31),
            ("+0o7", 7),
            ("00", 0),
            ("-010", -10),
        ];
        for (word, value) in integers {
            assert_eq!(resolve(word), Value::Int(value), "{word}");
        }
        let floats = [
            ("1e-4", 1e-4),
            (".5", 0.5),
            ("1.", 1.0),
            ("1.0e+3", 1e3),
            ("1e5", 1e5),
            ("1.e3", 1e3),
            ("-.5", -0.5),
            ("+.5", 0.5),
            (".5_0", 0.5),
            ("12e03", 12e3),
            ("-2E+05", -2e5),
            ("1_0.5_0", 10.5),
            (".inf", f64::INFINITY),
            ("-.INF", f64::NEG_INFINITY),
            ("99999999999999999999", 1e20),
        ];
        for (word, value) in floats {
            assert_eq!(resolve(word), Value::Float(value), "{word}");
        }
        let texts = [
            "yes",
            "off",
            "y",
            "12:30:45",
            ".e5",
            "+",
            "_1",
            "tRUE",
            "0O17",
            "0B1",
            "1:2.5",
            "Oct30",
            "12e",
            "0x",
            "0o8",
            "1.2.3",
            "_",
            "1e",
            "1e1_0",
            "e5",
            "1,000",
            "nan",
            "inf",
            "-.nan",
            ".",
            "2020-01-01",
            "._",
        ];
        for word in texts {
            assert_eq!(resolve(word), word.into(), "{word}");
        }
        assert!(matches!(resolve(".NaN"), Value::Float(number) if number.is_nan()));
    }
}
