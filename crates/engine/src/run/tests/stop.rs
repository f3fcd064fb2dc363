//! Cancellation, shutdown, deadlines and fencing.

use std::{sync::atomic::Ordering, time::Instant};

use super::*;
use crate::{
    component::BoxFuture,
    run::{Journal, JournalError, Segment},
};

fn cancel() -> Signal {
    Signal::Cancel {
        by: Some("Ada".into()),
        reason: Some("enough".into()),
    }
}

async fn cancelled_within(rig: &Rig, address: &str) -> Outcome {
    let (signals, run) = rig.begin();
    rig.until_began(address).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    signals.send(cancel()).await.unwrap();
    within_turns(100, run).await.unwrap()
}

#[tokio::test]
async fn d28_cancellation_ends_a_hanging_call_within_100_ms_and_leaves_no_task() {
    for kind in ["pure", "read", "call", "effect"] {
        let rig = Rig::new(plan(&format!(
            r#"{{"id":"a","component":"work","config":{{"ms":60000,"kind":"{kind}"}},"timeout_ms":100000}},
               {{"id":"b","component":"echo","depends_on":["a"]}}"#
        )));
        let Outcome::Finished(result) = cancelled_within(&rig, "a").await else {
            panic!()
        };
        assert_eq!(result.status, RunStatus::Cancelled);
        assert_eq!(result.error.unwrap().message, "Cancelled by Ada: enough");
        assert_eq!(
            rig.world.at_work.load(Ordering::SeqCst),
            0,
            "{kind}: a body is left behind"
        );
        let events = rig.events();
        check_journal(&events);
        let code = rig.view().stages["a"].error.as_ref().unwrap().code.as_str();
        assert_eq!(
            code,
            if kind == "effect" {
                "EFFECT_UNKNOWN"
            } else {
                "CANCELLED"
            }
        );
        assert_eq!(rig.world.count("b"), 0);
        // A signal delivered again after the end has no effect (D16).
        assert!(
            matches!(rig.drive(events.clone()).await, Outcome::Finished(r) if r.status == RunStatus::Cancelled)
        );
        assert_eq!(rig.events().len(), events.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d28_cancellation_ends_a_hot_expression_within_100_ms() {
    let hot = "sum([x * y for x in range(3000) for y in range(3000)])";
    for stages in [
        format!(r#"{{"id":"a","component":"echo","config":{{"value":"{{{{{hot}}}}}"}}}}"#),
        format!(r#"{{"id":"a","component":"hot","config":{{"condition":"{hot} > 0"}}}}"#),
    ] {
        let rig = Rig::new(plan(&stages));
        let (signals, run) = rig.begin();
        tokio::time::sleep(Duration::from_millis(20)).await;
        signals.send(cancel()).await.unwrap();
        let outcome = within_turns(100, run).await.unwrap();
        // On a fast machine the expression may exceed its own budget first.
        let Outcome::Finished(result) = outcome else {
            panic!()
        };
        assert!(
            matches!(result.status, RunStatus::Cancelled | RunStatus::Failed),
            "{result:?}"
        );
        check_journal(&rig.events());
    }
}

#[tokio::test]
async fn d28_the_result_of_an_effect_that_ends_as_the_run_is_cancelled_is_recorded() {
    let rig = Rig::new(plan(
        r#"{"id":"a","component":"work","config":{"linger_ms":10,"kind":"effect","value":5}}"#,
    ));
    let Outcome::Finished(result) = cancelled_within(&rig, "a").await else {
        panic!()
    };
    assert_eq!(result.status, RunStatus::Cancelled);
    let stage = &rig.view().stages["a"];
    assert_eq!(
        stage.output.as_ref().and_then(|o| o.get("value")),
        Some(&json("5"))
    );
}

#[tokio::test]
async fn d28_a_run_that_waits_or_is_cancelled_twice_has_one_end() {
    let rig = Rig::new(plan(
        r#"{"id":"w","component":"wait","config":{"ms":60000}}"#,
    ));
    let (signals, run) = rig.begin();
    tokio::time::sleep(Duration::from_millis(20)).await;
    signals.send(cancel()).await.unwrap();
    let _ = signals.send(cancel()).await;
    let Outcome::Finished(result) = run.await.unwrap() else {
        panic!()
    };
    assert_eq!(result.status, RunStatus::Cancelled);
    let signals = rig
        .events()
        .iter()
        .filter(|e| e.body.kind() == "run.signal")
        .count();
    assert_eq!(signals, 1);
    check_journal(&rig.events());
    assert_eq!(
        rig.view().stages["w"].status,
        crate::run::StageRunStatus::Cancelled
    );
}

#[tokio::test]
async fn a_cancellation_before_the_first_event_does_nothing_else() {
    let rig = Rig::new(plan(
        r#"{"id":"a","component":"work","config":{"kind":"effect"}}"#,
    ));
    let (sender, signals) = mpsc::channel(4);
    sender.send(cancel()).await.unwrap();
    let outcome = drive(rig.spec(), rig.host.clone(), Vec::new(), signals).await;
    assert!(matches!(outcome, Outcome::Finished(r) if r.status == RunStatus::Cancelled));
    assert_eq!(
        story(&rig.events()),
        ["- run.started", "- run.signal", "- run.finished"]
    );
}

#[tokio::test]
async fn the_run_s_own_timeout_ends_it() {
    let mut rig = Rig::new(plan(
        r#"{"id":"a","component":"work","config":{"ms":60000},"timeout_ms":100000}"#,
    ));
    rig.timeout = Some(Duration::from_millis(80));
    let result = rig.finish().await;
    assert_eq!(failed_code(&result), "TIMEOUT");
    assert_eq!(rig.world.at_work.load(Ordering::SeqCst), 0);
    check_journal(&rig.events());
}

#[tokio::test]
async fn d22_a_shutdown_lets_attempts_end_and_the_run_goes_on_elsewhere() {
    let rig = Rig::new(plan(
        r#"{"id":"a","component":"work","config":{"ms":100,"kind":"call"}},
           {"id":"b","component":"work","config":{"kind":"call"},"depends_on":["a"]}"#,
    ));
    let (signals, run) = rig.begin();
    rig.until_began("a").await;
    signals.send(Signal::Shutdown).await.unwrap();
    assert_eq!(run.await.unwrap(), Outcome::Stopped);
    let events = rig.events();
    assert_eq!(events.last().unwrap().body.kind(), "stage.succeeded");
    let Outcome::Finished(result) = rig.drive(events).await else {
        panic!()
    };
    assert_eq!(result.status, RunStatus::Succeeded);
    assert_eq!((rig.world.count("a"), rig.world.count("b")), (1, 1));
    check_journal(&rig.events());
}

#[tokio::test]
async fn d22_a_second_shutdown_does_not_wait() {
    let rig = Rig::new(plan(
        r#"{"id":"a","component":"work","config":{"ms":60000,"kind":"read"}}"#,
    ));
    let (signals, run) = rig.begin();
    rig.until_began("a").await;
    signals.send(Signal::Shutdown).await.unwrap();
    signals.send(Signal::Shutdown).await.unwrap();
    let asked = Instant::now();
    assert_eq!(run.await.unwrap(), Outcome::Stopped);
    assert!(asked.elapsed() < Duration::from_millis(200));
    assert!(!rig.events().iter().any(|e| e.body.kind() == "run.finished"));
    assert_eq!(rig.world.at_work.load(Ordering::SeqCst), 0);
}

/// A journal that rejects everything from a sequence number on.
struct Fence {
    from: u64,
    error: JournalError,
}

impl Journal for Fence {
    fn append(&self, _: Segment) {}

    fn durable(&self, seq: u64) -> BoxFuture<'_, Result<(), JournalError>> {
        let result = if seq >= self.from {
            Err(self.error.clone())
        } else {
            Ok(())
        };
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            result
        })
    }
}

#[tokio::test]
async fn d14_v6_a_fenced_run_stops_at_once_and_starts_no_effect() {
    let mut rig = Rig::new(plan(
        r#"{"id":"long","component":"work","config":{"ms":60000},"timeout_ms":100000},
           {"id":"mail","component":"work","config":{"kind":"effect"}}"#,
    ));
    rig.host.journal = Arc::new(Fence {
        from: 1,
        error: JournalError::Fenced,
    });
    let began = Instant::now();
    assert_eq!(rig.drive(Vec::new()).await, Outcome::Fenced);
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(rig.world.count("mail"), 0);
    assert_eq!(rig.world.at_work.load(Ordering::SeqCst), 0);

    let failed = JournalError::Failed("disk full".into());
    rig.host.journal = Arc::new(Fence {
        from: 1,
        error: failed.clone(),
    });
    assert_eq!(rig.drive(Vec::new()).await, Outcome::Failed(failed));
}

#[tokio::test]
async fn an_effect_starts_only_when_the_events_before_it_are_durable() {
    struct Slow(Arc<MemoryJournal>, Arc<Mutex<u64>>);
    impl Journal for Slow {
        fn append(&self, segment: Segment) {
            self.0.append(segment);
        }
        fn durable(&self, seq: u64) -> BoxFuture<'_, Result<(), JournalError>> {
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(60)).await;
                let mut durable = self.1.lock();
                *durable = seq.max(*durable);
                Ok(())
            })
        }
    }
    let mut rig = Rig::new(plan(
        r#"{"id":"mail","component":"work","config":{"kind":"effect"}},
           {"id":"pure","component":"echo"},
           {"id":"read","component":"work","config":{"kind":"read"}}"#,
    ));
    let durable = Arc::new(Mutex::new(0));
    rig.host.journal = Arc::new(Slow(rig.journal.clone(), durable.clone()));
    let (_signals, run) = rig.begin();
    rig.until_began("read").await;
    assert_eq!((rig.world.count("mail"), rig.world.count("pure")), (0, 1));
    rig.until_began("mail").await;
    let intent = rig
        .events()
        .iter()
        .find(|e| e.body.kind() == "stage.intent")
        .unwrap()
        .seq;
    assert!(*durable.lock() >= intent);
    assert!(matches!(run.await.unwrap(), Outcome::Finished(_)));
}

