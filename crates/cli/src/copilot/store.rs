//! Writes an accepted change to the file.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

/// Replaces the text of a file, as a whole or not at all. `old` is the text that was read, `None` if
/// there was no file: one that was changed meanwhile is not written. The error names the file.
pub fn replace(file: &Path, old: Option<&str>, new: &str) -> Result<(), String> {
    let fail = |why: &dyn std::fmt::Display| {
        format!(
            "{} cannot be written, and is as it was: {why}",
            file.display()
        )
    };
    // Through a link, the file that it leads to is replaced.
    let target = match old {
        Some(_) => file.canonicalize().map_err(|error| fail(&error))?,
        None => file.to_owned(),
    };
    if !is_as_read(&target, old) {
        return Err(fail(&"somebody else has changed it meanwhile"));
    }
    let unfinished = beside(&target);
    let mut options = OpenOptions::new();
    // If there is such a file, it belongs to somebody else and stays.
    let out = options.write(true).create_new(true).open(&unfinished);
    let mut out = out.map_err(|error| fail(&error))?;
    let written = (|| {
        if old.is_some() {
            out.set_permissions(fs::metadata(&target)?.permissions())?;
        }
        out.write_all(new.as_bytes())?;
        out.sync_all()?;
        fs::rename(&unfinished, &target)
    })();
    written.map_err(|error: std::io::Error| {
        // What is left of the attempt; if there is nothing, there is nothing to remove.
        drop(fs::remove_file(&unfinished));
        fail(&error)
    })
}

fn is_as_read(file: &Path, old: Option<&str>) -> bool {
    match old {
        Some(old) => fs::read(file).is_ok_and(|bytes| bytes == old.as_bytes()),
        None => !file.exists(),
    }
}

/// A name in the same folder, since a file can be renamed only within its disk.
fn beside(file: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    file.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_with_its_permissions_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.pipeline.json");
        fs::write(&file, "old").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        }
        replace(&file, Some("old"), "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o640);
        }
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

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&file, &link).unwrap();
            replace(&link, Some("old"), "new").unwrap();
            assert!(link.is_symlink());
            assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        }
    }
}
