//! Calls a stage's model: combines the settings, streams the text and meters the usage.

use engine::{
    Value,
    component::{Chunk, StageContext, StageError},
};
use parking_lot::Mutex;
use serde_json::Value as Json;
use types::ErrorCode;

use super::{
    Completion, ModelCall, Providers, SearchOutcome, search,
    thoughts::{self, ThoughtFilter},
};

/// A prompt with its settings. The stage's own inputs take precedence over its `llm_settings`, and
/// these over the provider's settings.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The system prompt.
    pub system: Option<String>,
    /// The prompt.
    pub prompt: String,
    /// The temperature in the stage's input.
    pub temperature: Option<f64>,
    /// The maximum length in the stage's input, in tokens.
    pub max_tokens: Option<u32>,
    /// The stop sequences in the stage's input.
    pub stop: Option<Vec<String>>,
}

/// Calls the stage's model. The text is streamed live, and the usage is metered. The model's
/// thoughts are not part of the text, neither live nor at the end.
pub async fn ask(ctx: &StageContext, question: Ask) -> Result<Completion, StageError> {
    let providers = ctx.resources.get::<Providers>().unwrap_or_default();
    let llm = ctx.llm.as_deref();
    let provider = providers.get(llm.and_then(|l| l.provider.as_deref()))?;
    let call = ModelCall {
        stage: ctx.address.to_string(),
        key: ctx.idempotency_key(),
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
    // The number of characters that were sent, and the filter with the text that may be a thought.
    let shown = Mutex::new((0, ThoughtFilter::default()));
    let send = |offset: &mut usize, text: &str| {
        // There are blank lines between the thoughts and the answer, which begins with its first
        // word.
        let text = if *offset == 0 {
            text.trim_start()
        } else {
            text
        };
        if let Some(live) = ctx.live.as_ref().filter(|_| !text.is_empty()) {
            let chunk = Chunk {
                stage: ctx.address.to_string(),
                attempt: ctx.attempt,
                offset: *offset,
                text: text.to_owned(),
            };
            *offset += text.chars().count();
            live(chunk);
        }
    };
    let sink = |text: &str| {
        let mut shown = shown.lock();
        let (offset, filter) = &mut *shown;
        let certain = filter.push(text);
        send(offset, &certain);
    };
    let mut answer = provider.complete(call, &sink).await?;
    ctx.meter(&answer.usage);
    for adjusted in &answer.adjustments {
        let (model, parameter) = (&answer.model, &adjusted.parameter);
        let data = [
            ("model", model),
            ("parameter", parameter),
            ("instead", &adjusted.instead),
        ];
        ctx.log(
            "warning",
            format!(
                "The model `{model}` does not support `{parameter}`: {}",
                adjusted.instead
            ),
            Some(
                data.map(|(name, text)| (name, Value::from(text.as_str())))
                    .into_iter()
                    .collect(),
            ),
        );
    }
    {
        let mut shown = shown.lock();
        let (offset, filter) = &mut *shown;
        let rest = filter.finish();
        send(offset, &rest);
    }
    let (text, thoughts) = thoughts::split(&answer.text);
    answer.text = text;
    if !thoughts.is_empty() {
        let before = std::mem::take(&mut answer.thoughts);
        answer.thoughts = [before, thoughts].join("\n").trim().to_owned();
    }
    if answer.text.trim().is_empty() {
        let message = match answer.finish_reason.as_str() {
            "length" => "the model reached max_tokens before it wrote an answer; raise max_tokens",
            _ if !answer.thoughts.is_empty() => "the model returned thoughts, but no answer",
            _ => "the model returned an empty answer",
        };
        return Err(StageError::retryable(ErrorCode::ProviderFailed, message));
    }
    Ok(answer)
}

/// The format that the model was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// JSON with at least one of these fields.
    Json(&'static [&'static str]),
    /// Text. The model may still answer with JSON that has the text in one of these fields.
    Text(&'static [&'static str]),
}

/// Calls the model and converts its answer with `read`, which gets the likeliest JSON object or
/// list of the answer, if there is one. Returns the result and the model's thoughts.
///
/// # Errors
/// Fails the attempt if `read` cannot use the answer, or if JSON in the answer is cut off.
pub(crate) async fn ask_for<T>(
    ctx: &StageContext,
    question: Ask,
    what: &str,
    wanted: Wanted,
    read: impl FnOnce(&Completion, Option<&Json>) -> Option<T>,
) -> Result<(T, Option<String>), StageError> {
    let answer = ask(ctx, question).await?;
    let outcome = match wanted {
        Wanted::Json(_) => search(&answer.text),
        Wanted::Text(names) => {
            let begins = answer.text.trim_start().starts_with(['{', '`']);
            let mut names = names.iter().map(|name| format!("\"{name}\""));
            match begins && names.any(|name| answer.text.contains(&name)) {
                true => search(&answer.text),
                false => SearchOutcome::default(),
            }
        }
    };
    if outcome.cut {
        let hint = match answer.finish_reason.as_str() {
            "length" => "; raise max_tokens",
            _ => "",
        };
        return Err(StageError::retryable(
            ErrorCode::ProviderFailed,
            format!("the model's answer is cut off in the middle of its {what}{hint}"),
        ));
    }
    let (Wanted::Json(names) | Wanted::Text(names)) = wanted;
    let found = read(&answer, best(&outcome, names));
    let thoughts = Some(answer.thoughts.clone()).filter(|thoughts| !thoughts.is_empty());
    found.map(|found| (found, thoughts)).ok_or_else(|| {
        let start: String = answer.text.chars().take(200).collect();
        StageError::retryable(
            ErrorCode::ProviderFailed,
            format!("the model's answer contains no usable {what}; it starts with: {start}"),
        )
    })
}

/// The likeliest candidate that has one of these fields, itself or in its only nested object with
/// one; otherwise the likeliest candidate of all.
fn best<'o>(outcome: &'o SearchOutcome, names: &[&str]) -> Option<&'o Json> {
    let has = |json: &Json| names.iter().any(|name| json.get(name).is_some());
    let inside = |json: &'o Json| {
        let map = json.as_object()?;
        let mut inner = map.values().filter(|value| has(value));
        inner.next().filter(|_| inner.next().is_none())
    };
    let all = &outcome.candidates;
    all.iter()
        .find(|json| has(json))
        .or_else(|| all.iter().find_map(inside))
        .or(all.first())
}
