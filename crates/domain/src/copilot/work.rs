//! The worker's side of an exchange: asks the model, tells what it writes, and stores its answer.

use std::time::Duration;

use components::copilot::{Exchange as Asked, propose};
use engine::{
    advice::Cause,
    component::StageError,
    copilot::{DEFAULT_BUDGET, Material, without_hidden},
};
use parking_lot::Mutex;
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval};
use types::{CopilotExchangeId, ErrorCode, RunId};
use uuid::Uuid;

use super::{
    Answer, Ending, STOPPED, State, abandoned,
    entity::Model,
    repo, task_of,
    trial::{self, Trials},
};
use crate::{
    Ctx,
    audit::{self, Entry},
    error::{AppError, Result},
    live::{Message, Topic},
    runs,
};

/// How long text is collected before it is told.
const GATHER: Duration = Duration::from_millis(100);

/// How often what was written is stored, and whether somebody has cancelled is looked up.
const STORE: Duration = Duration::from_secs(1);

/// How long the model may take, both calls together.
const LONGEST: Duration = Duration::from_secs(300);

/// The longest text that is kept of what a model writes, in bytes.
const MOST_WRITTEN: usize = 256 * 1024;

/// Does the work of an exchange, unless that was begun before. `answering`: the run whose outputs are the answers
/// when the proposal is tried out.
pub async fn work(ctx: &Ctx, id: CopilotExchangeId, answering: Option<RunId>) -> Result<()> {
    let Some(row) = repo::find(ctx, id).await? else {
        return Ok(());
    };
    if State::stored(&row.state)? != State::Writing {
        return Ok(());
    }
    if let Some(why) = abandoned(&row, ctx.clock().now()) {
        return end(ctx, &row, &failed(why)).await;
    }
    if !begin(ctx, id).await? {
        return end(ctx, &row, &failed(STOPPED)).await;
    }
    let ending = match answered(ctx, &row, answering).await {
        Ok(Some(ending)) => ending,
        // Somebody has cancelled it.
        Ok(None) => return Ok(()),
        Err(error) => failed(error.message),
    };
    end(ctx, &row, &ending).await
}

fn failed(problem: impl Into<String>) -> Ending {
    // Some of it may be the answer of a model server.
    let problem = without_hidden(&problem.into()).replace('\n', " ");
    Ending::without(State::Failed, Some(problem.chars().take(2_000).collect()))
}

async fn begin(ctx: &Ctx, id: CopilotExchangeId) -> Result<bool> {
    let tx = ctx.begin().await?;
    let begun = repo::begin(&tx, ctx, id, ctx.clock().now()).await?;
    tx.commit().await?;
    Ok(begun)
}

async fn end(ctx: &Ctx, row: &Model, ending: &Ending) -> Result<()> {
    let id = CopilotExchangeId(row.id);
    let tx = ctx.begin().await?;
    if repo::end(&tx, ctx, id, ending, ctx.clock().now()).await? {
        let detail = json!({
            "state": ending.state.as_str(),
            "askedBy": row.asked_by_name,
            "provider": row.provider,
            "model": ending.model,
            "inputTokens": ending.input_tokens,
            "outputTokens": ending.output_tokens,
            "costMicros": ending.cost,
            "writtenBytes": ending.written.as_ref().map(String::len),
        });
        let entry = Entry::new("copilot.answer", "copilot_exchange", id).detail(detail);
        audit::write(&tx, ctx, entry).await?;
    }
    tx.commit().await?;
    ctx.app.live().publish(Message::CopilotEnded(id));
    Ok(())
}

/// What the model has written so far.
#[derive(Default)]
struct Written(Mutex<String>);

impl Written {
    fn take(&self, text: &str) {
        let text = without_hidden(text);
        let mut written = self.0.lock();
        if written.len() + text.len() <= MOST_WRITTEN {
            written.push_str(&text);
        }
    }

    fn text(&self) -> String {
        self.0.lock().clone()
    }

    /// Tells what was written after this many bytes, and returns how many there are now.
    fn tell(&self, ctx: &Ctx, exchange: CopilotExchangeId, after: usize) -> usize {
        let (text, all) = {
            let written = self.0.lock();
            let new = written.get(after..).unwrap_or_default();
            (new.to_owned(), written.len())
        };
        if !text.is_empty() {
            let at = u64::try_from(after).unwrap_or(u64::MAX);
            ctx.app
                .live()
                .publish(Message::CopilotText { exchange, at, text });
        }
        all
    }
}

