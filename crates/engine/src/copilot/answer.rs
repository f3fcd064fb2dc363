//! Reads a model's answer into a proposal. What is wrong with it is named, so that the model can be
//! asked once more.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Claim, Fence};
use crate::{
    diagnostic::{is_hidden, shown},
    edit::Edit,
};

/// The most pieces of a proposal.
const MOST_PIECES: usize = 20;

/// The most edits of a piece, and the most claims.
const MOST_EDITS: usize = 200;

/// The longest summary and title, in characters.
const MOST_SUMMARY: usize = 4_000;
const MOST_TITLE: usize = 200;

/// What a model proposes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// What the model says about it. Nothing of it is proved.
    pub summary: String,
    /// The pieces, each of which can be accepted by itself.
    pub pieces: Vec<Piece>,
}

/// A part of a proposal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// What the model calls it.
    pub title: String,
    /// The change.
    pub edits: Vec<Edit>,
    /// What the model says is true after it.
    pub claims: Vec<Claim>,
}

/// Why an answer cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// There is no JSON object in it.
    NoJson,
    /// It ends in the middle.
    CutOff,
    /// The object is no proposal.
    WrongShape,
    /// An edit is not one of the known ones, or has wrong fields.
    BadEdit,
    /// A claim is not one of the known ones, or has wrong fields.
    BadClaim,
    /// There are too many pieces, edits or claims.
    TooMuch,
}

/// An answer that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Malformed {
    /// What is wrong.
    pub problem: Problem,
    /// The same in words, with the place.
    pub message: String,
}

impl Malformed {
    fn new(problem: Problem, message: impl Into<String>) -> Self {
        Self {
            problem,
            message: message.into(),
        }
    }
}

/// Reads a proposal from the JSON that was found in an answer, the likeliest first. `cut`: whether the
/// answer ends inside JSON.
pub fn read(candidates: &[Json], cut: bool) -> Result<Proposal, Malformed> {
    if cut {
        let message = "the answer ends in the middle of its JSON; write fewer or shorter pieces";
        return Err(Malformed::new(Problem::CutOff, message));
    }
    let is_proposal = |json: &&Json| json.get("pieces").is_some() || json.get("summary").is_some();
    let Some(json) = candidates.iter().find(is_proposal) else {
        return Err(match candidates.is_empty() {
            true => Malformed::new(Problem::NoJson, "the answer has no JSON object"),
            false => Malformed::new(
                Problem::WrongShape,
                "the JSON object has neither `summary` nor `pieces`",
            ),
        });
    };
    let none = Vec::new();
    let pieces = match json.get("pieces") {
        None | Some(Json::Null) => &none,
        Some(Json::Array(pieces)) => pieces,
        Some(_) => {
            return Err(Malformed::new(
                Problem::WrongShape,
                "`pieces` is not a list",
            ));
        }
    };
    at_most(pieces.len(), MOST_PIECES, "pieces")?;
    let pieces = pieces.iter().enumerate();
    Ok(Proposal {
        summary: text(json, "summary", MOST_SUMMARY),
        pieces: pieces
            .map(|(number, json)| piece(number, json))
            .collect::<Result<_, _>>()?,
    })
}

fn piece(number: usize, json: &Json) -> Result<Piece, Malformed> {
    let place = format!("pieces[{number}]");
    if !json.is_object() {
        let message = format!("`{place}` is not an object");
        return Err(Malformed::new(Problem::WrongShape, message));
    }
    let edits = list(json, "edits", &place)?;
    if edits.is_empty() {
        let message = format!("`{place}` has no edits; leave the piece out");
        return Err(Malformed::new(Problem::WrongShape, message));
    }
    let claims = list(json, "claims", &place)?;
    let title = match text(json, "title", MOST_TITLE).replace(['\n', '\t'], " ") {
        title if title.trim().is_empty() => format!("Piece {}", number + 1),
        title => title,
    };
    Ok(Piece {
        title,
        edits: edits
            .iter()
            .enumerate()
            .map(|(at, json)| edit(&format!("{place}.edits[{at}]"), json))
            .collect::<Result<_, _>>()?,
        claims: claims
            .iter()
            .enumerate()
            .map(|(at, json)| {
                serde_json::from_value(json.clone()).map_err(|error| {
                    let message = format!("`{place}.claims[{at}]`: {}", says(&error));
                    Malformed::new(Problem::BadClaim, message)
                })
            })
            .collect::<Result<_, _>>()?,
    })
}

fn edit(place: &str, json: &Json) -> Result<Edit, Malformed> {
    let edit: Edit = serde_json::from_value(json.clone()).map_err(|error| {
        Malformed::new(Problem::BadEdit, format!("`{place}`: {}", says(&error)))
    })?;
    if matches!(edit, Edit::Reformat { .. }) {
        // It changes no meaning, so nobody would see in the difference what it does.
        let message = format!("`{place}`: `reformat` cannot be proposed");
        return Err(Malformed::new(Problem::BadEdit, message));
    }
    Ok(edit)
}

/// The error of a field, which can quote the answer.
fn says(error: &serde_json::Error) -> String {
    let text: String = error.to_string().chars().take(300).collect();
    without_hidden(&text).replace('\n', " ")
}

fn list<'j>(json: &'j Json, key: &str, place: &str) -> Result<&'j [Json], Malformed> {
    match json.get(key) {
        None | Some(Json::Null) => Ok(&[]),
        Some(Json::Array(items)) => {
            at_most(items.len(), MOST_EDITS, key)?;
            Ok(items)
        }
        Some(_) => Err(Malformed::new(
            Problem::WrongShape,
            format!("`{place}.{key}` is not a list"),
        )),
    }
}

fn at_most(count: usize, most: usize, what: &str) -> Result<(), Malformed> {
    if count <= most {
        return Ok(());
    }
    let message = format!("the answer has {count} {what}; at most {most} are allowed");
    Err(Malformed::new(Problem::TooMuch, message))
}

fn text(json: &Json, key: &str, most: usize) -> String {
    let text = json.get(key).and_then(Json::as_str).unwrap_or_default();
    let text: String = text.trim().chars().take(most).collect();
    without_hidden(&text)
}

/// A text without characters that control a terminal or cannot be seen, line breaks and tabs excepted.
pub fn without_hidden(text: &str) -> String {
    text.chars()
        .filter(|c| matches!(c, '\n' | '\t') || !is_hidden(*c))
        .collect()
}

/// The prompt with which a model is asked once more: the first one, and what was wrong with its answer.
/// The answer is data by now, since it may repeat what data says.
pub fn again(prompt: &str, answer: &str, problem: &Malformed, fence: &Fence) -> String {
    let start: String = answer.chars().take(4_000).collect();
    format!(
        "{prompt}\n\nYou have answered this before. The answer could not be used, because {}. It begins:\n{}\n\nAnswer \
         again, with one JSON object and nothing else.",
        shown(&problem.message),
        fence.around("answer", &start)
    )
}
