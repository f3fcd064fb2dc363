//! Deadlines of control stages.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use super::*;
use crate::run::StageRunStatus;

/// A stage that works for a minute.
fn hang(id: &str, kind: &str) -> String {
    format!(
        r#"{{"id":"{id}","component":"work","config":{{"ms":60000,"kind":"{kind}"}},"timeout_ms":100000}}"#
    )
}

/// Runs the pipeline. It must end soon after `ms` and leave nothing running.
async fn ends_after(ms: u64, stages: &str) -> (RunResult, Rig) {
    let began = Instant::now();
    let (result, rig) = run(stages).await;
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(ms), "ended after {took:?}");
    assert!(
        took < Duration::from_millis(ms + 100),
        "ended after {took:?}"
    );
    assert_eq!(rig.world.at_work.load(Ordering::SeqCst), 0, "left behind");
    check_journal(&rig.events());
    (result, rig)
}

#[tokio::test]
async fn a_control_stage_whose_time_is_over_ends_all_inside_of_it_and_fails_with_timeout() {
    for kind in ["pure", "read", "call", "effect"] {
        let (result, rig) = ends_after(
            80,
            &format!(
                r#"{{"id":"each","component":"foreach","timeout_ms":80,
                     "config":{{"items":[1,2,3],"loop_stages":["w","later"],"parallel":true,"max_parallel":2}}}},
                   {},{{"id":"later","component":"echo","depends_on":["w"]}}"#,
                hang("w", kind)
            ),
        )
        .await;
        assert_eq!(failed_code(&result), "TIMEOUT");
        let error = result.error.unwrap();
        assert_eq!(error.message, "The attempt took longer than 0.08 s");
        assert_eq!(error.stage.as_deref(), Some("each"));
        let view = rig.view();
        let code = |address: &str| view.stages[address].error.as_ref().unwrap().code.as_str();
        assert_eq!(
            code("each[0]/w"),
            if kind == "effect" {
                "EFFECT_UNKNOWN"
            } else {
                "CANCELLED"
            }
        );
        assert_eq!(
            view.stages["each[1]/later"].skip_reason.as_deref(),
            Some("scope_failed")
        );
        assert_eq!(rig.world.count("each[2]/w"), 0);
        let events = rig.events();
        let started = events
            .iter()
            .find_map(|e| match e.body {
                EventBody::StageStarted { deadline, .. } if e.stage.as_deref() == Some("each") => {
                    Some((e.at, deadline.unwrap()))
                }
                _ => None,
            })
            .unwrap();
        assert_eq!(started.1 - started.0, chrono::Duration::milliseconds(80));
    }
}

