//! Runs that begin with the reused events of another run.

use super::*;
use crate::run::{NotReusable, ReusedEvents, decode, from_failed, only_stage};

/// Drives a new run of the same version from its reused events; a new world counts the executions.
async fn go_on(old: &Rig, taken: &ReusedEvents) -> (RunResult, Rig) {
    let mut rig = Rig::new(old.plan.clone());
    rig.run_id = RunId::new(&Clock::system());
    let mut history = Vec::new();
    for segment in &taken.segments {
        let events = decode(&segment.body).unwrap();
        assert_eq!(events.len(), segment.count as usize);
        assert_eq!(events[0].seq, segment.first_seq);
        history.extend(events);
    }
    assert_eq!(history.len() as u64, taken.last_seq);
    let Outcome::Finished(result) = rig.drive(history.clone()).await else {
        panic!("not finished")
    };
    let mut whole = history;
    whole.extend(rig.events());
    check_journal(&whole);
    (result, rig)
}

fn names(taken: &ReusedEvents) -> Vec<&str> {
    taken.stages.iter().map(|stage| &**stage).collect()
}

const NOW: fn() -> chrono::DateTime<chrono::Utc> = || Clock::system().now();

#[tokio::test]
async fn a_run_from_the_failed_stage_executes_stages_without_a_result_and_ends_the_same() {
    // `flaky` fails on its first call in a world; the second world is set up as if that call had
    // happened.
    let stages = r#"
        {"id":"a","component":"variable_set","config":{"name":"v","value":"{{input.n}}"}},
        {"id":"each","component":"foreach","config":{"items":[1,2],"loop_stages":["w"]},"depends_on":["a"]},
        {"id":"w","component":"work","config":{"kind":"effect","value":"{{context.item + context.v}}"}},
        {"id":"t","component":"trycatch","config":{"try_stages":["bad"],"catch_stages":["c"]},"depends_on":["a"]},
        {"id":"bad","component":"work","config":{"error":"HTTP_FAILED"}},
        {"id":"c","component":"echo","config":{"value":"caught"}},
        {"id":"soft","component":"work","config":{"error":"HTTP_FAILED"},"on_error":"continue"},
        {"id":"after_soft","component":"work","config":{"value":1},"depends_on":["soft"]},
        {"id":"boom","component":"work","config":{"value":"{{upstream.w.value}}","error":"STAGE_FAILED"},"depends_on":["each","t"]},
        {"id":"end","component":"work","config":{"value":"{{upstream.c.value}} {{context.v}}"},"depends_on":["boom"]}"#;
    let (result, old) = run(stages).await;
    assert_eq!(result.status, RunStatus::Failed);
    let events = old.events();
    let taken = from_failed(&old.plan, "run_old", &events, NOW());
    assert_eq!(names(&taken), ["a", "each", "t"]);
    let (again, rig) = go_on(&old, &taken).await;
    assert_eq!((again.status, again.error), (result.status, result.error));
    let began: HashSet<String> = rig
        .world
        .began
        .lock()
        .iter()
        .map(|one| one.0.clone())
        .collect();
    assert!(began.contains("boom") && began.contains("soft"));
    assert!(
        !began
            .iter()
            .any(|one| one.starts_with("each") || one.starts_with('t')),
        "{began:?}"
    );

    let mut all = Vec::new();
    for segment in &taken.segments {
        all.extend(decode(&segment.body).unwrap());
    }
    all.extend(rig.events());
    let view = RunView::fold(&old.plan, &all);
    let reused: Vec<&str> = view
        .stages
        .values()
        .filter(|stage| stage.reused)
        .map(|stage| &*stage.address)
        .collect();
    for address in ["a", "each", "each[1]/w", "t", "t/catch/c"] {
        assert!(reused.contains(&address), "{address}: {reused:?}");
    }
    assert!(!reused.contains(&"boom") && !reused.contains(&"soft"));
    let before = RunView::fold(&old.plan, &events);
    for address in reused {
        let (was, is) = (&before.stages[address], &view.stages[address]);
        assert_eq!(
            (&was.output, was.status),
            (&is.output, is.status),
            "{address}"
        );
        assert_eq!(was.started_at, is.started_at, "with the times that it had");
    }
    // A second retry, this time of the retried run.
    let twice = from_failed(&old.plan, "run_new", &all, NOW());
    assert_eq!(names(&twice), names(&taken));
    go_on(&old, &twice).await;
}

