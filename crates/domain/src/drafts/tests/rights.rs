//! Tests of who may do what with a draft.

use types::UserId;

use super::*;
use crate::{
    access::{Object, PermissionSet},
    folders,
    grants::{self, GrantTerms, Subject},
    identity::{self, Credential},
    live::Right,
    members,
};

/// The same caller, with these permissions only.
fn only<const N: usize>(ctx: &Ctx, permissions: [Permission; N]) -> Ctx {
    Ctx {
        rights: PermissionSet::from_iter(permissions).into(),
        ..ctx.clone()
    }
}

#[tokio::test]
async fn who_may_write_a_pipeline_and_not_read_it_gets_nothing_of_its_draft() {
    on_each_database(|app| async move {
        let (ada, _, pipeline) = two(&app).await;
        made(&ada, pipeline, 0, ("one", "hidden")).await;
        let writer = only(&ada, [Permission::PipelineWrite]);
        let how = Save {
            revision: 1,
            ..Save::default()
        };
        let back = Restore::Version(1);
        let refused = [
            open(&writer, pipeline).await.unwrap_err(),
            edit(&writer, pipeline, (1, set("one", "x")), "1")
                .await
                .unwrap_err(),
            set_text(&writer, pipeline, (1, &source()), "2")
                .await
                .unwrap_err(),
            undo(&writer, pipeline, "3").await.unwrap_err(),
            redo(&writer, pipeline, "4").await.unwrap_err(),
            restore(&writer, pipeline, back, "5").await.unwrap_err(),
            save(&writer, pipeline, how).await.unwrap_err(),
            discard(&writer, pipeline, 1, true).await.unwrap_err(),
        ];
        for error in refused {
            assert_eq!(error.code, ErrorCode::Forbidden);
            assert_eq!(error.details["permission"], "pipeline.read");
        }
        assert_eq!(draft(&ada, pipeline).await.revision, 1);
        app.close().await;
    })
    .await;
}

/// Waits until exactly these are said to have the draft open.
async fn shown<const N: usize>(
    stream: &mut (impl futures::Stream<Item = Result<DraftEvent>> + Unpin),
    who: [&Ctx; N],
) {
    let mut wanted: Vec<Uuid> = who.iter().map(|ctx| ctx.actor.id.unwrap()).collect();
    wanted.sort_unstable();
    loop {
        let event = timeout(POLL, stream.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        if let DraftEvent::Present(people) = event {
            let mut found: Vec<Uuid> = people.iter().map(|one| one.author.id).collect();
            found.sort_unstable();
            if found == wanted {
                return;
            }
        }
    }
}

#[tokio::test]
async fn who_is_removed_is_no_longer_shown_and_others_still_are() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        let (vi, _) = app.member(&ada, Role::Viewer, "vi@example.test").await;
        let mut stream = Box::pin(events(&ada, pipeline, None).await.unwrap());
        for one in [&ada, &bo, &vi] {
            present(one, pipeline, (Some("one"), None)).await.unwrap();
        }
        shown(&mut stream, [&ada, &bo, &vi]).await;
        let user = UserId(bo.actor.id.unwrap());
        members::remove(&ada, user).await.unwrap();
        shown(&mut stream, [&ada, &vi]).await;
        // Billing reads no pipelines.
        let user = UserId(vi.actor.id.unwrap());
        members::change_role(&ada, user, Role::Billing)
            .await
            .unwrap();
        shown(&mut stream, [&ada]).await;
        // A change that is nothing to them hides nobody from a new listener.
        app.app.drop_right(Right::Organization(ada.org.0));
        let mut other = Box::pin(events(&ada, pipeline, None).await.unwrap());
        shown(&mut other, [&ada]).await;
        app.close().await;
    })
    .await;
}

/// The code of a refused edit of the draft at a revision.
async fn refused(ctx: &Ctx, pipeline: PipelineId, revision: i32) -> ErrorCode {
    let id = ctx.clock().new_uuid().to_string();
    let outcome = edit(ctx, pipeline, (revision, set("one", "refused")), &id).await;
    outcome.unwrap_err().code
}

#[tokio::test]
async fn a_right_that_was_lost_since_a_request_began_is_noticed_when_the_change_is_written() {
    on_each_database(|app| async move {
        // The contexts below are those of requests that began before the rights changed.
        let (ada, bo, pipeline) = two(&app).await;
        made(&bo, pipeline, 0, ("one", "bo")).await;
        let user = UserId(bo.actor.id.unwrap());
        members::change_role(&ada, user, Role::Viewer)
            .await
            .unwrap();
        assert_eq!(refused(&bo, pipeline, 1).await, ErrorCode::Forbidden);
        let how = Save {
            revision: 1,
            ..Save::default()
        };
        let unsaved = save(&bo, pipeline, how).await.unwrap_err();
        assert_eq!(unsaved.code, ErrorCode::Forbidden);
        assert_eq!(unsaved.details["permission"], "pipeline.write");
        let kept = discard(&bo, pipeline, 1, true).await.unwrap_err();
        assert_eq!(kept.code, ErrorCode::Forbidden);

        // A grant on the folder counts, as when the request began, and ends with it.
        let folder = folders::create(&ada, "Reports").await.unwrap().id;
        pipelines::move_to(&ada, pipeline, Some(folder))
            .await
            .unwrap();
        let terms = GrantTerms {
            subject: Subject::Member(user),
            role: Role::Developer.into(),
            object: Object::Folder(folder),
            expires_at: None,
        };
        let grant = grants::create(&ada, &terms).await.unwrap().id;
        made(&bo, pipeline, 1, ("one", "by a grant")).await;
        grants::delete(&ada, grant).await.unwrap();
        assert_eq!(refused(&bo, pipeline, 2).await, ErrorCode::Forbidden);
        members::remove(&ada, user).await.unwrap();
        assert_eq!(refused(&bo, pipeline, 2).await, ErrorCode::Forbidden);
        assert_eq!(draft(&ada, pipeline).await.revision, 2);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_changes_drafts_until_it_is_revoked() {
    on_each_database(|app| async move {
        let (ada, _, pipeline) = two(&app).await;
        let (key, secret) = identity::create_api_key(&ada, "k", Role::Developer)
            .await
            .unwrap();
        let program = identity::authenticate(&app.app, Credential::ApiKey(&secret), None, "test")
            .await
            .unwrap();
        made(&program, pipeline, 0, ("one", "by a key")).await;
        identity::revoke_api_key(&ada, key.id).await.unwrap();
        assert_eq!(refused(&program, pipeline, 1).await, ErrorCode::Forbidden);
        app.close().await;
    })
    .await;
}
