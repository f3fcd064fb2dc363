//! What happens in a draft, as it happens: changes without gaps or duplicates, saving, and who is where.
//!
//! Changes are read from the log. Live messages only say that there are more, or carry exactly the next
//! one. A reader that reconnects passes the last revision that it has.

use std::{collections::VecDeque, time::Duration};

use futures::{Stream, stream};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use types::PipelineId;

use super::{
    Change,
    presence::{Present, check_again, presences},
    repo, store,
};
use crate::{
    Ctx,
    access::Permission,
    error::Result,
    live::{Message, Subscription, Topic},
    pipelines::PipelineError,
};

/// How often a reader looks for those who are no longer present.
const TICK: Duration = Duration::from_secs(1);

/// How often a reader queries the database itself when no message arrives. Between processes, messages can
/// get lost.
const POLL: Duration = Duration::from_secs(5);
const POLL_ALONE: Duration = Duration::from_secs(60);

/// How long a reader of single pipelines or folders goes on without a new check that they may read this one.
const RECHECK: Duration = Duration::from_secs(5);

/// The number of changes that are read together.
const PAGE: u32 = 20;

/// Something that happened in a draft.
#[derive(Clone, Debug, PartialEq)]
pub enum DraftEvent {
    /// The draft was changed.
    Changed(Change),
    /// The version with this number is the draft's base now.
    Based(i32),
    /// These have the draft open.
    Present(Vec<Present>),
    /// The output of a stage was pinned, or is pinned no longer. It is a hint that may get lost: the pins are
    /// no part of the log.
    Pinned {
        /// The stage's id.
        stage: String,
        /// Whether it has a pin now.
        pinned: bool,
    },
}

/// Streams what happens in the draft of a pipeline: first who is there, then the changes after a revision
/// (without one: from now on), and whatever follows. The draft need not be open yet. It ends with an error
/// if the log no longer has the changes that come next.
pub async fn events(
    ctx: &Ctx,
    pipeline: PipelineId,
    after: Option<i32>,
) -> Result<impl Stream<Item = Result<DraftEvent>> + Send + 'static> {
    ctx.authorize_on(Permission::PipelineRead, pipeline).await?;
    // Subscribes before the first read, so that no change is missed in between.
    let live = ctx.app.live().subscribe(Topic::Draft(pipeline));
    let head = repo::head(ctx, pipeline).await?;
    let head = head.ok_or(PipelineError::NotFound)?;
    let revision = head.revision.unwrap_or(0);
    let last = after.unwrap_or(revision);
    store::reachable(last, head.log_start.unwrap_or(0), revision)?;
    check_again(ctx, pipeline).await;
    let here = presences(&ctx.app).of(pipeline, ctx.clock().now());
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let reader = Reader {
        ctx: ctx.clone(),
        pipeline,
        last,
        base: head.base_number,
        live,
        ready: VecDeque::from([DraftEvent::Present(here.clone())]),
        here,
        tick,
        read_at: Instant::now(),
        behind: last < revision,
        done: false,
        checked: Instant::now(),
    };
    Ok(stream::unfold(reader, |mut reader| async move {
        let item = reader.next().await?;
        Some((item, reader))
    }))
}

struct Reader {
    ctx: Ctx,
    pipeline: PipelineId,
    /// The revision of the last change that is in `ready` or was returned.
    last: i32,
    /// The number of the draft's base, if there is a draft.
    base: Option<i32>,
    live: Subscription,
    ready: VecDeque<DraftEvent>,
    /// Those who were present when that was last told.
    here: Vec<Present>,
    tick: Interval,
    read_at: Instant,
    /// Whether the database may have changes that were not read yet.
    behind: bool,
    done: bool,
    /// When it was last checked that the reader may read the pipeline.
    checked: Instant,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<DraftEvent>> {
        loop {
            if let Err(error) = self.recheck().await {
                self.done = true;
                self.ready.clear();
                return Some(Err(error));
            }
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
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
            tokio::select! {
                message = self.live.next() => self.take(message),
                _ = self.tick.tick() => {
                    self.look_around().await;
                    let poll = match self.ctx.app.live().is_shared() {
                        true => POLL,
                        false => POLL_ALONE,
                    };
                    self.behind = self.read_at.elapsed() >= poll;
                }
            }
        }
    }

    /// Refuses to go on when the pipeline has left the folder in which the reader may read. Costs nothing for
    /// whoever may read all pipelines.
    async fn recheck(&mut self) -> Result<()> {
        let read = Permission::PipelineRead;
        if self.done || self.ctx.reads_all(read) || self.checked.elapsed() < RECHECK {
            return Ok(());
        }
        self.ctx.authorize_on(read, self.pipeline).await?;
        self.checked = Instant::now();
        Ok(())
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::DraftChanged { revision, body, .. } => {
                if revision <= self.last {
                    return;
                }
                match serde_json::from_slice::<Change>(&body) {
                    Ok(change) if revision == self.last + 1 => {
                        self.last = revision;
                        self.ready.push_back(DraftEvent::Changed(change));
                    }
                    _ => self.behind = true,
                }
            }
            Message::DraftPresence(told) => {
                let now = self.ctx.clock().now();
                // Those of other processes are known from their messages only. The next tick tells it.
                presences(&self.ctx.app).hear(told, now);
            }
            Message::DraftPinned { stage, pinned, .. } => {
                self.ready.push_back(DraftEvent::Pinned { stage, pinned });
            }
            Message::DraftSaved(_) | Message::Lagged => self.behind = true,
            _ => {}
        }
    }

    /// Tells who is present, if that has changed.
    async fn look_around(&mut self) {
        check_again(&self.ctx, self.pipeline).await;
        let now = self.ctx.clock().now();
        let here = presences(&self.ctx.app).of(self.pipeline, now);
        if here != self.here {
            self.here.clone_from(&here);
            self.ready.push_back(DraftEvent::Present(here));
        }
    }

    /// Reads the next changes. After the last ones, `behind` is false.
    async fn read(&mut self) -> Result<()> {
        self.read_at = Instant::now();
        let head = repo::head(&self.ctx, self.pipeline).await?;
        let head = head.ok_or(PipelineError::NotFound)?;
        let Some(revision) = head.revision else {
            self.behind = false;
            return Ok(());
        };
        if revision > self.last {
            store::reachable(self.last, head.log_start.unwrap_or(0), revision)?;
            for row in repo::page(&self.ctx, self.pipeline, self.last, PAGE).await? {
                let change = Change::try_from(row)?;
                self.last = change.revision;
                self.ready.push_back(DraftEvent::Changed(change));
            }
        }
        self.behind = revision > self.last;
        // Told after the changes that the version has.
        if !self.behind && head.base_number != self.base {
            self.base = head.base_number;
            if let Some(number) = head.base_number {
                self.ready.push_back(DraftEvent::Based(number));
            }
        }
        Ok(())
    }
}
