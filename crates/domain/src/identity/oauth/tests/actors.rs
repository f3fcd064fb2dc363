//! Who acts with a token, and what work that was requested with it may do later.

use std::time::Duration as Wait;

use types::JobId;

use super::*;
use crate::{
    access::Object,
    grants::{GrantTerms, Subject},
    queue::{self, Job, Running},
};

/// A job that does nothing.
#[derive(serde::Serialize, serde::Deserialize)]
struct Nothing;

impl Job for Nothing {
    const QUEUE: &'static str = "tests.nothing";

    async fn run(&self, _: &Running) -> crate::Result<()> {
        Ok(())
    }
}

async fn request_job(ctx: &Ctx) -> JobId {
    let tx = ctx.begin().await.unwrap();
    let id = queue::enqueue(&tx, ctx, &Nothing, Wait::ZERO).await;
    tx.commit().await.unwrap();
    id.unwrap()
}

#[tokio::test]
async fn all_tokens_of_a_person_for_an_application_are_one_actor_which_sees_its_jobs() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let other = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let acting = async |client: &Client| {
            let tokens = client.tokens(&owner).await;
            used(&app, &tokens.access_token).await.unwrap()
        };
        let tokens = client.tokens(&owner).await;
        let former = used(&app, &tokens.access_token).await.unwrap();
        let job = request_job(&former).await;
        revoke_token(&app.app, client.proof(), Some(&tokens.access_token), "test")
            .await
            .unwrap();
        let latter = acting(&client).await;
        assert_eq!(former.actor.id, latter.actor.id);
        assert_ne!(former.actor.token, latter.actor.token);
        assert_eq!(queue::get(&latter, job).await.unwrap().id, job);

        let other = acting(&other).await;
        assert_ne!(other.actor.id, latter.actor.id);
        let refused = queue::get(&other, job).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_has_each_beginning_and_end_of_access_with_the_application_as_the_actor() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let by_code = client.tokens(&owner).await;
        let codes = authorize_device(&app.app, client.proof(), None).await;
        let codes = codes.unwrap();
        device_request(&owner, &codes.user_code).await.unwrap();
        answer_device(&now(&owner), &codes.user_code, true)
            .await
            .unwrap();
        let polling = polling(client.proof(), &codes.device_code);
        let by_device = token(&app.app, &polling).await.unwrap();
        // A refresh is neither; ending twice is recorded once.
        let by_code = client.refresh(&owner, &by_code).await.unwrap();
        for token in [&by_code, &by_code, &by_device] {
            let token = token.refresh_token.as_deref();
            revoke_token(&app.app, client.proof(), token, "test")
                .await
                .unwrap();
        }
        let rows = audited(&owner, "token_family.").await;
        let actions: Vec<&str> = rows.iter().map(|(action, _)| action.as_str()).collect();
        let [start, end] = ["token_family.start", "token_family.end"];
        assert_eq!(actions, [end, end, start, start]);
        assert!(rows.iter().all(|(_, actor)| actor.ends_with("(Reports)")));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_requested_with_a_token_ends_with_its_family() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let ended = client.tokens(&owner).await;
        let other = client.tokens(&owner).await;
        let later = async |tokens: &Issued| {
            let ctx = used(&app, &tokens.access_token).await.unwrap();
            (ctx.org, ctx.actor)
        };
        let (ended_actor, other_actor) = (later(&ended).await, later(&other).await);
        revoke_token(&app.app, client.proof(), Some(&ended.access_token), "test")
            .await
            .unwrap();
        let system = SystemCtx::new(&app.app);
        let rights = async |(org, actor): &(OrgId, Actor)| rights_now(&system, *org, actor).await;
        let refused = rights(&ended_actor).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        assert_eq!(rights(&other_actor).await.unwrap().permissions, scopes());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_requested_with_a_token_has_the_scopes_of_that_token_and_not_its_family_s() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let client = Client::register(&owner, terms(ClientKind::Confidential)).await;
        let first = client.tokens(&owner).await;
        let narrowed = TokenRequest {
            scope: Some("run.read"),
            ..client.refreshing(first.refresh_token.as_deref().unwrap())
        };
        let narrowed = token(&app.app, &narrowed).await.unwrap();
        let system = SystemCtx::new(&app.app);
        let read = PermissionSet::from_iter([Permission::RunRead]);
        for (tokens, expected) in [(&first, scopes()), (&narrowed, read)] {
            let ctx = used(&app, &tokens.access_token).await.unwrap();
            let rights = rights_now(&system, ctx.org, &ctx.actor).await.unwrap();
            assert_eq!(rights.permissions, expected);
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r26_an_application_moves_pipelines_to_folders_only_with_what_its_person_has_for_ever() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let developer = Role::Developer.permissions();
        let developer = developer.without(developer.for_people_only());
        let all = ApplicationTerms {
            scopes: developer,
            ..terms(ClientKind::Confidential)
        };
        let client = Client::register(&owner, all).await;
        let source = crate::pipelines::tests::source("nightly", "1");
        let (one, _) = crate::pipelines::create(&owner, &source, None)
            .await
            .unwrap();
        let folder = crate::folders::create(&owner, "Reports").await.unwrap().id;
        let team = crate::teams::create(&owner, "Data").await.unwrap();
        let (bo, _) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let user = UserId(bo.actor.id.unwrap());
        let end = Some(owner.clock().now() + Duration::hours(1));
        for (subject, object, expires_at) in [
            (Subject::Team(team.id), Object::Folder(folder), None),
            (Subject::Member(user), Object::Organization, end),
        ] {
            let granted = GrantTerms {
                subject,
                role: Role::Developer.into(),
                object,
                expires_at,
            };
            crate::grants::create(&owner, &granted).await.unwrap();
        }
        let tokens = client.tokens(&bo).await;
        let program = used(&app, &tokens.access_token).await.unwrap();
        assert!(program.rights.permissions.has(Permission::PipelineWrite));
        let moved = crate::pipelines::move_to(&program, one.id, Some(folder)).await;
        assert_eq!(moved.unwrap_err().code, ErrorCode::Forbidden);
        members::change_role(&owner, user, Role::Developer)
            .await
            .unwrap();
        let program = used(&app, &tokens.access_token).await.unwrap();
        crate::pipelines::move_to(&program, one.id, Some(folder))
            .await
            .unwrap();
        app.close().await;
    })
    .await;
}
