//! The limits and rules of GraphQL requests: G01 to G09, G13, G15. Tests that need no server (each
//! limit at n and n + 1) are in `api::guard`.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Answer, Caller, TestApp,
        pipelines::{chain, create, start},
    },
};

cases![Shared:
    g02_list_sizes_multiply_and_impossible_sizes_are_refused,
    g13_errors_have_a_code_and_a_request_id_and_leak_nothing,
    g15_the_run_list_and_the_run_page_take_few_statements_however_long;
None:
    g01_seventeen_levels_are_refused,
    g03_a_hundred_and_one_aliases_and_four_password_changes_are_refused,
    g04_eleven_operations_in_a_batch_are_refused,
    g05_floods_are_refused_fast,
    g06_circular_fragments_are_refused,
    g07_large_documents_variables_and_bodies_are_refused,
    g08_introspection_is_for_those_who_are_signed_in,
    g09_nothing_happens_by_get_form_or_multipart;
];

async fn signed_in(app: &TestApp) -> Caller {
    app.org("A").await.owner().caller.clone()
}

/// A document with this many levels of fields.
fn nested(levels: usize) -> String {
    format!("{{ __schema {{ types {} }} }}", chain_of(levels - 2))
}

/// `{ fields { type { fields { type … name } } } }` with this many levels.
fn chain_of(levels: usize) -> String {
    let mut text = "name".to_owned();
    for level in (0..levels - 1).rev() {
        let field = if level % 2 == 0 { "fields" } else { "type" };
        text = format!("{field} {{ {text} }}");
    }
    format!("{{ {text} }}")
}

async fn g01_seventeen_levels_are_refused(app: TestApp) {
    let caller = signed_in(&app).await;
    caller.data(&nested(16), json!({})).await;
    let answer = caller.graphql(&nested(17), json!({})).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_deref()),
        (422, Some("LIMIT_EXCEEDED"))
    );
}

async fn g02_list_sizes_multiply_and_impossible_sizes_are_refused(app: TestApp) {
    let caller = signed_in(&app).await;
    let list = |outer: &str, inner: &str| {
        format!(
            "{{ pipelines{outer} {{ edges {{ node {{ runs{inner} {{ edges {{ node {{ id }} }} }} }} }} }} }}"
        )
    };
    // 100 × (edges, node, runs, 24 × (edges, node, id)) is under the limit, 100 × 100 is not.
    caller
        .data(&list("(first: 100)", "(first: 24)"), json!({}))
        .await;
    for (outer, inner) in [
        ("(first: 100)", "(first: 100)"),
        ("(first: 1000000)", ""),
        ("(first: 2147483647)", "(first: 2147483647)"),
    ] {
        let code = caller.code(&list(outer, inner), json!({})).await;
        assert_eq!(code, "LIMIT_EXCEEDED", "{outer} {inner}");
    }
    // The default is twenty; the use case refuses negative numbers and zero.
    caller.data(&list("", ""), json!({})).await;
    for first in [-1, 0, 101] {
        let code = caller
            .code(
                "query($n: Int) { runs(first: $n) { edges { cursor } } }",
                json!({ "n": first }),
            )
            .await;
        assert_eq!(code, "INVALID_INPUT", "{first}");
    }
}

async fn g03_a_hundred_and_one_aliases_and_four_password_changes_are_refused(app: TestApp) {
    let caller = signed_in(&app).await;
    let aliases = |n: usize| {
        let fields: String = (0..n)
            .map(|i| format!("a{i}: viewer {{ role }} "))
            .collect();
        format!("{{ {fields} }}")
    };
    caller.data(&aliases(100), json!({})).await;
    assert_eq!(
        caller.code(&aliases(101), json!({})).await,
        "LIMIT_EXCEEDED"
    );
    let guesses = |n: usize| {
        let fields: String = (0..n)
            .map(|i| {
                format!("g{i}: setPassword(input: {{newPassword: \"guess {i} guess\"}}) {{ ok }} ")
            })
            .collect();
        format!("mutation {{ {fields} }}")
    };
    let over = caller.graphql(&guesses(4), json!({})).await;
    assert_eq!(
        over.code().as_deref(),
        Some("LIMIT_EXCEEDED"),
        "{}",
        over.text
    );
}

async fn g04_eleven_operations_in_a_batch_are_refused(app: TestApp) {
    let caller = signed_in(&app).await;
    let batch = |n: usize| Json::from(vec![json!({ "query": "{ viewer { role } }" }); n]);
    let ten = caller.post("/graphql", &batch(10)).await;
    assert_eq!(
        ten.json().as_array().map(Vec::len),
        Some(10),
        "{}",
        ten.text
    );
    for n in [0, 11] {
        let answer = caller.post("/graphql", &batch(n)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_deref()),
            (422, Some("LIMIT_EXCEEDED"))
        );
    }
}

