//! `tools/call`: a run of a pipeline is started and waited for, or something is looked up.
//!
//! What a model can mend, such as a wrong argument, is a result with `isError`. What only a person can
//! change, such as a missing permission, is an error of the protocol.

use std::{str::FromStr, sync::Arc, time::Duration};

use domain::{
    paging::Page,
    pipelines,
    runs::{self, Run, RunStatus},
    tools::{self, Called},
};
use engine::{check::Diagnostic, run_plan};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value as Json, json};
use types::{ErrorCode, PipelineId, RunId};
use uuid::Uuid;

use super::{
    Call,
    message::{Failure, INVALID_PARAMS},
    tools::Own,
};
use crate::error::ApiError;

/// How long a call waits for its run. Many clients give up after a minute.
const PATIENCE: Duration = Duration::from_secs(45);

/// The longest text of a result, in bytes.
const LONGEST: usize = 1024 * 1024;

/// The most problems of a file in a result.
const PROBLEMS: usize = 100;

/// Where a client puts an idempotency key: requests with the same key start one run. Ids of requests
/// cannot be it, because each client counts them from zero.
const KEY: &str = "flowmason/idempotencyKey";

/// A result: what a model reads, and the same for programs.
struct Found {
    text: String,
    structured: Json,
    is_error: bool,
}

impl Found {
    fn of(structured: Json) -> Self {
        Self {
            text: structured.to_string(),
            structured,
            is_error: false,
        }
    }

    fn into_json(self) -> Json {
        json!({
            "content": [{ "type": "text", "text": self.text }],
            "structuredContent": self.structured,
            "isError": self.is_error,
        })
    }
}

/// Calls a tool.
pub async fn call(call: &Call<'_>, mut params: Map<String, Json>) -> Result<Json, Failure> {
    let Some(Json::String(name)) = params.remove("name") else {
        return Err(invalid("name: must be the name of a tool").into());
    };
    let given = match params.remove("arguments") {
        None | Some(Json::Null) => Map::new(),
        Some(Json::Object(given)) => given,
        Some(_) => return Err(invalid("arguments: must be an object").into()),
    };
    let own = Own::named(&name);
    let found = match own {
        Some(own) => call.own(own, given).await,
        None => {
            let key = key(&params)?;
            call.pipeline(&name, given, key).await
        }
    };
    let found = found.and_then(|found: Found| match found.text.len() <= LONGEST {
        true => Ok(found),
        false => {
            let message = "The result is too long; look at it in FlowMason";
            Err(ApiError::new(ErrorCode::LimitExceeded, message))
        }
    });
    match found {
        Ok(found) => Ok(found.into_json()),
        Err(error) if error.code == ErrorCode::NotFound && own.is_none() => {
            Err(Failure::new(INVALID_PARAMS, error))
        }
        Err(error) if is_for_people(error.code) => Err(error.into()),
        Err(error) => {
            let mut structured = error.body(call.request_id);
            if let Some(details) = error.details {
                structured["error"]["details"] = Json::Object(*details);
            }
            let failed = Found {
                is_error: true,
                ..Found::of(structured)
            };
            Ok(failed.into_json())
        }
    }
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::InvalidInput, message)
}

/// Whether a model can do nothing about an error.
fn is_for_people(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Unauthenticated
            | ErrorCode::Forbidden
            | ErrorCode::StepUpRequired
            | ErrorCode::SsoRequired
            | ErrorCode::QuotaExceeded
            | ErrorCode::RateLimited
            | ErrorCode::Unavailable
            | ErrorCode::StorageFull
            | ErrorCode::Internal
    )
}

fn key(params: &Map<String, Json>) -> Result<Option<String>, ApiError> {
    match params.get("_meta").and_then(|meta| meta.get(KEY)) {
        None => Ok(None),
        Some(Json::String(key)) => Ok(Some(key.clone())),
        Some(_) => Err(invalid(format!("_meta.{KEY}: must be a text"))),
    }
}

/// Reads the arguments of one of this server's own tools.
fn arguments<T: DeserializeOwned>(given: Map<String, Json>) -> Result<T, ApiError> {
    serde_json::from_value(Json::Object(given))
        .map_err(|error| invalid(format!("arguments: {error}")))
}

/// An id; a text that is none becomes the id of an object that does not exist.
fn id<T: FromStr + From<Uuid>>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| T::from(Uuid::nil()))
}

/// The arguments of `list_pipelines`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    search: Option<String>,
    cursor: Option<String>,
}

/// The arguments of `get_run` and `explain_run`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneRun {
    run: String,
}

/// The arguments of `validate_pipeline`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneFile {
    source: String,
}

/// The arguments of `plan_pipeline`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Planned {
    source: Option<String>,
    pipeline: Option<String>,
    version: Option<i32>,
}

