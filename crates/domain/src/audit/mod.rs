//! The audit log: a row in the transaction of each change, chained by hash afterwards.
//!
//! Rows are written unsealed, so that the writes of one organization do not queue behind its
//! chain; the sealer gives them their places within a second.

pub mod entity;
mod seal;
#[cfg(test)]
mod tests;

use sea_orm::{DbErr, QueryOrder, QuerySelect};
use serde_json::Value as Json;
use types::OrgId;

pub use seal::{Broken, seal_once, verify};

use crate::{Ctx, access::Permission, ctx::Actor, db::Tx, error::Result, tenancy::OrgEntity};

/// What is written: who and when come from the context.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// What was done (`run.start`).
    pub action: &'a str,
    /// To what kind of thing.
    pub object_kind: &'a str,
    /// To which one, as its id stands outside.
    pub object_id: String,
    /// More, as JSON. Never a secret.
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

pub(crate) const INSERT: &str = "INSERT INTO audit (id, org_id, at, actor_kind, actor_id, \
     actor_name, action, object_kind, object_id, detail, request_id) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Writes a row in the change's own transaction.
pub async fn write(tx: &Tx, ctx: &Ctx, entry: Entry<'_>) -> Result<(), DbErr> {
    write_for(tx, ctx, ctx.org, &ctx.actor, entry).await
}

/// As [`write`], for another organization or actor than the context's (a new organization, a
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
    let values: [sea_orm::Value; 11] = [
        clock.new_uuid().into(),
        org.0.into(),
        clock.now().into(),
        actor.kind.as_str().into(),
        actor.id.into(),
        actor.name.to_string().into(),
        entry.action.into(),
        entry.object_kind.into(),
        entry.object_id.into(),
        entry.detail.to_string().into(),
        request_id.into(),
    ];
    tx.execute(INSERT, values).await?;
    Ok(())
}

/// The newest rows of the organization's log.
pub async fn list(ctx: &Ctx, limit: u64) -> Result<Vec<entity::Model>> {
    ctx.authorize(Permission::AuditRead).await?;
    let select = entity::Entity::in_org(ctx)
        .order_by_desc(entity::Column::Id)
        .limit(limit.min(1_000));
    Ok(ctx.all(select).await?)
}
