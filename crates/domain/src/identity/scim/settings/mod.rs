//! The settings of provisioning, and its state in numbers.

pub mod entity;
mod repo;

use serde_json::json;

use super::base_url;
use crate::{
    Ctx, Tx,
    access::{AssignedRole, Permission, Role},
    audit::{self, Entry},
    error::{AppError, Result},
    organizations::OwnRights,
    roles::{self, RoleChoice},
};

/// The role of people whose groups give none, until it is changed.
const USUAL: Role = Role::Viewer;

/// How provisioning is set up, and how much was provisioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisioning {
    /// The address to enter at the identity provider.
    pub base_url: String,
    /// The role of people whose groups give none.
    pub default_role: AssignedRole,
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
    let choice = choice(repo::find(ctx).await?)?;
    let role = roles::Known::read(ctx).await?.role(choice);
    let (active, inactive, waiting) = repo::counts(ctx).await?;
    Ok(Provisioning {
        base_url: base_url(&ctx.app),
        default_role: role.ok_or_else(no_role)?,
        active,
        inactive,
        waiting,
    })
}

/// Changes the role of people whose groups give none. Those who are members keep theirs.
pub async fn change_provisioning(ctx: &Ctx, role: impl Into<RoleChoice>) -> Result<Provisioning> {
    ctx.authorize_person(Permission::SsoManage).await?;
    let choice = role.into();
    ctx.require_fresh_proof()?;
    not_owner("defaultRole", choice)?;
    let change = OwnRights::lock(ctx, Permission::SsoManage).await?;
    let role = roles::chosen(&change.tx, ctx, choice).await?;
    let what = format!("the role {role}");
    let permissions = role.permissions();
    let OwnRights { tx, .. } = change.gives(ctx, "defaultRole", &what, permissions).await?;
    let before = default_role(&tx, ctx).await?;
    repo::upsert(&tx, ctx.org, choice).await?;
    let detail = json!({ "defaultRole": role.to_string(), "before": before.to_string() });
    let entry = Entry::new("provisioning.update", "organization", ctx.org).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    provisioning(ctx).await
}

/// The role of people whose groups give none, in the transaction that gives it.
pub(super) async fn default_role(tx: &Tx, ctx: &Ctx) -> Result<AssignedRole> {
    let choice = choice(repo::find_in(tx, ctx).await?)?;
    let role = roles::still(tx, &ctx.app, ctx.org, choice).await?;
    role.ok_or_else(no_role)
}

fn choice(row: Option<entity::Model>) -> Result<RoleChoice> {
    let Some(row) = row else {
        return Ok(USUAL.into());
    };
    match RoleChoice::of_columns(&row.default_role, row.default_role_id)? {
        RoleChoice::BuiltIn(Role::Owner) => {
            Err(AppError::internal("provisioning gives the role owner"))
        }
        choice => Ok(choice),
    }
}

/// A role is not deleted while it is the role of everyone else.
fn no_role() -> AppError {
    AppError::internal("provisioning gives a role that does not exist")
}

/// Refuses the role that no group may give.
pub(super) fn not_owner(field: &str, role: RoleChoice) -> Result<()> {
    if role == RoleChoice::BuiltIn(Role::Owner) {
        let problem = "the role owner is not given by an identity provider; an owner transfers it";
        return Err(AppError::invalid(field, problem));
    }
    Ok(())
}
