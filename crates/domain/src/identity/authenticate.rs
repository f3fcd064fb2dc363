//! From a secret to a context.

use std::sync::Arc;

use chrono::Duration;
use types::{ErrorCode, OrgId, SessionId};

use super::{IdentityError, repo, rights::Known, token};
use crate::{
    App, Ctx, SystemCtx,
    access::{Rights, stored},
    ctx::{Actor, ActorKind},
    error::{AppError, Result},
};

/// What a request brings to say who it is from.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// A session's token, from the cookie.
    Session(&'a str),
    /// An API key, from the bearer header or a WebSocket's first message.
    ApiKey(&'a str),
}

/// Who asks, in one of their organizations (`org`, or the first). Another organization than
/// one's own is NOT_FOUND. Remembered for at most five seconds.
pub async fn authenticate(
    app: &App,
    credential: Credential<'_>,
    org: Option<OrgId>,
    request_id: impl Into<Arc<str>>,
) -> Result<Ctx> {
    let (secret, prefix) = match credential {
        Credential::Session(token) => (token, token::SESSION),
        Credential::ApiKey(key) => (key, token::API_KEY),
    };
    if !token::is_plausible(secret, prefix) {
        return Err(IdentityError::Unauthenticated.into());
    }
    let hash = token::hash(secret);
    let known = match app.rights().get(&hash) {
        Some(known) => known,
        None => {
            let age = app.rights().age();
            let known = Arc::new(match credential {
                Credential::Session(_) => by_session(app, &hash).await?,
                Credential::ApiKey(_) => by_key(app, &hash).await?,
            });
            app.rights().put(age, hash, known.clone());
            known
        }
    };
    let found = match org {
        None => known.memberships.first(),
        Some(org) => known.memberships.iter().find(|(id, _)| *id == org),
    };
    let Some((org, rights)) = found else {
        return Err(AppError::not_found("organization"));
    };
    Ok(Ctx {
        app: app.clone(),
        actor: known.actor.clone(),
        session: known.session,
        org: *org,
        rights: rights.clone()?,
        request_id: request_id.into(),
    })
}

async fn by_session(app: &App, hash: &[u8; 32]) -> Result<Known> {
    let now = app.clock().now();
    let row = match repo::session(app, hash).await? {
        Some(row) if row.expires_at > now => row,
        _ => return Err(IdentityError::Unauthenticated.into()),
    };
    if now - row.last_seen_at > Duration::minutes(10) {
        touch(
            app,
            "UPDATE sessions SET last_seen_at = $1 WHERE id = $2",
            row.id,
            &[],
        )
        .await?;
    }
    let memberships = repo::memberships(app, row.user_id).await?;
    Ok(Known {
        actor: Actor {
            kind: ActorKind::User,
            id: Some(row.user_id),
            name: row.name.into(),
        },
        session: Some(SessionId(row.id)),
        memberships: memberships
            .iter()
            .map(repo::MembershipRow::rights)
            .collect(),
    })
}

async fn by_key(app: &App, hash: &[u8; 32]) -> Result<Known> {
    let now = app.clock().now();
    let row = repo::api_key(app, hash)
        .await?
        .ok_or(IdentityError::Unauthenticated)?;
    let org = OrgId(row.org_id);
    if row
        .last_used_at
        .is_none_or(|at| now - at > Duration::minutes(1))
    {
        touch(
            app,
            "UPDATE api_keys SET last_used_at = $1 WHERE id = $2",
            row.id,
            &[org],
        )
        .await?;
    }
    let rights = row.rights();
    Ok(Known {
        actor: Actor {
            kind: ActorKind::ApiKey,
            id: Some(row.id),
            name: row.name.into(),
        },
        session: None,
        memberships: vec![(org, rights)],
    })
}

/// What an actor may do in an organization at this moment, for work that it asked for earlier.
pub async fn rights_now(system: &SystemCtx, org: OrgId, actor: &Actor) -> Result<Rights> {
    let gone = |what: &'static str| AppError::new(ErrorCode::Forbidden, what);
    let tx = system.begin_in(&[org]).await?;
    match (actor.kind, actor.id) {
        (ActorKind::System, _) => Ok(Rights::SYSTEM),
        (ActorKind::User, Some(user)) => match repo::role_of_member(&tx, org, user).await? {
            Some(role) => Ok(stored::of_role(&role)?),
            None => Err(gone(
                "Whoever asked for this is not a member of the organization any more",
            )),
        },
        (ActorKind::ApiKey, Some(key)) => match repo::key_of(&tx, org, key).await? {
            Some(key) => Ok(key.rights()?),
            None => Err(gone(
                "The API key that asked for this was revoked, or its maker left the organization",
            )),
        },
        (ActorKind::User | ActorKind::ApiKey, None) => {
            Err(gone("It is not known who asked for this"))
        }
    }
}

async fn touch(app: &App, sql: &str, id: uuid::Uuid, orgs: &[OrgId]) -> Result<()> {
    let tx = app.db().begin(orgs).await?;
    tx.execute(sql, [app.clock().now().into(), id.into()])
        .await?;
    Ok(tx.commit().await?)
}
