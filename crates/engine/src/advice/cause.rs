//! Why a run failed: the stage in which it began, the events that show it, and what may help.
//!
//! Which failure it was that made the run fail is decided by the executor, which writes it into the
//! journal. For journals that name a control stage only, it is the innermost failed stage inside;
//! the dashboard decides in the same way (`run/failures.ts`).

use std::{collections::HashSet, sync::Arc};

use serde::Serialize;
use types::ErrorCode;

use super::{Finding, Rule};
use crate::{
    diagnostic::shown,
    run::{Event, EventBody, RunStatus, RunView, StageRun, StageRunStatus},
};

/// The most events that are given as evidence of one stage's attempts.
const MOST_ATTEMPTS: usize = 6;

/// The most other stages that are named.
const MOST_SIMILAR: usize = 20;

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cause {
    /// The address of the stage in which it began; `None` if the run failed as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Arc<str>>,
    /// The id of that stage in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage_id: Option<String>,
    /// The code of the error.
    pub code: ErrorCode,
    /// The message of the error.
    pub message: String,
    /// What happened, in a few sentences.
    pub text: String,
    /// The events that show it, in order, from the first failure to the end of the run.
    pub evidence: Vec<Evidence>,
    /// The ids of other stages that failed with the same code, or to which the same advice applies.
    pub similar: Vec<String>,
    /// What may help, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What could be better about the stage, with the edits that mend it.
    pub findings: Vec<Finding>,
}

/// An event of the journal, and what it shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// The number of the event.
    pub seq: u64,
    /// The address of the stage; `None` for events of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Arc<str>>,
    /// What it shows, in one sentence.
    pub text: String,
}

/// Finds why a run failed. `view` is the state after `events`, and `findings` the advice about the
/// version that the run executes. `None` if the run did not fail.
pub fn cause(events: &[Event], view: &RunView, findings: &[Finding]) -> Option<Cause> {
    if view.status != RunStatus::Failed {
        return None;
    }
    let end = events
        .iter()
        .rfind(|event| matches!(event.body, EventBody::RunFinished { .. }));
    let named = view.error.as_ref().and_then(|error| error.stage.clone());
    let stage = root(events, view, named.as_deref());
    let error = stage
        .and_then(|stage| stage.error.as_ref())
        .or(view.error.as_ref())?;
    let mut evidence = Vec::new();
    if let Some(stage) = stage {
        before(events, view, stage, &mut evidence);
        attempts(events, stage, &mut evidence);
        upwards(events, view, stage, &mut evidence);
    }
    if let Some(end) = end {
        evidence.push(Evidence {
            seq: end.seq,
            stage: None,
            text: match stage {
                Some(stage) => format!(
                    "The run fails with the error of `{}`.",
                    shown(&stage.address)
                ),
                None => "The run fails as a whole.".to_owned(),
            },
        });
    }
    let own: Vec<Finding> = findings
        .iter()
        .filter(|one| stage.is_some_and(|stage| one.stage.as_ref() == Some(&stage.stage_id)))
        .filter(|one| helps(one.rule, error.code))
        .cloned()
        .collect();
    Some(Cause {
        stage: stage.map(|stage| stage.address.clone()),
        stage_id: stage.map(|stage| stage.stage_id.clone()),
        code: error.code,
        message: error.message.clone(),
        text: text(view, stage, error.code, &error.message),
        similar: similar(view, stage, error.code, &own, findings),
        help: help(stage, error.code, &own),
        evidence,
        findings: own,
    })
}

/// The stage whose failure made the run fail: the one that the run's error names, or the innermost
/// failed stage inside it; without a name, the innermost of all.
fn root<'v>(events: &[Event], view: &'v RunView, named: Option<&str>) -> Option<&'v StageRun> {
    // A stage that ends the run as failed has not failed itself.
    let ended = named.and_then(|named| view.stages.get(named));
    if let Some(stage) = ended.filter(|stage| stage.status == StageRunStatus::Succeeded) {
        return Some(stage);
    }
    let mut seen = HashSet::new();
    let addresses = events.iter().filter_map(|event| event.stage.as_ref());
    let mut failed: Vec<&StageRun> = Vec::new();
    for address in addresses {
        if seen.insert(address) {
            let stage = view.stages.get(address);
            failed.extend(stage.filter(|stage| stage.status == StageRunStatus::Failed));
        }
    }
    let under = |stage: &&&StageRun| {
        named.is_none_or(|named| {
            stage.stage_id == named || &*stage.address == named || is_inside(&stage.address, named)
        })
    };
    let inside: Vec<&StageRun> = failed.iter().filter(under).copied().collect();
    let all = if inside.is_empty() { failed } else { inside };
    // The first of the deepest ones.
    let deepest = all.iter().map(|stage| controls(view, stage).len()).max()?;
    all.into_iter()
        .find(|stage| controls(view, stage).len() == deepest)
}

