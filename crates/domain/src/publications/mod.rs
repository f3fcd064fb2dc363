//! Publishing versions of pipelines to environments, and which version runs there.
//!
//! Development runs any version. In staging and production only the published version runs: the
//! newest publication, whose history is kept. If the organization wants a second person for production
//! (`second_person`), publishing there makes a request first, which somebody else decides (`decide`).

mod changes;
mod decide;
pub mod entity;
mod error;
mod expire;
pub mod job;
mod letters;
mod publish;
mod repo;
mod second_person;
mod status;
#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};
use types::{PipelineId, PipelineVersionId, PublicationId};
use uuid::Uuid;

pub use changes::{Against, Comparison, run_plan_changes};
pub use decide::{approve, refuse};
pub use error::PublicationError;
pub use expire::expire;
pub use publish::publish;
pub use second_person::{needs_second_person, set_second_person};
pub use status::PublicationStatus;

use crate::{
    Ctx,
    access::{Environment, Permission, PermissionSet},
    ctx::ActorKind,
    error::{AppError, Result},
    pipelines::{Author, PipelineError},
};

/// How long a request waits for a second person.
pub const WAITS: TimeDelta = TimeDelta::days(7);

/// What somebody needs, in production, to decide about a request.
const TO_DECIDE: [Permission; 2] = Permission::TO_DECIDE;

/// A version of a pipeline that is or was published to an environment, or the request for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The publication's id.
    pub id: PublicationId,
    /// The pipeline.
    pub pipeline: PipelineId,
    /// The environment.
    pub environment: Environment,
    /// The version.
    pub version: PipelineVersionId,
    /// The version's number in its pipeline.
    pub version_number: i32,
    /// The status.
    pub status: PublicationStatus,
    /// Who published or requested it.
    pub requested_by: Author,
    /// The person who published or requested it, or who created the API key that did; `None` if nobody
    /// can be named.
    pub requested_by_person: Option<Uuid>,
    /// When it was requested; without a second person, when it was published.
    pub requested_at: DateTime<Utc>,
    /// When the request expires; `None` unless it waits.
    pub expires_at: Option<DateTime<Utc>>,
    /// The name of the second person, who approved or refused it.
    pub decided_by: Option<String>,
    /// When it was published or refused.
    pub decided_at: Option<DateTime<Utc>>,
}

impl Publication {
    /// Reads a row. `now` decides whether a request has expired.
    fn of(row: entity::Model, now: DateTime<Utc>) -> Result<Self> {
        let unknown = |what: &str| AppError::internal(format!("publication {}: {what}", row.id));
        let stored = PublicationStatus::parse(&row.status).ok_or_else(|| unknown(&row.status))?;
        let environment = Environment::parse(&row.environment);
        let kind = ActorKind::parse(&row.requested_by_kind);
        let expires_at = row.requested_at + WAITS;
        let status = match stored {
            PublicationStatus::Requested if expires_at <= now => PublicationStatus::Expired,
            stored => stored,
        };
        Ok(Self {
            id: PublicationId(row.id),
            pipeline: PipelineId(row.pipeline_id),
            environment: environment.ok_or_else(|| unknown(&row.environment))?,
            version: PipelineVersionId(row.version_id),
            version_number: row.version_number,
            status,
            requested_by: Author {
                kind: kind.ok_or_else(|| unknown(&row.requested_by_kind))?,
                name: row.requested_by_name,
            },
            requested_by_person: row.requested_by_person,
            requested_at: row.requested_at,
            expires_at: (status == PublicationStatus::Requested).then_some(expires_at),
            decided_by: row.decided_by_name,
            decided_at: row.decided_at,
        })
    }

    /// Whether the caller is the person who requested it, perhaps with an API key, and therefore cannot
    /// approve it.
    pub fn is_requested_by(&self, ctx: &Ctx) -> bool {
        let person = ctx.actor.id.filter(|_| ctx.actor.kind == ActorKind::User);
        person.is_some() && self.requested_by_person == person
    }

    /// What the audit log says about it.
    fn detail(&self) -> Json {
        json!({ "pipeline": self.pipeline, "environment": self.environment,
            "version": self.version_number })
    }
}

/// A pipeline's publications and requests, newest first, at most 100: to one environment or to all.
pub async fn of_pipeline(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Option<Environment>,
) -> Result<Vec<Publication>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    if !ctx.can_read(Permission::PipelineRead, pipeline).await? {
        return Ok(Vec::new());
    }
    all(ctx, repo::of_pipeline(ctx, pipeline, environment).await?)
}

