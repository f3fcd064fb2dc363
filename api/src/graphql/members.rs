//! Members of the organization.

use async_graphql::{Context, Description, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::members;

use super::{
    assigned_roles::{AssignedRole, choice},
    caller,
    connection::{Connection, page},
    cost,
    enums::{MemberCreationKind, Role},
    ids,
};
use crate::error::ApiError;

/// A way in which a member can sign in.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInMethod {
    /// An email address and a password.
    Password,
    /// A device or a password manager, with a key that it keeps for the account.
    Passkey,
    /// An identity provider of the organization or of the server; see `signInProviders`.
    SingleSignOn,
}

/// A member of the organization.
#[derive(Description)]
pub struct Member(pub members::Member);

#[Object(use_type_description)]
impl Member {
    /// The person's id, the same in each of their organizations.
    async fn user_id(&self) -> ID {
        self.0.user.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// The built-in role; null for one of the organization's own roles.
    async fn role(&self) -> Option<Role> {
        self.0.role.built_in().map(Role::from)
    }

    /// The role with its name and permissions.
    async fn assigned_role(&self) -> AssignedRole {
        AssignedRole(self.0.role.clone())
    }

    async fn joined_at(&self) -> DateTime<Utc> {
        self.0.joined_at
    }

    /// When the member was last active, accurate to about ten minutes; null if they never were.
    async fn last_seen_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_seen_at
    }

    /// How the member can sign in. Empty if they have only ever used sign-in links, or a provider of
    /// another organization.
    async fn sign_in_methods(&self) -> Vec<SignInMethod> {
        let sso = !self.0.providers.is_empty();
        let all = [
            self.0.has_password.then_some(SignInMethod::Password),
            self.0.has_passkey.then_some(SignInMethod::Passkey),
            sso.then_some(SignInMethod::SingleSignOn),
        ];
        all.into_iter().flatten().collect()
    }

    /// The names of the identity providers of the organization and of the server at which the member has
    /// an account.
    async fn sign_in_providers(&self) -> &[String] {
        &self.0.providers
    }

    /// Whether one of these providers lets people join: once removed, the member can come back by signing
    /// in with it.
    async fn may_rejoin(&self) -> bool {
        self.0.may_rejoin
    }

    /// The address of a member without one to sign in with, as they or their provider gave it: nobody has
    /// proved that it is theirs. Null for callers who do not manage members.
    async fn unverified_email(&self) -> Option<&str> {
        self.0.unverified_email.as_deref()
    }

    /// Whether this member is the caller.
    async fn is_you(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
        Ok(caller(ctx)?.actor.id == Some(self.0.user.0))
    }
}

/// An object that a member created and that stays when they are removed.
#[derive(SimpleObject)]
pub struct MemberCreation {
    kind: MemberCreationKind,
    name: String,
}

impl From<members::Creation> for MemberCreation {
    fn from(creation: members::Creation) -> Self {
        Self {
            kind: creation.kind.into(),
            name: creation.name,
        }
    }
}

/// Queries for members.
#[derive(Default)]
pub struct MemberQuery;

#[Object]
impl MemberQuery {
    /// The organization's members, newest accounts first. `search` matches a part of the name or of the
    /// email address.
    #[graphql(
        complexity = "cost::page(first, child_complexity) + cost::of_text(&after) + cost::of_text(&search)"
    )]
    async fn members(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        search: Option<String>,
    ) -> Result<Connection<Member>, ApiError> {
        let (ctx, page) = (caller(ctx)?, page(first, after));
        let members = members::find(ctx, &page, search.as_deref()).await?;
        Ok(Connection::of(members, Member))
    }

    /// A member, by the person's id.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn member(&self, ctx: &Context<'_>, user_id: ID) -> Result<Member, ApiError> {
        let member = members::get(caller(ctx)?, ids::read(&user_id)).await?;
        Ok(Member(member))
    }

    /// What a member created for the organization that still works and stays when they are removed,
    /// although they may know its secret or have chosen where it leads: the newest 100 that the caller may
    /// see, by kind and name. Requires the permission `member.manage`.
    #[graphql(complexity = "2 * cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn member_creations(
        &self,
        ctx: &Context<'_>,
        user_id: ID,
    ) -> Result<Vec<MemberCreation>, ApiError> {
        let found = members::creations(caller(ctx)?, ids::read(&user_id)).await?;
        Ok(found.into_iter().map(MemberCreation::from).collect())
    }
}

/// A member and their new role: either `role` or `customRoleId`.
#[derive(InputObject)]
pub struct ChangeMemberRoleInput {
    user_id: ID,
    role: Option<Role>,
    /// One of the organization's own roles, instead of `role`.
    custom_role_id: Option<ID>,
}

/// The member, with the new role.
#[derive(SimpleObject)]
pub struct ChangeMemberRolePayload {
    member: Member,
}

/// The member to remove.
#[derive(InputObject)]
pub struct RemoveMemberInput {
    user_id: ID,
}

/// The user id of the removed member.
#[derive(SimpleObject)]
pub struct RemoveMemberPayload {
    removed_user_id: ID,
}

/// The member who becomes an owner.
#[derive(InputObject)]
pub struct TransferOwnershipInput {
    user_id: ID,
}

/// The new owner.
#[derive(SimpleObject)]
pub struct TransferOwnershipPayload {
    member: Member,
}

/// `ok` is always true; failures are returned as errors.
#[derive(SimpleObject)]
pub struct LeaveOrganizationPayload {
    ok: bool,
}

/// Mutations of memberships.
#[derive(Default)]
pub struct MemberMutation;

#[Object]
impl MemberMutation {
    /// Gives a member another role. Requires `member.manage`, every permission of both roles and,
    /// for a role that may manage members, a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn change_member_role(
        &self,
        ctx: &Context<'_>,
        input: ChangeMemberRoleInput,
    ) -> Result<ChangeMemberRolePayload, ApiError> {
        let user = ids::read(&input.user_id);
        let role = choice(input.role, input.custom_role_id.as_ref())?;
        let member = members::change_role(caller(ctx)?, user, role).await?;
        Ok(ChangeMemberRolePayload {
            member: Member(member),
        })
    }

    /// Removes a member. They lose access immediately, and the API keys they created are revoked.
    /// Requires `member.manage`, every permission of their role, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        input: RemoveMemberInput,
    ) -> Result<RemoveMemberPayload, ApiError> {
        members::remove(caller(ctx)?, ids::read(&input.user_id)).await?;
        Ok(RemoveMemberPayload {
            removed_user_id: input.user_id,
        })
    }

    /// Makes another member an owner. The caller becomes an admin. Requires `organization.transfer`,
    /// which only owners have, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn transfer_ownership(
        &self,
        ctx: &Context<'_>,
        input: TransferOwnershipInput,
    ) -> Result<TransferOwnershipPayload, ApiError> {
        let member = members::transfer_ownership(caller(ctx)?, ids::read(&input.user_id)).await?;
        Ok(TransferOwnershipPayload {
            member: Member(member),
        })
    }

    /// Ends the caller's own membership. The only owner cannot leave. Requires `profile.update`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn leave_organization(
        &self,
        ctx: &Context<'_>,
    ) -> Result<LeaveOrganizationPayload, ApiError> {
        members::leave(caller(ctx)?).await?;
        Ok(LeaveOrganizationPayload { ok: true })
    }
}
