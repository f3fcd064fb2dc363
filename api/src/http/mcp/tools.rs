//! `tools/list`: the tools that the caller may use.

use domain::{
    Ctx, Permission,
    paging::Page,
    tools::{self, Tool},
};
use serde_json::{Map, Value as Json, json};
use types::ErrorCode;

use super::{Call, message::Failure};
use crate::error::ApiError;

/// Tools of pipelines on one page.
const PAGE: i32 = 50;

/// The longest description that is given to a model, in bytes.
const DESCRIPTION: usize = 4_000;

/// The largest schema that is given to a model, in bytes of JSON.
const SCHEMA: usize = 32 * 1024;

/// A tool of this server itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// The pipelines of the organization.
    ListPipelines,
    /// A run, with its output.
    GetRun,
    /// Why a run failed.
    ExplainRun,
    /// The problems of a file.
    ValidatePipeline,
    /// What a run would do.
    PlanPipeline,
}

impl Own {
    const ALL: [Self; 5] = [
        Self::ListPipelines,
        Self::GetRun,
        Self::ExplainRun,
        Self::ValidatePipeline,
        Self::PlanPipeline,
    ];

    /// The tool with this name. Names of pipelines' tools have no underscore.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::ListPipelines => "list_pipelines",
            Self::GetRun => "get_run",
            Self::ExplainRun => "explain_run",
            Self::ValidatePipeline => "validate_pipeline",
            Self::PlanPipeline => "plan_pipeline",
        }
    }

    /// The permission that it needs.
    const fn permission(self) -> Permission {
        match self {
            Self::ListPipelines | Self::ValidatePipeline | Self::PlanPipeline => {
                Permission::PipelineRead
            }
            Self::GetRun | Self::ExplainRun => Permission::RunRead,
        }
    }

    fn described(self) -> Json {
        let text = |description: &str| json!({ "type": "string", "description": description });
        let run = text("The id of the run, which begins with run_");
        let source = text("The pipeline's file: a JSON object as text");
        let pipeline = text("The id of the pipeline");
        let (title, description, properties, required) = match self {
            Self::ListPipelines => (
                "List pipelines",
                "Lists pipelines, newest first, 20 at a time. `tool` is the environment in which a pipeline \
                 runs as a tool.",
                json!({
                    "search": text("A part of the name"),
                    "cursor": text("`next` of the page before"),
                }),
                json!([]),
            ),
            Self::GetRun => (
                "Get a run",
                "The status of a run and, when it has succeeded, its output.",
                json!({ "run": run }),
                json!(["run"]),
            ),
            Self::ExplainRun => (
                "Explain a failed run",
                "Why a run failed: where it began, the events that show it, and what may help. Found by \
                 rules, without a model.",
                json!({ "run": run }),
                json!(["run"]),
            ),
            Self::ValidatePipeline => (
                "Validate a pipeline file",
                "Checks a pipeline file without storing it, and lists its problems with their places.",
                json!({ "source": source }),
                json!(["source"]),
            ),
            Self::PlanPipeline => (
                "Plan a run",
                "What a run would do, without running it: requests, calls of models and their cost, what is \
                 repeated after a crash, and how long it can take. Give either a file or a pipeline.",
                json!({
                    "source": source,
                    "pipeline": pipeline,
                    "version": {
                        "type": "integer", "minimum": 1,
                        "description": "The number of a version; without it, the latest",
                    },
                }),
                json!([]),
            ),
        };
        json!({
            "name": self.name(),
            "title": title,
            "description": description,
            "inputSchema": {
                "type": "object", "properties": properties, "required": required,
                "additionalProperties": false,
            },
            "annotations": {
                "title": title, "readOnlyHint": true, "destructiveHint": false,
                "idempotentHint": true, "openWorldHint": false,
            },
        })
    }
}

/// A page of the tools. Those of this server itself are on the first one.
pub async fn list(call: &Call<'_>, params: &Map<String, Json>) -> Result<Json, Failure> {
    let ctx = call.ctx;
    let after = match params.get("cursor") {
        None | Some(Json::Null) => None,
        Some(Json::String(cursor)) => Some(cursor.clone()),
        Some(_) => {
            return Err(ApiError::new(ErrorCode::InvalidInput, "cursor: must be a text").into());
        }
    };
    let mut all = match after {
        None => own(ctx),
        Some(_) => Vec::new(),
    };
    // Without the right to start anything, there is nothing to refuse either.
    if !ctx.rights.anywhere(Permission::RunStart) {
        return Ok(json!({ "tools": all }));
    }
    let page = Page {
        first: Some(PAGE),
        after,
    };
    let found = tools::list(ctx, &page).await?;
    all.extend(found.tools.into_iter().map(described));
    let mut out = json!({ "tools": all });
    if let Some(next) = found.next {
        out["nextCursor"] = next.into();
    }
    Ok(out)
}

fn own(ctx: &Ctx) -> Vec<Json> {
    let all = Own::ALL.into_iter();
    let usable = all.filter(|one| ctx.rights.permissions.has(one.permission()));
    usable.map(Own::described).collect()
}

/// A pipeline as a tool. What its author wrote is data, whatever it says.
fn described(tool: Tool) -> Json {
    let mut description = match tool.description.trim() {
        "" => format!("Runs the pipeline \"{}\".", tool.title),
        text => shortened(text),
    };
    let fits = tool.input_schema.to_string().len() <= SCHEMA;
    let schema = match fits {
        true => tool.input_schema,
        false => json!({ "type": "object" }),
    };
    if !fits {
        description += " (The schema of its input is too long to be shown here.)";
    }
    json!({
        "name": tool.name,
        "title": tool.title,
        "description": description,
        "inputSchema": schema,
        "annotations": {
            "title": tool.title,
            "readOnlyHint": tool.effects.only_reads,
            "destructiveHint": tool.effects.changes,
            "idempotentHint": false,
            "openWorldHint": tool.effects.reaches_out,
        },
        "_meta": {
            "flowmason/pipeline": tool.pipeline.to_string(),
            "flowmason/environment": tool.environment.as_str(),
        },
    })
}

fn shortened(text: &str) -> String {
    let end = text.floor_char_boundary(DESCRIPTION);
    let mut out = text.to_owned();
    if end < out.len() {
        out.truncate(end);
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_s_own_tools_are_found_by_their_names() {
        for one in Own::ALL {
            assert_eq!(Own::named(one.name()), Some(one));
            assert_eq!(one.described()["inputSchema"]["type"], "object");
        }
        assert_eq!(Own::named("get-run-abcd1234"), None);
    }

    #[test]
    fn a_long_description_is_cut_between_characters() {
        let text = shortened(&"ä".repeat(DESCRIPTION));
        assert!(text.len() <= DESCRIPTION + '…'.len_utf8());
        assert!(text.ends_with('…'));
        assert_eq!(shortened("short"), "short");
    }
}
