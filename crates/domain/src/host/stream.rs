//! Streams the events of one run to a reader: from any position, without gaps or duplicates.
//!
//! Events are read from the database; live messages only say that there are more, or carry exactly
//! the next segment. A reader that reconnects passes the number of the last event that it has, and
//! continues as if it had never been disconnected.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use engine::component::Chunk;
use futures::{Stream, stream};
use sea_orm::{ColumnTrait as _, FromQueryResult, QueryFilter as _};
use serde::Deserialize;
use tokio::time;
use types::RunId;

use super::watch::{Watch, Watched};
use crate::{
    Ctx, Permission,
    error::Result,
    live::{Message, Subscription, Topic},
    run_summary::RunStatus,
    runs::{self, entity},
    tenancy::OrgEntity,
};

/// How often a reader queries the database itself when no message arrives. [`super::watch`] covers
/// lost messages sooner, for all readers together.
const POLL: Duration = Duration::from_secs(60);

/// How long a reader of single pipelines or folders goes on without a new check that they may read the run.
const RECHECK: Duration = Duration::from_secs(5);

/// The maximum number of segments per page.
const PAGE: i64 = 200;

/// The maximum size of a page in bytes. A page has at least one segment.
const PAGE_BYTES: i64 = 128 * 1024;

/// One event, exactly as it is stored in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    /// The event's number.
    pub seq: u64,
    /// The event's JSON object.
    pub line: Bytes,
}

/// An item of a run's event stream.
#[derive(Clone, Debug, PartialEq)]
pub enum RunItem {
    /// The next event.
    Event(EventLine),
    /// Text that a model is still writing. Chunks are not journaled: earlier ones are not repeated
    /// for new readers, but the stage's result has the whole text.
    Chunk(Chunk),
}

/// Streams the events of a run after position `after` (0 for all), then new ones until the run
/// ends. If the run has ended at or before that position, the stream is empty.
pub async fn events(
    ctx: &Ctx,
    run: RunId,
    after: u64,
) -> Result<impl Stream<Item = Result<RunItem>> + Send + 'static> {
    let can_read = runs::can_read(ctx, run).await?;
    // Subscribes before the first read, so that no event is missed in between.
    let live = ctx.app.live().subscribe(Topic::Run(run));
    let known = entity::Entity::in_org(ctx).filter(entity::Column::Id.eq(run.0));
    let known = ctx.one(known).await?.filter(|_| can_read);
    let Some(known) = known else {
        return Err(runs::absent(ctx).await);
    };
    let done = has_ended(&known.status) && up_to(known.last_seq) <= after;
    let reader = Reader {
        ctx: ctx.clone(),
        run,
        last: after,
        live,
        _watch: ctx.app.state::<Watched>().watch(&ctx.app, ctx.org, run),
        ready: VecDeque::new(),
        behind: true,
        done,
        checked: time::Instant::now(),
    };
    Ok(stream::unfold(reader, |mut reader| async move {
        let item = reader.next().await?;
        Some((item, reader))
    }))
}

struct Reader {
    ctx: Ctx,
    run: RunId,
    /// The number of the last event that is in `ready` or was returned.
    last: u64,
    live: Subscription,
    _watch: Watch,
    ready: VecDeque<RunItem>,
    /// Whether the database may have events that were not read yet.
    behind: bool,
    done: bool,
    /// When it was last checked that the reader may read the run.
    checked: time::Instant,
}

#[derive(Debug, FromQueryResult)]
struct SegmentRow {
    first_seq: i64,
    count: i32,
    body: Vec<u8>,
    /// The number of remaining segments, counted up to the page limit.
    found: i64,
}

fn has_ended(status: &str) -> bool {
    RunStatus::parse(status).is_some_and(RunStatus::is_finished)
}

fn up_to(last_seq: i64) -> u64 {
    u64::try_from(last_seq).unwrap_or(0)
}

#[derive(Deserialize)]
struct Head<'a> {
    seq: u64,
    #[serde(rename = "type", borrow)]
    kind: std::borrow::Cow<'a, str>,
}

/// Whether the last event of a segment is the run's last.
fn ends_the_run(body: &[u8]) -> bool {
    let body = body.trim_ascii_end();
    let start = body.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    serde_json::from_slice::<Head<'_>>(&body[start..]).is_ok_and(|head| head.kind == "run.finished")
}

