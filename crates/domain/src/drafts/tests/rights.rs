//! Tests of who may do what with a draft.

use super::*;
use crate::access::PermissionSet;

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
