//! Checks for free disk space before the start, so that a full disk is reported with its folder
//! before anything is created, not by whichever database statement fails first.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::Path,
};

use domain::AppError;
use types::ErrorCode;

/// Bytes that must be free: for SQLite's shared memory and the first pages of its log, with a
/// margin.
const NEEDED: usize = 256 * 1024;

/// Writes a file of [`NEEDED`] bytes to the folder and removes it again.
pub fn check(folder: &Path) -> Result<(), String> {
    let path = folder.join("room");
    let written = write(&path);
    // Removed before the result is examined, so that it takes no space on a full disk.
    let removed = match fs::remove_file(&path) {
        // Another process that starts on this folder at the same time has removed it.
        Err(error) if error.kind() == ErrorKind::NotFound && written.is_ok() => Ok(()),
        removed => removed,
    };
    match written.and(removed) {
        Err(error) if is_full(&error) => Err(full(&format!(
            "the data folder {} (less than {} KiB are left; FLOWMASON_DATA_DIR can name another \
             folder)",
            folder.display(),
            NEEDED / 1024
        ))),
        Err(error) => Err(format!(
            "The data folder {} is not writable ({error}). Set FLOWMASON_DATA_DIR to a folder that \
             belongs to this user.",
            folder.display()
        )),
        Ok(()) => Ok(()),
    }
}

fn write(path: &Path) -> io::Result<()> {
    let mut file = File::create(path)?;
    // Not zeros: some file systems store those without using space.
    file.write_all(&[0xa5; NEEDED])?;
    file.sync_all()
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded
    )
}

/// The message for a database error at the start. `doing` says what failed, `place` whose disk it
/// is.
pub fn of_database(error: impl Into<AppError>, doing: &str, place: &str) -> String {
    let cause = error.into();
    match cause.code {
        ErrorCode::StorageFull => full(place),
        _ => format!("{doing}: {cause}"),
    }
}

fn full(place: &str) -> String {
    format!(
        "{}: The disk of {place} is full, so the server did not start. Free some space and start \
         it again.",
        ErrorCode::StorageFull
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_room_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        check(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn processes_that_start_together_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..20).for_each(|_| check(folder.path()).unwrap()));
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_error_names_the_folder() {
        let missing = check(Path::new("/no/such/folder")).unwrap_err();
        assert!(missing.contains("/no/such/folder"), "{missing}");
        let full = of_database(AppError::storage_full(), "it failed", "the data folder /x");
        assert!(
            full.starts_with("STORAGE_FULL: ") && full.contains("/x"),
            "{full}"
        );
        let other = of_database(AppError::conflict("no"), "it failed", "x");
        assert_eq!(other, "it failed: no");
    }
}
