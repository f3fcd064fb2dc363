//! The organization's own roles.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::roles::{self, DefinedRole, Definition};

use super::{
    assigned_roles::{names, read_permissions},
    caller, cost, ids,
};
use crate::error::ApiError;

/// A role that the organization defined itself.
#[derive(Description)]
pub struct CustomRole(pub DefinedRole);

#[Object(use_type_description)]
impl CustomRole {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The name, unique in the organization.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What the role is for; may be empty.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Names of permissions, as in `Viewer.permissions`.
    async fn permissions(&self) -> Vec<&'static str> {
        names(self.0.permissions)
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// A permission that roles and API keys can have.
#[derive(SimpleObject)]
pub struct PermissionInfo {
    /// The name, such as `run.start`.
    name: &'static str,
    /// What it allows, in a sentence.
    description: &'static str,
    /// Whether only a signed-in person can use it: it has no effect in an API key, and no application
    /// can ask for it.
    is_for_people_only: bool,
}

/// Queries for the organization's own roles.
#[derive(Default)]
pub struct CustomRoleQuery;

#[Object]
impl CustomRoleQuery {
    /// The organization's own roles, by name.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn custom_roles(&self, ctx: &Context<'_>) -> Result<Vec<CustomRole>, ApiError> {
        let roles = roles::list(caller(ctx)?).await?;
        Ok(roles.into_iter().map(CustomRole).collect())
    }

    /// All permissions that there are.
    async fn permissions(&self, ctx: &Context<'_>) -> Result<Vec<PermissionInfo>, ApiError> {
        caller(ctx)?;
        let all = domain::Permission::ALL.iter();
        Ok(all
            .map(|permission| PermissionInfo {
                name: permission.as_str(),
                description: permission.description(),
                is_for_people_only: permission.is_for_people_only(),
            })
            .collect())
    }
}

/// A new role.
#[derive(InputObject)]
pub struct CreateCustomRoleInput {
    name: String,
    /// What the role is for.
    description: Option<String>,
    /// Names of permissions, as in `Viewer.permissions`. Each must be one of the caller's own.
    permissions: Vec<String>,
}

/// The new role.
#[derive(SimpleObject)]
pub struct CreateCustomRolePayload {
    custom_role: CustomRole,
}

/// A role and what it is to be.
#[derive(InputObject)]
pub struct UpdateCustomRoleInput {
    id: ID,
    name: String,
    /// What the role is for.
    description: Option<String>,
    /// Names of permissions, as in `Viewer.permissions`. Each must be one of the caller's own.
    permissions: Vec<String>,
}

/// The changed role.
#[derive(SimpleObject)]
pub struct UpdateCustomRolePayload {
    custom_role: CustomRole,
}

/// The role to delete.
#[derive(InputObject)]
pub struct DeleteCustomRoleInput {
    id: ID,
}

/// The id of the deleted role.
#[derive(SimpleObject)]
pub struct DeleteCustomRolePayload {
    deleted_id: ID,
}

/// Mutations of the organization's own roles.
#[derive(Default)]
pub struct CustomRoleMutation;

#[Object]
impl CustomRoleMutation {
    /// Defines a role. Requires `role.manage`, every permission of the role, and a recent proof of
    /// identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_custom_role(
        &self,
        ctx: &Context<'_>,
        input: CreateCustomRoleInput,
    ) -> Result<CreateCustomRolePayload, ApiError> {
        let definition = definition(input.name, input.description, &input.permissions)?;
        let role = roles::create(caller(ctx)?, &definition).await?;
        Ok(CreateCustomRolePayload {
            custom_role: CustomRole(role),
        })
    }

    /// Changes a role, at once for everybody who has it. Requires `role.manage`, every permission
    /// that the role had or gets, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn update_custom_role(
        &self,
        ctx: &Context<'_>,
        input: UpdateCustomRoleInput,
    ) -> Result<UpdateCustomRolePayload, ApiError> {
        let definition = definition(input.name, input.description, &input.permissions)?;
        let role = roles::update(caller(ctx)?, ids::read(&input.id), &definition).await?;
        Ok(UpdateCustomRolePayload {
            custom_role: CustomRole(role),
        })
    }

    /// Deletes a role that no member, service account or grant has. Requires `role.manage`, and a
    /// recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn delete_custom_role(
        &self,
        ctx: &Context<'_>,
        input: DeleteCustomRoleInput,
    ) -> Result<DeleteCustomRolePayload, ApiError> {
        roles::delete(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(DeleteCustomRolePayload {
            deleted_id: input.id,
        })
    }
}

fn definition(
    name: String,
    description: Option<String>,
    permissions: &[String],
) -> Result<Definition, ApiError> {
    Ok(Definition {
        name,
        description: description.unwrap_or_default(),
        permissions: read_permissions(permissions)?,
    })
}
