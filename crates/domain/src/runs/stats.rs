//! Counts of runs: by state, and over the last day or month.
//!
//! Only the newest runs are counted, up to a limit. The result says whether that was all of them.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use super::{
    Filter, RunStatus,
    repo::{self, MAX_COUNTED},
};
use crate::{
    Ctx,
    access::Permission,
    error::{AppError, Result},
};

/// The number of runs in each state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The number for every state, in the order of [`RunStatus::ALL`].
    pub by_status: [(RunStatus, u64); 6],
    /// Whether all runs were counted, rather than only the newest 50,000.
    pub complete: bool,
}

/// The period of a trend, in UTC. It ends with the current hour or day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// 24 hours, in buckets of one hour.
    Day,
    /// 30 days, in buckets of one day.
    Month,
}

/// The runs that were requested in one hour or on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The start of the hour or day.
    pub start: DateTime<Utc>,
    /// The number of runs in each state, as of now.
    pub by_status: [(RunStatus, u64); 6],
    /// The median duration of the finished runs; `None` if there are none.
    pub p50: Option<TimeDelta>,
    /// The 95th percentile of their durations.
    pub p95: Option<TimeDelta>,
}

/// The numbers of runs over a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trend {
    /// The buckets, oldest first, including those without runs.
    pub buckets: Vec<Bucket>,
    /// Whether all runs were counted, rather than only the newest 50,000.
    pub complete: bool,
}

const NONE: [(RunStatus, u64); 6] = {
    let all = RunStatus::ALL;
    [
        (all[0], 0),
        (all[1], 0),
        (all[2], 0),
        (all[3], 0),
        (all[4], 0),
        (all[5], 0),
    ]
};

fn add(counts: &mut [(RunStatus, u64); 6], status: &str, runs: u64) {
    let place = counts
        .iter_mut()
        .find(|(known, _)| known.as_str() == status);
    if let Some((_, count)) = place {
        *count += runs;
    }
}

/// Counts the runs that match a filter by state. A filter with `text` is refused.
pub async fn counts(ctx: &Ctx, filter: &Filter) -> Result<Counts> {
    ctx.authorize_anywhere(Permission::RunRead).await?;
    let filter = countable(ctx, filter).await?;
    let mut out = Counts {
        by_status: NONE,
        complete: true,
    };
    if filter.states().is_some_and(|states| states.is_empty()) {
        return Ok(out);
    }
    for row in repo::tally(ctx, &filter).await? {
        if row.status == "*" {
            out.complete = row.runs <= i64::from(MAX_COUNTED);
        } else {
            add(&mut out.by_status, &row.status, row.runs.unsigned_abs());
        }
    }
    Ok(out)
}

/// Counts the runs that match a filter over a period. The filter's own times are ignored.
pub async fn trend(ctx: &Ctx, filter: &Filter, span: Span) -> Result<Trend> {
    ctx.authorize_anywhere(Permission::RunRead).await?;
    let (step, count) = match span {
        Span::Day => (TimeDelta::hours(1), 24),
        Span::Month => (TimeDelta::days(1), 30),
    };
    let now = ctx.clock().now();
    let last = now.duration_trunc(step).map_err(AppError::internal)?;
    let first = last - step * (count - 1);
    let filter = Filter {
        since: Some(first),
        until: None,
        last_seconds: None,
        ..countable(ctx, filter).await?
    };
    let rows = repo::counted(ctx, &filter).await?;
    let mut buckets: Vec<(Bucket, Vec<i64>)> = (0..count)
        .map(|at| Bucket {
            start: first + step * at,
            by_status: NONE,
            p50: None,
            p95: None,
        })
        .map(|bucket| (bucket, Vec::new()))
        .collect();
    for row in &rows {
        let at = (row.created - first.timestamp()).div_euclid(step.num_seconds());
        // Another machine's clock may be ahead. Its runs count in the newest bucket.
        let at = usize::try_from(at).unwrap_or(0).min(buckets.len() - 1);
        let Some((bucket, durations)) = buckets.get_mut(at) else {
            continue;
        };
        add(&mut bucket.by_status, &row.status, 1);
        durations.extend(row.millis);
    }
    Ok(Trend {
        complete: rows.len() <= MAX_COUNTED as usize,
        buckets: buckets
            .into_iter()
            .map(|(bucket, mut durations)| {
                durations.sort_unstable();
                Bucket {
                    p50: percentile(&durations, 50),
                    p95: percentile(&durations, 95),
                    ..bucket
                }
            })
            .collect(),
    })
}

/// The nearest-rank percentile of sorted durations in milliseconds; `None` if there are none.
fn percentile(sorted: &[i64], of_100: usize) -> Option<TimeDelta> {
    let rank = (sorted.len() * of_100).div_ceil(100).max(1);
    sorted
        .get(rank - 1)
        .map(|millis| TimeDelta::milliseconds((*millis).max(0)))
}

async fn countable(ctx: &Ctx, filter: &Filter) -> Result<Filter> {
    if filter.text.is_some() {
        return Err(AppError::invalid(
            "filter.text",
            "counts cannot be filtered by text; remove it, or page through `runs`",
        ));
    }
    Ok(filter.checked(ctx).await?.at(ctx.clock().now()))
}
