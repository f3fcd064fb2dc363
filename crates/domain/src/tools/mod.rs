//! Pipelines as tools: those that their owners have exposed and that the caller may start.
//!
//! A tool is called by a model, through a program that acts with an API key or as an application. What a
//! call does is what starting a run does, with the same rights, limits and audit rows. The protocol is in
//! `api`.

mod call;

use engine::{component::EffectKind, model::Pipeline};
use serde_json::{Value as Json, json};
use types::{ErrorCode, PipelineId};

pub use call::{Called, MAX_OUTPUT, answer, call, wait};

use crate::{
    Ctx,
    access::{Environment, Permission, PermissionSet},
    error::{AppError, Result},
    paging::Page,
    pipelines::{self, Compiled, ExposedTool},
    runs,
};

/// The input of a tool whose pipeline takes something else than an object is under this name.
pub const WHOLE_INPUT: &str = "input";

/// A pipeline as a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// The name by which it is called, which is the pipeline's slug.
    pub name: String,
    /// The pipeline's name.
    pub title: String,
    /// The description of the version that runs; empty if it has none.
    pub description: String,
    /// The environment in which it runs.
    pub environment: Environment,
    /// The JSON Schema of the arguments, which are an object.
    pub input_schema: Json,
    /// What its stages do outside.
    pub effects: Effects,
}

/// What the stages of a pipeline do outside, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effects {
    /// They read at most; nothing is changed and no model is called.
    pub only_reads: bool,
    /// They change something.
    pub changes: bool,
    /// They reach something outside.
    pub reaches_out: bool,
}

/// A page of tools.
#[derive(Clone, Debug, PartialEq)]
pub struct Tools {
    /// The tools.
    pub tools: Vec<Tool>,
    /// The cursor of the next page; `None` if there is none.
    pub next: Option<String>,
}

