//! The second person's decision about a request to publish.
//!
//! Only people decide, and nobody approves what they requested: not with another credential either, so
//! the request of an API key counts as that of the person who created it. Applications request nothing.
//! Approving needs a recent proof of identity, because whoever has stolen a session of the requester may
//! have one of the second person, too. Refusing changes nothing in production, so it needs none.

use engine::trigger::Trigger;
use types::PublicationId;

use super::{Publication, PublicationError, PublicationStatus, entity, find, letters, repo};
use crate::{
    Ctx, Tx,
    access::Permission,
    audit::{self, Entry},
    ctx::ActorKind,
    error::Result,
    organizations,
    pipelines::{self, PipelineError},
    trigger_definitions, webhook_endpoints,
};

/// Approves a request, which publishes the version. Requires a recent proof of identity.
///
/// # Errors
/// `STEP_UP_REQUIRED` if the proof is too old. `FORBIDDEN` for whoever requested it. `CONFLICT` if it was decided already or has expired, or if the
/// person who requested it is no longer a member.
pub async fn approve(ctx: &Ctx, id: PublicationId) -> Result<Publication> {
    let request = authorized(ctx, id).await?;
    ctx.require_fresh_proof()?;
    let tx = ctx.begin().await?;
    // Publications of a pipeline are numbered one after another.
    let pipeline = pipelines::lock(&tx, ctx, request.pipeline).await?;
    if pipeline
        .ok_or(PipelineError::NotFound)?
        .deleted_at
        .is_some()
    {
        return Err(PipelineError::Deleted.into());
    }
    let row = waiting(&tx, ctx, id).await?;
    if row.requested_by_person == ctx.actor.id {
        // The refusal is written in a separate transaction, which would wait for this one.
        tx.rollback().await?;
        let message = "Another person has to approve this, because you requested it, perhaps with an \
             API key of yours; ask somebody with the permissions `pipeline.publish` and \
             `production.use`";
        return Err(ctx
            .refuse(Permission::ProductionUse, message.to_owned())
            .await);
    }
    if let (ActorKind::User, Some(person)) = (request.requested_by.kind, row.requested_by_person) {
        let rights = organizations::rights_of_member(&tx, ctx.clock(), ctx.org, person);
        rights.await?.ok_or(PublicationError::Left)?;
    }
    let current = repo::current_in(&tx, ctx, request.pipeline, request.environment).await?;
    let before = current.and_then(|current| current.ordinal).unwrap_or(0);
    let row = entity::Model {
        ordinal: Some(before + 1),
        ..decided(ctx, row, PublicationStatus::Published)
    };
    // Read from the text: whoever approves needs no permission to read the pipeline.
    let source = repo::source_in(&tx, ctx, request.version).await?;
    let triggers = Trigger::declared_in(&source.unwrap_or_default());
    let place = (request.pipeline, request.environment);
    trigger_definitions::bring(&tx, ctx, place, &triggers).await?;
    written(tx, ctx, row, "publication.approve").await
}

/// Refuses a request. Whoever requested it can withdraw it in this way.
///
/// # Errors
/// `CONFLICT` if it was decided already or has expired.
pub async fn refuse(ctx: &Ctx, id: PublicationId) -> Result<Publication> {
    authorized(ctx, id).await?;
    let tx = ctx.begin().await?;
    let row = waiting(&tx, ctx, id).await?;
    let row = decided(ctx, row, PublicationStatus::Refused);
    written(tx, ctx, row, "publication.refuse").await
}

/// The request, if the caller may decide about it.
async fn authorized(ctx: &Ctx, id: PublicationId) -> Result<Publication> {
    let permission = Permission::PipelinePublish;
    ctx.authorize_anywhere(permission).await?;
    ctx.require_person(permission).await?;
    let request = find(ctx, id).await?;
    ctx.authorize_in(permission, request.pipeline, request.environment)
        .await?;
    Ok(request)
}

/// The request's row, if nobody has decided about it and it has not expired.
async fn waiting(tx: &Tx, ctx: &Ctx, id: PublicationId) -> Result<entity::Model> {
    let row = repo::find_in(tx, ctx, id).await?;
    let row = row.ok_or(PublicationError::NotFound)?;
    match Publication::of(row.clone(), ctx.clock().now())?.status {
        PublicationStatus::Requested => Ok(row),
        PublicationStatus::Expired => Err(PublicationError::Expired.into()),
        status => Err(PublicationError::Decided(status).into()),
    }
}

fn decided(ctx: &Ctx, row: entity::Model, status: PublicationStatus) -> entity::Model {
    entity::Model {
        status: status.as_str().to_owned(),
        decided_by: ctx.actor.id,
        decided_by_name: Some(ctx.actor.name.to_string()),
        decided_at: Some(ctx.clock().now()),
        ..row
    }
}

async fn written(tx: Tx, ctx: &Ctx, row: entity::Model, action: &str) -> Result<Publication> {
    if !repo::decide(&tx, &row).await? {
        // Another transaction decided it in the meantime.
        let id = PublicationId(row.id);
        let now = repo::find_in(&tx, ctx, id).await?;
        let now = now.ok_or(PublicationError::NotFound)?;
        let status = PublicationStatus::parse(&now.status).unwrap_or(PublicationStatus::Refused);
        return Err(PublicationError::Decided(status).into());
    }
    let publication = Publication::of(row.clone(), ctx.clock().now())?;
    letters::to_requester(&tx, ctx, &row, &publication).await?;
    let entry = Entry::new(action, "publication", publication.id).detail(publication.detail());
    audit::write(&tx, ctx, entry).await?;
    if publication.status == PublicationStatus::Published {
        let place = (publication.pipeline, row.environment.as_str());
        let number = row.version_number;
        webhook_endpoints::published(&tx, ctx, publication.id, place, number).await?;
    }
    tx.commit().await?;
    Ok(publication)
}
