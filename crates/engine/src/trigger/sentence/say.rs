//! A rule in words that the grammar reads as the same rule.

use super::{
    Language,
    lexicon::Lexicon,
    rule::{
        Comparison, EventRule, GitHubRule, LAST_DAY, OnHoliday, Rule, RunRule, ScheduleRule, Unit,
        quoted,
    },
};

const DAYS: [[&str; 2]; 7] = [
    ["Sunday", "Sonntag"],
    ["Monday", "Montag"],
    ["Tuesday", "Dienstag"],
    ["Wednesday", "Mittwoch"],
    ["Thursday", "Donnerstag"],
    ["Friday", "Freitag"],
    ["Saturday", "Samstag"],
];

const MONTHS: [[&str; 2]; 12] = [
    ["January", "Januar"],
    ["February", "Februar"],
    ["March", "März"],
    ["April", "April"],
    ["May", "Mai"],
    ["June", "Juni"],
    ["July", "Juli"],
    ["August", "August"],
    ["September", "September"],
    ["October", "Oktober"],
    ["November", "November"],
    ["December", "Dezember"],
];

const WHICH: [[&str; 2]; 5] = [
    ["last", "letzten"],
    ["first", "ersten"],
    ["second", "zweiten"],
    ["third", "dritten"],
    ["fourth", "vierten"],
];

/// A rule in words.
pub(super) fn words(rule: &Rule, language: Language) -> String {
    match rule {
        Rule::Schedule(rule) => schedule(rule, language),
        Rule::Runs(rule) => runs(rule, language),
        Rule::GitHub(rule) => github(rule, language),
        Rule::Event(rule) => event(rule, language),
    }
}

/// The one of the language.
const fn of<'a>(language: Language, english: &'a str, german: &'a str) -> &'a str {
    match language {
        Language::English => english,
        Language::German => german,
    }
}

