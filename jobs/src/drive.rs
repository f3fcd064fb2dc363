//! Drives one claimed run, and finishes, parks or releases it.

#![allow(
    clippy::disallowed_methods,
    reason = "the database's time, which on SQLite is this process's"
)]

mod earlier;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use domain::{
    AppError,
    host::{Claimed, History, MAX_DEATHS},
    pipelines,
};
use engine::{
    Value,
    limits::Grant,
    plan::Plan,
    run::{
        Event, Failure, JournalError, Outcome, RunHost, RunSpec, Signal, artifact_bytes,
        artifact_ref, drive, load_artifacts,
    },
};
use futures::FutureExt as _;
use tokio::{
    select,
    sync::{OwnedSemaphorePermit, mpsc},
    time::{self, Instant},
};
use tracing::Instrument as _;
use types::{ErrorCode, OrgId, PipelineVersionId};

use crate::{chunks::Chunks, quarantine, shared::Shared, slots::Slot};
use earlier::Held;

/// How long a run waits after a transient error.
const LATER: Duration = Duration::from_secs(1);
/// The time limit for reading a version.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a run with a journal of a newer version waits before it is claimed again.
const NEWER: Duration = Duration::from_secs(30);

/// Why a claimed run is not driven.
enum NotDriven {
    /// The run fails.
    Fail(Failure),
    /// The run is given back and can be claimed again after this time; with the reason, for the
    /// log.
    Later(Duration, String),
}

/// What a claimed run needs to be driven.
struct Ready {
    spec: RunSpec,
    history: Vec<Event>,
    /// The results of an earlier run that it takes over.
    earlier: Option<Held>,
}

/// Drives the run until it is finished, parked, stopped or lost.
pub async fn run(
    shared: &Shared,
    mut run: Claimed,
    alone: Option<OwnedSemaphorePermit>,
    slot: Arc<Slot>,
) {
    let lease = run.lease.clone();
    let span = tracing::info_span!("run", run = %lease.run, org = %lease.org, epoch = lease.epoch);
    async {
        let taken = std::mem::replace(&mut run.signals, mpsc::channel(1).1);
        match prepare(shared, &run).await {
            Ok(ready) => {
                let outcome = watch(shared, &run, ready, taken, alone, slot).await;
                settle(shared, &run, outcome).await;
            }
            Err(NotDriven::Fail(cause)) => fail(shared, &run, cause).await,
            Err(NotDriven::Later(after, why)) => {
                tracing::warn!(why, ?after, "giving back the run");
                let now = shared.system.app.clock().now();
                shared.host.release(&lease, Some(now + after));
            }
        }
    }
    .instrument(span)
    .await;
}

/// Loads everything that is needed to drive the run.
async fn prepare(shared: &Shared, run: &Claimed) -> Result<Ready, NotDriven> {
    if run.deaths_alone >= MAX_DEATHS {
        return Err(NotDriven::Fail(failure(
            ErrorCode::WorkerDied,
            format!(
                "The worker died {MAX_DEATHS} times while this run was the only one it drove. Look for \
                 the stage that started last: it may need more memory than the worker has."
            ),
        )));
    }
    if run.signalled {
        // Before anything starts, so that a run that was cancelled in the queue starts no stage.
        let delivered = shared
            .host
            .deliver_signals(std::slice::from_ref(&run.lease))
            .await;
        delivered.map_err(|error| NotDriven::Later(LATER, error.to_string()))?;
    }
    let plan = plan(shared, run.lease.org, run.version).await?;
    let mut history = match shared.host.history(run).await {
        Ok(History::Events(events)) => events,
        Ok(History::Newer(what)) => {
            return Err(NotDriven::Later(
                NEWER,
                format!("the journal was written by a newer version of FlowMason: {what}"),
            ));
        }
        Ok(History::Damaged(why)) => {
            return Err(NotDriven::Fail(failure(ErrorCode::JournalFailed, why)));
        }
        Err(error) => return Err(NotDriven::Later(LATER, error.to_string())),
    };
    if !history.is_empty() {
        let artifacts = shared.host.artifacts(&run.lease);
        let _room = room_for(shared, run, artifact_bytes(&history)).await?;
        load_artifacts(&mut history, &*artifacts)
            .await
            .map_err(|e| NotDriven::Fail(failure(e.code(), e.to_string())))?;
        tracing::info!(
            events = history.len(),
            crashes = run.crashes,
            "resuming the run"
        );
    }
    // A resumed run has its input in its journal.
    let input = match history.is_empty() {
        true => input(shared, run).await?,
        false => Value::Null,
    };
    let earlier = earlier::results(shared, run, &history).await?;
    Ok(Ready {
        spec: RunSpec {
            run_id: run.lease.run,
            plan,
            input,
            timeout: None,
        },
        history,
        earlier,
    })
}

/// Loads the input of a new run. A large input is stored as an artifact.
async fn input(shared: &Shared, run: &Claimed) -> Result<Value, NotDriven> {
    let refused = |why: String| {
        NotDriven::Fail(failure(
            ErrorCode::Internal,
            format!("The run's input could not be read: {why}"),
        ))
    };
    let input = Value::parse_json(&run.input).map_err(|e| refused(e.to_string()))?;
    let Some(stored) = artifact_ref(&input) else {
        return Ok(input);
    };
    let bytes = usize::try_from(stored.size).unwrap_or(usize::MAX);
    let _room = room_for(shared, run, bytes).await?;
    let artifacts = shared.host.artifacts(&run.lease);
    let body = artifacts.get(&stored.sha256).await;
    // `get` retries during an outage, so an error here is final.
    let body = body.map_err(|e| refused(e.to_string()))?;
    Value::parse_json_bytes(&body).map_err(|e| refused(e.to_string()))
}

