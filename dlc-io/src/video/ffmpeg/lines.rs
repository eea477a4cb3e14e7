use std::io::{self, BufRead};

const MAX_LINE: usize = 4096;

/// Calls `f` with each line, without its end, and of long ones with the first 4096 bytes.
pub(super) fn for_each_line(mut reader: impl BufRead, mut f: impl FnMut(&str)) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        let buffer = reader.fill_buf()?;
        let is_last = buffer.is_empty();
        let end = buffer.iter().position(|b| *b == b'\n' || *b == b'\r');
        let part = &buffer[..end.unwrap_or(buffer.len())];
        let room = MAX_LINE - line.len();
        line.extend_from_slice(&part[..part.len().min(room)]);
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if (end.is_some() || is_last) && !line.is_empty() {
            f(&String::from_utf8_lossy(&line));
            line.clear();
        }
        if is_last {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn long_lines_are_cut_and_empty_ones_left_out() {
        let text = format!("one\n\r\n{}\nlast", "x".repeat(10_000));
        let mut lines = Vec::new();

        for_each_line(BufReader::with_capacity(7, text.as_bytes()), |line| {
            lines.push(line.to_owned());
        })
        .unwrap();

        assert_eq!(lines, ["one", &"x".repeat(MAX_LINE), "last"]);
    }
}
