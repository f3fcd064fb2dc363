//! `selector`: a model selects the best of several texts.

use engine::{
    Value,
    component::{LiteralFault, Literals, StageContext, StageError},
    node,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use types::ErrorCode;

use super::prompt::{Prompt, field, number, text};
use crate::{
    lenient::{Text, Texts, text_of},
    model::{Ask, Wanted, ask_for},
};

/// The input of `selector`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct SelectorInput {
    /// The options: texts, or objects with `label` and `content`.
    #[schemars(extend("x-synonyms" = ["candidates"]))]
    options: Vec<Value>,
    /// The criteria to select by, as text or a list.
    #[serde(default)]
    criteria: Option<Texts>,
    /// Background information for the model.
    #[serde(default)]
    context: Option<Text>,
    /// `best` (the default), or another quality to look for.
    #[serde(default)]
    selection_mode: Option<Text>,
}

/// The output of `selector`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SelectorOutput {
    /// The text of the selected option.
    selected: String,
    /// The index of the selected option in the list, from 0.
    selected_index: usize,
    /// The label of the selected option, if it has one.
    selected_label: Option<String>,
    /// Why the model selected the option.
    reasoning: String,
    /// Why the model selected the option, as in `reasoning`.
    explanation: String,
    /// The confidence of the model, from 0 to 1; null if the model did not state it.
    confidence: Option<f64>,
    /// The ranking of all options, if the model provided one.
    rankings: Vec<Value>,
    /// The model's thoughts before its answer, if it returned any.
    #[serde(skip_serializing_if = "Option::is_none")]
    thoughts: Option<String>,
}

struct Choice {
    label: Option<String>,
    text: String,
}

/// The text of an option: its `content` or `text`, or the option itself.
fn text_in(value: &Value) -> String {
    let inner = value.get("content").or(value.get("text"));
    text_of(inner.unwrap_or(value))
}

/// Reports a list without any text.
fn literals(given: &Literals<'_>) -> Vec<LiteralFault> {
    let options = given.get("options").and_then(Value::as_list);
    let empty = |options: &[Value]| options.iter().all(|one| text_in(one).trim().is_empty());
    match options.is_some_and(empty) {
        true => vec![LiteralFault::new(
            "options",
            "contains no text to choose from",
        )],
        false => Vec::new(),
    }
}

/// Selects the best of several texts by criteria.
#[node(timeout_s = 60, own_field = "content=selected", literals = literals)]
async fn selector(ctx: StageContext, input: SelectorInput) -> Result<SelectorOutput, StageError> {
    let choices: Vec<Choice> = input
        .options
        .iter()
        .map(|value| Choice {
            label: value.get("label").or(value.get("name")).map(text_of),
            text: text_in(value),
        })
        .collect();
    // The option from a skipped stage is null: it keeps its index, but cannot be selected.
    let usable: Vec<usize> = (0..choices.len())
        .filter(|at| !choices[*at].text.trim().is_empty())
        .collect();
    if let [only] = usable.as_slice() {
        let why = "It is the only option.".to_owned();
        return Ok(output(*only, &choices, why, None, Vec::new()));
    }
    if usable.is_empty() {
        return Err(StageError::new(
            ErrorCode::StageInput,
            "`options` contains no texts; provide a list of texts or of objects with `label` and \
             `content`",
        ));
    }
    let listed: String = choices
        .iter()
        .enumerate()
        .filter(|(at, _)| usable.contains(at))
        .map(|(at, choice)| {
            let label = choice
                .label
                .as_deref()
                .map(|l| format!(" ({l})"))
                .unwrap_or_default();
            format!("### Option {at}{label}\n{}\n\n", choice.text)
        })
        .collect();
    let mode = input
        .selection_mode
        .map(|t| t.0)
        .filter(|m| m != "best")
        .unwrap_or_default();
    let last = choices.len() - 1;
    let form = format!(
        "Answer with one JSON object and nothing else:\n{{\"selected_index\": 0 to {last}, \
         \"reasoning\": \"why\", \"confidence\": 0 to 1}}"
    );
    let prompt = Prompt::default()
        .line("Choose the best of the options below.")
        .part("OPTIONS", &listed)
        .list("CRITERIA", &input.criteria.map(|t| t.0).unwrap_or_default())
        .part("LOOK FOR", &mode)
        .part("CONTEXT", &input.context.map(|t| t.0).unwrap_or_default())
        .part("ANSWER", &form)
        .done();
    let system = Some("You choose carefully and by the criteria alone.".to_owned());
    let question = Ask {
        system,
        prompt,
        ..Ask::default()
    };
    let (mut out, thoughts) = ask_for(&ctx, question, "choice", WANTED, |answer, json| match json
        .filter(|json| json.is_object())
    {
        Some(json) => read(json, &choices),
        None => {
            let index = named(answer.text.trim(), &choices)?;
            let why = answer.text.trim().to_owned();
            Some(output(index, &choices, why, None, Vec::new()))
        }
    })
    .await?;
    out.thoughts = thoughts;
    Ok(out)
}

