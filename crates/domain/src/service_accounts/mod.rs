//! Service accounts: identities of programs in an organization, which stay when people leave. API keys
//! belong to them; see `identity::api_keys`. They cannot sign in.

pub mod entity;
mod error;
mod repo;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::json;
use types::ServiceAccountId;

pub use error::ServiceAccountError;

use crate::{
    Ctx,
    access::{AssignedRole, Permission, Rights, Role},
    audit::{self, Entry},
    error::{AppError, Result},
    live::Right,
    organizations::{self, OwnRights},
    roles::{self, RoleChoice},
    text,
};

/// The largest number of service accounts in an organization.
pub const MAX_ACCOUNTS: usize = 200;

/// An account for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount {
    /// The account's id.
    pub id: ServiceAccountId,
    /// The name, unique in the organization.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The role, which limits what its keys may do.
    pub role: AssignedRole,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was disabled; its keys are refused while it is.
    pub disabled_at: Option<DateTime<Utc>>,
}

impl TryFrom<repo::AccountRow> for ServiceAccount {
    type Error = AppError;

    fn try_from(row: repo::AccountRow) -> Result<Self> {
        Ok(Self {
            id: ServiceAccountId(row.id),
            name: row.name,
            description: row.description,
            role: row.role.assigned()?,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        })
    }
}

/// What a service account is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTerms {
    /// The name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The role.
    pub role: RoleChoice,
    /// Whether its keys are refused.
    pub disabled: bool,
}

/// The organization's service accounts, by name.
pub async fn list(ctx: &Ctx) -> Result<Vec<ServiceAccount>> {
    ctx.authorize(Permission::MemberRead).await?;
    let rows = repo::all(ctx).await?;
    rows.into_iter().map(ServiceAccount::try_from).collect()
}

/// One service account.
pub async fn get(ctx: &Ctx, id: ServiceAccountId) -> Result<ServiceAccount> {
    ctx.authorize(Permission::MemberRead).await?;
    let row = repo::find(ctx, id).await?;
    row.ok_or(ServiceAccountError::NotFound)?.try_into()
}

/// Creates a service account.
pub async fn create(ctx: &Ctx, terms: &AccountTerms) -> Result<ServiceAccount> {
    ctx.authorize_person(Permission::ServiceAccountManage)
        .await?;
    save(ctx, None, terms).await
}

/// Changes a service account, at once for all of its keys. The caller needs all permissions that it
/// has and all that it gets.
pub async fn update(
    ctx: &Ctx,
    id: ServiceAccountId,
    terms: &AccountTerms,
) -> Result<ServiceAccount> {
    ctx.authorize_person(Permission::ServiceAccountManage)
        .await?;
    save(ctx, Some(id), terms).await
}

async fn save(
    ctx: &Ctx,
    id: Option<ServiceAccountId>,
    terms: &AccountTerms,
) -> Result<ServiceAccount> {
    ctx.require_fresh_proof()?;
    let name = text::line("name", &terms.name, 100)?;
    let description = text::line_or_empty("description", &terms.description, 500)?;
    let mut change = OwnRights::lock(ctx, Permission::ServiceAccountManage).await?;
    let all = repo::all_in(&change.tx, ctx).await?;
    let same = |row: &&repo::AccountRow| row.name.to_lowercase() == name.to_lowercase();
    if all
        .iter()
        .filter(same)
        .any(|row| Some(row.id) != id.map(|id| id.0))
    {
        return Err(ServiceAccountError::Taken(name).into());
    }
    let old = match id {
        None if all.len() >= MAX_ACCOUNTS => return Err(ServiceAccountError::TooMany.into()),
        None => None,
        Some(id) => {
            let old = all.into_iter().find(|row| row.id == id.0);
            let old = ServiceAccount::try_from(old.ok_or(ServiceAccountError::NotFound)?)?;
            let mut rights = Rights::from(old.role.clone());
            organizations::add_grants(&change.tx, ctx, id.0, &mut rights).await?;
            let what = format!("the service account `{}`", old.name);
            change = change.covers(ctx, "id", &what, rights.all()).await?;
            Some(old)
        }
    };
    let role = roles::chosen(&change.tx, ctx, terms.role).await?;
    if role.built_in() == Some(Role::Owner) {
        return Err(ServiceAccountError::Owner.into());
    }
    let what = format!("the role {role}");
    let change = change.gives(ctx, "role", &what, role.permissions()).await?;
    let now = ctx.clock().now();
    let was = old.as_ref().and_then(|old| old.disabled_at);
    let row = entity::Model {
        id: id.unwrap_or_else(|| ServiceAccountId::new(ctx.clock())).0,
        org_id: ctx.org.0,
        name,
        description,
        role: role.stored().to_owned(),
        role_id: role.custom().map(|role| role.id.0),
        created_at: old.as_ref().map_or(now, |old| old.created_at),
        disabled_at: terms.disabled.then(|| was.unwrap_or(now)),
    };
    let tx = change.tx;
    repo::upsert(&tx, &row).await?;
    let detail = json!({ "name": row.name, "role": role.to_string(), "disabled": terms.disabled,
        "before": old.map(|old| old.role.to_string()) });
    let action = match id {
        Some(_) => "service_account.update",
        None => "service_account.create",
    };
    let entry = Entry::new(action, "service_account", ServiceAccountId(row.id)).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    Ok(ServiceAccount {
        id: ServiceAccountId(row.id),
        name: row.name,
        description: row.description,
        role,
        created_at: row.created_at,
        disabled_at: row.disabled_at,
    })
}

/// A service account with its current rights, those of its role and of its grants, for a use case
/// that has already checked a permission.
pub(crate) async fn with_rights(
    ctx: &Ctx,
    id: ServiceAccountId,
) -> Result<(ServiceAccount, Rights)> {
    let row = repo::find(ctx, id).await?;
    let account = ServiceAccount::try_from(row.ok_or(ServiceAccountError::NotFound)?)?;
    let mut rights = Rights::from(account.role.clone());
    let tx = ctx.begin().await?;
    organizations::add_grants(&tx, ctx, id.0, &mut rights).await?;
    tx.rollback().await?;
    Ok((account, rights))
}
