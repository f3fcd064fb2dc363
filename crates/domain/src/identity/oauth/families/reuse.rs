//! A code or refresh token that is used a second time: somebody has stolen it. The family ends, for
//! the thief and for the good application, and its person learns of it.

use chrono::Duration;
use serde_json::json;
use types::{ApplicationId, OrgId};

use super::{FamilyRow, note, repo};
use crate::{
    App, Tx,
    error::Result,
    identity::users,
    live::Right,
    mail::{self, Language, Letter, Outgoing},
};

/// How long it is tried to send the mail.
const LASTS: Duration = Duration::days(3);

/// The page with the applications that a person has allowed.
const PAGE: &str = "/settings";

/// Ends a family, in a transaction of its organization and of `OrgId::SERVER`, and commits it.
/// `what` was used again.
pub(in crate::identity::oauth) async fn end_reused(
    tx: Tx,
    app: &App,
    family: &FamilyRow,
    what: &str,
    request_id: &str,
) -> Result<()> {
    let (org, now) = (OrgId(family.org_id), app.clock().now());
    let client = ApplicationId(family.client_id);
    if repo::end(&tx, org, (family.id, client), now).await? {
        let detail = json!({ "reused": what });
        note(
            &tx,
            app,
            "application.token_reused",
            family,
            detail,
            request_id,
        )
        .await?;
        tell(&tx, app, family, request_id).await?;
    }
    tx.commit().await?;
    app.drop_right(Right::Application(family.id));
    tracing::warn!(org = %org, family = %family.id, what, "used twice; its tokens have ended");
    Ok(())
}

async fn tell(tx: &Tx, app: &App, family: &FamilyRow, request_id: &str) -> Result<()> {
    let Some(user) = family.user_id.filter(|_| mail::is_on(app)) else {
        return Ok(());
    };
    let Some(person) = users::find_in(tx.conn(), app, user).await? else {
        return Ok(());
    };
    let Some(to) = person.email.as_deref() else {
        return Ok(());
    };
    let now = app.clock().now();
    let letter = Letter::TokenReused {
        name: person.name.clone(),
        application: family
            .application
            .clone()
            .unwrap_or_else(|| super::clients::lookup_name(family.client_id.into())),
        at: now.format("%Y-%m-%d %H:%M UTC").to_string(),
        link: mail::link(app, PAGE),
    };
    let outgoing = Outgoing {
        to,
        letter: &letter,
        language: Language::default(),
        about: family.id,
        expires_at: now + LASTS,
    };
    mail::post(tx, &mail::server(app, request_id), outgoing).await?;
    Ok(())
}
