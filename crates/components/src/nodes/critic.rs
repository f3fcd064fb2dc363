//! `critic`: a model evaluates a text by criteria.

use engine::{
    Value,
    component::{LiteralFault, Literals, StageContext, StageError},
    node,
};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::prompt::{Prompt, field, number, text, texts};
use crate::{
    lenient::{Flag, Num, Text, Texts, num_of, text_of},
    model::{Ask, Completion, Wanted, ask_for},
};

/// The input of `critic`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CriticInput {
    /// The text to evaluate.
    #[schemars(extend("x-synonyms" = ["prompt"]))]
    content: Text,
    /// The system prompt of the model call; there is a default.
    #[serde(default)]
    system_prompt: Option<Text>,
    /// The criteria to evaluate the text by, as text or a list.
    #[serde(default)]
    criteria: Option<Texts>,
    /// Background information for the model.
    #[serde(default)]
    context: Option<Text>,
    /// The rubric: text, or an object that explains each criterion.
    #[serde(default)]
    rubric: Option<Value>,
    /// Whether the model is asked to be strict; false by default.
    #[serde(default)]
    strict_mode: Option<Flag>,
    /// The lowest score that passes, 0 to 10; 7 by default, 8 with `strict_mode`.
    #[serde(default)]
    threshold: Option<Num>,
}

/// The output of `critic`. Values that the model did not provide are null.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CriticOutput {
    /// The feedback: what is good and what to change.
    feedback: String,
    /// The overall score, from 0 to 10.
    score: Option<f64>,
    /// The rating in one word, such as excellent, good, fair or poor.
    overall_rating: Option<String>,
    /// The strengths of the text.
    strengths: Vec<String>,
    /// The changes that the model suggests.
    improvements: Vec<String>,
    /// The score of each criterion, from 0 to 10.
    criterion_scores: IndexMap<String, f64>,
    /// Whether the score is at least the threshold.
    passes_threshold: Option<bool>,
    /// The model's thoughts before its answer, if it returned any.
    #[serde(skip_serializing_if = "Option::is_none")]
    thoughts: Option<String>,
}

/// Evaluates a text against criteria: feedback, score, strengths, improvements.
#[node(timeout_s = 60, own_field = "content=feedback", literals = literals)]
async fn critic(ctx: StageContext, input: CriticInput) -> Result<CriticOutput, StageError> {
    let strict = input.strict_mode.is_some_and(|f| f.0);
    let threshold = input
        .threshold
        .map_or(if strict { 8.0 } else { 7.0 }, |n| n.0);
    let rubric = input.rubric.as_ref().map(text_of).unwrap_or_default();
    let prompt = Prompt::default()
        .line("Judge the text below.")
        .part("TEXT", &input.content.0)
        .list("CRITERIA", &input.criteria.map(|t| t.0).unwrap_or_default())
        .part("RUBRIC", &rubric)
        .part("CONTEXT", &input.context.map(|t| t.0).unwrap_or_default())
        .part("ANSWER", ANSWER)
        .done();
    let system = match strict {
        true => "You are a strict critic: name every weakness, praise only what deserves it.",
        false => "You are a fair and precise critic.",
    };
    let own = input.system_prompt.map(|t| t.0).filter(|t| !t.is_empty());
    let question = Ask {
        system: Some(own.unwrap_or_else(|| system.to_owned())),
        prompt,
        ..Ask::default()
    };
    let (mut out, thoughts) = ask_for(&ctx, question, "critique", WANTED, |answer, json| {
        read(answer, json, threshold)
    })
    .await?;
    out.thoughts = thoughts;
    Ok(out)
}

/// The fields by which JSON is recognized as a critique.
const WANTED: Wanted = Wanted::Json(&[
    "feedback",
    "critique",
    "review",
    "comments",
    "content",
    "score",
    "overall_score",
    "overall_rating",
    "rating",
    "improvements",
    "weaknesses",
    "suggestions",
    "issues",
    "strengths",
    "positives",
]);

const ANSWER: &str = r#"Answer with one JSON object and nothing else:
{"score": 0 to 10, "overall_rating": "excellent|good|fair|poor", "feedback": "what is good and what to change, as text", "strengths": ["…"], "improvements": ["…"], "criterion_scores": {"criterion": 0 to 10}}"#;

fn read(answer: &Completion, json: Option<&Json>, threshold: f64) -> Option<CriticOutput> {
    let judged = json.filter(|json| json.is_object());
    let structured = judged.map(|json| structured(answer, json, threshold));
    match structured {
        Some(Some(out)) => Some(out),
        // JSON without any field of a critique, and without other text before it, is not a
        // critique.
        Some(None) if answer.text.trim_start().starts_with(['{', '[', '`']) => None,
        _ => Some(plain(answer)),
    }
}

/// A critique in plain text, without a score or other values.
fn plain(answer: &Completion) -> CriticOutput {
    CriticOutput {
        feedback: answer.text.trim().to_owned(),
        score: None,
        overall_rating: None,
        strengths: Vec::new(),
        improvements: Vec::new(),
        criterion_scores: IndexMap::new(),
        passes_threshold: None,
        thoughts: None,
    }
}

fn structured(answer: &Completion, json: &Json, threshold: f64) -> Option<CriticOutput> {
    let strengths = texts(json, &["strengths", "positives"]);
    let improvements = texts(
        json,
        &["improvements", "weaknesses", "suggestions", "issues"],
    );
    let score = number(json, &["score", "overall_score"]).filter(|s| (0.0..=100.0).contains(s));
    let overall_rating = text(json, &["overall_rating", "rating"]);
    let feedback = text(
        json,
        &["feedback", "critique", "review", "comments", "content"],
    )
    .or_else(|| (!improvements.is_empty()).then(|| improvements.join("\n")))
    // A score or rating alone is a critique too; the whole answer is its feedback.
    .or_else(|| {
        let judged = score.is_some() || overall_rating.is_some() || !strengths.is_empty();
        judged.then(|| answer.text.trim().to_owned())
    })?;
    let criterion_scores = field(json, &["criterion_scores", "scores"])
        .and_then(Json::as_object)
        .map(|scores| {
            scores
                .keys()
                .filter_map(|k| Some((k.clone(), number(&Json::Object(scores.clone()), &[k])?)))
                .collect()
        })
        .unwrap_or_default();
    Some(CriticOutput {
        feedback,
        // The prompt asks for a score of up to 10; some models answer with one of up to 100.
        score: score.map(|s| if s > 10.0 { s / 10.0 } else { s }),
        overall_rating,
        strengths,
        improvements,
        criterion_scores,
        passes_threshold: score.map(|s| if s > 10.0 { s / 10.0 } else { s } >= threshold),
        thoughts: None,
    })
}

/// Warns of a threshold that no score reaches, or that every score reaches.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let threshold = given.get("threshold").and_then(num_of);
    match threshold.filter(|number| !(0.0..=10.0).contains(number)) {
        Some(number) => {
            let message = format!("is {number}, but scores are from 0 to 10");
            vec![LiteralFault::new("threshold", message).warn()]
        }
        None => Vec::new(),
    }
}
