//! From an identity at a provider to a person here.
//!
//! Issuer and subject (with SAML, of the same kind) identify a person who has signed in before, at the
//! providers of one organization or at those of the whole server. For others the email address
//! counts only if it is proved (`domains`): then they get the account that has verified the same
//! address, or a new one with it. An address that is not proved leads to nobody's account, and an
//! account with an address that it has not verified is nobody's way in: whoever created it may have
//! entered the address of somebody else.

use sea_orm::{DbErr, SqlErr};
use serde_json::json;
use sso::Identity;
use types::{ExternalIdentityId, OrgId, UserId};
use uuid::Uuid;

use super::{
    SsoSignInError, connect,
    domains::{asserted_address, proves_address},
    member,
};
use crate::{
    App, Tx,
    audit::{self, Entry},
    ctx::{Actor, ActorKind},
    error::{AppError, Result},
    identity::{
        addresses, domains as proved_domains,
        external_identities::{self, entity::Model as Known},
        scim,
        sessions::{self, OpenedBy, Proved, SignedIn, Visitor},
        sso_enforcement,
        sso_providers::{self, Source},
        users,
    },
    live::Right,
    organizations, text,
};

/// A person who signs in at a provider.
pub(super) struct Person {
    pub user: Uuid,
    pub name: String,
    pub how: How,
    /// The account as it was read; `None` for a new one.
    read: Option<users::entity::Model>,
    /// What the sign-in verifies, if it does.
    verifies: Option<Verifies>,
}

/// The address that is proved by now, of an account that its owner has signed in to before.
struct Verifies {
    /// The account as it was read.
    account: users::entity::Model,
    address: String,
}

impl Person {
    /// The owner of an account that was found by its address.
    fn by_address(account: users::entity::Model) -> Self {
        Self {
            user: account.id,
            name: account.name.clone(),
            how: How::Address,
            read: Some(account),
            verifies: None,
        }
    }

    /// Whether the person had no account until now.
    pub fn is_new(&self) -> bool {
        matches!(self.how, How::New { .. })
    }
}

/// How the person was found.
pub(super) enum How {
    /// They have signed in with this identity before.
    Known(Known),
    /// Their proved address is that of an account, which has verified it.
    Address,
    /// They get a new account: with this address to sign in with, or one that is only shown.
    New {
        email: Option<String>,
        shown: Option<String>,
    },
}

