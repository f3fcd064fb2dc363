//! Subscriptions: the protocol (G11, G12), resuming, and the loss of rights (T13).

use std::time::Duration;

use domain::{Role, identity};
use serde_json::{Value as Json, json};

use crate::{
    cases,
    harness::{
        Caller, TestApp,
        callers::Secret,
        people::key,
        pipelines::{chain, create, finished, sleeper, start},
        socket::Socket,
    },
};

cases![Shared:
    run_events_resume_from_any_position_without_gap_or_repeat,
    the_feed_reports_each_change_of_state,
    a_feed_begins_without_the_runs_that_had_ended_before,
    a_subscription_at_or_after_the_end_of_a_run_completes_at_once,
    attack_many_feeds_of_one_organization_cost_one_look_up_for_each_change,
    t13_a_connection_ends_within_five_seconds_when_its_key_or_session_does,
    t13_a_connection_ends_within_five_seconds_after_its_key_has_expired,
    g11_the_initialization_of_a_connection_is_checked,
    g12_a_client_that_does_not_read_is_cut_off_and_prepared_results_are_bounded,
    g12_a_flood_of_streams_is_capped_and_an_id_is_used_once;
];

const EVENTS: &str = "subscription($id: ID!, $after: Int! = 0) { \
    runEvents(runId: $id, after: $after) { ... on RunEvent { seq type } } }";

/// The numbers and types of a run's events after a position, until the stream ends.
async fn events(caller: &Caller, run: &str, after: i64) -> Vec<(i64, String)> {
    let mut socket = Socket::open(caller).await;
    socket
        .subscribe("1", EVENTS, json!({ "id": run, "after": after }))
        .await;
    let mut events = Vec::new();
    loop {
        let message = socket.next().await.expect("a message");
        match message["type"].as_str() {
            Some("next") => {
                let event = &message["payload"]["data"]["runEvents"];
                let seq = event["seq"].as_i64().unwrap_or_else(|| panic!("{message}"));
                events.push((seq, event["type"].as_str().expect("a type").to_owned()));
            }
            Some("complete") => return events,
            _ => panic!("{message}"),
        }
    }
}

async fn run_events_resume_from_any_position_without_gap_or_repeat(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let (_, program) = key(&app, a.owner(), Role::Viewer).await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &sleeper(0.4)).await;
    let run = start(owner, &pipeline).await;
    // First live, with an API key, during the run; then again from every position, with a session.
    let all = events(&program, &run, 0).await;
    let numbers: Vec<i64> = all.iter().map(|event| event.0).collect();
    assert_eq!(numbers, (1..=all.len() as i64).collect::<Vec<_>>());
    assert_eq!(
        all.first().map(|event| event.1.as_str()),
        Some("run.started")
    );
    assert_eq!(
        all.last().map(|event| event.1.as_str()),
        Some("run.finished")
    );
    for after in 0..all.len() {
        assert_eq!(
            events(owner, &run, after as i64).await,
            all[after..],
            "after {after}"
        );
    }
    let mut socket = Socket::open(owner).await;
    socket
        .subscribe("1", EVENTS, json!({ "id": run, "after": -1 }))
        .await;
    let refused = socket.next().await.expect("an answer");
    let errors = refused
        .pointer("/payload/errors/0")
        .or(refused.pointer("/payload/0"));
    assert_eq!(
        errors.expect("an error")["extensions"]["code"],
        "INVALID_INPUT",
        "{refused}"
    );
}

