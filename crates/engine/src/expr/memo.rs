//! A cache of the compiled expressions of one pipeline. Its check, structure and plan all need
//! them, and parsing is expensive.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering},
};

use parking_lot::Mutex;

use super::{Expr, ExprError, Names};

/// The compiled expressions of one pipeline. They refer to its stages by number.
#[derive(Debug, Default)]
pub struct Memo {
    known: Mutex<HashMap<Key, Result<Expr, ExprError>>>,
    tried: AtomicU32,
}

/// The most expressions of one pipeline that are evaluated without input.
const MOST_TRIED: u32 = 1_000;

/// The text, the local names, and whether any other name may be local.
type Key = (String, Vec<String>, bool);

impl Memo {
    /// [`Expr::failure`] for the first thousand expressions of the pipeline. Each may take up to a
    /// millisecond.
    pub(crate) fn failure(&self, expr: &Expr, condition: bool) -> Option<ExprError> {
        if self.tried.fetch_add(1, Ordering::Relaxed) >= MOST_TRIED {
            return None;
        }
        expr.failure(condition)
    }

    /// The cached expression; compiles it if it is not cached.
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
