//! Single-use sign-in links: for the first owner, and for an owner without a password.

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

/// The lifetime of a link.
const LASTS: Duration = Duration::hours(24);

/// The first owner's name until they change it.
const OWNER: &str = "Owner";

/// Creates a sign-in link, to be printed on the terminal only, and returns its token. It is for the
/// first owner, or for the oldest account while nobody has a password. `None` if somebody has one.
/// Invalidates older links.
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

/// Signs in with a link, which is then used up. Creates the first owner and an organization if the
/// link is for them; after that, sign-up is closed.
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
            let row = users::find_in(tx.conn(), app, user).await?;
            let row = row.ok_or(LinkError::Used)?;
            (user, row.name, row.email)
        }
        None => {
            let owner = first_owner(&tx, app, new_org).await?;
            (owner, OWNER.to_owned(), None)
        }
    };
    let who = Proved {
        strong: true,
        ..Proved::by("link", user, &name, &orgs)
    };
    let mut signed_in = sessions::open(&tx, app, &who, visitor, request_id).await?;
    if let Some(email) = email {
        let device = passwords::issue_device(app, &email, None)?;
        signed_in.device = Some((device, passwords::DEVICE_LASTS));
    }
    tx.commit().await?;
    Ok(signed_in)
}

async fn first_owner(tx: &Tx, app: &App, org: OrgId) -> Result<Uuid> {
    // Two links redeemed at the same time must not create two first owners.
    if users::count_alone(tx, app).await? > 0 {
        return Err(LinkError::SignUpClosed.into());
    }
    let id = UserId::new(app.clock()).0;
    users::insert(tx, id, OWNER, app.clock().now()).await?;
    organizations::found(tx, app.clock(), org, "My organization", id, Role::Owner).await?;
    Ok(id)
}
