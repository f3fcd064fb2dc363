//! A control-flow component that the engine does not know: its behavior is defined by its
//! descriptor alone.

use std::sync::Arc;

use engine::{
    Value,
    check::{self, Diagnostic},
    component::{Directive, ForEach, Registry, StageContext, StageError},
    control_flow,
    plan::Plan,
    run::{Outcome, RunResult, RunSpec, RunStatus, RunView, StageRunStatus, drive, local},
};
use schemars::JsonSchema;
use serde::Deserialize;
use types::{Clock, RunId};

use crate::{
    lenient::{Int, Text, Texts},
    operators::{json_transform::JSON_TRANSFORM, variable_set::VARIABLE_SET},
};

/// The input of `repeat`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RepeatInput {
    /// The number of repetitions.
    #[schemars(extend("x-synonyms" = ["count", "n"]))]
    times: Int,
    /// The stages that are repeated.
    #[schemars(extend("x-synonyms" = ["steps", "step"]))]
    #[allow(dead_code, reason = "read by the executor")]
    body_stages: Texts,
    /// The name under which inner stages read the number of the repetition (`context.NAME`).
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["counter"]))]
    counter_variable: Option<Text>,
    /// The name under which later stages read the number of repetitions (`context.NAME`).
    #[serde(default)]
    total_variable: Option<Text>,
}

/// Runs its inner stages a number of times.
#[control_flow(
    inner(each, body_stages = "round"),
    binds(text_of(counter_variable, "lap")),
    sets(text_of(total_variable))
)]
fn repeat(_ctx: &StageContext, input: RepeatInput) -> Result<Directive, StageError> {
    let rounds: Vec<Value> = (1..=input.times.0).map(Value::Int).collect();
    let name = |given: Option<Text>| given.map(|text| text.0).filter(|name| !name.is_empty());
    let total = name(input.total_variable).map(|name| (name, Value::Int(input.times.0)));
    let variables: Value = total.into_iter().collect();
    Ok(Directive::ForEach(ForEach {
        items: rounds,
        item_variable: name(input.counter_variable).unwrap_or_else(|| "lap".to_owned()),
        index_variable: "index".to_owned(),
        parallel: 1,
        collect: true,
        break_on_error: true,
        output: [("variables", variables)].into_iter().collect(),
    }))
}

/// The input of `fork`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ForkInput {
    /// The stages of the first list.
    #[schemars(extend("x-synonyms" = ["a"]))]
    #[allow(dead_code, reason = "read by the executor")]
    left_stages: Texts,
    /// The stages of the second list.
    #[schemars(extend("x-synonyms" = ["b"]))]
    #[allow(dead_code, reason = "read by the executor")]
    right_stages: Texts,
}

/// Runs both of its lists in parallel.
#[control_flow(inner(any, left_stages = "left", right_stages = "right"))]
fn fork(_ctx: &StageContext, _input: ForkInput) -> Result<Directive, StageError> {
    Ok(Directive::Choose {
        branches: vec!["left".to_owned(), "right".to_owned()],
        output: Value::Null,
    })
}

fn registry() -> Registry {
    Registry::new([&REPEAT, &FORK, &JSON_TRANSFORM, &VARIABLE_SET])
}

fn found(stages: &str) -> Vec<Diagnostic> {
    let text = format!(r#"{{"name":"p","stages":[{stages}]}}"#);
    let pipeline = check::parse(&text, &registry()).unwrap();
    check::check(&pipeline, &registry())
}

async fn run(stages: &str) -> (RunResult, RunView) {
    let text = format!(r#"{{"name":"p","stages":[{stages}]}}"#);
    let pipeline = check::parse(&text, &registry()).unwrap();
    let findings = check::check(&pipeline, &registry());
    assert_eq!(findings, [], "{text}");
    let plan = Arc::new(Plan::compile(&pipeline, &registry()).unwrap());
    let (host, journal) = local::host(Clock::system());
    let spec = RunSpec {
        run_id: RunId::new(&host.clock),
        plan: plan.clone(),
        input: Value::parse_json(r#"{"k":2}"#).unwrap(),
        timeout: None,
    };
    let (_signals, inbox) = tokio::sync::mpsc::channel(1);
    let Outcome::Finished(result) = drive(spec, host, Vec::new(), inbox).await else {
        panic!("the run did not finish: {text}");
    };
    let view = RunView::fold(&plan, &journal.events().unwrap());
    (result, view)
}

#[tokio::test]
async fn the_descriptor_defines_synonyms_names_for_inner_stages_and_variables() {
    for (config, read) in [
        (r#""times":2,"body_stages":["w"]"#, "context.lap"),
        (r#""count":"{{input.k}}","steps":"w""#, "lap"),
        (r#""n":2,"step":"w","counter":"turn""#, "context.turn"),
        (
            r#""times":2,"steps":["w"],"counter_variable":"turn""#,
            "context.loop_item",
        ),
    ] {
        let stages = format!(
            r#"{{"id":"r","type":"repeat","config":{{{config},"total_variable":"rounds"}}}},
               {{"id":"w","type":"json_transform","config":{{"template":{{"n":"{{{{{read}}}}}"}}}}}},
               {{"id":"z","type":"json_transform","depends_on":["r"],
                 "config":{{"template":{{"all":"{{{{upstream.r.results}}}}","of":"{{{{context.rounds}}}}"}}}}}}"#
        );
        let (result, view) = run(&stages).await;
        assert_eq!(result.status, RunStatus::Succeeded, "{stages}");
        assert_eq!(
            result.output.to_json(),
            r#"{"all":[{"n":1},{"n":2}],"of":2}"#,
            "{stages}"
        );
        assert!(
            view.stages.contains_key("r[1]/w"),
            "{:?}",
            view.stages.keys()
        );
    }
}

#[test]
fn its_faults_are_reported_like_those_of_other_components() {
    let wrong = found(
        r#"{"id":"r","type":"repeat","config":{"steps":["x"],"body_stages":["w"],"counter":"turn"}},
           {"id":"w","type":"json_transform","config":{"template":"{{context.trun}}"}}"#,
    );
    let told: Vec<(&str, &str)> = wrong
        .iter()
        .map(|one| (one.code.as_str(), one.message.as_str()))
        .collect();
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(
        told[0]
            .1
            .contains("needs the input `times` (or `count`, `n`)"),
        "{told:#?}"
    );
    assert!(told[1].1.starts_with("`steps` is ignored"), "{told:#?}");
    assert!(
        told[2].1.contains("No stage sets the variable `trun`"),
        "{told:#?}"
    );
    let wrong = found(r#"{"id":"r","type":"repeat","config":{"times":1,"step":"gone"}}"#);
    assert_eq!(wrong[0].message, "`step` names the unknown stage `gone`");
}

#[tokio::test]
async fn lists_that_may_all_run_are_not_treated_as_exclusive_branches() {
    let stages = |variable: &str| {
        format!(
            r#"{{"id":"f","type":"fork","config":{{"a":["l"],"b":"m"}}}},
               {{"id":"l","type":"variable_set","config":{{"name":"v","value":1}}}},
               {{"id":"m","type":"variable_set","config":{{"name":"{variable}","value":2}}}}"#
        )
    };
    assert_eq!(found(&stages("v"))[0].code.as_str(), "VARIABLE_CONFLICT");
    let (_, view) = run(&stages("w")).await;
    for address in ["f/left/l", "f/right/m"] {
        assert_eq!(view.stages[address].status, StageRunStatus::Succeeded);
    }
}
