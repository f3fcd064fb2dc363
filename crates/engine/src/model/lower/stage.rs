//! Reads one stage of the file.

use std::sync::Arc;

use indexmap::IndexMap;
use types::ErrorCode;

use super::{ids, inputs, names, policy, read};
use crate::{
    component::Registry,
    diagnostic::{Report, shown},
    model::{COMPONENT_KEYS, LlmSettings, OnError, Spanned, Stage, names_component},
    source::{Kind, Node},
};

const KEYS: &[&str] = &[
    "id",
    "type",
    "component_type",
    "component",
    "name",
    "config",
    "input_mapping",
    "depends_on",
    "retry_config",
    "timeout_ms",
    "on_error",
    "error_handling",
    "llm_settings",
    "provider",
    "model",
    "position",
    "description",
    "enabled",
    "metadata",
];

/// Reads a stage; `None` if the value cannot be one.
pub(super) fn stage(report: &mut Report<'_>, node: Node<'_>, registry: &Registry) -> Option<Stage> {
    report.stage = None;
    if node.kind() != Kind::Object {
        let message = format!("a stage is an object, not {}", node.kind().name());
        report.error(ErrorCode::WrongType, node, message);
        return None;
    }
    let id = id(report, node);
    report.stage = id.as_ref().map(|id| shown(&id.value));
    let component = component(report, node);
    let mut stage = Stage {
        node: node.id(),
        id: id.unwrap_or(Spanned {
            value: String::new(),
            span: node.span(),
        }),
        name: None,
        component: component.unwrap_or(Spanned {
            value: String::new(),
            span: node.span(),
        }),
        inputs: IndexMap::new(),
        input_nodes: Vec::new(),
        depends_on: Vec::new(),
        retry: None,
        timeout: None,
        on_error: OnError::Fail,
        llm: None,
        position: None,
        span: node.span(),
    };
    fields(report, node, registry, &mut stage);
    report.stage = None;
    Some(stage)
}

fn id(report: &mut Report<'_>, node: Node<'_>) -> Option<Spanned<String>> {
    let found = node.get("id").filter(|id| id.kind() != Kind::Null);
    let Some(found) = found else {
        report
            .error(ErrorCode::MissingField, node, "this stage has no `id`")
            .help("add a short `id` that is unique in the pipeline");
        return None;
    };
    let text = read::text(report, found)?;
    ids::check(report, found, &text);
    Some(Spanned {
        value: text,
        span: found.span(),
    })
}

