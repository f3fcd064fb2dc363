//! Components that transform data, and the two that touch the outside: `http_request`, `logger`.

pub mod aggregate;
mod field_conditions;
pub mod filter;
pub mod http_request;
pub mod json_transform;
pub mod logger;
pub mod r#loop;
pub mod schema_validate;
#[cfg(test)]
mod tests;
pub mod variable_set;
