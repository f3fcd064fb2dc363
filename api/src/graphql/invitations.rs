//! Invitations into the organization. Accepting one is in `http::invitation`.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::identity::{self, InvitationLink};

use super::{
    assigned_roles::{AssignedRole, choice},
    caller,
    connection::{Connection, page},
    cost,
    enums::{InvitationStatus, MailLanguage, Role},
    ids,
};
use crate::error::ApiError;

/// An invitation into the organization, without its link.
#[derive(Description)]
pub struct Invitation(pub identity::Invitation);

#[Object(use_type_description)]
impl Invitation {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The built-in role of the person who accepts; null for one of the organization's own roles.
    async fn role(&self) -> Option<Role> {
        let role = self.0.role.as_ref()?;
        role.built_in().map(Role::from)
    }

    /// The role of the person who accepts, with its name and permissions; null if it was one of the
    /// organization's own, and was deleted after the invitation had ended.
    async fn assigned_role(&self) -> Option<AssignedRole> {
        self.0.role.clone().map(AssignedRole)
    }

    /// Whether the person who accepts joins as a guest, for whom single sign-on is not enforced where it is
    /// for everyone.
    async fn guest(&self) -> bool {
        self.0.guest
    }

    /// The email address of the only account that can accept; null if anyone with the link can.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// The name of the person who created the current link.
    async fn invited_by(&self) -> &str {
        &self.0.invited_by
    }

    async fn status(&self) -> InvitationStatus {
        self.0.status.into()
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the current link expires.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }
}

/// Queries for invitations.
#[derive(Default)]
pub struct InvitationQuery;

#[Object]
impl InvitationQuery {
    /// The organization's invitations, newest first, including accepted, revoked and expired ones.
    /// Requires the permission `member.manage`.
    #[graphql(complexity = "cost::page(first, child_complexity) + cost::of_text(&after)")]
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Invitation>, ApiError> {
        let invitations = identity::list_invitations(caller(ctx)?, &page(first, after)).await?;
        Ok(Connection::of(invitations, Invitation))
    }
}

/// A new invitation, with either `role` or `customRoleId`.
#[derive(InputObject)]
pub struct CreateInvitationInput {
    /// The role of the person who accepts.
    role: Option<Role>,
    /// One of the organization's own roles, instead of `role`.
    custom_role_id: Option<ID>,
    /// Whether the person joins as a guest, for whom single sign-on is not enforced where it is for
    /// everyone. Requires the permission `sso.manage` as well, and a recent proof of identity.
    guest: Option<bool>,
    /// The email address of the only account that can accept. If absent, anyone with the link can.
    email: Option<String>,
    /// The language of the mail that brings the link. English if absent.
    language: Option<MailLanguage>,
}

/// The invitation and its link.
#[derive(SimpleObject)]
pub struct CreateInvitationPayload {
    invitation: Invitation,
    /// The path and fragment of the link; append it to this server's URL. It is not returned again.
    /// Null if the link is sent by mail, which this server does if it has an SMTP server and the
    /// invitation an address.
    path: Option<String>,
}

/// The invitation to renew.
#[derive(InputObject)]
pub struct RenewInvitationInput {
    id: ID,
    /// The language of the mail that brings the link. English if absent.
    language: Option<MailLanguage>,
}

/// The invitation and its new link.
#[derive(SimpleObject)]
pub struct RenewInvitationPayload {
    invitation: Invitation,
    /// The path and fragment of the link; append it to this server's URL. It is not returned again.
    /// Null if the link is sent by mail.
    path: Option<String>,
}

/// The invitation to revoke.
#[derive(InputObject)]
pub struct RevokeInvitationInput {
    id: ID,
}

/// The revoked invitation.
#[derive(SimpleObject)]
pub struct RevokeInvitationPayload {
    invitation: Invitation,
}

/// The path of a link that the inviter passes on.
fn path(link: &InvitationLink) -> Option<String> {
    match link {
        InvitationLink::Token(token) => Some(identity::invitations::path(token)),
        InvitationLink::Sent => None,
    }
}

/// Mutations of invitations.
#[derive(Default)]
pub struct InvitationMutation;

#[Object]
impl InvitationMutation {
    /// Creates an invitation link that works once and expires after seven days. It is sent by mail
    /// to the invitation's address, or else returned, only in this response. Requires
    /// `member.manage`, every permission of the role and, for a guest or a role that may manage
    /// members, a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_invitation(
        &self,
        ctx: &Context<'_>,
        input: CreateInvitationInput,
    ) -> Result<CreateInvitationPayload, ApiError> {
        let ctx = caller(ctx)?;
        let role = choice(input.role, input.custom_role_id.as_ref())?;
        let language = input.language.map(Into::into).unwrap_or_default();
        let email = input.email.as_deref();
        let (invitation, link) = match input.guest {
            Some(true) => identity::create_guest_invitation(ctx, role, email, language).await?,
            _ => identity::create_invitation(ctx, role, email, language).await?,
        };
        Ok(CreateInvitationPayload {
            invitation: Invitation(invitation),
            path: path(&link),
        })
    }

    /// Replaces the link of an invitation that nobody has accepted; the old link stops working. The
    /// new one is sent by mail or returned, like the first one. Requires `member.manage`, every
    /// permission of the role and, for a role that may manage members, a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn renew_invitation(
        &self,
        ctx: &Context<'_>,
        input: RenewInvitationInput,
    ) -> Result<RenewInvitationPayload, ApiError> {
        let (ctx, id) = (caller(ctx)?, ids::read(&input.id));
        let language = input.language.map(Into::into).unwrap_or_default();
        let (invitation, link) = identity::renew_invitation(ctx, id, language).await?;
        Ok(RenewInvitationPayload {
            invitation: Invitation(invitation),
            path: path(&link),
        })
    }

    /// Revokes an invitation. Its link stops working immediately. Requires `member.manage` and every
    /// permission of the role.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn revoke_invitation(
        &self,
        ctx: &Context<'_>,
        input: RevokeInvitationInput,
    ) -> Result<RevokeInvitationPayload, ApiError> {
        let invitation = identity::revoke_invitation(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(RevokeInvitationPayload {
            invitation: Invitation(invitation),
        })
    }
}
