//! A caller's rights in an organization: permissions, and the role for display.

use std::sync::Arc;

use types::PipelineId;

use super::{AssignedRole, Permission, PermissionSet, Role};

/// A caller's rights in an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// The role, for display only; access does not depend on it. `None` for a key that does not
    /// have all permissions of a role.
    pub role: Option<AssignedRole>,
    /// The permissions in the whole organization: those of the role and of all grants.
    pub permissions: PermissionSet,
    /// Further permissions on single pipelines.
    pub pipelines: PipelineRights,
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
            pipelines: self.pipelines.within(other),
        }
    }

    /// Adds the permissions of a grant: on one pipeline, or in the organization.
    pub fn add(&mut self, pipeline: Option<PipelineId>, permissions: PermissionSet) {
        match pipeline {
            Some(pipeline) => self.pipelines.add(pipeline, permissions.on_a_pipeline()),
            None => self.permissions = self.permissions.or(permissions),
        }
    }

    /// All permissions, in the organization and on any pipeline.
    pub fn all(&self) -> PermissionSet {
        let on_pipelines = self.pipelines.iter().map(|(_, set)| set);
        on_pipelines.fold(self.permissions, PermissionSet::or)
    }

    /// The permissions on one pipeline.
    pub fn on(&self, pipeline: PipelineId) -> PermissionSet {
        self.permissions.or(self.pipelines.of(pipeline))
    }
}

impl From<AssignedRole> for Rights {
    fn from(role: AssignedRole) -> Self {
        Self {
            permissions: role.permissions(),
            role: Some(role),
            pipelines: PipelineRights::default(),
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
            pipelines: PipelineRights::default(),
        }
    }
}

/// Permissions on single pipelines, in the order of their ids: the database returns grants in no order,
/// and a socket is closed if the rights of its caller differ from those it began with. Most callers have
/// none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PipelineRights(Option<Arc<Vec<(PipelineId, PermissionSet)>>>);

impl PipelineRights {
    /// The permissions on a pipeline.
    pub fn of(&self, pipeline: PipelineId) -> PermissionSet {
        self.iter()
            .find(|(id, _)| *id == pipeline)
            .map_or(PermissionSet::NONE, |(_, permissions)| permissions)
    }

    /// Whether there is this permission on any pipeline.
    pub fn anywhere(&self, permission: Permission) -> bool {
        self.iter().any(|(_, set)| set.has(permission))
    }

    /// All entries.
    pub fn iter(&self) -> impl Iterator<Item = (PipelineId, PermissionSet)> {
        self.0.iter().flat_map(|all| all.iter().copied())
    }

    fn add(&mut self, pipeline: PipelineId, permissions: PermissionSet) {
        if permissions.is_empty() {
            return;
        }
        let all = Arc::make_mut(self.0.get_or_insert_default());
        match all.binary_search_by_key(&pipeline, |(id, _)| *id) {
            Ok(at) => all[at].1 = all[at].1.or(permissions),
            Err(at) => all.insert(at, (pipeline, permissions)),
        }
    }

    fn within(self, other: PermissionSet) -> Self {
        let kept = self
            .iter()
            .map(|(pipeline, set)| (pipeline, set.and(other)));
        let kept: Vec<_> = kept.filter(|(_, set)| !set.is_empty()).collect();
        Self((!kept.is_empty()).then(|| Arc::new(kept)))
    }
}
