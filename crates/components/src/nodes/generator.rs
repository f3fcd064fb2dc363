//! `generator`: a model writes a text for a prompt.

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

/// The input of `generator`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct GeneratorInput {
    /// The prompt for the model.
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
    /// The stop sequences: texts at which the answer ends.
    #[serde(default)]
    stop_sequences: Option<Texts>,
    /// A description of the format of the answer, such as `markdown` or `a JSON object with …`.
    #[serde(default)]
    output_format: Option<Text>,
}

/// The output of `generator`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GeneratorOutput {
    /// The text that the model wrote.
    content: String,
    /// The model's thoughts before its answer, if it returned any.
    #[serde(skip_serializing_if = "Option::is_none")]
    thoughts: Option<String>,
    /// The number of tokens sent and received; null if it is unknown.
    tokens_used: Option<u64>,
    /// Why the model stopped (`stop`, `length` …).
    finish_reason: String,
    /// The model that answered.
    model: String,
    /// The parameters that the model does not support, with what was sent instead; absent if it
    /// supports all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    adjustments: Vec<Adjustment>,
}

/// Writes a text with a language model.
///
/// The answer is streamed while the stage runs. The stage's `llm_settings` and the project's
/// providers determine the model.
#[node(timeout_s = 120, own_field = "result=content", literals = literals)]
async fn generator(
    ctx: StageContext,
    input: GeneratorInput,
) -> Result<GeneratorOutput, StageError> {
    let mut prompt = input.prompt.0;
    if prompt.trim().is_empty() {
        return Err(StageError::new(
            ErrorCode::StageInput,
            "`prompt` is empty; it may read the output of a stage that was skipped",
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

/// Reports an empty prompt.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let blank = given.get("prompt").map(text_of);
    match blank.is_some_and(|text| text.trim().is_empty()) {
        true => vec![LiteralFault::new(
            "prompt",
            "is empty; write a prompt for the model",
        )],
        false => Vec::new(),
    }
}
