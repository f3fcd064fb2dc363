//! The device flow, and secrets used as those of another kind.

use super::*;

/// The command line on a device.
const DEVICE: ClientProof<'static> = ClientProof {
    id: Some(COMMAND_LINE),
    secret: None,
    address: None,
};

#[tokio::test]
async fn s21_a_device_gets_tokens_once_and_only_after_its_person_allowed_it() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let codes = authorize_device(&app.app, DEVICE, None).await.unwrap();
        let request = polling(DEVICE, &codes.device_code);
        let poll = async || token(&app.app, &request).await;
        assert_eq!(code_of(poll().await), OauthCode::AuthorizationPending);
        let typed = codes.user_code.to_lowercase().replace('-', " ");
        let shown = device_request(&owner, &typed).await.unwrap();
        assert_eq!(shown.code, codes.user_code);
        answer_device(&now(&owner), &typed, true).await.unwrap();
        app.app.clock().advance(Duration::seconds(5));
        let tokens = poll().await.unwrap();
        let ctx = used(&app, &tokens.access_token).await.unwrap();
        assert_eq!(ctx.org, owner.org);
        assert!(!ctx.rights.permissions.has(Permission::MemberManage));
        assert!(ctx.rights.permissions.has(Permission::RunStart));
        assert_eq!(code_of(poll().await), OauthCode::InvalidGrant);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s21_a_device_that_asks_too_fast_waits_longer_each_time() {
    on_each_database(|app| async move {
        let codes = authorize_device(&app.app, DEVICE, None).await.unwrap();
        let request = polling(DEVICE, &codes.device_code);
        let poll = async || code_of(token(&app.app, &request).await);
        assert_eq!(poll().await, OauthCode::AuthorizationPending);
        assert_eq!(poll().await, OauthCode::SlowDown);
        app.app.clock().advance(Duration::seconds(9));
        assert_eq!(poll().await, OauthCode::SlowDown, "the pause has grown");
        app.app.clock().advance(Duration::seconds(15));
        assert_eq!(poll().await, OauthCode::AuthorizationPending);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s21_only_the_person_who_looked_at_a_code_answers_it_with_a_fresh_proof() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let codes = authorize_device(&app.app, DEVICE, None).await.unwrap();
        let code = &codes.user_code;
        // Nobody can answer what they have not looked at.
        let blind = answer_device(&owner, code, true).await.unwrap_err();
        assert_eq!(blind.code, ErrorCode::NotFound);
        device_request(&owner, code).await.unwrap();
        // Another person can neither see nor answer it any more.
        let (bo, _) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let other = device_request(&bo, code).await.unwrap_err();
        assert_eq!(other.code, ErrorCode::NotFound);
        let other = answer_device(&now(&bo), code, true).await.unwrap_err();
        assert_eq!(other.code, ErrorCode::NotFound);
        let old = Ctx {
            proved_at: Some(owner.clock().now() - Duration::hours(1)),
            ..owner.clone()
        };
        let unproved = answer_device(&old, code, true).await.unwrap_err();
        assert_eq!(unproved.code, ErrorCode::StepUpRequired);
        answer_device(&now(&owner), code, true).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s21_a_device_whose_person_refused_or_came_too_late_gets_nothing() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let denied = authorize_device(&app.app, DEVICE, None).await.unwrap();
        device_request(&owner, &denied.user_code).await.unwrap();
        answer_device(&owner, &denied.user_code, false)
            .await
            .unwrap();
        let poll = token(&app.app, &polling(DEVICE, &denied.device_code)).await;
        assert_eq!(code_of(poll), OauthCode::AccessDenied);
        let twice = answer_device(&now(&owner), &denied.user_code, true).await;
        assert_eq!(twice.unwrap_err().code, ErrorCode::NotFound);

        let late = authorize_device(&app.app, DEVICE, None).await.unwrap();
        app.app.clock().advance(Duration::minutes(10));
        let seen = device_request(&owner, &late.user_code).await.unwrap_err();
        assert_eq!(seen.code, ErrorCode::NotFound);
        let poll = token(&app.app, &polling(DEVICE, &late.device_code)).await;
        assert_eq!(code_of(poll), OauthCode::ExpiredToken);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s21_codes_of_devices_cannot_be_guessed() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let mut refused = Vec::new();
        for _ in 0..30 {
            refused.push(device_request(&owner, "BCDF-GHJK").await.unwrap_err().code);
        }
        let limited = refused
            .iter()
            .filter(|code| **code == ErrorCode::RateLimited);
        assert_eq!(limited.count(), 10);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn s23_a_secret_of_one_kind_is_none_of_another() {
    on_each_database(|app| async move {
        let (owner, session) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let tokens = client.tokens(&owner).await;
        let code = client.code(&owner).await;
        let device = authorize_device(&app.app, client.proof(), None)
            .await
            .unwrap();
        let (_, key) = create_api_key(&owner, "ci", Role::Viewer).await.unwrap();
        let link = print_link(&app.app).await.unwrap().unwrap();
        let refresh = tokens.refresh_token.clone().unwrap();
        let all = [
            ("access", tokens.access_token.as_str()),
            ("refresh", &refresh),
            ("code", &code),
            ("device", &device.device_code),
            ("user code", &device.user_code),
            ("secret", client.secret.as_deref().unwrap()),
            ("session", &session),
            ("link", &link),
            ("key", &key),
        ];
        for (kind, secret) in all {
            let bearer = used(&app, secret).await;
            assert_eq!(bearer.is_ok(), matches!(kind, "access" | "key"), "{kind}");
            let cookie = authenticate(&app.app, Credential::Session(secret), None, "t").await;
            assert_eq!(cookie.is_ok(), kind == "session", "{kind}");
            if kind != "link" {
                let link = redeem_link(&app.app, secret, Default::default(), "t").await;
                assert!(link.is_err(), "{kind}");
            }
            for (of, request) in [
                ("refresh", client.refreshing(secret)),
                ("code", client.redeeming(secret)),
                ("device", polling(client.proof(), secret)),
            ] {
                if of != kind {
                    let refused = token(&app.app, &request).await;
                    assert_eq!(code_of(refused), OauthCode::InvalidGrant, "{kind} as {of}");
                }
            }
        }
        app.close().await;
    })
    .await;
}
