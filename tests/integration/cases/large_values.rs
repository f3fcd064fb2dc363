//! Values that are too large for the journal or for a response: they are read whole, in pages and
//! by download, and references to artifacts are never returned.

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        people::random_id,
        pipelines::{create, finished, start, text},
        socket::Socket,
    },
};

cases![Shared:
    api_large_output_is_read_whole_and_no_field_returns_a_reference,
    an_output_of_two_megabytes_is_paged_and_downloaded_with_the_permission_to_read_runs,
    an_input_that_is_one_value_many_times_is_shown_in_parts_up_to_a_limit;
];

/// A pipeline whose output is a long text, which a second stage reads too.
fn long(text: &str) -> String {
    json!({
        "name": "Long", "version": "1.0.0", "output_stage_id": "a",
        "stages": [
            { "id": "a", "component": "variable_set",
              "config": { "name": "v", "value": format!("{{{{ {text} }}}}") } },
            { "id": "b", "component": "variable_set", "depends_on": ["a"],
              "config": { "name": "w", "value": "{{upstream.a.value}}" } },
        ],
    })
    .to_string()
}

async fn run_of(caller: &Caller, text: &str) -> String {
    let pipeline = create(caller, &long(text)).await;
    let run = start(caller, &pipeline).await;
    assert_eq!(finished(caller, &run).await, "SUCCEEDED");
    run
}

async fn api_large_output_is_read_whole_and_no_field_returns_a_reference(app: TestApp) {
    app.work();
    let org = app.org("A").await;
    let caller = &org.owner().caller;
    let run = run_of(caller, "\"z\" * 70000").await;
    let whole = "z".repeat(70_000);

    let data = caller
        .data(
            "query($id: ID!) { run(id: $id) { output outputValue { truncated bytes mediaType } \
               stages { address input output } stage(address: \"b\") { input output } \
               none: stage(address: \"no\") { address } \
               pipeline { lastRun { output } } } }",
            json!({ "id": run }),
        )
        .await;
    let found = &data["run"];
    assert_eq!(found["output"]["value"], *whole);
    assert_eq!(found["outputValue"]["truncated"], false);
    assert_eq!(found["outputValue"]["mediaType"], "application/json");
    assert!(found["outputValue"]["bytes"].as_u64() > Some(70_000));
    assert_eq!(found["pipeline"]["lastRun"]["output"]["value"], *whole);
    assert_eq!(found["stages"][1]["input"]["value"], *whole);
    assert_eq!(found["stages"][1]["output"]["value"], *whole);
    assert_eq!(found["stage"]["input"]["value"], *whole);
    assert_eq!(found["stage"]["output"]["value"], *whole);
    assert_eq!(found["none"], Json::Null);
    let list = "{ runs(first: 1) { edges { node { output } } } }";
    let data = caller.data(list, json!({})).await;
    assert_eq!(data["runs"]["edges"][0]["node"]["output"]["value"], *whole);

    let events = "query($id: ID!) { run(id: $id) { events { type stage body } } }";
    let data = caller.data(events, json!({ "id": run })).await;
    no_reference(&data);
    let events = data["run"]["events"].as_array().expect("events");
    let ended: Vec<&Json> = events
        .iter()
        .filter(|e| matches!(e["type"].as_str(), Some("stage.succeeded" | "run.finished")))
        .collect();
    assert_eq!(ended.len(), 3);
    for event in ended {
        assert_eq!(event["body"]["output"], Json::Null);
        let told = &event["body"]["truncated"]["output"];
        assert!(told["bytes"].as_u64() > Some(70_000), "{event}");
        assert_eq!(told["mediaType"], "application/json");
    }

    let mut socket = Socket::open(caller).await;
    let watch =
        "subscription($id: ID!) { runEvents(runId: $id) { ... on RunEvent { type body } } }";
    socket.subscribe("e", watch, json!({ "id": run })).await;
    loop {
        let message = socket.next().await.expect("a message");
        no_reference(&message);
        if message["type"] == "complete" {
            break;
        }
    }
}