/// Waits until there is memory for a run's artifacts. The loaded values are then counted in the
/// run's own account.
async fn room_for(shared: &Shared, run: &Claimed, bytes: usize) -> Result<Grant, NotDriven> {
    let memory = shared.shares.run(run.lease.org.0.as_u128()).memory;
    // For the text and for the values parsed from it.
    let bytes = bytes.saturating_mul(2).min(memory.limit());
    let patience = shared.settings.limits.memory_wait;
    let room = memory.room(bytes, patience).await;
    room.map_err(|full| NotDriven::Later(LATER, full.to_string()))
}

/// The compiled form of a version of an organization.
async fn plan(
    shared: &Shared,
    org: OrgId,
    version: PipelineVersionId,
) -> Result<Arc<Plan>, NotDriven> {
    let refused = |error: AppError| match error.code {
        ErrorCode::Unavailable | ErrorCode::StorageFull => {
            NotDriven::Later(LATER, error.to_string())
        }
        code => NotDriven::Fail(failure(
            code,
            format!("The run's version could not be loaded: {error}"),
        )),
    };
    // The API's connections may hang. The run must not hang with them while its lease is renewed.
    let compiled = pipelines::compiled_for(&shared.system, org, version);
    let compiled = time::timeout(PATIENCE, compiled)
        .await
        .map_err(|_| {
            NotDriven::Later(
                LATER,
                "the run's version could not be read in time".to_owned(),
            )
        })?
        .map_err(refused)?;
    compiled.plan().map_err(|error| refused(error.into()))
}

/// Drives the run, and stops at once when the lease is lost or the worker aborts its runs.
async fn watch(
    shared: &Shared,
    run: &Claimed,
    ready: Ready,
    signals: mpsc::Receiver<Signal>,
    alone: Option<OwnedSemaphorePermit>,
    slot: Arc<Slot>,
) -> Outcome {
    let app = &shared.system.app;
    let lease = &run.lease;
    let mut host = RunHost::new(
        shared.host.journal(lease),
        shared.host.artifacts(lease),
        app.clock().clone(),
    );
    host.resources = shared.resources.clone();
    host.share = shared.shares.run(lease.org.0.as_u128());
    host.rest = Some(Arc::new(move || slot.rest()));
    let Ready {
        spec,
        history,
        earlier,
    } = ready;
    host.earlier = earlier.as_ref().map(|held| held.results.clone());
    host.live = Some(Chunks::taker(lease.run, app.live()));
    // If a later run must be alone in the worker, this token stops the earlier ones.
    let cut = shared.cut.lock().clone();
    let room = if run.must_be_alone() {
        quarantine::make_room(shared, run).await
    } else {
        None
    };
    let driven = AssertUnwindSafe(drive(spec, host, history, signals)).catch_unwind();
    let cleared = async {
        // A suspect that completes a stage is no longer a suspect, so the next one may be claimed.
        if let Some(alone) = alone {
            quarantine::until_cleared(shared, run, room).await;
            drop(alone);
            shared.wake.notify_one();
        }
        std::future::pending::<()>().await;
    };
    select! {
        outcome = driven => match outcome {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Failed(JournalError::Failed(
                "a bug in FlowMason stopped this run".to_owned(),
            )),
        },
        error = lease.lost() => match error {
            JournalError::Fenced => Outcome::Fenced,
            failed => Outcome::Failed(failed),
        },
        () = shared.abort.cancelled() => Outcome::Stopped,
        () = cut.cancelled(), if !run.must_be_alone() => Outcome::Stopped,
        () = cleared => Outcome::Stopped,
    }
}

async fn settle(shared: &Shared, run: &Claimed, outcome: Outcome) {
    match outcome {
        Outcome::Finished(result) => {
            tracing::info!(status = result.status.as_str(), "the run finished");
        }
        Outcome::Parked { wake_at } => {
            shared.host.park(&run.lease, wake_at);
            let left = shared.system.app.clock().until(wake_at);
            let due = Instant::now() + left + Duration::from_millis(2);
            let mut next = shared.next_due.lock();
            *next = Some(next.map_or(due, |next| next.min(due)));
        }
        Outcome::Stopped => shared.host.release(&run.lease, None),
        Outcome::Fenced => {
            run.lease.fence();
            shared.host.leases().remove(&run.lease);
        }
        Outcome::Failed(error) => {
            let cause = failure(ErrorCode::JournalFailed, error.to_string());
            if let Err(error) = shared.host.fail_refused(run, cause).await {
                tracing::error!(%error, "a run whose journal was refused could not be marked as failed");
                let now = shared.system.app.clock().now();
                shared.host.release(&run.lease, Some(now + LATER));
            }
        }
    }
}

async fn fail(shared: &Shared, run: &Claimed, cause: Failure) {
    tracing::warn!(code = %cause.code, cause = cause.message, "the run cannot be driven and fails");
    if let Err(error) = shared.host.fail(run, cause).await {
        tracing::error!(%error, "a run could not be marked as failed");
    }
}

fn failure(code: ErrorCode, message: String) -> Failure {
    Failure {
        code,
        message,
        stage: None,
    }
}
