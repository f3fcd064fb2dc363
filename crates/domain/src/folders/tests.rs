//! Tests of folders, and of grants on them, on both databases.

use types::{ErrorCode, UserId};

use super::*;
use crate::{
    Role,
    grants::{self, GrantTerms, Subject},
    pipelines, runs,
    testing::on_each_database,
};

fn user(ctx: &Ctx) -> UserId {
    UserId(ctx.actor.id.unwrap())
}

async fn pipeline(ctx: &Ctx) -> PipelineId {
    let source = pipelines::tests::source("nightly", "x");
    pipelines::create(ctx, &source, None).await.unwrap().0.id
}

fn on(folder: FolderId, subject: UserId, role: Role) -> GrantTerms {
    GrantTerms {
        subject: Subject::Member(subject),
        role: role.into(),
        object: Object::Folder(folder),
        expires_at: None,
    }
}

#[tokio::test]
async fn a_folder_has_a_unique_name_and_is_deleted_without_its_pipelines() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let folder = create(&owner, "Reports").await.unwrap();
        let taken = create(&owner, "REPORTS").await.unwrap_err();
        assert_eq!(taken.code, ErrorCode::Conflict);
        let renamed = rename(&owner, folder.id, "reports").await.unwrap();
        assert_eq!(renamed.name, "reports");
        let one = pipeline(&owner).await;
        let new = pipelines::NewPipeline {
            name: Some("in it"),
            folder: Some(folder.id),
            ..Default::default()
        };
        let (inside, _) = pipelines::create_from(&owner, new).await.unwrap();
        pipelines::move_to(&owner, one, Some(folder.id))
            .await
            .unwrap();
        let page = crate::paging::Page::default();
        let listed = pipelines::list_in(&owner, folder.id, &page, None, false)
            .await
            .unwrap();
        let ids: Vec<PipelineId> = listed.edges.iter().map(|(_, row)| row.id).collect();
        assert_eq!(ids, [inside.id, one]);
        let found = pipelines::list_in(&owner, folder.id, &page, Some("NIGHT"), false)
            .await
            .unwrap();
        assert_eq!(found.edges.len(), 1);
        delete(&owner, folder.id).await.unwrap();
        for id in [inside.id, one] {
            assert_eq!(pipelines::get(&owner, id).await.unwrap().folder, None);
        }
        let gone = pipelines::list_in(&owner, folder.id, &page, None, false)
            .await
            .unwrap_err();
        assert_eq!(gone.code, ErrorCode::NotFound);
        let gone = pipelines::move_to(&owner, one, Some(folder.id))
            .await
            .unwrap_err();
        assert_eq!(gone.code, ErrorCode::NotFound);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r17_a_grant_on_a_folder_counts_for_the_pipelines_in_it_while_they_are_in_it() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let folder = create(&owner, "Reports").await.unwrap();
        let (one, other) = (pipeline(&owner).await, pipeline(&owner).await);
        let terms = on(folder.id, user(&bo), Role::Developer);
        grants::create(&owner, &terms).await.unwrap();
        let bo = app.session(&session).await;
        assert_eq!(bo.rights.permissions, Role::Viewer.permissions());
        let start = async |ctx: &Ctx, id| {
            let started = runs::start(ctx, id, runs::Start::default()).await;
            started.map_err(|error| error.code).map(drop)
        };
        assert_eq!(start(&bo, one).await, Err(ErrorCode::Forbidden));
        pipelines::move_to(&owner, one, Some(folder.id))
            .await
            .unwrap();
        assert_eq!(start(&bo, one).await, Ok(()));
        assert_eq!(start(&bo, other).await, Err(ErrorCode::Forbidden));
        pipelines::rename(&bo, one, Some("mine")).await.unwrap();
        let new = |folder| pipelines::NewPipeline {
            name: Some("new"),
            folder,
            ..Default::default()
        };
        pipelines::create_from(&bo, new(Some(folder.id)))
            .await
            .unwrap();
        for refused in [
            pipelines::create_from(&bo, new(None)).await.err(),
            // Moving changes what grants on folders give.
            pipelines::move_to(&bo, one, None).await.err(),
            pipelines::move_to(&bo, other, Some(folder.id)).await.err(),
            pipelines::rename(&bo, other, Some("mine")).await.err(),
            create(&bo, "own").await.err(),
            delete(&bo, folder.id).await.err(),
        ] {
            assert_eq!(refused.unwrap().code, ErrorCode::Forbidden);
        }
        pipelines::move_to(&owner, one, None).await.unwrap();
        assert_eq!(start(&bo, one).await, Err(ErrorCode::Forbidden));

        delete(&owner, folder.id).await.unwrap();
        assert_eq!(grants::list(&owner, None).await.unwrap(), []);
        let bo = app.session(&session).await;
        assert_eq!(bo.rights, Role::Viewer.into());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn r05_nobody_moves_a_pipeline_to_people_with_permissions_that_they_lack() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, _) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let (developer, session) = app.member(&owner, Role::Developer, "cy@example.test").await;
        let (open, production) = (
            create(&owner, "Open").await.unwrap(),
            create(&owner, "Production").await.unwrap(),
        );
        let terms = on(open.id, user(&bo), Role::Developer);
        grants::create(&owner, &terms).await.unwrap();
        let terms = on(production.id, user(&bo), Role::Admin);
        grants::create(&owner, &terms).await.unwrap();
        let one = pipeline(&developer).await;
        pipelines::move_to(&developer, one, Some(open.id))
            .await
            .unwrap();
        for refused in [
            pipelines::move_to(&developer, one, Some(production.id))
                .await
                .err(),
            delete(&developer, production.id).await.err(),
        ] {
            let refused = refused.unwrap();
            assert_eq!(refused.code, ErrorCode::Forbidden);
            assert!(
                refused.message.contains("`Production` has permissions")
                    && refused.message.contains("production.use"),
                "{}",
                refused.message
            );
        }
        let still = pipelines::get(&owner, one).await.unwrap();
        assert_eq!(still.folder, Some(open.id));
        // Nor do they create one there, unless they may write in this very folder.
        let new = pipelines::NewPipeline {
            name: Some("new"),
            folder: Some(production.id),
            ..Default::default()
        };
        let refused = pipelines::create_from(&developer, new).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        assert!(
            refused.message.starts_with("folderId: ") && refused.message.contains("production.use"),
            "{}",
            refused.message
        );
        let inside = pipelines::NewPipeline {
            folder: Some(open.id),
            ..new
        };
        pipelines::create_from(&developer, inside).await.unwrap();
        let page = crate::paging::Page::default();
        let listed = pipelines::list_in(&owner, production.id, &page, None, false)
            .await
            .unwrap();
        assert!(listed.edges.is_empty());
        let terms = on(production.id, user(&developer), Role::Developer);
        let writes = grants::create(&owner, &terms).await.unwrap();
        let by_grant = app.session(&session).await;
        pipelines::create_from(&by_grant, new).await.unwrap();
        grants::delete(&owner, writes.id).await.unwrap();
        // Who may not withdraw a grant does not end it with its folder either.
        let refused = delete(&developer, open.id).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        assert!(
            refused.message.contains("`grant.manage`"),
            "{}",
            refused.message
        );
        assert_eq!(grants::list(&owner, None).await.unwrap().len(), 2);
        let empty = create(&developer, "Empty").await.unwrap();
        delete(&developer, empty.id).await.unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_check_costs_a_statement_only_if_a_folder_could_give_the_permission() {
    on_each_database(|app| async move {
        let (owner, _) = app.owner().await;
        let (bo, session) = app.member(&owner, Role::Viewer, "bo@example.test").await;
        let folder = create(&owner, "Reports").await.unwrap();
        let one = pipeline(&owner).await;
        pipelines::move_to(&owner, one, Some(folder.id))
            .await
            .unwrap();
        let cost = async |ctx: &Ctx, permission| {
            let before = app.app.db().statements();
            ctx.authorize_on(permission, one).await.unwrap();
            app.app.db().statements() - before
        };
        assert_eq!(cost(&owner, Permission::RunStart).await, 0);
        let terms = on(folder.id, user(&bo), Role::Developer);
        grants::create(&owner, &terms).await.unwrap();
        let bo = app.session(&session).await;
        assert_eq!(cost(&bo, Permission::RunStart).await, 1);
        // What the role gives is not looked for in folders.
        assert_eq!(cost(&bo, Permission::RunRead).await, 0);
        app.close().await;
    })
    .await;
}
