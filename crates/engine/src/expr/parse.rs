//! Parses text to Python's syntax tree.
//!
//! Uses rustpython's parser. Its tables do not recurse into the input, and the depth of its tree is
//! limited by [`super::scan`].

use rustpython_parser::{Parse, ParseError, ParseErrorType, ast, lexer::LexicalErrorType};

use super::{
    ExprError,
    scan::{Scanned, syntax},
};

/// The number of bytes placed before the text for the parser: the opening bracket.
pub const BEFORE: usize = 1;

/// Parses one expression. It is put in brackets so that it may span lines.
pub fn parse(scanned: &Scanned) -> Result<ast::Expr, ExprError> {
    let source = format!("({}\n)", scanned.source);
    ast::Expr::parse(&source, "").map_err(|error| explain(&error, &scanned.source))
}

fn explain(error: &ParseError, text: &str) -> ExprError {
    let mut at = usize::from(error.offset)
        .saturating_sub(BEFORE)
        .min(text.len());
    if let Some(before) = at.checked_sub(1)
        && text
            .get(before..)
            .is_some_and(|t| t.starts_with("&&") || t.starts_with("||"))
    {
        at = before;
    }
    // The lexer reports the position after the character.
    if let ParseErrorType::Lexical(LexicalErrorType::UnrecognizedToken { tok }) = &error.error
        && let Some(before) = at.checked_sub(tok.len_utf8())
        && text.get(before..).is_some_and(|t| t.starts_with(*tok))
    {
        at = before;
    }
    let message = match &error.error {
        ParseErrorType::Eof => "the expression is incomplete".to_owned(),
        // The closing bracket is the one that `parse` added.
        ParseErrorType::UnrecognizedToken(..) if at >= text.trim_end().len() => {
            "the expression is incomplete".to_owned()
        }
        ParseErrorType::ExtraToken(token) | ParseErrorType::UnrecognizedToken(token, _) => {
            let shown: String = token
                .to_string()
                .trim_matches('\'')
                .chars()
                .take(40)
                .collect();
            format!("`{shown}` is not expected here")
        }
        ParseErrorType::InvalidToken => "this is not expected here".to_owned(),
        ParseErrorType::Lexical(LexicalErrorType::UnrecognizedToken { tok }) => {
            format!("`{tok}` is not allowed in an expression")
        }
        ParseErrorType::Lexical(other) => other.to_string(),
    };
    let suggestion = hint(text, at);
    syntax(message, at).suggest(suggestion)
}

/// Suggestions for operators of other languages.
fn hint(text: &str, at: usize) -> Option<String> {
    let rest = text.get(at..).unwrap_or_default();
    let before = text.get(..at).unwrap_or_default().trim_end();
    for (wrong, right) in [("&&", "and"), ("||", "or"), ("===", "=="), ("!==", "!=")] {
        if rest.starts_with(wrong)
            || before.ends_with(wrong)
            || before.ends_with(&wrong[..1]) && rest.starts_with(&wrong[1..])
        {
            return Some(format!("write `{right}` instead of `{wrong}`"));
        }
    }
    match rest.chars().next() {
        Some('?') => Some("write `a if test else b` instead of `test ? a : b`".to_owned()),
        Some('!') => Some("write `not x` instead of `!x`".to_owned()),
        Some('=') => Some("write `==` to compare".to_owned()),
        _ => None,
    }
}
