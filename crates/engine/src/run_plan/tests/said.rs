//! What a plan says, one kind of statement after the other.

use serde_json::json;
use types::Money;

use super::{super::*, plan, plan_of};

#[test]
fn a_request_states_its_host_or_what_decides_it() {
    let plan = plan(json!([
        {"id": "a", "type": "request", "config": {"method": "POST", "host": "api.example.com"}},
        {"id": "b", "type": "request", "config": {"host": "{{input.host}}", "method": "{{input.how}}"}},
    ]));
    let [a, b] = &plan.requests[..] else {
        panic!("{:?}", plan.requests)
    };
    assert_eq!(a.host, Said::Known("api.example.com".into()));
    assert_eq!(a.method, Said::Known("POST".into()));
    assert_eq!(b.host, Said::AtRunTime("{{input.host}}".into()));
    assert_eq!(b.method, Said::AtRunTime("{{input.how}}".into()));
    assert_eq!(plan.input.fields, ["host", "how"]);
    let text = as_text(&plan);
    assert!(text.contains("POST api.example.com (`a`, once)"), "{text}");
    assert!(
        text.contains("a host decided at run time by {{input.host}}"),
        "{text}"
    );
}

#[test]
fn a_crash_repeats_what_the_component_declares_and_an_unknown_method_counts_as_an_effect() {
    let plan = plan(json!([
        {"id": "plain", "type": "plain", "config": {}},
        {"id": "get", "type": "request", "config": {"host": "h"}},
        {"id": "post", "type": "request", "config": {"host": "h", "method": "POST"}},
        {"id": "open", "type": "request", "config": {"host": "h", "method": "{{input.m}}"}},
        {"id": "pay", "type": "pay", "config": {}},
        {"id": "ask", "type": "model", "config": {"prompt": "hi"}},
    ]));
    let rules: Vec<(&str, Rule)> = plan
        .after_crash
        .iter()
        .map(|one| (one.stage.as_str(), one.rule))
        .collect();
    assert_eq!(
        rules,
        [
            ("get", Rule::ReadAgain),
            ("post", Rule::RepeatedWithSameKey),
            ("open", Rule::RepeatedWithSameKey),
            ("pay", Rule::AtMostOnce),
            ("ask", Rule::CalledAgain),
        ]
    );
}

#[test]
fn a_cost_is_stated_only_if_the_price_the_answer_and_the_number_of_calls_are_known() {
    let model = |settings: serde_json::Value, prompt: &str| {
        let plan = plan(json!([
            {"id": "m", "type": "model", "config": {"prompt": prompt}, "llm_settings": settings},
        ]));
        plan.models[0].clone()
    };
    let priced = model(json!({"model": "priced", "max_tokens": 50}), "12345678");
    assert_eq!((priced.tokens_in, priced.tokens_in_open), (2, false));
    assert_eq!(priced.cost_per_call, Some(Money(52)));
    assert_eq!(priced.cost_at_most, Some(Money(52)));

    let inserted = model(
        json!({"model": "priced", "max_tokens": 50}),
        "1234{{input.x}}5678",
    );
    assert_eq!((inserted.tokens_in, inserted.tokens_in_open), (2, true));
    assert_eq!(inserted.cost_per_call, Some(Money(52)));
    assert_eq!(inserted.cost_at_most, None);

    assert_eq!(model(json!({"model": "priced"}), "hi").cost_per_call, None);
    let other = model(json!({"model": "other", "max_tokens": 50}), "hi");
    assert_eq!((other.cost_per_call, other.cost_at_most), (None, None));
    assert_eq!(total_cost(&[priced.clone(), other]), None);
    assert_eq!(total_cost(&[priced.clone(), priced]), Some(Money(104)));
}

#[test]
fn an_unknown_cost_is_called_unknown_and_never_zero() {
    let plan = plan(json!([{"id": "m", "type": "model", "config": {"prompt": "hi"}}]));
    let text = as_text(&plan);
    assert!(text.contains("cost unknown"), "{text}");
    assert!(!text.contains('$'), "{text}");
}

#[test]
fn a_stage_in_nested_loops_runs_as_often_as_their_items_multiply() {
    let nested = |outer: serde_json::Value| {
        plan(json!([
            {"id": "outer", "type": "each", "config": {"items": outer, "loop_stages": ["inner"]}},
            {"id": "inner", "type": "each", "config": {"items": [1, 2, 3], "loop_stages": ["ask"]}},
            {"id": "ask", "type": "model", "config": {"prompt": "hi"}},
        ]))
    };
    let known = nested(json!([1, 2]));
    let often = &known.models[0].often;
    assert_eq!(often.at_most, Some(6));
    assert_eq!(often.per_item_of, ["outer", "inner"]);
    assert!(!often.conditional);

    let open = nested(json!("{{input.rows}}"));
    let often = &open.models[0].often;
    assert_eq!(often.at_most, None);
    assert_eq!(often.sentence(), "once per item of `outer` and `inner`");
    assert_eq!(
        open.control[0].items,
        Some(Said::AtRunTime("{{input.rows}}".into()))
    );
    assert_eq!(open.control[1].items, Some(Said::Known("3".into())));
}

