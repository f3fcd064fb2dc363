//! Sets of permissions.

use std::fmt;

use super::{Environment, Permission, Role};

/// A set of permissions, stored as one bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PermissionSet(u64);

// The bits must fit into the `u64`.
const _: () = assert!(Permission::ALL.len() <= 64);

impl PermissionSet {
    /// No permission.
    pub const NONE: Self = Self(0);
    /// Every permission.
    pub const ALL: Self = Self(u64::MAX >> (64 - Permission::ALL.len()));

    /// What every member has, whatever their role: they see the organization and their own membership,
    /// and what they do with their own account depends on no organization. Service accounts and API keys
    /// are no members.
    pub const OF_EVERY_MEMBER: Self =
        Self(Self::bit(Permission::OrganizationRead) | Self::bit(Permission::ProfileUpdate));

    /// Whether the set contains the permission.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & Self::bit(permission) != 0
    }

    /// The intersection of both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The union of both sets.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The permissions of this set that are not in the other one.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those permissions of the set that can be granted on a pipeline or on a folder of them.
    #[must_use]
    pub fn on_a_pipeline(self) -> Self {
        let counting = self.iter().filter(|one| one.counts_on_a_pipeline());
        counting.collect()
    }

    /// Those permissions of the set that can be granted in an environment.
    #[must_use]
    pub fn in_environment(self, environment: Environment) -> Self {
        let counting = self.iter().filter(|one| one.counts_in(environment));
        counting.collect()
    }

    /// Those permissions of the set that only a signed-in person can use.
    #[must_use]
    pub fn for_people_only(self) -> Self {
        let theirs = self.iter().filter(|one| one.is_for_people_only());
        theirs.collect()
    }

    /// Those permissions of the set that only the built-in role owner has.
    #[must_use]
    pub fn of_owners_only(self) -> Self {
        let theirs = self.iter().filter(|one| one.is_of_owners_only());
        theirs.collect()
    }

    /// Whether the set has permissions that are not in `own`. A caller cannot give those.
    pub const fn exceeds(self, own: Self) -> bool {
        !self.without(own).is_empty()
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The permissions, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        let all = Permission::ALL.iter().copied();
        all.filter(move |permission| self.has(*permission))
    }

    const fn bit(permission: Permission) -> u64 {
        1 << permission as u32
    }
}

impl From<Role> for PermissionSet {
    fn from(role: Role) -> Self {
        role.permissions()
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        let permissions = permissions.into_iter();
        Self(permissions.fold(0, |bits, one| bits | Self::bit(one)))
    }
}

/// The names separated by spaces, which is also the stored form.
impl fmt::Display for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, permission) in self.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            f.write_str(permission.as_str())?;
        }
        Ok(())
    }
}
