//! Tests of drafts, on both databases.

mod ids;
mod rights;
mod running;
mod saving;

use futures::{StreamExt, future::join};
use serde_json::json;
use tokio::time::timeout;
use types::ErrorCode;

use super::*;
use crate::{
    Role,
    testing::{TestApp, on_each_database},
};

/// The file of a pipeline with the stages `one` and `two`.
pub(super) fn source() -> String {
    let stage = |id: &str| {
        json!({ "id": id, "component_type": "variable_set",
            "config": { "name": id, "value": "old" } })
    };
    let file =
        json!({ "name": "P", "description": "A test's.", "stages": [stage("one"), stage("two")] });
    serde_json::to_string_pretty(&file).unwrap()
}

/// The edit that sets the value of a stage.
pub(super) fn set(stage: &str, value: &str) -> Vec<Edit> {
    let edit =
        json!({ "op": "setField", "stage": stage, "path": ["config", "value"], "value": value });
    serde_json::from_value(json!([edit])).unwrap()
}

/// The value of a stage in a text.
pub(super) fn value(source: &str, stage: &str) -> String {
    let file: serde_json::Value = serde_json::from_str(source).unwrap();
    let stages = file["stages"].as_array().unwrap();
    let found = stages.iter().find(|one| one["id"] == stage).unwrap();
    found["config"]["value"].as_str().unwrap().to_owned()
}

/// The owner, a developer, and a pipeline whose draft is open.
pub(super) async fn two(app: &TestApp) -> (Ctx, Ctx, PipelineId) {
    let (ada, _) = app.owner().await;
    let (bo, _) = app.member(&ada, Role::Developer, "bo@example.test").await;
    let (pipeline, _) = pipelines::create(&ada, &source(), None).await.unwrap();
    let draft = open(&ada, pipeline.id).await.unwrap();
    assert_eq!((draft.revision, draft.base_number), (0, 1));
    assert_eq!(*draft.source, *source());
    (ada, bo, pipeline.id)
}

/// Sets the value of a stage, and returns the new revision.
pub(super) async fn made(
    ctx: &Ctx,
    pipeline: PipelineId,
    revision: i32,
    (stage, value): (&str, &str),
) -> i32 {
    let id = ctx.clock().new_uuid().to_string();
    let outcome = edit(ctx, pipeline, (revision, set(stage, value)), &id).await;
    outcome.unwrap().change.unwrap().revision
}

pub(super) async fn draft(ctx: &Ctx, pipeline: PipelineId) -> Draft {
    get(ctx, pipeline).await.unwrap().unwrap()
}

