//! Tests of recurrence rules, most with the examples of RFC 5545, section 3.8.5.3.

use chrono::{DateTime, Utc};

use crate::trigger::Trigger;

fn read(text: &str) -> Trigger {
    Trigger::parse(text).unwrap_or_else(|found| panic!("{text}: {found:?}"))
}

fn refused(text: &str) -> String {
    let found = Trigger::parse(text).expect_err(text);
    let texts = found.into_iter().map(|one| one.message);
    texts.collect::<Vec<_>>().join("\n")
}

/// A rule that begins as the examples do.
fn rule(rule: &str) -> Trigger {
    from(rule, "1997-09-02T09:00:00")
}

fn from(rule: &str, start: &str) -> Trigger {
    read(&format!(
        "{{\"rrule\": \"{rule}\", \"start\": \"{start}\", \"timezone\": \"America/New_York\"}}"
    ))
}

fn at(text: &str) -> DateTime<Utc> {
    let at = DateTime::parse_from_rfc3339(text);
    at.unwrap().with_timezone(&Utc)
}

/// The first firings in local time, without their offsets.
fn firings(trigger: &Trigger, count: usize) -> Vec<String> {
    let schedule = &trigger.schedule;
    let firings = schedule.firings(at("1997-01-01T00:00:00Z")).take(count);
    firings
        .map(|at| schedule.zone.text_of(at)[..16].to_owned())
        .collect()
}

#[track_caller]
fn begins(trigger: &Trigger, expected: &[&str]) {
    let expected: Vec<String> = expected
        .iter()
        .map(|one| match one.contains('T') {
            true => (*one).to_owned(),
            false => format!("{one}T09:00"),
        })
        .collect();
    assert_eq!(firings(trigger, expected.len()), expected);
}

/// All firings, of which there are as many as named.
#[track_caller]
fn is_all(trigger: &Trigger, expected: &[&str]) {
    begins(trigger, expected);
    assert_eq!(firings(trigger, expected.len() + 1).len(), expected.len());
}

#[test]
fn the_examples_of_days_and_weeks_hold() {
    let ten = firings(&rule("FREQ=DAILY;COUNT=10"), 11);
    assert_eq!(ten.len(), 10);
    assert_eq!(ten[9], "1997-09-11T09:00");
    let until = firings(&rule("FREQ=DAILY;UNTIL=19971224T000000Z"), 200);
    assert_eq!(until.len(), 113);
    assert_eq!(until[112], "1997-12-23T09:00");
    is_all(
        &rule("FREQ=DAILY;INTERVAL=10;COUNT=5"),
        &[
            "1997-09-02",
            "1997-09-12",
            "1997-09-22",
            "1997-10-02",
            "1997-10-12",
        ],
    );
    begins(
        &rule("FREQ=WEEKLY;INTERVAL=2;WKST=SU"),
        &[
            "1997-09-02",
            "1997-09-16",
            "1997-09-30",
            "1997-10-14",
            "1997-10-28",
        ],
    );
    is_all(
        &rule("FREQ=WEEKLY;COUNT=4;WKST=SU;BYDAY=TU,TH"),
        &["1997-09-02", "1997-09-04", "1997-09-09", "1997-09-11"],
    );
    is_all(
        &rule("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH"),
        &[
            "1997-09-02",
            "1997-09-04",
            "1997-09-16",
            "1997-09-18",
            "1997-09-30",
            "1997-10-02",
            "1997-10-14",
            "1997-10-16",
        ],
    );
}

#[test]
fn the_first_day_of_the_week_decides_which_weeks_count() {
    let of = |start: &str| {
        from(
            &format!("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST={start}"),
            "1997-08-05T09:00:00",
        )
    };
    is_all(
        &of("MO"),
        &["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"],
    );
    is_all(
        &of("SU"),
        &["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"],
    );
}

