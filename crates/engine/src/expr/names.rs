//! The names that an expression may use, and what it was found to read.

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock},
};

use indexmap::IndexMap;

use super::Memo;

static NO_STAGES: LazyLock<IndexMap<String, u32>> = LazyLock::new(IndexMap::new);

/// What an expression may name besides `input`, `upstream`, `context`, `env` and the functions.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Every stage of the pipeline with its index.
    pub stages: &'a IndexMap<String, u32>,
    /// Names that a lazy field has in scope (`data`, `item` …). They win over everything else.
    pub locals: &'a [&'a str],
    /// Any other bare name is a local too: known only when evaluated (the fields of a filter's
    /// `data`). Functions and roots win over such a name.
    pub any_local: bool,
    /// What the pipeline's expressions were compiled to before.
    pub memo: Option<&'a Memo>,
    /// The names of `context` that stages of the pipeline set: `{{item}}` is `{{context.item}}`.
    pub variables: Option<&'a HashSet<String>>,
}

impl<'a> Names<'a> {
    /// The stages and no local names.
    pub fn of_stages(stages: &'a IndexMap<String, u32>) -> Self {
        Self {
            stages,
            locals: &[],
            any_local: false,
            memo: None,
            variables: None,
        }
    }

    /// The same, with what was compiled before.
    pub fn with_memo(self, memo: &'a Memo) -> Self {
        Self {
            memo: Some(memo),
            ..self
        }
    }
}

impl Names<'static> {
    /// No stage and no local name.
    pub fn none() -> Self {
        Self {
            stages: &NO_STAGES,
            locals: &[],
            any_local: false,
            memo: None,
            variables: None,
        }
    }
}

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Root {
    /// The run's input.
    Input,
    /// The output of the stage with this index.
    Upstream(u32),
    /// `upstream` as a whole: any finished stage.
    AllUpstream,
    /// A variable, or a foreach's item.
    Context,
    /// An environment variable.
    Env,
    /// A name of a lazy field.
    Local,
}

/// A path that an expression reads, as far as it is known before evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Read {
    /// Where it begins.
    pub root: Root,
    /// The fields from there; for `Context`, `Env` and `Local` the name comes first. It ends at
    /// the first part that is not a fixed field.
    pub path: Vec<Arc<str>>,
    /// Its position in the text, in bytes.
    pub offset: usize,
}
