//! Accepting pieces of a proposal: a person's own change of the draft, made of the pieces' edits.
//!
//! The edits were made against the revision that the model was given, and are moved over what was changed since,
//! as those of `editDraft` are. Before they are written, they are proved once more against the text of that
//! moment: it must stay without errors, and ask for no look that the person was not shown. A piece that needs one
//! that was accepted before is moved from there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use engine::{
    copilot::{Look, Piece, prove, read_back},
    edit::{self, Edit},
};
use serde_json::json;
use types::{CopilotExchangeId, PipelineId};

use super::{
    Answer, CopilotError, Exchange, own, pieces,
    proof::{claim, with_ground},
    repo,
};
use crate::{
    Ctx,
    access::Permission,
    audit::{self, Entry},
    drafts::{self, Check, DraftError, Outcome},
    error::{AppError, Result},
    pipelines,
};

/// How often it is tried to note what was accepted, if other pieces are accepted at the same time.
const ATTEMPTS: usize = 5;

/// The pieces that a person accepts.
#[derive(Clone, Copy, Debug)]
pub struct Accept<'a> {
    /// The numbers of the pieces, from 0. They become one change.
    pub pieces: &'a [i32],
    /// The numbers of those whose looks the person has confirmed one by one.
    pub looked: &'a [i32],
    /// The revision of the draft that the person has seen.
    pub revision: i32,
    /// The id of the change; see [`drafts::edit`].
    pub change_id: &'a str,
}

/// What became of accepting pieces.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The draft, and the change or where it meets those of others.
    pub outcome: Outcome,
    /// What the model said about the pieces, judged against the draft as it was read back. Empty if nothing was
    /// accepted.
    pub claims: Vec<(String, Option<bool>)>,
}

/// Accepts pieces of a proposal that the caller has asked for. Only a person can.
pub async fn accept(ctx: &Ctx, id: CopilotExchangeId, accept: Accept<'_>) -> Result<Accepted> {
    ctx.authorize(Permission::PipelineRead).await?;
    ctx.authorize_anywhere(Permission::PipelineWrite).await?;
    let exchange = own(ctx, id).await?;
    drafts::may_change(ctx, exchange.pipeline).await?;
    ctx.require_person(Permission::PipelineWrite).await?;
    let answer = exchange.answer.clone().ok_or(CopilotError::NoProposal)?;
    let chosen = numbers("pieces", accept.pieces, &answer)?;
    let looked = numbers("looked", accept.looked, &answer)?;
    let draft = drafts::get(ctx, exchange.pipeline).await?;
    let draft = draft.ok_or(DraftError::NotOpen)?;
    if accept.revision > draft.revision {
        let (asked, current) = (accept.revision, draft.revision);
        return Err(DraftError::Ahead { asked, current }.into());
    }
    if accept.revision < exchange.revision {
        let why = "is before the revision that the model was given";
        return Err(AppError::invalid("revision", why));
    }
    if chosen.is_empty() {
        return Err(AppError::invalid("pieces", "must not be empty"));
    }
    let confirmed = confirmed(ctx, &exchange, &chosen, &looked).await?;
    let together = together(&answer, &chosen);
    let base = base(ctx, &exchange, &chosen, &together).await?;
    let check = check(ctx, &answer, &together, confirmed);
    let change = (base, together.edits.clone());
    let outcome =
        drafts::edit_checked(ctx, exchange.pipeline, change, accept.change_id, check).await?;
    if !outcome.conflicts.is_empty() {
        return Ok(Accepted {
            outcome,
            claims: Vec::new(),
        });
    }
    if let Some(change) = &outcome.change {
        note(ctx, &exchange, &chosen, change.revision).await?;
    }
    let claims = stored(ctx, exchange.pipeline, &answer, together).await?;
    Ok(Accepted { outcome, claims })
}

/// The numbers of pieces in a request, checked.
fn numbers(field: &'static str, asked: &[i32], answer: &Answer) -> Result<BTreeSet<usize>> {
    let count = answer.proposal.pieces.len();
    let number = |piece: &i32| {
        let found = usize::try_from(*piece).ok().filter(|at| *at < count);
        found.ok_or_else(|| {
            let piece = *piece;
            AppError::from(CopilotError::NoPiece { field, piece })
        })
    };
    asked.iter().map(number).collect()
}

/// What the person was shown and has confirmed of the pieces' looks.
async fn confirmed(
    ctx: &Ctx,
    exchange: &Exchange,
    chosen: &BTreeSet<usize>,
    looked: &BTreeSet<usize>,
) -> Result<Vec<Look>> {
    let proofs = pieces(ctx, exchange).await?;
    let chosen = proofs
        .into_iter()
        .filter(|proof| chosen.contains(&proof.index));
    let (mut confirmed, mut missing) = (Vec::new(), Vec::new());
    for proof in chosen {
        if looked.contains(&proof.index) {
            confirmed.extend(proof.looks);
        } else if !proof.looks.is_empty() {
            missing.push(proof.index);
        }
    }
    match missing.is_empty() {
        true => Ok(confirmed),
        false => Err(CopilotError::LookNeeded(missing).into()),
    }
}

