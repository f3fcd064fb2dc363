//! `flowmason triggers say`: what a sentence means as a trigger. Needs no server and changes nothing.

use std::io::{self, Write};

use engine::trigger::{
    Zone,
    sentence::{self, Language, Question, Reading, Understood},
};
use serde_json::{Value as Json, json};
use types::Clock;

use crate::{
    args::{Format, SayTriggerArgs},
    exit::Exit,
};

/// How many of the next firings are shown.
const SHOWN: usize = 5;

/// Reads a sentence, and prints everything that it can mean.
pub fn say(args: &SayTriggerArgs) -> Exit {
    let zone = args.timezone.as_deref().map(Zone::named);
    if zone == Some(None) {
        return fail("--timezone takes an IANA name such as Europe/Berlin");
    }
    let language = args.language.as_deref().map(Language::named);
    if language == Some(None) {
        return fail("--language takes `en` or `de`");
    }
    let zone = zone.flatten();
    let found = sentence::read(&args.sentence, zone.as_ref(), language.flatten());
    let mut out = io::stdout().lock();
    let _ = match args.format {
        Format::Json => writeln!(out, "{:#}", data(&found)),
        Format::Text => write!(out, "{}", text(&found, &args.sentence)),
    };
    match found.readings.iter().any(|one| one.definition.is_some()) {
        true => Exit::Ok,
        false => Exit::Invalid,
    }
}

fn fail(message: &str) -> Exit {
    eprintln!("error: {message}");
    Exit::Invalid
}

/// The next firings of a reading, in its time zone.
fn next(reading: &Reading) -> Vec<String> {
    let Some(trigger) = &reading.trigger else {
        return Vec::new();
    };
    let schedule = &trigger.schedule;
    let firings = schedule.firings(Clock::system().now()).take(SHOWN);
    firings.map(|at| schedule.zone.text_of(at)).collect()
}

fn data(found: &Understood) -> Json {
    let language = found.language;
    let questions = |asked: &[Question]| -> Vec<Json> {
        let one = |one: &Question| json!({ "kind": one.as_str(), "text": one.text(language) });
        asked.iter().map(one).collect()
    };
    let spans = found
        .spans
        .iter()
        .map(|span| json!({ "from": span.from, "to": span.to, "understood": span.understood }));
    let readings = found.readings.iter().map(|reading| {
        json!({
            "words": reading.words,
            "rule": reading.rule.to_string(),
            "questions": questions(&reading.questions),
            "definition": reading.definition,
            "next": next(reading),
        })
    });
    json!({
        "language": language.as_str(),
        "spans": spans.collect::<Vec<Json>>(),
        "readings": readings.collect::<Vec<Json>>(),
        "questions": questions(&found.questions),
    })
}

fn text(found: &Understood, sentence: &str) -> String {
    let mut lines = Vec::new();
    let units: Vec<u16> = sentence.encode_utf16().collect();
    for span in found.spans.iter().filter(|span| !span.understood) {
        let part = units.get(span.from..span.to).unwrap_or_default();
        lines.push(format!(
            "Not understood: {}",
            String::from_utf16_lossy(part)
        ));
    }
    let ask = |lines: &mut Vec<String>, asked: &[Question]| {
        for question in asked {
            lines.push(format!("  ? {}", question.text(found.language)));
        }
    };
    ask(&mut lines, &found.questions);
    if found.readings.len() > 1 {
        lines.push("It can mean several things:".to_owned());
    }
    for reading in &found.readings {
        lines.push(reading.words.clone());
        ask(&mut lines, &reading.questions);
        if let Some(definition) = &reading.definition {
            lines.push(format!("  {definition}"));
        }
        for at in next(reading) {
            lines.push(format!("  {at}"));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_understood_is_shown_and_what_is_missing_is_asked() {
        let sentence = "every day at 9, dance";
        let found = sentence::read(sentence, None, None);
        let shown = text(&found, sentence);
        assert!(shown.contains("Not understood: dance"), "{shown}");
        assert!(shown.contains("In which time zone"), "{shown}");
        assert!(!shown.contains("cron"), "{shown}");
    }

    #[test]
    fn a_whole_sentence_becomes_a_definition_with_its_next_firings() {
        let found = sentence::read("every weekday at 9 in Berlin", None, None);
        let data = data(&found);
        let reading = &data["readings"][0];
        assert_eq!(reading["definition"]["cron"], "0 9 * * 1-5");
        assert_eq!(reading["next"].as_array().unwrap().len(), SHOWN);
        assert_eq!(data["language"], "en");
    }
}
