//! The built-in roles, which every organization has: named sets of permissions.

use std::fmt;

use super::{Permission, PermissionSet};

/// A built-in role. Roles are not ordered: only a role's set of permissions counts, not its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Has every permission in the organization.
    Owner,
    /// Builds and runs pipelines, and manages the organization.
    Admin,
    /// Builds and runs pipelines.
    Developer,
    /// Views pipelines, runs and members, and changes only their own profile.
    Viewer,
    /// Sees the organization and its members, but no pipelines and no runs.
    Billing,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 5] = [
        Role::Owner,
        Role::Admin,
        Role::Developer,
        Role::Viewer,
        Role::Billing,
    ];

    /// The name that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Developer => "developer",
            Role::Viewer => "viewer",
            Role::Billing => "billing",
        }
    }

    /// The role with this name, or `None` if the name is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// The role's permissions: the rows of the table that name it.
    pub fn permissions(self) -> PermissionSet {
        Permission::ALL
            .iter()
            .copied()
            .filter(|permission| permission.roles().contains(&self))
            .collect()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
