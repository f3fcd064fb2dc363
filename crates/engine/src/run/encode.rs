//! Writes events as JSON lines directly into the body of a segment.
//!
//! This is the hot path, so there are no intermediate values. `event` reads the same format.

use std::io::{self, Write};

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::Serialize;

use super::{Event, EventBody, FORMAT, Failure, artifact};
use crate::{
    Value,
    component::{LogLine, Usage},
};

/// Writes events as JSON lines, with their values in place whatever their size.
pub fn encode(events: &[Event]) -> Vec<u8> {
    let Some(first) = events.first() else {
        return Vec::new();
    };
    let mut encoder = Encoder::after(first.seq.saturating_sub(1), first.at);
    for event in events {
        encoder.taken_over(event.at, event.stage.as_deref(), &event.body);
    }
    encoder.buffer
}

/// The capacity that the buffer may keep after a large value, in bytes.
const SPARE: usize = 128 * 1024;

/// The stage of an event: the part of its address before the id, and the id, as JSON text.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub prefix: &'a str,
    pub id: &'a str,
}

/// A value in the buffer that must be moved to the artifact store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Large {
    start: usize,
    end: usize,
    /// The SHA-256 of its bytes in hex, once known.
    pub name: String,
}

/// The result of writing an output.
#[derive(Debug)]
pub(crate) struct Written {
    /// Set if the value must be moved to the artifact store.
    pub large: Option<Large>,
    /// The length of its JSON, in bytes.
    pub length: usize,
}

/// The JSON of a value exceeds its limit; nothing was written.
#[derive(Debug)]
pub(crate) struct TooLong;

/// A position in the events, for [`Encoder::rollback`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    length: usize,
    next_seq: u64,
    last_at: DateTime<Utc>,
}

/// A writer with a maximum size.
struct Capped<'a> {
    buffer: &'a mut Vec<u8>,
    end: usize,
}

impl Write for Capped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > self.end - self.buffer.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Encodes the events since the last segment.
#[derive(Debug)]
pub(crate) struct Encoder {
    pub buffer: Vec<u8>,
    pub first_seq: u64,
    pub next_seq: u64,
    second: i64,
    /// That second as text, such as `2026-11-24T09:15:49.`.
    second_text: Vec<u8>,
    last_at: DateTime<Utc>,
}

impl Encoder {
    /// Continues after event number `last_seq` at the time `last_at`.
    pub fn after(last_seq: u64, last_at: DateTime<Utc>) -> Self {
        Self {
            buffer: Vec::with_capacity(8 * 1024),
            first_seq: last_seq + 1,
            next_seq: last_seq + 1,
            second: i64::MIN,
            second_text: Vec::with_capacity(24),
            last_at,
        }
    }

    /// The given time, or the last event's if that is later.
    pub fn not_before(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.max(self.last_at)
    }

    /// The number of the last event.
    pub fn last_seq(&self) -> u64 {
        self.next_seq - 1
    }

    /// The time of the last event.
    pub fn last_at(&self) -> DateTime<Utc> {
        self.last_at
    }

    /// How many events have not been taken as a segment yet.
    pub fn count(&self) -> u32 {
        (self.next_seq - self.first_seq) as u32
    }

    /// Takes the events as a segment: first number, count and body.
    pub fn take(&mut self) -> (u64, u32, Vec<u8>) {
        let out = (
            self.first_seq,
            self.count(),
            std::mem::take(&mut self.buffer),
        );
        self.buffer.reserve(8 * 1024);
        self.first_seq = self.next_seq;
        out
    }

    /// The current position.
    pub fn mark(&self) -> Mark {
        Mark {
            length: self.buffer.len(),
            next_seq: self.next_seq,
            last_at: self.last_at,
        }
    }

    /// Discards everything written since `mark`. None of it may have been taken.
    pub fn rollback(&mut self, mark: Mark) {
        self.buffer.truncate(mark.length);
        self.next_seq = mark.next_seq;
        self.last_at = mark.last_at;
        // Release the capacity that a value of many megabytes left behind.
        self.buffer.shrink_to(SPARE);
    }

    fn begin(&mut self, at: DateTime<Utc>, kind: &str, stage: Option<Subject<'_>>) {
        self.last_at = at;
        self.buffer.extend_from_slice(b"{\"seq\":");
        number(&mut self.buffer, self.next_seq);
        self.next_seq += 1;
        self.buffer.extend_from_slice(b",\"at\":\"");
        self.time(at);
        self.buffer.extend_from_slice(b"\",\"type\":\"");
        self.buffer.extend_from_slice(kind.as_bytes());
        self.buffer.push(b'"');
        if let Some(stage) = stage {
            self.buffer.extend_from_slice(b",\"stage\":\"");
            self.buffer.extend_from_slice(stage.prefix.as_bytes());
            self.buffer.extend_from_slice(stage.id.as_bytes());
            self.buffer.push(b'"');
        }
    }

