//! The authorization endpoint: an application sends a person here, who allows or refuses what it asks
//! for, on a page of the dashboard.

mod code;
mod pkce;
mod query;
mod repo;
mod request;

pub(super) use code::redeem;
pub(super) use repo::delete_unused;
pub use request::Refusal;
use request::Request;

use types::OrgId;

use super::{
    clients::{Application, Client},
    grants,
};
use crate::{
    App, Ctx,
    access::{Permission, PermissionSet},
    error::{AppError, Result},
    identity::users,
    organizations,
};

/// What an application asks a person for.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    /// The application.
    pub application: Application,
    /// The organization in which it would act.
    pub org_name: String,
    /// What it asks for.
    pub scopes: PermissionSet,
    /// What of it the person does not have, so that the application would not either.
    pub lacking: PermissionSet,
    /// Where the person is sent back to.
    pub redirect_uri: String,
}

/// Checks the query of an authorization request before the person sees anything.
pub async fn check_authorization(app: &App, query: &str) -> Result<(), Refusal> {
    Request::check(app, query).await.map(drop)
}

/// What the application of an authorization request asks the caller for.
pub async fn authorization_request(ctx: &Ctx, query: &str) -> Result<AuthorizationRequest> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let request = checked(ctx, query).await?;
    let scopes = request.scopes;
    Ok(AuthorizationRequest {
        application: request.client.application,
        org_name: organizations::name(ctx).await?,
        scopes,
        lacking: scopes.without(ctx.rights.all()),
        redirect_uri: request.redirect_uri,
    })
}

/// Answers an authorization request. Returns the address to send the person back to.
pub async fn answer_authorization(ctx: &Ctx, query: &str, allow: bool) -> Result<String> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let request = checked(ctx, query).await?;
    if !allow {
        return Ok(request.denied(&ctx.app));
    }
    // With a stolen session, nobody can give themselves tokens that outlive it.
    ctx.require_fresh_proof()?;
    let organization = organizations::name(ctx).await?;
    let tx = ctx.db().begin(&[ctx.org, OrgId::SERVER]).await?;
    organizations::hold_member(&tx, ctx).await?;
    let scopes = request.scopes;
    let grant = grants::give(&tx, ctx, &request.client, scopes, organization).await?;
    let code = code::create(&tx, ctx, &request, grant).await?;
    tx.commit().await?;
    Ok(request.allowed(&ctx.app, &code))
}

async fn checked(ctx: &Ctx, query: &str) -> Result<Request> {
    let request = Request::check(&ctx.app, query.trim_start_matches('?')).await;
    let request = request.map_err(|refusal| AppError::from(refusal.error))?;
    reaches(ctx, &request.client).await?;
    Ok(request)
}

/// Checks that an application belongs to the organization in which the caller acts.
///
/// # Errors
/// `CONFLICT`, with the name of the organization, if the caller is a member of the one that it
/// belongs to; otherwise `NOT_FOUND`.
pub(super) async fn reaches(ctx: &Ctx, client: &Client) -> Result<()> {
    let Some(org) = client.org.filter(|org| *org != ctx.org) else {
        return Ok(());
    };
    users::person(ctx)?;
    let mine = organizations::mine(ctx).await?;
    let Some(its) = mine.into_iter().find(|one| one.id == org) else {
        return Err(AppError::not_found("application"));
    };
    Err(AppError::conflict(format!(
        "The application belongs to the organization {}; switch to it, then open the link again",
        its.name
    )))
}
