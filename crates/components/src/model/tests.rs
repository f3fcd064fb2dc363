//! Tests of providers: configuration, a streaming endpoint, scripted answers.

mod answers;
mod endpoint;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use engine::component::StageError;
use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use types::{ErrorCode, Money};

use super::{
    Completion, ModelCall, ModelProvider, Providers, ProvidersConfig, Script, Scripted, find_json,
};
use crate::http::GuardedClient;

fn client() -> GuardedClient {
    GuardedClient::builder()
        .allow_private_network(true)
        .build()
        .unwrap()
}

fn call() -> ModelCall {
    ModelCall {
        stage: "each[1]/draft".into(),
        key: "run_1:each[1]/draft".into(),
        system: Some("be kind".into()),
        prompt: "Ticket: REFUND please".into(),
        temperature: Some(0.2),
        stop: vec!["END".into()],
        ..ModelCall::default()
    }
}

/// Starts an endpoint that answers once; the task returns the request.
async fn endpoint(
    status: &str,
    headers: &str,
    body: &str,
) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/", listener.local_addr().unwrap());
    let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n\r\n{body}");
    let task = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut buffer = vec![0; 16_384];
        let mut length = 0;
        while !String::from_utf8_lossy(&buffer[..length]).ends_with("}") {
            length += socket.read(&mut buffer[length..]).await.unwrap();
        }
        // In small pieces, so that events are split anywhere.
        for piece in answer.as_bytes().chunks(7) {
            socket.write_all(piece).await.unwrap();
            socket.flush().await.unwrap();
        }
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    });
    (url, task)
}

async fn ask(base_url: &str, extra: &str) -> (Result<Completion, StageError>, String) {
    let config =
        format!(r#"{{"test":{{"base_url":"{base_url}","model":"m","api_key_env":"KEY"{extra}}}}}"#);
    let config: ProvidersConfig = serde_json::from_str(&config).unwrap();
    let env = |name: &str| (name == "KEY").then(|| "sk-secret".to_owned());
    let providers =
        Providers::from_config(&config, Path::new("."), "flowmason.json", &env, &client());
    let streamed = Mutex::new(String::new());
    let sink = |text: &str| streamed.lock().push_str(text);
    let answer = providers.get(None).unwrap().complete(call(), &sink).await;
    let streamed = streamed.lock().clone();
    (answer, streamed)
}

const STREAM: &str = "data: {\"model\":\"m-2026\",\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n: comment\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"Hé\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"llo\"},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":500}}\n\ndata: [DONE]\n\n";

