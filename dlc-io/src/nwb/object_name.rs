use std::borrow::Cow;

use dlc_model::Bodypart;

/// Returns the name that the series of a body part has in an NWB file.
///
/// NWB takes names as they are but for `/`, `:`, and names of dots alone. These letters are written
/// as in an address (`%2F`, `%3A`, `%2E`), and so is a `%` that would read as one of them. Different
/// body parts have different names, and [`bodypart_of`] turns a name around.
///
/// # Examples
///
/// ```
/// use dlc_io::nwb;
///
/// assert_eq!(nwb::name_of(&"left/ear".into()), "left%2Fear");
/// assert_eq!(nwb::bodypart_of("left%2Fear"), "left/ear".into());
/// assert_eq!(nwb::name_of(&"tail 50%".into()), "tail 50%");
/// ```
pub fn name_of(bodypart: &Bodypart) -> Cow<'_, str> {
    let name = bodypart.as_str();
    let only_dots = name.bytes().all(|byte| byte == b'.');
    let is_kept = |(place, letter): (usize, char)| match letter {
        '.' => !only_dots,
        '%' => code(&name[place..]).is_none(),
        letter => CODES.iter().all(|(_, of)| *of != letter),
    };
    if name.char_indices().all(is_kept) {
        return name.into();
    }
    let mut written = String::with_capacity(name.len() + 2);
    for (place, letter) in name.char_indices() {
        match CODES.iter().find(|(_, of)| *of == letter) {
            Some((code, _)) if !is_kept((place, letter)) => written.push_str(code),
            _ => written.push(letter),
        }
    }
    written.into()
}

/// Returns the body part whose series has this name: [`name_of`] turned around.
pub fn bodypart_of(name: &str) -> Bodypart {
    let mut read = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(letter) = rest.chars().next() {
        let (letter, len) = code(rest).unwrap_or((letter, letter.len_utf8()));
        read.push(letter);
        rest = &rest[len..];
    }
    read.into()
}

/// The letters that are written in another way.
const CODES: [(&str, char); 5] = [
    ("%2F", '/'),
    ("%3A", ':'),
    ("%2E", '.'),
    ("%00", '\0'),
    ("%25", '%'),
];

/// Returns the letter that a text begins with, written in another way, and how long that is.
fn code(text: &str) -> Option<(char, usize)> {
    let begins = |(code, _): &&(&str, char)| {
        let start = text.as_bytes().get(..code.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(code.as_bytes()))
    };
    let (code, letter) = CODES.iter().find(begins)?;
    Some((*letter, code.len()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_turned_around_and_stay_apart() {
        let letters = ["/", ":", ".", "%", "2", "F", "5", "a", "\0", "ö"];
        let mut names = HashSet::new();
        let mut texts = vec![String::new()];
        for _ in 0..4 {
            let longer = |text: &String| letters.map(|letter| format!("{text}{letter}"));
            texts = texts.iter().flat_map(longer).collect();
            for text in &texts {
                let bodypart = Bodypart::from(text.as_str());
                let name = name_of(&bodypart).into_owned();
                assert!(
                    !name.contains(['/', ':', '\0']) && !name.starts_with("./"),
                    "{name}"
                );
                assert!(!name.bytes().all(|byte| byte == b'.'), "{name}");
                assert_eq!(bodypart_of(&name), bodypart);
                assert!(names.insert(name), "{text}");
            }
        }
        assert_eq!(names.len(), 10 + 100 + 1000 + 10_000);
    }

    #[test]
    fn names_that_nwb_takes_stay_as_they_are() {
        for name in ["snout", " left ear ", "50%", "a.b", "Öhrchen", "%2"] {
            assert_eq!(name_of(&name.into()), name);
        }
        assert_eq!(name_of(&"%2f".into()), "%252f");
    }
}
