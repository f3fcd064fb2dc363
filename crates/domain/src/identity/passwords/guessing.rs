//! Rate limits for attempts to guess secrets, per process.
//!
//! An attempt counts for its IP address, for the IP address and account together, and for the
//! account. The first limit that refuses an attempt ends it, and it does not count further, so one
//! IP address cannot use up an account's limit. A device that signed in to the account before has
//! its own limit instead, so nobody can lock a person out of their usual devices, not even from the
//! same IP address.

use std::{
    collections::HashMap,
    net::IpAddr,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use uuid::Uuid;

use super::PasswordError;
use crate::error::Result;

/// Attempts per minute from one IP address, for any account.
const PER_ADDRESS: u32 = 30;
/// Attempts per minute from one IP address, or from one known device, for one account.
const PER_PAIR: u32 = 10;
/// Attempts per minute for one account from all unknown devices.
const PER_ACCOUNT: u32 = 60;
/// Sign-ins at identity providers that begin per minute from one IP address, behind which a whole
/// company may be.
const BEGINNINGS: u32 = 300;
/// Attempts per minute of one session to enter the current password.
const PER_SESSION: u32 = 10;
/// Codes per ten minutes for one account from all unknown devices, or from one known device or
/// session. Only who has proved the password can enter codes.
const CODES: u32 = 10;
/// Wrong secrets of applications per minute from one IP address.
const CLIENTS: u32 = 30;
/// Tokens per minute for one application that acts as its service account, or for one family.
const TOKENS: u32 = 120;
/// Requests per minute with one token for provisioning. Identity providers send up to 25 per second.
const PROVISIONING: u32 = 1_800;
/// Codes of devices per ten minutes that one person can enter.
const USER_CODES: u32 = 20;
/// Sign-ups per hour with one email address from one IP address. Others can still sign up with it.
const SIGN_UPS: u32 = 5;

const MINUTE: Duration = Duration::from_secs(60);
const TEN_MINUTES: Duration = Duration::from_secs(600);
const HOUR: Duration = Duration::from_secs(3600);

/// The number of counters above which expired ones are removed.
const KEPT: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Address(Option<IpAddr>),
    Beginning(Option<IpAddr>),
    Pair(String, Option<IpAddr>),
    Device(String, [u8; 16]),
    Account(String),
    Session(Uuid),
    Code(Uuid, Option<[u8; 16]>),
    UserCode(Uuid),
    SignUp(String, Option<IpAddr>),
    Client(Option<IpAddr>),
    Tokens(Uuid),
    Provisioning(Uuid),
}

/// The counters of attempts.
#[derive(Default)]
pub struct RateLimits(Mutex<Counters>);

#[derive(Default)]
struct Counters {
    /// When each counter is back at zero. Each attempt moves that time on by its part of the
    /// window.
    rest: HashMap<Key, Instant>,
    swept: Option<Instant>,
}

impl RateLimits {
    /// Counts an attempt with a link's token, which names no account.
    pub fn link(&self, address: Option<IpAddr>) -> Result<()> {
        self.count(Key::Address(address), PER_ADDRESS)
    }

    /// Counts a sign-in at an identity provider that begins, or a question for the providers of an
    /// address. Neither guesses anything, but both cost something.
    pub fn beginning(&self, address: Option<IpAddr>) -> Result<()> {
        self.count(Key::Beginning(address), BEGINNINGS)
    }

    /// Counts an attempt to sign in to an account. `device`: the device, if the account knows it.
    pub fn password(
        &self,
        account: &str,
        address: Option<IpAddr>,
        device: Option<[u8; 16]>,
    ) -> Result<()> {
        // No account has a longer address.
        let account: String = account.chars().take(320).collect();
        if let Some(device) = device {
            return self.count(Key::Device(account, device), PER_PAIR);
        }
        self.count(Key::Address(address), PER_ADDRESS)?;
        self.count(Key::Pair(account.clone(), address), PER_PAIR)?;
        self.count(Key::Account(account), PER_ACCOUNT)
    }

    /// Counts an attempt of a signed-in person to enter their current password.
    pub fn current(&self, session: Uuid) -> Result<()> {
        self.count(Key::Session(session), PER_SESSION)
    }

    /// Counts an attempt to enter a code of a person's second factor. `known`: the device that the
    /// account knows, or the session.
    pub fn code(&self, user: Uuid, known: Option<[u8; 16]>) -> Result<()> {
        self.count_in(TEN_MINUTES, Key::Code(user, known), CODES)
    }

    /// Counts an attempt of a signed-in person to enter the code of a device. Looking at its request
    /// and answering it are two.
    pub fn user_code(&self, user: Uuid) -> Result<()> {
        self.count_in(TEN_MINUTES, Key::UserCode(user), USER_CODES)
    }

    /// Counts a sign-up with an email address, each of which sends a letter.
    pub fn sign_up(&self, email: &str, address: Option<IpAddr>) -> Result<()> {
        self.count_in(HOUR, Key::SignUp(email.to_owned(), address), SIGN_UPS)
    }

    /// Counts a wrong secret of an application. It is counted apart from people, so that a program with
    /// an old secret locks nobody out of the network that it is in.
    pub fn client(&self, address: Option<IpAddr>) -> Result<()> {
        self.count(Key::Client(address), CLIENTS)
    }