async fn a_subscription_at_or_after_the_end_of_a_run_completes_at_once(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let good = create(owner, &chain(1)).await;
    let failing = r#"{"name":"Fails","stages":[{"id":"a","type":"variable_set",
        "config":{"name":"v","value":"{{1 / input.zero}}"}}]}"#;
    let failing = create(owner, failing).await;
    let long = create(owner, &sleeper(600.0)).await;
    let cancel = "mutation($id: ID!) { cancelRun(input: {runId: $id}) { run { id } } }";
    let mut runs = Vec::new();
    for (pipeline, end) in [
        (&good, "SUCCEEDED"),
        (&failing, "FAILED"),
        (&long, "CANCELLED"),
    ] {
        let run = start(owner, pipeline).await;
        if end == "CANCELLED" {
            owner.data(cancel, json!({ "id": run })).await;
        }
        assert_eq!(finished(owner, &run).await, end);
        runs.push(run);
    }
    for run in &runs {
        let last = "query($id: ID!) { run(id: $id) { lastSeq } }";
        let data = owner.data(last, json!({ "id": run })).await;
        let last = data["run"]["lastSeq"].as_i64().expect("a number");
        for beyond in [0, 1, 1_000, i64::from(i32::MAX) - last] {
            let soon =
                tokio::time::timeout(Duration::from_secs(5), events(owner, run, last + beyond));
            assert_eq!(soon.await.expect("it completes"), [], "{beyond} behind");
        }
        assert_eq!(events(owner, run, last - 1).await.len(), 1);
    }
    // The run ends while a subscriber waits for events after its end.
    let run = start(owner, &long).await;
    let waiting = async { events(owner, &run, 1_000).await };
    let ending = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        owner.data(cancel, json!({ "id": run })).await;
    };
    let both = async { futures::join!(waiting, ending) };
    let (told, ()) = tokio::time::timeout(Duration::from_secs(15), both)
        .await
        .expect("it completes with the run");
    assert_eq!(told, []);
}

