//! The server's secret key. It makes password hashes and signatures worthless on any other server.

use std::path::Path;

use rand::RngCore;
use types::ErrorCode;

use crate::{
    error::{AppError, Result},
    settings::Settings,
};

/// Reads the server's key from the configuration, or else from `server.key` in the data folder.
/// That file is created at the first start, readable only by its owner.
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

/// Creates the key file under another name first: another process may read `server.key` at any
/// moment, and a crash must not leave half a key.
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
        // Fails if the key exists.
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
                    "is shorter than 32 bytes; restore it, or delete it to create a new one \
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
