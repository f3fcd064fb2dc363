//! Uploads: files that are sent ahead of a run, and the remarks about how they were read.

use std::time::Duration;

use domain::{Permission, Role, SystemCtx, uploads::MAX_BYTES};
use reqwest::Method;
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use types::UploadId;

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        callers::Secret,
        people::{key, random_id},
        pipelines::{chain, create, finished, sleeper, text},
        socket::Socket,
    },
};

cases![Shared:
    a_file_of_nine_megabytes_starts_runs_by_its_upload_and_their_pages_open,
    an_input_that_looks_like_a_reference_is_data,
    an_upload_is_read_by_its_name_or_media_type_and_guesses_are_reported,
    a_preview_says_what_a_start_would_say_and_starts_nothing,
    a_missing_foreign_or_expired_upload_is_refused_by_name,
    a_body_that_breaks_off_or_is_too_long_or_empty_leaves_nothing,
    the_feed_reports_a_run_operation_from_start_to_end;
];

const START: &str = "mutation($pipeline: ID!, $upload: ID!, $key: String) { \
    startRun(input: {pipelineId: $pipeline, inputUpload: $upload, idempotencyKey: $key}) { \
      run { id } remarks { code message place } } }";

/// Sends a file.
pub async fn send(
    caller: &Caller,
    name: &str,
    media_type: &str,
    body: impl Into<reqwest::Body>,
) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("name", name)
        .finish();
    let request = caller
        .request(Method::POST, &format!("/uploads?{query}"))
        .header("content-type", media_type)
        .body(body);
    Answer::of(request.send().await.expect("the server answers")).await
}