/// Signs a person in, after the provider's answer was accepted. Creates their account and their
/// membership if the provider's settings allow it.
pub async fn sign_in(
    app: &App,
    source: &Source,
    (identity, name_at_provider): (&Identity, Option<&str>),
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<SignedIn> {
    let proved = proves_address(app, source, identity).await?;
    let person = find(app, source, (identity, proved), request_id).await?;
    let mut orgs = reach(app, source, person.user).await?;
    let now = app.clock().now();
    let scope: Vec<OrgId> = (orgs.iter().copied().chain(source.joins))
        .chain([OrgId::SERVER])
        .collect();
    let tx = app.db().begin(&scope).await?;
    let actor = Actor::new(ActorKind::User, person.user, person.name.as_str());
    let joined = match member::enter(&tx, app, source, identity, proved, &person).await {
        Ok(joined) => joined,
        Err(error) => {
            tx.rollback().await?;
            // A provider that is not believed about the person ends nothing of theirs.
            if error.details["reason"] != SsoSignInError::NotTrusted.reason() {
                end_limited(app, source, &person).await?;
            }
            if error.details["reason"] == SsoSignInError::ConnectFirst.reason()
                && let Some((org, _)) = source.own
                && sso_enforcement::closed(app, org, person.user)
                    .await?
                    .is_some()
            {
                return Err(SsoSignInError::MayDoMore.into());
            }
            return Err(error);
        }
    };
    if let Some(read) = &person.read
        && !users::lock_unchanged(&tx, app, read).await?
    {
        return Err(SsoSignInError::Ended.into());
    }
    if let Some(org) = joined.joins() {
        orgs.push(org);
    }
    if orgs.is_empty() {
        return Err(SsoSignInError::NotMember.into());
    }
    match &person.how {
        How::Known(known) => {
            let email = asserted_address(identity);
            let said = (identity.subject_kind.as_str(), email.as_deref());
            if !external_identities::used(&tx, known.id, said, now).await? {
                return Err(SsoSignInError::Ended.into());
            }
        }
        How::Address => insert_identity(&tx, app, (source, identity), person.user).await?,
        How::New { email, shown } => {
            let address = (email.as_deref(), shown.as_deref());
            let written =
                users::insert_external(&tx, person.user, &person.name, address, now).await;
            written.map_err(unless_taken)?;
            insert_identity(&tx, app, (source, identity), person.user).await?;
        }
    }
    joined.write(&tx, app, source, &actor, request_id).await?;
    if let Some(verifies) = &person.verifies {
        verifies
            .write(&tx, app, (source, &orgs), request_id)
            .await?;
    }
    if matches!(person.how, How::Address) {
        for org in &orgs {
            let issuer = sso_providers::shown_issuer(&identity.issuer);
            let detail = json!({ "provider": source.name, "issuer": issuer,
                "subject": identity.subject });
            let entry = Entry::new("identity.connect", "user", UserId(person.user)).detail(detail);
            audit::write_raw(&tx, app.clock(), *org, &actor, request_id, entry).await?;
        }
        let to = (person.user, person.name.clone());
        connect::tell(&tx, app, source, to, request_id).await?;
    }
    if let Some(own) = source.own {
        sso_providers::used(&tx, own, now).await?;
    }
    let by = format!("single sign-on ({})", source.name);
    let who = Proved {
        user: person.user,
        name: &person.name,
        orgs: &orgs,
        by: &by,
        only_org: source.own.map(|(org, _)| org),
        strong: false,
        opened_by: source.own.map(|(_, provider)| OpenedBy {
            provider,
            name: name_at_provider,
        }),
    };
    let signed_in = sessions::open(&tx, app, &who, visitor, request_id).await?;
    tx.commit().await?;
    app.drop_right(Right::User(person.user));
    Ok(signed_in)
}

impl Verifies {
    /// Verifies the address, with its audit rows. Provisioning may have waited for it.
    async fn write(
        &self,
        tx: &Tx,
        app: &App,
        (source, orgs): (&Source, &[OrgId]),
        request_id: &str,
    ) -> Result<()> {
        let Self { account, address } = self;
        let written = users::prove_address(tx, account, address, app.clock().now()).await;
        if !written.map_err(unless_taken)? {
            return Err(SsoSignInError::Ended.into());
        }
        let by = format!("single sign-on ({})", source.name);
        let who = Proved {
            user: account.id,
            name: &account.name,
            orgs,
            by: &by,
            only_org: None,
            strong: false,
            opened_by: None,
        };
        sessions::note(tx, app, "profile.email_verify", &who, request_id).await?;
        scim::settle_soon(tx, app, orgs, request_id).await
    }
}

/// The organizations of the person that the session will reach.
async fn reach(app: &App, source: &Source, user: Uuid) -> Result<Vec<OrgId>> {
    let memberships = organizations::memberships(app, user).await?;
    let orgs = memberships.iter().map(|one| OrgId(one.org_id));
    let own = source.own.map(|(org, _)| org);
    Ok(orgs
        .filter(|org| own.is_none_or(|own| own == *org))
        .collect())
}

/// Ends what the provider opened before for a person whom it no longer lets in.
async fn end_limited(app: &App, source: &Source, person: &Person) -> Result<()> {
    let (Some((org, _)), How::Known(_)) = (source.own, &person.how) else {
        return Ok(());
    };
    let tx = app.db().begin(&[org]).await?;
    sessions::end_limited(&tx, org, Some(person.user), app.clock().now()).await?;
    tx.commit().await?;
    app.drop_right(Right::User(person.user));
    Ok(())
}

/// What a known person's sign-in verifies: the address of their account that was not verified yet, such as
/// that of somebody who joined before the domain was proved. The identity is the person's own already, so
/// this leads nobody to another account.
async fn verifies(
    app: &App,
    identity: &Identity,
    proved: bool,
    account: users::entity::Model,
) -> Result<Option<Verifies>> {
    let Some(address) = asserted_address(identity).filter(|_| proved) else {
        return Ok(None);
    };
    let own = account.email.as_ref().or(account.email_wanted.as_ref());
    // An account without an address gets none from a provider: it would lead out of the organization.
    if account.email_verified_at.is_some() || own != Some(&address) {
        return Ok(None);
    }
    let holder = users::by_email(app, &address).await?;
    let free = holder.is_none_or(|holder| holder.id == account.id);
    Ok(free.then_some(Verifies { account, address }))
}

async fn find(
    app: &App,
    source: &Source,
    (identity, proved): (&Identity, bool),
    request_id: &str,
) -> Result<Person> {
    let subject = (identity.subject.as_str(), identity.subject_kind.as_str());
    let known = external_identities::find(app, &source.issuer_of(identity), subject).await?;
    if let Some(known) = known {
        let user = users::find(app, known.user_id).await?;
        let user = user.ok_or_else(|| AppError::internal("an identity of nobody"))?;
        return Ok(Person {
            user: user.id,
            name: user.name.clone(),
            how: How::Known(known),
            read: Some(user.clone()),
            verifies: verifies(app, identity, proved, user).await?,
        });
    }
    // What the database or the sign-in page could not take is no address here.
    let email = identity.email.as_deref();
    let email = email.and_then(|email| text::email("email", email).ok());
    let account = match &email {
        Some(email) => users::by_email(app, email).await?,
        None => None,
    };
    let enters = account
        .as_ref()
        .is_some_and(|user| user.email_verified_at.is_some());
    if !enters && let Some(user) = provisioned(app, source, email.as_deref(), proved).await? {
        return Ok(Person::by_address(user));
    }
    match account {
        Some(user) if proved && user.email_verified_at.is_some() => Ok(Person::by_address(user)),
        Some(user) if may_know_of(app, source, identity, user.id).await? => {
            let told = unconnected(app, source, proved, &user, request_id).await?;
            Err(told.into())
        }
        other => {
            let name = identity.name.as_deref().or(email.as_deref());
            let name = name.and_then(|name| {
                let short: String = name.chars().take(100).collect();
                text::line("name", &short, 100).ok()
            });
            let (email, shown) = match other {
                None if proved => (email, None),
                _ => (None, email),
            };
            Ok(Person {
                user: UserId::new(app.clock()).0,
                name: name.unwrap_or_else(|| "New member".to_owned()),
                how: How::New { email, shown },
                read: None,
                verifies: None,
            })
        }
    }
}

/// What a member is told whose account is not connected. If they can enter with the provider only, they
/// cannot sign in as before; so they prove the address of the account, if it has not been, with a link.
/// The next sign-in then leads to the account by its address.
async fn unconnected(
    app: &App,
    source: &Source,
    proved: bool,
    account: &users::entity::Model,
    request_id: &str,
) -> Result<SsoSignInError> {
    let waits = proved && account.email_verified_at.is_none();
    let Some((org, _)) = source.own.filter(|_| waits) else {
        return Ok(SsoSignInError::ConnectFirst);
    };
    let Some(organization) = sso_enforcement::closed(app, org, account.id).await? else {
        return Ok(SsoSignInError::ConnectFirst);
    };
    let whose = (organization.as_str(), source.name.as_str());
    addresses::ask_at_sign_in(app, account, whose, request_id).await?;
    Ok(SsoSignInError::ProveAddress)
}

/// The account that was provisioned for a proved address, which nobody else can sign in to by it.
async fn provisioned(
    app: &App,
    source: &Source,
    email: Option<&str>,
    proved: bool,
) -> Result<Option<users::entity::Model>> {
    let (Some((org, _)), Some(email), true) = (source.own, email, proved) else {
        return Ok(None);
    };
    let Some(user) = scim::account_of(app, org, email).await? else {
        return Ok(None);
    };
    let user = users::find(app, user).await?;
    let user = user.ok_or_else(|| AppError::internal("a provisioned account of nobody"))?;
    Ok(belongs_to(app, org, &user).await?.then_some(user))
}

/// Whether an organization may lead its people to an account by what provisioning says: the account has an
/// address of its domains, or reaches no other organization. Provisioning also finds accounts of others by
/// their verified address, and can give them another address afterwards.
async fn belongs_to(app: &App, org: OrgId, user: &users::entity::Model) -> Result<bool> {
    match &user.email {
        Some(address) => proved_domains::is_proved(app, org, address).await,
        None => {
            let memberships = organizations::memberships(app, user.id).await?;
            Ok(memberships.iter().all(|one| one.org_id == org.0))
        }
    }
}

/// Whether the person may be told that an account with their address exists: the organization sees
/// its own members anyway, and the owner of a verified address knows. Others get an account of their
/// own, as if there were no other, so that nobody can find out who has an account.
async fn may_know_of(
    app: &App,
    source: &Source,
    identity: &Identity,
    account: Uuid,
) -> Result<bool> {
    let Some((org, _)) = source.own else {
        return Ok(identity.email_verified);
    };
    let tx = app.db().begin(&[org]).await?;
    let member = organizations::rights_of_member(&tx, app.clock(), org, account).await?;
    tx.rollback().await?;
    Ok(member.is_some())
}

/// Connects an identity to a person.
pub(super) async fn insert_identity(
    tx: &Tx,
    app: &App,
    (source, identity): (&Source, &Identity),
    user: Uuid,
) -> Result<()> {
    let now = app.clock().now();
    let row = Known {
        issuer: source.issuer_of(identity),
        subject: identity.subject.clone(),
        name_kind: identity.subject_kind.clone(),
        user_id: user,
        email: asserted_address(identity),
        id: ExternalIdentityId::new(app.clock()).0,
        created_at: now,
        used_at: now,
    };
    let written = external_identities::insert(tx, &row).await;
    written.map_err(unless_taken)
}

/// A concurrent sign-in of the same person was faster; otherwise the database's error.
fn unless_taken(error: DbErr) -> AppError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => SsoSignInError::Ended.into(),
        _ => error.into(),
    }
}
