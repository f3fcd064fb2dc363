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

use crate::{
    Ctx, Permission,
    error::{AppError, Result},
    live::{Message, Subscription, Topic},
    runs::entity,
    tenancy::OrgEntity,
};

/// How often the database is looked at when no message comes: Redis may be away.
const POLL: Duration = Duration::from_secs(2);

/// Segments read at once.
const PAGE: i64 = 200;

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

/// The events of a run after position `after` (0: all), then what happens, until the run ends.
pub async fn events(
    ctx: &Ctx,
    run: RunId,
    after: u64,
) -> Result<impl Stream<Item = Result<RunItem>> + Send + 'static> {
    ctx.authorize(Permission::RunRead).await?;
    // Listening begins before the first look, so nothing falls between them.
    let live = ctx.app.live().subscribe(Topic::Run(run));
    let known = entity::Entity::in_org(ctx).filter(entity::Column::Id.eq(run.0));
    if ctx.one(known).await?.is_none() {
        return Err(AppError::not_found("run"));
    }
    let reader = Reader {
        ctx: ctx.clone(),
        run,
        last: after,
        live,
        ready: VecDeque::new(),
        behind: true,
        done: false,
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
}

#[derive(Deserialize)]
struct Head<'a> {
    seq: u64,
    #[serde(rename = "type", borrow)]
    kind: std::borrow::Cow<'a, str>,
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
        const SQL: &str = "SELECT first_seq, count, body FROM journal
            WHERE {scope} AND org_id = $1 AND run_id = $2 AND first_seq >= coalesce(
                (SELECT max(first_seq) FROM journal
                 WHERE org_id = $1 AND run_id = $2 AND first_seq <= $3), 0)
            ORDER BY first_seq LIMIT $4";
        let next = i64::try_from(self.last).unwrap_or(i64::MAX - 1) + 1;
        let values = [self.run.0.into(), next.into(), PAGE.into()];
        let rows: Vec<SegmentRow> = self.ctx.rows(SQL, values).await?;
        self.behind = i64::try_from(rows.len()).is_ok_and(|count| count == PAGE);
        for row in rows {
            let end = row.first_seq + i64::from(row.count);
            if u64::try_from(end).is_ok_and(|end| end > self.last + 1) {
                self.take(&Bytes::from(row.body));
            }
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
