//! The organization's setting that a second person has to approve what is published to production.
//!
//! One person with `organization.update` can turn it off, so every owner gets a mail when somebody
//! does.

use chrono::Duration;
use serde_json::json;

use super::repo;
use crate::{
    Ctx, Tx,
    access::Permission,
    audit::{self, Entry},
    error::Result,
    mail::{self, Letter, Outgoing},
    organizations::{self, OwnRights},
};

/// How long sending the notice is retried.
const LASTS: Duration = Duration::days(3);

/// The page with the setting.
const PAGE: &str = "/settings/access";

/// Whether a second person has to approve what is published to production.
pub async fn needs_second_person(ctx: &Ctx) -> Result<bool> {
    ctx.authorize(Permission::OrganizationRead).await?;
    Ok(repo::second_person(ctx).await?)
}

/// Sets whether a second person has to approve what is published to production. Requests that wait
/// stay, and can still be approved or refused.
pub async fn set_second_person(ctx: &Ctx, on: bool) -> Result<bool> {
    ctx.authorize_person(Permission::OrganizationUpdate).await?;
    ctx.require_fresh_proof()?;
    let OwnRights { tx, .. } = OwnRights::lock(ctx, Permission::OrganizationUpdate).await?;
    if repo::second_person_in(&tx, ctx.org).await? != on {
        repo::set_second_person(&tx, ctx.org, on).await?;
        let entry = Entry::new("organization.second_person", "organization", ctx.org);
        audit::write(&tx, ctx, entry.detail(json!({ "on": on }))).await?;
        if !on {
            tell_owners(&tx, ctx).await?;
        }
    }
    tx.commit().await?;
    Ok(on)
}

async fn tell_owners(tx: &Tx, ctx: &Ctx) -> Result<()> {
    let now = ctx.clock().now();
    // The mails are sent even if whoever turned it off leaves at once.
    let system = Ctx {
        org: ctx.org,
        ..Ctx::of_server(&ctx.app, "publications", &ctx.request_id)
    };
    let organization = organizations::name(ctx).await?;
    for (address, language) in organizations::addresses_of_owners(tx, ctx.org).await? {
        let letter = Letter::SecondPersonOff {
            organization: organization.clone(),
            name: ctx.actor.name.to_string(),
            at: now.format("%Y-%m-%d %H:%M UTC").to_string(),
            link: mail::link(&ctx.app, PAGE),
        };
        let outgoing = Outgoing {
            to: &address,
            letter: &letter,
            language,
            about: ctx.org.0,
            expires_at: now + LASTS,
        };
        mail::post(tx, &system, outgoing).await?;
    }
    Ok(())
}
