//! Control flow: branches, loops, tries, returns, sleeps, nested.

use super::*;

#[tokio::test]
async fn a_chosen_branch_runs_the_others_are_skipped_and_a_join_continues_with_live_dependencies() {
    let (result, rig) = run(
        r#"{"id":"r","component":"router","config":{"value":"{{input.kind or 'x'}}",
              "routes":{"x":["ax"],"y":["ay","by"]},"default_route":["z"]}},
           {"id":"ax","component":"echo","config":{"value":"x of {{upstream.r.route}}"}},
           {"id":"ay","component":"echo","config":{"value":"y"}},
           {"id":"by","component":"echo","config":{"value":"by"},"depends_on":["ay"]},
           {"id":"z","component":"echo","config":{"value":"z"}},
           {"id":"only-y","component":"echo","config":{"value":1},"depends_on":["by"]},
           {"id":"join","component":"echo","config":{"value":"{{upstream.ax}}/{{upstream.ay}}"},
            "depends_on":["ax","ay"]}"#,
    )
    .await;
    assert_eq!(
        result.output,
        json(r#"{"only-y":null,"join":"x of x/null"}"#)
    );
    let view = rig.view();
    let reason = |address: &str| view.stages[address].skip_reason.clone().unwrap();
    assert_eq!(
        view.stages["r/route.x/ax"].output,
        Some(json(r#""x of x""#))
    );
    assert_eq!(reason("r/route.y/ay"), "branch");
    assert_eq!(reason("r/route.y/by"), "branch");
    assert_eq!(reason("r/default/z"), "branch");
    assert_eq!(reason("only-y"), "dependency");
    check_journal(&rig.events());
    assert_eq!(rig.journal.progress().unwrap().stages_done, 7);
}

#[tokio::test]
async fn a_foreach_runs_its_stages_per_item_and_each_iteration_reads_its_own_values() {
    let (result, rig) = run(
        r#"{"id":"list","component":"echo","config":{"value":["a","b","c"]}},
           {"id":"each","component":"foreach","depends_on":["list"],
            "config":{"items":"{{upstream.list}}","item_variable":"letter","loop_stages":["one","two"]}},
           {"id":"one","component":"echo","config":{"value":"{{context.letter}}{{context.index}}"}},
           {"id":"two","component":"echo","config":{"value":"<{{upstream.one}} of {{upstream.list[0]}}>"},
            "depends_on":["one"]},
           {"id":"after","component":"echo","depends_on":["each"],
            "config":{"value":{"results":"{{upstream.each.results}}","last":"{{upstream.two}}",
                               "n":"{{upstream.each.total_items}}"}}}"#,
    )
    .await;
    assert_eq!(
        result.output,
        json(r#"{"results":["<a0 of a>","<b1 of a>","<c2 of a>"],"last":"<c2 of a>","n":3}"#)
    );
    let story = story(&rig.events());
    let at = |what: &str| story.iter().position(|s| s == what).unwrap();
    assert!(at("each[0]/two stage.succeeded") < at("each[1]/one stage.scheduled"));
    let input = rig.input_of("each[1]/two").unwrap();
    assert_eq!(input.get("value"), Some(&json(r#""<b1 of a>""#)));
}

#[tokio::test]
async fn a_parallel_foreach_keeps_the_order_of_results_and_its_limit() {
    let (result, rig) = run(
        r#"{"id":"each","component":"foreach","config":{"items":[50,30,10,1,1,1],"parallel":true,
              "max_parallel":3,"loop_stages":["w"]}},
           {"id":"w","component":"work","config":{"ms":"{{context.item}}","value":"{{context.index}}"}}"#,
    )
    .await;
    let results = result.output.get("results").unwrap();
    let values: Vec<Value> = results
        .as_list()
        .unwrap()
        .iter()
        .map(|r| r.get("value").unwrap().clone())
        .collect();
    assert_eq!(Value::from(values), json("[0,1,2,3,4,5]"));
    assert_eq!(rig.world.most.load(std::sync::atomic::Ordering::SeqCst), 3);
    check_journal(&rig.events());
}

#[tokio::test]
async fn break_on_error_ends_the_loop_else_the_error_is_recorded() {
    let stages = |extra: &str| {
        format!(
            r#"{{"id":"each","component":"foreach","config":{{"items":[0,1,0],"loop_stages":["w"]{extra}}}}},
               {{"id":"w","component":"echo","config":{{"value":"{{{{10 // (1 - context.item)}}}}"}}}}"#
        )
    };
    let (result, rig) = run(&stages("")).await;
    assert_eq!(failed_code(&result), "EVALUATION_FAILED");
    assert_eq!(result.error.unwrap().stage.as_deref(), Some("each[1]/w"));
    assert!(
        !story(&rig.events())
            .iter()
            .any(|s| s.starts_with("each[2]"))
    );
    check_journal(&rig.events());

    let (result, _) = run(&stages(r#","break_on_error":false"#)).await;
    let output = result.output;
    assert_eq!(output.get("results"), Some(&json("[10,null,10]")));
    assert_eq!(output.get("failed_items"), Some(&json("1")));
    let error = &output.get("errors").unwrap().as_list().unwrap()[0];
    assert_eq!(error.get("index"), Some(&json("1")));
    assert_eq!(error.get("code"), Some(&json(r#""EVALUATION_FAILED""#)));
}

#[tokio::test]
async fn an_empty_foreach_has_no_results_and_its_inner_stages_count_as_skipped() {
    let (result, _) = run(
        r#"{"id":"each","component":"foreach","config":{"items":[],"loop_stages":["w"]}},
           {"id":"w","component":"echo","config":{"value":1}},
           {"id":"of-inner","component":"echo","config":{"value":2},"depends_on":["w"]},
           {"id":"of-both","component":"echo","config":{"value":"{{upstream.w}}"},"depends_on":["w","each"]}"#,
    )
    .await;
    assert_eq!(
        result.output,
        json(r#"{"of-inner":null,"of-both":"{{w}}"}"#.replace("\"{{w}}\"", "null").as_str())
    );
}

#[tokio::test]
async fn a_caught_error_is_recovered_and_the_catch_stages_read_it() {
    let (result, rig) = run(
        r#"{"id":"t","component":"trycatch","config":{"try_stages":["bad","never"],"catch_stages":["c"],
              "finally_stages":["f"]}},
           {"id":"bad","component":"work","config":{"error":"HTTP_FAILED"}},
           {"id":"never","component":"echo","depends_on":["bad"]},
           {"id":"c","component":"echo","config":{"value":"{{context.error.code}}: {{upstream.t.error_message}}"}},
           {"id":"f","component":"echo","config":{"value":"f"},"depends_on":["c"]},
           {"id":"after","component":"echo","depends_on":["t"],"config":{"value":"{{upstream.t}}"}}"#,
    )
    .await;
    let output = result.output;
    assert_eq!(output.get("status"), Some(&json(r#""recovered""#)));
    assert_eq!(output.get("recovered"), Some(&json("true")));
    assert_eq!(
        output.get("catch_result"),
        Some(&json(r#""HTTP_FAILED: Asked to fail""#))
    );
    assert_eq!(
        output.get("error").and_then(|e| e.get("stage")),
        Some(&json(r#""t/try/bad""#))
    );
    let view = rig.view();
    assert_eq!(
        view.stages["t/try/never"].skip_reason.as_deref(),
        Some("scope_failed")
    );
    assert_eq!(view.stages["t/finally/f"].output, Some(json(r#""f""#)));
    check_journal(&rig.events());
}

#[tokio::test]
async fn without_an_error_the_catch_stages_are_skipped_and_finally_runs() {
    let (result, rig) = run(
        r#"{"id":"t","component":"trycatch","config":{"try_stages":["a"],"catch_stages":["c"],"finally_stages":["f"]}},
           {"id":"a","component":"echo","config":{"value":1}},
           {"id":"c","component":"echo"},
           {"id":"f","component":"echo"}"#,
    )
    .await;
    assert_eq!(result.output.get("try_result"), Some(&json("1")));
    assert_eq!(result.output.get("status"), Some(&json(r#""success""#)));
    assert_eq!(
        rig.view().stages["t/catch/c"].skip_reason.as_deref(),
        Some("not_needed")
    );
    assert_eq!(
        (rig.world.count("t/catch/c"), rig.world.count("t/finally/f")),
        (0, 1)
    );
}

#[tokio::test]
async fn error_scope_and_caught_codes_decide_whether_an_error_goes_on() {
    let stages = |config: &str| {
        format!(
            r#"{{"id":"t","component":"trycatch","config":{{"try_stages":["bad"],"finally_stages":["f"]{config}}}}},
               {{"id":"bad","component":"work","config":{{"error":"HTTP_FAILED"}}}},
               {{"id":"c","component":"echo"}},
               {{"id":"f","component":"echo"}},
               {{"id":"after","component":"echo","config":{{"value":"{{{{upstream.t.status}}}}"}},"depends_on":["t"]}}"#
        )
    };
    let with_catch = r#","catch_stages":["c"]"#;
    let (result, rig) = run(&stages(&format!(
        r#"{with_catch},"catch_codes":["TIMEOUT"]"#
    )))
    .await;
    assert_eq!(failed_code(&result), "HTTP_FAILED");
    assert_eq!(result.error.unwrap().stage.as_deref(), Some("t/try/bad"));
    assert_eq!(
        (rig.world.count("t/catch/c"), rig.world.count("t/finally/f")),
        (0, 1)
    );
    let (result, _) = run(&stages(&format!(
        r#"{with_catch},"error_scope":"continue","catch_codes":["TIMEOUT"]"#
    )))
    .await;
    assert_eq!(result.output, json(r#""failed""#));
    let (result, _) = run(&stages(&format!(
        r#"{with_catch},"catch_codes":["http_failed"]"#
    )))
    .await;
    assert_eq!(result.output, json(r#""recovered""#));
}

#[tokio::test]
async fn a_stage_named_in_several_lists_runs_once_per_activation_of_a_list() {
    // `help` is both a default route and a catch stage.
    let stages = |value: &str, error: &str| {
        format!(
            r#"{{"id":"r","component":"router","config":{{"value":"{value}","routes":{{"x":["x"]}},"default_route":["help"]}}}},
               {{"id":"x","component":"echo","config":{{"value":"x"}}}},
               {{"id":"t","component":"trycatch","config":{{"try_stages":["a"],"catch_stages":["help"]}},"depends_on":["r"]}},
               {{"id":"a","component":"work","config":{{{error}}}}},
               {{"id":"help","component":"echo","config":{{"value":"helped"}}}},
               {{"id":"end","component":"echo","config":{{"value":"{{{{upstream.help}}}}"}},"depends_on":["t"]}}"#
        )
    };
    let bad = r#""error":"HTTP_FAILED""#;
    for (value, error, calls) in [
        ("x", "", 0),
        ("other", "", 1),
        ("x", bad, 1),
        ("other", bad, 2),
    ] {
        let (result, rig) = run(&stages(value, error)).await;
        assert_eq!(
            rig.world.count("r/default/help") + rig.world.count("t/catch/help"),
            calls
        );
        let wanted = if calls > 0 {
            json(r#""helped""#)
        } else {
            Value::Null
        };
        assert_eq!(result.output, wanted, "{value} {error}");
        check_journal(&rig.events());
    }
}

#[tokio::test]
async fn control_flow_nests_a_foreach_in_a_trycatch_in_a_router() {
    let (result, rig) = run(
        r#"{"id":"r","component":"router","config":{"value":"go","routes":{"go":["t"]}}},
           {"id":"t","component":"trycatch","config":{"try_stages":["each"],"catch_stages":["c"]}},
           {"id":"each","component":"foreach","config":{"items":[1,2],"item_variable":"outer","loop_stages":["in"]}},
           {"id":"in","component":"foreach","config":{"items":[10,20],"item_variable":"inner","loop_stages":["w"],
              "parallel":true}},
           {"id":"w","component":"echo","config":{"value":"{{100 // (42 - context.outer * context.inner)}}"}},
           {"id":"c","component":"echo","config":{"value":"{{context.error.stage}}"}},
           {"id":"end","component":"echo","config":{"value":"{{upstream.c}}"},"depends_on":["r"]}"#,
    )
    .await;
    assert_eq!(result.status, RunStatus::Succeeded);
    assert_eq!(result.output, Value::Null);
    let view = rig.view();
    assert_eq!(
        view.stages["r/route.go/t/try/each[1]/in[1]/w"].output,
        Some(json("50"))
    );
    assert_eq!(
        view.stages["r/route.go/t/try/each"]
            .output
            .as_ref()
            .unwrap()
            .get("results")
            .unwrap()
            .as_list()
            .unwrap()
            .len(),
        2
    );
    check_journal(&rig.events());
}

#[tokio::test]
async fn a_nested_failure_stops_its_siblings_and_is_caught_outside() {
    let (result, rig) = run(
        r#"{"id":"t","component":"trycatch","config":{"try_stages":["each","slow"],"catch_stages":["c"]}},
           {"id":"each","component":"foreach","config":{"items":[0,1,2,3],"parallel":true,"max_parallel":2,"loop_stages":["w","v"]}},
           {"id":"w","component":"work","config":{"ms":20,"error":"{{'HTTP_FAILED' if context.item == 1 else null}}"}},
           {"id":"v","component":"work","config":{"ms":30},"depends_on":["w"]},
           {"id":"slow","component":"foreach","config":{"items":[0,1,2,3,4,5,6,7,8,9],"loop_stages":["s"]}},
           {"id":"s","component":"work","config":{"ms":40}},
           {"id":"c","component":"echo","config":{"value":"{{context.error.stage}}"}},
           {"id":"end","component":"echo","config":{"value":"{{upstream.t.catch_result}}"},"depends_on":["t"]}"#,
    )
    .await;
    assert_eq!(result.output, json(r#""t/try/each[1]/w""#));
    let events = rig.events();
    check_journal(&events);
    // Attempts in flight ended and are recorded; nothing new started.
    assert!(
        rig.world
            .ended
            .lock()
            .contains(&"t/try/slow[0]/s".to_owned())
    );
    assert_eq!(rig.world.count("t/try/slow[3]/s"), 0);
    assert_eq!(rig.world.count("t/try/each[2]/w"), 0);
    assert_eq!(
        rig.view().stages["t/try/slow"]
            .error
            .as_ref()
            .unwrap()
            .code
            .as_str(),
        "CANCELLED"
    );
}

#[tokio::test]
async fn a_return_ends_the_run_with_its_value_from_any_depth() {
    let (result, rig) = run(
        r#"{"id":"each","component":"foreach","config":{"items":[1,2,3],"loop_stages":["r"]}},
           {"id":"r","component":"router","config":{"value":"{{str(context.item)}}","routes":{"2":["out"]}}},
           {"id":"out","component":"return","config":{"value":"two"}},
           {"id":"after","component":"echo","depends_on":["each"]}"#,
    )
    .await;
    assert_eq!(result.output, json(r#""two""#));
    assert_eq!(rig.world.count("after"), 0);
    assert!(
        !story(&rig.events())
            .iter()
            .any(|s| s.starts_with("each[2]"))
    );
    check_journal(&rig.events());

    let (result, _) =
        run(r#"{"id":"out","component":"return","config":{"value":1,"message":"not good"}}"#).await;
    assert_eq!(failed_code(&result), "STAGE_FAILED");
    assert_eq!(result.error.unwrap().message, "not good");
}

#[tokio::test]
async fn a_wait_sleeps_and_goes_on() {
    let began = std::time::Instant::now();
    let (result, rig) = run(r#"{"id":"w","component":"wait","config":{"ms":60}},
           {"id":"b","component":"echo","config":{"value":"{{upstream.w}}"},"depends_on":["w"]}"#)
    .await;
    assert!(began.elapsed() >= Duration::from_millis(60));
    assert_eq!(result.output, json(r#""slept""#));
    assert_eq!(
        story(&rig.events())[1..6],
        [
            "w stage.scheduled",
            "w stage.started",
            "w wait.started",
            "w wait.ended",
            "w stage.succeeded"
        ]
    );
}

#[tokio::test]
async fn a_stage_that_depends_on_an_inner_stage_waits_for_its_control_stage() {
    let (result, _) = run(
        r#"{"id":"each","component":"foreach","config":{"items":[1,2],"loop_stages":["w"]}},
           {"id":"w","component":"echo","config":{"value":"{{context.item}}"}},
           {"id":"x","component":"echo","config":{"value":"{{upstream.w}}"},"depends_on":["w"]}"#,
    )
    .await;
    assert_eq!(result.output, json("2"));
}
