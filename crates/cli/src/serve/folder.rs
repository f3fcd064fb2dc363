//! Restricts the data folder to the server's user: the folder to mode 0700, its files to 0600.
//!
//! It holds the pipelines and runs of all organizations, and the key that passwords are hashed
//! with.

use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::Path,
};

use nix::sys::stat::{Mode, umask};

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;

/// Creates the folder if it is missing and removes the access of other users to it and its files.
/// Sets the process's umask, so that files created later are private too.
pub fn own(folder: &Path) -> Result<(), String> {
    umask(Mode::S_IRWXG | Mode::S_IRWXO);
    let cannot = |error: io::Error| {
        format!(
            "The data folder {} cannot be created or made private ({error}). Set \
             FLOWMASON_DATA_DIR to a folder that belongs to this user.",
            folder.display()
        )
    };
    let mut make = DirBuilder::new();
    make.recursive(true).mode(FOLDER);
    make.create(folder).map_err(cannot)?;
    close(folder, FOLDER).map_err(cannot)?;
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        // Symbolic links are not followed: their targets are outside the folder.
        if entry.file_type().map_err(cannot)?.is_file() {
            match close(&entry.path(), FILE) {
                // SQLite removes its own files when the last connection closes.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                done => done.map_err(cannot)?,
            }
        }
    }
    Ok(())
}

/// Removes the permissions of the group and of others; the owner's are unchanged.
fn close(path: &Path, most: u32) -> io::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode & most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_data_folder_and_its_files_are_the_servers_own() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a/b");
        own(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        fs::write(folder.join("new"), "").unwrap();
        assert_eq!(mode(&folder.join("new")), 0o600);
        // Older releases created files that others could read.
        fs::write(folder.join("old"), "").unwrap();
        fs::set_permissions(folder.join("old"), Permissions::from_mode(0o644)).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        let outside = parent.path().join("outside");
        fs::write(&outside, "").unwrap();
        fs::set_permissions(&outside, Permissions::from_mode(0o644)).unwrap();
        std::os::unix::fs::symlink(&outside, folder.join("link")).unwrap();
        own(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("old")), 0o600);
        assert_eq!(mode(&outside), 0o644, "the target of a link is unchanged");
    }
}
