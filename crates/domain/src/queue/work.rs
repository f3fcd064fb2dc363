//! The worker's side of jobs: attempts from delivery to end.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use types::{ErrorCode, JobId, OrgId};

use super::{
    ActsAs, JobError, JobStatus, Kind, carrier, entity,
    job::{is_final, queue},
    repo::{self, AttemptResult},
};
use crate::{
    ActingToken, Actor, ActorKind, Ctx, Rights, SystemCtx,
    access::stored,
    error::{AppError, Result},
    live::Message,
};

/// How long the row of a succeeded job is kept.
const SUCCEEDED_RETENTION: Duration = Duration::from_secs(7 * 24 * 3600);
/// The maximum delay between two attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(3600);
/// The attempt limit in apalis: none, because attempts are counted in the job's own row.
const DELIVERIES: i32 = i32::MAX;

/// Finds the rights that the requester of a job has now: `identity::rights_now`. It is a parameter,
/// because `identity` itself enqueues jobs.
pub type RightsNow = for<'a> fn(&'a SystemCtx, OrgId, &'a Actor) -> BoxFuture<'a, Result<Rights>>;

/// The payload in the queue: the job, and the ID of this delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    org: OrgId,
    job: JobId,
    delivery: String,
}

/// A running attempt.
pub struct Running {
    /// The organization and the rights of the job; see [`super::ActsAs`]. The request ID is that of
    /// the request that enqueued the job.
    pub ctx: Ctx,
    /// The job.
    pub id: JobId,
    /// The number of the attempt, from 1.
    pub attempt: i32,
    kind: Kind,
    row: entity::Model,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("kind", &self.kind)
            .field("id", &self.id)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// Inserts a delivery of a job, due after `delay`, in the caller's transaction.
pub(super) async fn deliver(
    tx: &crate::Tx,
    app: &crate::App,
    row: &entity::Model,
    delay: Duration,
) -> Result<(), sea_orm::DbErr> {
    if !super::wake_jobs(app).has_tables(tx).await? {
        // A worker creates the tables later, and then finds that this job has no delivery.
        return Ok(());
    }
    write(
        tx,
        (OrgId(row.org_id), JobId(row.id)),
        &row.kind,
        &row.delivery,
        delay,
    )
    .await?;
    if delay.is_zero() {
        // A hint: the queue is polled as well.
        let (live, queue) = (app.live().clone(), queue(&row.kind));
        tx.after_commit(move || live.publish(Message::JobDue { queue }));
    }
    Ok(())
}

async fn write(
    tx: &crate::Tx,
    (org, job): (OrgId, JobId),
    kind: &str,
    delivery: &str,
    delay: Duration,
) -> Result<(), sea_orm::DbErr> {
    let body = Delivery {
        org,
        job,
        delivery: delivery.to_owned(),
    };
    let body = serde_json::to_vec(&body).map_err(|e| sea_orm::DbErr::Custom(e.to_string()))?;
    repo::carrier::enqueue_as(tx, delivery, &queue(kind), &body, delay, DELIVERIES).await
}

/// Starts the attempt of a delivery. Returns `None` if there is nothing to do, because the job has
/// ended or has a newer delivery. After an error, the delivery must be repeated.
pub async fn begin(
    system: &SystemCtx,
    kind: Kind,
    delivery: &Delivery,
    rights_now: RightsNow,
) -> Result<Option<Arc<Running>>> {
    let key = (delivery.org, delivery.job);
    let now = system.app.clock().now();
    let tx = system.begin_in(&[delivery.org]).await?;
    if !repo::begin(&tx, key, &delivery.delivery, now).await? {
        return Ok(None);
    }
    let row = repo::find_of(system, &tx, key)
        .await?
        .ok_or(JobError::NotFound)?;
    tx.commit().await?;
    let (rights, problem) = match rights(system, kind, &row, rights_now).await {
        Ok(ctx) => (ctx, None),
        Err(error) if is_final(&error) => (system_ctx(system, kind, &row), Some(error)),
        Err(error) => return Err(error),
    };
    let running = Running {
        ctx: rights,
        id: delivery.job,
        attempt: row.attempts,
        kind,
        row,
    };
    if let Some(problem) = problem {
        running.end(Err(problem)).await?;
        return Ok(None);
    }
    if running.attempt > running.row.max_attempts {
        // Every attempt so far died with its process, so none could store an error.
        let died = AppError::new(
            ErrorCode::WorkerDied,
            format!(
                "The worker stopped unexpectedly before the job finished, {} times; find the cause \
                 in the server's log, then retry the job",
                running.attempt - 1
            ),
        );
        running.end(Err(died)).await?;
        return Ok(None);
    }
    Ok(Some(Arc::new(running)))
}

/// The context of a job, with its rights.
async fn rights(
    system: &SystemCtx,
    kind: Kind,
    row: &entity::Model,
    rights_now: RightsNow,
) -> Result<Ctx> {
    let mut ctx = system_ctx(system, kind, row);
    if kind.acts_as == ActsAs::Requester {
        let actor_kind = ActorKind::parse(&row.actor_kind).ok_or_else(|| {
            AppError::internal(format!("unknown actor kind `{}`", row.actor_kind))
        })?;
        let actor = Actor {
            kind: actor_kind,
            id: row.actor_id,
            name: row.actor_name.as_str().into(),
            token: token_of(row)?,
        };
        ctx.rights = rights_now(system, ctx.org, &actor).await?;
        ctx.actor = actor;
    }
    Ok(ctx)
}

/// The token with which an application requested the job.
fn token_of(row: &entity::Model) -> Result<Option<ActingToken>> {
    let Some((family, scopes)) = row.token_family.zip(row.token_scopes.as_deref()) else {
        return Ok(None);
    };
    Ok(Some(ActingToken {
        family: family.into(),
        scopes: stored::of_list(scopes)?,
    }))
}

fn system_ctx(system: &SystemCtx, kind: Kind, row: &entity::Model) -> Ctx {
    Ctx {
        app: system.app.clone(),
        actor: Actor::system(kind.name),
        session: None,
        proved_at: None,
        limited: false,
        org: OrgId(row.org_id),
        rights: Rights::system(),
        request_id: row.request_id.as_str().into(),
    }
}

impl Running {
    /// The payload as JSON.
    pub(super) fn payload(&self) -> &str {
        &self.row.payload
    }

