//! Connecting an account at a provider to the account of the signed-in person.

use serde_json::json;
use sso::Identity;
use types::{OrgId, UserId};
use uuid::Uuid;

use super::{SsoSignInError, person};
use crate::{
    App, Tx,
    audit::{self, Entry},
    error::Result,
    identity::{
        Credential, external_identities, notices, passwords, principal,
        sso_providers::{Source, shown_issuer},
        users,
    },
    mail::{self, Letter},
    organizations,
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
    let subject = (identity.subject.as_str(), identity.subject_kind.as_str());
    let known = external_identities::find(app, &source.issuer_of(identity), subject).await?;
    match known {
        Some(known) if known.user_id == user => return Ok(()),
        Some(_) => return Err(SsoSignInError::ConnectedElsewhere.into()),
        None => {}
    }
    let row = users::find(app, user).await?;
    let row = row.ok_or(SsoSignInError::OtherPerson)?;
    let orgs: Vec<OrgId> = passwords::organizations_of(app, &row).await?;
    let scope: Vec<OrgId> = orgs.iter().copied().chain([OrgId::SERVER]).collect();
    let session = principal.session.ok_or(SsoSignInError::OtherPerson)?;
    let tx = app.db().begin(&scope).await?;
    organizations::hold_session(&tx, session, user).await?;
    person::insert_identity(&tx, app, (source, identity), user).await?;
    let entry = || {
        let issuer = shown_issuer(&identity.issuer);
        let detail = json!({ "provider": source.name, "issuer": issuer,
            "subject": identity.subject });
        Entry::new("identity.connect", "user", UserId(user)).detail(detail)
    };
    for org in orgs {
        audit::write_raw(&tx, app.clock(), org, &principal.actor, request_id, entry()).await?;
    }
    tell(&tx, app, source, (user, row.name), request_id).await?;
    tx.commit().await?;
    Ok(())
}

/// Tells a person that an account at a provider was connected, in a transaction that includes
/// `OrgId::SERVER`.
pub(super) async fn tell(
    tx: &Tx,
    app: &App,
    source: &Source,
    (user, name): (Uuid, String),
    request_id: &str,
) -> Result<()> {
    let letter = Letter::IdentityConnected {
        name,
        provider: source.name.clone(),
        at: notices::time(app),
        link: mail::link(app, notices::SETTINGS),
    };
    notices::tell(tx, app, user, &letter, request_id).await
}
