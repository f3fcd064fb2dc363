//! The settings of provisioning: tokens, groups with what they give, the last requests, and people who
//! wait. The protocol itself is in `http::scim`.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::identity::{
    self,
    scim::{self, GroupMapping, NewScimToken},
};

use super::{
    assigned_roles::{AssignedRole, choice, choice_or_none},
    caller, cost,
    enums::{Role, WaitsFor},
    ids,
};
use crate::error::ApiError;

/// How the organization's people are provisioned (SCIM 2.0).
#[derive(Description)]
pub struct Provisioning(identity::Provisioning);

#[Object(use_type_description)]
impl Provisioning {
    /// The address to enter at the identity provider.
    async fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// The built-in role of people whose groups give none; null for one of the organization's own.
    async fn default_role(&self) -> Option<Role> {
        self.0.default_role.built_in().map(Role::from)
    }

    /// The role of people whose groups give none, with its name and permissions.
    async fn assigned_default_role(&self) -> AssignedRole {
        AssignedRole(self.0.default_role.clone())
    }

    /// The number of users that are active at the identity provider.
    async fn active_users(&self) -> u64 {
        self.0.active
    }

    /// The number of users that are not active.
    async fn inactive_users(&self) -> u64 {
        self.0.inactive
    }

    /// The number of active users who are not members yet.
    async fn waiting_users(&self) -> u64 {
        self.0.waiting
    }

    /// The tokens, newest first, including revoked ones; at most 100.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn tokens(&self, ctx: &Context<'_>) -> Result<Vec<ScimToken>, ApiError> {
        let all = scim::list_scim_tokens(caller(ctx)?).await?;
        Ok(all.into_iter().map(ScimToken).collect())
    }

    /// The groups, by name; at most 2,000.
    #[graphql(complexity = "cost::COUNT + cost::times(100, child_complexity)")]
    async fn groups(&self, ctx: &Context<'_>) -> Result<Vec<ScimGroup>, ApiError> {
        let all = scim::list_scim_groups(caller(ctx)?).await?;
        Ok(all.into_iter().map(ScimGroup).collect())
    }

    /// The newest people who are provisioned but not members yet; at most 100.
    #[graphql(complexity = "cost::STATEMENT + cost::times(100, child_complexity)")]
    async fn waiting(&self, ctx: &Context<'_>) -> Result<Vec<WaitingUser>, ApiError> {
        let all = scim::list_waiting(caller(ctx)?).await?;
        Ok(all.into_iter().map(WaitingUser::from).collect())
    }

    /// The last changes and refusals, newest first; at most 200.
    #[graphql(complexity = "cost::STATEMENT + cost::times(100, child_complexity)")]
    async fn requests(&self, ctx: &Context<'_>) -> Result<Vec<ScimRequest>, ApiError> {
        let all = scim::list_scim_requests(caller(ctx)?).await?;
        Ok(all.into_iter().map(ScimRequest::from).collect())
    }
}

/// A token of an identity provider, without its secret.
#[derive(Description)]
pub struct ScimToken(identity::ScimToken);

