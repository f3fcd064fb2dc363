//! Taking away everything that a person's second factor consists of, because they have lost all of it.
//!
//! Nobody can do so through the API: whoever could would be the way around every second factor. It is for
//! whoever has the machine and its database, who can read and change everything anyway.

use chrono::{DateTime, Utc};
use serde_json::json;
use types::{OrgId, UserId};

use super::repo;
use crate::{
    App,
    audit::{self, Entry},
    ctx::Actor,
    error::{AppError, Result},
    identity::{notices, passkeys, passwords, sessions, users},
    live::Right,
    mail::{self, Letter},
    organizations, text,
};

/// The name in the audit log of whoever has the machine.
const OPERATOR: &str = "server administrator";

/// What a person's second factor consists of, and what depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// The person's name.
    pub name: String,
    /// Whether they have an authenticator app.
    pub app: bool,
    /// How many recovery codes are left.
    pub recovery_codes: u64,
    /// How many passkeys they have.
    pub passkeys: u64,
    /// Whether they have a password. Without one, they set one with a link that is sent to them.
    pub has_password: bool,
    /// The names of their organizations.
    pub organizations: Vec<String>,
    /// Those that enforce single sign-on and of which they are the break-glass owner, who enters with a
    /// passkey only.
    pub break_glass_of: Vec<String>,
}

impl SecondFactor {
    /// Whether there is nothing to take away.
    pub const fn is_none(&self) -> bool {
        !self.app && self.recovery_codes == 0 && self.passkeys == 0
    }
}

/// The second factor of the account with an email address.
///
/// # Errors
/// `NOT_FOUND` if there is no such account.
pub async fn second_factor_of(app: &App, email: &str) -> Result<SecondFactor> {
    let user = account(app, email).await?;
    let memberships = organizations::memberships(app, user.id).await?;
    let tx = app.db().begin(&[]).await?;
    let has_app = repo::confirmed(&tx, app, user.id).await?.is_some();
    let passkeys = passkeys::count(&tx, app, user.id).await?;
    tx.rollback().await?;
    let mut found = SecondFactor {
        name: user.name,
        app: has_app,
        recovery_codes: 0,
        passkeys,
        has_password: user.password_hash.is_some(),
        organizations: Vec::new(),
        break_glass_of: Vec::new(),
    };
    if has_app {
        found.recovery_codes = repo::codes_left(app, user.id).await?;
    }
    for one in memberships {
        if one.break_glass && one.enforces_sso() {
            found.break_glass_of.push(one.org_name.clone());
        }
        found.organizations.push(one.org_name);
    }
    Ok(found)
}

/// Removes a person's authenticator app, recovery codes and passkeys, ends their sessions and what
/// applications may do for them, and tells them by mail. The password stays.
///
/// # Errors
/// `NOT_FOUND` if there is no such account.
pub async fn reset_second_factor(app: &App, email: &str, request_id: &str) -> Result<()> {
    let user = account(app, email).await?;
    let orgs = passwords::organizations_of(app, &user).await?;
    let all: Vec<OrgId> = orgs.iter().copied().chain([OrgId::SERVER]).collect();
    let ever: DateTime<Utc> = DateTime::UNIX_EPOCH;
    let tx = app.db().begin(&all).await?;
    users::lock(&tx, user.id).await?;
    let had_app = repo::confirmed(&tx, app, user.id).await?.is_some();
    repo::delete_since(&tx, user.id, ever).await?;
    let passkeys = passkeys::delete_since(&tx, user.id, ever).await?;
    sessions::end_all(&tx, app, user.id).await?;
    let actor = Actor::system(OPERATOR);
    for org in orgs {
        let entry = Entry::new("two_factor.reset", "user", UserId(user.id))
            .detail(json!({ "app": had_app, "passkeys": passkeys }));
        audit::write_raw(&tx, app.clock(), org, &actor, request_id, entry).await?;
    }
    let letter = Letter::SecondFactorReset {
        name: user.name,
        at: notices::time(app),
        link: mail::link(app, notices::SETTINGS),
    };
    notices::tell(&tx, app, user.id, &letter, request_id).await?;
    tx.commit().await?;
    app.drop_right(Right::User(user.id));
    Ok(())
}

/// The account with an email address, in whatever case it is written.
async fn account(app: &App, email: &str) -> Result<users::entity::Model> {
    let email = text::email("email", email)?;
    let user = users::by_email(app, &email).await?;
    user.ok_or_else(|| AppError::not_found("account"))
}
