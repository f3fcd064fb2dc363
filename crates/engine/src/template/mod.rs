//! `{{ }}` templates over texts and value trees.
//!
//! Data that a template inserts stays data: it is never read as a template again. Expressions are
//! [`crate::expr`]'s; this module finds them and joins their values.

mod cut;
mod text;
mod tree;
mod whole_expression;

pub use text::Template;
pub use tree::{PathPart, Tree, TreeError, ValuePath};
pub use whole_expression::{expression_at, whole_expression};

#[cfg(test)]
mod tests;