/// Asks the model. `None`: somebody has cancelled the exchange meanwhile.
async fn answered(ctx: &Ctx, row: &Model, answering: Option<RunId>) -> Result<Option<Ending>> {
    let id = CopilotExchangeId(row.id);
    let provider = ctx.app.providers().get(row.provider.as_deref());
    let provider =
        provider.map_err(|error| AppError::new(ErrorCode::ProviderNotConfigured, error.message))?;
    let cause = cause(ctx, row.run_id).await?;
    let material = Material {
        task: task_of(&row.task)?,
        words: &row.request,
        source: &row.source,
        selected: None,
        failure: cause.as_ref(),
        documents: &[],
        budget: DEFAULT_BUDGET,
    };
    let written = Written::default();
    let sink = |text: &str| written.take(text);
    let registry = ctx.app.registry();
    let asking = propose(&*provider, row.model.clone(), &material, registry, &sink);
    tokio::pin!(asking);
    // Subscribed before the first look, so that no cancellation is missed.
    let mut live = ctx.app.live().subscribe(Topic::Copilot(id));
    let mut tick = interval(GATHER);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let begun = Instant::now();
    let (mut told, mut stored_at) = (0, begun);
    let asked = loop {
        tokio::select! {
            asked = &mut asking => break asked,
            message = live.next() => {
                let own = matches!(message, Message::CopilotText { .. });
                if !own && !is_writing(ctx, id).await? {
                    return Ok(None);
                }
            }
            _ = tick.tick() => {
                told = written.tell(ctx, id, told);
                if begun.elapsed() > LONGEST {
                    let mut ending = failed(format!(
                        "The model has not answered within {} seconds",
                        LONGEST.as_secs()
                    ));
                    ending.written = Some(written.text());
                    return Ok(Some(ending));
                }
                if stored_at.elapsed() >= STORE {
                    stored_at = Instant::now();
                    if !store(ctx, id, &written.text()).await? {
                        return Ok(None);
                    }
                }
            }
        }
    };
    written.tell(ctx, id, told);
    let proposal = asked
        .as_ref()
        .ok()
        .and_then(|asked| asked.proposal.as_ref().ok());
    let trials = match proposal {
        Some(proposal) => trial::of(ctx, row, proposal, answering).await,
        None => Trials::default(),
    };
    ending(asked, written.text(), trials).map(Some)
}

fn ending(asked: Result<Asked, StageError>, written: String, trials: Trials) -> Result<Ending> {
    let asked = match asked {
        Ok(asked) => asked,
        Err(error) => {
            let mut ending = failed(error.message);
            ending.written = Some(written);
            return Ok(ending);
        }
    };
    let mut ending = match asked.proposal {
        Ok(proposal) => {
            let answer = Answer {
                proposal,
                suspicions: asked.brief.suspicions,
                trials,
            };
            let mut ending = Ending::without(State::Done, None);
            ending.answer = Some(serde_json::to_string(&answer).map_err(AppError::internal)?);
            ending
        }
        Err(malformed) => failed(format!("The model's answer cannot be used: {malformed}")),
    };
    let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
    ending.written = Some(written);
    // The name is what the endpoint answers.
    let model = without_hidden(&asked.model).replace('\n', " ");
    ending.model = Some(model.chars().take(200).collect());
    ending.input_tokens = asked.usage.prompt_tokens.map(count);
    ending.output_tokens = asked.usage.completion_tokens.map(count);
    ending.cost = asked.usage.cost.map(|cost| cost.0);
    Ok(ending)
}

async fn is_writing(ctx: &Ctx, id: CopilotExchangeId) -> Result<bool> {
    let head = repo::head(ctx, id).await?;
    Ok(head.is_some_and(|head| head.state == State::Writing.as_str()))
}

/// `false`: the exchange has ended.
async fn store(ctx: &Ctx, id: CopilotExchangeId, written: &str) -> Result<bool> {
    let tx = ctx.begin().await?;
    let writing = repo::write(&tx, ctx, id, written).await?;
    tx.commit().await?;
    Ok(writing)
}

/// Why the run failed, if it did. It has no values of the run, and what it quotes is masked before a model
/// gets it.
async fn cause(ctx: &Ctx, run: Option<Uuid>) -> Result<Option<Cause>> {
    match run {
        Some(run) => runs::view(ctx, RunId(run)).await?.cause(ctx).await,
        None => Ok(None),
    }
}
