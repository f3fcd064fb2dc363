//! "Did you mean": the nearest of the known names.

/// The known name that is near enough to be what was meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.chars().take(64).collect();
    let limit = (wanted.len() / 3).max(1);
    known
        .into_iter()
        .filter(|k| *k != name && k.len().abs_diff(name.len()) <= limit * 4)
        .map(|k| (distance(&wanted, k), k))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, k)| k)
}

/// As a sentence for an error.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|k| format!("did you mean `{k}`?"))
}

/// Insertions, deletions, replacements and swaps of neighbours; `-` and `_` count as equal and
/// differences in case are free.
fn distance(wanted: &[char], known: &str) -> usize {
    let known: Vec<char> = known.chars().take(64).collect();
    let same = |a: char, b: char| {
        let fold = |c: char| {
            if c == '-' {
                '_'
            } else {
                c.to_ascii_lowercase()
            }
        };
        fold(a) == fold(b)
    };
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=known.len()).collect();
    for (i, a) in wanted.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in known.iter().enumerate() {
            let mut best = (row[j] + usize::from(!same(*a, *b)))
                .min(row[j + 1] + 1)
                .min(next[j] + 1);
            if i > 0 && j > 0 && same(*a, known[j - 1]) && same(wanted[i - 1], *b) {
                best = best.min(before[j - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_and_a_far_one_is_not() {
        let known = ["fetch-data", "critic", "len", "generator"];
        assert_eq!(nearest("fetch-dta", known), Some("fetch-data"));
        assert_eq!(nearest("fetch_data", known), Some("fetch-data"));
        assert_eq!(nearest("genrator", known), Some("generator"));
        assert_eq!(nearest("lne", known), Some("len"));
        assert_eq!(nearest("weather", known), None);
        assert_eq!(nearest("len", ["len"]), None);
    }
}
