//! From a provisioned user to an account, with the rules of signing in at an identity provider: an
//! account is entered by its address only if it has verified the address and the organization has
//! proved the domain, or if the organization's own provider has signed a member in with the address.
//! Nobody else's account is found, and whether there is one does not show.

use sea_orm::{DbErr, SqlErr};
use types::UserId;
use uuid::Uuid;

use super::{ScimUseError, entity::Model, repo};
use crate::{
    App, Ctx, Tx,
    error::{AppError, Result},
    identity::{domains, sso_providers, users},
    organizations, text,
};

/// Why an active person is not a member yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// There is no usable email address.
    Address,
    /// The organization has not proved the domain of the address.
    Proof,
    /// A member has entered the address, but not verified it.
    Verification,
}

impl Waits {
    /// All reasons.
    pub const ALL: [Self; 3] = [Self::Address, Self::Proof, Self::Verification];

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Proof => "proof",
            Self::Verification => "verification",
        }
    }

    /// The reason with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// The account of a person.
#[derive(Clone, Debug)]
pub enum Found {
    /// This one.
    Account(Uuid),
    /// A new one: with this address to sign in with, or one that is only shown.
    New {
        /// The verified address.
        email: Option<String>,
        /// The address that is only shown.
        shown: Option<String>,
    },
    /// None yet.
    Waits(Waits),
}

/// Finds the account for an address. Writes nothing.
pub async fn find(ctx: &Ctx, email: Option<&str>) -> Result<Found> {
    let Some(email) = email else {
        return Ok(Found::Waits(Waits::Address));
    };
    let account = users::by_email(&ctx.app, email).await?;
    let member = match &account {
        Some(user) => is_member(ctx, user.id).await?,
        None => false,
    };
    let proved = domains::is_proved(&ctx.app, ctx.org, email).await?;
    let is_verified = |user: &users::entity::Model| user.email_verified_at.is_some();
    if let Some(user) = account.as_ref().filter(|user| is_verified(user))
        // A member was let in by somebody of the organization.
        && (proved || member)
    {
        return Ok(Found::Account(user.id));
    }
    if proved && let Some(user) = asserted(ctx, email).await? {
        return Ok(Found::Account(user));
    }
    Ok(match account {
        Some(_) if member => Found::Waits(Waits::Verification),
        _ if !proved => Found::Waits(Waits::Proof),
        Some(_) => Found::New {
            email: None,
            shown: Some(email.to_owned()),
        },
        None => Found::New {
            email: Some(email.to_owned()),
            shown: None,
        },
    })
}

/// The only member to whom the organization's own providers assert the address, which is of a domain that
/// the organization has proved. They may have joined before the proof, so that no account has the address.
async fn asserted(ctx: &Ctx, email: &str) -> Result<Option<Uuid>> {
    let issuers = sso_providers::issuers_of(ctx).await?;
    match repo::asserted(ctx, email, &issuers).await?.as_slice() {
        [one] => Ok(Some(*one)),
        _ => Ok(None),
    }
}

async fn is_member(ctx: &Ctx, user: Uuid) -> Result<bool> {
    let tx = ctx.begin().await?;
    let rights = organizations::rights_of_member(&tx, ctx.clock(), ctx.org, user).await?;
    tx.rollback().await?;
    Ok(rights.is_some())
}

/// Gives a user the account that was found, or makes it.
pub async fn settle(tx: &Tx, ctx: &Ctx, row: &mut Model, found: Found) -> Result<()> {
    let account = match found {
        Found::Waits(reason) => {
            row.waits_for = Some(reason.as_str().to_owned());
            return Ok(());
        }
        Found::Account(account) => {
            let other = repo::by_account(tx, ctx, account).await?;
            if other.is_some_and(|other| other.id != row.id) {
                return Err(ScimUseError::AccountTaken.into());
            }
            account
        }
        Found::New { email, shown } => {
            let id = UserId::new(ctx.clock()).0;
            let name = account_name(&row.shown_name);
            let address = (email.as_deref(), shown.as_deref());
            let written = users::insert_external(tx, id, &name, address, ctx.clock().now()).await;
            written.map_err(unless_taken)?;
            id
        }
    };
    row.user_id = Some(account);
    row.waits_for = None;
    Ok(())
}

fn account_name(shown: &str) -> String {
    let short: String = shown.chars().take(100).collect();
    text::line("name", &short, 100).unwrap_or_else(|_| "New member".to_owned())
}

/// Somebody has made an account with the address a moment ago; otherwise the database's error.
fn unless_taken(error: DbErr) -> AppError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => ScimUseError::Busy.into(),
        _ => error.into(),
    }
}

/// What provisioning says about a person who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::identity) enum State {
    /// They are to be a member.
    Active {
        /// Whether their role is that of a group.
        role_of_groups: bool,
    },
    /// They were a member, and are to be none.
    Ended,
}

/// What provisioning says about a person: by their account and, if it is proved, by their address.
pub(in crate::identity) async fn state_of(
    tx: &Tx,
    app: &App,
    org: types::OrgId,
    account: Uuid,
    email: Option<&str>,
) -> Result<Option<State>> {
    let email = email.map(str::to_lowercase);
    let rows = repo::about(tx, app, org, (account, email.as_deref())).await?;
    let active = |row: &&Model| row.active && row.deleted_at.is_none();
    let own = rows
        .iter()
        .filter(active)
        .find(|row| row.user_id == Some(account));
    if let Some(own) = own {
        return Ok(Some(State::Active {
            role_of_groups: own.role_of_groups,
        }));
    }
    let ended = !rows.is_empty() && !rows.iter().any(|row| active(&row));
    Ok(ended.then_some(State::Ended))
}

/// The account that was made or found for an address of a proved domain.
pub(in crate::identity) async fn account_of(
    app: &App,
    org: types::OrgId,
    email: &str,
) -> Result<Option<Uuid>> {
    let tx = app.db().begin(&[org]).await?;
    let rows = repo::with_address(&tx, app, org, &email.to_lowercase()).await?;
    tx.rollback().await?;
    match rows.as_slice() {
        [one] => Ok(one.user_id),
        _ => Ok(None),
    }
}
