//! Secrets in a text that is not read as JSON, by the names that stand before them.

use super::{Secret, is_random, is_secret_name};

/// Random values after the name of a field that holds a secret and a `:` or `=`, with or without quotes.
pub(super) fn values(text: &str, out: &mut Vec<Secret>) {
    let is_quote = |c: char| matches!(c, '"' | '\'' | '`' | '\\');
    for (at, _) in text.match_indices([':', '=']) {
        let before = text.get(..at).unwrap_or_default();
        let before = before
            .trim_end_matches([' ', '\t'])
            .trim_end_matches(is_quote);
        let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let start = before.trim_end_matches(in_name).len();
        if !before.get(start..).is_some_and(is_secret_name) {
            continue;
        }
        let after = text.get(at + 1..).unwrap_or_default();
        let open = after.trim_start_matches([' ', '\t']);
        let value = open.trim_start_matches(is_quote);
        let quoted = value.len() < open.len();
        // A longer one counts as no secret.
        let ends = |byte: u8| match quoted {
            true => matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'\n'),
            false => {
                byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'&' | b'"' | b'\'')
            }
        };
        let end = value.bytes().take(513).position(ends);
        let end = end.unwrap_or(value.len().min(513));
        if value.get(..end).is_some_and(|value| is_random(value, 8)) {
            let start = text.len() - value.len();
            out.push(Secret {
                what: "what looks like a secret".to_owned(),
                start,
                end: start + end,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::masked_with_names;

    const RANDOM: &str = "hT7kQ2pX9sWmZ4";

    #[test]
    fn a_random_value_after_the_name_of_a_secret_is_stars_in_any_text() {
        for text in [
            format!(r#"{{"db": {{"password": "{RANDOM}", "user": "app""#),
            format!(r#"{{\"password\": \"{RANDOM}\"}}"#),
            format!("DB_PASSWORD={RANDOM}\nREGION=eu"),
            format!("export API_KEY='{RANDOM}'"),
            format!("api-key: {RANDOM}, region: eu"),
            format!("error: token = `{RANDOM}` was refused"),
        ] {
            let shown = masked_with_names(&text);
            assert!(!shown.contains(RANDOM), "{shown}");
            assert_eq!(shown, text.replace(RANDOM, &"*".repeat(RANDOM.len())));
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in [
            format!("region={RANDOM}"),
            "token: {{env.API_KEY2}}".to_owned(),
            "\"password\": \"the same as before\"".to_owned(),
            "password=".to_owned(),
            ":=é=:token=é".to_owned(),
        ] {
            assert_eq!(masked_with_names(&text), text);
        }
        let long = format!("token={}", RANDOM.repeat(50_000));
        assert_eq!(masked_with_names(&long), long);
    }
}
