//! Tests that the checker finds violations: each invariant is broken once.

use super::*;

const GOOD: &str = r#"{"seq":1,"at":"2026-01-01T00:00:00Z","type":"run.started","input":{}}
{"seq":2,"at":"2026-01-01T00:00:00Z","type":"stage.started","stage":"a","attempt":1}
{"seq":3,"at":"2026-01-01T00:00:00Z","type":"stage.succeeded","stage":"a","attempt":1,"output":1}
{"seq":4,"at":"2026-01-01T00:00:00Z","type":"run.finished","status":"succeeded","output":1}
"#;

fn evidence(body: &str) -> Evidence {
    let (id, org) = ("run_1".to_owned(), "org_1".to_owned());
    let count = body.lines().count() as i64;
    let body = body.as_bytes().to_vec();
    Evidence {
        runs: vec![RunRow {
            id: id.clone(),
            org,
            status: "succeeded".into(),
            epoch: 1,
            leased: false,
        }],
        segments: vec![SegmentRow {
            run: id.clone(),
            first_seq: 1,
            count,
            epoch: 1,
            body,
        }],
        artifacts: HashSet::new(),
        audited_starts: HashSet::from([id]),
    }
}

fn known() -> Knowledge {
    Knowledge {
        acknowledged: vec!["run_1".into()],
        ..Knowledge::default()
    }
}

