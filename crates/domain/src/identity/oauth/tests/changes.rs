//! Changing an application, and what follows for those who allowed it.

use serde_json::json;

use super::*;

fn only(permission: Permission) -> PermissionSet {
    PermissionSet::from_iter([permission])
}

fn change(scopes: PermissionSet) -> ApplicationChange {
    ApplicationChange {
        name: "Reports".to_owned(),
        redirect_uris: vec![CALLBACK.to_owned()],
        scopes,
        device_flow: true,
    }
}

async fn changed(ctx: &Ctx, client: &Client, change: ApplicationChange) -> Application {
    update_application(&now(ctx), client.application.id, change)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_was_allowed_stays_valid_when_an_application_changes() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let tokens = client.tokens(&owner).await;
        let more = scopes().or(only(Permission::PipelineRead));
        let new = ApplicationChange {
            name: "Figures".to_owned(),
            redirect_uris: vec!["https://new.example.com/".to_owned()],
            device_flow: false,
            ..change(more)
        };
        let after = changed(&owner, &client, new).await;
        assert_eq!((after.name.as_str(), after.scopes), ("Figures", more));
        assert_eq!(list_applications(&owner).await.unwrap(), [after]);
        let ctx = used(&app, &tokens.access_token).await.unwrap();
        // Nobody has allowed the new scope yet.
        assert_eq!(ctx.rights.permissions, scopes());
        assert!(ctx.actor.name.ends_with("(Figures)"), "{}", ctx.actor.name);
        let next = client.refresh(&owner, &tokens).await.unwrap();
        assert_eq!(next.scopes, scopes());
        // The address is no longer the application's.
        let asked = answer_authorization(&now(&owner), &client.query(), true).await;
        assert!(asked.is_err());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_scope_that_an_application_loses_is_taken_from_its_tokens_and_not_given_back() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let tokens = client.tokens(&owner).await;
        let late = client.code(&owner).await;
        let left = only(Permission::RunRead);
        changed(&owner, &client, change(left)).await;
        let has = async |token: &str| used(&app, token).await.unwrap().rights.permissions;
        assert_eq!(has(&tokens.access_token).await, left);
        let known = introspect(&app.app, client.proof(), Some(&tokens.access_token)).await;
        assert_eq!(known.unwrap()["scope"], "run.read");
        let grants = list_own_grants(&owner).await.unwrap();
        assert_eq!((grants.len(), grants[0].scopes), (1, left));
        // A code from before.
        let redeemed = token(&app.app, &client.redeeming(&late)).await.unwrap();
        assert_eq!(redeemed.scopes, left);
        assert_eq!(client.refresh(&owner, &tokens).await.unwrap().scopes, left);

        changed(&owner, &client, change(scopes())).await;
        assert_eq!(has(&tokens.access_token).await, left);
        let grants = list_own_grants(&owner).await.unwrap();
        assert_eq!(grants[0].scopes, left);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn access_of_which_nothing_is_left_ends() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let tokens = client.tokens(&owner).await;
        let other = only(Permission::PipelineRead);
        changed(&owner, &client, change(other)).await;
        let ended = used(&app, &tokens.access_token).await.unwrap_err();
        assert_eq!(ended.code, ErrorCode::Unauthenticated);
        assert!(client.refresh(&owner, &tokens).await.is_err());
        assert_eq!(list_own_grants(&owner).await.unwrap(), []);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_application_is_changed_under_the_conditions_of_registering_one() {
    on_each_database(|app| async move {
        let (owner, session) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Public)).await;
        let id = client.application.id;
        let refused = async |ctx: &Ctx, change: ApplicationChange| {
            let refused = update_application(ctx, id, change).await;
            refused.unwrap_err().code
        };
        for wrong in [
            ApplicationChange {
                name: "FlowMason Reports".to_owned(),
                ..change(scopes())
            },
            ApplicationChange {
                redirect_uris: vec!["http://app.example.com/".to_owned()],
                ..change(scopes())
            },
            ApplicationChange {
                redirect_uris: Vec::new(),
                device_flow: false,
                ..change(scopes())
            },
            change(PermissionSet::NONE),
            change(only(Permission::ProfileUpdate)),
        ] {
            let code = refused(&owner, wrong.clone()).await;
            assert_eq!(code, ErrorCode::InvalidInput, "{wrong:?}");
        }
        let developer = Ctx {
            rights: Role::Developer.into(),
            ..owner.clone()
        };
        let more = change(only(Permission::AuditRead));
        assert_eq!(refused(&developer, more).await, ErrorCode::Forbidden);
        let elsewhere = app.elsewhere(&owner, &session).await;
        let foreign = refused(&elsewhere, change(scopes())).await;
        assert_eq!(foreign, ErrorCode::NotFound);
        app.app.clock().advance(Duration::minutes(11));
        let late = refused(&owner, change(scopes())).await;
        assert_eq!(late, ErrorCode::StepUpRequired);
        assert_eq!(
            list_applications(&owner).await.unwrap(),
            [client.application]
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_change_of_an_application_is_in_the_audit_log_with_before_and_after() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Public)).await;
        let new = ApplicationChange {
            name: "Figures".to_owned(),
            ..change(only(Permission::RunRead))
        };
        changed(&owner, &client, new).await;
        let log = audit::list(&owner, 100).await.unwrap();
        let row = log.iter().find(|row| row.action == "application.update");
        let detail: serde_json::Value = serde_json::from_str(&row.unwrap().detail).unwrap();
        assert_eq!(
            detail,
            json!({
                "before": { "name": "Reports", "redirectUris": [CALLBACK],
                    "scopes": scopes().to_string(), "deviceFlow": true },
                "after": { "name": "Figures", "redirectUris": [CALLBACK],
                    "scopes": "run.read", "deviceFlow": true },
            })
        );
        app.close().await;
    })
    .await;
}
