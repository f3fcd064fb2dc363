//! Counts of tokens as the table of runs holds them: null stands for a count that is not known.

/// As it is stored.
pub(crate) fn stored(count: Option<u64>) -> Option<i64> {
    count.map(|count| i64::try_from(count).unwrap_or(i64::MAX))
}

/// As it is meant.
pub(crate) fn read(stored: Option<i64>) -> Option<u64> {
    stored.and_then(|count| u64::try_from(count).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_count_comes_back_unknown_and_none_is_no_count() {
        for count in [None, Some(0), Some(7), Some(i64::MAX as u64)] {
            assert_eq!(read(stored(count)), count);
        }
        assert_eq!(stored(Some(u64::MAX)), Some(i64::MAX));
        assert_eq!(read(Some(-1)), None);
    }
}
