//! Password hashing: HMAC-SHA-256 with the server's key, base64, bcrypt. Runs off the async
//! threads.
//!
//! The HMAC makes a stolen table useless without the key, and avoids bcrypt's limit of 72 bytes.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use tokio::sync::{OnceCell, Semaphore, oneshot};

use super::{PasswordError, common};
use crate::error::{AppError, Result};

/// Why a password is hashed. Each purpose has its own slots, so that a flood of one does not delay
/// the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signing in from a device that the account does not know.
    Stranger,
    /// Signing in from a device that the account knows.
    KnownDevice,
    /// Setting a password: changing one's own, or creating an account.
    Change,
}

/// The largest number of hashes of one purpose that wait for a slot.
const WAITING: usize = 32;

/// The highest cost of a stored hash that is compared with a password, which takes seconds, unless the
/// configured one is higher. A damaged or forged hash with cost 31 would occupy a core for a day.
const MOST_COST: u32 = 16;

/// Limits the hashes that run at once, and those that run or wait.
struct Slots {
    running: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Slots {
    fn new(running: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(running)),
            places: Arc::new(Semaphore::new(running + WAITING)),
        }
    }
}

/// Checks a password that somebody chooses.
///
/// # Errors
/// `INVALID_INPUT` unless it has 8 to 1024 bytes and is in no list of stolen ones ([`common::contains`]).
pub fn check_new(field: &str, password: &str) -> Result<()> {
    if !(8..=1_024).contains(&password.len()) {
        return Err(AppError::invalid(
            field,
            format!(
                "has {} bytes; a password must have 8 to 1024 (use a few words)",
                password.len()
            ),
        ));
    }
    if common::contains(password)? {
        return Err(AppError::invalid(
            field,
            "is in published lists of stolen passwords, which are tried first; choose another, \
             such as a few words",
        ));
    }
    Ok(())
}

/// Hashes and checks passwords, a few at a time.
pub struct Passwords {
    key: Arc<[u8]>,
    cost: u32,
    /// One hash takes a core for a quarter of a second, so unknown devices get at most half the
    /// cores.
    strangers: Slots,
    known: Slots,
    changes: Slots,
    /// The hash with which passwords of unknown addresses are compared, so that the time is the
    /// same.
    decoy: OnceCell<String>,
}

