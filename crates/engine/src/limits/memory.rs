//! Memory accounts: a run's account is inside its organization's, which is inside the process's.
//!
//! A holder of values takes a [`Grant`] in coarse steps, so the hot path does not reach this code.
//! A request that does not fit is refused by the innermost account that is full; [`Memory::room`]
//! waits for a limited time first. An organization below its fair part is not refused because of
//! what others hold: when the process is full, an organization may still have up to half of the
//! limit divided by the number of organizations that hold anything. The sum therefore stays below
//! one and a half times the process's limit.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{
            AtomicUsize,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::Notify,
    time::{self, Instant},
};

use super::MIB;

/// How often a waiter checks again without being notified.
const LOOK: Duration = Duration::from_millis(100);

/// The kind of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// One run.
    Run,
    /// All runs of an organization in this process.
    Organization,
    /// All runs of this process.
    Process,
}

/// A memory account. Cheap to clone.
#[derive(Clone)]
pub struct Memory(Arc<Account>);

struct Account {
    holder: Holder,
    limit: usize,
    used: AtomicUsize,
    /// The highest usage so far.
    peak: AtomicUsize,
    /// The number of inner accounts that hold anything.
    members: AtomicUsize,
    parent: Option<Memory>,
    /// On the outermost account: the number of waiters, and the notification for them.
    waiting: AtomicUsize,
    freed: Notify,
    /// The last refusal by this account or one that encloses it.
    refused: Mutex<Option<Full>>,
}

/// The reason why memory was refused. All numbers are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// The account that is full.
    pub holder: Holder,
    /// The requested amount.
    pub wanted: usize,
    /// What the account holds.
    pub used: usize,
    /// The account's limit.
    pub limit: usize,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (who, setting) = match self.holder {
            Holder::Run => ("this run", "FLOWMASON_RUN_MEMORY_MB"),
            Holder::Organization => ("the runs of this organization", "FLOWMASON_ORG_MEMORY_MB"),
            Holder::Process => ("the runs of this server", "FLOWMASON_MEMORY_MB"),
        };
        write!(
            f,
            "{who} hold{} {} MB of memory, and {} MB more would exceed the limit of {} MB. Use less \
             at once: smaller values, a lower max_parallel, or several runs; the operator's \
             setting is {setting}",
            if self.holder == Holder::Run { "s" } else { "" },
            self.used.div_ceil(MIB),
            self.wanted.div_ceil(MIB),
            self.limit / MIB,
        )
    }
}

impl Full {
    /// Whether memory that other runs hold is the reason.
    pub fn by_others(&self) -> bool {
        self.holder != Holder::Run
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} of {}", self.0.holder, self.used(), self.0.limit)
    }
}

impl Memory {
    /// Creates the account of the process.
    pub fn process(limit: usize) -> Self {
        Self::new(Holder::Process, limit, None)
    }

    /// Creates an account inside this one.
    pub fn inside(&self, holder: Holder, limit: usize) -> Self {
        Self::new(holder, limit, Some(self.clone()))
    }

    fn new(holder: Holder, limit: usize, parent: Option<Memory>) -> Self {
        Self(Arc::new(Account {
            holder,
            limit,
            used: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            members: AtomicUsize::new(0),
            parent,
            waiting: AtomicUsize::new(0),
            freed: Notify::new(),
            refused: Mutex::default(),
        }))
    }

    /// The current usage, in bytes.
    pub fn used(&self) -> usize {
        self.0.used.load(Relaxed)
    }

    /// The highest usage so far, in bytes.
    pub fn peak(&self) -> usize {
        self.0.peak.load(Relaxed)
    }

    /// The limit, in bytes.
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// The last refusal by this account or one that encloses it.
    pub fn refused(&self) -> Option<Full> {
        *self.0.refused.lock()
    }

    /// An empty grant, to be grown.
    pub fn empty(&self) -> Grant {
        Grant {
            memory: self.clone(),
            bytes: 0,
        }
    }

    /// Takes `bytes` from this account and those that enclose it.
    pub fn take(&self, bytes: usize) -> Result<Grant, Full> {
        let mut grant = self.empty();
        grant.grow(bytes)?;
        Ok(grant)
    }

    /// [`Memory::take`], but waits for memory for at most `patience`.
    pub async fn room(&self, bytes: usize, patience: Duration) -> Result<Grant, Full> {
        let until = Instant::now() + patience;
        let outermost = self.outermost();
        loop {
            // Register before checking, so that memory freed in between wakes this waiter.
            let mut freed = std::pin::pin!(outermost.0.freed.notified());
            let _waits = Waits::new(outermost);
            freed.as_mut().enable();
            match self.take(bytes) {
                Ok(grant) => return Ok(grant),
                Err(full) if Instant::now() >= until || bytes > self.0.limit => return Err(full),
                Err(_) => {}
            }
            tokio::select! {
                () = freed => {}
                () = time::sleep_until(until.min(Instant::now() + LOOK)) => {}
            }
        }
    }

