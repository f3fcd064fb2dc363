//! Builds prompts and parses answers.

use serde_json::Value as Json;

/// A prompt made of titled parts; empty parts are left out.
#[derive(Default)]
pub(super) struct Prompt(String);

impl Prompt {
    pub fn line(mut self, text: &str) -> Self {
        self.0.push_str(text);
        self.0.push('\n');
        self
    }

    pub fn part(mut self, title: &str, text: &str) -> Self {
        if !text.trim().is_empty() {
            self.0
                .push_str(&format!("\n{title}:\n{}\n", text.trim_end()));
        }
        self
    }

    pub fn list(self, title: &str, items: &[String]) -> Self {
        match items {
            // A single text is often a list that was written by hand.
            [one] => self.part(title, one),
            many => {
                let text: String = many.iter().map(|i| format!("- {i}\n")).collect();
                self.part(title, &text)
            }
        }
    }

    pub fn done(self) -> String {
        self.0
    }
}

/// The first of these fields that is present and not null.
pub(super) fn field<'a>(json: &'a Json, names: &[&str]) -> Option<&'a Json> {
    names
        .iter()
        .find_map(|name| json.get(name))
        .filter(|v| !v.is_null())
}

/// A field as text.
pub(super) fn text(json: &Json, names: &[&str]) -> Option<String> {
    match field(json, names)? {
        Json::String(s) => Some(s.clone()),
        Json::Array(items) => {
            let lines: Vec<_> = items.iter().filter_map(Json::as_str).collect();
            (lines.len() == items.len()).then(|| lines.join("\n"))
        }
        Json::Object(_) => None,
        other => Some(other.to_string()),
    }
}

/// A field as a list of texts.
pub(super) fn texts(json: &Json, names: &[&str]) -> Vec<String> {
    match field(json, names) {
        Some(Json::String(s)) => vec![s.clone()],
        Some(Json::Array(items)) => items
            .iter()
            .map(|item| {
                item.as_str()
                    .map_or_else(|| item.to_string(), str::to_owned)
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A field as a number. Text such as `"8/10"` and `"80%"` gives its first number.
pub(super) fn number(json: &Json, names: &[&str]) -> Option<f64> {
    match field(json, names)? {
        Json::Number(n) => n.as_f64(),
        Json::String(s) => {
            let digits = s.trim().split(['/', '%', ' ']).next()?;
            digits.parse().ok().filter(|f: &f64| f.is_finite())
        }
        _ => None,
    }
}

/// Splits an answer at the last marker line (`CHANGES:`) into the text before it and the points
/// after it.
pub(super) fn tail(answer: &str, marker: &str) -> (String, Vec<String>) {
    let is_marker = |line: &str| {
        line.trim()
            .trim_matches(['*', '#', ' '])
            .trim_end_matches(['*', ' '])
            == marker
    };
    let lines: Vec<&str> = answer.lines().collect();
    let Some(at) = lines.iter().rposition(|line| is_marker(line)) else {
        return (answer.trim().to_owned(), Vec::new());
    };
    let points = lines[at + 1..]
        .iter()
        .map(|line| line.trim().trim_start_matches(['-', '*', '•', ' ']).trim())
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    let text = lines[..at].join("\n");
    (
        text.trim().trim_end_matches("---").trim_end().to_owned(),
        points,
    )
}
