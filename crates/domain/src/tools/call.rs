//! Calling a tool: a run is started, and its answer waited for, within limits.

use std::time::Duration;

use engine::{Value, limits::Gate};
use serde_json::{Map, Value as Json};
use tokio::time::{Instant, sleep};
use types::RunId;

use super::{ExposedTool, WHOLE_INPUT, arguments, find};
use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
    runs::{self, Run, StartInput},
};

/// The largest output in an answer, in bytes of JSON.
pub const MAX_OUTPUT: usize = 256 * 1024;

/// The largest number of callers that wait for the end of their runs, in this process.
const WAITERS: usize = 200;

/// The callers that wait.
struct Waiters(Gate);

impl Default for Waiters {
    fn default() -> Self {
        Self(Gate::leaving_room(WAITERS))
    }
}

/// A run, and its output if there is one that fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Called {
    /// The run.
    pub run: Run,
    /// The output of a run that succeeded, unless it is longer than [`MAX_OUTPUT`].
    pub output: Option<Value>,
    /// The length of the output as JSON, in bytes.
    pub output_bytes: Option<u64>,
}

impl From<Run> for Called {
    fn from(run: Run) -> Self {
        Self {
            run,
            output: None,
            output_bytes: None,
        }
    }
}

/// Starts a run of a tool.
///
/// # Errors
/// `NOT_FOUND` if there is no such tool, and those of starting a run.
pub async fn call(
    ctx: &Ctx,
    name: &str,
    given: Map<String, Json>,
    idempotency_key: Option<String>,
) -> Result<Run> {
    ctx.authorize_anywhere(Permission::RunStart).await?;
    let tool = find(ctx, name).await?;
    let tool = tool.ok_or_else(|| AppError::not_found("tool"))?;
    let (pipeline, environment) = (tool.pipeline, tool.environment);
    // Before the version is read, which an error could tell something about.
    ctx.authorize_in(Permission::RunStart, pipeline, environment)
        .await?;
    let start = runs::Start {
        environment,
        input: StartInput::Value(input(ctx, &tool, given).await?),
        idempotency_key,
        ..runs::Start::default()
    };
    runs::start(ctx, pipeline, start).await
}

/// Waits for the end of a run that was started, at most `patience`. Without the permission to read runs, the
/// answer is the run as it was started.
pub async fn wait(ctx: &Ctx, run: Run, patience: Duration) -> Result<Called> {
    if !ctx.rights.permissions.has(Permission::RunRead) {
        return Ok(run.into());
    }
    let run = ended(ctx, run, patience).await?;
    with_output(ctx, run).await
}

/// The input of a run, from the arguments of a tool.
async fn input(ctx: &Ctx, tool: &ExposedTool, mut given: Map<String, Json>) -> Result<Json> {
    let compiled = runs::would_run(ctx, tool.pipeline, tool.environment).await?;
    let (_, is_whole) = arguments(&compiled.pipeline);
    if !is_whole {
        return Ok(Json::Object(given));
    }
    let input = given.remove(WHOLE_INPUT);
    if let Some(name) = given.keys().next() {
        let message = format!("there is no argument `{name}`");
        return Err(AppError::invalid("arguments", message));
    }
    input.ok_or_else(|| {
        AppError::invalid(
            "arguments",
            format!("`{WHOLE_INPUT}` is missing; it is the input"),
        )
    })
}

/// The run when it has ended, or as it is when the caller has waited long enough.
async fn ended(ctx: &Ctx, run: Run, patience: Duration) -> Result<Run> {
    let waiters = ctx.app.state::<Waiters>();
    let Some(_place) = waiters.0.try_acquire(ctx.org.0.as_u128()) else {
        return Ok(run);
    };
    let (id, end) = (run.id, Instant::now() + patience);
    let mut pause = Duration::from_millis(50);
    loop {
        let found = runs::get(ctx, id).await?;
        let now = Instant::now();
        if found.status.is_finished() || now >= end {
            return Ok(found);
        }
        sleep(pause.min(end - now)).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

/// A run with its output, as [`wait`] gives it.
pub async fn answer(ctx: &Ctx, id: RunId) -> Result<Called> {
    let run = runs::get(ctx, id).await?;
    with_output(ctx, run).await
}

async fn with_output(ctx: &Ctx, run: Run) -> Result<Called> {
    let mut called = Called::from(run);
    if called.run.status != runs::RunStatus::Succeeded {
        return Ok(called);
    }
    // Long values are read as references, and not at all if they do not fit.
    let values = runs::values(ctx, &[called.run.id], runs::SHOWN as usize).await?;
    let Some(output) = values.and_then(|mut all| all.pop()?.output) else {
        return Ok(called);
    };
    called.output_bytes = Some(output.size);
    if output.size > MAX_OUTPUT as u64 {
        return Ok(called);
    }
    called.output = match output.to_load() {
        None => output.value()?,
        Some(name) => {
            let found = runs::stored_values(ctx, &[name.to_owned()], MAX_OUTPUT).await?;
            let found = found.and_then(|mut found| found.pop());
            let found =
                found.ok_or_else(|| AppError::internal("the output of a run is missing"))?;
            Some(found.1)
        }
    };
    Ok(called)
}