#[tokio::test]
async fn every_kind_of_control_stage_has_its_own_time_only_when_the_file_says_so() {
    for (config, inner) in [
        (
            r#""component":"foreach","config":{"items":[1],"loop_stages":["w"]}"#,
            "s[0]/w",
        ),
        (
            r#""component":"router","config":{"value":"a","routes":{"a":["w"]}}"#,
            "s/route.a/w",
        ),
        (
            r#""component":"trycatch","config":{"try_stages":["w"]}"#,
            "s/try/w",
        ),
    ] {
        let stages =
            |timeout: &str| format!(r#"{{"id":"s",{config}{timeout}}},{}"#, hang("w", "call"));
        let (result, rig) = ends_after(50, &stages(r#","timeout_ms":50"#)).await;
        assert_eq!(failed_code(&result), "TIMEOUT");
        assert_eq!(rig.view().stages[inner].status, StageRunStatus::Cancelled);

        let (_, rig) = run(&stages("").replace("60000", "1")).await;
        assert!(rig.events().iter().all(|e| !matches!(
            e.body,
            EventBody::StageStarted {
                deadline: Some(_),
                ..
            }
        )));
    }
    let (result, _) = ends_after(
        50,
        r#"{"id":"w","component":"wait","timeout_ms":50,"config":{"ms":60000}}"#,
    )
    .await;
    assert_eq!(failed_code(&result), "TIMEOUT");
}

#[tokio::test]
async fn enclosing_stages_treat_a_timeout_like_any_failed_stage() {
    let each = |more: &str| {
        format!(
            r#"{{"id":"each","component":"foreach","timeout_ms":30{more},
                 "config":{{"items":[1],"loop_stages":["w"]}}}},{}"#,
            hang("w", "call")
        )
    };
    let (result, _) = run(&format!(
        r#"{},{{"id":"after","component":"echo","depends_on":["each"],
             "config":{{"value":"{{{{upstream.each or 'none'}}}}"}}}}"#,
        each(r#","on_error":"continue""#)
    ))
    .await;
    assert_eq!(result.output, json(r#""none""#));

    let (result, rig) = run(&format!(
        r#"{{"id":"t","component":"trycatch","config":{{"try_stages":["each"],"catch_stages":["c"]}}}},
           {{"id":"c","component":"echo","config":{{"value":"{{{{context.error.code}}}} {{{{context.error.stage}}}}"}}}},
           {}"#,
        each("")
    ))
    .await;
    let caught = result.output.get("catch_result");
    assert_eq!(caught, Some(&json(r#""TIMEOUT t/try/each""#)));
    check_journal(&rig.events());

    let (result, _) = run(&format!(
        r#"{{"id":"outer","component":"foreach","config":{{"items":[1,2],"loop_stages":["each"],"break_on_error":false}}}},{}"#,
        each("")
    ))
    .await;
    let errors = result
        .output
        .get("errors")
        .and_then(Value::as_list)
        .unwrap();
    assert_eq!(errors.len(), 2);
    assert_eq!(errors[1].get("code"), Some(&json(r#""TIMEOUT""#)));
}

#[tokio::test]
async fn a_trycatch_whose_own_time_is_over_runs_neither_catch_nor_finally() {
    let (result, rig) = ends_after(
        50,
        &format!(
            r#"{{"id":"t","component":"trycatch","timeout_ms":50,
                 "config":{{"try_stages":["w"],"catch_stages":["c"],"finally_stages":["f"],"error_scope":"continue"}}}},
               {},{{"id":"c","component":"work"}},{{"id":"f","component":"work"}}"#,
            hang("w", "call")
        ),
    )
    .await;
    assert_eq!(failed_code(&result), "TIMEOUT");
    assert_eq!(rig.world.began.lock().len(), 1);
}

#[tokio::test]
async fn the_inner_deadline_comes_first_and_the_outer_one_ends_what_goes_on_after_it() {
    let (result, rig) = ends_after(
        100,
        &format!(
            r#"{{"id":"outer","component":"trycatch","timeout_ms":100,
                 "config":{{"try_stages":["inner"],"catch_stages":["w2"]}}}},
               {{"id":"inner","component":"foreach","timeout_ms":40,"config":{{"items":[1],"loop_stages":["w"]}}}},
               {},{}"#,
            hang("w", "read"),
            hang("w2", "call")
        ),
    )
    .await;
    assert_eq!(failed_code(&result), "TIMEOUT");
    let view = rig.view();
    let error = view.stages["outer/try/inner"].error.as_ref().unwrap();
    assert_eq!(error.code.as_str(), "TIMEOUT");
    assert_eq!(
        view.stages["outer/catch/w2"].status,
        StageRunStatus::Cancelled
    );
}

#[tokio::test]
async fn sibling_stages_continue() {
    let (result, rig) = run(&format!(
        r#"{{"id":"each","component":"foreach","timeout_ms":40,"on_error":"continue",
             "config":{{"items":[1],"loop_stages":["w"]}}}},{},
           {{"id":"beside","component":"work","config":{{"ms":120,"value":5}}}}"#,
        hang("w", "call")
    ))
    .await;
    let beside = result.output.get("beside").and_then(|b| b.get("value"));
    assert_eq!(beside, Some(&json("5")));
    assert_eq!(rig.world.count("beside"), 1);
}

#[tokio::test]
async fn a_failed_run_waits_for_a_sibling_stage_no_longer_than_its_deadline() {
    let (result, _) = ends_after(
        60,
        &format!(
            r#"{{"id":"each","component":"foreach","timeout_ms":60,"config":{{"items":[1],"loop_stages":["w"]}}}},{},
               {{"id":"bad","component":"work","config":{{"ms":5,"error":"STAGE_FAILED"}}}}"#,
            hang("w", "call")
        ),
    )
    .await;
    assert_eq!(failed_code(&result), "STAGE_FAILED");
}

#[tokio::test]
async fn the_result_of_an_effect_that_ends_just_after_the_deadline_is_recorded() {
    let (result, rig) = run(
        r#"{"id":"each","component":"foreach","timeout_ms":40,"config":{"items":[1],"loop_stages":["w"]}},
           {"id":"w","component":"work","config":{"linger_ms":10,"kind":"effect","value":5}}"#,
    )
    .await;
    assert_eq!(failed_code(&result), "TIMEOUT");
    let stage = &rig.view().stages["each[0]/w"];
    assert_eq!(
        stage.output.as_ref().and_then(|o| o.get("value")),
        Some(&json("5"))
    );
    check_journal(&rig.events());
}

#[tokio::test]
async fn a_deadline_is_met_even_when_no_more_attempts_may_start() {
    let mut rig = Rig::new(plan(&format!(
        r#"{{"id":"each","component":"foreach","timeout_ms":50,
             "config":{{"items":[1,2,3],"loop_stages":["w"],"parallel":true}}}},{}"#,
        hang("w", "read")
    )));
    rig.host.max_in_flight = 2;
    let began = Instant::now();
    assert_eq!(failed_code(&rig.finish().await), "TIMEOUT");
    assert!(began.elapsed() < Duration::from_millis(150));
    check_journal(&rig.events());
}

