//! For what a firing is, and the input that its run gets from there.

use chrono::{DateTime, SecondsFormat, Utc};
use engine::{
    Map, Value,
    trigger::{RunTrigger, Trigger as Definition},
};
use types::{ErrorCode, OrgId, RunId, TriggerFiringId};
use uuid::Uuid;

use super::{entity, repo::watching};
use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
    runs::{self, Run, RunStatus},
    trigger_definitions::FOR_RUNS,
};

/// The largest output of a run that another run gets as its input, in bytes of JSON.
pub const MAX_OUTPUT: usize = 1024 * 1024;

/// How many bytes are read at most to find an output.
const ROOM: usize = 4 * MAX_OUTPUT;

/// For what a firing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// For this run, or for several of which this one was the last.
    Run(RunId),
    /// For this event.
    Event(Uuid),
}

/// For what a firing is. `None` if it is neither for runs nor for an event.
pub async fn cause(ctx: &Ctx, firing: TriggerFiringId) -> Result<Option<Cause>> {
    ctx.authorize(Permission::RunRead).await?;
    let row = watching::cause(&ctx.app, ctx.org, firing).await?;
    Ok(row.map(|row| match row.kind.as_str() {
        FOR_RUNS => Cause::Run(RunId(row.cause_id)),
        _ => Cause::Event(row.cause_id),
    }))
}

/// The cause of a firing that is about to start a run.
pub(super) async fn of(ctx: &Ctx, firing: &entity::Model) -> Result<watching::CauseRow> {
    let (org, id) = (OrgId(firing.org_id), TriggerFiringId(firing.id));
    let row = watching::cause(&ctx.app, org, id).await?;
    row.ok_or_else(|| gone("What the trigger fired for is not kept any more"))
}

pub(super) fn gone(message: &'static str) -> AppError {
    AppError::new(ErrorCode::NotFound, message)
}

/// The input of the run of a firing for runs, which are read as whoever enabled the trigger.
pub(super) async fn input_of_run(
    ctx: &Ctx,
    firing: &entity::Model,
    read: &Definition,
    run: &RunTrigger,
) -> Result<Value> {
    let cause = of(ctx, firing).await?;
    let ids: Vec<RunId> = serde_json::from_str(&cause.runs).map_err(AppError::internal)?;
    let mut all = runs::get_many(ctx, &ids).await?;
    all.sort_unstable_by_key(|run| ids.iter().position(|id| *id == run.id));
    let last = all.iter().find(|run| run.id.0 == cause.cause_id);
    let last = last.ok_or_else(|| gone("The run for which the trigger fired is gone"))?;
    let mut facts = of_run(last, firing.due_at);
    facts.insert("trigger".into(), read.name.as_str().into());
    facts.insert("count".into(), ids.len().into());
    let each = all.iter().map(|run| of_run(run, firing.due_at).into());
    facts.insert("runs".into(), each.collect::<Vec<Value>>().into());
    if run.needs_output() && last.status == RunStatus::Succeeded {
        facts.insert("output".into(), output(ctx, last.id).await?);
    }
    Ok(run.input(&read.input, &facts.into()))
}

/// The output of a run.
async fn output(ctx: &Ctx, run: RunId) -> Result<Value> {
    let too_large = || {
        let message = format!(
            "The output of the run {run} is larger than {MAX_OUTPUT} bytes, which is the most that \
             another run gets as its input"
        );
        AppError::new(ErrorCode::LimitExceeded, message)
    };
    let found = runs::values(ctx, &[run], ROOM).await?;
    let found = found.ok_or_else(too_large)?.pop();
    let Some(content) = found.and_then(|values| values.output) else {
        return Ok(Value::Null);
    };
    if content.size > MAX_OUTPUT as u64 {
        return Err(too_large());
    }
    if let Some(name) = content.to_load() {
        let names = [name.to_owned()];
        let stored = runs::stored_values(ctx, &names, ROOM).await?;
        let stored = stored.ok_or_else(too_large)?.pop();
        let stored = stored.map(|(_, value)| value);
        return stored.ok_or_else(|| AppError::internal("an artifact is missing"));
    }
    Ok(content.value()?.unwrap_or_default())
}

/// The facts of a run. One that has not ended takes until `at`.
fn of_run(run: &Run, at: DateTime<Utc>) -> Map {
    let mut facts = Map::default();
    let mut put = |name: &str, value: Value| facts.insert(name.into(), value);
    put("id", run.id.to_string().into());
    put("state", run.status.as_str().into());
    put("pipeline", run.pipeline_name.as_str().into());
    if let Some(error) = &run.error {
        let mut of_error = Map::default();
        of_error.insert("code".into(), error.code.as_str().into());
        of_error.insert("message".into(), error.message.as_str().into());
        if let Some(stage) = &error.stage {
            of_error.insert("stage".into(), stage.as_str().into());
        }
        put("error", of_error.into());
    }
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    if let Some(start) = run.started_at {
        put("started_at", time(start).into());
        let took = run.finished_at.unwrap_or(at) - start;
        put(
            "duration",
            (took.num_milliseconds() as f64 / 1_000.0).into(),
        );
    }
    if let Some(end) = run.finished_at {
        put("finished_at", time(end).into());
    }
    facts
}
