//! Cron expressions against another implementation: npm `cron-parser` with the time zones of Node
//! (`tests/peers/cron`), on seeded random expressions, zones and instants.
//!
//! They are those that both mean to read alike. Where the two differ is in `DIFFERENT`, with what each of
//! them says, and in docs/triggers.md.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use chrono::{DateTime, Utc};
use engine::trigger::{Schedule, Trigger};
use serde_json::{Value as Json, json};
use tests::system::random::Random;

use crate::{
    cases,
    harness::{TestApp, peer},
};

cases![None:
    schedules_fire_when_another_implementation_says,
    the_differences_to_the_other_implementation_are_the_documented_ones,
];

/// Each of them changes its clock in another way, or not at all. Not among them are those in which the
/// other implementation is wrong: see `DIFFERENT`.
const ZONES: [&str; 11] = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Santiago",
    "America/Sao_Paulo",
    "Pacific/Auckland",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Africa/Johannesburg",
];

/// The years 2000 to 2027.
const FROM: i64 = 946_684_800;
const TO: i64 = 1_830_297_600;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// How many firings are compared.
const FIRINGS: usize = 3;

/// A schedule, and an instant after which it fires.
struct Question {
    cron: String,
    zone: &'static str,
    after: i64,
}

/// What the other implementation reads or does in another way: the expression, the zone, the instant, our
/// next two firings, and its own, or nothing if it refuses the expression.
type Different = (
    &'static str,
    &'static str,
    &'static str,
    [&'static str; 2],
    &'static [&'static str],
);

const DIFFERENT: [Different; 10] = [
    // A step as day of the month beside a weekday: with us, a field that begins with `*` means both.
    (
        "0 0 */2 * 1",
        "UTC",
        "2026-01-01T00:00:00Z",
        ["2026-01-05T00:00:00Z", "2026-01-19T00:00:00Z"],
        &["2026-01-03T00:00:00Z", "2026-01-05T00:00:00Z"],
    ),
    (
        "0 9 */5 * */2",
        "Europe/Berlin",
        "2026-01-01T00:00:00Z",
        ["2026-01-01T09:00:00+01:00", "2026-01-06T09:00:00+01:00"],
        &["2026-01-01T09:00:00+01:00", "2026-01-03T09:00:00+01:00"],
    ),
    // A weekday and a step: it counts to 7, which is Sunday; with us, to Saturday.
    (
        "0 9 * * 2/5",
        "UTC",
        "2026-01-01T00:00:00Z",
        ["2026-01-06T09:00:00Z", "2026-01-13T09:00:00Z"],
        &["2026-01-04T09:00:00Z", "2026-01-06T09:00:00Z"],
    ),
    // A value that is named twice.
    (
        "5,5 * * * *",
        "UTC",
        "2026-01-01T00:00:00Z",
        ["2026-01-01T00:05:00Z", "2026-01-01T01:05:00Z"],
        &[],
    ),
    (
        "0 0 * * 0,7",
        "UTC",
        "2026-01-01T00:00:00Z",
        ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"],
        &[],
    ),
    // A time that the clock leaves out: it moves by the hour that is left out, each one of several.
    (
        "30 2 * * *",
        "Europe/Berlin",
        "2026-03-28T12:00:00Z",
        ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"],
        &["2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00"],
    ),
    (
        "*/20 2 * * *",
        "Europe/Berlin",
        "2026-03-28T12:00:00Z",
        ["2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"],
        &["2026-03-29T03:00:00+02:00", "2026-03-29T03:20:00+02:00"],
    ),
    // A time that the clock repeats, asked for while it is repeated: it fires the second time, too.
    (
        "58 1-20/4 * * *",
        "America/New_York",
        "2007-11-04T06:05:19Z",
        ["2007-11-04T05:58:00-05:00", "2007-11-04T09:58:00-05:00"],
        &["2007-11-04T01:58:00-05:00", "2007-11-04T05:58:00-05:00"],
    ),
    // A clock that goes back by half an hour: it finds no firing any more.
    (
        "13 10 * * *",
        "Australia/Lord_Howe",
        "2026-04-03T12:00:00Z",
        ["2026-04-04T10:13:00+11:00", "2026-04-05T10:13:00+10:30"],
        &["2026-04-04T10:13:00+11:00"],
    ),
    // A change at a minute past midnight: it misses a firing.
    (
        "22 * * * *",
        "America/St_Johns",
        "2009-03-08T03:10:00Z",
        ["2009-03-08T01:22:00-02:30", "2009-03-08T02:22:00-02:30"],
        &["2009-03-08T02:22:00-02:30", "2009-03-08T03:22:00-02:30"],
    ),
];

