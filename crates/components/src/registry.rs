//! The list of built-in components.

use engine::component::Registry;

use crate::{control, input, nodes, operators};

/// All built-in components.
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
    .with_schema_check(input::schema_faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_has_a_summary_and_objects_for_schemas() {
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
