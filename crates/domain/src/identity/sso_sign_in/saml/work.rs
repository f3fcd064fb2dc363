//! Checks of messages, a few at a time: a hostile message takes a core for some 30 ms, and nobody has to
//! be signed in to send one.

use std::sync::Arc;

use tokio::sync::Semaphore;
use types::ErrorCode;

use crate::{
    App,
    blocking::blocking,
    error::{AppError, Result},
};

/// The largest number of messages that wait for their turn.
const WAITING: usize = 64;

/// Limits the checks that run at once, and those that run or wait.
struct Turns {
    running: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let running = (cores / 2).max(1);
        Self {
            running: Arc::new(Semaphore::new(running)),
            places: Arc::new(Semaphore::new(running + WAITING)),
        }
    }
}

/// Does the work when it is its turn.
pub async fn in_turn<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let turns = app.state::<Turns>();
    let place = turns.places.clone().try_acquire_owned().map_err(|_| {
        AppError::new(
            ErrorCode::Unavailable,
            "The server is busy with other sign-ins; try again in a moment",
        )
    })?;
    let turn = turns.running.clone().acquire_owned().await;
    let turn = turn.map_err(AppError::internal)?;
    blocking(move || {
        let _held = (place, turn);
        Ok(work())
    })
    .await
}
