//! `flowmason triggers explain`: when a trigger of a file fires, and why it does or does not at a given
//! time. Needs no server.

use std::io::{self, Write};

use chrono::{DateTime, TimeDelta, Utc};
use engine::{
    check::{self, Diagnostic},
    trigger::{Timing, Trigger, Zone},
};
use serde_json::json;
use types::Clock;

use crate::{
    args::{ExplainTriggerArgs, Format},
    exit::Exit,
    source,
};

/// How many of the next firings are shown.
const SHOWN: usize = 5;

/// Explains one trigger, or the only one of a file.
pub fn explain(args: &ExplainTriggerArgs) -> Exit {
    let text = match source::read(&args.file) {
        Ok(text) => text,
        Err(message) => return fail(&message),
    };
    let registry = ::components::registry();
    let pipeline = match check::parse(&text, &registry) {
        Ok(pipeline) => pipeline,
        Err(found) => return refuse(&found, args, &text),
    };
    let found: Vec<Diagnostic> = pipeline
        .problems
        .iter()
        .filter(|one| one.is_error() && one.path.contains("triggers"))
        .cloned()
        .collect();
    if !found.is_empty() {
        return refuse(&found, args, &text);
    }
    let names = || {
        let names: Vec<&str> = pipeline.triggers.iter().map(|one| &*one.name).collect();
        match names.is_empty() {
            true => "it declares none".to_owned(),
            false => format!("it declares {}", names.join(", ")),
        }
    };
    let trigger = match (&args.name, pipeline.triggers.as_slice()) {
        (None, [only]) => only,
        (None, _) => return fail(&format!("Name a trigger of the file; {}", names())),
        (Some(name), all) => match all.iter().find(|one| one.name == *name) {
            Some(found) => found,
            None => {
                return fail(&format!(
                    "The file has no trigger named `{name}`; {}",
                    names()
                ));
            }
        },
    };
    let at = match args.at.as_deref().map(|text| read_time(text, trigger)) {
        None => Clock::system().now(),
        Some(Some(at)) => at,
        Some(None) => {
            return fail("--at takes a time such as 2026-03-29T02:30 or 2026-03-29T02:30:00Z");
        }
    };
    show(trigger, at, args.format);
    Exit::Ok
}

fn fail(message: &str) -> Exit {
    eprintln!("error: {message}");
    Exit::Invalid
}

fn refuse(found: &[Diagnostic], args: &ExplainTriggerArgs, text: &str) -> Exit {
    eprint!(
        "{}",
        check::render(found, &args.file.display().to_string(), text)
    );
    Exit::Invalid
}

/// A time with an offset, or in the trigger's time zone.
fn read_time(text: &str, trigger: &Trigger) -> Option<DateTime<Utc>> {
    trigger.schedule.zone.read(text)
}

fn show(trigger: &Trigger, at: DateTime<Utc>, format: Format) {
    let schedule = &trigger.schedule;
    let zone = &schedule.zone;
    // The last instant before `at` counts as "at", too: a firing of this very second.
    let fires = schedule.next_after(at - TimeDelta::seconds(1)) == Some(at);
    let next: Vec<DateTime<Utc>> = schedule.firings(at).take(SHOWN).collect();
    let notes = notes(trigger, at, next.first().copied());
    let mut out = io::stdout().lock();
    if !schedule.timing.is_planned() {
        let words = schedule.words();
        let _ = match format {
            Format::Json => {
                let report = json!({ "name": trigger.name, "words": words, "notes": notes,
                    "definition": trigger.to_serde() });
                writeln!(out, "{report:#}")
            }
            _ => {
                let notes: String = notes.iter().map(|note| format!("  {note}\n")).collect();
                write!(out, "{}: {words}\n{notes}", trigger.name)
            }
        };
        return;
    }
    if format == Format::Json {
        let next: Vec<String> = next.iter().map(|at| zone.text_of(*at)).collect();
        let report = json!({
            "name": trigger.name,
            "words": schedule.words(),
            "at": zone.text_of(at),
            "fires": fires,
            "next": next,
            "notes": notes,
            "input": trigger.input_at(at).to_serde(),
        });
        let _ = writeln!(out, "{report:#}");
        return;
    }
    let _ = writeln!(out, "{}: {}", trigger.name, schedule.words());
    let verb = if fires { "fires" } else { "does not fire" };
    let _ = writeln!(out, "It {verb} at {}", zone.text_of(at));
    for note in notes {
        let _ = writeln!(out, "  {note}");
    }
    if next.is_empty() {
        let _ = writeln!(out, "It never fires after that");
    } else {
        let _ = writeln!(out, "Next:");
        for at in next {
            let _ = writeln!(out, "  {}", zone.text_of(at));
        }
    }
}

/// What explains the answer.
fn notes(trigger: &Trigger, at: DateTime<Utc>, next: Option<DateTime<Utc>>) -> Vec<String> {
    let schedule = &trigger.schedule;
    let zone: &Zone = &schedule.zone;
    let mut notes = Vec::new();
    if schedule.paused {
        notes.push("The file says `enabled: false`, so nothing fires".to_owned());
    }
    if schedule.start.is_some_and(|start| at < start) {
        notes.push("That is before its start".to_owned());
    }
    if schedule.end.is_some_and(|end| at > end) {
        notes.push("That is after its end".to_owned());
    }
    let day = TimeDelta::hours(24);
    let offset = |at: DateTime<Utc>| zone.offset_at(at.timestamp());
    match schedule.timing {
        Timing::Cron(_) | Timing::Interval { .. } | Timing::Rule(_) => {}
        Timing::Webhook(_) => {
            notes.push("It fires at no time of its own; a server gives it an address".to_owned());
        }
        Timing::Run(_) => notes.push("It fires at no time of its own, but for runs".to_owned()),
        Timing::Event(_) => notes.push("It fires at no time of its own, but for events".to_owned()),
    }
    if schedule.timing.is_planned() && offset(at - day) != offset(at + day) {
        notes.push(match schedule.timing {
            Timing::Cron(_) => "The clock changes within a day: a time that is left out fires at the \
                change, and one that is repeated the first time; a schedule of every hour follows real \
                time"
                .to_owned(),
            Timing::Rule(_) => "The clock changes within a day: a rule that names times fires at the \
                change if its time is left out, and the first time if it is repeated; one of hours, \
                minutes or seconds counts real time"
                .to_owned(),
            _ => {
                "The clock changes within a day: an interval of days keeps its local time".to_owned()
            }
        });
    }
    if schedule.jitter > 0 {
        notes.push(format!(
            "On a server it starts up to {} seconds later",
            schedule.jitter
        ));
    }
    if let Some(next) = next {
        let wait = next - at;
        notes.push(format!(
            "The next firing is {} later",
            length(wait.num_seconds())
        ));
    }
    notes
}

fn length(seconds: i64) -> String {
    let (days, hours) = (seconds / 86_400, seconds % 86_400 / 3_600);
    let (minutes, seconds) = (seconds % 3_600 / 60, seconds % 60);
    let parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_shown_in_the_units_that_it_has() {
        assert_eq!(length(90_061), "1 d 1 h 1 min 1 s");
        assert_eq!(length(7_200), "2 h");
    }
}
