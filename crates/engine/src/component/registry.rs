//! The components that a program offers, by name.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

use super::{Descriptor, SchemaCheck};

/// Components by name. Hyphens and underscores in names are the same.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    components: BTreeMap<&'static str, &'static Descriptor>,
    unavailable: &'static [&'static str],
    schema_check: Option<SchemaCheck>,
    /// By component; made from the input schemas when a file is first read.
    synonyms: Arc<OnceLock<HashMap<&'static str, Vec<Synonyms>>>>,
}

/// An input field with the other names that files use for it (`x-synonyms` of the input schema).
#[derive(Debug)]
pub(crate) struct Synonyms {
    pub field: String,
    /// Of several that a stage gives, the first one counts.
    pub others: Vec<String>,
}

impl Registry {
    /// A registry of these components; a later one of the same name replaces an earlier one.
    pub fn new(components: impl IntoIterator<Item = &'static Descriptor>) -> Self {
        Self {
            components: components.into_iter().map(|d| (d.name, d)).collect(),
            ..Self::default()
        }
    }

    /// The same, with what checks the JSON schemas of pipelines. The engine knows no validator.
    pub fn with_schema_check(self, check: SchemaCheck) -> Self {
        Self {
            schema_check: Some(check),
            ..self
        }
    }

    /// The same, with the names of components that files of the format use and this program does
    /// not offer: a file with one is told so, rather than that the name is unknown.
    pub fn with_unavailable(self, names: &'static [&'static str]) -> Self {
        Self {
            unavailable: names,
            ..self
        }
    }

    /// What checks the JSON schemas of pipelines, if anything does.
    pub fn schema_check(&self) -> Option<SchemaCheck> {
        self.schema_check
    }

    /// Whether files of the format use a component of this name (with underscores) that this
    /// program does not offer.
    pub fn is_unavailable(&self, name: &str) -> bool {
        self.get(name).is_none() && self.unavailable.contains(&name)
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

    /// The input fields of a component that have more than one name.
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
