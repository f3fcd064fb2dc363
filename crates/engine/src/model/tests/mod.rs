//! Tests: the spellings that existing files use, and the structure of pipelines.

mod spellings;
mod structures;