async fn attack_many_feeds_of_one_organization_cost_one_look_up_for_each_change(app: TestApp) {
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let feed = "subscription { runFeed { id status } }";
    let mut sockets = Vec::new();
    for _ in 0..20 {
        let mut socket = Socket::open(owner).await;
        for id in 0..5 {
            socket.subscribe(&id.to_string(), feed, json!({})).await;
        }
        sockets.push(socket);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = app.app.db().statements();
    const STARTS: u64 = 10;
    for _ in 0..STARTS {
        start(owner, &pipeline).await;
    }
    // Every socket gets a message for every start.
    for socket in &mut sockets {
        for _ in 0..5 * STARTS {
            let message = socket.next().await.expect("a message");
            assert_eq!(message["payload"]["data"]["runFeed"]["status"], "QUEUED");
        }
    }
    let statements = app.app.db().statements() - before;
    // A start takes about eight statements; a look-up for each of the hundred feeds would add a
    // thousand.
    assert!(statements < 200, "{statements} statements");
}

async fn the_feed_reports_each_change_of_state(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let mut socket = Socket::open(owner).await;
    let feed = "subscription { runFeed { id status stagesDone pipeline { name } } }";
    socket.subscribe("feed", feed, json!({})).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let pipeline = create(owner, &chain(3)).await;
    let run = start(owner, &pipeline).await;
    let mut seen = Vec::new();
    while seen.last().map(String::as_str) != Some("SUCCEEDED") {
        let message = socket.next().await.expect("a message");
        let told = &message["payload"]["data"]["runFeed"];
        assert_eq!(told["id"], json!(run), "{message}");
        assert_eq!(told["pipeline"]["name"], "Chain");
        seen.push(told["status"].as_str().expect("a state").to_owned());
    }
    assert_eq!(seen.first().map(String::as_str), Some("QUEUED"), "{seen:?}");
    assert_eq!(finished(owner, &run).await, "SUCCEEDED");
}

async fn a_feed_begins_without_the_runs_that_had_ended_before(app: TestApp) {
    app.work();
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let pipeline = create(owner, &chain(1)).await;
    let old = start(owner, &pipeline).await;
    assert_eq!(finished(owner, &old).await, "SUCCEEDED");
    // Longer than the clocks of two processes may differ.
    tokio::time::sleep(Duration::from_millis(5_500)).await;
    let mut socket = Socket::open(owner).await;
    let feed = "subscription { runFeed { id } }";
    socket.subscribe("feed", feed, json!({})).await;
    let repeated = socket.next_within(Duration::from_millis(1_500)).await;
    assert!(repeated.is_none(), "{repeated:?}");
    let new = start(owner, &pipeline).await;
    let message = socket.next().await.expect("a message");
    assert_eq!(message["payload"]["data"]["runFeed"]["id"], json!(new));
}

async fn t13_a_connection_ends_within_five_seconds_after_its_key_has_expired(app: TestApp) {
    let a = app.org("A").await;
    let limits = identity::KeyLimits {
        expires_at: Some(app.app.clock().now() + Duration::from_secs(2)),
        ..identity::KeyLimits::default()
    };
    let terms = identity::KeyTerms {
        grant: identity::KeyGrant::Role(Role::Viewer),
        limits,
        service_account: None,
    };
    let (_, secret) = identity::create_api_key(&a.owner().ctx, "short", terms)
        .await
        .expect("a key");
    let program = Caller::new(&app.base, Secret::Key(secret));
    let mut socket = Socket::open(&program).await;
    let feed = "subscription { runFeed { id } }";
    socket.subscribe("feed", feed, json!({})).await;
    let closed = tokio::time::timeout(Duration::from_secs(2 + 5), socket.closed()).await;
    assert_eq!(closed.expect("closed within 5 s").0, 4401);
}

async fn t13_a_connection_ends_within_five_seconds_when_its_key_or_session_does(app: TestApp) {
    let a = app.org("A").await;
    let (id, program) = key(&app, a.owner(), Role::Viewer).await;
    let watcher = a.of(Role::Viewer);
    for (caller, end) in [(&program, 0), (&watcher.caller, 1)] {
        let mut socket = Socket::open(caller).await;
        socket
            .subscribe("feed", "subscription { runFeed { id } }", json!({}))
            .await;
        assert!(
            socket
                .next_within(Duration::from_millis(1_500))
                .await
                .is_none(),
            "it stays open"
        );
        if end == 0 {
            identity::revoke_api_key(&a.owner().ctx, id)
                .await
                .expect("revoked");
        } else {
            let out = watcher.caller.post("/auth/sign-out", &json!({})).await;
            assert_eq!(out.status, 200, "{}", out.text);
        }
        let closed = tokio::time::timeout(Duration::from_secs(5), socket.closed()).await;
        assert_eq!(closed.expect("closed within 5 s").0, 4401);
    }
}

async fn g11_the_initialization_of_a_connection_is_checked(app: TestApp) {
    let a = app.org("A").await;
    let session = &a.owner().caller;
    let own = Some(app.base.as_str());
    // A page of another origin, or a cookie without an Origin header.
    assert_eq!(
        Socket::connect(session, Some("https://evil.example"))
            .await
            .err(),
        Some(403)
    );
    assert_eq!(
        Socket::connect(session, Some("null")).await.err(),
        Some(403)
    );
    assert_eq!(Socket::connect(session, None).await.err(), Some(403));

    let subscribe = json!({ "type": "subscribe", "id": "1",
        "payload": { "query": "subscription { runFeed { id } }" } });
    let init = json!({ "type": "connection_init" });
    let bad = Caller::new(&app.base, Secret::Key("fm_wrong".to_owned()));
    type Opening<'a> = (&'a str, &'a Caller, Option<&'a str>, Vec<Json>, u16);
    let nobody = app.anonymous();
    let cases: [Opening<'_>; 5] = [
        (
            "an operation before the start",
            session,
            own,
            vec![subscribe.clone()],
            4401,
        ),
        (
            "two starts",
            session,
            own,
            vec![init.clone(), init.clone()],
            4429,
        ),
        ("nobody", &nobody, None, vec![init.clone()], 4401),
        (
            "a bad key",
            &bad,
            None,
            vec![json!({ "type": "connection_init", "payload": { "apiKey": "fm_wrong" } })],
            4401,
        ),
        (
            "an unknown message",
            session,
            own,
            vec![json!({ "type": "start" })],
            4400,
        ),
    ];
    for (what, caller, origin, messages, code) in cases {
        let mut socket = Socket::connect(caller, origin).await.expect(what);
        for message in messages {
            socket.send(message).await;
        }
        assert_eq!(socket.closed().await.0, code, "{what}");
    }
    // Silence: closed after ten seconds.
    let mut socket = Socket::connect(session, own).await.expect("an upgrade");
    assert_eq!(socket.closed().await.0, 4408);
}