/// The ids of the violations found.
fn ids(evidence: &Evidence, known: &Knowledge) -> Vec<String> {
    violations(evidence, known)
        .iter()
        .map(|line| line.split(' ').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_good_run_has_no_violation() {
    assert_eq!(violations(&evidence(GOOD), &known()), Vec::<String>::new());
}

#[test]
fn a_lost_start_is_v1() {
    let mut known = known();
    known.acknowledged.push("run_2".into());
    assert_eq!(ids(&evidence(GOOD), &known), ["V1"]);
}

#[test]
fn no_end_two_ends_and_another_state_are_v2() {
    let open: String = GOOD.lines().take(3).map(|l| format!("{l}\n")).collect();
    assert_eq!(ids(&evidence(&open), &known()), ["V2"]);
    let last = GOOD
        .lines()
        .last()
        .unwrap()
        .replace("\"seq\":4", "\"seq\":5");
    assert_eq!(ids(&evidence(&format!("{GOOD}{last}\n")), &known()), ["V2"]);
    assert_eq!(
        ids(
            &evidence(&GOOD.replace("succeeded\",\"output", "failed\",\"output")),
            &known()
        ),
        ["V2"]
    );
}

#[test]
fn a_second_execution_after_a_result_is_v3() {
    let again = GOOD.replace(
        "{\"seq\":4",
        "{\"seq\":4,\"at\":\"2026-01-01T00:00:00Z\",\"type\":\"stage.started\",\"stage\":\"a\",\
         \"attempt\":2}\n{\"seq\":5",
    );
    assert_eq!(ids(&evidence(&again), &known()), ["V3"]);
}

/// A journal of these events: `type stage attempt`, with a trailing `+` for a failure that is not
/// final.
fn journal(events: &[&str]) -> Evidence {
    let line = |(at, event): (usize, &&str)| {
        let mut words = event.split(' ');
        let (kind, stage) = (words.next().unwrap(), words.next().unwrap());
        let attempt = words.next().unwrap_or("1");
        let last = words.next().is_none();
        format!(
            "{{\"seq\":{},\"at\":\"2026-01-01T00:00:00Z\",\"type\":\"stage.{kind}\",\
             \"stage\":\"{stage}\",\"attempt\":{attempt},\"final\":{last}}}\n",
            at + 2
        )
    };
    let first = GOOD.lines().next().unwrap();
    let stages: String = events.iter().enumerate().map(line).collect();
    let last = GOOD.lines().last().unwrap();
    let last = last.replace("\"seq\":4", &format!("\"seq\":{}", events.len() + 2));
    evidence(&format!("{first}\n{stages}{last}\n"))
}

#[test]
fn v3_what_is_inside_of_a_repeated_control_stage_runs_again_with_its_next_attempt_only() {
    let first = [
        "started c",
        "started c[0]/a",
        "succeeded c[0]/a",
        "failed c 1 +",
    ];
    let whole = |rest: &[&str]| ids(&journal(&[&first, rest].concat()), &known());
    let good = [
        "retry_at c 2",
        "started c 2",
        "started c[0]/a",
        "succeeded c[0]/a",
    ];
    let nothing: [&str; 0] = [];
    assert_eq!(whole(&[&good[..], &["succeeded c 2"]].concat()), nothing);
    // Between the attempts, after a final failure, and twice in one attempt.
    assert_eq!(whole(&["started c[0]/a"])[0], "V3");
    assert_eq!(whole(&[&good[..], &["started c[0]/a"]].concat()), ["V3"]);
    let last = [
        "started c",
        "started c/try/a",
        "succeeded c/try/a",
        "failed c 1",
    ];
    let again = journal(&[&last[..], &["started c 2"]].concat());
    assert_eq!(ids(&again, &known())[0], "V3");
    // A control stage ends after the stages inside it.
    let early = journal(&[
        "started c",
        "started c/try/a",
        "succeeded c",
        "succeeded c/try/a",
    ]);
    assert_eq!(ids(&early, &known()), ["V3"]);
}

#[test]
fn v4_an_attempt_of_a_control_stage_that_failed_explains_one_more_call_of_what_is_inside() {
    let mut known = known();
    known.kills = 5;
    known.kills_in_flight = 5;
    let call = SinkCall {
        key: "run_1:c[0]/a".into(),
        effect: "r1/a".into(),
    };
    known.calls = vec![call.clone(), call.clone()];
    let events = [
        "started c",
        "started c[0]/a",
        "succeeded c[0]/a",
        "failed c 1 +",
        "started c 2",
        "started c[0]/a",
        "succeeded c[0]/a",
        "succeeded c 2",
    ];
    assert_eq!(violations(&journal(&events), &known), Vec::<String>::new());
    known.calls.push(call);
    assert_eq!(ids(&journal(&events), &known), ["V4"]);
}

#[test]
fn two_keys_for_one_effect_and_one_key_for_two_are_v4() {
    let call = |key: &str, effect: &str| SinkCall {
        key: key.into(),
        effect: effect.into(),
    };
    let mut known = known();
    known.kills = 1;
    known.kills_in_flight = 1;
    known.calls = vec![call("k1", "run_1/a"), call("k2", "run_1/a")];
    assert_eq!(ids(&evidence(GOOD), &known), ["V4"]);
    known.calls = vec![call("k1", "run_1/a"), call("k1", "run_1/b")];
    assert_eq!(ids(&evidence(GOOD), &known), ["V4"]);
    known.calls = vec![call("k1", "run_1/a"), call("k1", "run_1/a")];
    assert_eq!(ids(&evidence(GOOD), &known), Vec::<String>::new());
    known.calls.push(call("k1", "run_1/a"));
    assert_eq!(ids(&evidence(GOOD), &known), ["V4"]);
}

#[test]
fn a_gap_and_a_fork_are_v5() {
    let mut gap = evidence(GOOD);
    gap.segments[0].first_seq = 2;
    assert_eq!(ids(&gap, &known()), ["V5"]);
    let fork = evidence(&GOOD.replace("\"seq\":3", "\"seq\":2"));
    assert_eq!(ids(&fork, &known()), ["V5"]);
}

#[test]
fn an_older_epoch_after_a_newer_one_is_v6() {
    let mut evidence = evidence(GOOD);
    let lines: Vec<_> = GOOD
        .lines()
        .map(|l| format!("{l}\n").into_bytes())
        .collect();
    let segment = |first_seq, epoch| SegmentRow {
        run: "run_1".into(),
        first_seq,
        count: 2,
        epoch,
        body: lines[first_seq as usize - 1..first_seq as usize + 1].concat(),
    };
    evidence.segments = vec![segment(1, 2), segment(3, 1)];
    evidence.runs[0].epoch = 2;
    assert_eq!(ids(&evidence, &known()), ["V6"]);
}

#[test]
fn a_lost_artifact_is_v8_and_a_missing_audit_row_is_v11() {
    let body = GOOD.replace(
        "\"output\":1}\n{\"seq\":4",
        "\"output\":{\"$artifact\":{\"sha256\":\
        \"ab\",\"size\":70000,\"preview\":\"\"}}}\n{\"seq\":4",
    );
    let mut evidence = evidence(&body);
    assert_eq!(ids(&evidence, &known()), ["V8"]);
    evidence.artifacts.insert(("org_1".into(), "ab".into()));
    evidence.audited_starts.clear();
    assert_eq!(ids(&evidence, &known()), ["V11"]);
}

#[test]
fn a_test_without_work_is_v12() {
    let mut known = known();
    known.least_starts = 10;
    assert_eq!(ids(&evidence(GOOD), &known), ["V12"]);
    known.least_starts = 1;
    known.kills = 10;
    known.kills_in_flight = 7;
    assert_eq!(ids(&evidence(GOOD), &known), ["V12"]);
}

#[test]
fn an_epoch_that_nobody_was_given_is_v6_and_a_lease_that_outlives_its_run_is_v7() {
    let mut bad = evidence(GOOD);
    bad.segments[0].epoch = 2;
    bad.runs[0].leased = true;
    assert_eq!(ids(&bad, &known()), ["V6", "V7"]);
}

#[test]
fn more_calls_than_holders_and_failed_attempts_explain_is_v4() {
    let mut known = known();
    known.kills = 5;
    known.kills_in_flight = 5;
    let call = SinkCall {
        key: "run_1:a".into(),
        effect: "r1/a".into(),
    };
    known.calls = vec![call.clone()];
    assert_eq!(violations(&evidence(GOOD), &known), Vec::<String>::new());
    known.calls.push(call);
    assert_eq!(ids(&evidence(GOOD), &known), ["V4"]);
    let mut taken_over = evidence(GOOD);
    taken_over.runs[0].epoch = 2;
    assert_eq!(violations(&taken_over, &known), Vec::<String>::new());
    known.calls.push(SinkCall {
        key: "run_9:a".into(),
        effect: "r9/a".into(),
    });
    assert_eq!(ids(&taken_over, &known), ["V1"]);
}
