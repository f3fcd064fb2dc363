//! Every spelling that files in the world use, and how stages hang together.

mod spellings;
mod structures;