async fn g12_a_flood_of_streams_is_capped_and_an_id_is_used_once(app: TestApp) {
    let a = app.org("A").await;
    let mut socket = Socket::open(&a.owner().caller).await;
    let feed = "subscription { runFeed { id } }";
    for at in 0..50 {
        socket.subscribe(&at.to_string(), feed, json!({})).await;
    }
    socket.subscribe("50", feed, json!({})).await;
    let refused = socket.next().await.expect("an answer");
    assert_eq!(
        (&refused["type"], &refused["id"]),
        (&json!("error"), &json!("50")),
        "{refused}"
    );
    assert_eq!(
        refused["payload"][0]["extensions"]["code"], "LIMIT_EXCEEDED",
        "{refused}"
    );
    // A stream that ends makes room for another one; its id can only then be used again.
    socket.send(json!({ "type": "complete", "id": "7" })).await;
    socket.subscribe("7", feed, json!({})).await;
    assert!(
        socket
            .next_within(Duration::from_millis(500))
            .await
            .is_none()
    );
    socket.subscribe("8", feed, json!({})).await;
    assert_eq!(socket.closed().await.0, 4409);
}

/// Forty streams of a journal of 1.5 MB, and the client does not read: the data that the server
/// prepares is limited by the buffers in between, and the connection ends.
async fn g12_a_client_that_does_not_read_is_cut_off_and_prepared_results_are_bounded(app: TestApp) {
    const STREAMS: usize = 40;
    const START: &str = "mutation($pipeline: ID!, $input: JSON!) { \
        startRun(input: {pipelineId: $pipeline, input: $input}) { run { id } } }";
    const BODIES: &str =
        "subscription($id: ID!) { runEvents(runId: $id) { ... on RunEvent { seq body } } }";
    app.work();
    let a = app.org("A").await;
    let base = app.serve(|config| config.unread = Duration::from_millis(300));
    let owner = Caller::new(&base, a.owner().caller.secret.clone());
    let pipeline = create(&owner, &chain(30)).await;
    let input = json!({ "value": "x".repeat(50_000) });
    let started = owner
        .data(START, json!({ "pipeline": pipeline, "input": input }))
        .await;
    let run = started["startRun"]["run"]["id"].as_str().expect("an id");
    assert_eq!(finished(&owner, run).await, "SUCCEEDED");
    let whole = {
        let mut socket = Socket::open(&owner).await;
        socket.subscribe("1", BODIES, json!({ "id": run })).await;
        let mut bytes = 0;
        loop {
            let message = socket.next().await.expect("a message");
            if message["type"] == "complete" {
                break bytes;
            }
            bytes += message.to_string().len();
        }
    };
    let mut lazy = Socket::open(&owner).await;
    for id in 0..STREAMS {
        lazy.subscribe(&id.to_string(), BODIES, json!({ "id": run }))
            .await;
    }
    // The client reads only now. In the meantime, the server has given up and cut the connection.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let mut bytes = 0;
    let closed = loop {
        match lazy.next().await {
            Ok(message) => bytes += message.to_string().len(),
            Err(closed) => break closed,
        }
    };
    assert!([1006, 1013].contains(&closed.0), "{closed:?}");
    let all = whole * STREAMS;
    assert!(bytes < all / 3, "{bytes} of {all} bytes were made ready");
}
