//! Hides the values of environment variables in stage errors.
//!
//! Every variable that a run reads is remembered, and its value is replaced by its name wherever an
//! error shows it. Values of fewer than six bytes are not replaced: they are settings rather than
//! secrets, and would match everywhere. Outputs and logs are not changed, because the pipeline
//! produced them deliberately.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;

use super::scope::Env;

/// The length of the shortest value that is replaced, in bytes.
const SHORTEST: usize = 6;

/// The length of the prefix that counts as a match, in bytes; messages show values shortened.
const BEGINNING: usize = 24;

/// The environment variables that a run has read.
#[derive(Default)]
pub(crate) struct Secrets {
    /// Values and the names of their variables.
    read: Mutex<BTreeMap<String, String>>,
}

impl Secrets {
    /// Wraps `env` so that every value it returns is remembered.
    pub fn watch(self: &Arc<Self>, env: Env) -> Env {
        let secrets = self.clone();
        Arc::new(move |name| {
            let value = env(name)?;
            if value.len() >= SHORTEST {
                let mut read = secrets.read.lock();
                if !read.contains_key(&value) {
                    read.insert(value.clone(), name.to_owned());
                }
            }
            Some(value)
        })
    }

    /// Replaces the values of variables in a text with their names.
    pub fn hide(&self, text: String) -> String {
        let read = self.read.lock();
        if read.is_empty() {
            return text;
        }
        let mut text = text;
        // Longest first, because one value may be part of another.
        let mut values: Vec<(&String, &String)> = read.iter().collect();
        values.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        for (value, name) in values {
            text = replaced(text, value, name);
            let quoted = serde_json::to_string(value).unwrap_or_default();
            let escaped = quoted.trim_matches('"');
            if escaped != value {
                text = replaced(text, escaped, name);
            }
        }
        text
    }
}

/// Replaces a value by its name, also where only a beginning of it is shown.
fn replaced(text: String, value: &str, name: &str) -> String {
    let mut end = value.len().min(BEGINNING);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    let beginning = &value[..end];
    let mut out = String::new();
    let mut rest = text.as_str();
    while !beginning.is_empty()
        && let Some(at) = rest.find(beginning)
    {
        let same = rest[at..].chars().zip(value.chars());
        let same = same.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8());
        out.push_str(&rest[..at]);
        out.push_str("‹env.");
        out.push_str(name);
        out.push('›');
        rest = &rest[at + same.sum::<usize>()..];
    }
    if out.is_empty() {
        return text;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_the_environment_is_shown_by_its_name_whole_cut_or_escaped() {
        let secrets = Arc::new(Secrets::default());
        let long = "sk-live-0123456789abcdef0123456789";
        let env = secrets.watch(Arc::new(move |name| match name {
            "KEY" => Some(long.to_owned()),
            "QUOTED" => Some("pass\"word".to_owned()),
            "ON" => Some("1".to_owned()),
            _ => None,
        }));
        assert_eq!(secrets.hide(format!("a {long}")), format!("a {long}"));
        for name in ["KEY", "QUOTED", "ON", "ABSENT"] {
            env(name);
        }
        for (message, shown) in [
            (format!("a {long}, {long}!"), "a ‹env.KEY›, ‹env.KEY›!"),
            (format!("cut: {}…", &long[..28]), "cut: ‹env.KEY›…"),
            (r#"is "pass\"word""#.to_owned(), "is \"‹env.QUOTED›\""),
            ("line 1".to_owned(), "line 1"),
        ] {
            assert_eq!(secrets.hide(message), shown);
        }
    }
}
