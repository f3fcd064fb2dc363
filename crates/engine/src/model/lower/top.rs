//! Reads the top level of the file.

use types::ErrorCode;

use super::{policy, read, stage};
use crate::{
    Value,
    component::Registry,
    diagnostic::{Diagnostic, Report, shown},
    model::{Pipeline, Spanned},
    source::{Document, Kind, Node},
    trigger,
};

const KEYS: &[&str] = &[
    "id",
    "name",
    "version",
    "description",
    "stages",
    "input_schema",
    "output_schema",
    "output_stage_id",
    "sample_input",
    "example_input",
    "timeout_ms",
    "triggers",
    "category",
    "tags",
    "difficulty",
    "use_cases",
    "metadata",
    "extends",
    "abstract",
    "overrides",
    "compositions",
];

/// The newest format version that this program reads.
const FORMAT: u64 = 1;

pub(super) fn pipeline(
    document: Document,
    registry: &Registry,
) -> Result<Pipeline, Vec<Diagnostic>> {
    let text = document.text().clone();
    let root = document.root();
    let mut report = Report::new(&text);
    if root.kind() != Kind::Object {
        let message = format!(
            "a pipeline file is a JSON object, not {}",
            root.kind().name()
        );
        report.error(ErrorCode::WrongType, root, message);
        return Err(report.finish());
    }
    let mut out = Pipeline {
        source: text.clone(),
        document: document.clone(),
        problems: Vec::new(),
        id: String::new(),
        name: String::new(),
        version: "1.0.0".to_owned(),
        description: String::new(),
        input_schema: None,
        output_schema: None,
        output_stage: None,
        sample_input: None,
        timeout: None,
        triggers: Vec::new(),
        stages: Vec::new(),
        memo: std::sync::Arc::default(),
    };
    let (mut id, mut name, mut stages) = (None, None, None);
    for node in root.children() {
        match node.key().unwrap_or_default().as_ref() {
            "id" => id = read::text(&mut report, node),
            "name" => name = read::text(&mut report, node).map(|text| (text, node)),
            "version" => out.version = version(&mut report, node).unwrap_or(out.version),
            "description" => out.description = read::text(&mut report, node).unwrap_or_default(),
            "input_schema" => out.input_schema = schema(&mut report, node),
            "output_schema" => out.output_schema = schema(&mut report, node),
            "output_stage_id" => {
                out.output_stage = read::text(&mut report, node).map(|value| Spanned {
                    value,
                    span: node.span(),
                });
            }
            "sample_input" => out.sample_input = Some(node.value()),
            "example_input" => out.sample_input = out.sample_input.or(Some(node.value())),
            "timeout_ms" => out.timeout = policy::run_timeout(&mut report, node),
            "stages" => stages = Some(node),
            "triggers" => out.triggers = trigger::read(&mut report, node),
            "$schema" | "format_version" | "schema_version" => format(&mut report, node),
            key @ ("extends" | "abstract" | "overrides" | "compositions") => {
                composed(&mut report, node, key);
            }
            "category" | "tags" | "difficulty" | "use_cases" | "metadata" | "author"
            | "created_at" | "updated_at" | "license" | "icon" | "comment" | "comments"
            | "notes" => {}
            _ => read::unknown(&mut report, node, "the file", KEYS),
        }
    }
    match name {
        Some((text, node)) if text.trim().is_empty() => {
            report.error(ErrorCode::InvalidValue, node, "`name` is empty");
        }
        Some((text, _)) => out.name = text,
        None if root
            .get("name")
            .is_none_or(|node| node.kind() == Kind::Null) =>
        {
            missing(&mut report, root, "the pipeline has no `name`");
        }
        None => {}
    }
    out.id = id
        .filter(|id| !id.trim().is_empty())
        .unwrap_or_else(|| out.name.clone());
    match stages.filter(|node| node.kind() != Kind::Null) {
        None => missing(&mut report, root, "the pipeline has no `stages`"),
        Some(node) => {
            if node.kind() == Kind::Object {
                let message = "`stages` takes a list, not an object";
                report.error(ErrorCode::WrongType, node, message).help(
                    "write [{\"id\": \"…\", \"type\": \"…\"}, …]: each stage with its name as `id`",
                );
                out.problems = report.finish();
                return Ok(out);
            }
            let items = read::list(&mut report, node);
            if items.as_ref().is_some_and(Vec::is_empty) {
                report.error(
                    ErrorCode::InvalidValue,
                    node,
                    "`stages` is empty; add at least one stage",
                );
            }
            let items = items.unwrap_or_default();
            out.stages.reserve(items.len());
            for item in items {
                out.stages.extend(stage::stage(&mut report, item, registry));
            }
        }
    }
    out.problems = report.finish();
    Ok(out)
}

