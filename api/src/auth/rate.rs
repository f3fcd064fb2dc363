//! How often sign-in may be tried, in this process: per address, and per account and address.
//!
//! An account alone has a wide limit of its own, so that a stranger can slow guessing down but
//! not lock its owner out from another address.

use std::{net::IpAddr, num::NonZeroU32};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use types::ErrorCode;

use crate::error::ApiError;

/// Tries of one address per minute.
pub const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(30).unwrap();
/// Tries of one address for one account per minute.
pub const PER_PAIR: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// Tries for one account from everywhere per minute.
pub const PER_ACCOUNT: NonZeroU32 = NonZeroU32::new(60).unwrap();
/// Above this many keys the ones that are at rest are forgotten.
const KEPT: usize = 10_000;

/// The counters.
pub struct SignInLimits {
    address: DefaultKeyedRateLimiter<String>,
    pair: DefaultKeyedRateLimiter<(String, String)>,
    account: DefaultKeyedRateLimiter<String>,
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            address: RateLimiter::keyed(Quota::per_minute(PER_ADDRESS)),
            pair: RateLimiter::keyed(Quota::per_minute(PER_PAIR)),
            account: RateLimiter::keyed(Quota::per_minute(PER_ACCOUNT)),
        }
    }
}

impl SignInLimits {
    /// Counts one try; refuses it when there were too many.
    pub fn take(&self, from: Option<IpAddr>, account: Option<&str>) -> Result<(), ApiError> {
        self.forget();
        let address = from.map_or_else(String::new, bucket);
        let mut allowed = self.address.check_key(&address).is_ok();
        if let Some(account) = account {
            let account: String = account.trim().to_lowercase().chars().take(320).collect();
            allowed &= self.pair.check_key(&(account.clone(), address)).is_ok();
            allowed &= self.account.check_key(&account).is_ok();
        }
        if allowed {
            return Ok(());
        }
        Err(ApiError::new(
            ErrorCode::RateLimited,
            "too many attempts to sign in; wait a minute and try again",
        ))
    }

    fn forget(&self) {
        if self.address.len() + self.pair.len() + self.account.len() > KEPT {
            self.address.retain_recent();
            self.pair.retain_recent();
            self.account.retain_recent();
        }
    }
}

/// The part of an address that one person holds: a whole IPv4 address, the /64 of an IPv6 one.
fn bucket(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s14_ten_tries_for_one_account_pass_and_the_owner_elsewhere_still_gets_in() {
        let limits = SignInLimits::default();
        let evil: IpAddr = "203.0.113.7".parse().unwrap();
        for _ in 0..10 {
            assert!(limits.take(Some(evil), Some("ann@a.example")).is_ok());
        }
        let refused = limits.take(Some(evil), Some("Ann@A.example ")).unwrap_err();
        assert_eq!(refused.code, ErrorCode::RateLimited);
        let home: IpAddr = "198.51.100.1".parse().unwrap();
        assert!(limits.take(Some(home), Some("ann@a.example")).is_ok());
    }

    #[test]
    fn s14_one_address_is_slowed_whatever_the_account() {
        let limits = SignInLimits::default();
        let tries = (0..31)
            .filter(|i| {
                let address: IpAddr = format!("2001:db8::{i}").parse().unwrap();
                limits
                    .take(Some(address), Some(&format!("u{i}@a.example")))
                    .is_ok()
            })
            .count();
        assert_eq!(tries, 30);
    }
}
