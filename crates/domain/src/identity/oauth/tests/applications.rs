//! Applications: registering them, their secrets, their service accounts.

use types::ServiceAccountId;

use super::*;

fn deploy() -> service_accounts::AccountTerms {
    service_accounts::AccountTerms {
        name: "Deploy".to_owned(),
        description: String::new(),
        role: Role::Viewer.into(),
        disabled: false,
    }
}

/// An application that acts as a service account only.
fn acting_as(kind: ClientKind, account: ServiceAccountId) -> ApplicationTerms {
    ApplicationTerms {
        redirect_uris: Vec::new(),
        device_flow: false,
        service_account: Some(account),
        ..terms(kind)
    }
}

/// A request for a token as the service account.
fn by_secret(client: &Client) -> TokenRequest<'_> {
    TokenRequest {
        grant_type: Some("client_credentials"),
        client: client.proof(),
        request_id: "test",
        ..TokenRequest::default()
    }
}

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
        let mut account = deploy();
        let created = service_accounts::create(&owner, &account).await.unwrap();
        let with_account = acting_as(ClientKind::Confidential, created.id);
        let client = Client::register(&owner, with_account).await;
        let request = by_secret(&client);
        let tokens = token(&app.app, &request).await.unwrap();
        assert!(tokens.refresh_token.is_none());
        let ctx = used(&app, &tokens.access_token).await.unwrap();
        assert_eq!((ctx.rights.permissions, ctx.org), (scopes(), owner.org));
        assert_eq!(&*ctx.actor.name, "Deploy (Reports)");

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
async fn only_a_confidential_application_with_a_service_account_acts_as_one() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let created = service_accounts::create(&owner, &deploy()).await.unwrap();
        let public = acting_as(ClientKind::Public, created.id);
        let public = register_application(&owner, public).await;
        assert_eq!(public.unwrap_err().code, ErrorCode::InvalidInput);
        let none = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let none = token(&app.app, &by_secret(&none)).await;
        assert_eq!(code_of(none), OauthCode::UnauthorizedClient);
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
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_public_application_has_no_secret_to_replace_and_cannot_introspect() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
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
async fn nobody_registers_or_deletes_an_application_with_more_than_they_have() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let developer = Ctx {
            rights: Role::Developer.into(),
            ..owner.clone()
        };
        let every = PermissionSet::ALL;
        let all = ApplicationTerms {
            scopes: every.without(every.for_people_only()),
            ..terms(ClientKind::Public)
        };
        let refused = register_application(&developer, all.clone()).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::Forbidden);
        let log = audit::list(&owner, 1).await.unwrap();
        assert_eq!(log[0].action, "access.refused");
        let all = Client::register(&owner, all).await;
        let refused = delete_application(&developer, all.application.id).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::Forbidden);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_application_cannot_have_permissions_that_only_people_can_use() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let every = ApplicationTerms {
            scopes: PermissionSet::ALL,
            ..terms(ClientKind::Public)
        };
        let refused = register_application(&owner, every).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidInput);
        assert!(refused.message.contains("profile.update"), "{refused:?}");
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_application_without_any_way_to_a_token_is_refused() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let empty = ApplicationTerms {
            redirect_uris: Vec::new(),
            device_flow: false,
            ..terms(ClientKind::Public)
        };
        let refused = register_application(&owner, empty).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidInput);
        assert!(refused.message.contains("redirectUris"), "{refused:?}");
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn registering_an_application_needs_a_fresh_proof_of_identity() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        app.app.clock().advance(Duration::minutes(11));
        let late = register_application(&owner, terms(ClientKind::Public)).await;
        assert_eq!(late.unwrap_err().code, ErrorCode::StepUpRequired);
        app.close().await;
    })
    .await;
}
