//! Finds invisible characters in names and values, and names them by their code point.

/// Whether a character is invisible: a byte order mark, a zero-width character, a direction mark or
/// a soft hyphen. For whitespace, see [`odd_blank`].
pub fn is_invisible(c: char) -> bool {
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

/// Whether a character is whitespace or a control character other than a plain space (a no-break
/// space, a tab …).
pub fn odd_blank(c: char) -> bool {
    c != ' ' && (c.is_whitespace() || c.is_control())
}

/// The code point of a character, with its name if it is a common one: `U+200B ZERO WIDTH SPACE`.
pub fn code_point(c: char) -> String {
    let name = match c {
        '\t' => " TAB",
        '\n' => " LINE FEED",
        '\r' => " CARRIAGE RETURN",
        '\u{a0}' => " NO-BREAK SPACE",
        '\u{ad}' => " SOFT HYPHEN",
        '\u{200b}' => " ZERO WIDTH SPACE",
        '\u{200c}' => " ZERO WIDTH NON-JOINER",
        '\u{200d}' => " ZERO WIDTH JOINER",
        '\u{200e}' => " LEFT-TO-RIGHT MARK",
        '\u{200f}' => " RIGHT-TO-LEFT MARK",
        '\u{2007}' => " FIGURE SPACE",
        '\u{2009}' => " THIN SPACE",
        '\u{202f}' => " NARROW NO-BREAK SPACE",
        '\u{2060}' => " WORD JOINER",
        '\u{3000}' => " IDEOGRAPHIC SPACE",
        '\u{feff}' => " BYTE ORDER MARK",
        _ => "",
    };
    format!("U+{:04X}{name}", u32::from(c))
}

/// The first invisible character or unusual blank of a name, and its position from 1. Joiners
/// between non-ASCII letters are allowed, because some scripts and emoji need them.
pub fn in_name(name: &str) -> Option<(usize, char)> {
    first(name, |c| is_invisible(c) || odd_blank(c))
}

/// The first invisible character of a value: a zero-width or control character anywhere, or an
/// unusual blank at the start or end. Line breaks, tabs and no-break spaces inside a text are
/// allowed.
pub fn in_value(value: &str) -> Option<char> {
    let meant = |c: char| matches!(c, '\n' | '\r' | '\t');
    if value
        .bytes()
        .all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
    {
        return None;
    }
    let hidden = |c: char| is_invisible(c) || (c.is_control() && !meant(c));
    if let Some((_, c)) = first(value, hidden) {
        return Some(c);
    }
    let ends = [value.chars().next(), value.chars().next_back()];
    let blank = |c: &char| odd_blank(*c) && !meant(*c);
    ends.into_iter().flatten().find(blank)
}

fn first(text: &str, odd: impl Fn(char) -> bool) -> Option<(usize, char)> {
    let visible = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !is_invisible(c));
    let mut before = None;
    let mut chars = text.chars().enumerate().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let joins = matches!(c, '\u{200c}' | '\u{200d}') && visible(before) && visible(next);
        if odd(c) && !joins {
            return Some((at + 1, c));
        }
        before = Some(c);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_named_and_joiners_of_a_script_are_allowed() {
        assert_eq!(in_name("id"), None);
        assert_eq!(in_name("first name"), None);
        assert_eq!(in_name("\u{feff}id"), Some((1, '\u{feff}')));
        assert_eq!(in_name("na\u{200b}me"), Some((3, '\u{200b}')));
        assert_eq!(in_name("first\u{a0}name"), Some((6, '\u{a0}')));
        assert_eq!(in_name("می\u{200c}خواهم"), None);
        assert_eq!(in_name("a\u{200d}b"), Some((2, '\u{200d}')));
        assert_eq!(in_value("two\nlines\tand\u{a0}more"), None);
        assert_eq!(in_value("7\u{a0}"), Some('\u{a0}'));
        assert_eq!(in_value("a\u{feff}b\u{1}"), Some('\u{feff}'));
        assert_eq!(in_value("a\u{1}b"), Some('\u{1}'));
        assert_eq!(code_point('\u{200b}'), "U+200B ZERO WIDTH SPACE");
        assert_eq!(code_point('\u{1}'), "U+0001");
    }
}
