//! Tests of the ids of changes.

use super::*;

#[tokio::test]
async fn an_id_that_was_used_for_another_change_is_refused_and_nothing_is_lost_silently() {
    on_each_database(|app| async move {
        let (ada, _, pipeline) = two(&app).await;
        let first = edit(&ada, pipeline, (0, set("one", "x")), "same")
            .await
            .unwrap();
        for other in [
            edit(&ada, pipeline, (0, set("one", "y")), "same").await,
            edit(&ada, pipeline, (1, set("one", "x")), "same").await,
            set_text(&ada, pipeline, (0, &source()), "same").await,
            undo(&ada, pipeline, "same").await,
            restore(&ada, pipeline, Restore::Version(1), "same").await,
        ] {
            assert_eq!(other.unwrap_err().code, ErrorCode::Conflict);
        }
        let again = edit(&ada, pipeline, (0, set("one", "x")), "same")
            .await
            .unwrap();
        assert_eq!(again, first);
        // A row that an earlier release wrote has no hash.
        app.as_database_owner("UPDATE draft_changes SET content_hash = NULL")
            .await;
        let again = edit(&ada, pipeline, (0, set("one", "x")), "same")
            .await
            .unwrap();
        assert_eq!(again, first);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn undoing_that_has_left_the_log_is_not_done_again_when_it_is_sent_again() {
    on_each_database(|app| async move {
        let (ada, _, pipeline) = two(&app).await;
        made(&ada, pipeline, 0, ("one", "first")).await;
        made(&ada, pipeline, 1, ("one", "second")).await;
        undo(&ada, pipeline, "u").await.unwrap();
        app.as_database_owner(&format!("UPDATE drafts SET log_bytes = {}", LOG_BYTES + 1))
            .await;
        made(&ada, pipeline, 3, ("two", "x")).await;
        let now = draft(&ada, pipeline).await;
        assert_eq!((now.revision, now.oldest_revision), (4, 3));
        let again = undo(&ada, pipeline, "u").await.unwrap();
        assert_eq!((again.draft, again.change), (now, None));
        let other = redo(&ada, pipeline, "u").await.unwrap_err();
        assert_eq!(other.code, ErrorCode::Conflict);
        // What has left the log is not in the way of what is in it.
        let log = changes(&ada, &draft(&ada, pipeline).await, 3, 20).await;
        assert_eq!(log.unwrap().len(), 1);
        assert_eq!(history(&ada, pipeline).await.unwrap(), (true, false));
        let undone = undo(&ada, pipeline, "v").await.unwrap();
        assert_eq!(value(&undone.draft.source, "two"), "old");
        app.close().await;
    })
    .await;
}
