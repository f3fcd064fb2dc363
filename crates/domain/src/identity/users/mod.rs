//! People: the caller's own name and email address, and their view of themselves.

pub mod entity;
mod region;
mod repo;

use sea_orm::{DbErr, SqlErr};
use serde_json::json;
use types::UserId;
use uuid::Uuid;

pub(super) use repo::{
    by_email, count_alone, drop_password, find, find_in, first, insert, insert_account,
    insert_external, lock, lock_unchanged, prove_address, replace_password, restore_address,
    set_password, set_region, verify_address, verify_new, with_password,
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
    settings::SignUp,
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
    /// The language tag that they have chosen; `None`: that of their browser.
    pub locale: Option<String>,
    /// The time zone that they have chosen; `None`: that of their browser.
    pub time_zone: Option<String>,
}

impl From<entity::Model> for User {
    fn from(row: entity::Model) -> Self {
        Self {
            id: UserId(row.id),
            name: row.name,
            email_verified: row.email_wanted.is_none() && row.email_verified_at.is_some(),
            email: row.email_wanted.or(row.email),
            locale: row.locale,
            time_zone: row.time_zone,
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
    /// Whether somebody without an account can accept an invitation.
    pub invites_strangers: bool,
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
    /// A language tag; empty for that of the browser.
    pub locale: Option<String>,
    /// The name of a time zone; empty for that of the browser.
    pub time_zone: Option<String>,
}

impl ProfileChange {
    /// Whether it changes anything of the person, and not only of the organization.
    const fn is_of_person(&self) -> bool {
        self.name.is_some()
            || self.email.is_some()
            || self.locale.is_some()
            || self.time_zone.is_some()
    }
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
        invites_strangers: ctx.app.settings().sign_up != SignUp::Closed,
        rights: ctx.rights.clone(),
        organization,
        organizations,
    })
}

/// Changes the caller's name, email address, locale and time zone and, with the permission to do so, the
/// organization's name. If any part is refused, nothing is changed.
pub async fn update_profile(ctx: &Ctx, change: ProfileChange) -> Result<Viewer> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let person = if change.is_of_person() {
        Some(PersonChange::check(ctx, &change).await?)
    } else {
        None
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
    locale: Option<Option<String>>,
    time_zone: Option<Option<String>>,
}

impl PersonChange {
    async fn check(ctx: &Ctx, change: &ProfileChange) -> Result<Self> {
        // Any session may say how dates are shown to its person.
        if change.name.is_some() || change.email.is_some() {
            ctx.require_whole_account().await?;
        }
        let id = person(ctx)?;
        let name = change.name.as_deref();
        let name = name.map(|name| text::line("name", name, 100)).transpose()?;
        let email = change.email.as_deref();
        let email = email.map(|email| text::email("email", email)).transpose()?;
        let locale = change.locale.as_deref().map(region::locale).transpose()?;
        let time_zone = change.time_zone.as_deref();
        let time_zone = time_zone.map(region::time_zone).transpose()?;
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
                    sso_enforcement::require_changeable_address(&tx, &ctx.app, id).await?;
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
            locale,
            time_zone,
        })
    }

    /// Writes what changes, with the audit row.
    async fn write(&self, tx: &Tx, ctx: &Ctx) -> Result<(), DbErr> {
        let change = (self.name.as_deref(), self.email.as_deref());
        repo::update(tx, self.id, change, self.free).await?;
        let locale = self.locale.as_ref().map(Option::as_deref);
        let time_zone = self.time_zone.as_ref().map(Option::as_deref);
        repo::set_region(tx, self.id, (locale, time_zone)).await?;
        let detail = json!({ "name": self.name, "email": self.email, "locale": locale,
            "timeZone": time_zone });
        let entry = Entry::new("profile.update", "user", UserId(self.id)).detail(detail);
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
        organizations::hold_caller(&tx, ctx).await?;
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

/// The id of the calling person, who may change their whole account and proved their identity recently.
pub(super) async fn proved_person(ctx: &Ctx) -> Result<Uuid> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    ctx.require_whole_account().await?;
    ctx.require_fresh_proof()?;
    person(ctx)
}
