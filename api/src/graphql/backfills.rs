//! Back-fills: the firings of a past range that somebody has a schedule make up for.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::triggers::backfills;
use types::TriggerId;

use super::{caller, cost, ids, triggers::Trigger};
use crate::error::ApiError;

/// How far a back-fill is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerBackfillStatus {
    /// Some of its firings wait.
    Running,
    /// None of its firings waits any more.
    Finished,
    /// Somebody stopped it. Runs that were started before go on.
    Stopped,
}

/// The firings of a past range that somebody has a schedule make up for.
#[derive(SimpleObject)]
pub struct TriggerBackfill {
    /// Where the range begins.
    from: DateTime<Utc>,
    /// The last instant of the range.
    to: DateTime<Utc>,
    /// Whether there is still something to start.
    status: TriggerBackfillStatus,
    /// How many firings it added.
    planned: i32,
    /// How many firings of the range had started a run before, so that it started none for them.
    known: i32,
    /// How many of its firings have not been started yet.
    pending: i32,
    /// How many of its firings started a run.
    fired: i32,
    /// How many runs could not be started.
    refused: i32,
    /// The name of the person or key that asked for it.
    requested_by: String,
    /// When it was asked for.
    created_at: DateTime<Utc>,
}

impl TriggerBackfill {
    // Not `From`: the field `from` has a method of that name.
    pub(super) fn of(row: backfills::Backfill) -> Self {
        let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        let status = match (row.stopped_at, row.pending) {
            (Some(_), _) => TriggerBackfillStatus::Stopped,
            (None, 0) => TriggerBackfillStatus::Finished,
            (None, _) => TriggerBackfillStatus::Running,
        };
        Self {
            from: row.from_at,
            to: row.to_at,
            status,
            planned: count(row.planned),
            known: count(row.known),
            pending: count(row.pending),
            fired: count(row.fired),
            refused: count(row.refused),
            requested_by: row.requested_by,
            created_at: row.created_at,
        }
    }
}

/// The trigger, and the range for which it makes up.
#[derive(InputObject)]
pub struct BackfillTriggerInput {
    id: ID,
    /// Where the range begins.
    from: DateTime<Utc>,
    /// The last instant of the range, which is past.
    to: DateTime<Utc>,
}

/// The trigger with its new back-fill.
#[derive(SimpleObject)]
pub struct BackfillTriggerPayload {
    trigger: Trigger,
}

/// The trigger whose back-fill is stopped.
#[derive(InputObject)]
pub struct StopTriggerBackfillInput {
    id: ID,
}

/// The trigger with its back-fills.
#[derive(SimpleObject)]
pub struct StopTriggerBackfillPayload {
    trigger: Trigger,
}

/// Mutations of back-fills.
#[derive(Default)]
pub struct BackfillMutation;

#[Object]
impl BackfillMutation {
    /// Has an enabled schedule make up for its firings of a past range, at most 1,000. Those that have
    /// started a run start no second one. The runs are those of whoever enabled it; if it does not allow
    /// overlap, they are started one after the other. Requires `run.start` and, for production,
    /// `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn backfill_trigger(
        &self,
        ctx: &Context<'_>,
        input: BackfillTriggerInput,
    ) -> Result<BackfillTriggerPayload, ApiError> {
        let id: TriggerId = ids::read(&input.id);
        let trigger = backfills::begin(caller(ctx)?, id, (input.from, input.to)).await?;
        Ok(BackfillTriggerPayload {
            trigger: Trigger(trigger),
        })
    }

    /// Stops the back-fill of a trigger: its firings that wait start nothing. Does nothing if it has ended.
    /// Requires `run.start` and, for production, `production.use`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn stop_trigger_backfill(
        &self,
        ctx: &Context<'_>,
        input: StopTriggerBackfillInput,
    ) -> Result<StopTriggerBackfillPayload, ApiError> {
        let id: TriggerId = ids::read(&input.id);
        let trigger = backfills::stop(caller(ctx)?, id).await?;
        Ok(StopTriggerBackfillPayload {
            trigger: Trigger(trigger),
        })
    }
}
