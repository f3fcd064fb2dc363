//! Tests of live messages. Those over Redis run only if `FLOWMASON_TEST_REDIS` is set.

use std::time::Duration;

use tokio::time::{sleep, timeout};
use types::Clock;

use super::*;

fn segment(run: RunId, first_seq: u64) -> Message {
    Message::Segment {
        run,
        first_seq,
        count: 1,
        body: Bytes::from_static(b"{\"a\":1}\n{\"b\":2}\n"),
    }
}

#[tokio::test]
async fn a_subscriber_gets_only_its_topic_and_a_slow_one_learns_that_it_lagged() {
    let live = Live::in_process();
    let (mine, other) = (RunId::new(&Clock::system()), RunId::new(&Clock::system()));
    let mut listener = live.subscribe(Topic::Run(mine));
    live.publish(segment(other, 1));
    live.publish(segment(mine, 1));
    assert_eq!(listener.next().await, segment(mine, 1));
    assert_eq!(listener.try_next(), None);
    for seq in 0..200 {
        live.publish(segment(mine, seq));
    }
    assert_eq!(listener.next().await, Message::Lagged);
    drop(listener);
    assert!(!live.has_subscribers(Topic::Run(mine)));
}

#[tokio::test]
async fn two_processes_exchange_messages_over_redis() {
    let Ok(url) = std::env::var("FLOWMASON_TEST_REDIS") else {
        return;
    };
    let (here, there) = (
        Live::over_redis(&url).unwrap(),
        Live::over_redis(&url).unwrap(),
    );
    let run = RunId::new(&Clock::system());
    let mut listener = here.subscribe(Topic::Run(run));
    // The subscription is active once the subscriber is told to read the database.
    let first = timeout(Duration::from_secs(5), listener.next())
        .await
        .unwrap();
    assert_eq!(first, Message::Lagged);
    sleep(Duration::from_millis(100)).await;
    while listener.try_next().is_some() {}
    there.publish(segment(run, 7));
    here.publish(segment(run, 8));
    let mut heard = vec![];
    for _ in 0..2 {
        heard.push(
            timeout(Duration::from_secs(5), listener.next())
                .await
                .unwrap(),
        );
    }
    // A process's own message arrives at once and only once, the other's with its body.
    assert!(
        heard.contains(&segment(run, 7)) && heard.contains(&segment(run, 8)),
        "{heard:?}"
    );
    sleep(Duration::from_millis(100)).await;
    assert_eq!(listener.try_next(), None);
}

#[tokio::test]
async fn a_change_of_a_draft_reaches_another_process_with_its_body() {
    let Ok(url) = std::env::var("FLOWMASON_TEST_REDIS") else {
        return;
    };
    let (here, there) = (
        Live::over_redis(&url).unwrap(),
        Live::over_redis(&url).unwrap(),
    );
    let pipeline = PipelineId::new(&Clock::system());
    let mut listener = here.subscribe(Topic::Draft(pipeline));
    let first = timeout(Duration::from_secs(5), listener.next()).await;
    assert_eq!(first.unwrap(), Message::Lagged);
    sleep(Duration::from_millis(100)).await;
    while listener.try_next().is_some() {}
    let sent = Message::DraftChanged {
        pipeline,
        revision: 7,
        body: Bytes::from_static(b"{\"revision\":7}"),
    };
    there.publish(sent.clone());
    let heard = timeout(Duration::from_secs(5), listener.next()).await;
    assert_eq!(heard.unwrap(), sent);
}

#[tokio::test]
async fn d12_without_redis_messages_stay_in_the_process() {
    let live = Live::over_redis("redis://127.0.0.1:1").unwrap();
    let mut listener = live.subscribe(Topic::Queue);
    live.publish(Message::Wake);
    assert_eq!(listener.next().await, Message::Wake);
    assert!(!live.is_connected());
}
