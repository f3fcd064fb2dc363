//! Roles that an organization defines itself: named sets of permissions, which can be assigned like
//! the built-in ones.
//!
//! A change of a role counts at once for everybody who has it. Built-in roles are in `access`.

pub mod entity;
mod error;
mod repo;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::json;
use types::{OrgId, RoleId};
use uuid::Uuid;

pub use error::{Giver, RoleError};

use crate::{
    App, Ctx, Tx,
    access::{AssignedRole, CustomRole, Permission, PermissionSet, Role, stored},
    audit::{self, Entry},
    error::{AppError, Result},
    live::Right,
    organizations::OwnRights,
    text,
};

/// The largest number of roles that an organization can define.
pub const MAX_ROLES: usize = 100;

/// A role that the organization defined itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinedRole {
    /// The role's id.
    pub id: RoleId,
    /// The name, unique in the organization.
    pub name: String,
    /// What the role is for; may be empty.
    pub description: String,
    /// The permissions.
    pub permissions: PermissionSet,
    /// When it was defined.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl TryFrom<entity::Model> for DefinedRole {
    type Error = AppError;

    fn try_from(row: entity::Model) -> Result<Self> {
        Ok(Self {
            id: RoleId(row.id),
            permissions: stored::of_custom_role(&row.permissions)?,
            name: row.name,
            description: row.description,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The choice of a role for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleChoice {
    /// A built-in role.
    BuiltIn(Role),
    /// One of the organization's own roles.
    Custom(RoleId),
}

impl From<Role> for RoleChoice {
    fn from(role: Role) -> Self {
        Self::BuiltIn(role)
    }
}

impl RoleChoice {
    /// The choice in the columns `role` and `role_id`.
    pub(crate) fn of_columns(role: &str, id: Option<Uuid>) -> Result<Self> {
        match id {
            Some(id) if role == AssignedRole::CUSTOM => Ok(Self::Custom(RoleId(id))),
            _ => Ok(Self::BuiltIn(stored::built_in(role)?)),
        }
    }

    /// The value of the column `role`.
    pub(crate) fn stored(self) -> &'static str {
        match self {
            Self::BuiltIn(role) => role.as_str(),
            Self::Custom(_) => AssignedRole::CUSTOM,
        }
    }

    /// The value of the column `role_id`.
    pub(crate) fn custom_id(self) -> Option<Uuid> {
        match self {
            Self::BuiltIn(_) => None,
            Self::Custom(id) => Some(id.0),
        }
    }
}

/// What a role is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The name.
    pub name: String,
    /// What the role is for.
    pub description: String,
    /// The permissions.
    pub permissions: PermissionSet,
}

/// The organization's own roles, by name.
pub async fn list(ctx: &Ctx) -> Result<Vec<DefinedRole>> {
    ctx.authorize(Permission::MemberRead).await?;
    let rows = repo::all(ctx).await?;
    rows.into_iter().map(DefinedRole::try_from).collect()
}

/// One of the organization's own roles.
pub async fn get(ctx: &Ctx, id: RoleId) -> Result<DefinedRole> {
    ctx.authorize(Permission::MemberRead).await?;
    let row = repo::find(ctx, id).await?;
    row.ok_or(RoleError::NotFound)?.try_into()
}

/// Defines a role.
pub async fn create(ctx: &Ctx, definition: &Definition) -> Result<DefinedRole> {
    ctx.authorize_person(Permission::RoleManage).await?;
    save(ctx, None, definition).await
}

/// Changes a role, at once for everybody who has it. The caller needs all permissions that the role
/// has and all that it gets.
pub async fn update(ctx: &Ctx, id: RoleId, definition: &Definition) -> Result<DefinedRole> {
    ctx.authorize_person(Permission::RoleManage).await?;
    save(ctx, Some(id), definition).await
}

async fn save(ctx: &Ctx, id: Option<RoleId>, definition: &Definition) -> Result<DefinedRole> {
    ctx.require_fresh_proof()?;
    let name = name(&definition.name)?;
    let description = text::line_or_empty("description", &definition.description, 500)?;
    let permissions = definition.permissions;
    let of_owners = permissions.of_owners_only();
    if !of_owners.is_empty() {
        return Err(RoleError::OfOwners(of_owners).into());
    }
    let now = ctx.clock().now();
    let change = OwnRights::lock(ctx, Permission::RoleManage).await?;
    let what = format!("the role `{name}`");
    let change = change.gives(ctx, "permissions", &what, permissions).await?;
    let tx = &change.tx;
    let all = repo::all_in(tx, ctx).await?;
    let same = |row: &&entity::Model| row.name.to_lowercase() == name.to_lowercase();
    if all
        .iter()
        .filter(same)
        .any(|row| Some(RoleId(row.id)) != id)
    {
        return Err(RoleError::Taken(name).into());
    }
    let old = match id {
        None if all.len() >= MAX_ROLES => return Err(RoleError::TooMany.into()),
        None => None,
        Some(id) => {
            let old = all.into_iter().find(|row| row.id == id.0);
            Some(DefinedRole::try_from(old.ok_or(RoleError::NotFound)?)?)
        }
    };
    let change = match &old {
        Some(old) => {
            let what = format!("the role `{}`", old.name);
            change.covers(ctx, "id", &what, old.permissions).await?
        }
        None => change,
    };
    let row = entity::Model {
        id: id.unwrap_or_else(|| RoleId::new(ctx.clock())).0,
        org_id: ctx.org.0,
        name,
        description,
        permissions: permissions.to_string(),
        created_at: old.as_ref().map_or(now, |old| old.created_at),
        updated_at: now,
    };
    let tx = change.tx;
    repo::upsert(&tx, &row).await?;
    let detail = json!({ "name": row.name, "permissions": row.permissions,
        "before": old.as_ref().map(|old| old.permissions.to_string()) });
    let action = if old.is_some() {
        "role.update"
    } else {
        "role.create"
    };
    let entry = Entry::new(action, "role", RoleId(row.id)).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    row.try_into()
}

/// Deletes a role that nobody has, and that nobody gets by an invitation that can be accepted, by their
/// groups or by signing in.
pub async fn delete(ctx: &Ctx, id: RoleId) -> Result<()> {
    ctx.authorize_person(Permission::RoleManage).await?;
    ctx.require_fresh_proof()?;
    let OwnRights { tx, .. } = OwnRights::lock(ctx, Permission::RoleManage).await?;
    let row = repo::find_in(&tx, ctx, id).await?;
    let row = row.ok_or(RoleError::NotFound)?;
    let holders = repo::holders(&tx, ctx, id).await?;
    if holders > 0 {
        return Err(RoleError::InUse(holders).into());
    }
    if let Some(giver) = repo::giver(&tx, ctx, id, ctx.clock().now()).await? {
        return Err(RoleError::Given(giver).into());
    }
    repo::delete(&tx, ctx, id).await?;
    let entry = Entry::new("role.delete", "role", id).detail(json!({ "name": row.name }));
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// The organization's own roles with a permission, for a use case that has already checked one.
pub(crate) async fn with(ctx: &Ctx, permission: Permission) -> Result<Vec<AssignedRole>> {
    let mut found = Vec::new();
    for row in repo::all(ctx).await? {
        let role = assigned(row)?;
        if role.permissions().has(permission) {
            found.push(role);
        }
    }
    Ok(found)
}

/// The chosen role, read in the transaction that assigns it.
pub(crate) async fn chosen(tx: &Tx, ctx: &Ctx, choice: RoleChoice) -> Result<AssignedRole> {
    let role = still(tx, &ctx.app, ctx.org, choice).await?;
    Ok(role.ok_or(RoleError::NotFound)?)
}

/// A role that was chosen earlier, read in the transaction that assigns it now. `None`: it has been
/// deleted since.
pub(crate) async fn still(
    tx: &Tx,
    app: &App,
    org: OrgId,
    choice: RoleChoice,
) -> Result<Option<AssignedRole>> {
    match choice {
        RoleChoice::BuiltIn(role) => Ok(Some(role.into())),
        RoleChoice::Custom(id) => {
            let row = repo::find_of(tx, app, org, id).await?;
            row.map(assigned).transpose()
        }
    }
}

fn assigned(row: entity::Model) -> Result<AssignedRole> {
    Ok(AssignedRole::Custom(CustomRole {
        id: RoleId(row.id),
        permissions: stored::of_custom_role(&row.permissions)?,
        name: row.name.into(),
    }))
}

/// The organization's own roles, to name those that were chosen earlier.
pub(crate) struct Known(Vec<AssignedRole>);

impl Known {
    /// Reads them, for a use case that has already checked a permission.
    pub async fn read(ctx: &Ctx) -> Result<Self> {
        let rows = repo::all(ctx).await?;
        let roles = rows.into_iter().map(assigned);
        Ok(Self(roles.collect::<Result<_>>()?))
    }

    /// The chosen role. `None`: it has been deleted since.
    pub fn role(&self, choice: RoleChoice) -> Option<AssignedRole> {
        let id = match choice {
            RoleChoice::BuiltIn(role) => return Some(role.into()),
            RoleChoice::Custom(id) => id,
        };
        let found = self
            .0
            .iter()
            .find(|one| one.custom().is_some_and(|role| role.id == id));
        found.cloned()
    }
}

/// A valid name: a line that is not the name of a built-in role.
fn name(name: &str) -> Result<String> {
    let name = text::line("name", name, 100)?;
    let lower = name.to_lowercase();
    if lower == AssignedRole::CUSTOM || Role::parse(&lower).is_some() {
        return Err(AppError::invalid(
            "name",
            format!("is `{name}`, the name of a built-in role; use another name"),
        ));
    }
    Ok(name)
}
