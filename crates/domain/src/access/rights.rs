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
    /// For an API key, the rights of its holder and its own, if they give further permissions together where
    /// two objects meet: the one on the folder of a pipeline and the other on the pipeline, say. Both are
    /// asked whenever a right is decided, so that not every such meeting has to be found beforehand.
    pub together: Option<Arc<(Rights, Rights)>>,
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
            together: self.together.map(|both| {
                let (one, two) = (both.0.clone(), both.1.clone());
                Arc::new((one.within(other), two))
            }),
        }
    }

    /// What both of these rights give, wherever they give it. The role is lost. Neither may be such rights
    /// of two itself.
    #[must_use]
    pub fn both(&self, other: &Self) -> Self {
        let everywhere = (self.permissions, other.permissions);
        let mut both = Self {
            folders: self.folders.both(&other.folders, everywhere),
            pipelines: self.pipelines.both(&other.pipelines, everywhere),
            environments: self.environments.both(&other.environments, everywhere),
            together: Some(Arc::new((self.clone(), other.clone()))),
            ..Self::from(self.permissions.and(other.permissions))
        };
        let (in_folders, elsewhere) = both.crossings();
        if in_folders.or(elsewhere).is_empty() {
            both.together = None;
        }
        both
    }

    /// The further permissions that two rights give where two objects meet, whichever these are: one of them a
    /// folder, and none. No pipeline is another one, or in two folders, so the objects are of two kinds.
    fn crossings(&self) -> (PermissionSet, PermissionSet) {
        let Some(both) = &self.together else {
            return (PermissionSet::NONE, PermissionSet::NONE);
        };
        let kinds = |one: &Self| {
            let (pipelines, environments) = (one.pipelines.all(), one.environments.all());
            (one.folders.all(), pipelines, environments)
        };
        let (one, two) = (kinds(&both.0), kinds(&both.1));
        let in_folders = one.0.and(two.1.or(two.2)).or(two.0.and(one.1.or(one.2)));
        let elsewhere = one.1.and(two.2).or(two.1.and(one.2));
        let known = self.permissions;
        (in_folders.without(known), elsewhere.without(known))
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
        let (in_folders, elsewhere) = self.crossings();
        self.permissions
            .or(self.folders.all())
            .or(self.pipelines.all())
            .or(self.environments.all())
            .or(in_folders)
            .or(elsewhere)
    }

    /// Whether there is this permission in the organization or on anything in it.
    pub fn anywhere(&self, permission: Permission) -> bool {
        self.all().has(permission)
    }

    /// The permissions for what happens with one pipeline, as far as its folder is known, in an
    /// environment if it happens in one.
    pub fn at(
        &self,
        pipeline: PipelineId,
        folder: Option<FolderId>,
        environment: Option<Environment>,
    ) -> PermissionSet {
        let none = PermissionSet::NONE;
        let together = self.together.as_ref().map_or(none, |both| {
            let one = both.0.at(pipeline, folder, environment);
            one.and(both.1.at(pipeline, folder, environment))
        });
        together
            .or(self.permissions)
            .or(self.pipelines.of(pipeline))
            .or(folder.map_or(none, |folder| self.folders.of(folder)))
            .or(environment.map_or(none, |one| self.environments.of(one)))
    }

    /// The permissions on everything that is in a folder.
    pub fn in_folder(&self, folder: FolderId) -> PermissionSet {
        let together = self.together.as_ref().map_or(PermissionSet::NONE, |both| {
            let one = both.0.in_folder(folder);
            one.and(both.1.in_folder(folder))
        });
        together.or(self.permissions).or(self.folders.of(folder))
    }

    /// All permissions that count on some folder, or on something in it.
    pub fn by_folders(&self) -> PermissionSet {
        let (in_folders, _) = self.crossings();
        self.folders.all().or(in_folders)
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
            together: None,
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
        let all = self.0.as_deref().map(Vec::as_slice).unwrap_or_default();
        let at = all.binary_search_by_key(&key, |(other, _)| *other);
        let found = at.ok().and_then(|at| all.get(at));
        found.map_or(PermissionSet::NONE, |(_, permissions)| *permissions)
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

    /// What both give on the same objects. `everywhere`: what the one and the other give on all of them.
    fn both(&self, other: &Self, everywhere: (PermissionSet, PermissionSet)) -> Self {
        let own = self.iter();
        let own = own.map(|(key, set)| (key, set.and(everywhere.1.or(other.of(key)))));
        let others = other.iter();
        let others = others.map(|(key, set)| (key, set.and(everywhere.0)));
        let all = own.chain(others).filter(|(_, set)| !set.is_empty());
        Self::of_unsorted(all.collect())
    }

    /// Entries in no order, of which several may be about one object.
    fn of_unsorted(mut all: Vec<(K, PermissionSet)>) -> Self {
        all.sort_unstable_by_key(|(key, _)| *key);
        all.dedup_by(|next, first| {
            let same = next.0 == first.0;
            if same {
                first.1 = first.1.or(next.1);
            }
            same
        });
        Self((!all.is_empty()).then(|| Arc::new(all)))
    }

    fn within(self, other: PermissionSet) -> Self {
        let kept = self.iter().map(|(key, set)| (key, set.and(other)));
        let kept: Vec<_> = kept.filter(|(_, set)| !set.is_empty()).collect();
        Self((!kept.is_empty()).then(|| Arc::new(kept)))
    }
}
