//! What a run holds and has written, against its limits.
//!
//! Values are charged by an estimate that is never below what they take; when it has grown enough,
//! the run's values are weighed, shared parts once, and the estimate starts again from there. So a
//! stage costs an addition and a comparison, and what is charged stays near the truth.

use std::collections::HashSet;

use types::ErrorCode;

use crate::{
    Value,
    component::{LogLine, Report, StageError},
    limits::{Full, Grant, Limits, MIB, RunShare},
    run::state::State,
    value::Scale,
};

/// What a run holds before its account is asked, in bytes.
const FREE: usize = 256 * 1024;
/// JSON up to here is charged by its length, beyond it its value is weighed.
const SHORT: usize = 4 * 1024;
/// The most that a value takes per byte of its JSON: `[{},{},{}…`.
const PER_BYTE: usize = 32;
/// How much the estimate must have grown before the values are weighed again, in bytes.
const WEIGH_AFTER: usize = 16 * MIB;
/// The longest log line that is kept whole, in bytes.
const LINE: usize = 16 * 1024;

/// One run's account.
pub(super) struct Account {
    pub share: RunShare,
    /// An upper bound of what the values take.
    held: usize,
    /// What they took when they were last weighed.
    weighed: usize,
    /// What was taken for them from the run's memory.
    grant: Grant,
    /// Taken for a large output on its way to the store.
    passing: Grant,
    /// Whether something was taken that does not fit.
    pub in_debt: bool,
    /// Bytes of outputs in the journal and in artifacts.
    written: usize,
    artifacts: usize,
    /// The artifacts that this run has written.
    stored: HashSet<String>,
    logs: Logs,
}

/// Log lines of a run.
#[derive(Default)]
struct Logs {
    lines: usize,
    bytes: usize,
    dropped: usize,
    /// How many had been dropped when the journal last said so.
    said: usize,
}

impl Account {
    pub fn new(share: RunShare) -> Self {
        Self {
            held: 0,
            weighed: 0,
            grant: share.memory.empty(),
            passing: share.memory.empty(),
            in_debt: false,
            written: 0,
            artifacts: 0,
            stored: HashSet::new(),
            logs: Logs::default(),
            share,
        }
    }

    pub fn limits(&self) -> &Limits {
        self.share.limits()
    }

    /// Charges a value that the run is about to hold. `length`: of its JSON.
    #[inline]
    pub fn hold(&mut self, state: &State<'_>, value: &Value, length: usize) -> Result<(), Full> {
        let more = if length <= SHORT {
            length * PER_BYTE + size_of::<Value>()
        } else {
            value.weight()
        };
        self.held += more;
        if self.held <= FREE.max(self.grant.bytes()) {
            return Ok(());
        }
        let held = self.hold_more(state, value);
        if held.is_err() {
            self.weigh(state, &Value::Null);
        }
        held
    }

    /// Charges what the run begins with: its input, or what its journal holds.
    pub fn begin(&mut self, state: &State<'_>, length: usize) {
        if length <= SHORT {
            self.force(state, &Value::Null, length);
            return;
        }
        self.weigh(state, &Value::Null);
        self.settle();
    }

    #[cold]
    fn hold_more(&mut self, state: &State<'_>, value: &Value) -> Result<(), Full> {
        let grown = self.held - self.weighed.min(self.held);
        let mut fresh = grown >= WEIGH_AFTER.max(self.weighed);
        if fresh {
            self.weigh(state, value);
        }
        loop {
            let wanted = self.held.next_multiple_of(MIB);
            let more = wanted.saturating_sub(self.grant.bytes());
            match self.grant.grow(more) {
                Ok(()) => return Ok(()),
                Err(_) if !fresh => {
                    fresh = true;
                    self.weigh(state, value);
                }
                Err(full) => return Err(full),
            }
        }
    }

    /// Charges a value that cannot be given up, whether it fits or not.
    pub fn force(&mut self, state: &State<'_>, value: &Value, length: usize) {
        if self.hold(state, value, length).is_err() {
            self.weigh(state, value);
            self.settle();
        }
    }

    /// Takes what is held, whether it fits or not.
    fn settle(&mut self) {
        let more = self.held.saturating_sub(self.grant.bytes());
        if self.held > FREE && self.grant.grow(more).is_err() {
            self.grant.force(more);
            self.in_debt = true;
        }
    }

    fn weigh(&mut self, state: &State<'_>, value: &Value) {
        let mut scale = Scale::default();
        state.weight(&mut scale);
        scale.add(value);
        self.held = scale.bytes();
        self.weighed = self.held;
        self.grant.shrink(self.held.next_multiple_of(MIB));
    }

    /// What was taken for the values that the run keeps, weighed again.
    pub fn kept(&mut self, state: &State<'_>) -> usize {
        self.weigh(state, &Value::Null);
        self.grant.bytes()
    }

    /// Charges the text of an output of many megabytes, and its copy on the way to the store.
    pub fn pass(&mut self, value: &Value) -> Result<(), Full> {
        self.passing.shrink(0);
        let text = value.weight().min(self.limits().value);
        self.passing.grow(2 * text)
    }

    /// The same, whether it fits or not.
    pub fn force_pass(&mut self, value: &Value) {
        if self.pass(value).is_err() {
            let text = value.weight().min(self.limits().value);
            self.passing.force(2 * text);
            self.in_debt = true;
        }
    }

