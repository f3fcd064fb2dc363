//! The overlap of a rotation: how long the secret before it is accepted beside the new one.

use chrono::Duration;

use crate::error::{AppError, Result};

/// The overlap, unless the caller says otherwise.
const USUAL: Duration = Duration::days(1);
/// The longest overlap.
const LONGEST: Duration = Duration::days(30);

/// The overlap that the caller chose, or the usual one. Zero ends the old secret at once.
///
/// # Errors
/// `INVALID_INPUT` for a negative or too long one.
pub fn chosen(overlap: Option<Duration>) -> Result<Duration> {
    let overlap = overlap.unwrap_or(USUAL);
    if overlap < Duration::zero() || overlap > LONGEST {
        return Err(AppError::invalid(
            "overlapSeconds",
            format!(
                "is {}; at least 0 and at most {} ({} days) are allowed",
                overlap.num_seconds(),
                LONGEST.num_seconds(),
                LONGEST.num_days()
            ),
        ));
    }
    Ok(overlap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlap_is_a_day_unless_another_one_of_up_to_thirty_days_is_chosen() {
        assert_eq!(chosen(None).unwrap(), Duration::days(1));
        for allowed in [Duration::zero(), Duration::days(30)] {
            assert_eq!(chosen(Some(allowed)).unwrap(), allowed);
        }
        for refused in [Duration::seconds(-1), Duration::seconds(30 * 86_400 + 1)] {
            let refused = chosen(Some(refused)).unwrap_err();
            assert!(
                refused.message.starts_with("overlapSeconds: "),
                "{refused:?}"
            );
        }
    }
}
