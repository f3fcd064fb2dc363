//! Authorization requests and codes.

use super::*;

#[tokio::test]
async fn an_application_acts_with_the_scopes_that_its_person_allowed_and_has() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let shown = authorization_request(&owner, &client.query())
            .await
            .unwrap();
        assert_eq!(
            (shown.scopes, shown.lacking),
            (scopes(), PermissionSet::NONE)
        );
        let to = answer_authorization(&now(&owner), &client.query(), true).await;
        let to = to.unwrap();
        assert_eq!(value(&to, "state").as_deref(), Some("a state"));
        let here = &app.app.settings().base_url;
        assert_eq!(value(&to, "iss").as_ref(), Some(here));
        let tokens = client.tokens(&owner).await;
        let ctx = used(&app, &tokens.access_token).await.unwrap();
        assert_eq!((ctx.org, ctx.rights.permissions), (owner.org, scopes()));
        assert!(ctx.actor.name.ends_with("(Reports)"), "{}", ctx.actor.name);
        assert!(ctx.session.is_none() && ctx.proved_at.is_none());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_application_cannot_create_keys() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let token = signed_in(&owner).await.access_token;
        let ctx = used(&app, &token).await.unwrap();
        let refused = create_api_key(&ctx, "mine", Role::Viewer).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::Forbidden);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_application_has_no_more_than_its_person_who_sees_what_they_lack() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let (bo, _) = app.member(&owner, Role::Billing, "bo@example.test").await;
        app.app.clock().advance(Duration::seconds(1));
        let shown = authorization_request(&bo, &client.query()).await.unwrap();
        assert_eq!(
            shown.lacking,
            PermissionSet::from_iter([Permission::RunRead])
        );
        let token = client.tokens(&bo).await.access_token;
        let ctx = used(&app, &token).await.unwrap();
        let read = PermissionSet::from_iter([Permission::OrganizationRead]);
        assert_eq!(ctx.rights.permissions, read);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_wrong_request_has_a_way_back_to_the_application_s_own_address_only() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Public)).await;
        let good = client.query();
        assert!(check_authorization(&app.app, &good).await.is_ok());
        let encoded = "https%3A%2F%2Fapp.example.com%2Fcallback";
        for bad in [
            good.replace(&client.id, "app_00000000000000000000000000"),
            good.replace(&client.id, COMMAND_LINE),
            good.replace(encoded, "https%3A%2F%2Fevil.example%2Fcallback"),
            good.replace(encoded, &format!("{encoded}%2F")),
            format!("{good}&client_id=x"),
            good.replace("redirect_uri", "redirect"),
            String::new(),
            "x".repeat(5_000),
        ] {
            let refused = check_authorization(&app.app, &bad).await.unwrap_err();
            assert_eq!(refused.return_to, None, "{bad}");
        }
        for (bad, error) in [
            (
                good.replace("type=code", "type=token"),
                "unsupported_response_type",
            ),
            (good.replace("S256", "plain"), "invalid_request"),
            (
                good.replace("code_challenge_method=S256", ""),
                "invalid_request",
            ),
            (
                good.replace("code_challenge=", "challenge="),
                "invalid_request",
            ),
            (
                format!("{good}&scope=run.read+member.manage"),
                "invalid_scope",
            ),
            (format!("{good}&scope=nothing"), "invalid_scope"),
            (format!("{good}&response_mode=fragment"), "invalid_request"),
            (
                format!("{good}&request_uri=https://evil.example"),
                "invalid_request",
            ),
        ] {
            let refused = check_authorization(&app.app, &bad).await.unwrap_err();
            assert_eq!(refused.error.code.as_str(), error, "{bad}");
            let to = refused.return_to.unwrap();
            assert!(to.starts_with(&format!("{CALLBACK}?")), "{to}");
            assert_eq!(value(&to, "error").as_deref(), Some(error), "{bad}");
            assert_eq!(value(&to, "state").as_deref(), Some("a state"));
            assert!(value(&to, "iss").is_some() && value(&to, "error_description").is_some());
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_person_who_refuses_returns_to_the_application_with_access_denied() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Public)).await;
        let denied = answer_authorization(&owner, &client.query(), false).await;
        let denied = denied.unwrap();
        assert_eq!(value(&denied, "error").as_deref(), Some("access_denied"));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_stolen_session_cannot_give_itself_tokens() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Public)).await;
        app.app.clock().advance(Duration::minutes(11));
        let late = answer_authorization(&owner, &client.query(), true).await;
        assert_eq!(late.unwrap_err().code, ErrorCode::StepUpRequired);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_person_gets_a_mail_about_each_application_that_they_allow_and_none_about_others() {
    on_each_database(|app| async move {
        let app = app.with_mail().await;
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let (bo, _) = app.member(&owner, Role::Developer, "bo@example.test").await;
        app.verify_addresses().await;
        let told = async || {
            let letters = app.letters("bo@example.test").await.into_iter();
            letters
                .filter(|letter| letter.kind() == "application_allowed")
                .count()
        };
        let refused = answer_authorization(&bo, &client.query(), false).await;
        assert!(refused.is_ok());
        assert_eq!(told().await, 0);
        client.code(&bo).await;
        assert_eq!(told().await, 1);
        for (allow, letters) in [(false, 1), (true, 2)] {
            let codes = authorize_device(&app.app, client.proof(), None).await;
            let code = codes.unwrap().user_code;
            device_request(&bo, &code).await.unwrap();
            answer_device(&now(&bo), &code, allow).await.unwrap();
            assert_eq!(told().await, letters, "allowed: {allow}");
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_code_works_only_for_its_application_with_its_address_and_the_proof_of_who_asked() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let other = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let code = client.code(&owner).await;
        let good = client.redeeming(&code);
        let wrong_secret = ClientProof {
            secret: Some("fmc_wrong"),
            ..client.proof()
        };
        let no_secret = ClientProof {
            secret: None,
            ..client.proof()
        };
        let unproved = [wrong_secret, no_secret].map(|client| TokenRequest { client, ..good });
        for request in unproved {
            let refused = token(&app.app, &request).await;
            assert_eq!(code_of(refused), OauthCode::InvalidClient);
        }
        let short = &VERIFIER[1..];
        for request in [
            TokenRequest {
                client: other.proof(),
                ..good
            },
            TokenRequest {
                redirect_uri: Some("https://app.example.com/other"),
                ..good
            },
            TokenRequest {
                code_verifier: Some(short),
                ..good
            },
            TokenRequest {
                code: Some("fmg_unknown"),
                ..good
            },
        ] {
            let refused = token(&app.app, &request).await;
            assert_eq!(code_of(refused), OauthCode::InvalidGrant);
        }
        let missing = TokenRequest {
            code_verifier: None,
            ..good
        };
        let missing = token(&app.app, &missing).await;
        assert_eq!(code_of(missing), OauthCode::InvalidRequest);
        // None of them has used it up.
        assert!(token(&app.app, &good).await.is_ok());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_second_use_of_a_code_ends_what_the_first_one_gave() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let code = client.code(&owner).await;
        let good = client.redeeming(&code);
        let tokens = token(&app.app, &good).await.unwrap();
        assert!(used(&app, &tokens.access_token).await.is_ok());
        assert_eq!(
            code_of(token(&app.app, &good).await),
            OauthCode::InvalidGrant
        );
        let ended = used(&app, &tokens.access_token).await.unwrap_err();
        assert_eq!(ended.code, ErrorCode::Unauthenticated);
        let refreshed = client.refresh(&owner, &tokens).await;
        assert_eq!(code_of(refreshed), OauthCode::InvalidGrant);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_code_works_for_a_minute() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let late = client.code(&owner).await;
        app.app.clock().advance(Duration::seconds(60));
        let late = token(&app.app, &client.redeeming(&late)).await;
        assert_eq!(code_of(late), OauthCode::InvalidGrant);
        app.close().await;
    })
    .await;
}
