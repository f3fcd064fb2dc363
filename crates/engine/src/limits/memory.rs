//! Accounts of memory: a run's inside its organization's inside the process's.
//!
//! Whoever holds values takes a [`Grant`] in coarse steps, so the hot path never comes here. What
//! does not fit is refused at the innermost account that is full; [`Memory::room`] waits for a
//! bounded time. Nobody is refused for what others hold while its own organization has less than
//! its fair part: when the process is full, an organization may still have up to half of the
//! limit divided by the organizations that hold anything. So the sum stays under one and a half
//! times the process's limit.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::Notify,
    time::{self, Instant},
};

use super::MIB;

/// How often a waiter looks without being woken.
const LOOK: Duration = Duration::from_millis(100);

/// The owner of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// One run.
    Run,
    /// All runs of an organization in this process.
    Organization,
    /// All runs of this process.
    Process,
}

/// An account. Cheap to clone.
#[derive(Clone)]
pub struct Memory(Arc<Account>);

struct Account {
    holder: Holder,
    limit: usize,
    used: AtomicUsize,
    /// The most that was ever held.
    peak: AtomicUsize,
    /// Accounts inside this one that hold anything.
    members: AtomicUsize,
    parent: Option<Memory>,
    /// Of the outermost account: the waiters, and what wakes them.
    waiting: AtomicUsize,
    freed: Notify,
    /// What was last refused here or further out.
    refused: Mutex<Option<Full>>,
}

/// Why memory was refused. All numbers are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// The account that is full.
    pub holder: Holder,
    /// What was asked for.
    pub wanted: usize,
    /// What the account holds.
    pub used: usize,
    /// What it may hold.
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
            "{who} hold{} {} MB of memory, and {} MB more would exceed the limit of {} MB. Keep less \
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
    /// Whether what others hold is the reason.
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
    /// The process's account.
    pub fn process(limit: usize) -> Self {
        Self::new(Holder::Process, limit, None)
    }

    /// An account inside this one.
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

    /// What is held now, in bytes.
    pub fn used(&self) -> usize {
        self.0.used.load(Relaxed)
    }

    /// The most that was ever held, in bytes.
    pub fn peak(&self) -> usize {
        self.0.peak.load(Relaxed)
    }

    /// The most that may be held, in bytes.
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// What was last refused through this account.
    pub fn refused(&self) -> Option<Full> {
        *self.0.refused.lock()
    }

    /// Nothing yet, to grow.
    pub fn empty(&self) -> Grant {
        Grant {
            memory: self.clone(),
            bytes: 0,
        }
    }

    /// Takes `bytes` here and in the accounts around.
    pub fn take(&self, bytes: usize) -> Result<Grant, Full> {
        let mut grant = self.empty();
        grant.grow(bytes)?;
        Ok(grant)
    }

    /// The same, waiting until there is room, for so long at most.
    pub async fn room(&self, bytes: usize, patience: Duration) -> Result<Grant, Full> {
        let until = Instant::now() + patience;
        let outermost = self.outermost();
        loop {
            // Registered before looking, so that what is freed in between wakes it.
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

    /// `of_member`: what the account inside, for which this is, holds then.
    fn charge(&self, bytes: usize, of_member: usize) -> Result<(), Full> {
        let account = &*self.0;
        let fair = || {
            let members = account.members.load(Relaxed).max(1);
            account.holder == Holder::Process && of_member <= account.limit / (2 * members)
        };
        // What this account refuses is never counted, not even for a moment: another one would be
        // refused for it.
        let fits = |used: usize| {
            let after = used.saturating_add(bytes);
            (after <= account.limit || fair()).then_some(after)
        };
        let before = account
            .used
            .fetch_update(Relaxed, Relaxed, fits)
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

    /// Takes from this account only.
    fn leave(&self, bytes: usize) {
        if self.0.used.fetch_sub(bytes, Relaxed) == bytes
            && bytes > 0
            && let Some(parent) = &self.0.parent
        {
            parent.0.members.fetch_sub(1, Relaxed);
        }
    }

    /// Takes although it does not fit.
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
        self.leave(bytes);
        match &self.0.parent {
            Some(parent) => parent.give_back(bytes),
            None if self.0.waiting.load(Relaxed) > 0 => self.0.freed.notify_waiters(),
            None => {}
        }
    }
}

/// A waiter for room.
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

/// Memory that was taken; given back when dropped.
#[derive(Debug)]
pub struct Grant {
    memory: Memory,
    bytes: usize,
}

impl Grant {
    /// How much it is.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes more.
    pub fn grow(&mut self, more: usize) -> Result<(), Full> {
        self.memory
            .charge(more, 0)
            .inspect_err(|full| *self.memory.0.refused.lock() = Some(*full))?;
        self.bytes += more;
        Ok(())
    }

    /// Takes more although it may not fit: for what exists already and cannot be given up.
    pub fn force(&mut self, more: usize) {
        self.memory.force(more);
        self.bytes += more;
    }

    /// Takes over what another one of the same account holds.
    pub fn merge(&mut self, mut other: Grant) {
        if Arc::ptr_eq(&self.memory.0, &other.memory.0) {
            self.bytes += std::mem::take(&mut other.bytes);
        }
    }

    /// Gives back what is over `bytes`.
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
