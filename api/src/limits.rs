//! The numbers that bound a request. Each has a named error and a test at n and n + 1.

use std::time::Duration;

/// Bytes of a request's body.
pub const BODY: usize = 2 * 1024 * 1024;
/// Bytes of one GraphQL document.
pub const DOCUMENT: usize = 64 * 1024;
/// Bytes of one operation's variables as JSON.
pub const VARIABLES: usize = 1024 * 1024;
/// Operations in one batch.
pub const BATCH: usize = 10;
/// Fields inside fields.
pub const DEPTH: usize = 16;
/// Fields of one operation, list sizes multiplied.
pub const COMPLEXITY: usize = 10_000;
/// Directives in one document.
pub const DIRECTIVES: usize = 50;
/// Aliases in one document.
pub const ALIASES: usize = 100;
/// Words and signs of one document.
pub const TOKENS: usize = 10_000;
/// Brackets inside brackets in one document, before it is parsed.
pub const NESTING: usize = 100;
/// Variables that one operation declares.
pub const VARIABLE_COUNT: usize = 200;
/// Streams on one WebSocket.
pub const STREAMS: usize = 50;
/// Bytes of one message on a WebSocket.
pub const WS_MESSAGE: usize = DOCUMENT + VARIABLES;
/// The largest page of a list, and the page without `first`.
pub const PAGE: usize = 100;
/// Entries of a page when the caller does not say.
pub const DEFAULT_PAGE: usize = 20;
/// Ids in one `nodes(ids)`.
pub const NODES: usize = 100;
/// How long a client may leave what it asked for unread.
pub const UNREAD: Duration = Duration::from_secs(10);