fn missing(report: &mut Report<'_>, root: Node<'_>, message: &str) {
    let mut brace = root.span();
    brace.end = brace.start + 1;
    report
        .error(ErrorCode::MissingField, root, message)
        .at(brace);
}

/// A version of the form `x.y.z`. Anything else is kept, with a warning.
fn version(report: &mut Report<'_>, node: Node<'_>) -> Option<String> {
    let text = read::text(report, node)?;
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if core.split('.').count() != 3 || !core.split('.').all(number) {
        let message = format!(
            "`version` is `{}`, which is not of the form 1.2.3",
            shown(&text)
        );
        report.warning(ErrorCode::InvalidValue, node, message);
    }
    Some(text)
}

/// A JSON schema, which must be an object.
fn schema(report: &mut Report<'_>, node: Node<'_>) -> Option<Value> {
    let node = read::object(report, node)?;
    if let Some(properties) = node.get("properties") {
        read::object(report, properties);
    }
    for required in node
        .get("required")
        .and_then(|node| read::list(report, node))
        .into_iter()
    {
        for item in required {
            read::text(report, item);
        }
    }
    Some(node.value())
}

/// Rejects a file that declares a newer format version.
fn format(report: &mut Report<'_>, node: Node<'_>) {
    let major = match node.value() {
        Value::Int(number) => u64::try_from(number).ok(),
        Value::Float(number) => Some(number as u64),
        Value::Str(text) if node.key().as_deref() == Some("$schema") => in_address(&text),
        Value::Str(text) => leading(text.trim_start_matches('v')),
        _ => None,
    };
    if let Some(major) = major.filter(|major| *major > FORMAT) {
        let message =
            format!("the file has format version {major}; this program reads version {FORMAT}");
        report
            .error(ErrorCode::Unsupported, node, message)
            .help("use a newer version of FlowMason");
    }
}

/// The version in a schema URL: `…/v2/pipeline.json`, `…/pipeline.v2.schema.json`.
fn in_address(address: &str) -> Option<u64> {
    address
        .split(['/', '.', '-', '_'])
        .filter_map(|part| {
            part.strip_prefix('v')
                .filter(|digits| leading(digits).is_some())
        })
        .find_map(leading)
}

fn leading(text: &str) -> Option<u64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().ok()
}

/// Fields that compose a pipeline from several. Ignoring them would silently run a different
/// pipeline.
fn composed(report: &mut Report<'_>, node: Node<'_>, key: &str) {
    let used = match node.kind() {
        Kind::Null => false,
        Kind::Bool => node.raw() == "true",
        Kind::List | Kind::Object => node.children().next().is_some(),
        Kind::Text => !node.text().unwrap_or_default().is_empty(),
        Kind::Number => true,
    };
    if !used {
        return;
    }
    let (message, help) = match key {
        "extends" => (
            format!("`extends` ({}) is not supported", shown(node.raw())),
            "copy the stages of the other pipeline into this one",
        ),
        "abstract" => (
            "an abstract pipeline cannot run, and pipelines that extend it are not supported"
                .to_owned(),
            "remove `abstract` when the stages are complete",
        ),
        "overrides" => (
            "`overrides` is not supported".to_owned(),
            "write the changed values into the stages themselves",
        ),
        _ => {
            let names: Vec<String> = node
                .children()
                .filter_map(|item| {
                    let named = item
                        .get("pipeline")
                        .or_else(|| item.get("id"))
                        .unwrap_or(item);
                    named.text().map(|text| format!("`{}`", shown(&text)))
                })
                .take(10)
                .collect();
            let names = if names.is_empty() {
                "other pipelines".into()
            } else {
                names.join(", ")
            };
            (
                format!("`compositions` is not supported ({names})"),
                "copy the stages of those pipelines into this one",
            )
        }
    };
    read::unsupported(report, node, &message, help);
}