    fn end(&mut self) {
        self.buffer.extend_from_slice(b"}\n");
    }

    fn time(&mut self, at: DateTime<Utc>) {
        if at.timestamp() != self.second || self.second_text.is_empty() {
            self.second = at.timestamp();
            self.second_text.clear();
            // Writing to a vector cannot fail.
            let _ = write!(
                self.second_text,
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.",
                at.year(),
                at.month(),
                at.day(),
                at.hour(),
                at.minute(),
                at.second()
            );
        }
        self.buffer.extend_from_slice(&self.second_text);
        let micros = at.timestamp_subsec_micros() % 1_000_000;
        let mut digits = [b'0'; 6];
        let mut rest = micros;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.buffer.extend_from_slice(&digits);
        self.buffer.push(b'Z');
    }

    fn attempt(&mut self, attempt: u32) {
        self.buffer.extend_from_slice(b",\"attempt\":");
        number(&mut self.buffer, u64::from(attempt));
    }

    fn field(&mut self, name: &str, value: &impl Serialize) {
        self.buffer.extend_from_slice(b",\"");
        self.buffer.extend_from_slice(name.as_bytes());
        self.buffer.extend_from_slice(b"\":");
        // Our own types always serialize, and writing to a vector cannot fail.
        let _ = serde_json::to_writer(&mut self.buffer, value);
    }

    /// Writes a value of at most `cap` bytes. Returns its position if it must be stored as an
    /// artifact.
    fn value(&mut self, name: &str, value: &Value, cap: usize) -> Result<Written, TooLong> {
        self.buffer.extend_from_slice(b",\"");
        self.buffer.extend_from_slice(name.as_bytes());
        self.buffer.extend_from_slice(b"\":");
        let start = self.buffer.len();
        let capped = Capped {
            end: start.saturating_add(cap),
            buffer: &mut self.buffer,
        };
        // Our own values always serialize; only exceeding `cap` can fail.
        serde_json::to_writer(capped, value).map_err(|_| TooLong)?;
        let end = self.buffer.len();
        let large = end - start > artifact::INLINE_LIMIT || artifact::looks_like_reference(value);
        Ok(Written {
            large: large.then(|| Large {
                start,
                end,
                name: String::new(),
            }),
            length: end - start,
        })
    }

    /// The bytes of a value that must be stored as an artifact.
    pub fn large_bytes(&self, large: &Large) -> &[u8] {
        &self.buffer[large.start..large.end]
    }

    /// Removes the bytes of such a value and writes a reference in their place.
    pub fn cut(&mut self, large: &Large) -> (Vec<u8>, Value) {
        let rest = self.buffer.split_off(large.end);
        let bytes = self.buffer.split_off(large.start);
        let reference = artifact::reference(&large.name, &bytes);
        self.buffer.shrink_to(SPARE);
        self.buffer
            .extend_from_slice(reference.to_json().as_bytes());
        self.buffer.extend_from_slice(&rest);
        (bytes, reference)
    }

    fn report(&mut self, logs: &[LogLine], usage: Option<&Usage>) {
        if !logs.is_empty() {
            self.field("logs", &logs);
        }
        if let Some(usage) = usage {
            self.field("usage", usage);
        }
    }

    fn taken(&mut self, taken_over: bool) {
        if taken_over {
            self.field("taken_over", &true);
        }
    }

    /// Copies an event of another journal with its original time. A value that is a reference there
    /// stays one.
    pub fn taken_over(&mut self, at: DateTime<Utc>, stage: Option<&str>, body: &EventBody) {
        let json = stage.map(|stage| Value::from(stage).to_json());
        let subject = json.as_deref().map(|json| Subject {
            prefix: "",
            id: json
                .trim_start_matches('"')
                .strip_suffix('"')
                .unwrap_or(json),
        });
        self.plain(at, subject, body);
    }

    pub fn run_started(&mut self, at: DateTime<Utc>, input: &Value) -> Option<Large> {
        self.begin(at, "run.started", None);
        self.field("format", &FORMAT);
        let written = self.value("input", input, usize::MAX);
        self.end();
        written.ok()?.large
    }

    pub fn scheduled(&mut self, at: DateTime<Utc>, stage: Subject<'_>) {
        self.begin(at, "stage.scheduled", Some(stage));
        self.end();
    }

    pub fn started(&mut self, at: DateTime<Utc>, stage: Subject<'_>, attempt: u32) {
        self.activated(at, stage, attempt, None, None);
    }

    /// The start of a control stage, with its deadline and its number of items.
    pub fn activated(
        &mut self,
        at: DateTime<Utc>,
        stage: Subject<'_>,
        attempt: u32,
        deadline: Option<DateTime<Utc>>,
        items: Option<u64>,
    ) {
        self.begin(at, "stage.started", Some(stage));
        self.attempt(attempt);
        if let Some(deadline) = deadline {
            self.moment("deadline", deadline);
        }
        if let Some(items) = items {
            self.field("items", &items);
        }
        self.end();
    }

