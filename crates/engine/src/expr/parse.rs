//! From text to Python's syntax tree.
//!
//! The parser is rustpython's: its tables walk the input without recursion, and what it builds
//! is as deep as [`super::scan`] allowed.

use rustpython_parser::{Parse, ParseError, ParseErrorType, ast, lexer::LexicalErrorType};

use super::{
    ExprError,
    scan::{Scanned, syntax},
};

/// Bytes that stand before the text in what the parser reads.
pub const BEFORE: usize = 1;

/// Parses one expression. In brackets, so that it may span lines.
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
    // The lexer's place is the one after the character.
    if let ParseErrorType::Lexical(LexicalErrorType::UnrecognizedToken { tok }) = &error.error
        && let Some(before) = at.checked_sub(tok.len_utf8())
        && text.get(before..).is_some_and(|t| t.starts_with(*tok))
    {
        at = before;
    }
    let message = match &error.error {
        ParseErrorType::Eof => "the expression ends too early".to_owned(),
        // The closing bracket is ours.
        ParseErrorType::UnrecognizedToken(..) if at >= text.trim_end().len() => {
            "the expression ends too early".to_owned()
        }
        ParseErrorType::ExtraToken(token) | ParseErrorType::UnrecognizedToken(token, _) => {
            let shown: String = token
                .to_string()
                .trim_matches('\'')
                .chars()
                .take(40)
                .collect();
            format!("`{shown}` cannot stand here")
        }
        ParseErrorType::InvalidToken => "this cannot stand here".to_owned(),
        ParseErrorType::Lexical(LexicalErrorType::UnrecognizedToken { tok }) => {
            format!("`{tok}` is not part of an expression")
        }
        ParseErrorType::Lexical(other) => other.to_string(),
    };
    let suggestion = hint(text, at);
    syntax(message, at).suggest(suggestion)
}

/// What people write out of habit from another language.
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