async fn g05_floods_are_refused_fast(app: TestApp) {
    let caller = signed_in(&app).await;
    for flood in [
        format!("{{ {} }}", "a ".repeat(30_000)),
        format!("{{ a {} }}", "@a ".repeat(10_000)),
        format!("{{ {} }}", "a @skip(if:true) ".repeat(1_000)),
    ] {
        let start = Instant::now();
        assert_eq!(caller.code(&flood, json!({})).await, "LIMIT_EXCEEDED");
        // The guard's own tests check its 20 ms; here the time for HTTP is added.
        assert!(
            start.elapsed() < Duration::from_millis(500),
            "{:?}",
            start.elapsed()
        );
    }
}

async fn g06_circular_fragments_are_refused(app: TestApp) {
    let caller = signed_in(&app).await;
    for document in [
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ viewer { ...A } } fragment A on Viewer { organization { ...B } } \
         fragment B on Organization { ...B }",
        "{ __typename } fragment A on Query { __typename }",
    ] {
        assert_eq!(
            caller.code(document, json!({})).await,
            "INVALID_INPUT",
            "{document}"
        );
    }
}

async fn g07_large_documents_variables_and_bodies_are_refused(app: TestApp) {
    let caller = signed_in(&app).await;
    let padded = |n: usize| format!("{{ __typename }}{}", " ".repeat(n - 14));
    caller.data(&padded(64 * 1024), json!({})).await;
    assert_eq!(
        caller.code(&padded(64 * 1024 + 1), json!({})).await,
        "LIMIT_EXCEEDED"
    );

    let validate = "query($source: String!) { validatePipeline(source: $source) { valid } }";
    let with = |n: usize| json!({ "source": "x".repeat(n - r#"{"source":""}"#.len()) });
    caller.data(validate, with(900_000)).await;
    let over = with(api::limits::VARIABLES + 64);
    let answer = caller.graphql(validate, over).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_deref()),
        (422, Some("LIMIT_EXCEEDED"))
    );

    let body = |n: usize| {
        let rest = r#"{"query":"{ __typename }","operationName":null,"x":""}"#.len();
        format!(
            r#"{{"query":"{{ __typename }}","operationName":null,"x":"{}"}}"#,
            "x".repeat(n - rest)
        )
    };
    let send = async |text: String| {
        let request = caller.request(Method::POST, "/graphql");
        let request = request
            .header("content-type", "application/json")
            .body(text);
        Answer::of(request.send().await.expect("an answer")).await
    };
    assert_eq!(send(body(2 * 1024 * 1024)).await.status, 200);
    let over = send(body(2 * 1024 * 1024 + 1)).await;
    assert_eq!(
        (over.status.as_u16(), over.code().as_deref()),
        (413, Some("LIMIT_EXCEEDED"))
    );

    let deep = format!(
        r#"{{"query":"{{ __typename }}","variables":{{"a":{}1{}}}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    assert_eq!(send(deep).await.code().as_deref(), Some("INVALID_JSON"));
    // An integer that a double would round is refused, not rounded.
    let large = r#"{"query":"{ __typename }","variables":{"a":123456789012345678901}}"#;
    assert_eq!(
        send(large.to_owned()).await.code().as_deref(),
        Some("VALUE_OUT_OF_RANGE")
    );
}

async fn g08_introspection_is_for_those_who_are_signed_in(app: TestApp) {
    let query = "{ __schema { queryType { name } } }";
    let data = signed_in(&app).await.data(query, json!({})).await;
    assert_eq!(data["__schema"]["queryType"]["name"], "Query");
    let nobody = app.anonymous();
    let answer = nobody.graphql(query, json!({})).await;
    assert!(!answer.text.contains("queryType\":{"), "{}", answer.text);
    let answer = nobody
        .graphql("{ __type(name: \"Run\") { fields { name } } }", json!({}))
        .await;
    assert!(!answer.text.contains("createdAt"), "{}", answer.text);
    let typo = nobody.graphql("{ viewr { role } }", json!({})).await;
    assert!(!typo.text.contains("viewer"), "{}", typo.text);
}

async fn g09_nothing_happens_by_get_form_or_multipart(app: TestApp) {
    let caller = signed_in(&app).await;
    let mutation = "mutation{createOrganization(input:{name:\"x\"}){organization{id}}}";
    for path in [
        "/graphql?query={__typename}".to_owned(),
        format!("/graphql?query={mutation}"),
        "/graphql?query=subscription{runFeed{id}}".to_owned(),
    ] {
        let answer = caller.get(&path).await;
        assert_eq!(answer.status, 405, "{path}: {}", answer.text);
        assert_eq!(answer.headers["allow"], "POST");
    }
    let body = json!({ "query": mutation }).to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json, text/plain",
        "application/graphql",
    ] {
        let request = caller
            .request(Method::POST, "/graphql")
            .header("content-type", kind);
        let answer = Answer::of(request.body(body.clone()).send().await.expect("an answer")).await;
        assert_eq!(answer.status, 403, "{kind}: {}", answer.text);
    }
    let request = caller.request(Method::POST, "/graphql").body(body.clone());
    assert_eq!(
        request.send().await.expect("an answer").status(),
        403,
        "without a type"
    );
    for method in [Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH] {
        let answer = caller
            .request(method, "/graphql")
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 405);
    }
    let data = caller
        .data("{ viewer { organizations { id } } }", json!({}))
        .await;
    assert_eq!(
        data["viewer"]["organizations"].as_array().map(Vec::len),
        Some(1)
    );
}

