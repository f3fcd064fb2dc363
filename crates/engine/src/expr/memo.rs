//! Expressions of one pipeline that were compiled already: its check, its structure and its plan
//! all need them, and parsing is what costs.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering},
};

use parking_lot::Mutex;

use super::{Expr, ExprError, Names};

/// What was compiled. It belongs to one pipeline, whose stages it knows by their numbers.
#[derive(Debug, Default)]
pub struct Memo {
    known: Mutex<HashMap<Key, Result<Expr, ExprError>>>,
    tried: AtomicU32,
}

/// How many expressions of one pipeline are evaluated without input.
const MOST_TRIED: u32 = 1_000;

/// The text and the local names that it was compiled with.
type Key = (String, Vec<String>, bool);

impl Memo {
    /// What [`Expr::failure`] says, for the first thousand expressions of the pipeline: trying
    /// costs up to a millisecond each.
    pub(crate) fn failure(&self, expr: &Expr, condition: bool) -> Option<ExprError> {
        if self.tried.fetch_add(1, Ordering::Relaxed) >= MOST_TRIED {
            return None;
        }
        expr.failure(condition)
    }

    /// The compiled expression, compiled now if it was not before.
    pub(super) fn get(
        &self,
        text: &str,
        names: &Names<'_>,
        compile: impl FnOnce() -> Result<Expr, ExprError>,
    ) -> Result<Expr, ExprError> {
        let locals = names.locals.iter().map(|name| (*name).to_owned()).collect();
        let key = (text.to_owned(), locals, names.any_local);
        if let Some(known) = self.known.lock().get(&key) {
            return known.clone();
        }
        let compiled = compile();
        self.known.lock().insert(key, compiled.clone());
        compiled
    }
}
