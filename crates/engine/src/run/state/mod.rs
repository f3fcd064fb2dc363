//! The state of a run and how events change it.
//!
//! Pure: no clock, no I/O, no randomness. Each method named like an event makes that event's
//! change, both live and during replay; [`State::next`] returns the next command. After a crash the
//! same events restore the same state, and commands without a recorded result are issued again.

mod activation;
mod choose;
mod control;
mod finish;
mod foreach;
mod frame;
mod read;
mod resume;
mod schedule;
mod trycatch;
mod weight;

use std::collections::{BTreeSet, VecDeque};

use chrono::{DateTime, Utc};

pub(crate) use control::Control;
pub(crate) use finish::Closing;
pub(crate) use frame::{At, Frame, Slot, Status};
pub(crate) use read::Reading;

use super::{Failure, SkipReason, host::Progress};
use crate::{Value, component::Usage, plan::Plan};

/// The next action for the driver.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Command {
    /// The stage's dependencies are done: write `stage.scheduled` and start it.
    Schedule(At),
    /// Start this attempt: its delay is over, or a crash interrupted it.
    Start(At, u32),
    /// An attempt failed and another one follows: write when it is due.
    Backoff(At),
    /// Write `stage.skipped`.
    Skip(At, SkipReason),
    /// The stage was stopped from outside: write `stage.failed`.
    Abandon(At),
    /// Write `wait.started`.
    Sleep(At, DateTime<Utc>),
    /// The sleep is over: write `wait.ended`.
    Wake(At),
    /// A control stage has a result: write it.
    Finish(At),
    /// Write `run.finished`.
    End,
}

/// The state of a run.
#[derive(Debug)]
pub(crate) struct State<'p> {
    pub plan: &'p Plan,
    pub input: Value,
    pub started_at: Option<DateTime<Utc>>,
    /// The activations; the first is the top level. `None` for those that are over.
    frames: Vec<Option<Box<Frame>>>,
    queue: VecDeque<Command>,
    /// When retries and sleeps are due.
    timers: BTreeSet<(DateTime<Utc>, At)>,
    /// The deadlines of control stages.
    deadlines: BTreeSet<(DateTime<Utc>, At)>,
    /// The number of attempts in flight, not counting control stages.
    in_flight: usize,
    closing: Option<Closing>,
    ended: bool,
    pub usage: Usage,
    stages_done: u32,
    /// Whether a stage, inner or not, ended since the last [`State::progress`].
    progressed: bool,
    /// The activations' numbers by address prefix; set during replay.
    lookup: Option<std::collections::HashMap<String, u32>>,
}

