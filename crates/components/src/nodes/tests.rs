//! Tests of the nodes with a scripted model.

use std::sync::Arc;

use engine::{
    Value,
    component::{Resources, StageContext},
};
use types::ErrorCode;

use super::{critic, generator, improver, selector, synthesizer};
use crate::{
    model::{Providers, Script, Scripted},
    testing::{context, run},
};

/// A context whose model gives this answer (as JSON) to every prompt.
fn answering(answer: &str) -> StageContext {
    let script = Script::parse(&format!(r#"{{"answers":[{{"answer":{answer}}}]}}"#)).unwrap();
    let providers = Providers::default().with("scripted", Arc::new(Scripted::new(script, None)));
    context(Resources::default().with(providers), &[])
}

#[tokio::test]
async fn generator_gives_the_text_counts_tokens_and_streams() {
    let mut ctx = answering(r#""Hello there, world""#);
    let seen = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let keep = seen.clone();
    ctx.live = Some(Arc::new(move |chunk| keep.lock().push(chunk)));
    let out = run(
        &generator::GENERATOR,
        ctx.clone(),
        r#"{"prompt":"Say hello"}"#,
    )
    .await
    .unwrap();
    assert_eq!(out.get("content"), Some(&"Hello there, world".into()));
    let chunks = seen.lock().clone();
    let text: String = chunks.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(text, "Hello there, world");
    assert_eq!(chunks[1].offset, chunks[0].text.len());
    let usage = ctx.report.lock().usage.unwrap();
    assert_eq!(
        (usage.calls, usage.completion_tokens, usage.cost),
        (1, Some(chunks.len() as u64), None)
    );
    let error = run(&generator::GENERATOR, ctx, r#"{"prompt":null}"#)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::StageInput);
}

#[tokio::test]
async fn without_a_provider_every_node_fails() {
    let ctx = context(Resources::default(), &[]);
    let error = run(&generator::GENERATOR, ctx, r#"{"prompt":"x"}"#)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::ProviderNotConfigured);
}

#[tokio::test]
async fn critic_reads_json_in_a_fence_and_leaves_missing_values_unknown() {
    let fenced = r#""Sure!\n```json\n{\"score\": \"8/10\", \"feedback\": \"Good.\", \"improvements\": [\"Shorter\"], \"criterion_scores\": {\"tone\": 9}}\n```""#;
    let out = run(
        &critic::CRITIC,
        answering(fenced),
        r#"{"content":"x","criteria":"tone"}"#,
    )
    .await
    .unwrap();
    assert_eq!(out.get("score"), Some(&Value::Float(8.0)));
    assert_eq!(out.get("passes_threshold"), Some(&true.into()));
    assert_eq!(out.get("feedback"), Some(&"Good.".into()));
    assert_eq!(
        out.get("criterion_scores").unwrap().to_json(),
        r#"{"tone":9.0}"#
    );
    let out = run(
        &critic::CRITIC,
        answering(r#""Too long.""#),
        r#"{"content":"x"}"#,
    )
    .await
    .unwrap();
    assert_eq!(out.get("feedback"), Some(&"Too long.".into()));
    assert_eq!(out.get("score"), Some(&Value::Null));
    let bare = answering(r#"{"score":6}"#);
    let out = run(&critic::CRITIC, bare, r#"{"content":"x"}"#).await;
    assert_eq!(out.unwrap().get("passes_threshold"), Some(&false.into()));
    let error = run(
        &critic::CRITIC,
        answering(r#"{"foo":1}"#),
        r#"{"content":"x"}"#,
    )
    .await
    .unwrap_err();
    assert_eq!(
        (error.code, error.retryable),
        (ErrorCode::ProviderFailed, true)
    );
}

#[tokio::test]
async fn improver_separates_the_text_from_the_changes() {
    let answer = r#""Better text.\n\nSecond.\n\n**CHANGES:**\n- shorter\n- kinder""#;
    let out = run(
        &improver::IMPROVER,
        answering(answer),
        r#"{"original":"t","critique":"c"}"#,
    )
    .await
    .unwrap();
    for name in ["content", "improved", "improved_content"] {
        assert_eq!(out.get(name), Some(&"Better text.\n\nSecond.".into()));
    }
    assert_eq!(
        out.get("changes_made").unwrap().to_json(),
        r#"["shorter","kinder"]"#
    );
    let answer = r#"{"improved_content":"J","changes_made":["x"]}"#;
    let out = run(&improver::IMPROVER, answering(answer), r#"{"content":"t"}"#)
        .await
        .unwrap();
    assert_eq!(out.get("content"), Some(&"J".into()));
}

#[tokio::test]
async fn selector_takes_an_index_a_label_or_words_but_never_guesses() {
    let options =
        r#"{"options":[{"label":"Short","content":"aaa"},{"label":"Long","content":"bbb"},null]}"#;
    for (answer, index) in [
        (r#"{"selected_index":1,"reasoning":"r"}"#, 1),
        (r#"{"selected":"Short"}"#, 0),
        (r#"{"selected":"bbb"}"#, 1),
        (r#""I take option 1.""#, 1),
        (r#""long""#, 1),
    ] {
        let out = run(&selector::SELECTOR, answering(answer), options)
            .await
            .unwrap();
        assert_eq!(
            out.get("selected_index"),
            Some(&Value::Int(index)),
            "{answer}"
        );
    }
    for answer in [
        r#"{"selected_index":2}"#,
        r#"{"selected_index":9}"#,
        r#""both are fine""#,
        r#"{"reasoning":"hm"}"#,
        r#""short or long""#,
    ] {
        let error = run(&selector::SELECTOR, answering(answer), options)
            .await
            .unwrap_err();
        assert_eq!(error.code, ErrorCode::ProviderFailed, "{answer}");
    }
    let ctx = context(Resources::default(), &[]);
    let out = run(&selector::SELECTOR, ctx, r#"{"candidates":["", "only"]}"#)
        .await
        .unwrap();
    assert_eq!(
        (out.get("selected"), out.get("selected_index")),
        (Some(&"only".into()), Some(&Value::Int(1)))
    );
}

#[tokio::test]
async fn synthesizer_takes_texts_and_labelled_sources_and_drops_skipped_ones() {
    let answer = r#""One text.\nKEY THEMES:\n- a""#;
    let input = r#"{"sources":[{"label":"L","content":"x"},"y",null],"instructions":"i"}"#;
    let out = run(&synthesizer::SYNTHESIZER, answering(answer), input)
        .await
        .unwrap();
    assert_eq!(
        out.to_json(),
        r#"{"synthesized":"One text.","content":"One text.","key_themes":["a"],"sources_used":2,"strategy_applied":"integrate"}"#
    );
    let error = run(
        &synthesizer::SYNTHESIZER,
        answering(answer),
        r#"{"inputs":[]}"#,
    )
    .await
    .unwrap_err();
    assert_eq!(error.code, ErrorCode::StageInput);
}

/// An answer of a reasoning model with JSON in its thoughts, which is not the answer.
fn thinking(answer: &str) -> StageContext {
    let text = format!(
        "<think>At first {{\"selected_index\": 0, \"score\": 1, \"content\": \"no\"}}.</think>\n{answer}"
    );
    answering(&serde_json::Value::from(text).to_string())
}

#[tokio::test]
async fn thoughts_are_never_part_of_an_answer_and_have_their_own_field() {
    let select = r#"{"options":["first text","second text"]}"#;
    for (component, input, answer, field, wanted) in [
        (
            &selector::SELECTOR,
            select,
            r#"{"selected_index": 1}"#,
            "selected",
            "second text",
        ),
        (
            &critic::CRITIC,
            r#"{"content":"c"}"#,
            r#"{"score": 9, "feedback": "fine"}"#,
            "feedback",
            "fine",
        ),
        (
            &generator::GENERATOR,
            r#"{"prompt":"p"}"#,
            "text",
            "content",
            "text",
        ),
        (
            &improver::IMPROVER,
            r#"{"content":"c"}"#,
            "text",
            "content",
            "text",
        ),
        (
            &synthesizer::SYNTHESIZER,
            r#"{"inputs":["a"]}"#,
            "text",
            "content",
            "text",
        ),
    ] {
        let out = run(component, thinking(answer), input).await.unwrap();
        assert_eq!(out.get(field), Some(&wanted.into()), "{}", component.name);
        let thoughts = out.get("thoughts").and_then(Value::as_str).unwrap();
        assert!(thoughts.starts_with("At first"), "{thoughts}");
        let out = run(
            component,
            answering(&serde_json::Value::from(answer).to_string()),
            input,
        );
        assert_eq!(
            out.await.unwrap().get("thoughts"),
            None,
            "{}",
            component.name
        );
    }
}

#[tokio::test]
async fn the_answer_is_the_last_object_whatever_text_is_around_it() {
    let options = r#"{"options":["a","b"]}"#;
    for answer in [
        r#"First {"selected_index": 0}, but no: {"selected_index": 1}"#,
        r#"[0] [1] as asked: {"selected_index": 1,}"#,
        "```json\n{\"selected_index\": 1, \"reasoning\": \"x\ny\"}\n```\nDone {\"ok\": true}",
        r#"[{"selected_index": 1}]"#,
        r#"{"result": {"selected_index": "1"}}"#,
        r#"{"selected_index": 1.0}"#,
        "1",
    ] {
        let answer = serde_json::Value::from(answer).to_string();
        let out = run(&selector::SELECTOR, answering(&answer), options).await;
        let out = out.unwrap_or_else(|e| panic!("{e}: {answer}"));
        assert_eq!(out.get("selected_index"), Some(&Value::Int(1)), "{answer}");
    }
    // If the last object is cut off or is not a choice, an earlier one is not used instead.
    for answer in [
        r#"First {"selected_index": 0}, but no: {"selected_index": 1, "reasoning": "bec"#,
        r#"First {"selected_index": 0}, but no: {"selected_index": 7}"#,
    ] {
        let answer = serde_json::Value::from(answer).to_string();
        let error = run(&selector::SELECTOR, answering(&answer), options).await;
        assert!(error.unwrap_err().retryable, "{answer}");
    }
    let prose = r#""Your JSON {\"a\": 1} lacks a name.""#;
    let out = run(&critic::CRITIC, answering(prose), r#"{"content":"x"}"#)
        .await
        .unwrap();
    assert!(
        out.get("feedback")
            .unwrap()
            .as_str()
            .unwrap()
            .starts_with("Your JSON")
    );
    let code = r#""Write {\"a\": [1, in the file""#;
    let out = run(&improver::IMPROVER, answering(code), r#"{"content":"x"}"#)
        .await
        .unwrap();
    assert!(
        out.get("content")
            .unwrap()
            .as_str()
            .unwrap()
            .starts_with("Write")
    );
}
