//! Reading pipeline files, and the folders that they are in.

use std::path::Path;

/// The largest pipeline file that is read, in bytes.
pub const MAX_FILE: u64 = 16 * 1024 * 1024;

/// The folder that a file is in.
pub fn folder_of(file: &Path) -> &Path {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Reads a pipeline file. The error names the file.
pub fn read(file: &Path) -> Result<String, String> {
    let fail = |e: &dyn std::fmt::Display| format!("{} cannot be read: {e}", file.display());
    let size = std::fs::metadata(file).map_err(|e| fail(&e))?.len();
    if size > MAX_FILE {
        return Err(fail(&"it is larger than 16 MB"));
    }
    let bytes = std::fs::read(file).map_err(|e| fail(&e))?;
    String::from_utf8(bytes).map_err(|_| fail(&"it is not UTF-8 text"))
}
