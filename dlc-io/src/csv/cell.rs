//! What stands in a cell.

/// What pandas takes for a missing number, beside nothing.
///
/// Source: `pandas._libs.parsers.STR_NA_VALUES` of pandas 2.3
const NA_WORDS: [&str; 18] = [
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",
    "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
];

/// Returns the number that a text stands for as pandas reads it: missing ones are NaN, bools 1 and
/// 0, and blanks around it do not count.
pub(crate) fn number(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    match text.trim_ascii() {
        "" => Some(f64::NAN),
        "True" | "TRUE" | "true" => Some(1.0),
        "False" | "FALSE" | "false" => Some(0.0),
        word if NA_WORDS.contains(&word) => Some(f64::NAN),
        number => number.parse().ok(),
    }
}

/// The sign before the decimal places of all numbers of a file.
///
/// A spreadsheet that separates fields by semicolons or tabs may write `1,5`. Whether `1,234` is
/// such a number or one with a sign for thousands shows in the others: a file has one sign.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    comma_is_free: bool,
    sign: Option<char>,
}

impl Decimal {
    /// Begins with a file whose fields end at a separator.
    pub(super) fn new(separator: char) -> Self {
        Self {
            comma_is_free: separator != ',',
            sign: None,
        }
    }

    /// Returns the number that a text stands for.
    pub(super) fn number(&mut self, text: &str) -> Option<f64> {
        if !self.comma_is_free {
            return number(text);
        }
        let sign = match (text.contains('.'), text.contains(',')) {
            (false, false) => return number(text),
            (true, true) => return None,
            (true, false) => '.',
            (false, true) => ',',
        };
        let read = match sign {
            ',' if text.matches(',').count() == 1 => number(&text.replace(',', "."))?,
            ',' => return None,
            _ => number(text)?,
        };
        // `1.#IND` has no decimal sign.
        let has_one = !read.is_nan();
        (!has_one || *self.sign.get_or_insert(sign) == sign).then_some(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_pandas_stand_for_nothing() {
        for word in NA_WORDS {
            assert!(number(word).is_some_and(f64::is_nan), "{word}");
        }
        assert!(number(" NA ").is_some_and(f64::is_nan));
        assert!(number("").is_some_and(f64::is_nan));
        assert!(number("  ").is_some_and(f64::is_nan));
        for word in [
            "na", "missing", "-", "?", "1,5", "1 000", "0x10", "1_0", "#DIV/0!",
        ] {
            assert_eq!(number(word), None, "{word}");
        }
    }

    #[test]
    fn numbers_of_all_writings() {
        for (text, expected) in [
            (" 1.5\t", 1.5),
            ("1e3", 1000.0),
            ("-2.5E-01", -0.25),
            ("+1.", 1.0),
            (".5", 0.5),
            ("inf", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("TRUE", 1.0),
        ] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_file_has_one_decimal_sign() {
        let mut german = Decimal::new(';');
        assert_eq!(german.number("7"), Some(7.0));
        assert_eq!(german.number("1,5"), Some(1.5));
        assert_eq!(german.number("1.5"), None);
        assert_eq!(german.number("1.234,5"), None);
        assert_eq!(german.number("1,234,5"), None);
        assert_eq!(german.number("-1,5e-03"), Some(-0.0015));
        assert!(german.number("-1.#IND").is_some_and(f64::is_nan));

        let mut english = Decimal::new('\t');
        assert_eq!(english.number("1.5"), Some(1.5));
        assert_eq!(english.number("1,234"), None);
        assert_eq!(Decimal::new(',').number("1,5"), None);
    }
}
