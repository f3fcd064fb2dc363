//! A caller's rights in an organization: permissions, and the role for display.

use std::sync::Arc;

use types::{FolderId, PipelineId};

use super::{AssignedRole, Environment, Object, Permission, PermissionSet, Role};

/// The largest number of places where a grant to an API key meets one to its holder, which are found anew at each
/// look-up of the key. Beyond it, the key has no more.
const MAX_CROSSINGS: usize = 10_000;

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
    /// Further permissions of an API key where two objects meet: its holder has them on the one, and
    /// the key by a grant on the other, such as the folder of a pipeline and the pipeline. The smaller
    /// object is the first.
    pub crossings: RightsOn<(Object, Object)>,
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
            crossings: self.crossings.within(other),
        }
    }

    /// What both of these rights give, wherever they give it. The role is lost.
    #[must_use]
    pub fn both(&self, other: &Self) -> Self {
        let mut both = Self::from(self.permissions.and(other.permissions));
        let others = other.entries();
        let mut crossings = Vec::new();
        for (object, one) in self.entries() {
            for (place, two) in &others {
                if let Some(crossing) = both.add_at(object, *place, one.and(*two))
                    && crossings.len() < MAX_CROSSINGS
                {
                    crossings.push(crossing);
                }
            }
        }
        both.crossings = RightsOn::of_unsorted(crossings);
        both
    }

    /// Adds permissions that count where both objects are. Returns those for which two objects have to meet.
    fn add_at(
        &mut self,
        one: Object,
        two: Object,
        permissions: PermissionSet,
    ) -> Option<((Object, Object), PermissionSet)> {
        match (one, two) {
            (Object::Organization, object) | (object, Object::Organization) => {
                self.add(object, permissions);
                None
            }
            (one, two) if one == two => {
                self.add(one, permissions);
                None
            }
            // No pipeline is another one, or in two folders.
            (Object::Folder(_), Object::Folder(_))
            | (Object::Pipeline(_), Object::Pipeline(_))
            | (Object::Environment(_), Object::Environment(_)) => None,
            (one, two) => {
                let further = permissions.without(self.permissions);
                (!further.is_empty()).then(|| ((one.min(two), one.max(two)), further))
            }
        }
    }

    /// The permissions with what they count on, without the crossings.
    fn entries(&self) -> Vec<(Object, PermissionSet)> {
        let folders = self.folders.iter();
        let pipelines = self.pipelines.iter();
        let environments = self.environments.iter();
        [(Object::Organization, self.permissions)]
            .into_iter()
            .chain(folders.map(|(id, set)| (Object::Folder(id), set)))
            .chain(pipelines.map(|(id, set)| (Object::Pipeline(id), set)))
            .chain(environments.map(|(one, set)| (Object::Environment(one), set)))
            .collect()
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
            .or(self.crossings.all())
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
        let is_there = |object: Object| match object {
            Object::Organization => true,
            Object::Folder(id) => folder == Some(id),
            Object::Pipeline(id) => id == pipeline,
            Object::Environment(one) => environment == Some(one),
        };
        let none = PermissionSet::NONE;
        let crossings = self.crossings.iter();
        crossings
            .filter(|((one, two), _)| is_there(*one) && is_there(*two))
            .fold(none, |all, (_, set)| all.or(set))
            .or(self.permissions)
            .or(self.pipelines.of(pipeline))
            .or(folder.map_or(none, |folder| self.folders.of(folder)))
            .or(environment.map_or(none, |one| self.environments.of(one)))
    }

    /// All permissions that count on some folder, or on something in it.
    pub fn by_folders(&self) -> PermissionSet {
        let crossings = self.crossings.iter();
        crossings
            .filter(|(place, _)| matches!(place, (Object::Folder(_), _) | (_, Object::Folder(_))))
            .fold(self.folders.all(), |all, (_, set)| all.or(set))
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
            crossings: RightsOn::default(),
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
