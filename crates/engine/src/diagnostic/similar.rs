//! "Did you mean …": the nearest of the names that exist.

/// The name most like `name`, if one is near enough to be meant.
pub(crate) fn similar<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.is_empty() || name.len() > 64 {
        return None;
    }
    let wanted = plain(name);
    let allowed = (wanted.chars().count() / 3).max(1);
    names
        .into_iter()
        // An edit changes the length by one at most, so most names are ruled out at once.
        .filter(|candidate| candidate.len() <= 256)
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= 4 * allowed)
        .filter_map(|candidate| {
            let distance = strsim::osa_distance(&wanted, &plain(candidate));
            (distance <= allowed).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// As [`similar`], as a question.
pub fn did_you_mean<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    similar(name, names).map(|found| format!("did you mean `{}`?", found.escape_debug()))
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

/// At most 80 characters of a value, without control characters, for messages.
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
