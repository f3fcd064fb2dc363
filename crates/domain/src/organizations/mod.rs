//! Organizations, which own pipelines, runs and keys. Members are in `members`.

mod caller;
mod current;
pub mod entity;
mod error;
pub mod membership;
mod own_rights;
mod repo;
#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::DbErr;
use serde_json::json;
use types::{Clock, OrgId};
use uuid::Uuid;

pub(crate) use caller::{hold_caller, hold_member, hold_session};
pub(crate) use current::rights_now;
pub use error::OrganizationError;
pub(crate) use own_rights::OwnRights;
pub(crate) use repo::{
    MembershipRow, add_member, address_of, addressed, addressed_after, addresses_of_owners,
    carry_grants, drop_grants, give_role, grants_of, grants_to, lock, member_at, memberships,
    memberships_in, owners, remove_member,
};

use crate::{
    Ctx, Tx,
    access::{AssignedRole, Object, Permission, PermissionSet, Rights, Role, stored},
    audit::{self, Entry},
    ctx::ActorKind,
    error::{AppError, Result},
    live::Right,
    text,
};

/// How many organizations one person may create in 24 hours. Each organization has its own share of
/// memory, processors and slots, so a person with many organizations would have many shares.
pub const PER_DAY: i64 = 10;

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// The organization's id.
    pub id: OrgId,
    /// The display name.
    pub name: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

impl From<entity::Model> for Organization {
    fn from(row: entity::Model) -> Self {
        Self {
            id: OrgId(row.id),
            name: row.name,
            created_at: row.created_at,
        }
    }
}

/// The context's organization.
pub async fn get(ctx: &Ctx) -> Result<Organization> {
    ctx.authorize(Permission::OrganizationRead).await?;
    find(ctx).await
}

/// The name of the context's organization, for a use case that has already checked a permission.
pub(crate) async fn name(ctx: &Ctx) -> Result<String> {
    Ok(find(ctx).await?.name)
}

async fn find(ctx: &Ctx) -> Result<Organization> {
    let row = repo::find(ctx).await?;
    Ok(row.ok_or(OrganizationError::NotFound)?.into())
}

/// All organizations of the caller, oldest first. An API key has one.
pub async fn list_mine(ctx: &Ctx) -> Result<Vec<Organization>> {
    ctx.authorize(Permission::OrganizationRead).await?;
    mine(ctx).await
}

/// Like [`list_mine`], for a use case that has already checked a permission.
pub(crate) async fn mine(ctx: &Ctx) -> Result<Vec<Organization>> {
    match (ctx.actor.kind, ctx.actor.id) {
        (ActorKind::User, Some(id)) => {
            let rows = repo::memberships(&ctx.app, id).await?;
            Ok(rows
                .into_iter()
                .filter(|row| !ctx.limited || row.org_id == ctx.org.0)
                .map(|row| Organization {
                    id: OrgId(row.org_id),
                    name: row.org_name,
                    created_at: row.org_created_at,
                })
                .collect())
        }
        _ => Ok(vec![find(ctx).await?]),
    }
}

/// Creates an organization; the caller becomes its owner.
pub async fn create(ctx: &Ctx, name: &str) -> Result<Organization> {
    ctx.authorize_person(Permission::OrganizationCreate).await?;
    ctx.require_whole_account().await?;
    let name = text::line("name", name, 100)?;
    let Some(owner) = ctx.actor.id else {
        return Err(AppError::not_found("user"));
    };
    let org = OrgId::new(ctx.clock());
    let tx = ctx.db().begin(&[org]).await?;
    hold_caller(&tx, ctx).await?;
    let day = TimeDelta::hours(24);
    if repo::created_since(&tx, owner, ctx.clock().now() - day).await? >= PER_DAY {
        return Err(OrganizationError::TooManyToday.into());
    }
    repo::insert(&tx, ctx.clock(), org, &name, owner, Role::Owner).await?;
    let entry =
        Entry::new("organization.create", "organization", org).detail(json!({ "name": name }));
    audit::write_for(&tx, ctx, org, &ctx.actor, entry).await?;
    tx.commit().await?;
    ctx.app.drop_right(Right::User(owner));
    Ok(Organization {
        id: org,
        name,
        created_at: ctx.clock().now(),
    })
}

/// Renames the context's organization.
pub async fn rename(ctx: &Ctx, name: &str) -> Result<Organization> {
    let rename = Rename::check(ctx, name).await?;
    let tx = ctx.begin().await?;
    rename.write(&tx, ctx).await?;
    tx.commit().await?;
    find(ctx).await
}

/// A permitted rename with a valid name, to be written in a transaction that also changes other
/// rows.
pub(crate) struct Rename(String);

impl Rename {
    /// Checks the permission and the name. Writes only the audit row of a refusal.
    pub(crate) async fn check(ctx: &Ctx, name: &str) -> Result<Self> {
        ctx.authorize(Permission::OrganizationUpdate).await?;
        Ok(Self(text::line("organizationName", name, 100)?))
    }

    /// Writes the name and its audit row.
    pub(crate) async fn write(&self, tx: &Tx, ctx: &Ctx) -> Result<()> {
        if !repo::rename(tx, ctx.org, &self.0).await? {
            return Err(OrganizationError::NotFound.into());
        }
        let detail = json!({ "name": self.0 });
        let entry = Entry::new("organization.rename", "organization", ctx.org).detail(detail);
        Ok(audit::write(tx, ctx, entry).await?)
    }
}

