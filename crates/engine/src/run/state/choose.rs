//! Branches: the chosen ones run once, the others are skipped.

use super::{At, Control, SkipReason, State, control::Over};
use crate::{Value, run::Failure};

/// The state of a control stage that chooses branches.
#[derive(Debug, Default)]
pub(crate) struct Choosing {
    pub frames: Vec<u32>,
    failure: Option<Failure>,
}

impl Choosing {
    pub(super) fn result(&self, output: Value) -> Result<Value, Failure> {
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(output),
        }
    }
}

impl State<'_> {
    pub(super) fn choose(&mut self, at: At, branches: &[String], output: Value) {
        self.hold(at, Control::Choose(Choosing::default()), output);
        let plan = self.plan;
        let mut frames = Vec::new();
        for opened in &plan.stage(self.stage_of(at)).opens {
            let chosen = branches.iter().any(|name| **name == *opened.branch);
            let skip = (!chosen).then_some(SkipReason::Branch);
            frames.extend(self.open_frame(opened.scope, Some(at), 0, Vec::new(), skip));
        }
        if frames.is_empty() {
            self.finish(at);
        } else if let Some(Control::Choose(choosing)) = self.control_mut(at) {
            choosing.frames = frames;
        }
    }

    pub(super) fn choice_over(&mut self, at: At, over: Over) {
        let Some(Control::Choose(choosing)) = self.control_mut(at) else {
            return;
        };
        choosing.frames.retain(|frame| *frame != over.number);
        let others = choosing.frames.clone();
        if let Err(failure) = over.result
            && choosing.failure.is_none()
        {
            choosing.failure = Some(failure);
            others.iter().for_each(|frame| self.stop_frame(*frame));
        }
        if others.is_empty() {
            self.finish(at);
        }
    }
}
