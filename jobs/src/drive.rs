//! Drives one claimed run and finishes, parks or releases it.

#![allow(
    clippy::disallowed_methods,
    reason = "the database's time, which on SQLite is this process's"
)]

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
use types::ErrorCode;

use crate::{chunks::Chunks, quarantine, shared::Shared, slots::Slot};

/// How long a run waits after a transient error.
const LATER: Duration = Duration::from_secs(1);
/// How long reading a version may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a run that needs a newer program waits before it is claimed again.
const NEWER: Duration = Duration::from_secs(30);

/// How a claim ends when the run cannot be driven at all.
enum NotDriven {
    /// The run ends.
    Fail(Failure),
    /// The run is given back for this long, for this reason.
    Later(Duration, String),
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
            Ok((spec, history)) => {
                let outcome = watch(shared, &run, spec, history, taken, alone, slot).await;
                settle(shared, &run, outcome).await;
            }
            Err(NotDriven::Fail(cause)) => fail(shared, &run, cause).await,
            Err(NotDriven::Later(after, why)) => {
                tracing::warn!(why, ?after, "the run is given back");
                let now = shared.system.app.clock().now();
                shared.host.release(&lease, Some(now + after));
            }
        }
    }
    .instrument(span)
    .await;
}

/// Everything that driving needs.
async fn prepare(shared: &Shared, run: &Claimed) -> Result<(RunSpec, Vec<Event>), NotDriven> {
    if run.deaths_alone >= MAX_DEATHS {
        return Err(NotDriven::Fail(failure(
            ErrorCode::WorkerDied,
            format!(
                "Its worker died {MAX_DEATHS} times while nothing but this run was on it. Look for \
                 the stage that began last: it may need more memory than there is."
            ),
        )));
    }
    if run.signalled {
        // Before anything starts, so that a run cancelled in the queue does nothing.
        let delivered = shared
            .host
            .deliver_signals(std::slice::from_ref(&run.lease))
            .await;
        delivered.map_err(|error| NotDriven::Later(LATER, error.to_string()))?;
    }
    let plan = plan(shared, run).await?;
    let mut history = match shared.host.history(run).await {
        Ok(History::Events(events)) => events,
        Ok(History::Newer(what)) => {
            return Err(NotDriven::Later(
                NEWER,
                format!("its journal was written by a newer program: {what}"),
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
            "the run is resumed"
        );
    }
    // A resumed run has its input in its journal.
    let input = match history.is_empty() {
        true => input(shared, run).await?,
        false => Value::Null,
    };
    Ok((
        RunSpec {
            run_id: run.lease.run,
            plan,
            input,
            timeout: None,
        },
        history,
    ))
}

/// The input of a run that begins; a large one is an artifact.
async fn input(shared: &Shared, run: &Claimed) -> Result<Value, NotDriven> {
    let refused =
        |why: String| NotDriven::Fail(failure(ErrorCode::Internal, format!("its input: {why}")));
    let input = Value::parse_json(&run.input).map_err(|e| refused(e.to_string()))?;
    let Some(stored) = artifact_ref(&input) else {
        return Ok(input);
    };
    let bytes = usize::try_from(stored.size).unwrap_or(usize::MAX);
    let _room = room_for(shared, run, bytes).await?;
    let artifacts = shared.host.artifacts(&run.lease);
    let body = artifacts.get(&stored.sha256).await;
    // `get` waits for an outage to end, so an error here is final.
    let body = body.map_err(|e| refused(e.to_string()))?;
    Value::parse_json_bytes(&body).map_err(|e| refused(e.to_string()))
}

/// Waits until what a run's artifacts take fits beside what other runs hold. From then on the
/// values count as the run's own.
async fn room_for(shared: &Shared, run: &Claimed, bytes: usize) -> Result<Grant, NotDriven> {
    let memory = shared.shares.run(run.lease.org.0.as_u128()).memory;
    // The text and the values made of it.
    let bytes = bytes.saturating_mul(2).min(memory.limit());
    let patience = shared.settings.limits.memory_wait;
    let room = memory.room(bytes, patience).await;
    room.map_err(|full| NotDriven::Later(LATER, full.to_string()))
}

async fn plan(shared: &Shared, run: &Claimed) -> Result<Arc<Plan>, NotDriven> {
    let refused = |error: AppError| match error.code {
        ErrorCode::Unavailable | ErrorCode::StorageFull => {
            NotDriven::Later(LATER, error.to_string())
        }
        code => NotDriven::Fail(failure(code, format!("its version: {error}"))),
    };
    // The API's connections may hang; the run must not hang with them while its lease is renewed.
    let compiled = pipelines::compiled_for(&shared.system, run.lease.org, run.version);
    let compiled = time::timeout(PATIENCE, compiled)
        .await
        .map_err(|_| NotDriven::Later(LATER, "its version could not be read in time".to_owned()))?
        .map_err(refused)?;
    compiled.plan().map_err(|error| refused(error.into()))
}

/// Drives, and stops at once when the lease is lost or the worker is cut off.
async fn watch(
    shared: &Shared,
    run: &Claimed,
    spec: RunSpec,
    history: Vec<Event>,
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
    host.live = Some(Chunks::taker(lease.run, app.live()));
    // A run that needs the worker for itself later cuts off the earlier ones.
    let cut = shared.cut.lock().clone();
    let room = if run.must_be_alone() {
        quarantine::make_room(shared, run).await
    } else {
        None
    };
    let driven = AssertUnwindSafe(drive(spec, host, history, signals)).catch_unwind();
    let cleared = async {
        // A suspect that finishes a stage is no longer a suspect; the next one may be tried.
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
                "a defect of the program stopped this run".to_owned(),
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
            tracing::info!(status = result.status.as_str(), "the run is finished");
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
                tracing::error!(%error, "a run whose journal failed could not be ended");
                let now = shared.system.app.clock().now();
                shared.host.release(&run.lease, Some(now + LATER));
            }
        }
    }
}

async fn fail(shared: &Shared, run: &Claimed, cause: Failure) {
    tracing::warn!(code = %cause.code, cause = cause.message, "the run is ended");
    if let Err(error) = shared.host.fail(run, cause).await {
        tracing::error!(%error, "a run could not be ended");
    }
}

fn failure(code: ErrorCode, message: String) -> Failure {
    Failure {
        code,
        message,
        stage: None,
    }
}
