//! Refresh tokens.

use super::*;

#[tokio::test]
async fn s05_a_refresh_token_that_is_used_again_ends_its_family_with_an_audit_row() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Public)).await;
        let first = client.tokens(&owner).await;
        let bystander = client.tokens(&owner).await;
        app.app.clock().advance(Duration::minutes(9));
        let second = client.refresh(&owner, &first).await.unwrap();
        assert_ne!(first.refresh_token, second.refresh_token);
        app.app.clock().advance(Duration::seconds(11));
        let third = client.refresh(&owner, &second).await.unwrap();
        assert!(used(&app, &third.access_token).await.is_ok());

        let again = client.refresh(&owner, &first).await;
        assert_eq!(code_of(again), OauthCode::InvalidGrant);
        for token in [&second.access_token, &third.access_token] {
            let ended = used(&app, token).await.unwrap_err();
            assert_eq!(ended.code, ErrorCode::Unauthenticated);
        }
        let ended = client.refresh(&owner, &third).await;
        assert_eq!(code_of(ended), OauthCode::InvalidGrant);
        let rows = audit::list(&owner, 100).await.unwrap();
        let alarms = rows
            .iter()
            .filter(|row| row.action == "application.token_reused");
        assert_eq!(alarms.count(), 1);
        // The person's other authorization goes on.
        assert!(client.refresh(&owner, &bystander).await.is_ok());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s05_two_refreshes_at_the_same_time_are_no_alarm_and_lead_to_one_next_token() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let first = client.tokens(&owner).await;
        let (one, two) = tokio::join!(
            client.refresh(&owner, &first),
            client.refresh(&owner, &first)
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one.refresh_token, two.refresh_token);
        app.app.clock().advance(Duration::seconds(10));
        let late = client.refresh(&owner, &first).await.unwrap();
        assert_eq!(one.refresh_token, late.refresh_token);
        for token in [&one.access_token, &two.access_token, &late.access_token] {
            assert!(used(&app, token).await.is_ok());
        }
        assert!(client.refresh(&owner, &one).await.is_ok());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_refresh_can_ask_for_less_and_never_for_more() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let first = client.tokens(&owner).await;
        let with = first.refresh_token.as_deref().unwrap();
        let more = TokenRequest {
            scope: Some("run.read run.start"),
            ..client.refreshing(with)
        };
        assert_eq!(
            code_of(token(&app.app, &more).await),
            OauthCode::InvalidScope
        );
        let less = TokenRequest {
            scope: Some("run.read"),
            ..client.refreshing(with)
        };
        let less = token(&app.app, &less).await.unwrap();
        let ctx = used(&app, &less.access_token).await.unwrap();
        let read = PermissionSet::from_iter([Permission::RunRead]);
        assert_eq!(ctx.rights.permissions, read);
        app.close().await;
    })
    .await;
}
