//! Tests of back-fills, on both databases.

use super::*;
use crate::triggers::backfills;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A schedule that fires once a month, and five of its firings.
async fn monthly(ctx: &Ctx, overlap: &str) -> (Trigger, (DateTime<Utc>, DateTime<Utc>)) {
    let more = json!({ "cron": "0 0 1 * *", "overlap": overlap });
    let range = (at("2024-01-01T00:00:00Z"), at("2024-05-01T00:00:00Z"));
    (every_minute(ctx, more).await, range)
}

async fn newest(ctx: &Ctx, trigger: &Trigger) -> backfills::Backfill {
    let found = backfills::of_trigger(ctx, trigger.id, None).await.unwrap();
    found.into_iter().next().unwrap()
}

#[tokio::test]
async fn each_instant_of_a_range_starts_one_run_however_often_it_is_back_filled() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (trigger, range) = monthly(&owner, "allow").await;
        backfills::begin(&owner, trigger.id, range).await.unwrap();
        let second = backfills::begin(&owner, trigger.id, range).await;
        assert_eq!(second.unwrap_err().code, ErrorCode::Conflict);
        work(&app, owner.clock().now()).await;
        assert_eq!(runs_of(&owner, &trigger).await.len(), 5);
        let done = newest(&owner, &trigger).await;
        assert_eq!((done.planned, done.known), (5, 0));
        assert_eq!((done.pending, done.fired, done.refused), (0, 5, 0));
        backfills::begin(&owner, trigger.id, range).await.unwrap();
        work(&app, owner.clock().now()).await;
        assert_eq!(runs_of(&owner, &trigger).await.len(), 5);
        let done = newest(&owner, &trigger).await;
        assert_eq!((done.planned, done.known), (0, 5));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn without_overlap_the_runs_are_started_one_after_the_other_until_it_is_stopped() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (trigger, range) = monthly(&owner, "skip").await;
        backfills::begin(&owner, trigger.id, range).await.unwrap();
        let now = owner.clock().now();
        work(&app, now).await;
        let one = newest(&owner, &trigger).await;
        assert_eq!((one.fired, one.pending), (1, 4));
        end_runs(&owner).await;
        work(&app, now + TimeDelta::seconds(10)).await;
        let two = newest(&owner, &trigger).await;
        assert_eq!((two.fired, two.pending), (2, 3));
        backfills::stop(&owner, trigger.id).await.unwrap();
        let stopped = newest(&owner, &trigger).await;
        assert!(stopped.stopped_at.is_some());
        assert_eq!((stopped.fired, stopped.pending), (2, 0));
        // What it left out can be made up for later.
        backfills::begin(&owner, trigger.id, range).await.unwrap();
        let again = newest(&owner, &trigger).await;
        assert_eq!((again.planned, again.known), (3, 2));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_range_that_cannot_be_made_up_for_is_refused() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (trigger, (from, to)) = monthly(&owner, "allow").await;
        let begin = async |from: DateTime<Utc>, to: DateTime<Utc>| {
            let begun = backfills::begin(&owner, trigger.id, (from, to)).await;
            begun.unwrap_err().code
        };
        let wrong = ErrorCode::InvalidInput;
        assert_eq!(begin(to, from).await, wrong, "it ends before it begins");
        let later = owner.clock().now() + TimeDelta::days(1);
        assert_eq!(begin(from, later).await, wrong, "it is not past");
        let (one, other) = (at("2024-01-02T00:00:00Z"), at("2024-01-03T00:00:00Z"));
        assert_eq!(begin(one, other).await, wrong, "it has no firing");
        assert_eq!(
            begin(at("1900-01-01T00:00:00Z"), to).await,
            wrong,
            "too many"
        );
        set_enabled(&owner, trigger.id, false).await.unwrap();
        assert_eq!(begin(from, to).await, ErrorCode::Conflict, "disabled");
        app.close().await;
    })
    .await;
}