#[test]
fn a_stage_in_a_branch_or_a_catch_list_is_conditional_and_one_to_try_is_not() {
    let plan = plan(json!([
        {"id": "if", "type": "choose", "config": {"yes": ["a"], "no": ["b"]}},
        {"id": "t", "type": "attempt",
         "config": {"try_stages": ["c"], "catch_stages": ["d"], "finally_stages": ["e"]}},
        {"id": "a", "type": "request", "config": {"host": "a"}},
        {"id": "b", "type": "request", "config": {"host": "b"}},
        {"id": "c", "type": "request", "config": {"host": "c"}},
        {"id": "d", "type": "request", "config": {"host": "d"}},
        {"id": "e", "type": "request", "config": {"host": "e"}},
    ]));
    let conditional: Vec<bool> = plan
        .requests
        .iter()
        .map(|request| request.often.conditional)
        .collect();
    assert_eq!(conditional, [true, true, false, true, false]);
    let branches: Vec<&str> = plan.control[1].branches.iter().map(|b| b.when).collect();
    assert_eq!(branches, ["try", "catch", "finally"]);
}

#[test]
fn environment_variables_and_the_input_are_listed_with_what_the_schema_says() {
    let plan = plan_of(
        &json!({"name": "p",
            "input_schema": {"type": "object", "properties": {"a": {}}, "required": ["a"]},
            "stages": [
                {"id": "x", "type": "plain", "config": {"v": "{{input.a}} {{input.b.c}} {{env.TOKEN}}"}},
                {"id": "y", "type": "plain", "config": {"v": "{{env.TOKEN}}"}},
                {"id": "z", "type": "plain", "depends_on": ["x", "y"], "config": {"v": "{{input}}"}},
            ]})
        .to_string(),
    );
    assert_eq!(plan.input.fields, ["a", "b"]);
    assert!(plan.input.whole && plan.input.has_schema);
    assert_eq!(plan.input.required, ["a"]);
    assert_eq!(plan.input.undescribed, ["b"]);
    let [token] = &plan.environment[..] else {
        panic!("{:?}", plan.environment)
    };
    assert_eq!(token.name, "TOKEN");
    assert_eq!(token.stages, ["x", "y"]);
    assert_eq!(plan.output.last_stages, ["z"]);
    assert_eq!(plan.output.stage, None);
}

#[test]
fn the_longest_path_is_the_slowest_one_with_its_retries_and_delays() {
    let plan = plan(json!([
        {"id": "a", "type": "plain", "config": {}},
        {"id": "fast", "type": "plain", "depends_on": ["a"], "timeout_ms": 1000, "config": {}},
        {"id": "slow", "type": "plain", "depends_on": ["a"], "timeout_ms": 20000, "config": {},
         "retry_config": {"max_retries": 1, "initial_delay_ms": 1000, "max_delay_ms": 1000,
                          "backoff_multiplier": 2.0}},
        {"id": "end", "type": "plain", "depends_on": ["fast", "slow"], "config": {}},
    ]));
    let path = plan.longest_path.expect("a path");
    let steps: Vec<&str> = path.steps.iter().map(|step| step.stage.as_str()).collect();
    assert_eq!(steps, ["a", "slow", "end"]);
    assert_eq!(path.stages, 3);
    // 10 s, two attempts of 20 s with a delay of 1 s between them, 10 s.
    assert_eq!(path.at_most_ms, 61_000);
    assert!(path.open.is_empty());
}

#[test]
fn a_loop_over_unknown_items_and_a_sleep_until_a_time_leave_the_longest_path_open() {
    let plan = plan(json!([
        {"id": "each", "type": "each", "config": {"items": "{{input.rows}}", "loop_stages": ["work"]}},
        {"id": "work", "type": "plain", "config": {}},
        {"id": "nap", "type": "sleep", "depends_on": ["each"], "config": {"seconds": 30}},
        {"id": "until", "type": "sleep", "depends_on": ["nap"], "config": {"until": "{{input.t}}"}},
    ]));
    let path = plan.longest_path.clone().expect("a path");
    // Three control stages of a second each, and the sleep.
    assert_eq!(path.at_most_ms, 33_000);
    let open: Vec<(&str, u64)> = path
        .open
        .iter()
        .map(|step| (step.stage.as_str(), step.at_most_ms))
        .collect();
    assert_eq!(open, [("each", 10_000), ("until", 0)]);
    assert_eq!(path.stages, 4);
    let depths: Vec<u32> = path.steps.iter().map(|step| step.depth).collect();
    assert_eq!(depths, [0, 1, 0, 0]);
    let text = as_text(&plan);
    assert!(text.contains("`each`: at most 10 s per item"), "{text}");
}

#[test]
fn the_timeout_of_a_control_stage_limits_what_is_inside() {
    let plan = plan(json!([
        {"id": "each", "type": "each", "timeout_ms": 5000,
         "config": {"items": "{{input.rows}}", "loop_stages": ["work"]}},
        {"id": "work", "type": "plain", "config": {}},
    ]));
    let path = plan.longest_path.expect("a path");
    assert_eq!(path.at_most_ms, 5_000);
    assert!(path.open.is_empty());
}

#[test]
fn the_same_file_gives_the_same_text_each_time_and_markdown_has_the_same_lines() {
    let stages = json!([
        {"id": "each", "type": "each", "config": {"items": [1, 2], "loop_stages": ["ask"]}},
        {"id": "ask", "type": "model", "config": {"prompt": "hi {{context.item}}"}},
        {"id": "post", "type": "request", "depends_on": ["each"],
         "config": {"host": "api.example.com", "method": "POST"}},
    ]);
    let (one, two) = (plan(stages.clone()), plan(stages));
    assert_eq!(one, two);
    assert_eq!(as_text(&one), as_text(&two));
    let lines = |text: &str, start: &str| {
        let found = text.lines().filter_map(|line| line.strip_prefix(start));
        found.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&as_text(&one), "  "), lines(&as_markdown(&one), "- "));
}
