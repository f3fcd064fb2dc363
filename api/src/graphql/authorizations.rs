//! Requests by applications and devices for access, and the grants that people gave.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{PermissionSet, identity::oauth};

use super::{assigned_roles::names, caller, cost, ids};
use crate::error::ApiError;

/// A permission that an application asks for.
#[derive(SimpleObject)]
pub struct RequestedScope {
    /// The permission's name.
    name: &'static str,
    /// What it allows, in a sentence.
    description: &'static str,
    /// Whether the person has it. If not, the application does not get it either.
    is_held: bool,
}

fn requested(scopes: PermissionSet, lacking: PermissionSet) -> Vec<RequestedScope> {
    let one = |scope: domain::Permission| RequestedScope {
        name: scope.as_str(),
        description: scope.description(),
        is_held: !lacking.has(scope),
    };
    scopes.iter().map(one).collect()
}

/// What an application asks the signed-in person for.
#[derive(SimpleObject)]
pub struct AuthorizationRequest {
    application_name: String,
    /// The organization in which it would act.
    organization_name: String,
    scopes: Vec<RequestedScope>,
    /// Where the person is sent back to.
    redirect_uri: String,
}

/// What a device asks the signed-in person for.
#[derive(SimpleObject)]
pub struct DeviceRequest {
    /// The code, as the device shows it.
    code: String,
    application_name: String,
    /// The organization in which it would act.
    organization_name: String,
    /// The IP address from which the device asks, if known.
    address: Option<String>,
    asked_at: DateTime<Utc>,
    scopes: Vec<RequestedScope>,
}

/// What a person has granted to an application in an organization.
#[derive(Description)]
pub struct ApplicationGrant(oauth::ApplicationGrant);

#[Object(use_type_description)]
impl ApplicationGrant {
    async fn grant_id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn application_name(&self) -> &str {
        &self.0.application_name
    }

    /// The organization in which the application acts.
    async fn organization_name(&self) -> &str {
        &self.0.org_name
    }

    async fn user_id(&self) -> ID {
        self.0.user.to_string().into()
    }

    async fn user_name(&self) -> &str {
        &self.0.user_name
    }

    /// Names of permissions. In use, the application has only those that the person also has.
    async fn scopes(&self) -> Vec<&'static str> {
        names(self.0.scopes)
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the application last got new access.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.0.last_used_at
    }
}

/// Queries for what people allow applications.
#[derive(Default)]
pub struct AuthorizationQuery;

#[Object]
impl AuthorizationQuery {
    /// What the application that sent the person here asks for. `query` is the query of the address.
    #[graphql(complexity = "2 * cost::STATEMENT + child_complexity")]
    async fn authorization_request(
        &self,
        ctx: &Context<'_>,
        query: String,
    ) -> Result<AuthorizationRequest, ApiError> {
        let found = oauth::authorization_request(caller(ctx)?, &query).await?;
        Ok(AuthorizationRequest {
            application_name: found.application.name,
            organization_name: found.org_name,
            scopes: requested(found.scopes, found.lacking),
            redirect_uri: found.redirect_uri,
        })
    }

    /// What the device that shows this code asks for. From then on, nobody else can answer it.
    #[graphql(complexity = "2 * cost::STATEMENT + child_complexity")]
    async fn device_request(
        &self,
        ctx: &Context<'_>,
        code: String,
    ) -> Result<DeviceRequest, ApiError> {
        let found = oauth::device_request(caller(ctx)?, &code).await?;
        Ok(DeviceRequest {
            code: found.code,
            application_name: found.application.name,
            organization_name: found.org_name,
            address: found.address,
            asked_at: found.asked_at,
            scopes: requested(found.scopes, found.lacking),
        })
    }

    /// What the signed-in person has granted to applications, in all of their organizations.
    #[graphql(complexity = "2 * cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn my_application_grants(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Vec<ApplicationGrant>, ApiError> {
        let found = oauth::list_own_grants(caller(ctx)?).await?;
        Ok(found.into_iter().map(ApplicationGrant).collect())
    }

    /// What the organization's members have granted to applications in it. Requires the permission
    /// `member.manage`.
    #[graphql(complexity = "cost::STATEMENT + cost::times(50, child_complexity)")]
    async fn application_grants(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Vec<ApplicationGrant>, ApiError> {
        let found = oauth::list_grants(caller(ctx)?).await?;
        Ok(found.into_iter().map(ApplicationGrant).collect())
    }
}

/// The person's answer to an application.
#[derive(InputObject)]
pub struct AnswerAuthorizationInput {
    /// The query of the address to which the application sent the person.
    query: String,
    allow: bool,
}

/// Where to send the person.
#[derive(SimpleObject)]
pub struct AnswerAuthorizationPayload {
    redirect_to: String,
}

/// The person's answer to a device.
#[derive(InputObject)]
pub struct AnswerDeviceInput {
    /// The code that the device shows.
    code: String,
    allow: bool,
}

/// The answer that the device gets.
#[derive(SimpleObject)]
pub struct AnswerDevicePayload {
    allowed: bool,
}

/// The grant to end.
#[derive(InputObject)]
pub struct RevokeApplicationGrantInput {
    grant_id: ID,
}

/// The grant that was ended.
#[derive(SimpleObject)]
pub struct RevokeApplicationGrantPayload {
    grant_id: ID,
}

/// Mutations of what people allow applications.
#[derive(Default)]
pub struct AuthorizationMutation;

#[Object]
impl AuthorizationMutation {
    /// Answers the application that sent the person here. Requires `profile.update` and, to allow
    /// it, a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn answer_authorization(
        &self,
        ctx: &Context<'_>,
        input: AnswerAuthorizationInput,
    ) -> Result<AnswerAuthorizationPayload, ApiError> {
        let ctx = caller(ctx)?;
        let redirect_to = oauth::answer_authorization(ctx, &input.query, input.allow).await?;
        Ok(AnswerAuthorizationPayload { redirect_to })
    }

    /// Answers the device whose request the person looked at. Requires `profile.update` and, to
    /// allow it, a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn answer_device(
        &self,
        ctx: &Context<'_>,
        input: AnswerDeviceInput,
    ) -> Result<AnswerDevicePayload, ApiError> {
        oauth::answer_device(caller(ctx)?, &input.code, input.allow).await?;
        Ok(AnswerDevicePayload {
            allowed: input.allow,
        })
    }

    /// Ends what a person has granted to an application, immediately. Requires `profile.update` and,
    /// for what others have granted, `member.manage`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn revoke_application_grant(
        &self,
        ctx: &Context<'_>,
        input: RevokeApplicationGrantInput,
    ) -> Result<RevokeApplicationGrantPayload, ApiError> {
        oauth::revoke_grant(caller(ctx)?, ids::read(&input.grant_id)).await?;
        Ok(RevokeApplicationGrantPayload {
            grant_id: input.grant_id,
        })
    }
}
