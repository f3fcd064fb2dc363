//! Roles as they are assigned to somebody, and how a caller chooses one.

use async_graphql::{Description, ID, Object};
use domain::{Permission, PermissionSet, access, roles::RoleChoice};
use types::ErrorCode;

use super::{enums::Role, ids};
use crate::error::ApiError;

/// The role of a member, a service account or a grant: a built-in role, or one of the organization's
/// own.
#[derive(Description)]
pub struct AssignedRole(pub access::AssignedRole);

#[Object(use_type_description)]
impl AssignedRole {
    /// The name; in lower case for a built-in role.
    async fn name(&self) -> String {
        self.0.to_string()
    }

    /// The built-in role; null for one of the organization's own.
    async fn built_in(&self) -> Option<Role> {
        self.0.built_in().map(Role::from)
    }

    /// The id of the organization's own role; null for a built-in one.
    async fn custom_role_id(&self) -> Option<ID> {
        self.0.custom().map(|role| role.id.to_string().into())
    }

    /// Names of permissions, as in `Viewer.permissions`.
    async fn permissions(&self) -> Vec<&'static str> {
        names(self.0.permissions())
    }
}

/// The names of permissions.
pub fn names(permissions: PermissionSet) -> Vec<&'static str> {
    permissions.iter().map(Permission::as_str).collect()
}

/// The role that a caller chose: a built-in one or one of the organization's own, not both.
pub fn choice(role: Option<Role>, custom: Option<&ID>) -> Result<RoleChoice, ApiError> {
    match (role, custom) {
        (Some(role), None) => Ok(RoleChoice::BuiltIn(role.into())),
        (None, Some(id)) => Ok(RoleChoice::Custom(ids::read(id))),
        _ => Err(ApiError::new(
            ErrorCode::InvalidInput,
            "role: give either a built-in role or, in `customRoleId`, one of the organization's own",
        )),
    }
}

/// Like [`choice`], where no role can be chosen, too.
pub fn choice_or_none(
    role: Option<Role>,
    custom: Option<&ID>,
) -> Result<Option<RoleChoice>, ApiError> {
    match (role, custom) {
        (None, None) => Ok(None),
        (role, custom) => choice(role, custom).map(Some),
    }
}

/// Parses names of permissions.
pub fn read_permissions(names: &[String]) -> Result<PermissionSet, ApiError> {
    names
        .iter()
        .map(|name| read_permission("permissions", name))
        .collect()
}

/// Parses the name of a permission.
pub fn read_permission(field: &str, name: &str) -> Result<Permission, ApiError> {
    Permission::parse(name).ok_or_else(|| {
        let all: Vec<&str> = Permission::ALL.iter().map(|one| one.as_str()).collect();
        let name: String = name.chars().take(100).collect();
        let text = format!(
            "{field}: `{name}` is not a permission; the permissions are: {}",
            all.join(", ")
        );
        ApiError::new(ErrorCode::InvalidInput, text)
    })
}
