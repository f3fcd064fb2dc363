//! Tries a proposal out before anybody sees it: a dry run of the draft with each piece, after those before it,
//! and with all of them. Nothing is written but the exchange, and no run is made.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use components::copilot::fit;
use engine::{
    copilot::{Answers, Proposal, Rehearsal, Trial, Tried, is_answered, prove},
    run::Asked,
};
use serde::{Deserialize, Serialize};
use types::{PipelineId, RunId};

use super::{entity::Model, proof::with_ground};
use crate::{Ctx, access::Permission, drafts, error::Result, filled, pipelines, runs};

/// How long the dry runs of a proposal may take together. Pieces that are left then are not tried out.
const LONGEST: Duration = Duration::from_secs(20);

/// The longest journal whose outputs are used, in events.
const MAX_EVENTS: i64 = 50_000;

/// What was found out about a proposal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Trials {
    /// For each piece, after those before it; `None` if it was not tried out.
    pub pieces: Vec<Option<Trial>>,
    /// For all pieces that can be accepted, together.
    pub together: Option<Trial>,
}

/// The run whose outputs are the answers in dry runs: the one that the person has named, or the last one that
/// succeeded, if the person may read it.
pub(super) async fn answering(
    ctx: &Ctx,
    pipeline: PipelineId,
    named: Option<RunId>,
) -> Result<Option<RunId>> {
    if named.is_some() || !ctx.rights.permissions.has(Permission::RunRead) {
        return Ok(named);
    }
    let last = filled::last(ctx, pipeline).await?;
    Ok(last.map(|run| run.id))
}

/// Tries the pieces out. A failure to do so is no failure of the exchange.
pub(super) async fn of(
    ctx: &Ctx,
    row: &Model,
    proposal: &Proposal,
    answering: Option<RunId>,
) -> Trials {
    match all(ctx, row, proposal, answering).await {
        Ok(trials) => trials,
        Err(error) => {
            tracing::warn!(%error, "a proposal of the co-pilot cannot be tried out");
            Trials::default()
        }
    }
}

async fn all(
    ctx: &Ctx,
    row: &Model,
    proposal: &Proposal,
    answering: Option<RunId>,
) -> Result<Trials> {
    let begun = Instant::now();
    let (app, source, proposed) = (ctx.app.clone(), row.source.clone(), proposal.clone());
    let texts = pipelines::in_turn(&ctx.app, ctx.org, move || {
        let proposal = &proposed;
        Ok(with_ground(&app, &[], |ground| {
            let mut text = source;
            let after = proposal.pieces.iter().map(|piece| {
                let proven = prove(&text, piece, ground).ok()?;
                text.clone_from(&proven.text);
                Some(proven.text)
            });
            after.collect::<Vec<Option<String>>>()
        }))
    })
    .await?;
    if texts.iter().all(Option::is_none) {
        return Ok(Trials::default());
    }
    let mut answers = match answering {
        // Without them, placeholders are the answers.
        Some(run) => recorded(ctx, run).await.unwrap_or_default(),
        None => Answers::default(),
    };
    for pin in drafts::pins(ctx, PipelineId(row.pipeline_id)).await? {
        answers.pin(&pin.stage, pin.output);
    }
    let first = tried(ctx, row.source.clone(), &answers).await?;
    let mut before = first.clone();
    let (mut trials, mut complete) = (Trials::default(), true);
    for text in texts {
        let text = match text {
            Some(text) if begun.elapsed() < LONGEST => text,
            left => {
                complete &= left.is_none();
                trials.pieces.push(None);
                continue;
            }
        };
        let after = tried(ctx, text, &answers).await?;
        trials.pieces.push(Some(Trial::between(&before, &after)));
        before = after;
    }
    trials.together = complete.then(|| Trial::between(&first, &before));
    Ok(trials)
}

/// Tries a text out. What takes processor time is done on a thread for that, and the dry run has limits of its own.
async fn tried(ctx: &Ctx, text: String, answers: &Answers) -> Result<Tried> {
    let (app, answers) = (ctx.app.clone(), answers.clone());
    let rehearsal = pipelines::in_turn(&ctx.app, ctx.org, move || {
        Ok(Rehearsal::of(&text, app.registry(), &answers, fit))
    });
    let rehearsal = rehearsal.await?;
    let rehearsed = rehearsal.run(ctx.org.0.as_u128(), ctx.clock().now()).await;
    pipelines::in_turn(&ctx.app, ctx.org, move || {
        Ok(rehearsal.tried(rehearsed, fit))
    })
    .await
}

/// What a run has recorded for the stages that a dry run answers for.
async fn recorded(ctx: &Ctx, run: RunId) -> Result<Answers> {
    let run = runs::get(ctx, run).await?;
    if run.last_seq > MAX_EVENTS {
        return Ok(Answers::default());
    }
    let details = runs::view_of(ctx, run).await?;
    let registry = ctx.app.registry();
    let stages = details.compiled.pipeline.stages.iter();
    let answered: Vec<(String, String)> = stages
        .filter(|stage| {
            registry
                .get(&stage.component.value)
                .is_some_and(is_answered)
        })
        .map(|stage| (stage.id.value.clone(), stage.component.value.clone()))
        .collect();
    let asked = Asked {
        stages: Some(answered.iter().map(|(id, _)| id.clone()).collect()),
        names: HashSet::new(),
    };
    // No stage has this id, so that the outputs are those at the end of the run.
    let recorded = details.recorded(ctx, "", &asked).await?;
    let mut answers = Answers::of(recorded.input().clone());
    for (id, component) in &answered {
        if let Some(output) = recorded.output(id).filter(|_| !recorded.is_skipped(id)) {
            answers.add(id, component, output.clone());
        }
    }
    Ok(answers)
}
