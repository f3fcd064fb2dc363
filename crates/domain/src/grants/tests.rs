//! Tests of grants and of their explanations on both databases.

mod ending;
mod keys;

use chrono::Duration;
use types::{ErrorCode, PipelineId};

use super::*;
use crate::{
    Rights, identity, members, pipelines, runs,
    testing::{TestApp, on_each_database},
};

fn user(ctx: &Ctx) -> UserId {
    UserId(ctx.actor.id.unwrap())
}

fn terms(subject: Subject, role: Role) -> GrantTerms {
    GrantTerms {
        subject,
        role: role.into(),
        object: Object::Organization,
        expires_at: None,
    }
}

async fn rights(app: &TestApp, session: &str) -> Rights {
    app.session(session).await.rights
}

async fn pipeline(ctx: &Ctx) -> PipelineId {
    let source = r#"{"name": "nightly", "stages": [{"id": "a", "component": "logger",
        "config": {"message": "x"}}]}"#;
    pipelines::create(ctx, source, None).await.unwrap().0.id
}

#[tokio::test]
async fn a_grant_to_a_team_counts_for_its_members_while_they_are_in_it() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let team = teams::create(&owner, "Data").await.unwrap();
        let subject = Subject::Team(team.id);
        let grant = create(&owner, &terms(subject, Role::Developer))
            .await
            .unwrap();
        assert_eq!(grant.subject_name, "Data");
        assert_eq!(rights(&app, &session).await, Role::Viewer.into());
        teams::add_member(&owner, team.id, user(&bo)).await.unwrap();
        let both = Role::Viewer.permissions().or(Role::Developer.permissions());
        assert_eq!(rights(&app, &session).await.permissions, both);
        teams::remove_member(&owner, team.id, user(&bo))
            .await
            .unwrap();
        assert_eq!(rights(&app, &session).await, Role::Viewer.into());

        teams::add_member(&owner, team.id, user(&bo)).await.unwrap();
        delete(&owner, grant.id).await.unwrap();
        assert_eq!(rights(&app, &session).await, Role::Viewer.into());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_grant_ends_at_its_expiry_and_with_the_membership() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let subject = Subject::Member(user(&bo));
        let soon = owner.clock().now() + Duration::hours(1);
        let short = GrantTerms {
            expires_at: Some(soon),
            ..terms(subject, Role::Developer)
        };
        create(&owner, &short).await.unwrap();
        assert!(
            rights(&app, &session)
                .await
                .permissions
                .has(Permission::RunStart)
        );
        app.app.clock().advance(Duration::hours(1));
        // The cached rights are dropped, as they are after at most five seconds.
        app.app.drop_right(Right::Organization(owner.org.0));
        assert!(
            !rights(&app, &session)
                .await
                .permissions
                .has(Permission::RunStart)
        );

        let owner = Ctx {
            proved_at: Some(owner.clock().now()),
            ..owner
        };
        create(&owner, &terms(subject, Role::Developer))
            .await
            .unwrap();
        members::remove(&owner, user(&bo)).await.unwrap();
        assert_eq!(list(&owner, None).await.unwrap(), []);
        let late = create(&owner, &terms(subject, Role::Viewer))
            .await
            .unwrap_err();
        assert_eq!(late.code, ErrorCode::NotFound);
        for wrong in [
            owner.clock().now() - Duration::seconds(1),
            owner.clock().now() + Duration::days(3_654),
            DateTime::<Utc>::MAX_UTC,
        ] {
            let wrong = GrantTerms {
                expires_at: Some(wrong),
                ..terms(Subject::Member(user(&owner)), Role::Developer)
            };
            let refused = create(&owner, &wrong).await.unwrap_err();
            let text = refused.message;
            assert!(text.starts_with("expiresAt: "), "{text}");
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r05_a_grant_never_gives_ownership_or_more_than_its_giver_has() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (admin, _) = app.almost_admin(&owner, "bo@example.test").await;
        let subject = Subject::Member(user(&admin));
        let owned = create(&owner, &terms(subject, Role::Owner))
            .await
            .unwrap_err();
        assert_eq!(owned.code, ErrorCode::InvalidInput);
        let role = crate::roles::Definition {
            name: "Auditor".into(),
            description: String::new(),
            permissions: [Permission::AuditRead].into_iter().collect(),
        };
        let role = crate::roles::create(&owner, &role).await.unwrap();
        let auditor = GrantTerms {
            role: RoleChoice::Custom(role.id),
            ..terms(subject, Role::Viewer)
        };
        let above = create(&admin, &auditor).await.unwrap_err();
        assert_eq!(above.code, ErrorCode::Forbidden);
        let given = create(&owner, &auditor).await.unwrap();
        let (other, _) = app.almost_admin(&owner, "cy@example.test").await;
        for refused in [
            delete(&other, given.id).await.err(),
            members::remove(&other, user(&admin)).await.err(),
        ] {
            assert_eq!(refused.unwrap().code, ErrorCode::Forbidden);
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r16_a_grant_on_a_pipeline_counts_for_its_changes_and_runs_and_nowhere_else() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let (one, other) = (pipeline(&owner).await, pipeline(&owner).await);
        let subject = Subject::Member(user(&bo));
        let on_one = |role| GrantTerms {
            object: Object::Pipeline(one),
            ..terms(subject, role)
        };
        let nothing = create(&owner, &on_one(Role::Billing)).await.unwrap_err();
        assert_eq!(nothing.code, ErrorCode::InvalidInput);
        create(&owner, &on_one(Role::Admin)).await.unwrap();
        let bo = app.session(&session).await;
        assert_eq!(bo.rights.permissions, Role::Viewer.permissions());
        let source = r#"{"name": "nightly 2", "stages": [{"id": "b", "component": "logger",
            "config": {"message": "y"}}]}"#;
        let started = runs::start(&bo, one, runs::Start::default()).await.unwrap();
        pipelines::push(&bo, one, source).await.unwrap();
        pipelines::rename(&bo, one, Some("mine")).await.unwrap();
        runs::cancel(&bo, started.id, None).await.unwrap();
        let theirs = runs::start(&owner, other, runs::Start::default())
            .await
            .unwrap();
        for refused in [
            runs::start(&bo, other, runs::Start::default()).await.err(),
            runs::cancel(&bo, theirs.id, None).await.err(),
            runs::retry(&bo, theirs.id, runs::Retry::default())
                .await
                .err(),
            runs::run_stage(&bo, theirs.id, "a", None).await.err(),
            pipelines::push(&bo, other, source).await.err(),
            pipelines::rename(&bo, other, Some("mine")).await.err(),
            pipelines::delete(&bo, other).await.err(),
            pipelines::create(&bo, source, None).await.err(),
            members::remove(&bo, user(&owner)).await.err(),
        ] {
            assert_eq!(refused.unwrap().code, ErrorCode::Forbidden);
        }
        let untouched = runs::get(&owner, theirs.id).await.unwrap();
        assert!(!untouched.status.is_finished());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn why_can_names_every_reason_and_for_a_no_what_would_help() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let team = teams::create(&owner, "Data").await.unwrap();
        teams::add_member(&owner, team.id, user(&bo)).await.unwrap();
        let start = Permission::RunStart;
        let holder = Holder::Member(user(&bo));
        let anywhere = Place::default();
        let no = why_can(&owner, holder, start, anywhere).await.unwrap();
        assert!(!no.allowed);
        assert_eq!(
            no.text,
            "Bo may not start and retry runs (`run.start`) in the organization: neither the role \
             viewer nor a grant gives it. These roles have it: `owner`, `admin`, `developer`."
        );
        let one = pipeline(&owner).await;
        let on_one = GrantTerms {
            object: Object::Pipeline(one),
            ..terms(Subject::Team(team.id), Role::Developer)
        };
        create(&owner, &on_one).await.unwrap();
        assert!(
            !why_can(&owner, holder, start, anywhere)
                .await
                .unwrap()
                .allowed
        );
        let on_this = Place {
            pipeline: Some(one),
            ..anywhere
        };
        let yes = why_can(&owner, holder, start, on_this).await.unwrap();
        assert!(yes.allowed);
        assert!(
            yes.text.contains("to the team Data on this pipeline"),
            "{}",
            yes.text
        );

        let by = app.session(&session).await;
        let reads = why_can(&by, holder, Permission::RunRead, anywhere)
            .await
            .unwrap();
        assert_eq!(reads.sources, [Source::Role(Role::Viewer.into())]);
        let only = crate::PermissionSet::from_iter([Permission::MemberRead]);
        let (key, _) = identity::create_api_key(&owner, "ci", only).await.unwrap();
        let key = why_can(&owner, Holder::ApiKey(key.id), start, anywhere)
            .await
            .unwrap();
        assert!(!key.allowed && !key.sources.is_empty());
        assert!(
            key.text.contains("The key does not have the permission"),
            "{}",
            key.text
        );
        app.close().await;
    })
    .await;
}