/// The publication whose version runs in an environment; `None` if there is none.
pub async fn current(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
) -> Result<Option<Publication>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    if !ctx.can_read(Permission::PipelineRead, pipeline).await? {
        return Ok(None);
    }
    let row = repo::current(ctx, pipeline, environment).await?;
    let now = ctx.clock().now();
    row.map(|row| Publication::of(row, now)).transpose()
}

/// Those publications whose versions run in environments, of several pipelines, in no order.
pub async fn current_of(ctx: &Ctx, pipelines: &[PipelineId]) -> Result<Vec<Publication>> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    let seen = ctx.readable(Permission::PipelineRead, pipelines).await?;
    if seen.is_empty() {
        return Ok(Vec::new());
    }
    let ids = pipelines.iter().filter(|id| seen.contains(*id));
    let ids: Vec<Uuid> = ids.map(|id| id.0).collect();
    all(ctx, repo::current_of(ctx, &ids).await?)
}

/// The requests that wait for a second person and that the caller has the permissions to decide, on the
/// pipeline, its folder, in production or in the organization; and those that the caller made. Newest
/// first, at most 100: a pipeline has one request at a time.
pub async fn requests(ctx: &Ctx) -> Result<Vec<Publication>> {
    ctx.authorize_anywhere(Permission::ProductionUse).await?;
    let environment = Environment::Production;
    let own = ctx.rights.environments.of(environment);
    let own = own.or(ctx.rights.permissions);
    let shown = repo::Shown {
        lacking: PermissionSet::from_iter(TO_DECIDE).without(own),
        rights: &ctx.rights,
        person: ctx.actor.id.filter(|_| ctx.actor.kind == ActorKind::User),
        since: ctx.clock().now() - WAITS,
    };
    all(ctx, repo::requested(ctx, &shown).await?)
}

/// One publication.
pub async fn get(ctx: &Ctx, id: PublicationId) -> Result<Publication> {
    ctx.authorize_anywhere(Permission::PipelineRead).await?;
    let found = find(ctx, id).await?;
    match ctx
        .can_read(Permission::PipelineRead, found.pipeline)
        .await?
    {
        true => Ok(found),
        false => Err(PublicationError::NotFound.into()),
    }
}

async fn find(ctx: &Ctx, id: PublicationId) -> Result<Publication> {
    let row = repo::find(ctx, id).await?;
    Publication::of(row.ok_or(PublicationError::NotFound)?, ctx.clock().now())
}

fn all(ctx: &Ctx, rows: Vec<entity::Model>) -> Result<Vec<Publication>> {
    let now = ctx.clock().now();
    let all = rows.into_iter().map(|row| Publication::of(row, now));
    all.collect()
}

/// What a run in an environment executes.
pub(crate) struct Target {
    /// The pipeline's name.
    pub pipeline_name: String,
    /// The version.
    pub version: PipelineVersionId,
}

/// The published version, for a start. `asked` is the version that the caller named, if any. The
/// caller has authorized.
///
/// # Errors
/// `NOT_PUBLISHED` if there is none, or another one was asked for.
pub(crate) async fn target(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
    asked: Option<i32>,
) -> Result<Target> {
    let (row, version, published) = published(ctx, pipeline, environment).await?;
    match asked {
        Some(asked) if asked != published => Err(PublicationError::OtherPublished {
            environment,
            published,
            asked,
        }
        .into()),
        _ => Ok(Target {
            pipeline_name: row.pipeline_name,
            version: PipelineVersionId(version),
        }),
    }
}

/// Checks that a version still is the published one, for a retry. The caller has authorized.
///
/// # Errors
/// `NOT_PUBLISHED` if it is not.
pub(crate) async fn require_published(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
    version: PipelineVersionId,
) -> Result<()> {
    let (_, current, published) = self::published(ctx, pipeline, environment).await?;
    match current == version.0 {
        true => Ok(()),
        false => Err(PublicationError::NoLongerPublished {
            environment,
            published,
        }
        .into()),
    }
}

/// The pipeline, with the id and the number of the published version.
async fn published(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
) -> Result<(repo::TargetRow, Uuid, i32)> {
    let row = repo::target(ctx, pipeline, environment).await?;
    let row = row.ok_or(PipelineError::NotFound)?;
    if row.deleted_at.is_some() {
        return Err(PipelineError::Deleted.into());
    }
    match (row.version_id, row.version_number) {
        (Some(version), Some(number)) => Ok((row, version, number)),
        _ => Err(PublicationError::NonePublished(environment).into()),
    }
}
