//! The words, texts and brackets of a filter.

use crate::{ScimError, ScimType, error::quoted};

/// A part of a filter's text.
#[derive(Clone, Debug, PartialEq)]
pub enum Token<'a> {
    /// A name, an operator, a number or a literal.
    Word(&'a str),
    /// A text in quotes, without them.
    Text(String),
    /// `(`, `)`, `[` or `]`.
    Bracket(char),
}

/// Splits a filter.
pub fn split(text: &str) -> Result<Vec<Token<'_>>, ScimError> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' | '[' | ']' => {
                found.push(Token::Bracket(first));
                1
            }
            '"' => {
                let end = end_of_text(rest).ok_or_else(|| {
                    let detail = format!(
                        "filter: {} is a text without its end; add a quote",
                        quoted(rest)
                    );
                    ScimError::new(ScimType::InvalidFilter, detail)
                })?;
                let read = serde_json::from_str(&rest[..end]).map_err(|_| {
                    let detail = format!("filter: {} is not a JSON text", quoted(&rest[..end]));
                    ScimError::new(ScimType::InvalidFilter, detail)
                })?;
                found.push(Token::Text(read));
                end
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '"');
                let end = rest.find(ends).unwrap_or(rest.len());
                found.push(Token::Word(&rest[..end]));
                end
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

/// The length of the text in quotes at the beginning.
pub fn end_of_text(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}
