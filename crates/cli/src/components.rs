//! `flowmason components`: lists the components or describes one.

use std::io::{self, Write};

use engine::{
    component::{ComponentKind, Descriptor, EffectKind},
    diagnostic::did_you_mean,
};
use serde_json::{Value, json};

use crate::{args::ComponentsArgs, exit::Exit};

/// Shows one component or all.
pub fn show(args: &ComponentsArgs) -> Exit {
    let registry = ::components::registry();
    let mut out = io::stdout().lock();
    // A closed pipe (`| head`) is not an error.
    let _ = match &args.name {
        None if args.json => {
            let all: Vec<_> = registry.iter().map(as_json).collect();
            writeln!(out, "{:#}", json!({ "components": all }))
        }
        None => {
            let mut text = String::new();
            for kind in [
                ComponentKind::Node,
                ComponentKind::Operator,
                ComponentKind::ControlFlow,
            ] {
                text.push_str(&format!("{}\n", title(kind)));
                for component in registry.iter().filter(|c| c.kind == kind) {
                    text.push_str(&format!(
                        "  {:<16} {}\n",
                        component.name,
                        summary(component)
                    ));
                }
                text.push('\n');
            }
            text.push_str("For details: flowmason components NAME\n");
            out.write_all(text.as_bytes())
        }
        Some(name) => match registry.get(name) {
            Some(component) if args.json => writeln!(out, "{:#}", as_json(component)),
            Some(component) => out.write_all(explain(component).as_bytes()),
            None => {
                let names: Vec<_> = registry.iter().map(|c| c.name).collect();
                let near = did_you_mean(name, names.iter().copied());
                let rest = near.unwrap_or_else(|| format!("valid names: {}", names.join(", ")));
                eprintln!("error: There is no component `{name}`; {rest}");
                return Exit::Usage;
            }
        },
    };
    Exit::Ok
}

fn summary(component: &Descriptor) -> &str {
    component.description.lines().next().unwrap_or_default()
}

fn title(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Node => "Nodes (call a model)",
        ComponentKind::Operator => "Operators (transform data)",
        ComponentKind::ControlFlow => "Control flow (decide what runs)",
    }
}

fn effect(kind: EffectKind) -> &'static str {
    match kind {
        EffectKind::Pure => "none: the same input gives the same output",
        EffectKind::Read => "reads from an external system; may be repeated",
        EffectKind::Call => {
            "calls a model; may be repeated after a crash, and every call is counted"
        }
        EffectKind::Effect => {
            "may change an external system; all attempts send the same idempotency key"
        }
    }
}

fn as_json(component: &Descriptor) -> Value {
    json!({
        "name": component.name,
        "kind": component.kind,
        "category": component.category,
        "description": component.description,
        "effect": component.effect.shown(),
        "needs_model": component.needs_model,
        "timeout_ms": u64::try_from(component.timeout.as_millis()).unwrap_or(u64::MAX),
        "input_schema": (component.input_schema)(),
        "output_schema": (component.output_schema)(),
    })
}

fn explain(component: &Descriptor) -> String {
    let mut out = format!(
        "{}  ({})\n\n{}\n\nSide effects: {}\nTimeout of one attempt: {} s\n",
        component.name,
        title(component.kind)
            .split(" (")
            .next()
            .unwrap_or_default()
            .trim_end_matches('s'),
        component.description,
        effect(component.effect.shown()),
        component.timeout.as_secs(),
    );
    fields(&mut out, "Input", &(component.input_schema)());
    fields(&mut out, "Output", &(component.output_schema)());
    out
}

fn fields(out: &mut String, title: &str, schema: &Value) {
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    out.push_str(&format!("\n{title}\n"));
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, field) in properties {
        let must = title == "Input" && required.contains(&name.as_str());
        let kind = kind_of(field);
        out.push_str(&format!(
            "  {name:<20} {kind}{}\n",
            if must { ", required" } else { "" }
        ));
        for line in field["description"].as_str().unwrap_or_default().lines() {
            out.push_str(&format!("      {line}\n"));
        }
        if let Some(others) = field["x-synonyms"].as_array() {
            let others: Vec<_> = others.iter().filter_map(Value::as_str).collect();
            out.push_str(&format!("      Also: {}\n", others.join(", ")));
        }
    }
}

/// The JSON type of a field, in words: `text or list`.
fn kind_of(field: &Value) -> String {
    let word = |kind: &str| match kind {
        "string" => "text".to_owned(),
        "array" => "list".to_owned(),
        other => other.to_owned(),
    };
    match (&field["type"], &field["anyOf"]) {
        (Value::String(kind), _) => word(kind),
        (Value::Array(kinds), _) => {
            let kinds = kinds
                .iter()
                .filter_map(Value::as_str)
                .filter(|k| *k != "null");
            kinds.map(word).collect::<Vec<_>>().join(" or ")
        }
        (_, Value::Array(any)) => {
            let kinds: Vec<_> = any.iter().map(kind_of).filter(|k| k != "null").collect();
            kinds.join(" or ")
        }
        _ => "anything".to_owned(),
    }
}