    fn outermost(&self) -> &Memory {
        let mut memory = self;
        while let Some(parent) = &memory.0.parent {
            memory = parent;
        }
        memory
    }

    /// `of_member`: what the inner account that makes the request would hold afterwards.
    fn charge(&self, bytes: usize, of_member: usize) -> Result<(), Full> {
        let account = &*self.0;
        let fair = || {
            let members = account.members.load(Relaxed).max(1);
            account.holder == Holder::Process && of_member <= account.limit / (2 * members)
        };
        // A refused request must never be counted, not even for a moment, because another one could
        // be refused for it.
        let fits = |used: usize| {
            let after = used.saturating_add(bytes);
            (after <= account.limit || fair()).then_some(after)
        };
        let before = account
            .used
            .fetch_update(Acquire, Relaxed, fits)
            .map_err(|used| Full {
                holder: account.holder,
                wanted: bytes,
                used,
                limit: account.limit,
            })?;
        let after = before.saturating_add(bytes);
        if let Some(parent) = &account.parent {
            if before == 0 && bytes > 0 {
                parent.0.members.fetch_add(1, Relaxed);
            }
            parent
                .charge(bytes, after)
                .inspect_err(|_| self.leave(bytes))?;
        }
        account.peak.fetch_max(after, Relaxed);
        Ok(())
    }

    /// Returns bytes to this account only, not to those that enclose it.
    fn leave(&self, bytes: usize) {
        if self.0.used.fetch_sub(bytes, Release) == bytes
            && bytes > 0
            && let Some(parent) = &self.0.parent
        {
            parent.0.members.fetch_sub(1, Relaxed);
        }
    }

    /// Takes bytes even beyond the limit.
    fn force(&self, bytes: usize) {
        let before = self.0.used.fetch_add(bytes, Relaxed);
        self.0.peak.fetch_max(before.saturating_add(bytes), Relaxed);
        if let Some(parent) = &self.0.parent {
            if before == 0 && bytes > 0 {
                parent.0.members.fetch_add(1, Relaxed);
            }
            parent.force(bytes);
        }
    }

    fn give_back(&self, bytes: usize) {
        if bytes == 0 {
            return;
        }
        self.leave_all(bytes);
        let outermost = &self.outermost().0;
        if outermost.waiting.load(Relaxed) > 0 {
            outermost.freed.notify_waiters();
        }
    }

    /// Returns bytes to the outermost account first, so that no account ever holds more than those
    /// inside it together: whoever takes what became free here finds it free further out as well.
    fn leave_all(&self, bytes: usize) {
        if let Some(parent) = &self.0.parent {
            parent.leave_all(bytes);
        }
        self.leave(bytes);
    }
}

/// A waiter for memory, counted while it exists.
struct Waits<'a>(&'a Memory);

impl<'a> Waits<'a> {
    fn new(memory: &'a Memory) -> Self {
        memory.0.waiting.fetch_add(1, Relaxed);
        Self(memory)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.0.waiting.fetch_sub(1, Relaxed);
    }
}

/// Memory taken from an account; returned when dropped.
#[derive(Debug)]
pub struct Grant {
    memory: Memory,
    bytes: usize,
}

impl Grant {
    /// The size of the grant, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes more memory.
    pub fn grow(&mut self, more: usize) -> Result<(), Full> {
        self.memory
            .charge(more, 0)
            .inspect_err(|full| *self.memory.0.refused.lock() = Some(*full))?;
        self.bytes += more;
        Ok(())
    }

    /// Takes more memory even beyond the limit: for values that exist already and cannot be
    /// dropped.
    pub fn force(&mut self, more: usize) {
        self.memory.force(more);
        self.bytes += more;
    }

    /// Takes over another grant of the same account.
    pub fn merge(&mut self, mut other: Grant) {
        if Arc::ptr_eq(&self.memory.0, &other.memory.0) {
            self.bytes += std::mem::take(&mut other.bytes);
        }
    }

    /// Returns everything above `bytes`.
    pub fn shrink(&mut self, bytes: usize) {
        if let Some(over) = self.bytes.checked_sub(bytes) {
            self.bytes = bytes;
            self.memory.give_back(over);
        }
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        self.memory.give_back(self.bytes);
    }
}
