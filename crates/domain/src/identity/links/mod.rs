//! Links that sign in once: for the first owner, and for an owner without a password.

pub mod entity;
mod error;
mod repo;

use chrono::Duration;
use types::{OrgId, UserId};
use uuid::Uuid;

pub use error::LinkError;

use super::{
    passwords, secret,
    sessions::{self, Proved, SignedIn, Visitor},
    users,
};
use crate::{App, Tx, access::Role, error::Result, organizations};

/// How long a link may wait.
const LASTS: Duration = Duration::hours(24);

/// The first owner's name until they give another.
const OWNER: &str = "Owner";

/// The token of a new link for whoever would otherwise be locked out: the first owner, or the
/// first person while nobody has a password. `None` when people can sign in. For the terminal
/// only. Older links end.
pub async fn print_link(app: &App) -> Result<Option<String>> {
    let first = users::first(app).await?;
    if users::with_password(app).await? > 0 {
        return Ok(None);
    }
    let (now, token) = (app.clock().now(), secret::new(secret::LINK));
    let user = first.map(|user| user.id);
    let tx = app.db().begin(&[]).await?;
    repo::replace(&tx, secret::hash(&token), user, (now, now + LASTS)).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// Signs in by a link, which ends with this. The first owner comes into being here, with an
/// organization; after that sign-up is closed.
pub async fn redeem_link(
    app: &App,
    token: &str,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SignedIn> {
    passwords::guessing(app).link(visitor.address)?;
    if !secret::is_plausible(token, secret::LINK) {
        return Err(LinkError::Used.into());
    }
    let hash = secret::hash(token);
    let link = repo::find(app, &hash).await?.ok_or(LinkError::Used)?;
    let new_org = OrgId::new(app.clock());
    let orgs: Vec<OrgId> = match link.user_id {
        None => vec![new_org],
        Some(user) => {
            let memberships = organizations::memberships(app, user).await?;
            memberships.iter().map(|m| OrgId(m.org_id)).collect()
        }
    };
    let tx = app.db().begin(&orgs).await?;
    if !repo::redeem(&tx, &hash, app.clock().now()).await? {
        return Err(LinkError::Used.into());
    }
    let (user, name, email) = match link.user_id {
        Some(user) => {
            let row = users::find_in(&tx, app, user).await?;
            let row = row.ok_or(LinkError::Used)?;
            (user, row.name, row.email)
        }
        None => {
            let owner = first_owner(&tx, app, new_org).await?;
            (owner, OWNER.to_owned(), None)
        }
    };
    let who = Proved {
        user,
        name: &name,
        orgs: &orgs,
        by: "link",
    };
    let mut signed_in = sessions::open(&tx, app, &who, request_id).await?;
    if let Some(email) = email {
        let device = passwords::issue_device(app, &email, None)?;
        signed_in.device = Some((device, passwords::DEVICE_LASTS));
    }
    tx.commit().await?;
    Ok(signed_in)
}

async fn first_owner(tx: &Tx, app: &App, org: OrgId) -> Result<Uuid> {
    // Two links redeemed at once must not make two first owners.
    if users::count_alone(tx, app).await? > 0 {
        return Err(LinkError::SignUpClosed.into());
    }
    let id = UserId::new(app.clock()).0;
    users::insert(tx, id, OWNER, app.clock().now()).await?;
    organizations::found(tx, app.clock(), org, "My organization", id, Role::Owner).await?;
    Ok(id)
}