impl Call<'_> {
    async fn own(&self, own: Own, given: Map<String, Json>) -> Result<Found, ApiError> {
        match own {
            Own::ListPipelines => self.pipelines(arguments(given)?).await,
            Own::GetRun => {
                let asked: OneRun = arguments(given)?;
                let called = tools::answer(self.ctx, id::<RunId>(&asked.run)).await?;
                Ok(self.called(called, false))
            }
            Own::ExplainRun => self.cause(arguments(given)?).await,
            Own::ValidatePipeline => self.problems(arguments(given)?).await,
            Own::PlanPipeline => self.plan(arguments(given)?).await,
        }
    }

    /// Starts a run of a pipeline and waits for it, unless this server begins to stop.
    async fn pipeline(
        &self,
        name: &str,
        given: Map<String, Json>,
        key: Option<String>,
    ) -> Result<Found, ApiError> {
        let run = tools::call(self.ctx, name, given, key).await?;
        let called = tokio::select! {
            called = tools::wait(self.ctx, run.clone(), PATIENCE) => called?,
            () = self.state.closing.cancelled() => run.into(),
        };
        Ok(self.called(called, true))
    }

    fn address(&self, run: RunId) -> String {
        format!("{}/runs/{run}", self.state.app.settings().base_url)
    }

    fn run(&self, run: &Run) -> Json {
        let mut out = json!({
            "run": run.id.to_string(),
            "status": run.status.as_str(),
            "pipeline": { "id": run.pipeline.to_string(), "name": run.pipeline_name },
            "environment": run.environment.as_str(),
            "link": self.address(run.id),
        });
        if let Some(error) = &run.error {
            out["error"] = json!({
                "code": error.code, "message": error.message, "stage": error.stage,
            });
        }
        out
    }

    /// A run with its output. `started`: the run is what was asked for, so that its failure is one of the
    /// tool.
    fn called(&self, called: Called, started: bool) -> Found {
        let run = &called.run;
        let mut out = self.run(run);
        if let Some(output) = &called.output {
            out["output"] = output.to_serde();
        } else if let Some(bytes) = called.output_bytes {
            out["outputBytes"] = bytes.into();
            out["note"] = "The output is too long to be shown here; open the link".into();
        }
        if !run.status.is_finished() {
            out["note"] = "The run has not ended yet; call get_run with its id later".into();
        }
        Found {
            is_error: started && matches!(run.status, RunStatus::Failed | RunStatus::Cancelled),
            ..Found::of(out)
        }
    }

    async fn pipelines(&self, asked: Listing) -> Result<Found, ApiError> {
        let page = Page {
            first: None,
            after: asked.cursor,
        };
        let found = pipelines::list(self.ctx, &page, asked.search.as_deref(), false).await?;
        let last = found.edges.last().map(|(cursor, _)| cursor.clone());
        let next = found.end.or(last).filter(|_| found.has_next);
        let shown = found.edges.iter().map(|(_, one)| {
            json!({
                "id": one.id.to_string(),
                "name": one.name,
                "description": one.description.chars().take(500).collect::<String>(),
                "latestVersion": one.latest_number,
                "tool": one.tool_environment.map(|environment| environment.as_str()),
            })
        });
        let shown: Vec<Json> = shown.collect();
        Ok(Found::of(json!({ "pipelines": shown, "next": next })))
    }

    async fn cause(&self, asked: OneRun) -> Result<Found, ApiError> {
        let details = runs::view(self.ctx, id::<RunId>(&asked.run)).await?;
        let mut out = self.run(&details.run);
        out["cause"] = match details.cause(self.ctx).await? {
            Some(cause) => serde_json::to_value(cause).map_err(ApiError::internal)?,
            None => Json::Null,
        };
        Ok(Found::of(out))
    }

    async fn problems(&self, asked: OneFile) -> Result<Found, ApiError> {
        let (valid, problems) = match pipelines::validate(self.ctx, &asked.source).await? {
            Ok(compiled) => (compiled.plan.is_some(), compiled.problems),
            Err(problems) => (false, problems),
        };
        let shown: Vec<&Diagnostic> = problems.iter().take(PROBLEMS).collect();
        let shown = serde_json::to_value(shown).map_err(ApiError::internal)?;
        Ok(Found::of(json!({
            "valid": valid, "problemCount": problems.len(), "problems": shown,
        })))
    }

    async fn plan(&self, asked: Planned) -> Result<Found, ApiError> {
        let compiled = match (asked.source, asked.pipeline) {
            (Some(source), None) if asked.version.is_none() => {
                match pipelines::validate(self.ctx, &source).await? {
                    Ok(compiled) => Arc::new(compiled),
                    Err(problems) => return Err(domain::AppError::from(problems).into()),
                }
            }
            (None, Some(pipeline)) => {
                let pipeline = id::<PipelineId>(&pipeline);
                tools::version(self.ctx, pipeline, asked.version).await?
            }
            _ => {
                let message =
                    "arguments: give either `source`, or `pipeline` with or without `version`";
                return Err(invalid(message));
            }
        };
        let valid = compiled.plan.is_some();
        let plan = pipelines::run_plan(self.ctx, compiled).await?;
        let whole = serde_json::to_value(&plan).map_err(ApiError::internal)?;
        // The text of a very long plan names only the beginning of each list.
        let whole = Some(whole).filter(|whole| whole.to_string().len() <= LONGEST);
        Ok(Found {
            text: run_plan::as_text(&plan),
            structured: json!({ "valid": valid, "plan": whole }),
            is_error: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idempotency_key_is_a_text_beside_the_arguments() {
        let read = |params: Json| key(params.as_object().unwrap()).map_err(|error| error.code);
        assert_eq!(read(json!({})), Ok(None));
        assert_eq!(read(json!({ "_meta": { "progressToken": 1 } })), Ok(None));
        let given = json!({ "_meta": { KEY: "order-1" } });
        assert_eq!(read(given), Ok(Some("order-1".to_owned())));
        let wrong = read(json!({ "_meta": { KEY: 1 } }));
        assert_eq!(wrong, Err(ErrorCode::InvalidInput));
    }

    #[test]
    fn an_argument_that_a_tool_does_not_have_is_refused() {
        let given = json!({ "run": "x", "stage": "y" });
        let Json::Object(given) = given else {
            unreachable!()
        };
        assert!(arguments::<OneRun>(given).is_err());
    }
}
