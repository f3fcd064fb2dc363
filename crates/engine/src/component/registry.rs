//! The components that a program offers, by name.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

use super::{Descriptor, SchemaCheck};

/// Components by name. Hyphens and underscores in names are equivalent.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    components: BTreeMap<&'static str, &'static Descriptor>,
    unavailable: &'static [&'static str],
    schema_check: Option<SchemaCheck>,
    /// By component; derived from the input schemas when the first file is read.
    synonyms: Arc<OnceLock<HashMap<&'static str, Vec<Synonyms>>>>,
}

/// An input field and its alternative names (`x-synonyms` of the input schema).
#[derive(Debug)]
pub(crate) struct Synonyms {
    pub field: String,
    /// If a stage sets several of them, the first one counts.
    pub others: Vec<String>,
}

impl Registry {
    /// A registry of these components. A later one replaces an earlier one of the same name.
    pub fn new(components: impl IntoIterator<Item = &'static Descriptor>) -> Self {
        Self {
            components: components.into_iter().map(|d| (d.name, d)).collect(),
            ..Self::default()
        }
    }

    /// Sets the validator for JSON schemas in pipelines. The engine itself has none.
    pub fn with_schema_check(self, check: SchemaCheck) -> Self {
        Self {
            schema_check: Some(check),
            ..self
        }
    }

    /// Sets the names of components that files of the format use but this program does not offer. A
    /// file that uses one gets a specific message instead of "unknown component".
    pub fn with_unavailable(self, names: &'static [&'static str]) -> Self {
        Self {
            unavailable: names,
            ..self
        }
    }

    /// The validator for JSON schemas in pipelines, if one is set.
    pub fn schema_check(&self) -> Option<SchemaCheck> {
        self.schema_check
    }

    /// Whether this name (with underscores) is a component that files of the format use but this
    /// program does not offer.
    pub fn is_unavailable(&self, name: &str) -> bool {
        self.get(name).is_none() && self.unavailable.contains(&name)
    }

    /// The component with this name, in any accepted spelling.
    pub fn get(&self, name: &str) -> Option<&'static Descriptor> {
        match self.components.get(name) {
            Some(found) => Some(found),
            None => self
                .components
                .get(name.replace('-', "_").as_str())
                .copied(),
        }
    }

    /// All components, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &'static Descriptor> + '_ {
        self.components.values().copied()
    }

    /// The input fields of a component that have alternative names.
    pub(crate) fn synonyms(&self, component: &Descriptor) -> &[Synonyms] {
        let all = self
            .synonyms
            .get_or_init(|| self.iter().map(|c| (c.name, synonyms(c))).collect());
        all.get(component.name).map_or(&[], Vec::as_slice)
    }
}

fn synonyms(component: &Descriptor) -> Vec<Synonyms> {
    let schema = (component.input_schema)();
    let fields = schema.get("properties").and_then(|all| all.as_object());
    let fields = fields.into_iter().flatten();
    let named = fields.filter_map(|(field, schema)| {
        let others = schema.get("x-synonyms")?.as_array()?.iter();
        let others = others.filter_map(|name| Some(name.as_str()?.to_owned()));
        Some(Synonyms {
            field: field.clone(),
            others: others.collect(),
        })
    });
    named.collect()
}
