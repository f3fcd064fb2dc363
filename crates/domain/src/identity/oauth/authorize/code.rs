//! Authorization codes: valid for a minute, once, for one application with one redirect URI that
//! can prove that it asked.

use chrono::Duration;
use types::{ApplicationGrantId, OrgId};
use uuid::Uuid;

use super::{
    super::{
        clients::Client,
        error::{OauthError, Result},
        families::{self, Holder, Issued},
        token::{TokenRequest, needed},
    },
    pkce,
    repo::{self, CodeRow},
    request::Request,
};
use crate::{
    App, Ctx, Tx,
    access::stored,
    error::{AppError, Result as AppResult},
    identity::{secret, users},
};

/// How long a code can be redeemed.
const LASTS: Duration = Duration::seconds(60);
/// How long a code is remembered, so that a second use is noticed.
const KEPT: Duration = Duration::days(1);

/// Writes a code for what a person just granted, in the same transaction.
pub(super) async fn create(
    tx: &Tx,
    ctx: &Ctx,
    request: &Request,
    grant: ApplicationGrantId,
) -> AppResult<String> {
    let (now, code) = (ctx.clock().now(), secret::new(secret::CODE));
    let row = CodeRow {
        client_id: request.client.application.id.0,
        for_org: ctx.org.0,
        grant_id: grant.0,
        user_id: users::person(ctx)?,
        scopes: request.scopes.to_string(),
        limited: ctx.limited,
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        expires_at: now + LASTS,
        used_at: None,
        family_id: None,
    };
    repo::insert(tx, secret::hash(&code), &row, now - KEPT).await?;
    Ok(code)
}

/// Redeems a code.
///
/// # Errors
/// `invalid_grant`, whatever is wrong with it. A second use ends the tokens of the first.
pub(in crate::identity::oauth) async fn redeem(
    app: &App,
    client: &Client,
    request: &TokenRequest<'_>,
) -> Result<Issued> {
    let refused = || OauthError::grant("code");
    let code = needed("code", request.code)?;
    let uri = needed("redirect_uri", request.redirect_uri)?;
    let verifier = needed("code_verifier", request.code_verifier)?;
    if !secret::is_plausible(code, secret::CODE) {
        return Err(refused());
    }
    let (hash, now) = (secret::hash(code), app.clock().now());
    let row = repo::find(app, &hash).await?;
    let row = row.filter(|row| row.client_id == client.application.id.0);
    let row = row.ok_or_else(refused)?;
    if row.used_at.is_some() {
        reused(app, &row, request.request_id).await?;
        return Err(refused());
    }
    let proves = pkce::proves(verifier, &row.challenge);
    if row.expires_at <= now || row.redirect_uri != uri || !proves {
        return Err(refused());
    }
    let holder = Holder {
        org: OrgId(row.for_org),
        grant: Some((row.grant_id, row.user_id)),
        limited: row.limited,
        scopes: stored::of_list(&row.scopes).map_err(AppError::from)?,
    };
    let tx = app.db().begin(&[holder.org]).await?;
    let begun = families::begin(&tx, app, client, &holder, request).await?;
    if !repo::use_up(&tx, &hash, begun.id.0, now).await? {
        tx.rollback().await?;
        let row = repo::find(app, &hash).await?.ok_or_else(refused)?;
        reused(app, &row, request.request_id).await?;
        return Err(refused());
    }
    tx.commit().await?;
    let tokens = families::first_tokens(app, begun).await?;
    tokens.ok_or_else(refused)
}

/// Ends the tokens that a code gave when it was used first.
async fn reused(app: &App, row: &CodeRow, request_id: &str) -> Result<()> {
    let (org, id) = (OrgId(row.for_org), row.family_id.unwrap_or(Uuid::nil()));
    let tx = app.db().begin(&[org, OrgId::SERVER]).await?;
    if let Some(family) = families::by_id(&tx, app, org, id).await? {
        families::end_reused(tx, app, &family, "authorization code", request_id).await?;
    }
    Ok(())
}
