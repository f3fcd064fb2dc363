//! People: the caller's own name and email address, and their view of themselves.

pub mod entity;
mod repo;

use sea_orm::{DbErr, SqlErr};
use serde_json::json;
use types::UserId;
use uuid::Uuid;

pub(super) use repo::{
    by_email, count_alone, drop_password, find, find_in, first, insert, insert_account,
    insert_external, lock, prove_address, replace_password, restore_address, set_password,
    verify_address, with_password,
};

use crate::{
    Ctx, Tx,
    access::{Permission, Rights},
    audit::{self, Entry},
    ctx::ActorKind,
    error::{AppError, Result},
    identity::sso_enforcement,
    live::Right,
    mail,
    organizations::{self, Organization},
    text,
};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The person's id.
    pub id: UserId,
    /// The display name.
    pub name: String,
    /// The email address that they entered last, in lower case; `None` if they have none.
    pub email: Option<String>,
    /// Whether they proved with a link that they read its mail.
    pub email_verified: bool,
}

impl From<entity::Model> for User {
    fn from(row: entity::Model) -> Self {
        Self {
            id: UserId(row.id),
            name: row.name,
            email_verified: row.email_wanted.is_none() && row.email_verified_at.is_some(),
            email: row.email_wanted.or(row.email),
        }
    }
}

/// The caller with its rights and organizations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The person; `None` for an API key or an application.
    pub user: Option<User>,
    /// The caller's rights in the organization.
    pub rights: Rights,
    /// The organization that the request acts in.
    pub organization: Organization,
    /// All of the caller's organizations.
    pub organizations: Vec<Organization>,
    /// Whether the person can sign in with a password.
    pub has_password: bool,
    /// Whether the session can change the person's account, and not only what is in one organization.
    pub can_change_account: bool,
    /// Whether this server sends mail.
    pub sends_mail: bool,
}

/// The refusal of a second address.
const HAS_ADDRESS: &str = "email: you already have an email address; change it with the mutation \
    `changeEmail`";

/// Changes to a person's own profile. Absent fields are not changed.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The display name.
    pub name: Option<String>,
    /// The first email address to sign in with. A later one is requested with
    /// `addresses::change_address`.
    pub email: Option<String>,
    /// The organization's name, which requires a permission of its own.
    pub organization_name: Option<String>,
}

/// The caller with its rights and organizations.
pub async fn viewer(ctx: &Ctx) -> Result<Viewer> {
    ctx.authorize(Permission::OrganizationRead).await?;
    shown(ctx).await
}

async fn shown(ctx: &Ctx) -> Result<Viewer> {
    let user = match (ctx.actor.kind, ctx.actor.id) {
        (ActorKind::User, Some(id)) => repo::find(&ctx.app, id).await?,
        _ => None,
    };
    let organizations = organizations::mine(ctx).await?;
    let organization = organizations
        .iter()
        .find(|org| org.id == ctx.org)
        .cloned()
        .ok_or_else(|| AppError::not_found("organization"))?;
    Ok(Viewer {
        has_password: user
            .as_ref()
            .is_some_and(|user| user.password_hash.is_some()),
        can_change_account: user.is_some() && !ctx.limited,
        user: user.map(User::from),
        sends_mail: mail::is_on(&ctx.app),
        rights: ctx.rights.clone(),
        organization,
        organizations,
    })
}

/// Changes the caller's name and email address and, with the permission to do so, the
/// organization's name. If any part is refused, nothing is changed.
pub async fn update_profile(ctx: &Ctx, change: ProfileChange) -> Result<Viewer> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let person = match (&change.name, &change.email) {
        (None, None) => None,
        (name, email) => Some(PersonChange::check(ctx, name.as_deref(), email.as_deref()).await?),
    };
    let rename = match &change.organization_name {
        Some(name) => Some(organizations::Rename::check(ctx, name).await?),
        None => None,
    };
    match write_profile(ctx, person.as_ref(), rename.as_ref()).await {
        Err(ProfileError::Taken) => {
            // Another account took the address after it was checked.
            let person = person.map(|person| PersonChange {
                free: false,
                ..person
            });
            write_profile(ctx, person.as_ref(), rename.as_ref()).await?;
        }
        other => other?,
    }
    // No further permission is needed to see the own profile.
    shown(ctx).await
}

/// A valid change of a person's own row.
struct PersonChange {
    id: Uuid,
    name: Option<String>,
    email: Option<String>,
    /// Whether no other account has the email address.
    free: bool,
}

impl PersonChange {
    async fn check(ctx: &Ctx, name: Option<&str>, email: Option<&str>) -> Result<Self> {
        ctx.require_whole_account()?;
        let id = person(ctx)?;
        let name = name.map(|name| text::line("name", name, 100)).transpose()?;
        let email = email.map(|email| text::email("email", email)).transpose()?;
        let free = match &email {
            Some(email) => {
                let own = repo::find(&ctx.app, id).await?;
                let has_one = own.as_ref().is_some_and(|user| user.email.is_some());
                let own = own.and_then(|user| user.email);
                if own.as_ref() != Some(email) {
                    ctx.require_fresh_proof()?;
                    if has_one {
                        return Err(AppError::conflict(HAS_ADDRESS));
                    }
                    let tx = ctx.begin().await?;
                    sso_enforcement::keeps_address(&tx, &ctx.app, id).await?;
                    tx.rollback().await?;
                }
                let other = repo::by_email(&ctx.app, email).await?;
                other.is_none_or(|user| user.id == id)
            }
            None => true,
        };
        Ok(Self {
            id,
            name,
            email,
            free,
        })
    }

    /// Writes the name and the email address, with the audit row.
    async fn write(&self, tx: &Tx, ctx: &Ctx) -> Result<(), DbErr> {
        let change = (self.name.as_deref(), self.email.as_deref());
        repo::update(tx, self.id, change, self.free).await?;
        let entry = Entry::new("profile.update", "user", UserId(self.id))
            .detail(json!({ "name": self.name, "email": self.email }));
        audit::write(tx, ctx, entry).await
    }
}

/// An error of writing a profile.
enum ProfileError {
    /// Another account has the email address.
    Taken,
    Other(AppError),
}

impl From<AppError> for ProfileError {
    fn from(error: AppError) -> Self {
        Self::Other(error)
    }
}

impl From<DbErr> for ProfileError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Taken,
            _ => Self::Other(error.into()),
        }
    }
}

impl From<ProfileError> for AppError {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::Taken => {
                AppError::conflict("email: this address was taken a moment ago; try again")
            }
            ProfileError::Other(error) => error,
        }
    }
}

async fn write_profile(
    ctx: &Ctx,
    person: Option<&PersonChange>,
    rename: Option<&organizations::Rename>,
) -> Result<(), ProfileError> {
    if person.is_none() && rename.is_none() {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    if let Some(person) = person {
        person.write(&tx, ctx).await?;
    }
    if let Some(rename) = rename {
        rename.write(&tx, ctx).await?;
    }
    tx.commit().await?;
    if let Some(person) = person {
        ctx.app.drop_right(Right::User(person.id));
    }
    Ok(())
}

/// The id of the calling person. Callers authorize with `authorize_person` first, which refuses API
/// keys.
pub(crate) fn person(ctx: &Ctx) -> Result<Uuid> {
    ctx.actor.id.ok_or_else(|| AppError::not_found("user"))
}