/// A member's current rights, with those of grants; `None` if the user is not a member.
pub(crate) async fn rights_of_member(
    tx: &Tx,
    clock: &Clock,
    org: OrgId,
    user: Uuid,
) -> Result<Option<Rights>> {
    let stored = repo::rights_in(tx, org, user, clock.now()).await?;
    Ok(stored.map(|stored| stored.of_member()).transpose()?)
}

/// Whether grants add nothing to the role in the whole organization, so that nothing ends with them.
fn all_by_role(rights: &Rights) -> bool {
    let by_role = rights.role.as_ref().map(AssignedRole::permissions);
    by_role.is_some_and(|by_role| !rights.permissions.exceeds(by_role))
}

/// Later than every expiry; see `expiry`.
const FOR_EVER: TimeDelta = TimeDelta::days(36_500);

/// The permissions of a member, whose rights are given, in the whole organization: those of the role and of
/// grants that end no earlier than `until`, or never.
pub(crate) async fn lasting_of_member(
    tx: &Tx,
    clock: &Clock,
    (org, user): (OrgId, Uuid),
    rights: &Rights,
    until: Option<DateTime<Utc>>,
) -> Result<PermissionSet> {
    if all_by_role(rights) {
        return Ok(rights.permissions);
    }
    let at = last_moment(clock, until);
    let stored = repo::rights_in(tx, org, user, at).await?;
    let then = stored.map(|stored| stored.rights()).transpose()?;
    Ok(then.map_or(PermissionSet::NONE, |then| then.permissions))
}

/// The last moment before a time, or of all times: a grant counts before its end, so one that ends at this
/// time counts a moment before it.
fn last_moment(clock: &Clock, until: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let now = clock.now();
    let at = until.map_or(now + FOR_EVER, |at| at - TimeDelta::microseconds(1));
    at.max(now)
}

/// The permissions that an API key or an application has until a time, or for ever, if it exists that long:
/// those that rest neither on a grant to it nor on one to its holder that ends sooner.
async fn lasting_of_program(
    tx: &Tx,
    ctx: &Ctx,
    id: Uuid,
    until: Option<DateTime<Utc>>,
) -> Result<PermissionSet> {
    let at = last_moment(ctx.clock(), until);
    let row = match ctx.actor.kind {
        ActorKind::ApiKey => repo::key_at(tx, ctx.org, id, at).await?,
        _ => repo::application_at(tx, ctx.org, id, at).await?,
    };
    let Some(row) = row else {
        return Ok(PermissionSet::NONE);
    };
    let holder = row.holder.rights()?.permissions;
    if ctx.actor.kind != ActorKind::ApiKey {
        return Ok(holder);
    }
    let (role, list) = (row.key_role.as_deref(), row.key_permissions.as_deref());
    let (_, own) = stored::of_key(role, list)?;
    let mut key = Rights::from(own);
    stored::add_grants(&mut key, row.key_grants.as_deref())?;
    Ok(holder.and(key.permissions))
}

/// The permissions that the caller, whose rights are given, has until a time, or for ever. Programs manage no
/// rights, but move pipelines to folders, which gives what is granted on these.
async fn lasting_until(
    tx: &Tx,
    ctx: &Ctx,
    rights: &Rights,
    until: Option<DateTime<Utc>>,
) -> Result<PermissionSet> {
    let own = ctx.rights.permissions;
    match (ctx.actor.kind, ctx.actor.id) {
        (ActorKind::User, Some(user)) => {
            let whose = (ctx.org, user);
            let lasting = lasting_of_member(tx, ctx.clock(), whose, rights, until).await?;
            Ok(lasting.and(own))
        }
        (ActorKind::ApiKey | ActorKind::Application, Some(id)) => {
            let lasting = lasting_of_program(tx, ctx, id, until).await?;
            Ok(lasting.and(own))
        }
        _ => Ok(own),
    }
}

/// The permissions that the caller has for ever: not only by a grant that ends. What a use case gives for
/// ever must be among them.
pub(crate) async fn lasting_in(tx: &Tx, ctx: &Ctx) -> Result<PermissionSet> {
    lasting_until(tx, ctx, &ctx.rights, None).await
}

/// Like [`lasting_in`], for a use case that has no transaction yet.
pub(crate) async fn lasting(ctx: &Ctx) -> Result<PermissionSet> {
    if all_by_role(&ctx.rights) {
        return Ok(ctx.rights.permissions);
    }
    let tx = ctx.begin().await?;
    let lasting = lasting_in(&tx, ctx).await?;
    tx.rollback().await?;
    Ok(lasting)
}

/// Adds what a team, a service account or an API key has by grants to its rights.
pub(crate) async fn add_grants(
    tx: &Tx,
    ctx: &Ctx,
    subject: Uuid,
    rights: &mut Rights,
) -> Result<()> {
    let grants = repo::grants_in(tx, ctx.org, subject, ctx.clock().now()).await?;
    Ok(stored::add_grants(rights, grants.as_deref())?)
}

/// All that grants on an object give now, to whomever.
pub(crate) async fn granted_on(tx: &Tx, ctx: &Ctx, object: Object) -> Result<PermissionSet> {
    let grants = repo::grants_on(tx, ctx.org, &object.to_string(), ctx.clock().now()).await?;
    let mut rights = Rights::from(PermissionSet::NONE);
    stored::add_grants(&mut rights, grants.as_deref())?;
    Ok(rights.all())
}

/// Writes a new organization and its first member, in the transaction of a sign-up.
pub(crate) async fn found(
    tx: &Tx,
    clock: &Clock,
    org: OrgId,
    name: &str,
    member: Uuid,
    role: Role,
) -> Result<(), DbErr> {
    repo::insert(tx, clock, org, name, member, role).await
}
