//! Retries of control stages.

use super::*;
use crate::run::StageRunStatus;

/// A retry policy with short delays.
fn retries(count: u32) -> String {
    format!(r#""retry_config":{{"max_retries":{count},"initial_delay_ms":3,"max_delay_ms":3}}"#)
}

fn keys(rig: &Rig, address: &str) -> Vec<String> {
    let began = rig.world.began.lock();
    let of_stage = began.iter().filter(|(a, ..)| a == address);
    of_stage.map(|(_, _, key)| key.clone()).collect()
}

#[tokio::test]
async fn a_control_stage_that_is_repeated_runs_its_inner_stages_afresh_with_the_same_keys() {
    let (result, rig) = run(&format!(
        r#"{{"id":"each","component":"foreach","config":{{"items":[10,20],"loop_stages":["pay","check"]}},{}}},
           {{"id":"pay","component":"work","config":{{"kind":"effect","value":"{{{{context.item}}}}"}}}},
           {{"id":"check","component":"work","depends_on":["pay"],
             "config":{{"fail_calls":1,"value":"{{{{upstream.pay.value + 1}}}}"}}}},
           {{"id":"after","component":"echo","depends_on":["each"],"config":{{"value":"{{{{upstream.check.value}}}}"}}}}"#,
        retries(2)
    ))
    .await;
    // The first item fails once, then the second one does.
    assert_eq!(result.output, json("21"));
    assert_eq!(rig.world.count("each[0]/pay"), 3);
    assert_eq!(rig.world.count("each[1]/pay"), 2);
    let expected = format!("{}:each[0]/pay", rig.run_id);
    assert!(keys(&rig, "each[0]/pay").iter().all(|key| *key == expected));
    let attempts: Vec<u32> = rig.world.began.lock().iter().map(|(_, n, _)| *n).collect();
    assert!(
        attempts.iter().all(|n| *n == 1),
        "inner attempts begin at 1"
    );
    check_journal(&rig.events());

    let view = rig.view();
    let each = &view.stages["each"];
    let errors: Vec<_> = each.attempts.iter().map(|a| a.error.clone()).collect();
    assert_eq!(errors.len(), 3);
    assert_eq!(
        errors[1].as_ref().unwrap().stage.as_deref(),
        Some("each[1]/check")
    );
    assert_eq!(each.status, StageRunStatus::Succeeded);
    assert_eq!((each.items, each.items_done), (Some(2), 2));
    let pay = &view.stages["each[0]/pay"];
    assert_eq!(pay.status, StageRunStatus::Succeeded);
    assert_eq!(
        pay.attempts.len(),
        3,
        "earlier attempts must remain visible"
    );
}

#[tokio::test]
async fn a_control_stage_fails_after_its_last_attempt_and_what_it_did_not_reach_again_is_skipped() {
    let (result, rig) = run(&format!(
        r#"{{"id":"each","component":"foreach","config":{{"items":[0,1],"loop_stages":["w"]}},{}}},
           {{"id":"w","component":"work","config":{{"value":"{{{{1 // (1 - context.item)}}}}","fail_calls":0}}}}"#,
        retries(1)
    ))
    .await;
    // An error for which the stage alone would not be retried.
    assert_eq!(failed_code(&result), "EVALUATION_FAILED");
    assert_eq!(rig.world.count("each[0]/w"), 2);
    let retries = rig
        .events()
        .iter()
        .filter(|e| e.body.kind() == "stage.retry_at")
        .count();
    assert_eq!(retries, 1);
    check_journal(&rig.events());
}

#[tokio::test]
async fn a_timeout_of_a_control_stage_is_repeated_and_each_attempt_has_its_own_time() {
    let began = std::time::Instant::now();
    let (result, rig) = run(&format!(
        r#"{{"id":"each","component":"foreach","timeout_ms":50,"config":{{"items":[1],"loop_stages":["w"]}},{}}},
           {{"id":"w","component":"work","config":{{"ms":60000,"kind":"call"}},"timeout_ms":100000}}"#,
        retries(2)
    ))
    .await;
    assert_eq!(failed_code(&result), "TIMEOUT");
    assert_eq!(rig.world.count("each[0]/w"), 3);
    assert!(began.elapsed() >= Duration::from_millis(150));
    assert!(began.elapsed() < Duration::from_millis(400));
    check_journal(&rig.events());
}

#[tokio::test]
async fn a_trycatch_tries_again_before_it_catches_and_ends_with_finally_once() {
    let stages = |fail_calls: usize| {
        format!(
            r#"{{"id":"t","component":"trycatch","config":{{"try_stages":["a","b"],"catch_stages":["c"],
                 "finally_stages":["f"],"max_retries":2,"retry_delay_ms":3}}}},
               {{"id":"a","component":"work","config":{{"kind":"effect"}}}},
               {{"id":"b","component":"work","depends_on":["a"],"config":{{"fail_calls":{fail_calls},"value":"ok"}}}},
               {{"id":"c","component":"echo","config":{{"value":"{{{{context.error.code}}}}"}}}},
               {{"id":"f","component":"echo","config":{{"value":"done"}}}}"#
        )
    };
    let (result, rig) = run(&stages(2)).await;
    assert_eq!(result.output.get("status"), Some(&json(r#""success""#)));
    let (a, c, f) = ("t/try/a", "t/catch/c", "t/finally/f");
    let counts = |rig: &Rig| [a, c, f].map(|address| rig.world.count(address));
    assert_eq!(counts(&rig), [3, 0, 1]);
    assert_eq!(keys(&rig, a)[0], keys(&rig, a)[2]);
    assert_eq!(rig.view().stages["t"].attempts.len(), 3);
    check_journal(&rig.events());

    let (result, rig) = run(&stages(9)).await;
    assert_eq!(result.output.get("status"), Some(&json(r#""recovered""#)));
    assert_eq!(
        result.output.get("catch_result"),
        Some(&json(r#""STAGE_FAILED""#))
    );
    assert_eq!(counts(&rig), [3, 1, 1]);
    check_journal(&rig.events());
}

#[tokio::test]
async fn tries_of_a_trycatch_and_attempts_of_its_policy_are_counted_apart() {
    let (result, rig) = run(&format!(
        r#"{{"id":"t","component":"trycatch","config":{{"try_stages":["a"],"catch_stages":["c"],
             "max_retries":1,"retry_delay_ms":3}},{}}},
           {{"id":"a","component":"work","config":{{"error":"STAGE_FAILED"}}}},
           {{"id":"c","component":"work","config":{{"error":"HTTP_FAILED"}}}}"#,
        retries(2)
    ))
    .await;
    assert_eq!(failed_code(&result), "HTTP_FAILED");
    assert_eq!(
        (rig.world.count("t/try/a"), rig.world.count("t/catch/c")),
        (6, 3)
    );
    check_journal(&rig.events());
}

#[tokio::test]
async fn v4_what_must_not_happen_twice_is_not_repeated_with_what_is_around_it() {
    let (result, rig) = run(&format!(
        r#"{{"id":"outer","component":"trycatch","config":{{"try_stages":["each"],"max_retries":2,"retry_delay_ms":3}}}},
           {{"id":"each","component":"foreach","config":{{"items":[1],"loop_stages":["mail","bad"]}},{}}},
           {{"id":"mail","component":"once","config":{{}}}},
           {{"id":"bad","component":"work","depends_on":["mail"],"config":{{"error":"HTTP_FAILED"}}}}"#,
        retries(2)
    ))
    .await;
    assert_eq!(failed_code(&result), "HTTP_FAILED");
    assert_eq!(rig.world.count("outer/try/each[0]/mail"), 1);
    assert_eq!(rig.world.count("outer/try/each[0]/bad"), 1);
    check_journal(&rig.events());
    // An effect that certainly failed did not happen.
    let (_, rig) = run(&format!(
        r#"{{"id":"each","component":"foreach","config":{{"items":[1],"loop_stages":["mail"]}},{}}},
           {{"id":"mail","component":"once","config":{{"fail_calls":1}}}}"#,
        retries(2)
    ))
    .await;
    assert_eq!(rig.world.count("each[0]/mail"), 2);
}

#[tokio::test]
async fn nothing_is_retried_once_the_enclosing_stage_has_ended() {
    let (result, rig) = run(&format!(
        r#"{{"id":"each","component":"foreach","config":{{"items":[1],"loop_stages":["w"]}},{}}},
           {{"id":"w","component":"work","config":{{"ms":40,"error":"HTTP_FAILED"}}}},
           {{"id":"bad","component":"work","config":{{"ms":5,"error":"STAGE_FAILED"}}}}"#,
        retries(5)
    ))
    .await;
    assert_eq!(failed_code(&result), "STAGE_FAILED");
    assert_eq!(rig.world.count("each[0]/w"), 1);
    check_journal(&rig.events());
}

#[tokio::test]
async fn what_an_earlier_attempt_left_is_not_read_after_a_later_one() {
    // In the first attempt `second` takes a route that it does not take in the second.
    let (result, rig) = run(&format!(
        r#"{{"id":"t","component":"trycatch","config":{{"try_stages":["first","r"]}},{}}},
           {{"id":"first","component":"work","config":{{"fail_calls":1}},"on_error":"continue"}},
           {{"id":"r","component":"router","depends_on":["first"],
             "config":{{"value":"{{{{'good' if upstream.first else 'bad'}}}}","routes":{{"bad":["left","fails"]}}}}}},
           {{"id":"left","component":"echo","config":{{"value":"of the first attempt"}}}},
           {{"id":"fails","component":"work","depends_on":["left"],"config":{{"error":"HTTP_FAILED"}}}},
           {{"id":"after","component":"echo","depends_on":["t"],"config":{{"value":["{{{{upstream.left}}}}"]}}}}"#,
        retries(1)
    ))
    .await;
    assert_eq!(result.output, json("[null]"));
    let left = &rig.view().stages["t/try/r/route.bad/left"];
    assert_eq!(left.status, StageRunStatus::Skipped);
    assert_eq!(left.skip_reason.as_deref(), Some("branch"));
    check_journal(&rig.events());
}

#[tokio::test]
async fn a_distant_attempt_of_a_control_stage_parks_the_run() {
    let mut rig = Rig::new(plan(
        r#"{"id":"t","component":"trycatch","config":{"try_stages":["a"],"max_retries":1,"retry_delay_ms":20000}},
           {"id":"a","component":"work","config":{"fail_calls":1}}"#,
    ));
    rig.host.park_after = Duration::from_secs(1);
    let Outcome::Parked { wake_at } = rig.drive(Vec::new()).await else {
        panic!()
    };
    let events = rig.events();
    assert_eq!(rig.view().stages["t"].status, StageRunStatus::Retrying);
    assert_eq!(rig.view().status, RunStatus::Waiting);
    rig.host.clock = Clock::manual(wake_at);
    let Outcome::Finished(result) = rig.drive(events).await else {
        panic!()
    };
    assert_eq!(result.status, RunStatus::Succeeded);
    assert_eq!(rig.world.count("t/try/a"), 2);
    check_journal(&rig.events());
}

#[tokio::test]
async fn d28_a_cancellation_between_two_attempts_of_a_control_stage_ends_the_run() {
    let rig = Rig::new(plan(
        r#"{"id":"t","component":"trycatch","config":{"try_stages":["a"],"max_retries":1,"retry_delay_ms":20000}},
           {"id":"a","component":"work","config":{"fail_calls":1}}"#,
    ));
    let (signals, run) = rig.begin();
    rig.until_began("t/try/a").await;
    signals
        .send(Signal::Cancel {
            by: None,
            reason: None,
        })
        .await
        .unwrap();
    let Outcome::Finished(result) = run.await.unwrap() else {
        panic!()
    };
    assert_eq!(result.status, RunStatus::Cancelled);
    assert_eq!(rig.world.count("t/try/a"), 1);
}
