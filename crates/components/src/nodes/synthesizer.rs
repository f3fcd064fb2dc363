//! `synthesizer`: a model combines several texts into one.

use engine::{
    Value,
    component::{LiteralFault, Literals, StageContext, StageError},
    node,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::ErrorCode;

use super::prompt::{Prompt, tail, text, texts};
use crate::{
    lenient::{Int, Text, text_of},
    model::{Ask, Completion, Wanted, ask_for},
};

/// The input of `synthesizer`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SynthesizerInput {
    /// The sources to combine: texts, or objects with `label` and `content`.
    #[schemars(extend("x-synonyms" = ["sources"]))]
    inputs: Vec<Value>,
    /// Additional instructions for the model.
    #[serde(default)]
    instructions: Option<Text>,
    /// How to combine the sources: `integrate` (the default), `best_of`, `compare`, `summarize`, or
    /// a strategy in your own words.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["strategy"]))]
    synthesis_strategy: Option<Text>,
    /// Background information for the model.
    #[serde(default)]
    context: Option<Text>,
    /// A description of the format of the result.
    #[serde(default)]
    output_format: Option<Text>,
    /// The maximum number of words in the result.
    #[serde(default)]
    #[schemars(extend("minimum" = 1))]
    max_length: Option<Int>,
}

/// The output of `synthesizer`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SynthesizerOutput {
    /// The combined text.
    synthesized: String,
    /// The combined text, as in `synthesized`.
    content: String,
    /// The main themes that the model found.
    key_themes: Vec<String>,
    /// The number of sources that were used.
    sources_used: usize,
    /// The strategy that was used.
    strategy_applied: String,
    /// The model's thoughts before its answer, if it returned any.
    #[serde(skip_serializing_if = "Option::is_none")]
    thoughts: Option<String>,
}

/// Reports a list without any source.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let sources = given.get("inputs").and_then(Value::as_list);
    let empty = |sources: &[Value]| sources.iter().all(|one| *one == Value::Null);
    match sources.is_some_and(empty) {
        true => vec![LiteralFault::new("inputs", "contains no sources")],
        false => Vec::new(),
    }
}

/// Combines several texts into one.
#[node(timeout_s = 120, literals = literals)]
async fn synthesizer(
    ctx: StageContext,
    input: SynthesizerInput,
) -> Result<SynthesizerOutput, StageError> {
    // The source from a skipped stage is null; it is left out.
    let sources: Vec<String> = input
        .inputs
        .iter()
        .filter(|v| **v != Value::Null)
        .enumerate()
        .map(source)
        .collect();
    if sources.is_empty() {
        return Err(StageError::new(
            ErrorCode::StageInput,
            "`inputs` contains no sources; provide a list of texts or of objects with `label` and \
             `content`",
        ));
    }
    let strategy = input
        .synthesis_strategy
        .map_or_else(|| "integrate".to_owned(), |t| t.0);
    let limit = input
        .max_length
        .map(|n| format!("At most {} words.", n.0))
        .unwrap_or_default();
    let prompt = Prompt::default()
        .line("Make one text of the sources below.")
        .part("SOURCES", &sources.join("\n"))
        .part("STRATEGY", &strategy)
        .part("INSTRUCTIONS", &input.instructions.map(|t| t.0).unwrap_or_default())
        .part("CONTEXT", &input.context.map(|t| t.0).unwrap_or_default())
        .part("FORM", &input.output_format.map(|t| t.0).unwrap_or_default())
        .part("LENGTH", &limit)
        .part("ANSWER", "Write the text and nothing before it. Then a line `KEY THEMES:`, and below it one line per theme.")
        .done();
    let system =
        Some("You bring sources together without losing what they disagree on.".to_owned());
    let question = Ask {
        system,
        prompt,
        ..Ask::default()
    };
    let count = sources.len();
    let (mut out, thoughts) = ask_for(
        &ctx,
        question,
        "text",
        Wanted::Text(TEXT),
        |answer, json| read(answer, json, count, strategy.clone()),
    )
    .await?;
    out.thoughts = thoughts;
    Ok(out)
}

/// The fields that contain the text if the model answers with JSON although the prompt does not ask
/// for it.
const TEXT: &[&str] = &["synthesized", "synthesis", "content", "text"];

fn source((at, value): (usize, &Value)) -> String {
    let label = value.get("label").or(value.get("name")).map(text_of);
    let content = value
        .get("content")
        .or(value.get("text"))
        .map_or_else(|| text_of(value), text_of);
    let label = label.unwrap_or_else(|| format!("Source {}", at + 1));
    format!("### {label}\n{content}\n")
}

fn read(
    answer: &Completion,
    json: Option<&serde_json::Value>,
    sources_used: usize,
    strategy_applied: String,
) -> Option<SynthesizerOutput> {
    let structured = json.and_then(|j| {
        let content = text(j, TEXT)?;
        Some((content, texts(j, &["key_themes", "themes"])))
    });
    let (content, key_themes) = structured.unwrap_or_else(|| tail(&answer.text, "KEY THEMES:"));
    (!content.is_empty()).then(|| SynthesizerOutput {
        synthesized: content.clone(),
        content,
        key_themes,
        sources_used,
        strategy_applied,
        thoughts: None,
    })
}
