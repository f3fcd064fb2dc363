//! What apalis carries: the wake-up job of starts, and the tick.
//!
//! apalis delivers at least once and at most roughly on time, so each handler only hands over or
//! does what may be done twice, and acknowledges at once. rust-level rules that its source asks
//! for: one task fetched at a time, worker names that are new at every start, a poll strategy,
//! workers that are started again with a pause, and queue names of our own.

#![allow(
    clippy::disallowed_methods,
    reason = "a name for this process, not an id of the product"
)]

use std::{sync::Arc, time::Duration};

use apalis::prelude::*;
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use domain::{SystemCtx, audit, host::queue as names, live::Message};
use serde::{Deserialize, Serialize};
use tokio::time;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::worker::Shared;

/// The queue of ticks.
const TICK: &str = "flowmason.tick";

/// How often a queue is looked at.
const POLL: Duration = Duration::from_millis(250);
/// How often a chain of ticks that broke is begun anew.
const TICKS_LATE: Duration = Duration::from_secs(5);
const HEARTBEAT: Duration = Duration::from_secs(10);

/// A start's wake-up: the payload says nothing, the run is in its table.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Wake;

/// A second has passed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Tick;

async fn wake(_: Wake, shared: Data<Arc<Shared>>) -> Result<(), BoxDynError> {
    shared.wake.notify_one();
    Ok(())
}

async fn tick(_: Tick, shared: Data<Arc<Shared>>) -> Result<(), BoxDynError> {
    // The next one first: should this one fail or be cut off, the chain goes on.
    names::enqueue_unless_pending(&shared.system, TICK, b"null", Duration::from_secs(1)).await?;
    // Timers that are due are found by a claim, whoever parked the run.
    shared.system.app.live().publish(Message::Wake);
    if let Err(error) = audit::seal_once(&shared.system).await {
        tracing::error!(%error, "the audit log could not be sealed");
    }
    names::forget_done(&shared.system).await?;
    Ok(())
}

macro_rules! monitor {
    ($storage:ident, $config:path, $pool:expr, $shared:expr, $owner:expr, $ended:expr) => {{
        let config = |queue: &str| {
            <$config>::default()
                .queue(queue)
                .batch_size(1)
                .heartbeat_interval(HEARTBEAT)
                .missed_heartbeats(3)
        };
        let strategy = || Strategy::new().interval(POLL);
        let (pool, shared, owner) = ($pool.clone(), $shared.clone(), $owner.clone());
        let (pool2, shared2, owner2) = ($pool.clone(), $shared.clone(), $owner);
        Monitor::new()
            .register(move |n| {
                WorkerBuilder::new(format!("wake-{n}-{owner}-{}", Uuid::now_v7().simple()))
                    .backend(
                        $storage::<Wake>::new(&pool)
                            .with_config(config(names::WAKE))
                            .poll_with_strategy(strategy()),
                    )
                    .data(shared.clone())
                    .build(wake)
            })
            .register(move |n| {
                WorkerBuilder::new(format!("tick-{n}-{owner2}-{}", Uuid::now_v7().simple()))
                    .backend(
                        $storage::<Tick>::new(&pool2)
                            .with_config(config(TICK))
                            .poll_with_strategy(strategy()),
                    )
                    .data(shared2.clone())
                    .build(tick)
            })
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
    let ensured = names::enqueue_unless_pending(&shared.system, TICK, b"null", Duration::ZERO);
    if let Err(error) = ensured.await {
        tracing::error!(%error, "the job queue is not set up; ticks do not run");
        return;
    }
    // apalis would start a worker again at once, over and over while the database refuses. Here
    // all of them end, and `supervise` starts them again after a pause that grows.
    let ended = shared.closing.child_token();
    let (stop, failed) = (ended.clone(), ended.clone());
    let signal = async move {
        stop.cancelled().await;
        Ok(())
    };
    let ticking = keep_ticking(shared.system.clone(), ended.clone());
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
                failed
            );
            monitor.run_with_signal(signal).await
        };
        ended.cancel();
        result
    };
    let (result, ()) = tokio::join!(working, ticking);
    if let Err(error) = result {
        tracing::warn!(%error, "the job queue ended with an error");
    }
}

/// Each tick asks for the next one, and gives up after a few tries. While the database refuses to
/// write the chain may break; here it is begun anew.
async fn keep_ticking(system: SystemCtx, ended: CancellationToken) {
    while ended
        .run_until_cancelled(time::sleep(TICKS_LATE))
        .await
        .is_some()
    {
        let ensured = names::enqueue_unless_pending(&system, TICK, b"null", Duration::ZERO);
        if let Err(error) = ensured.await {
            tracing::warn!(%error, "the next tick could not be asked for; trying again");
        }
    }
}
