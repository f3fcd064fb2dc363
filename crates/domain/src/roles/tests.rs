//! Tests of custom roles on both databases.

use types::{ErrorCode, UserId};

use super::*;
use crate::{
    access::Object,
    grants, members,
    paging::Page,
    pipelines, runs,
    testing::{TestApp, on_each_database},
};

fn definition(name: &str, permissions: &[Permission]) -> Definition {
    Definition {
        name: name.to_owned(),
        description: String::new(),
        permissions: permissions.iter().copied().collect(),
    }
}

fn user(ctx: &Ctx) -> UserId {
    UserId(ctx.actor.id.unwrap())
}

async fn may_list(app: &TestApp, session: &str) -> (bool, bool) {
    let ctx = app.session(session).await;
    let pipelines = pipelines::list(&ctx, &Page::default(), None, false).await;
    let runs = runs::list(&ctx, &Page::default(), &runs::Filter::default()).await;
    (pipelines.is_ok(), runs.is_ok())
}

#[tokio::test]
async fn r01_a_member_with_a_custom_role_may_do_exactly_what_the_role_lists() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        assert_eq!(may_list(&app, &session).await, (true, true));
        let role = create(&owner, &definition("Reader", &[Permission::PipelineRead]))
            .await
            .unwrap();
        let member = members::change_role(&owner, user(&bo), RoleChoice::Custom(role.id))
            .await
            .unwrap();
        assert_eq!(member.role.to_string(), "Reader");
        assert_eq!(may_list(&app, &session).await, (true, false));

        // A change of the role counts at once for those who have it.
        let more = [Permission::RunRead, Permission::OrganizationRead];
        update(&owner, role.id, &definition("Reader", &more))
            .await
            .unwrap();
        assert_eq!(may_list(&app, &session).await, (false, true));
        let all = members::list(&app.session(&session).await, &Page::default()).await;
        assert_eq!(all.unwrap_err().code, ErrorCode::Forbidden);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_role_with_no_permission_leaves_a_member_their_account_and_the_way_out() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let role = create(&owner, &definition("Nothing", &[])).await.unwrap();
        members::change_role(&owner, user(&bo), RoleChoice::Custom(role.id))
            .await
            .unwrap();
        let bo = app.session(&session).await;
        assert_eq!(
            bo.rights.permissions,
            PermissionSet::OF_EVERY_MEMBER,
            "no more than that"
        );
        crate::organizations::get(&bo).await.unwrap();
        let members = members::list(&bo, &Page::default()).await;
        assert_eq!(members.unwrap_err().code, ErrorCode::Forbidden);
        members::leave(&bo).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r05_nobody_defines_changes_or_assigns_a_role_with_permissions_that_they_lack() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (admin, _) = app.almost_admin(&owner, "admin@example.test").await;
        let (bo, _) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let above = definition("Auditor", &[Permission::AuditRead]);
        let below = definition("Auditor", &[Permission::RunRead]);
        let auditor = create(&owner, &above).await.unwrap();
        let harmless = create(&admin, &definition("Plain", &[Permission::RunRead]))
            .await
            .unwrap();
        let custom = RoleChoice::Custom(auditor.id);
        for refused in [
            create(&admin, &definition("Other", &[Permission::AuditRead]))
                .await
                .err(),
            update(&admin, auditor.id, &below).await.err(),
            update(&admin, harmless.id, &above).await.err(),
            members::change_role(&admin, user(&bo), custom).await.err(),
        ] {
            let refused = refused.unwrap();
            assert_eq!(refused.code, ErrorCode::Forbidden);
            assert!(
                refused.message.contains("audit.read"),
                "{}",
                refused.message
            );
        }
        // Somebody above the admin by a custom role is out of the admin's reach.
        members::change_role(&owner, user(&bo), custom)
            .await
            .unwrap();
        for refused in [
            members::change_role(&admin, user(&bo), Role::Viewer)
                .await
                .err(),
            members::remove(&admin, user(&bo)).await.err(),
        ] {
            assert_eq!(refused.unwrap().code, ErrorCode::Forbidden);
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_name_is_used_once_and_a_role_that_somebody_has_is_not_deleted() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, _) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let reads = [Permission::RunRead];
        let role = create(&owner, &definition("On call", &reads))
            .await
            .unwrap();
        for (name, code) in [
            ("ON CALL", ErrorCode::Conflict),
            ("Admin", ErrorCode::InvalidInput),
            ("custom", ErrorCode::InvalidInput),
            (" ", ErrorCode::InvalidInput),
        ] {
            let refused = create(&owner, &definition(name, &reads)).await.unwrap_err();
            assert_eq!(refused.code, code, "{name}");
            assert!(refused.message.starts_with("name: "), "{}", refused.message);
        }
        let custom = RoleChoice::Custom(role.id);
        members::change_role(&owner, user(&bo), custom)
            .await
            .unwrap();
        let used = delete(&owner, role.id).await.unwrap_err();
        assert_eq!(used.code, ErrorCode::Conflict);
        assert!(
            used.message.contains("give them another one"),
            "{}",
            used.message
        );
        members::change_role(&owner, user(&bo), Role::Viewer)
            .await
            .unwrap();
        delete(&owner, role.id).await.unwrap();
        let gone = members::change_role(&owner, user(&bo), custom)
            .await
            .unwrap_err();
        assert_eq!(gone.code, ErrorCode::NotFound);
        app.close().await;
    })
    .await;
}

