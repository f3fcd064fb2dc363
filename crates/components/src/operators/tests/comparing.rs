//! Operators and the router compare by the rules of docs/comparison.md, and say why values cannot
//! be compared.

use engine::{Value, component::Directive};
use types::ErrorCode;

use super::plain;
use crate::{
    control::router,
    operators::{aggregate, filter},
    testing::{run, steer},
};

const ROWS: &str = r#"[{"id":1,"day":"2025-12-31","n":"9"},{"id":2,"day":"2026-01-01","n":"10"},
    {"id":3,"day":"2026-02-01","n":"100"}]"#;

/// The ids of the rows that pass, and the reason.
async fn filtered(rows: &str, conditions: &str) -> (Vec<i64>, String) {
    let input =
        format!(r#"{{"data":{rows},"field_conditions":{conditions},"filter_mode":"filter_list"}}"#);
    let out = run(&filter::FILTER, plain(), &input).await.unwrap();
    let rows = out.get("data").unwrap().as_list().unwrap();
    let id = |row: &Value| row.get("id").unwrap().as_int().unwrap();
    let reason = out.get("reason").unwrap().to_text();
    (rows.iter().map(id).collect(), reason)
}

#[tokio::test]
async fn filter_compares_dates_and_numbers_that_are_written_as_text() {
    for (conditions, ids) in [
        (r#"{"day":{"gte":"2026-01-01"}}"#, vec![2, 3]),
        (r#"{"day":{"lt":"2026-01-01T00:00:00Z"}}"#, vec![1]),
        (r#"{"day":{"gt":"2025-12-31","lte":"2026-01-01"}}"#, vec![2]),
        (r#"{"n":{"gt":9}}"#, vec![2, 3]),
        (r#"{"n":{"gt":"9"}}"#, vec![2, 3]),
        (r#"{"n":{"lte":10.0}}"#, vec![1, 2]),
        (r#"{"n":10}"#, vec![2]),
        (r#"{"n":{"eq":10.0}}"#, vec![2]),
        (r#"{"n":{"ne":10}}"#, vec![1, 3]),
        (r#"{"n":{"in":[9,100]}}"#, vec![1, 3]),
        (r#"{"n":{"nin":[9,100]}}"#, vec![2]),
        (r#"{"id":"2"}"#, vec![2]),
        (r#"{"day":{"starts_with":"2026"}}"#, vec![2, 3]),
        (r#"{"n":{"contains":0,"not_contains":"00"}}"#, vec![2]),
    ] {
        assert_eq!(
            filtered(ROWS, conditions).await,
            (ids, String::new()),
            "{conditions}"
        );
    }
}

#[tokio::test]
async fn filter_reports_what_it_could_not_compare_even_if_other_items_passed() {
    let rows = r#"[{"id":1,"n":5},{"id":2,"n":"n/a"},{"id":3}]"#;
    let (ids, reason) = filtered(rows, r#"{"n":{"gt":1}}"#).await;
    assert_eq!(ids, [1]);
    assert_eq!(
        reason,
        "the condition could not be applied to 2 of 3 items; first, item 1: `n`: the text \
         \"n/a\" cannot be compared with the number 1"
    );
    let input = format!(
        r#"{{"data":{rows},"field_conditions":{{"n":{{"gt":1}}}},"filter_mode":"filter_list",
        "pass_if_missing":true}}"#
    );
    let out = run(&filter::FILTER, plain(), &input).await.unwrap();
    assert_eq!(out.get("filtered_count"), Some(&Value::Int(0)));
}

#[tokio::test]
async fn filter_refuses_an_unknown_test_and_a_bound_of_the_wrong_type() {
    for (conditions, told) in [
        (
            r#"{"n":{"regex":"^1"}}"#,
            "`field_conditions.n` has no test `regex`",
        ),
        (
            r#"{"n":{"gt":1,"lss":2}}"#,
            "`field_conditions.n` has no test `lss`",
        ),
        (
            r#"{"n":{"in":"9,10"}}"#,
            "`field_conditions.n.in` must be a list",
        ),
    ] {
        let input = format!(
            r#"{{"data":{ROWS},"field_conditions":{conditions},"filter_mode":"filter_list"}}"#
        );
        let error = run(&filter::FILTER, plain(), &input).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::StageInput, "{conditions}");
        assert!(error.message.contains(told), "{error}");
    }
}

#[tokio::test]
async fn aggregate_groups_and_ranks_by_the_same_rules() {
    let rows = r#"[{"k":1,"n":"9","d":"2026-01-01","c":"A1"},
        {"k":"1","n":"10","d":"2025-12-31 12:00","c":"100"},{"k":1.0,"n":8,"d":null,"c":"7"}]"#;
    let input = format!(
        r#"{{"data":{rows},"group_by":["k"],"aggregations":[
        {{"field":"n","operation":"max"}},{{"field":"n","operation":"min"}},
        {{"field":"n","operation":"sum"}},{{"field":"d","operation":"max"}},
        {{"field":"c","operation":"max"}},{{"field":"k","operation":"count_distinct"}}]}}"#
    );
    let out = run(&aggregate::AGGREGATE, plain(), &input).await.unwrap();
    assert_eq!(
        out.get("data").unwrap().to_json(),
        r#"[{"k":1,"max_n":"10","min_n":8,"sum_n":27,"max_d":"2026-01-01","max_c":"A1","count_distinct_k":1}]"#
    );
    let mixed =
        r#"{"data":[{"n":1},{"n":"n/a"}],"aggregations":[{"field":"n","operation":"max"}]}"#;
    let error = run(&aggregate::AGGREGATE, plain(), mixed)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::TypeMismatch);
    assert_eq!(
        error.message,
        r#"`n`: the number 1 cannot be compared with the text "n/a""#
    );
}

#[tokio::test]
async fn router_takes_the_route_equal_to_the_value_unless_one_has_the_same_text() {
    for (value, routes, taken) in [
        ("10.0", r#"{"10":["a"]}"#, "route.10"),
        (r#""10.50""#, r#"{"10.5":["a"]}"#, "route.10.5"),
        (r#""10.0""#, r#"{"10":["a"],"10.0":["b"]}"#, "route.10.0"),
        (
            r#""2026-01-01T00:00:00Z""#,
            r#"{"2026-01-01":["a"]}"#,
            "route.2026-01-01",
        ),
        ("true", r#"{"True":["a"]}"#, "route.True"),
        (r#""007""#, r#"{"7":["a"]}"#, "default"),
        ("null", r#"{"0":["a"]}"#, "default"),
    ] {
        let input = format!(r#"{{"value":{value},"routes":{routes}}}"#);
        let directive = steer(&router::ROUTER, &plain(), &input).unwrap();
        let Directive::Choose { branches, .. } = directive else {
            panic!("a router returns `Choose`");
        };
        assert_eq!(branches, [taken], "{value}");
    }
}
