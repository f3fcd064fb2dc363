//! What expressions read: the values that a run has recorded, by the stage numbers of another text.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::{Value, expr::Scope, run::Recorded};

/// A stage that is read.
#[derive(Debug)]
pub(super) struct KnownStage {
    /// Its id.
    pub id: String,
    /// See `Descriptor::own_field`.
    pub own_field: Option<(&'static str, &'static str)>,
}

/// The values of a run.
pub(super) struct RunScope<'a> {
    pub recorded: &'a Recorded,
    /// The stages that are read, by their numbers.
    pub known: &'a HashMap<u32, KnownStage>,
}

impl Scope for RunScope<'_> {
    fn input(&self) -> &Value {
        self.recorded.input()
    }

    fn stage(&self, index: u32) -> Option<Value> {
        self.recorded.output(&self.known.get(&index)?.id).cloned()
    }

    fn stage_skipped(&self, index: u32) -> bool {
        let known = self.known.get(&index);
        known.is_some_and(|known| self.recorded.is_skipped(&known.id))
    }

    fn stage_own(&self, index: u32, field: &str) -> Option<&'static str> {
        let (name, stands_for) = self.known.get(&index)?.own_field?;
        (name == field || name == "*").then_some(stands_for)
    }

    fn context(&self, name: &str) -> Option<Value> {
        let known = self.recorded.context(name);
        known
            .or_else(|| self.recorded.whole_context().get(name))
            .cloned()
    }

    fn context_map(&self) -> Value {
        self.recorded.whole_context().clone()
    }

    fn env(&self, _: &str) -> Option<Value> {
        None
    }

    fn local(&self, _: &str) -> Option<Value> {
        None
    }

    fn now(&self) -> DateTime<Utc> {
        self.recorded.at()
    }
}
