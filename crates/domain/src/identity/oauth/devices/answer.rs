//! A person answers the request of a device, in a browser.

use types::OrgId;

use super::{
    super::{
        authorize::reaches,
        clients::{self, Application, Client},
        grants,
    },
    ALLOWED, DENIED, repo, user_code,
};
use crate::{
    Ctx,
    access::{Permission, PermissionSet, stored},
    error::{AppError, Result},
    identity::{passwords, secret, users},
    organizations,
};

/// What a device asks a person for.
#[derive(Clone, Debug)]
pub struct DeviceRequest {
    /// The code, as the device shows it.
    pub code: String,
    /// The application on the device.
    pub application: Application,
    /// The organization in which it would act.
    pub org_name: String,
    /// The address from which the device asked, if known.
    pub address: Option<String>,
    /// When it asked.
    pub asked_at: chrono::DateTime<chrono::Utc>,
    /// What it asks for.
    pub scopes: PermissionSet,
    /// What of it the person does not have, so that the device would not either.
    pub lacking: PermissionSet,
}

/// The request of the device that shows this code. From then on, only the caller can answer it.
/// Attempts are counted, so that nobody can guess codes.
pub async fn device_request(ctx: &Ctx, code: &str) -> Result<DeviceRequest> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let user = users::person(ctx)?;
    passwords::guessing(&ctx.app).user_code(user)?;
    let (code, client, row) = find(ctx, code).await?;
    let tx = ctx.begin().await?;
    let hash = secret::hash(&code);
    if !repo::open(&tx, &hash, user, ctx.clock().now()).await? {
        return Err(unknown());
    }
    tx.commit().await?;
    let scopes = stored::of_list(&row.scopes)?;
    Ok(DeviceRequest {
        code,
        application: client.application,
        org_name: organizations::name(ctx).await?,
        address: row.address,
        asked_at: row.created_at,
        scopes,
        lacking: scopes.without(ctx.rights.all()),
    })
}

/// Answers the request that the caller looked at.
pub async fn answer_device(ctx: &Ctx, code: &str, allow: bool) -> Result<()> {
    ctx.authorize_person(Permission::ProfileUpdate).await?;
    let user = users::person(ctx)?;
    passwords::guessing(&ctx.app).user_code(user)?;
    if allow {
        // With a stolen session, nobody can give themselves tokens that outlive it.
        ctx.require_fresh_proof()?;
    }
    let (code, client, row) = find(ctx, code).await?;
    let hash = secret::hash(&code);
    let (scopes, organization) = (
        stored::of_list(&row.scopes)?,
        organizations::name(ctx).await?,
    );
    let tx = ctx.db().begin(&[ctx.org, OrgId::SERVER]).await?;
    organizations::hold_member(&tx, ctx).await?;
    let grant = match allow {
        true => Some(grants::give(&tx, ctx, &client, scopes, organization).await?),
        false => None,
    };
    let word = if allow { ALLOWED } else { DENIED };
    let now = ctx.clock().now();
    if !repo::answer(&tx, (&hash, user), word, (ctx.org, grant, ctx.limited), now).await? {
        return Err(unknown());
    }
    tx.commit().await?;
    Ok(())
}

async fn find(ctx: &Ctx, code: &str) -> Result<(String, Client, repo::DeviceRow)> {
    let code = user_code::read(code).ok_or_else(unknown)?;
    let row = repo::by_user_code(&ctx.app, &secret::hash(&code)).await?;
    let row = row.filter(|row| row.expires_at > ctx.clock().now() && row.answer.is_none());
    let row = row.ok_or_else(unknown)?;
    let client = clients::by_id(&ctx.app, row.client_id.into()).await?;
    let client = client.ok_or_else(unknown)?;
    match reaches(ctx, &client).await {
        Ok(()) => Ok((code, client, row)),
        // An application of somebody else's organization is as unknown as a wrong code.
        Err(error) if error.code == types::ErrorCode::NotFound => Err(unknown()),
        Err(error) => Err(error),
    }
}

fn unknown() -> AppError {
    AppError::new(
        types::ErrorCode::NotFound,
        "code: no device waits for this code. Compare it with the one on the device, which is \
         valid for ten minutes; if it has expired, start again there",
    )
    .with("field", "code".into())
}
