//! Accepting an invitation: by a signed-in person, by an existing account that signs in at the same
//! time, or by a new account.

use chrono::{DateTime, Utc};
use sea_orm::{DbErr, SqlErr};
use serde_json::json;
use types::{InvitationId, OrgId, SessionId, UserId};
use uuid::Uuid;

use super::{
    InvitationError,
    repo::{self, OpenInvitation},
};
use crate::{
    App, Tx,
    access::{AssignedRole, Permission, PermissionSet},
    audit::{self, Entry},
    ctx::{Actor, ActorKind},
    error::{AppError, Result},
    identity::{
        Credential,
        passwords::{self, Account, PasswordError},
        principal, scim, secret,
        sessions::{self, Proved, SessionError, SignedIn, Visitor},
        sso_enforcement, users,
    },
    live::Right,
    organizations,
    roles::{self, RoleChoice},
    settings::SignUp,
    text, webhook_endpoints,
};

/// The details that a link's holder sees before accepting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The organization's name.
    pub organization: String,
    /// The role that they would get.
    pub role: AssignedRole,
    /// The name of the person who invited them.
    pub invited_by: String,
    /// If set, only the account with this email address can accept.
    pub email: Option<String>,
    /// When the link expires.
    pub expires_at: DateTime<Utc>,
    /// Whether they can accept with a new account.
    pub new_account: bool,
}

/// The person who accepts, as they identify themselves.
#[derive(Clone, Copy, Debug)]
pub enum Invitee<'a> {
    /// The person with this session token.
    SignedIn(&'a str),
    /// The account with this email address and password, or a new one if no account has the
    /// address.
    Account {
        /// The display name of a new account.
        name: &'a str,
        /// The email address of the existing or new account.
        email: &'a str,
        /// The password of the existing or new account.
        password: &'a str,
    },
}

/// The result of accepting an invitation.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The organization that the person joined.
    pub org: OrgId,
    /// The new session; `None` if the person was already signed in.
    pub signed_in: Option<SignedIn>,
}

/// The details of the invitation behind a link.
pub async fn preview_invitation(app: &App, token: &str, visitor: Visitor<'_>) -> Result<Preview> {
    let (open, _) = find(app, token, visitor).await?;
    let tx = app.db().begin(&[OrgId(open.org_id)]).await?;
    let role = open_role(&tx, app, &open).await?;
    Ok(Preview {
        organization: open.org_name,
        role,
        invited_by: open.created_by_name,
        email: open.email,
        expires_at: open.expires_at,
        new_account: app.settings().sign_up != SignUp::Closed,
    })
}

/// Accepts an invitation, which is then used up.
pub async fn accept_invitation(
    app: &App,
    token: &str,
    invitee: Invitee<'_>,
    visitor: Visitor<'_>,
    request_id: &str,
) -> Result<Accepted> {
    let (open, hash) = find(app, token, visitor).await?;
    let person = Person::of(app, &open, invitee, visitor, request_id).await?;
    let org = OrgId(open.org_id);
    let memberships = organizations::memberships(app, person.id).await?;
    let mut orgs: Vec<OrgId> = memberships.iter().map(|m| OrgId(m.org_id)).collect();
    if orgs.contains(&org) {
        return Err(InvitationError::AlreadyMember.into());
    }
    orgs.push(org);
    let now = app.clock().now();
    let tx = app.db().begin(&orgs).await?;
    person.hold(&tx, app).await?;
    let guest = open.sso_guest && may_have_guests(&tx, app, &open).await?;
    sso_enforcement::require_open(&tx, app, org, (person.address.as_deref(), guest)).await?;
    let role = open_role(&tx, app, &open).await?;
    if !repo::redeem(&tx, (org, open.id), &hash, person.id, now).await? {
        return Err(InvitationError::Ended.into());
    }
    if let Proof::New { email, hash } = &person.proof {
        let account = (email.as_str(), hash.as_str());
        let written = users::insert_account(&tx, person.id, &person.name, account, now).await;
        written.map_err(|error| unless_taken(error, InvitationError::AddressTaken))?;
    }
    let verified = person.verify(&tx, &open, now).await?;
    let written = organizations::add_member(&tx, org, person.id, &role, now).await;
    written.map_err(|error| unless_taken(error, InvitationError::AlreadyMember))?;
    if guest {
        sso_enforcement::join_as_guest(&tx, org, UserId(person.id)).await?;
    }
    scim::settle_soon(&tx, app, &[org], request_id).await?;
    let actor = Actor::new(ActorKind::User, person.id, person.name.as_str());
    let entry = Entry::new("invitation.accept", "invitation", InvitationId(open.id))
        .detail(json!({ "role": role.to_string(), "user": UserId(person.id).to_string() }));
    audit::write_raw(&tx, app.clock(), org, &actor, request_id, entry).await?;
    let id = UserId(person.id);
    webhook_endpoints::member_added(&tx, (app, org), id, &role.to_string()).await?;
    if verified {
        let who = Proved {
            user: person.id,
            name: &person.name,
            orgs: &orgs,
            by: "invitation by mail",
            only_org: None,
            strong: false,
            opened_by: None,
        };
        sessions::note(&tx, app, "profile.email_verify", &who, request_id).await?;
    }
    let signed_in = person.sign_in(&tx, app, &orgs, visitor, request_id).await?;
    tx.commit().await?;
    app.drop_right(Right::User(person.id));
    Ok(Accepted { org, signed_in })
}

