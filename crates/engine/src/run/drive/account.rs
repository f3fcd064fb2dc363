//! Tracks a run's memory, output and log lines against its limits.
//!
//! Values are charged by an estimate that is never too low. Once the estimate has grown enough, the
//! run's values are weighed exactly (shared parts once) and the estimate restarts from there. So a
//! stage usually costs one addition and one comparison, and the charge stays close to the real
//! memory usage.

use std::collections::HashSet;

use types::ErrorCode;

use crate::{
    Value,
    component::{LogLine, Report, StageError},
    limits::{Full, Grant, Limits, MIB, RunShare},
    run::state::State,
    value::MemoryMeter,
};

/// Memory that a run may hold before it is charged to its account, in bytes.
const FREE: usize = 256 * 1024;
/// JSON up to this length is charged by its length; the value of longer JSON is weighed. In bytes.
const SHORT: usize = 4 * 1024;
/// The maximum memory of a value per byte of its JSON; `[{},{},{}…` is the worst case.
const PER_BYTE: usize = 32;
/// The growth of the estimate after which the values are weighed again, in bytes.
const WEIGH_AFTER: usize = 16 * MIB;
/// The maximum length of a log line's message, and of its data, in bytes.
const LINE: usize = 16 * 1024;

/// The account of one run.
pub(super) struct Account {
    pub share: RunShare,
    /// An upper bound of the values' memory, in bytes.
    held: usize,
    /// Their memory when they were last weighed, in bytes.
    weighed: usize,
    /// The memory taken for them from the run's account.
    grant: Grant,
    /// The memory taken for a large output while it is being stored.
    passing: Grant,
    /// Whether the run holds memory beyond its limit.
    pub in_debt: bool,
    /// Bytes of outputs in the journal and in artifacts.
    written: usize,
    artifacts: usize,
    /// The names of the artifacts that this run has stored.
    stored: HashSet<String>,
    logs: Logs,
}

/// The run's log lines.
#[derive(Default)]
struct Logs {
    lines: usize,
    bytes: usize,
    dropped: usize,
    /// The number of dropped lines that the log has already reported.
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

    /// Charges a value that the run is about to hold. `length`: of its JSON, in bytes.
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

    /// Charges the initial values: the run's input, or the values in its journal.
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

    /// Charges a value that cannot be refused, even beyond the limit.
    pub fn force(&mut self, state: &State<'_>, value: &Value, length: usize) {
        if self.hold(state, value, length).is_err() {
            self.weigh(state, value);
            self.settle();
        }
    }

    /// Takes memory for everything that is held, even beyond the limit.
    fn settle(&mut self) {
        let more = self.held.saturating_sub(self.grant.bytes());
        if self.held > FREE && self.grant.grow(more).is_err() {
            self.grant.force(more);
            self.in_debt = true;
        }
    }

    fn weigh(&mut self, state: &State<'_>, value: &Value) {
        let mut scale = MemoryMeter::default();
        state.weight(&mut scale);
        scale.add(value);
        self.held = scale.bytes();
        self.weighed = self.held;
        self.grant.shrink(self.held.next_multiple_of(MIB));
    }

    /// Weighs the values again and returns the memory taken for them, in bytes.
    pub fn kept(&mut self, state: &State<'_>) -> usize {
        self.weigh(state, &Value::Null);
        self.grant.bytes()
    }

    /// Charges the JSON text of a large output and the copy that is made to store it.
    pub fn pass(&mut self, value: &Value) -> Result<(), Full> {
        self.passing.shrink(0);
        let text = value.weight().min(self.limits().value);
        self.passing.grow(2 * text)
    }

    /// [`Account::pass`] for an output that cannot be refused: charges it even beyond the limit.
    pub fn force_pass(&mut self, value: &Value) {
        if self.pass(value).is_err() {
            let text = value.weight().min(self.limits().value);
            self.passing.force(2 * text);
            self.in_debt = true;
        }
    }

    /// Releases the charge of [`Account::pass`] after the output was stored.
    pub fn passed(&mut self) {
        self.passing.shrink(0);
    }

    /// Whether the run has already stored this artifact.
    pub fn is_stored(&self, name: &str) -> bool {
        self.stored.contains(name)
    }

    /// Notes that an artifact was stored.
    pub fn stored(&mut self, name: String) {
        self.stored.insert(name);
    }

    /// Counts an output of `length` bytes that was recorded.
    pub fn written(&mut self, length: usize, is_artifact: bool) {
        self.written += length;
        if is_artifact {
            self.artifacts += length;
        }
    }

    /// Fails if another output of `length` bytes would exceed the run's limits.
    pub fn may_write(&self, length: usize, is_artifact: bool) -> Result<(), StageError> {
        let limits = self.share.limits();
        let too_much = |what: &str, all: usize, limit: usize, setting: &str| {
            let message = format!(
                "with this output of {}, {what} would total {}; the limit is {}. Pass on only the \
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

    /// The error for an output whose JSON exceeds the limit of one value.
    pub fn too_long(&self) -> StageError {
        let limit = self.limits().value;
        StageError::new(
            ErrorCode::OutputLimit,
            format!(
                "the output is longer than {} as JSON, which is the limit of one value. Pass on \
                 only the parts that later stages read; the operator's setting is \
                 FLOWMASON_VALUE_MB",
                size(limit)
            ),
        )
    }

    /// Drops log lines beyond the limits of the run and its organization, and adds a line that
    /// reports how many were dropped. `whole`: the stage is a control stage, so the total so far is
    /// reported.
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
        // In a loop, each of many stages may drop one line; reporting each would double the lines.
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

    /// Counts an output that the journal already contains.
    pub fn replayed(&mut self, length: usize, name: Option<String>) {
        if let Some(name) = name {
            if !self.stored.insert(name) {
                return;
            }
            self.artifacts += length;
        }
        self.written += length;
    }

    /// Counts log lines that the journal already contains.
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

/// A size for people.
fn size(bytes: usize) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..MIB => format!("{} kB", bytes.div_ceil(1_024)),
        _ => format!("{} MB", bytes.div_ceil(MIB)),
    }
}
