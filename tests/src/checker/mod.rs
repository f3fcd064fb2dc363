//! The checker of the run engine's invariants. It reads the whole database after a fault and
//! reports violations.
//!
//! It depends on the tables and the journal's text format, and on none of the code that writes
//! them. Every fault test ends with it.

mod activations;
mod evidence;
mod failures;
mod journal;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

pub use evidence::{Evidence, RunRow, SegmentRow, read_evidence};
use failures::Failures;
use journal::{Line, lines};

/// A call that the effect sink received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkCall {
    /// The request's `Idempotency-Key`.
    pub key: String,
    /// The run and the stage, as labeled in the request.
    pub effect: String,
}

/// What the test knows in addition to the database.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// Runs whose start was acknowledged, as text ids.
    pub acknowledged: Vec<String>,
    /// All calls that the sink received, in order.
    pub calls: Vec<SinkCall>,
    /// The number of times a process was killed.
    pub kills: u32,
    /// The number of kills that happened while a stage was in flight.
    pub kills_in_flight: u32,
    /// The minimum number of acknowledged starts for a meaningful test.
    pub least_starts: usize,
}

/// All violations; empty if every invariant holds. Each line begins with the invariant's id.
pub fn violations(evidence: &Evidence, known: &Knowledge) -> Vec<String> {
    let mut found = Vec::new();
    let mut by_run: HashMap<&str, Vec<&SegmentRow>> = HashMap::new();
    for segment in &evidence.segments {
        by_run.entry(&segment.run).or_default().push(segment);
    }
    let rows: HashMap<&str, &RunRow> = evidence.runs.iter().map(|r| (r.id.as_str(), r)).collect();
    for id in &known.acknowledged {
        if !rows.contains_key(id.as_str()) {
            found.push(format!(
                "V1 {id}: its start was acknowledged, and it is missing"
            ));
        }
    }
    for run in &evidence.runs {
        let segments = by_run.remove(run.id.as_str()).unwrap_or_default();
        check_run(run, &segments, evidence, &mut found);
        if !evidence.audited_starts.contains(&run.id) {
            found.push(format!("V11 {}: no audit row for its start", run.id));
        }
    }
    for (run, _) in by_run {
        found.push(format!("V5 {run}: a journal without a run"));
    }
    let failed = Failures::of(evidence);
    check_effects(known, &failed, &mut found);
    check_calls(evidence, known, &failed, &mut found);
    check_work(known, &mut found);
    found
}

fn check_run(run: &RunRow, segments: &[&SegmentRow], all: &Evidence, found: &mut Vec<String>) {
    let id = &run.id;
    let mut next = 1;
    let mut epoch = 0;
    let mut events: Vec<Line> = Vec::new();
    for segment in segments {
        if segment.first_seq != next {
            let at = segment.first_seq;
            found.push(format!(
                "V5 {id}: a segment begins at {at}, expected {next}"
            ));
        }
        if segment.epoch < epoch {
            found.push(format!(
                "V6 {id}: epoch {} after epoch {epoch}",
                segment.epoch
            ));
        }
        epoch = segment.epoch;
        match lines(&segment.body) {
            Ok(read) => events.extend(read),
            Err(error) => found.push(format!("V5 {id}: {error}")),
        }
        next = segment.first_seq + segment.count;
    }
    let newest = segments
        .iter()
        .map(|segment| segment.epoch)
        .max()
        .unwrap_or(0);
    if newest > run.epoch {
        let last = run.epoch;
        found.push(format!(
            "V6 {id}: epoch {newest} in the journal, the newest lease is {last}"
        ));
    }
    if run.leased {
        found.push(format!("V7 {id}: a lease of a run that is {}", run.status));
    }
    for (at, event) in events.iter().enumerate() {
        if event.seq != at as i64 + 1 {
            found.push(format!(
                "V5 {id}: event {} has the number {}",
                at + 1,
                event.seq
            ));
            break;
        }
    }
    let ends: Vec<_> = events.iter().filter(|e| e.kind == "run.finished").collect();
    match ends.as_slice() {
        [end] => {
            if end.status.as_deref() != Some(run.status.as_str()) {
                let said = end.status.as_deref().unwrap_or("nothing");
                found.push(format!(
                    "V2 {id}: the row says {}, the journal {said}",
                    run.status
                ));
            }
            if events.last().is_some_and(|last| last.seq != end.seq) {
                found.push(format!("V2 {id}: events after its end"));
            }
        }
        // A run that was cancelled before a worker claimed it has no journal.
        [] if run.status == "cancelled" && events.is_empty() => {}
        [] => found.push(format!(
            "V2 {id}: no terminal state, the row says {}",
            run.status
        )),
        many => found.push(format!("V2 {id}: {} terminal events", many.len())),
    }
    activations::check(id, &events, found);
    for event in &events {
        let Some(stage) = &event.stage else { continue };
        for sha256 in &event.artifacts {
            if !all.artifacts.contains(&(run.org.clone(), sha256.clone())) {
                found.push(format!(
                    "V8 {id}: {stage} refers to the artifact {sha256}, which is missing"
                ));
            }
        }
    }
}