    /// Counts tokens given to an application or a family, which guesses nothing but costs a row.
    pub fn tokens(&self, holder: Uuid) -> Result<()> {
        self.count(Key::Tokens(holder), TOKENS)
    }

    /// Counts a request with a token for provisioning, which guesses nothing but costs something.
    pub fn provisioning(&self, token: Uuid) -> Result<()> {
        self.count(Key::Provisioning(token), PROVISIONING)
    }

    /// Counts one attempt, or refuses it if the limit is reached.
    fn count(&self, key: Key, per_minute: u32) -> Result<()> {
        self.count_in(MINUTE, key, per_minute)
    }

    fn count_in(&self, window: Duration, key: Key, most: u32) -> Result<()> {
        let now = Instant::now();
        let mut counters = self.0.lock();
        counters.sweep(now);
        let rest = counters.rest.get(&key).copied();
        let rest = rest.filter(|rest| *rest > now).unwrap_or(now) + window / most;
        if rest.duration_since(now) > window {
            return Err(PasswordError::TooManyTries.into());
        }
        counters.rest.insert(key, rest);
        Ok(())
    }
}

impl Counters {
    fn sweep(&mut self, now: Instant) {
        let lately = self
            .swept
            .is_some_and(|at| now.duration_since(at) < Duration::from_secs(1));
        if self.rest.len() > KEPT && !lately {
            self.rest.retain(|_, rest| *rest > now);
            self.swept = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use types::ErrorCode;

    use super::*;

    fn address(n: u8) -> Option<IpAddr> {
        Some(IpAddr::from([203, 0, 113, n]))
    }

    fn tries(times: usize, mut one: impl FnMut(usize) -> Result<()>) -> usize {
        (0..times).filter(|i| one(*i).is_ok()).count()
    }

    #[test]
    fn s14_one_address_has_ten_tries_for_an_account_and_thirty_for_all() {
        let limits = RateLimits::default();
        let evil = address(7);
        assert_eq!(tries(15, |_| limits.password("ann", evil, None)), 10);
        let refused = limits.password("ann", evil, None).unwrap_err();
        assert_eq!(refused.code, ErrorCode::RateLimited);
        assert!(limits.password("ann", address(8), None).is_ok());
        let limits = RateLimits::default();
        let others = |i: usize| limits.password(&format!("u{i}"), evil, None);
        assert_eq!(tries(40, others), 30);
    }

    #[test]
    fn attack_refused_attempts_do_not_count_against_the_account() {
        let limits = RateLimits::default();
        // One IP address can use up only ten of the account's sixty attempts.
        tries(1_000, |_| limits.password("ann", address(7), None));
        for home in 1..6 {
            assert_eq!(
                tries(10, |_| limits.password("ann", address(home), None)),
                10
            );
        }
        // After sixty attempts from six IP addresses, unknown devices have to wait.
        assert!(limits.password("ann", address(9), None).is_err());
    }

    #[test]
    fn attack_a_device_that_signed_in_before_passes_whatever_others_try() {
        let limits = RateLimits::default();
        tries(2_000, |i| {
            limits.password("ann", address(u8::try_from(i % 200).unwrap()), None)
        });
        assert!(limits.password("ann", address(250), None).is_err());
        let device = Some([1; 16]);
        assert_eq!(
            tries(15, |_| limits.password("ann", address(251), device)),
            10
        );
        // Also behind an address that somebody else has used up.
        tries(100, |i| limits.password(&format!("u{i}"), address(9), None));
        assert!(limits.link(address(9)).is_err());
        assert!(limits.password("cy", address(9), Some([2; 16])).is_ok());
        // A device that one account knows is unknown to another.
        assert_eq!(
            tries(15, |_| limits.password("bob", address(252), None)),
            10
        );
    }

    #[test]
    fn s18_a_person_has_ten_codes_in_ten_minutes_and_their_known_devices_have_their_own() {
        let limits = RateLimits::default();
        let (ann, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(tries(50, |_| limits.code(ann, None)), 10);
        assert_eq!(tries(50, |_| limits.code(ann, Some([1; 16]))), 10);
        assert_eq!(tries(50, |_| limits.code(bob, None)), 10);
    }

    #[test]
    fn a_token_for_provisioning_has_its_requests_per_minute_and_others_have_theirs() {
        let limits = RateLimits::default();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let most = PROVISIONING as usize;
        // A few more become possible while the attempts are made.
        let accepted = tries(2 * most, |_| limits.provisioning(one));
        assert!((most..most + most / 2).contains(&accepted), "{accepted}");
        assert!(limits.provisioning(other).is_ok());
    }

    #[test]
    fn s25_one_address_signs_up_five_times_an_hour_and_keeps_nobody_else_from_it() {
        let limits = RateLimits::default();
        assert_eq!(tries(20, |_| limits.sign_up("ann", address(7))), 5);
        assert!(limits.sign_up("bob", address(7)).is_ok());
        assert!(limits.sign_up("ann", address(8)).is_ok());
    }

    #[test]
    fn attack_expired_counters_are_removed() {
        let limits = RateLimits::default();
        let past = Instant::now().checked_sub(MINUTE).unwrap();
        let mut counters = limits.0.lock();
        for i in 0..KEPT + 10 {
            counters.rest.insert(Key::Account(i.to_string()), past);
        }
        drop(counters);
        limits.link(address(1)).unwrap();
        assert!(limits.0.lock().rest.len() <= 1);
    }
}
