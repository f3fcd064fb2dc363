//! What is proved about the pieces of a proposal, against the text that the model was given.
//!
//! It takes processor time, so it is done in the organization's turn.

use components::run_plan::BuiltIn;
use engine::{
    copilot::{Cost, Ground, Judged, Look, Proven, Suspicion, Trial, prove},
    diff::Difference,
    edit::Edit,
    run_plan,
};
use types::{Money, sentence};

use super::{Answer, Exchange};
use crate::{App, Ctx, access::Permission, error::Result, pipelines};

/// A piece of a proposal, with what is proved about it.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Its number, from 0.
    pub index: usize,
    /// What the model calls it.
    pub title: String,
    /// The change.
    pub edits: Vec<Edit>,
    /// What differs after it; `None` if it cannot be accepted.
    pub difference: Option<Difference>,
    /// What the model says is true after it, and whether it is; `None` if that was not judged.
    pub claims: Vec<(String, Option<bool>)>,
    /// Why it needs a look of its own: after the pieces before it, or without them.
    pub looks: Vec<Look>,
    /// Why it cannot be accepted after those before it.
    pub refused: Option<String>,
    /// What a run does differently, what it costs, and what can go wrong, in sentences.
    pub plan: Vec<String>,
    /// What a run costs in calls to models at most, before it and after it; `None` if it cannot be accepted.
    pub cost: Option<Cost>,
    /// What the checks and a dry run say, after the pieces before it; `None` if it was not tried out.
    pub trial: Option<Trial>,
    /// The revision of the draft as which it was accepted.
    pub accepted_at: Option<i32>,
}

/// The pieces of the proposal of an exchange, each proved with those before it. Empty without a proposal.
pub async fn pieces(ctx: &Ctx, exchange: &Exchange) -> Result<Vec<Proof>> {
    ctx.authorize(Permission::PipelineRead).await?;
    let Some(answer) = exchange.answer.clone() else {
        return Ok(Vec::new());
    };
    let (app, source) = (ctx.app.clone(), exchange.source.clone());
    let proved = pipelines::in_turn(&ctx.app, ctx.org, move || Ok(all(&app, &source, &answer)));
    let mut proved = proved.await?;
    for proof in &mut proved {
        proof.accepted_at = exchange.accepted.get(&proof.index).copied();
    }
    Ok(proved)
}

/// Calls `work` with what a proof needs to know besides the text.
pub(super) fn with_ground<T>(
    app: &App,
    suspicions: &[Suspicion],
    work: impl FnOnce(&Ground<'_>) -> T,
) -> T {
    let outside = BuiltIn {
        providers: app.providers(),
        // They are the operator's, and may be names of a private network.
        show_provider_hosts: false,
    };
    work(&Ground {
        registry: app.registry(),
        outside: &outside,
        suspicions,
        // It was tried out before it was shown (`trial`).
        rehearse: None,
    })
}

fn all(app: &App, source: &str, answer: &Answer) -> Vec<Proof> {
    with_ground(app, &answer.suspicions, |ground| {
        let mut text = source.to_owned();
        let mut out = Vec::new();
        for (index, piece) in answer.proposal.pieces.iter().enumerate() {
            let proven = prove(&text, piece, ground);
            let mut proof = Proof {
                index,
                title: piece.title.clone(),
                edits: piece.edits.clone(),
                difference: None,
                claims: Vec::new(),
                looks: Vec::new(),
                refused: None,
                plan: Vec::new(),
                cost: None,
                trial: None,
                accepted_at: None,
            };
            // Somebody may accept it without those before it.
            if text != source
                && let Ok(alone) = prove(source, piece, ground)
            {
                proof.looks = alone.looks;
            }
            match proven {
                Ok(proven) => {
                    proof.plan = plan(&proven);
                    proof.claims = proven.claims.iter().map(claim).collect();
                    for look in proven.looks {
                        if !proof.looks.contains(&look) {
                            proof.looks.push(look);
                        }
                    }
                    proof.difference = Some(proven.difference);
                    proof.cost = Some(proven.cost);
                    proof.trial = answer.trials.pieces.get(index).cloned().flatten();
                    proof
                        .looks
                        .extend(proof.trial.as_ref().and_then(Look::worse));
                    text = proven.text;
                }
                Err(refusal) => {
                    proof.refused = Some(refusal.sentence());
                    let claims = piece.claims.iter();
                    proof.claims = claims
                        .map(|claim| (sentence(&claim.sentence()).into_owned(), None))
                        .collect();
                }
            }
            out.push(proof);
        }
        out
    })
}

/// A claim as a sentence, and whether it is true.
pub(super) fn claim(judged: &Judged) -> (String, Option<bool>) {
    let text = sentence(&judged.sentence).into_owned();
    (text, Some(judged.holds))
}

fn plan(proven: &Proven) -> Vec<String> {
    let mut out = Vec::new();
    if !proven.plan.is_empty() {
        let lines = run_plan::changes_text(&proven.plan);
        out.extend(lines.lines().map(str::to_owned));
    }
    let (before, after) = (proven.cost.before, proven.cost.after);
    if before != after {
        out.push(format!(
            "Models cost {} a run; before, {}",
            cost(after),
            cost(before)
        ));
    }
    let risks = proven.risks.iter();
    out.extend(risks.map(|risk| format!("Risk: {}", risk.sentence())));
    out
}

fn cost(cost: Option<Money>) -> String {
    cost.map_or_else(
        || "an unknown amount".to_owned(),
        |cost| format!("at most {cost}"),
    )
}
