//! Token families: the tokens that begin with one authorization. An access token is valid for as
//! long as its family; of the refresh tokens, only the newest can be used.

mod refresh;
mod repo;
mod reuse;

use chrono::{DateTime, Duration, Utc};
use sea_orm::ConnectionTrait;
use serde_json::{Value as Json, json};
use types::{ApplicationId, OrgId, ServiceAccountId, TokenFamilyId, UserId};
use uuid::Uuid;

pub(super) use refresh::refresh;
pub(super) use repo::{FamilyRow, RefreshRow, find};
pub(super) use reuse::end_reused;

use super::{
    Whose, authorize,
    clients::{self, Client},
    devices,
    token::TokenRequest,
};
use crate::{
    App, SystemCtx, Tx,
    access::{PermissionSet, stored},
    audit::{self, Entry},
    ctx::{ActingToken, Actor, ActorKind},
    error::{AppError, Result},
    identity::{
        KeyLimits, Principal,
        access_tokens::{self, Claims, NewClaims},
        secret, sessions, sso_enforcement,
    },
    live::Right,
};

/// The longest lifetime of a family; then the person is asked again.
const LASTS: Duration = Duration::days(90);
/// How long a refresh token can stay unused.
const IDLE: Duration = Duration::days(30);
/// How long the family of a service account lives. Its access token expires after ten minutes, but
/// background work that was requested with it needs the family's rights for longer.
const OF_ACCOUNT: Duration = Duration::days(1);
/// How long an expired family is remembered.
const KEPT: Duration = Duration::days(7);

/// New tokens.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The access token.
    pub access_token: String,
    /// For how long it is valid.
    pub lasts: Duration,
    /// The refresh token; a service account has none.
    pub refresh_token: Option<String>,
    /// The scopes of the access token.
    pub scopes: PermissionSet,
}

/// Whose tokens a new family consists of.
pub(super) struct Holder {
    /// The organization.
    pub org: OrgId,
    /// The grant and its person; `None` for the service account of the application.
    pub grant: Option<(Uuid, Uuid)>,
    /// Whether the person allowed it in a session that the organization's identity provider opened.
    pub limited: bool,
    /// The scopes.
    pub scopes: PermissionSet,
}

/// A family in a transaction that is not committed yet, with its first refresh token.
pub(super) struct Begun {
    pub id: TokenFamilyId,
    org: OrgId,
    refresh_token: Option<String>,
}

/// Begins a family, in the transaction that uses up a code, if there is one.
pub(super) async fn begin(
    tx: &Tx,
    app: &App,
    client: &Client,
    holder: &Holder,
    request: &TokenRequest<'_>,
) -> Result<Begun> {
    let now = app.clock().now();
    let id = TokenFamilyId::new(app.clock());
    let mut scopes = holder.scopes;
    if client.org.is_some() {
        // Waits for a change of the application, so that new tokens have nothing that it takes away.
        let allowed = clients::used(tx, holder.org, client.application.id, now).await?;
        scopes = scopes.and(stored::of_list(&allowed.unwrap_or_default())?);
    }
    let address = request.client.address;
    let address = address.map(|address| address.to_canonical().to_string());
    let new = repo::NewFamily {
        id,
        org: holder.org,
        client: client.application.id,
        grant: holder.grant,
        limited: holder.limited,
        scopes,
        address: address.as_deref(),
    };
    let lasts = match (holder.grant, holder.limited) {
        (Some(_), false) => LASTS,
        // As long as the session in which it was allowed: then the provider is asked again.
        (Some(_), true) => sessions::LIMITED_LASTS,
        (None, _) => OF_ACCOUNT,
    };
    repo::insert(tx, &new, (now, now + lasts)).await?;
    let refresh_token = match holder.grant {
        None => None,
        Some(_) => {
            let token = secret::new(secret::REFRESH);
            let times = (now, now + IDLE.min(lasts));
            repo::insert_refresh(tx, holder.org, id.0, secret::hash(&token), times).await?;
            note_start(tx, app, (holder.org, id), request.request_id).await?;
            Some(token)
        }
    };
    Ok(Begun {
        id,
        org: holder.org,
        refresh_token,
    })
}

/// Writes the audit row of a new family of a person, unless it has no rights and gets no tokens.
async fn note_start(
    tx: &Tx,
    app: &App,
    (org, id): (OrgId, TokenFamilyId),
    request_id: &str,
) -> Result<()> {
    let Some(row) = repo::find_in(tx, app, org, id.0).await? else {
        return Ok(());
    };
    if is_let_in(tx.conn(), app, &row).await? {
        let detail = json!({ "scopes": row.scopes });
        note(tx, app, "token_family.start", &row, detail, request_id).await?;
    }
    Ok(())
}

/// Writes an audit row about a family, with the application as the actor.
async fn note(
    tx: &Tx,
    app: &App,
    action: &str,
    row: &FamilyRow,
    mut detail: Json,
    request_id: &str,
) -> Result<()> {
    detail["application"] = clients::client_id(row.client_id.into()).into();
    let entry = Entry::new(action, "token_family", TokenFamilyId(row.id)).detail(detail);
    let (org, actor) = (OrgId(row.org_id), actor(row, row.scopes()?));
    audit::write_raw(tx, app.clock(), org, &actor, request_id, entry).await?;
    Ok(())
}

/// The tokens of a family that was just committed. `None`: it has no rights, because its person or
/// service account is no longer in the organization.
pub(super) async fn first_tokens(app: &App, begun: Begun) -> Result<Option<Issued>> {
    let Some(row) = repo::find(app, begun.org, begun.id).await? else {
        return Ok(None);
    };
    if !is_let_in(app.db(), app, &row).await? {
        return Ok(None);
    }
    let scopes = row.scopes()?;
    issue(app, &row, scopes, begun.refresh_token)
        .await
        .map(Some)
}

