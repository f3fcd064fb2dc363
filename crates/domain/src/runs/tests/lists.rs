//! Tests of run filters: which runs match, how they are counted, and which index is used.

use super::*;

async fn plan(app: &TestApp, ctx: &Ctx, filter: &Filter) -> String {
    let window = Page::default().window(ctx.org, &filter.name()).unwrap();
    explained(app, repo::list_statement(ctx, filter, &window)).await
}

/// PostgreSQL's plan of a statement.
async fn explained(app: &TestApp, mut statement: sea_orm::Statement) -> String {
    statement.sql = format!("EXPLAIN {}", statement.sql);
    let rows = app.app.db().conn().query_all_raw(statement).await.unwrap();
    let lines = rows
        .iter()
        .map(|row| row.try_get_by_index::<String>(0).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// Inserts 20,000 runs, half of them of the organization, as the owner of the tables; then runs
/// `end`.
async fn fill(app: &TestApp, ctx: &Ctx, pipeline: &Pipeline, end: &str) {
    let owner = sea_orm::Database::connect(app.owner_url.clone().unwrap())
        .await
        .unwrap();
    let fill = format!(
        "INSERT INTO runs (id, org_id, pipeline_id, version_id, status, input, started_by_kind, \
           started_by_name, created_at) \
         SELECT gen_random_uuid(), CASE n % 2 WHEN 0 THEN '{org}'::uuid ELSE gen_random_uuid() END, \
           '{pipeline}', '{version}', \
           CASE n % 50 WHEN 0 THEN 'failed' ELSE 'succeeded' END, '{{}}', 'user', 'x', now() \
         FROM generate_series(1, 20000) n; {end}",
        org = ctx.org.0,
        pipeline = pipeline.id.0,
        version = pipeline.latest_version.0
    );
    owner.execute_unprepared(&fill).await.unwrap();
    owner.close().await.unwrap();
}

#[tokio::test]
async fn look_ups_by_ids_use_the_primary_key_of_a_table_without_statistics() {
    let Some(app) = postgres().await else {
        return skipped();
    };
    let (ctx, _) = app.owner().await;
    let pipeline = pipeline(&ctx, json!({})).await;
    fill(&app, &ctx, &pipeline, "SELECT 1").await;
    let ids: Vec<_> = (0..100).map(|_| RunId::new(ctx.clock()).0).collect();
    let (sql, values) = repo::by_ids_sql(&ids);
    let plan = explained(&app, ctx.scoped(&sql, values)).await;
    assert!(plan.contains("runs_pkey"), "{plan}");
    assert!(
        !plan.contains("runs_of_pipeline") && !plan.contains("runs_list"),
        "{plan}"
    );
    app.close().await;
}

#[tokio::test]
async fn the_run_list_uses_its_index_under_row_level_security() {
    let Some(app) = postgres().await else {
        return skipped();
    };
    let (ctx, _) = app.owner().await;
    let pipeline = pipeline(&ctx, json!({})).await;
    fill(&app, &ctx, &pipeline, "ANALYZE runs; ANALYZE pipelines").await;
    let other = super::tests::pipeline(&ctx, json!({})).await;
    start(&ctx, other.id, Start::default()).await.unwrap();
    for (filter, index) in [
        (Filter::default(), "runs_list"),
        (Filter::of(other.id), "runs_of_pipeline"),
        (Filter::in_states([RunStatus::Failed]), "runs_failed"),
    ] {
        let plan = plan(&app, &ctx, &filter).await;
        // The rows are read in the index's order, without reading all of them or sorting.
        let used = plan.contains(&format!("Index Scan using {index} on runs"));
        assert!(used && !plan.contains("Sort"), "{filter:?}\n{plan}");
        let found = list(&ctx, &Page::default(), &filter)
            .await
            .unwrap()
            .edges
            .len();
        assert_eq!(found, if filter.pipelines.len() == 1 { 1 } else { 20 });
    }
    app.close().await;
}

#[tokio::test]
async fn runs_are_filtered_by_exclusion_time_and_text_and_counted_the_same_way() {
    on_each_database(|app| async move {
        let (ctx, token) = app.owner().await;
        let b = app.elsewhere(&ctx, &token).await;
        let theirs = pipeline(&b, json!({})).await;
        start(&b, theirs.id, Start::default()).await.unwrap();
        let (one, two) = (
            pipeline(&ctx, json!({})).await,
            pipeline(&ctx, json!({ "name": "Übersicht" })).await,
        );
        let mut made = Vec::new();
        for n in 0..6 {
            let of = if n < 4 { &one } else { &two };
            let run = start(&ctx, of.id, Start::default()).await.unwrap();
            if n % 3 == 0 {
                finish(&ctx, &run, "failed").await;
            }
            made.push(run);
            app.app.clock().advance(chrono::Duration::hours(1));
        }
        let tx = ctx.begin().await.unwrap();
        tx.execute(
            "UPDATE runs SET error_code = 'HTTP_FAILED', error_message = 'LA SEÑORA said no', \
               started_at = created_at, finished_at = $3 WHERE org_id = $1 AND id = $2",
            [
                ctx.org.0.into(),
                made[3].id.0.into(),
                (made[3].created_at + chrono::Duration::milliseconds(1_500)).into(),
            ],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let of = |at: &[usize]| at.iter().map(|at| made[*at].id).collect::<Vec<_>>();
        let not = |status: &[RunStatus]| Filter {
            not_status: status.to_vec(),
            ..Filter::default()
        };
        let text = |text: &str| Filter {
            text: Some(text.to_owned()),
            ..Filter::default()
        };
        let everything = Filter::default();
        let cases = [
            (everything.clone(), of(&[5, 4, 3, 2, 1, 0])),
            (not(&[RunStatus::Failed]), of(&[5, 4, 2, 1])),
            (not(&[RunStatus::Succeeded]), of(&[5, 4, 3, 2, 1, 0])),
            (not(&RunStatus::ALL), of(&[])),
            (Filter::of(two.id), of(&[5, 4])),
            (
                Filter {
                    not_pipelines: vec![one.id],
                    ..Filter::default()
                },
                of(&[5, 4]),
            ),
            (
                Filter {
                    pipelines: vec![two.id, one.id],
                    status: vec![RunStatus::Failed, RunStatus::Running],
                    ..Filter::default()
                },
                of(&[3, 0]),
            ),
            (
                Filter {
                    since: Some(made[1].created_at),
                    until: Some(made[3].created_at),
                    ..Filter::default()
                },
                of(&[2, 1]),
            ),
            (
                // The first and the last time that can be written.
                Filter {
                    since: Some(chrono::DateTime::<chrono::Utc>::MIN_UTC),
                    until: Some(chrono::DateTime::<chrono::Utc>::MAX_UTC),
                    ..Filter::default()
                },
                of(&[5, 4, 3, 2, 1, 0]),
            ),
            (
                Filter {
                    ids: vec![made[4].id, made[1].id],
                    ..Filter::default()
                },
                of(&[4, 1]),
            ),
            (
                Filter {
                    ids: vec![made[3].id, made[2].id, made[0].id],
                    not_status: vec![RunStatus::Failed],
                    not_pipelines: vec![two.id],
                    ..Filter::default()
                },
                of(&[2]),
            ),
            (
                // The newest run is an hour old.
                Filter {
                    last_seconds: Some(2 * 3_600 + 1_800),
                    ..Filter::default()
                },
                of(&[5, 4]),
            ),
            (
                Filter {
                    last_seconds: Some(4 * 3_600 + 1_800),
                    until: Some(made[4].created_at),
                    text: Some("owner".to_owned()),
                    ..Filter::default()
                },
                of(&[3, 2]),
            ),
            (text(" UBERSICHT"), of(&[5, 4])),
            (text("senora"), of(&[3])),
            (text("http_failed"), of(&[3])),
            (text(&made[2].id.to_string()), of(&[2])),
            (text("oWnEr"), of(&[5, 4, 3, 2, 1, 0])),
            (text("nothing has this"), of(&[])),
            (text("owner -ubersicht NOT http_failed"), of(&[2, 1, 0])),
        ];
        for (filter, expected) in cases {
            let mut found = Vec::new();
            let mut page = Page {
                first: Some(2),
                after: None,
            };
            loop {
                let listed = list(&ctx, &page, &filter).await.unwrap();
                found.extend(listed.edges.iter().map(|(_, run)| run.id));
                let last = listed.edges.last().map(|(cursor, _)| cursor.clone());
                page.after = listed.end.or(last);
                if !listed.has_next {
                    break;
                }
            }
            assert_eq!(found, expected, "{filter:?}");
            if filter.text.is_none() {
                let counted = counts(&ctx, &filter).await.unwrap();
                let sum: u64 = counted.by_status.iter().map(|(_, runs)| runs).sum();
                assert_eq!((sum, counted.complete), (found.len() as u64, true));
            }
        }
        let foreign = list(&ctx, &Page::default(), &Filter::of(theirs.id)).await;
        assert_eq!(foreign.unwrap_err().code, ErrorCode::NotFound);
        assert!(counts(&ctx, &text("x")).await.is_err());
        for (span, length, full) in [(Span::Day, 24, 6), (Span::Month, 30, 1)] {
            let trend = trend(&ctx, &everything, span).await.unwrap();
            assert_eq!((trend.buckets.len(), trend.complete), (length, true));
            let runs = |bucket: &Bucket| -> u64 { bucket.by_status.iter().map(|(_, n)| n).sum() };
            assert_eq!(trend.buckets.iter().map(runs).sum::<u64>(), 6);
            assert_eq!(
                trend
                    .buckets
                    .iter()
                    .filter(|bucket| runs(bucket) > 0)
                    .count(),
                full
            );
            let at = trend
                .buckets
                .iter()
                .rposition(|b| b.start <= made[3].created_at);
            let bucket = &trend.buckets[at.unwrap()];
            assert!(runs(bucket) > 0);
            assert_eq!(bucket.p95, Some(chrono::Duration::milliseconds(1_500)));
        }
        app.close().await;
    })
    .await;
}

/// Writes many runs directly, all of one pipeline and in one state, requested at intervals of a
/// second.
async fn many(ctx: &Ctx, pipeline: &Pipeline, status: &str, count: u32, first: u32) {
    let tx = ctx.begin().await.unwrap();
    let base = ctx.clock().now();
    for chunk in (first..first + count).collect::<Vec<_>>().chunks(200) {
        let mut values: Vec<sea_orm::Value> = vec![
            ctx.org.0.into(),
            pipeline.id.0.into(),
            pipeline.latest_version.0.into(),
            status.into(),
        ];
        let mut rows = Vec::new();
        for n in chunk {
            let at = base + chrono::Duration::seconds(i64::from(*n));
            let millis = u64::try_from(at.timestamp_millis()).unwrap();
            let id = uuid::Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid();
            values.extend([id.into(), at.into()]);
            let at = values.len();
            rows.push(format!(
                "(${}, $1, $2, $3, $4, '{{}}', 'user', 'Owner', ${at})",
                at - 1
            ));
        }
        let sql = format!(
            "INSERT INTO runs (id, org_id, pipeline_id, version_id, status, input, \
               started_by_kind, started_by_name, created_at) VALUES {}",
            rows.join(", ")
        );
        tx.execute(&sql, values).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_filter_without_an_index_examines_a_bounded_number_of_runs_per_page_and_continues() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let (common, rare) = (
            pipeline(&ctx, json!({})).await,
            pipeline(&ctx, json!({ "name": "Rare one" })).await,
        );
        many(&ctx, &rare, "succeeded", 1, 0).await;
        many(&ctx, &common, "succeeded", repo::MAX_EXAMINED + 500, 10).await;
        let not_common = Filter {
            not_pipelines: vec![common.id],
            ..Filter::default()
        };
        let text = Filter {
            text: Some("RARE ONE".to_owned()),
            ..Filter::default()
        };
        for (filter, bound) in [(not_common, repo::MAX_EXAMINED), (text, repo::MAX_SEARCHED)] {
            let (mut page, mut found, mut pages) = (Page::default(), 0, 0);
            let before = ctx.db().statements();
            loop {
                let listed = list(&ctx, &page, &filter).await.unwrap();
                pages += 1;
                found += listed.edges.len();
                if !listed.has_next {
                    break;
                }
                assert!(
                    listed.edges.is_empty(),
                    "{filter:?} {pages} {:?}",
                    listed.edges
                );
                page.after = listed.end;
            }
            assert_eq!(
                (found, pages),
                (1, (repo::MAX_EXAMINED + 501).div_ceil(bound))
            );
            let statements = ctx.db().statements() - before;
            assert!(statements <= u64::from(pages) * 3, "{statements}");
        }
        let before = ctx.db().statements();
        list(&ctx, &Page::default(), &Filter::default())
            .await
            .unwrap();
        assert_eq!(
            ctx.db().statements() - before,
            1,
            "the plain list stays one statement"
        );
        app.close().await;
    })
    .await;
}

#[tokio::test]
async fn lists_by_state_pipeline_and_time_use_an_index() {
    on_each_database(|app| async move {
        let (ctx, _) = app.owner().await;
        let one = pipeline(&ctx, json!({})).await;
        many(&ctx, &one, "succeeded", 3_000, 0).await;
        many(&ctx, &one, "failed", 3, 4_000).await;
        let window = Page::default().window(ctx.org, "runs").unwrap();
        let since = Filter {
            since: Some(ctx.clock().now() + chrono::Duration::hours(30)),
            ..Filter::default()
        };
        let open = Filter {
            not_status: vec![RunStatus::Succeeded],
            ..Filter::default()
        };
        for filter in [Filter::default(), Filter::of(one.id), since, open] {
            let statement = repo::list_statement(&ctx, &filter, &window);
            let explain = if ctx.db().is_postgres() {
                ctx.db()
                    .conn()
                    .execute_unprepared("ANALYZE runs")
                    .await
                    .ok();
                format!("EXPLAIN {}", statement.sql)
            } else {
                format!("EXPLAIN QUERY PLAN {}", statement.sql)
            };
            let values = statement.values.map_or_else(Vec::new, |values| values.0);
            let rows = ctx
                .db()
                .conn()
                .query_all_raw(ctx.db().statement(explain, values))
                .await
                .unwrap();
            let plan: Vec<String> = rows
                .iter()
                .map(|row| {
                    row.try_get_by_index::<String>(0)
                        .or_else(|_| row.try_get_by_index::<String>(3))
                        .unwrap()
                })
                .collect();
            let plan = plan.join("\n");
            assert!(
                !plan.contains("Seq Scan on runs") && !plan.contains("SCAN runs\n"),
                "{filter:?}\n{plan}"
            );
            let by = if ctx.db().is_postgres() {
                "runs_"
            } else {
                "USING INDEX runs_"
            };
            assert!(plan.contains(by), "{filter:?}\n{plan}");
        }
        app.close().await;
    })
    .await;
}