impl Passwords {
    /// Creates it from the server's key and a cost as a power of two.
    pub fn new(key: Vec<u8>, cost: u32) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            key: key.into(),
            cost,
            strangers: Slots::new((cores / 2).max(1)),
            known: Slots::new(1),
            changes: Slots::new(1),
            decoy: OnceCell::new(),
        }
    }

    /// Hashes a new password for storage. `field` is the one with the password, which errors name.
    ///
    /// # Errors
    /// Those of [`check_new`], and `RATE_LIMITED` if the queue is full.
    pub async fn hash(&self, field: &str, password: &str) -> Result<String> {
        check_new(field, password)?;
        let (bound, cost) = (self.bind(password)?, self.cost);
        self.work(Purpose::Change, move || bcrypt::hash(bound, cost))
            .await
    }

    /// Whether the password matches the hash. Without a hash, `false` after the same time.
    pub async fn matches(
        &self,
        password: &str,
        hash: Option<&str>,
        purpose: Purpose,
    ) -> Result<bool> {
        let bound = self.bind(password)?;
        let decoy = self.decoy.get_or_try_init(|| async {
            let (bound, cost) = (self.bind("nobody has this one")?, self.cost);
            self.work(purpose, move || bcrypt::hash(bound, cost)).await
        });
        let stored = match hash {
            Some(hash) => hash.to_owned(),
            None => decoy.await?.clone(),
        };
        let most = self.cost.max(MOST_COST);
        let fits = self
            .work(purpose, move || {
                let cost = stored.parse::<bcrypt::HashParts>()?.get_cost();
                if cost > most {
                    return Err(bcrypt::BcryptError::CostNotAllowed(cost));
                }
                bcrypt::verify(bound, &stored)
            })
            .await?;
        Ok(fits && hash.is_some())
    }

    /// The input of bcrypt: 44 characters that depend on the whole password and on the key.
    fn bind(&self, password: &str) -> Result<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).map_err(AppError::internal)?;
        mac.update(password.as_bytes());
        Ok(STANDARD.encode(mac.finalize().into_bytes()))
    }

    /// Signs bytes with a key that is derived from the server's key.
    pub fn sign(&self, bytes: &[u8]) -> Result<[u8; 32]> {
        Ok(self.signature(bytes)?.finalize().into_bytes().into())
    }

    /// Whether the signature matches the bytes.
    pub fn is_signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        self.signature(bytes)
            .is_ok_and(|mac| mac.verify_slice(signature).is_ok())
    }

    fn signature(&self, bytes: &[u8]) -> Result<Hmac<Sha256>> {
        // A separate key, so that no signature equals a password's HMAC.
        let mut own = Hmac::<Sha256>::new_from_slice(&self.key).map_err(AppError::internal)?;
        own.update(b"flowmason signatures");
        let own = own.finalize().into_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(&own).map_err(AppError::internal)?;
        mac.update(bytes);
        Ok(mac)
    }

    async fn work<T: Send + 'static>(
        &self,
        purpose: Purpose,
        job: impl FnOnce() -> bcrypt::BcryptResult<T> + Send + 'static,
    ) -> Result<T> {
        let slots = match purpose {
            Purpose::Stranger => &self.strangers,
            Purpose::KnownDevice => &self.known,
            Purpose::Change => &self.changes,
        };
        let place = slots
            .places
            .clone()
            .try_acquire_owned()
            .map_err(|_| PasswordError::Busy)?;
        let slot = slots
            .running
            .clone()
            .acquire_owned()
            .await
            .map_err(AppError::internal)?;
        let (done, result) = oneshot::channel();
        std::thread::Builder::new()
            .name("password hash".to_owned())
            .spawn(move || {
                let _held = (place, slot);
                yield_to_others();
                // The caller may be gone.
                let _ = done.send(job());
            })
            .map_err(AppError::internal)?;
        result
            .await
            .map_err(AppError::internal)?
            .map_err(AppError::internal)
    }
}

/// By how much a thread that hashes is nicer than the others (see nice(2)). While the cores are busy it
/// gets about a fifth of what another thread gets, so that runs and requests hardly notice a rush of
/// sign-ins; while they are not, it is as fast as without.
#[cfg(target_os = "linux")]
const NICER: i32 = 7;

