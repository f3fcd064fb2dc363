//! Components for tests of the language: descriptors like the real ones, with bodies that do
//! nothing.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::component::{
    Body, BranchRole, ComponentKind, ContextName, Descriptor, Effect, EffectKind, InnerList,
    LazyField, LazyKind, Registry,
};

const BASE: Descriptor = Descriptor {
    name: "",
    kind: ComponentKind::Operator,
    category: "test",
    description: "",
    effect: Effect::Fixed(EffectKind::Pure),
    at_most_once: false,
    own_field: None,
    needs_model: false,
    timeout: Duration::from_secs(5),
    input_schema: || json!({}),
    output_schema: || json!({}),
    heavy: &[],
    lazy: &[],
    inner: &[],
    binds: &[],
    sets: &[],
    literals: None,
    body: Body::Sync(|_, input| Ok(input)),
};

const fn list(role: BranchRole, field: &'static str, branch: &'static str) -> InnerList {
    InnerList {
        field,
        role,
        branch,
        map: false,
    }
}

fn closed(properties: Json, required: &[&str]) -> Json {
    json!({"type": "object", "properties": properties, "required": required})
}

static COMPONENTS: &[Descriptor] = &[
    Descriptor {
        name: "logger",
        input_schema: || {
            closed(
                json!({
                    "message": {},
                    "data": {},
                    "level": {"$ref": "#/$defs/Level"},
                    "times": {"type": ["integer", "null"], "minimum": 1, "maximum": 9},
                    "tags": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
                    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                }),
                &[],
            )
            .as_object()
            .map(|schema| {
                let mut schema = schema.clone();
                schema.insert("$defs".into(), json!({"Level": {"enum": ["info", "warning", "error"]}}));
                Json::Object(schema)
            })
            .unwrap_or_default()
        },
        ..BASE
    },
    Descriptor {
        name: "generator",
        kind: ComponentKind::Node,
        needs_model: true,
        input_schema: || {
            closed(
                json!({"prompt": {"type": "string"}, "system_prompt": {"type": ["string", "null"]}}),
                &["prompt"],
            )
        },
        ..BASE
    },
    Descriptor {
        name: "improver",
        input_schema: || {
            closed(
                json!({
                    "content": {"type": "string", "x-synonyms": ["original", "text"]},
                    "feedback": {"type": "string", "x-synonyms": ["critique"]},
                }),
                &["content", "feedback"],
            )
        },
        ..BASE
    },
    Descriptor {
        name: "json_transform",
        input_schema: || closed(json!({"data": {}, "template": {}}), &[]),
        lazy: &[LazyField {
            field: "template",
            kind: LazyKind::Template,
            names: &["data"],
        }],
        ..BASE
    },
    Descriptor {
        name: "filter",
        input_schema: || closed(json!({"data": {}}), &["data"]),
        lazy: &[LazyField {
            field: "condition",
            kind: LazyKind::Condition,
            names: &["data", "item", "*"],
        }],
        ..BASE
    },
    Descriptor {
        name: "variable_set",
        input_schema: || {
            closed(
                json!({"name": {}, "value": {}, "variables": {"type": ["object", "null"]}}),
                &[],
            )
        },
        sets: &[
            ContextName::TextOf("name", None),
            ContextName::KeysOf("variables"),
        ],
        ..BASE
    },
    Descriptor {
        name: "foreach",
        kind: ComponentKind::ControlFlow,
        input_schema: || {
            closed(
                json!({
                    "items": {}, "item_variable": {"type": "string"}, "index_variable": {},
                    "loop_stages": {"x-synonyms": ["stages", "stage"]},
                    "max_parallel": {"x-synonyms": ["max_concurrency"]},
                }),
                &["items"],
            )
        },
        inner: &[list(BranchRole::Each, "loop_stages", "loop")],
        binds: &[
            ContextName::TextOf("item_variable", Some("item")),
            ContextName::TextOf("index_variable", Some("index")),
        ],
        ..BASE
    },
    Descriptor {
        name: "conditional",
        kind: ComponentKind::ControlFlow,
        input_schema: || closed(json!({"condition": {}}), &["condition"]),
        inner: &[
            list(BranchRole::One, "true_branch_stages", "true"),
            list(BranchRole::One, "false_branch_stages", "false"),
        ],
        ..BASE
    },
    Descriptor {
        name: "router",
        kind: ComponentKind::ControlFlow,
        input_schema: || {
            closed(
                json!({"value": {}, "default_route": {"x-synonyms": ["default"]}}),
                &["value"],
            )
        },
        inner: &[
            InnerList {
                field: "routes",
                role: BranchRole::One,
                branch: "route",
                map: true,
            },
            list(BranchRole::One, "default_route", "default"),
        ],
        ..BASE
    },
    Descriptor {
        name: "trycatch",
        kind: ComponentKind::ControlFlow,
        input_schema: || closed(json!({}), &["try_stages"]),
        inner: &[
            list(BranchRole::Try, "try_stages", "try"),
            list(BranchRole::Catch, "catch_stages", "catch"),
            list(BranchRole::Finally, "finally_stages", "finally"),
        ],
        binds: &[ContextName::TextOf("error_variable", None)],
        ..BASE
    },
];

/// A registry of these components.
pub(crate) fn registry() -> Registry {
    Registry::new(COMPONENTS).with_unavailable(&["subpipeline", "pandas", "mcp_tool_call"])
}
