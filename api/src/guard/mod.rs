//! Checks a GraphQL document before it is executed: sizes, nesting, fragments.
//!
//! The library's own limits apply to a parsed and expanded document, which is too late for 50,000
//! brackets or for fragments that double thirty times. The checks here take time in proportion to
//! the text. They ignore the meaning and the cost of fields; see `graphql::cost`.

mod document;
mod integers;
pub mod json;
mod lexical;
mod literals;
mod sizes;

use async_graphql::{
    Variables,
    parser::{parse_query, types::ExecutableDocument},
};
use types::ErrorCode;

use crate::{error::ApiError, limits};

pub use sizes::{json_size, text_size};

/// Parses a document and checks it, together with its variables, against the limits. In the result,
/// all fragment spreads are replaced by inline fragments.
pub fn parse(text: &str, variables: &Variables) -> Result<ExecutableDocument, ApiError> {
    let sizes = sizes::Sizes::of_variables(variables)?;
    if text.len() > limits::DOCUMENT {
        return Err(limit_exceeded(
            "document",
            text.len(),
            limits::DOCUMENT,
            "bytes",
        ));
    }
    let counts = lexical::scan(text);
    if counts.nesting > limits::NESTING {
        return Err(limit_exceeded(
            "document",
            counts.nesting,
            limits::NESTING,
            "nested brackets",
        ));
    }
    if counts.tokens > limits::TOKENS {
        return Err(limit_exceeded(
            "document",
            counts.tokens,
            limits::TOKENS,
            "tokens",
        ));
    }
    if counts.word > limits::WORD {
        return Err(limit_exceeded("word", counts.word, limits::WORD, "bytes"));
    }
    if counts.directives > limits::DIRECTIVES {
        return Err(limit_exceeded(
            "document",
            counts.directives,
            limits::DIRECTIVES,
            "directives",
        ));
    }
    integers::graphql_integers_fit(text)?;
    literals::unique_keys(text)?;
    let document = parse_query(text).map_err(|error| {
        let error = async_graphql::ServerError::from(error);
        ApiError::new(ErrorCode::InvalidInput, error.message).at(error.locations)
    })?;
    sizes::check_lists(&document, variables)?;
    document::check(document, &sizes)
}

/// The error of an exceeded limit: "The document has 17 levels of fields; at most 16 are allowed".
pub fn limit_exceeded(what: &str, has: usize, limit: usize, of: &str) -> ApiError {
    ApiError::new(
        ErrorCode::LimitExceeded,
        format!("The {what} has {has} {of}; at most {limit} are allowed"),
    )
}

#[cfg(test)]
mod tests;
