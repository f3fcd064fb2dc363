//! Handles the tasks in apalis: the wake-up job, the tick, and organizations' jobs (`kinds`).
//!
//! apalis delivers each task at least once, and only roughly on time. The wake-up and the tick are
//! therefore idempotent, and a job's attempts are counted in its own row (`domain::queue`), not by
//! apalis. A delivery is complete as soon as its attempt ends, whether the job succeeded or not.
//! Derived from apalis' source: fetch one task at a time, use new worker names at every start, set
//! a poll strategy, restart workers with a delay, and name the queues explicitly.
//!
//! A live message wakes the workers of a queue as soon as a job of it is committed. Polling, which is
//! several round trips for each queue, is the fallback, and finds jobs that become due later.

#![allow(
    clippy::disallowed_methods,
    reason = "an ID of this process, not of a resource"
)]

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use apalis::prelude::*;
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use domain::{
    AppError, SystemCtx, audit,
    identity::{self, domains},
    live::{Message, Topic},
    queue::{self as job_queue, Delivery, Kind, Running},
    webhook_endpoints,
};
use serde::{Deserialize, Serialize};
use tokio::{select, sync::Notify, time};
use tokio_util::sync::CancellationToken;
use types::ErrorCode;
use uuid::Uuid;

use crate::{kinds, shared::Shared};

/// The part's name in logs and in the readiness check.
pub const PART: &str = "queue";
/// The queue of ticks.
const TICK: &str = "flowmason.tick";

/// How often the queue of ticks is polled.
const TICK_POLL: Duration = Duration::from_millis(250);
/// How often any other queue is polled.
const POLL: Duration = Duration::from_secs(1);
/// How often a broken chain of ticks is checked for and restarted.
const TICKS_LATE: Duration = Duration::from_secs(5);
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How often jobs without a delivery are looked for, and old deliveries are deleted.
const SWEEP: Duration = Duration::from_secs(30);

/// The payload of a wake-up job. Empty, because the run to claim is in its table.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Wake;

/// The payload of a tick.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Tick;

async fn wake(_: Wake, shared: Data<Arc<Shared>>) -> Result<(), BoxDynError> {
    shared.wake.notify_one();
    Ok(())
}

async fn tick(_: Tick, shared: Data<Arc<Shared>>) -> Result<(), BoxDynError> {
    // The next tick is enqueued first: the chain continues even if this one fails or is aborted.
    job_queue::enqueue_unless_pending(&shared.system, TICK, b"null", Duration::from_secs(1))
        .await?;
    // Makes all workers claim, which finds due timers, whichever process parked the run.
    shared.system.app.live().publish(Message::Wake);
    if let Err(error) = audit::seal_waiting(&shared.system).await {
        tracing::error!(%error, "the audit log could not be sealed");
    }
    if let Err(error) = webhook_endpoints::collect(&shared.system).await {
        tracing::warn!(%error, "ended runs could not be announced to webhooks; retrying");
    }
    let last = *shared.swept.lock();
    if last.is_none_or(|at| at.elapsed() >= SWEEP) {
        *shared.swept.lock() = Some(Instant::now());
        let lost = job_queue::redeliver_lost(&shared.system).await?;
        if lost > 0 {
            tracing::warn!(lost, "created new deliveries for jobs that had none");
        }
        if let Err(error) = domains::enqueue_checks(&shared.system).await {
            tracing::warn!(%error, "the checks of domains could not be enqueued");
        }
        if let Err(error) = identity::sso_providers::enqueue_reads(&shared.system).await {
            tracing::warn!(%error, "the readings of metadata could not be enqueued");
        }
        job_queue::forget(&shared.system).await?;
    }
    Ok(())
}

/// Handles one delivery of a job by running its next attempt. After an error, apalis repeats the
/// delivery.
async fn deliver(
    delivery: Delivery,
    kind: Data<Kind>,
    shared: Data<Arc<Shared>>,
) -> Result<(), BoxDynError> {
    let begun = job_queue::begin(&shared.system, *kind, &delivery, identity::rights_now);
    let Some(job) = begun.await? else {
        return Ok(());
    };
    // Runs in the worker's own task: apalis drops its tasks soon after a shutdown begins.
    let attempt = attempt(*kind, job, shared.closing.clone());
    Ok(shared.jobs.spawn(attempt).await??)
}

/// Runs an attempt of a job until it ends or the worker stops.
async fn attempt(kind: Kind, job: Arc<Running>, closing: CancellationToken) -> domain::Result<()> {
    // Runs in its own task, so that a panic ends only this attempt.
    let mut work = tokio::spawn(kind.run(job.clone()));
    let result = select! {
        ended = &mut work => ended.unwrap_or_else(|panic| Err(AppError::internal(panic))),
        () = time::sleep(kind.timeout) => {
            stop(work).await;
            Err(timed_out(&job))
        }
        () = closing.cancelled() => {
            stop(work).await;
            return job.give_back().await;
        }
    };
    job.end(result).await
}

/// Aborts an attempt's work and waits until it has stopped.
async fn stop(work: tokio::task::JoinHandle<domain::Result<()>>) {
    work.abort();
    let _ = work.await;
}

fn timed_out(job: &Running) -> AppError {
    let seconds = job.timeout().as_secs();
    AppError::new(
        ErrorCode::Timeout,
        format!("An attempt of the job took longer than {seconds} s and was stopped"),
    )
}

