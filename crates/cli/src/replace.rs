//! Writing a file as a whole: after a crash or with a full disk there is the old text or the new one, and
//! nothing in between.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

/// How many names are tried for the unfinished file; others may have been left behind by crashes.
const NAMES: usize = 100;

/// Writes a text to a file: under another name in the same folder first, then it takes the file's place.
/// The permissions of an existing file are kept, and a symbolic link stays, with the file that it leads to
/// written. What is not a regular file, such as `/dev/stdout`, is written directly.
pub fn replace(file: &Path, text: &str) -> io::Result<()> {
    write(file, text.as_bytes(), false)
}

/// Like [`replace`]; a new file can be read by its owner only.
pub fn replace_private(file: &Path, bytes: &[u8]) -> io::Result<()> {
    write(file, bytes, true)
}

fn write(file: &Path, bytes: &[u8], private: bool) -> io::Result<()> {
    let target = match fs::canonicalize(file) {
        Ok(target) => target,
        // A link that leads to no file yet.
        Err(error) if error.kind() == ErrorKind::NotFound && is_link(file) => {
            return fs::write(file, bytes);
        }
        Err(error) if error.kind() == ErrorKind::NotFound => file.to_path_buf(),
        Err(error) => return Err(error),
    };
    let existing = match fs::metadata(&target) {
        Ok(found) if found.is_file() => Some(found.permissions()),
        Ok(_) => return fs::write(file, bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let (unfinished, mut out) = beside(&target, private || existing.is_some())?;
    let written = out
        .write_all(bytes)
        .and_then(|()| existing.map_or(Ok(()), |kept| out.set_permissions(kept)))
        .and_then(|()| out.sync_all())
        .and_then(|()| fs::rename(&unfinished, &target));
    if written.is_err() {
        // The first error counts.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// Whether this is a symbolic link.
pub fn is_link(file: &Path) -> bool {
    fs::symlink_metadata(file).is_ok_and(|found| found.is_symlink())
}

/// A new file in the folder of another one. `closed`: nobody else may read it, at least until it has the
/// permissions of the file whose place it takes.
fn beside(target: &Path, closed: bool) -> io::Result<(PathBuf, File)> {
    let name = target.file_name().ok_or(ErrorKind::InvalidInput)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        let mode = if closed { 0o600 } else { 0o666 };
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    }
    #[cfg(not(unix))]
    let _ = closed;
    let mut taken = io::Error::from(ErrorKind::AlreadyExists);
    for at in 0..NAMES {
        let mut unfinished = std::ffi::OsString::from(".");
        unfinished.push(name);
        unfinished.push(format!(".{}-{at}.tmp", std::process::id()));
        let path = target.with_file_name(unfinished);
        match options.open(&path) {
            Ok(out) => return Ok((path, out)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => taken = error,
            Err(error) => return Err(error),
        }
    }
    Err(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the files in a folder, sorted.
    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_else_is_left_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        replace(&file, "one").unwrap();
        replace(&file, "two").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert_eq!(names(folder.path()), ["a.json"]);
        let nowhere = folder.path().join("missing").join("a.json");
        assert!(replace(&nowhere, "three").is_err());
        // A folder is no file.
        assert!(replace(folder.path(), "three").is_err());
        assert_eq!(names(folder.path()), ["a.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn the_permissions_and_a_link_to_the_file_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.json"), folder.path().join("link"));
        fs::write(&file, "one").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a.json", &link).unwrap();
        replace(&link, "two").unwrap();
        assert!(is_link(&link));
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        let (new, open) = (folder.path().join("new"), folder.path().join("open"));
        symlink("new", &open).unwrap();
        replace(&open, "three").unwrap();
        assert_eq!(fs::read_to_string(&new).unwrap(), "three");
        assert_eq!(names(folder.path()), ["a.json", "link", "new", "open"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_new_private_file_is_for_its_owner_only() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("a"), folder.path().join("other"));
        fs::write(&other, "theirs").unwrap();
        // Somebody else in a shared folder guesses a name.
        symlink("other", folder.path().join("a.new")).unwrap();
        replace_private(&file, b"one").unwrap();
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&other).unwrap(), "theirs");
        assert_eq!(names(folder.path()), ["a", "a.new", "other"]);
    }
}
