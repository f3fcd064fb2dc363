//! A pipeline's name: where it comes from, and how two of one name are told apart.

use types::PipelineId;

/// Where a pipeline's name comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFrom {
    /// It is the `name` in the latest version's file, and changes with it.
    Document,
    /// Somebody typed it; what the file says does not change it.
    Given,
}

impl NameFrom {
    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Given => "given",
        }
    }

    /// The value of a word. The table has only the two.
    pub fn parse(word: &str) -> Self {
        match word {
            "document" => Self::Document,
            _ => Self::Given,
        }
    }
}

/// Characters of a short id: 40 random bits.
const SHORT: usize = 8;

/// Characters of a name in a slug, before the short id.
const LONGEST: usize = 40;

/// The end of an id, where its random bits are: short, and as good as unique in an organization.
/// Tells pipelines of one name apart.
pub fn short_id(id: PipelineId) -> String {
    let text = id.to_string();
    text[text.len() - SHORT..].to_owned()
}

/// A name for an address or a file: small letters, digits and hyphens, with the short id at the
/// end.
pub fn slug(name: &str, id: PipelineId) -> String {
    let mut out = String::new();
    for c in types::fold(name).chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.len() == LONGEST {
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
    fn two_pipelines_of_one_name_have_two_slugs_that_can_stand_in_an_address() {
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
        assert!(slug(&"x y".repeat(200), a).len() <= LONGEST + 1 + SHORT);
    }
}
