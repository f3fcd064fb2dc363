//! The TXT record with which an organization proves a domain.

use super::LABEL;

/// What the value begins with, so that people recognize it among others.
const PREFIX: &str = "flowmason-domain-verification=";

/// The name of the record: a label of its own below the domain, where a record can stand even if
/// the domain itself is an alias.
pub fn name(domain: &str) -> String {
    format!("{LABEL}.{domain}")
}

/// The value of the record.
pub fn value(token: &str) -> String {
    format!("{PREFIX}{token}")
}

/// Whether the record is among those of the name. Blanks and quotes around a value are ignored,
/// because some providers' forms add them.
pub fn is_among(token: &str, texts: &[String]) -> bool {
    let value = value(token);
    let bare = |text: &String| text.trim().trim_matches('"').trim().eq(value.as_str());
    texts.iter().any(bare)
}
