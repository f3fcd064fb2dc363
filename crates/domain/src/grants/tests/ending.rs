//! R23, R24: what ends by itself, and what ends at the same time, on both databases.

use types::FolderId;

use super::*;
use crate::{
    folders,
    identity::NewScimToken,
    mail::Language,
    roles::Definition,
    service_accounts::{self, AccountTerms},
};

fn code<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    result.unwrap_err().code
}

#[tokio::test]
async fn r23_what_somebody_has_by_a_grant_that_ends_they_give_only_until_then() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let (cy, _) = app.member(&owner, Role::Viewer, "cy@example.test").await;
        let (bo, cy) = (user(&bo), user(&cy));
        let team = teams::create(&owner, "Data").await.unwrap();
        let to_team = terms(Subject::Team(team.id), Role::Developer);
        create(&owner, &to_team).await.unwrap();
        let end = owner.clock().now() + Duration::hours(1);
        let until = |subject, role, end| GrantTerms {
            expires_at: Some(end),
            ..terms(Subject::Member(subject), role)
        };
        create(&owner, &until(bo, Role::Admin, end)).await.unwrap();
        let admin = app.session(&session).await;

        let role = Definition {
            name: "Auditor".into(),
            description: String::new(),
            permissions: [Permission::AuditRead].into_iter().collect(),
        };
        let account = AccountTerms {
            name: "Deploy".into(),
            description: String::new(),
            role: Role::Developer.into(),
            disabled: false,
        };
        let token = NewScimToken {
            name: "Directory".into(),
            expires_at: Some(end),
        };
        let later = end + Duration::seconds(1);
        let for_ever = terms(Subject::Member(bo), Role::Admin);
        let invited =
            identity::create_invitation(&admin, Role::Developer, None, Language::English).await;
        for (at, refused) in [
            create(&admin, &for_ever).await.err(),
            create(&admin, &until(bo, Role::Admin, later)).await.err(),
            create(&admin, &until(cy, Role::Developer, later))
                .await
                .err(),
            members::change_role(&admin, bo, Role::Admin).await.err(),
            members::change_role(&admin, cy, Role::Developer)
                .await
                .err(),
            teams::add_member(&admin, team.id, bo).await.err(),
            roles::create(&admin, &role).await.err(),
            service_accounts::create(&admin, &account).await.err(),
            identity::scim::create_scim_token(&admin, token).await.err(),
            invited.err(),
        ]
        .into_iter()
        .enumerate()
        {
            let code = refused.map(|error| error.code);
            assert_eq!(code, Some(ErrorCode::Forbidden), "{at}");
        }
        let refused = create(&admin, &for_ever).await.unwrap_err();
        assert!(
            refused.message.contains("a grant that ends sooner"),
            "{}",
            refused.message
        );

        // Until the same time, and for ever what the role of viewers gives.
        create(&admin, &until(cy, Role::Developer, end))
            .await
            .unwrap();
        create(&admin, &terms(Subject::Member(cy), Role::Viewer))
            .await
            .unwrap();
        // Taking away gives nobody anything.
        members::remove(&admin, cy).await.unwrap();
        app.close().await;
    })
    .await;
}

/// A folder on which developers are granted something, so that moving a pipeline to it gives that.
async fn folder(owner: &Ctx) -> (FolderId, PipelineId) {
    let team = teams::create(owner, "Data").await.unwrap();
    let folder = folders::create(owner, "Reports").await.unwrap().id;
    let on_folder = GrantTerms {
        object: Object::Folder(folder),
        ..terms(Subject::Team(team.id), Role::Developer)
    };
    create(owner, &on_folder).await.unwrap();
    (folder, pipeline(owner).await)
}

#[tokio::test]
async fn r26_a_key_moves_pipelines_to_folders_only_with_what_it_and_its_holder_have_for_ever() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let (folder, one) = folder(&owner).await;
        let end = owner.clock().now() + Duration::hours(1);
        let until = |subject| GrantTerms {
            expires_at: Some(end),
            ..terms(subject, Role::Developer)
        };
        create(&owner, &until(Subject::Member(user(&bo))))
            .await
            .unwrap();
        let bo = app.session(&session).await;
        let developer = Role::Developer.permissions();
        let of_bo = identity::create_api_key(&bo, "bo", developer)
            .await
            .unwrap();
        let none = crate::PermissionSet::NONE;
        let granted = identity::create_api_key(&owner, "granted", none).await;
        let granted = granted.unwrap();
        create(&owner, &until(Subject::ApiKey(granted.0.id)))
            .await
            .unwrap();
        // Granted until a time, to the holder or to the key; moving would give it for ever.
        for (_, secret) in [&of_bo, &granted] {
            let program = keys::by_key(&app, secret).await;
            let moved = pipelines::move_to(&program, one, Some(folder)).await;
            assert_eq!(code(moved), ErrorCode::Forbidden);
        }
        // The person themselves is refused, too.
        let moved = pipelines::move_to(&bo, one, Some(folder)).await;
        assert_eq!(code(moved), ErrorCode::Forbidden);
        // With a role, or by a grant that does not end.
        let for_ever = terms(Subject::ApiKey(granted.0.id), Role::Developer);
        create(&owner, &for_ever).await.unwrap();
        members::change_role(&owner, user(&bo), Role::Developer)
            .await
            .unwrap();
        for (_, secret) in [&of_bo, &granted] {
            let program = keys::by_key(&app, secret).await;
            pipelines::move_to(&program, one, Some(folder))
                .await
                .unwrap();
            pipelines::move_to(&program, one, None).await.unwrap();
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r26_a_key_of_a_service_account_moves_pipelines_with_what_the_account_has_for_ever() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (folder, one) = folder(&owner).await;
        let account = AccountTerms {
            name: "Deploy".into(),
            description: String::new(),
            role: Role::Viewer.into(),
            disabled: false,
        };
        let account = service_accounts::create(&owner, &account).await.unwrap();
        let subject = Subject::ServiceAccount(account.id);
        let ending = GrantTerms {
            expires_at: Some(owner.clock().now() + Duration::hours(1)),
            ..terms(subject, Role::Developer)
        };
        create(&owner, &ending).await.unwrap();
        let key = identity::KeyTerms {
            grant: identity::KeyGrant::Permissions(Role::Developer.permissions()),
            limits: identity::KeyLimits::default(),
            service_account: Some(account.id),
        };
        let (_, secret) = identity::create_api_key(&owner, "ci", key).await.unwrap();
        let program = keys::by_key(&app, &secret).await;
        let moved = pipelines::move_to(&program, one, Some(folder)).await;
        assert_eq!(code(moved), ErrorCode::Forbidden);
        create(&owner, &terms(subject, Role::Developer))
            .await
            .unwrap();
        let program = keys::by_key(&app, &secret).await;
        pipelines::move_to(&program, one, Some(folder))
            .await
            .unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r24_a_grant_to_a_team_never_outlives_the_team() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        for round in 0..8 {
            let team = teams::create(&owner, &format!("Team {round}"))
                .await
                .unwrap();
            let to_team = terms(Subject::Team(team.id), Role::Developer);
            let (given, deleted) =
                tokio::join!(create(&owner, &to_team), teams::delete(&owner, team.id));
            deleted.unwrap();
            if let Err(error) = given {
                assert_eq!(error.code, ErrorCode::NotFound, "{round}");
            }
            assert_eq!(list(&owner, None).await.unwrap(), [], "{round}");
            let late = create(&owner, &to_team).await;
            assert_eq!(code(late), ErrorCode::NotFound, "{round}");
        }
        app.close().await;
    })
    .await;
}
