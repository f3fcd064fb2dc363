//! The limits of runs: memory, outputs, log lines, and fair use of the processor.

use std::{sync::Arc, time::Duration};

use super::*;
use crate::limits::{Limits, MIB, Shares};

fn limits() -> Limits {
    Limits {
        memory: 256 * MIB,
        org_memory: 128 * MIB,
        run_memory: 64 * MIB,
        memory_wait: Duration::from_millis(300),
        value: 8 * MIB,
        artifacts: 20 * MIB,
        output: 30 * MIB,
        ..Limits::of(1024 * MIB, 2)
    }
}

fn rig(stages: &str, limits: Limits) -> Rig {
    on(stages, &Shares::new(limits))
}

fn on(stages: &str, shares: &Shares) -> Rig {
    let mut rig = Rig::new(plan(stages));
    rig.host.share = shares.run(7);
    rig
}

fn error(result: &RunResult) -> (&'static str, String) {
    let code = failed_code(result);
    (code, result.error.clone().unwrap().message)
}

/// A loop over `items`, 256 at a time. Each item allocates 10 MB and keeps `kept`.
fn bomb(items: usize, kept: &str) -> String {
    format!(
        r#"{{"id":"each","component":"foreach","config":{{"items":"{{{{[i for i in range({items})]}}}}",
             "parallel":true,"max_parallel":256,"loop_stages":["big"]}}}},
           {{"id":"big","component":"work","config":{{"ms":1,"value":"{kept}"}}}}"#
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_large_values_in_flight_wait_for_each_other_within_the_runs_memory() {
    let kept = "{{ len(['x' * 5000000 for i in range(1)][0]) + context.item }}";
    // No stage may give up, however slow the machine is.
    let patient = Limits {
        memory_wait: Duration::from_secs(60),
        ..limits()
    };
    let shares = Shares::new(patient);
    let rig = on(&bomb(300, kept), &shares);
    let result = rig.finish().await;
    assert_eq!(result.status, RunStatus::Succeeded, "{:?}", result.error);
    let most = shares.memory().peak();
    assert!((10 * MIB..=64 * MIB).contains(&most), "{most}");
    assert_eq!(shares.memory().used(), 0, "all memory is returned");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_that_are_kept_count_and_end_the_run_with_the_amount_and_the_way_out() {
    let kept = "{{ str(context.item) + ['x' * 600000 for i in range(1)][0] }}";
    let mut small = limits();
    small.run_memory = 12 * MIB;
    let shares = Shares::new(small);
    let result = on(&bomb(60, kept), &shares).finish().await;
    let (code, message) = error(&result);
    assert_eq!(code, "MEMORY_LIMIT");
    for part in [
        "This run",
        "12 MB",
        "FLOWMASON_RUN_MEMORY_MB",
        "max_parallel",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(shares.memory().used(), 0);
}

fn doubling(stages: usize) -> String {
    let mut text =
        r#"{"id":"s0","component":"echo","config":{"value":"{{'abcdefgh' * 1000}}"}}"#.to_owned();
    for i in 1..stages {
        let before = format!("upstream.s{}", i - 1);
        text.push_str(&format!(
            r#",{{"id":"s{i}","component":"echo","depends_on":["s{}"],
                "config":{{"value":"{{{{{before} + {before}}}}}"}}}}"#,
            i - 1
        ));
    }
    text
}

#[tokio::test]
async fn a_value_that_doubles_at_each_stage_ends_at_the_limit_of_a_value_or_of_all_artifacts() {
    let rig = rig(&doubling(14), limits());
    let (code, message) = error(&rig.finish().await);
    assert_eq!(code, "OUTPUT_LIMIT");
    assert!(
        message.contains("8 MB") && message.contains("FLOWMASON_VALUE_MB"),
        "{message}"
    );
    let mut roomy = limits();
    (roomy.value, roomy.artifacts) = (64 * MIB, 5 * MIB);
    let rig = self::rig(&doubling(14), roomy);
    let (code, message) = error(&rig.finish().await);
    assert_eq!(code, "OUTPUT_LIMIT");
    assert!(message.contains("FLOWMASON_RUN_ARTIFACTS_MB"), "{message}");
    let stored: usize = rig
        .events()
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::StageSucceeded { output, .. } => {
                output.get("$artifact")?.get("size")?.as_int()
            }
            _ => None,
        })
        .map(|size| size as usize)
        .sum();
    assert!((MIB..=5 * MIB).contains(&stored), "{stored}");
    // The same after a crash in between: values in the journal are counted again.
    let mut history = rig.events();
    let cut = history
        .iter()
        .position(|event| event.stage.as_deref() == Some("s9"))
        .unwrap();
    history.truncate(cut);
    super::super::load_artifacts(&mut history, &*rig.host.artifacts)
        .await
        .unwrap();
    let Outcome::Finished(again) = rig.drive(history).await else {
        panic!("the run does not end")
    };
    assert_eq!(again.error.unwrap().message, message);
}