    /// Whether the job fails for good if this attempt fails.
    pub const fn is_last(&self) -> bool {
        self.attempt >= self.row.max_attempts
    }

    /// How long this attempt may take.
    pub fn timeout(&self) -> Duration {
        self.kind.timeout
    }

    /// Stores the progress in the job's own unit, with the total if it is known. Must be called
    /// regularly: the error `CONFLICT` means that another worker took the job over and this attempt
    /// has to stop.
    pub async fn progress(&self, done: u64, total: Option<u64>) -> Result<()> {
        let number = |n| i64::try_from(n).unwrap_or(i64::MAX);
        let progress = (number(done), total.map(number));
        let tx = self.ctx.begin().await?;
        if !repo::progress(&tx, (self.ctx.org, self.id), self.attempt, progress).await? {
            return Err(JobError::Superseded.into());
        }
        Ok(tx.commit().await?)
    }

    /// Stores the result of the attempt. After a transient error, and while attempts are left, the
    /// job is queued again with a delay.
    pub async fn end(&self, result: Result<()>) -> Result<()> {
        let now = self.ctx.clock().now();
        let add = |span| now + chrono::Duration::from_std(span).unwrap_or(chrono::Duration::MAX);
        let Err(error) = result else {
            let left = self.left(JobStatus::Succeeded, now, Some(add(SUCCEEDED_RETENTION)));
            return self.leave(left, None).await;
        };
        let (code, message) = (error.code.as_str(), error.message.as_ref());
        let mut left = if is_final(&error) || self.is_last() {
            tracing::warn!(job = %self.id, kind = self.kind.name, code, message, "a job failed");
            let until = Some(add(self.kind.failed_kept));
            self.left(JobStatus::Failed, now, until)
        } else {
            let pause = self.pause();
            tracing::info!(job = %self.id, kind = self.kind.name, code, ?pause, "a job will be retried");
            self.left(JobStatus::Queued, add(pause), None)
        };
        left.error = Some((code, message));
        let pause = (left.status == JobStatus::Queued).then(|| self.pause());
        self.leave(left, pause).await
    }

    /// Gives the job back because this worker is stopping. The attempt does not count.
    pub async fn give_back(&self) -> Result<()> {
        let mut left = self.left(JobStatus::Queued, self.ctx.clock().now(), None);
        left.more = 1;
        self.leave(left, Some(Duration::ZERO)).await
    }

    fn left(
        &self,
        status: JobStatus,
        at: chrono::DateTime<chrono::Utc>,
        keep_until: Option<chrono::DateTime<chrono::Utc>>,
    ) -> AttemptResult<'_> {
        AttemptResult {
            status,
            error: None,
            delivery: &self.row.delivery,
            run_at: at,
            more: 0,
            ended: keep_until.map(|until| (at, until)),
        }
    }

    /// Stores the state of the job, and the delivery of its next attempt, if there is one.
    async fn leave(&self, left: AttemptResult<'_>, next: Option<Duration>) -> Result<()> {
        let key = (self.ctx.org, self.id);
        let delivery = carrier::new_id();
        let tx = self.ctx.begin().await?;
        let left = match next {
            Some(_) => AttemptResult {
                delivery: &delivery,
                ..left
            },
            None => left,
        };
        if !repo::leave(&tx, key, self.attempt, left).await? {
            tracing::warn!(job = %self.id, "another worker took the job over; this result is discarded");
            return Ok(());
        }
        if let Some(delay) = next {
            write(&tx, key, self.kind.name, &delivery, delay).await?;
        }
        Ok(tx.commit().await?)
    }

    fn pause(&self) -> Duration {
        let tries = self.row.tries.max(1);
        // Counts from the last retry by a person, which starts a new round.
        let round = self.attempt - (self.row.max_attempts - tries).max(0);
        let doubled = 1u32 << u32::try_from(round - 1).unwrap_or(0).min(16);
        self.kind.backoff.saturating_mul(doubled).min(MAX_BACKOFF)
    }
}

/// Creates new deliveries for jobs that have none. Returns how many such jobs there were.
pub async fn redeliver_lost(system: &SystemCtx) -> Result<usize> {
    let tx = system.begin_across().await?;
    let lost = repo::carrier::lost(&tx).await?;
    tx.rollback().await?;
    for job in &lost {
        let key = (OrgId(job.org_id), JobId(job.id));
        let delivery = carrier::new_id();
        let tx = system.begin_in(&[key.0]).await?;
        if repo::redeliver(&tx, key, (&job.delivery, &delivery)).await? {
            let due = repo::find_of(system, &tx, key).await?.map(|row| row.run_at);
            let wait = due.and_then(|due| (due - system.app.clock().now()).to_std().ok());
            write(&tx, key, &job.kind, &delivery, wait.unwrap_or_default()).await?;
            tx.commit().await?;
        }
    }
    Ok(lost.len())
}

/// Deletes finished deliveries and expired jobs.
pub async fn forget(system: &SystemCtx) -> Result<()> {
    repo::carrier::forget(system).await?;
    repo::forget(system).await?;
    Ok(())
}
