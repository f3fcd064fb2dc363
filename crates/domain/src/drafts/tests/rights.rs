//! Tests of who may do what with a draft.

use types::UserId;

use super::*;
use crate::{access::PermissionSet, live::Right, members};

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
