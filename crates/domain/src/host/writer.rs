//! The one journal writer of a process: group commit.
//!
//! It commits everything that is waiting in one transaction, then everything that arrived
//! meanwhile. So nothing waits for a batch to fill when little happens, and batches grow by
//! themselves when much does. Messages leave only after the commit. Organizations get into a commit
//! in turn, so that what one writes by the megabyte keeps nobody else's events waiting.
//!
//! - A run whose lease is no longer ours is left out and stops; the others go on.
//! - A row that the database refuses fails its run only: the batch is committed
//!   again row by row.
//! - A lost answer is cleared up by looking for the batch's own rows before trying again.
//! - An outage is waited for as long as a lease of the batch lasts.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use engine::limits::Fair;
use futures::FutureExt as _;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time,
};

use super::{
    HostError,
    commit::{Batch, End, Row, commit, happened},
    lease::Leases,
    pools::{Fault, Pools, fault},
};
use crate::live::{Live, Message, RunChanged, Topic};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const MAX_PAUSE: Duration = Duration::from_secs(1);

enum Item {
    Row(Box<Row>),
    Flush(oneshot::Sender<()>),
}

/// The writer's queue.
pub(super) struct Writer {
    items: mpsc::UnboundedSender<Item>,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Counters {
    commits: AtomicU64,
    rows: AtomicU64,
    fenced: AtomicU64,
    failed: AtomicU64,
}

/// What a writer has done since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Transactions.
    pub commits: u64,
    /// Rows in them.
    pub rows: u64,
    /// Rows whose lease was no longer ours.
    pub fenced: u64,
    /// Rows that the database refused.
    pub failed: u64,
}

impl Writer {
    pub fn push(&self, row: Row) {
        // Closed: the process is ending, and nobody waits for this row any more.
        let _ = self.items.send(Item::Row(Box::new(row)));
    }

    pub async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        if self.items.send(Item::Flush(done)).is_ok() {
            let _ = wait.await;
        }
    }

    pub fn stats(&self) -> Stats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            commits: get(&self.counters.commits),
            rows: get(&self.counters.rows),
            fenced: get(&self.counters.fenced),
            failed: get(&self.counters.failed),
        }
    }
}

/// What waits for its commit.
#[derive(Default)]
struct Waiting {
    rows: Fair<(u64, Box<Row>)>,
    /// The number of the next row, in the order in which they came.
    next: u64,
    /// Who waits for everything before a row.
    flushes: Vec<(u64, oneshot::Sender<()>)>,
}

impl Waiting {
    fn take(&mut self, item: Item) {
        match item {
            Item::Flush(done) => self.flushes.push((self.next, done)),
            // A lease that is lost or failed takes nothing more.
            Item::Row(row) if !row.lease.is_held() && row.count > 0 => row.lease.fence(),
            Item::Row(row) => {
                let org = row.lease.org.0.as_u128();
                self.rows.push(org, (self.next, row));
                self.next += 1;
            }
        }
    }

    /// The next commit.
    fn batch(&mut self) -> Vec<Row> {
        let mut batch = Batch::default();
        while !batch.is_full()
            && let Some((org, (number, row))) = self.rows.pop()
        {
            if let Some(row) = batch.add(row) {
                self.rows.push_front(org, (number, row));
                break;
            }
        }
        batch.into_rows()
    }

    /// Tells those that waited for what is done now.
    fn flushed(&mut self) {
        if self.flushes.is_empty() {
            return;
        }
        let first = self.rows.iter().map(|(number, _)| *number).min();
        let first = first.unwrap_or(self.next);
        let (done, waiting) = std::mem::take(&mut self.flushes)
            .into_iter()
            .partition(|(before, _)| *before <= first);
        self.flushes = waiting;
        let done: Vec<(u64, oneshot::Sender<()>)> = done;
        for (_, done) in done {
            let _ = done.send(());
        }
    }
}

/// Starts the writer; its task ends when every [`Writer`] is gone and all is committed.
pub(super) fn start(
    pools: Pools,
    live: Live,
    owner: Arc<str>,
    leases: Leases,
) -> (Writer, JoinHandle<()>) {
    let (items, take) = mpsc::unbounded_channel();
    let counters = Arc::<Counters>::default();
    let work = Work {
        pools,
        live,
        owner,
        leases,
        counters: counters.clone(),
    };
    (Writer { items, counters }, tokio::spawn(work.run(take)))
}

struct Work {
    pools: Pools,
    live: Live,
    owner: Arc<str>,
    leases: Leases,
    counters: Arc<Counters>,
}

impl Work {
    async fn run(self, mut items: mpsc::UnboundedReceiver<Item>) {
        let mut waiting = Waiting::default();
        loop {
            if waiting.rows.is_empty() {
                let Some(first) = items.recv().await else {
                    return;
                };
                waiting.take(first);
                // Runs that are ready in the same moment get into the same commit.
                tokio::task::yield_now().await;
            }
            while let Ok(item) = items.try_recv() {
                waiting.take(item);
            }
            let rows = waiting.batch();
            let leases: Vec<_> = rows.iter().map(|row| row.lease.clone()).collect();
            let written = AssertUnwindSafe(self.write(rows)).catch_unwind().await;
            if written.is_err() {
                // A bug must not end the one writer: these runs go on under a new lease.
                tracing::error!(rows = leases.len(), "a journal commit panicked");
                for lease in leases {
                    lease.fence();
                    self.leases.remove(&lease);
                }
            }
            waiting.flushed();
        }
    }