#[tokio::test]
async fn a_parked_run_is_woken_by_the_deadline_of_a_control_stage() {
    for inner in [
        r#"{"id":"w","component":"wait","config":{"ms":60000}}"#,
        r#"{"id":"w","component":"work","config":{"fail_first":9},
            "retry_config":{"max_retries":9,"initial_delay_ms":60000,"max_delay_ms":60000}}"#,
    ] {
        let mut rig = Rig::new(plan(&format!(
            r#"{{"id":"each","component":"foreach","timeout_ms":20000,
                 "config":{{"items":[1],"loop_stages":["w"]}}}},{inner}"#
        )));
        rig.host.park_after = Duration::from_secs(1);
        let Outcome::Parked { wake_at } = rig.drive(Vec::new()).await else {
            panic!()
        };
        assert_eq!(rig.view().stages["each"].deadline, Some(wake_at));
        assert_eq!(rig.journal.progress().unwrap().status, RunStatus::Waiting);
        let events = rig.events();
        // Driven too early, the run is parked again and nothing happens.
        assert_eq!(rig.drive(events.clone()).await, Outcome::Parked { wake_at });
        assert_eq!(rig.events().len(), events.len());
        rig.host.clock = Clock::manual(wake_at);
        let Outcome::Finished(result) = rig.drive(events).await else {
            panic!()
        };
        assert_eq!(failed_code(&result), "TIMEOUT");
        check_journal(&rig.events());
    }
}

#[tokio::test]
async fn a_deadline_that_passed_while_nobody_drove_the_run_ends_it_before_anything_else_starts() {
    let stages = format!(
        r#"{{"id":"each","component":"foreach","timeout_ms":60,"config":{{"items":[1],"loop_stages":["w","next"]}}}},
           {},{{"id":"next","component":"work","depends_on":["w"]}}"#,
        hang("w", "effect")
    );
    let (_, rig) = run(&stages).await;
    let events = rig.events();
    let intent = events
        .iter()
        .position(|e| e.body.kind() == "stage.intent")
        .unwrap();
    // As after a crash: the attempt has no end and its deadline has passed.
    let again = Rig::new(plan(&stages));
    let history = events[..=intent].to_vec();
    let Outcome::Finished(result) = again.drive(history.clone()).await else {
        panic!()
    };
    assert_eq!(failed_code(&result), "TIMEOUT");
    assert!(again.world.began.lock().is_empty());
    let whole = [history, again.events()].concat();
    check_journal(&whole);
    assert_eq!(
        story(&whole)[intent + 1..],
        [
            "each stage.expired",
            "each[0]/w stage.failed",
            "each[0]/next stage.skipped",
            "each stage.failed",
            "- run.finished"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_ends_a_hot_expression() {
    let hot = "sum([x * y for x in range(3000) for y in range(3000)])";
    let (_, rig) = run(&format!(
        r#"{{"id":"each","component":"foreach","timeout_ms":20,"config":{{"items":[1],"loop_stages":["a"]}}}},
           {{"id":"a","component":"echo","config":{{"value":"{{{{{hot}}}}}"}}}}"#
    ))
    .await;
    let view = rig.view();
    let each = &view.stages["each"];
    let took = each.finished_at.unwrap() - each.started_at.unwrap();
    assert!(took < chrono::Duration::milliseconds(120), "took {took}");
    assert!(view.stages["each[0]/a"].output.is_none());
    check_journal(&rig.events());
}