/// Signs an access token of a family.
async fn issue(
    app: &App,
    row: &FamilyRow,
    scopes: PermissionSet,
    refresh_token: Option<String>,
) -> Result<Issued> {
    let claims = NewClaims {
        subject: &subject(row)?,
        client_id: &clients::client_id(row.client_id.into()),
        org: OrgId(row.org_id),
        family: TokenFamilyId(row.id),
        scopes,
    };
    Ok(Issued {
        access_token: access_tokens::sign(app, &claims).await?,
        lasts: access_tokens::LASTS,
        refresh_token,
        scopes,
    })
}

/// Whose tokens these are.
pub(super) fn subject(row: &FamilyRow) -> Result<String> {
    match (row.user_id, row.service_account_id) {
        (Some(user), _) => Ok(UserId(user).to_string()),
        (None, Some(account)) => Ok(ServiceAccountId(account).to_string()),
        (None, None) => Err(AppError::internal(format!("family {} of nobody", row.id))),
    }
}

/// The principal of an access token whose signature and times were checked. `None` if its family has
/// ended.
pub(in crate::identity) async fn principal(
    app: &App,
    claims: &Claims,
) -> Result<Option<Principal>> {
    let Some(row) = repo::find(app, claims.org, claims.family).await? else {
        return Ok(None);
    };
    if !is_let_in(app.db(), app, &row).await? {
        return Ok(None);
    }
    let right = subject(&row)? == claims.sub
        && clients::client_id(row.client_id.into()) == claims.client_id;
    let (true, Some(scopes)) = (right, claims.scopes()) else {
        return Ok(None);
    };
    let tied = [Some(row.id), Some(row.client_id), row.grant_id, row.user_id];
    Ok(Some(Principal {
        actor: actor(&row, scopes),
        session: None,
        proved_at: None,
        limited: false,
        limits: KeyLimits {
            expires_at: access_tokens::ends(claims),
            ..KeyLimits::default()
        },
        tied: tied.into_iter().flatten().collect(),
        memberships: vec![(claims.org, row.rights(scopes))],
        closed: Vec::new(),
    }))
}

/// Whether the organization lets the family in. Where it enforces single sign-on for the person, it lets
/// in only what they allowed in a session of its identity provider.
pub(super) async fn is_let_in(
    conn: &impl ConnectionTrait,
    app: &App,
    row: &FamilyRow,
) -> Result<bool> {
    match row.user_id {
        Some(user) if !row.limited => {
            sso_enforcement::is_open(conn, app, OrgId(row.org_id), user).await
        }
        _ => Ok(true),
    }
}

/// Ends what people allowed in sessions that the organization's providers opened, for one person or for
/// all. The caller drops the cached rights after the commit.
pub(in crate::identity) async fn end_limited(
    tx: &Tx,
    org: OrgId,
    user: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    let whose = Whose::Limited(org, user);
    authorize::delete_unused(tx, whose).await?;
    devices::delete_answered(tx, whose).await?;
    Ok(repo::end_limited(tx, org, user, now).await?)
}

/// A family that has not ended, in a transaction.
pub(in crate::identity) async fn by_id(
    tx: &Tx,
    app: &App,
    org: OrgId,
    id: Uuid,
) -> Result<Option<FamilyRow>> {
    Ok(repo::find_in(tx, app, org, id).await?)
}

/// Who acts with the tokens of a family: what the person granted the application, which is the same in
/// all of their families, or the application itself as its service account. The name is that of the
/// person or service account, with that of the application. `scopes` are those of the token.
fn actor(row: &FamilyRow, scopes: PermissionSet) -> Actor {
    let holder = row.person.as_deref().or(row.service_account.as_deref());
    let application = clients::display_name(row.client_id.into(), row.application.clone());
    Actor {
        kind: ActorKind::Application,
        id: Some(row.grant_id.unwrap_or(row.client_id)),
        name: format!("{} ({application})", holder.unwrap_or_default()).into(),
        token: Some(ActingToken {
            family: TokenFamilyId(row.id),
            scopes,
        }),
    }
}

/// Ends a family because its application asks for it, at once in every process.
pub(super) async fn end(app: &App, row: &FamilyRow, request_id: &str) -> Result<()> {
    let (org, client) = (OrgId(row.org_id), ApplicationId(row.client_id));
    let tx = app.db().begin(&[org]).await?;
    if repo::end(&tx, org, (row.id, client), app.clock().now()).await? {
        note(&tx, app, "token_family.end", row, json!({}), request_id).await?;
    }
    tx.commit().await?;
    app.drop_right(Right::Application(row.id));
    Ok(())
}

/// A refresh token, even if it was used or has expired, for introspection and revocation.
pub(super) async fn refresh_token(app: &App, token: &str) -> Result<Option<(OrgId, RefreshRow)>> {
    if !secret::is_plausible(token, secret::REFRESH) {
        return Ok(None);
    }
    let hash = secret::hash(token);
    let Some(org) = repo::org_of(app, &hash).await? else {
        return Ok(None);
    };
    let tx = app.db().begin(&[org]).await?;
    let row = repo::refresh_token(&tx, org, &hash).await?;
    tx.rollback().await?;
    Ok(row.map(|row| (org, row)))
}

/// Removes what expired long ago, and returns how much that was.
pub async fn purge(system: &SystemCtx) -> Result<u64> {
    let tx = system.begin_across().await?;
    let gone = repo::forget(&tx, system.app.clock().now() - KEPT).await?;
    tx.commit().await?;
    Ok(gone)
}
