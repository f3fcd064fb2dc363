//! JMESPath on the engine's values, within the budget of expressions.
//!
//! The library only parses. It cannot interrupt an evaluation, and a short expression can build a
//! list that doubles with every pipe (case X09). The evaluation here charges the budget for each
//! node and each item.

mod eval;
mod functions;
#[cfg(test)]
mod tests;

use engine::{
    Value,
    component::StageError,
    expr::{Budget, ExprError},
    value::MAX_DEPTH,
};
use types::ErrorCode;

/// The longest expression, in bytes.
const MAX_TEXT: usize = 8 * 1024;
/// The greatest height of the syntax tree, which is parsed, evaluated and dropped recursively.
const MAX_HEIGHT: usize = 100;
/// The largest result, in bytes. Parts may be shared, so a result can be larger than the memory it
/// uses.
const MAX_RESULT: usize = 32 << 20;

/// Evaluates the expression on the data.
pub fn search(text: &str, data: &Value, budget: &mut Budget) -> Result<Value, StageError> {
    let found = parse(text).and_then(|tree| {
        let found = eval::Search { budget }.node(data, &tree)?;
        if found.size(MAX_RESULT) > MAX_RESULT {
            let message = "its result is larger than 32 MB".to_owned();
            return Err(Wrong::from((ErrorCode::ExpressionBudget, message)));
        }
        if found.is_deeper_than(MAX_DEPTH) {
            let message = format!("its result is nested more than {MAX_DEPTH} levels deep");
            return Err(Wrong::from((ErrorCode::NestingTooDeep, message)));
        }
        Ok(found)
    });
    found.map_err(|Wrong { code, message }| {
        StageError::new(code, format!("jmespath_expression: {message}"))
    })
}

/// Checks that the text is a valid expression. The error is a message and the offset in bytes, if
/// it is known.
pub fn check(text: &str) -> Result<(), (String, Option<usize>)> {
    if text.len() <= MAX_TEXT
        && height(text) <= MAX_HEIGHT
        && let Err(error) = ::jmespath::parse(text)
    {
        let at = text.char_indices().nth(error.offset);
        // The library's message also contains the expression and an arrow.
        let why = error.to_string();
        let why = why.split(" (line").next().unwrap_or_default();
        let why = why.trim_start_matches("Parse error: ");
        return Err((plain(why), at.map(|(at, _)| at)));
    }
    let tree = parse(text).map_err(|wrong| (wrong.message, None))?;
    match functions::unknown(&tree) {
        Some((why, at)) => Err((why, text.char_indices().nth(at).map(|(at, _)| at))),
        None => Ok(()),
    }
}

/// Rewords the parser's message: its "nud" is a token that begins an expression.
fn plain(why: &str) -> String {
    let Some((_, found)) = why.split_once("Unexpected nud token -- found ") else {
        return why.to_owned();
    };
    let hint = match found.starts_with("Number(") {
        true => "; write a number in backticks",
        false => "",
    };
    format!("An expression cannot begin with {found}{hint}")
}

/// Why an expression has no result.
#[derive(Debug)]
struct Wrong {
    code: ErrorCode,
    message: String,
}

impl From<(ErrorCode, String)> for Wrong {
    fn from((code, message): (ErrorCode, String)) -> Self {
        Self { code, message }
    }
}

impl From<ExprError> for Wrong {
    fn from(error: ExprError) -> Self {
        Self {
            code: error.code,
            message: error.message,
        }
    }
}

fn failed(message: impl Into<String>) -> Wrong {
    Wrong::from((ErrorCode::EvaluationFailed, message.into()))
}

fn parse(text: &str) -> Result<::jmespath::ast::Ast, Wrong> {
    let stopped = |message: String| Wrong::from((ErrorCode::ExpressionBudget, message));
    if text.len() > MAX_TEXT {
        return Err(stopped(format!(
            "it has {} bytes, but at most {MAX_TEXT} are allowed",
            text.len()
        )));
    }
    if height(text) > MAX_HEIGHT {
        return Err(stopped(format!(
            "it nests more than {MAX_HEIGHT} operations; split it over several stages"
        )));
    }
    ::jmespath::parse(text).map_err(|error| failed(syntax(&error)))
}

/// The library's error on one line; lines and columns count from 1.
fn syntax(error: &::jmespath::JmespathError) -> String {
    let reason = error.reason.to_string();
    let reason = reason.lines().next().unwrap_or_default();
    let reason = reason.trim_start_matches("Parse error: ");
    let reason: String = reason.chars().take(200).collect();
    format!(
        "it is not a valid JMESPath expression: line {}, column {}: {reason}",
        error.line + 1,
        error.column + 1
    )
}

/// The state of one open bracket.
#[derive(Default)]
struct Level {
    operators: usize,
    /// The height of the tallest closed bracket inside.
    tallest: usize,
    /// The height of the tallest part before the last comma.
    before: usize,
}

impl Level {
    fn height(&self) -> usize {
        self.before.max(self.operators + self.tallest)
    }
}

/// An upper bound for the recursion depth of the parser and the height of its tree, computed
/// without recursion. Each operator adds at most one.
fn height(text: &str) -> usize {
    let mut levels = vec![Level::default()];
    let mut open = 0;
    let mut most = 0;
    let mut quote = None;
    let mut escaped = false;
    for c in text.chars() {
        if let Some(end) = quote {
            if !std::mem::take(&mut escaped) {
                escaped = c == '\\';
                quote = Some(end).filter(|end| *end != c);
            }
            continue;
        }
        let nested = levels.len() > 1;
        let Some(level) = levels.last_mut() else {
            return most;
        };
        match c {
            '\'' | '"' | '`' => quote = Some(c),
            '(' | '[' | '{' => {
                level.operators += 1;
                open += 1;
                levels.push(Level::default());
            }
            ')' | ']' | '}' if nested => {
                let (height, operators) = (level.height(), level.operators);
                levels.pop();
                open -= operators;
                if let Some(level) = levels.last_mut() {
                    level.tallest = level.tallest.max(height);
                }
            }
            ',' => {
                level.before = level.height();
                open -= level.operators;
                level.operators = 0;
                level.tallest = 0;
            }
            '.' | '|' | '&' | '!' | '<' | '>' | '=' | '*' | '?' => {
                level.operators += 1;
                open += 1;
            }
            _ => {}
        }
        most = most.max(
            open + levels
                .last()
                .map_or(0, |level| level.tallest.max(level.before)),
        );
    }
    most
}