fn entry(table: &[[&'static str; 2]], at: u32, language: Language) -> &'static str {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    table
        .get(at)
        .map_or("", |[english, german]| of(language, english, german))
}

/// A name that is not mistaken for a word of the grammar.
fn name(name: &str, language: Language) -> String {
    let lower = name.to_lowercase();
    match Lexicon::of(language).value("reserved", &lower) {
        Some(_) => format!("\"{name}\""),
        None => quoted(name),
    }
}

fn list(values: &[String], language: Language) -> String {
    connected(values, of(language, "and", "und"))
}

fn connected(values: &[String], word: &str) -> String {
    match values {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

fn unit(unit: Unit, count: u64, language: Language) -> &'static str {
    let one = count == 1;
    match (unit, language) {
        (Unit::Second, Language::English) => {
            if one {
                "second"
            } else {
                "seconds"
            }
        }
        (Unit::Minute, Language::English) => {
            if one {
                "minute"
            } else {
                "minutes"
            }
        }
        (Unit::Hour, Language::English) => {
            if one {
                "hour"
            } else {
                "hours"
            }
        }
        (Unit::Day, Language::English) => {
            if one {
                "day"
            } else {
                "days"
            }
        }
        (Unit::Week, Language::English) => {
            if one {
                "week"
            } else {
                "weeks"
            }
        }
        (Unit::Month, Language::English) => {
            if one {
                "month"
            } else {
                "months"
            }
        }
        (Unit::Year, Language::English) => {
            if one {
                "year"
            } else {
                "years"
            }
        }
        (Unit::Second, Language::German) => {
            if one {
                "Sekunde"
            } else {
                "Sekunden"
            }
        }
        (Unit::Minute, Language::German) => {
            if one {
                "Minute"
            } else {
                "Minuten"
            }
        }
        (Unit::Hour, Language::German) => {
            if one {
                "Stunde"
            } else {
                "Stunden"
            }
        }
        (Unit::Day, Language::German) => {
            if one {
                "Tag"
            } else {
                "Tage"
            }
        }
        (Unit::Week, Language::German) => {
            if one {
                "Woche"
            } else {
                "Wochen"
            }
        }
        (Unit::Month, Language::German) => {
            if one {
                "Monat"
            } else {
                "Monate"
            }
        }
        (Unit::Year, Language::German) => {
            if one {
                "Jahr"
            } else {
                "Jahre"
            }
        }
    }
}

/// A number of seconds in the largest unit that divides it.
fn length(seconds: u64, language: Language) -> String {
    let units = [Unit::Week, Unit::Day, Unit::Hour, Unit::Minute];
    let fits = |unit: &Unit| {
        let size = unit.seconds().unwrap_or(1);
        seconds >= size && seconds.is_multiple_of(size)
    };
    let largest = units.into_iter().find(fits).unwrap_or(Unit::Second);
    let count = seconds / largest.seconds().unwrap_or(1);
    format!("{count} {}", unit(largest, count, language))
}

fn every(count: u32, of_unit: Unit, language: Language) -> String {
    let noun = unit(of_unit, u64::from(count), language);
    let article = match of_unit {
        Unit::Day | Unit::Month => "jeden",
        Unit::Year => "jedes",
        _ => "jede",
    };
    match (count, language) {
        (1, Language::English) => format!("every {noun}"),
        (1, Language::German) => format!("{article} {noun}"),
        (_, Language::English) => format!("every {count} {noun}"),
        (_, Language::German) => format!("alle {count} {noun}"),
    }
}

fn schedule(rule: &ScheduleRule, language: Language) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some((count, of_unit)) = rule.every {
        parts.push(every(count, of_unit, language));
    }
    days(rule, language, &mut parts);
    if !rule.months.is_empty() {
        let months = rule.months.iter();
        let months: Vec<String> = months
            .map(|month| entry(&MONTHS, month.saturating_sub(1), language).to_owned())
            .collect();
        parts.push(format!(
            "{} {}",
            of(language, "in", "im"),
            list(&months, language)
        ));
    }
    if !rule.at.is_empty() {
        let hours = of(language, "", " Uhr");
        let at = rule.at.iter();
        let at: Vec<String> = at
            .map(|(hour, minute)| format!("{hour:02}:{minute:02}{hours}"))
            .collect();
        parts.push(format!(
            "{} {}",
            of(language, "at", "um"),
            list(&at, language)
        ));
    }
    if let Some(minute) = rule.minute {
        parts.push(format!(
            "{} {minute}",
            of(language, "at minute", "zur Minute")
        ));
    }
    if let Some(window) = rule.window {
        let (from, to) = (window.from, window.to);
        parts.push(match (language, window.inclusive) {
            (Language::English, true) => format!("from {from:02}:00 to {to:02}:00 inclusive"),
            (Language::English, false) => format!("from {from:02}:00 to before {to:02}:00"),
            (Language::German, true) => {
                format!("von {from:02}:00 Uhr bis einschließlich {to:02}:00 Uhr")
            }
            (Language::German, false) => format!("von {from:02}:00 Uhr bis vor {to:02}:00 Uhr"),
        });
    }
    if let Some(zone) = &rule.zone {
        parts.push(format!("in {zone}"));
    }
    if let Some(start) = rule.start {
        parts.push(format!("{} {start}", of(language, "starting", "ab")));
    }
    if let Some(end) = rule.end {
        parts.push(format!("{} {end}", of(language, "until", "bis")));
    }
    let mut out = parts.join(" ");
    if let Some(holiday) = rule.on_holiday {
        out.push_str(match (language, holiday) {
            (Language::English, OnHoliday::Skip) => ", not on holidays",
            (Language::English, OnHoliday::NextWorkingDay) => {
                ", if it is a holiday, then the next working day"
            }
            (Language::English, OnHoliday::PreviousWorkingDay) => {
                ", if it is a holiday, then the previous working day"
            }
            (Language::German, OnHoliday::Skip) => ", nicht an Feiertagen",
            (Language::German, OnHoliday::NextWorkingDay) => ", an Feiertagen am nächsten Werktag",
            (Language::German, OnHoliday::PreviousWorkingDay) => {
                ", an Feiertagen am vorigen Werktag"
            }
        });
    }
    if let Some(calendar) = &rule.calendar {
        out.push_str(of(language, " of calendar ", " nach Kalender "));
        out.push_str(&name(calendar, language));
    }
    out
}

/// The days on which a schedule fires.
fn days(rule: &ScheduleRule, language: Language, parts: &mut Vec<String>) {
    let days: Vec<u32> = rule.days.iter().copied().collect();
    match days.as_slice() {
        [] => {}
        [1, 2, 3, 4, 5] => {
            parts.push(of(language, "from Monday to Friday", "von Montag bis Freitag").to_owned());
        }
        [1, 2, 3, 4, 5, 6] => {
            let text = of(
                language,
                "from Monday to Saturday",
                "von Montag bis Samstag",
            );
            parts.push(text.to_owned());
        }
        days => {
            let names = days.iter();
            let names: Vec<String> = names
                .map(|day| entry(&DAYS, *day, language).to_owned())
                .collect();
            parts.push(format!(
                "{} {}",
                of(language, "on", "am"),
                list(&names, language)
            ));
        }
    }
    let mut of_month: Vec<String> = Vec::new();
    for (day, which) in &rule.nth {
        let (which, day) = (
            entry(&WHICH, *which, language),
            entry(&DAYS, *day, language),
        );
        of_month.push(match language {
            Language::English => format!("on the {which} {day} of the month"),
            Language::German => format!("am {which} {day} im Monat"),
        });
    }
    for day in &rule.month_days {
        of_month.push(match (language, *day) {
            (Language::English, LAST_DAY) => "on the last day of the month".to_owned(),
            (Language::German, LAST_DAY) => "am letzten Tag des Monats".to_owned(),
            (Language::English, day) => format!("on the {day}{} of the month", ordinal(day)),
            (Language::German, day) => format!("am {day}. des Monats"),
        });
    }
    for (month, day) in &rule.dates {
        let month = entry(&MONTHS, month.saturating_sub(1), language);
        of_month.push(match language {
            Language::English => format!("on {day} {month}"),
            Language::German => format!("am {day}. {month}"),
        });
    }
    if !of_month.is_empty() {
        parts.push(list(&of_month, language));
    }
}

const fn ordinal(day: u32) -> &'static str {
    match day {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    }
}

fn runs(rule: &RunRule, language: Language) -> String {
    let names = rule.pipelines.iter();
    let names: Vec<String> = names.map(|one| name(one, language)).collect();
    let word = match rule.all {
        true => of(language, "and", "und"),
        false => of(language, "or", "oder"),
    };
    let who = match names.is_empty() {
        true => of(language, "any run", "ein Lauf").to_owned(),
        false => connected(&names, word),
    };
    let when = of(language, "when", "wenn");
    let ends = ends(rule, language);
    let mut out = match rule.longer {
        Some(seconds) => {
            let length = length(seconds, language);
            match language {
                Language::English => format!("{when} {who} takes longer than {length}"),
                Language::German => format!("{when} {who} länger als {length} dauert"),
            }
        }
        None => format!("{when} {who} {ends}"),
    };
    if let Some(count) = rule.count {
        out.push_str(&match language {
            Language::English => format!(" {count} times"),
            Language::German => format!(", {count} mal"),
        });
    }
    if let Some(seconds) = rule.within {
        out.push_str(of(language, " within ", " innerhalb von "));
        out.push_str(&length(seconds, language));
    }
    out
}

/// How the runs end.
fn ends(rule: &RunRule, language: Language) -> &'static str {
    match (rule.states.as_slice(), rule.all) {
        (["failed"], false) => of(language, "fails", "fehlschlägt"),
        (["failed"], true) => of(language, "all fail", "alle fehlschlagen"),
        (["succeeded"], false) => of(language, "succeeds", "erfolgreich ist"),
        (["succeeded"], true) => of(language, "all succeed", "alle erfolgreich sind"),
        (["cancelled"], false) => of(language, "is cancelled", "abgebrochen wird"),
        (["cancelled"], true) => of(language, "are all cancelled", "alle abgebrochen werden"),
        (["failed", "cancelled"], _) => of(
            language,
            "fails or is cancelled",
            "fehlschlägt oder abgebrochen wird",
        ),
        (_, false) => of(
            language,
            "ends in any state",
            "in irgendeinem Zustand endet",
        ),
        (_, true) => of(
            language,
            "all end in any state",
            "alle in irgendeinem Zustand enden",
        ),
    }
}

fn github(rule: &GitHubRule, language: Language) -> String {
    let some = |text: &Option<String>, before: &str| match text {
        Some(text) => format!(" {before} {}", name(text, language)),
        None => String::new(),
    };
    let label = some(&rule.label, of(language, "with label", "mit dem Label"));
    let branch = some(&rule.branch, of(language, "to", "nach"));
    let repository = some(
        &rule.repository,
        of(language, "in repository", "im Repository"),
    );
    let action = rule.action.as_deref().unwrap_or_default();
    let is_english = language == Language::English;
    let what = match (rule.event.as_str(), action) {
        ("pull_request", "opened") if is_english => {
            format!("a pull request{label} was opened{branch}")
        }
        ("pull_request", "opened") => format!("ein Pull Request{label} geöffnet wird{branch}"),
        ("pull_request", _) if is_english => {
            let done = if rule.merged { "merged" } else { "closed" };
            format!("a pull request{label} was {done}{branch}")
        }
        ("pull_request", _) if rule.merged => {
            format!("ein Pull Request{label}{branch} gemergt wird")
        }
        ("pull_request", _) => format!("ein Pull Request geschlossen wird{branch}"),
        ("push", _) if is_english => format!("someone pushes{branch}"),
        ("push", _) => match &rule.branch {
            Some(branch) => format!("auf {} gepusht wird", name(branch, language)),
            None => "gepusht wird".to_owned(),
        },
        ("issues", "labeled") => {
            let label = rule.label.as_deref().unwrap_or_default();
            let label = name(label, language);
            match is_english {
                true => format!("an issue gets the label {label}"),
                false => format!("ein Issue das Label {label} bekommt"),
            }
        }
        ("issues", "closed") => of(
            language,
            "an issue was closed",
            "ein Issue geschlossen wird",
        )
        .to_owned(),
        ("issues", _) => of(language, "an issue was opened", "ein Issue geöffnet wird").to_owned(),
        ("release", _) => of(
            language,
            "a release was published",
            "ein Release veröffentlicht wird",
        )
        .to_owned(),
        _ => {
            let any = of(
                language,
                "when GitHub sends anything",
                "wenn GitHub etwas sendet",
            );
            return format!("{any}{repository}");
        }
    };
    let when = of(language, "when GitHub says", "wenn auf GitHub");
    format!("{when} {what}{repository}")
}

fn event(rule: &EventRule, language: Language) -> String {
    let kind = name(&rule.kind, language);
    let source = rule.source.as_ref().map(|source| name(source, language));
    let mut out = match (language, rule.prefix, source) {
        (Language::English, true, source) => {
            let source = source.map_or_else(String::new, |source| format!(" from {source}"));
            format!("when an event whose type begins with {kind} arrives{source}")
        }
        (Language::English, false, Some(source)) => {
            format!("when an event of type {kind} from {source} arrives")
        }
        (Language::English, false, None) => format!("when an event of type {kind} arrives"),
        (Language::German, true, source) => {
            let source = source.map_or_else(String::new, |source| format!(" von {source}"));
            format!("wenn ein Ereignis, dessen Typ mit {kind} beginnt, eintrifft{source}")
        }
        (Language::German, false, Some(source)) => {
            format!("wenn ein Ereignis vom Typ {kind} von {source} eintrifft")
        }
        (Language::German, false, None) => format!("wenn ein Ereignis vom Typ {kind} eintrifft"),
    };
    for (field, comparison) in &rule.conditions {
        let with = of(language, "with", "mit");
        let field = name(field, language);
        let test = match comparison {
            Comparison::More(number) => format!("{} {number}", of(language, "over", "über")),
            Comparison::Less(number) => format!("{} {number}", of(language, "under", "unter")),
            Comparison::Is(text) => {
                format!("{} {}", of(language, "is", "gleich"), name(text, language))
            }
        };
        out.push_str(&format!(" {with} {field} {test}"));
    }
    out
}
