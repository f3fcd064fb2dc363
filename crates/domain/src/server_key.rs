//! The server's key, by which passwords and signatures are of this server only.

use std::path::Path;

use rand::RngCore;
use types::ErrorCode;

use crate::{
    error::{AppError, Result},
    settings::Settings,
};

/// The server's key: from the configuration, or from a file in the data folder that only its
/// owner can read, made at the first start.
pub fn read(settings: &Settings) -> Result<Vec<u8>> {
    if let Some(key) = &settings.server_key {
        if key.len() < 32 {
            return Err(AppError::invalid(
                "server key",
                format!("has {} bytes; it needs at least 32 random ones", key.len()),
            ));
        }
        return Ok(key.clone());
    }
    let path = settings.data_dir.join("server.key");
    read_or_make(&path).map_err(|e| {
        AppError::new(
            ErrorCode::Unavailable,
            format!("server key {}: {e}", path.display()),
        )
    })
}

/// Makes the key whole under another name first: another process of this folder may read it at any
/// moment, and a crash in between must leave no half of it.
fn make(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Write;

    let unfinished = path.with_extension(format!("key.{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut key = vec![0u8; 32];
    rand::rng().fill_bytes(&mut key);
    let made = options.open(&unfinished).and_then(|mut file| {
        file.write_all(&key)?;
        file.sync_all()?;
        // Fails when the key is there.
        std::fs::hard_link(&unfinished, path)
    });
    std::fs::remove_file(&unfinished).ok();
    made.map(|()| key)
}

fn read_or_make(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::{Error, ErrorKind};

    match make(path) {
        Ok(key) => Ok(key),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            let key = std::fs::read(path)?;
            if key.len() < 32 {
                return Err(Error::new(
                    ErrorKind::InvalidData,
                    "is shorter than 32 bytes; restore it, or delete it to make a new one \
                     (every password must then be set again)",
                ));
            }
            Ok(key)
        }
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_s_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::embedded(folder.path());
        let key = read(&settings).unwrap();
        assert_eq!(read(&settings).unwrap(), key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.path().join("server.key")).unwrap();
            assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        }
    }
}