#[tokio::test]
async fn an_endpoint_streams_counts_and_costs() {
    let (url, sent) = endpoint("200 OK", "content-type: text/event-stream", STREAM).await;
    let (answer, streamed) = ask(&url, r#","prices":{"m":{"input":3.0,"output":15.0}}"#).await;
    let answer = answer.unwrap();
    assert_eq!(
        (answer.text.as_str(), streamed.as_str()),
        ("Héllo", "Héllo")
    );
    assert_eq!(
        (answer.model.as_str(), answer.finish_reason.as_str()),
        ("m-2026", "stop")
    );
    assert_eq!(
        (answer.usage.prompt_tokens, answer.usage.completion_tokens),
        (Some(1000), Some(500))
    );
    assert_eq!(answer.usage.cost, Some(Money(3_000 + 7_500)));
    let sent = sent.await.unwrap();
    assert!(sent.starts_with("POST /v1/chat/completions "), "{sent}");
    assert!(
        sent.to_lowercase()
            .contains("authorization: bearer sk-secret"),
        "{sent}"
    );
    for part in [
        r#""stream":true"#,
        r#""include_usage":true"#,
        r#""temperature":0.2"#,
        r#""stop":["END"]"#,
        r#""role":"system""#,
    ] {
        assert!(sent.contains(part), "{part}: {sent}");
    }
}

#[tokio::test]
async fn an_answer_without_streaming_is_read_and_without_a_price_the_cost_is_unknown() {
    let body = r#"{"model":"x","choices":[{"message":{"content":"whole"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    let (url, _sent) = endpoint("200 OK", "content-type: application/json", body).await;
    let (answer, streamed) = ask(&url, "").await;
    let answer = answer.unwrap();
    assert_eq!(
        (answer.text.as_str(), streamed.as_str(), answer.usage.cost),
        ("whole", "whole", None)
    );
}

#[tokio::test]
async fn the_error_of_an_endpoint_is_reported_without_the_key() {
    for (status, headers, body, retryable, after, part) in [
        (
            "429 X",
            "retry-after: 3",
            r#"{"error":{"message":"slow down sk-secret"}}"#,
            true,
            Some(3000),
            "slow down …",
        ),
        ("500 X", "a: b", "oops", true, None, "500"),
        (
            "401 X",
            "a: b",
            r#"{"error":{"message":"bad key"}}"#,
            false,
            None,
            "KEY",
        ),
        (
            "400 X",
            "a: b",
            r#"{"error":"no such model"}"#,
            false,
            None,
            "no such model",
        ),
        (
            "200 OK",
            "content-type: text/event-stream",
            "data: {\"choices\":[{\"delta\":{\"content\":\"Hal\"}}]}\n\n",
            true,
            None,
            "is incomplete",
        ),
        (
            "200 OK",
            "content-type: text/event-stream",
            "data: {\"error\":{\"message\":\"overloaded\"}}\n\n",
            true,
            None,
            "overloaded",
        ),
        (
            "200 OK",
            "content-type: application/json",
            "{}x",
            false,
            None,
            "not a chat completion",
        ),
    ] {
        let (url, _sent) = endpoint(status, headers, body).await;
        let error = ask(&url, "").await.0.unwrap_err();
        assert_eq!(error.code, ErrorCode::ProviderFailed, "{status} {body}");
        assert_eq!(
            (error.retryable, error.retry_after_ms),
            (retryable, after),
            "{error}"
        );
        assert!(
            error.message.contains(part) && !error.message.contains("sk-secret"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_base_url_is_checked_by_the_guarded_client() {
    let config: ProvidersConfig =
        serde_json::from_str(r#"{"inside":{"base_url":"http://169.254.169.254/v1","model":"m"}}"#)
            .unwrap();
    let guarded = GuardedClient::builder().build().unwrap();
    let providers = Providers::from_config(&config, Path::new("."), "x", &|_| None, &guarded);
    let error = providers
        .get(None)
        .unwrap()
        .complete(call(), &|_| ())
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::AddressNotAllowed);
}

#[test]
fn the_default_is_the_configured_provider_or_the_only_one() {
    let build = |json: &str| {
        let config: ProvidersConfig = serde_json::from_str(json).unwrap();
        Providers::from_config(
            &config,
            Path::new("."),
            "flowmason.json",
            &|_| None,
            &client(),
        )
    };
    let one = r#""a":{"base_url":"http://x.example.com","model":"m"}"#;
    let two = r#""b":{"base_url":"http://y.example.com","model":"m"}"#;
    assert!(build(&format!("{{{one}}}")).get(None).is_ok());
    let none = build(&format!("{{{one},{two}}}")).get(None).err().unwrap();
    assert!(
        none.message.contains("providers.default") && none.message.contains("a, b"),
        "{none}"
    );
    assert!(
        build(&format!(r#"{{"default":"b",{one},{two}}}"#))
            .get(None)
            .is_ok()
    );
    assert!(
        build(&format!(r#"{{"extra":{{{one}}}}}"#))
            .get(Some("a"))
            .is_ok()
    );
    let empty = build("{}").get(None).err().unwrap();
    assert!(
        empty.message.contains("No model provider is set up"),
        "{empty}"
    );
    let unknown = build(&format!("{{{one}}}"))
        .get(Some("openai"))
        .err()
        .unwrap();
    assert!(
        unknown.message.contains("`openai` is not set up"),
        "{unknown}"
    );
    let no_key = build(r#"{"openai":{"model":"m"}}"#)
        .get(None)
        .err()
        .unwrap();
    assert!(no_key.message.contains("export OPENAI_API_KEY"), "{no_key}");
    let no_file = build(r#"{"s":{"answers":"missing.json"}}"#)
        .get(None)
        .err()
        .unwrap();
    assert!(no_file.message.contains("missing.json"), "{no_file}");
}

fn scripted(json: &str) -> Scripted {
    Scripted::new(Script::parse(json).unwrap(), None)
}

#[tokio::test]
async fn a_script_answers_by_stage_and_prompt_and_goes_through_its_list_per_run() {
    let script = scripted(
        r#"{"answers":[{"stage":"other","answer":"no"},
        {"stage":"draft","contains":["refund","KIND"],"answer":["one",{"error":"busy","retryable":true,"retry_after_ms":5},"two"]},
        {"answer":{"json":true}}]}"#,
    );
    let go = |call: ModelCall| {
        let script = &script;
        async move { script.complete(call, &|_| ()).await }
    };
    assert_eq!(go(call()).await.unwrap().text, "one");
    let error = go(call()).await.unwrap_err();
    assert_eq!((error.retryable, error.retry_after_ms), (true, Some(5)));
    assert_eq!(go(call()).await.unwrap().text, "two");
    assert_eq!(go(call()).await.unwrap().text, "two");
    let other_run = ModelCall {
        key: "run_2:x".into(),
        ..call()
    };
    assert_eq!(go(other_run).await.unwrap().text, "one");
    let other_words = ModelCall {
        prompt: "hello".into(),
        ..call()
    };
    assert_eq!(
        find_json(&go(other_words).await.unwrap().text).unwrap()["json"],
        true
    );
    let error = scripted(r#"{"answers":[{"stage":"x","answer":"y"}]}"#)
        .complete(call(), &|_| ())
        .await;
    assert!(
        error
            .unwrap_err()
            .message
            .contains("no scripted answer for the stage `draft`")
    );
}

#[tokio::test]
async fn a_script_keeps_its_pace() {
    let script = scripted(
        r#"{"delay_ms":50,"tokens_per_second":50,"answers":[{"answer":"one two three four five"}]}"#,
    );
    let start = Instant::now();
    let pieces = Arc::new(Mutex::new(0));
    let count = pieces.clone();
    script
        .complete(call(), &move |_| *count.lock() += 1)
        .await
        .unwrap();
    assert_eq!(*pieces.lock(), 5);
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(145) && took < Duration::from_secs(2),
        "{took:?}"
    );
}

#[test]
fn the_error_of_an_invalid_script_says_why() {
    for (json, part) in [
        (r#"{"answers":[{"answer":[]}]}"#, "empty list"),
        (r#"{"answers":[],"tokens_per_second":0}"#, "greater than 0"),
        (r#"{"answers":[{"anser":"x"}]}"#, "anser"),
        ("[", "cannot be read"),
    ] {
        let error = Script::parse(json).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
}
