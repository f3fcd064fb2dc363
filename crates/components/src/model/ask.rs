//! One question of a stage to its model: settings, live text and metering in one place.

use std::sync::atomic::{AtomicUsize, Ordering};

use engine::component::{Chunk, StageContext, StageError};
use types::ErrorCode;

use super::{ModelAnswer, ModelCall, Providers, find_json};

/// A question. What a stage's own input sets wins over its `llm_settings`, these over the
/// provider's.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// What the model should be.
    pub system: Option<String>,
    /// What is asked.
    pub prompt: String,
    /// From the stage's input.
    pub temperature: Option<f64>,
    /// From the stage's input.
    pub max_tokens: Option<u32>,
    /// From the stage's input.
    pub stop: Option<Vec<String>>,
}

/// Asks the stage's model; text goes out live as it comes, usage is metered.
pub async fn ask(ctx: &StageContext, question: Ask) -> Result<ModelAnswer, StageError> {
    let providers = ctx.resources.get::<Providers>().unwrap_or_default();
    let llm = ctx.llm.as_deref();
    let provider = providers.get(llm.and_then(|l| l.provider.as_deref()))?;
    let call = ModelCall {
        stage: ctx.address.to_string(),
        key: ctx.idempotency_key.to_string(),
        system: question.system,
        prompt: question.prompt,
        model: llm.and_then(|l| l.model.clone()),
        temperature: question.temperature.or(llm.and_then(|l| l.temperature)),
        max_tokens: question.max_tokens.or(llm.and_then(|l| l.max_tokens)),
        top_p: llm.and_then(|l| l.top_p),
        stop: question
            .stop
            .or_else(|| llm.map(|l| l.stop_sequences.clone()))
            .unwrap_or_default(),
    };
    let offset = AtomicUsize::new(0);
    let sink = |text: &str| {
        if let Some(live) = &ctx.live {
            let chunk = Chunk {
                stage: ctx.address.to_string(),
                attempt: ctx.attempt,
                offset: offset.fetch_add(text.chars().count(), Ordering::Relaxed),
                text: text.to_owned(),
            };
            live(chunk);
        }
    };
    let answer = provider.complete(call, &sink).await?;
    ctx.meter(&answer.usage);
    if answer.text.trim().is_empty() {
        let message = match answer.finish_reason.as_str() {
            "length" => "the model used up max_tokens before it wrote an answer; raise max_tokens",
            _ => "the model gave an empty answer",
        };
        return Err(StageError::retryable(ErrorCode::ProviderFailed, message));
    }
    Ok(answer)
}

/// Asks for JSON of a shape and reads it with `read`. Nothing is made up: an answer that `read`
/// cannot use fails the attempt.
pub(crate) async fn ask_for<T>(
    ctx: &StageContext,
    question: Ask,
    what: &str,
    read: impl FnOnce(&ModelAnswer, Option<serde_json::Value>) -> Option<T>,
) -> Result<T, StageError> {
    let answer = ask(ctx, question).await?;
    let json = find_json(&answer.text);
    read(&answer, json).ok_or_else(|| {
        let start: String = answer.text.chars().take(200).collect();
        StageError::retryable(
            ErrorCode::ProviderFailed,
            format!("the model's answer holds no usable {what}; it begins: {start}"),
        )
    })
}