fn is_inside(address: &str, control: &str) -> bool {
    let rest = address.strip_prefix(control);
    rest.is_some_and(|rest| rest.starts_with(['/', '[']))
}

/// The control stages around a stage run, from the outside in, each with the rest of the address.
fn controls<'v, 's>(view: &'v RunView, stage: &'s StageRun) -> Vec<(&'v StageRun, &'s str)> {
    let address: &str = &stage.address;
    // A top-level stage may have an id that looks like an inner address.
    if address.len() <= stage.stage_id.len() {
        return Vec::new();
    }
    let ends = address.match_indices(['/', '[']);
    ends.filter_map(|(at, _)| {
        let control = view.stages.get(address.get(..at)?)?;
        Some((control, address.get(at..)?))
    })
    .collect()
}

/// For a stage that runs after a failure was caught, that failure.
fn before(events: &[Event], view: &RunView, stage: &StageRun, out: &mut Vec<Evidence>) {
    for (control, rest) in controls(view, stage) {
        if !rest.starts_with("/catch/") && !rest.starts_with("/finally/") {
            continue;
        }
        let tried = format!("{}/try", control.address);
        let first = events.iter().rfind(|event| {
            let inside = event.stage.as_ref().is_some_and(|it| is_inside(it, &tried));
            inside && matches!(event.body, EventBody::StageFailed { last: true, .. })
        });
        if let Some(event) = first
            && let EventBody::StageFailed { error, .. } = &event.body
        {
            let address = event.stage.as_deref().unwrap_or_default();
            out.push(Evidence {
                seq: event.seq,
                stage: event.stage.clone(),
                text: format!(
                    "`{}` fails with `{}`, which `{}` catches.",
                    shown(address),
                    error.code,
                    shown(&control.address)
                ),
            });
        }
    }
}

/// The attempts of the stage.
fn attempts(events: &[Event], stage: &StageRun, out: &mut Vec<Evidence>) {
    let own = events
        .iter()
        .filter(|event| event.stage.as_ref() == Some(&stage.address));
    let mut found = Vec::new();
    for event in own {
        let text = match &event.body {
            EventBody::StageFailed {
                attempt,
                error,
                last,
                ..
            } => {
                let then = match last {
                    true => "",
                    false => "; another attempt follows",
                };
                format!(
                    "Attempt {attempt} of `{}` fails with `{}`{then}.",
                    shown(&stage.address),
                    error.code
                )
            }
            EventBody::StageExpired => {
                format!("The time of `{}` is over.", shown(&stage.address))
            }
            EventBody::StageSucceeded { .. } if stage.status == StageRunStatus::Succeeded => {
                format!("`{}` ends the run as failed.", shown(&stage.address))
            }
            _ => continue,
        };
        found.push(Evidence {
            seq: event.seq,
            stage: event.stage.clone(),
            text,
        });
    }
    // The first ones and the last.
    if found.len() > MOST_ATTEMPTS {
        let left_out = found.len() - MOST_ATTEMPTS;
        found.drain(MOST_ATTEMPTS - 1..MOST_ATTEMPTS - 1 + left_out);
    }
    out.append(&mut found);
}

/// How the failure goes up through the control stages.
fn upwards(events: &[Event], view: &RunView, stage: &StageRun, out: &mut Vec<Evidence>) {
    for (control, _) in controls(view, stage).into_iter().rev() {
        let own = events
            .iter()
            .filter(|event| event.stage.as_ref() == Some(&control.address));
        for event in own {
            let text = match &event.body {
                EventBody::StageFailed { last: true, .. } => {
                    format!("`{}` fails because of it.", shown(&control.address))
                }
                EventBody::StageFailed { attempt, .. } => format!(
                    "Attempt {attempt} of `{}` fails; its stages run again.",
                    shown(&control.address)
                ),
                EventBody::StageExpired => {
                    format!(
                        "The time of `{}` is over; what runs in it ends.",
                        shown(&control.address)
                    )
                }
                _ => continue,
            };
            out.push(Evidence {
                seq: event.seq,
                stage: event.stage.clone(),
                text,
            });
        }
    }
    out.sort_by_key(|one| one.seq);
}

