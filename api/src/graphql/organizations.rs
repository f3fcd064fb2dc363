//! Organizations.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::organizations;

use super::{caller, cost};
use crate::error::ApiError;

/// An organization, which owns pipelines, runs and API keys.
#[derive(Description)]
pub struct Organization(pub organizations::Organization);

#[Object(use_type_description)]
impl Organization {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// Queries for organizations.
#[derive(Default)]
pub struct OrganizationQuery;

#[Object]
impl OrganizationQuery {
    /// The organization that the request acts in.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization, ApiError> {
        Ok(Organization(organizations::get(caller(ctx)?).await?))
    }
}

/// A new organization.
#[derive(InputObject)]
pub struct CreateOrganizationInput {
    name: String,
}

/// The new organization.
#[derive(SimpleObject)]
pub struct CreateOrganizationPayload {
    organization: Organization,
}

/// Mutations of organizations.
#[derive(Default)]
pub struct OrganizationMutation;

#[Object]
impl OrganizationMutation {
    /// Creates an organization. The caller becomes its owner. Requires `organization.create`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_organization(
        &self,
        ctx: &Context<'_>,
        input: CreateOrganizationInput,
    ) -> Result<CreateOrganizationPayload, ApiError> {
        let organization = organizations::create(caller(ctx)?, &input.name).await?;
        Ok(CreateOrganizationPayload {
            organization: Organization(organization),
        })
    }
}