macro_rules! monitor {
    (
        $storage:ident,
        $config:path,
        $pool:expr,
        $shared:expr,
        $owner:expr,
        $due:expr,
        $ended:expr
    ) => {{
        let config = |queue: &str| {
            <$config>::default()
                .queue(queue)
                .batch_size(1)
                .heartbeat_interval(HEARTBEAT)
                .missed_heartbeats(3)
        };
        let (pool, shared, owner) = ($pool.clone(), $shared.clone(), $owner.clone());
        let (pool2, shared2, owner2) = ($pool.clone(), $shared.clone(), $owner.clone());
        let mut monitor = Monitor::new()
            .register(move |n| {
                WorkerBuilder::new(format!("wake-{n}-{owner}-{}", Uuid::now_v7().simple()))
                    .backend(
                        $storage::<Wake>::new(&pool)
                            .with_config(config(job_queue::WAKE))
                            .poll_with_strategy(Strategy::new().interval(POLL)),
                    )
                    .data(shared.clone())
                    .build(wake)
            })
            .register(move |n| {
                WorkerBuilder::new(format!("tick-{n}-{owner2}-{}", Uuid::now_v7().simple()))
                    .backend(
                        $storage::<Tick>::new(&pool2)
                            .with_config(config(TICK))
                            .poll_with_strategy(Strategy::new().interval(TICK_POLL)),
                    )
                    .data(shared2.clone())
                    .build(tick)
            });
        for kind in kinds::all() {
            let (pool, shared, owner) = ($pool.clone(), $shared.clone(), $owner.clone());
            let due: Arc<Notify> = $due.get(&kind.queue()).cloned().unwrap_or_default();
            monitor = monitor.register(move |n| {
                let id = Uuid::now_v7().simple();
                let due = due.clone();
                let due = FutureStrategy::new(move |_| due.clone().notified_owned());
                WorkerBuilder::new(format!("{}-{n}-{owner}-{id}", kind.name))
                    .backend(
                        $storage::<Delivery>::new(&pool)
                            .with_config(config(&kind.queue()))
                            .poll_with_strategy(Strategy::new().apply(due).interval(POLL)),
                    )
                    .concurrency(kind.at_once)
                    .data(shared.clone())
                    .data(kind)
                    .build(deliver)
            });
        }
        monitor
            .should_restart(move |_, error| {
                tracing::warn!(%error, "a worker of the job queue ended");
                $ended.cancel();
                false
            })
            .shutdown_timeout(Duration::from_secs(2))
    }};
}

/// Serves the queues until the worker closes.
pub async fn run(shared: Arc<Shared>, owner: String) {
    let ensured = job_queue::enqueue_unless_pending(&shared.system, TICK, b"null", Duration::ZERO);
    if let Err(error) = ensured.await {
        tracing::error!(%error, "the job queue is not set up; ticks do not run");
        return;
    }
    // While the database is unavailable, apalis would restart its workers again and again without a
    // delay. Instead, all of them end, and `supervise` restarts them with a growing delay.
    let ended = shared.closing.child_token();
    let (stop, failed) = (ended.clone(), ended.clone());
    let signal = async move {
        stop.cancelled().await;
        Ok(())
    };
    let ticking = keep_ticking(shared.system.clone(), ended.clone());
    let due: HashMap<String, Arc<Notify>> = kinds::all()
        .map(|kind| (kind.queue(), Arc::default()))
        .collect();
    let waking = wake_queues(shared.system.clone(), due.clone(), ended.clone());
    let db = shared.system.app.db().clone();
    let working = async {
        let result = if db.is_postgres() {
            let pool = db.conn().get_postgres_connection_pool().clone();
            let monitor = monitor!(
                PostgresStorage,
                apalis_postgres::Config,
                pool,
                shared,
                owner,
                due,
                failed
            );
            monitor.run_with_signal(signal).await
        } else {
            let pool = db.conn().get_sqlite_connection_pool().clone();
            let monitor = monitor!(
                SqliteStorage,
                apalis_sqlite::Config,
                pool,
                shared,
                owner,
                due,
                failed
            );
            monitor.run_with_signal(signal).await
        };
        ended.cancel();
        result
    };
    let (result, (), ()) = tokio::join!(working, ticking, waking);
    if let Err(error) = result {
        tracing::warn!(%error, "the job queue ended with an error");
    }
}

/// Wakes the workers of the queues that have a job that is due.
async fn wake_queues(
    system: SystemCtx,
    due: HashMap<String, Arc<Notify>>,
    ended: CancellationToken,
) {
    let mut messages = system.app.live().subscribe(Topic::Queue);
    while let Some(message) = ended.run_until_cancelled(messages.next()).await {
        match message {
            Message::JobDue { queue } => {
                if let Some(due) = due.get(&queue) {
                    due.notify_one();
                }
            }
            Message::Lagged => due.values().for_each(|due| due.notify_one()),
            _ => {}
        }
    }
}

/// Restarts the chain of ticks if it is broken. Each tick enqueues the next one; while the database
/// is not writable, this fails, and apalis gives up after a few attempts.
async fn keep_ticking(system: SystemCtx, ended: CancellationToken) {
    while ended
        .run_until_cancelled(time::sleep(TICKS_LATE))
        .await
        .is_some()
    {
        let ensured = job_queue::enqueue_unless_pending(&system, TICK, b"null", Duration::ZERO);
        if let Err(error) = ensured.await {
            tracing::warn!(%error, "the next tick could not be enqueued; retrying");
        }
    }
}
