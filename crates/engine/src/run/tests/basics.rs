//! Order, outputs, failures, views.

use super::*;
use crate::component::{ComponentKind, Effect, EffectKind};

#[test]
fn the_macros_write_the_descriptor() {
    let work = &components::WORK;
    assert_eq!((work.name, work.kind), ("work", ComponentKind::Operator));
    assert_eq!(
        work.description,
        "Works for a while.\n\nIts second paragraph."
    );
    assert_eq!(
        (work.category, work.timeout),
        ("test", Duration::from_secs(5))
    );
    assert_eq!(work.effect.shown(), EffectKind::Effect);
    let schema = (work.input_schema)();
    assert_eq!(schema["properties"]["ms"]["type"], "integer");
    assert!(components::ONCE.at_most_once);
    assert!(matches!(
        components::ECHO.effect,
        Effect::Fixed(EffectKind::Pure)
    ));
    assert_eq!(components::RETURN.name, "return");
    assert_eq!(components::TRYCATCH.inner.len(), 3);
    assert!(components::ROUTER.inner[0].map);
    assert_eq!(components::HOT.lazy[0].names, ["data", "*"]);
}

#[tokio::test]
async fn a_stage_starts_the_moment_its_own_dependencies_are_done() {
    // An executor that runs in waves would hold `after-fast` back until `slow` is done.
    let (result, rig) = run(r#"{"id":"slow","component":"work","config":{"ms":150}},
           {"id":"fast","component":"work","config":{"ms":1}},
           {"id":"after-fast","component":"work","config":{"ms":1},"depends_on":["fast"]},
           {"id":"last","component":"work","config":{"ms":1},"depends_on":["after-fast"]}"#)
    .await;
    assert_eq!(result.status, RunStatus::Succeeded);
    assert_eq!(
        *rig.world.ended.lock(),
        ["fast", "after-fast", "last", "slow"]
    );
    check_journal(&rig.events());
}

#[tokio::test]
async fn outputs_flow_through_templates_and_keep_their_type() {
    let (result, rig) = run(
        r#"{"id":"a-1","component":"echo","config":{"value":{"list":[1,2.5,null]}}},
           {"id":"b","component":"echo","config":{"value":"{{upstream.a-1.list}}"},"depends_on":["a-1"]},
           {"id":"c","component":"echo","config":{"value":"n={{input.n}} {{upstream.b[1]}}"},"depends_on":["b"]}"#,
    )
    .await;
    assert_eq!(result.output, json(r#""n=1 2.5""#));
    assert_eq!(rig.view().stages["b"].output, Some(json("[1,2.5,null]")));
    let input = rig.input_of("c").unwrap();
    assert_eq!(input, json(r#"{"value":"n=1 2.5"}"#));
}

#[tokio::test]
async fn output_is_the_named_stage_s_else_the_only_sink_s_else_a_map_of_the_sinks() {
    let stages = r#"{"id":"a","component":"echo","config":{"value":1}},
                    {"id":"b","component":"echo","config":{"value":2},"depends_on":["a"]}"#;
    assert_eq!(run(stages).await.0.output, json("2"));

    let two = format!(r#"{stages},{{"id":"c","component":"echo","config":{{"value":3}}}}"#);
    assert_eq!(run(&two).await.0.output, json(r#"{"b":2,"c":3}"#));

    let named = plan_of(&format!(
        r#"{{"name":"t","output_stage_id":"a","stages":[{two}]}}"#
    ));
    assert_eq!(Rig::new(named).finish().await.output, json("1"));
}

#[tokio::test]
async fn results_of_siblings_of_a_failed_stage_are_kept_and_nothing_new_starts() {
    let (result, rig) = run(
        r#"{"id":"bad","component":"work","config":{"ms":10,"error":"STAGE_FAILED"}},
           {"id":"slow","component":"work","config":{"ms":80,"value":7}},
           {"id":"after","component":"work","depends_on":["slow"]}"#,
    )
    .await;
    assert_eq!(failed_code(&result), "STAGE_FAILED");
    let error = result.error.unwrap();
    assert_eq!(error.stage.as_deref(), Some("bad"));
    let view = rig.view();
    assert_eq!(
        view.stages["slow"].output.as_ref().unwrap().get("value"),
        Some(&json("7"))
    );
    assert_eq!(rig.world.count("after"), 0);
    assert_eq!(
        view.stages["after"].skip_reason.as_deref(),
        Some("run_ended")
    );
    check_journal(&rig.events());
}

#[tokio::test]
async fn on_error_continue_gives_null_and_skip_skips_the_dependents() {
    let (result, rig) = run(
        r#"{"id":"a","component":"work","config":{"error":"HTTP_FAILED"},"on_error":"continue"},
           {"id":"b","component":"echo","config":{"value":"got {{upstream.a}}"},"depends_on":["a"]},
           {"id":"c","component":"work","config":{"error":"HTTP_FAILED"},"on_error":"skip"},
           {"id":"d","component":"echo","config":{"value":1},"depends_on":["c"]}"#,
    )
    .await;
    assert_eq!(result.status, RunStatus::Succeeded);
    assert_eq!(result.output, json(r#"{"b":"got null","d":null}"#));
    let view = rig.view();
    assert_eq!(
        view.stages["a"].error.as_ref().unwrap().code.as_str(),
        "HTTP_FAILED"
    );
    assert_eq!(view.stages["d"].skip_reason.as_deref(), Some("dependency"));
}

#[tokio::test]
async fn an_input_that_does_not_fit_and_a_defect_of_a_component_are_errors_of_the_stage() {
    let (result, _) = run(r#"{"id":"a","component":"work","config":{"ms":"soon"}}"#).await;
    assert_eq!(failed_code(&result), "STAGE_INPUT");
    let message = result.error.unwrap().message;
    assert!(
        message.contains("`ms`") && message.contains("\"soon\""),
        "{message}"
    );
    let (result, _) = run(r#"{"id":"a","component":"panics"}"#).await;
    assert_eq!(failed_code(&result), "INTERNAL");
}

#[tokio::test]
async fn v8_a_large_value_goes_to_the_artifacts_and_comes_back_equal() {
    let rig = {
        let mut rig = Rig::new(plan(
            r#"{"id":"a","component":"echo","config":{"value":"{{input.big}}"}},
               {"id":"b","component":"echo","config":{"value":"{{upstream.a}}"},"depends_on":["a"]},
               {"id":"c","component":"echo","config":{"value":{"$artifact":"mine"}}},
               {"id":"d","component":"echo","config":{"value":{"b":"{{upstream.b}}","c":"{{upstream.c}}"}},
                "depends_on":["b","c"]}"#,
        ));
        let big = "é".repeat(40_000);
        rig.input = [("big", Value::from(big))].into_iter().collect();
        rig
    };
    let result = rig.finish().await;
    let mut events = rig.events();
    let is_reference = |v: &Value| v.get("$artifact").and_then(|r| r.get("sha256")).is_some();
    let EventBody::RunStarted { input, .. } = &events[0].body else {
        panic!()
    };
    assert!(is_reference(input), "{input:?}");
    let bytes: usize = events.iter().map(|e| format!("{e:?}").len()).sum();
    assert!(bytes < 20_000, "the journal holds {bytes} bytes");
    // Data with its own `$artifact` key is stored, so it can never be mistaken for a reference.
    let own = events.iter().find_map(|e| match &e.body {
        EventBody::StageSucceeded { output, .. } if e.stage.as_deref() == Some("c") => Some(output),
        _ => None,
    });
    assert!(is_reference(own.unwrap()));

    super::super::load_artifacts(&mut events, &*rig.host.artifacts)
        .await
        .unwrap();
    let view = RunView::fold(&rig.plan, &events);
    assert_eq!(view.output, result.output);
    assert_eq!(
        view.stages["c"].output,
        Some(json(r#"{"$artifact":"mine"}"#))
    );
    assert_eq!(
        rig.journal
            .progress()
            .unwrap()
            .output
            .map(|o| o.contains("$artifact")),
        Some(true)
    );

    // The same after a crash in between.
    let half = events[..events.len() - 4].to_vec();
    assert_eq!(rig.drive(half).await, Outcome::Finished(result));
}

#[tokio::test]
async fn the_summary_counts_stages_and_carries_the_end() {
    let (_, rig) = run(r#"{"id":"a","component":"echo","config":{"value":1}},
           {"id":"b","component":"echo","config":{"value":2},"depends_on":["a"]}"#)
    .await;
    let progress = rig.journal.progress().unwrap();
    assert_eq!(
        (progress.status, progress.stages_done, progress.stages_total),
        (RunStatus::Succeeded, 2, 2)
    );
    assert_eq!(progress.output.as_deref(), Some("2"));
    assert_eq!(progress.last_seq, rig.events().last().unwrap().seq);
}

#[tokio::test]
async fn an_observer_sees_every_event_once_and_in_order() {
    let mut rig = Rig::new(plan(r#"{"id":"a","component":"work","config":{"ms":5}}"#));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    rig.host.observe = Some(Arc::new(move |event: &Event| {
        sink.lock().push(event.clone())
    }));
    rig.finish().await;
    assert_eq!(*seen.lock(), rig.events());
}

#[tokio::test]
async fn an_output_that_could_not_be_read_back_fails_its_stage() {
    let mut stages = vec![r#"{"id":"s0","component":"echo","config":{"value":1}}"#.to_owned()];
    for n in 1..=120 {
        stages.push(format!(
            r#"{{"id":"s{n}","component":"wrap","config":{{"value":"{{{{upstream.s{}}}}}"}},
                "depends_on":["s{}"]}}"#,
            n - 1,
            n - 1
        ));
    }
    let (result, rig) = run(&stages.join(",")).await;
    assert_eq!(
        result.error.map(|e| e.code),
        Some(types::ErrorCode::NestingTooDeep)
    );
    check_journal(&rig.events());
}

#[tokio::test]
async fn the_whole_output_is_readable_under_the_component_s_own_field() {
    let (result, _) = run(
        r#"{"id":"w","component":"wrap","config":{"value":{"result":7}}},
           {"id":"a","component":"echo","config":{"value":"{{upstream.w.result[0].result}}"},"depends_on":["w"]},
           {"id":"b","component":"echo","config":{"value":"{{[x for x in upstream.w.result]}}"},"depends_on":["w"]},
           {"id":"c","component":"echo","config":{"value":"{{upstream.w.other or 'none'}}"},"depends_on":["w"]}"#,
    )
    .await;
    assert_eq!(
        result.output,
        json(r#"{"a":7,"b":[{"result":7}],"c":"none"}"#)
    );
}
