//! The components that a program offers, by name.

use std::collections::BTreeMap;

use super::Descriptor;

/// Components by name. Hyphens and underscores in names are the same.
#[derive(Clone, Debug, Default)]
pub struct Registry(BTreeMap<&'static str, &'static Descriptor>);

impl Registry {
    /// A registry of these components; a later one of the same name replaces an earlier one.
    pub fn new(components: impl IntoIterator<Item = &'static Descriptor>) -> Self {
        Self(components.into_iter().map(|d| (d.name, d)).collect())
    }

    /// The component of this name, in any accepted spelling.
    pub fn get(&self, name: &str) -> Option<&'static Descriptor> {
        match self.0.get(name) {
            Some(found) => Some(found),
            None => self.0.get(name.replace('-', "_").as_str()).copied(),
        }
    }

    /// All components in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &'static Descriptor> + '_ {
        self.0.values().copied()
    }
}
