//! Real endpoints: unusual forms of answers, and parameters that a model does not support.

use std::{path::Path, sync::Arc};

use engine::{
    Value,
    component::{Resources, StageError},
    model::LlmSettings,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};

use crate::{
    http::GuardedClient,
    model::{Completion, ModelCall, Providers, ProvidersConfig},
    nodes::generator::GENERATOR,
    testing::{context, run},
};

/// Starts an endpoint that returns these answers in order; the receiver gets the requests.
pub(super) async fn endpoint(answers: Vec<String>) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, questions) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = vec![0; 16_384];
            let mut length = 0;
            while !String::from_utf8_lossy(&buffer[..length]).ends_with("}") {
                length += socket.read(&mut buffer[length..]).await.unwrap();
            }
            let question = String::from_utf8_lossy(&buffer[..length]).into_owned();
            asked.send(question).unwrap();
            socket.write_all(answer.as_bytes()).await.unwrap();
            socket.shutdown().await.unwrap();
        }
    });
    (url, questions)
}

pub(super) fn answer(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}\r\n\r\n{body}")
}

fn providers(base_url: &str) -> Providers {
    let config = format!(r#"{{"test":{{"base_url":"{base_url}","model":"m"}}}}"#);
    let config: ProvidersConfig = serde_json::from_str(&config).unwrap();
    let client = GuardedClient::builder()
        .allow_private_network(true)
        .build()
        .unwrap();
    Providers::from_config(&config, Path::new("."), "here", &|_| None, &client)
}

pub(super) async fn ask(base_url: &str) -> Result<Completion, StageError> {
    let call = ModelCall {
        prompt: "say".to_owned(),
        temperature: Some(0.2),
        max_tokens: Some(7),
        ..ModelCall::default()
    };
    let provider = providers(base_url).get(None).unwrap();
    provider.complete(call, &|_| {}).await
}

pub(super) const SSE: &str = "content-type: text/event-stream";
pub(super) const JSON: &str = "content-type: application/json";
pub(super) const STOP: &str = r#"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"#;

#[tokio::test]
async fn an_answer_is_read_in_any_form() {
    let whole = r#"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#;
    let piece = r#"data: {"choices":[{"delta":{"content":"hi"}}]}"#;
    let cases: [(&str, String); 12] = [
        // Content in parts, with and without streaming.
        (
            JSON,
            r#"{"choices":[{"message":{"content":[{"type":"text","text":"h"},{"text":"i"}]}}]}"#
                .into(),
        ),
        (
            SSE,
            format!(
                "data: {{\"choices\":[{{\"delta\":{{\"content\":[{{\"text\":\"hi\"}}]}}}}]}}\n\n{STOP}\n\n"
            ),
        ),
        // Counts that are null; choices that are null in the piece with the usage.
        (
            JSON,
            whole.replace("}]}", r#"}],"usage":{"prompt_tokens":null}}"#),
        ),
        (
            SSE,
            format!("{piece}\n\n{STOP}\n\ndata: {{\"choices\":null,\"usage\":null}}\n\n"),
        ),
        // No content type, or a wrong one.
        ("a: b", whole.into()),
        ("content-type: text/plain", whole.into()),
        (JSON, format!("{piece}\n\n{STOP}\n\n")),
        // A byte order mark, CRLF line endings, no space after the colon, no end marker.
        (SSE, format!("\u{feff}{piece}\n\n{STOP}\n\n")),
        (
            SSE,
            format!(": alive\r\n\r\n{piece}\r\n\r\n{STOP}\r\n\r\ndata: [DONE]\r\n\r\n"),
        ),
        (
            SSE,
            format!("{}\n\ndata:[DONE]\n\n", piece.replace(": {", ":{")),
        ),
        // One JSON object per line; the first of several choices; the field of older completions.
        ("content-type: application/x-ndjson", format!("{whole}\n")),
        (
            JSON,
            r#"{"choices":[{"index":1,"text":"no"},{"index":0,"text":"hi"}]}"#.into(),
        ),
    ];
    for (headers, body) in cases {
        let (url, _questions) = endpoint(vec![answer(200, headers, &body)]).await;
        let got = ask(&format!("{url}/v1")).await;
        let got = got.unwrap_or_else(|e| panic!("{e}: {body}"));
        assert_eq!(
            (got.text.as_str(), got.finish_reason.as_str()),
            ("hi", "stop"),
            "{body}"
        );
        assert_eq!(got.usage.cost, None);
    }
}

#[tokio::test]
async fn the_error_of_an_answer_without_text_says_why() {
    for (body, retryable, part) in [
        (r#"{"choices":[]}"#, true, "no `choices`"),
        (r#"{"model":"m"}"#, true, "no `choices`"),
        (
            r#"{"choices":[{"message":{"content":null,"refusal":"I may not"}}]}"#,
            false,
            "I may not",
        ),
        (
            r#"{"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]}"#,
            false,
            "content filter",
        ),
        (
            r#"{"choices":[{"message":{"content":null},"finish_reason":"tool_calls"}]}"#,
            false,
            "called a tool",
        ),
        ("<html>sign in</html>", false, "It begins: <html>sign in"),
    ] {
        let (url, _questions) = endpoint(vec![answer(200, "a: b", body)]).await;
        let error = ask(&format!("{url}/v1")).await.unwrap_err();
        assert_eq!(error.retryable, retryable, "{error}");
        assert!(error.message.contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_call_is_repeated_without_a_field_that_the_model_does_not_support() {
    let refuse = |text: &str| answer(400, JSON, &format!(r#"{{"error":{{"message":"{text}"}}}}"#));
    let whole = answer(200, JSON, r#"{"choices":[{"message":{"content":"hi"}}]}"#);
    let (url, mut questions) = endpoint(vec![
        refuse("Unknown parameter: 'stream_options'"),
        refuse("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead"),
        refuse("Unsupported value: 'temperature' does not support 0.2"),
        refuse("Streaming is not supported here"),
        whole,
    ])
    .await;
    assert_eq!(ask(&format!("{url}/v1/")).await.unwrap().text, "hi");
    let mut last = String::new();
    while let Ok(question) = questions.try_recv() {
        last = question;
    }
    assert!(last.contains(r#""max_completion_tokens":7"#), "{last}");
    assert!(last.contains(r#""stream":false"#), "{last}");
    assert!(
        !last.contains("stream_options") && !last.contains("temperature"),
        "{last}"
    );
    // After a refusal about something else, the call is not repeated.
    let (url, mut questions) = endpoint(vec![refuse("temperature must be at most 1")]).await;
    let error = ask(&format!("{url}/v1")).await.unwrap_err();
    assert!(error.message.contains("at most 1"), "{error}");
    assert!(questions.try_recv().is_ok() && questions.try_recv().is_err());
}

#[tokio::test]
async fn unsupported_parameters_are_reported_in_the_stages_log() {
    let refuse = |text: &str| answer(400, JSON, &format!(r#"{{"error":{{"message":"{text}"}}}}"#));
    let whole = || {
        answer(
            200,
            JSON,
            r#"{"model":"m","choices":[{"message":{"content":"hi END there"}}]}"#,
        )
    };
    let unsupported = |field: &str| {
        refuse(&format!(
            "Unsupported parameter: '{field}' is not supported"
        ))
    };
    for (refusals, parameter, instead) in [
        (vec![unsupported("temperature")], "temperature", "left out"),
        (vec![unsupported("top_p")], "top_p", "left out"),
        (
            vec![unsupported("stop")],
            "stop",
            "cut at the first stop sequence",
        ),
        (
            vec![unsupported("max_tokens")],
            "max_tokens",
            "sent as `max_completion_tokens`",
        ),
        (
            vec![
                unsupported("max_tokens"),
                unsupported("max_completion_tokens"),
            ],
            "max_tokens",
            "left out",
        ),
        (
            vec![refuse("System role not supported")],
            "system",
            "at the beginning of the prompt",
        ),
    ] {
        let answers = refusals.into_iter().chain([whole(), whole()]).collect();
        let (url, _questions) = endpoint(answers).await;
        let resources = Resources::default().with(providers(&format!("{url}/v1")));
        // The second call is not refused, because the profile is known. It reports the adjustment
        // too.
        for _ in 0..2 {
            let mut ctx = context(resources.clone(), &[]);
            ctx.llm = Some(Arc::new(LlmSettings {
                top_p: Some(0.5),
                ..LlmSettings::default()
            }));
            let input = r#"{"prompt":"say","system_prompt":"be kind","temperature":0.2,
                "max_tokens":7,"stop_sequences":["END"]}"#;
            let out = run(&GENERATOR, ctx.clone(), input).await.unwrap();
            let told = out.get("adjustments").and_then(Value::as_list).unwrap();
            assert_eq!(told.len(), 1, "{}", out.to_json());
            assert_eq!(told[0].get("parameter"), Some(&parameter.into()));
            let logs = ctx.report.lock().logs.clone();
            assert_eq!(
                (logs.len(), logs[0].level.as_str()),
                (1, "warning"),
                "{logs:?}"
            );
            let begin = format!("The model `m` does not support `{parameter}`: ");
            assert!(
                logs[0].message.starts_with(&begin) && logs[0].message.contains(instead),
                "{logs:?}"
            );
        }
    }
}

#[tokio::test]
async fn parameters_that_no_stage_set_are_not_reported() {
    let refuse = |text: &str| answer(400, JSON, &format!(r#"{{"error":{{"message":"{text}"}}}}"#));
    let whole = answer(
        200,
        JSON,
        r#"{"model":"m","choices":[{"message":{"content":"hi"}}]}"#,
    );
    let (url, _questions) = endpoint(vec![
        refuse("Unknown parameter: 'stream_options'"),
        refuse("Streaming is not supported here"),
        whole,
    ])
    .await;
    let ctx = context(Resources::default().with(providers(&url)), &[]);
    let out = run(&GENERATOR, ctx.clone(), r#"{"prompt":"say"}"#).await;
    assert_eq!(out.unwrap().get("adjustments"), None);
    assert!(ctx.report.lock().logs.is_empty());
}

#[tokio::test]
async fn a_base_url_is_taken_with_and_without_its_path() {
    let whole = || answer(200, JSON, r#"{"choices":[{"message":{"content":"hi"}}]}"#);
    for (path, before) in [
        ("/v1", None),
        ("/v1/", None),
        ("/v1/chat/completions", None),
        ("", Some(answer(404, "a: b", "404 page not found"))),
        ("/", Some(answer(404, "a: b", "404 page not found"))),
    ] {
        let answers = before.into_iter().chain([whole()]).collect();
        let (url, mut questions) = endpoint(answers).await;
        assert_eq!(
            ask(&format!("{url}{path}")).await.unwrap().text,
            "hi",
            "{path}"
        );
        let mut last = String::new();
        while let Ok(question) = questions.try_recv() {
            last = question;
        }
        assert!(
            last.starts_with("POST /v1/chat/completions "),
            "{path}: {last}"
        );
    }
}
