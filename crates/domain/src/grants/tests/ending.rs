//! R23, R24: what ends by itself, and what ends at the same time, on both databases.

use super::*;
use crate::{
    identity::NewScimToken, mail::Language, roles::Definition, service_accounts::AccountTerms,
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
