//! Links that sign in once: for the first owner, and for an owner without a password.

use chrono::Duration;
use sea_orm::{ColumnTrait, ConnectionTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use types::{OrgId, UserId};
use uuid::Uuid;

use super::{IdentityError, device, repo, sessions, sessions::Visitor, sign_in_link, token, user};
use crate::{
    App, Tx,
    access::Role,
    audit::{self, Entry},
    ctx::{Actor, ActorKind},
    error::Result,
    tenancy::SharedEntity,
};

/// How long a link may wait.
const LASTS: Duration = Duration::hours(24);

/// The token of a new link for whoever would otherwise be locked out: the first owner, or the
/// first person while nobody has a password. `None` when people can sign in. For the terminal
/// only. Older links end.
pub async fn print_link(app: &App) -> Result<Option<String>> {
    let conn = app.db().conn();
    let first = user::Entity::shared(app)
        .order_by_asc(user::Column::Id)
        .one(conn)
        .await?;
    let with_password = user::Entity::shared(app)
        .filter(user::Column::PasswordHash.is_not_null())
        .count(conn)
        .await?;
    if with_password > 0 {
        return Ok(None);
    }
    let (now, secret) = (app.clock().now(), token::new(token::LINK));
    let tx = app.db().begin(&[]).await?;
    tx.execute(
        "UPDATE sign_in_links SET used_at = $1 WHERE used_at IS NULL",
        [now.into()],
    )
    .await?;
    tx.execute(
        "INSERT INTO sign_in_links (token_hash, user_id, expires_at) VALUES ($1, $2, $3)",
        [
            token::hash(&secret).to_vec().into(),
            first.map(|user| user.id).into(),
            (now + LASTS).into(),
        ],
    )
    .await?;
    tx.commit().await?;
    Ok(Some(secret))
}

/// Signs in by a link, which ends with this. The first owner comes into being here, with an
/// organization; after that sign-up is closed.
pub async fn redeem_link(
    app: &App,
    secret: &str,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<sessions::SignedIn> {
    app.guessing().link(visitor.address)?;
    if !token::is_plausible(secret, token::LINK) {
        return Err(IdentityError::LinkUsed.into());
    }
    let (hash, now) = (token::hash(secret).to_vec(), app.clock().now());
    let link = sign_in_link::Entity::shared(app)
        .filter(sign_in_link::Column::TokenHash.eq(hash.clone()))
        .one(app.db().conn())
        .await?
        .ok_or(IdentityError::LinkUsed)?;
    let new_org = OrgId::new(app.clock());
    let orgs: Vec<OrgId> = match link.user_id {
        None => vec![new_org],
        Some(user) => repo::memberships(app, user)
            .await?
            .iter()
            .map(|m| OrgId(m.org_id))
            .collect(),
    };
    let tx = app.db().begin(&orgs).await?;
    let used = tx
        .execute(
            "UPDATE sign_in_links SET used_at = $1 \
             WHERE token_hash = $2 AND used_at IS NULL AND expires_at > $1",
            [now.into(), hash.into()],
        )
        .await?;
    if used != 1 {
        return Err(IdentityError::LinkUsed.into());
    }
    let (user, name, email) = match link.user_id {
        Some(user) => {
            let row = user::Entity::shared(app)
                .filter(user::Column::Id.eq(user))
                .one(tx.conn())
                .await?
                .ok_or(IdentityError::LinkUsed)?;
            (user, row.name, row.email)
        }
        None => (
            first_owner(&tx, app, new_org).await?,
            OWNER.to_owned(),
            None,
        ),
    };
    let mut signed_in = sessions::start(&tx, app, user).await?;
    if let Some(email) = email {
        signed_in.device = Some((device::issue(app, &email, None)?, device::LASTS));
    }
    let actor = Actor {
        kind: ActorKind::User,
        id: Some(user),
        name: name.into(),
    };
    for org in orgs {
        let entry = Entry::new("session.start", "user", UserId(user)).detail(json!({"by": "link"}));
        audit::write_raw(&tx, app.clock(), org, &actor, request_id, entry).await?;
    }
    tx.commit().await?;
    Ok(signed_in)
}

/// The first owner's name until they give another.
const OWNER: &str = "Owner";

async fn first_owner(tx: &Tx, app: &App, org: OrgId) -> Result<Uuid> {
    if tx.is_postgres() {
        // Two links redeemed at once must not make two first owners.
        tx.conn()
            .execute_unprepared("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")
            .await?;
    }
    if user::Entity::shared(app).count(tx.conn()).await? > 0 {
        return Err(IdentityError::SignUpClosed.into());
    }
    let (id, now) = (UserId::new(app.clock()).0, app.clock().now());
    tx.execute(
        "INSERT INTO users (id, name, created_at) VALUES ($1, $2, $3)",
        [id.into(), OWNER.into(), now.into()],
    )
    .await?;
    crate::organizations::found(tx, app.clock(), org, "My organization", id, Role::Owner).await?;
    Ok(id)
}