#[tokio::test]
async fn a_large_value_that_is_passed_on_is_held_and_stored_once() {
    let mut stages =
        r#"{"id":"s0","component":"echo","config":{"value":"{{'x' * 300000}}"}}"#.to_owned();
    for i in 1..25 {
        stages.push_str(&format!(
            r#",{{"id":"s{i}","component":"echo","depends_on":["s{0}"],
                "config":{{"value":"{{{{upstream.s{0}}}}}"}}}}"#,
            i - 1
        ));
    }
    let mut small = limits();
    (small.run_memory, small.artifacts) = (4 * MIB, MIB);
    let result = rig(&stages, small).finish().await;
    assert_eq!(result.status, RunStatus::Succeeded, "{:?}", result.error);
}

#[tokio::test]
async fn the_output_of_a_loop_and_of_the_run_have_the_same_limit() {
    let part = "{{ str(context.item) + 'x' * 900000 }}";
    let result = rig(&bomb(12, part), limits()).finish().await;
    let (code, _) = error(&result);
    assert_eq!(code, "OUTPUT_LIMIT");
    assert_eq!(result.error.unwrap().stage.as_deref(), Some("each"));
    let sinks: Vec<String> = (0..12)
        .map(|i| {
            format!(r#"{{"id":"s{i}","component":"echo","config":{{"value":"{{{{'{i}' * 900000}}}}"}}}}"#)
        })
        .collect();
    let rig = rig(&sinks.join(","), limits());
    let result = rig.finish().await;
    assert_eq!(error(&result).0, "OUTPUT_LIMIT");
    assert_eq!(rig.view().status, RunStatus::Failed);
    check_journal(&rig.events());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_of_other_runs_is_waited_for_and_then_reported() {
    let mut tight = limits();
    tight.org_memory = 24 * MIB;
    tight.memory_wait = Duration::from_secs(10);
    let shares = Shares::new(tight.clone());
    let stages = r#"{"id":"a","component":"echo","config":{"value":"{{'x' * 6000000}}"}}"#;
    let held = shares.run(7).memory.take(20 * MIB).unwrap();
    let rig = on(stages, &shares);
    let freed = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(held);
    };
    let (result, ()) = tokio::join!(rig.finish(), freed);
    assert_eq!(result.status, RunStatus::Succeeded, "{:?}", result.error);

    tight.memory_wait = Duration::from_millis(100);
    let shares = Shares::new(tight);
    let _held = shares.run(7).memory.take(20 * MIB).unwrap();
    let (code, message) = error(&on(stages, &shares).finish().await);
    assert_eq!(code, "MEMORY_LIMIT");
    assert!(message.contains("FLOWMASON_ORG_MEMORY_MB"), "{message}");
    // Another organization is not affected.
    let mut other = on(stages, &shares);
    other.host.share = shares.run(8);
    assert_eq!(other.finish().await.status, RunStatus::Succeeded);
}

#[tokio::test]
async fn a_run_that_waits_for_memory_can_be_cancelled_at_once() {
    let mut tight = limits();
    tight.org_memory = 24 * MIB;
    tight.memory_wait = Duration::from_secs(60);
    let shares = Shares::new(tight);
    let _held = shares.run(7).memory.take(20 * MIB).unwrap();
    let stages = r#"{"id":"a","component":"echo","config":{"value":"{{'x' * 6000000}}"}}"#;
    let rig = on(stages, &shares);
    let (signals, run) = rig.begin();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let cancel = Signal::Cancel {
        by: None,
        reason: None,
    };
    signals.send(cancel).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), run).await;
    let Outcome::Finished(result) = ended.unwrap().unwrap() else {
        panic!("the run does not end")
    };
    assert_eq!(result.status, RunStatus::Cancelled);
    check_journal(&rig.events());
}

