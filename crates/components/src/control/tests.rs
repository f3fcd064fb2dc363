//! Tests of the directives of the control-flow components.

mod added;
mod stopping;

use chrono::{DateTime, Duration};
use engine::{
    Value,
    component::{Directive, Resources, StageContext},
};
use types::ErrorCode;

use super::{conditional, foreach, return_, router, trycatch, wait};
use crate::testing::{Lazy, context, steer};

fn plain() -> StageContext {
    context(Resources::default(), &[])
}

#[test]
fn conditional_takes_a_branch_and_false_as_text_is_false() {
    for (condition, branch) in [
        ("true", "true"),
        ("\"false\"", "false"),
        ("0", "false"),
        ("\"no\"", "true"),
        ("null", "false"),
    ] {
        let input = format!(r#"{{"condition":{condition},"pass_data":1}}"#);
        let Directive::Choose { branches, output } =
            steer(&conditional::CONDITIONAL, &plain(), &input).unwrap()
        else {
            panic!()
        };
        assert_eq!(branches, [branch], "{condition}");
        assert_eq!(output.get("branch_taken"), Some(&branch.into()));
        assert_eq!(output.get("data"), Some(&Value::Int(1)));
    }
}

#[test]
fn router_takes_the_route_of_the_value_or_the_default() {
    let input = r#"{"value":"B","routes":{"a":["x"],"b":["y"]},"case_insensitive":true}"#;
    let Directive::Choose { branches, output } = steer(&router::ROUTER, &plain(), input).unwrap()
    else {
        panic!()
    };
    assert_eq!(
        (branches, output.get("route").unwrap()),
        (vec!["route.b".to_owned()], &"b".into())
    );
    let input = r#"{"value":5,"routes":{"4":["x"]},"default_route":["z"]}"#;
    let Directive::Choose { branches, .. } = steer(&router::ROUTER, &plain(), input).unwrap()
    else {
        panic!()
    };
    assert_eq!(branches, ["default"]);
}

#[test]
fn foreach_reads_its_filter_names_and_parallelism() {
    let odd: Lazy = |locals, _| (locals[0].1.as_int().unwrap() % 2 == 1).into();
    let ctx = context(Resources::default(), &[("filter_expression", odd)]);
    let input = r#"{"items":[1,2,3],"item_variable":"n","parallel":"true","max_parallel":2,"loop_stages":["a"]}"#;
    let Directive::ForEach(each) = steer(&foreach::FOREACH, &ctx, input).unwrap() else {
        panic!()
    };
    assert_eq!(each.items, [Value::Int(1), Value::Int(3)]);
    assert_eq!(
        (
            each.item_variable.as_str(),
            each.index_variable.as_str(),
            each.parallel
        ),
        ("n", "index", 2)
    );
    assert!(each.collect && each.break_on_error);
    assert_eq!(each.output.get("skipped_items"), Some(&Value::Int(1)));
    let error = steer(&foreach::FOREACH, &plain(), r#"{"items":"abc"}"#).unwrap_err();
    assert_eq!(error.message, "`items` must be a list, not text");
}

#[test]
fn trycatch_reads_its_scope_and_the_error_types_of_the_format() {
    let input = r#"{"try_stages":["a"],"error_scope":"continue","catch_error_types":["CONNECTIVITY","TIMEOUT"]}"#;
    let Directive::TryCatch(tried) = steer(&trycatch::TRYCATCH, &plain(), input).unwrap() else {
        panic!()
    };
    assert!(!tried.propagate);
    assert!(
        tried.catch_codes.iter().any(|c| c == "HTTP_FAILED")
            && tried.catch_codes.iter().any(|c| c == "TIMEOUT")
    );
    for wrong in [
        r#"{"try_stages":["a"],"error_scope":"x"}"#,
        r#"{"try_stages":["a"],"max_retries":-1}"#,
        r#"{"try_stages":["a"],"max_retries":11}"#,
        r#"{"try_stages":["a"],"retry_delay_ms":86400001}"#,
    ] {
        let error = steer(&trycatch::TRYCATCH, &plain(), wrong).unwrap_err();
        assert_eq!(error.code, ErrorCode::StageInput, "{wrong}");
    }
}

#[test]
fn trycatch_reads_its_retries_and_their_delay() {
    for (fields, retries, delay) in [
        ("", 0, 1000),
        (r#","max_retries":"2""#, 2, 1000),
        (r#","max_retries":10,"retry_delay_ms":50"#, 10, 50),
    ] {
        let input = format!(r#"{{"try_stages":["a"]{fields}}}"#);
        let Directive::TryCatch(tried) = steer(&trycatch::TRYCATCH, &plain(), &input).unwrap()
        else {
            panic!()
        };
        assert_eq!(tried.retry.max_retries, retries);
        assert_eq!(tried.retry.max_delay.as_millis(), delay);
    }
}

#[test]
fn return_ends_the_run_only_when_its_condition_holds() {
    let Directive::Return { value, failed, .. } =
        steer(&return_::RETURN, &plain(), r#"{"return_value":{"a":1}}"#).unwrap()
    else {
        panic!()
    };
    assert_eq!((value.to_json().as_str(), failed), (r#"{"a":1}"#, None));
    let Directive::Return { failed, .. } = steer(
        &return_::RETURN,
        &plain(),
        r#"{"status":"failed","message":"no"}"#,
    )
    .unwrap() else {
        panic!()
    };
    assert_eq!(failed.as_deref(), Some("no"));
    let Directive::Done(output) =
        steer(&return_::RETURN, &plain(), r#"{"condition":"false"}"#).unwrap()
    else {
        panic!()
    };
    assert_eq!(output.get("should_return"), Some(&false.into()));
}

#[test]
fn wait_counts_from_the_time_at_which_it_was_scheduled() {
    let Directive::Wait { until, .. } =
        steer(&wait::WAIT, &plain(), r#"{"seconds":"1.5"}"#).unwrap()
    else {
        panic!()
    };
    assert_eq!(until, DateTime::UNIX_EPOCH + Duration::milliseconds(1500));
    let Directive::Wait { output, .. } = steer(
        &wait::WAIT,
        &plain(),
        r#"{"until":"1970-01-01T02:00:00+01:00"}"#,
    )
    .unwrap() else {
        panic!()
    };
    assert_eq!(output.get("until"), Some(&"1970-01-01T01:00:00Z".into()));
    for input in [
        "{}",
        r#"{"seconds":-1}"#,
        r#"{"seconds":1,"until":"1970-01-01T00:00:00Z"}"#,
        r#"{"until":"tomorrow"}"#,
        r#"{"until":"2999-01-01T00:00:00Z"}"#,
    ] {
        assert_eq!(
            steer(&wait::WAIT, &plain(), input).unwrap_err().code,
            ErrorCode::StageInput,
            "{input}"
        );
    }
}