    /// Commits a batch, whatever it takes.
    async fn write(&self, mut rows: Vec<Row>) {
        let mut pause = FIRST_PAUSE;
        let mut unsure = false;
        while !rows.is_empty() {
            let result = match self.try_once(&rows, unsure).await {
                Err(error) if fault(&error) == Fault::Data => {
                    return self.write_one_by_one(rows).await;
                }
                result => result,
            };
            match result {
                Ok(ours) => return self.settle(rows, &ours),
                Err(error) => {
                    unsure |= fault(&error) == Fault::Unknown;
                    tracing::warn!(%error, rows = rows.len(), "a journal commit failed; trying again");
                    time::sleep(pause).await;
                    pause = (pause * 2).min(MAX_PAUSE);
                    self.drop_ended(&mut rows, unsure).await;
                }
            }
        }
    }

    async fn try_once(&self, rows: &[Row], unsure: bool) -> Result<Vec<bool>, HostError> {
        if unsure && let Some(ours) = happened(&self.pools, rows).await? {
            return Ok(ours);
        }
        let ours = commit(&self.pools, &self.owner, rows).await?;
        if unsure && ours.contains(&false) {
            // The earlier try may have come through only now, with its last number in our way.
            return Ok(happened(&self.pools, rows).await?.unwrap_or(ours));
        }
        Ok(ours)
    }

    /// Leaves out runs whose lease ended while we waited. Not before it is known whether an
    /// earlier try happened, since the remaining rows speak for it.
    async fn drop_ended(&self, rows: &mut Vec<Row>, unsure: bool) {
        if rows.iter().all(|row| row.lease.is_held()) {
            return;
        }
        if unsure && !matches!(happened(&self.pools, rows).await, Ok(None)) {
            // Either it happened, which the next try finds, or the database is still away. Then
            // all leases end together and there is nobody to go on for.
            if rows.iter().any(|row| row.lease.is_held()) {
                return;
            }
        }
        rows.retain(|row| {
            let held = row.lease.is_held();
            if !held {
                row.lease.fence();
                self.leases.remove(&row.lease);
            }
            held
        });
    }

    /// After the database refused a batch for its data: every run for itself.
    async fn write_one_by_one(&self, rows: Vec<Row>) {
        for row in rows {
            let mut pause = FIRST_PAUSE;
            let mut unsure = false;
            let one = [row];
            loop {
                match self.try_once(&one, unsure).await {
                    Ok(ours) => {
                        let [row] = one;
                        self.settle(vec![row], &ours);
                        break;
                    }
                    Err(error) if fault(&error) == Fault::Data => {
                        let [row] = one;
                        tracing::error!(%error, run = %row.lease.run, "a run's journal was refused");
                        self.counters.failed.fetch_add(1, Ordering::Relaxed);
                        row.lease
                            .fail("the database refused an event of this run".to_owned());
                        break;
                    }
                    Err(error) => {
                        unsure |= fault(&error) == Fault::Unknown;
                        time::sleep(pause).await;
                        pause = (pause * 2).min(MAX_PAUSE);
                        if !one[0].lease.is_held() {
                            one[0].lease.fence();
                            self.leases.remove(&one[0].lease);
                            break;
                        }
                    }
                }
            }
        }
    }

    /// After a commit: tells the runs, then whoever listens.
    fn settle(&self, rows: Vec<Row>, ours: &[bool]) {
        self.counters.commits.fetch_add(1, Ordering::Relaxed);
        self.counters
            .rows
            .fetch_add(rows.len() as u64, Ordering::Relaxed);
        let mut wake = false;
        for (row, ours) in rows.into_iter().zip(ours) {
            if !ours {
                self.counters.fenced.fetch_add(1, Ordering::Relaxed);
                tracing::info!(run = %row.lease.run, epoch = row.lease.epoch, "lease lost; the run stops here");
                row.lease.fence();
                self.leases.remove(&row.lease);
                continue;
            }
            if row.count > 0 {
                let (done, progressed) = row
                    .progress
                    .as_ref()
                    .map_or((0, false), |p| (p.stages_done, p.progressed));
                row.lease.committed(row.last_seq(), done, progressed);
            }
            if row.end != End::None {
                self.leases.remove(&row.lease);
                wake |= row.end == End::Release(None);
            }
            self.report(row);
        }
        if wake {
            self.live.publish(Message::Wake);
        }
    }

    fn report(&self, row: Row) {
        let (run, org, status) = (row.lease.run, row.lease.org, row.status());
        let changed = status.zip(row.progress.as_ref());
        if let Some((status, progress)) = changed
            && self.live.is_heard(Topic::Org(org))
        {
            self.live.publish(Message::RunChanged(RunChanged {
                org,
                run,
                status: status.to_owned(),
                stages_done: progress.stages_done,
                stages_total: progress.stages_total,
                last_seq: progress.last_seq,
                finished_at: (row.end == End::Finished).then_some(progress.at),
            }));
        }
        if row.count > 0 && self.live.is_heard(Topic::Run(run)) {
            let (first_seq, count) = (row.first_seq, row.count);
            self.live.publish(Message::Segment {
                run,
                first_seq,
                count,
                body: row.body,
            });
        }
    }
}
