//! Service accounts, to which API keys can belong.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::service_accounts::{self, AccountTerms};

use super::{
    assigned_roles::{AssignedRole, choice},
    caller, cost,
    enums::Role,
    ids,
};
use crate::error::ApiError;

/// The identity of a program in the organization. It stays when people leave, and cannot sign in; its
/// API keys authenticate it.
#[derive(Description)]
pub struct ServiceAccount(pub service_accounts::ServiceAccount);

#[Object(use_type_description)]
impl ServiceAccount {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The name, unique in the organization.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is for; may be empty.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// The role, which limits what its keys may do.
    async fn role(&self) -> AssignedRole {
        AssignedRole(self.0.role.clone())
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was disabled; null if it is not. Its keys are refused while it is.
    async fn disabled_at(&self) -> Option<DateTime<Utc>> {
        self.0.disabled_at
    }
}

/// Queries for service accounts.
#[derive(Default)]
pub struct ServiceAccountQuery;

#[Object]
impl ServiceAccountQuery {
    /// The organization's service accounts, by name.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn service_accounts(&self, ctx: &Context<'_>) -> Result<Vec<ServiceAccount>, ApiError> {
        let accounts = service_accounts::list(caller(ctx)?).await?;
        Ok(accounts.into_iter().map(ServiceAccount).collect())
    }
}

/// A new service account, with either `role` or `customRoleId`.
#[derive(InputObject)]
pub struct CreateServiceAccountInput {
    name: String,
    /// What it is for.
    description: Option<String>,
    role: Option<Role>,
    /// One of the organization's own roles, instead of `role`.
    custom_role_id: Option<ID>,
}

/// The new service account.
#[derive(SimpleObject)]
pub struct CreateServiceAccountPayload {
    service_account: ServiceAccount,
}

/// A service account and what it is to be, with either `role` or `customRoleId`.
#[derive(InputObject)]
pub struct UpdateServiceAccountInput {
    id: ID,
    name: String,
    /// What it is for.
    description: Option<String>,
    role: Option<Role>,
    /// One of the organization's own roles, instead of `role`.
    custom_role_id: Option<ID>,
    /// Whether its keys are refused; false by default.
    disabled: Option<bool>,
}

/// The changed service account.
#[derive(SimpleObject)]
pub struct UpdateServiceAccountPayload {
    service_account: ServiceAccount,
}

/// Mutations of service accounts.
#[derive(Default)]
pub struct ServiceAccountMutation;

#[Object]
impl ServiceAccountMutation {
    /// Creates a service account. Requires `service_account.manage`, every permission of its role,
    /// and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_service_account(
        &self,
        ctx: &Context<'_>,
        input: CreateServiceAccountInput,
    ) -> Result<CreateServiceAccountPayload, ApiError> {
        let terms = AccountTerms {
            name: input.name,
            description: input.description.unwrap_or_default(),
            role: choice(input.role, input.custom_role_id.as_ref())?,
            disabled: false,
        };
        let account = service_accounts::create(caller(ctx)?, &terms).await?;
        Ok(CreateServiceAccountPayload {
            service_account: ServiceAccount(account),
        })
    }

    /// Changes, disables or enables a service account, at once for all of its keys. Requires
    /// `service_account.manage`, every permission that it had or gets, and a recent proof of
    /// identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn update_service_account(
        &self,
        ctx: &Context<'_>,
        input: UpdateServiceAccountInput,
    ) -> Result<UpdateServiceAccountPayload, ApiError> {
        let terms = AccountTerms {
            name: input.name,
            description: input.description.unwrap_or_default(),
            role: choice(input.role, input.custom_role_id.as_ref())?,
            disabled: input.disabled.unwrap_or(false),
        };
        let id = ids::read(&input.id);
        let account = service_accounts::update(caller(ctx)?, id, &terms).await?;
        Ok(UpdateServiceAccountPayload {
            service_account: ServiceAccount(account),
        })
    }
}
