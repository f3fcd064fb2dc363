//! The lock on the data folder: with SQLite, only one process at a time may use it.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::Write,
    path::Path,
};

/// Held for the life of the process; the operating system releases it even after SIGKILL.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

/// Takes the lock. The error names the process that holds it.
pub fn take(folder: &Path) -> Result<DataLock, String> {
    let path = folder.join("lock");
    let cannot = |e: std::io::Error| format!("{} cannot be used ({e})", path.display());
    std::fs::create_dir_all(folder).map_err(cannot)?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let holder = std::fs::read_to_string(&path).unwrap_or_default();
            return Err(format!(
                "Another FlowMason process uses the data folder {} (process {}). Stop it, or set \
                 FLOWMASON_DATA_DIR to another folder.",
                folder.display(),
                holder.trim()
            ));
        }
        Err(TryLockError::Error(e)) => return Err(cannot(e)),
    }
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(cannot)?;
    Ok(DataLock { _file: file })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d10_a_second_process_on_one_data_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = take(folder.path()).unwrap();
        assert!(
            take(folder.path())
                .unwrap_err()
                .contains("FLOWMASON_DATA_DIR")
        );
        drop(first);
        assert!(take(folder.path()).is_ok());
    }
}
