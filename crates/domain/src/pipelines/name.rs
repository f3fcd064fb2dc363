//! A pipeline's name: where it comes from, and how to distinguish pipelines with the same name.

use types::PipelineId;

/// Where a pipeline's name comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFrom {
    /// From `name` in the latest version's file; it changes with the file.
    Document,
    /// A user set it; the file does not change it.
    Given,
}

impl NameFrom {
    /// The stored form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Given => "given",
        }
    }

    /// Parses the stored form. The table contains no other values.
    pub fn parse(word: &str) -> Self {
        match word {
            "document" => Self::Document,
            _ => Self::Given,
        }
    }
}

/// The length of a short id in characters, which hold 40 random bits.
const SHORT: usize = 8;

/// The maximum length, in characters, of the name in a slug, before the short id.
const MAX_LENGTH: usize = 40;

/// The end of an id, which consists of random bits: short, and practically unique in an
/// organization. Distinguishes pipelines with the same name.
pub fn short_id(id: PipelineId) -> String {
    let text = id.to_string();
    text[text.len() - SHORT..].to_owned()
}

/// A name for use in a URL or a file name: lower-case letters, digits and hyphens, with the short
/// id at the end.
pub fn slug(name: &str, id: PipelineId) -> String {
    let mut out = String::new();
    for c in types::fold(name).chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.len() == MAX_LENGTH {
            break;
        }
    }
    let name = out.trim_end_matches('-');
    let name = if name.is_empty() { "pipeline" } else { name };
    format!("{name}-{}", short_id(id))
}

#[cfg(test)]
mod tests {
    use types::Clock;

    use super::*;

    #[test]
    fn two_pipelines_with_one_name_have_different_slugs_that_are_safe_in_a_url() {
        let clock = Clock::system();
        let (a, b) = (PipelineId::new(&clock), PipelineId::new(&clock));
        for (name, expected) in [
            ("Übersicht  Straße!", "ubersicht-strasse-"),
            ("Привет", "pipeline-"),
            ("--- 1 ---", "1-"),
        ] {
            let (first, second) = (slug(name, a), slug(name, b));
            assert_ne!(first, second);
            assert_eq!(first, format!("{expected}{}", short_id(a)));
        }
        assert!(slug(&"x y".repeat(200), a).len() <= MAX_LENGTH + 1 + SHORT);
    }
}