/// `meaning` if a concurrent request has already written the row; otherwise the database's error.
fn unless_taken(error: DbErr, meaning: InvitationError) -> AppError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => meaning.into(),
        _ => error.into(),
    }
}

/// The open invitation of a link, and the hash of its token.
async fn find(app: &App, token: &str, visitor: Visitor<'_>) -> Result<(OpenInvitation, [u8; 32])> {
    passwords::guessing(app).link(visitor.address)?;
    if !secret::is_plausible(token, secret::INVITATION) {
        return Err(InvitationError::Ended.into());
    }
    let hash = secret::hash(token);
    let open = repo::by_hash(app, &hash).await?;
    let open = open.filter(|open| open.expires_at > app.clock().now());
    Ok((open.ok_or(InvitationError::Ended)?, hash))
}

/// Writes to the inviting organization's audit log that somebody with the link could not accept it, with
/// the address that they have or entered. Returns the error.
async fn refused(
    app: &App,
    open: &OpenInvitation,
    (who, email): (&Actor, &str),
    error: InvitationError,
    request_id: &str,
) -> Result<AppError> {
    let org = OrgId(open.org_id);
    let reason = match error {
        InvitationError::LimitedSession => "a session of single sign-on",
        _ => "for another email address",
    };
    let tx = app.db().begin(&[org]).await?;
    let entry = Entry::new("invitation.refused", "invitation", InvitationId(open.id))
        .detail(json!({ "reason": reason, "email": email }));
    audit::write_raw(&tx, app.clock(), org, who, request_id, entry).await?;
    tx.commit().await?;
    Ok(error.into())
}

/// Whether the inviter may still name guests.
async fn may_have_guests(tx: &Tx, app: &App, open: &OpenInvitation) -> Result<bool> {
    let (org, inviter) = (OrgId(open.org_id), open.created_by);
    let rights = organizations::rights_of_member(tx, app.clock(), org, inviter).await?;
    Ok(rights.is_some_and(|rights| rights.permissions.has(Permission::SsoManage)))
}

/// The role that an open invitation grants now.
async fn open_role(tx: &Tx, app: &App, open: &OpenInvitation) -> Result<AssignedRole> {
    let choice = RoleChoice::of_columns(&open.role, open.role_id)?;
    let role = role(tx, app, OrgId(open.org_id), (choice, open.created_by)).await?;
    Ok(role.ok_or(InvitationError::Ended)?)
}

/// The role that an invitation grants, if it still exists and the inviter may still grant it.
pub(super) async fn role(
    tx: &Tx,
    app: &App,
    org: OrgId,
    (choice, inviter): (RoleChoice, Uuid),
) -> Result<Option<AssignedRole>> {
    let rights = organizations::rights_of_member(tx, app.clock(), org, inviter).await?;
    let rights = rights.unwrap_or_else(|| PermissionSet::NONE.into());
    let may = rights.permissions.has(Permission::MemberManage);
    // The membership does not end with a grant to the inviter.
    let whose = (org, inviter);
    let inviter = organizations::lasting_of_member(tx, app.clock(), whose, &rights, None).await?;
    let role = roles::still(tx, app, org, choice).await?;
    Ok(role.filter(|role| may && !role.permissions().exceeds(inviter)))
}

/// The person who accepts, once identified.
struct Person {
    id: Uuid,
    name: String,
    /// Their email address, proved or not.
    address: Option<String>,
    proof: Proof,
}

/// How the person was identified.
enum Proof {
    /// By an open session.
    Session(SessionId),
    /// By the password of an existing account, as it was read.
    Password {
        email: String,
        account: Box<users::entity::Model>,
    },
    /// No account had the email address, so a new one is created.
    New { email: String, hash: String },
}