impl Reader {
    async fn next(&mut self) -> Option<Result<RunItem>> {
        loop {
            if let Err(error) = self.recheck().await {
                self.done = true;
                self.ready.clear();
                return Some(Err(error));
            }
            if let Some(item) = self.ready.pop_front() {
                return Some(Ok(item));
            }
            if self.done {
                return None;
            }
            if self.behind {
                if let Err(error) = self.read().await {
                    self.done = true;
                    return Some(Err(error));
                }
                continue;
            }
            match time::timeout(POLL, self.live.next()).await {
                Ok(Message::Segment {
                    first_seq,
                    count,
                    body,
                    ..
                }) => {
                    if first_seq > self.last + 1 {
                        self.behind = true;
                    } else if first_seq + u64::from(count) > self.last + 1 {
                        self.take(&body);
                    } else {
                        // Already read, but it may be the run's last segment.
                        self.done = ends_the_run(&body);
                    }
                }
                Ok(Message::Reached {
                    last_seq, finished, ..
                }) => {
                    if last_seq > self.last {
                        self.behind = true;
                    } else {
                        self.done = finished;
                    }
                }
                Ok(Message::Chunk { chunk, .. }) => self.ready.push_back(RunItem::Chunk(chunk)),
                Ok(Message::Lagged) | Err(_) => self.behind = true,
                Ok(_) => {}
            }
        }
    }

    /// Refuses to go on when the run is no longer the reader's to read, because its pipeline has left a
    /// folder. Costs nothing for whoever may read all runs.
    async fn recheck(&mut self) -> Result<()> {
        let is_limited = !self.ctx.reads_all(Permission::RunRead);
        if !is_limited || self.done || self.checked.elapsed() < RECHECK {
            return Ok(());
        }
        if !runs::can_read(&self.ctx, self.run).await? {
            return Err(runs::absent(&self.ctx).await);
        }
        self.checked = time::Instant::now();
        Ok(())
    }

    /// Reads the next page. After the last page, `behind` is false.
    async fn read(&mut self) -> Result<()> {
        // The segment with the next event may start before that event.
        const SQL: &str = "SELECT first_seq, count, body, found FROM (
            SELECT first_seq, count, body, count(*) OVER () AS found,
                sum(octet_length(body)) OVER (ORDER BY first_seq) - octet_length(body) AS before
            FROM (SELECT first_seq, count, body FROM journal
                WHERE {scope} AND org_id = $1 AND run_id = $2 AND first_seq >= coalesce(
                    (SELECT max(first_seq) FROM journal
                     WHERE org_id = $1 AND run_id = $2 AND first_seq <= $3), 0)
                ORDER BY first_seq LIMIT $4) AS page) AS measured
            WHERE before < $5 ORDER BY first_seq LIMIT $4";
        let next = i64::try_from(self.last).unwrap_or(i64::MAX - 1) + 1;
        let values = [
            self.run.0.into(),
            next.into(),
            PAGE.into(),
            PAGE_BYTES.into(),
        ];
        let mut rows: Vec<SegmentRow> = self.ctx.rows(SQL, values).await?;
        rows.sort_unstable_by_key(|row| row.first_seq);
        let (read, last) = (rows.len(), self.last);
        let found = rows.first().map_or(0, |row| row.found);
        self.behind = found == PAGE || usize::try_from(found).is_ok_and(|found| found > read);
        for row in rows {
            let end = row.first_seq + i64::from(row.count);
            if u64::try_from(end).is_ok_and(|end| end > self.last + 1) {
                self.take(&Bytes::from(row.body));
            }
        }
        if self.last == last {
            self.behind = false;
            // No new events: the run may have ended at or before the position.
            let known = entity::Entity::in_org(&self.ctx);
            let known = known.filter(entity::Column::Id.eq(self.run.0));
            self.done = self
                .ctx
                .one(known)
                .await?
                .is_none_or(|row| has_ended(&row.status) && up_to(row.last_seq) <= self.last);
        }
        Ok(())
    }

    /// Queues the events of a segment that come next.
    fn take(&mut self, body: &Bytes) {
        let mut start = 0;
        while start < body.len() && !self.done {
            let end = body[start..]
                .iter()
                .position(|b| *b == b'\n')
                .map_or(body.len(), |n| start + n);
            let line = body.slice(start..end);
            start = end + 1;
            let Ok(head) = serde_json::from_slice::<Head<'_>>(&line) else {
                continue;
            };
            if head.seq == self.last + 1 {
                self.last = head.seq;
                self.done = head.kind == "run.finished";
                self.ready.push_back(RunItem::Event(EventLine {
                    seq: head.seq,
                    line,
                }));
            }
        }
    }
}
