//! The last requests of identity providers: changes, and what was refused with its reason, so that
//! the administrator sees why somebody was not provisioned.

pub mod entity;
mod repo;

use chrono::{DateTime, Utc};
use types::ScimRequestId;

use super::Provisioner;
use crate::{Ctx, access::Permission, error::Result};

/// The number of requests that are kept.
pub const KEPT: u64 = 200;

/// A request of an identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimRequest {
    /// The request's id.
    pub id: ScimRequestId,
    /// The name of the token.
    pub token: String,
    /// When it was.
    pub at: DateTime<Utc>,
    /// The method.
    pub method: String,
    /// The path below the base address, with the query.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// Why it was refused.
    pub problem: Option<String>,
}

impl From<entity::Model> for ScimRequest {
    fn from(row: entity::Model) -> Self {
        Self {
            id: ScimRequestId(row.id),
            token: row.token_name,
            at: row.at,
            method: row.method,
            path: row.path,
            status: u16::try_from(row.status).unwrap_or_default(),
            problem: row.problem,
        }
    }
}

/// The last requests, newest first.
pub async fn list_scim_requests(ctx: &Ctx) -> Result<Vec<ScimRequest>> {
    ctx.authorize(Permission::SsoManage).await?;
    let rows = repo::newest(ctx, KEPT).await?;
    Ok(rows.into_iter().map(ScimRequest::from).collect())
}

/// Records a request. `problem` is why it was refused.
pub async fn record(
    provisioner: &Provisioner,
    (method, path): (&str, &str),
    status: u16,
    problem: Option<&str>,
) -> Result<()> {
    let ctx = &provisioner.ctx;
    // The path and the problem may have anything of the request in them.
    let short = |text: &str, most| -> String {
        let visible = text.chars().filter(|c| !c.is_control());
        visible.take(most).collect()
    };
    let row = entity::Model {
        id: ScimRequestId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        token_id: provisioner.token.0,
        token_name: ctx.actor.name.to_string(),
        at: ctx.clock().now(),
        method: short(method, 10),
        path: short(path, 300),
        status: i64::from(status),
        problem: problem.map(|text| short(text, 500)),
    };
    let tx = ctx.begin().await?;
    repo::insert(&tx, &row).await?;
    repo::forget_old(&tx, ctx.org, KEPT).await?;
    Ok(tx.commit().await?)
}
