//! `…-results.csv` and `CombinedEvaluation-results.csv`, which grow with each evaluation.

use std::cmp::Ordering;

const TENSORFLOW: &str = ",Training iterations:,%Training dataset,Shuffle number, Train error(px), \
                          Test error(px),p-cutoff used,Train error with p-cutoff,\
                          Test error with p-cutoff";
const PYTORCH: &str = "%Training dataset,Shuffle number,Training epochs,Detector epochs (TD only),\
                       pcutoff,train rmse,train rmse_pcutoff,train mAP,train mAR,test rmse,\
                       test rmse_pcutoff,test mAP,test mAR";
/// How many fields of [`PYTORCH`] tell which evaluation a line is of.
const PYTORCH_KEY: usize = 5;

/// Returns the table with one more line; lines are counted anew. `old` is what is there already.
pub(crate) fn append_tensorflow(
    old: Option<&str>,
    fields: &[String],
) -> Result<String, Unexpected> {
    let mut lines = lines(old, TENSORFLOW)?;
    lines.push(
        std::iter::once(String::new())
            .chain(fields.iter().cloned())
            .collect(),
    );
    for (place, line) in lines.iter_mut().enumerate() {
        line[0] = place.to_string();
    }
    Ok(text(TENSORFLOW, &lines))
}

/// Returns the table with a line, in place of an older one of the same evaluation, sorted.
pub(crate) fn replace_pytorch(old: Option<&str>, fields: &[String]) -> Result<String, Unexpected> {
    let mut lines = lines(old, PYTORCH)?;
    lines.retain(|line| by_key(line, fields) != Ordering::Equal);
    lines.push(fields.to_vec());
    lines.sort_by(|a, b| by_key(a, b));
    Ok(text(PYTORCH, &lines))
}

fn by_key(a: &[String], b: &[String]) -> Ordering {
    let keys = a.iter().zip(b).take(PYTORCH_KEY);
    let mut orders = keys.map(|(a, b)| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    });
    orders
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn lines(old: Option<&str>, header: &str) -> Result<Vec<Vec<String>>, Unexpected> {
    let mut lines = old.unwrap_or(header).lines();
    let found = lines.next().unwrap_or_default();
    if found != header {
        return Err(Unexpected {
            found: found.chars().take(80).collect(),
        });
    }
    let columns = header.split(',').count();
    lines
        .map(|line| {
            let fields: Vec<String> = line.split(',').map(String::from).collect();
            let found = || Unexpected {
                found: line.chars().take(80).collect(),
            };
            (fields.len() == columns)
                .then_some(fields)
                .ok_or_else(found)
        })
        .collect()
}

fn text(header: &str, lines: &[Vec<String>]) -> String {
    let lines = lines.iter().map(|line| line.join(","));
    let lines: Vec<String> = std::iter::once(header.to_owned()).chain(lines).collect();
    lines.join("\n") + "\n"
}

/// Returns a number as pandas prints it; nothing for NaN.
pub(crate) fn field(number: f64) -> String {
    match number.is_nan() {
        true => String::new(),
        false => format!("{number:?}"),
    }
}

/// An error returned when there is another table than DeepLabCut writes under its name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a table of evaluations: found the line {found:?}")]
pub(crate) struct Unexpected {
    found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(texts: &str) -> Vec<String> {
        texts.split(',').map(String::from).collect()
    }

    #[test]
    fn lines_of_the_tensorflow_engine_are_appended_and_counted() {
        let line = fields("3252,84,1,2.77,2.92,0.4,2.77,2.92");
        let first = append_tensorflow(None, &line).unwrap();
        assert!(first.ends_with("\n0,3252,84,1,2.77,2.92,0.4,2.77,2.92\n"));

        let second = append_tensorflow(Some(&first), &line).unwrap();
        assert!(
            second.starts_with(&first)
                && second.ends_with("\n1,3252,84,1,2.77,2.92,0.4,2.77,2.92\n")
        );
    }

    #[test]
    fn a_line_of_the_pytorch_engine_takes_the_place_of_its_former_self() {
        let line = |epochs: u32, error: &str| {
            fields(&format!("95,1,{epochs},-1,0.6,{error},1,2,3,4,5,6,7"))
        };
        let mut table = replace_pytorch(None, &line(100, "2.5")).unwrap();
        for (epochs, error) in [(90, "3.5"), (100, "1.5")] {
            table = replace_pytorch(Some(&table), &line(epochs, error)).unwrap();
        }

        let epochs: Vec<&str> = table.lines().skip(1).map(|line| &line[..20]).collect();
        assert_eq!(epochs, ["95,1,90,-1,0.6,3.5,1", "95,1,100,-1,0.6,1.5,"]);
    }

    #[test]
    fn foreign_tables_are_left_alone() {
        for foreign in ["a,b\n1,2\n", "", &format!("{TENSORFLOW}\n0,1\n")] {
            assert!(append_tensorflow(Some(foreign), &fields("1,2,3,4,5,6,7,8")).is_err());
        }
        assert_eq!(
            [field(3.0), field(f64::NAN), field(2.77)],
            ["3.0", "", "2.77"]
        );
    }
}
