//! What somebody has in an organization: permissions, and the role's name for people.

use super::{PermissionSet, Role};

/// What somebody has in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// For people to read; nothing is decided by it. A key with fewer permissions than its role has
    /// none.
    pub role: Option<Role>,
    /// What they may do.
    pub permissions: PermissionSet,
}

impl Rights {
    /// The program's own.
    pub const SYSTEM: Self = Self {
        role: None,
        permissions: PermissionSet::ALL,
    };

    /// These, as far as the other ones allow it.
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
