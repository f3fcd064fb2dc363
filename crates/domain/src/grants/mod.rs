//! Grants: roles that members, teams, service accounts and API keys have in addition to their own, in
//! the whole organization, on a folder or a pipeline, or in an environment, for ever or until a time.
//! What is granted to a key counts where its holder has the permission, too; see `Rights::both`.
//!
//! On a folder or a pipeline, only the permissions count that view or change pipelines, their publications
//! or their runs ([`Permission::counts_on_a_pipeline`]); in an environment, those for what happens there
//! ([`Permission::counts_in`]). See `Ctx::authorize_on` and `Ctx::authorize_in`.
//!
//! `why` explains what somebody may do.

pub mod entity;
mod error;
mod key_side;
mod repo;
#[cfg(test)]
mod tests;
mod why;

use chrono::{DateTime, Utc};
use serde_json::json;
use types::{ApiKeyId, GrantId, ServiceAccountId, TeamId, UserId};
use uuid::Uuid;

pub use error::GrantError;
pub use why::{Explanation, Holder, Place, Source, why_can};

use crate::{
    Ctx,
    access::{AssignedRole, Object, Permission, Role, stored},
    audit::{self, Entry},
    error::{AppError, Result},
    expiry, folders,
    identity::{self, users},
    live::Right,
    members,
    organizations::{self, OwnRights},
    pipelines,
    roles::{self, RoleChoice},
    service_accounts, teams,
};

/// The largest number of grants for one member, team, service account or API key.
pub const MAX_GRANTS: usize = 100;

/// Who has a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A member.
    Member(UserId),
    /// All members of a team.
    Team(TeamId),
    /// A service account.
    ServiceAccount(ServiceAccountId),
    /// One API key.
    ApiKey(ApiKeyId),
}

impl Subject {
    /// The kind, as it is stored.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Member(_) => "member",
            Self::Team(_) => "team",
            Self::ServiceAccount(_) => "service_account",
            Self::ApiKey(_) => "api_key",
        }
    }

    fn uuid(self) -> Uuid {
        match self {
            Self::Member(UserId(id))
            | Self::Team(TeamId(id))
            | Self::ServiceAccount(ServiceAccountId(id))
            | Self::ApiKey(ApiKeyId(id)) => id,
        }
    }

    fn stored(kind: &str, id: Uuid) -> Result<Self> {
        match kind {
            "member" => Ok(Self::Member(UserId(id))),
            "team" => Ok(Self::Team(TeamId(id))),
            "service_account" => Ok(Self::ServiceAccount(ServiceAccountId(id))),
            "api_key" => Ok(Self::ApiKey(ApiKeyId(id))),
            _ => Err(AppError::internal(format!("a grant to a {kind}"))),
        }
    }
}

/// The id, as the API shows it.
impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Member(id) => id.fmt(f),
            Self::Team(id) => id.fmt(f),
            Self::ServiceAccount(id) => id.fmt(f),
            Self::ApiKey(id) => id.fmt(f),
        }
    }
}

/// A role that somebody has in addition to their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The grant's id.
    pub id: GrantId,
    /// Who has it.
    pub subject: Subject,
    /// The name of the member, team, service account or key.
    pub subject_name: String,
    /// The role.
    pub role: AssignedRole,
    /// What it counts on.
    pub object: Object,
    /// When it expires; `None`: never.
    pub expires_at: Option<DateTime<Utc>>,
    /// The name of the person who gave it.
    pub given_by: String,
    /// When it was given.
    pub created_at: DateTime<Utc>,
}

impl TryFrom<repo::GrantRow> for Grant {
    type Error = AppError;

    fn try_from(row: repo::GrantRow) -> Result<Self> {
        Ok(Self {
            id: GrantId(row.id),
            subject: Subject::stored(&row.subject_kind, row.subject_id)?,
            subject_name: row.subject_name.unwrap_or_default(),
            role: row.role.assigned()?,
            object: stored::object_of(&row.object)?,
            expires_at: row.expires_at,
            given_by: row.created_by_name,
            created_at: row.created_at,
        })
    }
}

/// What is to be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantTerms {
    /// To whom.
    pub subject: Subject,
    /// The role.
    pub role: RoleChoice,
    /// What it counts on.
    pub object: Object,
    /// When it expires; `None`: never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The organization's grants, newest first, at most 5,000. With a subject, those that count for it:
/// for a member also the ones of their teams.
pub async fn list(ctx: &Ctx, subject: Option<Subject>) -> Result<Vec<Grant>> {
    ctx.authorize(Permission::MemberRead).await?;
    let rows = match subject {
        Some(subject) => {
            if let Subject::Member(user) = subject {
                members::get(ctx, user).await?;
            }
            exists(ctx, subject).await?;
            repo::of(ctx, subject.uuid()).await?
        }
        None => repo::all(ctx).await?,
    };
    rows.into_iter().map(Grant::try_from).collect()
}

/// One grant.
pub async fn get(ctx: &Ctx, id: GrantId) -> Result<Grant> {
    ctx.authorize(Permission::MemberRead).await?;
    let row = repo::find(ctx, id).await?;
    row.ok_or(GrantError::NotFound)?.try_into()
}

