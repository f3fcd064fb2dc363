//! What a stage can read: other stages, variables, and the names of its iteration.

use std::sync::Arc;

use super::{At, State, Status, foreach::LOOP_TOTAL};
use crate::{Map, Value, plan::Place};

/// The result of reading another stage.
#[derive(Debug, PartialEq)]
pub(crate) enum Reading<'a> {
    /// The stage is not over, or does not exist.
    Absent,
    /// The stage was skipped: it and all its fields read as null.
    Skipped,
    /// Its value.
    Value(&'a Value),
}

impl Reading<'_> {
    pub fn into_value(self) -> Option<Value> {
        match self {
            Reading::Absent => None,
            Reading::Skipped => Some(Value::Null),
            Reading::Value(value) => Some(value.clone()),
        }
    }
}

impl State<'_> {
    /// The value of `upstream.STAGE` as read in an activation. The nearest activation that contains
    /// the stage counts, so within an iteration it is that iteration's value.
    pub fn read(&self, frame: u32, stage: u32) -> Reading<'_> {
        let mut number = frame;
        loop {
            let Some(frame) = self.frame(number) else {
                return Reading::Absent;
            };
            match self.plan.scope(frame.scope).place(stage) {
                Some(Place::Member(local)) => {
                    let slot = &frame.slots[*local as usize];
                    return match slot.status {
                        Status::Done => Reading::Value(&slot.output),
                        Status::Continued => Reading::Skipped,
                        Status::Skipped | Status::Failed => Reading::Skipped,
                        // While a control stage runs, its inner stages can read what is known of
                        // it.
                        Status::Running | Status::Waiting if slot.control.is_some() => {
                            Reading::Value(&slot.output)
                        }
                        _ => Reading::Absent,
                    };
                }
                Some(Place::Inside(holders)) => {
                    let mut over = true;
                    for holder in holders {
                        let slot = &frame.slots[*holder as usize];
                        match slot.inner.as_ref().and_then(|inner| inner.get(&stage)) {
                            Some((_, Some(value))) => return Reading::Value(value),
                            Some((_, None)) => {}
                            None => over &= slot.status.is_over(),
                        }
                    }
                    return if over {
                        Reading::Skipped
                    } else {
                        Reading::Absent
                    };
                }
                None => {}
            }
            match frame.parent {
                Some(parent) => number = parent.frame,
                None => return Reading::Absent,
            }
        }
    }

    /// The value of `context.NAME`: a name of the iteration, else a variable set by a dependency of
    /// the reader, else a property of the run.
    pub fn context(&self, at: At, name: &str) -> Option<Value> {
        let mut number = at.frame;
        while let Some(frame) = self.frame(number) {
            if let Some((_, value)) = frame.bindings.iter().find(|(n, _)| n.as_ref() == name) {
                return Some(value.clone());
            }
            match frame.parent {
                Some(parent) => number = parent.frame,
                None => break,
            }
        }
        if let Some(value) = self.variable(at.frame, self.stage_of(at), name) {
            return Some(value);
        }
        if let Some(value) = self.item(at.frame, name) {
            return Some(value);
        }
        match name {
            "variables" => Some(self.variables(at).into()),
            "pipeline_id" => Some(self.plan.pipeline_id.clone().into()),
            "pipeline_version" => Some(self.plan.version.clone().into()),
            "stage_id" => Some(self.plan.stage(self.stage_of(at)).id.clone().into()),
            _ => None,
        }
    }

    /// The item or index of the nearest loop under its standard names, which are available whatever
    /// names the loop defines.
    fn item(&self, frame: u32, name: &str) -> Option<Value> {
        let place = match name {
            "current_item" | "loop_item" => 0,
            "current_index" | "loop_index" | "item_index" => 1,
            _ => return None,
        };
        let mut number = frame;
        loop {
            let frame = self.frame(number)?;
            if frame
                .bindings
                .get(2)
                .is_some_and(|(n, _)| n.as_ref() == LOOP_TOTAL)
            {
                return frame.bindings.get(place).map(|(_, value)| value.clone());
            }
            number = frame.parent?.frame;
        }
    }

    /// All names of `context` that a slot can read.
    pub fn context_map(&self, at: At) -> Value {
        let mut map = self.variables(at);
        let mut number = at.frame;
        let mut frames = Vec::new();
        while let Some(frame) = self.frame(number) {
            frames.push(frame);
            match frame.parent {
                Some(parent) => number = parent.frame,
                None => break,
            }
        }
        for frame in frames.into_iter().rev() {
            map.extend(frame.bindings.iter().cloned());
        }
        map.into()
    }

    fn variables(&self, at: At) -> Map {
        let stage = self.stage_of(at);
        let names = self
            .plan
            .stage(stage)
            .variables
            .iter()
            .map(|(name, _)| name);
        names
            .filter_map(|name| Some((name.clone(), self.variable(at.frame, stage, name)?)))
            .collect::<Map>()
    }

    /// The value of the nearest writer. A writer that was skipped or did not set the variable is
    /// passed over in favor of the writers before it.
    fn variable(&self, frame: u32, reader: u32, name: &str) -> Option<Value> {
        let mut reader = reader;
        loop {
            let (_, writers): &(Arc<str>, Vec<u32>) = self
                .plan
                .stage(reader)
                .variables
                .iter()
                .find(|(known, _)| known.as_ref() == name)?;
            for writer in writers {
                if let Reading::Value(output) = self.read(frame, *writer)
                    && let Some(value) = output.get("variables").and_then(|v| v.get(name))
                {
                    return Some(value.clone());
                }
            }
            reader = *writers.last()?;
        }
    }
}
