//! Tests of importing, pushing, finding and deleting pipelines, on both databases.

use types::{ErrorCode, PipelineId, PipelineVersionId};

use super::*;
use crate::{
    access::Role,
    identity::{self, Credential},
    testing::on_each_database,
};

/// The file of a pipeline with one stage.
pub fn source(name: &str, value: &str) -> String {
    serde_json::json!({
        "name": name,
        "description": "A test's.",
        "stages": [{ "id": "one", "component_type": "variable_set",
            "config": { "name": "x", "value": value } }]
    })
    .to_string()
}

#[tokio::test]
async fn a_version_has_an_author_and_an_older_one_may_have_none() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let first = source("Greeter", "hello");
        let (pipeline, version) = create(&ctx, &first, None).await.unwrap();
        let (_, secret) = identity::create_api_key(&ctx, "deploy", Role::Developer)
            .await
            .unwrap();
        let key = identity::authenticate(&app.app, Credential::ApiKey(&secret), None, "test")
            .await
            .unwrap();
        let (next, _) = push(&key, pipeline.id, &format!("{first}\n"))
            .await
            .unwrap();
        let author = next.author.unwrap();
        assert_eq!((author.kind, &*author.name), (ActorKind::ApiKey, "deploy"));
        // Simulates a row that an earlier release wrote.
        app.as_database_owner(
            "UPDATE pipeline_versions SET author_kind = NULL, author_name = NULL WHERE number = 1",
        )
        .await;
        let old = version_by_id(&ctx, version.id).await.unwrap();
        assert_eq!(old.author, None);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_file_becomes_a_pipeline_and_a_push_of_other_bytes_the_next_version() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let first = source("Greeter", "hello");
        let (pipeline, version) = create(&ctx, &first, None).await.unwrap();
        assert_eq!((pipeline.name.as_str(), version.number), ("Greeter", 1));
        assert_eq!(&*version.source, first);
        let by_owner = Author {
            kind: ActorKind::User,
            name: "Owner".to_owned(),
        };
        assert_eq!(version.author.as_ref(), Some(&by_owner));

        let (same, created) = push(&ctx, pipeline.id, &first).await.unwrap();
        assert_eq!((same.id, created), (version.id, false));
        let second = format!("{first}\n");
        app.app.clock().advance(chrono::Duration::seconds(1));
        let (next, created) = push(&ctx, pipeline.id, &second).await.unwrap();
        assert_eq!((next.number, created), (2, true));

        let seen = get(&ctx, pipeline.id).await.unwrap();
        assert_eq!((seen.latest_version, seen.latest_number), (next.id, 2));
        assert_eq!(seen.last_run, None);
        let one = super::version(&ctx, pipeline.id, 1).await.unwrap();
        assert_eq!(one.author.as_ref(), Some(&by_owner));
        let all = [one.id, next.id];
        let bytes = first.len() + second.len();
        let both = versions_by_id(&ctx, &all, bytes).await.unwrap().unwrap();
        let same = both.iter().find(|version| version.id == one.id).unwrap();
        assert_eq!(&*same.source, first, "a version never changes");
        let too_much = versions_by_id(&ctx, &all, bytes - 1).await.unwrap();
        assert_eq!(too_much, None, "files over the limit are not read");
        let page = Page {
            first: Some(1),
            after: None,
        };
        let page = versions(&ctx, pipeline.id, &page).await.unwrap();
        assert_eq!(page.edges[0].1.number, 2);
        assert!(page.has_next);
        let page = Page {
            first: None,
            after: Some(page.edges[0].0.clone()),
        };
        let page = versions(&ctx, pipeline.id, &page).await.unwrap();
        assert_eq!(
            page.edges.iter().map(|(_, v)| v.number).collect::<Vec<_>>(),
            [1]
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_file_with_errors_is_refused_with_all_of_its_findings_and_nothing_is_stored() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let faulty = r#"{"name":"x","stages":[
            {"id":"a","component_type":"genrator","config":{}},
            {"id":"b","component_type":"variable_set","config":{"name":"x","value":1},
             "depends_on":["nowhere"]}]}"#;
        let error = create(&ctx, faulty, None).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput);
        let codes: Vec<_> = error.details["problems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|problem| problem["code"].as_str().unwrap().to_owned())
            .collect();
        assert!(codes.contains(&"UNKNOWN_COMPONENT".to_owned()), "{codes:?}");
        assert!(codes.contains(&"UNKNOWN_STAGE".to_owned()), "{codes:?}");
        let none = create(&ctx, "{", None).await.unwrap_err();
        assert_eq!(none.details["problems"][0]["code"], "INVALID_JSON");
        let large = " ".repeat(MAX_SOURCE + 1);
        assert_eq!(
            create(&ctx, &large, None).await.unwrap_err().code,
            ErrorCode::LimitExceeded
        );
        assert!(
            list(&ctx, &Page::default(), None, false)
                .await
                .unwrap()
                .edges
                .is_empty()
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn i01_nul_in_a_name_or_a_description_is_refused() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let nul = source("a\0b", "x");
        assert_eq!(
            create(&ctx, &nul, None).await.unwrap_err().code,
            ErrorCode::InvalidInput
        );
        let ok = source("a", "text");
        let error = create(&ctx, &ok, Some("a\0b")).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput);
        let described = ok.replace("A test's.", "a\\u0000b");
        assert_eq!(
            create(&ctx, &described, None).await.unwrap_err().code,
            ErrorCode::InvalidInput
        );
        let search = list(&ctx, &Page::default(), Some("a\0"), false).await;
        assert_eq!(search.unwrap_err().code, ErrorCode::InvalidInput);
        // In a stage's text NUL is allowed: the file stores it as an escape.
        create(&ctx, &ok.replace("\"text\"", "\"\\u0000\""), None)
            .await
            .unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_search_finds_a_part_of_the_name_and_takes_wildcards_literally() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        for name in ["Alpha 100%", "alphabet", "Beta_2"] {
            create(&ctx, &source(name, "x"), None).await.unwrap();
            app.app.clock().advance(chrono::Duration::seconds(1));
        }
        let b = app.elsewhere(&ctx, &token).await;
        create(&b, &source("Alpha of B", "x"), None).await.unwrap();
        let names = |search: &'static str| {
            let ctx = ctx.clone();
            async move {
                let found = list(&ctx, &Page::default(), Some(search), false)
                    .await
                    .unwrap();
                found
                    .edges
                    .into_iter()
                    .map(|(_, p)| p.name)
                    .collect::<Vec<_>>()
            }
        };
        assert_eq!(names("ALPHA").await, ["alphabet", "Alpha 100%"]);
        assert_eq!(names("0%").await, ["Alpha 100%"]);
        assert_eq!(names("_").await, ["Beta_2"]);
        assert_eq!(names("of B").await, Vec::<String>::new(), "t07");
        assert_eq!(names("alpha -0%").await, ["alphabet"]);
        assert_eq!(names("NOT alpha").await, ["Beta_2"]);
        assert_eq!(names("  ").await.len(), 3);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn t01_another_organization_s_pipeline_looks_like_one_that_does_not_exist() {
    on_each_database(|app| async move {
        let (a, token) = app.owner().await;
        let b = app.elsewhere(&a, &token).await;
        let (theirs, version) = create(&b, &source("Theirs", "x"), None).await.unwrap();
        let (never, no_version) = (
            PipelineId::new(app.app.clock()),
            PipelineVersionId::new(app.app.clock()),
        );
        get(&b, theirs.id).await.unwrap();
        assert_eq!(get(&a, theirs.id).await, get(&a, never).await);
        let text = source("x", "x");
        for (one, other) in [
            (
                push(&a, theirs.id, &text).await.unwrap_err(),
                push(&a, never, &text).await.unwrap_err(),
            ),
            (
                // Also if the text itself is invalid.
                push(&a, theirs.id, "{").await.unwrap_err(),
                push(&a, never, "{").await.unwrap_err(),
            ),
            (
                versions(&a, theirs.id, &Page::default()).await.unwrap_err(),
                versions(&a, never, &Page::default()).await.unwrap_err(),
            ),
            (
                super::version(&a, theirs.id, 1).await.unwrap_err(),
                super::version(&a, never, 1).await.unwrap_err(),
            ),
            (
                version_by_id(&a, version.id).await.unwrap_err(),
                version_by_id(&a, no_version).await.unwrap_err(),
            ),
        ] {
            assert_eq!(one, other);
            assert_eq!(one.code, ErrorCode::NotFound);
        }
        assert_eq!(
            versions(&b, theirs.id, &Page::default())
                .await
                .unwrap()
                .edges
                .len(),
            1
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn t09_a_cursor_of_another_organization_or_list_is_refused() {
    on_each_database(|app| async move {
        let (a, token) = app.owner().await;
        let b = app.elsewhere(&a, &token).await;
        create(&b, &source("Theirs", "x"), None).await.unwrap();
        let theirs = list(&b, &Page::default(), None, false)
            .await
            .unwrap()
            .edges
            .remove(0)
            .0;
        let page = Page {
            first: None,
            after: Some(theirs),
        };
        assert_eq!(
            list(&a, &page, None, false).await.unwrap_err().code,
            ErrorCode::InvalidInput
        );
        assert_eq!(
            list(&b, &page, Some("x"), false).await.unwrap_err().code,
            ErrorCode::InvalidInput
        );
        assert!(list(&b, &page, None, false).await.unwrap().edges.is_empty());
        for first in [0, -1, 101, i32::MAX, i32::MIN] {
            let page = Page {
                first: Some(first),
                after: None,
            };
            assert_eq!(
                list(&b, &page, None, false).await.unwrap_err().code,
                ErrorCode::InvalidInput
            );
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn two_pushes_at_once_make_two_versions_in_a_row() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let (pipeline, _) = create(&ctx, &source("x", "0"), None).await.unwrap();
        let texts: Vec<String> = (1..=8).map(|n| source("x", &n.to_string())).collect();
        let pushes = texts.iter().map(|text| push(&ctx, pipeline.id, text));
        let mut numbers: Vec<_> = futures::future::join_all(pushes)
            .await
            .into_iter()
            .map(|pushed| pushed.unwrap().0.number)
            .collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (2..=9).collect::<Vec<_>>());
        assert_eq!(get(&ctx, pipeline.id).await.unwrap().latest_number, 9);
        app.close().await;
    })
    .await;
}

fn names(list: &Listed<Pipeline>) -> Vec<&str> {
    list.edges
        .iter()
        .map(|(_, one)| one.name.as_str())
        .collect()
}

async fn actions(ctx: &Ctx, id: PipelineId) -> Vec<String> {
    let log = crate::audit::list(ctx, 1_000).await.unwrap();
    let mut actions: Vec<_> = log
        .into_iter()
        .filter(|row| row.object_id == id.to_string())
        .map(|row| row.action)
        .collect();
    actions.reverse();
    actions
}

#[tokio::test]
async fn a_deleted_pipeline_is_not_listed_and_is_restored_unchanged() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let (one, _) = create(&ctx, &source("One", "1"), None).await.unwrap();
        let (two, _) = create(&ctx, &source("Two", "2"), None).await.unwrap();
        app.app.clock().advance(chrono::Duration::seconds(1));
        let page = Page::default();
        for _ in 0..2 {
            let gone = delete(&ctx, one.id).await.unwrap();
            let deleted = gone.deleted.unwrap();
            assert_eq!(deleted.by, "Owner");
            assert_eq!(deleted.restorable_until, Some(deleted.at + RETENTION));
            app.app.clock().advance(chrono::Duration::days(1));
        }
        assert_eq!(
            names(&list(&ctx, &page, None, false).await.unwrap()),
            ["Two"]
        );
        for search in [None, Some("ONE")] {
            let list = list(&ctx, &page, search, true).await.unwrap();
            assert_eq!(names(&list), ["One"]);
        }
        let no = create(&ctx, &source("One", "3"), None).await.unwrap();
        assert_eq!(no.0.name, "One", "the name is free");
        assert_ne!(slug(&no.0.name, no.0.id), slug(&one.name, one.id));
        assert_ne!(short_id(no.0.id), short_id(one.id));
        for refused in [
            push(&ctx, one.id, &source("One", "4")).await.unwrap_err(),
            rename(&ctx, one.id, Some("x")).await.unwrap_err(),
        ] {
            assert_eq!(refused.code, ErrorCode::PipelineDeleted);
        }
        app.app.clock().advance(chrono::Duration::seconds(1));
        for _ in 0..2 {
            assert_eq!(restore(&ctx, one.id).await.unwrap().deleted, None);
        }
        let back = get(&ctx, one.id).await.unwrap();
        assert_eq!(back, one);
        assert!(
            list(&ctx, &page, None, true)
                .await
                .unwrap()
                .edges
                .is_empty()
        );
        let log = ["pipeline.create", "pipeline.delete", "pipeline.restore"];
        assert_eq!(actions(&ctx, one.id).await, log, "each once");
        assert_eq!(actions(&ctx, two.id).await, log[..1]);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn after_thirty_days_a_deleted_pipeline_is_purged_except_for_what_its_runs_need() {
    use crate::runs::{self, Start};
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let system = SystemCtx::new(&app.app);
        let (idle, _) = create(&ctx, &source("Idle", "1"), None).await.unwrap();
        let (used, first) = create(&ctx, &source("Used", "1"), None).await.unwrap();
        let (kept, _) = create(&ctx, &source("Kept", "1"), None).await.unwrap();
        let run = runs::start(&ctx, used.id, Start::default()).await.unwrap();
        let (second, _) = push(&ctx, used.id, &source("Used", "2")).await.unwrap();
        delete(&ctx, idle.id).await.unwrap();
        delete(&ctx, used.id).await.unwrap();
        app.app
            .clock()
            .advance(RETENTION - chrono::Duration::seconds(1));
        delete(&ctx, kept.id).await.unwrap();
        assert_eq!(purge(&system).await.unwrap(), 0, "one second too early");
        app.app.clock().advance(chrono::Duration::seconds(1));
        let late = restore(&ctx, idle.id).await.unwrap_err();
        assert_eq!(
            late.code,
            ErrorCode::Conflict,
            "before the purge comes by, too"
        );
        // The purge skips locked rows. The transaction of the refused restoration may still hold
        // its lock for a moment after the error is returned.
        let mut purged = 0;
        for _ in 0..100 {
            purged += purge(&system).await.unwrap();
            if purged >= 2 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(purged, 2);
        assert_eq!(purge(&system).await.unwrap(), 0);

        assert_eq!(
            get(&ctx, idle.id).await.unwrap_err().code,
            ErrorCode::NotFound
        );
        let left = get(&ctx, used.id).await.unwrap();
        assert_eq!(left.deleted.as_ref().unwrap().restorable_until, None);
        assert_eq!((left.latest_version, left.latest_number), (first.id, 1));
        assert!(
            version_by_id(&ctx, second.id).await.is_err(),
            "no run has it"
        );
        let seen = runs::view(&ctx, run.id).await.unwrap();
        assert_eq!(seen.run.pipeline_name, "Used");
        let list = list(&ctx, &Page::default(), None, true).await.unwrap();
        assert_eq!(names(&list), ["Kept"]);
        let late = restore(&ctx, used.id).await.unwrap_err();
        assert_eq!(late.code, ErrorCode::Conflict);
        let log = actions(&ctx, used.id).await;
        assert_eq!(log.last().map(String::as_str), Some("pipeline.purge"));
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_name_follows_the_file_until_one_is_given_and_again_once_it_is_reset() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let (made, _) = create(&ctx, &source("One", "1"), None).await.unwrap();
        let id = made.id;
        assert_eq!(made.name_from, NameFrom::Document);
        push(&ctx, id, &source("Two", "1")).await.unwrap();
        assert_eq!(get(&ctx, id).await.unwrap().name, "Two");
        for _ in 0..2 {
            let renamed = rename(&ctx, id, Some("  Straße ")).await.unwrap();
            assert_eq!(
                (renamed.name.as_str(), renamed.name_from),
                ("Straße", NameFrom::Given)
            );
        }
        push(&ctx, id, &source("Three", "1")).await.unwrap();
        let found = list(&ctx, &Page::default(), Some("STRASSE"), false)
            .await
            .unwrap();
        assert_eq!(names(&found), ["Straße"]);
        let again = rename(&ctx, id, None).await.unwrap();
        assert_eq!(
            (again.name.as_str(), again.name_from),
            ("Three", NameFrom::Document)
        );
        for wrong in ["", "a\nb", "a\0b", &"x".repeat(201)] {
            let error = rename(&ctx, id, Some(wrong)).await.unwrap_err();
            assert_eq!(error.details["field"], "name", "{wrong:?}");
        }
        let log = actions(&ctx, id).await;
        assert_eq!(
            log.iter()
                .filter(|action| *action == "pipeline.rename")
                .count(),
            2
        );
        let (named, _) = create(&ctx, &source("One", "1"), Some("Mine"))
            .await
            .unwrap();
        assert_eq!(named.name_from, NameFrom::Given);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_empty_pipeline_is_pushed_to_and_runs_only_once_it_has_a_stage() {
    use crate::runs::{self, Start};
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let new = NewPipeline {
            name: Some("A \"quoted\" name"),
            ..NewPipeline::default()
        };
        let (made, first) = create_from(&ctx, new).await.unwrap();
        let seen = compiled(&ctx, &first).await.unwrap();
        assert!(seen.is_empty() && seen.pipeline.stages.is_empty());
        assert_eq!(seen.pipeline.name, made.name);
        let refused = runs::start(&ctx, made.id, Start::default()).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::PipelineEmpty);
        push(&ctx, made.id, &source("x", "1")).await.unwrap();
        runs::start(&ctx, made.id, Start::default()).await.unwrap();
        assert_eq!(get(&ctx, made.id).await.unwrap().name, made.name);
        let nameless = create_from(&ctx, NewPipeline::default()).await.unwrap_err();
        assert_eq!(nameless.details["field"], "name");
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn one_key_creates_one_pipeline_even_with_concurrent_requests() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        let file = source("One", "1");
        let new = |source| NewPipeline {
            source: Some(source),
            idempotency_key: Some("k"),
            ..NewPipeline::default()
        };
        let many = (0..8).map(|_| create_from(&ctx, new(&file)));
        let made = futures::future::join_all(many).await;
        let ids: std::collections::HashSet<_> = made
            .iter()
            .map(|made| made.as_ref().unwrap().0.id)
            .collect();
        assert_eq!(ids.len(), 1);
        let another = source("One", "2");
        let other = create_from(&ctx, new(&another)).await;
        assert_eq!(other.unwrap_err().code, ErrorCode::Conflict);
        let b = app.elsewhere(&ctx, &token).await;
        let theirs = create_from(&b, new(&file)).await.unwrap();
        assert!(
            !ids.contains(&theirs.0.id),
            "keys are separate in each organization"
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn starts_and_pushes_during_a_deletion_either_succeed_or_fail_with_its_code() {
    use crate::runs::{self, Start};
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        for round in 0..8 {
            let (made, _) = create(&ctx, &source("One", "1"), None).await.unwrap();
            let text = source("One", &round.to_string());
            let starts = (0..4).map(|_| runs::start(&ctx, made.id, Start::default()));
            let (started, pushed, gone) = tokio::join!(
                futures::future::join_all(starts),
                push(&ctx, made.id, &text),
                delete(&ctx, made.id)
            );
            gone.unwrap();
            for result in started.iter() {
                match result {
                    Ok(run) => assert_eq!(&runs::get(&ctx, run.id).await.unwrap(), run),
                    Err(error) => assert_eq!(error.code, ErrorCode::PipelineDeleted),
                }
            }
            if let Err(error) = pushed {
                assert_eq!(error.code, ErrorCode::PipelineDeleted);
            }
            for _ in 0..2 {
                let later = runs::start(&ctx, made.id, Start::default()).await;
                assert_eq!(later.unwrap_err().code, ErrorCode::PipelineDeleted);
            }
            let version = Start {
                version: Some(1),
                ..Start::default()
            };
            let later = runs::start(&ctx, made.id, version).await;
            assert_eq!(later.unwrap_err().code, ErrorCode::PipelineDeleted);
        }
        app.close().await;
    })
    .await;
}
