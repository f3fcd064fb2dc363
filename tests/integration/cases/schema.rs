//! Reads the fields of `api/schema.graphql` and the arguments that take ids. The rows of T01 and
//! R02 are compared with them, so that no field is forgotten.

use std::collections::BTreeMap;

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, ServiceDocument, Type, TypeKind, TypeSystemDefinition},
};

const TEXT: &str = include_str!("../../../api/schema.graphql");

/// Types by name.
pub struct Contract(BTreeMap<String, TypeKind>);

impl Contract {
    pub fn read() -> Self {
        let document: ServiceDocument = parse_schema(TEXT).expect("the schema parses");
        let types = document
            .definitions
            .into_iter()
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(definition) => {
                    Some((definition.node.name.node.to_string(), definition.node.kind))
                }
                _ => None,
            });
        Self(types.collect())
    }

    /// `Query.run`, `Mutation.startRun` … of these types.
    pub fn fields(&self, types: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for name in types {
            if let Some(TypeKind::Object(object)) = self.0.get(*name) {
                for field in &object.fields {
                    found.push(format!("{name}.{}", field.node.name.node));
                }
            }
        }
        found
    }

    /// The descriptions of all mutations, by name, in one line each.
    pub fn mutations(&self) -> BTreeMap<&str, String> {
        let Some(TypeKind::Object(mutation)) = self.0.get("Mutation") else {
            return BTreeMap::new();
        };
        let described = mutation.fields.iter().map(|field| {
            let text = field.node.description.as_ref();
            let words = text.map(|text| text.node.split_whitespace().collect::<Vec<_>>());
            let text = words.unwrap_or_default().join(" ");
            (field.node.name.node.as_str(), text)
        });
        described.collect()
    }

    /// `Query.run(id)`, `Mutation.startRun(input.pipelineId)` …: every argument that takes an id.
    pub fn id_arguments(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (name, kind) in &self.0 {
            let TypeKind::Object(object) = kind else {
                continue;
            };
            for field in &object.fields {
                for argument in &field.node.arguments {
                    let place = argument.node.name.node.to_string();
                    let of = format!("{name}.{}", field.node.name.node);
                    self.ids_in(&argument.node.ty.node, &place, &mut |path| {
                        found.push(format!("{of}({path})"));
                    });
                }
            }
        }
        found.sort();
        found
    }

    /// `Mutation.renamePipeline(input.name)` …: every argument of a mutation that takes a name.
    pub fn name_arguments(&self) -> Vec<String> {
        let mut found = Vec::new();
        let Some(TypeKind::Object(mutation)) = self.0.get("Mutation") else {
            return found;
        };
        for field in &mutation.fields {
            for argument in &field.node.arguments {
                let place = argument.node.name.node.to_string();
                let of = format!("Mutation.{}", field.node.name.node);
                self.names_in(&argument.node.ty.node, &place, &mut |path| {
                    found.push(format!("{of}({path})"));
                });
            }
        }
        found.sort();
        found
    }

    fn names_in(&self, ty: &Type, path: &str, found: &mut dyn FnMut(&str)) {
        let name = base(ty);
        if name == "String" && (path.ends_with("name") || path.ends_with("Name")) {
            return found(path);
        }
        if let Some(TypeKind::InputObject(input)) = self.0.get(name) {
            for field in &input.fields {
                let path = format!("{path}.{}", field.node.name.node);
                self.names_in(&field.node.ty.node, &path, found);
            }
        }
    }

    fn ids_in(&self, ty: &Type, path: &str, found: &mut dyn FnMut(&str)) {
        let name = base(ty);
        if name == "ID" {
            return found(path);
        }
        if let Some(TypeKind::InputObject(input)) = self.0.get(name) {
            for field in &input.fields {
                let path = format!("{path}.{}", field.node.name.node);
                self.ids_in(&field.node.ty.node, &path, found);
            }
        }
    }
}

fn base(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => base(inner),
    }
}