impl Person {
    async fn of(
        app: &App,
        open: &OpenInvitation,
        invitee: Invitee<'_>,
        visitor: Visitor<'_>,
        request_id: &str,
    ) -> Result<Self> {
        match invitee {
            Invitee::SignedIn(token) => Self::signed_in(app, open, token, request_id).await,
            Invitee::Account {
                name,
                email,
                password,
            } => {
                let name = text::line("name", name, 100)?;
                let email = text::email("email", email)?;
                if open.email.as_ref().is_some_and(|bound| *bound != email) {
                    // Nobody has proved yet who they are.
                    let who = Actor::system("Link of an invitation");
                    let error = InvitationError::OtherAddress;
                    return Err(
                        refused(app, open, (&who, email.as_str()), error, request_id).await?,
                    );
                }
                let account =
                    passwords::prove_or_hash(app, &email, password, visitor, request_id).await?;
                Ok(match account {
                    Account::Known(user) => Self {
                        id: user.id,
                        name: user.name.clone(),
                        address: Some(email.clone()),
                        proof: Proof::Password {
                            email,
                            account: Box::new(user),
                        },
                    },
                    // The same as a wrong password, so that it does not show who has an account.
                    Account::Free { .. } if app.settings().sign_up == SignUp::Closed => {
                        return Err(PasswordError::Wrong.into());
                    }
                    Account::Free { hash } => Self {
                        id: UserId::new(app.clock()).0,
                        name,
                        address: Some(email.clone()),
                        proof: Proof::New { email, hash },
                    },
                })
            }
        }
    }

    async fn signed_in(
        app: &App,
        open: &OpenInvitation,
        token: &str,
        request_id: &str,
    ) -> Result<Self> {
        let principal = principal::principal(app, Credential::Session(token), None).await?;
        let id = principal.actor.id.ok_or(SessionError::Unauthenticated)?;
        let session = principal.session.ok_or(SessionError::Unauthenticated)?;
        let user = users::find(app, id).await?;
        let user = user.ok_or(SessionError::Unauthenticated)?;
        let other = open.email.is_some() && open.email != user.email;
        let refusal = match principal.limited {
            true => Some(InvitationError::LimitedSession),
            false => other.then_some(InvitationError::OtherAddress),
        };
        if let Some(error) = refusal {
            let who = (&principal.actor, user.email.as_deref().unwrap_or_default());
            return Err(refused(app, open, who, error, request_id).await?);
        }
        Ok(Self {
            id,
            name: user.name,
            address: user.email.or(user.email_wanted),
            proof: Proof::Session(session),
        })
    }

    /// Holds the account for the transaction, if the person is still identified by what they gave.
    async fn hold(&self, tx: &Tx, app: &App) -> Result<()> {
        match &self.proof {
            Proof::Session(session) => organizations::hold_session(tx, *session, self.id).await,
            Proof::Password { account, .. } => {
                match users::lock_unchanged(tx, app, account).await? {
                    true => Ok(()),
                    false => Err(PasswordError::Wrong.into()),
                }
            }
            Proof::New { .. } => Ok(()),
        }
    }

    /// Verifies the address of the person's account, if it is the one to which the link was sent, and
    /// nobody else has seen the link. `false`: it stays as it is.
    async fn verify(&self, tx: &Tx, open: &OpenInvitation, now: DateTime<Utc>) -> Result<bool> {
        let Some(email) = &open.email else {
            return Ok(false);
        };
        if !repo::is_mailed(tx, OrgId(open.org_id), open.id).await? {
            return Ok(false);
        }
        Ok(users::verify_address(tx, self.id, email, now).await?)
    }

    /// Opens a session, unless the person already has one.
    async fn sign_in(
        &self,
        tx: &Tx,
        app: &App,
        orgs: &[OrgId],
        visitor: Visitor<'_>,
        request_id: &str,
    ) -> Result<Option<SignedIn>> {
        let (by, email) = match &self.proof {
            Proof::Session(_) => return Ok(None),
            Proof::Password { email, .. } => ("password", email),
            Proof::New { email, .. } => ("invitation", email),
        };
        let who = Proved::by(by, self.id, &self.name, orgs);
        let mut signed_in = sessions::open(tx, app, &who, visitor, request_id).await?;
        let device = passwords::issue_device(app, email, None)?;
        signed_in.device = Some((device, passwords::DEVICE_LASTS));
        Ok(Some(signed_in))
    }
}
