//! Pinned outputs: what a stage has in runs of the draft, instead of being executed.
//!
//! A pin belongs to the draft, not to a person, and is no part of its text: it is in no version, and runs of
//! versions know nothing of it. It follows a stage that is renamed. Of a stage that was removed it stays, so
//! that undoing brings it back, and does nothing meanwhile.

use chrono::{DateTime, Utc};
use engine::{
    Value,
    edit::Edit,
    run::{Pinned, RowValue},
};
use serde_json::{Value as Json, json};
use types::{ErrorCode, PipelineId, RunId};

use super::{
    DraftError,
    edit::opened,
    repo::pins::{self as rows, PinRow},
    rights,
};
use crate::{
    Ctx, Tx,
    access::Permission,
    audit::{self, Entry},
    ctx::ActorKind,
    error::{AppError, Result},
    live::Message,
    pipelines::{self, Author},
    runs, text,
};

/// The largest number of pins that a draft has.
pub const MAX_PINS: usize = 50;

/// The largest pinned output, in bytes of JSON.
pub const MAX_PIN: usize = 256 * 1024;

/// A pinned output.
#[derive(Clone, Debug, PartialEq)]
pub struct Pin {
    /// The stage's id.
    pub stage: String,
    /// The output.
    pub output: Value,
    /// The length of its JSON, in bytes.
    pub bytes: usize,
    /// Who pinned it.
    pub by: Author,
    /// When that was.
    pub at: DateTime<Utc>,
}

impl TryFrom<PinRow> for Pin {
    type Error = AppError;

    fn try_from(row: PinRow) -> Result<Self> {
        Ok(Self {
            output: Value::parse_json(&row.output).map_err(AppError::internal)?,
            bytes: row.output.len(),
            stage: row.stage,
            by: Author {
                kind: ActorKind::parse(&row.pinned_by_kind).unwrap_or(ActorKind::System),
                name: row.pinned_by_name,
            },
            at: row.pinned_at,
        })
    }
}

/// An output to pin.
#[derive(Clone, Debug)]
pub enum PinOutput {
    /// This value.
    Value(Json),
    /// What the stage gave in a run of the pipeline.
    OfRun(RunId),
}

/// The pins of a pipeline's draft, by the names of the stages.
pub async fn pins(ctx: &Ctx, pipeline: PipelineId) -> Result<Vec<Pin>> {
    ctx.authorize_on(Permission::PipelineRead, pipeline).await?;
    let rows = rows::list(ctx, pipeline).await?;
    rows.into_iter().map(Pin::try_from).collect()
}

/// Pins the output of a stage. It replaces an earlier pin.
pub async fn pin(ctx: &Ctx, pipeline: PipelineId, stage: &str, output: PinOutput) -> Result<Pin> {
    rights::may_change(ctx, pipeline).await?;
    let (row, _) = opened(ctx, pipeline).await?;
    let compiled = pipelines::validate(ctx, &row.source).await?;
    let known = compiled.is_ok_and(|compiled| {
        let mut stages = compiled.pipeline.stages.iter();
        stages.any(|one| one.id.value == stage)
    });
    if !known {
        return Err(AppError::invalid(
            "stage",
            format!("the draft has no stage `{stage}`"),
        ));
    }
    let value = match output {
        PinOutput::OfRun(run) => runs::output_of(ctx, run, pipeline, stage, MAX_PIN as u64).await?,
        PinOutput::Value(json) => {
            text::json_no_nul("output", &json)?;
            Value::from_json(&json)
                .map_err(|e| AppError::new(ErrorCode::ValueOutOfRange, format!("output: {e}")))?
        }
    };
    let json = value.to_json();
    if json.len() > MAX_PIN {
        return Err(DraftError::PinTooLarge(json.len()).into());
    }
    let made = PinRow {
        stage: stage.to_owned(),
        output: json,
        pinned_by_kind: ctx.actor.kind.as_str().to_owned(),
        pinned_by_name: ctx.actor.name.to_string(),
        pinned_at: ctx.clock().now(),
    };
    let tx = rights::begin(ctx, pipeline).await?;
    rows::lock(&tx, pipeline).await?;
    if rows::others(&tx, ctx, pipeline, stage).await? >= MAX_PINS as i64 {
        tx.rollback().await?;
        return Err(DraftError::TooManyPins.into());
    }
    rows::write(&tx, ctx, pipeline, &made).await?;
    // Journals refer to it if it is large.
    if let RowValue::Stored { sha256, body, .. } = RowValue::of(&value) {
        runs::write_artifact(&tx, ctx.org, &sha256, &body).await?;
    }
    let detail = json!({ "stage": stage, "bytes": made.output.len() });
    let entry = Entry::new("draft.pin", "pipeline", pipeline).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tell(&tx, ctx, pipeline, (stage, true));
    tx.commit().await?;
    made.try_into()
}

/// Removes the pin of a stage, which need not be in the draft any more.
pub async fn unpin(ctx: &Ctx, pipeline: PipelineId, stage: &str) -> Result<()> {
    rights::may_change(ctx, pipeline).await?;
    opened(ctx, pipeline).await?;
    let tx = rights::begin(ctx, pipeline).await?;
    if !rows::remove(&tx, ctx, pipeline, stage).await? {
        tx.rollback().await?;
        return Err(DraftError::NotPinned(stage.to_owned()).into());
    }
    let detail = json!({ "stage": stage });
    let entry = Entry::new("draft.unpin", "pipeline", pipeline).detail(detail);
    audit::write(&tx, ctx, entry).await?;
    tell(&tx, ctx, pipeline, (stage, false));
    tx.commit().await?;
    Ok(())
}

/// Tells those who have the draft open, once the transaction is committed.
fn tell(tx: &Tx, ctx: &Ctx, pipeline: PipelineId, (stage, pinned): (&str, bool)) {
    let (live, stage) = (ctx.app.live().clone(), stage.to_owned());
    tx.after_commit(move || {
        live.publish(Message::DraftPinned {
            pipeline,
            stage,
            pinned,
        });
    });
}

/// The pins as the journal of a run has them: a large output is a reference.
pub(super) async fn journalled(ctx: &Ctx, pipeline: PipelineId) -> Result<Vec<Pinned>> {
    let pins = pins(ctx, pipeline).await?;
    pins.into_iter()
        .map(|pin| {
            let output = match RowValue::of(&pin.output) {
                RowValue::Inline(_) => pin.output,
                stored @ RowValue::Stored { .. } => {
                    Value::parse_json(stored.row()).map_err(AppError::internal)?
                }
            };
            Ok(Pinned {
                stage: pin.stage.into(),
                output,
            })
        })
        .collect()
}

/// Lets the pins follow the stages that a change renames, in the transaction of the change.
pub(super) async fn follow(tx: &Tx, ctx: &Ctx, pipeline: PipelineId, edits: &[Edit]) -> Result<()> {
    for edit in edits {
        if let Edit::RenameStage { stage, to } = edit {
            rows::rename(tx, ctx, pipeline, (stage, to)).await?;
        }
    }
    Ok(())
}
