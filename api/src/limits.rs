//! The numbers that bound a request. Each has a named error and a test at n and n + 1.

use std::time::Duration;

/// Bytes of a request's body, of a caller who is signed in.
pub const BODY: usize = 2 * 1024 * 1024;
/// Bytes of a request's body, of nobody in particular.
pub const ANONYMOUS_BODY: usize = 16 * 1024;
/// Bytes of one GraphQL document.
pub const DOCUMENT: usize = 64 * 1024;
/// Bytes of one operation's variables as JSON. The largest pipeline file fits even if each of its
/// bytes needs an escape, and leaves a body room for its document.
pub const VARIABLES: usize = 2 * domain::pipelines::MAX_SOURCE + 4 * 1024;
/// Bytes of a document's arguments, each variable counted wherever it is used.
pub const ARGUMENTS: usize = 2 * VARIABLES;
/// Entries of one list in the variables.
pub const LIST: usize = 1_000;
/// Bytes of one id.
pub const ID: usize = 128;
/// Bytes of one word in a document.
pub const WORD: usize = 256;
/// Operations in one batch.
pub const BATCH: usize = 10;
/// Fields inside fields.
pub const DEPTH: usize = 16;
/// Points of one request, all of its operations together; see `graphql::cost`. Also the fields and
/// fragments of a document once its fragments are put in.
pub const COMPLEXITY: usize = 10_000;
/// Points of each message of a subscription.
pub const MESSAGE: usize = 500;
/// Bytes of one request's answer, all of its operations together, or of one message of a
/// subscription.
pub const ANSWER: usize = 8 * 1024 * 1024;
/// Bytes of all answers that this process makes or sends at one time.
pub const ANSWERS: usize = 64 * 1024 * 1024;
/// Errors of one answer.
pub const ERRORS: usize = 100;
/// Characters of an error's text.
pub const ERROR_TEXT: usize = 8 * 1024;
/// Directives in one document.
pub const DIRECTIVES: usize = 50;
/// Aliases in one document.
pub const ALIASES: usize = 100;
/// Words and signs of one document.
pub const TOKENS: usize = 10_000;
/// Brackets inside brackets in one document, before it is parsed.
pub const NESTING: usize = 100;
/// Fragments inside fragments.
pub const FRAGMENTS: usize = 50;
/// Variables that one operation declares.
pub const VARIABLE_COUNT: usize = 200;
/// Streams on one WebSocket.
pub const STREAMS: usize = 50;
/// Bytes of one message on a WebSocket; larger variables go by POST.
pub const WS_MESSAGE: usize = 256 * 1024;
/// Bytes of the first message on a WebSocket, of somebody who is not known yet.
pub const WS_OPENING: usize = 16 * 1024;
/// The largest page of a list, and the page without `first`.
pub const PAGE: usize = 100;
/// Entries of a page when the caller does not say.
pub const DEFAULT_PAGE: usize = 20;
/// Events of one page of a journal, also without `first`.
pub const EVENTS: usize = 1_000;
/// Ids in one `nodes(ids)`.
pub const NODES: usize = 100;
/// How long a client may leave what it asked for unread.
pub const UNREAD: Duration = Duration::from_secs(10);
/// Connections of one address at one time; a trusted proxy may have any number.
pub const CONNECTIONS: usize = 2_048;
/// Bodies of one address that are being read at one time.
pub const BODIES: usize = 128;
/// Bytes of the bodies of one address that are being read at one time.
pub const BODY_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of all bodies that are being read at one time, beyond the first [`ANONYMOUS_BODY`] of each.
pub const ALL_BODY_BYTES: usize = 64 * 1024 * 1024;
/// The time that a file may take to be sent.
pub const UPLOAD_TIME: Duration = Duration::from_secs(300);
/// The longest pause while a file is sent.
pub const UPLOAD_PAUSE: Duration = Duration::from_secs(20);
/// Files of one address that are being sent at one time. Of each about 1 MiB is held.
pub const UPLOADS: usize = 16;
/// Files of all addresses that are being sent at one time.
pub const ALL_UPLOADS: usize = 32;
/// Values that are held as text for their download, such as inputs of stages; at most 64 MiB each.
pub const DOWNLOADED_TEXTS: usize = 4;
/// How long a download waits for its turn.
pub const DOWNLOAD_WAIT: Duration = Duration::from_secs(20);
/// WebSockets of one address at one time.
pub const SOCKETS_OF_ADDRESS: usize = 2_048;
/// WebSockets of one person or key at one time.
pub const SOCKETS_OF_CALLER: usize = 1_024;
/// Streams of one person or key at one time, over all of their sockets.
pub const STREAMS_OF_CALLER: usize = 6_144;
