//! Differences for people: on a terminal, as Markdown, and as a page.

mod html;
mod lines;
mod markdown;
pub(super) mod plain;
mod text;

pub use html::html;
pub use markdown::markdown;
pub use text::text;

/// The names of the two files.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The old file.
    pub before: &'a str,
    /// The new file.
    pub after: &'a str,
}