/// The fields that contain the choice in JSON.
const CHOICE: &[&str] = &[
    "selected_index",
    "index",
    "selected",
    "choice",
    "selection",
    "option",
];
const WANTED: Wanted = Wanted::Json(CHOICE);

fn read(json: &Json, choices: &[Choice]) -> Option<SelectorOutput> {
    let index = match field(json, CHOICE)? {
        Json::Number(n) => match n.as_u64() {
            Some(index) => usize::try_from(index).ok()?,
            // `1.0` is an index, `1.5` is not.
            None => n.as_f64().filter(|f| *f >= 0.0 && f.fract() == 0.0)? as usize,
        },
        Json::String(s) => match s.trim().parse() {
            Ok(index) => index,
            Err(_) => named(s, choices)?,
        },
        _ => return None,
    };
    let reasoning = text(json, &["reasoning", "explanation", "reason", "rationale"]);
    let confidence = number(json, &["confidence"]).filter(|c| (0.0..=1.0).contains(c));
    let rankings = field(json, &["rankings"])
        .and_then(Json::as_array)
        .map(|items| {
            items
                .iter()
                .filter_map(|i| Value::from_json(i).ok())
                .collect()
        })
        .unwrap_or_default();
    choices
        .get(index)
        .is_some_and(|choice| !choice.text.trim().is_empty())
        .then(|| {
            output(
                index,
                choices,
                reasoning.unwrap_or_default(),
                confidence,
                rankings,
            )
        })
}

/// The one option that a text names by its number, its label or its whole text; `None` if there is
/// no such option, or more than one.
fn named(said: &str, choices: &[Choice]) -> Option<usize> {
    let said = said.trim();
    let lower = said.to_lowercase();
    let exact = choices.iter().position(|c| {
        c.text.trim() == said
            || c.label
                .as_deref()
                .is_some_and(|l| l.eq_ignore_ascii_case(said))
    });
    if exact.is_some() {
        return exact;
    }
    if let Ok(index) = said.trim_end_matches('.').parse::<usize>() {
        return choices.get(index).map(|_| index);
    }
    let mut hits = choices.iter().enumerate().filter(|(at, choice)| {
        let number = format!("option {at}");
        let by_number = lower.match_indices(&number).any(|(start, _)| {
            !lower[start + number.len()..].starts_with(|c: char| c.is_ascii_digit())
        });
        by_number
            || choice
                .label
                .as_deref()
                .is_some_and(|l| lower.contains(&l.to_lowercase()))
    });
    let (index, _) = hits.next()?;
    hits.next().is_none().then_some(index)
}

fn output(
    index: usize,
    choices: &[Choice],
    reasoning: String,
    confidence: Option<f64>,
    rankings: Vec<Value>,
) -> SelectorOutput {
    let chosen = choices.get(index);
    SelectorOutput {
        selected: chosen.map(|c| c.text.clone()).unwrap_or_default(),
        selected_index: index,
        selected_label: chosen.and_then(|c| c.label.clone()),
        explanation: reasoning.clone(),
        reasoning,
        confidence,
        rankings,
        thoughts: None,
    }
}