/// The component, under any of its three keys. Several keys are accepted if they agree.
fn component(report: &mut Report<'_>, node: Node<'_>) -> Option<Spanned<String>> {
    let mut chosen: Option<(Node<'_>, String)> = None;
    let mut seen = false;
    for found in COMPONENT_KEYS.iter().filter_map(|key| node.get(key)) {
        if found.kind() == Kind::Null {
            continue;
        }
        seen = true;
        let Some(text) = read::text(report, found) else {
            continue;
        };
        // Files may add the version that they were written for (`generator@^1.0.0`). It is ignored,
        // as there is only one version of each component.
        let name = text.split('@').next().unwrap_or_default();
        let name = name.trim().replace('-', "_");
        match &chosen {
            Some((first, other)) if *other != name => {
                let message = format!(
                    "`{}` is `{}`, but `{}` is `{}`",
                    read::field(found),
                    shown(&text),
                    read::field(*first),
                    shown(other),
                );
                report
                    .error(ErrorCode::InvalidValue, found, message)
                    .help("keep one of the two")
                    .relate("the other one", first.span());
            }
            Some(_) => {}
            None => chosen = Some((found, name)),
        }
    }
    if !seen {
        report
            .error(
                ErrorCode::MissingField,
                node,
                "this stage has no component (`type`)",
            )
            .help("`flowmason components` lists them");
    }
    chosen.map(|(node, value)| Spanned {
        value,
        span: node.span(),
    })
}

fn fields(report: &mut Report<'_>, node: Node<'_>, registry: &Registry, stage: &mut Stage) {
    let mut llm = LlmSettings::default();
    let mut has_llm = false;
    let (mut mapping, mut older, mut asks_retry) = (None, None, false);
    let (mut provider, mut model, mut own_on_error) = (None, None, None);
    for child in node.children() {
        match child.key().unwrap_or_default().as_ref() {
            "id" => {}
            key if names_component(key) => {}
            "name" => stage.name = read::text(report, child),
            "config" => inputs::overlay(report, child, stage),
            "input_mapping" => mapping = Some(child),
            "depends_on" => stage.depends_on = depends_on(report, child),
            "retry_config" => stage.retry = policy::retry(report, child),
            "timeout_ms" => stage.timeout = policy::timeout(report, child),
            "on_error" => own_on_error = policy::on_error(report, child),
            "error_handling" => older = policy::error_handling(report, child),
            "llm_settings" => has_llm |= policy::llm(report, child, &mut llm),
            "provider" => provider = read::text(report, child),
            "model" => model = read::text(report, child),
            "position" => stage.position = position(report, child),
            "enabled" => enabled(report, child),
            "fallback_output" if child.kind() != Kind::Null => {
                let message = "`fallback_output` is not supported: with `on_error: continue` the \
                               output of a failed stage is null";
                report
                    .warning(ErrorCode::Unsupported, child, message)
                    .at(child.key_span());
            }
            "description" | "metadata" | "component_package" | "fallback_output" | "comment"
            | "comments" | "notes" | "tags" | "icon" | "color" | "category" | "version" => {}
            _ => read::unknown(report, child, "a stage", KEYS),
        }
    }
    if let Some(mapping) = mapping {
        inputs::overlay(report, mapping, stage);
    }
    names::normalize(stage, registry);
    if registry
        .get(&stage.component.value)
        .is_some_and(|component| component.needs_model)
    {
        // Files also name the model among the component's inputs; that more specific place wins.
        for (field, place) in [("provider", &mut llm.provider), ("model", &mut llm.model)] {
            has_llm |= inputs::take_text(stage, field, place);
        }
    }
    if let Some((meaning, retry)) = older {
        stage.on_error = meaning.unwrap_or_default();
        stage.retry = stage.retry.or(retry);
    }
    if let Some((meaning, retry)) = own_on_error {
        stage.on_error = meaning;
        asks_retry = retry;
    }
    if asks_retry && stage.retry.is_none() {
        stage.retry = Some(crate::model::RetryPolicy::default());
    }
    has_llm |= provider.is_some() || model.is_some();
    if has_llm {
        // `llm_settings` is more specific than the stage's own fields and wins.
        llm.provider = llm.provider.or(provider);
        llm.model = llm.model.or(model);
        stage.llm = Some(Arc::new(llm));
    }
}

fn depends_on(report: &mut Report<'_>, node: Node<'_>) -> Vec<Spanned<String>> {
    if node.kind() == Kind::Text {
        report
            .error(
                ErrorCode::WrongType,
                node,
                "`depends_on` takes a list of stage ids, not text",
            )
            .help(format!("write [{}]", shown(node.raw())));
        return Vec::new();
    }
    let items = read::list(report, node).unwrap_or_default();
    items
        .into_iter()
        .filter_map(|item| {
            if item.kind() == Kind::Null {
                report.error(
                    ErrorCode::WrongType,
                    item,
                    "a stage id must be text, not null",
                );
            }
            Some(Spanned {
                value: read::text(report, item)?,
                span: item.span(),
            })
        })
        .collect()
}

fn position(report: &mut Report<'_>, node: Node<'_>) -> Option<(f64, f64)> {
    let node = read::object(report, node)?;
    let mut axis = |key| match node.get(key) {
        Some(found) => read::number(report, found, -1e9..=1e9),
        None => Some(0.0),
    };
    Some((axis("x")?, axis("y")?))
}

fn enabled(report: &mut Report<'_>, node: Node<'_>) {
    if read::flag(report, node) == Some(false) {
        let message = "a disabled stage (`enabled`: false) is not supported";
        read::unsupported(
            report,
            node,
            message,
            "remove the stage, or remove the field to run it",
        );
    }
}
