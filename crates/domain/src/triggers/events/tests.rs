//! Tests of events, on both databases.

use serde_json::json;

use super::*;
use crate::{
    access::Environment,
    pipelines, runs,
    testing::{TestApp, on_each_database},
    triggers::{create, firings as firings_of, set_enabled, tick_at},
};

fn sent(id: &str, amount: i64) -> Sent {
    Sent {
        id: id.to_owned(),
        source: "/shop".to_owned(),
        event_type: "order.paid".to_owned(),
        subject: None,
        time: None,
        extensions: serde_json::Map::new(),
        data: Some(json!({ "amount": amount })),
    }
}

/// An enabled trigger for events, with these fields.
async fn trigger(ctx: &Ctx, name: &str, more: Json) -> TriggerId {
    let source = pipelines::tests::source(name, "x");
    let (made, _) = pipelines::create(ctx, &source, None).await.unwrap();
    let mut definition = json!({ "type": "event", "name": name });
    for (key, value) in more.as_object().unwrap() {
        definition[key] = value.clone();
    }
    let development = Environment::Development;
    let made = create(ctx, made.id, development, &definition)
        .await
        .unwrap();
    set_enabled(ctx, made.id, true).await.unwrap().id
}

async fn states(ctx: &Ctx, id: TriggerId) -> Vec<&'static str> {
    let found = firings_of(ctx, id, None).await.unwrap();
    found.iter().map(|one| one.state.as_str()).collect()
}

async fn work(app: &TestApp, now: DateTime<Utc>) {
    let system = SystemCtx::new(&app.app);
    for _ in 0..20 {
        if !tick_at(&system, now).await.unwrap() {
            return;
        }
    }
    panic!("the scheduler does not come to an end");
}

#[tokio::test]
async fn an_event_starts_one_run_of_each_trigger_that_waits_for_it_however_often_it_is_sent() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let large = json!({ "event_type": "order.*", "where": { "data.amount": { "gte": 100 } },
            "input_mapping": { "amount": "data.amount" } });
        let large = trigger(&owner, "large", large).await;
        let all = trigger(&owner, "all", json!({ "source": "/shop" })).await;
        let other = trigger(&owner, "other", json!({ "event_type": "order" })).await;
        let got = receive(&owner, &[sent("1", 250), sent("2", 5)]).await;
        let got = got.unwrap();
        assert_eq!((got[0].firings, got[1].firings), (2, 1));
        let again = receive(&owner, &[sent("1", 250)]).await.unwrap();
        assert_eq!((again[0].id, again[0].repeated), (got[0].id, true));
        work(&app, owner.clock().now() + TimeDelta::seconds(1)).await;
        assert_eq!(states(&owner, large).await, ["fired"]);
        assert_eq!(states(&owner, all).await, ["fired", "fired"]);
        assert!(states(&owner, other).await.is_empty());
        let found = fired(&owner, got[0].id).await.unwrap();
        assert_eq!(found.len(), 2);
        let run = found.iter().find(|(id, _)| *id == large);
        let run = run.and_then(|(_, firing)| firing.run).unwrap();
        let values = runs::values(&owner, &[run], 1 << 20).await.unwrap();
        let input = values.unwrap().pop().unwrap().input.value().unwrap();
        assert_eq!(input.unwrap().to_serde(), json!({ "amount": 250 }));
        let listed = list(&owner, &Page::default()).await.unwrap();
        assert_eq!(listed.edges.len(), 2);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_same_event_at_two_servers_at_once_fires_once() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let all = trigger(&owner, "all", json!({})).await;
        let same = [sent("1", 1)];
        let (one, other) = tokio::join!(receive(&owner, &same), receive(&owner, &same));
        let both = [one.unwrap()[0], other.unwrap()[0]];
        assert_eq!(both.iter().filter(|one| one.repeated).count(), 1);
        assert_eq!(both[0].id, both[1].id);
        work(&app, owner.clock().now() + TimeDelta::seconds(1)).await;
        assert_eq!(states(&owner, all).await, ["fired"]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_cooldown_skips_and_says_so_and_a_disabled_trigger_fires_nothing() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let calm = trigger(&owner, "calm", json!({ "cooldown": "1h" })).await;
        let off = trigger(&owner, "off", json!({})).await;
        set_enabled(&owner, off, false).await.unwrap();
        receive(&owner, &[sent("1", 1), sent("2", 2)])
            .await
            .unwrap();
        work(&app, owner.clock().now() + TimeDelta::seconds(1)).await;
        assert_eq!(states(&owner, calm).await, ["skipped", "fired"]);
        assert!(states(&owner, off).await.is_empty());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn old_events_are_removed() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        receive(&owner, &[sent("1", 1)]).await.unwrap();
        let system = SystemCtx::new(&app.app);
        assert_eq!(purge(&system).await.unwrap(), 0);
        let tx = owner.begin().await.unwrap();
        let sql = "UPDATE events SET received_at = $2 WHERE org_id = $1";
        let old = owner.clock().now() - TimeDelta::days(31);
        tx.execute(sql, [owner.org.0.into(), old.into()])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(purge(&system).await.unwrap(), 1);
        app.close().await;
    })
    .await;
}