/// Checks that each effect has one key, and no more calls than crashes and failed attempts can
/// explain.
fn check_effects(known: &Knowledge, failed: &Failures<'_>, found: &mut Vec<String>) {
    let mut keys: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut owner: HashMap<&str, &str> = HashMap::new();
    for call in &known.calls {
        keys.entry(&call.effect).or_default().insert(&call.key);
        *counts.entry(&call.effect).or_default() += 1;
        if *owner.entry(&call.key).or_insert(&call.effect) != call.effect {
            found.push(format!("V4 the key {} is used for two effects", call.key));
        }
        if call.key.is_empty() {
            found.push(format!("V4 {}: a call without a key", call.effect));
        }
    }
    for (effect, keys) in keys {
        if keys.len() > 1 {
            found.push(format!("V4 {effect}: {} keys", keys.len()));
        }
        let retries: i64 = keys.iter().map(|key| failed.explaining(key)).sum();
        if i64::from(counts[effect]) > i64::from(known.kills) + 1 + retries {
            found.push(format!(
                "V4 {effect}: {} calls, {} kills, {retries} failed attempts",
                counts[effect], known.kills
            ));
        }
    }
}

/// Checks that an effect is called at most once per holder of its run, and once more per failed
/// attempt in the journal.
fn check_calls(
    evidence: &Evidence,
    known: &Knowledge,
    failed: &Failures<'_>,
    found: &mut Vec<String>,
) {
    let mut allowed: HashMap<&str, i64> = HashMap::new();
    for run in &evidence.runs {
        allowed.insert(&run.id, run.epoch);
    }
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for call in &known.calls {
        *counts.entry(&call.key).or_default() += 1;
    }
    for (key, count) in counts {
        let Some((run, _)) = key.split_once(':') else {
            continue;
        };
        let Some(holders) = allowed.get(run) else {
            found.push(format!(
                "V1 {run}: an effect was called for it, and it is missing"
            ));
            continue;
        };
        let retries = failed.explaining(key);
        if count > holders + retries {
            found.push(format!(
                "V4 {key}: {count} calls by {holders} holders with {retries} failed attempts"
            ));
        }
    }
}

/// Checks that the test itself did enough work.
fn check_work(known: &Knowledge, found: &mut Vec<String>) {
    if known.acknowledged.len() < known.least_starts {
        let (have, want) = (known.acknowledged.len(), known.least_starts);
        found.push(format!(
            "V12 only {have} acknowledged starts; the test needs {want}"
        ));
    }
    if known.kills_in_flight * 10 < known.kills * 8 {
        let (hit, kills) = (known.kills_in_flight, known.kills);
        found.push(format!(
            "V12 only {hit} of {kills} kills landed with a stage in flight"
        ));
    }
}
