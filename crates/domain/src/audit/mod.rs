//! The audit log: each change writes a row in its own transaction; the rows are hash-chained later.
//!
//! Rows are written unsealed, so that the writes of an organization do not wait for its chain. The
//! sealer adds them to the chain about once a second.

pub mod entity;
mod repo;
mod seal;
#[cfg(test)]
mod tests;

use sea_orm::DbErr;
use serde_json::Value as Json;
use types::OrgId;

pub use seal::{Broken, seal_waiting, verify};

use crate::{Ctx, access::Permission, ctx::Actor, db::Tx, error::Result};

/// An entry to write. The actor and the time come from the context.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The action (`run.start`).
    pub action: &'a str,
    /// The kind of the object (`run`).
    pub object_kind: &'a str,
    /// The id of the object, as the API shows it.
    pub object_id: String,
    /// Further facts as JSON. Never a secret.
    pub detail: Json,
}

impl<'a> Entry<'a> {
    /// An entry without details.
    pub fn new(action: &'a str, object_kind: &'a str, object_id: impl ToString) -> Self {
        Self {
            action,
            object_kind,
            object_id: object_id.to_string(),
            detail: Json::Null,
        }
    }

    /// Adds details.
    #[must_use]
    pub fn detail(mut self, detail: Json) -> Self {
        self.detail = detail;
        self
    }
}

/// Writes a row in the transaction of the change.
pub async fn write(tx: &Tx, ctx: &Ctx, entry: Entry<'_>) -> Result<(), DbErr> {
    write_for(tx, ctx, ctx.org, &ctx.actor, entry).await
}

/// Like [`write`], for an organization or actor other than the context's (a new organization, a
/// person who signs in).
pub async fn write_for(
    tx: &Tx,
    ctx: &Ctx,
    org: OrgId,
    actor: &Actor,
    entry: Entry<'_>,
) -> Result<(), DbErr> {
    write_raw(tx, ctx.clock(), org, actor, &ctx.request_id, entry).await
}

pub(crate) async fn write_raw(
    tx: &Tx,
    clock: &types::Clock,
    org: OrgId,
    actor: &Actor,
    request_id: &str,
    entry: Entry<'_>,
) -> Result<(), DbErr> {
    let row = entity::Model {
        id: clock.new_uuid(),
        org_id: org.0,
        at: clock.now(),
        actor_kind: actor.kind.as_str().to_owned(),
        actor_id: actor.id,
        actor_name: actor.name.to_string(),
        action: entry.action.to_owned(),
        object_kind: entry.object_kind.to_owned(),
        object_id: entry.object_id,
        detail: entry.detail.to_string(),
        request_id: request_id.to_owned(),
        seq: None,
        hash: None,
    };
    repo::insert(tx, row).await
}

/// The newest rows of the organization's log, at most 1,000.
pub async fn list(ctx: &Ctx, limit: u64) -> Result<Vec<entity::Model>> {
    ctx.authorize(Permission::AuditRead).await?;
    Ok(repo::newest(ctx, limit.min(1_000)).await?)
}
