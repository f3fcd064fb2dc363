//! Limits the size of a response while it is built.
//!
//! Everything that can be long (JSON values, files, logs, lists without a requested length) is
//! charged to the request's budget before it becomes part of the response. The size of a page of
//! short fields is limited by its points; see [`super::cost`].

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_graphql::Context;
use serde_json::json;
use types::ErrorCode;

use crate::{error::ApiError, limits};

/// The bytes of all responses that this process is building or sending.
#[derive(Debug, Default)]
pub struct ResponseBytes(AtomicUsize);

/// The bytes of one request's response, shared by its operations. They are returned on drop.
#[derive(Debug)]
pub struct Budget {
    used: AtomicUsize,
    account: Arc<ResponseBytes>,
}

impl Budget {
    /// Creates a full budget for one request.
    pub fn new(account: &Arc<ResponseBytes>) -> Arc<Self> {
        Arc::new(Self {
            used: AtomicUsize::new(0),
            account: account.clone(),
        })
    }

    /// Takes bytes for something that is about to become part of the response.
    pub fn take(&self, bytes: usize) -> Result<(), ApiError> {
        let used = self.used.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let all = self.account.0.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if used > limits::ANSWER {
            return Err(too_large());
        }
        if all > limits::ANSWERS {
            return Err(ApiError::new(
                ErrorCode::Unavailable,
                "The server is busy with large responses; try again in a moment, or request less \
                 at once",
            ));
        }
        Ok(())
    }

    /// The number of bytes that the response may still have. Larger values need not be read.
    pub fn room(&self) -> usize {
        limits::ANSWER.saturating_sub(self.used.load(Ordering::Relaxed))
    }

    /// Returns all taken bytes, after the message that used them has been built.
    pub fn refill(&self) {
        let used = self.used.swap(0, Ordering::Relaxed);
        self.account.0.fetch_sub(used, Ordering::Relaxed);
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        self.refill();
    }
}

/// Takes bytes from the budget of the field's request.
pub fn take(ctx: &Context<'_>, bytes: usize) -> Result<(), ApiError> {
    match ctx.data_opt::<Arc<Budget>>() {
        Some(budget) => budget.take(bytes),
        None => Ok(()),
    }
}

/// The error of a response that would be too large.
pub fn too_large() -> ApiError {
    let error = ApiError::new(
        ErrorCode::LimitExceeded,
        format!(
            "The response is larger than {} bytes; request less at once: a smaller `first`, fewer \
             fields or fewer operations",
            limits::ANSWER
        ),
    );
    error.with("limit", json!("answer_bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends_at_its_limit_and_gives_back_what_it_took() {
        let account = Arc::default();
        let budget = Budget::new(&account);
        assert!(budget.take(limits::ANSWER).is_ok());
        let error = budget.take(1).unwrap_err();
        assert_eq!(error.code, ErrorCode::LimitExceeded);
        assert_eq!(budget.room(), 0);
        budget.refill();
        assert!(budget.take(limits::ANSWER).is_ok());
        drop(budget);
        assert_eq!(account.0.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn all_answers_together_are_bounded() {
        let account = Arc::default();
        let budgets: Vec<_> = (0..9).map(|_| Budget::new(&account)).collect();
        let refused: Vec<_> = budgets
            .iter()
            .filter_map(|budget| budget.take(limits::ANSWER).err())
            .collect();
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].code, ErrorCode::Unavailable);
    }
}
