//! The roles that every organization has: named sets of permissions.

use std::fmt;

use super::{Permission, PermissionSet};

/// A built-in role. Roles have no order: what one may do is its set of permissions, and nothing is
/// concluded from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Has every permission in the organization.
    Owner,
    /// Builds and runs pipelines, and manages the organization.
    Admin,
    /// Builds and runs pipelines.
    Developer,
    /// Looks at everything but keys, changes nothing but their own profile.
    Viewer,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 4] = [Role::Owner, Role::Admin, Role::Developer, Role::Viewer];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Developer => "developer",
            Role::Viewer => "viewer",
        }
    }

    /// The role with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// What it may do: the rows of the table that name it.
    pub fn permissions(self) -> PermissionSet {
        Permission::ALL
            .iter()
            .copied()
            .filter(|permission| permission.roles().contains(&self))
            .collect()
    }

    /// Whether it has permissions that are not among these. Nobody gives what they do not have.
    pub fn exceeds(self, own: PermissionSet) -> bool {
        !self.permissions().without(own).is_empty()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
