//! Rotation: a new secret takes the place of the old one of a confidential application, and for a while
//! both are accepted.

use chrono::Duration;
use serde_json::json;
use types::ApplicationId;

use super::{Application, ApplicationError, find, own_of, repo, shown, within_own};
use crate::{
    Ctx,
    access::Permission,
    audit::{self, Entry},
    error::Result,
    identity::{overlap, secret as secrets},
    organizations::OwnRights,
};

/// A new secret.
#[derive(Clone, Debug)]
pub struct RotatedSecret {
    /// The application.
    pub application: Application,
    /// The new secret, which is not stored.
    pub secret: String,
}

/// Replaces the secret of an application. The former one is accepted for `overlap`: a day by
/// default; zero ends it at once.
pub async fn rotate_application_secret(
    ctx: &Ctx,
    id: ApplicationId,
    overlap: Option<Duration>,
) -> Result<RotatedSecret> {
    ctx.authorize_person(Permission::ApiKeyWrite).await?;
    ctx.require_fresh_proof()?;
    let overlap = overlap::chosen(overlap)?;
    let mut row = find(ctx, id).await?;
    let application = Application::try_from(row.clone())?;
    if application.service_account.is_some() {
        ctx.authorize(Permission::ServiceAccountManage).await?;
    }
    let own = own_of(ctx, application.service_account.is_some()).await?;
    within_own(ctx, &application, own, "rotate its secret").await?;
    if row.secret_hash.is_none() {
        return Err(ApplicationError::NoSecret.into());
    }
    let secret = secrets::new(secrets::APPLICATION);
    let until = ctx.clock().now() + overlap;
    let new = (secrets::hash(&secret), shown(&secret));
    let tx = OwnRights::lock(ctx, Permission::ApiKeyWrite).await?.tx;
    if !repo::replace_secret(&tx, &row, (new.0, &new.1), until).await? {
        return Err(ApplicationError::Changed.into());
    }
    let detail = json!({ "formerUntil": until });
    let entry = Entry::new("application.rotate_secret", "application", id).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    row.secret_shown = Some(new.1);
    row.former_until = Some(until);
    Ok(RotatedSecret {
        application: row.try_into()?,
        secret,
    })
}
