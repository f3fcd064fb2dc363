//! What ends tokens, and who may know about them.

use super::*;

/// The ways in which what an application has can end.
#[derive(Clone, Copy, Debug)]
enum End {
    Grant,
    GrantByAdministrator,
    Application,
    Token,
    Membership,
    SignOutEverywhere,
    Password,
}

#[tokio::test]
async fn s07_tokens_end_with_the_grant_the_application_the_membership_and_the_account() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        for (at, end) in [
            End::Grant,
            End::GrantByAdministrator,
            End::Application,
            End::Token,
            End::Membership,
            End::SignOutEverywhere,
            End::Password,
        ]
        .into_iter()
        .enumerate()
        {
            let owner = now(&owner);
            let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
            let email = format!("bo{at}@example.test");
            let (bo, session) = app.member(&owner, Role::Admin, &email).await;
            app.app.clock().advance(Duration::seconds(1));
            let tokens = client.tokens(&bo).await;
            assert!(used(&app, &tokens.access_token).await.is_ok());
            let bo = app.session(&session).await;
            let grants = list_own_grants(&bo).await.unwrap();
            assert_eq!((grants.len(), grants[0].scopes), (1, scopes()));
            let grant = grants[0].id;
            match end {
                End::Grant => revoke_grant(&bo, grant).await.unwrap(),
                End::GrantByAdministrator => {
                    let all = list_grants(&owner).await.unwrap();
                    assert!(all.iter().any(|one| one.id == grant));
                    revoke_grant(&owner, grant).await.unwrap();
                }
                End::Application => {
                    delete_application(&owner, client.application.id)
                        .await
                        .unwrap();
                }
                End::Token => {
                    let token = tokens.refresh_token.as_deref();
                    revoke_token(&app.app, client.proof(), token, "test")
                        .await
                        .unwrap();
                }
                End::Membership => {
                    let user = UserId(bo.actor.id.unwrap());
                    members::remove(&owner, user).await.unwrap();
                }
                End::SignOutEverywhere => drop(end_other_sessions(&bo).await.unwrap()),
                End::Password => {
                    let new = "another horse battery";
                    set_password(&bo, Some("correct horse"), new).await.unwrap();
                }
            }
            let ended = used(&app, &tokens.access_token).await.unwrap_err();
            assert_eq!(ended.code, ErrorCode::Unauthenticated, "{end:?}");
            assert!(client.refresh(&bo, &tokens).await.is_err(), "{end:?}");
            if !matches!(end, End::Token | End::Membership) {
                assert_eq!(list_own_grants(&bo).await.unwrap(), [], "{end:?}");
            }
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_grant_is_ended_by_its_person_and_those_who_manage_members_only() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let token = signed_in(&owner).await.access_token;
        let grant = list_own_grants(&owner).await.unwrap()[0].id;
        let (bo, _) = app.member(&owner, Role::Developer, "bo@example.test").await;
        assert_eq!(
            revoke_grant(&bo, grant).await.unwrap_err().code,
            ErrorCode::NotFound
        );
        assert_eq!(
            list_grants(&bo).await.unwrap_err().code,
            ErrorCode::Forbidden
        );
        let unknown = ApplicationGrantId::new(app.app.clock());
        let unknown = revoke_grant(&owner, unknown).await.unwrap_err();
        assert_eq!(unknown.code, ErrorCode::NotFound);
        assert!(used(&app, &token).await.is_ok());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn people_see_and_end_what_they_granted_from_another_of_their_organizations() {
    on_each_database(|app| async move {
        let (owner, session) = app.owner().await;
        let token = signed_in(&owner).await.access_token;
        let grant = list_own_grants(&owner).await.unwrap()[0].id;
        let elsewhere = app.elsewhere(&owner, &session).await;
        assert_eq!(list_own_grants(&elsewhere).await.unwrap().len(), 1);
        assert_eq!(list_grants(&elsewhere).await.unwrap(), []);
        revoke_grant(&elsewhere, grant).await.unwrap();
        assert!(used(&app, &token).await.is_err());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_application_learns_nothing_about_the_tokens_of_others() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let other = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let tokens = client.tokens(&owner).await;
        let refresh = tokens.refresh_token.clone().unwrap();
        for token in [&tokens.access_token, &refresh] {
            let own = introspect(&app.app, client.proof(), Some(token))
                .await
                .unwrap();
            assert_eq!(
                (&own["active"], &own["client_id"]),
                (&true.into(), &client.id.clone().into())
            );
            let foreign = introspect(&app.app, other.proof(), Some(token))
                .await
                .unwrap();
            assert_eq!(foreign, serde_json::json!({ "active": false }));
            revoke_token(&app.app, other.proof(), Some(token), "test")
                .await
                .unwrap();
        }
        assert!(used(&app, &tokens.access_token).await.is_ok());
        assert!(client.refresh(&owner, &tokens).await.is_ok());
        let old = introspect(&app.app, client.proof(), Some(&refresh))
            .await
            .unwrap();
        assert_eq!(old["active"], false);
        let access = Some(tokens.access_token.as_str());
        revoke_token(&app.app, client.proof(), access, "test")
            .await
            .unwrap();
        assert!(used(&app, &tokens.access_token).await.is_err());
        app.close().await;
    })
    .await;
}
