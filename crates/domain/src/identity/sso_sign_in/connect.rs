//! Connecting an account at a provider to the account of the signed-in person.

use serde_json::json;
use sso::Identity;
use types::{OrgId, UserId};
use uuid::Uuid;

use super::{SsoSignInError, person};
use crate::{
    App,
    audit::{self, Entry},
    error::Result,
    identity::{
        Credential, external_identities, passwords, principal,
        sso_providers::{Source, shown_issuer},
        users,
    },
};

/// Connects the identity to the person who began, who must still be signed in.
pub async fn connect(
    app: &App,
    source: &Source,
    identity: &Identity,
    user: Uuid,
    session: Option<&str>,
    request_id: &str,
) -> Result<()> {
    let token = session.ok_or(SsoSignInError::OtherPerson)?;
    let principal = principal::principal(app, Credential::Session(token), None).await?;
    if principal.actor.id != Some(user) || principal.limited {
        return Err(SsoSignInError::OtherPerson.into());
    }
    let known = external_identities::find(app, &identity.issuer, &identity.subject).await?;
    match known {
        Some(known) if known.user_id == user => return Ok(()),
        Some(_) => return Err(SsoSignInError::ConnectedElsewhere.into()),
        None => {}
    }
    let row = users::find(app, user).await?;
    let row = row.ok_or(SsoSignInError::OtherPerson)?;
    let orgs: Vec<OrgId> = passwords::organizations_of(app, &row).await?;
    let tx = app.db().begin(&orgs).await?;
    person::insert_identity(&tx, app, identity, user).await?;
    let entry = || {
        let issuer = shown_issuer(&identity.issuer);
        let detail = json!({ "provider": source.name, "issuer": issuer,
            "subject": identity.subject });
        Entry::new("identity.connect", "user", UserId(user)).detail(detail)
    };
    for org in orgs {
        audit::write_raw(&tx, app.clock(), org, &principal.actor, request_id, entry()).await?;
    }
    tx.commit().await?;
    Ok(())
}
