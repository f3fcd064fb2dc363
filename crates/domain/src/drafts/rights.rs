//! Who may change a draft.

use types::PipelineId;
use uuid::Uuid;

use super::repo;
use crate::{
    Ctx, Tx,
    access::{Permission, PermissionSet},
    error::Result,
    organizations,
};

/// Checks that the caller may change the draft of a pipeline. Whoever changes it gets its text and the
/// changes of others in the answer, so they must be allowed to read it, too.
pub async fn may_change(ctx: &Ctx, pipeline: PipelineId) -> Result<()> {
    ctx.authorize_on(Permission::PipelineRead, pipeline).await?;
    ctx.authorize_on(Permission::PipelineWrite, pipeline).await
}

/// Begins the transaction of a change that was allowed by [`may_change`], and reads the caller's session and
/// rights again: those of the request may be a moment old, because a change waits for its turn and is
/// computed before.
///
/// # Errors
/// `UNAUTHENTICATED` if the session has ended; `FORBIDDEN`, with an audit row, if the caller no longer has
/// the permissions.
pub async fn begin(ctx: &Ctx, pipeline: PipelineId) -> Result<Tx> {
    let tx = ctx.begin().await?;
    organizations::hold_caller(&tx, ctx).await?;
    let actor = (ctx.actor.kind, ctx.actor.id.unwrap_or(Uuid::nil()));
    let rights = organizations::rights_now(&tx, ctx.clock(), ctx.org, actor).await?;
    let rights = rights.unwrap_or_else(|| PermissionSet::NONE.into());
    let needed = PermissionSet::from_iter([Permission::PipelineRead, Permission::PipelineWrite]);
    let mut missing = needed.without(rights.at(pipeline, None, None));
    if !missing.is_empty() && !missing.exceeds(rights.by_folders()) {
        let folder = repo::folder_in(&tx, ctx, pipeline).await?;
        missing = needed.without(rights.at(pipeline, folder, None));
    }
    let Some(permission) = missing.iter().next() else {
        return Ok(tx);
    };
    // The refusal is written in a separate transaction, which would wait for this one.
    tx.rollback().await?;
    let message = format!(
        "This requires the permission `{permission}`, which you lost a moment ago; reload the page to see \
         your role"
    );
    Err(ctx.refuse(permission, message).await)
}