async fn sent(caller: &Caller, name: &str, body: impl Into<reqwest::Body>) -> String {
    let answer = send(caller, name, "application/octet-stream", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    text(&answer.json()["id"])
}

async fn a_file_of_nine_megabytes_starts_runs_by_its_upload_and_their_pages_open(app: TestApp) {
    app.work();
    let org = app.org("A").await;
    let caller = &org.owner().caller;
    let pipeline = create(caller, &chain(1)).await;
    let long = "x".repeat(9 << 20);
    let file = json!({ "value": long, "more": "ü" }).to_string();
    let answer = send(caller, "folder/in.json", "application/json", file.clone()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let told = answer.json();
    assert_eq!(
        (&told["name"], &told["mediaType"], &told["bytes"]),
        (
            &json!("in.json"),
            &json!("application/json"),
            &json!(file.len())
        )
    );
    let variables =
        |key: Option<&str>| json!({ "pipeline": pipeline, "upload": told["id"], "key": key });
    let data = caller.data(START, variables(Some("k"))).await;
    let run = text(&data["startRun"]["run"]["id"]);
    assert_eq!(data["startRun"]["remarks"], json!([]));
    assert_eq!(finished(caller, &run).await, "SUCCEEDED");
    // Longer than a value in a response may be: its size and its beginning are returned.
    let value = "query($id: ID!) { run(id: $id) { input inputValue { truncated bytes preview } \
        outputValue { bytes } } }";
    let data = caller.data(value, json!({ "id": run })).await;
    assert_eq!(data["run"]["input"], Json::Null);
    assert_eq!(data["run"]["inputValue"]["truncated"], true);
    assert!(text(&data["run"]["inputValue"]["preview"]).starts_with("{\"value\":\"xxx"));
    assert!(
        data["run"]["outputValue"]["bytes"].as_u64() > Some(9 << 20),
        "{data}"
    );
    let got = caller.get(&format!("/api/runs/{run}/input")).await;
    assert_eq!(
        got.json(),
        serde_json::from_str::<Json>(&file).expect("JSON")
    );

    // An upload can be used again until it expires. The same idempotency key gives the same start.
    let again = caller.data(START, variables(Some("k"))).await;
    assert_eq!(again["startRun"]["run"]["id"], json!(run));
    let other = caller.data(START, variables(None)).await;
    assert_ne!(other["startRun"]["run"]["id"], json!(run));

    // An API key that may start runs can upload files too; the audit row names the key.
    let (_, program) = key(&app, org.owner(), Role::Developer).await;
    sent(&program, "b.txt", "hello").await;
    let log = domain::audit::list(&org.owner().ctx, 100)
        .await
        .expect("the log");
    let rows: Vec<_> = log
        .iter()
        .filter(|row| row.action == "upload.create")
        .collect();
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter().any(|row| row.detail.contains("in.json")),
        "{rows:?}"
    );
}

async fn an_input_that_looks_like_a_reference_is_data(app: TestApp) {
    app.work();
    let org = app.org("A").await;
    let caller = &org.owner().caller;
    let pipeline = create(caller, &chain(1)).await;
    let start = "mutation($i: StartRunInput!) { startRun(input: $i) { run { id } } }";
    let forged = json!({ "$artifact": { "sha256": "00", "size": 3, "preview": "x" }, "value": 1 });
    let variables = json!({ "i": { "pipelineId": pipeline, "input": forged } });
    let data = caller.data(start, variables).await;
    let run = text(&data["startRun"]["run"]["id"]);
    assert_eq!(finished(caller, &run).await, "SUCCEEDED");
    let read = "query($id: ID!) { run(id: $id) { input inputValue { truncated } } }";
    let data = caller.data(read, json!({ "id": run })).await;
    assert_eq!(data["run"]["input"], forged);
    let retry = "mutation($id: ID!) { retryRun(input: { runId: $id }) { run { id input } } }";
    let data = caller.data(retry, json!({ "id": run })).await;
    assert_eq!(data["retryRun"]["run"]["input"], forged);

    // An invalid query string gives an error in the usual form.
    let twice = caller
        .request(Method::POST, "/uploads?name=a&name=b")
        .body("x");
    let answer = Answer::of(twice.send().await.expect("the server answers")).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert_eq!(answer.json()["error"]["code"], "INVALID_INPUT");
}

async fn an_upload_is_read_by_its_name_or_media_type_and_guesses_are_reported(app: TestApp) {
    let org = app.org("A").await;
    let caller = &org.owner().caller;
    let pipeline = create(caller, &chain(1)).await;
    let input = async |answer: Answer| {
        let variables = json!({ "pipeline": pipeline, "upload": answer.json()["id"] });
        let data = caller.data(START, variables).await["startRun"].clone();
        let ask = "query($id: ID!) { run(id: $id) { input } }";
        let seen = caller.data(ask, json!({ "id": data["run"]["id"] })).await;
        (seen["run"]["input"].clone(), data["remarks"].clone())
    };
    let csv = "id;name\n1;J\u{fc}rgen\n";
    let rows = json!({ "rows": [{ "id": 1, "name": "J\u{fc}rgen" }] });
    for (name, media_type) in [("a.csv", ""), ("a", "text/csv; charset=utf-8")] {
        let (value, remarks) = input(send(caller, name, media_type, csv).await).await;
        assert_eq!(value, rows, "{name}");
        assert_eq!(remarks[0]["code"], "SEPARATOR_GUESSED");
        assert_eq!(remarks[0]["place"], Json::Null);
    }
    let bytes = b"id,name\n1,J\xfcrgen\n".to_vec();
    let (value, remarks) = input(send(caller, "b.csv", "", bytes).await).await;
    assert_eq!(value, rows);
    assert_eq!(
        (&remarks[0]["code"], &remarks[0]["place"]),
        (&json!("CHARSET_GUESSED"), &json!("line 2"))
    );
    let (value, remarks) = input(send(caller, "notes", "text/plain", "hello").await).await;
    assert_eq!((value, remarks), (json!({ "text": "hello" }), json!([])));

    // A file sent as text gives the same remarks.
    let document = "mutation($pipeline: ID!, $text: String!) { startRun(input: {pipelineId: $pipeline, \
        inputFile: {name: \"a.csv\", text: $text}}) { remarks { code message } } }";
    let data = caller
        .data(document, json!({ "pipeline": pipeline, "text": csv }))
        .await;
    assert_eq!(data["startRun"]["remarks"][0]["code"], "SEPARATOR_GUESSED");

    // A file that cannot be parsed is refused with the line; the upload is kept.
    let broken = send(caller, "a.json", "", "{\n oops").await.json();
    let variables = json!({ "pipeline": pipeline, "upload": broken["id"] });
    let refused = caller.graphql(START, variables).await;
    assert_eq!(refused.code().as_deref(), Some("INVALID_INPUT"));
    assert!(
        refused.text.contains("inputUpload: a.json: line 2"),
        "{}",
        refused.text
    );
    let nul = send(caller, "a.json", "", "{\"a\":\"\\u0000\"}")
        .await
        .json();
    let variables = json!({ "pipeline": pipeline, "upload": nul["id"] });
    assert_eq!(caller.code(START, variables).await, "INVALID_INPUT");
    let both = "mutation($pipeline: ID!, $upload: ID!) { startRun(input: {pipelineId: $pipeline, \
        inputUpload: $upload, input: {value: 1}}) { run { id } } }";
    let variables = json!({ "pipeline": pipeline, "upload": broken["id"] });
    assert_eq!(caller.code(both, variables).await, "INVALID_INPUT");
}

async fn a_preview_says_what_a_start_would_say_and_starts_nothing(app: TestApp) {
    let org = app.org("A").await;
    let caller = &org.owner().caller;
    let pipeline = create(caller, &chain(1)).await;
    let csv = "id;name\n1;J\u{fc}rgen\n2;Ada\n";
    let upload = text(&send(caller, "a.csv", "", csv).await.json()["id"]);
    let of_upload = "query($id: ID!) { previewInput(inputUpload: $id) { \
        start bytes rows remarks { code message place } } }";
    let of_text = "query($text: String!) { previewInput(inputFile: {name: \"a.csv\", text: $text}) { \
        start bytes rows remarks { code message place } } }";
    let seen = caller.data(of_upload, json!({ "id": upload })).await["previewInput"].clone();
    let same = caller.data(of_text, json!({ "text": csv })).await["previewInput"].clone();
    assert_eq!(seen, same);
    assert_eq!(seen["rows"], 2);
    let value: Json = serde_json::from_str(&text(&seen["start"])).expect("it is short, so whole");
    assert_eq!(value["rows"][0], json!({ "id": 1, "name": "J\u{fc}rgen" }));
    let variables = json!({ "pipeline": pipeline, "upload": upload });
    let started = caller.data(START, variables).await["startRun"].clone();
    assert_eq!(seen["remarks"], started["remarks"]);
    assert_eq!(seen["remarks"][0]["code"], "SEPARATOR_GUESSED");
    let runs = caller
        .data("{ runs { edges { node { id } } } }", json!({}))
        .await;
    let runs = runs["runs"]["edges"].as_array().expect("a list").len();
    assert_eq!(runs, 1, "only the start started one");

    // Of long inputs, only the beginning is returned.
    let long = json!({ "value": "\u{e9}".repeat(1_000_000) }).to_string();
    let upload = text(&send(caller, "a.json", "", long.clone()).await.json()["id"]);
    let seen = caller.data(of_upload, json!({ "id": upload })).await["previewInput"].clone();
    assert_eq!(
        (&seen["bytes"], &seen["rows"]),
        (&json!(long.len()), &Json::Null)
    );
    let start = text(&seen["start"]);
    assert!(
        long.starts_with(&start) && (3_900..=4_000).contains(&start.len()),
        "{start}"
    );
    // The preview refuses what a start would refuse.
    let broken = caller.code(of_text, json!({ "text": "a,b\n\"x" })).await;
    assert_eq!(broken, "INVALID_INPUT");
}

async fn a_missing_foreign_or_expired_upload_is_refused_by_name(app: TestApp) {
    let (a, b) = (app.org("A").await, app.org("B").await);
    let caller = &a.owner().caller;
    let pipeline = create(caller, &chain(1)).await;
    let start = async |upload: &str| {
        let variables = json!({ "pipeline": pipeline, "upload": upload });
        caller.graphql(START, variables).await
    };
    let theirs = sent(&b.owner().caller, "in.json", "{}").await;
    let foreign = start(&theirs).await.comparable();
    let unknown = start(&random_id::<UploadId>(&app)).await.comparable();
    assert_eq!(foreign, unknown);
    assert!(
        foreign.contains("NOT_FOUND") && foreign.contains("upload"),
        "{foreign}"
    );

    let own = sent(caller, "in.json", "{}").await;
    let id: UploadId = own.parse().expect("an id");
    assert!(!start(&own).await.text.contains("errors"));
    let tx = app.app.db().begin(&[a.id]).await.expect("a transaction");
    let past = app.app.clock().now() - chrono::Duration::minutes(1);
    tx.execute(
        "UPDATE uploads SET expires_at = $1 WHERE org_id = $2 AND id = $3",
        [past.into(), a.id.0.into(), id.0.into()],
    )
    .await
    .expect("expired");
    tx.commit().await.expect("committed");
    assert_eq!(start(&own).await.code().as_deref(), Some("UPLOAD_EXPIRED"));
    // Its bytes are deleted; the record that it existed is kept for a while.
    let system = SystemCtx::new(&app.app);
    assert_eq!(domain::uploads::purge(&system).await.expect("purged"), 1);
    assert_eq!(domain::uploads::purge(&system).await.expect("purged"), 0);
    assert_eq!(start(&own).await.code().as_deref(), Some("UPLOAD_EXPIRED"));
    assert_eq!(parts(&app, a.id).await, 0);
    assert_eq!(parts(&app, b.id).await, 1, "another one stays");
    let log = domain::audit::list(&a.owner().ctx, 100)
        .await
        .expect("the log");
    assert!(log.iter().any(|row| row.action == "upload.expire"));

    // Callers who may not start runs cannot upload, and neither can strangers and other sites.
    assert!(!Permission::RunStart.roles().contains(&Role::Viewer));
    let (_, viewer) = key(&app, a.owner(), Role::Viewer).await;
    for (who, code) in [
        (&viewer, "FORBIDDEN"),
        (&a.of(Role::Viewer).caller, "FORBIDDEN"),
        (&app.anonymous(), "UNAUTHENTICATED"),
        (&b.owner().caller.in_org(a.id), "NOT_FOUND"),
    ] {
        let refused = send(who, "in.json", "", "{}").await;
        assert_eq!(refused.code().as_deref(), Some(code), "{:?}", who.secret);
    }
    let Secret::Session(token) = &caller.secret else {
        panic!("a session")
    };
    let evil = reqwest::Client::new()
        .post(format!("{}/uploads", app.base))
        .header("cookie", format!("__Host-flowmason={token}"))
        .header("origin", "https://evil.example")
        .body("{}");
    let refused = Answer::of(evil.send().await.expect("an answer")).await;
    assert_eq!(refused.code().as_deref(), Some("FORBIDDEN"));
}

/// The number of parts of an organization's uploads.
async fn parts(app: &TestApp, org: types::OrgId) -> u64 {
    let tx = app.app.db().begin(&[org]).await.expect("a transaction");
    // An update that changes nothing counts the rows.
    let sql = "UPDATE upload_parts SET number = number WHERE org_id = $1";
    let count = tx.execute(sql, [org.0.into()]).await.expect("counted");
    tx.rollback().await.expect("undone");
    count
}

/// Sends bytes unchanged and returns the response.
async fn raw(base: &str, head: &str, body: &[u8], close: bool) -> String {
    let mut stream = TcpStream::connect(base.trim_start_matches("http://"))
        .await
        .expect("a connection");
    stream.write_all(head.as_bytes()).await.expect("sent");
    // The server may answer and close before the last byte is written.
    let _ = stream.write_all(body).await;
    if close {
        let _ = stream.shutdown().await;
    }
    let mut answer = Vec::new();
    let all = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(Duration::from_secs(3), all).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn a_body_that_breaks_off_or_is_too_long_or_empty_leaves_nothing(app: TestApp) {
    let org = app.org("A").await;
    let caller = &org.owner().caller;
    let (_, program) = key(&app, org.owner(), Role::Developer).await;
    let Secret::Key(secret) = &program.secret else {
        panic!("a key")
    };
    let host = app.base.trim_start_matches("http://");
    let head = |more: &str| {
        format!(
            "POST /uploads?name=a.txt HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {secret}\r\n\
             {more}\r\n\r\n"
        )
    };
    // Half a body, and a declared length that is too long: neither becomes an upload.
    let megabyte = vec![b'x'; 1 << 20];
    for (more, body) in [
        ("content-length: 2097152", &megabyte[..]),
        ("content-length: 5", b"abc"),
        ("transfer-encoding: chunked", b"5\r\nabcde\r\n"),
    ] {
        let answer = raw(&app.base, &head(more), body, true).await;
        // A client that has stopped sending may also have stopped reading.
        let told = answer.starts_with("HTTP/1.1 400 ") && answer.contains("INVALID_INPUT");
        assert!(answer.is_empty() || told, "{more}: {answer}");
    }
    // A declared length that is too short: bytes beyond it are not part of the file.
    let answer = raw(&app.base, &head("content-length: 3"), b"abcdef", true).await;
    assert!(
        answer.contains(" 201 ") && answer.contains("\"bytes\":3"),
        "{answer}"
    );
    for wrong in [
        "content-length: -3",
        "content-length: x",
        "content-length: 3\r\ncontent-length: 4",
    ] {
        let answer = raw(&app.base, &head(wrong), b"abc", true).await;
        assert!(
            answer.is_empty() || answer.contains(" 400 "),
            "{wrong}: {answer}"
        );
    }

    // Over the limit: refused immediately because of the declared length, or when the limit is
    // exceeded.
    let over = format!("content-length: {}", MAX_BYTES + 1);
    let answer = raw(&app.base, &head(&over), b"", false).await;
    assert!(
        answer.contains(" 413 ") && answer.contains("LIMIT_EXCEEDED"),
        "{answer}"
    );
    assert!(answer.contains(&MAX_BYTES.to_string()), "{answer}");
    let chunk = vec![b'x'; 1 << 20];
    let mut endless = Vec::new();
    for _ in 0..33 {
        endless.extend_from_slice(b"100000\r\n");
        endless.extend_from_slice(&chunk);
        endless.extend_from_slice(b"\r\n");
    }
    let answer = raw(
        &app.base,
        &head("transfer-encoding: chunked"),
        &endless,
        true,
    )
    .await;
    assert!(!answer.contains(" 201 "), "{answer}");

    for (name, media_type, body, code) in [
        ("a.txt", "", "", "INVALID_INPUT"),
        ("a\nb", "", "x", "INVALID_INPUT"),
        ("", "", "x", "INVALID_INPUT"),
        (
            "a.txt",
            "multipart/form-data; boundary=x",
            "x",
            "INVALID_INPUT",
        ),
    ] {
        let refused = send(caller, name, media_type, body).await;
        assert_eq!(
            refused.code().as_deref(),
            Some(code),
            "{name:?} {media_type}"
        );
    }
    let gzip = caller
        .request(Method::POST, "/uploads?name=a.json")
        .header("content-encoding", "gzip")
        .body("x");
    let refused = Answer::of(gzip.send().await.expect("an answer")).await;
    assert_eq!(refused.status, 415, "{}", refused.text);
    let get = caller.get("/uploads").await;
    assert_eq!(
        (get.status.as_u16(), get.code().as_deref()),
        (405, Some("INVALID_INPUT"))
    );

    // A file of exactly the maximum size is accepted.
    let most = vec![b'x'; usize::try_from(MAX_BYTES).expect("a size")];
    let answer = send(caller, "most.txt", "", most).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    // Only the two complete uploads are left, in parts of half a megabyte.
    for _ in 0..100 {
        if parts(&app, org.id).await == 65 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} parts are left", parts(&app, org.id).await);
}

async fn the_feed_reports_a_run_operation_from_start_to_end(app: TestApp) {
    let (org, other) = (app.org("A").await, app.org("B").await);
    let caller = &org.owner().caller;
    let feed = "subscription { runOperationFeed { id status done total } }";
    let mut socket = Socket::open(caller).await;
    socket.subscribe("ops", feed, json!({})).await;
    // One look-up serves both listeners.
    let mut second = Socket::open(&org.of(Role::Viewer).caller).await;
    second.subscribe("ops", feed, json!({})).await;
    let mut foreign = Socket::open(&other.owner().caller).await;
    foreign.subscribe("ops", feed, json!({})).await;
    tokio::time::sleep(Duration::from_millis(300)).await;

    let pipeline = create(caller, &sleeper(600.0)).await;
    for _ in 0..3 {
        crate::harness::pipelines::start(caller, &pipeline).await;
    }
    let begin = "mutation { cancelRuns(input: {filter: {}}) { operation { id } } }";
    let begun = caller.data(begin, json!({})).await;
    let id = begun["cancelRuns"]["operation"]["id"].clone();
    for listener in [&mut socket, &mut second] {
        let told = listener.next().await.expect("a message");
        let told = &told["payload"]["data"]["runOperationFeed"];
        assert_eq!((&told["id"], &told["status"]), (&id, &json!("RUNNING")));
    }
    app.work();
    for listener in [&mut socket, &mut second] {
        loop {
            let told = listener.next().await.expect("a message");
            let told = told["payload"]["data"]["runOperationFeed"].clone();
            assert_eq!(told["id"], id);
            if told["status"] == "FINISHED" {
                assert_eq!((&told["done"], &told["total"]), (&json!(3), &json!(3)));
                break;
            }
        }
    }
    let silent = tokio::time::timeout(Duration::from_millis(300), foreign.next()).await;
    assert!(silent.is_err(), "{silent:?}");
}
