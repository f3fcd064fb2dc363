//! Finds where the templates of a text begin and end.

use types::ErrorCode;

use crate::expr::ExprError;

/// A piece of a text.
#[derive(Debug, PartialEq)]
pub enum Piece<'t> {
    /// Plain text.
    Plain(&'t str),
    /// The expression between `{{` and `}}`, and its byte offset in the text.
    Template(&'t str, usize),
}

/// The most bytes scanned for broken templates, each of which is followed to the end of the text.
const MAX_WASTED: usize = 4 << 20;

/// Cuts a text into plain pieces and templates.
pub fn cut(text: &str) -> Result<Vec<Piece<'_>>, ExprError> {
    let mut pieces = Vec::new();
    let mut rest = 0;
    let mut wasted = 0;
    while let Some(open) = text[rest..].find("{{").map(|at| rest + at) {
        if open > rest {
            pieces.push(Piece::Plain(&text[rest..open]));
        }
        let start = open + 2;
        let Some(end) = end_of(text, start, &mut wasted) else {
            return Err(ExprError::new(
                ErrorCode::ExpressionSyntax,
                "the template that starts here is never closed",
            )
            .suggest(Some(
                "close it with `}}`; for the characters `{{` write `{{'{{'}}`".to_owned(),
            ))
            .at(open));
        };
        if wasted > MAX_WASTED {
            return Err(ExprError::new(
                ErrorCode::ExpressionSyntax,
                "the text has too many templates whose brackets or quotes do not match",
            )
            .at(open));
        }
        if let Some(block) = block(&text[start..end]) {
            let message = format!("blocks such as `{{{{{block}}}}}` are not supported");
            let way = "choose a value with `{{a if test else b}}`, or a stage with `conditional`";
            return Err(ExprError::new(ErrorCode::ExpressionSyntax, message)
                .suggest(Some(way.to_owned()))
                .at(start));
        }
        pieces.push(Piece::Template(&text[start..end], start));
        rest = end + 2;
    }
    if rest < text.len() {
        pieces.push(Piece::Plain(&text[rest..]));
    }
    Ok(pieces)
}

/// A block tag of another template language: `#if x`, `/if`.
fn block(inner: &str) -> Option<&str> {
    let inner = inner.trim();
    let word = inner.strip_prefix(['#', '/'])?;
    let begins = word.starts_with(|c: char| c.is_ascii_alphabetic());
    let end = inner[1..].find(|c: char| !c.is_ascii_alphabetic());
    begins.then(|| &inner[..end.map_or(inner.len(), |at| at + 1)])
}

/// The end of the expression that starts at `start`. Brackets and quotes are matched, since a dict
/// literal may also end in `}}`. If they do not match, the end is the first `}}`, so that the error
/// shown is that of the expression.
fn end_of(text: &str, start: usize, wasted: &mut usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open = 0_usize;
    let mut i = start;
    while let Some(byte) = bytes.get(i) {
        match byte {
            b'\'' | b'"' => match quoted(bytes, i) {
                Some(after) => {
                    i = after;
                    continue;
                }
                None => break,
            },
            b'(' | b'[' | b'{' => open += 1,
            b'}' if open == 0 => {
                if bytes.get(i + 1) == Some(&b'}') {
                    return Some(i);
                }
                break;
            }
            b')' | b']' | b'}' => match open.checked_sub(1) {
                Some(left) => open = left,
                None => break,
            },
            _ => {}
        }
        i += 1;
    }
    *wasted += i - start;
    text[start..].find("}}").map(|at| start + at)
}

/// The offset after a string literal; `None` if it is not closed.
fn quoted(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes.get(start)?;
    let triple = bytes[start..].starts_with(&[*quote; 3]);
    let mut i = start + if triple { 3 } else { 1 };
    loop {
        match bytes.get(i)? {
            b'\\' => i += 2,
            byte if byte == quote && !triple => return Some(i + 1),
            byte if byte == quote && bytes[i..].starts_with(&[*quote; 3]) => return Some(i + 3),
            _ => i += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        cut(text)
            .unwrap()
            .into_iter()
            .map(|piece| match piece {
                Piece::Plain(text) => text.to_owned(),
                Piece::Template(text, at) => format!("<{at}:{text}>"),
            })
            .collect()
    }

    #[test]
    fn the_end_of_a_template_is_found_by_brackets_and_quotes() {
        assert_eq!(shown("a {{b}} c{{d}}"), ["a ", "<4:b>", " c", "<11:d>"]);
        assert_eq!(
            shown("{{x or {'a': {'b': 1}}}}"),
            ["<2:x or {'a': {'b': 1}}>"]
        );
        assert_eq!(shown("{{'}}'}}!"), ["<2:'}}'>", "!"]);
        assert_eq!(shown("{{'it\\'s }}'}}!"), ["<2:'it\\'s }}'>", "!"]);
        assert_eq!(shown("{{'''a ' }} '''}}"), ["<2:'''a ' }} '''>"]);
        assert_eq!(
            shown("no template, { } and }}"),
            ["no template, { } and }}"]
        );
        assert_eq!(
            cut(&"{{((}}".repeat(20_000)).unwrap_err().message,
            "the text has too many templates whose brackets or quotes do not match"
        );
        // Unbalanced ones end at the first `}}`: the expression's error says what is wrong.
        assert_eq!(shown("{{a'}} b"), ["<2:a'>", " b"]);
        assert_eq!(shown("{{(a}} b"), ["<2:(a>", " b"]);
        assert_eq!(cut("x {{a").unwrap_err().offset, 2);
    }
}
