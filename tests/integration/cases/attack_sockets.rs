//! Attacks over WebSockets: forged ids, huge opening messages, floods (G11, G12, T12).

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use types::RunId;

use crate::{
    cases,
    harness::{
        TestApp,
        people::random_id,
        pipelines::{chain, create, start},
        socket::Socket,
    },
};

cases![None:
    t12_forged_ids_are_not_found_before_the_first_event,
    g11_a_giant_init_message_ends_the_connection_at_once,
    g11_only_an_init_message_is_accepted_before_initialization,
    g12_thousands_of_subscriptions_on_one_socket_leave_fifty;
];

const EVENTS: &str = "subscription($id: ID!) { runEvents(runId: $id) { __typename } }";

async fn t12_forged_ids_are_not_found_before_the_first_event(app: TestApp) {
    let (a, b) = (app.org("A").await, app.org("B").await);
    let pipeline = create(&b.owner().caller, &chain(1)).await;
    let run = start(&b.owner().caller, &pipeline).await;
    let forged = [
        run.clone(),
        random_id::<RunId>(&app),
        run.replacen("run_", "pipe_", 1),
        run[..run.len() - 1].to_owned(),
        format!("{run}0"),
        run.to_uppercase(),
        String::new(),
        pipeline,
        b.id.to_string(),
    ];
    let mut socket = Socket::open(&a.owner().caller).await;
    for (at, id) in forged.iter().enumerate() {
        let name = at.to_string();
        socket.subscribe(&name, EVENTS, json!({ "id": id })).await;
        let answer = socket.next().await.expect("an answer");
        assert_eq!(
            answer["payload"]["errors"][0]["extensions"]["code"], "NOT_FOUND",
            "{id}: {answer}"
        );
        assert_eq!(socket.next().await.expect("the end")["type"], "complete");
    }
}

async fn g11_a_giant_init_message_ends_the_connection_at_once(app: TestApp) {
    let a = app.org("A").await;
    let session = &a.owner().caller;
    let megabyte = "x".repeat(1 << 20);
    for payload in [
        json!({ "apiKey": megabyte }),
        json!({ "org": megabyte }),
        json!({ "more": megabyte }),
    ] {
        let mut socket = Socket::connect(session, Some(&app.base))
            .await
            .expect("an upgrade");
        let begun = Instant::now();
        let init = json!({ "type": "connection_init", "payload": payload });
        // The connection may end before the whole message is sent.
        socket.send_text(init.to_string()).await;
        let closed = socket.closed().await;
        assert!(
            closed.0 != 1000 && begun.elapsed() < Duration::from_secs(5),
            "{closed:?}"
        );
    }
    // A message within the limit is accepted.
    Socket::open(session).await;
}

async fn g11_only_an_init_message_is_accepted_before_initialization(app: TestApp) {
    let a = app.org("A").await;
    let session = &a.owner().caller;
    let messages: [(Json, u16); 5] = [
        (json!({ "type": "complete", "id": "1" }), 4401),
        (
            json!({ "type": "subscribe", "id": "1", "payload": { "query": "{ viewer { role } }" } }),
            4401,
        ),
        (json!({ "type": "next", "id": "1", "payload": {} }), 4400),
        (json!({ "type": "connection_init", "type": "ping" }), 4400),
        (json!([{ "type": "connection_init" }]), 4400),
    ];
    for (message, code) in messages {
        let mut socket = Socket::connect(session, Some(&app.base))
            .await
            .expect("an upgrade");
        let text = match &message["type"] {
            // A JSON map keeps only one of two equal keys, so the text is written by hand.
            Json::String(kind) if kind == "ping" => {
                "{\"type\":\"connection_init\",\"type\":\"ping\"}".to_owned()
            }
            _ => message.to_string(),
        };
        socket.send_text(text).await;
        assert_eq!(socket.closed().await.0, code, "{message}");
    }
    // Pings are answered, but do not keep the connection open.
    let mut socket = Socket::connect(session, Some(&app.base))
        .await
        .expect("an upgrade");
    let begun = Instant::now();
    let closed = loop {
        if begun.elapsed() < Duration::from_secs(9) {
            socket.send(json!({ "type": "ping" })).await;
        }
        match socket.next_within(Duration::from_secs(5)).await {
            Some(Ok(message)) => assert_eq!(message["type"], "pong"),
            Some(Err(closed)) => break closed,
            None => panic!("it stays open"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(closed.0, 4408);
    assert!(begun.elapsed() < Duration::from_secs(15));
}

async fn g12_thousands_of_subscriptions_on_one_socket_leave_fifty(app: TestApp) {
    const ALL: usize = 3_000;
    let a = app.org("A").await;
    let owner = &a.owner().caller;
    let mut socket = Socket::open(owner).await;
    let feed = "subscription { runFeed { id } }";
    let mut refused = 0;
    // In batches, so that neither side blocks because the other one does not read.
    for part in 0..ALL / 100 {
        for at in 0..100 {
            let id = (part * 100 + at).to_string();
            socket.subscribe(&id, feed, json!({})).await;
        }
        let expected = ((part + 1) * 100).saturating_sub(50);
        while refused < expected {
            let answer = socket.next().await.expect("an answer");
            assert_eq!(answer["type"], "error", "{answer}");
            assert_eq!(answer["payload"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
            refused += 1;
        }
    }
    assert_eq!(refused, ALL - 50);
    // The fifty streams work, and another socket has its own limit.
    let mut other = Socket::open(owner).await;
    other.subscribe("1", feed, json!({})).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let pipeline = create(owner, &chain(1)).await;
    let run = start(owner, &pipeline).await;
    for _ in 0..50 {
        let told = socket.next().await.expect("a message");
        assert_eq!(
            told["payload"]["data"]["runFeed"]["id"],
            json!(run),
            "{told}"
        );
    }
    let told = other.next().await.expect("a message");
    assert_eq!(
        told["payload"]["data"]["runFeed"]["id"],
        json!(run),
        "{told}"
    );
}
