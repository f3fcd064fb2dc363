//! Numbers of runs by state and over time.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use domain::runs::{self, RunStatus as Status, Span};

use super::count;

/// The number of runs in each state.
#[derive(SimpleObject)]
pub struct RunCounts {
    queued: i32,
    running: i32,
    waiting: i32,
    succeeded: i32,
    failed: i32,
    cancelled: i32,
    /// The number of runs in all states.
    total: i32,
    /// False if there are more than 50,000 runs. Only the newest 50,000 are counted.
    complete: bool,
}

/// The runs that were requested in one hour or on one day, by their current states.
#[derive(SimpleObject)]
pub struct RunTrendBucket {
    /// The start of the bucket, in UTC.
    start: DateTime<Utc>,
    succeeded: i32,
    failed: i32,
    cancelled: i32,
    /// Queued, running or waiting.
    open: i32,
    /// The median time from start to end of the finished runs, in milliseconds. Null if none has
    /// finished.
    p50_ms: Option<i32>,
    /// The 95th percentile of the same time, in milliseconds.
    p95_ms: Option<i32>,
}

/// Runs over a period of time.
#[derive(SimpleObject)]
pub struct RunTrend {
    /// The buckets, oldest first, including those without runs.
    buckets: Vec<RunTrendBucket>,
    /// False if there are more than 50,000 runs. Only the newest 50,000 are counted.
    complete: bool,
}

/// The period of a trend, in UTC. Its last bucket is the current hour or day.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum RunTrendSpan {
    /// 24 buckets of one hour each.
    #[graphql(name = "LAST_24_HOURS")]
    Day,
    /// 30 buckets of one day each.
    #[graphql(name = "LAST_30_DAYS")]
    Month,
}

impl From<RunTrendSpan> for Span {
    fn from(span: RunTrendSpan) -> Self {
        match span {
            RunTrendSpan::Day => Self::Day,
            RunTrendSpan::Month => Self::Month,
        }
    }
}

fn of(counts: &[(Status, u64)], wanted: &[Status]) -> i32 {
    let counts = counts.iter().filter(|(status, _)| wanted.contains(status));
    count(counts.map(|(_, runs)| *runs).sum::<u64>())
}

impl From<runs::Counts> for RunCounts {
    fn from(counts: runs::Counts) -> Self {
        let one = |status| of(&counts.by_status, &[status]);
        Self {
            queued: one(Status::Queued),
            running: one(Status::Running),
            waiting: one(Status::Waiting),
            succeeded: one(Status::Succeeded),
            failed: one(Status::Failed),
            cancelled: one(Status::Cancelled),
            total: of(&counts.by_status, &Status::ALL),
            complete: counts.complete,
        }
    }
}

impl From<runs::Bucket> for RunTrendBucket {
    fn from(bucket: runs::Bucket) -> Self {
        let millis = |time: Option<TimeDelta>| time.map(|time| count(time.num_milliseconds()));
        let open = [Status::Queued, Status::Running, Status::Waiting];
        Self {
            start: bucket.start,
            succeeded: of(&bucket.by_status, &[Status::Succeeded]),
            failed: of(&bucket.by_status, &[Status::Failed]),
            cancelled: of(&bucket.by_status, &[Status::Cancelled]),
            open: of(&bucket.by_status, &open),
            p50_ms: millis(bucket.p50),
            p95_ms: millis(bucket.p95),
        }
    }
}

impl From<runs::Trend> for RunTrend {
    fn from(trend: runs::Trend) -> Self {
        let buckets = trend.buckets.into_iter();
        Self {
            buckets: buckets.map(RunTrendBucket::from).collect(),
            complete: trend.complete,
        }
    }
}
