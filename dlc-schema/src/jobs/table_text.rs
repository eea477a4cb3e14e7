/// The most characters of a cell.
const WIDEST: usize = 100;
/// ... and of the last one, which may have a reason that ends with what to do.
const WIDEST_LAST: usize = 400;

/// Returns rows with their columns below each other. Of a text its first line is shown.
pub(super) fn aligned<const N: usize>(
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let mut lines = vec![header.map(ToOwned::to_owned)];
    lines.extend(rows.map(|row| {
        let mut place = 0;
        row.map(|text| {
            place += 1;
            shown(&text, if place == N { WIDEST_LAST } else { WIDEST })
        })
    }));
    let width = |column: usize| {
        let widths = lines.iter().map(|line| line[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(|column| match column + 1 == N {
        true => 0,
        false => width(column),
    });
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(widths);
        let cells = cells.map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn shown(text: &str, widest: usize) -> String {
    let line = text.lines().next().unwrap_or("");
    match line.chars().count() > widest {
        true => line.chars().take(widest - 1).chain(['…']).collect(),
        false => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["é".into(), "1".into()], ["aaa".into(), "x\ny".into()]];
        let text = aligned(["a", "bb"], rows.into_iter());
        assert_eq!(text, "a    bb\né    1\naaa  x\n");
    }
}
