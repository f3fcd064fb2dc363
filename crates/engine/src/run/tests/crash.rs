//! Crashes: the journal is cut at every event, the run is resumed, and the results are compared.

use super::*;

/// The addresses with a result, considering only activations that exist after these events.
fn results(events: &[Event]) -> HashMap<String, Value> {
    let mut results = HashMap::new();
    for event in events {
        let Some(stage) = &event.stage else { continue };
        match &event.body {
            EventBody::StageSucceeded { output, .. } => {
                results.insert(stage.to_string(), output.clone());
            }
            EventBody::StageStarted { attempt, .. } if *attempt > 1 => {
                results.retain(|inner: &String, _| !is_inside(inner, stage));
            }
            _ => {}
        }
    }
    results
}

/// How often a stage's body must start after these events: never if it has a result, unless an
/// enclosing control stage starts again.
fn begins_again(events: &[Event], after: &[Event], address: &str) -> bool {
    let around = |event: &&Event| {
        matches!(event.body, EventBody::StageStarted { attempt, .. } if attempt > 1)
            && is_inside(address, event.stage.as_deref().unwrap_or_default())
    };
    after[events.len()..].iter().any(|event| around(&event))
}

/// Runs once, then resumes from every prefix of the journal: the end must be the same, and no stage
/// with a result in the prefix may run again.
async fn from_every_prefix(stages: &str) {
    let (result, first) = run(stages).await;
    let events = first.events();
    check_journal(&events);
    for cut in 1..=events.len() {
        let mut rig = Rig::new(plan(stages));
        rig.run_id = first.run_id;
        let history = events[..cut].to_vec();
        let done = results(&history);
        let outcome = rig.drive(history.clone()).await;
        let Outcome::Finished(again) = outcome else {
            panic!("cut at {cut}: {outcome:?}")
        };
        assert_eq!(again, result, "cut at {cut}");
        let mut whole = history.clone();
        whole.extend(rig.events());
        check_journal(&whole);
        for address in done.keys() {
            assert!(
                rig.world.count(address) == 0 || begins_again(&history, &whole, address),
                "V3: {address} ran again, cut at {cut}"
            );
        }
        assert_eq!(results(&whole), results(&events), "cut at {cut}");
        for (address, _, key) in first.world.began.lock().iter() {
            let same = rig
                .world
                .began
                .lock()
                .iter()
                .all(|(a, _, k)| a != address || k == key);
            assert!(same, "V4: another key for {address}");
        }
    }
}

#[tokio::test]
async fn v3_replay_is_the_same_from_every_prefix_of_a_chain_with_effects() {
    from_every_prefix(
        r#"{"id":"a","component":"variable_set","config":{"name":"v","value":"{{input.n}}"}},
           {"id":"b","component":"work","config":{"kind":"effect","value":"{{context.v}}"},"depends_on":["a"]},
           {"id":"c","component":"work","config":{"kind":"call","value":"{{upstream.b.value + 1}}"},"depends_on":["b"]},
           {"id":"d","component":"echo","config":{"value":"{{upstream.c.value}}"},"depends_on":["c"]}"#,
    )
    .await;
}

#[tokio::test]
async fn v3_replay_is_the_same_from_every_prefix_of_nested_control_flow() {
    from_every_prefix(
        r#"{"id":"t","component":"trycatch","config":{"try_stages":["each"],"catch_stages":["c"],"finally_stages":["f"]}},
           {"id":"each","component":"foreach","config":{"items":[1,2,3],"loop_stages":["r"]}},
           {"id":"r","component":"router","config":{"value":"{{str(context.item)}}","routes":{"2":["bad"]},"default_route":["ok","w"]}},
           {"id":"ok","component":"echo","config":{"value":"{{context.item}}"}},
           {"id":"w","component":"wait","config":{"ms":2},"depends_on":["ok"]},
           {"id":"bad","component":"work","config":{"error":"HTTP_FAILED","kind":"effect"}},
           {"id":"c","component":"work","config":{"value":"{{context.error.stage}}"}},
           {"id":"f","component":"echo","config":{"value":"{{upstream.ok}}"}},
           {"id":"end","component":"echo","config":{"value":["{{upstream.t.catch_result}}","{{upstream.f}}"]},"depends_on":["t"]}"#,
    )
    .await;
}

#[tokio::test]
async fn v3_replay_is_the_same_from_every_prefix_of_control_stages_that_are_repeated() {
    from_every_prefix(
        r#"{"id":"t","component":"trycatch","config":{"try_stages":["a","bad"],"catch_stages":["c"],
              "finally_stages":["f"],"max_retries":2,"retry_delay_ms":2}},
           {"id":"a","component":"work","config":{"kind":"effect","value":7}},
           {"id":"bad","component":"work","config":{"error":"STAGE_FAILED","kind":"call"},"depends_on":["a"]},
           {"id":"c","component":"work","config":{"value":"{{context.error.stage}}"}},
           {"id":"f","component":"echo","config":{"value":"{{upstream.a.value}}"}},
           {"id":"each","component":"foreach","depends_on":["t"],"on_error":"continue",
            "config":{"items":[1,2],"loop_stages":["w","x"]},
            "retry_config":{"max_retries":1,"initial_delay_ms":2,"max_delay_ms":2}},
           {"id":"w","component":"wait","config":{"ms":2}},
           {"id":"x","component":"work","config":{"error":"HTTP_FAILED","value":"{{context.item}}"},
            "depends_on":["w"]},
           {"id":"end","component":"echo","config":{"value":["{{upstream.t.catch_result}}","{{upstream.f}}"]},
            "depends_on":["each"]}"#,
    )
    .await;
}

