//! What an application may do, by the session in which its person allowed it.

use super::*;
use crate::{identity::sessions, live::Right};

/// The person in a session that the organization's identity provider opened.
fn limited(ctx: &Ctx) -> Ctx {
    Ctx {
        limited: true,
        ..ctx.clone()
    }
}

#[tokio::test]
async fn s07_what_was_allowed_and_not_used_yet_ends_with_signing_out_everywhere() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let (bo, session) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let code = client.code(&bo).await;
        let codes = authorize_device(&app.app, client.proof(), None)
            .await
            .unwrap();
        device_request(&bo, &codes.user_code).await.unwrap();
        answer_device(&now(&bo), &codes.user_code, true)
            .await
            .unwrap();
        end_other_sessions(&now(&app.session(&session).await))
            .await
            .unwrap();
        let redeemed = token(&app.app, &client.redeeming(&code)).await;
        assert_eq!(code_of(redeemed), OauthCode::InvalidGrant);
        let polled = token(&app.app, &polling(client.proof(), &codes.device_code)).await;
        assert_eq!(code_of(polled), OauthCode::InvalidGrant);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s22_where_single_sign_on_is_enforced_only_what_was_allowed_with_the_provider_works() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let (bo, _) = app.member(&owner, Role::Developer, "bo@example.test").await;
        let by_password = client.tokens(&bo).await;
        let by_provider = client.tokens(&limited(&bo)).await;
        let code = client.code(&bo).await;
        app.enforce_sso(&owner, "example.test").await;
        assert!(used(&app, &by_password.access_token).await.is_err());
        let refreshed = client.refresh(&bo, &by_password).await;
        assert_eq!(code_of(refreshed), OauthCode::InvalidGrant);
        let redeemed = token(&app.app, &client.redeeming(&code)).await;
        assert_eq!(code_of(redeemed), OauthCode::InvalidGrant);
        assert!(used(&app, &by_provider.access_token).await.is_ok());
        let says = async |token: &str| {
            let said = introspect(&app.app, client.proof(), Some(token)).await;
            said.unwrap()["active"] == true
        };
        assert!(!says(&by_password.access_token).await);
        assert!(!says(by_password.refresh_token.as_deref().unwrap()).await);
        assert!(says(&by_provider.access_token).await);
        assert!(says(by_provider.refresh_token.as_deref().unwrap()).await);
        assert!(client.refresh(&bo, &by_provider).await.is_ok());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s22_where_single_sign_on_is_enforced_for_everyone_what_guests_allowed_works() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let (bo, _) = app.member(&owner, Role::Developer, "bo@example.test").await;
        let by_password = client.tokens(&bo).await;
        let by_provider = client.tokens(&limited(&bo)).await;
        app.enforce_sso_for_everyone(&owner).await;
        assert!(used(&app, &by_password.access_token).await.is_err());
        assert!(used(&app, &by_provider.access_token).await.is_ok());

        let tx = owner.begin().await.unwrap();
        let sql = "UPDATE memberships SET sso_guest = true WHERE org_id = $1 AND user_id = $2";
        let user = bo.actor.id.unwrap();
        tx.execute(sql, [owner.org.0.into(), user.into()])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        app.app.drop_right(Right::User(user));
        assert!(used(&app, &by_password.access_token).await.is_ok());
        assert!(client.refresh(&bo, &by_password).await.is_ok());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s07_what_was_allowed_with_the_provider_ends_with_it_and_after_a_day() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let (bo, _) = app.member(&owner, Role::Developer, "bo@example.test").await;
        let by_password = client.tokens(&bo).await;
        let by_provider = client.tokens(&limited(&bo)).await;
        let code = client.code(&limited(&bo)).await;
        let tx = owner.begin().await.unwrap();
        let at = owner.clock().now();
        sessions::end_limited(&tx, owner.org, None, at)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        app.app.drop_right(Right::Organization(owner.org.0));
        assert!(used(&app, &by_provider.access_token).await.is_err());
        assert!(client.refresh(&bo, &by_provider).await.is_err());
        let redeemed = token(&app.app, &client.redeeming(&code)).await;
        assert_eq!(code_of(redeemed), OauthCode::InvalidGrant);
        assert!(used(&app, &by_password.access_token).await.is_ok());

        let later = client.tokens(&limited(&bo)).await;
        app.app.clock().advance(Duration::hours(25));
        let refreshed = client.refresh(&bo, &later).await;
        assert_eq!(code_of(refreshed), OauthCode::InvalidGrant);
        assert!(client.refresh(&bo, &by_password).await.is_ok());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn m21_a_log_out_of_all_sessions_at_the_provider_ends_what_was_allowed_in_them() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let (bo, _) = app.member(&owner, Role::Developer, "bo@example.test").await;
        let by_password = client.tokens(&bo).await;
        let by_provider = client.tokens(&limited(&bo)).await;
        let user = bo.actor.id.unwrap();
        let provider = (owner.org, owner.clock().new_uuid());
        for (named, ends) in [(vec!["one".to_owned()], false), (Vec::new(), true)] {
            let tx = owner.begin().await.unwrap();
            let is_bo = |name: &sessions::SsoName| name.value == "bo";
            let means = (is_bo, named.as_slice());
            sessions::end_named(&tx, &app.app, provider, user, means)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            app.app.drop_right(Right::User(user));
            let refused = used(&app, &by_provider.access_token).await.is_err();
            assert_eq!(refused, ends, "{named:?}");
        }
        assert!(used(&app, &by_password.access_token).await.is_ok());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s28_nothing_is_allowed_once_the_session_or_the_membership_has_ended() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        for signs_out in [true, false] {
            let email = format!("bo-{signs_out}@example.test");
            let (bo, session) = app.member(&owner, Role::Admin, &email).await;
            let codes = authorize_device(&app.app, client.proof(), None)
                .await
                .unwrap();
            device_request(&bo, &codes.user_code).await.unwrap();
            let expected = if signs_out {
                crate::identity::sign_out(&app.app, &session, "test")
                    .await
                    .unwrap();
                ErrorCode::Unauthenticated
            } else {
                let user = UserId(bo.actor.id.unwrap());
                members::remove(&now(&owner), user).await.unwrap();
                ErrorCode::NotFound
            };
            let answered = answer_authorization(&now(&bo), &client.query(), true).await;
            assert_eq!(answered.unwrap_err().code, expected);
            let answered = answer_device(&now(&bo), &codes.user_code, true).await;
            assert_eq!(answered.unwrap_err().code, expected);
        }
        app.close().await;
    })
    .await;
}
