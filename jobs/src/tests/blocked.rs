//! D15: a worker whose thread is blocked by a stage, so that its leases end unnoticed.

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

/// Calls by idempotency key; whether the first of them came back, and whether it may.
static CALLS: LazyLock<Mutex<HashMap<String, u32>>> = LazyLock::new(Mutex::default);
static CAME_BACK: AtomicBool = AtomicBool::new(false);
static MAY_COME_BACK: AtomicBool = AtomicBool::new(false);

/// Blocks its thread at the first call of a key, as no component should.
#[operator(effect = effect)]
async fn blocks(ctx: StageContext, input: Value) -> Result<Value, StageError> {
    let key = ctx.idempotency_key.to_string();
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
async fn d15_a_blocked_worker_cannot_write_when_it_comes_back() {
    on_each_engine_with(&BLOCKS, |test| async move {
        if !test.app.db().is_postgres() {
            // One process owns the file; no other one is there to take over.
            return test.close().await;
        }
        let stages = json!([
            { "id": "block", "component_type": "blocks", "config": { "block": true } },
            { "id": "after", "component_type": "blocks", "depends_on": ["block"], "config": {} },
        ]);
        let pipeline = test.pipeline(stages).await;
        let run = test.start(pipeline).await;
        // One thread for all of a worker: the renewals, the writer and the stage.
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
                let stats = worker.stats();
                worker.stop(Duration::from_secs(2)).await;
                app.close().await;
                stats
            })
        });
        let key = |stage: &str| format!("{run}:{stage}");
        let calls = |stage: &str| CALLS.lock().get(&key(stage)).copied().unwrap_or(0);
        until("the stage begins", || calls("block") == 1).await;
        let second = test.worker(LEASE);
        let row = test.finished(run).await;
        assert_eq!(row.status, RunStatus::Succeeded);
        let before = test.events(run).await;
        let back = || CAME_BACK.load(Ordering::SeqCst);
        assert!(!back(), "the first worker was to be blocked meanwhile");
        MAY_COME_BACK.store(true, Ordering::SeqCst);
        until("the first worker comes back", back).await;
        // It has time to do what it may not.
        tokio::time::sleep(LEASE / 2).await;
        assert_eq!(test.events(run).await, before);
        assert_eq!((calls("block"), calls("after")), (2, 1));
        stop.send(()).unwrap();
        let stats = blocked.join().unwrap();
        // What it wrote was the beginning: its rows of after the sleep never got into a commit.
        assert!(stats.commits <= 3, "{stats:?}");
        second.stop(Duration::from_secs(2)).await;
        if let Some(test) = std::sync::Arc::into_inner(test) {
            test.close().await;
        }
    })
    .await;
}

async fn until(what: &str, done: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(15);
    while !done() {
        assert!(Instant::now() < patience, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
