//! How often secrets that people can guess may be tried, in this process.
//!
//! Each try is counted for the address that it comes from, for that address and account together,
//! and, from devices that never signed the account in, for the account alone. A limit that refuses
//! a try ends it: what is refused counts nowhere else, so that one address cannot use up an account.
//! A device that signed the account in before has tries of its own, so that nobody can lock a person
//! out of where they usually are.

use std::{
    collections::HashMap,
    net::IpAddr,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use uuid::Uuid;

use super::PasswordError;
use crate::error::Result;

/// Tries of one address per minute, whatever the account.
const PER_ADDRESS: u32 = 30;
/// Tries of one address, or of one device, for one account per minute.
const PER_PAIR: u32 = 10;
/// Tries for one account from all devices that it does not know, per minute.
const PER_ACCOUNT: u32 = 60;
/// Tries of one session to give its person's current password, per minute.
const PER_SESSION: u32 = 10;

const MINUTE: Duration = Duration::from_secs(60);

/// Above this many counters the ones that are at rest are forgotten.
const KEPT: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Address(Option<IpAddr>),
    Pair(String, Option<IpAddr>),
    Device(String, [u8; 16]),
    Account(String),
    Session(Uuid),
}

/// The counters.
#[derive(Default)]
pub struct Guessing(Mutex<Counters>);

#[derive(Default)]
struct Counters {
    /// When each counter is at rest again.
    rest: HashMap<Key, Instant>,
    swept: Option<Instant>,
}

impl Guessing {
    /// A try to sign in without an account: by a link.
    pub fn link(&self, address: Option<IpAddr>) -> Result<()> {
        self.count(Key::Address(address), PER_ADDRESS)
    }

    /// A try to sign in to an account, from an address and perhaps from a device that it knows.
    pub fn password(
        &self,
        account: &str,
        address: Option<IpAddr>,
        device: Option<[u8; 16]>,
    ) -> Result<()> {
        // Longer ones belong to nobody.
        let account: String = account.chars().take(320).collect();
        self.count(Key::Address(address), PER_ADDRESS)?;
        if let Some(device) = device {
            return self.count(Key::Device(account, device), PER_PAIR);
        }
        self.count(Key::Pair(account.clone(), address), PER_PAIR)?;
        self.count(Key::Account(account), PER_ACCOUNT)
    }

    /// A try to give the current password, by somebody who is signed in.
    pub fn current(&self, session: Uuid) -> Result<()> {
        self.count(Key::Session(session), PER_SESSION)
    }

    /// Counts one try, unless it is one too many.
    fn count(&self, key: Key, per_minute: u32) -> Result<()> {
        let now = Instant::now();
        let mut counters = self.0.lock();
        counters.sweep(now);
        let rest = counters.rest.get(&key).copied();
        let rest = rest.filter(|rest| *rest > now).unwrap_or(now) + MINUTE / per_minute;
        if rest.duration_since(now) > MINUTE {
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
        let limits = Guessing::default();
        let evil = address(7);
        assert_eq!(tries(15, |_| limits.password("ann", evil, None)), 10);
        let refused = limits.password("ann", evil, None).unwrap_err();
        assert_eq!(refused.code, ErrorCode::RateLimited);
        assert!(limits.password("ann", address(8), None).is_ok());
        let limits = Guessing::default();
        let others = |i: usize| limits.password(&format!("u{i}"), evil, None);
        assert_eq!(tries(40, others), 30);
    }

    #[test]
    fn attack_tries_that_are_refused_do_not_count_against_the_account() {
        let limits = Guessing::default();
        // One address may use up ten of the account's sixty, however often it tries.
        tries(1_000, |_| limits.password("ann", address(7), None));
        for home in 1..6 {
            assert_eq!(
                tries(10, |_| limits.password("ann", address(home), None)),
                10
            );
        }
        // Now sixty from six addresses: strangers have to wait.
        assert!(limits.password("ann", address(9), None).is_err());
    }

    #[test]
    fn attack_a_device_that_signed_in_before_passes_whatever_others_try() {
        let limits = Guessing::default();
        tries(2_000, |i| {
            limits.password("ann", address(u8::try_from(i % 200).unwrap()), None)
        });
        assert!(limits.password("ann", address(250), None).is_err());
        let device = Some([1; 16]);
        assert_eq!(
            tries(15, |_| limits.password("ann", address(251), device)),
            10
        );
        // Known to one account is not known to another.
        assert_eq!(
            tries(15, |_| limits.password("bob", address(252), None)),
            10
        );
    }

    #[test]
    fn attack_counters_at_rest_are_forgotten() {
        let limits = Guessing::default();
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
