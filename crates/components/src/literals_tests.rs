//! The check of a pipeline reports literal values that can never work, with their path, and does
//! not refuse values that work.

use engine::check::{self, Diagnostic};

fn found(stage: &str) -> Vec<Diagnostic> {
    let text = format!(r#"{{"name":"p","stages":[{stage}]}}"#);
    let pipeline = check::parse(&text, &crate::registry()).unwrap();
    check::check(&pipeline, &crate::registry())
}

/// Errors as `path`, warnings as `path?`.
fn paths(stage: &str) -> Vec<String> {
    let short = |found: &Diagnostic| {
        let way = found.path.replace("$.stages[0].config.", "");
        format!("{way}{}", if found.is_error() { "" } else { "?" })
    };
    found(stage).iter().map(short).collect()
}

/// The component, its config, and the path of the only fault.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "json_transform",
        r#"{"data":{},"jmespath":"people[?age > 28]"}"#,
        "jmespath",
    ),
    (
        "json_transform",
        r#"{"data":{},"jmespath_expression":"nope(@)"}"#,
        "jmespath_expression",
    ),
    (
        "json_transform",
        r#"{"data":{},"expression":"sum(a, b)"}"#,
        "expression",
    ),
    (
        "json_transform",
        r#"{"data":{},"template":"{{ data | upper }}"}"#,
        "template",
    ),
    (
        "json_transform",
        r#"{"data":{},"template":{"a":["x {{ (data or 1) | lower }}"]}}"#,
        "template.a[0]",
    ),
    (
        "json_transform",
        r#"{"data":{},"template":"{{ upper }}"}"#,
        "template",
    ),
    (
        "json_transform",
        r#"{"data":{},"template":"{{ re.search('[', data) }}"}"#,
        "template",
    ),
    (
        "json_transform",
        r#"{"data":{},"template":"{{ 1 / 0 }}"}"#,
        "template?",
    ),
    (
        "json_transform",
        r#"{"data":{},"template":"{{ data + int('x') }}"}"#,
        "template?",
    ),
    (
        "filter",
        r#"{"data":[],"condition":"re.match('(', item.name)"}"#,
        "condition",
    ),
    (
        "filter",
        r#"{"data":[],"filter_mode":"lists"}"#,
        "filter_mode",
    ),
    (
        "filter",
        r#"{"data":5,"filter_mode":"filter_list"}"#,
        "data",
    ),
    (
        "filter",
        r#"{"data":{},"field_conditions":{"n":{"gt":1,"lss":3}}}"#,
        "field_conditions.n.lss",
    ),
    (
        "filter",
        r#"{"data":{},"field_conditions":{"n":{"in":3}}}"#,
        "field_conditions.n.in",
    ),
    (
        "schema_validate",
        r#"{"data":1,"schema":{"type":"strin"}}"#,
        "schema.type",
    ),
    (
        "schema_validate",
        r#"{"data":1,"json_schema":{"properties":{"a":{"pattern":"("}}}}"#,
        "json_schema.properties.a.pattern",
    ),
    (
        "schema_validate",
        r#"{"data":1,"schema":{"format":"phone"}}"#,
        "schema.format?",
    ),
    ("schema_validate", r#"{"data":1,"schema":"{}"}"#, "schema"),
    (
        "http_request",
        r#"{"url":"https://example.com","method":"FETCH"}"#,
        "method",
    ),
    ("http_request", r#"{"url":"ftp://example.com"}"#, "url"),
    (
        "http_request",
        r#"{"url":"https://example.com","headers":{"a b":"x"}}"#,
        r#"headers["a b"]"#,
    ),
    (
        "http_request",
        r#"{"url":"https://example.com","headers":{"x":"a\nb"}}"#,
        "headers.x",
    ),
    (
        "http_request",
        r#"{"url":"https://example.com","timeout":400000}"#,
        "timeout",
    ),
    (
        "http_request",
        r#"{"url":"https://example.com","verify_ssl":false}"#,
        "verify_ssl",
    ),
    (
        "aggregate",
        r#"{"data":[],"aggregations":[{"field":"x","operation":"median"}]}"#,
        "aggregations[0].operation",
    ),
    (
        "aggregate",
        r#"{"data":[],"aggregations":[{"operation":"count"},{"field":"x","func":"median"}]}"#,
        "aggregations[1]",
    ),
    (
        "aggregate",
        r#"{"data":[],"aggregations":[{"operation":"sum"}]}"#,
        "aggregations[0]",
    ),
    (
        "aggregate",
        r#"{"data":[],"aggregations":[{"field":"x"}]}"#,
        "aggregations[0]",
    ),
    ("loop", r#"{"items":[],"batch_size":0}"#, "batch_size"),
    ("loop", r#"{"items":[],"batch_size":"2000"}"#, "batch_size"),
    (
        "loop",
        r#"{"items":[],"max_iterations":0}"#,
        "max_iterations",
    ),
    ("loop", r#"{"items":[],"start_index":-1}"#, "start_index"),
    ("loop", r#"{"items":"abc"}"#, "items"),
    ("logger", r#"{"message":"m","level":"loud"}"#, "level?"),
    ("variable_set", r#"{"name":"my name","value":1}"#, "name"),
    (
        "variable_set",
        r#"{"variables":{"a-b":1}}"#,
        "variables.a-b",
    ),
    ("variable_set", r#"{"value":1}"#, "$.stages[0]"),
    (
        "variable_set",
        r#"{"name":"a","value":{"b":1},"extract_path":"c"}"#,
        "extract_path",
    ),
    (
        "variable_set",
        r#"{"name":"a","value":1,"scope":"galaxy"}"#,
        "scope",
    ),
    ("return", r#"{"status":"done"}"#, "status"),
    ("wait", r#"{"seconds":-1}"#, "seconds"),
    ("wait", r#"{"seconds":1e9}"#, "seconds"),
    ("wait", r#"{"until":"tomorrow"}"#, "until"),
    (
        "wait",
        r#"{"seconds":1,"until":"2026-12-01T08:00:00Z"}"#,
        "$.stages[0]",
    ),
    ("wait", r#"{}"#, "$.stages[0]"),
    ("foreach", r#"{"items":"abc","loop_stages":[]}"#, "items"),
    (
        "foreach",
        r#"{"items":[],"loop_stages":[],"parallel":true,"max_parallel":0}"#,
        "max_parallel",
    ),
    (
        "trycatch",
        r#"{"try_stages":[],"error_scope":"everything"}"#,
        "error_scope",
    ),
    (
        "trycatch",
        r#"{"try_stages":[],"max_retries":11}"#,
        "max_retries",
    ),
    (
        "trycatch",
        r#"{"try_stages":[],"retry_delay_ms":-5}"#,
        "retry_delay_ms",
    ),
    (
        "trycatch",
        r#"{"try_stages":[],"catch_error_types":["CONNECTIVITY","NOPE"]}"#,
        "catch_error_types?",
    ),
    ("generator", r#"{"prompt":" "}"#, "prompt"),
    (
        "generator",
        r#"{"prompt":"p","temperature":2.5}"#,
        "temperature",
    ),
    (
        "generator",
        r#"{"prompt":"p","max_tokens":0}"#,
        "max_tokens",
    ),
    (
        "generator",
        r#"{"prompt":"p","max_tokens":"-5"}"#,
        "max_tokens",
    ),
    ("critic", r#"{"content":"c","threshold":11}"#, "threshold?"),
    ("selector", r#"{"options":[]}"#, "options"),
    ("selector", r#"{"options":["",{"content":" "}]}"#, "options"),
    ("synthesizer", r#"{"inputs":[]}"#, "inputs"),
    (
        "synthesizer",
        r#"{"inputs":["a"],"max_length":0}"#,
        "max_length",
    ),
    ("router", r#"{"value":1,"routes":5}"#, "routes"),
];

/// The component and a config that works, or may work for some input.
const FINE: &[(&str, &str)] = &[
    (
        "json_transform",
        r#"{"data":{},"jmespath":"people[?age > `28`] | sort_by(@, &age)[].name"}"#,
    ),
    (
        "json_transform",
        r#"{"data":{},"jmespath":"{{input.path}}"}"#,
    ),
    (
        "json_transform",
        r#"{"data":{},"template":"{{ data.upper or 1 / 0 }} {{ type(data) == str }}"}"#,
    ),
    (
        "json_transform",
        r#"{"data":{},"template":"{{ list(map(str, data)) }} {{ 1 | 2 }}"}"#,
    ),
    (
        "filter",
        r#"{"data":"{{input.rows}}","condition":"upper == 'X' and max > 3","filter_mode":" Filter_Array "}"#,
    ),
    (
        "filter",
        r#"{"data":{},"field_conditions":{"o":{"a":1},"n":{"$gte":1}},"filter_mode":""}"#,
    ),
    (
        "schema_validate",
        r#"{"data":1,"schema":{"type":"string","pattern":"{{input.p}}"}}"#,
    ),
    (
        "schema_validate",
        r#"{"data":"x","schema":{"type":["string","null"],"format":"email"}}"#,
    ),
    (
        "http_request",
        r#"{"url":"{{input.base}}/x","method":" post "}"#,
    ),
    (
        "http_request",
        r#"{"url":"http://127.0.0.1:1/","method":"{{input.m}}","headers":{"X-A":1},"timeout":30000}"#,
    ),
    (
        "aggregate",
        r#"{"data":[],"aggregations":[{"column":"x","function":"Average"},{"op":"count"},{"field":"*","operation":"list"}]}"#,
    ),
    (
        "aggregate",
        r#"{"data":[],"aggregations":[{"field":"x","operation":"{{input.op}}"}]}"#,
    ),
    (
        "loop",
        r#"{"items":null,"batch_size":"{{input.n}}","max_iterations":null}"#,
    ),
    ("logger", r#"{"message":"m","level":"WARN"}"#),
    ("variable_set", r#"{"name":"{{input.name}}","value":1}"#),
    (
        "variable_set",
        r#"{"name":"a_1","value":null,"overwrite":true,"scope":"pipeline"}"#,
    ),
    ("return", r#"{"status":"Success","condition":false}"#),
    ("wait", r#"{"seconds":"0.5"}"#),
    (
        "wait",
        r#"{"seconds":null,"until":" 2026-12-01T08:00:00+02:00"}"#,
    ),
    ("wait", r#"{"seconds":"{{input.a}}","until":"{{input.b}}"}"#),
    (
        "foreach",
        r#"{"items":null,"loop_stages":[],"max_parallel":0}"#,
    ),
    (
        "trycatch",
        r#"{"try_stages":[],"on_error":"Propagate","max_retries":10,"catch_error_types":["CONNECTIVITY","HTTP_FAILED"]}"#,
    ),
    (
        "generator",
        r#"{"prompt":"{{input.p}}","temperature":2,"max_tokens":"100"}"#,
    ),
    ("critic", r#"{"content":"","threshold":"7"}"#),
    ("selector", r#"{"options":[null,"a"]}"#),
    ("synthesizer", r#"{"inputs":[null,""]}"#),
];

#[test]
fn a_literal_that_can_never_work_is_reported_with_its_path() {
    let mut missed = Vec::new();
    for (component, config, place) in WRONG {
        let stage = format!(r#"{{"id":"s","type":"{component}","config":{config}}}"#);
        let found = found(&stage);
        if paths(&stage) != [*place] || found[0].line != 1 || found[0].column < 20 {
            missed.push(format!("{stage}: {:?} {found:?}", paths(&stage)));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_value_that_may_work_is_not_refused() {
    let mut refused = Vec::new();
    for (component, config) in FINE {
        let stage = format!(r#"{{"id":"s","type":"{component}","config":{config}}}"#);
        if !paths(&stage).is_empty() {
            refused.push(format!("{stage}: {:?}", found(&stage)));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn the_position_inside_a_text_is_exact() {
    let text = "{\"name\":\"p\",\"stages\":[{\"id\":\"a\",\"type\":\"json_transform\",\"config\":{\n\
                \"data\": {},\n\"jmespath\": \"a[?b > 28]\"}}]}";
    let pipeline = check::parse(text, &crate::registry()).unwrap();
    let found = check::check(&pipeline, &crate::registry());
    assert_eq!((found[0].line, found[0].column), (3, 21), "{found:#?}");
}

#[test]
fn the_schemas_of_the_pipeline_itself_are_checked() {
    let check = |schemas: &str| {
        let text = format!(
            r#"{{"name":"p",{schemas},"stages":[{{"id":"s","type":"logger","config":{{"message":"m"}}}}]}}"#
        );
        let pipeline = check::parse(&text, &crate::registry()).unwrap();
        let found = check::check(&pipeline, &crate::registry());
        found
            .iter()
            .map(|one| format!("{}{}", one.path, if one.is_error() { "" } else { "?" }))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        check(r#""input_schema":{"type":"objct"}"#),
        ["$.input_schema.type"]
    );
    assert_eq!(
        check(r#""input_schema":{"properties":{"a":{"type":"text","required":true}}}"#),
        ["$.input_schema.properties.a.type"]
    );
    assert_eq!(
        check(r#""output_schema":{"type":"objct"}"#),
        ["$.output_schema.type?"]
    );
    let early_draft = r#""input_schema":{"properties":{"a":{"type":"string","required":true}}}"#;
    assert_eq!(check(early_draft), [""; 0]);
}
