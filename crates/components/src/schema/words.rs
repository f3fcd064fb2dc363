//! Messages for schema mismatches: the expectation and the actual value.

use jsonschema::{
    ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value as Json;

use super::shortened;

/// The longest value that a message shows, in characters.
const MOST_SHOWN: usize = 80;

/// The message for an error. Its subject, the field, is left out: `must be a number, but it is
/// "x"`.
pub fn words(error: &ValidationError<'_>) -> String {
    let found = error.instance();
    let expected = match error.kind() {
        ValidationErrorKind::Type { kind } => format!("be {}", types(kind)),
        ValidationErrorKind::Enum { options } => match options.as_array() {
            Some(options) => format!("be one of {}", list(options.iter().map(shown))),
            None => format!("be {}", shown(options)),
        },
        ValidationErrorKind::Constant { expected_value } => format!("be {}", shown(expected_value)),
        ValidationErrorKind::Minimum { limit } => format!("be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("be at most {limit}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("be greater than {limit}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("be less than {limit}"),
        ValidationErrorKind::MultipleOf { multiple_of } => {
            format!("be a multiple of {multiple_of}")
        }
        ValidationErrorKind::MinLength { limit } => {
            format!("have at least {}", count(*limit, "character"))
        }
        ValidationErrorKind::MaxLength { limit } => {
            format!("have at most {}", count(*limit, "character"))
        }
        ValidationErrorKind::MinItems { limit } => {
            format!("have at least {}", count(*limit, "item"))
        }
        ValidationErrorKind::MaxItems { limit } => {
            format!("have at most {}", count(*limit, "item"))
        }
        ValidationErrorKind::AdditionalItems { limit } => {
            format!("have at most {}", count(*limit as u64, "item"))
        }
        ValidationErrorKind::MinProperties { limit } => {
            format!("have at least {}", count(*limit, "field"))
        }
        ValidationErrorKind::MaxProperties { limit } => {
            format!("have at most {}", count(*limit, "field"))
        }
        ValidationErrorKind::Pattern { pattern } => format!("match the pattern `{pattern}`"),
        ValidationErrorKind::Format { format } => format!("have the format `{format}`"),
        ValidationErrorKind::UniqueItems => "not have two equal items".to_owned(),
        ValidationErrorKind::Contains => "have an item that matches `contains`".to_owned(),
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let names = list(unexpected.iter().map(|name| format!("`{name}`")));
            return shortened(&format!(
                "has fields that the schema does not allow: {names}"
            ));
        }
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            "match one of the schema's alternatives".to_owned()
        }
        ValidationErrorKind::OneOfMultipleValid { .. } => {
            "match only one of the schema's alternatives".to_owned()
        }
        ValidationErrorKind::FalseSchema => return "is not allowed by the schema".to_owned(),
        ValidationErrorKind::Not { .. } => "not match the schema under `not`".to_owned(),
        ValidationErrorKind::BacktrackLimitExceeded { .. }
        | ValidationErrorKind::RegexEngineFailure { .. } => {
            return "cannot be checked: the pattern takes too many steps on this text".to_owned();
        }
        ValidationErrorKind::PropertyNames { error } => {
            return shortened(&format!("has a field whose name {}", words(error)));
        }
        ValidationErrorKind::ContentEncoding { content_encoding } => {
            format!("be encoded as {content_encoding}")
        }
        ValidationErrorKind::ContentMediaType { content_media_type } => {
            format!("be of the media type {content_media_type}")
        }
        // Rare keywords: the library's own message.
        _ => return shortened(&error.to_string()),
    };
    shortened(&format!("must {expected}, but it is {}", shown(found)))
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => type_name(one.as_str()).to_owned(),
        TypeKind::Multiple(several) => {
            let names: Vec<&str> = several.iter().map(|one| type_name(one.as_str())).collect();
            names.join(" or ")
        }
    }
}

fn type_name(name: &str) -> &str {
    match name {
        "string" => "text",
        "number" => "a number",
        "integer" => "a whole number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        other => other,
    }
}

/// The value as JSON, cut if it is long; for a long list or object, its type and size.
fn shown(value: &Json) -> String {
    match value {
        Json::Array(items) if items.len() > 3 => {
            format!("a list of {}", count(items.len() as u64, "item"))
        }
        Json::Object(map) if map.len() > 3 => {
            format!("an object with {}", count(map.len() as u64, "field"))
        }
        _ => {
            let text = value.to_string();
            match text.char_indices().nth(MOST_SHOWN) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        }
    }
}

fn list(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use crate::schema::Schema;
    use engine::Value;

    #[test]
    fn a_mismatch_names_the_expectation_and_the_actual_value() {
        for (schema, data, message) in [
            (
                r#"{"type":"number"}"#,
                r#""x""#,
                r#"must be a number, but it is "x""#,
            ),
            (
                r#"{"type":["string","null"]}"#,
                "[1]",
                "must be null or text, but it is [1]",
            ),
            (
                r#"{"type":"integer"}"#,
                "[1,2,3,4]",
                "must be a whole number, but it is a list of 4 items",
            ),
            (
                r#"{"enum":["a",1]}"#,
                "true",
                r#"must be one of "a", 1, but it is true"#,
            ),
            (r#"{"const":5}"#, "6", "must be 5, but it is 6"),
            (r#"{"minimum":3}"#, "1", "must be at least 3, but it is 1"),
            (
                r#"{"exclusiveMaximum":3}"#,
                "3",
                "must be less than 3, but it is 3",
            ),
            (
                r#"{"minLength":2}"#,
                r#""a""#,
                r#"must have at least 2 characters, but it is "a""#,
            ),
            (
                r#"{"maxItems":1}"#,
                "[1,2]",
                "must have at most 1 item, but it is [1,2]",
            ),
            (
                r#"{"pattern":"^a"}"#,
                r#""b""#,
                r#"must match the pattern `^a`, but it is "b""#,
            ),
            (
                r#"{"format":"email"}"#,
                r#""b""#,
                r#"must have the format `email`, but it is "b""#,
            ),
            (
                r#"{"uniqueItems":true}"#,
                "[1,1]",
                "must not have two equal items, but it is [1,1]",
            ),
            (
                r#"{"additionalProperties":false}"#,
                r#"{"b":1}"#,
                "is not allowed by the schema",
            ),
        ] {
            let schema = Schema::compile(&Value::parse_json(schema).unwrap()).unwrap();
            let found = schema.errors(&Value::parse_json(data).unwrap());
            let found: Vec<_> = found
                .listed
                .iter()
                .map(|one| one.message.as_str())
                .collect();
            assert_eq!(found, [message]);
        }
    }
}
