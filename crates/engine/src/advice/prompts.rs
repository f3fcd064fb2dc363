//! Finds long texts that several prompts have in common.

use indexmap::IndexMap;

use super::{Level, Rule, finding::Findings, look::Look};
use crate::{
    diagnostic::shown,
    template::{Piece, cut},
};

/// The shortest text that counts, in bytes.
const LONG: usize = 200;

/// The most stages that a message names.
const MOST_NAMED: usize = 3;

pub(super) fn check(look: &Look<'_>, out: &mut Findings<'_>) {
    // By text: the stages whose prompts contain it, with the input.
    let mut texts: IndexMap<&str, Vec<(u32, &str)>> = IndexMap::new();
    for (number, stage) in look
        .stages()
        .filter(|(number, _)| look.calls_model(*number))
    {
        for (field, value) in &stage.inputs {
            let Some(text) = value.value.as_str().filter(|text| text.len() >= LONG) else {
                continue;
            };
            let pieces = cut(text).unwrap_or_default();
            for piece in pieces {
                let Piece::Plain(plain) = piece else { continue };
                let plain = plain.trim();
                if plain.len() < LONG {
                    continue;
                }
                let places = texts.entry(plain).or_default();
                if places.last().is_none_or(|(other, _)| *other != number) {
                    places.push((number, field.as_str()));
                }
            }
        }
    }
    for (text, places) in texts {
        let [(first, field), others @ ..] = places.as_slice() else {
            continue;
        };
        let Some(node) = look.input(*first, field).filter(|_| !others.is_empty()) else {
            continue;
        };
        let ids: Vec<String> = others
            .iter()
            .map(|(stage, _)| look.id(*stage).to_owned())
            .collect();
        let setter = look.registry.iter().find(|it| !it.sets.is_empty());
        let how = setter.map_or_else(
            || "put it in one place".to_owned(),
            |setter| {
                format!(
                    "set it once with `{}`, and read it as {{{{context.NAME}}}}",
                    setter.name
                )
            },
        );
        let message = format!(
            "the prompts of `{}` and {} contain the same text of {} characters",
            shown(look.id(*first)),
            named(&ids),
            text.chars().count()
        );
        out.add(
            Rule::RepeatedPrompt,
            Level::Suggestion,
            Some(*first),
            node,
            message,
        )
        .others(ids)
        .help(how);
    }
}

/// `` `a`, `b` and 4 more ``.
fn named(ids: &[String]) -> String {
    let names: Vec<String> = ids
        .iter()
        .take(MOST_NAMED)
        .map(|id| format!("`{}`", shown(id)))
        .collect();
    match ids.len() - names.len() {
        0 => super::explain::listed(&names),
        more => format!("{} and {more} more", names.join(", ")),
    }
}
