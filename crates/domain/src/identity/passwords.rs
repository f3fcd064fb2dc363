//! Passwords: HMAC-SHA-256 with the server's key, base64, bcrypt. Off the async threads.
//!
//! The HMAC makes a stolen table useless without the key and takes bcrypt's 72-byte limit away.

use std::{path::Path, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::Sha256;
use tokio::sync::{OnceCell, Semaphore};
use types::ErrorCode;

use crate::{
    Settings,
    error::{AppError, Result},
};

/// Hashes and checks passwords, a few at a time.
pub struct Passwords {
    key: Arc<[u8]>,
    cost: u32,
    /// A hash takes a core for a quarter of a second: not more at once than half of them.
    slots: Arc<Semaphore>,
    /// What a password of an unknown address is compared with, so that it takes as long.
    decoy: OnceCell<String>,
}

impl Passwords {
    /// With the server's key and a cost as a power of two.
    pub fn new(key: Vec<u8>, cost: u32) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            key: key.into(),
            cost,
            slots: Arc::new(Semaphore::new((cores / 2).max(1))),
            decoy: OnceCell::new(),
        }
    }

    /// What is stored for a new password.
    pub async fn hash(&self, password: &str) -> Result<String> {
        if !(8..=1_024).contains(&password.len()) {
            return Err(AppError::invalid(
                "newPassword",
                format!(
                    "has {} bytes; a password has 8 to 1024 (a few words are a good one)",
                    password.len()
                ),
            ));
        }
        let (bound, cost) = (self.bind(password)?, self.cost);
        self.work(move || bcrypt::hash(bound, cost)).await
    }

    /// Whether the password is the one that was hashed; without a hash as slow, and no.
    pub async fn matches(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let bound = self.bind(password)?;
        let decoy = self.decoy.get_or_try_init(|| async {
            let (bound, cost) = (self.bind("nobody has this one")?, self.cost);
            self.work(move || bcrypt::hash(bound, cost)).await
        });
        let stored = match hash {
            Some(hash) => hash.to_owned(),
            None => decoy.await?.clone(),
        };
        let fits = self.work(move || bcrypt::verify(bound, &stored)).await?;
        Ok(fits && hash.is_some())
    }

    /// 44 characters that depend on the whole password and on the key.
    fn bind(&self, password: &str) -> Result<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).map_err(AppError::internal)?;
        mac.update(password.as_bytes());
        Ok(STANDARD.encode(mac.finalize().into_bytes()))
    }

    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> bcrypt::BcryptResult<T> + Send + 'static,
    ) -> Result<T> {
        let slot = self
            .slots
            .clone()
            .acquire_owned()
            .await
            .map_err(AppError::internal)?;
        tokio::task::spawn_blocking(move || {
            let _slot = slot;
            job()
        })
        .await
        .map_err(AppError::internal)?
        .map_err(AppError::internal)
    }
}

/// The server's key: from the configuration, or from a file in the data folder that only its
/// owner can read, made at the first start.
pub fn server_key(settings: &Settings) -> Result<Vec<u8>> {
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

fn read_or_make(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::{Error, ErrorKind, Write};

    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            let mut key = vec![0u8; 32];
            rand::rng().fill_bytes(&mut key);
            file.write_all(&key)?;
            file.sync_all()?;
            Ok(key)
        }
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
    fn the_default_cost_of_a_password_is_twelve() {
        assert_eq!(Settings::embedded("/nowhere").password_cost, 12);
        assert_eq!(Settings::PASSWORD_COST, 12);
    }

    #[tokio::test]
    async fn a_password_is_told_from_one_that_differs_after_72_bytes_or_in_the_key() {
        let passwords = Passwords::new(vec![1; 32], 4);
        let (one, other) = ("x".repeat(100), "x".repeat(101));
        let hash = passwords.hash(&one).await.unwrap();
        assert!(passwords.matches(&one, Some(&hash)).await.unwrap());
        assert!(!passwords.matches(&other, Some(&hash)).await.unwrap());
        assert!(!passwords.matches(&one, None).await.unwrap());
        let elsewhere = Passwords::new(vec![2; 32], 4);
        assert!(!elsewhere.matches(&one, Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn a_password_has_8_to_1024_bytes() {
        let passwords = Passwords::new(vec![1; 32], 4);
        for wrong in ["1234567".to_owned(), "x".repeat(1_025)] {
            assert_eq!(
                passwords.hash(&wrong).await.unwrap_err().code,
                ErrorCode::InvalidInput
            );
        }
        assert!(passwords.hash("12345678").await.is_ok());
    }

    #[test]
    fn the_server_s_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::embedded(folder.path());
        let key = server_key(&settings).unwrap();
        assert_eq!(server_key(&settings).unwrap(), key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.path().join("server.key")).unwrap();
            assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        }
    }
}
