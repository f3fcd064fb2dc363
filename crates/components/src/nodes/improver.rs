//! `improver`: a model rewrites a text according to feedback.

use engine::{
    component::{StageContext, StageError},
    node,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::prompt::{Prompt, tail, text, texts};
use crate::{
    lenient::{Text, Texts},
    model::{Ask, Completion, Wanted, ask_for},
};

/// The input of `improver`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ImproverInput {
    /// The text to improve.
    #[schemars(extend("x-synonyms" = ["original", "text"]))]
    content: Text,
    /// The feedback on the text.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["critique"]))]
    feedback: Option<Text>,
    /// Additional instructions for the model.
    #[serde(default)]
    instructions: Option<Text>,
    /// The changes to make.
    #[serde(default)]
    improvements: Option<Texts>,
    /// The aspects of the text to keep.
    #[serde(default)]
    preserve_aspects: Option<Texts>,
    /// What the model should focus on.
    #[serde(default)]
    improvement_focus: Option<Text>,
}

/// The output of `improver`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImproverOutput {
    /// The improved text.
    content: String,
    /// The improved text, as in `content`.
    improved: String,
    /// The improved text, as in `content`.
    improved_content: String,
    /// The changes that the model reports.
    changes_made: Vec<String>,
    /// The value of the input `preserve_aspects`.
    preserved_aspects: Vec<String>,
    /// The changes as one text.
    improvement_summary: String,
    /// The model's thoughts before its answer, if it returned any.
    #[serde(skip_serializing_if = "Option::is_none")]
    thoughts: Option<String>,
}

/// Rewrites a text according to feedback and instructions.
#[node(timeout_s = 120)]
async fn improver(ctx: StageContext, input: ImproverInput) -> Result<ImproverOutput, StageError> {
    let preserve = input.preserve_aspects.map(|t| t.0).unwrap_or_default();
    let prompt = Prompt::default()
        .line("Improve the text below.")
        .part("TEXT", &input.content.0)
        .part("FEEDBACK", &input.feedback.map(|t| t.0).unwrap_or_default())
        .list("CHANGES TO MAKE", &input.improvements.map(|t| t.0).unwrap_or_default())
        .part("INSTRUCTIONS", &input.instructions.map(|t| t.0).unwrap_or_default())
        .part("FOCUS ON", &input.improvement_focus.map(|t| t.0).unwrap_or_default())
        .list("KEEP", &preserve)
        .part("ANSWER", "Write the improved text and nothing before it. Then a line `CHANGES:`, and below it one line per change.")
        .done();
    let system = Some("You are a careful editor.".to_owned());
    let question = Ask {
        system,
        prompt,
        ..Ask::default()
    };
    let (mut out, thoughts) = ask_for(
        &ctx,
        question,
        "text",
        Wanted::Text(TEXT),
        |answer, json| read(answer, json, preserve.clone()),
    )
    .await?;
    out.thoughts = thoughts;
    Ok(out)
}

/// The fields that contain the text if the model answers with JSON although the prompt does not ask
/// for it.
const TEXT: &[&str] = &["improved_content", "improved", "content", "text"];

fn read(
    answer: &Completion,
    json: Option<&serde_json::Value>,
    preserved_aspects: Vec<String>,
) -> Option<ImproverOutput> {
    let structured = json.and_then(|j| {
        let content = text(j, TEXT)?;
        Some((content, texts(j, &["changes_made", "changes"])))
    });
    let (content, changes_made) = structured.unwrap_or_else(|| tail(&answer.text, "CHANGES:"));
    (!content.is_empty()).then(|| ImproverOutput {
        improved: content.clone(),
        improved_content: content.clone(),
        content,
        improvement_summary: changes_made.join("; "),
        changes_made,
        preserved_aspects,
        thoughts: None,
    })
}
