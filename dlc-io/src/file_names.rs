//! Names of files as they are compared.
//!
//! Macs take letters and accents apart in names of files (`e` and an accent in place of `é`), also in
//! folders that are copied elsewhere, while the content of the files stays as it was written. Names are
//! the same here whether their letters are joined or apart.

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
};

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

/// Returns a name with its letters and accents joined.
pub fn joined(name: &str) -> Cow<'_, str> {
    match is_nfc_quick(name.chars()) {
        IsNormalized::Yes => name.into(),
        _ => name.nfc().collect(),
    }
}

/// Returns whether two names are the same.
///
/// # Examples
///
/// ```
/// use dlc_io::file_names::same;
///
/// assert!(same("fe\u{301}vr2.h5", "févr2.h5"));
/// assert!(!same("fevr2.h5", "févr2.h5"));
/// ```
pub fn same(a: &str, b: &str) -> bool {
    a == b || joined(a) == joined(b)
}

/// Returns the path of a file that exists under this name, or under the same one with its letters apart.
pub fn existing(path: &Path) -> Option<PathBuf> {
    if path.is_file() {
        return Some(path.into());
    }
    let name = path.file_name()?.to_str().filter(|name| !name.is_ascii())?;
    let folder = match path.parent()? {
        here if here.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    };
    let mut entries = fs::read_dir(folder).ok()?.flatten();
    entries.find_map(|entry| {
        let is_it = same(entry.file_name().to_str()?, name) && entry.path().is_file();
        is_it.then(|| path.with_file_name(entry.file_name()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_whose_letters_are_apart() {
        let folder = tempfile::tempdir().unwrap();
        let apart = folder.path().join("vDLC_fe\u{301}vr2.h5");
        fs::write(&apart, "").unwrap();

        assert_eq!(existing(&folder.path().join("vDLC_févr2.h5")), Some(apart));
        assert_eq!(existing(&folder.path().join("vDLC_févr3.h5")), None);
        assert_eq!(existing(&folder.path().join("nowhere/é.h5")), None);
    }
}
