//! Texts that are one expression as a whole, such as conditions: without delimiters (`data.total >
//! 5`), inside delimiters (`{{data.total > 5}}`), or with delimiters around single values
//! (`{{input.score}} >= 80 and '{{input.kind}}' == 'vip'`).

use std::borrow::Cow;

use super::cut::{Piece, cut};

/// The expression, and the offset at which it begins in the text. Delimiters are replaced by text
/// of the same length, so offsets stay valid.
pub fn whole_expression(text: &str) -> (usize, Cow<'_, str>) {
    let trimmed = text.trim();
    let start = trimmed.as_ptr() as usize - text.as_ptr() as usize;
    let pieces = cut(trimmed).unwrap_or_default();
    match pieces.as_slice() {
        [Piece::Template(inner, at)] => {
            let lead = inner.len() - inner.trim_start().len();
            (start + at + lead, inner.trim().into())
        }
        pieces if pieces.iter().any(|p| matches!(p, Piece::Template(..))) => {
            (start, filled(trimmed, pieces).into())
        }
        _ => (start, trimmed.into()),
    }
}

/// The expression in a text at `offset`, and where it begins. If the offset is unknown (beyond the
/// end), the only expression of the text, if there is just one.
pub fn expression_at(text: &str, offset: usize) -> Option<(usize, &str)> {
    let trimmed = |at: usize, inner| {
        let trimmed = str::trim(inner);
        (
            at + (trimmed.as_ptr() as usize - inner.as_ptr() as usize),
            trimmed,
        )
    };
    let pieces = cut(text).unwrap_or_default();
    let mut templates = pieces.iter().filter_map(|piece| match piece {
        Piece::Template(inner, at) => Some((*at, *inner)),
        Piece::Plain(_) => None,
    });
    let found = match offset < text.len() {
        true => templates.find(|(at, inner)| (*at..=at + inner.len()).contains(&offset)),
        false => templates.next().filter(|_| templates.next().is_none()),
    };
    let (at, inner) = found?;
    Some(trimmed(at, inner)).filter(|(_, inner)| !inner.is_empty())
}

/// Replaces `{{x}}` by ` (x) ` and `'{{x}}'` by ` str(x)`, which have the same length in bytes.
fn filled(text: &str, pieces: &[Piece<'_>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut skip = 0;
    for piece in pieces {
        match piece {
            Piece::Plain(plain) => {
                out.push_str(plain.get(skip..).unwrap_or_default());
                skip = 0;
            }
            Piece::Template(inner, at) => {
                let after = text[at + inner.len() + 2..].chars().next();
                let quote = out.chars().last().filter(|c| matches!(c, '\'' | '"'));
                let opens = quote.is_some_and(|q| out.matches(q).count() % 2 == 1);
                if opens && quote == after {
                    out.pop();
                    out.push_str(" str(");
                    out.push_str(inner);
                    out.push(')');
                    skip = 1;
                } else {
                    out.push_str(" (");
                    out.push_str(inner);
                    out.push_str(") ");
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_found_bare_in_delimiters_and_with_delimiters_around_its_values() {
        let shown = |text: &str| whole_expression(text).1.into_owned();
        assert_eq!(whole_expression(" a > 1 "), (1, "a > 1".into()));
        assert_eq!(whole_expression(" {{ a > 1 }}"), (4, "a > 1".into()));
        assert_eq!(shown("{{a}} == {{b}}"), " (a)  ==  (b) ");
        assert_eq!(shown("'{{a.b}}' == 'x'"), " str(a.b) == 'x'");
        assert_eq!(shown("'x' == {{a}}"), "'x' ==  (a) ");
        assert_eq!(
            shown("{{a}} in {'k': {'v': 1}}"),
            " (a)  in {'k': {'v': 1}}"
        );
        assert_eq!(shown("{{a"), "{{a");
    }
}