/// Lowers the priority of the calling thread, which cannot be undone. That is why hashes have threads of
/// their own; starting one costs little beside a hash. Only Linux has a priority for each thread.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICER) {
        tracing::debug!(%error, "the priority of a hash could not be lowered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::ErrorCode;

    use crate::Settings;

    const STRANGER: Purpose = Purpose::Stranger;
    const FIELD: &str = "newPassword";

    #[tokio::test]
    async fn s17_a_flood_of_one_purpose_is_refused_and_keeps_nobody_else_waiting() {
        let passwords = Arc::new(Passwords::new(vec![1; 32], 6));
        let hash = passwords.hash(FIELD, "correct horse").await.unwrap();
        let flood = (0..500).map(|_| {
            let (passwords, hash) = (passwords.clone(), hash.clone());
            tokio::spawn(async move { passwords.matches("wrong", Some(&hash), STRANGER).await })
        });
        let flood: Vec<_> = flood.collect();
        tokio::task::yield_now().await;
        for purpose in [Purpose::KnownDevice, Purpose::Change] {
            let fits = passwords
                .matches("correct horse", Some(&hash), purpose)
                .await;
            assert!(fits.unwrap());
        }
        let results = futures::future::join_all(flood).await;
        let refused = results.iter().filter(
            |result| matches!(result, Ok(Err(error)) if error.code == ErrorCode::RateLimited),
        );
        assert!(refused.count() > 400);
    }

    #[test]
    fn a_signature_matches_only_its_bytes_and_its_key() {
        let (one, other) = (
            Passwords::new(vec![1; 32], 4),
            Passwords::new(vec![2; 32], 4),
        );
        let signature = one.sign(b"device").unwrap();
        assert!(one.is_signed(b"device", &signature));
        assert!(!one.is_signed(b"devicf", &signature));
        assert!(!one.is_signed(b"device", &signature[..31]));
        assert!(!other.is_signed(b"device", &signature));
    }

    #[test]
    fn the_default_cost_of_a_password_is_twelve() {
        assert_eq!(Settings::embedded("/nowhere").password_cost, 12);
        assert_eq!(Settings::PASSWORD_COST, 12);
    }

    #[tokio::test]
    async fn s15_a_password_that_differs_after_72_bytes_or_in_the_key_does_not_match() {
        let passwords = Passwords::new(vec![1; 32], 4);
        let (one, other) = ("x".repeat(100), "x".repeat(101));
        let hash = passwords.hash(FIELD, &one).await.unwrap();
        assert!(
            passwords
                .matches(&one, Some(&hash), STRANGER)
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .matches(&other, Some(&hash), STRANGER)
                .await
                .unwrap()
        );
        assert!(!passwords.matches(&one, None, STRANGER).await.unwrap());
        let elsewhere = Passwords::new(vec![2; 32], 4);
        assert!(
            !elsewhere
                .matches(&one, Some(&hash), STRANGER)
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn s15_passwords_are_compared_byte_by_byte_whatever_they_consist_of() {
        let passwords = Passwords::new(vec![1; 32], 4);
        let (spaces, more_spaces) = (" ".repeat(20), " ".repeat(21));
        for (one, other) in [
            ("correct\0horse", "correct\0house"),
            ("correct\0horse", "correct"),
            (spaces.as_str(), more_spaces.as_str()),
            // One letter, and a letter with a combining accent.
            ("caf\u{e9} cr\u{e8}me", "cafe\u{301} cre\u{300}me"),
            ("\u{1f40e}\u{1f50b}\u{1f4ce}", "\u{1f40e}\u{1f50b}\u{1f4cf}"),
        ] {
            let hash = bcrypt::hash(passwords.bind(one).unwrap(), 4).unwrap();
            let fits = passwords.matches(one, Some(&hash), STRANGER).await;
            assert!(fits.unwrap(), "{one:?}");
            let fits = passwords.matches(other, Some(&hash), STRANGER).await;
            assert!(!fits.unwrap(), "{one:?} and {other:?}");
        }
    }

    #[tokio::test]
    async fn s16_a_damaged_stored_hash_is_an_error_at_once() {
        let passwords = Passwords::new(vec![1; 32], 4);
        let good = bcrypt::hash(passwords.bind("correct horse").unwrap(), 4).unwrap();
        let began = std::time::Instant::now();
        for damaged in [
            String::new(),
            "correct horse".to_owned(),
            good[..59].to_owned(),
            format!("{good}0"),
            good.replacen("$2b$", "$1b$", 1),
            // As many bytes as a hash has, and as many characters.
            format!("{}\u{e9}", &good[..58]),
            format!("{}\u{e9}", &good[..59]),
            // 2^31 rounds.
            good.replacen("$04$", "$31$", 1),
            good.replacen("$04$", "$17$", 1),
            good.replacen("$04$", "$00$", 1),
        ] {
            let result = passwords.matches("correct horse", Some(&damaged), STRANGER);
            let error = result.await.unwrap_err();
            assert_eq!(error.code, ErrorCode::Internal, "{damaged}");
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(20));
        let fits = passwords.matches("correct horse", Some(&good), STRANGER);
        assert!(fits.await.unwrap());
    }

    #[tokio::test]
    async fn s15_a_new_password_has_8_to_1024_bytes_and_is_in_no_list_of_stolen_ones() {
        let passwords = Passwords::new(vec![1; 32], 4);
        for wrong in [
            "1234567".to_owned(),
            "x".repeat(1_025),
            "Password123".to_owned(),
        ] {
            let refused = passwords.hash("password", &wrong).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::InvalidInput);
            let names_its_field = refused.message.starts_with("password: ");
            assert!(names_its_field, "{}", refused.message);
        }
        assert!(passwords.hash(FIELD, "87263549").await.is_ok());
    }
}
