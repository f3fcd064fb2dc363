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
    harness::{
        TestApp,
        callers::Secret,
        people::{Person, key},
    },
};

cases![None:
    i15_what_follows_a_chunked_body_is_never_served,
    i15_a_malformed_chunk_gets_an_error_on_every_route_before_the_connection_ends,
    i15_a_body_whose_sender_stops_early_gets_an_error_on_every_route,
    requests_with_a_length_may_follow_each_other,
    a_chunked_request_is_answered_and_ends_its_connection;
];

/// Sends bytes. Returns the whole response, and whether the server closed the connection.
async fn exchange(base: &str, bytes: &[u8]) -> (String, bool) {
    response(send(base, bytes).await).await
}

/// The same for a sender that says that it will send no more.
async fn half_closed(base: &str, bytes: &[u8]) -> (String, bool) {
    let mut stream = send(base, bytes).await;
    stream.shutdown().await.expect("an open connection");
    response(stream).await
}

async fn send(base: &str, bytes: &[u8]) -> TcpStream {
    let address = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // The server may have closed it before the last byte is written.
    let _ = stream.write_all(bytes).await;
    stream
}

async fn response(mut stream: TcpStream) -> (String, bool) {
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut answer))
        .await
        .is_ok();
    (String::from_utf8_lossy(&answer).into_owned(), closed)
}

/// The secret of an API key that may use every route.
async fn developer_key(app: &TestApp, owner: &Person) -> String {
    let (_, program) = key(app, owner, Role::Developer).await;
    match program.secret {
        Secret::Key(secret) => secret,
        _ => panic!("a key"),
    }
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

/// The routes with a body, and the part of their head that they need.
fn routes(secret: &str) -> [(&'static str, String); 5] {
    let json = "content-type: application/json\r\n";
    let signed_in = format!("authorization: Bearer {secret}\r\n");
    [
        // Without a credential, and with one that is looked up before the body is read.
        ("/graphql", json.to_owned()),
        ("/graphql", format!("{json}{signed_in}")),
        ("/uploads", signed_in),
        ("/auth/link", json.to_owned()),
        ("/auth/password", json.to_owned()),
    ]
}

/// Asserts that a response is 400 in the usual form, and that it says what to do.
fn assert_malformed(case: &str, route: &str, (text, closed): &(String, bool)) {
    assert!(closed, "{case} on {route}: {text}");
    assert!(
        text.starts_with("HTTP/1.1 400 "),
        "{case} on {route}: {text}"
    );
    assert_eq!(answers(text, ""), 1, "{case} on {route}: {text}");
    let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    let (code, message) = if route == "/graphql" {
        let error = &body["errors"][0];
        (&error["extensions"]["code"], &error["message"])
    } else {
        (&body["error"]["code"], &body["error"]["message"])
    };
    assert_eq!(code, "INVALID_INPUT", "{case} on {route}: {text}");
    let message = message.as_str().expect("a text");
    assert!(
        message.contains("`Content-Length`"),
        "{case} on {route}: {text}"
    );
}

async fn i15_a_malformed_chunk_gets_an_error_on_every_route_before_the_connection_ends(
    app: TestApp,
) {
    let a = app.org("A").await;
    let secret = developer_key(&app, a.owner()).await;
    let host = app.base.trim_start_matches("http://");
    let long = "x".repeat(9_000);
    let long_chunk = format!("{:x}\r\n{long}", long.len());
    let bodies: [(&str, String); 10] = [
        (
            "a size that is not hexadecimal",
            "zz\r\n{}\r\n0\r\n\r\n".into(),
        ),
        ("a size with a sign", "+2\r\n{}\r\n0\r\n\r\n".into()),
        ("an empty size", "\r\n{}\r\n0\r\n\r\n".into()),
        (
            "a size beyond 64 bits",
            "10000000000000002\r\n{}\r\n0\r\n\r\n".into(),
        ),
        ("no CRLF after the data", "2\r\n{}XX\r\n0\r\n\r\n".into()),
        ("a bare LF after the size", "2\n{}\r\n0\r\n\r\n".into()),
        ("a bare LF after the data", "2\r\n{}\n0\r\n\r\n".into()),
        (
            "a control character in an extension",
            "2;a=\u{1}\r\n{}\r\n0\r\n\r\n".into(),
        ),
        (
            "a trailer that ends early",
            "2\r\n{}\r\n0\r\nx: y\rz\r\n\r\n".into(),
        ),
        (
            "a fault after a long chunk",
            format!("{long_chunk}XX\r\n0\r\n\r\n"),
        ),
    ];
    for (route, head) in routes(&secret) {
        for (case, body) in &bodies {
            let request = format!(
                "POST {route} HTTP/1.1\r\nhost: {host}\r\n{head}transfer-encoding: chunked\r\n\r\n\
                 {body}"
            );
            let mut answer = exchange(&app.base, request.as_bytes()).await;
            // The place of an upload that broke off becomes free a moment after its response.
            for _ in 0..100 {
                if route != "/uploads" || !answer.0.starts_with("HTTP/1.1 429 ") {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                answer = exchange(&app.base, request.as_bytes()).await;
            }
            assert_malformed(case, route, &answer);
        }
    }
}

async fn i15_a_body_whose_sender_stops_early_gets_an_error_on_every_route(app: TestApp) {
    let a = app.org("A").await;
    let secret = developer_key(&app, a.owner()).await;
    let host = app.base.trim_start_matches("http://");
    let chunked = "transfer-encoding: chunked\r\n\r\n";
    for (route, head) in routes(&secret) {
        for (case, rest) in [
            ("no chunk", chunked.to_owned()),
            ("a size alone", format!("{chunked}2")),
            ("half a chunk", format!("{chunked}4\r\n{{}}")),
            ("no last chunk", format!("{chunked}2\r\n{{}}\r\n")),
            (
                "no end of the trailers",
                format!("{chunked}2\r\n{{}}\r\n0\r\n"),
            ),
            (
                "a bare LF after the last chunk",
                format!("{chunked}2\r\n{{}}\r\n0\r\n\n"),
            ),
            (
                "less than the declared length",
                "content-length: 9\r\n\r\n{}".to_owned(),
            ),
        ] {
            let request = format!("POST {route} HTTP/1.1\r\nhost: {host}\r\n{head}{rest}");
            let answer = half_closed(&app.base, request.as_bytes()).await;
            assert_malformed(case, route, &answer);
        }
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
    let secret = developer_key(&app, a.owner()).await;
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
    assert!(text.contains("\"DEVELOPER\""), "{text}");
    assert!(text.to_lowercase().contains("connection: close"), "{text}");
}
