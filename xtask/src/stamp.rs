//! Remembers the content that a result was built from, so that a second `up` starts in seconds.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{error::Result, paths};

/// Folders of generated files, which are not hashed.
const MADE: [&str; 5] = [
    "node_modules",
    "dist",
    "test-results",
    "playwright-report",
    ".git",
];

/// The SHA-256 hash, in hex, of the names and contents of all files below these paths.
pub fn of(paths: &[PathBuf]) -> Result<String> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.to_string_lossy().as_bytes());
        hash.update([0]);
        hash.update(fs::read(&file)?);
        hash.update([0]);
    }
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result {
    if path.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if !MADE.iter().any(|made| entry.file_name() == *made) {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

/// Runs `make`, unless it already ran for this content in this checkout and its result still
/// exists.
pub fn once(name: &str, content: &str, result: &Path, make: impl FnOnce() -> Result) -> Result {
    let root = paths::root();
    let place = of_text(&root.to_string_lossy());
    let file = paths::cache()
        .join("stamps")
        .join(format!("{name}-{}", &place[..16]));
    if result.exists() && fs::read_to_string(&file).is_ok_and(|old| old == content) {
        return Ok(());
    }
    make()?;
    fs::create_dir_all(paths::cache().join("stamps"))?;
    fs::write(file, content)?;
    Ok(())
}

fn of_text(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