#[Object(use_type_description)]
impl ScimToken {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The first characters of the secret, to tell tokens apart.
    async fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// Whether it may end the membership of owners. The last owner always stays.
    async fn removes_owners(&self) -> bool {
        self.0.removes_owners
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it expires; null: never.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// When it was last used, accurate to about a minute.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    /// When it was revoked.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}

/// A group of an identity provider, and what its members get.
#[derive(Description)]
pub struct ScimGroup(identity::ScimGroup);

#[Object(use_type_description)]
impl ScimGroup {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The name at the identity provider. It gives nothing by itself.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The built-in role of its members; null: it gives none, or one of the organization's own.
    async fn role(&self) -> Option<Role> {
        let role = self.0.role.as_ref()?;
        role.built_in().map(Role::from)
    }

    /// The role of its members, with its name and permissions; null: it gives none.
    async fn assigned_role(&self) -> Option<AssignedRole> {
        self.0.role.clone().map(AssignedRole)
    }

    /// The team that its members are in; null: it gives none.
    async fn team_id(&self) -> Option<ID> {
        self.0.mapping.team.map(|team| team.to_string().into())
    }

    /// The number of its members.
    async fn member_count(&self) -> u64 {
        self.0.members
    }

    /// When the identity provider last changed it.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// A person who is provisioned but not a member yet.
#[derive(SimpleObject)]
pub struct WaitingUser {
    /// The id of what the identity provider says about them.
    id: ID,
    name: String,
    email: Option<String>,
    /// What they wait for.
    waits_for: WaitsFor,
    /// Since when.
    since: DateTime<Utc>,
}

impl From<identity::WaitingUser> for WaitingUser {
    fn from(user: identity::WaitingUser) -> Self {
        Self {
            id: user.id.to_string().into(),
            name: user.name,
            email: user.email,
            waits_for: user.waits.into(),
            since: user.since,
        }
    }
}

/// A request of an identity provider.
#[derive(SimpleObject)]
pub struct ScimRequest {
    id: ID,
    /// The name of the token.
    token: String,
    at: DateTime<Utc>,
    method: String,
    /// The path below the base address, with the query.
    path: String,
    /// The status of the answer.
    status: u16,
    /// Why it was refused; null if it was not.
    problem: Option<String>,
}

impl From<identity::ScimRequest> for ScimRequest {
    fn from(request: identity::ScimRequest) -> Self {
        Self {
            id: request.id.to_string().into(),
            token: request.token,
            at: request.at,
            method: request.method,
            path: request.path,
            status: request.status,
            problem: request.problem,
        }
    }
}

/// Queries for provisioning.
#[derive(Default)]
pub struct ProvisioningQuery;

#[Object]
impl ProvisioningQuery {
    /// How the organization's people are provisioned. Requires the permission `sso.manage`.
    #[graphql(complexity = "cost::COUNT + child_complexity")]
    async fn provisioning(&self, ctx: &Context<'_>) -> Result<Provisioning, ApiError> {
        Ok(Provisioning(scim::provisioning(caller(ctx)?).await?))
    }
}

/// A new token.
#[derive(InputObject)]
pub struct CreateScimTokenInput {
    name: String,
    /// When it expires, at most ten years away; absent: never.
    expires_at: Option<DateTime<Utc>>,
}

/// The new token with its secret, which is not returned again.
#[derive(SimpleObject)]
pub struct CreateScimTokenPayload {
    token: ScimToken,
    secret: String,
}

/// The token to revoke.
#[derive(InputObject)]
pub struct RevokeScimTokenInput {
    id: ID,
}

/// The revoked token.
#[derive(SimpleObject)]
pub struct RevokeScimTokenPayload {
    token: ScimToken,
}

/// What the members of a group get, in place of what they got before.
#[derive(InputObject)]
pub struct MapScimGroupInput {
    id: ID,
    /// The role; not `OWNER`. Absent: none.
    role: Option<Role>,
    /// One of the organization's own roles, instead of `role`.
    custom_role_id: Option<ID>,
    /// The team. Absent: none.
    team_id: Option<ID>,
}

/// The changed group.
#[derive(SimpleObject)]
pub struct MapScimGroupPayload {
    group: ScimGroup,
}

/// The settings of provisioning, with either `defaultRole` or `defaultCustomRoleId`.
#[derive(InputObject)]
pub struct UpdateProvisioningInput {
    /// The role of people whose groups give none; not `OWNER`.
    default_role: Option<Role>,
    /// One of the organization's own roles, instead of `defaultRole`.
    default_custom_role_id: Option<ID>,
}

/// The changed settings.
#[derive(SimpleObject)]
pub struct UpdateProvisioningPayload {
    provisioning: Provisioning,
}

/// How many people became members.
#[derive(SimpleObject)]
pub struct CheckWaitingUsersPayload {
    /// How many of the people who waited are members now.
    joined: u64,
    provisioning: Provisioning,
}

/// Mutations of provisioning.
#[derive(Default)]
pub struct ProvisioningMutation;

#[Object]
impl ProvisioningMutation {
    /// Creates a token for an identity provider. Requires `sso.manage`, every permission of an
    /// admin, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_scim_token(
        &self,
        ctx: &Context<'_>,
        input: CreateScimTokenInput,
    ) -> Result<CreateScimTokenPayload, ApiError> {
        let new = NewScimToken {
            name: input.name,
            expires_at: input.expires_at,
        };
        let (token, secret) = scim::create_scim_token(caller(ctx)?, new).await?;
        Ok(CreateScimTokenPayload {
            token: ScimToken(token),
            secret,
        })
    }

    /// Revokes a token, with immediate effect. Requires `sso.manage`, and a recent proof of
    /// identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn revoke_scim_token(
        &self,
        ctx: &Context<'_>,
        input: RevokeScimTokenInput,
    ) -> Result<RevokeScimTokenPayload, ApiError> {
        let token = scim::revoke_scim_token(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(RevokeScimTokenPayload {
            token: ScimToken(token),
        })
    }

    /// Changes what the members of a group get, at once for all of them. Requires `sso.manage`,
    /// every permission that they get or lose, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn map_scim_group(
        &self,
        ctx: &Context<'_>,
        input: MapScimGroupInput,
    ) -> Result<MapScimGroupPayload, ApiError> {
        let mapping = GroupMapping {
            role: choice_or_none(input.role, input.custom_role_id.as_ref())?,
            team: input.team_id.as_ref().map(ids::read),
        };
        let group = scim::map_scim_group(caller(ctx)?, ids::read(&input.id), mapping).await?;
        Ok(MapScimGroupPayload {
            group: ScimGroup(group),
        })
    }

    /// Changes the settings of provisioning. Requires `sso.manage`, every permission of the role,
    /// and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn update_provisioning(
        &self,
        ctx: &Context<'_>,
        input: UpdateProvisioningInput,
    ) -> Result<UpdateProvisioningPayload, ApiError> {
        let role = choice(input.default_role, input.default_custom_role_id.as_ref())?;
        let changed = scim::change_provisioning(caller(ctx)?, role).await?;
        Ok(UpdateProvisioningPayload {
            provisioning: Provisioning(changed),
        })
    }

    /// Looks again whether people who wait can become members, such as after a domain was proved.
    /// Requires `sso.manage`.
    #[graphql(complexity = "cost::SCAN + child_complexity")]
    async fn check_waiting_users(
        &self,
        ctx: &Context<'_>,
    ) -> Result<CheckWaitingUsersPayload, ApiError> {
        let ctx = caller(ctx)?;
        let joined = scim::settle_waiting(ctx).await?;
        Ok(CheckWaitingUsersPayload {
            joined,
            provisioning: Provisioning(scim::provisioning(ctx).await?),
        })
    }
}
