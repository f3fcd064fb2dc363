//! The cost of reading one stage of a run with 20,000 stages.

use std::time::{Duration, Instant};

use engine::run::RunStatus;
use serde_json::json;

use super::kit::*;
use crate::{host::Claimed, pipelines, runs, testing::on_each_database};

const ITEMS: usize = 10_000;
/// Events per segment.
const SEGMENT: usize = 300;

const PIPELINE: &str = r#"{"name":"Long","version":"1","stages":[
    {"id":"each","component":"foreach","config":{"items":"{{input.items}}","loop_stages":["a","b"]}},
    {"id":"a","component":"variable_set","config":{"name":"x","value":"{{context.item}}"}},
    {"id":"b","component":"variable_set","depends_on":["a"],
      "config":{"name":"y","value":"{{upstream.a.value}} of {{context.item}}"}},
    {"id":"after","component":"variable_set","depends_on":["each"],
      "config":{"name":"z","value":"{{upstream.each.total_items}}"}}]}"#;

/// The journal's events, as the engine writes them.
fn events() -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut push = |rest: &str| {
        let seq = lines.len() + 1;
        let at = "2026-01-01T00:00:00.000000Z";
        lines.push(format!(r#"{{"seq":{seq},"at":"{at}",{rest}}}"#));
    };
    let items: Vec<usize> = (0..ITEMS).collect();
    push(&format!(
        r#""type":"run.started","format":1,"input":{}"#,
        json!({ "items": items })
    ));
    let stage = |push: &mut dyn FnMut(&str), address: &str, output: &str| {
        push(&format!(r#""type":"stage.scheduled","stage":"{address}""#));
        push(&format!(
            r#""type":"stage.started","stage":"{address}","attempt":1"#
        ));
        push(&format!(
            r#""type":"stage.succeeded","stage":"{address}","attempt":1,"output":{output}"#
        ));
    };
    push(r#""type":"stage.scheduled","stage":"each""#);
    push(&format!(
        r#""type":"stage.started","stage":"each","attempt":1,"items":{ITEMS}"#
    ));
    for item in 0..ITEMS {
        let a = json!({ "value": item, "variables": { "x": item } }).to_string();
        stage(&mut push, &format!("each[{item}]/a"), &a);
        stage(
            &mut push,
            &format!("each[{item}]/b"),
            r#"{"value":"b","variables":{}}"#,
        );
    }
    push(&format!(
        r#""type":"stage.succeeded","stage":"each","attempt":1,"output":{{"total_items":{ITEMS}}}"#
    ));
    stage(&mut push, "after", r#"{"value":1,"variables":{}}"#);
    push(r#""type":"run.finished","status":"succeeded","output":1"#);
    lines
}

async fn write(claimed: &Claimed, host: &crate::host::Host) -> (usize, usize) {
    let lines = events();
    let (mut first, mut bytes, mut count) = (1, 0, 0);
    for lines in lines.chunks(SEGMENT) {
        let last = lines
            .last()
            .is_some_and(|line| line.contains("run.finished"));
        let status = if last {
            RunStatus::Succeeded
        } else {
            RunStatus::Running
        };
        let segment = segment_of(first, lines, status);
        first += lines.len() as u64;
        bytes += segment.body.len();
        count += 1;
        append(host, claimed, segment).await.unwrap();
    }
    assert_eq!(first, ITEMS as u64 * 6 + 9);
    (count, bytes)
}

#[tokio::test]
async fn opening_one_stage_of_twenty_thousand_reads_only_segments_about_it() {
    on_each_database(|test| async move {
        let (ctx, _) = test.owner().await;
        let pipeline = pipelines::create(&ctx, PIPELINE, None).await.unwrap().0;
        let start = runs::Start {
            input: json!({ "items": [] }).into(),
            ..runs::Start::default()
        };
        let run = runs::start(&ctx, pipeline.id, start).await.unwrap();
        let host = host(&test.app, "a");
        let claimed = claim_one(&host).await;
        let (segments, bytes) = write(&claimed, &host).await;
        let run = runs::get(&ctx, run.id).await.unwrap();

        let middle = ITEMS / 2;
        for (address, input) in [
            (
                format!("each[{middle}]/b"),
                json!({ "name": "y", "value": format!("{middle} of {middle}") }),
            ),
            (
                format!("each[{middle}]/a"),
                json!({ "name": "x", "value": middle }),
            ),
            ("after".to_owned(), json!({ "name": "z", "value": ITEMS })),
        ] {
            let (statements, began) = (ctx.db().statements(), Instant::now());
            let stage = runs::stage(&ctx, run.clone(), &address)
                .await
                .unwrap()
                .unwrap();
            assert!(stage.view.output.is_some(), "{address}");
            let found = stage.input(&ctx).await.unwrap().unwrap();
            let (statements, time) = (ctx.db().statements() - statements, began.elapsed());
            assert_eq!(found.to_serde(), input, "{address}");
            // The version and the index, then a few segments.
            assert!(statements <= 5, "{statements} statements for {address}");
            assert!(time < Duration::from_secs(2), "{time:?} for {address}");
            let (read, size) = stage.cost(&ctx).await;
            assert!(read <= 8, "{read} of {segments} segments for {address}");
            assert!(size * 10 < bytes, "{size} of {bytes} bytes for {address}");
            println!("{address}: {statements} statements, {read} of {segments} segments, {time:?}");
        }
        for nothing in ["each[10000]/b", "each[1]/c", "no"] {
            let found = runs::stage(&ctx, run.clone(), nothing).await.unwrap();
            assert!(found.is_none(), "{nothing}");
        }

        // A journal of an older version has no index: the results are the same, but every segment
        // is read.
        let id = literal(&test, run.id.0);
        as_owner(
            &test,
            &format!("UPDATE journal SET stages = NULL WHERE run_id = {id}"),
        )
        .await;
        let address = format!("each[{middle}]/b");
        let stage = runs::stage(&ctx, run.clone(), &address)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(stage.cost(&ctx).await.0, segments);
        let found = stage.input(&ctx).await.unwrap().unwrap();
        assert_eq!(found.to_serde()["value"], format!("{middle} of {middle}"));
        test.close().await;
    })
    .await;
}
