//! Work that takes a processor's time, away from the threads that answer requests.

use crate::error::{AppError, Result};

/// Does the work on a thread of its own. It goes on when the caller no longer waits.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(AppError::internal)?
}
