//! Removes the characters from names that names may no longer have.
//!
//! The rule is that of `domain::text::line` when the migration was added, because a migration must
//! not change with the program.

/// The name of something whose name had nothing visible.
const UNNAMED: &str = "Unnamed";

/// A name without control characters, characters that are invisible and those that change the
/// direction of text. `None` if it has none of them.
pub fn visible(name: &str) -> Option<String> {
    let mut chars: Vec<char> = name.trim().chars().collect();
    let before = chars.len();
    // What a joiner joins may change with each character that is removed.
    while let Some(at) = (0..chars.len()).find(|at| hidden(&chars, *at)) {
        chars.remove(at);
    }
    if chars.len() == before && before > 0 {
        return None;
    }
    let text: String = chars.into_iter().collect();
    Some(match text.trim() {
        "" => UNNAMED.to_owned(),
        text => text.to_owned(),
    })
}

fn hidden(chars: &[char], at: usize) -> bool {
    let seen = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(|c| !c.is_ascii() && !invisible(*c))
    };
    let c = chars[at];
    match c {
        // Some scripts and emoji need joiners.
        '\u{200c}' | '\u{200d}' => !(seen(at.checked_sub(1)) && seen(Some(at + 1))),
        '\u{2028}' | '\u{2029}' => true,
        _ => c.is_control() || invisible(c) || leaves_no_mark(c),
    }
}

const fn invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
    )
}

const fn leaves_no_mark(c: char) -> bool {
    matches!(
        c,
        '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_removed_and_what_scripts_need_stays() {
        for (name, clean) in [
            ("a\u{202e}b", "ab"),
            ("\u{feff}Report \u{200b}", "Report"),
            ("two\nlines\u{0}", "twolines"),
            ("a\u{2028}b", "ab"),
            ("a\u{200d}b", "ab"),
            ("é\u{202e}\u{200d}x", "éx"),
            ("\u{3164}\u{200b}", UNNAMED),
            ("\u{e0041}", UNNAMED),
            ("", UNNAMED),
        ] {
            let found = visible(name);
            assert_eq!(found.as_deref(), Some(clean), "{name:?}");
            assert_eq!(visible(clean), None, "{name:?}");
        }
        for fine in [
            "Ärger & Söhne",
            "می\u{200c}خواهم",
            "👩\u{200d}🚀",
            "報告\u{3000}一",
            "a\u{a0}b",
        ] {
            assert_eq!(visible(fine), None, "{fine}");
        }
    }
}