/// The chosen pieces as one.
fn together(answer: &Answer, chosen: &BTreeSet<usize>) -> Piece {
    let mut out = Piece::default();
    for number in chosen {
        if let Some(piece) = answer.proposal.pieces.get(*number) {
            out.edits.extend(piece.edits.iter().cloned());
            out.claims.extend(piece.claims.iter().cloned());
        }
    }
    out
}

/// The revision that the edits are for: the one that the model was given, or, if they need other pieces that were
/// accepted before, the one after these.
async fn base(
    ctx: &Ctx,
    exchange: &Exchange,
    chosen: &BTreeSet<usize>,
    together: &Piece,
) -> Result<i32> {
    let before = exchange.accepted.iter();
    let before = before.filter(|(number, _)| !chosen.contains(*number));
    let Some(last) = before.map(|(_, revision)| *revision).max() else {
        return Ok(exchange.revision);
    };
    let (app, source, edits) = (
        ctx.app.clone(),
        exchange.source.clone(),
        together.edits.clone(),
    );
    let fits = pipelines::in_turn(&ctx.app, ctx.org, move || {
        Ok(edit::apply(&source, &edits, app.registry()).is_ok())
    });
    Ok(match fits.await? {
        true => exchange.revision,
        false => last,
    })
}

/// Proves the change against the text of the moment at which it is written.
fn check(ctx: &Ctx, answer: &Arc<Answer>, together: &Piece, confirmed: Vec<Look>) -> Check {
    let (app, answer, claims) = (ctx.app.clone(), answer.clone(), together.claims.clone());
    Arc::new(move |before: &str, edits: &[Edit]| -> Result<()> {
        let piece = Piece {
            title: String::new(),
            edits: edits.to_vec(),
            claims: claims.clone(),
        };
        let proven = with_ground(&app, &answer.suspicions, |ground| {
            prove(before, &piece, ground)
        });
        let proven = proven.map_err(|refusal| CopilotError::Refused(refusal.sentence()))?;
        let new = proven.looks.iter().filter(|look| !shown(look, &confirmed));
        let new: Vec<String> = new.map(Look::sentence).collect();
        match new.is_empty() {
            true => Ok(()),
            false => Err(CopilotError::NewLooks(new).into()),
        }
    })
}

/// Whether a reason for a look is among those that were confirmed.
fn shown(look: &Look, confirmed: &[Look]) -> bool {
    let Look::Removes { stages } = look else {
        return confirmed.contains(look);
    };
    // Pieces that were shown one by one remove them together.
    stages.iter().all(|stage| {
        confirmed
            .iter()
            .any(|one| matches!(one, Look::Removes { stages } if stages.contains(stage)))
    })
}

/// Notes that pieces were accepted, with an audit row. Nothing is done if that was noted before.
async fn note(
    ctx: &Ctx,
    exchange: &Exchange,
    chosen: &BTreeSet<usize>,
    revision: i32,
) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let row = repo::find(ctx, exchange.id).await?;
        let before = row.ok_or(CopilotError::NotFound)?.accepted;
        let mut accepted: BTreeMap<usize, i32> =
            serde_json::from_str(&before).map_err(AppError::internal)?;
        let known = chosen
            .iter()
            .all(|number| accepted.get(number) == Some(&revision));
        if known {
            return Ok(());
        }
        accepted.extend(chosen.iter().map(|number| (*number, revision)));
        let after = serde_json::to_string(&accepted).map_err(AppError::internal)?;
        let tx = ctx.begin().await?;
        if repo::accept(&tx, ctx, exchange.id, (&before, &after)).await? {
            let detail = json!({
                "pipeline": exchange.pipeline,
                "revision": revision,
                "pieces": chosen,
            });
            let entry = Entry::new("copilot.accept", "copilot_exchange", exchange.id);
            audit::write(&tx, ctx, entry.detail(detail)).await?;
            tx.commit().await?;
            return Ok(());
        }
        tx.rollback().await?;
    }
    Err(DraftError::Busy.into())
}

/// Reads the draft back, and judges the claims against it.
async fn stored(
    ctx: &Ctx,
    pipeline: PipelineId,
    answer: &Arc<Answer>,
    together: Piece,
) -> Result<Vec<(String, Option<bool>)>> {
    let draft = drafts::get(ctx, pipeline).await?;
    let source = draft.ok_or(DraftError::NotOpen)?.source;
    let (app, answer) = (ctx.app.clone(), answer.clone());
    pipelines::in_turn(&ctx.app, ctx.org, move || {
        let judged = with_ground(&app, &answer.suspicions, |ground| {
            read_back(&source, [&together], ground)
        });
        Ok(judged.iter().map(claim).collect())
    })
    .await
}