#[tokio::test]
async fn a_run_from_the_failed_stage_survives_a_crash_at_every_event() {
    let stages = r#"
        {"id":"a","component":"work","config":{"kind":"call","value":1}},
        {"id":"b","component":"work","config":{"kind":"effect","fail_calls":1},"depends_on":["a"]},
        {"id":"c","component":"work","config":{"kind":"effect","value":"{{upstream.a.value}}"},"depends_on":["a"]}"#;
    let (_, old) = run(stages).await;
    let taken = from_failed(&old.plan, "run_old", &old.events(), NOW());
    assert!(names(&taken).contains(&"a"));
    let (_, whole) = go_on(&old, &taken).await;
    let mut all = Vec::new();
    for segment in &taken.segments {
        all.extend(decode(&segment.body).unwrap());
    }
    let first = all.len();
    all.extend(whole.events());
    for cut in first..=all.len() {
        let rig = Rig::new(old.plan.clone());
        let Outcome::Finished(_) = rig.drive(all[..cut].to_vec()).await else {
            panic!("cut at {cut}")
        };
        assert_eq!(
            rig.world.count("a"),
            0,
            "cut at {cut}: reused stages never run"
        );
    }
}

#[tokio::test]
async fn the_stage_that_ended_the_run_is_repeated_and_the_time_counts_from_the_retry() {
    let stages = r#"{"id":"a","component":"work","config":{"value":1}},
        {"id":"b","component":"work","config":{"error":"STAGE_FAILED"},"depends_on":["a"]}"#;
    let (_, old) = run(stages).await;
    let mut events = old.events();
    let early = chrono::Duration::days(3);
    for event in &mut events {
        event.at -= early;
    }
    let taken = from_failed(&old.plan, "run_old", &events, NOW());
    let mut rig = Rig::new(old.plan.clone());
    rig.timeout = Some(Duration::from_secs(60));
    let history = decode(&taken.segments[0].body).unwrap();
    let Outcome::Finished(result) = rig.drive(history).await else {
        panic!()
    };
    assert_eq!(
        result.error.unwrap().code,
        types::ErrorCode::StageFailed,
        "not TIMEOUT"
    );
    assert_eq!(rig.world.count("a"), 0);
}

#[tokio::test]
async fn a_run_of_one_stage_has_the_input_that_it_had_and_runs_nothing_else() {
    let stages = r#"
        {"id":"a","component":"work","config":{"value":"{{input.n}}"}},
        {"id":"soft","component":"work","config":{"error":"HTTP_FAILED"},"on_error":"continue"},
        {"id":"b","component":"work","config":{"value":"{{upstream.a.value}} {{now()}}"},"depends_on":["a","soft"]},
        {"id":"each","component":"foreach","config":{"items":[1],"loop_stages":["w"]},"depends_on":["b"]},
        {"id":"w","component":"work","config":{"value":"{{upstream.b.value}}"}},
        {"id":"other","component":"work","config":{"value":1}},
        {"id":"late","component":"work","config":{"error":"STAGE_FAILED"},"depends_on":["each"]},
        {"id":"never","component":"work","config":{"value":1},"depends_on":["late"]}"#;
    let (_, old) = run(stages).await;
    let events = old.events();
    let before = RunView::fold(&old.plan, &events);
    for (stage, inner) in [("b", "b"), ("each", "each[0]/w")] {
        let taken = only_stage(&old.plan, "run_old", &events, NOW(), stage).unwrap();
        let (result, rig) = go_on(&old, &taken).await;
        assert_eq!(
            result.status,
            RunStatus::Succeeded,
            "{stage}: {:?}",
            result.error
        );
        let began: HashSet<String> = rig
            .world
            .began
            .lock()
            .iter()
            .map(|one| one.0.clone())
            .collect();
        assert_eq!(began, HashSet::from([inner.to_owned()]));
        let mut all = Vec::new();
        for segment in &taken.segments {
            all.extend(decode(&segment.body).unwrap());
        }
        all.extend(rig.events());
        let view = RunView::fold(&old.plan, &all);
        assert_eq!(
            view.stages[inner].output, before.stages[inner].output,
            "now() included"
        );
        assert!(!view.stages[stage].reused && view.stages["a"].reused);
        assert_eq!(
            view.stages["other"].skip_reason.as_deref(),
            Some("not_selected")
        );
    }
    let refused =
        |stage: &str| only_stage(&old.plan, "run_old", &events, NOW(), stage).unwrap_err();
    assert_eq!(refused("nowhere"), NotReusable::Unknown("nowhere".into()));
    assert_eq!(refused("never"), NotReusable::NotBegun("never".into()));
    assert!(matches!(refused("w"), NotReusable::Inner { control, .. } if control == "each"));
}
