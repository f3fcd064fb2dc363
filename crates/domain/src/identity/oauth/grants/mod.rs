//! What a person has granted to an application in an organization: which scopes, since when. Its
//! tokens end with it.

mod repo;

use chrono::{DateTime, Utc};
use serde_json::json;
use types::{ApplicationGrantId, ApplicationId, OrgId, UserId};
use uuid::Uuid;

pub(super) use repo::used;

use super::{
    Whose, authorize,
    clients::{self, Client},
    devices,
};
use crate::{
    Ctx, Tx,
    access::{Permission, PermissionSet, stored},
    audit::{self, Entry},
    error::{AppError, Result},
    identity::{notices, users},
    live::Right,
    mail::{self, Letter},
    organizations,
};

/// A grant as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationGrant {
    /// Its id.
    pub id: ApplicationGrantId,
    /// The organization in which the application acts.
    pub org: OrgId,
    /// That organization's name.
    pub org_name: String,
    /// The application.
    pub application: ApplicationId,
    /// Its name.
    pub application_name: String,
    /// The person.
    pub user: UserId,
    /// Their name.
    pub user_name: String,
    /// What was granted. In use, the application has only what the person also has.
    pub scopes: PermissionSet,
    /// When the person first granted something.
    pub created_at: DateTime<Utc>,
    /// When the application last got a token.
    pub last_used_at: DateTime<Utc>,
}

impl ApplicationGrant {
    fn of(row: repo::GrantRow, org: OrgId, org_name: &str) -> Result<Self> {
        let application = ApplicationId(row.client_id);
        Ok(Self {
            id: ApplicationGrantId(row.id),
            org,
            org_name: org_name.to_owned(),
            application,
            application_name: clients::display_name(application, row.application),
            user: UserId(row.user_id),
            user_name: row.person,
            scopes: stored::of_list(&row.scopes)?,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        })
    }
}

/// What the caller has granted, in all of their organizations.
pub async fn list_own_grants(ctx: &Ctx) -> Result<Vec<ApplicationGrant>> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let user = users::person(ctx)?;
    let mut grants = Vec::new();
    for org in organizations::mine(ctx).await? {
        for row in repo::list(&ctx.app, org.id, Some(user)).await? {
            grants.push(ApplicationGrant::of(row, org.id, &org.name)?);
        }
    }
    Ok(grants)
}

/// What the organization's members have granted in it, for those who manage members.
pub async fn list_grants(ctx: &Ctx) -> Result<Vec<ApplicationGrant>> {
    ctx.authorize(Permission::MemberManage).await?;
    let name = organizations::name(ctx).await?;
    let rows = repo::list(&ctx.app, ctx.org, None).await?;
    let grants = rows.into_iter();
    grants
        .map(|row| ApplicationGrant::of(row, ctx.org, &name))
        .collect()
}

/// Ends a grant, with all tokens of the application, at once in every process: one of the caller's
/// own, or any of the organization's for those who manage members.
pub async fn revoke_grant(ctx: &Ctx, id: ApplicationGrantId) -> Result<()> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let user = users::person(ctx)?;
    let manages = ctx.rights.permissions.has(Permission::MemberManage);
    for org in organizations::mine(ctx).await? {
        let whose = Some(user).filter(|_| !(manages && org.id == ctx.org));
        let tx = ctx.db().begin(&[org.id]).await?;
        if !repo::delete(&tx, org.id, id, whose).await? {
            tx.rollback().await?;
            continue;
        }
        let entry = Entry::new("application.revoke", "application_grant", id);
        audit::write_for(&tx, ctx, org.id, &ctx.actor, entry).await?;
        tx.commit().await?;
        ctx.app.drop_right(Right::Application(id.0));
        return Ok(());
    }
    Err(AppError::not_found("grant"))
}

/// Writes what the caller grants to an application, in the transaction of their answer, which must
/// include `OrgId::SERVER`. The caller gets a mail, if their address is verified.
pub(super) async fn give(
    tx: &Tx,
    ctx: &Ctx,
    client: &Client,
    scopes: PermissionSet,
    organization: String,
) -> Result<ApplicationGrantId> {
    let user = users::person(ctx)?;
    let id = client.application.id;
    let before = repo::scopes(tx, ctx.org, id, user).await?;
    let before = before.as_deref().map(stored::of_list).transpose()?;
    let all = before.unwrap_or_default().or(scopes);
    let new = ApplicationGrantId::new(ctx.clock());
    let now = ctx.clock().now();
    let grant = repo::upsert(tx, ctx.org, (new, id, user), &all.to_string(), now).await?;
    let detail = json!({ "application": client.client_id(), "name": client.application.name,
        "scopes": scopes.to_string() });
    let entry = Entry::new("application.grant", "application_grant", grant).detail(detail);
    audit::write(tx, ctx, entry).await?;
    let letter = Letter::ApplicationAllowed {
        name: ctx.actor.name.to_string(),
        application: client.application.name.clone(),
        organization,
        at: notices::time(&ctx.app),
        link: mail::link(&ctx.app, notices::SETTINGS),
    };
    notices::tell_member(tx, &ctx.app, user, &letter, &ctx.request_id).await?;
    Ok(grant)
}

/// Ends what a person has granted in an organization: they leave it, or end their other sessions from one
/// that reaches this organization only.
pub(crate) async fn end_in_organization(tx: &Tx, org: OrgId, user: Uuid) -> Result<u64> {
    Ok(repo::delete_of_person(tx, org, user).await?)
}

/// Ends what everybody has granted to an application that is deleted.
pub(super) async fn end_of_application(tx: &Tx, org: OrgId, client: ApplicationId) -> Result<()> {
    repo::delete_of_client(tx, org, client).await?;
    Ok(())
}

/// Ends everything that a person has granted, in every organization: their password changed, or they
/// signed out everywhere. The caller drops the cached rights of the person after the commit.
pub(in crate::identity) async fn end_all(tx: &Tx, user: Uuid, now: DateTime<Utc>) -> Result<()> {
    authorize::delete_unused(tx, Whose::Person(user)).await?;
    devices::delete_answered(tx, Whose::Person(user)).await?;
    Ok(repo::end_all(tx, user, now).await?)
}
