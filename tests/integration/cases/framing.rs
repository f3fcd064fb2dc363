//! Consecutive requests on one connection, and request smuggling.

use std::time::Duration;

use domain::Role;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    cases,
    harness::{TestApp, callers::Secret, people::key},
};

cases![None:
    i15_what_follows_a_chunked_body_is_never_served,
    i15_a_wrongly_framed_body_gets_an_error_before_the_connection_ends,
    requests_with_a_length_may_follow_each_other,
    a_chunked_request_is_answered_and_ends_its_connection;
];

/// Sends bytes. Returns the whole response, and whether the server closed the connection.
async fn exchange(base: &str, bytes: &[u8]) -> (String, bool) {
    let address = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // The server may have closed it before the last byte is written.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut answer))
        .await
        .is_ok();
    (String::from_utf8_lossy(&answer).into_owned(), closed)
}

/// The number of responses in a text whose status begins with these digits.
fn answers(text: &str, status: &str) -> usize {
    text.matches(&format!("HTTP/1.1 {status}")).count()
}

async fn i15_what_follows_a_chunked_body_is_never_served(app: TestApp) {
    let host = app.base.trim_start_matches("http://");
    let hidden = format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\n\r\n");
    let extension = "x".repeat(200_000);
    let endings: Vec<(&str, String)> = vec![
        ("a correct end", "2\r\n{}\r\n0\r\n\r\n".to_owned()),
        (
            "a bare LF after the last chunk",
            "2\r\n{}\r\n0\r\n\n".to_owned(),
        ),
        ("a bare LF after the size", "2\n{}\r\n0\r\n\r\n".to_owned()),
        ("a bare LF after the data", "2\r\n{}\n0\r\n\r\n".to_owned()),
        (
            "a CR in a quoted extension",
            "2;a=\"\r\"\r\n{}\r\n0\r\n\r\n".to_owned(),
        ),
        (
            "an LF in a quoted extension",
            "2;a=\"\n\"\r\n{}\r\n0\r\n\r\n".to_owned(),
        ),
        (
            "an endless extension",
            format!("2;{extension}\r\n{{}}\r\n0\r\n\r\n"),
        ),
        (
            "an endless trailer",
            format!("2\r\n{{}}\r\n0\r\nx: {extension}\r\n\r\n"),
        ),
        (
            "a trailer that ends early",
            "2\r\n{}\r\n0\r\nx: y\n\r\n".to_owned(),
        ),
        (
            "a size beyond 64 bits",
            "10000000000000002\r\n{}\r\n0\r\n\r\n".to_owned(),
        ),
        ("a size with a sign", "+2\r\n{}\r\n0\r\n\r\n".to_owned()),
        ("an empty size", "\r\n{}\r\n0\r\n\r\n".to_owned()),
    ];
    // Padding reveals requests that the parser consumes as part of a trailer and later continues
    // with.
    let padded = format!("x: y\r\n\r\n{hidden}");
    for (name, body) in endings {
        for behind in [&hidden, &padded] {
            let request = format!(
                "POST /auth/link HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
                 transfer-encoding: chunked\r\n\r\n{body}{behind}{behind}"
            );
            let (text, closed) = exchange(&app.base, request.as_bytes()).await;
            assert!(closed, "{name}: {text}");
            assert_eq!(answers(&text, "2"), 0, "{name}: {text}");
        }
    }
    // Requests with two lengths, or with a length and chunks, are invalid.
    for heads in [
        "content-length: 2\r\ntransfer-encoding: chunked\r\n",
        "content-length: 2\r\ncontent-length: 3\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding : chunked\r\n",
    ] {
        let request = format!(
            "POST /auth/link HTTP/1.1\r\nhost: {host}\r\n{heads}\r\n2\r\n{{}}\r\n0\r\n\r\n{hidden}"
        );
        let (text, closed) = exchange(&app.base, request.as_bytes()).await;
        assert!(closed, "{heads}: {text}");
        assert_eq!(answers(&text, "2"), 0, "{heads}: {text}");
    }
}

/// On a route that reads the body immediately. On `/graphql`, the credential is looked up first,
/// and the HTTP library has ended the connection before there is a response.
async fn i15_a_wrongly_framed_body_gets_an_error_before_the_connection_ends(app: TestApp) {
    let host = app.base.trim_start_matches("http://");
    for body in [
        "zz\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}XX\r\n0\r\n\r\n",
        "+2\r\n{}\r\n0\r\n\r\n",
        "10000000000000002\r\n{}\r\n0\r\n\r\n",
    ] {
        let request = format!(
            "POST /auth/link HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
             transfer-encoding: chunked\r\n\r\n{body}"
        );
        let (text, closed) = exchange(&app.base, request.as_bytes()).await;
        assert!(closed, "{body:?}: {text}");
        assert!(text.starts_with("HTTP/1.1 400 "), "{body:?}: {text}");
        assert_eq!(answers(&text, "2"), 0, "{body:?}: {text}");
    }
}

async fn requests_with_a_length_may_follow_each_other(app: TestApp) {
    let host = app.base.trim_start_matches("http://");
    let one = format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\n");
    let request =
        format!("{one}\r\n{one}content-length: 2\r\n\r\n{{}}{one}connection: close\r\n\r\n");
    let (text, closed) = exchange(&app.base, request.as_bytes()).await;
    assert!(closed, "{text}");
    assert_eq!(answers(&text, "200"), 3, "{text}");
}

async fn a_chunked_request_is_answered_and_ends_its_connection(app: TestApp) {
    let a = app.org("A").await;
    let (_, program) = key(&app, a.owner(), Role::Viewer).await;
    let Secret::Key(secret) = &program.secret else {
        panic!("a key")
    };
    let host = app.base.trim_start_matches("http://");
    let body = json!({ "query": "{ viewer { role } }" }).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         authorization: Bearer {secret}\r\ntransfer-encoding: chunked\r\n\r\n\
         {:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    let (text, closed) = exchange(&app.base, request.as_bytes()).await;
    assert!(closed, "{text}");
    assert!(text.contains("\"VIEWER\""), "{text}");
    assert!(text.to_lowercase().contains("connection: close"), "{text}");
}
