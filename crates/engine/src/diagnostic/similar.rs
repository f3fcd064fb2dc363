//! "Did you mean …": finds the most similar known name.

use std::cell::Cell;

/// The most names compared for all suggestions of one check.
const MOST_COMPARED: usize = 50_000;

thread_local! {
    /// How many names the current check may still compare. `None` outside a check: then each
    /// suggestion has its own budget.
    static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// While it lives, all suggestions on this thread share one budget. Otherwise a file with very many
/// typos would compare each with very many names. Once the budget is used up, findings have no
/// suggestion.
#[must_use]
pub(crate) struct Suggestions(Option<usize>);

impl Suggestions {
    /// Starts a check with a full budget.
    pub fn of_one_check() -> Self {
        Self(LEFT.replace(Some(MOST_COMPARED)))
    }
}

impl Drop for Suggestions {
    fn drop(&mut self) {
        LEFT.set(self.0);
    }
}

/// The name most similar to `name`, if it is similar enough.
pub(crate) fn similar<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.is_empty() || name.len() > 64 {
        return None;
    }
    let wanted = plain(name);
    let allowed = (wanted.chars().count() / 3).max(1);
    let shared = LEFT.get();
    let mut left = shared.unwrap_or(MOST_COMPARED);
    let found = names
        .into_iter()
        .take_while(|_| {
            let goes_on = left > 0;
            left = left.saturating_sub(1);
            goes_on
        })
        // One edit changes the length by at most one character, so most names are ruled out early.
        .filter(|candidate| candidate.len() <= 256 && *candidate != name)
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= 4 * allowed)
        .filter_map(|candidate| {
            let distance = strsim::osa_distance(&wanted, &plain(candidate));
            (distance <= allowed).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate);
    LEFT.set(shared.map(|_| left));
    found
}

/// The result of [`similar`], as a question.
pub fn did_you_mean<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    similar(name, names).map(|found| format!("did you mean `{}`?", found.escape_debug()))
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

/// At most 80 characters of a value, with control characters escaped, for messages.
pub(crate) fn shown(value: &str) -> String {
    let cut: String = value.chars().take(80).collect();
    let mut out: String = cut.escape_debug().collect();
    // Quotes need no escape between backticks.
    out = out.replace("\\\"", "\"").replace("\\'", "'");
    if cut.len() < value.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_and_a_far_one_is_not() {
        let known = ["fetch-data", "critic", "len", "generator"];
        assert_eq!(similar("fetch-dta", known), Some("fetch-data"));
        assert_eq!(similar("fetch_data", known), Some("fetch-data"));
        assert_eq!(similar("genrator", known), Some("generator"));
        assert_eq!(similar("lne", known), Some("len"));
        assert_eq!(similar("weather", known), None);
        assert_eq!(similar("len", ["len"]), None);
    }

    #[test]
    fn suggestions_share_a_budget_and_leave_that_of_others_alone() {
        let many = || std::iter::repeat_n("fetch-data", MOST_COMPARED);
        {
            let _outer = Suggestions::of_one_check();
            assert_eq!(similar("fetch-dta", many()), Some("fetch-data"));
            assert_eq!(similar("fetch-dta", many()), None);
            {
                let _inner = Suggestions::of_one_check();
                assert_eq!(similar("fetch-dta", many()), Some("fetch-data"));
            }
            assert_eq!(similar("fetch-dta", many()), None);
        }
        let _next = Suggestions::of_one_check();
        assert_eq!(similar("fetch-dta", many()), Some("fetch-data"));
    }
}
