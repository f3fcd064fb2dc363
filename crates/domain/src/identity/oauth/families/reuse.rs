//! A code or refresh token that is used a second time: somebody has stolen it. The family ends, for
//! the thief and for the good application, and its person learns of it.

use serde_json::json;
use types::{ApplicationId, OrgId};

use super::{FamilyRow, clients, note, repo};
use crate::{
    App, Tx,
    error::Result,
    identity::notices,
    live::Right,
    mail::{self, Letter},
};

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
    let Some(user) = family.user_id else {
        return Ok(());
    };
    let letter = Letter::TokenReused {
        name: family.person.clone().unwrap_or_default(),
        application: clients::display_name(family.client_id.into(), family.application.clone()),
        at: notices::time(app),
        link: mail::link(app, notices::SETTINGS),
    };
    notices::tell(tx, app, user, &letter, request_id).await
}