    /// The large output is stored.
    pub fn passed(&mut self) {
        self.passing.shrink(0);
    }

    /// Whether an artifact is stored already.
    pub fn is_stored(&self, name: &str) -> bool {
        self.stored.contains(name)
    }

    /// An artifact is stored.
    pub fn stored(&mut self, name: String) {
        self.stored.insert(name);
    }

    /// Counts an output of `length` bytes that is recorded.
    pub fn written(&mut self, length: usize, is_artifact: bool) {
        self.written += length;
        if is_artifact {
            self.artifacts += length;
        }
    }

    /// Whether the run may have an output of `length` bytes more.
    pub fn may_write(&self, length: usize, is_artifact: bool) -> Result<(), StageError> {
        let limits = self.share.limits();
        let too_much = |what: &str, all: usize, limit: usize, setting: &str| {
            let message = format!(
                "with this output of {}, {what} would have {}; the limit is {}. Pass on only the \
                 parts that later stages read, or split the work into several runs; the \
                 operator's setting is {setting}",
                size(length),
                size(all),
                size(limit)
            );
            StageError::new(ErrorCode::OutputLimit, message)
        };
        let (written, artifacts) = (self.written + length, self.artifacts + length);
        if is_artifact && artifacts > limits.artifacts {
            let what = "the artifacts of this run (outputs over 64 kB)";
            let setting = "FLOWMASON_RUN_ARTIFACTS_MB";
            return Err(too_much(what, artifacts, limits.artifacts, setting));
        }
        if written > limits.output {
            let what = "all outputs of this run";
            return Err(too_much(
                what,
                written,
                limits.output,
                "FLOWMASON_RUN_OUTPUT_MB",
            ));
        }
        Ok(())
    }

    /// Why an output cannot be written at all.
    pub fn too_long(&self) -> StageError {
        let limit = self.limits().value;
        StageError::new(
            ErrorCode::OutputLimit,
            format!(
                "the output has more than {} as JSON, which is the limit of one value. Pass on \
                 only the parts that later stages read; the operator's setting is \
                 FLOWMASON_VALUE_MB",
                size(limit)
            ),
        )
    }

    /// Keeps the lines that the run and its organization still may write, and says what is
    /// missing. `whole`: the end of a control stage, which says how many are missing so far.
    pub fn admit_logs(&mut self, report: &mut Report, whole: bool) {
        if report.logs.is_empty() && report.dropped == 0 && self.logs.dropped == self.logs.said {
            return;
        }
        let limits = self.share.limits();
        let mut kept = 0;
        let mut bytes = 0;
        for line in &mut report.logs {
            shorten(line);
            bytes += weight(line);
            if self.logs.lines + kept >= limits.log_lines
                || self.logs.bytes + bytes > limits.log_bytes
            {
                break;
            }
            kept += 1;
        }
        kept = self.share.logs().take(kept);
        let dropped = report.logs.len() - kept + report.dropped as usize;
        report.dropped = 0;
        let at = report.logs.last().map(|line| line.at);
        report.logs.truncate(kept);
        self.logs.lines += kept;
        self.logs.bytes += report.logs.iter().map(weight).sum::<usize>();
        self.logs.dropped += dropped;
        // In a loop, each of many stages drops one: a record each would be as many lines again.
        let worth = self.logs.dropped >= 2 * self.logs.said || dropped >= 100;
        if self.logs.dropped > self.logs.said && (worth || whole) {
            let said = std::mem::replace(&mut self.logs.said, self.logs.dropped);
            let (more, all) = (self.logs.dropped - said, self.logs.dropped);
            let so_far = if said == 0 {
                String::new()
            } else {
                format!(", {all} in this run so far")
            };
            report.logs.push(LogLine {
                at: at.unwrap_or_default(),
                level: "warning".to_owned(),
                message: format!(
                    "… {more} more lines were dropped{so_far}: a run keeps at most {} lines and {}, \
                     an attempt {} lines, an organization {} lines a second",
                    limits.log_lines,
                    size(limits.log_bytes),
                    Report::MOST_LINES,
                    limits.org_log_rate
                ),
                data: None,
            });
        }
    }

    /// Counts what a journal has already.
    pub fn replayed(&mut self, length: usize, name: Option<String>) {
        if let Some(name) = name {
            if !self.stored.insert(name) {
                return;
            }
            self.artifacts += length;
        }
        self.written += length;
    }

    /// Counts log lines that a journal has already.
    pub fn replayed_logs(&mut self, logs: &[LogLine]) {
        self.logs.lines += logs.len();
        self.logs.bytes += logs.iter().map(weight).sum::<usize>();
    }
}

fn weight(line: &LogLine) -> usize {
    let data = line.data.as_ref().map_or(0, |data| data.size(LINE));
    64 + line.message.len() + data
}

fn shorten(line: &mut LogLine) {
    if line.message.len() > LINE {
        let mut end = LINE;
        while !line.message.is_char_boundary(end) {
            end -= 1;
        }
        line.message.truncate(end);
        line.message.push('…');
    }
    if line
        .data
        .as_ref()
        .is_some_and(|data| data.size(LINE) > LINE)
    {
        let said = format!("… more than {} of data were dropped", size(LINE));
        line.data = Some(Value::from(said));
    }
}

/// Bytes for people.
fn size(bytes: usize) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..MIB => format!("{} kB", bytes.div_ceil(1_024)),
        _ => format!("{} MB", bytes.div_ceil(MIB)),
    }
}
