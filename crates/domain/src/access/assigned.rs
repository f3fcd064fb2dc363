//! Roles as they are assigned: a built-in role, or one that the organization defined itself.

use std::{fmt, sync::Arc};

use types::RoleId;

use super::{PermissionSet, Role};

/// A role that an organization defined itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomRole {
    /// The role's id.
    pub id: RoleId,
    /// The name, for display only.
    pub name: Arc<str>,
    /// The permissions.
    pub permissions: PermissionSet,
}

/// The role of a member, a service account or a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssignedRole {
    /// A role that every organization has.
    BuiltIn(Role),
    /// One of the organization's own roles.
    Custom(CustomRole),
}

impl AssignedRole {
    /// What the column `role` contains for a custom role, whose id is in `role_id`.
    pub const CUSTOM: &'static str = "custom";

    /// The permissions of the role.
    pub fn permissions(&self) -> PermissionSet {
        match self {
            Self::BuiltIn(role) => role.permissions(),
            Self::Custom(role) => role.permissions,
        }
    }

    /// The permissions of a member with this role: the role's own, and those of every member.
    pub fn of_member(&self) -> PermissionSet {
        self.permissions().or(PermissionSet::OF_EVERY_MEMBER)
    }

    /// The built-in role; `None` for a custom one.
    pub fn built_in(&self) -> Option<Role> {
        match self {
            Self::BuiltIn(role) => Some(*role),
            Self::Custom(_) => None,
        }
    }

    /// The custom role; `None` for a built-in one.
    pub fn custom(&self) -> Option<&CustomRole> {
        match self {
            Self::BuiltIn(_) => None,
            Self::Custom(role) => Some(role),
        }
    }

    /// The value of the column `role`.
    pub fn stored(&self) -> &'static str {
        self.built_in().map_or(Self::CUSTOM, Role::as_str)
    }
}

impl From<Role> for AssignedRole {
    fn from(role: Role) -> Self {
        Self::BuiltIn(role)
    }
}

/// The name, in lower case for a built-in role.
impl fmt::Display for AssignedRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => fmt::Display::fmt(role, f),
            Self::Custom(role) => f.write_str(&role.name),
        }
    }
}
