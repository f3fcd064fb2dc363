//! Replay: applies the events of a journal in order, then restores what a crash left unfinished.

use std::collections::HashMap;

use super::{At, Command, State, Status};
use crate::{
    component::Body,
    run::{DecodeError, Event, EventBody},
};

impl State<'_> {
    /// Prepares for events of a journal.
    pub fn begin_replay(&mut self) {
        self.lookup = Some(HashMap::new());
    }

    /// The slot of the stage at an address.
    pub fn find(&self, address: &str) -> Option<At> {
        let plan = self.plan;
        let member = |frame: u32, id: &str| {
            let stage = plan.index.get(id)?;
            let scope = self.frame(frame)?.scope;
            match plan.scope(scope).place(*stage)? {
                crate::plan::Place::Member(local) => Some(At {
                    frame,
                    local: *local,
                }),
                crate::plan::Place::Inside(_) => None,
            }
        };
        if let Some(found) = member(0, address) {
            return Some(found);
        }
        let lookup = self.lookup.as_ref()?;
        address.match_indices('/').find_map(|(at, _)| {
            let (prefix, id) = address.split_at(at + 1);
            member(*lookup.get(prefix)?, id)
        })
    }

    /// Applies an event of the journal. Returns the slot of a control stage that has started: its
    /// body must run again before the next event.
    pub fn apply(&mut self, event: &Event) -> Result<Option<At>, DecodeError> {
        let Some(address) = &event.stage else {
            match &event.body {
                EventBody::RunStarted { input, reused, .. } => {
                    let at = reused.as_ref().map_or(event.at, |reused| reused.at);
                    self.run_started(at, input.clone());
                }
                EventBody::RunSignal { signal, by, reason } if signal == "cancel" => {
                    self.cancelled(by.as_deref(), reason.as_deref());
                }
                EventBody::RunFinished { .. } => self.finished(),
                _ => {}
            }
            return Ok(None);
        };
        let Some(at) = self.find(address) else {
            return Err(DecodeError::Damaged(format!(
                "event {} is about `{address}`, which is not active",
                event.seq
            )));
        };
        match &event.body {
            EventBody::StageScheduled => self.scheduled(at, event.at),
            EventBody::StageStarted {
                attempt, deadline, ..
            } => {
                self.started(at, *attempt, *deadline);
                let component = self.plan.stage(self.stage_of(at)).component;
                return Ok(matches!(component.body, Body::Control(_)).then_some(at));
            }
            EventBody::StageIntent { .. } => self.intended(at),
            EventBody::StageExpired => self.expired(at),
            EventBody::StageSucceeded { output, usage, .. } => {
                self.succeeded(at, output.clone(), usage.as_ref());
            }
            EventBody::StageFailed {
                error, last, usage, ..
            } => {
                let mut failure = error.clone();
                failure.stage.get_or_insert_with(|| address.clone());
                self.failed(at, failure, *last, None, usage.as_ref());
            }
            EventBody::StageRetryAt { due, .. } => self.retry_at(at, *due),
            EventBody::StageSkipped { .. } => self.skipped(at),
            EventBody::WaitStarted { due } => self.wait_started(at, *due),
            EventBody::WaitEnded => self.wait_ended(at),
            EventBody::RunStarted { .. }
            | EventBody::RunSignal { .. }
            | EventBody::RunFinished { .. } => {}
        }
        Ok(None)
    }

    /// Ends the replay: queues the attempts that were in flight when the journal ended.
    pub fn end_replay(&mut self) {
        self.lookup = None;
        self.progressed = false;
        let mut commands = Vec::new();
        for (number, frame) in (0u32..).zip(&self.frames) {
            let Some(frame) = frame else { continue };
            for (local, slot) in (0u32..).zip(&frame.slots) {
                let at = At {
                    frame: number,
                    local,
                };
                let ending = frame.stopped || self.closing.is_some();
                match slot.status {
                    _ if ending && slot.can_be_abandoned() => commands.push(Command::Abandon(at)),
                    Status::Scheduled => commands.push(Command::Start(at, 1)),
                    Status::Running if slot.control.is_none() => {
                        commands.push(Command::Start(at, slot.attempt));
                    }
                    _ => {}
                }
            }
        }
        self.queue.extend(commands);
    }
}