/// Every way to a role: defining it, changing one into it, and a row from before that was refused.
#[tokio::test]
async fn r22_no_role_of_the_organization_s_own_gives_what_only_owners_have() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Admin, "bo@example.test").await;
        let reads = definition("Heir", &[Permission::RunRead]);
        let above = definition(
            "Heir",
            &[Permission::RunRead, Permission::OrganizationTransfer],
        );
        let role = create(&owner, &reads).await.unwrap();
        let other = Definition {
            name: "Other".to_owned(),
            ..above.clone()
        };
        for refused in [
            create(&owner, &other).await.err(),
            update(&owner, role.id, &above).await.err(),
        ] {
            let refused = refused.unwrap();
            assert_eq!(refused.code, ErrorCode::InvalidInput);
            let text = refused.message;
            assert!(
                text.starts_with("permissions: ") && text.contains("organization.transfer"),
                "{text}"
            );
        }
        let tx = owner.begin().await.unwrap();
        let sql = "UPDATE roles SET permissions = 'run.read organization.transfer' \
            WHERE org_id = $1 AND id = $2";
        tx.execute(sql, [owner.org.0.into(), role.id.0.into()])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            get(&owner, role.id).await.unwrap().permissions,
            reads.permissions
        );
        // As a grant to somebody who manages members already, which would have made them an heir.
        let heir = grants::GrantTerms {
            subject: grants::Subject::Member(user(&bo)),
            role: RoleChoice::Custom(role.id),
            object: Object::Organization,
            expires_at: None,
        };
        grants::create(&owner, &heir).await.unwrap();
        let bo = app.session(&session).await;
        assert!(!bo.rights.anywhere(Permission::OrganizationTransfer));
        let claims = Ctx {
            rights: Role::Owner.into(),
            ..bo.clone()
        };
        for refused in [
            members::transfer_ownership(&bo, user(&owner)).await.err(),
            // Whatever rights the request came with, the role counts.
            members::transfer_ownership(&claims, user(&owner))
                .await
                .err(),
            members::change_role(&bo, user(&bo), Role::Owner)
                .await
                .err(),
        ] {
            assert_eq!(refused.unwrap().code, ErrorCode::Forbidden);
        }
        let still = members::get(&owner, user(&bo)).await.unwrap();
        assert_eq!(still.role, Role::Admin.into());
        app.close().await;
    })
    .await;
}
