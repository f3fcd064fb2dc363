//! The running attempt of a body that reads from outside: its owner, and the memory that it charges
//! while it reads and releases when it ends.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;

use super::{Full, Grant, Key, Memory};

tokio::task_local! {
    static ATTEMPT: Arc<Attempt>;
}

struct Attempt {
    owner: Key,
    memory: Memory,
    patience: Duration,
    grant: Mutex<Grant>,
}

/// Runs a body on behalf of an owner. Memory that it charges is released when it ends.
pub async fn attempt<T>(
    owner: Key,
    memory: &Memory,
    patience: Duration,
    body: impl Future<Output = T>,
) -> T {
    let attempt = Attempt {
        owner,
        memory: memory.clone(),
        patience,
        grant: Mutex::new(memory.empty()),
    };
    ATTEMPT.scope(Arc::new(attempt), body).await
}

/// The owner of the running attempt; `None` outside an attempt.
pub fn owner() -> Option<Key> {
    ATTEMPT.try_with(|attempt| attempt.owner).ok()
}

/// Charges `bytes` to the running attempt, waiting for memory that other runs hold. Does nothing
/// outside an attempt.
pub async fn charge(bytes: usize) -> Result<(), Full> {
    let Ok(attempt) = ATTEMPT.try_with(Arc::clone) else {
        return Ok(());
    };
    match attempt.grant.lock().grow(bytes) {
        Ok(()) => return Ok(()),
        Err(full) if !full.by_others() => return Err(full),
        Err(_) => {}
    }
    let more = attempt.memory.room(bytes, attempt.patience).await?;
    attempt.grant.lock().merge(more);
    Ok(())
}
