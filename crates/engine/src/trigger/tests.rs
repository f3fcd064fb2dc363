//! Tests of schedules: reading, changes of the clock, intervals, and what is due.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::{Cron, Misfire, Overlap, Timing, Trigger, Zone};

fn trigger(text: &str) -> Trigger {
    Trigger::parse(text).unwrap_or_else(|found| panic!("{text}: {found:?}"))
}

fn refused(text: &str) -> String {
    let found = Trigger::parse(text).expect_err(text);
    found
        .into_iter()
        .map(|one| one.message)
        .collect::<Vec<_>>()
        .join("\n")
}

fn cron(expression: &str, zone: &str) -> Trigger {
    trigger(&format!(
        "{{\"cron\": \"{expression}\", \"timezone\": \"{zone}\"}}"
    ))
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text)
        .unwrap()
        .with_timezone(&Utc)
}

/// The next firings after an instant, in local time.
fn next(trigger: &Trigger, after: &str, count: usize) -> Vec<String> {
    let schedule = &trigger.schedule;
    let firings = schedule.firings(at(after)).take(count);
    firings.map(|at| schedule.zone.text_of(at)).collect()
}

#[test]
fn a_schedule_that_names_an_hour_fires_once_on_the_days_of_both_changes() {
    // When the clock goes forward, at the instant of the change; when it goes back, the first time.
    let cases = [
        (
            "Europe/Berlin",
            "30 2 * * *",
            "2026-03-28T12:00:00Z",
            ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"],
        ),
        (
            "Europe/Berlin",
            "30 2 * * *",
            "2026-10-24T12:00:00Z",
            ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"],
        ),
        (
            "America/New_York",
            "15 2 * * *",
            "2026-03-07T12:00:00Z",
            ["2026-03-08T03:00:00-04:00", "2026-03-09T02:15:00-04:00"],
        ),
        (
            "America/New_York",
            "30 1 * * *",
            "2026-10-31T12:00:00Z",
            ["2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"],
        ),
        // Half an hour: from 2:00 to 2:30, and from 2:00 back to 1:30.
        (
            "Australia/Lord_Howe",
            "15 2 * * *",
            "2026-10-03T03:00:00Z",
            ["2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"],
        ),
        (
            "Australia/Lord_Howe",
            "45 1 * * *",
            "2026-04-04T03:00:00Z",
            ["2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"],
        ),
    ];
    for (zone, expression, after, expected) in cases {
        assert_eq!(
            next(&cron(expression, zone), after, 2),
            expected,
            "{zone} {expression}"
        );
    }
}

