//! Publishing a version, or requesting that a second person does.

use std::time::Duration;

use types::{PipelineId, PublicationId};

use super::{Publication, PublicationError, PublicationStatus, WAITS, entity, job, repo};
use crate::{
    Ctx,
    access::{Environment, Permission},
    audit::{self, Entry},
    error::Result,
    mail,
    pipelines::{self, PipelineError},
    queue, trigger_definitions, webhook_endpoints,
};

/// Publishes a version of a pipeline to an environment: its runs there execute this version from now
/// on. An older version can be published again. Publishing the current one changes nothing.
///
/// In production, if the organization wants a second person, this makes a request. It waits for
/// [`WAITS`].
///
/// # Errors
/// `CONFLICT` if a request for the pipeline waits, which could otherwise be approved later and replace
/// what was published since. `FORBIDDEN` for an application that would make a request, because it can act
/// for more than one person.
pub async fn publish(
    ctx: &Ctx,
    pipeline: PipelineId,
    environment: Environment,
    number: i32,
) -> Result<Publication> {
    ctx.authorize_in(Permission::PipelinePublish, pipeline, environment)
        .await?;
    if !environment.is_published_to() {
        return Err(PublicationError::Development.into());
    }
    let version = repo::version(ctx, pipeline, number).await?;
    let version = version.ok_or(PipelineError::VersionNotFound)?;
    // An empty pipeline cannot run. Compiled before the transaction, which blocks others.
    let compiled = pipelines::compiled_by_id(ctx, version).await?;
    compiled.plan()?;
    let tx = ctx.begin().await?;
    let locked = pipelines::lock(&tx, ctx, pipeline).await?;
    if locked.ok_or(PipelineError::NotFound)?.deleted_at.is_some() {
        return Err(PipelineError::Deleted.into());
    }
    let now = ctx.clock().now();
    let current = repo::current_in(&tx, ctx, pipeline, environment).await?;
    let before = current.as_ref().and_then(|current| current.ordinal);
    if let Some(current) = current.filter(|current| current.version_id == version.0) {
        return Publication::of(current, now);
    }
    let production = environment == Environment::Production;
    let waits = production && repo::second_person_in(&tx, ctx.org).await?;
    if production {
        let place = (pipeline, environment);
        if let Some(other) = repo::requested_in(&tx, ctx, place, now - WAITS).await? {
            return Err(PublicationError::Waiting(other.version_number, environment).into());
        }
    }
    let person = repo::person_behind(&tx, ctx).await?;
    if waits && person.is_none() {
        // The refusal is written in a separate transaction, which would wait for this one.
        tx.rollback().await?;
        let message = "An application may not request this, because nobody can tell who has to be the \
             other person; request it in the dashboard or with an API key";
        return Err(ctx
            .refuse(Permission::ProductionUse, message.to_owned())
            .await);
    }
    let (status, action) = match waits {
        true => (PublicationStatus::Requested, "publication.request"),
        false => (PublicationStatus::Published, "publication.publish"),
    };
    let row = entity::Model {
        id: PublicationId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        pipeline_id: pipeline.0,
        environment: environment.as_str().to_owned(),
        version_id: version.0,
        version_number: number,
        status: status.as_str().to_owned(),
        ordinal: (!waits).then(|| before.unwrap_or(0) + 1),
        requested_by_kind: ctx.actor.kind.as_str().to_owned(),
        requested_by_name: ctx.actor.name.to_string(),
        requested_by_person: person,
        requested_at: now,
        decided_by: None,
        decided_by_name: None,
        decided_at: (!waits).then_some(now),
    };
    repo::insert(&tx, &row).await?;
    let publication = Publication::of(row, now)?;
    let entry = Entry::new(action, "publication", publication.id).detail(publication.detail());
    audit::write(&tx, ctx, entry).await?;
    if !waits {
        let triggers = &compiled.pipeline.triggers;
        trigger_definitions::bring(&tx, ctx, (pipeline, environment), triggers).await?;
        let place = (pipeline, environment.as_str());
        webhook_endpoints::published(&tx, ctx, publication.id, place, number).await?;
    }
    if waits && mail::is_on(&ctx.app) {
        let tell = job::TellDeciders {
            publication: publication.id,
        };
        queue::enqueue(&tx, ctx, &tell, Duration::ZERO).await?;
    }
    tx.commit().await?;
    Ok(publication)
}
