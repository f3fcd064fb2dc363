//! `{{ }}` templates in texts and value trees.
//!
//! Inserted data is never read as a template again. This module finds expressions and joins their
//! values; [`crate::expr`] compiles and evaluates them.

mod cut;
mod text;
mod tree;
mod whole_expression;

pub(crate) use cut::{Piece, cut};
pub use text::Template;
pub use tree::{PathPart, Tree, TreeError, ValuePath};
pub use whole_expression::{expression_at, whole_expression};

#[cfg(test)]
mod tests;
