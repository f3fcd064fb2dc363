//! The limits of requests and responses. Each has a named error and a test at n and n + 1.

use std::time::Duration;

/// Bytes of a request body, for a signed-in caller.
pub const BODY: usize = 2 * 1024 * 1024;
/// Bytes of a request body, without a valid credential.
pub const ANONYMOUS_BODY: usize = 16 * 1024;
/// Bytes of a form that an identity provider lets the browser post (SAML).
pub const SAML_BODY: usize = 1_000_000;
/// Bytes of one GraphQL document.
pub const DOCUMENT: usize = 64 * 1024;
/// Bytes of one operation's variables as JSON. The largest pipeline file fits even if every byte is
/// escaped, and leaves room for the document in the body.
pub const VARIABLES: usize = 2 * domain::pipelines::MAX_SOURCE + 4 * 1024;
/// Bytes of a document's arguments. A variable counts at each use.
pub const ARGUMENTS: usize = 2 * VARIABLES;
/// Entries of one list in the variables.
pub const LIST: usize = 1_000;
/// Bytes of one id.
pub const ID: usize = 128;
/// Bytes of one word in a document.
pub const WORD: usize = 256;
/// Operations in one batch.
pub const BATCH: usize = 10;
/// Levels of nested fields.
pub const DEPTH: usize = 16;
/// Points of one request, summed over its operations; see `graphql::cost`. Also the number of
/// fields and fragments in a document after its fragments have been inlined.
pub const COMPLEXITY: usize = 10_000;
/// Points of each message of a subscription.
pub const MESSAGE: usize = 500;
/// Bytes of one response, for all operations of the request together, or of one message of a
/// subscription.
pub const ANSWER: usize = 8 * 1024 * 1024;
/// Bytes of all responses that this process builds or sends at one time.
pub const ANSWERS: usize = 64 * 1024 * 1024;
/// Errors in one response.
pub const ERRORS: usize = 100;
/// Bytes of an error's text.
pub const ERROR_TEXT: usize = 8 * 1024;
/// Directives in one document.
pub const DIRECTIVES: usize = 50;
/// Aliases in one document.
pub const ALIASES: usize = 100;
/// Tokens of one document.
pub const TOKENS: usize = 10_000;
/// Levels of nested brackets in one document, checked before it is parsed.
pub const NESTING: usize = 100;
/// Levels of nested fragments.
pub const FRAGMENTS: usize = 50;
/// Variables that one operation declares.
pub const VARIABLE_COUNT: usize = 200;
/// Streams on one WebSocket.
pub const STREAMS: usize = 50;
/// Bytes of one message on a WebSocket. Operations with larger variables are sent with POST.
pub const WS_MESSAGE: usize = 256 * 1024;
/// Bytes of the first message on a WebSocket, before authentication.
pub const WS_OPENING: usize = 16 * 1024;
/// Entries of the largest page of a list.
pub const PAGE: usize = 100;
/// Entries of a page without `first`.
pub const DEFAULT_PAGE: usize = 20;
/// Events of one page of a journal, which is also the default.
pub const EVENTS: usize = 1_000;
/// Ids in one `nodes(ids)`.
pub const NODES: usize = 100;
/// How long a client may leave a response unread.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections of one address at one time; a trusted proxy may have any number.
pub const CONNECTIONS: usize = 2_048;
/// Bodies from one address that are being read at one time.
pub const BODIES: usize = 128;
/// Bytes of the bodies from one address that are being read at one time.
pub const BODY_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of all bodies that are being read at one time, beyond the first [`ANONYMOUS_BODY`] of each.
pub const ALL_BODY_BYTES: usize = 64 * 1024 * 1024;
/// The maximum time of an upload.
pub const UPLOAD_TIME: Duration = Duration::from_secs(300);
/// The longest pause during an upload.
pub const UPLOAD_PAUSE: Duration = Duration::from_secs(20);
/// Concurrent uploads from one address. Each holds about 1 MiB in memory.
pub const UPLOADS: usize = 16;
/// Concurrent uploads from all addresses.
pub const ALL_UPLOADS: usize = 32;
/// Values that are held in memory as text while they are downloaded, such as inputs of stages. Each
/// has at most 64 MiB.
pub const DOWNLOADED_TEXTS: usize = 4;
/// How long a download waits for a permit.
pub const DOWNLOAD_WAIT: Duration = Duration::from_secs(20);
/// Open WebSockets from one address.
pub const SOCKETS_OF_ADDRESS: usize = 2_048;
/// Open WebSockets of one person or API key.
pub const SOCKETS_OF_CALLER: usize = 1_024;
/// Open streams of one person or API key, on all of their WebSockets.
pub const STREAMS_OF_CALLER: usize = 6_144;
/// Those of them that follow drafts. Each keeps a timer and messages with whole changes.
pub const DRAFT_STREAMS_OF_CALLER: usize = 256;
