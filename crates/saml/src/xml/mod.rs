//! XML: checked before anything reads it, read, and written.

pub(crate) mod ids;
pub(crate) mod namespaces;
pub(crate) mod read;
pub(crate) mod strict;
pub(crate) mod write;
