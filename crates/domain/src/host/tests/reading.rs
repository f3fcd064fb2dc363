//! Reading a journal back: by the next holder, and by the API's readers.

use std::time::Duration;

use engine::run::RunStatus;
use futures::StreamExt as _;
use types::{ErrorCode, RunId};

use super::kit::*;
use crate::{
    Ctx,
    host::{
        History, Host,
        stream::{RunItem, events},
    },
    live::{Message, Topic},
    testing::on_each_database,
};

#[tokio::test]
async fn the_next_holder_reads_what_is_durable() {
    on_each_database(|test| async move {
        let org = org();
        let run = queue(&test.app, org).await;
        let host = host(&test.app, "a");
        let claimed = claim_one(&host).await;
        append(&host, &claimed, segment(1, 3, RunStatus::Running))
            .await
            .unwrap();
        append(&host, &claimed, segment(4, 2, RunStatus::Running))
            .await
            .unwrap();
        host.release(&claimed.lease, None);
        host.flush().await;
        let claimed = claim_one(&host).await;
        let History::Events(events) = host.history(&claimed).await.unwrap() else {
            panic!("not readable");
        };
        assert_eq!(
            events.iter().map(|e| e.seq).collect::<Vec<_>>(),
            [1, 2, 3, 4, 5]
        );
        // D19: a journal in a newer format is left alone. D35: a missing segment is reported.
        let id = literal(&test, run.0);
        as_owner(
            &test,
            &format!("UPDATE journal SET format = 99 WHERE run_id = {id}"),
        )
        .await;
        assert!(matches!(
            host.history(&claimed).await.unwrap(),
            History::Newer(_)
        ));
        let cut = format!("DELETE FROM journal WHERE run_id = {id} AND first_seq = 1");
        as_owner(&test, &cut).await;
        as_owner(
            &test,
            &format!("UPDATE journal SET format = 1 WHERE run_id = {id}"),
        )
        .await;
        assert!(matches!(
            host.history(&claimed).await.unwrap(),
            History::Damaged(_)
        ));
        test.close().await;
    })
    .await;
}

async fn numbers(ctx: &Ctx, run: RunId, after: u64) -> Vec<u64> {
    let stream = events(ctx, run, after).await.unwrap();
    let items = tokio::time::timeout(Duration::from_secs(20), stream.collect::<Vec<_>>()).await;
    items
        .unwrap()
        .into_iter()
        .filter_map(|item| match item.unwrap() {
            RunItem::Event(event) => Some(event.seq),
            RunItem::Chunk(_) => None,
        })
        .collect()
}

async fn write(host: Host, last: u64) {
    let claimed = claim_one(&host).await;
    let mut seq = 1;
    while seq < last {
        let count = u32::try_from((seq % 3 + 1).min(last - seq)).unwrap();
        append(&host, &claimed, segment(seq, count, RunStatus::Running))
            .await
            .unwrap();
        seq += u64::from(count);
    }
    append(&host, &claimed, segment(last, 1, RunStatus::Succeeded))
        .await
        .unwrap();
}

#[tokio::test]
async fn readers_from_any_position_see_every_event_once_and_then_the_end() {
    on_each_database(|test| async move {
        let (ctx, _) = test.owner().await;
        let run = queue(&test.app, ctx.org).await;
        let writing = tokio::spawn(write(host(&test.app, "a"), 300));
        let readers = (0..6).map(|i| {
            let ctx = ctx.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(i * 13)).await;
                let after = i * 7;
                assert_eq!(
                    numbers(&ctx, run, after).await,
                    ((after + 1)..=300).collect::<Vec<_>>()
                );
            }
        });
        futures::future::join_all(readers).await;
        writing.await.unwrap();
        // After the end of the run, from inside a segment.
        assert_eq!(numbers(&ctx, run, 297).await, [298, 299, 300]);
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn lost_repeated_and_late_messages_cause_neither_gaps_nor_duplicates() {
    on_each_database(|test| async move {
        let (ctx, _) = test.owner().await;
        let run = queue(&test.app, ctx.org).await;
        let live = test.app.live().clone();
        let lies = tokio::spawn(async move {
            let mut heard = live.subscribe(Topic::Run(run));
            loop {
                // Repeats every message, and sends one from the future.
                if let message @ Message::Segment { .. } = heard.next().await {
                    tokio::time::sleep(Duration::from_millis(3)).await;
                    live.publish(message);
                    live.publish(Message::Lagged);
                    let body = bytes::Bytes::new();
                    live.publish(Message::Segment {
                        run,
                        first_seq: 900,
                        count: 0,
                        body,
                    });
                }
            }
        });
        let reading = tokio::spawn({
            let ctx = ctx.clone();
            async move { numbers(&ctx, run, 0).await }
        });
        write(host(&test.app, "a"), 40).await;
        assert_eq!(reading.await.unwrap(), (1..=40).collect::<Vec<_>>());
        lies.abort();
        test.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_reader_of_another_organization_finds_no_run() {
    on_each_database(|test| async move {
        let (ctx, token) = test.owner().await;
        let run = queue(&test.app, ctx.org).await;
        let other = test.elsewhere(&ctx, &token).await;
        let refused = events(&other, run, 0).await.err().unwrap();
        assert_eq!(refused.code, ErrorCode::NotFound);
        test.close().await;
    })
    .await;
}
