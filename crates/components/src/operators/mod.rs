//! Operators: components that transform data, and `http_request` and `logger`, which have side
//! effects.

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