/// A page of the tools that the caller may start, newest pipelines first. Those that cannot run now, because
/// nothing is published or the version is empty, are left out, so a page may be shorter than asked for.
pub async fn list(ctx: &Ctx, page: &Page) -> Result<Tools> {
    ctx.authorize_anywhere(Permission::RunStart).await?;
    let window = page.window(ctx.org, "tools")?;
    let mut rows = pipelines::exposed(ctx).await?;
    rows.retain(|row| row.pipeline.0 < window.below && may_start(ctx, row));
    rows.truncate(window.limit() as usize);
    let listed = window.listed(rows, |row| row.pipeline.0);
    let next = listed.edges.last().map(|(cursor, _)| cursor.clone());
    let next = next.filter(|_| listed.has_next);
    let mut tools = Vec::with_capacity(listed.edges.len());
    for (_, row) in listed.edges {
        match read(ctx, row).await {
            Ok(tool) => tools.extend(tool),
            Err(error) if cannot_run(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Tools { tools, next })
}

/// The tool with this name. The name of a renamed pipeline counts on, because its end is the pipeline's
/// short id. The caller may be without the right to start it, which [`call`] refuses.
async fn find(ctx: &Ctx, name: &str) -> Result<Option<ExposedTool>> {
    ctx.authorize_anywhere(Permission::RunStart).await?;
    let Some((_, short)) = name.rsplit_once('-') else {
        return Ok(None);
    };
    let rows = pipelines::exposed(ctx).await?;
    let found = rows
        .into_iter()
        .find(|row| pipelines::short_id(row.pipeline) == short);
    Ok(found)
}

/// The permissions that starting a run in an environment needs.
fn needed(environment: Environment) -> PermissionSet {
    let production = (environment == Environment::Production).then_some(Permission::ProductionUse);
    [Permission::RunStart]
        .into_iter()
        .chain(production)
        .collect()
}

/// Whether the caller may start it. Nothing is refused and no audit row is written.
fn may_start(ctx: &Ctx, row: &ExposedTool) -> bool {
    let own = ctx
        .rights
        .at(row.pipeline, row.folder, Some(row.environment));
    needed(row.environment).without(own).is_empty()
}

fn cannot_run(error: &AppError) -> bool {
    matches!(
        error.code,
        ErrorCode::NotFound
            | ErrorCode::NotPublished
            | ErrorCode::PipelineDeleted
            | ErrorCode::PipelineEmpty
            | ErrorCode::InvalidInput
    )
}

/// Reads the version that runs; `None` if it cannot run.
async fn read(ctx: &Ctx, row: ExposedTool) -> Result<Option<Tool>> {
    let compiled = runs::would_run(ctx, row.pipeline, row.environment).await?;
    if compiled.plan.is_none() {
        return Ok(None);
    }
    Ok(Some(Tool {
        pipeline: row.pipeline,
        name: pipelines::slug(&row.name, row.pipeline),
        title: row.name,
        description: compiled.pipeline.description.clone(),
        environment: row.environment,
        input_schema: arguments(&compiled.pipeline).0,
        effects: effects(&compiled),
    }))
}

/// The schema of a tool's arguments, and whether the input is one of them instead of all of them.
fn arguments(pipeline: &Pipeline) -> (Json, bool) {
    let Some(schema) = &pipeline.input_schema else {
        return (json!({ "type": "object" }), false);
    };
    let mut schema = match schema.to_serde() {
        Json::Object(schema) => schema,
        other => return (whole(other), true),
    };
    let is_object = schema
        .get("type")
        .map(|kind| kind.as_str() == Some("object"));
    if is_object.is_none() {
        schema.insert("type".to_owned(), "object".into());
    }
    let schema = tolerant(Json::Object(schema));
    match is_object.unwrap_or(true) {
        true => (schema, false),
        false => (whole(schema), true),
    }
}

/// The arguments of a pipeline whose input is no object.
fn whole(schema: Json) -> Json {
    json!({
        "type": "object",
        "properties": { WHOLE_INPUT: schema },
        "required": [WHOLE_INPUT],
    })
}

/// Moves `"required": true` of a property to the object's list, as runs do: programs refuse a schema
/// with the form of the early drafts.
fn tolerant(schema: Json) -> Json {
    let Json::Object(mut schema) = schema else {
        return schema;
    };
    if schema.get("required").is_some_and(Json::is_boolean) {
        schema.remove("required");
    }
    let mut marked = Vec::new();
    if let Some(Json::Object(properties)) = schema.get_mut("properties") {
        for (name, property) in properties {
            if property.get("required") == Some(&Json::Bool(true)) {
                marked.push(Json::from(name.as_str()));
            }
            *property = tolerant(property.take());
        }
    }
    if let Some(items) = schema.get_mut("items") {
        *items = tolerant(items.take());
    }
    if !marked.is_empty() {
        let list = schema.entry("required").or_insert_with(|| json!([]));
        if let Json::Array(list) = list {
            marked.retain(|name| !list.contains(name));
            list.extend(marked);
        }
    }
    Json::Object(schema)
}

fn effects(compiled: &Compiled) -> Effects {
    let stages = compiled.pipeline.stages.iter();
    let mut found = Effects {
        only_reads: true,
        changes: false,
        reaches_out: false,
    };
    for (stage, shape) in stages.zip(&compiled.structure.stages) {
        let kind = match shape.component {
            Some(component) if !component.at_most_once => stage.effect_as_written(component),
            _ => EffectKind::Effect,
        };
        match kind {
            EffectKind::Pure => {}
            EffectKind::Read => found.reaches_out = true,
            EffectKind::Call => {
                found.only_reads = false;
                found.reaches_out = true;
            }
            EffectKind::Effect => {
                found = Effects {
                    only_reads: false,
                    changes: true,
                    reaches_out: true,
                };
            }
        }
    }
    found
}

/// The compiled latest version of a pipeline, or the one with this number.
pub async fn version(
    ctx: &Ctx,
    pipeline: PipelineId,
    number: Option<i32>,
) -> Result<std::sync::Arc<Compiled>> {
    ctx.authorize(Permission::PipelineRead).await?;
    let version = match number {
        Some(number) => pipelines::version(ctx, pipeline, number).await?.id,
        None => pipelines::get(ctx, pipeline).await?.latest_version,
    };
    pipelines::compiled_by_id(ctx, version).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_early_form_of_required_becomes_a_list() {
        let schema = json!({ "type": "object", "required": ["b"], "properties": {
            "a": { "type": "string", "required": true },
            "b": { "type": "string", "required": true },
            "c": { "type": "object", "required": false },
        } });
        let read = tolerant(schema);
        assert_eq!(read["required"], json!(["b", "a"]));
        assert_eq!(read["properties"]["a"], json!({ "type": "string" }));
        assert_eq!(read["properties"]["c"], json!({ "type": "object" }));
    }

    #[test]
    fn an_input_that_is_no_object_is_one_of_the_arguments() {
        let schema = whole(json!({ "type": "array" }));
        assert_eq!(schema["properties"][WHOLE_INPUT]["type"], "array");
        assert_eq!(schema["required"], json!([WHOLE_INPUT]));
    }
}
