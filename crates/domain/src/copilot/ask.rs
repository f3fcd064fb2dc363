//! Asking the co-pilot, and cancelling.

use std::time::Duration;

use chrono::TimeDelta;
use engine::copilot::Task;
use serde_json::json;
use types::{CopilotExchangeId, Money, PipelineId, RunId};

use super::{
    CopilotError, Ending, Exchange, MAX_REQUEST, MOST_A_DAY, MOST_AT_ONCE, MOST_OF_ORG_AT_ONCE,
    State, entity, find, job::AskModel, own, repo, settings, task_name, trial,
};
use crate::{
    Ctx,
    access::Permission,
    audit::{self, Entry},
    drafts::{self, DraftError},
    error::{AppError, Result},
    live::Message,
    organizations,
    pipelines::{self, PipelineError},
    queue, runs, text,
};

/// A request to the co-pilot.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The revision of the draft that the caller sees.
    pub revision: i32,
    /// What is to be done.
    pub task: Task,
    /// What the person wants, in their words.
    pub request: &'a str,
    /// A run of the pipeline. If it has failed, the model is shown why.
    pub run: Option<RunId>,
}

/// Asks the co-pilot about the draft of a pipeline. The answer comes later; see [`super::events`].
pub async fn ask(ctx: &Ctx, pipeline: PipelineId, ask: Ask<'_>) -> Result<Exchange> {
    drafts::may_change(ctx, pipeline).await?;
    let asker = ctx.actor.id.ok_or(CopilotError::NoAsker)?;
    let request = request(ask.request)?;
    if pipelines::get(ctx, pipeline).await?.deleted.is_some() {
        return Err(PipelineError::Deleted.into());
    }
    let draft = drafts::get(ctx, pipeline).await?;
    let draft = draft.ok_or(DraftError::NotOpen)?;
    if draft.revision != ask.revision {
        let (asked, current) = (ask.revision, draft.revision);
        return Err(DraftError::Moved { asked, current }.into());
    }
    if let Some(run) = ask.run
        && runs::get(ctx, run).await?.pipeline != pipeline
    {
        return Err(AppError::invalid("runId", "is a run of another pipeline"));
    }
    let settings = settings::current(ctx).await?;
    let provider = ctx.app.providers().get(settings.provider.as_deref());
    provider.map_err(|error| CopilotError::NoModel(error.message))?;
    if !settings.enabled {
        return Err(CopilotError::Off.into());
    }
    let answering = trial::answering(ctx, pipeline, ask.run).await?;
    let now = ctx.clock().now();
    let id = CopilotExchangeId::new(ctx.clock());
    let row = entity::Model {
        id: id.0,
        org_id: ctx.org.0,
        pipeline_id: pipeline.0,
        task: task_name(ask.task).to_owned(),
        request,
        state: State::Writing.as_str().to_owned(),
        revision: draft.revision,
        source: draft.source.to_string(),
        run_id: ask.run.map(|run| run.0),
        provider: settings.provider,
        model: settings.model,
        written: String::new(),
        answer: None,
        accepted: "{}".to_owned(),
        problem: None,
        input_tokens: None,
        output_tokens: None,
        cost: None,
        asked_by_kind: ctx.actor.kind.as_str().to_owned(),
        asked_by: asker,
        asked_by_name: ctx.actor.name.to_string(),
        asked_at: now,
        begun_at: None,
        ended_at: None,
    };
    let tx = ctx.begin().await?;
    organizations::hold_caller(&tx, ctx).await?;
    repo::lock(&tx, ctx.org).await?;
    let (own, every) = repo::under_way(&tx, ctx.org, asker, now).await?;
    if own >= MOST_AT_ONCE {
        return Err(CopilotError::TooMany.into());
    }
    if every >= MOST_OF_ORG_AT_ONCE {
        return Err(CopilotError::TooManyOfOrg.into());
    }
    if repo::asked(&tx, ctx.org, now - TimeDelta::days(1)).await? >= MOST_A_DAY {
        return Err(CopilotError::TooManyToday.into());
    }
    if let Some(budget) = settings.daily_budget {
        let spent = Money(repo::spent(&tx, ctx.org, now - TimeDelta::days(1)).await?);
        if spent >= budget {
            return Err(CopilotError::Spent { spent, budget }.into());
        }
    }
    repo::insert(&tx, &row).await?;
    let job = AskModel {
        exchange: id,
        answering,
    };
    queue::enqueue(&tx, ctx, &job, Duration::ZERO).await?;
    let detail = json!({
        "pipeline": pipeline,
        "task": row.task,
        "revision": row.revision,
        "requestBytes": row.request.len(),
        "sourceBytes": row.source.len(),
        "run": ask.run,
        "provider": row.provider,
        "model": row.model,
    });
    let entry = Entry::new("copilot.ask", "copilot_exchange", id).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tx.commit().await?;
    Exchange::of(row, now)
}

/// Cancels an exchange of the caller's own. One that has ended stays as it is.
pub async fn cancel(ctx: &Ctx, id: CopilotExchangeId) -> Result<Exchange> {
    ctx.authorize(Permission::PipelineRead).await?;
    ctx.authorize_anywhere(Permission::PipelineWrite).await?;
    let exchange = own(ctx, id).await?;
    ctx.authorize_on(Permission::PipelineWrite, exchange.pipeline)
        .await?;
    if exchange.state != State::Writing {
        return Ok(exchange);
    }
    let ending = Ending::without(State::Cancelled, None);
    let tx = ctx.begin().await?;
    if repo::end(&tx, ctx, id, &ending, ctx.clock().now()).await? {
        let entry = Entry::new("copilot.cancel", "copilot_exchange", id);
        audit::write(&tx, ctx, entry).await?;
        tx.commit().await?;
        ctx.app.live().publish(Message::CopilotEnded(id));
    } else {
        tx.rollback().await?;
    }
    find(ctx, id).await
}

/// What the person wants. It is theirs, so it may have any lines and letters.
fn request(words: &str) -> Result<String> {
    let words = words.trim();
    text::no_nul("request", words)?;
    let length = words.chars().count();
    match length {
        0 => Err(AppError::invalid("request", "must not be empty")),
        1..=MAX_REQUEST => Ok(words.to_owned()),
        _ => Err(AppError::invalid(
            "request",
            format!("has {length} characters; at most {MAX_REQUEST} are allowed"),
        )),
    }
}
