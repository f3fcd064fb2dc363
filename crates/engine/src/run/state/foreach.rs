//! Loops: run a branch once per item, several items at a time if the stage allows it.

use std::sync::Arc;

use super::{
    At, Control, State,
    control::{Over, error_value, with},
};
use crate::{
    Value,
    component::{BranchRole, ForEach},
    run::Failure,
};

/// The third name bound in an iteration, after the item's and the index's.
pub(super) const LOOP_TOTAL: &str = "loop_total";

/// The state of a running loop.
#[derive(Debug)]
pub(crate) struct Looping {
    spec: ForEach,
    scope: Option<u32>,
    item: Arc<str>,
    index: Arc<str>,
    /// The next item to begin.
    next: usize,
    pub frames: Vec<u32>,
    results: Vec<Value>,
    errors: Vec<(u32, Failure)>,
    /// The failure of the item that ended the loop.
    failure: Option<Failure>,
}

impl Looping {
    /// The values that the loop holds.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        self.spec
            .items
            .iter()
            .chain([&self.spec.output])
            .chain(&self.results)
    }

    pub(super) fn result(&self) -> Result<Value, Failure> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let mut errors: Vec<&(u32, Failure)> = self.errors.iter().collect();
        errors.sort_by_key(|(index, _)| *index);
        let errors: Value = errors
            .into_iter()
            .map(|(index, failure)| {
                with(
                    &error_value(failure),
                    [("index", Value::Int(i64::from(*index)))],
                )
            })
            .collect();
        let total = self.spec.items.len();
        Ok(with(
            &self.spec.output,
            [
                ("total_items", total.into()),
                ("processed_items", (total - self.errors.len()).into()),
                ("failed_items", self.errors.len().into()),
                ("results", self.results.clone().into()),
                ("errors", errors),
                ("is_complete", true.into()),
            ],
        ))
    }
}

impl State<'_> {
    /// Starts a loop at item number `next`.
    pub(super) fn for_each(&mut self, at: At, spec: ForEach, next: usize) {
        let scope = self.opens(at, BranchRole::Each);
        let scope = scope.filter(|scope| !self.plan.scope(*scope).members.is_empty());
        let results = if spec.collect {
            vec![Value::Null; spec.items.len()]
        } else {
            Vec::new()
        };
        let output = with(&spec.output, [("total_items", spec.items.len().into())]);
        let looping = Looping {
            scope,
            item: spec.item_variable.as_str().into(),
            index: spec.index_variable.as_str().into(),
            next,
            frames: Vec::new(),
            results,
            errors: Vec::new(),
            failure: None,
            spec,
        };
        self.hold(at, Control::ForEach(looping), output);
        self.begin_items(at);
    }

    /// Starts as many items as allowed, or ends the loop.
    fn begin_items(&mut self, at: At) {
        let stopped = self.is_halted(at);
        loop {
            let Some(Control::ForEach(looping)) = self.control_mut(at) else {
                return;
            };
            let scope = match looping.scope {
                Some(scope)
                    if !stopped
                        && looping.failure.is_none()
                        && looping.next < looping.spec.items.len() =>
                {
                    scope
                }
                _ => {
                    if looping.frames.is_empty() {
                        self.finish(at);
                    }
                    return;
                }
            };
            if looping.frames.len() >= looping.spec.parallel.max(1) {
                return;
            }
            let index = looping.next;
            looping.next += 1;
            let total = looping.spec.items.len();
            let bindings = vec![
                (looping.item.clone(), looping.spec.items[index].clone()),
                (looping.index.clone(), index.into()),
                (LOOP_TOTAL.into(), total.into()),
                ("loop_remaining".into(), (total - index - 1).into()),
            ];
            let frame = self.open_frame(scope, Some(at), index as u32, bindings, None);
            if let Some(Control::ForEach(looping)) = self.control_mut(at) {
                looping.frames.extend(frame);
            }
        }
    }

    pub(super) fn item_over(&mut self, at: At, over: Over) {
        let Some(Control::ForEach(looping)) = self.control_mut(at) else {
            return;
        };
        looping.frames.retain(|frame| *frame != over.number);
        match over.result {
            Ok(value) => {
                if let Some(result) = looping.results.get_mut(over.index as usize) {
                    *result = value;
                }
            }
            Err(failure) if looping.spec.break_on_error => {
                if looping.failure.is_none() {
                    looping.failure = Some(failure);
                    let others = looping.frames.clone();
                    others.iter().for_each(|frame| self.stop_frame(*frame));
                }
            }
            Err(failure) => looping.errors.push((over.index, failure)),
        }
        self.begin_items(at);
    }
}