/// The stages that may hang, and the address at which they do.
const HANGS: [(&str, &str); 4] = [
    (
        r#"{"id":"s","component":"work","config":{"ms":60000,"kind":"read"}"#,
        "a read",
    ),
    (
        r#"{"id":"s","component":"work","config":{"ms":60000,"kind":"call"}"#,
        "a call",
    ),
    (
        r#"{"id":"s","component":"work","config":{"ms":60000,"kind":"effect"}"#,
        "an effect",
    ),
    (
        r#"{"id":"s","component":"wait","config":{"ms":60000}"#,
        "a sleep",
    ),
];

#[tokio::test]
async fn d28_every_way_to_stop_ends_everything_that_hangs_within_100_ms() {
    for (stage, what) in HANGS {
        let whole = format!("{stage},\"timeout_ms\":100000}}");
        let inside = |timeout: &str| {
            format!(
                r#"{{"id":"each","component":"foreach"{timeout},"config":{{"items":[1],"loop_stages":["s"]}}}},{whole}"#
            )
        };
        let own = format!("{stage},\"timeout_ms\":60}}");
        for (stages, run_timeout, cancelled) in [
            (whole.clone(), None, true),
            (whole.clone(), Some(60), false),
            (own, None, false),
            (inside(""), None, true),
            (inside(""), Some(60), false),
            (inside(r#","timeout_ms":60"#), None, false),
        ] {
            let mut rig = Rig::new(plan(&stages));
            rig.timeout = run_timeout.map(Duration::from_millis);
            let (signals, run) = rig.begin();
            // The deadlines are as long as this pause.
            tokio::time::sleep(Duration::from_millis(60)).await;
            if cancelled {
                signals.send(cancel()).await.unwrap();
            }
            let Outcome::Finished(result) = within_turns(100, run).await.unwrap() else {
                panic!("{what}")
            };
            if cancelled {
                assert_eq!(result.status, RunStatus::Cancelled, "{what}");
            } else {
                assert_eq!(failed_code(&result), "TIMEOUT", "{what}");
            }
            assert_eq!(rig.world.at_work.load(Ordering::SeqCst), 0, "{what}");
            check_journal(&rig.events());
        }
    }
}