#[tokio::test]
async fn edits_of_two_people_in_different_places_are_both_kept() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        assert_eq!(made(&ada, pipeline, 0, ("one", "ada")).await, 1);
        let outcome = edit(&bo, pipeline, (0, set("two", "bo")), "1")
            .await
            .unwrap();
        let change = outcome.change.unwrap();
        assert_eq!((change.revision, change.reason), (2, Reason::Edit));
        assert_eq!(outcome.conflicts, []);
        let now = draft(&ada, pipeline).await;
        assert_eq!(outcome.draft, now);
        assert_eq!(value(&now.source, "one"), "ada");
        assert_eq!(value(&now.source, "two"), "bo");
        let authors: Vec<_> = now.unsaved.iter().map(|one| one.author.id).collect();
        assert_eq!(authors, [ada.actor.id.unwrap(), bo.actor.id.unwrap()]);
        assert_eq!(now.updated_by.name, bo.actor.name.to_string());
        let log = changes(&ada, &now, 0, 20).await.unwrap();
        assert_eq!(log.len(), 2);
        assert_eq!(log[1], change);
        assert_eq!(changes(&ada, &now, 1, 20).await.unwrap(), [change]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn edits_of_the_same_place_conflict_with_both_sides_and_change_nothing() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        made(&ada, pipeline, 0, ("one", "ada")).await;
        let before = draft(&ada, pipeline).await;
        let outcome = edit(&bo, pipeline, (0, set("one", "bo")), "1")
            .await
            .unwrap();
        assert_eq!(outcome.change, None);
        assert_eq!(outcome.draft, before);
        let [conflict] = &outcome.conflicts[..] else {
            panic!("{:?}", outcome.conflicts);
        };
        assert_eq!(conflict.mine, set("one", "bo")[0]);
        let theirs = serde_json::to_string(&conflict.theirs).unwrap();
        assert!(theirs.contains("ada"), "{theirs}");
        // Who has seen the other value may replace it. The id was not used up.
        let outcome = edit(&bo, pipeline, (1, set("one", "bo")), "1")
            .await
            .unwrap();
        assert_eq!(value(&outcome.draft.source, "one"), "bo");
        assert_eq!(outcome.draft.revision, 2);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_change_that_is_sent_again_is_made_once() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        let first = edit(&ada, pipeline, (0, set("one", "x")), "same")
            .await
            .unwrap();
        made(&bo, pipeline, 1, ("two", "y")).await;
        let again = edit(&ada, pipeline, (0, set("one", "x")), "same")
            .await
            .unwrap();
        assert_eq!(again.change, first.change);
        assert_eq!(again.draft.revision, 2);
        // The id is the author's own.
        let other = edit(&bo, pipeline, (2, set("two", "z")), "same")
            .await
            .unwrap();
        assert_eq!(other.change.unwrap().revision, 3);
        // What is already so is no change.
        let nothing = edit(&ada, pipeline, (3, set("two", "z")), "new")
            .await
            .unwrap();
        assert_eq!((nothing.change, nothing.draft.revision), (None, 3));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn of_a_hundred_changes_by_two_at_once_none_is_lost_and_the_log_leads_to_the_text() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        let fifty = |ctx: Ctx, stage: &'static str| async move {
            let mut revision = 0;
            for at in 1..=50 {
                revision = made(&ctx, pipeline, revision, (stage, &at.to_string())).await;
            }
        };
        join(fifty(ada.clone(), "one"), fifty(bo.clone(), "two")).await;
        let now = draft(&ada, pipeline).await;
        assert_eq!(now.revision, 100);
        assert_eq!(value(&now.source, "one"), "50");
        assert_eq!(value(&now.source, "two"), "50");
        let log = changes(&bo, &now, 0, 100).await.unwrap();
        let mut text = source();
        for (at, change) in (1..).zip(&log) {
            assert_eq!(change.revision, at);
            let applied = engine::edit::apply(&text, &change.edits, app.app.registry());
            text = applied.unwrap().text;
        }
        assert_eq!(*text, *now.source);
        // The earliest revision is still reached.
        let back = restore(&ada, pipeline, Restore::Revision(0), "back")
            .await
            .unwrap();
        assert_eq!(*back.draft.source, *source());
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_text_typed_by_hand_changes_only_what_differs() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        made(&ada, pipeline, 0, ("one", "ada")).await;
        let typed = source().replace("A test's.", "Typed.");
        let outcome = set_text(&bo, pipeline, (0, &typed), "1").await.unwrap();
        assert_eq!(outcome.change.unwrap().reason, Reason::Text);
        assert_eq!(value(&outcome.draft.source, "one"), "ada");
        assert!(outcome.draft.source.contains("Typed."));
        let broken = set_text(&bo, pipeline, (2, "{"), "2").await.unwrap_err();
        assert_eq!(broken.code, ErrorCode::InvalidInput);
        assert_eq!(broken.details["field"], "source");
        let large = " ".repeat(pipelines::MAX_SOURCE + 1);
        let large = set_text(&bo, pipeline, (2, &large), "3").await.unwrap_err();
        assert_eq!(large.code, ErrorCode::LimitExceeded);
        let ahead = set_text(&bo, pipeline, (3, &typed), "4").await.unwrap_err();
        assert_eq!(ahead.code, ErrorCode::InvalidInput);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn undo_and_redo_are_about_own_changes_and_keep_those_of_others() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        made(&ada, pipeline, 0, ("one", "first")).await;
        made(&ada, pipeline, 1, ("one", "second")).await;
        made(&bo, pipeline, 2, ("two", "bo")).await;
        let values = async || {
            let now = draft(&ada, pipeline).await;
            (value(&now.source, "one"), value(&now.source, "two"))
        };
        let said = |one: &str, two: &str| (one.to_owned(), two.to_owned());
        for (id, expected) in [("u1", "first"), ("u2", "old")] {
            undo(&ada, pipeline, id).await.unwrap();
            assert_eq!(values().await, said(expected, "bo"));
        }
        let none = undo(&ada, pipeline, "u3").await.unwrap_err();
        assert_eq!(none.code, ErrorCode::Conflict);
        assert_eq!(history(&ada, pipeline).await.unwrap(), (false, true));
        for (id, expected) in [("r1", "first"), ("r2", "second")] {
            redo(&ada, pipeline, id).await.unwrap();
            assert_eq!(values().await, said(expected, "bo"));
        }
        assert_eq!(
            redo(&ada, pipeline, "r3").await.unwrap_err().code,
            ErrorCode::Conflict
        );
        undo(&bo, pipeline, "u1").await.unwrap();
        assert_eq!(values().await, said("second", "old"));
        // What somebody else changed since is not taken back.
        let revision = draft(&ada, pipeline).await.revision;
        made(&bo, pipeline, revision, ("one", "of bo")).await;
        let outcome = undo(&ada, pipeline, "u4").await.unwrap();
        assert_eq!((outcome.change, outcome.conflicts.len()), (None, 1));
        assert_eq!(values().await, said("of bo", "old"));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_older_half_of_a_long_log_is_dropped_and_a_change_against_it_is_refused() {
    on_each_database(|app| async move {
        let (ada, _, pipeline) = two(&app).await;
        for revision in 0..3 {
            made(&ada, pipeline, revision, ("one", &revision.to_string())).await;
        }
        app.as_database_owner(&format!("UPDATE drafts SET log_bytes = {}", LOG_BYTES + 1))
            .await;
        made(&ada, pipeline, 3, ("one", "last")).await;
        let now = draft(&ada, pipeline).await;
        assert_eq!((now.revision, now.oldest_revision), (4, 3));
        let old = edit(&ada, pipeline, (2, set("two", "x")), "old")
            .await
            .unwrap_err();
        assert_eq!(old.code, ErrorCode::PreconditionFailed);
        assert_eq!(old.details["oldestRevision"], 3);
        let gone = changes(&ada, &now, 0, 20).await.unwrap_err();
        assert_eq!(gone.code, ErrorCode::PreconditionFailed);
        assert_eq!(changes(&ada, &now, 3, 20).await.unwrap().len(), 1);
        made(&ada, pipeline, 3, ("two", "y")).await;
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn who_may_read_a_pipeline_sees_its_draft_and_does_not_change_it() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        let (viewer, _) = app.member(&ada, Role::Viewer, "vi@example.test").await;
        assert_eq!(draft(&viewer, pipeline).await.revision, 0);
        present(&viewer, pipeline, (None, None)).await.unwrap();
        let code = |error: AppError| error.code;
        let refused = edit(&viewer, pipeline, (0, set("one", "x")), "1").await;
        assert_eq!(code(refused.unwrap_err()), ErrorCode::Forbidden);
        let refused = undo(&viewer, pipeline, "1").await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        assert_eq!(
            code(open(&viewer, pipeline).await.unwrap_err()),
            ErrorCode::Forbidden
        );
        let (other, _) = pipelines::create(&bo, &source(), None).await.unwrap();
        assert_eq!(get(&viewer, other.id).await.unwrap(), None);
        let closed = edit(&bo, other.id, (0, set("one", "x")), "1").await;
        assert_eq!(code(closed.unwrap_err()), ErrorCode::NotFound);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn listeners_get_each_change_once_and_see_who_is_where() {
    on_each_database(|app| async move {
        let (ada, bo, pipeline) = two(&app).await;
        made(&ada, pipeline, 0, ("one", "1")).await;
        made(&ada, pipeline, 1, ("one", "2")).await;
        let mut all = Box::pin(events(&bo, pipeline, Some(0)).await.unwrap());
        let mut new = Box::pin(events(&bo, pipeline, None).await.unwrap());
        let before = app.app.db().statements();
        present(&ada, pipeline, (Some("one"), Some("config.value")))
            .await
            .unwrap();
        assert_eq!(app.app.db().statements(), before + 1, "it is only read");
        made(&ada, pipeline, 2, ("one", "3")).await;
        let mut seen = Vec::new();
        let mut here = Vec::new();
        while seen.len() < 3 || here.is_empty() {
            match timeout(POLL, all.next()).await.unwrap().unwrap().unwrap() {
                DraftEvent::Changed(change) => seen.push(change.revision),
                DraftEvent::Present(people) => here = people,
                DraftEvent::Based(_) => panic!("nothing was saved"),
                DraftEvent::Pinned { .. } => panic!("nothing was pinned"),
            }
        }
        assert_eq!(seen, [1, 2, 3]);
        assert_eq!(here.len(), 1);
        assert_eq!(here[0].author.id, ada.actor.id.unwrap());
        assert_eq!(here[0].stage.as_deref(), Some("one"));
        // Without a revision, only what is new.
        let mut seen = Vec::new();
        let mut here = Vec::new();
        while seen.is_empty() || here.is_empty() {
            match timeout(POLL, new.next()).await.unwrap().unwrap().unwrap() {
                DraftEvent::Changed(change) => seen.push(change.revision),
                DraftEvent::Present(people) => here = people,
                DraftEvent::Based(_) => panic!("nothing was saved"),
                DraftEvent::Pinned { .. } => panic!("nothing was pinned"),
            }
        }
        assert_eq!(seen, [3]);
        // Who is silent is soon gone.
        app.app.clock().advance(PRESENT);
        let gone = timeout(POLL, new.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(gone, DraftEvent::Present(Vec::new()));
        let output = PinOutput::Value(json!(1));
        pin(&ada, pipeline, "one", output).await.unwrap();
        unpin(&ada, pipeline, "one").await.unwrap();
        for pinned in [true, false] {
            let told = timeout(POLL, new.next()).await.unwrap().unwrap().unwrap();
            let stage = "one".to_owned();
            assert_eq!(told, DraftEvent::Pinned { stage, pinned });
        }
        // The version comes after the changes that it has.
        let how = Save {
            revision: 3,
            ..Save::default()
        };
        save(&ada, pipeline, how).await.unwrap();
        let based = timeout(POLL, new.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(based, DraftEvent::Based(2));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_compared_with_its_base_or_with_a_version_that_is_named() {
    on_each_database(|app| async move {
        let (ada, _, pipeline) = two(&app).await;
        let unchanged = draft(&ada, pipeline).await;
        let found = difference(&ada, &unchanged, None).await.unwrap();
        assert!(found.is_empty(), "{found:?}");
        let revision = made(&ada, pipeline, 0, ("one", "new")).await;
        let how = Save {
            revision,
            ..Save::default()
        };
        save(&ada, pipeline, how).await.unwrap();
        made(&ada, pipeline, revision, ("two", "new")).await;

        let now = draft(&ada, pipeline).await;
        let ids = |found: Difference| -> Vec<String> {
            let changed = found.changed.into_iter();
            changed.map(|stage| stage.id.after).collect()
        };
        assert_eq!(
            ids(difference(&ada, &now, None).await.unwrap()),
            ["two"],
            "the draft's base is what was saved"
        );
        assert_eq!(
            ids(difference(&ada, &now, Some(1)).await.unwrap()),
            ["one", "two"]
        );
        let none = difference(&ada, &now, Some(9)).await.unwrap_err();
        assert_eq!(none.code, ErrorCode::NotFound);
        app.close().await;
    })
    .await;
}

/// How long an event may take.
const POLL: std::time::Duration = std::time::Duration::from_secs(10);
