//! Pages of lists that are sorted by a UUIDv7, the newest first.

use types::{Cursor, OrgId};
use uuid::Uuid;

use crate::error::{AppError, Result};

/// How many rows a page has unless somebody says.
const USUAL: u32 = 20;
/// How many rows a page has at most.
const MOST: u32 = 100;

/// Which page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// How many rows; 20 when absent, at most 100.
    pub first: Option<i32>,
    /// The cursor of the row before.
    pub after: Option<String>,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T> {
    /// Each row with its cursor.
    pub edges: Vec<(String, T)>,
    /// Whether more rows follow.
    pub has_next: bool,
    /// Whether rows came before.
    pub has_previous: bool,
    /// Where the next page begins, when that is not behind the last row.
    pub end: Option<String>,
}

/// A checked page: where it begins and how long it is.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// The rows' keys are smaller than this one.
    pub below: Uuid,
    /// How many rows.
    pub size: u32,
    /// The list that cursors are bound to.
    list: String,
    has_previous: bool,
}

impl Page {
    /// Checks the page against its list: `list` names it and its filter. A cursor of another
    /// organization, list or filter is an error.
    pub(crate) fn window(&self, org: OrgId, list: &str) -> Result<Window> {
        let size = match self.first {
            None => USUAL,
            Some(first) => u32::try_from(first)
                .ok()
                .filter(|size| (1..=MOST).contains(size))
                .ok_or_else(|| {
                    AppError::invalid("first", format!("is {first}; it can be 1 to {MOST}"))
                })?,
        };
        let list = format!("{org}/{list}");
        let below = match &self.after {
            None => Uuid::max(),
            Some(text) => {
                Cursor::decode(text, &list)
                    .map_err(|e| AppError::invalid("after", e))?
                    .key
            }
        };
        Ok(Window {
            below,
            size,
            list,
            has_previous: self.after.is_some(),
        })
    }
}

impl Window {
    /// The first `size` rows below a key, of a list that nobody pages through.
    pub fn below(below: Uuid, size: u32) -> Self {
        Self {
            below,
            size,
            list: String::new(),
            has_previous: false,
        }
    }

    /// How many rows to ask for: one more than the page has, to know whether more follow.
    pub fn limit(&self) -> u32 {
        self.size + 1
    }

    /// The page, from rows that were asked for with [`Window::limit`].
    pub fn listed<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> Uuid) -> Listed<T> {
        // The statement sorts; wrapped into another one it need not keep the order.
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(key(row)));
        let size = self.size as usize;
        let has_next = rows.len() > size;
        rows.truncate(size);
        let edges = rows
            .into_iter()
            .map(|row| (Cursor { key: key(&row) }.encode(&self.list), row))
            .collect();
        Listed {
            edges,
            has_next,
            has_previous: self.has_previous,
            end: None,
        }
    }

    /// The same page, followed by what comes below `key`: rows were looked at down to there.
    pub fn goes_on<T>(&self, listed: Listed<T>, key: Uuid) -> Listed<T> {
        Listed {
            has_next: true,
            end: Some(Cursor { key }.encode(&self.list)),
            ..listed
        }
    }
}
