//! Tests of teams on both databases. What a grant to a team gives is tested in `grants`.

use types::ErrorCode;

use super::*;
use crate::{
    Role,
    access::Object,
    grants::{self, GrantTerms, Subject},
    members,
    testing::on_each_database,
};

#[tokio::test]
async fn a_team_has_members_of_the_organization_and_loses_those_who_leave() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, _) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let user = UserId(bo.actor.id.unwrap());
        let team = create(&owner, "Data").await.unwrap();
        let twice = create(&owner, "DATA").await.unwrap_err();
        assert_eq!(twice.code, ErrorCode::Conflict);
        for _ in 0..2 {
            let team = add_member(&owner, team.id, user).await.unwrap();
            assert_eq!(team.members.len(), 1);
            assert_eq!(team.members[0].name, "Bo");
        }
        let nobody = UserId::new(owner.clock());
        let refused = add_member(&owner, team.id, nobody).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotFound);
        assert_eq!(
            rename(&owner, team.id, "Analysts").await.unwrap().name,
            "Analysts"
        );
        members::remove(&owner, user).await.unwrap();
        assert_eq!(get(&owner, team.id).await.unwrap().members, []);
        delete(&owner, team.id).await.unwrap();
        assert_eq!(list(&owner).await.unwrap(), []);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r05_nobody_joins_or_adds_others_to_a_team_with_permissions_that_they_lack() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let user = UserId(bo.actor.id.unwrap());
        let team = create(&owner, "Ops").await.unwrap();
        let terms = GrantTerms {
            subject: Subject::Team(team.id),
            role: Role::Admin.into(),
            object: Object::Organization,
            expires_at: None,
        };
        grants::create(&owner, &terms).await.unwrap();
        // Somebody who may manage teams, but not all that the team may do.
        let role = crate::roles::Definition {
            name: "Team lead".into(),
            description: String::new(),
            permissions: [Permission::TeamManage, Permission::MemberRead]
                .into_iter()
                .collect(),
        };
        let role = crate::roles::create(&owner, &role).await.unwrap();
        let role = crate::roles::RoleChoice::Custom(role.id);
        members::change_role(&owner, user, role).await.unwrap();
        let lead = app.session(&session).await;
        for refused in [
            add_member(&lead, team.id, user).await.err(),
            delete(&lead, team.id).await.err(),
        ] {
            let refused = refused.unwrap();
            assert_eq!(refused.code, ErrorCode::Forbidden, "{}", refused.message);
            assert!(
                refused.message.contains("the team `Ops`"),
                "{}",
                refused.message
            );
        }
        let own = create(&lead, "Readers").await.unwrap();
        assert_eq!(
            add_member(&lead, own.id, user).await.unwrap().members.len(),
            1
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn taking_rights_away_and_giving_those_to_manage_members_need_a_fresh_proof_of_identity() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, _) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let user = UserId(bo.actor.id.unwrap());
        let mut grant = None;
        let mut teams = Vec::new();
        for (name, role) in [("Readers", Role::Viewer), ("Ops", Role::Admin)] {
            let team = create(&owner, name).await.unwrap();
            let terms = GrantTerms {
                subject: Subject::Team(team.id),
                role: role.into(),
                object: Object::Organization,
                expires_at: None,
            };
            grant = Some(grants::create(&owner, &terms).await.unwrap().id);
            teams.push(team.id);
        }
        let stale = Ctx {
            proved_at: Some(owner.clock().now() - chrono::Duration::minutes(11)),
            ..owner.clone()
        };
        add_member(&stale, teams[0], user).await.unwrap();
        for asked in [
            add_member(&stale, teams[1], user).await.err(),
            grants::delete(&stale, grant.unwrap()).await.err(),
            members::remove(&stale, user).await.err(),
        ] {
            assert_eq!(asked.unwrap().code, ErrorCode::StepUpRequired);
        }
        add_member(&owner, teams[1], user).await.unwrap();
        grants::delete(&owner, grant.unwrap()).await.unwrap();
        members::remove(&owner, user).await.unwrap();
        app.close().await;
    })
    .await;
}
