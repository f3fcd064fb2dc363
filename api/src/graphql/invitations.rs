//! Invitations into the organization. Accepting one is in `http::invitation`.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::identity;

use super::{
    caller,
    connection::{Connection, page},
    cost,
    enums::{InvitationStatus, Role},
    ids,
};
use crate::{error::ApiError, links};

/// An invitation into the organization, without its link.
#[derive(Description)]
pub struct Invitation(pub identity::Invitation);

#[Object(use_type_description)]
impl Invitation {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The role of whoever accepts.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// Only the account with this address can accept; null: whoever has the link.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// The name of the person who sent the newest link.
    async fn invited_by(&self) -> &str {
        &self.0.invited_by
    }

    async fn status(&self) -> InvitationStatus {
        self.0.status.into()
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the newest link expires.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }
}

/// Queries for invitations.
#[derive(Default)]
pub struct InvitationQuery;

#[Object]
impl InvitationQuery {
    /// The organization's invitations, the newest first, including those that ended. Requires the
    /// permission `member.manage`.
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

/// Whom to invite.
#[derive(InputObject)]
pub struct CreateInvitationInput {
    /// The role of whoever accepts.
    role: Role,
    /// Only the account with this address can accept; absent: whoever has the link.
    email: Option<String>,
}

/// The invitation and its link.
#[derive(SimpleObject)]
pub struct CreateInvitationPayload {
    invitation: Invitation,
    /// The path and fragment of the link, for the address of this server. It is shown here and never
    /// again.
    path: String,
}

/// Which invitation.
#[derive(InputObject)]
pub struct RenewInvitationInput {
    id: ID,
}

/// The invitation and its new link.
#[derive(SimpleObject)]
pub struct RenewInvitationPayload {
    invitation: Invitation,
    /// The path and fragment of the link, for the address of this server. It is shown here and never
    /// again.
    path: String,
}

/// Which invitation.
#[derive(InputObject)]
pub struct RevokeInvitationInput {
    id: ID,
}

/// The invitation as it is now.
#[derive(SimpleObject)]
pub struct RevokeInvitationPayload {
    invitation: Invitation,
}

/// Changes of invitations.
#[derive(Default)]
pub struct InvitationMutation;

#[Object]
impl InvitationMutation {
    /// Invites a person by a link that works once, for seven days. The link is returned only in this
    /// response. The role may not have permissions that the caller does not have.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_invitation(
        &self,
        ctx: &Context<'_>,
        input: CreateInvitationInput,
    ) -> Result<CreateInvitationPayload, ApiError> {
        let (ctx, role) = (caller(ctx)?, input.role.into());
        let (invitation, token) =
            identity::create_invitation(ctx, role, input.email.as_deref()).await?;
        Ok(CreateInvitationPayload {
            invitation: Invitation(invitation),
            path: links::invitation(&token),
        })
    }

    /// Replaces the link of an invitation that nobody has accepted; the old link stops working. The
    /// new one is returned only in this response.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn renew_invitation(
        &self,
        ctx: &Context<'_>,
        input: RenewInvitationInput,
    ) -> Result<RenewInvitationPayload, ApiError> {
        let (invitation, token) =
            identity::renew_invitation(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(RenewInvitationPayload {
            invitation: Invitation(invitation),
            path: links::invitation(&token),
        })
    }

    /// Revokes an invitation; its link stops working at once.
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