#[tokio::test]
async fn log_lines_beyond_the_limit_are_counted_and_reported() {
    let mut few = limits();
    few.log_lines = 50;
    let stages = r#"{"id":"each","component":"foreach","config":{"items":"{{[i for i in range(200)]}}",
             "parallel":true,"max_parallel":8,"loop_stages":["talk"]}},
           {"id":"talk","component":"foreach","config":{"items":[1],"loop_stages":["one"]}},
           {"id":"one","component":"echo","config":{"value":1}}"#;
    let rig = rig(stages, few);
    assert_eq!(rig.finish().await.status, RunStatus::Succeeded);
    let logs: Vec<String> = rig
        .events()
        .into_iter()
        .filter_map(|event| match event.body {
            EventBody::StageSucceeded { logs, .. } => Some(logs),
            _ => None,
        })
        .flatten()
        .map(|line| line.message)
        .collect();
    let said: Vec<&String> = logs.iter().filter(|line| line.starts_with('…')).collect();
    assert!((50..80).contains(&(logs.len() - said.len())), "{logs:?}");
    assert!(said.len() < 160, "{said:?}");
    // 200 lines of the inner loops and one of the outer loop.
    let last = said.last().unwrap();
    assert!(last.contains("151 in this run so far"), "{last}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stages_time_counts_from_the_start_of_its_work() {
    let mut slow = limits();
    slow.cpu = 1;
    let shares = Shares::new(slow);
    // Another organization occupies the only thread for longer than the stage's timeout.
    let blocker = shares.run(1);
    let busy = || std::thread::sleep(Duration::from_millis(250));
    let _jobs = [blocker.pool().run(1, busy), blocker.pool().run(1, busy)];
    let stages = r#"{"id":"a","component":"echo","timeout_ms":200,
        "config":{"value":"{{ sum([i for i in range(1000)]) }}"}}"#;
    let result = on(stages, &shares).finish().await;
    assert_eq!(result.status, RunStatus::Succeeded, "{:?}", result.error);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_organizations_hanging_attempts_leave_room_for_anothers() {
    let mut few = limits();
    few.in_flight = 8;
    let shares = Shares::new(few);
    let hang = r#"{"id":"each","component":"foreach","config":{"items":"{{[i for i in range(50)]}}",
            "parallel":true,"max_parallel":50,"loop_stages":["hang"]}},
        {"id":"hang","component":"work","config":{"ms":2000}}"#;
    let first = on(hang, &shares);
    let (_signals, run) = first.begin();
    first.until_began("each[0]/hang").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut other = on(
        r#"{"id":"a","component":"work","config":{"ms":1}}"#,
        &shares,
    );
    other.host.share = shares.run(8);
    let began = std::time::Instant::now();
    assert_eq!(other.finish().await.status, RunStatus::Succeeded);
    assert!(began.elapsed() < Duration::from_millis(1_000));
    assert_eq!(
        first
            .world
            .at_work
            .load(std::sync::atomic::Ordering::SeqCst),
        4
    );
    run.abort();
}

#[tokio::test]
async fn a_run_that_only_sleeps_rests_or_is_parked_if_nothing_can_hold_it() {
    let stages = r#"{"id":"nap","component":"wait","config":{"ms":150}}"#;
    let mut rig = rig(stages, limits());
    let rests = Arc::new(Mutex::new((0, 0)));
    struct Guard(Arc<Mutex<(usize, usize)>>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.lock().1 += 1;
        }
    }
    let seen = rests.clone();
    rig.host.rest = Some(Arc::new(move || {
        seen.lock().0 += 1;
        Some(Box::new(Guard(seen.clone())))
    }));
    assert_eq!(rig.finish().await.status, RunStatus::Succeeded);
    let (began, ended) = *rests.lock();
    assert!(began >= 1 && began == ended, "{began} {ended}");
    rig.host.rest = Some(Arc::new(|| None));
    rig.host.journal = Arc::new(MemoryJournal::default());
    assert!(matches!(
        rig.drive(Vec::new()).await,
        Outcome::Parked { .. }
    ));
}
