//! Tests that the committed schema is the generated one, and that it is described.

use async_graphql::{
    Positioned,
    parser::{
        parse_schema,
        types::{TypeDefinition, TypeKind, TypeSystemDefinition},
    },
};

/// `FLOWMASON_UPDATE=1 cargo test -p api` writes the file.
#[test]
fn the_committed_schema_is_the_generated_one() {
    let generated = super::sdl();
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let file = std::path::Path::new(&folder).join("schema.graphql");
    if std::env::var_os("FLOWMASON_UPDATE").is_some() {
        std::fs::write(&file, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap();
    let first = committed
        .lines()
        .zip(generated.lines())
        .position(|(old, new)| old != new);
    assert!(
        committed == generated,
        "api/schema.graphql differs from the code from line {} on; run \
         `FLOWMASON_UPDATE=1 cargo test -p api` and commit it",
        first.map_or(0, |line| line + 1)
    );
}

/// A description, by the place that it describes.
type Described = (String, Option<String>);

fn described(place: String, text: Option<&Positioned<String>>) -> Described {
    (place, text.map(|text| text.node.clone()))
}

/// The descriptions of a type's fields, of their arguments, and of its values.
fn parts(name: &str, definition: &TypeDefinition) -> (Vec<Described>, Vec<Described>) {
    let mut fields = Vec::new();
    let mut values = Vec::new();
    let all = match &definition.kind {
        TypeKind::Object(object) => &object.fields[..],
        TypeKind::Interface(interface) => &interface.fields[..],
        _ => &[],
    };
    for field in all {
        let field = &field.node;
        let place = format!("{name}.{}", field.name.node);
        for argument in &field.arguments {
            let argument = &argument.node;
            let place = format!("{place}({})", argument.name.node);
            fields.push(described(place, argument.description.as_ref()));
        }
        fields.push(described(place, field.description.as_ref()));
    }
    if let TypeKind::InputObject(input) = &definition.kind {
        for field in &input.fields {
            let place = format!("{name}.{}", field.node.name.node);
            fields.push(described(place, field.node.description.as_ref()));
        }
    }
    if let TypeKind::Enum(choices) = &definition.kind {
        for value in &choices.values {
            let place = format!("{name}.{}", value.node.value.node);
            values.push(described(place, value.node.description.as_ref()));
        }
    }
    (fields, values)
}

/// Whether a description has no word that the name does not have, such as "The run id." for `runId`.
fn only_repeats(place: &str, text: &str) -> bool {
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let name = place.split(['.', '(']).next_back().unwrap_or_default();
    let said: String = text
        .split_whitespace()
        .filter(|word| !matches!(word.to_lowercase().as_str(), "a" | "an" | "the" | "its"))
        .collect();
    letters(&said) == letters(name)
}

/// A field may speak for itself (`createdAt`); what it is called says nothing more in a sentence.
#[test]
fn types_values_and_operations_are_described_and_no_description_only_repeats_a_name() {
    let document = parse_schema(super::sdl()).unwrap();
    let mut required = Vec::new();
    let mut optional = Vec::new();
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let definition = &definition.node;
        let name = definition.name.node.as_str();
        let is_root = matches!(name, "Query" | "Mutation" | "Subscription");
        if !is_root {
            required.push(described(name.to_owned(), definition.description.as_ref()));
        }
        let (fields, values) = parts(name, definition);
        required.extend(values);
        let (operations, others): (Vec<_>, Vec<_>) = fields
            .into_iter()
            .partition(|(place, _)| is_root && !place.contains('('));
        required.extend(operations);
        optional.extend(others);
    }
    assert!(required.len() > 200, "{}", required.len());
    let missing: Vec<&str> = required
        .iter()
        .filter(|(_, text)| text.as_deref().is_none_or(|text| text.trim().is_empty()))
        .map(|(place, _)| place.as_str())
        .collect();
    assert!(missing.is_empty(), "not described: {missing:?}");
    let idle: Vec<&str> = required
        .iter()
        .chain(&optional)
        .filter(|(place, text)| text.as_ref().is_some_and(|text| only_repeats(place, text)))
        .map(|(place, _)| place.as_str())
        .collect();
    assert!(idle.is_empty(), "described by their names only: {idle:?}");
    assert!(only_repeats("Run.startedBy", "Started by."));
    assert!(!only_repeats("Run.startedBy", "Who started it."));
}
