//! The proof of an address that single sign-on asks for: it is enforced for somebody whose account has not
//! verified the address, so they can neither sign in as before nor be let in by the address alone.
//!
//! Whoever entered the address until now may have been somebody else. So the link goes to the address
//! only. Used in a browser that is signed in to the account, it verifies the address and changes nothing
//! else. Anywhere else, it also takes everything from the account with which that somebody could come
//! back.

use chrono::{DateTime, Duration};
use types::OrgId;
use uuid::Uuid;

use super::{
    LASTS, PER_HOUR, confirm::begin, entity::Model, fingerprint, hash, letters::Letters, repo,
};
use crate::{
    App, Tx,
    ctx::{Actor, ActorKind},
    error::Result,
    identity::{
        Credential, api_keys, external_identities, passkeys, passwords, principal, secret,
        sessions::{self, Proved},
        two_factor, users,
    },
    mail::{self, Language},
};

/// How long a link is the newest one, however often the person tries to sign in.
const PAUSE: Duration = Duration::minutes(1);

/// Sends the link with which somebody proves the address of an account that an organization's provider
/// has just asserted. Too soon after the last one, and too often, nothing is sent.
pub(in crate::identity) async fn ask(
    app: &App,
    user: &users::entity::Model,
    (organization, provider): (&str, &str),
    request_id: &str,
) -> Result<()> {
    let Some(address) = &user.email else {
        return Ok(());
    };
    let now = app.clock().now();
    let (open, since) = (
        repo::open(app, user.id, true).await?,
        now - Duration::hours(1),
    );
    if open.is_some_and(|open| open.created_at > now - PAUSE)
        || repo::count_since(app, user.id, true, since).await? >= PER_HOUR
    {
        return Ok(());
    }
    let token = secret::new(secret::ADDRESS);
    let row = Model {
        id: app.clock().new_uuid(),
        user_id: user.id,
        old_email: None,
        new_email: address.clone(),
        needs_old: false,
        old_hash: None,
        new_hash: hash(&token),
        undo_hash: None,
        old_confirmed_at: None,
        new_confirmed_at: None,
        password_sha256: fingerprint(user),
        session_id: None,
        at_sign_in: true,
        language: Language::default().code().to_owned(),
        sent: 1,
        created_at: now,
        expires_at: now + LASTS,
        applied_at: None,
        undo_until: None,
        ended_at: None,
    };
    let orgs = passwords::organizations_of(app, user).await?;
    let tx = begin(app, &orgs).await?;
    users::lock(&tx, user.id).await?;
    end_open(&tx, app, user.id, request_id).await?;
    repo::insert(&tx, &row).await?;
    let letters = Letters {
        app,
        row: &row,
        name: &user.name,
        request_id,
    };
    letters
        .ask_at_sign_in(&tx, (organization, provider), &token)
        .await?;
    let who = Proved {
        user: user.id,
        name: &user.name,
        orgs: &orgs,
        by: "single sign-on",
        only_org: None,
        strong: false,
        opened_by: None,
    };
    let action = "profile.email_change_request";
    sessions::note(&tx, app, action, &who, request_id).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends what else waits, with its mails: a change that somebody else requested could still take the
/// account away.
async fn end_open(tx: &Tx, app: &App, user: Uuid, request_id: &str) -> Result<()> {
    let server = mail::server(app, request_id);
    for open in repo::all_open(tx, app, user).await? {
        mail::withdraw(tx, &server, open.id).await?;
    }
    Ok(repo::end_all(tx, user, app.clock().now()).await?)
}

/// Whether the session is one of the account, so that whoever has it reads the address's mail, too.
pub(super) async fn is_own(app: &App, user: Uuid, session: Option<&str>) -> bool {
    let Some(token) = session else {
        return false;
    };
    let found = principal::principal(app, Credential::Session(token), None).await;
    found.is_ok_and(|found| found.actor.id == Some(user) && !found.limited)
}

/// Takes everything from an account with which somebody else could come back. Returns the API keys, whose
/// cached rights are to be dropped after the commit.
pub(super) async fn reclaim(
    tx: &Tx,
    app: &App,
    person: &users::entity::Model,
    orgs: &[OrgId],
    request_id: &str,
) -> Result<Vec<Uuid>> {
    let (user, ever) = (person.id, DateTime::UNIX_EPOCH);
    users::drop_password(tx, user).await?;
    passkeys::delete_since(tx, user, ever).await?;
    external_identities::delete_since(tx, user, ever).await?;
    two_factor::delete_since(tx, user, ever).await?;
    let actor = Actor::new(ActorKind::User, user, person.name.as_str());
    let mut keys = Vec::new();
    for org in orgs {
        let who = (&actor, user, request_id);
        keys.extend(api_keys::revoke_since(tx, app, *org, who, ever).await?);
    }
    end_open(tx, app, user, request_id).await?;
    sessions::end_all(tx, app, user).await?;
    Ok(keys)
}
