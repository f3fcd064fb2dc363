//! The text and real errors decide whether a call failed: streams with noise and without their end,
//! errors inside a 200, refusals of fields, thoughts.

use std::sync::Arc;

use engine::component::{Resources, Usage};
use parking_lot::Mutex;

use super::endpoint::{JSON, SSE, STOP, answer, ask, endpoint};
use crate::{
    model::{Ask, Providers, Script, Scripted},
    testing::context,
};

fn piece(text: &str) -> String {
    format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
}

#[tokio::test]
async fn noise_in_a_stream_is_ignored() {
    let bodies = [
        format!(": OPENROUTER PROCESSING\n\n{}{STOP}\n\n", piece("hi")),
        format!(
            "{}data: keep-alive\n\n: x\nid: 5\nretry: 10\n\n{STOP}\n\n",
            piece("hi")
        ),
        format!(
            "event: ping\ndata: {{\"type\":\"ping\"}}\n\n{}{STOP}\n\n",
            piece("hi")
        ),
        format!(
            "{}noise without a colon\n\ndata: 5\n\ndata: null\n\n{STOP}\n\n",
            piece("hi")
        ),
        format!("{}data: [done]\n\n", piece("hi")),
        format!(
            "{}{STOP}\n\ndata: {{\"usage\":\"none\",\"choices\":{{}}}}\n\n",
            piece("hi")
        ),
        format!(
            "{}{STOP}\n\ndata: {{\"error\":{{}}}}\n\ndata: [DONE]\n\n",
            piece("hi")
        ),
    ];
    for body in bodies {
        let (url, _questions) = endpoint(vec![answer(200, SSE, &body)]).await;
        let got = ask(&format!("{url}/v1")).await;
        assert_eq!(
            got.unwrap_or_else(|e| panic!("{e}: {body}")).text,
            "hi",
            "{body}"
        );
    }
}

#[tokio::test]
async fn an_incomplete_answer_and_an_error_inside_it_fail_the_call() {
    let stream = |rest: &str| (SSE, format!("{}{rest}", piece("Hal")));
    for ((headers, body), retryable, part) in [
        (stream(""), true, "is incomplete"),
        (stream(": bye\n\n"), true, "is incomplete"),
        (
            stream("data: {\"choices\":[{\"delta\":{\"conte\n\n"),
            true,
            "is incomplete",
        ),
        (
            stream("event: error\ndata: overloaded now\n\n"),
            true,
            "overloaded now",
        ),
        (
            stream("event: error\ndata: {\"message\":\"too busy\"}\n\n"),
            true,
            "too busy",
        ),
        (
            stream("data: {\"error\":{\"message\":\"bad key\",\"code\":401}}\n\n"),
            false,
            "bad key",
        ),
        (
            stream(
                "data: {\"choices\":[{\"error\":{\"message\":\"upstream\",\"code\":502},\"finish_reason\":\"error\"}]}\n\n",
            ),
            true,
            "upstream",
        ),
        (
            (JSON, r#"{"choices":[{"message":{"content":"ha"#.to_owned()),
            true,
            "is incomplete",
        ),
        (
            (
                JSON,
                r#"{"error":{"message":"no credit","type":"billing_error"}}"#.to_owned(),
            ),
            false,
            "no credit",
        ),
        (
            (
                JSON,
                r#"{"object":"error","message":"slow","code":429}"#.to_owned(),
            ),
            true,
            "slow",
        ),
        ((JSON, r#"{"detail":"gone"}"#.to_owned()), true, "gone"),
    ] {
        let (url, _questions) = endpoint(vec![answer(200, headers, &body)]).await;
        let error = ask(&format!("{url}/v1")).await.unwrap_err();
        assert_eq!(error.retryable, retryable, "{body}: {error}");
        assert!(error.message.contains(part), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_field_refused_inside_a_200_is_left_out_and_that_is_remembered() {
    let refusal = r#"{"error":{"message":"'temperature' is not supported","code":400}}"#;
    let whole = r#"{"choices":[{"message":{"content":"hi"}}]}"#;
    let answers = [refusal, whole].map(|body| answer(200, JSON, body));
    let (url, mut questions) = endpoint(answers.into()).await;
    assert_eq!(ask(&format!("{url}/v1")).await.unwrap().text, "hi");
    assert!(questions.recv().await.unwrap().contains("temperature"));
    assert!(!questions.recv().await.unwrap().contains("temperature"));
}

#[tokio::test]
async fn counts_that_cannot_be_right_are_unknown() {
    let body = r#"{"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":1151,"completion_tokens":-35}}"#;
    let (url, _questions) = endpoint(vec![answer(200, JSON, body)]).await;
    let usage = ask(&format!("{url}/v1")).await.unwrap().usage;
    let wanted = Usage {
        calls: 1,
        prompt_tokens: Some(1151),
        completion_tokens: None,
        cost: None,
    };
    assert_eq!(usage, wanted);
    let body = r#"{"choices":[{"message":{"content":"hi"}}]}"#;
    let (url, _questions) = endpoint(vec![answer(200, JSON, body)]).await;
    let usage = ask(&format!("{url}/v1")).await.unwrap().usage;
    assert_eq!((usage.prompt_tokens, usage.tokens()), (None, None));
}

#[tokio::test]
async fn thoughts_are_neither_shown_live_nor_part_of_the_text() {
    let said = r#"{"answers":[{"answer":"<think>first {\"a\": 0}\nthen</think>\n\nThe answer."}]}"#;
    let script = Scripted::new(Script::parse(said).unwrap(), None);
    let providers = Providers::default().with("scripted", Arc::new(script));
    let mut ctx = context(Resources::default().with(providers), &[]);
    let shown = Arc::new(Mutex::new(String::new()));
    let keep = shown.clone();
    ctx.live = Some(Arc::new(move |chunk| {
        let mut all = keep.lock();
        assert_eq!(chunk.offset, all.chars().count());
        all.push_str(&chunk.text);
    }));
    let question = Ask {
        prompt: "?".to_owned(),
        ..Ask::default()
    };
    let answer = crate::model::ask(&ctx, question).await.unwrap();
    assert_eq!(answer.text, "The answer.");
    assert_eq!(answer.thoughts, "first {\"a\": 0}\nthen");
    assert_eq!(*shown.lock(), "The answer.");
}
