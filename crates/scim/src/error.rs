//! Why a request is refused, as the client is told (RFC 7644, section 3.12).

use thiserror::Error;

/// The detail of an error that clients may act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimType {
    /// The filter does not parse, or compares what cannot be compared.
    InvalidFilter,
    /// The request selects more than is processed at once.
    TooMany,
    /// Another resource has the value of a unique attribute.
    Uniqueness,
    /// The attribute cannot be changed.
    Mutability,
    /// The body is not what it should be.
    InvalidSyntax,
    /// The path does not parse or is none of the schema's.
    InvalidPath,
    /// The path selects nothing, or is missing.
    NoTarget,
    /// A value is missing or does not fit.
    InvalidValue,
}

impl ScimType {
    /// The word of the standard.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
        }
    }
}

/// A refused request. The text names the field, the value and the way out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{detail}")]
pub struct ScimError {
    /// What clients may act on.
    pub scim_type: ScimType,
    /// The text for people.
    pub detail: String,
}

impl ScimError {
    /// An error with this text.
    pub fn new(scim_type: ScimType, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { scim_type, detail }
    }

    /// An error about the value of a field.
    pub fn value(field: &str, problem: impl std::fmt::Display) -> Self {
        Self::new(ScimType::InvalidValue, format!("{field}: {problem}"))
    }
}

/// A text of the client in a message: short, and in one line.
pub(crate) fn quoted(text: &str) -> String {
    let short: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
    match short.len() < text.len() {
        true => format!("`{short}…`"),
        false => format!("`{short}`"),
    }
}
