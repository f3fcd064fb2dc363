//! The components that a program offers, by name.

use std::collections::BTreeMap;

use super::{Descriptor, SchemaCheck};

/// Components by name. Hyphens and underscores in names are the same.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    components: BTreeMap<&'static str, &'static Descriptor>,
    schema_check: Option<SchemaCheck>,
}

impl Registry {
    /// A registry of these components; a later one of the same name replaces an earlier one.
    pub fn new(components: impl IntoIterator<Item = &'static Descriptor>) -> Self {
        Self {
            components: components.into_iter().map(|d| (d.name, d)).collect(),
            schema_check: None,
        }
    }

    /// The same, with what checks the JSON schemas of pipelines. The engine knows no validator.
    pub fn with_schema_check(self, check: SchemaCheck) -> Self {
        Self {
            schema_check: Some(check),
            ..self
        }
    }

    /// What checks the JSON schemas of pipelines, if anything does.
    pub fn schema_check(&self) -> Option<SchemaCheck> {
        self.schema_check
    }

    /// The component of this name, in any accepted spelling.
    pub fn get(&self, name: &str) -> Option<&'static Descriptor> {
        match self.components.get(name) {
            Some(found) => Some(found),
            None => self
                .components
                .get(name.replace('-', "_").as_str())
                .copied(),
        }
    }

    /// All components in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &'static Descriptor> + '_ {
        self.components.values().copied()
    }
}