#[test]
fn several_times_that_the_clock_leaves_out_fire_once() {
    let trigger = cron("0,20,40 2 * * *", "Europe/Berlin");
    let expected = ["2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"];
    assert_eq!(next(&trigger, "2026-03-28T12:00:00Z", 2), expected);
    // 3:00 fires anyway, so the change adds nothing.
    let trigger = cron("30 2,3 * * *", "Europe/Berlin");
    let expected = [
        "2026-03-29T03:00:00+02:00",
        "2026-03-29T03:30:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ];
    assert_eq!(next(&trigger, "2026-03-28T12:00:00Z", 3), expected);
}

#[test]
fn a_schedule_of_every_hour_follows_real_time() {
    let hourly = cron("0 * * * *", "Europe/Berlin");
    let expected = [
        "2026-03-29T01:00:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-29T04:00:00+02:00",
    ];
    assert_eq!(next(&hourly, "2026-03-28T23:30:00Z", 3), expected);
    let expected = [
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:00:00+01:00",
        "2026-10-25T03:00:00+01:00",
    ];
    assert_eq!(next(&hourly, "2026-10-24T23:30:00Z", 3), expected);
    let half = cron("*/30 * * * *", "Australia/Lord_Howe");
    let expected = [
        "2026-04-05T01:30:00+11:00",
        "2026-04-05T01:30:00+10:30",
        "2026-04-05T02:00:00+10:30",
    ];
    assert_eq!(next(&half, "2026-04-04T14:15:00Z", 3), expected);
}

#[test]
fn an_interval_of_days_goes_on_over_the_end_of_a_month_and_keeps_its_local_time() {
    let trigger = trigger(
        "{\"interval\": \"2d\", \"timezone\": \"Europe/Berlin\", \"anchor\": \"2026-01-31T09:00\"}",
    );
    let expected = [
        "2026-03-28T09:00:00+01:00",
        "2026-03-30T09:00:00+02:00",
        "2026-04-01T09:00:00+02:00",
    ];
    assert_eq!(next(&trigger, "2026-03-27T00:00:00Z", 3), expected);
}

#[test]
fn an_interval_of_seconds_is_counted_from_its_anchor() {
    let trigger = trigger("{\"interval\": \"90m\", \"start\": \"2026-01-01T00:10:00Z\"}");
    let expected = ["2026-01-01T00:10:00Z", "2026-01-01T01:40:00Z"];
    assert_eq!(next(&trigger, "2025-01-01T00:00:00Z", 2), expected);
    assert_eq!(
        next(&trigger, "2026-01-01T01:40:00Z", 1),
        ["2026-01-01T03:10:00Z"]
    );
}

#[test]
fn expressions_mean_what_they_usually_mean() {
    for (expression, after, expected) in [
        (
            "0 9 * * 1-5",
            "2026-01-02T10:00:00Z",
            "2026-01-05T09:00:00Z",
        ),
        ("0 0 L * *", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z"),
        ("0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        (
            "0 12 * * 5#2",
            "2026-01-01T00:00:00Z",
            "2026-01-09T12:00:00Z",
        ),
        (
            "0 12 * * FRIL",
            "2026-01-01T00:00:00Z",
            "2026-01-30T12:00:00Z",
        ),
        ("0 0 13 * 5", "2026-01-03T00:00:00Z", "2026-01-09T00:00:00Z"),
        (
            "0 0 */2 * 1",
            "2026-01-01T00:00:00Z",
            "2026-01-05T00:00:00Z",
        ),
        (
            "*/10 * * * * *",
            "2026-01-01T00:00:05Z",
            "2026-01-01T00:00:10Z",
        ),
        (
            "5/20 3 * * *",
            "2026-01-01T03:06:00Z",
            "2026-01-01T03:25:00Z",
        ),
        ("0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
        ("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
    ] {
        assert_eq!(
            next(&cron(expression, "UTC"), after, 1),
            [expected],
            "{expression}"
        );
    }
}

#[test]
fn what_is_wrong_is_named_with_the_value_and_what_to_write() {
    for (text, expected) in [
        (
            "{\"cron\": \"61 * * * *\"}",
            "must be a number from 0 to 59",
        ),
        ("{\"cron\": \"* * *\"}", "five fields"),
        ("{\"cron\": \"0 0 5-1 * *\"}", "ends before it begins"),
        ("{\"cron\": \"0 0 1W * *\"}", "nearest working day"),
        ("{\"cron\": \"0 0 30 2 *\"}", "never fires"),
        (
            "{\"cron\": \"0 0 * * *\", \"timezone\": \"Europe/Berln\"}",
            "is not a time zone",
        ),
        (
            "{\"cron\": \"0 0 * * *\", \"interval\": \"2d\"}",
            "one of `cron`, `interval` and `rrule`",
        ),
        (
            "{\"cron\": \"0 0 * * *\", \"holiday_region\": \"DE\"}",
            "is not a field of a schedule",
        ),
        (
            "{\"cron\": \"0 0 * * *\", \"misfire\": \"maybe\"}",
            "skip, once or all",
        ),
        ("{\"interval\": \"0s\"}", "must be a duration"),
        (
            "{\"cron\": \"0 0 * * *\", \"start\": \"2026-02-30\"}",
            "must be a time",
        ),
        (
            "{\"cron\": \"0 0 * * *\", \"start\": \"2026-02-02\", \"end\": \"2026-02-01\"}",
            "is before `start`",
        ),
        ("{\"name\": \"n\"}", "has no rhythm"),
        (
            "{\"cron\": \"0 0 * * *\", \"input_mapping\": {\"a\": \"b\"}}",
            "a field of the event",
        ),
        ("[]", "is an object or text"),
    ] {
        let found = refused(text).to_lowercase();
        assert!(found.contains(&expected.to_lowercase()), "{text}: {found}");
    }
}

#[test]
fn every_spelling_gives_the_same_schedule() {
    let plain = trigger(
        "{\"name\": \"n\", \"cron\": \"0 9 * * *\", \"timezone\": \"Europe/Berlin\", \
          \"misfire\": \"all\", \"overlap\": \"skip\", \"input\": {\"a\": 1}, \
          \"input_mapping\": {\"day\": \"date\"}}",
    );
    let other = trigger(
        "{\"id\": \"n\", \"cron_expression\": \"0 9 * * *\", \"tz\": \"europe/berlin\", \
          \"catch_up\": true, \"concurrencyPolicy\": \"Forbid\", \"default_inputs\": {\"a\": 1}, \
          \"inputMapping\": {\"$.date\": \"day\"}}",
    );
    assert_eq!(plain, other);
    assert_eq!(trigger(&plain.to_serde().to_string()), plain);
}

#[test]
fn the_event_of_a_firing_is_the_input_of_its_run() {
    let trigger = trigger(
        "{\"name\": \"n\", \"cron\": \"30 0 * * *\", \"timezone\": \"Europe/Berlin\", \
          \"input\": {\"a\": 1}, \
          \"input_mapping\": {\"day\": \"date\", \"when\": \"$.scheduled_at\", \"here\": \"local_time\"}}",
    );
    let input = trigger.input_at(at("2026-06-30T22:30:00Z"));
    assert_eq!(
        input.to_json(),
        "{\"a\":1,\"day\":\"2026-07-01\",\"when\":\"2026-06-30T22:30:00Z\",\
          \"here\":\"2026-07-01T00:30:00+02:00\"}"
    );
}

#[test]
fn missed_firings_are_skipped_made_up_for_once_or_all_made_up_for() {
    let mut schedule = cron("0 * * * *", "UTC").schedule;
    let (first, now) = (at("2026-01-01T01:00:00Z"), at("2026-01-01T05:30:00Z"));
    let none = TimeDelta::zero();
    schedule.misfire = Misfire::Skip;
    let due = schedule.due(first, none, now);
    assert_eq!((due.fire.len(), due.missed), (0, 5));
    schedule.misfire = Misfire::Once;
    let due = schedule.due(first, none, now);
    assert_eq!(
        (due.fire, due.missed),
        (vec![at("2026-01-01T05:00:00Z")], 4)
    );
    schedule.misfire = Misfire::All;
    let due = schedule.due(first, none, now);
    assert_eq!((due.fire.len(), due.missed), (5, 0));
    assert_eq!(due.next, Some(at("2026-01-01T06:00:00Z")));
}

#[test]
fn making_up_for_missed_firings_is_bounded() {
    let mut schedule = cron("* * * * * *", "UTC").schedule;
    schedule.misfire = Misfire::All;
    let (first, now) = (at("2026-01-01T00:00:00Z"), at("2026-03-01T00:00:00Z"));
    let due = schedule.due(first, TimeDelta::zero(), now);
    // Those that are made up for, and those of the last minute, which are not late.
    assert!(
        due.fire.len() <= super::MAX_CATCH_UP + 61,
        "{}",
        due.fire.len()
    );
    assert!(due.missed >= 8_000, "{}", due.missed);
    assert_eq!(due.next, Some(now + TimeDelta::seconds(1)));
    let mut sorted = due.fire.clone();
    sorted.dedup();
    assert_eq!(sorted, due.fire);
}

#[test]
fn jitter_is_the_same_each_time_and_differs_between_triggers() {
    let mut schedule = cron("0 9 * * *", "UTC").schedule;
    assert_eq!(schedule.delay(1), TimeDelta::zero());
    schedule.jitter = 600;
    let delays: std::collections::BTreeSet<_> = (0..50).map(|id| schedule.delay(id)).collect();
    assert!(delays.len() > 25);
    assert!(
        delays
            .iter()
            .all(|delay| (0..=600).contains(&delay.num_seconds()))
    );
    assert_eq!(schedule.delay(7), schedule.delay(7));
}

#[test]
fn a_start_and_an_end_bound_the_firings() {
    let trigger = trigger(
        "{\"cron\": \"0 9 * * *\", \"start\": \"2026-01-02T09:00\", \"end\": \"2026-01-03T09:00\"}",
    );
    let expected = ["2026-01-02T09:00:00Z", "2026-01-03T09:00:00Z"];
    assert_eq!(next(&trigger, "2025-01-01T00:00:00Z", 9), expected);
}

#[test]
fn schedules_are_shown_in_words() {
    for (expression, expected) in [
        ("0 9 * * 1-5", "at 09:00 on Monday to Friday (UTC)"),
        ("*/15 * * * *", "every 15 minutes (UTC)"),
        ("0 0 L * *", "at 00:00 on the last day of the month (UTC)"),
        (
            "0 12 * * 5#2",
            "at 12:00 on the second Friday of the month (UTC)",
        ),
        (
            "0 6 1,15 3 *",
            "at 06:00 on day 1 and 15 of the month in March (UTC)",
        ),
    ] {
        assert_eq!(cron(expression, "UTC").schedule.words(), expected);
    }
    let every = trigger("{\"interval\": \"2d\"}").schedule.words();
    assert_eq!(every, "every 2 days, at the same time (UTC)");
}

#[test]
fn the_defaults_are_the_careful_ones() {
    let trigger = trigger("\"every 5m\"");
    assert_eq!(trigger.schedule.misfire, Misfire::Once);
    assert_eq!(trigger.schedule.overlap, Overlap::Skip);
    assert_eq!(trigger.schedule.zone, Zone::utc());
    assert!(!trigger.schedule.is_frequent(at("2026-01-01T00:00:00Z")));
    let every = cron("*/30 * * * * *", "UTC");
    assert!(every.schedule.is_frequent(at("2026-01-01T00:00:00Z")));
}

fn zone() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/Sao_Paulo",
        "Pacific/Apia",
    ])
}

fn field(max: u32, min: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        Just("*".to_owned()),
        (min..=max).prop_map(|n| n.to_string()),
        (2u32..=7).prop_map(|n| format!("*/{n}")),
        (min..=max, min..=max).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_next_firing_is_strictly_later_and_matches_except_at_a_change(
        minute in field(59, 0), hour in field(23, 0), weekday in field(6, 0),
        zone in zone(), after in 0i64..2_000_000_000,
    ) {
        let text = format!("{minute} {hour} * * {weekday}");
        let trigger = cron(&text, zone);
        let after = DateTime::from_timestamp(after, 0).unwrap();
        let found = trigger.schedule.next_after(after).unwrap();
        prop_assert!(found > after);
        let second = found.timestamp();
        let offset = trigger.schedule.zone.offset_at(second);
        let Timing::Cron(cron) = &trigger.schedule.timing else { unreachable!() };
        let local = (found + TimeDelta::seconds(offset)).naive_utc();
        let change = trigger.schedule.zone.offset_at(second - 1) < offset;
        prop_assert!(cron.matches(local) || change, "{} {}", text, local);
        // Nothing fires in between.
        let between = after + (found - after) / 2;
        if between > after {
            prop_assert_eq!(trigger.schedule.next_after(between), Some(found));
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,40}") {
        let _ = Cron::parse(&text);
        let _ = Trigger::parse(&serde_json::json!({ "cron": text }).to_string());
        let _ = Trigger::parse(&serde_json::json!({ "interval": text }).to_string());
    }
}

#[test]
fn what_is_too_long_is_refused_before_it_is_read() {
    let long = "1s".repeat(500_000);
    let list = "*,".repeat(500_000) + "*";
    let text = "x".repeat(100_000);
    for definition in [
        format!("{{\"interval\": \"{long}\"}}"),
        format!("{{\"cron\": \"0 0 * * {list}\"}}"),
        format!("{{\"cron\": \"0 9 * * *\", \"description\": \"{text}\"}}"),
        format!("{{\"interval\": \"{}\"}}", "1s".repeat(100)),
        format!("{{\"cron\": \"0 0 * * {}1\"}}", "1,".repeat(200)),
    ] {
        assert!(Trigger::parse(&definition).is_err());
    }
}
