//! `generator`: free text from a model.

use engine::{
    component::{LiteralFault, Literals, StageContext, StageError},
    node,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use crate::{
    lenient::{Int, Num, Text, Texts, text_of},
    model::{Adjustment, Ask, ask},
};

/// What to write.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GeneratorInput {
    /// The prompt that is sent to the model.
    #[schemars(extend("x-synonyms" = ["user_prompt"]))]
    prompt: Text,
    /// The system prompt of the model call.
    #[serde(default)]
    system_prompt: Option<Text>,
    /// The maximum length of the answer, in tokens.
    #[serde(default)]
    #[schemars(extend("minimum" = 1, "maximum" = u32::MAX))]
    max_tokens: Option<Int>,
    /// The sampling temperature, 0 to 2.
    #[serde(default)]
    #[schemars(extend("minimum" = 0, "maximum" = 2))]
    temperature: Option<Num>,
    /// Sequences at which the answer ends.
    #[serde(default)]
    stop_sequences: Option<Texts>,
    /// The format of the answer, in words (`markdown`, `a JSON object with …`).
    #[serde(default)]
    output_format: Option<Text>,
}

/// What the model wrote.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GeneratorOutput {
    /// The text that the model wrote.
    content: String,
    /// What the model thought before it answered, where it shows that.
    #[serde(skip_serializing_if = "Option::is_none")]
    thoughts: Option<String>,
    /// Tokens sent and received; null when they are not known.
    tokens_used: Option<u64>,
    /// Why it stopped (`stop`, `length` …).
    finish_reason: String,
    /// The model that answered.
    model: String,
    /// Parameters that the model does not support, with what was sent instead; absent when it supports all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    adjustments: Vec<Adjustment>,
}

/// Writes a text with a language model.
///
/// The answer streams while the stage runs. Which model is asked is decided by the stage's
/// `llm_settings` and the project's providers.
#[node(timeout_s = 120, own_field = "result=content", literals = literals)]
async fn generator(
    ctx: StageContext,
    input: GeneratorInput,
) -> Result<GeneratorOutput, StageError> {
    let mut prompt = input.prompt.0;
    if prompt.trim().is_empty() {
        return Err(StageError::new(
            ErrorCode::StageInput,
            "the prompt is empty; what it reads may come from a stage that was skipped",
        ));
    }
    if let Some(Text(format)) = input.output_format.filter(|f| !f.0.is_empty()) {
        prompt.push_str(&format!("\n\nAnswer in this form: {format}"));
    }
    let question = Ask {
        system: input.system_prompt.map(|t| t.0),
        prompt,
        temperature: input.temperature.map(|n| n.0),
        max_tokens: input.max_tokens.and_then(|n| u32::try_from(n.0).ok()),
        stop: input.stop_sequences.map(|t| t.0),
    };
    let answer = ask(&ctx, question).await?;
    Ok(GeneratorOutput {
        thoughts: Some(answer.thoughts).filter(|thoughts| !thoughts.is_empty()),
        tokens_used: answer.usage.tokens(),
        content: answer.text,
        finish_reason: answer.finish_reason,
        model: answer.model,
        adjustments: answer.adjustments,
    })
}

/// A prompt that asks nothing.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let blank = given.get("prompt").map(text_of);
    match blank.is_some_and(|text| text.trim().is_empty()) {
        true => vec![LiteralFault::new("prompt", "is empty: nothing is asked")],
        false => Vec::new(),
    }
}
