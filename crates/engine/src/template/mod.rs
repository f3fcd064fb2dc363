//! `{{ }}` templates over texts and value trees.
//!
//! Data that a template puts in is data: it is never read as a template again. Expressions are
//! [`crate::expr`]'s; this module finds them and joins what they give.

mod alone;
mod cut;
mod text;
mod tree;

pub use alone::alone;
pub use text::Template;
pub use tree::{PathPart, Tree, ValuePath};

#[cfg(test)]
mod tests;
