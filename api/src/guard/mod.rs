//! Looks at a GraphQL document before anything is done with it: sizes, nesting, fragments.
//!
//! The library's own limits work on a parsed and expanded document, which is too late against
//! 50,000 brackets or fragments that double thirty times. Here everything costs time in
//! proportion to the text. What the fields mean and cost is not looked at; see `graphql::cost`.

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

/// Parses a document that is within the limits, together with its variables. The result has no
/// named fragments any more; what they selected stands where they were spread.
pub fn parse(text: &str, variables: &Variables) -> Result<ExecutableDocument, ApiError> {
    let sizes = sizes::Sizes::of_variables(variables)?;
    if text.len() > limits::DOCUMENT {
        return Err(too_much("document", text.len(), limits::DOCUMENT, "bytes"));
    }
    let counts = lexical::scan(text);
    if counts.nesting > limits::NESTING {
        return Err(too_much(
            "document",
            counts.nesting,
            limits::NESTING,
            "nested brackets",
        ));
    }
    if counts.tokens > limits::TOKENS {
        return Err(too_much(
            "document",
            counts.tokens,
            limits::TOKENS,
            "words and signs",
        ));
    }
    if counts.word > limits::WORD {
        return Err(too_much("word", counts.word, limits::WORD, "bytes"));
    }
    if counts.directives > limits::DIRECTIVES {
        return Err(too_much(
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

/// "The document has 17 levels of fields; at most 16 are allowed"
pub fn too_much(what: &str, has: usize, limit: usize, of: &str) -> ApiError {
    ApiError::new(
        ErrorCode::LimitExceeded,
        format!("The {what} has {has} {of}; at most {limit} are allowed"),
    )
}

#[cfg(test)]
mod tests;
