//! Column names as pickles of protocol 0, which is text.
//!
//! Python pickles a string that it has seen before as a reference: `VDLC_…\np1\n` puts the string
//! into slot 1 of the memo, `g1\n` gets it again. Every list and tuple takes a slot as well, whether
//! it is used or not. The bytes are those of Python 3.

use std::{collections::HashMap, fmt::Write};

use dlc_model::Bodyparts;

use crate::predictions::COORDS;

/// Returns `[(scorer, bodypart, coord), …]`.
pub(super) fn names(scorer: &str, bodyparts: &Bodyparts) -> String {
    let mut pickle = Pickler::default();
    pickle.names(scorer, bodyparts);
    pickle.finish()
}

/// Returns `[(1, [(scorer, bodypart, coord), …])]`: those are the names along axis 1.
pub(super) fn axes(scorer: &str, bodyparts: &Bodyparts) -> String {
    let mut pickle = Pickler::default();
    pickle.begin_list();
    pickle.text.push_str("(I1\n");
    pickle.names(scorer, bodyparts);
    pickle.end_tuple();
    pickle.text.push('a');
    pickle.finish()
}

#[derive(Default)]
struct Pickler<'a> {
    text: String,
    slots: usize,
    /// The slots of the strings, by the level of the column names they are in: Python keeps
    /// an equal string of another level as another object.
    strings: HashMap<(usize, &'a str), usize>,
}

impl<'a> Pickler<'a> {
    fn names(&mut self, scorer: &'a str, bodyparts: &'a Bodyparts) {
        self.begin_list();
        for bodypart in bodyparts.iter() {
            for coord in COORDS {
                self.text.push('(');
                for (level, name) in [scorer, bodypart.as_str(), coord].into_iter().enumerate() {
                    self.string(level, name);
                }
                self.end_tuple();
                self.text.push('a');
            }
        }
    }

    fn begin_list(&mut self) {
        self.text.push_str("(l");
        self.put();
    }

    fn end_tuple(&mut self) {
        self.text.push('t');
        self.put();
    }

    fn string(&mut self, level: usize, name: &'a str) {
        if let Some(slot) = self.strings.get(&(level, name)) {
            self.line('g', *slot);
            return;
        }
        self.strings.insert((level, name), self.slots);
        self.text.push('V');
        name.chars().for_each(|c| self.escaped(c));
        self.text.push('\n');
        self.put();
    }

    /// Writes a character as Python's `raw-unicode-escape` does, but all of Latin-1's letters as
    /// escapes too: attributes with pickles are ASCII.
    fn escaped(&mut self, c: char) {
        let code = u32::from(c);
        let written = match c {
            '\0' | '\n' | '\r' | '\x1a' | '\\' | '\u{80}'..='\u{ffff}' => {
                write!(self.text, "\\u{code:04x}")
            }
            '\u{10000}'.. => write!(self.text, "\\U{code:08x}"),
            _ => {
                self.text.push(c);
                Ok(())
            }
        };
        written.expect("a string takes all text");
    }

    /// Remembers the object that was written last.
    fn put(&mut self) {
        self.line('p', self.slots);
        self.slots += 1;
    }

    fn line(&mut self, opcode: char, slot: usize) {
        writeln!(self.text, "{opcode}{slot}").expect("a string takes all text");
    }

    fn finish(mut self) -> String {
        self.text.push('.');
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_python() {
        let bodyparts = Bodyparts::new(["snout", "leftear"]).unwrap();

        // pickle.dumps of pandas 2.3.3's list, Python 3.11
        assert_eq!(
            names("DLC", &bodyparts),
            "(lp0\n(VDLC\np1\nVsnout\np2\nVx\np3\ntp4\na(g1\ng2\nVy\np5\ntp6\na\
             (g1\ng2\nVlikelihood\np7\ntp8\na(g1\nVleftear\np9\ng3\ntp10\na\
             (g1\ng9\ng5\ntp11\na(g1\ng9\ng7\ntp12\na."
        );
        assert!(axes("DLC", &bodyparts).starts_with("(lp0\n(I1\n(lp1\n(VDLC\np2\n"));
        assert!(axes("DLC", &bodyparts).ends_with("(g2\ng10\ng8\ntp13\natp14\na."));
    }

    #[test]
    fn letters_outside_ascii_are_escaped() {
        let bodyparts = Bodyparts::new(["é\\\n尾🐭"]).unwrap();
        let pickle = names("DLC", &bodyparts);

        assert!(pickle.is_ascii());
        assert!(pickle.contains("V\\u00e9\\u005c\\u000a\\u5c3e\\U0001f42d\np2\n"));
    }

    #[test]
    fn equal_names_of_two_levels_are_two_objects() {
        let bodyparts = Bodyparts::new(["x"]).unwrap();

        assert!(names("x", &bodyparts).starts_with("(lp0\n(Vx\np1\nVx\np2\nVx\np3\n"));
    }
}
