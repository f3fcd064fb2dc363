//! Tests of letters.

use super::*;

#[test]
fn the_first_known_language_of_the_header_is_chosen() {
    for (header, language) in [
        ("de-AT,de;q=0.9,en;q=0.8", Language::German),
        ("fr, DE;q=0.5", Language::German),
        ("fr-CA, en-US;q=0.5, de;q=0.1", Language::English),
        ("", Language::English),
        ("*;q=,;;--", Language::English),
    ] {
        assert_eq!(Language::accepted(header), language, "{header}");
    }
}

#[test]
fn a_letter_reads_back_from_its_stored_form() {
    for letter in samples() {
        let stored = serde_json::to_string(&letter).unwrap();
        assert_eq!(serde_json::from_str::<Letter>(&stored).unwrap(), letter);
        assert!(stored.contains(letter.kind()));
    }
}
