//! Tests of the operators.

mod comparing;
mod http_bodies;

use engine::{
    Value,
    component::{EffectKind, Resources},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use types::ErrorCode;

use super::{
    aggregate, filter, http_request, json_transform, logger, r#loop, schema_validate, variable_set,
};
use crate::{
    http::{GuardedClient, OutboundConfig},
    testing::{Lazy, context, run},
};

pub(super) fn plain() -> engine::component::StageContext {
    context(Resources::default(), &[])
}

#[tokio::test]
async fn json_transform_returns_the_templates_result_and_parses_json_text() {
    let lazy: Lazy = |locals, _| locals[0].1.get("a").cloned().unwrap_or_default();
    let ctx = context(Resources::default(), &[("template", lazy)]);
    let out = run(
        &json_transform::JSON_TRANSFORM,
        ctx.clone(),
        r#"{"data":"{\"a\":7}","template":"t"}"#,
    )
    .await;
    assert_eq!(out.unwrap(), Value::Int(7));
    let input = r#"{"data":{"a":{"x":1}},"template":"t","defaults":{"x":9,"y":2},"flatten":true}"#;
    assert_eq!(
        run(&json_transform::JSON_TRANSFORM, ctx, input)
            .await
            .unwrap()
            .to_json(),
        r#"{"x":1,"y":2}"#
    );
}

#[tokio::test]
async fn json_transform_maps_selects_cleans_and_reports_missing_fields() {
    let go = |input: &'static str| async move {
        run(&json_transform::JSON_TRANSFORM, plain(), input)
            .await
            .unwrap()
            .to_json()
    };
    assert_eq!(
        go(r#"{"data":{"a":{"b":[5]}},"mapping":{"x":"a.b[0]","y":"a.c"}}"#).await,
        r#"{"result":{"x":5,"y":null},"fields_mapped":1,"fields_missing":["y"]}"#
    );
    assert!(
        go(r#"{"data":{"n":[{"v":2},{"v":3}]},"jmespath":"n[?v > `2`].v"}"#)
            .await
            .starts_with(r#"{"result":[3]"#)
    );
    assert!(
        go(r#"{"data":{"a":1,"b":{"c":2}},"exclude_fields":["a"],"flatten":true}"#)
            .await
            .starts_with(r#"{"result":{"b.c":2}"#)
    );
    let error = run(
        &json_transform::JSON_TRANSFORM,
        plain(),
        r#"{"data":{},"jmespath":"a["}"#,
    )
    .await;
    assert_eq!(error.unwrap_err().code, ErrorCode::EvaluationFailed);
}

#[tokio::test]
async fn filter_passes_by_condition_by_fields_and_item_by_item() {
    let over_one: Lazy = |_, spread| {
        spread
            .unwrap()
            .get("n")
            .unwrap()
            .as_int()
            .is_some_and(|n| n > 1)
            .into()
    };
    let ctx = context(Resources::default(), &[("condition", over_one)]);
    let out = run(
        &filter::FILTER,
        ctx.clone(),
        r#"{"data":{"n":2},"condition":"c"}"#,
    )
    .await
    .unwrap();
    assert_eq!(
        out.to_json(),
        r#"{"passed":true,"data":{"n":2},"filtered_count":0,"reason":""}"#
    );
    let out = run(
        &filter::FILTER,
        ctx.clone(),
        r#"{"data":[{"n":1},{"n":3}],"condition":"c","filter_mode":"filter_list"}"#,
    )
    .await;
    assert_eq!(
        out.unwrap().to_json(),
        r#"{"passed":true,"data":[{"n":3}],"filtered_count":1,"reason":""}"#
    );
    for (extra, passed) in [
        ("", false),
        (r#","pass_if_missing":true"#, true),
        (r#","invert":true"#, true),
    ] {
        let input = format!(r#"{{"data":null,"condition":"c"{extra}}}"#);
        let out = run(&filter::FILTER, ctx.clone(), &input).await.unwrap();
        assert_eq!(out.get("passed"), Some(&passed.into()), "{extra}");
    }
    let fields = r#"{"data":{"a":{"b":5},"s":"open"},"field_conditions":{"a.b":{"gte":5,"lt":6.5},"s":{"in":["open"]}}}"#;
    let out = run(&filter::FILTER, plain(), fields).await.unwrap();
    assert_eq!(out.get("passed"), Some(&true.into()));
    let error = run(
        &filter::FILTER,
        plain(),
        r#"{"data":5,"filter_mode":"filter_list"}"#,
    )
    .await
    .unwrap_err();
    assert!(error.message.contains("`data` must be a list"), "{error}");
}

#[tokio::test]
async fn variable_set_takes_one_name_or_several_and_refuses_invalid_names() {
    let out = run(
        &variable_set::VARIABLE_SET,
        plain(),
        r#"{"name":"x","value":{"a":[1]},"extract_path":"a[0]"}"#,
    )
    .await;
    assert_eq!(
        out.unwrap().to_json(),
        r#"{"variables":{"x":1},"name":"x","value":1,"previous_value":null,"was_set":true}"#
    );
    let out = run(
        &variable_set::VARIABLE_SET,
        plain(),
        r#"{"variables":{"a":1,"b":2}}"#,
    )
    .await
    .unwrap();
    assert_eq!(out.get("variables").unwrap().to_json(), r#"{"a":1,"b":2}"#);
    for input in [
        r#"{"name":"a-b","value":1}"#,
        r#"{"value":1}"#,
        r#"{"variables":{"9":1}}"#,
    ] {
        let error = run(&variable_set::VARIABLE_SET, plain(), input)
            .await
            .unwrap_err();
        assert_eq!(error.code, ErrorCode::StageInput, "{input}");
    }
}

#[tokio::test]
async fn logger_writes_to_the_report_and_never_fails_because_of_its_level() {
    let ctx = plain();
    run(
        &logger::LOGGER,
        ctx.clone(),
        r#"{"message":"hi","level":"WARN","data":{"n":1}}"#,
    )
    .await
    .unwrap();
    run(
        &logger::LOGGER,
        ctx.clone(),
        r#"{"message":{"x":1},"level":"loud"}"#,
    )
    .await
    .unwrap();
    let report = ctx.report.lock();
    let lines: Vec<_> = report
        .logs
        .iter()
        .map(|l| (l.level.as_str(), l.message.as_str()))
        .collect();
    assert_eq!(lines, [("warning", "hi"), ("info", r#"{"x":1}"#)]);
    assert_eq!(
        report.logs[0].data.as_ref().unwrap().to_json(),
        r#"{"n":1}"#
    );
}

#[tokio::test]
async fn loop_splits_into_batches_and_reports_what_is_left() {
    let out = run(
        &r#loop::LOOP,
        plain(),
        r#"{"items":[1,2,3,4,5],"batch_size":2,"max_iterations":2}"#,
    )
    .await
    .unwrap();
    assert_eq!(out.get("batches").unwrap().to_json(), "[[1,2],[3,4]]");
    assert_eq!(out.get("total_items"), Some(&Value::Int(5)));
    assert_eq!(out.get("has_more"), Some(&true.into()));
    let error = run(&r#loop::LOOP, plain(), r#"{"items":[],"batch_size":0}"#)
        .await
        .unwrap_err();
    assert_eq!(
        error.message,
        "`batch_size` is 0; it must be at least 1 and at most 1000"
    );
}

#[tokio::test]
async fn schema_validate_is_strict_only_on_request_and_parses_json_text() {
    let schema =
        r#""schema":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}"#;
    let go = |rest: &str| {
        let input = format!("{{{schema},{rest}}}");
        async move { run(&schema_validate::SCHEMA_VALIDATE, plain(), &input).await }
    };
    let out = go(r#""data":"{\"n\":1}""#).await.unwrap();
    assert_eq!(
        out.to_json(),
        r#"{"valid":true,"data":{"n":1},"errors":[],"error_count":0}"#
    );
    let out = go(r#""data":{"n":"5"},"coerce_types":true"#).await.unwrap();
    assert_eq!(out.get("data").unwrap().to_json(), r#"{"n":5}"#);
    let error = go(r#""data":{},"strict":true"#).await.unwrap_err();
    assert_eq!(
        (error.code, error.message.contains("n: is missing")),
        (ErrorCode::SchemaMismatch, true),
        "{error}"
    );
    let out = go(r#""data":{}"#).await.unwrap();
    assert_eq!(out.get("valid"), Some(&false.into()));
    assert_eq!(
        out.get("errors").unwrap().to_json(),
        r#"[{"field":"n","message":"is missing"}]"#
    );
}

#[tokio::test]
async fn schema_validate_lists_all_errors_up_to_a_limit_and_counts_the_rest() {
    let many = vec!["\"x\""; 150].join(",");
    for (strict, data, count, listed) in [
        (false, r#"{"n":"x","m":"ab"}"#.to_owned(), 3, 3),
        (false, format!(r#"{{"l":[{many}],"n":1}}"#), 150, 100),
        (true, format!(r#"{{"l":[{many}],"n":1}}"#), 150, 20),
    ] {
        let input = format!(
            r#"{{"schema":{{"type":"object","properties":{{"n":{{"type":"integer"}},
            "m":{{"minLength":3,"pattern":"^[0-9]"}},"l":{{"items":{{"type":"integer"}}}}}}}},
            "data":{data},"strict":{strict}}}"#
        );
        let out = run(&schema_validate::SCHEMA_VALIDATE, plain(), &input).await;
        if strict {
            let error = out.unwrap_err().message;
            assert_eq!(error.matches("l[").count(), listed, "{error}");
            assert!(error.ends_with("; and 130 more"), "{error}");
            continue;
        }
        let out = out.unwrap();
        assert_eq!(out.get("error_count"), Some(&Value::Int(count)));
        let errors = out.get("errors").and_then(Value::as_list).unwrap();
        assert_eq!(errors.len(), listed, "{}", out.to_json());
    }
}

#[tokio::test]
async fn schema_validate_reads_json_as_models_write_it_and_checks_formats() {
    let schema = r#""schema":{"type":"object","required":["n"],"properties":{"n":{"type":"integer"},"at":{"format":"date"}}}"#;
    for text in [
        "```json\n{\"n\": 1,}\n```",
        r#"Here: {"m": 0} no, {"n": 1}"#,
        r#"{"n": 1} and {"m": 0}"#,
        r#"<think>{"n": "no"}</think>{"n": 1}"#,
    ] {
        let data = serde_json::Value::from(text);
        let input = format!(r#"{{{schema},"data":{data}}}"#);
        let out = run(&schema_validate::SCHEMA_VALIDATE, plain(), &input).await;
        let out = out.unwrap();
        assert_eq!(out.get("data").unwrap().to_json(), r#"{"n":1}"#, "{text}");
    }
    for data in [r#""{\"n\": 1""#, r#"{"n":1,"at":"tomorrow"}"#] {
        let input = format!(r#"{{{schema},"data":{data}}}"#);
        let out = run(&schema_validate::SCHEMA_VALIDATE, plain(), &input).await;
        assert_eq!(out.unwrap().get("valid"), Some(&false.into()), "{data}");
    }
}

#[tokio::test]
async fn x09_a_schema_that_refers_to_another_document_fetches_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/s.json", listener.local_addr().unwrap());
    let input = format!(r#"{{"data":1,"schema":{{"$ref":"{url}"}}}}"#);
    let error = run(&schema_validate::SCHEMA_VALIDATE, plain(), &input)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::StageInput);
    let file = r#"{"data":1,"schema":{"$ref":"file:///etc/passwd"}}"#;
    assert!(
        run(&schema_validate::SCHEMA_VALIDATE, plain(), file)
            .await
            .is_err()
    );
    let asked =
        tokio::time::timeout(std::time::Duration::from_millis(100), listener.accept()).await;
    assert!(asked.is_err(), "somebody called");
}

#[tokio::test]
async fn aggregate_groups_computes_and_keeps_whole_numbers_whole() {
    let rows = r#""data":[{"k":"a","n":1,"t":"x"},{"k":"b","n":5},{"k":"a","n":2.5,"t":"x"},{"k":"a","n":null,"t":"y"}]"#;
    let input = format!(
        r#"{{{rows},"group_by":["k"],"aggregations":[{{"field":"n","operation":"sum","alias":"total"}},
        {{"field":"n","function":"avg","as":"mean"}},{{"operation":"count"}},{{"field":"t","operation":"count_distinct"}},
        {{"field":"n","operation":"max","alias":"top"}},{{"field":"t","operation":"list","alias":"ts"}},
        {{"field":"t","operation":"first"}},{{"field":"n","operation":"min","alias":"low"}}]}}"#
    );
    let out = run(&aggregate::AGGREGATE, plain(), &input).await.unwrap();
    assert_eq!(
        out.get("data").unwrap().to_json(),
        r#"[{"k":"a","total":3.5,"mean":1.75,"count":3,"count_distinct_t":2,"top":2.5,"ts":["x","x","y"],"first_t":"x","low":1},{"k":"b","total":5,"mean":5.0,"count":1,"count_distinct_t":0,"top":5,"ts":[],"first_t":null,"low":5}]"#
    );
    let having: Lazy = |_, group| {
        group
            .unwrap()
            .get("count")
            .unwrap()
            .as_int()
            .is_some_and(|n| n > 1)
            .into()
    };
    let ctx = context(Resources::default(), &[("having", having)]);
    let input = format!(
        r#"{{{rows},"group_by":"k","aggregations":[{{"operation":"count"}}],"having":"h"}}"#
    );
    let out = run(&aggregate::AGGREGATE, ctx, &input).await.unwrap();
    assert_eq!(
        out.get("data").unwrap().to_json(),
        r#"[{"k":"a","count":3}]"#
    );
    let wrong = r#"{"data":[{"t":"x"}],"aggregations":[{"field":"t","operation":"sum"}]}"#;
    assert_eq!(
        run(&aggregate::AGGREGATE, plain(), wrong)
            .await
            .unwrap_err()
            .code,
        ErrorCode::TypeMismatch
    );
    let unknown = r#"{"data":[{"t":1}],"aggregations":[{"field":"t","operation":"median"}]}"#;
    assert!(
        run(&aggregate::AGGREGATE, plain(), unknown)
            .await
            .unwrap_err()
            .message
            .contains("`median` does not exist")
    );
}

/// Starts a server for one request; the task returns the request.
async fn once(answer: &'static str) -> (Resources, String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap().to_string();
    let outbound = OutboundConfig {
        allow: vec![at.clone()],
        ..OutboundConfig::default()
    };
    let client = GuardedClient::builder().outbound(outbound).build().unwrap();
    let task = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut buffer = vec![0; 16_384];
        let mut length = 0;
        loop {
            length += socket.read(&mut buffer[length..]).await.unwrap();
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.contains("\r\n\r\n") && (!text.starts_with("POST") || text.ends_with('}')) {
                socket.write_all(answer.as_bytes()).await.unwrap();
                return text;
            }
        }
    });
    (Resources::default().with(client), at, task)
}

const JSON_OK: &str = "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\nx-a: 1\r\ncontent-length: 9\r\n\r\n{\"ok\":[]}";
const BUSY: &str = "HTTP/1.1 503 X\r\nretry-after: 2\r\ncontent-length: 4\r\n\r\nbusy";

#[tokio::test]
async fn http_request_sends_json_with_its_key_and_reads_json() {
    let (resources, at, task) = once(JSON_OK).await;
    let ctx = context(resources, &[]);
    let input = format!(
        r#"{{"url":"http://{at}/p?x=1#f","method":"post","body":{{"a":1}},"params":{{"q":"a b","n":2}},"timeout":5000}}"#
    );
    let out = run(&http_request::HTTP_REQUEST, ctx, &input).await.unwrap();
    let sent = task.await.unwrap().to_lowercase();
    assert!(
        sent.starts_with("post /p?x=1&q=a+b&n=2 http/1.1\r\n"),
        "{sent}"
    );
    assert!(
        sent.contains("idempotency-key: run_1:stage")
            && sent.contains("content-type: application/json"),
        "{sent}"
    );
    assert!(sent.ends_with(r#"{"a":1}"#), "{sent}");
    assert_eq!(out.get("status_code"), Some(&Value::Int(201)));
    assert_eq!(out.get("success"), Some(&true.into()));
    assert_eq!(out.get("body").unwrap().to_json(), r#"{"ok":[]}"#);
    assert_eq!(out.get("headers").unwrap().get("x-a"), Some(&"1".into()));
}

#[tokio::test]
async fn http_request_succeeds_for_an_error_status_unless_the_stage_may_retry() {
    let (resources, at, _task) = once(BUSY).await;
    let input = format!(r#"{{"url":"http://{at}/"}}"#);
    let out = run(&http_request::HTTP_REQUEST, context(resources, &[]), &input)
        .await
        .unwrap();
    assert_eq!(out.get("success"), Some(&false.into()));
    assert_eq!(out.get("body"), Some(&"busy".into()));

    let (resources, at, _task) = once(BUSY).await;
    let mut ctx = context(resources, &[]);
    ctx.max_attempts = 3;
    let input = format!(r#"{{"url":"http://{at}/"}}"#);
    let error = run(&http_request::HTTP_REQUEST, ctx, &input)
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.retryable, error.retry_after_ms),
        (ErrorCode::HttpFailed, true, Some(2000))
    );
}

#[tokio::test]
async fn http_request_refuses_private_addresses_and_invalid_inputs() {
    for (input, code) in [
        (
            r#"{"url":"http://127.0.0.1:9/"}"#,
            ErrorCode::AddressNotAllowed,
        ),
        (r#"{"url":"/path"}"#, ErrorCode::StageInput),
        (
            r#"{"url":"https://example.com","headers":{"x":"a\r\nb: c"}}"#,
            ErrorCode::StageInput,
        ),
        (
            r#"{"url":"https://example.com","method":"BREW"}"#,
            ErrorCode::StageInput,
        ),
        (
            r#"{"url":"https://example.com","timeout":400000}"#,
            ErrorCode::StageInput,
        ),
        (
            r#"{"url":"https://example.com","verify_ssl":false}"#,
            ErrorCode::StageInput,
        ),
    ] {
        let error = run(&http_request::HTTP_REQUEST, plain(), input)
            .await
            .unwrap_err();
        assert_eq!(error.code, code, "{input}: {error}");
    }
}

#[test]
fn http_request_only_reads_with_get_and_head_and_has_effects_otherwise() {
    for (method, kind) in [
        ("get", EffectKind::Read),
        ("HEAD", EffectKind::Read),
        ("POST", EffectKind::Effect),
        ("BREW", EffectKind::Effect),
    ] {
        let input = Value::parse_json(&format!(r#"{{"method":"{method}"}}"#)).unwrap();
        assert_eq!(
            http_request::HTTP_REQUEST.effect.of(&input),
            kind,
            "{method}"
        );
    }
}

#[tokio::test]
async fn settings_are_applied_or_refused_but_never_ignored() {
    for input in [
        r#"{"name":"a","value":1,"overwrite":false}"#,
        r#"{"name":"a","value":1,"scope":"galaxy"}"#,
    ] {
        let error = run(&variable_set::VARIABLE_SET, plain(), input).await;
        assert_eq!(error.unwrap_err().code, ErrorCode::StageInput, "{input}");
    }
    let input = r#"{"name":"a","value":1,"overwrite":true,"scope":"global"}"#;
    let set = run(&variable_set::VARIABLE_SET, plain(), input).await;
    assert_eq!(set.unwrap().get("was_set"), Some(&true.into()));

    let ctx = plain();
    let input = r#"{"message":"m","emit_to_trace":false}"#;
    let out = run(&logger::LOGGER, ctx.clone(), input).await.unwrap();
    assert_eq!(out.get("logged"), Some(&false.into()));
    assert!(ctx.report.lock().logs.is_empty());

    let rows = r#"{"data":{"n":5,"o":{"a":1}},"field_conditions":"#;
    let passed = async |conditions: &str| {
        run(&filter::FILTER, plain(), &format!("{rows}{conditions}}}"))
            .await
            .map(|out| out.get("passed").cloned())
    };
    assert_eq!(passed(r#"{"o":{"a":1}}"#).await, Ok(Some(true.into())));
    assert_eq!(passed(r#"{"n":{"gt":4}}"#).await, Ok(Some(true.into())));
    for misspelt in [r#"{"n":{"gt":4,"lss":9}}"#, r#"{"n":{"$gtt":4}}"#] {
        assert_eq!(
            passed(misspelt).await.unwrap_err().code,
            ErrorCode::StageInput
        );
    }
}