    /// The end of an attempt with an output of at most `cap` bytes.
    #[allow(clippy::too_many_arguments)]
    pub fn succeeded(
        &mut self,
        at: DateTime<Utc>,
        stage: Subject<'_>,
        attempt: u32,
        output: &Value,
        logs: &[LogLine],
        usage: Option<&Usage>,
        taken_over: bool,
        cap: usize,
    ) -> Result<Written, TooLong> {
        let mark = self.mark();
        self.begin(at, "stage.succeeded", Some(stage));
        self.attempt(attempt);
        self.report(logs, usage);
        self.taken(taken_over);
        let written = self.value("output", output, cap);
        if written.is_err() {
            self.rollback(mark);
        } else {
            self.end();
        }
        written
    }

    /// The end of the run with an output of at most `cap` bytes.
    pub fn finished(
        &mut self,
        at: DateTime<Utc>,
        body: &EventBody,
        cap: usize,
    ) -> Result<Option<Large>, TooLong> {
        let mark = self.mark();
        let large = self.with_body(at, None, body, cap);
        if large.is_err() {
            self.rollback(mark);
        }
        large
    }

    #[allow(clippy::too_many_arguments)]
    pub fn failed(
        &mut self,
        at: DateTime<Utc>,
        stage: Subject<'_>,
        attempt: u32,
        error: &Failure,
        last: bool,
        logs: &[LogLine],
        usage: Option<&Usage>,
    ) {
        self.begin(at, "stage.failed", Some(stage));
        self.attempt(attempt);
        self.field("error", error);
        self.field("final", &last);
        self.report(logs, usage);
        self.end();
    }

    /// Events whose bodies are short and rare.
    pub fn plain(&mut self, at: DateTime<Utc>, stage: Option<Subject<'_>>, body: &EventBody) {
        // Without a cap this cannot fail.
        let _ = self.with_body(at, stage, body, usize::MAX);
    }

    fn with_body(
        &mut self,
        at: DateTime<Utc>,
        stage: Option<Subject<'_>>,
        body: &EventBody,
        cap: usize,
    ) -> Result<Option<Large>, TooLong> {
        self.begin(at, body.kind(), stage);
        let mut large = None;
        // Every body is listed: one that is missing here would be written without its fields.
        match body {
            EventBody::RunStarted {
                input,
                format: _,
                reused,
            } => {
                self.field("format", &FORMAT);
                if let Some(reused) = reused {
                    self.field("reused", reused);
                }
                large = self.value("input", input, cap)?.large;
            }
            EventBody::StageScheduled | EventBody::StageExpired | EventBody::WaitEnded => {}
            EventBody::StageStarted {
                attempt,
                deadline,
                items,
            } => {
                self.attempt(*attempt);
                if let Some(deadline) = deadline {
                    self.moment("deadline", *deadline);
                }
                if let Some(items) = items {
                    self.field("items", items);
                }
            }
            EventBody::StageSucceeded {
                attempt,
                output,
                logs,
                usage,
                taken_over,
            } => {
                self.attempt(*attempt);
                self.report(logs, usage.as_ref());
                self.taken(*taken_over);
                large = self.value("output", output, cap)?.large;
            }
            EventBody::StageFailed {
                attempt,
                error,
                last,
                logs,
                usage,
            } => {
                self.attempt(*attempt);
                self.field("error", error);
                self.field("final", last);
                self.report(logs, usage.as_ref());
            }
            EventBody::RunSignal { signal, by, reason } => {
                self.field("signal", signal);
                if let Some(by) = by {
                    self.field("by", by);
                }
                if let Some(reason) = reason {
                    self.field("reason", reason);
                }
            }
            EventBody::StageIntent { attempt, key } => {
                self.attempt(*attempt);
                self.field("key", key);
            }
            EventBody::StageRetryAt { attempt, due } => {
                self.attempt(*attempt);
                self.moment("due", *due);
            }
            EventBody::StageSkipped { reason } => self.field("reason", reason),
            EventBody::WaitStarted { due } => self.moment("due", *due),
            EventBody::RunFinished {
                status,
                output,
                error,
            } => {
                self.field("status", status);
                if let Some(error) = error {
                    self.field("error", error);
                } else {
                    large = self.value("output", output, cap)?.large;
                }
            }
        }
        self.end();
        Ok(large)
    }

    fn moment(&mut self, name: &str, moment: DateTime<Utc>) {
        self.buffer.extend_from_slice(b",\"");
        self.buffer.extend_from_slice(name.as_bytes());
        self.buffer.extend_from_slice(b"\":\"");
        self.time(moment);
        self.buffer.push(b'"');
    }
}

fn number(buffer: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests;
