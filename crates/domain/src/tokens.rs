//! Token counts as stored in the table of runs, where null means that the count is unknown.

/// Converts a count into its stored form. Counts over `i64::MAX` become `i64::MAX`.
pub(crate) fn stored(count: Option<u64>) -> Option<i64> {
    count.map(|count| i64::try_from(count).unwrap_or(i64::MAX))
}

/// Converts a stored count back. A negative one is treated as unknown.
pub(crate) fn read(stored: Option<i64>) -> Option<u64> {
    stored.and_then(|count| u64::try_from(count).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_count_is_read_back_as_unknown() {
        for count in [None, Some(0), Some(7), Some(i64::MAX as u64)] {
            assert_eq!(read(stored(count)), count);
        }
        assert_eq!(stored(Some(u64::MAX)), Some(i64::MAX));
        assert_eq!(read(Some(-1)), None);
    }
}
