//! D15: leases are renewed even if a stage blocks all threads of the worker. (The test of a process
//! that is stopped as a whole is in `tests/src/faults/stopped.rs`.)

use std::{
    collections::HashMap,
    sync::{
        LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use domain::runs::RunStatus;
use engine::{
    Value,
    component::{StageContext, StageError},
    operator,
};
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::oneshot;

use super::kit::*;
use crate::Worker;

const LEASE: Duration = Duration::from_millis(500);

/// The number of calls by idempotency key, whether the first call has returned, and whether it may.
static CALLS: LazyLock<Mutex<HashMap<String, u32>>> = LazyLock::new(Mutex::default);
static CAME_BACK: AtomicBool = AtomicBool::new(false);
static MAY_COME_BACK: AtomicBool = AtomicBool::new(false);

/// Blocks its thread at the first call with a key, which no component should do.
#[operator(effect = effect)]
async fn blocks(ctx: StageContext, input: Value) -> Result<Value, StageError> {
    let key = ctx.idempotency_key().to_string();
    let first = {
        let mut calls = CALLS.lock();
        let count = calls.entry(key.clone()).or_default();
        *count += 1;
        *count == 1
    };
    if first && input.get("block").is_some() {
        let limit = Instant::now() + Duration::from_secs(20);
        while !MAY_COME_BACK.load(Ordering::SeqCst) && Instant::now() < limit {
            std::thread::sleep(Duration::from_millis(5));
        }
        CAME_BACK.store(true, Ordering::SeqCst);
    }
    Ok(Value::Bool(true))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d15_a_worker_whose_threads_are_all_blocked_keeps_its_leases() {
    on_each_database_with(&BLOCKS, |test| async move {
        CAME_BACK.store(false, Ordering::SeqCst);
        MAY_COME_BACK.store(false, Ordering::SeqCst);
        let stages = json!([
            { "id": "block", "component_type": "blocks", "config": { "block": true } },
            { "id": "after", "component_type": "blocks", "depends_on": ["block"], "config": {} },
        ]);
        let pipeline = test.pipeline(stages).await;
        let run = test.start(pipeline).await;
        // One thread for the stage and for all other parts of the worker except its lease renewer.
        let (resources, settings) = test.worker_parts(LEASE);
        let test = std::sync::Arc::new(test);
        let other = test.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let blocked = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let app = other.app_of_its_own().await;
                drop(other);
                let worker = Worker::start(&app, resources, settings);
                let _ = stopped.await;
                worker.stop(Duration::from_secs(2)).await;
                app.close().await;
            });
        });
        let key = |stage: &str| format!("{run}:{stage}");
        let calls = |stage: &str| CALLS.lock().get(&key(stage)).copied().unwrap_or(0);
        until("the stage begins", || calls("block") == 1).await;
        // Another worker would take over the run as soon as its lease ends.
        let second = if test.app.db().is_postgres() {
            Some(test.worker(LEASE))
        } else {
            None
        };
        tokio::time::sleep(LEASE * 6).await;
        assert_eq!(
            calls("block"),
            1,
            "the lease ended while its worker was blocked"
        );
        let back = || CAME_BACK.load(Ordering::SeqCst);
        assert!(!back(), "the worker must be blocked meanwhile");
        MAY_COME_BACK.store(true, Ordering::SeqCst);
        assert_eq!(test.finished(run).await.status, RunStatus::Succeeded);
        assert_eq!((calls("block"), calls("after")), (1, 1));
        stop.send(()).unwrap();
        blocked.join().unwrap();
        if let Some(second) = second {
            second.stop(Duration::from_secs(2)).await;
        }
        if let Some(test) = std::sync::Arc::into_inner(test) {
            test.close().await;
        }
    })
    .await;
}

async fn until(what: &str, done: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(15);
    while !done() {
        assert!(Instant::now() < patience, "timed out: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
