//! A person's own name, address and password, and what they see of themselves.

use serde_json::json;
use types::{ErrorCode, UserId};
use uuid::Uuid;

use super::{IdentityError, passwords::Purpose, repo, sessions, user};
use crate::{
    Ctx, Tx,
    access::{Permission, Role},
    audit::{self, Entry},
    ctx::ActorKind,
    error::{AppError, Result},
    live::Right,
    organizations::{self, Organization},
    text,
};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What others see.
    pub name: String,
    /// In lower case.
    pub email: Option<String>,
}

impl From<user::Model> for User {
    fn from(row: user::Model) -> Self {
        Self {
            id: UserId(row.id),
            name: row.name,
            email: row.email_wanted.or(row.email),
        }
    }
}

/// Who asks, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The person; a key has none.
    pub user: Option<User>,
    /// The role in the organization.
    pub role: Role,
    /// The organization whose things are meant.
    pub organization: Organization,
    /// All of the person's organizations.
    pub organizations: Vec<Organization>,
    /// Whether the person can sign in by password.
    pub has_password: bool,
}

/// What a person changes of themselves; absent: stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// What others see.
    pub name: Option<String>,
    /// What one signs in with.
    pub email: Option<String>,
    /// The organization's name, for those who may.
    pub organization_name: Option<String>,
}

/// Who asks.
pub async fn viewer(ctx: &Ctx) -> Result<Viewer> {
    ctx.authorize(Permission::OrganizationRead).await?;
    let user = match (ctx.actor.kind, ctx.actor.id) {
        (ActorKind::User, Some(id)) => repo::user(&ctx.app, id).await?,
        _ => None,
    };
    let organizations = organizations::list_mine(ctx).await?;
    let organization = organizations
        .iter()
        .find(|org| org.id == ctx.org)
        .cloned()
        .ok_or_else(|| AppError::not_found("organization"))?;
    Ok(Viewer {
        has_password: user
            .as_ref()
            .is_some_and(|user| user.password_hash.is_some()),
        user: user.map(User::from),
        role: ctx.role,
        organization,
        organizations,
    })
}

/// Changes the own name and address and, for those who may, the organization's name.
pub async fn update_profile(ctx: &Ctx, change: ProfileChange) -> Result<Viewer> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    if let Some(name) = &change.organization_name {
        organizations::rename(ctx, name).await?;
    }
    if change.name.is_some() || change.email.is_some() {
        let id = person(ctx)?;
        let name = change
            .name
            .map(|name| text::line("name", &name, 100))
            .transpose()?;
        let email = change
            .email
            .map(|email| text::email("email", &email))
            .transpose()?;
        let free = match &email {
            Some(email) => repo::user_by_email(&ctx.app, email)
                .await?
                .is_none_or(|user| user.id == id),
            None => true,
        };
        let tx = match write_profile(ctx, id, name.as_deref(), email.as_deref(), free).await {
            // Taken meanwhile.
            Err(e) if is_unique_violation(&e) => {
                write_profile(ctx, id, name.as_deref(), email.as_deref(), false).await?
            }
            other => other?,
        };
        let detail = json!({ "name": name, "email": email });
        audit::write(
            &tx,
            ctx,
            Entry::new("profile.update", "user", UserId(id)).detail(detail),
        )
        .await?;
        tx.commit().await?;
        sessions::forget(&ctx.app, Right::User(id));
    }
    viewer(ctx).await
}

/// Writes a person's name and address in a transaction that is still open. An address that somebody
/// else has is only noted: it is shown to its person like any other, so that the answer does not
/// tell who is here, and nobody signs in by it.
async fn write_profile(
    ctx: &Ctx,
    id: Uuid,
    name: Option<&str>,
    email: Option<&str>,
    free: bool,
) -> Result<Tx, sea_orm::DbErr> {
    const FREE: &str = "UPDATE users SET name = coalesce($1, name), \
        email = coalesce($2, email), \
        email_wanted = CASE WHEN $2 IS NULL THEN email_wanted END WHERE id = $3";
    const TAKEN: &str = "UPDATE users SET name = coalesce($1, name), email_wanted = $2 \
        WHERE id = $3";
    let tx = ctx.begin().await?;
    let values = [name.into(), email.into(), id.into()];
    tx.execute(if free { FREE } else { TAKEN }, values).await?;
    Ok(tx)
}

/// Sets the own password and ends all other sessions. Who has one already must know it.
pub async fn set_password(ctx: &Ctx, current: Option<&str>, new: &str) -> Result<()> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let id = person(ctx)?;
    let row = repo::user(&ctx.app, id)
        .await?
        .ok_or_else(|| AppError::not_found("user"))?;
    if row.email.is_none() && row.email_wanted.is_none() {
        return Err(AppError::new(
            ErrorCode::Conflict,
            "Set your mail address first: it is what you sign in with",
        ));
    }
    if let Some(hash) = row.password_hash.as_deref() {
        ctx.app
            .guessing()
            .current(ctx.session.map_or(id, |session| session.0))?;
        let current = current.unwrap_or_default();
        let fits = ctx
            .app
            .passwords()
            .matches(current, Some(hash), Purpose::Change)
            .await?;
        if !fits {
            let tx = ctx.begin().await?;
            let entry = Entry::new("profile.password_refused", "user", UserId(id));
            audit::write(&tx, ctx, entry).await?;
            tx.commit().await?;
            return Err(IdentityError::WrongCurrentPassword.into());
        }
    }
    let hash = ctx.app.passwords().hash(new).await?;
    let now = ctx.clock().now();
    let others = repo::other_sessions(&ctx.app, id, ctx.session.map(|s| s.0)).await?;
    let tx = ctx.begin().await?;
    // Changed meanwhile: the password given was not the current one any more.
    let changed = tx
        .execute(
            "UPDATE users SET password_hash = $1 WHERE id = $2 \
             AND coalesce(password_hash, '') = $3",
            [
                hash.into(),
                id.into(),
                row.password_hash.unwrap_or_default().into(),
            ],
        )
        .await?;
    if changed != 1 {
        return Err(IdentityError::WrongCurrentPassword.into());
    }
    for session in &others {
        tx.execute(
            "UPDATE sessions SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
            [now.into(), session.id.into()],
        )
        .await?;
    }
    audit::write(&tx, ctx, Entry::new("profile.password", "user", UserId(id))).await?;
    tx.commit().await?;
    sessions::forget(&ctx.app, Right::User(id));
    Ok(())
}

fn person(ctx: &Ctx) -> Result<Uuid> {
    ctx.actor.id.ok_or_else(|| AppError::not_found("user"))
}

fn is_unique_violation(error: &sea_orm::DbErr) -> bool {
    matches!(
        error.sql_err(),
        Some(sea_orm::SqlErr::UniqueConstraintViolation(_))
    )
}
