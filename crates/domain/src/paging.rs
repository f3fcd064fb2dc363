//! Pages of lists that are sorted by UUIDv7, newest first.

use types::{Cursor, OrgId};
use uuid::Uuid;

use crate::error::{AppError, Result};

/// The default page size, in rows.
const DEFAULT_SIZE: u32 = 20;
/// The largest page size, in rows.
const MAX_SIZE: u32 = 100;

/// The requested page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The number of rows, 1 to 100; 20 if absent.
    pub first: Option<i32>,
    /// The cursor of the row before the page; absent: the first page.
    pub after: Option<String>,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T> {
    /// Each row with its cursor.
    pub edges: Vec<(String, T)>,
    /// Whether there are rows after this page.
    pub has_next: bool,
    /// Whether there are rows before this page.
    pub has_previous: bool,
    /// The cursor after which the next page begins, if it is not that of the last row.
    pub end: Option<String>,
}

/// A validated page: its start and its size.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// An exclusive upper bound of the rows' keys.
    pub below: Uuid,
    /// The number of rows.
    pub size: u32,
    /// The organization, list and filter to which cursors are bound.
    list: String,
    has_previous: bool,
}

impl Page {
    /// Validates the page. `list` identifies the list and its filter; a cursor of another
    /// organization, list or filter is an error.
    pub(crate) fn window(&self, org: OrgId, list: &str) -> Result<Window> {
        let size = match self.first {
            None => DEFAULT_SIZE,
            Some(first) => u32::try_from(first)
                .ok()
                .filter(|size| (1..=MAX_SIZE).contains(size))
                .ok_or_else(|| {
                    AppError::invalid("first", format!("is {first}; it must be 1 to {MAX_SIZE}"))
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
    /// The first `size` rows below a key, for a list without cursors.
    pub fn below(below: Uuid, size: u32) -> Self {
        Self {
            below,
            size,
            list: String::new(),
            has_previous: false,
        }
    }

    /// The number of rows to query: one more than the page has, to tell whether more follow.
    pub fn limit(&self) -> u32 {
        self.size + 1
    }

    /// Builds the page from rows that were queried with [`Window::limit`].
    pub fn listed<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> Uuid) -> Listed<T> {
        // The statement sorts, but inside another statement its order is not guaranteed.
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

    /// The same page, with the next one beginning below `key`: all rows down to there were
    /// examined.
    pub fn goes_on<T>(&self, listed: Listed<T>, key: Uuid) -> Listed<T> {
        Listed {
            has_next: true,
            end: Some(Cursor { key }.encode(&self.list)),
            ..listed
        }
    }
}
