//! Detects homograph names, which look like other names: those that mix Latin letters with similar
//! scripts, and those with only letters of another script that look Latin.
//!
//! Other names of one script (`münchen.example`, `пример.example`) are allowed.

/// Cyrillic and Greek letters that look like Latin ones.
const LATIN_LIKE: &str = "асԁеһіјӏорԛѕԝхуαενορτυχικ";

/// Whether a host name, in its ASCII form, looks like another name.
pub(super) fn is_lookalike(host: &str) -> bool {
    if !host.split('.').any(|label| label.starts_with("xn--")) {
        return false;
    }
    let unicode = url::quirks::domain_to_unicode(host);
    // A label that cannot be decoded is treated as a look-alike.
    unicode.is_empty() || unicode.split('.').any(label_is_lookalike)
}

fn label_is_lookalike(label: &str) -> bool {
    if label.starts_with("xn--") {
        return true;
    }
    let letters: Vec<char> = label.chars().filter(|c| c.is_alphabetic()).collect();
    let latin = letters.iter().any(|c| is_latin(*c));
    let foreign: Vec<char> = letters.into_iter().filter(|c| !is_latin(*c)).collect();
    if foreign.is_empty() {
        return false;
    }
    // Japanese, Chinese and Korean names legitimately mix with Latin letters.
    let confusable =
        |c: &char| ('\u{370}'..='\u{58f}').contains(c) || ('\u{13a0}'..='\u{13ff}').contains(c);
    (latin && foreign.iter().any(confusable)) || foreign.iter().all(|c| LATIN_LIKE.contains(*c))
}

fn is_latin(c: char) -> bool {
    c.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&c) || ('\u{1e00}'..='\u{1eff}').contains(&c)
}
