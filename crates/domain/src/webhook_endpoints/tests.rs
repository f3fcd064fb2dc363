//! The outbox of endpoints on both databases. Sending is tested in the integration suite, with a real
//! receiver.

use types::{ErrorCode, PipelineId, PublicationId};

use super::*;
use crate::testing::on_each_database;

fn terms(events: &[&str]) -> EndpointTerms {
    EndpointTerms {
        url: "https://hooks.example.com/in".to_owned(),
        description: String::new(),
        format: Format::Standard,
        events: events.iter().map(|name| (*name).to_owned()).collect(),
        enabled: true,
    }
}

async fn sent(ctx: &Ctx, endpoint: &WebhookEndpoint) -> Vec<Delivery> {
    let page = Page::default();
    let all = deliveries(ctx, endpoint.id, &page).await.unwrap().edges;
    all.into_iter().map(|(_, delivery)| delivery).collect()
}

async fn publish(ctx: &Ctx, tx: &Tx) {
    let id = PublicationId::new(ctx.clock());
    let place = (PipelineId::new(ctx.clock()), "staging");
    published(tx, ctx, id, place, 1).await.unwrap();
}

#[tokio::test]
async fn an_event_of_a_change_that_is_rolled_back_does_not_exist() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        let b = app.elsewhere(&ctx, &token).await;
        let (endpoint, _) = create(&ctx, &terms(&["pipeline.published"])).await.unwrap();
        let (other, _) = create(&ctx, &terms(&["member.added"])).await.unwrap();
        let tx = ctx.begin().await.unwrap();
        publish(&ctx, &tx).await;
        tx.rollback().await.unwrap();
        assert_eq!(sent(&ctx, &endpoint).await, []);
        let tx = ctx.begin().await.unwrap();
        publish(&ctx, &tx).await;
        tx.commit().await.unwrap();
        let all = sent(&ctx, &endpoint).await;
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].event, "pipeline.published");
        assert_eq!(all[0].status, MessageStatus::Queued);
        assert_eq!(sent(&ctx, &other).await, []);
        assert_eq!(sent(&b, &endpoint).await, []);
        let foreign = redeliver(&b, all[0].id).await.unwrap_err();
        assert_eq!(foreign.code, ErrorCode::NotFound);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn this_server_is_no_endpoint() {
    on_each_database(|app| async move {
        let app = app.at("https://flowmason.example").await;
        let (ctx, _) = app.owner().await;
        for url in [
            "https://flowmason.example/hooks/x",
            "https://FlowMason.example:443/",
        ] {
            let own = EndpointTerms {
                url: url.to_owned(),
                ..terms(&["run.failed"])
            };
            let refused = create(&ctx, &own).await.unwrap_err();
            assert_eq!(refused.code, ErrorCode::InvalidInput, "{url}");
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_disabled_endpoint_gets_nothing() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let chosen = terms(&["pipeline.published"]);
        let (endpoint, _) = create(&ctx, &chosen).await.unwrap();
        let off = EndpointTerms {
            enabled: false,
            ..chosen
        };
        let off = update(&ctx, endpoint.id, &off).await.unwrap();
        assert!(!off.enabled);
        let tx = ctx.begin().await.unwrap();
        publish(&ctx, &tx).await;
        tx.commit().await.unwrap();
        assert_eq!(sent(&ctx, &endpoint).await, []);
        let refused = test(&ctx, endpoint.id).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Conflict);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn z01_a_secret_is_in_no_row_in_the_clear() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let (endpoint, secret) = create(&ctx, &terms(&["run.failed"])).await.unwrap();
        assert!(secret.starts_with("whsec_"));
        let (_, new) = rotate_secret(&ctx, endpoint.id).await.unwrap();
        assert_ne!(secret, new);
        let row = repo::find(&ctx, endpoint.id).await.unwrap().unwrap();
        let now = ctx.clock().now();
        let both = signature::secrets(&ctx.app, &row, now).unwrap();
        assert_eq!(
            both,
            [new.clone().into_bytes(), secret.clone().into_bytes()]
        );
        let later = now + OVERLAP;
        let one = signature::secrets(&ctx.app, &row, later).unwrap();
        assert_eq!(one, [new.clone().into_bytes()]);
        let stored = [Some(row.secret), row.old_secret];
        for sealed in stored.into_iter().flatten() {
            for plain in [&secret, &new] {
                let found = sealed
                    .windows(plain.len())
                    .any(|part| part == plain.as_bytes());
                assert!(!found);
            }
        }
        app.close().await;
    })
    .await;
}
