//! Counts of tokens as the table of runs holds them. Its columns take no null, so -1 stands for a
//! count that is not known.

/// As it is stored.
pub(crate) fn stored(count: Option<u64>) -> i64 {
    count.map_or(-1, |count| i64::try_from(count).unwrap_or(i64::MAX))
}

/// As it is meant.
pub(crate) fn read(stored: i64) -> Option<u64> {
    u64::try_from(stored).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_count_comes_back_unknown_and_none_is_no_count() {
        for count in [None, Some(0), Some(7), Some(i64::MAX as u64)] {
            assert_eq!(read(stored(count)), count);
        }
        assert_eq!(stored(Some(u64::MAX)), i64::MAX);
    }
}
