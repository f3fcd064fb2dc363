//! One question of a stage to its model: settings, live text and metering in one place.

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

/// Asks the stage's model; text goes out live as it comes, usage is metered. What the model
/// thought is no part of the text, neither live nor at the end.
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
    // What was sent so far, in characters, and what may still turn out to be a thought.
    let shown = Mutex::new((0, ThoughtFilter::default()));
    let send = |offset: &mut usize, text: &str| {
        // Between thoughts and answer there are blank lines; the answer begins with its first word.
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
                "The model `{model}` does not take `{parameter}`: {}",
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
            "length" => "the model used up max_tokens before it wrote an answer; raise max_tokens",
            _ if !answer.thoughts.is_empty() => "the model wrote its thoughts, but no answer",
            _ => "the model gave an empty answer",
        };
        return Err(StageError::retryable(ErrorCode::ProviderFailed, message));
    }
    Ok(answer)
}

/// How an answer stands to JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The model was asked for JSON that has one of these fields.
    Json(&'static [&'static str]),
    /// It was asked for text, and may have put the text into JSON under one of these names.
    Text(&'static [&'static str]),
}

/// Asks for JSON of a shape and reads it with `read`, which is given the likeliest object or list of
/// the answer, or none where there is none. Nothing is made up: an answer that `read` cannot use
/// fails the attempt, and so does JSON that broke off. Gives what was read and what the model
/// thought.
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
            format!("the model's answer broke off in the middle of its {what}{hint}"),
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

/// The likeliest answer that has one of these fields, itself or in the one object that it holds;
/// the likeliest of all when none has.
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