/// What the other implementation answers to each question: its next firings in seconds, or why it refuses
/// the expression. `None` if no Node is named; in CI that is a failure.
fn ask(questions: &[Question], count: usize) -> Option<Vec<Json>> {
    let node = peer::program("FLOWMASON_TEST_NODE", "other implementation of cron")?;
    let mut program = Command::new(node)
        .arg(peer::file("cron/next.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("FLOWMASON_TEST_NODE starts");
    let mut text = String::new();
    for question in questions {
        let line = json!({ "cron": question.cron, "zone": question.zone, "after": question.after,
            "count": count });
        text.push_str(&line.to_string());
        text.push('\n');
    }
    let mut input = program.stdin.take().expect("piped");
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = program.wait_with_output().expect("it ends");
    // If it has ended early, its answers are missing.
    let _ = writer.join().expect("no panic");
    let output = String::from_utf8(output.stdout).expect("a text");
    let read = |line| serde_json::from_str::<Json>(line).expect("a line of JSON");
    let mut lines = output.lines().map(read);
    let zones = lines
        .next()
        .expect("are the packages of tests/peers/cron installed?");
    println!("the time zones of Node: {}", zones["zones"]);
    let answers: Vec<Json> = lines.collect();
    assert_eq!(answers.len(), questions.len());
    Some(answers)
}

fn schedule(cron: &str, zone: &str) -> Schedule {
    let text = json!({ "cron": cron, "timezone": zone }).to_string();
    let read = Trigger::parse(&text).unwrap_or_else(|found| panic!("{text}: {found:?}"));
    read.schedule
}

fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("an instant")
}

/// The local times of instants.
fn shown(schedule: &Schedule, instants: &[i64]) -> Vec<String> {
    let text = |at: &i64| schedule.zone.text_of(instant(*at));
    instants.iter().map(text).collect()
}

fn seconds(answer: &Json) -> Option<Vec<i64>> {
    let all = answer.as_array()?.iter();
    all.map(Json::as_i64).collect()
}

async fn schedules_fire_when_another_implementation_says(_: TestApp) {
    let full = std::env::var("FLOWMASON_TEST_FULL").is_ok_and(|value| value == "1");
    let count = if full { 100_000 } else { 2_000 };
    let mut random = Random::seeded("cron");
    let questions: Vec<Question> = (0..count).map(|_| question(&mut random)).collect();
    let Some(answers) = ask(&questions, FIRINGS) else {
        return;
    };
    let mut wrong = Vec::new();
    for (question, answer) in questions.iter().zip(&answers) {
        let schedule = schedule(&question.cron, question.zone);
        let firings = schedule.firings(instant(question.after)).take(FIRINGS);
        let mut ours: Vec<i64> = firings.map(|at| at.timestamp()).collect();
        let Some(mut theirs) = seconds(answer) else {
            wrong.push(format!("{} is refused: {answer}", question.cron));
            continue;
        };
        // What names hours and is left out fires at the change with us only; what comes after it is not
        // compared.
        if let Some(at) = left_out(&schedule, &question.cron, &ours) {
            ours.truncate(at);
            theirs.truncate(at);
        }
        if ours != theirs {
            let after = shown(&schedule, &[question.after]);
            wrong.push(format!(
                "{} in {} after {after:?}: we say {:?}, it says {:?}",
                question.cron,
                question.zone,
                shown(&schedule, &ours),
                shown(&schedule, &theirs)
            ));
        }
    }
    let first: Vec<&String> = wrong.iter().take(20).collect();
    assert!(wrong.is_empty(), "{} of {count}: {first:#?}", wrong.len());
}

/// The first firing of a schedule that names hours at an instant at which the clock goes forward.
fn left_out(schedule: &Schedule, cron: &str, firings: &[i64]) -> Option<usize> {
    // The hour is the fourth field from the end.
    if cron.split(' ').rev().nth(3) == Some("*") {
        return None;
    }
    let offset = |at: i64| schedule.zone.offset_at(at);
    firings.iter().position(|at| offset(at - 1) < offset(*at))
}

async fn the_differences_to_the_other_implementation_are_the_documented_ones(_: TestApp) {
    let of = |different: &Different| Question {
        cron: different.0.to_owned(),
        zone: different.1,
        after: different
            .2
            .parse::<DateTime<Utc>>()
            .expect("an instant")
            .timestamp(),
    };
    let questions: Vec<Question> = DIFFERENT.iter().map(of).collect();
    let Some(answers) = ask(&questions, 2) else {
        return;
    };
    for ((question, answer), different) in questions.iter().zip(&answers).zip(&DIFFERENT) {
        let (cron, _, _, ours, theirs) = different;
        let schedule = schedule(cron, question.zone);
        let firings = schedule.firings(instant(question.after)).take(2);
        let found: Vec<i64> = firings.map(|at| at.timestamp()).collect();
        assert_eq!(shown(&schedule, &found), *ours, "{cron}");
        match seconds(answer) {
            Some(found) => assert_eq!(shown(&schedule, &found), *theirs, "{cron}"),
            None => assert!(
                theirs.is_empty() && answer["refused"].is_string(),
                "{cron}: {answer}"
            ),
        }
    }
}

/// A number from `from` to `to`.
fn between(random: &mut Random, from: u32, to: u32) -> u32 {
    from + (random.draw() % u64::from(to - from + 1)) as u32
}

fn chance(random: &mut Random, part: f64) -> bool {
    random.part() < part
}

fn one_of(random: &mut Random, all: &[&'static str]) -> &'static str {
    all[between(random, 0, all.len() as u32 - 1) as usize]
}

/// A field of an expression, in one of its forms. A list names no value twice.
fn field(random: &mut Random, from: u32, to: u32) -> String {
    let (one, other) = (between(random, from, to), between(random, from, to));
    let (low, high) = (one.min(other), one.max(other));
    match between(random, 0, 8) {
        0 | 1 => "*".to_owned(),
        2 | 3 => one.to_string(),
        4 => format!("*/{}", between(random, 2, 7)),
        5 => format!("{low}-{high}"),
        6 => format!("{low}-{high}/{}", between(random, 2, 5)),
        7 => format!("{one}/{}", between(random, 2, 5)),
        _ if low == high => one.to_string(),
        _ => format!("{low},{high}"),
    }
}

/// The days of the month and the weekdays.
fn days(random: &mut Random) -> (String, String) {
    let mut day = "*".to_owned();
    let mut weekday = "*".to_owned();
    if chance(random, 0.4) {
        // Every month has them, so that every expression fires.
        day = field(random, 1, 28);
    }
    if chance(random, 0.4) {
        weekday = field(random, 0, 6);
        if weekday.contains('/') && !weekday.contains(['*', '-']) {
            weekday = "*".to_owned();
        }
    }
    match between(random, 0, 19) {
        0 => day = "L".to_owned(),
        1 => weekday = format!("{}#{}", between(random, 0, 6), between(random, 1, 4)),
        2 => weekday = format!("{}L", between(random, 0, 6)),
        3 => weekday = one_of(random, &["MON", "MON-FRI", "SAT,SUN", "tue", "5-7", "7"]).to_owned(),
        _ => {}
    }
    let step = |field: &str| field.starts_with("*/");
    if day != "*" && weekday != "*" && (step(&day) || step(&weekday)) {
        weekday = "*".to_owned();
    }
    (day, weekday)
}

fn question(random: &mut Random) -> Question {
    let (day, weekday) = days(random);
    let month = match chance(random, 0.3) {
        true => field(random, 1, 12),
        false => one_of(random, &["*", "*", "*", "JAN", "MAR-JUN", "oct,nov"]).to_owned(),
    };
    let (minute, hour) = (field(random, 0, 59), field(random, 0, 23));
    let mut cron = format!("{minute} {hour} {day} {month} {weekday}");
    if chance(random, 0.3) {
        cron = format!("{} {cron}", field(random, 0, 59));
    }
    let zone = one_of(random, &ZONES);
    let any = FROM + (random.draw() % (TO - FROM) as u64) as i64;
    let mut after = match chance(random, 0.5) {
        true => near_a_change(random, zone, any).unwrap_or(any),
        false => any,
    };
    let schedule = schedule(&cron, zone);
    let offset = |at: i64| schedule.zone.offset_at(at);
    // Not within an hour that is repeated.
    if offset(after - HOUR) > offset(after) {
        after -= 2 * HOUR;
    }
    Question { cron, zone, after }
}

/// An instant within a day and a half of the first change of the clock in the year after `from`.
fn near_a_change(random: &mut Random, zone: &str, from: i64) -> Option<i64> {
    let schedule = schedule("0 0 * * *", zone);
    let offset = |day: i64| schedule.zone.offset_at(from + day * DAY);
    let day = (1..370).find(|day| offset(*day) != offset(day - 1))?;
    let later = i64::from(between(random, 0, 72)) * HOUR / 2 + i64::from(between(random, 0, 1_799));
    // The change is in the day before.
    Some(from + (day - 1) * DAY - DAY / 2 + later)
}