#[tokio::test]
async fn v3_replay_is_the_same_from_every_prefix_of_a_control_stage_whose_time_is_over() {
    from_every_prefix(
        r#"{"id":"t","component":"trycatch","config":{"try_stages":["each"],"catch_stages":["c"]}},
           {"id":"each","component":"foreach","timeout_ms":40,
            "config":{"items":[1,2],"loop_stages":["in"],"parallel":true},
            "retry_config":{"max_retries":1,"initial_delay_ms":2,"max_delay_ms":2}},
           {"id":"in","component":"trycatch","config":{"try_stages":["hang","w"],"catch_stages":["never"]}},
           {"id":"hang","component":"work","config":{"ms":60000,"kind":"effect"},"timeout_ms":100000},
           {"id":"w","component":"wait","config":{"ms":60000}},
           {"id":"never","component":"work","config":{}},
           {"id":"c","component":"work","config":{"value":"{{context.error.code}} {{context.error.stage}}"}}"#,
    )
    .await;
}

#[tokio::test]
async fn a_crash_is_not_an_attempt() {
    let stages = r#"{"id":"a","component":"work","config":{"fail_first":1,"kind":"call"},
        "retry_config":{"max_retries":1,"initial_delay_ms":100,"max_delay_ms":1000}}"#;
    from_every_prefix(stages).await;
    let (_, first) = run(stages).await;
    let events = first.events();
    let cut = events
        .iter()
        .position(|e| e.body.kind() == "stage.failed")
        .unwrap();
    let rig = Rig::new(plan(stages));
    rig.drive(events[..cut].to_vec()).await;
    let attempts: Vec<u32> = rig.world.began.lock().iter().map(|(_, n, _)| *n).collect();
    assert_eq!(attempts, [1, 2]);
}

#[tokio::test]
async fn d02_an_at_most_once_effect_that_a_crash_interrupted_ends_in_effect_unknown() {
    let stages = r#"{"id":"a","component":"once","config":{},"retry_config":{"max_retries":3}}"#;
    let (_, first) = run(stages).await;
    let events = first.events();
    let intent = events
        .iter()
        .position(|e| e.body.kind() == "stage.intent")
        .unwrap();
    let rig = Rig::new(plan(stages));
    let Outcome::Finished(result) = rig.drive(events[..=intent].to_vec()).await else {
        panic!()
    };
    assert_eq!(failed_code(&result), "EFFECT_UNKNOWN");
    assert_eq!(rig.world.count("a"), 0);
    // Without an intent the effect cannot have happened, so the stage runs.
    let rig = Rig::new(plan(stages));
    let Outcome::Finished(result) = rig.drive(events[..intent].to_vec()).await else {
        panic!()
    };
    assert_eq!(
        (result.status, rig.world.count("a")),
        (RunStatus::Succeeded, 1)
    );
}

#[tokio::test]
async fn now_is_the_recorded_time_of_scheduling_so_a_repeated_attempt_sees_the_same() {
    let stages =
        r#"{"id":"a","component":"work","config":{"value":"{{str(now())}}","kind":"call"}}"#;
    let (result, first) = run(stages).await;
    let events = first.events();
    let rig = Rig::new(plan(stages));
    let until_intent = events
        .iter()
        .position(|e| e.body.kind() == "stage.intent")
        .unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let Outcome::Finished(again) = rig.drive(events[..=until_intent].to_vec()).await else {
        panic!()
    };
    assert_eq!(again.output, result.output);
}

#[tokio::test]
async fn d16_driving_a_finished_run_again_does_nothing() {
    let (result, rig) = run(r#"{"id":"a","component":"work","config":{"kind":"effect"}}"#).await;
    let events = rig.events();
    assert_eq!(rig.drive(events.clone()).await, Outcome::Finished(result));
    assert_eq!(
        (rig.events().len(), rig.world.count("a")),
        (events.len(), 1)
    );
}

#[tokio::test]
async fn d35_a_journal_with_a_hole_or_an_unknown_stage_is_refused_with_an_error() {
    let (_, rig) =
        run(r#"{"id":"a","component":"echo"},{"id":"b","component":"echo","depends_on":["a"]}"#)
            .await;
    let mut hole = rig.events();
    hole.pop();
    hole.remove(2);
    assert!(matches!(rig.drive(hole).await, Outcome::Failed(_)));
    let mut strange = rig.events();
    strange.pop();
    strange[1].stage = Some("nobody".into());
    assert!(matches!(rig.drive(strange).await, Outcome::Failed(_)));
}
