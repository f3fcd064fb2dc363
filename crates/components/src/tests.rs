//! Complete pipelines of the built-in components, with the spellings that existing files use.

mod failures;

use std::sync::Arc;

use engine::{
    Value, check,
    plan::Plan,
    run::{Outcome, RunSpec, RunStatus, RunView, StageRunStatus, drive, local},
};
use types::{Clock, RunId};

/// Runs the stages and returns the status, the output and the view of the journal.
async fn go(stages: &str, input: &str) -> (RunStatus, Value, RunView) {
    let text = format!(r#"{{"name":"p","stages":[{stages}]}}"#);
    let registry = crate::registry();
    let pipeline = check::parse(&text, &registry).unwrap();
    let found = check::check(&pipeline, &registry);
    assert!(!found.iter().any(|d| d.is_error()), "{text}\n{found:#?}");
    let plan = Arc::new(Plan::compile(&pipeline, &registry).unwrap());
    let (host, journal) = local::host(Clock::system());
    let spec = RunSpec {
        run_id: RunId::new(&host.clock),
        plan: plan.clone(),
        input: Value::parse_json(input).unwrap(),
        timeout: None,
    };
    let (_signals, inbox) = tokio::sync::mpsc::channel(1);
    let Outcome::Finished(run) = drive(spec, host, Vec::new(), inbox).await else {
        panic!("the run did not finish: {text}");
    };
    let view = RunView::fold(&plan, &journal.events().unwrap());
    (run.status, run.output, view)
}

/// The output of a run that must succeed, as JSON.
async fn output(stages: &str, input: &str) -> String {
    let (status, output, view) = go(stages, input).await;
    assert_eq!(status, RunStatus::Succeeded, "{stages}\n{:?}", view.error);
    output.to_json()
}

/// Whether a stage with this id succeeded, at any address.
fn ran(view: &RunView, id: &str) -> bool {
    let of_id = |run: &&engine::run::StageRun| run.stage_id == id;
    view.stages
        .values()
        .filter(of_id)
        .any(|run| run.status == StageRunStatus::Succeeded)
}

const YES_NO: &str = r#"{"id":"yes","type":"logger","config":{"message":"y"}},
    {"id":"no","type":"logger","config":{"message":"n"}}"#;

#[tokio::test]
async fn a_conditional_decides_by_a_template_or_an_expression_under_every_name_of_its_branches() {
    let conditions = [
        (r#""condition":"{{input.n}}""#, "1", true),
        (r#""condition":"{{input.n}}""#, "0", false),
        (r#""condition":"{{input.n}} >= 80""#, "90", true),
        (r#""condition":"{{input.n}} >= 80""#, "50", false),
        (r#""condition":"{{input.n >= 80}}""#, "50", false),
        (r#""condition":"input.n >= 80""#, "50", false),
        (r#""condition":"'{{input.n}}' == 'vip'""#, r#""vip""#, true),
        (r#""condition":"'{{input.n}}' == 'vip'""#, r#""x""#, false),
        (r#""condition":"{{input.n}} == False""#, "false", true),
        (r#""condition":"{{input.n}}""#, r#""false""#, false),
        (r#""condition":"{{input.o.gone}}""#, "1", false),
        (r#""condition":false"#, "1", false),
        (
            r#""condition":"{{input.n}}","condition_expression":"value >= 1000""#,
            "1500",
            true,
        ),
        (
            r#""condition":"{{input.n}}","condition_expression":"value >= 1000""#,
            "5",
            false,
        ),
    ];
    let branches = [
        r#""true_branch_stages":["yes"],"false_branch_stages":["no"]"#,
        r#""true_stages":["yes"],"false_stages":["no"]"#,
        r#""true_branch":"yes","false_branch":"no""#,
        r#""true_stage":"yes","false_stage":"no""#,
        r#""then_stages":["yes"],"else_stages":"no""#,
    ];
    for (condition, n, truth) in conditions {
        for branches in branches {
            let stages = format!(
                r#"{{"id":"c","type":"conditional","config":{{{condition},{branches}}}}},{YES_NO}"#
            );
            let (status, _, view) = go(&stages, &format!(r#"{{"n":{n},"o":{{}}}}"#)).await;
            assert_eq!(status, RunStatus::Succeeded, "{stages}");
            assert_eq!(
                (ran(&view, "yes"), ran(&view, "no")),
                (truth, !truth),
                "{stages}"
            );
        }
    }
}

#[tokio::test]
async fn a_router_takes_one_stage_or_a_list_and_an_expression_over_its_value() {
    for (config, value, expected) in [
        (r#""routes":{"a":["yes"],"b":["no"]}"#, r#""a""#, "yes"),
        (r#""routes":{"a":"yes","b":"no"}"#, r#""b""#, "no"),
        (r#""routes":{"a":"yes"},"default":"no""#, r#""x""#, "no"),
        (
            r#""routes":{"a":"yes"},"default_stages":["no"]"#,
            r#""x""#,
            "no",
        ),
        (r#""routes":{"1":"yes","2":"no"}"#, "2", "no"),
        (r#""routes":{"True":"yes","False":"no"}"#, "true", "yes"),
        (
            r#""routes":{"a":"yes","b":"no"},"value_expression":"value.lower()""#,
            r#""B""#,
            "no",
        ),
        (
            r#""routes":{"small":"yes","large":"no"},"value_expression":"'large' if value > 9 else 'small'""#,
            "10",
            "no",
        ),
    ] {
        let stages = format!(
            r#"{{"id":"r","type":"router","config":{{"value":"{{{{input.v}}}}",{config}}}}},{YES_NO}"#
        );
        let (_, _, view) = go(&stages, &format!(r#"{{"v":{value}}}"#)).await;
        let other = if expected == "yes" { "no" } else { "yes" };
        assert!(ran(&view, expected) && !ran(&view, other), "{stages}");
    }
}

#[tokio::test]
async fn a_loop_provides_its_item_and_index_under_every_name_that_files_use() {
    for (config, item, index) in [
        (r#""loop_stages":["t"]"#, "context.item", "context.index"),
        (
            r#""stages":["t"],"max_concurrency":2,"parallel":true"#,
            "item",
            "index",
        ),
        (
            r#""stage":"t","item_variable":"rec","index_variable":"k""#,
            "rec",
            "context.k",
        ),
        (
            r#""loop_stages":["t"],"item_variable":"current_item""#,
            "context.current_item",
            "context.item_index",
        ),
        (
            r#""loop_stages":["t"],"item_variable":"rec""#,
            "context.loop_item",
            "current_index",
        ),
    ] {
        let stages = format!(
            r#"{{"id":"f","type":"foreach","config":{{"items":"{{{{input.l}}}}",{config}}}}},
            {{"id":"t","type":"json_transform","config":{{"template":{{"i":"{{{{{item}}}}}","n":"{{{{{index}}}}}"}}}}}},
            {{"id":"z","type":"json_transform","depends_on":["f"],"config":{{"template":"{{{{upstream.f.results}}}}"}}}}"#
        );
        assert_eq!(
            output(&stages, r#"{"l":["a","b"]}"#).await,
            r#"[{"i":"a","n":0},{"i":"b","n":1}]"#,
            "{stages}"
        );
    }
}

#[tokio::test]
async fn catch_stages_read_the_error_and_an_explicit_propagate_fails_the_stage_after_them() {
    const BAD: &str = r#"{"id":"bad","type":"json_transform","config":{"template":"{{1 / 0}}"}}"#;
    for (config, message) in [
        (r#""catch_stages":["h"]"#, "{{context.error.message}}"),
        (
            r#""catch_stages":"h","on_error":"continue""#,
            "{{_error.message}} {{_error.type}}",
        ),
        (
            r#""catch_stages":["h"],"error_variable":"last""#,
            "{{context.last}}",
        ),
        (r#""catch_stages":["h"]"#, "{{upstream.t.error_message}}"),
    ] {
        let stages = format!(
            r#"{{"id":"t","type":"trycatch","config":{{"try_stages":["bad"],{config}}}}},{BAD},
            {{"id":"h","type":"json_transform","config":{{"template":"{message}"}}}}"#
        );
        let (status, _, view) = go(&stages, "{}").await;
        assert_eq!(status, RunStatus::Succeeded, "{stages}");
        let said = view.stages.values().find(|s| s.stage_id == "h").unwrap();
        assert!(
            said.output
                .as_ref()
                .is_some_and(|o| o.to_text().contains("by zero")),
            "{stages}: {said:?}"
        );
    }
    for scope in ["error_scope", "on_error"] {
        let stages = format!(
            r#"{{"id":"t","type":"trycatch","config":{{"try_stages":["bad"],"catch_stages":["h"],"{scope}":"propagate"}}}},{BAD},
            {{"id":"h","type":"logger","config":{{"message":"caught"}}}}"#
        );
        let (status, _, view) = go(&stages, "{}").await;
        assert_eq!((status, ran(&view, "h")), (RunStatus::Failed, true));
    }
}

#[tokio::test]
async fn a_return_ends_the_run_by_a_condition_with_delimiters_around_its_values_only() {
    for (flag, expected) in [("false", r#"{"x":1}"#), ("true", r#"{"x":2}"#)] {
        let stages = r#"{"id":"r","type":"return","config":{"condition":"{{input.ok}} == false","value":{"x":1}}},
            {"id":"z","type":"json_transform","depends_on":["r"],"config":{"template":{"x":2}}}"#;
        assert_eq!(
            output(stages, &format!(r#"{{"ok":{flag}}}"#)).await,
            expected
        );
    }
}

#[tokio::test]
async fn outputs_can_be_read_by_the_names_that_files_use() {
    let read = |first: &str, path: &str| {
        format!(
            r#"{first},{{"id":"z","type":"json_transform","depends_on":["x"],"config":{{"template":"{{{{{path}}}}}"}}}}"#
        )
    };
    let filter =
        r#"{"id":"x","type":"filter","config":{"data":"{{input.l}}","condition":"item.n > 1"}}"#;
    let set = r#"{"id":"x","type":"variable-set","config":{"variables":{"a":[1,2]}}}"#;
    let shape =
        r#"{"id":"x","type":"json_transform@^1.0.0","config":{"data":{"a-b":5},"jmespath":"@"}}"#;
    for (first, path, expected) in [
        (filter, "upstream.x.result", r#"[{"n":2}]"#),
        (filter, "upstream.x.data", r#"[{"n":2}]"#),
        (set, "upstream.x.a", "[1,2]"),
        (set, "upstream.x.variables.a", "[1,2]"),
        (set, "a", "[1,2]"),
        (shape, "upstream.x.result.a-b", "5"),
        (shape, "x.output.result['a-b']", "5"),
        (shape, "stages.x.result['a-b'] - 1", "4"),
    ] {
        let stages = read(first, path);
        assert_eq!(
            output(&stages, r#"{"l":[{"n":1},{"n":2},{}]}"#).await,
            expected,
            "{stages}"
        );
    }
}