#[test]
fn the_examples_of_months_hold() {
    begins(
        &from("FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "1997-09-05T09:00:00"),
        &[
            "1997-09-05",
            "1997-10-03",
            "1997-11-07",
            "1997-12-05",
            "1998-01-02",
        ],
    );
    begins(
        &from(
            "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
            "1997-09-07T09:00:00",
        ),
        &[
            "1997-09-07",
            "1997-09-28",
            "1997-11-02",
            "1997-11-30",
            "1998-01-04",
            "1998-01-25",
        ],
    );
    begins(
        &from("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997-09-22T09:00:00"),
        &[
            "1997-09-22",
            "1997-10-20",
            "1997-11-17",
            "1997-12-22",
            "1998-01-19",
            "1998-02-16",
        ],
    );
    begins(
        &from("FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28T09:00:00"),
        &[
            "1997-09-28",
            "1997-10-29",
            "1997-11-28",
            "1997-12-29",
            "1998-01-29",
            "1998-02-26",
        ],
    );
    begins(
        &rule("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15"),
        &[
            "1997-09-02",
            "1997-09-15",
            "1997-10-02",
            "1997-10-15",
            "1997-11-02",
        ],
    );
    begins(
        &from(
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
            "1997-09-30T09:00:00",
        ),
        &[
            "1997-09-30",
            "1997-10-01",
            "1997-10-31",
            "1997-11-01",
            "1997-11-30",
            "1997-12-01",
        ],
    );
    begins(
        &rule("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"),
        &[
            "1998-02-13",
            "1998-03-13",
            "1998-11-13",
            "1999-08-13",
            "2000-10-13",
        ],
    );
    // Days that a month does not have are left out.
    begins(
        &from(
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            "2007-01-15T09:00:00",
        ),
        &[
            "2007-01-15",
            "2007-01-30",
            "2007-02-15",
            "2007-03-15",
            "2007-03-30",
        ],
    );
}

#[test]
fn the_examples_of_years_hold() {
    begins(
        &from("FREQ=YEARLY;COUNT=10;BYMONTH=6,7", "1997-06-10T09:00:00"),
        &["1997-06-10", "1997-07-10", "1998-06-10", "1998-07-10"],
    );
    begins(
        &from("FREQ=YEARLY;BYDAY=20MO", "1997-05-19T09:00:00"),
        &["1997-05-19", "1998-05-18", "1999-05-17"],
    );
    begins(
        &from("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997-03-13T09:00:00"),
        &["1997-03-13", "1997-03-20", "1997-03-27", "1998-03-05"],
    );
    begins(
        &from(
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "1996-11-05T09:00:00",
        ),
        &["2000-11-07", "2004-11-02", "2008-11-04"],
    );
}

#[test]
fn positions_choose_from_the_times_of_a_period() {
    is_all(
        &from(
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            "1997-09-04T09:00:00",
        ),
        &["1997-09-04", "1997-10-07", "1997-11-06"],
    );
    begins(
        &from(
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            "1997-09-29T09:00:00",
        ),
        &[
            "1997-09-29",
            "1997-10-30",
            "1997-11-27",
            "1997-12-30",
            "1998-01-29",
        ],
    );
    begins(
        &rule("FREQ=DAILY;BYHOUR=9,12,15;BYSETPOS=1,-1"),
        &["1997-09-02T09:00", "1997-09-02T15:00", "1997-09-03T09:00"],
    );
}

#[test]
fn the_examples_of_hours_and_minutes_hold() {
    is_all(
        &rule("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z"),
        &["1997-09-02T09:00", "1997-09-02T12:00", "1997-09-02T15:00"],
    );
    is_all(
        &rule("FREQ=MINUTELY;INTERVAL=90;COUNT=4"),
        &[
            "1997-09-02T09:00",
            "1997-09-02T10:30",
            "1997-09-02T12:00",
            "1997-09-02T13:30",
        ],
    );
    let times = [
        "1997-09-02T09:00",
        "1997-09-02T09:20",
        "1997-09-02T09:40",
        "1997-09-02T10:00",
    ];
    begins(
        &rule("FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40"),
        &times,
    );
    begins(
        &rule("FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16"),
        &times,
    );
}

#[test]
fn a_rule_that_names_times_keeps_them_when_the_clock_changes() {
    let daily = from("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "2026-03-07T00:00:00");
    let schedule = &daily.schedule;
    let next = |after: &str, count: usize| -> Vec<String> {
        let firings = schedule.firings(at(after)).take(count);
        firings.map(|at| schedule.zone.text_of(at)).collect()
    };
    // Left out: at the change. Repeated: the first time.
    assert_eq!(
        next("2026-03-07T12:00:00Z", 2),
        ["2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"]
    );
    let early = from("FREQ=DAILY;BYHOUR=1;BYMINUTE=30", "2026-03-07T00:00:00");
    let firings = early.schedule.firings(at("2026-10-31T12:00:00Z")).take(2);
    let firings: Vec<String> = firings.map(|at| early.schedule.zone.text_of(at)).collect();
    assert_eq!(
        firings,
        ["2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"]
    );
}

#[test]
fn a_rule_of_hours_counts_real_time_when_the_clock_changes() {
    let hourly = from("FREQ=HOURLY", "2026-11-01T00:00:00");
    let firings: Vec<DateTime<Utc>> = hourly
        .schedule
        .firings(at("2026-11-01T04:30:00Z"))
        .take(4)
        .collect();
    let expected = [
        at("2026-11-01T05:00:00Z"),
        at("2026-11-01T06:00:00Z"),
        at("2026-11-01T07:00:00Z"),
        at("2026-11-01T08:00:00Z"),
    ];
    assert_eq!(firings, expected);
}

#[test]
fn dates_are_added_and_excepted() {
    let trigger = read(
        r#"{"rrule": "FREQ=DAILY;COUNT=5", "start": "2026-01-05T09:00", "timezone": "Europe/Berlin",
            "rdate": ["20260110T120000", "2026-01-07T09:00:00"],
            "exdate": ["2026-01-06T09:00", "20260108"]}"#,
    );
    let schedule = &trigger.schedule;
    let found: Vec<String> = schedule
        .firings(at("2026-01-01T00:00:00Z"))
        .map(|at| schedule.zone.text_of(at))
        .collect();
    assert_eq!(
        found,
        [
            "2026-01-05T09:00:00+01:00",
            "2026-01-07T09:00:00+01:00",
            "2026-01-09T09:00:00+01:00",
            "2026-01-10T12:00:00+01:00",
        ]
    );
    let again = read(&trigger.to_serde().to_string());
    assert_eq!(again, trigger, "what is written is read as the same");
}

#[test]
fn a_rule_that_cannot_be_meant_is_refused() {
    for (rule, part) in [
        ("FREQ=DAILY;COUNT=2;UNTIL=20300101", "both COUNT and UNTIL"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR"),
        ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO"),
        ("INTERVAL=2", "FREQ"),
        ("FREQ=DAILY;FREQ=DAILY", "twice"),
        ("FREQ=FORTNIGHTLY", "FREQ"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "never fires"),
        ("FREQ=DAILY;COUNT=5", "start"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=MONTHLY;BYDAY=ÄMO", "BYDAY"),
    ] {
        let message = refused(&format!("{{\"rrule\": \"{rule}\"}}"));
        assert!(message.contains(part), "{rule}: {message}");
    }
}

#[test]
fn a_search_that_finds_nothing_ends() {
    // Every second hour from midnight on is never an odd hour, and UTC has no changes of the clock.
    let message = refused(r#"{"rrule": "FREQ=HOURLY;INTERVAL=2;BYHOUR=1"}"#);
    assert!(message.contains("never fires"), "{message}");
    let message = refused(r#"{"rrule": "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1"}"#);
    assert!(message.contains("never fires"), "{message}");
}

#[test]
fn a_rule_is_told_in_words() {
    for (rule, words) in [
        (
            "FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=9",
            "every month on the last Friday of the month at 09:00 (UTC)",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE",
            "every 2 weeks on Monday and Wednesday at 00:00 (UTC)",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1,15",
            "every month on the last day of the month and day 15 of the month at 00:00 (UTC)",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYHOUR=17",
            "every month on Monday, Tuesday, Wednesday, Thursday and Friday at 17:00, of these the last \
             of each month (UTC)",
        ),
        (
            "FREQ=YEARLY;BYDAY=20MO",
            "every year on the 20th Monday of the year at 00:00 (UTC)",
        ),
        ("FREQ=HOURLY;INTERVAL=3", "every 3 hours (UTC)"),
    ] {
        let trigger = read(&format!("{{\"rrule\": \"{rule}\"}}"));
        assert_eq!(trigger.schedule.words(), words, "{rule}");
    }
}