impl<'p> State<'p> {
    /// A run before its first event.
    pub fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            input: Value::Null,
            started_at: None,
            frames: Vec::new(),
            queue: VecDeque::new(),
            timers: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            in_flight: 0,
            closing: None,
            ended: false,
            usage: Usage::default(),
            stages_done: 0,
            progressed: false,
            lookup: None,
        }
    }

    /// `run.started`.
    pub fn run_started(&mut self, at: DateTime<Utc>, input: Value) {
        self.started_at = Some(at);
        self.input = input;
        self.open_frame(0, None, 0, Vec::new(), None);
        if self.plan.is_empty() {
            self.close(Closing::Done);
        }
    }

    /// The next command; `None` if something must happen first.
    pub fn next(&mut self) -> Option<Command> {
        loop {
            if self.closing.is_some() {
                return self.next_while_closing();
            }
            let command = self.queue.pop_front()?;
            if let Some(command) = self.still_wanted(command) {
                return Some(command);
            }
        }
    }

    /// Returns the command if it still applies: something may have changed since it was queued.
    fn still_wanted(&self, command: Command) -> Option<Command> {
        let (Command::Schedule(at)
        | Command::Start(at, _)
        | Command::Backoff(at)
        | Command::Skip(at, _)
        | Command::Abandon(at)
        | Command::Sleep(at, _)
        | Command::Wake(at)
        | Command::Finish(at)) = command
        else {
            return Some(command);
        };
        let frame = self.frames[at.frame as usize].as_ref()?;
        let slot = &frame.slots[at.local as usize];
        let wanted = match command {
            Command::Schedule(_) if slot.status == Status::Ready && frame.stopped => {
                return Some(Command::Skip(at, SkipReason::ScopeFailed));
            }
            Command::Schedule(_) => slot.status == Status::Ready,
            Command::Start(..) if frame.stopped => {
                return slot.can_be_abandoned().then_some(Command::Abandon(at));
            }
            Command::Start(_, attempt) => match slot.status {
                Status::Scheduled => !slot.attempting,
                Status::Running => slot.attempt == attempt && !slot.attempting,
                Status::Retrying => slot.attempt < attempt && !slot.attempting,
                _ => false,
            },
            Command::Backoff(_) => slot.status == Status::Retrying && slot.due.is_none(),
            Command::Skip(..) => matches!(slot.status, Status::Pending | Status::Ready),
            Command::Abandon(_) => slot.can_be_abandoned(),
            Command::Sleep(..) if frame.stopped && slot.status == Status::Running => {
                return Some(Command::Abandon(at));
            }
            Command::Sleep(..) => slot.status == Status::Running && !slot.expired,
            Command::Wake(_) => slot.status == Status::Waiting,
            // A `Finish` of an earlier attempt does not apply to this one.
            Command::Finish(_) => slot.status == Status::Running && slot.finishing,
            Command::End => true,
        };
        wanted.then_some(command)
    }

    fn next_while_closing(&mut self) -> Option<Command> {
        if self.ended {
            return None;
        }
        while let Some(command) = self.queue.pop_front() {
            if matches!(command, Command::Abandon(_))
                && let Some(command) = self.still_wanted(command)
            {
                return Some(command);
            }
        }
        (self.in_flight == 0).then_some(Command::End)
    }

    /// The next due time or deadline. While the run is ending, only deadlines count, because they
    /// stop attempts in flight.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        let timer = self.timers.first().filter(|_| self.closing.is_none());
        timer
            .into_iter()
            .chain(self.deadlines.first())
            .map(|(due, _)| *due)
            .min()
    }

    /// Whether a retry or a sleep is pending.
    pub fn sleeps(&self) -> bool {
        self.closing.is_none() && !self.timers.is_empty()
    }

    /// Queues the commands that are due.
    pub fn fire(&mut self, now: DateTime<Utc>) {
        while let Some((due, at)) = self.timers.first().copied() {
            if due > now {
                break;
            }
            self.timers.pop_first();
            let Some(slot) = self.slot(at) else { continue };
            let command = match slot.status {
                Status::Retrying => Command::Start(at, slot.attempt + 1),
                Status::Waiting => Command::Wake(at),
                _ => continue,
            };
            self.queue.push_back(command);
        }
    }

    /// Whether `run.finished` was written.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The run's progress, for its row.
    pub fn progress(&mut self, last_seq: u64, at: DateTime<Utc>) -> Progress {
        let (status, error, _) = self.ending_if_ended();
        Progress {
            status,
            stages_done: self.stages_done,
            stages_total: self.plan.len() as u32,
            progressed: std::mem::take(&mut self.progressed),
            last_seq,
            at,
            usage: self.usage,
            error,
            output: None,
        }
    }

    pub fn slot(&self, at: At) -> Option<&Slot> {
        self.frames
            .get(at.frame as usize)?
            .as_ref()?
            .slots
            .get(at.local as usize)
    }

    fn slot_mut(&mut self, at: At) -> Option<&mut Slot> {
        self.frames
            .get_mut(at.frame as usize)?
            .as_mut()?
            .slots
            .get_mut(at.local as usize)
    }

    fn frame(&self, frame: u32) -> Option<&Frame> {
        self.frames.get(frame as usize)?.as_deref()
    }

    fn frame_mut(&mut self, frame: u32) -> Option<&mut Frame> {
        self.frames.get_mut(frame as usize)?.as_deref_mut()
    }

    /// The stage of a slot.
    pub fn stage_of(&self, at: At) -> u32 {
        self.frame(at.frame).map_or(0, |f| {
            self.plan.scope(f.scope).members[at.local as usize].stage
        })
    }

    /// The address of a slot.
    pub fn address(&self, at: At) -> std::sync::Arc<str> {
        let id = &self.plan.stage(self.stage_of(at)).id;
        match self.frame(at.frame) {
            Some(frame) if !frame.prefix.is_empty() => format!("{}{id}", frame.prefix).into(),
            _ => id.clone(),
        }
    }

    /// The prefix of the addresses in a slot's activation, escaped for JSON.
    pub fn json_prefix(&self, at: At) -> &str {
        self.frame(at.frame).map_or("", |frame| &frame.json_prefix)
    }

    /// The failure of a stage that was stopped because another one failed or the run ended.
    pub(crate) fn stopped() -> Failure {
        Failure {
            code: types::ErrorCode::Cancelled,
            message: "Stopped because the run or a sibling stage ended first".to_owned(),
            stage: None,
        }
    }
}
