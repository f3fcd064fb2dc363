//! `http_request` on the wire: how a response becomes the output, and which bytes a request sends.

use engine::{Value, component::Resources, component::StageError};
use types::ErrorCode;

use super::super::http_request;
use crate::{
    http::{GuardedClient, OutboundConfig},
    testing::{Server, answering, context, run},
};

/// The resources of a stage, and the server that it may call.
struct Wire {
    resources: Resources,
    at: String,
    server: Server,
}

async fn server(answers: Vec<Vec<u8>>) -> Wire {
    let server = answering("127.0.0.1", 0, answers).await;
    let at = format!("127.0.0.1:{}", server.port);
    let outbound = OutboundConfig {
        allow: vec![at.clone()],
        ..OutboundConfig::default()
    };
    let client = GuardedClient::builder().outbound(outbound).build().unwrap();
    Wire {
        resources: Resources::default().with(client),
        at,
        server,
    }
}

fn answer(status: &str, headers: &[u8], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(headers);
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// The output of a GET request for this response.
async fn got(status: &str, headers: &[u8], body: &[u8]) -> Result<Value, StageError> {
    let server = server(vec![answer(status, headers, body)]).await;
    let input = format!(r#"{{"url":"http://{}/"}}"#, server.at);
    let ctx = context(server.resources, &[]);
    run(&http_request::HTTP_REQUEST, ctx, &input).await
}

/// The request that is sent for these inputs besides `url`.
async fn sent(fields: &str) -> String {
    let server = server(vec![answer("200 OK", b"", b"")]).await;
    let input = format!(r#"{{"url":"http://{}/p",{fields}}}"#, server.at);
    let ctx = context(server.resources, &[]);
    run(&http_request::HTTP_REQUEST, ctx, &input).await.unwrap();
    let seen = server.server.seen.lock();
    seen[0].clone()
}

fn field(out: &Value, name: &str) -> String {
    out.get(name).unwrap().to_json()
}

#[tokio::test]
async fn an_output_describes_its_body() {
    let deflated = b"\x78\x9c\xab\x56\xaa\x52\xb2\x32\xac\x05\x00\x08\xa7\x02\x22";
    // The response: status, headers, body. Then the output: body, form, media type, character set,
    // number of warnings.
    type Sent<'a> = (&'a str, &'a [u8], &'a [u8]);
    let cases: [(Sent<'_>, [&str; 4], usize); 10] = [
        (
            (
                "200 OK",
                b"Content-Type: text/plain; charset=ISO-8859-1\r\n",
                b"Gr\xfc\xdfe",
            ),
            ["\"Grüße\"", "text", "text/plain", "\"windows-1252\""],
            0,
        ),
        (
            (
                "200 OK",
                b"Content-Type: Application/JSON\r\nContent-Encoding: deflate\r\n",
                deflated,
            ),
            ["{\"z\":1}", "json", "application/json", "\"utf-8\""],
            0,
        ),
        (
            ("200 OK", b"Content-Type: image/png\r\n", b"\x89P"),
            ["\"iVA=\"", "base64", "image/png", "null"],
            0,
        ),
        (
            ("200 OK", b"", b"\xff\xfe\x00\xd8 no text"),
            ["", "text", "", "\"utf-16le\""],
            1,
        ),
        (("200 OK", b"", b"[1]"), ["[1]", "json", "", "\"utf-8\""], 0),
        (
            ("200 OK", b"Content-Type: text/plain\r\n", b"a\xffb"),
            ["\"a\u{fffd}b\"", "text", "text/plain", "\"utf-8\""],
            1,
        ),
        (
            (
                "200 OK",
                b"Content-Type: text/plain; charset=klingon\r\n",
                b"hi",
            ),
            ["\"hi\"", "text", "text/plain", "\"utf-8\""],
            1,
        ),
        (
            ("204 No Content", b"", b""),
            ["\"\"", "empty", "", "null"],
            0,
        ),
        (
            ("200 OK", b"Content-Type: application/json\r\n", b""),
            ["null", "empty", "application/json", "null"],
            0,
        ),
        (
            (
                "200 OK",
                b"Content-Type: application/octet-stream\r\n",
                b"\0\x01\x02",
            ),
            ["\"AAEC\"", "base64", "application/octet-stream", "null"],
            0,
        ),
    ];
    for ((status, headers, body), [value, form, kind, charset], warnings) in cases {
        let out = got(status, headers, body).await.unwrap();
        let case = String::from_utf8_lossy(headers);
        if !value.is_empty() {
            assert_eq!(field(&out, "body"), value, "{case}");
        }
        assert_eq!(out.get("body_form"), Some(&form.into()), "{case}");
        assert_eq!(out.get("content_type"), Some(&kind.into()), "{case}");
        assert_eq!(field(&out, "charset"), charset, "{case}");
        assert_eq!(out.get("body_error"), Some(&Value::Null), "{case}");
        let told = out.get("warnings").unwrap().as_list().unwrap().len();
        assert_eq!(told, warnings, "{case}: {}", field(&out, "warnings"));
    }
}

#[tokio::test]
async fn declared_json_that_cannot_be_read_fails_a_success_and_flags_an_error_status() {
    let json = b"Content-Type: application/json\r\n";
    for (body, part) in [
        (
            &b"<html>  Bad\ngateway"[..],
            "It begins: <html> Bad gateway",
        ),
        (b"{\"a\":1,\"a\":2}", "`a`"),
        (b"{\"id\":12345678901234567890123}", "64 bits"),
        (b"{\"x\":NaN}", "line 1"),
        (b"{\"x\":\"\xff\"}", "U+FFFD"),
    ] {
        let error = got("200 OK", json, body).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::HttpFailed);
        assert!(
            error.message.contains(part) && error.message.contains("application/json"),
            "{error}"
        );
        let out = got("502 X", json, body).await.unwrap();
        assert_eq!(out.get("success"), Some(&false.into()));
        assert_eq!(out.get("body_form"), Some(&"text".into()));
        assert!(field(&out, "body_error").contains("It begins: "));
    }
}

#[tokio::test]
async fn an_unknown_or_wrong_encoding_fails_and_is_named() {
    for (headers, body, parts) in [
        (
            &b"Content-Encoding: compress\r\n"[..],
            &b"x"[..],
            ["`compress`", "zstd"],
        ),
        (
            b"Content-Encoding: gzip\r\n",
            b"<html>plain after all</html>",
            ["`gzip`", "begins: <html>plain"],
        ),
        (
            b"Content-Encoding: deflate\r\n",
            b"\x78\x9c\xab\x56",
            ["`deflate`", "is incomplete"],
        ),
    ] {
        let error = got("200 OK", headers, body).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::HttpFailed);
        for part in parts {
            assert!(error.message.contains(part), "{error}");
        }
    }
}

#[tokio::test]
async fn a_repeated_header_is_a_list_and_no_byte_of_it_is_lost() {
    let headers =
        b"Set-Cookie: a=1\r\nX-Name: Gr\xfc\xdfe\r\nset-cookie: b=2\r\nX-Utf: \xC3\xBC\r\n";
    let out = got("200 OK", headers, b"").await.unwrap();
    let headers = out.get("headers").unwrap();
    assert_eq!(field(headers, "set-cookie"), r#"["a=1","b=2"]"#);
    assert_eq!(field(headers, "x-name"), "\"Grüße\"");
    assert_eq!(field(headers, "x-utf"), "\"ü\"");
}

#[tokio::test]
async fn a_redirect_is_followed_by_the_bytes_of_its_location() {
    for (location, asked) in [
        (&b"/caf\xe9?x=\xfc"[..], "/caf%E9?x=%FC"),
        (b"/caf\xC3\xA9", "/caf%C3%A9"),
        (b"/a b", "/a%20b"),
    ] {
        let mut headers = b"Location: ".to_vec();
        headers.extend_from_slice(location);
        headers.extend_from_slice(b"\r\n");
        let server = server(vec![
            answer("302 Found", &headers, b""),
            answer("200 OK", b"", b"there"),
        ])
        .await;
        let input = format!(r#"{{"url":"http://{}/"}}"#, server.at);
        let ctx = context(server.resources, &[]);
        let out = run(&http_request::HTTP_REQUEST, ctx, &input).await.unwrap();
        assert_eq!(out.get("body"), Some(&"there".into()));
        let second = server.server.seen.lock()[1].clone();
        assert!(second.starts_with(&format!("GET {asked} ")), "{second}");
    }
}

#[tokio::test]
async fn a_content_length_of_zero_is_sent_if_the_server_expects_a_body() {
    for (method, said) in [
        ("POST", true),
        ("PUT", true),
        ("PATCH", true),
        ("GET", false),
        ("DELETE", false),
        ("HEAD", false),
    ] {
        let sent = sent(&format!(r#""method":"{method}""#))
            .await
            .to_lowercase();
        assert_eq!(sent.contains("content-length: 0\r\n"), said, "{sent}");
        assert!(sent.contains("accept-encoding: gzip"), "{sent}");
    }
}

#[tokio::test]
async fn the_content_type_of_a_request_decides_what_is_sent() {
    for (kind, body, end) in [
        (
            "application/x-www-form-urlencoded",
            r#"{"grant_type":"client_credentials","scope":"read write&more"}"#,
            "\r\n\r\ngrant_type=client_credentials&scope=read+write%26more",
        ),
        (
            "application/vnd.api+json",
            r#"{"a":[1]}"#,
            "\r\n\r\n{\"a\":[1]}",
        ),
        ("text/plain", "5", "\r\n\r\n5"),
    ] {
        let sent = sent(&format!(
            r#""method":"POST","headers":{{"content-type":"{kind}"}},"body":{body}"#
        ))
        .await;
        assert!(sent.ends_with(end), "{sent}");
        assert!(
            sent.contains(&format!("content-type: {kind}\r\n")),
            "{sent}"
        );
    }
    let sent = sent(
        r#""method":"POST","headers":{"Content-Type":"multipart/form-data"},
           "body":{"file":{"filename":"a.txt","content":"hi"}}"#,
    )
    .await;
    assert!(
        sent.contains("content-type: multipart/form-data; boundary=flowmason-")
            && sent.contains("name=\"file\"; filename=\"a.txt\""),
        "{sent}"
    );
}

#[tokio::test]
async fn the_error_of_a_retried_attempt_quotes_the_start_of_the_body() {
    let server = server(vec![answer(
        "503 X",
        b"Retry-After: 2\r\nContent-Type: text/plain; charset=latin1\r\n",
        b"Zu  viele\nAnfr\xe4gen",
    )])
    .await;
    let mut ctx = context(server.resources, &[]);
    ctx.max_attempts = 3;
    let input = format!(r#"{{"url":"http://{}/"}}"#, server.at);
    let error = run(&http_request::HTTP_REQUEST, ctx, &input)
        .await
        .unwrap_err();
    assert_eq!(error.retry_after_ms, Some(2000));
    assert!(
        error.message.contains("503") && error.message.ends_with("begins: Zu viele Anfrägen"),
        "{error}"
    );
}

#[tokio::test]
async fn a_character_that_is_not_allowed_in_a_url_is_named_with_its_position_and_a_remedy() {
    for (url, name, around) in [
        (
            "http://x.example.com/echo?q=new york",
            "a space",
            "new york",
        ),
        ("http://x.example.com/a\\tb", "a tab", "a␣b"),
        ("http://x.example.com/a\\nb", "a line break", "a␣b"),
        ("http://x.example.com\\\\a", "a backslash", ".com\\a"),
        (
            "http://x.example.com/a\\u200bb",
            "U+200B ZERO WIDTH SPACE",
            "a␣b",
        ),
        (
            "http://x.example.com/a\\u00a0b",
            "U+00A0 NO-BREAK SPACE",
            "a␣b",
        ),
    ] {
        for private in [false, true] {
            let client = GuardedClient::builder().allow_private_network(private);
            let resources = Resources::default().with(client.build().unwrap());
            let input = format!(r#"{{"url":"{url}"}}"#);
            let error = run(&http_request::HTTP_REQUEST, context(resources, &[]), &input)
                .await
                .unwrap_err();
            assert_eq!(error.code, ErrorCode::StageInput, "{error}");
            for part in [name, around, "query_params", "urlencode("] {
                assert!(error.message.contains(part), "{part}: {error}");
            }
        }
    }
}
