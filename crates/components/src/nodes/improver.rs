//! `improver`: a model rewrites a text by feedback.

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

/// What to improve.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ImproverInput {
    /// The text to improve.
    #[schemars(extend("x-synonyms" = ["original", "text"]))]
    content: Text,
    /// Feedback on the text that the model should act on.
    #[serde(default)]
    #[schemars(extend("x-synonyms" = ["critique"]))]
    feedback: Option<Text>,
    /// Further instructions to the model.
    #[serde(default)]
    instructions: Option<Text>,
    /// The changes that the model should make.
    #[serde(default)]
    improvements: Option<Texts>,
    /// Aspects of the text that must not change.
    #[serde(default)]
    preserve_aspects: Option<Texts>,
    /// What the model should focus on.
    #[serde(default)]
    improvement_focus: Option<Text>,
}

/// The improved text.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImproverOutput {
    /// The improved text.
    content: String,
    /// The improved text, as in `content`.
    improved: String,
    /// The improved text, as in `content`.
    improved_content: String,
    /// What was changed, as the model says.
    changes_made: Vec<String>,
    /// What had to stay unchanged.
    preserved_aspects: Vec<String>,
    /// The changes as one text.
    improvement_summary: String,
    /// What the model thought before it answered, where it shows that.
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

/// Where the text stands when the answer is JSON, which was not asked for.
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
