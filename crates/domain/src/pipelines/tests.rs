//! Importing, pushing and finding pipelines, on both databases.

use types::{ErrorCode, PipelineId, PipelineVersionId};

use super::*;
use crate::testing::on_each_engine;

/// A pipeline of one stage.
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
async fn a_file_becomes_a_pipeline_and_a_push_of_other_bytes_the_next_version() {
    on_each_engine(|app| async move {
        let (ctx, _) = app.owner().await;
        let first = source("Greeter", "hello");
        let (pipeline, version) = create(&ctx, &first, None).await.unwrap();
        assert_eq!((pipeline.name.as_str(), version.number), ("Greeter", 1));
        assert_eq!(&*version.source, first);

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
        let all = [one.id, next.id];
        let bytes = first.len() + second.len();
        let both = versions_by_id(&ctx, &all, bytes).await.unwrap().unwrap();
        let same = both.iter().find(|version| version.id == one.id).unwrap();
        assert_eq!(&*same.source, first, "a version never changes");
        let too_much = versions_by_id(&ctx, &all, bytes - 1).await.unwrap();
        assert_eq!(too_much, None, "what has no room is not read");
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
    on_each_engine(|app| async move {
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
            list(&ctx, &Page::default(), None)
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
async fn i01_nul_in_a_name_or_a_description_is_refused_at_the_door() {
    on_each_engine(|app| async move {
        let (ctx, _) = app.owner().await;
        let nul = source("a\0b", "x");
        assert_eq!(
            create(&ctx, &nul, None).await.unwrap_err().code,
            ErrorCode::InvalidInput
        );
        let ok = source("a", "x");
        let error = create(&ctx, &ok, Some("a\0b")).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput);
        let described = ok.replace("A test's.", "a\\u0000b");
        assert_eq!(
            create(&ctx, &described, None).await.unwrap_err().code,
            ErrorCode::InvalidInput
        );
        let search = list(&ctx, &Page::default(), Some("a\0")).await;
        assert_eq!(search.unwrap_err().code, ErrorCode::InvalidInput);
        // Inside a stage's text it is a value like any other: the file is kept as bytes.
        create(&ctx, &ok.replace("\"x\"", "\"\\u0000\""), None)
            .await
            .unwrap();
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_search_finds_a_part_of_the_name_and_takes_its_signs_literally() {
    on_each_engine(|app| async move {
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
                let found = list(&ctx, &Page::default(), Some(search)).await.unwrap();
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
        assert_eq!(names("  ").await.len(), 3);
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn t01_another_organization_s_pipeline_answers_as_one_that_never_was() {
    on_each_engine(|app| async move {
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
                // Also when the text itself would be refused.
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
    on_each_engine(|app| async move {
        let (a, token) = app.owner().await;
        let b = app.elsewhere(&a, &token).await;
        create(&b, &source("Theirs", "x"), None).await.unwrap();
        let theirs = list(&b, &Page::default(), None)
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
            list(&a, &page, None).await.unwrap_err().code,
            ErrorCode::InvalidInput
        );
        assert_eq!(
            list(&b, &page, Some("x")).await.unwrap_err().code,
            ErrorCode::InvalidInput
        );
        assert!(list(&b, &page, None).await.unwrap().edges.is_empty());
        for first in [0, -1, 101, i32::MAX, i32::MIN] {
            let page = Page {
                first: Some(first),
                after: None,
            };
            assert_eq!(
                list(&b, &page, None).await.unwrap_err().code,
                ErrorCode::InvalidInput
            );
        }
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn two_pushes_at_once_make_two_versions_in_a_row() {
    on_each_engine(|app| async move {
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
