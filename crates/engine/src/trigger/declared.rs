//! Finds the triggers that a file declares, in every form, and reads single definitions.

use types::ErrorCode;

use super::{MAX_TRIGGERS, Trigger, parse, signal_parse, webhook_parse};
use crate::{
    diagnostic::{Diagnostic, Report, did_you_mean, shown},
    source::{Document, Kind, Node},
};

/// Kinds of triggers of the format that start nothing yet.
const LATER: &[&str] = &[
    "pubsub",
    "file_watch",
    "mcp_event",
    "message_queue",
    "custom",
    "manual",
];

impl Trigger {
    /// Reads one definition, a JSON object as in `triggers.schedules` or `triggers.webhooks` of a file. A
    /// webhook has `"type": "webhook"`, and triggers of other kinds have theirs.
    ///
    /// # Errors
    /// All problems that it has.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let document = Document::parse(text).map_err(|errors| {
            let mut report = Report::new(text);
            errors.into_iter().for_each(|error| report.syntax(error));
            report.finish()
        })?;
        let mut report = Report::new(text);
        let root = document.root();
        let kind = kind_of(root);
        let read = definition(&mut report, root, &kind, plain(&kind));
        let found = report.finish();
        match read {
            Some(trigger) if !found.iter().any(Diagnostic::is_error) => Ok(trigger),
            _ => Err(found),
        }
    }

    /// The triggers that the text of a pipeline file declares, as far as they are right.
    pub fn declared_in(source: &str) -> Vec<Self> {
        let Ok(document) = Document::parse(source) else {
            return Vec::new();
        };
        let mut report = Report::new(source);
        let triggers = document.root().get("triggers");
        triggers.map_or_else(Vec::new, |node| read(&mut report, node))
    }
}

/// The triggers that `triggers` of a file declares.
pub(crate) fn read(report: &mut Report<'_>, node: Node<'_>) -> Vec<Trigger> {
    let mut found: Vec<(Trigger, Node<'_>)> = Vec::new();
    match node.kind() {
        Kind::Null => {}
        Kind::List => {
            for item in node.children() {
                one(report, item, &kind_of(item), &mut found);
            }
        }
        Kind::Object => {
            for child in node.children() {
                match child.key().unwrap_or_default().as_ref() {
                    "natural_language" => {}
                    "cron" | "schedule" if child.kind() == Kind::Text => {
                        one(report, child, "schedule", &mut found);
                    }
                    key @ ("schedule" | "schedules") => each(report, child, key, &mut found),
                    key if is_webhook(key) => each(report, child, "webhook", &mut found),
                    key if signal_parse::is_run(key) => {
                        each(report, child, "run_finished", &mut found);
                    }
                    key if signal_parse::is_event(key) => each(report, child, "event", &mut found),
                    key if LATER.contains(&key) => later(report, child, key),
                    key => {
                        let known = [
                            "schedules",
                            "schedule",
                            "webhooks",
                            "run_finished",
                            "events",
                            "natural_language",
                        ];
                        let message = format!(
                            "`{}` is not a kind of trigger and starts nothing",
                            shown(key)
                        );
                        let hint =
                            did_you_mean(key, known.into_iter().chain(LATER.iter().copied()));
                        report
                            .warning(ErrorCode::UnknownField, child, message)
                            .at(child.key_span())
                            .suggest(hint);
                    }
                }
            }
        }
        kind => {
            let message = format!("`triggers` takes a list or an object, not {}", kind.name());
            report
                .error(ErrorCode::WrongType, node, message)
                .help("write {\"schedules\": [{\"name\": \"…\", \"cron\": \"0 9 * * 1-5\"}]}");
        }
    }
    if found.len() > MAX_TRIGGERS {
        let message =
            format!("the file declares more than {MAX_TRIGGERS} triggers, which is the limit");
        report.error(ErrorCode::LimitExceeded, node, message);
        return Vec::new();
    }
    let mut triggers: Vec<Trigger> = Vec::with_capacity(found.len());
    for (trigger, place) in found {
        if triggers.iter().any(|other| other.name == trigger.name) {
            let message = format!("two triggers have the name `{}`", shown(&trigger.name));
            report
                .error(ErrorCode::InvalidValue, place, message)
                .help("give each a `name` of its own");
            continue;
        }
        triggers.push(trigger);
    }
    triggers
}

/// One entry or a list of them, under the name of their kind.
fn each<'a>(
    report: &mut Report<'_>,
    node: Node<'a>,
    kind: &str,
    found: &mut Vec<(Trigger, Node<'a>)>,
) {
    let of = |item: Node<'a>| match (kind, kind_of(item)) {
        ("webhook" | "run_finished", _) => kind.to_owned(),
        // Any kind may be among the events, as in the format.
        ("event", own) if !is_known(&own) => kind.to_owned(),
        (_, own) => own,
    };
    match node.kind() {
        Kind::List => {
            for item in node.children() {
                one(report, item, &of(item), found);
            }
        }
        _ => one(report, node, &of(node), found),
    }
}

/// One entry, of whatever kind.
fn one<'a>(
    report: &mut Report<'_>,
    node: Node<'a>,
    kind: &str,
    found: &mut Vec<(Trigger, Node<'a>)>,
) {
    // One more than is allowed is enough to refuse them.
    if node.kind() == Kind::Null || found.len() > MAX_TRIGGERS {
        return;
    }
    if LATER.contains(&kind) {
        later(report, node, kind);
        return;
    }
    let plain = plain(kind);
    let name = match found.len() {
        0 => plain.to_owned(),
        number => format!("{plain}-{}", number + 1),
    };
    if let Some(trigger) = definition(report, node, kind, &name) {
        found.push((trigger, node));
    }
}

/// The kind that an entry names itself; empty if it names none.
fn kind_of(node: Node<'_>) -> String {
    let kind = node.get("type").or_else(|| node.get("kind"));
    kind.and_then(|kind| kind.text())
        .unwrap_or_default()
        .into_owned()
}

/// Reads a definition of a kind. One without a kind is a schedule.
fn definition(report: &mut Report<'_>, node: Node<'_>, kind: &str, name: &str) -> Option<Trigger> {
    match kind {
        kind if is_webhook(kind) => webhook_parse::definition(report, node, name),
        kind if signal_parse::is_run(kind) => signal_parse::run(report, node, name),
        kind if signal_parse::is_event(kind) => signal_parse::event(report, node, name),
        _ => parse::definition(report, node, name),
    }
}

/// The name of a trigger that has none.
fn plain(kind: &str) -> &'static str {
    match kind {
        kind if is_webhook(kind) => "webhook",
        kind if signal_parse::is_run(kind) => "run_finished",
        kind if signal_parse::is_event(kind) => "event",
        _ => "schedule",
    }
}

/// Whether an entry names a kind of trigger.
fn is_known(kind: &str) -> bool {
    LATER.contains(&kind) || plain(kind) != "schedule" || parse::is_schedule(kind)
}

fn is_webhook(kind: &str) -> bool {
    matches!(kind, "webhook" | "webhooks")
}

fn later(report: &mut Report<'_>, node: Node<'_>, kind: &str) {
    let message = format!("triggers of the kind `{kind}` are not supported yet and start nothing");
    report
        .warning(ErrorCode::Unsupported, node, message)
        .at(node.key_span());
}
