//! Changing an application. What people allowed before stays valid, except for scopes that it loses.

use serde_json::{Value as Json, json};
use types::ApplicationId;

use super::{
    Application, ApplicationError, ApplicationTerms, find, own_of,
    register::{begin, check, check_form},
    repo, within_own,
};
use crate::{
    Ctx,
    access::{Permission, PermissionSet},
    audit::{self, Entry},
    error::Result,
    live::Right,
};

/// What a person changes about an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationChange {
    /// The display name, which the consent page shows.
    pub name: String,
    /// Where people are sent back to. Without any, it cannot send people here.
    pub redirect_uris: Vec<String>,
    /// The permissions that it may ask for.
    pub scopes: PermissionSet,
    /// Whether it may use the device flow.
    pub device_flow: bool,
}

/// Changes an application, with the checks of a new one. A scope that it loses is taken from what
/// people have allowed it, and from its tokens, at once in every process; giving it back later does
/// not give it to them again.
pub async fn update_application(
    ctx: &Ctx,
    id: ApplicationId,
    change: ApplicationChange,
) -> Result<Application> {
    ctx.authorize_person(Permission::ApiKeyWrite).await?;
    ctx.require_fresh_proof()?;
    let (name, uris) = check_form(&change.name, &change.redirect_uris)?;
    let old = find(ctx, id).await?;
    let before = Application::try_from(old.clone())?;
    let own = own_of(ctx, before.service_account.is_some()).await?;
    within_own(ctx, &before, own, "change").await?;
    let terms = ApplicationTerms {
        name: name.clone(),
        kind: before.kind,
        redirect_uris: uris.clone(),
        scopes: change.scopes,
        device_flow: change.device_flow,
        service_account: before.service_account,
    };
    check(ctx, &terms).await?;
    let mut new = old.clone();
    new.name = name;
    new.redirect_uris = uris.join(" ");
    new.scopes = change.scopes.to_string();
    new.device_flow = change.device_flow;
    let after = Application::try_from(new.clone())?;
    let tx = begin(ctx, &terms).await?;
    if !repo::update(&tx, &old, &new).await? {
        return Err(ApplicationError::Changed.into());
    }
    let lost = before.scopes.without(change.scopes);
    if !lost.is_empty() {
        repo::narrow(&tx, (ctx.org, id), change.scopes, ctx.clock().now()).await?;
    }
    let detail = json!({ "before": shown(&before), "after": shown(&after) });
    let entry = Entry::new("application.update", "application", id).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    // Its name is part of the name of whoever acts with its tokens.
    ctx.app.drop_right(Right::Application(id.0));
    Ok(after)
}

fn shown(application: &Application) -> Json {
    json!({
        "name": application.name,
        "redirectUris": application.redirect_uris,
        "scopes": application.scopes.to_string(),
        "deviceFlow": application.device_flow,
    })
}
