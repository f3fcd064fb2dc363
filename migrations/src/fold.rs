//! Folds text for search, so that case, accents and variants of a letter do not matter.
//!
//! A copy of `types::fold` as it was when the folded columns were added, because a migration must
//! not change with the program. A test in `tests` checks whether they are still the same.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The folded form of a text: decomposed by compatibility (NFKD), without combining marks, in lower
/// case, and with letters that have no decomposition replaced by plain ones.
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
            // The lowercase form of a letter with a dot above keeps the dot as a combining mark.
            c if is_combining_mark(c) => {}
            c => out.push(c),
        }
    }
    out
}