fn no_reference(answer: &Json) {
    let text = answer.to_string();
    assert!(
        !text.contains("artifact") && !text.contains("sha256"),
        "{text}"
    );
}

async fn download(caller: &Caller, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = caller.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request.send().await.expect("the server answers")).await
}

async fn an_output_of_two_megabytes_is_paged_and_downloaded_with_the_permission_to_read_runs(
    app: TestApp,
) {
    app.work();
    let (a, b) = (app.org("A").await, app.org("B").await);
    let caller = &a.owner().caller;
    let run = run_of(caller, "\"é\" * 1000000").await;

    let document = "query($id: ID!) { run(id: $id) { \
        output outputValue { truncated bytes preview downloadUrl } \
        inputValue { truncated downloadUrl } \
        stage(address: \"b\") { input inputValue { bytes downloadUrl } \
            output outputValue { bytes downloadUrl } } } }";
    let data = caller.data(document, json!({ "id": run })).await;
    let found = &data["run"];
    assert_eq!(found["output"], Json::Null);
    assert_eq!(found["stage"]["input"], Json::Null);
    assert_eq!(found["stage"]["output"], Json::Null);
    assert_eq!(found["inputValue"]["truncated"], false);
    let value = &found["outputValue"];
    assert_eq!(value["truncated"], true);
    let bytes = value["bytes"].as_u64().expect("a size");

    // In pages, each of whole characters.
    let (mut paged, mut offset) = (String::new(), Json::from(0));
    while !offset.is_null() {
        let page = "query($id: ID!, $offset: Int!) { run(id: $id) { outputValue { \
            text(offset: $offset, length: 200001) { text nextOffset } } } }";
        let data = caller
            .data(page, json!({ "id": run, "offset": offset }))
            .await;
        let page = &data["run"]["outputValue"]["text"];
        paged += page["text"].as_str().expect("a text");
        offset = page["nextOffset"].clone();
    }
    assert_eq!(paged.len() as u64, bytes);
    let parsed: Json = serde_json::from_str(&paged).expect("JSON");
    assert_eq!(parsed["value"], *"é".repeat(1_000_000));

    // As a download, whole and in parts.
    let url = text(&value["downloadUrl"]);
    let all = download(caller, &url, &[]).await;
    assert_eq!((all.status.as_u16(), &all.text), (200, &paged));
    let header = |answer: &Answer, name: &str| {
        let value = answer.headers.get(name).expect(name);
        value.to_str().expect("text").to_owned()
    };
    assert_eq!(header(&all, "content-type"), "application/json");
    assert_eq!(header(&all, "x-content-type-options"), "nosniff");
    assert_eq!(header(&all, "accept-ranges"), "bytes");
    let name = format!("attachment; filename=\"{run}-output.json\"");
    assert_eq!(header(&all, "content-disposition"), name);
    let tag = header(&all, "etag");
    let part = download(caller, &url, &[("range", "bytes=2-6"), ("if-range", &tag)]).await;
    assert_eq!((part.status.as_u16(), &*part.text), (206, &paged[2..7]));
    assert_eq!(header(&part, "content-range"), format!("bytes 2-6/{bytes}"));
    let end = download(caller, &url, &[("range", "bytes=-1")]).await;
    assert_eq!((end.status.as_u16(), &*end.text), (206, "}"));
    let known = download(caller, &url, &[("if-none-match", &tag)]).await;
    assert_eq!((known.status.as_u16(), &*known.text), (304, ""));
    let beyond = download(caller, &url, &[("range", "bytes=9999999-")]).await;
    assert_eq!(beyond.status.as_u16(), 416);
    assert_eq!(header(&beyond, "content-range"), format!("bytes */{bytes}"));
    let head = caller
        .request(Method::HEAD, &url)
        .send()
        .await
        .expect("an answer");
    assert_eq!(head.headers()["content-length"], bytes.to_string());

    // The run's input, and the input and output of one stage.
    let stage = &found["stage"];
    for (path, size) in [
        (&found["inputValue"]["downloadUrl"], None),
        (
            &stage["inputValue"]["downloadUrl"],
            stage["inputValue"]["bytes"].as_u64(),
        ),
        (
            &stage["outputValue"]["downloadUrl"],
            stage["outputValue"]["bytes"].as_u64(),
        ),
    ] {
        let answer = download(caller, &text(path), &[]).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}");
        assert!(
            size.is_none_or(|size| size == answer.text.len() as u64),
            "{path}"
        );
        serde_json::from_str::<Json>(&answer.text).expect("JSON");
    }

    // Only callers who may read the run can download it; for others it is not found.
    assert_eq!(
        download(&app.anonymous(), &url, &[]).await.status.as_u16(),
        401
    );
    let nobody = random_id::<types::RunId>(&app);
    for path in ["output", "input", "output?stage=a", "input?stage=b"] {
        let theirs = download(&b.owner().caller, &format!("/api/runs/{run}/{path}"), &[]).await;
        let none = download(
            &b.owner().caller,
            &format!("/api/runs/{nobody}/{path}"),
            &[],
        )
        .await;
        assert_eq!(theirs.status.as_u16(), 404, "t20");
        assert_eq!(theirs.comparable(), none.comparable(), "t20 {path}");
    }
    let elsewhere = format!("{url}?org={}", b.id);
    assert_eq!(download(caller, &elsewhere, &[]).await.status.as_u16(), 404);
    let none = download(caller, &format!("{url}?stage=no"), &[]).await;
    assert_eq!(none.status.as_u16(), 404);
}

