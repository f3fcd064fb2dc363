//! Attempts: retries, timeouts and idempotency keys.

use std::time::Instant;

use super::*;

#[tokio::test]
async fn a_retryable_error_is_repeated_and_the_time_of_the_next_attempt_is_in_the_journal() {
    let (result, rig) = run(
        r#"{"id":"a","component":"work","config":{"fail_first":2},
            "retry_config":{"max_retries":3,"initial_delay_ms":100,"max_delay_ms":1000,"backoff_multiplier":1.0}}"#,
    )
    .await;
    assert_eq!(result.status, RunStatus::Succeeded);
    assert_eq!(result.output.get("attempt"), Some(&json("3")));
    let events = rig.events();
    for (at, event) in events.iter().enumerate() {
        if let EventBody::StageRetryAt { due, .. } = &event.body {
            let started = &events[at + 1];
            assert!(started.at >= *due, "an attempt started before it was due");
            let late = started.at - *due;
            assert!(late < chrono::Duration::milliseconds(200), "{late} late");
        }
    }
    let attempts: Vec<u32> = rig.world.began.lock().iter().map(|(_, n, _)| *n).collect();
    assert_eq!(attempts, [1, 2, 3]);
    check_journal(&events);
    assert_eq!(rig.view().stages["a"].attempts.len(), 3);
}

#[tokio::test]
async fn max_retries_does_not_count_the_first_attempt_and_other_errors_are_not_repeated() {
    let (result, rig) = run(r#"{"id":"a","component":"work","config":{"fail_first":9},
            "retry_config":{"max_retries":1,"initial_delay_ms":100,"max_delay_ms":1000}}"#)
    .await;
    assert_eq!(failed_code(&result), "HTTP_FAILED");
    assert_eq!(rig.world.count("a"), 2);
    let (_, rig) = run(
        r#"{"id":"a","component":"work","config":{"error":"STAGE_FAILED"},"retry_config":{"max_retries":3}}"#,
    )
    .await;
    assert_eq!(rig.world.count("a"), 1);
}

#[tokio::test]
async fn the_timeout_is_of_one_attempt_not_of_all() {
    let began = Instant::now();
    let (result, rig) = run(
        r#"{"id":"a","component":"work","config":{"ms":60000},"timeout_ms":60,
            "retry_config":{"max_retries":2,"initial_delay_ms":100,"max_delay_ms":1000,"backoff_multiplier":1}}"#,
    )
    .await;
    assert_eq!(failed_code(&result), "TIMEOUT");
    assert_eq!(rig.world.count("a"), 3);
    assert!(began.elapsed() >= Duration::from_millis(3 * 60));
    assert!(began.elapsed() < Duration::from_secs(3));
    assert_eq!(
        rig.world.at_work.load(std::sync::atomic::Ordering::SeqCst),
        0
    );
}

#[tokio::test]
async fn v4_an_effect_carries_the_same_key_on_every_attempt() {
    let (_, rig) = run(
        r#"{"id":"a","component":"work","config":{"kind":"effect","fail_first":1},
            "retry_config":{"max_retries":1,"initial_delay_ms":100,"max_delay_ms":1000}}"#,
    )
    .await;
    let keys: Vec<String> = rig
        .world
        .began
        .lock()
        .iter()
        .map(|(_, _, key)| key.clone())
        .collect();
    assert_eq!(
        keys,
        [format!("{}:a", rig.run_id), format!("{}:a", rig.run_id)]
    );
    let intents = rig
        .events()
        .iter()
        .filter(|e| matches!(&e.body, EventBody::StageIntent { key, .. } if *key == keys[0]))
        .count();
    assert_eq!(intents, 2);
}

#[tokio::test]
async fn retry_after_of_a_server_is_waited_for() {
    let (_, rig) = run(
        r#"{"id":"a","component":"work","config":{"fail_first":1,"retry_after_ms":300},
            "retry_config":{"max_retries":1,"initial_delay_ms":100,"max_delay_ms":1000}}"#,
    )
    .await;
    let events = rig.events();
    let failed = events
        .iter()
        .position(|e| matches!(e.body, EventBody::StageFailed { .. }))
        .unwrap();
    let EventBody::StageRetryAt { due, .. } = events[failed + 1].body else {
        panic!()
    };
    assert!(due - events[failed].at >= chrono::Duration::milliseconds(300));
}

#[tokio::test]
async fn a_distant_retry_parks_the_run_until_it_is_due() {
    let mut rig = Rig::new(plan(
        r#"{"id":"a","component":"work","config":{"fail_first":1},
            "retry_config":{"max_retries":1,"initial_delay_ms":20000,"max_delay_ms":30000}}"#,
    ));
    rig.host.park_after = Duration::from_secs(1);
    let Outcome::Parked { wake_at } = rig.drive(Vec::new()).await else {
        panic!()
    };
    let events = rig.events();
    let EventBody::StageRetryAt { due, .. } = events.last().unwrap().body else {
        panic!()
    };
    assert_eq!(wake_at, due);
    assert_eq!(rig.journal.progress().unwrap().status, RunStatus::Waiting);
    assert_eq!(rig.view().status, RunStatus::Waiting);
    // Driven too early, the run is parked again and nothing happens.
    assert_eq!(rig.drive(events.clone()).await, Outcome::Parked { wake_at });
    assert_eq!(rig.events().len(), events.len());
    // Once the attempt is due, the run continues.
    rig.host.clock = Clock::manual(due);
    let Outcome::Finished(result) = rig.drive(events).await else {
        panic!()
    };
    assert_eq!(result.status, RunStatus::Succeeded);
    assert_eq!(rig.world.count("a"), 2);
}
