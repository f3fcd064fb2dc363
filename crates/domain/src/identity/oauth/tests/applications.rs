//! Applications: registering them, their secrets, their service accounts.

use super::*;

#[tokio::test]
async fn an_application_is_unknown_to_people_of_other_organizations() {
    on_each_database(|app| async move {
        let (owner, session) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Public)).await;
        let elsewhere = app.elsewhere(&owner, &session).await;
        // Its owner is told to switch; a stranger is not.
        let switch = authorization_request(&elsewhere, &client.query()).await;
        assert_eq!(switch.unwrap_err().code, ErrorCode::Conflict);
        let (bo, _) = app.member(&elsewhere, Role::Owner, "bo@example.test").await;
        let unknown = authorization_request(&bo, &client.query()).await;
        assert_eq!(unknown.unwrap_err().code, ErrorCode::NotFound);
        for refused in [
            delete_application(&now(&bo), client.application.id)
                .await
                .err(),
            rotate_application_secret(&now(&bo), client.application.id, None)
                .await
                .err(),
        ] {
            assert_eq!(refused.unwrap().code, ErrorCode::NotFound);
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_application_acts_as_its_service_account_until_that_is_disabled() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let mut account = service_accounts::AccountTerms {
            name: "Deploy".to_owned(),
            description: String::new(),
            role: Role::Viewer.into(),
            disabled: false,
        };
        let created = service_accounts::create(&owner, &account).await.unwrap();
        let with_account = |kind| ApplicationTerms {
            redirect_uris: Vec::new(),
            device_flow: false,
            service_account: Some(created.id),
            ..terms(kind)
        };
        let public = register_application(&owner, with_account(ClientKind::Public)).await;
        assert_eq!(public.unwrap_err().code, ErrorCode::InvalidInput);
        let client = Client::register(&owner, with_account(ClientKind::Confidential)).await;
        let request = TokenRequest {
            grant_type: Some("client_credentials"),
            client: client.proof(),
            request_id: "test",
            ..TokenRequest::default()
        };
        let tokens = token(&app.app, &request).await.unwrap();
        assert!(tokens.refresh_token.is_none());
        let ctx = used(&app, &tokens.access_token).await.unwrap();
        assert_eq!((ctx.rights.permissions, ctx.org), (scopes(), owner.org));
        assert_eq!(&*ctx.actor.name, "Deploy (Reports)");
        let none = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let none = TokenRequest {
            client: none.proof(),
            ..request
        };
        let none = token(&app.app, &none).await;
        assert_eq!(code_of(none), OauthCode::UnauthorizedClient);

        account.disabled = true;
        service_accounts::update(&owner, created.id, &account)
            .await
            .unwrap();
        assert!(used(&app, &tokens.access_token).await.is_err());
        let disabled = token(&app.app, &request).await;
        assert_eq!(code_of(disabled), OauthCode::UnauthorizedClient);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn both_secrets_are_accepted_until_the_overlap_of_a_rotation_ends() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let id = client.application.id;
        let hour = Some(Duration::hours(1));
        let rotated = rotate_application_secret(&owner, id, hour).await.unwrap();
        let new = ClientProof {
            secret: Some(&rotated.secret),
            ..client.proof()
        };
        let works = async |proof| {
            let answer = introspect(&app.app, proof, Some("x")).await;
            answer.is_ok_and(|answer| answer["active"] == false)
        };
        assert!(works(client.proof()).await && works(new).await);
        app.app.clock().advance(Duration::hours(1));
        assert!(!works(client.proof()).await && works(new).await);
        let public = Client::register(&owner, terms(ClientKind::Public)).await;
        let refused = rotate_application_secret(&now(&owner), public.application.id, None).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::Conflict);
        let asked = introspect(&app.app, public.proof(), Some("x")).await;
        assert_eq!(code_of(asked), OauthCode::InvalidClient);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_application_cannot_be_registered_with_more_than_its_creator_has() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let developer = Ctx {
            rights: Role::Developer.into(),
            ..owner.clone()
        };
        let with = |scopes: PermissionSet| ApplicationTerms {
            scopes,
            ..terms(ClientKind::Public)
        };
        let every = PermissionSet::ALL;
        let refused = register_application(&owner, with(every)).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidInput);
        assert!(refused.message.contains("profile.update"), "{refused:?}");
        let all = with(every.without(every.for_people_only()));
        let refused = register_application(&developer, all.clone())
            .await
            .unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        let all = Client::register(&owner, all).await;
        let id = all.application.id;
        let refused = delete_application(&developer, id).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        let empty = ApplicationTerms {
            redirect_uris: Vec::new(),
            device_flow: false,
            ..terms(ClientKind::Public)
        };
        let refused = register_application(&owner, empty).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidInput);
        app.app.clock().advance(Duration::minutes(11));
        let late = register_application(&owner, terms(ClientKind::Public)).await;
        assert_eq!(late.unwrap_err().code, ErrorCode::StepUpRequired);
        app.close().await;
    })
    .await;
}
