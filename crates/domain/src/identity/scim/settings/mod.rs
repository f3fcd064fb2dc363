//! The settings of provisioning, and its state in numbers.

pub mod entity;
mod repo;

use serde_json::json;

use super::base_url;
use crate::{
    Ctx, Tx,
    access::{Permission, Role, stored},
    audit::{self, Entry},
    error::{AppError, Result},
};

/// The role of people whose groups give none, until it is changed.
const USUAL: Role = Role::Viewer;

/// How provisioning is set up, and how much was provisioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisioning {
    /// The address to enter at the identity provider.
    pub base_url: String,
    /// The role of people whose groups give none.
    pub default_role: Role,
    /// The number of users that are active.
    pub active: u64,
    /// The number of users that are not active.
    pub inactive: u64,
    /// The number of active users who are not members yet.
    pub waiting: u64,
}

/// How provisioning is set up.
pub async fn provisioning(ctx: &Ctx) -> Result<Provisioning> {
    ctx.authorize(Permission::SsoManage).await?;
    let row = repo::find(ctx).await?;
    let (active, inactive, waiting) = repo::counts(ctx).await?;
    Ok(Provisioning {
        base_url: base_url(&ctx.app),
        default_role: role(row)?,
        active,
        inactive,
        waiting,
    })
}

/// Changes the role of people whose groups give none. Those who are members keep theirs.
pub async fn change_provisioning(ctx: &Ctx, role: Role) -> Result<Provisioning> {
    ctx.authorize_person(Permission::SsoManage).await?;
    ctx.require_fresh_proof()?;
    may_give(ctx, "defaultRole", role).await?;
    let tx = ctx.begin().await?;
    repo::upsert(&tx, ctx.org, role).await?;
    let detail = json!({ "defaultRole": role.as_str() });
    let entry = Entry::new("provisioning.update", "organization", ctx.org).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    provisioning(ctx).await
}

/// The role of people whose groups give none, in the transaction that gives it.
pub(super) async fn default_role(tx: &Tx, ctx: &Ctx) -> Result<Role> {
    role(repo::find_in(tx, ctx).await?)
}

fn role(row: Option<entity::Model>) -> Result<Role> {
    let Some(row) = row else {
        return Ok(USUAL);
    };
    let role = stored::built_in(&row.default_role)?;
    match role {
        Role::Owner => Err(AppError::internal("provisioning gives the role owner")),
        role => Ok(role),
    }
}

/// Refuses a role that no group, or not this caller, may give.
pub(super) async fn may_give(ctx: &Ctx, field: &str, role: Role) -> Result<()> {
    if role == Role::Owner {
        let problem = "the role owner is not given by an identity provider; an owner transfers it";
        return Err(AppError::invalid(field, problem));
    }
    let (permissions, own) = (role.permissions(), ctx.rights.permissions);
    if !permissions.exceeds(own) {
        return Ok(());
    }
    let what = format!("the role {role}");
    Err(ctx
        .refuse_more(Permission::SsoManage, field, &what, permissions, own)
        .await)
}
