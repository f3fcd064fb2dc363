//! The admission of a new session, and the refusal that names the way in.

use chrono::Duration;
use serde_json::json;
use types::{ErrorCode, OrgId, UserId};

use super::gate::{self, Gate};
use crate::{
    App, Ctx, Tx,
    audit::{self, Entry},
    ctx::{Actor, ActorKind},
    error::{AppError, Result},
    identity::{
        sessions::{Proved, Visitor},
        sso_providers::Source,
    },
    mail::{self, Letter, Outgoing},
    organizations,
};

/// How long sending the alarm is retried.
const LASTS: Duration = Duration::days(3);

/// The page with the settings of single sign-on.
const PAGE: &str = "/settings/single-sign-on";

/// Refuses a session that would reach none of the person's organizations. Where the break-glass owner
/// enters, an audit row is written and every owner gets a mail. The transaction must be scoped to the
/// person's organizations.
///
/// # Errors
/// `SSO_REQUIRED`.
pub async fn admit(
    tx: &Tx,
    app: &App,
    proved: &Proved<'_>,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<()> {
    if proved.only_org.is_some() {
        return Ok(());
    }
    gate::require_a_way_in(tx, app, proved.user, proved.strong).await?;
    if !proved.strong {
        return Ok(());
    }
    for (row, gate) in gate::gates(tx.conn(), app, proved.user).await? {
        if gate == Gate::BreakGlass {
            let org = (OrgId(row.org_id), row.org_name.as_str());
            alarm(tx, app, org, proved, visitor, request_id).await?;
        }
    }
    Ok(())
}

async fn alarm(
    tx: &Tx,
    app: &App,
    (org, organization): (OrgId, &str),
    proved: &Proved<'_>,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<()> {
    let now = app.clock().now();
    let actor = Actor::new(ActorKind::User, proved.user, proved.name);
    let entry = Entry::new("sso.break_glass", "user", UserId(proved.user))
        .detail(json!({ "by": proved.by }));
    audit::write_raw(tx, app.clock(), org, &actor, request_id, entry).await?;
    let ctx = Ctx {
        org,
        ..Ctx::of_server(app, "single sign-on", request_id)
    };
    for (address, language) in organizations::addresses_of_owners(tx, org).await? {
        let letter = Letter::BreakGlassUsed {
            organization: organization.to_owned(),
            name: proved.name.to_owned(),
            at: now.format("%Y-%m-%d %H:%M UTC").to_string(),
            from: visitor.address.map(|address| address.to_string()),
            link: mail::link(app, PAGE),
        };
        let outgoing = Outgoing {
            to: &address,
            letter: &letter,
            language,
            about: proved.user,
            expires_at: now + LASTS,
        };
        mail::post(tx, &ctx, outgoing).await?;
    }
    Ok(())
}

/// The refusal of a session that an organization does not let in.
pub async fn refusal(app: &App, org: OrgId) -> AppError {
    let refusal = async {
        let tx = app.db().begin(&[org]).await?;
        let refusal = refusal_in(&tx, app, org).await?;
        tx.rollback().await?;
        Ok(refusal)
    };
    refusal.await.unwrap_or_else(|error: AppError| error)
}

/// Like [`refusal`], in a transaction that is scoped to the organization.
pub(super) async fn refusal_in(tx: &Tx, app: &App, org: OrgId) -> Result<AppError> {
    let providers = Source::all_of(tx, app, org).await?;
    let names: Vec<&str> = providers.iter().map(|one| one.name.as_str()).collect();
    let message = if names.is_empty() {
        "This organization requires single sign-on, but has no identity provider that is turned on; \
         ask its break-glass owner"
            .to_owned()
    } else {
        format!(
            "This organization requires single sign-on; sign in with {}",
            names.join(" or ")
        )
    };
    let ways = providers
        .iter()
        .map(|one| json!({ "name": one.name, "path": one.path() }));
    Ok(AppError::new(ErrorCode::SsoRequired, message)
        .with("organization", json!(org.to_string()))
        .with("providers", ways.collect()))
}
