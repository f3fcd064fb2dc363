//! A caller's rights in an organization: permissions, and the name of the role for display.

use super::{PermissionSet, Role};

/// A caller's rights in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// The role, for display only; access does not depend on it. `None` for a key that does not
    /// have all permissions of a role.
    pub role: Option<Role>,
    /// The permissions, which decide what the caller may do.
    pub permissions: PermissionSet,
}

impl Rights {
    /// The rights of FlowMason itself: every permission.
    pub const SYSTEM: Self = Self {
        role: None,
        permissions: PermissionSet::ALL,
    };

    /// These rights, limited to the given permissions. The role is lost if that removes any.
    #[must_use]
    pub fn within(self, other: PermissionSet) -> Self {
        let permissions = self.permissions.and(other);
        let whole = permissions == self.permissions;
        Self {
            role: self.role.filter(|_| whole),
            permissions,
        }
    }
}

impl From<Role> for Rights {
    fn from(role: Role) -> Self {
        Self {
            role: Some(role),
            permissions: role.permissions(),
        }
    }
}

impl From<PermissionSet> for Rights {
    fn from(permissions: PermissionSet) -> Self {
        Self {
            role: None,
            permissions,
        }
    }
}
