//! Writes an accepted change to the file.

use std::{fs, path::Path};

/// Replaces the text of a file, as a whole or not at all. `old` is the text that was read, `None` if
/// there was no file: one that was changed meanwhile is not written. The error names the file.
pub fn replace(file: &Path, old: Option<&str>, new: &str) -> Result<(), String> {
    let fail = |why: &dyn std::fmt::Display| {
        format!(
            "{} cannot be written, and is as it was: {why}",
            file.display()
        )
    };
    if !is_as_read(file, old) {
        return Err(fail(&"somebody else has changed it meanwhile"));
    }
    crate::replace::replace(file, new).map_err(|error| fail(&error))
}

fn is_as_read(file: &Path, old: Option<&str>) -> bool {
    match old {
        Some(old) => fs::read(file).is_ok_and(|bytes| bytes == old.as_bytes()),
        None => !file.exists(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_if_it_is_as_it_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.pipeline.json");
        replace(&file, None, "old").unwrap();
        replace(&file, Some("old"), "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_was_changed_meanwhile_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.pipeline.json");
        fs::write(&file, "theirs").unwrap();
        for old in [Some("old"), None] {
            let error = replace(&file, old, "new").unwrap_err();
            assert!(error.contains("meanwhile"), "{error}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "theirs");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
