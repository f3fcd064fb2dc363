//! The membership of a person who signs in at a provider: joining, and the role of their groups.

use serde_json::json;
use sso::Identity;
use types::{OrgId, UserId};
use uuid::Uuid;

use super::{
    SsoSignInError,
    person::{How, Person},
};
use crate::{
    App, Tx,
    access::{AssignedRole, Role},
    audit::{self, Entry},
    ctx::Actor,
    error::{AppError, Result},
    identity::{
        invitations::Waiting,
        scim::{self, State},
        sso_providers::{Joining, Source, Speaks, role_of},
    },
    organizations, roles, webhook_endpoints,
};

/// What signing in changes about the membership.
pub(super) enum Entering {
    /// Nothing.
    Stays,
    /// The person becomes a member, perhaps by an invitation for their address.
    Joins(OrgId, Uuid, AssignedRole, Option<Box<Waiting>>),
    /// The person's groups give another role.
    Changes(OrgId, Uuid, AssignedRole),
}

/// Decides whether the person may enter.
pub(super) async fn enter(
    tx: &Tx,
    app: &App,
    source: &Source,
    identity: &Identity,
    proved: bool,
    person: &Person,
) -> Result<Entering> {
    let Some(org) = source.joins else {
        return Ok(Entering::Stays);
    };
    // Provisioning may end the membership at the same time.
    organizations::lock(tx, org).await?;
    let assigned = match role_of(&source.mappings, source.default_role, &identity.groups) {
        Some(choice) => roles::still(tx, app, org, choice).await?,
        None => None,
    };
    let rights = organizations::rights_of_member(tx, app.clock(), org, person.user).await?;
    let email = identity.email.as_deref().filter(|_| proved);
    let provisioned = scim::state_of(tx, app, org, person.user, email).await?;
    let invited = match (&rights, email) {
        (None, Some(email)) if source.own.is_some() => {
            Waiting::find(tx, app, org, &email.to_lowercase())
                .await?
                .map(Box::new)
        }
        _ => None,
    };
    // Whoever sets the provider up can let it name the address of an invited person. So an invitation
    // counts only if they could give its role, or if the person's groups decide about the role.
    let invited = invited.filter(|invited| {
        let permissions = invited.role.permissions();
        let admin = Role::Admin.permissions();
        !source.mappings.is_empty()
            || !permissions.exceeds(source.certified_with)
            || (source.saved_by_admin && !permissions.exceeds(admin))
            || assigned
                .as_ref()
                .is_some_and(|role| !permissions.exceeds(role.permissions()))
    });
    // Provisioning revoked the invitations of before; a later one was given by people.
    let ended = matches!(provisioned, Some(State::Ended)) && invited.is_none();
    if rights.is_none() && ended {
        return Err(SsoSignInError::Deprovisioned.into());
    }
    let provisioned = match provisioned {
        Some(State::Active { role_of_groups }) => Some(role_of_groups),
        Some(State::Ended) | None => None,
    };
    // Provisioning gives no more than the role admin, and so could whoever saved the provider.
    let trusted = provisioned.is_some()
        && source.saved_by_admin
        && rights
            .as_ref()
            .is_some_and(|rights| !rights.all().exceeds(Role::Admin.permissions()));
    // Whoever sets the provider up can let it name any address of the domain. So it leads to the
    // account of a member only if it could give all that the member may do, by grants as well.
    if !trusted
        && source.own.is_some()
        && matches!(person.how, How::Address)
        && let Some(rights) = &rights
        && assigned
            .as_ref()
            .is_none_or(|role| rights.all().exceeds(role.of_member()))
    {
        return Err(SsoSignInError::ConnectFirst.into());
    }
    // A SAML provider is believed because of a certificate that somebody entered here. With one of
    // their own, they could sign in as anybody whom the provider has signed in before.
    if matches!(source.speaks, Speaks::Saml { .. })
        && matches!(person.how, How::Known(_))
        && let Some(rights) = &rights
        && assigned
            .as_ref()
            .is_none_or(|role| rights.all().exceeds(role.of_member()))
        && rights.all().exceeds(source.certified_with)
    {
        return Err(SsoSignInError::NotTrusted.into());
    }
    let role = rights.map(|rights| rights.role.and_then(|role| role.built_in()));
    // Where groups have roles, these count, and the invitation only lets the person in.
    let assigned = match &invited {
        Some(invited) if source.mappings.is_empty() => Some(invited.role.clone()),
        _ => assigned,
    };
    match (role, assigned) {
        // Owners keep their role, so that a wrong setting cannot lock the organization out.
        (Some(Some(Role::Owner)), _) => Ok(Entering::Stays),
        // The role of provisioned groups comes first.
        (Some(_), _) if provisioned == Some(true) => Ok(Entering::Stays),
        (Some(_), None) if provisioned.is_some() => Ok(Entering::Stays),
        // Without rows for groups, roles are given by people.
        (Some(_), _) if source.mappings.is_empty() => Ok(Entering::Stays),
        (Some(_), Some(role)) => Ok(Entering::Changes(org, person.user, role)),
        (None, Some(role)) if invited.is_some() || may_join(source, proved) => {
            Ok(Entering::Joins(org, person.user, role, invited))
        }
        // A provider of the whole server also signs in people of other organizations.
        (None, _) if source.own.is_none() && !person.is_new() => Ok(Entering::Stays),
        (None, _) if !may_join(source, proved) => Err(SsoSignInError::NotMember.into()),
        (_, None) => Err(SsoSignInError::NoRole.into()),
        (None, Some(_)) => Err(SsoSignInError::NotMember.into()),
    }
}

fn may_join(source: &Source, proved: bool) -> bool {
    match source.joining {
        Joining::Nobody => false,
        Joining::ProvedDomains => proved,
        Joining::Everybody => true,
    }
}

impl Entering {
    /// The organization that the person joins, if they do.
    pub fn joins(&self) -> Option<OrgId> {
        match self {
            Entering::Joins(org, ..) => Some(*org),
            Entering::Stays | Entering::Changes(..) => None,
        }
    }

    /// Writes the change, with its audit row.
    pub async fn write(
        self,
        tx: &Tx,
        app: &App,
        source: &Source,
        actor: &Actor,
        request_id: &str,
    ) -> Result<()> {
        let (action, org, user, role) = match self {
            Entering::Stays => return Ok(()),
            Entering::Joins(org, user, role, invited) => {
                let now = app.clock().now();
                if let Some(invited) = invited {
                    invited.accept(tx, app, (user, actor), request_id).await?;
                }
                organizations::add_member(tx, org, user, &role, now).await?;
                let name = role.to_string();
                webhook_endpoints::member_added(tx, (app, org), UserId(user), &name).await?;
                ("member.join", org, user, role)
            }
            Entering::Changes(org, user, role) => {
                if !organizations::give_role(tx, org, user, &role).await? {
                    return Ok(());
                }
                ("member.change_role", org, user, role)
            }
        };
        let detail = json!({ "role": role.to_string(), "provider": source.name });
        let entry = Entry::new(action, "user", UserId(user)).detail(detail);
        let written = audit::write_raw(tx, app.clock(), org, actor, request_id, entry).await;
        written.map_err(AppError::from)
    }
}