fn text(view: &RunView, stage: Option<&StageRun>, code: ErrorCode, message: &str) -> String {
    let message = message.trim().trim_end_matches('.');
    let Some(stage) = stage else {
        return format!("The run failed as a whole with `{code}`: {message}.");
    };
    let id = shown(&stage.stage_id);
    if stage.status == StageRunStatus::Succeeded {
        return format!("`{id}` ended the run as failed: {message}.");
    }
    let mut out = format!(
        "`{id}`{} failed with `{code}`: {message}.",
        place(view, stage)
    );
    let tried = stage.attempts.last().map_or(0, |attempt| attempt.number);
    if tried > 1 {
        out.push_str(&format!(" All {tried} attempts failed."));
    }
    let handled = view.stages.values().filter(|other| {
        other.status == StageRunStatus::Failed
            && other.address != stage.address
            && !is_inside(&stage.address, &other.address)
    });
    match handled.count() {
        0 => {}
        1 => out.push_str(" Another stage failed, too, but that did not end the run."),
        more => out.push_str(&format!(
            " {more} other stages failed, too, but that did not end the run."
        )),
    }
    out
}

/// ` in item 2 of `each` in the branch `technical` of `route``.
fn place(view: &RunView, stage: &StageRun) -> String {
    let mut out = String::new();
    for (control, rest) in controls(view, stage) {
        let id = shown(&control.stage_id);
        let item = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let item = item.and_then(|(item, _)| item.parse::<u64>().ok());
        if let Some(item) = item {
            out.push_str(&format!(" in item {} of `{id}`", item.saturating_add(1)));
            continue;
        }
        let branch = rest
            .trim_start_matches('/')
            .split('/')
            .next()
            .unwrap_or_default();
        let name = branch.split_once('.').map_or(branch, |(_, name)| name);
        out.push_str(&format!(" in the branch `{}` of `{id}`", shown(name)));
    }
    out
}

/// Whether a finding about the stage has to do with the error.
fn helps(rule: Rule, code: ErrorCode) -> bool {
    match rule {
        Rule::MissingRetry => is_passing(code),
        Rule::PlainSecret
        | Rule::UnreachableBranch
        | Rule::UnusedOutput
        | Rule::NeedlessWait
        | Rule::CallPerItem
        | Rule::SmallCallPerItem
        | Rule::RepeatedPrompt => false,
    }
}

/// Whether the error may be gone at the next attempt.
fn is_passing(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::ProviderFailed | ErrorCode::HttpFailed | ErrorCode::Timeout
    )
}

fn similar(
    view: &RunView,
    stage: Option<&StageRun>,
    code: ErrorCode,
    own: &[Finding],
    findings: &[Finding],
) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let failed = view.stages.values().filter(|other| {
        other.status == StageRunStatus::Failed
            && other
                .error
                .as_ref()
                .is_some_and(|error| error.code == code && error.stage.is_none())
    });
    let same = findings
        .iter()
        .filter(|one| own.iter().any(|mine| mine.rule == one.rule));
    let ids = failed.map(|other| &other.stage_id);
    for id in ids.chain(same.filter_map(|one| one.stage.as_ref())) {
        let is_it = stage.is_some_and(|stage| stage.stage_id == *id);
        if !is_it && !out.contains(id) && out.len() < MOST_SIMILAR {
            out.push(id.clone());
        }
    }
    out
}

/// What may help against the error.
fn help(stage: Option<&StageRun>, code: ErrorCode, own: &[Finding]) -> Option<String> {
    if let Some(finding) = own.iter().find(|one| !one.help.is_empty()) {
        return Some(types::sentence(&format!("{}.", finding.help)).into_owned());
    }
    let tried = stage.and_then(|stage| stage.attempts.last());
    let tried = tried.map_or(0, |attempt| attempt.number);
    let help = match code {
        ErrorCode::ProviderFailed | ErrorCode::HttpFailed if tried > 1 => {
            "It was repeated for as long as its retry policy says. Retry the run from the failed \
             stage once the other side works again."
        }
        ErrorCode::Timeout if stage.is_some() => {
            "Raise the stage's \"timeout_ms\", or give it less to do at once."
        }
        ErrorCode::Timeout => "Raise the pipeline's \"timeout_ms\".",
        ErrorCode::MissingPath => {
            "The value is not there for every input. Give a default for it, such as \
             {{input.name or 'nobody'}}."
        }
        ErrorCode::InputSchema => "Correct the input, or the pipeline's \"input_schema\".",
        ErrorCode::ProviderNotConfigured => {
            "Configure the provider, or name another one in the stage's \"provider\"."
        }
        ErrorCode::EnvNotAvailable => "Take the value from the input in place of the environment.",
        ErrorCode::EffectUnknown => {
            "See at the other side whether it happened before the run is retried."
        }
        ErrorCode::WorkerDied | ErrorCode::MemoryLimit | ErrorCode::OutputLimit => {
            "Process less data at once, for example in a loop or in batches."
        }
        _ => return None,
    };
    Some(help.to_owned())
}
