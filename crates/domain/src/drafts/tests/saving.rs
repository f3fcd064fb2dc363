//! Tests of saving, discarding, and what happens to the draft of a deleted pipeline.

use super::*;
use crate::{SystemCtx, audit, tenancy::OrgEntity};

fn how(revision: i32) -> Save<'static> {
    Save {
        revision,
        ..Save::default()
    }
}

#[tokio::test]
async fn a_saved_draft_is_the_next_version_and_whose_changes_it_takes_is_said_first() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        made(&ada, pipeline, 0, ("one", "ada")).await;
        made(&bo, pipeline, 1, ("two", "bo")).await;
        let stale = save(&ada, pipeline, how(1)).await.unwrap_err();
        assert_eq!(stale.code, ErrorCode::PreconditionFailed);
        assert_eq!(stale.details["revision"], 2);
        let asked = save(&ada, pipeline, how(2)).await.unwrap();
        assert_eq!(asked.version, None);
        assert_eq!(asked.others.len(), 1);
        assert_eq!(asked.others[0].author.id, bo.actor.id.unwrap());
        let all = Save {
            note: Some("Both values"),
            include_others: true,
            ..how(2)
        };
        let saved = save(&ada, pipeline, all).await.unwrap();
        let (version, created) = saved.version.unwrap();
        assert_eq!((version.number, created), (2, true));
        assert_eq!(version.note.as_deref(), Some("Both values"));
        assert_eq!(version.source, saved.draft.source);
        assert_eq!(saved.draft.unsaved, []);
        assert_eq!((saved.draft.base_number, saved.draft.revision), (2, 2));
        assert_eq!(draft(&bo, pipeline).await, saved.draft);
        let head = pipelines::version(&bo, pipeline, 2).await.unwrap();
        assert_eq!(head.note.as_deref(), Some("Both values"));
        // Saved again, it is the same version. A change from before can still be undone.
        let (same, created) = save(&ada, pipeline, how(2)).await.unwrap().version.unwrap();
        assert_eq!((same.id, created), (version.id, false));
        let undone = undo(&ada, pipeline, "u").await.unwrap();
        assert_eq!(value(&undone.draft.source, "one"), "old");
        let rows = audit::list(&ada, 10).await.unwrap();
        let actions: Vec<&str> = rows.iter().map(|row| row.action.as_str()).collect();
        assert!(actions.contains(&"draft.save"), "{actions:?}");
        assert!(actions.contains(&"draft.open"), "{actions:?}");
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_draft_with_errors_is_kept_and_is_not_saved() {
    on_each_database(|app| async move {
        let (ada, _, pipeline) = two(&app).await;
        let faulty = source().replace("variable_set", "no_such_component");
        let outcome = set_text(&ada, pipeline, (0, &faulty), "1").await.unwrap();
        let found = problems(&ada, &outcome.draft).await.unwrap();
        assert!(found.iter().any(|problem| problem.is_error()), "{found:?}");
        let refused = save(&ada, pipeline, how(1)).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidInput);
        assert_eq!(refused.details["field"], "source");
        let latest = pipelines::get(&ada, pipeline).await.unwrap().latest_number;
        assert_eq!(latest, 1);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_version_that_was_pushed_meanwhile_is_taken_in_or_conflicts() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        made(&ada, pipeline, 0, ("one", "draft")).await;
        let pushed = source().replace("A test's.", "Pushed.");
        pipelines::push(&bo, pipeline, &pushed).await.unwrap();
        let behind = draft(&ada, pipeline).await;
        assert_eq!((behind.base_number, behind.latest_number), (1, 2));
        let saved = save(&ada, pipeline, how(1)).await.unwrap();
        let (version, _) = saved.version.unwrap();
        assert_eq!(version.number, 3);
        assert!(version.source.contains("Pushed."));
        assert_eq!(value(&version.source, "one"), "draft");
        assert_eq!(saved.draft.source, version.source);
        assert_eq!(saved.draft.revision, 2);

        // The same place, differently.
        made(&ada, pipeline, 2, ("two", "draft")).await;
        let mut file: serde_json::Value = serde_json::from_str(&version.source).unwrap();
        file["stages"][1]["config"]["value"] = json!("pushed");
        let pushed = serde_json::to_string_pretty(&file).unwrap();
        pipelines::push(&bo, pipeline, &pushed).await.unwrap();
        let met = save(&ada, pipeline, how(3)).await.unwrap();
        assert_eq!(met.version, None);
        assert!(!met.conflicts.is_empty());
        let mine = serde_json::to_string(&met.conflicts[0].mine).unwrap();
        assert!(mine.contains("draft"), "{mine}");
        let over = Save {
            over_version: Some(4),
            ..how(3)
        };
        let saved = save(&ada, pipeline, over).await.unwrap();
        let (version, _) = saved.version.unwrap();
        assert_eq!(version.number, 5);
        assert_eq!(value(&version.source, "two"), "draft");
        // Without changes of its own, the draft follows what is pushed when it is opened.
        pipelines::push(&bo, pipeline, &pushed).await.unwrap();
        let followed = open(&bo, pipeline).await.unwrap();
        assert_eq!(followed.base_number, 6);
        assert_eq!(*followed.source, *pushed);
        assert_eq!(followed.unsaved, []);
        let rows = audit::list(&ada, 50).await.unwrap();
        let row = rows.iter().find(|row| row.action == "draft.follow");
        assert_eq!(row.unwrap().actor_id, bo.actor.id);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_discarded_can_be_brought_back() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        made(&ada, pipeline, 0, ("one", "ada")).await;
        let (kept, theirs) = discard(&bo, pipeline, 1, false).await.unwrap();
        assert_eq!((kept.revision, theirs.len()), (1, 1));
        let (empty, _) = discard(&bo, pipeline, 1, true).await.unwrap();
        assert_eq!(*empty.source, *source());
        assert_eq!((empty.revision, empty.unsaved), (2, vec![]));
        let back = undo(&bo, pipeline, "u").await.unwrap();
        assert_eq!(value(&back.draft.source, "one"), "ada");
        let rows = audit::list(&ada, 10).await.unwrap();
        assert!(rows.iter().any(|row| row.action == "draft.discard"));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_draft_of_a_deleted_pipeline_waits_for_its_restoring_and_is_purged_with_it() {
    on_each_database(|app| async move {
        let (ada, _, pipeline) = two(&app).await;
        made(&ada, pipeline, 0, ("one", "ada")).await;
        pipelines::delete(&ada, pipeline).await.unwrap();
        let refused = edit(&ada, pipeline, (1, set("one", "x")), "1").await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::PipelineDeleted);
        let refused = save(&ada, pipeline, how(1)).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::PipelineDeleted);
        pipelines::restore(&ada, pipeline).await.unwrap();
        assert_eq!(value(&draft(&ada, pipeline).await.source, "one"), "ada");
        pipelines::delete(&ada, pipeline).await.unwrap();
        app.app.clock().advance(pipelines::RETENTION);
        let system = SystemCtx::new(&app.app);
        assert_eq!(pipelines::purge(&system).await.unwrap(), 1);
        let drafts = ada.all(entity::Entity::in_org(&ada)).await.unwrap();
        let log = ada.all(change::Entity::in_org(&ada)).await.unwrap();
        assert_eq!((drafts.len(), log.len()), (0, 0));
        app.close().await;
    })
    .await;
}
