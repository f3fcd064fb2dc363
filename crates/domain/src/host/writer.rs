//! The single journal writer of a process, which commits in groups.
//!
//! It commits everything that is waiting in one transaction, then everything that arrived
//! meanwhile. Under low load no row waits for a batch to fill; under high load batches grow by
//! themselves. Live messages are sent only after the commit. Rows are taken from the organizations
//! in turn, so one organization's large writes do not delay the events of others.
//!
//! - A run whose lease is no longer ours is skipped and stops; the others are committed.
//! - A row that the database refuses fails only its own run: the batch is committed again row by
//!   row.
//! - If the response to a commit is lost, the writer looks for the batch's rows before it retries.
//! - During an outage it retries for as long as any lease of the batch lasts.

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

/// The sending side of the writer's queue.
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

/// The counters of a writer since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Transactions committed.
    pub commits: u64,
    /// Rows in these transactions, including fenced ones.
    pub rows: u64,
    /// Rows whose lease was no longer ours.
    pub fenced: u64,
    /// Rows that the database refused.
    pub failed: u64,
}

impl Writer {
    pub fn push(&self, row: Row) {
        // A closed channel means that the process is ending and nothing waits for this row.
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

/// Rows waiting to be committed.
#[derive(Default)]
struct Waiting {
    rows: Fair<(u64, Box<Row>)>,
    /// The number of the next row, in order of arrival.
    next: u64,
    /// Flush requests, each with the number of the first row that it does not wait for.
    flushes: Vec<(u64, oneshot::Sender<()>)>,
}

impl Waiting {
    fn take(&mut self, item: Item) {
        match item {
            Item::Flush(done) => self.flushes.push((self.next, done)),
            // No events are written under a lost or failed lease.
            Item::Row(row) if !row.lease.is_held() && row.count > 0 => row.lease.fence(),
            Item::Row(row) => {
                let org = row.lease.org.0.as_u128();
                self.rows.push(org, (self.next, row));
                self.next += 1;
            }
        }
    }

    /// Takes the rows of the next commit.
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

    /// Completes the flush requests whose rows are all done.
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

/// Starts the writer. Its task ends when every [`Writer`] is dropped and all rows are committed.
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
                // Lets other runs that are ready now join the same commit.
                tokio::task::yield_now().await;
            }
            while let Ok(item) = items.try_recv() {
                waiting.take(item);
            }
            let rows = waiting.batch();
            let leases: Vec<_> = rows.iter().map(|row| row.lease.clone()).collect();
            let written = AssertUnwindSafe(self.write(rows)).catch_unwind().await;
            if written.is_err() {
                // A bug must not stop the only writer. These runs resume under a new lease.
                tracing::error!(rows = leases.len(), "a journal commit panicked");
                for lease in leases {
                    lease.fence();
                    self.leases.remove(&lease);
                }
            }
            waiting.flushed();
        }
    }

    /// Commits a batch, retrying until every row is committed, refused or without a lease.
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
                    tracing::warn!(%error, rows = rows.len(), "a journal commit failed; retrying");
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
            // The earlier attempt may have been committed only now, so that `last_seq` no longer
            // matched in this one.
            return Ok(happened(&self.pools, rows).await?.unwrap_or(ours));
        }
        Ok(ours)
    }

    /// Drops the rows of runs whose lease ended meanwhile. If an earlier attempt may have been
    /// committed, this is decided first, because the rows of the batch are the evidence for it.
    async fn drop_ended(&self, rows: &mut Vec<Row>, unsure: bool) {
        if rows.iter().all(|row| row.lease.is_held()) {
            return;
        }
        if unsure && !matches!(happened(&self.pools, rows).await, Ok(None)) {
            // Either the attempt was committed, which the next one finds out, or the database is
            // still unreachable. Rows are then dropped only when all leases have ended.
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

    /// Commits each row by itself, after the database refused the data of a batch.
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

    /// Called after a commit: notifies the runs, then publishes live messages.
    fn settle(&self, rows: Vec<Row>, ours: &[bool]) {
        self.counters.commits.fetch_add(1, Ordering::Relaxed);
        self.counters
            .rows
            .fetch_add(rows.len() as u64, Ordering::Relaxed);
        let mut wake = false;
        for (row, ours) in rows.into_iter().zip(ours) {
            if !ours {
                self.counters.fenced.fetch_add(1, Ordering::Relaxed);
                tracing::info!(run = %row.lease.run, epoch = row.lease.epoch, "lease lost; the run stops in this process");
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
            && self.live.has_subscribers(Topic::Org(org))
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
        if row.count > 0 && self.live.has_subscribers(Topic::Run(run)) {
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
