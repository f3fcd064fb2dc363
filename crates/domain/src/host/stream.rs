//! The events of one run for a reader: from any position on, without a gap and without a repeat.
//!
//! The database is read from the position; live messages only say that there is more, or bring
//! exactly the next segment. A reader that comes back after a cut or a restart of the server gives
//! the number of the last event it has, and sees what it would have seen.

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
    error::{AppError, Result},
    live::{Message, Subscription, Topic},
    run_summary::RunStatus,
    runs::entity,
    tenancy::OrgEntity,
};

/// How often a reader looks for itself when no message comes. What may get lost is looked for by
/// [`super::watch`], for all readers at once.
const POLL: Duration = Duration::from_secs(60);

/// Segments read at once.
const PAGE: i64 = 200;

/// Bytes of segments read at once, but at least one segment.
const PAGE_BYTES: i64 = 128 * 1024;

/// One event as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    /// Its number.
    pub seq: u64,
    /// The JSON object.
    pub line: Bytes,
}

/// What a reader of a run sees.
#[derive(Clone, Debug, PartialEq)]
pub enum RunItem {
    /// The next event.
    Event(EventLine),
    /// Text that a model is still writing. Not journalled: what comes before the reader began is
    /// not told again, the stage's result has all of it.
    Chunk(Chunk),
}

/// The events of a run after position `after` (0: all), then what happens, until the run ends. When
/// the run has ended at or before that position, nothing follows and the stream ends at once.
pub async fn events(
    ctx: &Ctx,
    run: RunId,
    after: u64,
) -> Result<impl Stream<Item = Result<RunItem>> + Send + 'static> {
    ctx.authorize(Permission::RunRead).await?;
    // Listening begins before the first look, so nothing falls between them.
    let live = ctx.app.live().subscribe(Topic::Run(run));
    let known = entity::Entity::in_org(ctx).filter(entity::Column::Id.eq(run.0));
    let known = ctx.one(known).await?;
    let known = known.ok_or_else(|| AppError::not_found("run"))?;
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
    };
    Ok(stream::unfold(reader, |mut reader| async move {
        let item = reader.next().await?;
        Some((item, reader))
    }))
}

struct Reader {
    ctx: Ctx,
    run: RunId,
    /// The number of the last event that is in `ready` or was given.
    last: u64,
    live: Subscription,
    _watch: Watch,
    ready: VecDeque<RunItem>,
    /// Whether the database may have more than was read.
    behind: bool,
    done: bool,
}

#[derive(Debug, FromQueryResult)]
struct SegmentRow {
    first_seq: i64,
    count: i32,
    body: Vec<u8>,
    /// How many segments there are from here on, as far as they were counted.
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
                        // Before the position; but nothing comes after the run's end.
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
                Ok(Message::Chunk { chunk, .. }) => return Some(Ok(RunItem::Chunk(chunk))),
                Ok(Message::Lagged) | Err(_) => self.behind = true,
                Ok(_) => {}
            }
        }
    }

    /// Reads the next page; on the last one the reader is no longer behind.
    async fn read(&mut self) -> Result<()> {
        // The segment that holds the next event may begin before it.
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
            // Nothing new: the run may have ended at or before the position.
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

    /// Takes from a segment what comes next.
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