/// A run whose second stage reads a text of one megabyte `times` times.
async fn repeated(caller: &Caller, times: usize) -> String {
    let parts = vec!["{{upstream.a.value}}"; times];
    let source = json!({
        "name": "Repeated", "version": "1.0.0",
        "stages": [
            { "id": "a", "component": "variable_set",
              "config": { "name": "v", "value": "{{ \"z\" * 1000000 }}" } },
            { "id": "b", "component": "json_transform", "depends_on": ["a"],
              "config": { "data": parts, "template": "1" } },
        ],
    });
    let pipeline = create(caller, &source.to_string()).await;
    let run = start(caller, &pipeline).await;
    assert_eq!(finished(caller, &run).await, "SUCCEEDED");
    run
}

async fn an_input_that_is_one_value_many_times_is_shown_in_parts_up_to_a_limit(app: TestApp) {
    app.work();
    let org = app.org("A").await;
    let caller = &org.owner().caller;
    let run = repeated(caller, 4).await;
    let ask = "query($id: ID!) { run(id: $id) { stage(address: \"b\") { input inputValue { \
        truncated bytes preview text(offset: 2500000, length: 10) { text nextOffset } } } } }";
    let data = caller.data(ask, json!({ "id": run })).await;
    let stage = &data["run"]["stage"];
    let value = &stage["inputValue"];
    assert_eq!(
        (&stage["input"], &value["truncated"]),
        (&Json::Null, &json!(true))
    );
    assert_eq!(
        value["text"],
        json!({ "text": "z".repeat(10), "nextOffset": 2_500_010 })
    );
    let whole = caller.get(&format!("/api/runs/{run}/input?stage=b")).await;
    assert_eq!(Some(whole.text.len() as u64), value["bytes"].as_u64());
    assert!(
        whole.text.starts_with(&text(&value["preview"])),
        "{}",
        value["preview"]
    );

    // The size of a hundred megabytes is computed and refused, without writing them.
    let run = repeated(caller, 100).await;
    let began = std::time::Instant::now();
    let refused = caller.graphql(ask, json!({ "id": run })).await;
    assert_eq!(
        refused.code().as_deref(),
        Some("LIMIT_EXCEEDED"),
        "{:.200}",
        refused.text
    );
    let refused = caller.get(&format!("/api/runs/{run}/input?stage=b")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("64 MiB"), "{:.200}", refused.text);
    assert!(began.elapsed() < std::time::Duration::from_secs(60));
}
