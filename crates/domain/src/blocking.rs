//! Runs CPU-bound work off the threads that answer requests.

use crate::error::{AppError, Result};

/// Does the work on a thread for blocking work. It continues if the caller stops waiting.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(AppError::internal)?
}
