//! The names that an expression may use, and the paths that it reads.

use std::{
    collections::HashSet,
    sync::{Arc, LazyLock},
};

use indexmap::IndexMap;

use super::Memo;

static NO_STAGES: LazyLock<IndexMap<String, u32>> = LazyLock::new(IndexMap::new);

/// The names that an expression may use besides `input`, `upstream`, `context`, `env` and the
/// functions.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The stages of the pipeline, with their numbers.
    pub stages: &'a IndexMap<String, u32>,
    /// Local names of a lazy field (`data`, `item` …). They take precedence over everything else.
    pub locals: &'a [&'a str],
    /// Whether any other bare name may be local, which is known only at evaluation (the fields of a
    /// filter's `data`). Functions and roots take precedence over such a name.
    pub any_local: bool,
    /// The cache of the pipeline's compiled expressions.
    pub memo: Option<&'a Memo>,
    /// The names in `context` that stages of the pipeline set: `{{item}}` reads `{{context.item}}`.
    pub variables: Option<&'a HashSet<String>>,
}

impl<'a> Names<'a> {
    /// The stages, without local names.
    pub fn of_stages(stages: &'a IndexMap<String, u32>) -> Self {
        Self {
            stages,
            locals: &[],
            any_local: false,
            memo: None,
            variables: None,
        }
    }

    /// Adds a cache of compiled expressions.
    pub fn with_memo(self, memo: &'a Memo) -> Self {
        Self {
            memo: Some(memo),
            ..self
        }
    }
}

impl Names<'static> {
    /// No stages and no local names.
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

/// The root of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Root {
    /// The run's input.
    Input,
    /// The output of the stage with this number.
    Upstream(u32),
    /// `upstream` as a whole: all finished stages.
    AllUpstream,
    /// A variable, or a foreach's item.
    Context,
    /// An environment variable.
    Env,
    /// A local name of a lazy field.
    Local,
}

/// A path that an expression reads, as far as it is known before evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Read {
    /// The root of the path.
    pub root: Root,
    /// The fields from the root on. For `Context`, `Env` and `Local`, the first one is the name.
    /// Ends before the first part that is not a fixed field.
    pub path: Vec<Arc<str>>,
    /// The offset in the text, in bytes.
    pub offset: usize,
}