/// Grants a role, which may not have permissions that the caller lacks, or has only by a grant that ends
/// before this one.
///
/// # Errors
/// `CONFLICT` for an API key that was revoked or replaced, or has expired.
pub async fn create(ctx: &Ctx, terms: &GrantTerms) -> Result<Grant> {
    ctx.authorize_person(Permission::GrantManage).await?;
    ctx.require_fresh_proof()?;
    expiry::check(terms.expires_at, ctx.clock().now())?;
    exists(ctx, terms.subject).await?;
    match terms.object {
        Object::Folder(folder) => drop(folders::get(ctx, folder).await?),
        Object::Pipeline(pipeline) => drop(pipelines::get(ctx, pipeline).await?),
        Object::Organization | Object::Environment(_) => {}
    }
    if repo::of(ctx, terms.subject.uuid()).await?.len() >= MAX_GRANTS {
        return Err(GrantError::TooMany.into());
    }
    let change = OwnRights::lock_until(ctx, Permission::GrantManage, terms.expires_at).await?;
    if let Subject::Member(user) = terms.subject {
        // Members come and go under the same lock, so a grant never outlives a membership.
        let rights = organizations::rights_of_member(&change.tx, ctx.clock(), ctx.org, user.0);
        rights.await?.ok_or(GrantError::NoSubject("member"))?;
    }
    if let Subject::Team(team) = terms.subject {
        // Nor a team, which is deleted under the same lock. Service accounts are not deleted.
        let exists = teams::exists_in(&change.tx, ctx, team).await?;
        exists.then_some(()).ok_or(GrantError::NoSubject("team"))?;
    }
    if let Subject::ApiKey(key) = terms.subject {
        // Nor a key: nobody revokes or rotates it until the grant is written.
        identity::keep_api_key(&change.tx, ctx, key).await?;
    }
    let role = roles::chosen(&change.tx, ctx, terms.role).await?;
    if role.built_in() == Some(Role::Owner) {
        return Err(GrantError::Owner.into());
    }
    let what = format!("the role {role}");
    let permissions = terms.object.counting(role.permissions());
    if terms.object != Object::Organization && permissions.is_empty() {
        return Err(GrantError::Nothing(terms.object).into());
    }
    if let Object::Folder(folder) = terms.object {
        // Folders are deleted under the same lock, so a grant never outlives a folder.
        folders::locked(&change.tx, ctx, folder).await?;
    }
    let change = change.gives(ctx, "role", &what, permissions).await?;
    let row = entity::Model {
        id: GrantId::new(ctx.clock()).0,
        org_id: ctx.org.0,
        subject_kind: terms.subject.kind().to_owned(),
        subject_id: terms.subject.uuid(),
        role: role.stored().to_owned(),
        role_id: role.custom().map(|role| role.id.0),
        object: terms.object.to_string(),
        expires_at: terms.expires_at,
        created_by: users::person(ctx)?,
        created_by_name: ctx.actor.name.to_string(),
        created_at: ctx.clock().now(),
    };
    let id = GrantId(row.id);
    repo::insert(&change.tx, &row).await?;
    let detail = json!({ "subject": terms.subject.to_string(), "role": role.to_string(),
        "object": row.object, "expiresAt": row.expires_at });
    let entry = Entry::new("grant.create", "grant", id).detail(detail);
    audit::write(&change.tx, ctx, entry).await?;
    change.tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    let row = repo::find(ctx, id).await?;
    row.ok_or(GrantError::NotFound)?.try_into()
}

/// Withdraws a grant, at once. The caller needs the permissions of its role, and a fresh proof of identity.
pub async fn delete(ctx: &Ctx, id: GrantId) -> Result<()> {
    ctx.authorize_person(Permission::GrantManage).await?;
    ctx.require_fresh_proof()?;
    let row = repo::find(ctx, id).await?;
    let grant = Grant::try_from(row.ok_or(GrantError::NotFound)?)?;
    let change = OwnRights::lock(ctx, Permission::GrantManage).await?;
    let what = format!("the role {}", grant.role);
    let permissions = grant.object.counting(grant.role.permissions());
    let change = change.covers(ctx, "id", &what, permissions).await?;
    if !repo::delete(&change.tx, ctx, id).await? {
        return Err(GrantError::NotFound.into());
    }
    let detail = json!({ "subject": grant.subject.to_string(), "role": grant.role.to_string(),
        "object": grant.object.to_string() });
    let entry = Entry::new("grant.delete", "grant", id).detail(detail);
    audit::write(&change.tx, ctx, entry).await?;
    change.tx.commit().await?;
    ctx.app.drop_right(Right::Organization(ctx.org.0));
    Ok(())
}

async fn exists(ctx: &Ctx, subject: Subject) -> Result<()> {
    match subject {
        // Checked with the lock.
        Subject::Member(_) => Ok(()),
        Subject::Team(team) => teams::get(ctx, team).await.map(drop),
        Subject::ServiceAccount(account) => service_accounts::get(ctx, account).await.map(drop),
        Subject::ApiKey(key) => identity::get_api_key(ctx, key).await.map(drop),
    }
}
