//! Money in millionths of a US dollar.
//!
//! Integers only, so sums are exact. Callers use `None` for an unknown price, never zero.

use std::{fmt, ops::Add};

use serde::{Deserialize, Serialize};

/// An amount in millionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub i64);

impl Money {
    /// The price of `units` at `per_million` for a million units, rounded to the nearest millionth
    /// of a dollar.
    pub fn for_units(units: u64, per_million: Money) -> Self {
        let exact = i128::from(units) * i128::from(per_million.0);
        Self(i64::try_from((exact + 500_000) / 1_000_000).unwrap_or(i64::MAX))
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let micros = self.0.unsigned_abs();
        write!(f, "{sign}${}.{:06}", micros / 1_000_000, micros % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_rounded_to_the_nearest_millionth() {
        assert_eq!(Money::for_units(1_000, Money(3_000_000)), Money(3_000));
        assert_eq!(Money::for_units(1, Money(400_000)), Money(0));
        assert_eq!(Money::for_units(1, Money(600_000)), Money(1));
        assert_eq!(Money(41_000).to_string(), "$0.041000");
    }
}
