//! Actions that run once a transaction is committed, such as sending a live message.

use std::fmt::{self, Debug, Formatter};

use parking_lot::Mutex;

type Action = Box<dyn FnOnce() + Send>;

/// The actions of one transaction.
#[derive(Default)]
pub(super) struct AfterCommit(Mutex<Vec<Action>>);

impl AfterCommit {
    /// Adds an action.
    pub fn add(&self, action: impl FnOnce() + Send + 'static) {
        self.0.lock().push(Box::new(action));
    }

    /// Runs the actions, in the order in which they were added.
    pub fn run(self) {
        for action in self.0.into_inner() {
            action();
        }
    }
}

impl Debug for AfterCommit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "AfterCommit({})", self.0.lock().len())
    }
}
