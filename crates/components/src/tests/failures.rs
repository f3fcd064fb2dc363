//! Errors of expressions: each names the field, the source of the expression and the values that
//! caused it. There is one case for each place where a file may contain an expression.

use std::sync::Arc;

use engine::{
    Value, check,
    plan::Plan,
    run::{Outcome, RunSpec, drive, local},
};
use types::{Clock, RunId};

const INPUT: &str =
    r#"{"a":10,"b":0,"name":"Ann","none":null,"list":[1,"x"],"rows":[{"n":1},{"n":"two"}]}"#;

/// A stage that an inner list refers to.
const INNER: &str = r#",{"id":"t","type":"variable_set","config":{"name":"v","value":1}}"#;

/// The code and message with which a run of these stages fails.
async fn failure(stages: &str) -> (&'static str, String) {
    failure_with(stages, |_| None).await
}

async fn failure_with(
    stages: &str,
    env: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> (&'static str, String) {
    let registry = crate::registry();
    let text = format!("{{\"name\":\"p\",\n\"stages\":[\n{stages}\n]}}");
    let pipeline = check::parse(&text, &registry).unwrap_or_else(|e| panic!("{e:#?}"));
    let plan = Plan::compile(&pipeline, &registry).unwrap_or_else(|e| panic!("{e:#?}"));
    let (mut host, _journal) = local::host(Clock::system());
    host.env = Arc::new(env);
    let spec = RunSpec {
        run_id: RunId::new(&host.clock),
        plan: Arc::new(plan),
        input: Value::parse_json(INPUT).unwrap(),
        timeout: None,
    };
    let (_signals, inbox) = tokio::sync::mpsc::channel(1);
    let Outcome::Finished(result) = drive(spec, host, Vec::new(), inbox).await else {
        panic!("the run did not finish: {text}");
    };
    let error = result.error.unwrap_or_else(|| panic!("no error: {text}"));
    (error.code.as_str(), error.message)
}

/// Each case has a name, the stage, the code, the field, the reason and the details after it.
#[tokio::test]
async fn the_error_of_an_expression_names_its_field_its_source_and_the_values_at_every_place() {
    let by_zero = "division by zero: the right side of `/` is 0.";
    let no_order = "have no order: `<` and `>` compare two numbers, two texts or two lists.";
    for (what, stage, code, place, reason, rest) in [
        (
            "a field of `config`",
            "{\"id\":\"s\",\"type\":\"variable_set\",\"config\":{\"name\":\"v\",\n  \"value\":\"{{ input.a / input.b }}\"}}",
            "EVALUATION_FAILED",
            "`config.value` (line 4, column 15)",
            by_zero.to_owned(),
            "Expression: `input.a / input.b`. Values: 10, 0.",
        ),
        (
            "`input_mapping`",
            r#"{"id":"s","type":"variable_set","config":{"name":"v"},"input_mapping":{"value":"{{-input.name}}"}}"#,
            "TYPE_MISMATCH",
            "`input_mapping.value` (line 3, column 83)",
            "`-` does not take text.".to_owned(),
            "Expression: `-input.name`. Value: \"Ann\".",
        ),
        (
            "a template inside long text, after escapes and another template",
            "{\"id\":\"s\",\"type\":\"variable_set\",\"config\":{\"name\":\"v\",\n  \"value\":\"Dear \\\"{{input.name}}\\\",\\n{{input.name + input.a}}!\"}}",
            "TYPE_MISMATCH",
            "`config.value` (line 4, column 40)",
            "`+` does not take text and an integer (write `str(x)` around what is not text).".to_owned(),
            "Expression: `input.name + input.a`. Values: \"Ann\", 10.",
        ),
        (
            "a text deep inside a value",
            "{\"id\":\"s\",\"type\":\"variable_set\",\"config\":{\"name\":\"v\",\n  \"value\":{\"x\":[1,{\"y z\":\"{{input.list < input.a}}\"}]}}}",
            "TYPE_MISMATCH",
            "`config.value.x[1].y z` (line 4, column 29)",
            format!("a list and an integer {no_order}"),
            "Expression: `input.list < input.a`. Values: a list of 2 items, 10.",
        ),
        (
            "the list of `foreach`",
            r#"{"id":"s","type":"foreach","config":{"items":"{{input.quotient.rows}}","loop_stages":["t"]}}"#,
            "MISSING_PATH",
            "`config.items` (line 3, column 49)",
            "`input` has no field `quotient` (for a value that may be absent write `input… or default`).".to_owned(),
            "Expression: `input.quotient.rows`.",
        ),
        (
            "the filter of `foreach`",
            "{\"id\":\"s\",\"type\":\"foreach\",\"config\":{\"items\":\"{{input.rows}}\",\"loop_stages\":[\"t\"],\n  \"filter_expression\":\"item.n / input.b\"}}",
            "EVALUATION_FAILED",
            "`config.filter_expression` (line 4, column 24)",
            by_zero.to_owned(),
            "Expression: `item.n / input.b`. Values: 1, 0.",
        ),
        (
            "the condition of `conditional`",
            r#"{"id":"s","type":"conditional","config":{"condition":"input.name > input.a","true_stages":["t"]}}"#,
            "TYPE_MISMATCH",
            "`config.condition` (line 3, column 55)",
            format!("text and an integer {no_order}"),
            "Expression: `input.name > input.a`. Values: \"Ann\", 10.",
        ),
        (
            "a condition with delimiters around its values",
            r#"{"id":"s","type":"conditional","config":{"condition":"{{input.a / input.b}} == 1","true_stages":["t"]}}"#,
            "EVALUATION_FAILED",
            "`config.condition` (line 3, column 57)",
            by_zero.to_owned(),
            "Expression: `{{input.a / input.b}} == 1`. Values: 10, 0.",
        ),
        (
            "the value of `router`",
            r#"{"id":"s","type":"router","config":{"value":"{{int(input.list)}}","routes":{"1":["t"]}}}"#,
            "TYPE_MISMATCH",
            "`config.value` (line 3, column 48)",
            "`int` does not take a list.".to_owned(),
            "Expression: `int(input.list)`. Value: a list of 2 items.",
        ),
        (
            "the expression of `router`",
            r#"{"id":"s","type":"router","config":{"value":2,"value_expression":"value / 0","routes":{"1":["t"]}}}"#,
            "EVALUATION_FAILED",
            "`config.value_expression` (line 3, column 67)",
            by_zero.to_owned(),
            "Expression: `value / 0`. Values: 2, 0.",
        ),
        (
            "the output of `json_transform`",
            "{\"id\":\"s\",\"type\":\"json_transform\",\"config\":{\"data\":\"{{input}}\",\n  \"template\":{\"rows\":[\"{{len(data.rows)}}\",\"{{data.name * data.name}}\"]}}}",
            "TYPE_MISMATCH",
            "`config.template.rows[1]` (line 4, column 47)",
            "`*` does not take text and text.".to_owned(),
            "Expression: `data.name * data.name`. Values: \"Ann\", \"Ann\".",
        ),
    ] {
        let inner = if stage.contains("[\"t\"]") { INNER } else { "" };
        let expected = format!("{place} cannot be evaluated: {reason} {rest}");
        let found = failure(&format!("{stage}{inner}")).await;
        assert_eq!(found, (code, expected), "{what}");
    }
}

#[tokio::test]
async fn long_values_are_cut() {
    let long = "x".repeat(100);
    let stages = format!(
        r#"{{"id":"s","type":"variable_set","config":{{"name":"v","value":"{{{{ 1 + ('{long}' + '{long}' + input.name) }}}}"}}}}"#
    );
    let (_, message) = failure(&stages).await;
    let shown = format!("Expression: `1 + ('{long}' + 'xxxxxxxxx…`.");
    assert!(message.contains(&shown), "{message}");
    let value = format!("Values: 1, \"{}\"….", "x".repeat(40));
    assert!(message.ends_with(&value), "{message}");
}

#[tokio::test]
async fn values_of_the_environment_are_never_shown() {
    const SECRET: &str = "sk-live-0123456789abcdef0123456789abcdef";
    for (what, stages, shown) in [
        (
            "as an operand: the type only",
            r#"{"id":"s","type":"variable_set","config":{"name":"v","value":"{{env.KEY + 1}}"}}"#,
            "Values: text (hidden), an integer (hidden).",
        ),
        (
            "a part of the value",
            r#"{"id":"s","type":"variable_set","config":{"name":"v","value":"{{env.KEY[8:20] + 1}}"}}"#,
            "Values: text (hidden), an integer (hidden).",
        ),
        (
            "in a message about the value",
            r#"{"id":"s","type":"variable_set","config":{"name":"v","value":"{{float(env.KEY)}}"}}"#,
            "the text `‹env.KEY›` is not a number",
        ),
        (
            "through another stage's variable",
            r#"{"id":"r","type":"variable_set","config":{"name":"k","value":"{{env.KEY}}"}},
{"id":"s","type":"variable_set","config":{"name":"v","value":"{{context.k + 1}}"},"depends_on":["r"]}"#,
            "Values: \"‹env.KEY›\", 1.",
        ),
        (
            "as an input of the wrong type",
            r#"{"id":"s","type":"wait","config":{"seconds":"{{env.KEY}}"}}"#,
            "‹env.KEY›",
        ),
    ] {
        let env = |name: &str| (name == "KEY").then(|| SECRET.to_owned());
        let (_, message) = failure_with(stages, env).await;
        assert!(message.contains(shown), "{what}: {message}");
        assert!(!message.contains(&SECRET[8..12]), "{what}: {message}");
    }
}