async fn g13_errors_have_a_code_and_a_request_id_and_leak_nothing(app: TestApp) {
    let caller = signed_in(&app).await;
    let check = |answer: &Answer, code: &str| {
        let json = answer.json();
        let extensions = &json["errors"][0]["extensions"];
        assert_eq!(extensions["code"], code, "{}", answer.text);
        let header = answer.headers["x-request-id"].to_str().expect("a text");
        assert_eq!(extensions["requestId"], header);
        let text = answer.text.to_lowercase();
        for leak in [
            "select ", "insert ", "sqlx", "sea_orm", "sqlite", "postgres", ".rs", "panicked",
        ] {
            assert!(!text.contains(leak), "{leak} in {text}");
        }
    };
    // An error of the GraphQL library.
    check(
        &caller.graphql("{ nothing }", json!({})).await,
        "INVALID_INPUT",
    );
    check(
        &caller.graphql("{ run(id: 5.5) { id } }", json!({})).await,
        "INVALID_INPUT",
    );
    check(
        &caller.graphql("{ run { id } }", json!({})).await,
        "INVALID_INPUT",
    );
    check(&caller.graphql("{", json!({})).await, "INVALID_INPUT");
    // A caller's own request id is returned, unless it has other characters.
    let request = caller
        .request(Method::POST, "/graphql")
        .header("x-request-id", "my-id-0001");
    let request = request.json(&json!({ "query": "{ nothing }" }));
    let answer = Answer::of(request.send().await.expect("an answer")).await;
    assert_eq!(answer.headers["x-request-id"], "my-id-0001");
    let request = caller
        .request(Method::GET, "/healthz")
        .header("x-request-id", "a b<script>");
    let answer = Answer::of(request.send().await.expect("an answer")).await;
    assert!(
        !answer.headers["x-request-id"]
            .to_str()
            .expect("a text")
            .contains('<')
    );
    // The database is unavailable.
    app.app.close().await;
    check(
        &caller
            .graphql("{ runs { edges { cursor } } }", json!({}))
            .await,
        "UNAVAILABLE",
    );
}

async fn g15_the_run_list_and_the_run_page_take_few_statements_however_long(app: TestApp) {
    let caller = signed_in(&app).await;
    let list = "query($n: Int!) { runs(first: $n) { edges { node { id status startedBy { name } \
        pipeline { id name latestVersion { number sha256 } lastRun { id } } \
        version { number createdAt stages { id } } input retriedFrom { id } } } \
        pageInfo { hasNextPage } } }";
    let mut started = Vec::new();
    let mut counts = Vec::new();
    for size in [10, 100] {
        while started.len() < size {
            let pipeline = create(&caller, &chain(2)).await;
            started.push(start(&caller, &pipeline).await);
        }
        let (least, data) = count(&app, &caller, list, json!({ "n": size })).await;
        assert_eq!(data["runs"]["edges"].as_array().map(Vec::len), Some(size));
        counts.push(least);
    }
    assert!(counts[0] == counts[1] && counts[1] <= 6, "{counts:?}");

    let page = "query($id: ID!) { run(id: $id) { id status input output error { code } \
        pipeline { id name } version { number stages { id } } \
        stages { address status input output attempts { number } logs { message } } \
        events(first: 100) { seq type } retriedFrom { id } } }";
    app.work();
    // Waits for the runs, because statements of a busy worker would be counted too.
    for run in &started {
        crate::harness::pipelines::finished(&caller, run).await;
    }
    let mut counts = Vec::new();
    for stages in [10, 100] {
        let pipeline = create(&caller, &chain(stages)).await;
        let run = start(&caller, &pipeline).await;
        assert_eq!(
            crate::harness::pipelines::finished(&caller, &run).await,
            "SUCCEEDED"
        );
        let (least, data) = count(&app, &caller, page, json!({ "id": run })).await;
        assert_eq!(data["run"]["stages"].as_array().map(Vec::len), Some(stages));
        counts.push(least);
    }
    assert!(counts[0] == counts[1] && counts[1] <= 6, "{counts:?}");
}

/// The number of statements that an operation executes. Statements of others (a worker's, the check
/// of the session every few seconds) can be included, so the lowest of several counts is used.
async fn count(app: &TestApp, caller: &Caller, document: &str, variables: Json) -> (u64, Json) {
    let mut least = u64::MAX;
    let mut data = Json::Null;
    for _ in 0..20 {
        let before = app.app.db().statements();
        data = caller.data(document, variables.clone()).await;
        least = least.min(app.app.db().statements() - before);
    }
    (least, data)
}
