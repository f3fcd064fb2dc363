//! The registry of built-in components.

use engine::component::Registry;

use crate::{control, input, nodes, operators};

/// A registry of all built-in components.
pub fn registry() -> Registry {
    Registry::new([
        &operators::aggregate::AGGREGATE,
        &control::conditional::CONDITIONAL,
        &nodes::critic::CRITIC,
        &operators::filter::FILTER,
        &control::foreach::FOREACH,
        &nodes::generator::GENERATOR,
        &operators::http_request::HTTP_REQUEST,
        &nodes::improver::IMPROVER,
        &operators::json_transform::JSON_TRANSFORM,
        &operators::logger::LOGGER,
        &operators::r#loop::LOOP,
        &control::return_::RETURN,
        &control::router::ROUTER,
        &operators::schema_validate::SCHEMA_VALIDATE,
        &nodes::selector::SELECTOR,
        &nodes::synthesizer::SYNTHESIZER,
        &control::trycatch::TRYCATCH,
        &operators::variable_set::VARIABLE_SET,
        &control::wait::WAIT,
    ])
    .with_unavailable(UNAVAILABLE)
    .with_schema_check(input::schema_faults)
}

/// Components of the pipeline format that FlowMason does not implement.
const UNAVAILABLE: &[&str] = &[
    "analyzer",
    "break_loop",
    "chat",
    "combiner",
    "compliance_evaluator",
    "continue_loop",
    "document_reader",
    "echo_connector",
    "embedder",
    "error_router",
    "filter_transformer",
    "form_extractor",
    "join",
    "knowledge_query",
    "local_file",
    "mcp_list_tools",
    "mcp_tool_call",
    "mongodb",
    "output_router",
    "pandas",
    "parallel",
    "policy_lookup",
    "postgres",
    "redis",
    "retriever",
    "retry",
    "rewriter",
    "rule_checker",
    "s3",
    "sql",
    "subpipeline",
    "summarizer",
    "switch_router",
    "text_to_speech",
    "timeout",
    "transcriber",
    "translator",
];

#[cfg(test)]
mod tests {
    use engine::component::ContextName;

    use super::*;

    #[test]
    fn a_component_is_either_built_in_or_unavailable_and_an_input_name_means_one_field() {
        for name in UNAVAILABLE {
            assert!(registry().get(name).is_none(), "{name}");
        }
        for component in registry().iter() {
            let input = (component.input_schema)();
            let mut names = std::collections::HashSet::new();
            for (field, schema) in input["properties"].as_object().unwrap() {
                let others = schema["x-synonyms"].as_array().into_iter().flatten();
                let others = others.map(|name| name.as_str().unwrap());
                for name in others.chain([field.as_str()]) {
                    assert!(names.insert(name.to_owned()), "{}.{name}", component.name);
                }
            }
            for name in component.binds.iter().chain(component.sets) {
                let (ContextName::TextOf(field, _) | ContextName::KeysOf(field)) = name;
                assert!(names.contains(*field), "{}.{field}", component.name);
            }
        }
    }

    /// Adds every field of a schema, at any depth, that has no description of its own.
    fn undocumented(schema: &serde_json::Value, path: &str, out: &mut Vec<String>) {
        match schema {
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    let named = matches!(key.as_str(), "properties" | "$defs");
                    for (name, field) in value.as_object().filter(|_| named).into_iter().flatten() {
                        let path = format!("{path}.{name}");
                        let text = field["description"].as_str().unwrap_or_default().trim();
                        let whole = text.len() >= 10 && text.ends_with(['.', '`', ')']);
                        if key == "properties" && !whole {
                            out.push(format!("{path}: {text:?}"));
                        }
                        undocumented(field, &path, out);
                    }
                    if !named {
                        undocumented(value, path, out);
                    }
                }
            }
            serde_json::Value::Array(items) => {
                items.iter().for_each(|item| undocumented(item, path, out));
            }
            _ => {}
        }
    }

    #[test]
    fn every_field_of_every_component_has_a_description_of_its_own() {
        let mut out = Vec::new();
        for component in registry().iter() {
            for (side, schema) in [
                ("input", (component.input_schema)()),
                ("output", (component.output_schema)()),
            ] {
                undocumented(&schema, &format!("{} {side}", component.name), &mut out);
            }
        }
        assert!(out.is_empty(), "without a description: {out:#?}");
    }

    #[test]
    fn every_component_has_a_summary_and_object_schemas() {
        let names: Vec<_> = registry().iter().map(|c| c.name).collect();
        assert_eq!(names.len(), 19, "{names:?}");
        for component in registry().iter() {
            let summary = component.description.lines().next().unwrap_or("");
            assert!(
                summary.len() > 20 && summary.ends_with('.'),
                "{}: {summary}",
                component.name
            );
            let input = (component.input_schema)();
            let fields = input["properties"].as_object().unwrap();
            for (field, schema) in fields {
                assert!(
                    schema.as_bool() == Some(true) || schema["description"].is_string(),
                    "{}.{field} has no description",
                    component.name
                );
            }
            for lazy in component.lazy {
                assert!(
                    fields.contains_key(lazy.field),
                    "{}.{}",
                    component.name,
                    lazy.field
                );
            }
            for inner in component.inner {
                assert!(
                    fields.contains_key(inner.field),
                    "{}.{}",
                    component.name,
                    inner.field
                );
            }
        }
    }
}
