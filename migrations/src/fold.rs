//! Text as search compares it: without case, accents and forms of the same letter.
//!
//! A copy of `types::fold` as it was when the folded columns came: a migration must not change when
//! the program does. A test in `tests` says whether they are still the same.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The folded form of a text: compatibility forms taken apart, marks left out, in lower case, with
/// the letters that no decomposition reaches written as their plain ones.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c));
    for c in plain.flat_map(char::to_lowercase) {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ħ' => out.push('h'),
            'ŧ' => out.push('t'),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            // Lower case of a letter with a dot above keeps the dot as a mark.
            c if is_combining_mark(c) => {}
            c => out.push(c),
        }
    }
    out
}
