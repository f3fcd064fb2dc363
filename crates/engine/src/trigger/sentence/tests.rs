//! Tests of sentences: what each means, and that the words of a rule mean the rule.

use std::fmt::Write as _;

use super::*;

/// Sentences with what they mean, in the form that the head of the file says.
const SENTENCES: [(Language, &str); 2] = [
    (Language::English, include_str!("sentences/en.txt")),
    (Language::German, include_str!("sentences/de.txt")),
];

fn sentences() -> Vec<(Language, &'static str, &'static str)> {
    let mut out = Vec::new();
    for (language, text) in SENTENCES {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (sentence, meaning) = line.split_once(" => ").expect(line);
            out.push((language, sentence, meaning));
        }
    }
    out
}

/// What was understood, as in the files.
fn meaning(understood: &Understood) -> String {
    let asked = |questions: &[Question]| {
        let mut out = String::new();
        // Which kinds of triggers this version has is not up to the grammar.
        let questions = questions
            .iter()
            .filter(|one| **one != Question::Unsupported);
        for question in questions {
            let _ = write!(out, " ?{}", question.as_str());
        }
        out
    };
    if understood.readings.is_empty() {
        let names = understood.questions.iter().map(|one| one.as_str());
        return format!("? {}", names.collect::<Vec<_>>().join(" "));
    }
    let reading = |one: &Reading| format!("{}{}", one.rule, asked(&one.questions));
    let readings: Vec<String> = understood.readings.iter().map(reading).collect();
    readings.join(" | ")
}

#[test]
fn each_sentence_means_what_its_line_says() {
    let all = sentences();
    assert!(all.len() >= 400, "{}", all.len());
    let mut wrong = String::new();
    for (language, sentence, expected) in all {
        let found = meaning(&read(sentence, None, Some(language)));
        if found != expected {
            let _ = writeln!(wrong, "{sentence}\n  is   {found}\n  not  {expected}");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_definition_is_there_only_if_nothing_is_asked() {
    for (language, sentence, _) in sentences() {
        for reading in read(sentence, None, Some(language)).readings {
            assert_eq!(
                reading.definition.is_some(),
                reading.questions.is_empty(),
                "{sentence}"
            );
            assert_eq!(reading.trigger.is_some(), reading.definition.is_some());
        }
    }
}

#[test]
fn the_words_of_a_rule_mean_the_rule() {
    let vague = [Question::Words, Question::Conflict, Question::Fit];
    for (language, sentence, _) in sentences() {
        for reading in read(sentence, None, Some(language)).readings {
            if reading.questions.iter().any(|one| vague.contains(one)) {
                continue;
            }
            for language in Language::ALL {
                let words = say::words(&reading.rule, language);
                // `in the evening` alone says nothing that a rule keeps.
                if words.is_empty() {
                    continue;
                }
                let again = read(&words, None, Some(language));
                let same = again.readings.iter().any(|one| one.rule == reading.rule);
                assert!(
                    same,
                    "{sentence}: {words}: {} is not {}",
                    meaning(&again),
                    reading.rule
                );
            }
        }
    }
}

#[test]
fn the_time_zone_of_the_reader_counts_only_if_the_sentence_names_none() {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let zone = |sentence: &str| {
        let understood = read(sentence, Some(&berlin), Some(Language::English));
        let reading = understood.readings.first().unwrap();
        let definition = reading.definition.as_ref().unwrap();
        definition["timezone"].as_str().unwrap().to_owned()
    };
    assert_eq!(zone("every day at 9"), "Europe/Berlin");
    assert_eq!(zone("every day at 9 in Tokyo"), "Asia/Tokyo");
}

#[test]
fn a_definition_is_what_a_file_would_declare() {
    let definition = |sentence: &str| {
        let understood = read(sentence, None, None);
        let reading = understood.readings.into_iter().next().unwrap();
        reading.definition.unwrap()
    };
    assert_eq!(
        definition("every weekday at 9:30 in Berlin"),
        serde_json::json!({ "cron": "30 9 * * 1-5", "timezone": "Europe/Berlin" })
    );
    assert_eq!(
        definition("am letzten Freitag im Monat um 16 Uhr in Wien"),
        serde_json::json!({ "cron": "0 16 * * 5L", "timezone": "Europe/Vienna" })
    );
    assert_eq!(
        definition("every 15 minutes from 9 to before 17 on weekdays UTC"),
        serde_json::json!({ "cron": "*/15 9-16 * * 1-5", "timezone": "UTC" })
    );
    assert_eq!(
        definition("every 90 minutes"),
        serde_json::json!({ "interval": "90m" })
    );
    // 4 January 2027 is the first Monday of that year.
    assert_eq!(
        definition("every other Monday at 9 UTC starting 2027-01-01"),
        serde_json::json!({
            "interval": "14d",
            "anchor": "2027-01-04T09:00",
            "start": "2027-01-01",
            "timezone": "UTC",
        })
    );
    assert_eq!(
        definition("when GitHub sends anything"),
        serde_json::json!({ "type": "webhook", "signature": "github" })
    );
}

#[test]
fn spans_cover_what_was_understood_and_what_was_not() {
    let understood = read("every hour, dance", None, Some(Language::English));
    let spans = [
        Span {
            from: 0,
            to: 11,
            understood: true,
        },
        Span {
            from: 12,
            to: 17,
            understood: false,
        },
    ];
    assert_eq!(understood.spans, spans);
    // Browsers count this letter twice.
    let understood = read("🌕 every hour", None, Some(Language::English));
    assert_eq!(understood.spans.first().map(|span| span.to), Some(2));
    assert_eq!(understood.spans.last().map(|span| span.to), Some(13));
}

#[test]
fn a_long_sentence_is_refused_and_a_short_one_of_noise_is_read() {
    let long = "every ".repeat(100);
    assert_eq!(long.chars().count(), 600);
    let understood = read(&long, None, None);
    assert_eq!(understood.questions, [Question::Length]);
    for noise in ["", " ", "\"", "”", "...", ",,,,", "a and a and a", "🌕"] {
        assert!(read(noise, None, None).readings.is_empty(), "{noise}");
    }
    let list = format!("when {}a fails", "a or ".repeat(90));
    let _ = read(&list, None, None);
}

#[test]
fn without_a_language_the_one_that_understands_more_is_taken() {
    let language = |sentence: &str| read(sentence, None, None).language;
    assert_eq!(language("every day at 9 in Berlin"), Language::English);
    assert_eq!(language("jeden Tag um 9 Uhr in Berlin"), Language::German);
}
