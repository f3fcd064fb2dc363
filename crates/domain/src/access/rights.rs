//! A caller's rights in an organization: permissions, and the role for display.

use std::sync::Arc;

use types::{FolderId, PipelineId};

use super::{AssignedRole, Environment, Object, Permission, PermissionSet, Role};

/// A caller's rights in an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// The role, for display only; access does not depend on it. `None` for a key that does not
    /// have all permissions of a role.
    pub role: Option<AssignedRole>,
    /// The permissions in the whole organization: those of the role and of all grants.
    pub permissions: PermissionSet,
    /// Further permissions on the pipelines in folders.
    pub folders: RightsOn<FolderId>,
    /// Further permissions on single pipelines.
    pub pipelines: RightsOn<PipelineId>,
    /// Further permissions in environments.
    pub environments: RightsOn<Environment>,
}

impl Rights {
    /// The rights of FlowMason itself: every permission.
    pub fn system() -> Self {
        PermissionSet::ALL.into()
    }

    /// These rights, limited to the given permissions. The role is lost if that removes any.
    #[must_use]
    pub fn within(self, other: PermissionSet) -> Self {
        let permissions = self.permissions.and(other);
        let whole = permissions == self.permissions;
        Self {
            role: self.role.filter(|_| whole),
            permissions,
            folders: self.folders.within(other),
            pipelines: self.pipelines.within(other),
            environments: self.environments.within(other),
        }
    }

    /// Adds the permissions of a grant, as far as they count on its object.
    pub fn add(&mut self, object: Object, permissions: PermissionSet) {
        let permissions = object.counting(permissions);
        match object {
            Object::Organization => self.permissions = self.permissions.or(permissions),
            Object::Folder(folder) => self.folders.add(folder, permissions),
            Object::Pipeline(pipeline) => self.pipelines.add(pipeline, permissions),
            Object::Environment(environment) => self.environments.add(environment, permissions),
        }
    }

    /// All permissions, in the organization and on anything in it.
    pub fn all(&self) -> PermissionSet {
        self.permissions
            .or(self.folders.all())
            .or(self.pipelines.all())
            .or(self.environments.all())
    }

    /// Whether there is this permission in the organization or on anything in it.
    pub fn anywhere(&self, permission: Permission) -> bool {
        self.all().has(permission)
    }

    /// The permissions on one pipeline, without those of its folder.
    pub fn on(&self, pipeline: PipelineId) -> PermissionSet {
        self.permissions.or(self.pipelines.of(pipeline))
    }

    /// The permissions for what happens with one pipeline in an environment, without those of the
    /// pipeline's folder.
    pub fn within_environment(
        &self,
        pipeline: PipelineId,
        environment: Environment,
    ) -> PermissionSet {
        self.on(pipeline).or(self.environments.of(environment))
    }

    /// Like [`Rights::within_environment`], with those of the folder that the pipeline is in.
    pub fn in_place(
        &self,
        (pipeline, folder): (PipelineId, Option<FolderId>),
        environment: Environment,
    ) -> PermissionSet {
        let own = self.within_environment(pipeline, environment);
        folder.map_or(own, |folder| own.or(self.folders.of(folder)))
    }
}

impl From<AssignedRole> for Rights {
    fn from(role: AssignedRole) -> Self {
        Self {
            role: Some(role.clone()),
            ..role.permissions().into()
        }
    }
}

impl From<Role> for Rights {
    fn from(role: Role) -> Self {
        AssignedRole::from(role).into()
    }
}

impl From<PermissionSet> for Rights {
    fn from(permissions: PermissionSet) -> Self {
        Self {
            role: None,
            permissions,
            folders: RightsOn::default(),
            pipelines: RightsOn::default(),
            environments: RightsOn::default(),
        }
    }
}

/// Permissions on single objects of one kind, in the order of their keys: the database returns grants
/// in no order, and a socket is closed if the rights of its caller differ from those it began with. Most
/// callers have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsOn<K>(Option<Arc<Vec<(K, PermissionSet)>>>);

/// No permissions on any object.
impl<K> Default for RightsOn<K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Copy + Ord> RightsOn<K> {
    /// The permissions on an object.
    pub fn of(&self, key: K) -> PermissionSet {
        self.iter()
            .find(|(other, _)| *other == key)
            .map_or(PermissionSet::NONE, |(_, permissions)| permissions)
    }

    /// The permissions on all objects together.
    pub fn all(&self) -> PermissionSet {
        let sets = self.iter().map(|(_, set)| set);
        sets.fold(PermissionSet::NONE, PermissionSet::or)
    }

    /// The objects on which there is a permission.
    pub fn with(&self, permission: Permission) -> impl Iterator<Item = K> {
        let those = self.iter().filter(move |(_, set)| set.has(permission));
        those.map(|(key, _)| key)
    }

    /// All entries.
    pub fn iter(&self) -> impl Iterator<Item = (K, PermissionSet)> {
        self.0.iter().flat_map(|all| all.iter().copied())
    }

    fn add(&mut self, key: K, permissions: PermissionSet) {
        if permissions.is_empty() {
            return;
        }
        let all = Arc::make_mut(self.0.get_or_insert_default());
        match all.binary_search_by_key(&key, |(other, _)| *other) {
            Ok(at) => all[at].1 = all[at].1.or(permissions),
            Err(at) => all.insert(at, (key, permissions)),
        }
    }

    fn within(self, other: PermissionSet) -> Self {
        let kept = self.iter().map(|(key, set)| (key, set.and(other)));
        let kept: Vec<_> = kept.filter(|(_, set)| !set.is_empty()).collect();
        Self((!kept.is_empty()).then(|| Arc::new(kept)))
    }
}
