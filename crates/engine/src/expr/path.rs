//! Paths with fields that have hyphens in their names, as in headers and forms.

const ROOTS: [&str; 4] = ["input", "upstream", "context", "env"];

/// Rewrites `input.first-name` to `input['first-name']` if the whole text is such a path. `None`
/// for a subtraction of a number (`input.count-1`) or of another path.
pub(super) fn with_hyphens(text: &str) -> Option<String> {
    let text = text.trim();
    let mut fields = text.split('.');
    let root = fields.next().filter(|root| ROOTS.contains(root))?;
    if !text.contains('-') {
        return None;
    }
    let mut out = root.to_owned();
    for field in fields {
        if !field.contains('-') {
            let name = |c: char| c.is_alphanumeric() || c == '_';
            if field.is_empty() || !field.chars().all(name) {
                return None;
            }
            out.push('.');
            out.push_str(field);
            continue;
        }
        let is_name = |part: &str| {
            part.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_alphanumeric() || c == '_')
                && !ROOTS.contains(&part)
        };
        if !field.split('-').all(is_name) {
            return None;
        }
        out.push_str(&format!("['{field}']"));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::with_hyphens;

    #[test]
    fn a_whole_path_may_have_hyphens_and_a_difference_stays_one() {
        let shown = |text| with_hyphens(text);
        assert_eq!(
            shown("input.first-name").as_deref(),
            Some("input['first-name']")
        );
        assert_eq!(
            shown(" upstream.get.headers.content-type ").as_deref(),
            Some("upstream.get.headers['content-type']")
        );
        for text in [
            "input.count-1",
            "input.a-input.b",
            "input.a - b",
            "a.b-c",
            "input.a",
            "input.-a",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
