//! Applies a piece of a proposal to a text, and says what that does.

use serde::Serialize;
use types::Money;

use super::{
    Claim, Judged, Piece, Suspicion,
    look::{self, Look, Risk},
    trial::{Trial, Tried},
};
use crate::{
    Value,
    check::{self, Diagnostic},
    component::Registry,
    diagnostic::{harmless, shown},
    diff::{self, Difference},
    edit::{self, Edit},
    model::{self, Pipeline},
    run_plan::{self, Change, Outside, RunPlan},
    source::quote,
};

/// The longest text of a pipeline, in bytes: that of a version.
pub const MAX_TEXT: usize = model::MAX_STORED;

/// What a proof needs to know besides the text.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The components.
    pub registry: &'a Registry,
    /// What components do outside.
    pub outside: &'a dyn Outside,
    /// What is suspicious in the data that the model was given.
    pub suspicions: &'a [Suspicion],
    /// Tries a text out. `None`: nothing is tried out here.
    pub rehearse: Option<&'a dyn Fn(&str) -> Tried>,
}

impl std::fmt::Debug for Ground<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground").finish_non_exhaustive()
    }
}

/// Why a piece cannot be accepted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// An edit does not fit the text.
    Edit {
        /// What is wrong.
        message: String,
    },
    /// The pipeline would have errors.
    Invalid {
        /// The errors.
        problems: Vec<Diagnostic>,
    },
    /// It writes stars that stand for a secret.
    Stars {
        /// The stage, if it is in one.
        stage: Option<String>,
    },
    /// It changes nothing.
    Nothing,
    /// The pipeline would be too long.
    TooLong,
}

impl Refusal {
    /// The reason as a sentence. It may quote the model's answer, and is shown on a terminal.
    pub fn sentence(&self) -> String {
        harmless(self.words())
    }

    fn words(&self) -> String {
        match self {
            Self::Edit { message } => format!("It does not fit the pipeline: {message}"),
            Self::Invalid { problems } => {
                let first = problems.first().map_or("", |one| one.message.as_str());
                match problems.len() {
                    0 | 1 => format!("The pipeline would be invalid: {first}"),
                    n => format!("The pipeline would have {n} errors; the first: {first}"),
                }
            }
            Self::Stars { .. } => {
                "It writes stars in place of a secret, which would be lost".to_owned()
            }
            Self::Nothing => "It changes nothing".to_owned(),
            Self::TooLong => format!("The pipeline would be longer than {MAX_TEXT} bytes"),
        }
    }
}

/// What a run costs in calls to models at most; `None` if it is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Before the change.
    pub before: Option<Money>,
    /// After it.
    pub after: Option<Money>,
}

/// What a piece does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proven {
    /// The text after it.
    #[serde(skip)]
    pub text: String,
    /// The edits that take it back.
    pub inverse: Vec<Edit>,
    /// What differs.
    pub difference: Difference,
    /// What a run will do differently.
    pub plan: Vec<Change>,
    /// What a run costs in calls to models.
    pub cost: Cost,
    /// What can go wrong.
    pub risks: Vec<Risk>,
    /// Why somebody has to look at this piece by itself. Empty if nothing asks for that.
    pub looks: Vec<Look>,
    /// The claims, judged against the text after it.
    pub claims: Vec<Judged>,
    /// What the checks and a dry run say, if it was tried out.
    pub trial: Option<Trial>,
}

/// A text that was read.
pub(super) struct Read {
    pub pipeline: Pipeline,
    pub plan: RunPlan,
}

impl Read {
    /// Reads a text. `None` if it is no JSON object.
    pub fn of(text: &str, ground: &Ground<'_>) -> Option<Self> {
        let pipeline = check::parse(text, ground.registry).ok()?;
        let plan = RunPlan::of(&pipeline, ground.registry, ground.outside);
        Some(Self { pipeline, plan })
    }
}

/// Applies a piece to a text. Nothing is written anywhere.
pub fn prove(text: &str, piece: &Piece, ground: &Ground<'_>) -> Result<Proven, Refusal> {
    if let Some(stage) = stars(text, &piece.edits) {
        return Err(Refusal::Stars { stage });
    }
    let applied = edit::apply(text, &piece.edits, ground.registry).map_err(|error| {
        let place = error
            .edit
            .map_or_else(String::new, |at| format!("edit {}: ", at + 1));
        let help = error
            .help
            .as_ref()
            .map_or_else(String::new, |help| format!("; {help}"));
        Refusal::Edit {
            message: format!("{place}{error}{help}"),
        }
    })?;
    if applied.text == text {
        return Err(Refusal::Nothing);
    }
    if applied.text.len() > MAX_TEXT {
        return Err(Refusal::TooLong);
    }
    let invalid = |problems: Vec<Diagnostic>| Refusal::Invalid { problems };
    let pipeline = check::parse(&applied.text, ground.registry).map_err(invalid)?;
    let mut problems = check::check(&pipeline, ground.registry);
    problems.retain(Diagnostic::is_error);
    if !problems.is_empty() {
        return Err(invalid(problems));
    }
    let plan = RunPlan::of(&pipeline, ground.registry, ground.outside);
    let after = Read { pipeline, plan };
    let difference = diff::diff(text, &applied.text, ground.registry).unwrap_or_default();
    if difference.is_empty() {
        return Err(Refusal::Nothing);
    }
    // An edit was applied to the text before, so it is an object.
    let Some(before) = Read::of(text, ground) else {
        return Err(Refusal::Nothing);
    };
    let cost = Cost {
        before: run_plan::total_cost(&before.plan.models),
        after: run_plan::total_cost(&after.plan.models),
    };
    let trial = ground
        .rehearse
        .map(|rehearse| Trial::between(&rehearse(text), &rehearse(&applied.text)));
    let mut looks = look::looks(&before, &after, &difference, ground);
    looks.extend(trial.as_ref().and_then(Look::worse));
    Ok(Proven {
        risks: look::risks(&before, &after, cost),
        looks,
        trial,
        plan: run_plan::changes(&before.plan, &after.plan),
        claims: piece
            .claims
            .iter()
            .map(|claim| Claim::judge(claim, &after, ground))
            .collect(),
        difference,
        cost,
        inverse: applied.inverse,
        text: applied.text,
    })
}

/// The stage of the first edit that writes stars which the text does not have: they stand for a secret
/// that the model was not shown.
fn stars(text: &str, edits: &[Edit]) -> Option<Option<String>> {
    edits.iter().find_map(|edit| {
        let (stage, value) = match edit {
            Edit::AddStage { value, .. } => (value.get("id").and_then(Value::as_str), value),
            Edit::SetField { stage, value, .. } => (stage.as_deref(), value),
            _ => return None,
        };
        let starred = has_stars(value) && !text.contains("********");
        starred.then(|| stage.map(shown))
    })
}

fn has_stars(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.contains("********"),
        Value::List(items) => items.iter().any(has_stars),
        Value::Map(map) => map.values().any(has_stars),
        _ => false,
    }
}

/// The text of a pipeline without stages, for one that is to be built.
pub fn skeleton(name: &str) -> String {
    format!(
        "{{\n  \"name\": {},\n  \"version\": \"1.0.0\",\n  \"stages\": []\n}}\n",
        quote(name)
    )
}
