//! Data that seems to speak to the model: orders, roles, edits in the form of a proposal, and text that
//! people cannot see.
//!
//! This is a hint and no protection. What protects is that nothing is written without a yes, and that
//! new hosts, secrets and providers are shown in any case ([`super::Look`]). A hint too many costs one
//! more look.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::fence::is_invisible;
use crate::{advice::secrets::masked_with_names as masked, diagnostic::shown};

/// Data that seems to speak to the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspicion {
    /// Where it is: `pipeline`, `run` or `document`.
    pub place: Cow<'static, str>,
    /// What is suspicious about it.
    pub why: Cow<'static, str>,
    /// The beginning of the line.
    pub text: String,
}

/// The most that are collected.
const MOST: usize = 5;

/// Words that are suspicious by themselves, in lower case.
const WORDS: &[(&str, &str)] = &[
    ("copilot", "speaks about the co-pilot"),
    ("co-pilot", "speaks about the co-pilot"),
    ("system prompt", "speaks about the system prompt"),
    ("system message", "speaks about the system prompt"),
    ("developer mode", "changes the role of the model"),
    ("jailbreak", "changes the role of the model"),
    ("you are now", "changes the role of the model"),
    ("du bist jetzt", "changes the role of the model"),
    ("from now on", "changes the role of the model"),
    ("ab sofort", "changes the role of the model"),
    ("act as", "changes the role of the model"),
    ("pretend", "changes the role of the model"),
    ("new instructions", "gives orders"),
    ("neue anweisung", "gives orders"),
    ("end of data", "imitates the end of data"),
    ("[end ", "imitates the end of data"),
    ("[data ", "imitates the end of data"),
    ("<|", "has the marks of a message"),
    ("[inst]", "has the marks of a message"),
    ("<<sys>>", "has the marks of a message"),
    ("</system>", "has the marks of a message"),
    ("<system>", "has the marks of a message"),
    ("\"pieces\"", "has the form of a proposal"),
    ("\"addstage\"", "has the form of a proposal"),
    ("\"removestage\"", "has the form of a proposal"),
    ("\"setfield\"", "has the form of a proposal"),
    ("addstage", "has the form of a proposal"),
    ("without asking", "asks to go around a person"),
    ("do not ask", "asks to go around a person"),
    ("don't ask", "asks to go around a person"),
    ("do not tell", "asks to go around a person"),
    ("don't tell", "asks to go around a person"),
    ("do not mention", "asks to go around a person"),
    ("don't mention", "asks to go around a person"),
    ("automatically accept", "asks to go around a person"),
    ("auto-accept", "asks to go around a person"),
    ("already approved", "asks to go around a person"),
    ("pre-approved", "asks to go around a person"),
    ("ohne nachzufragen", "asks to go around a person"),
];

/// Beginnings of lines in which somebody plays a role.
const ROLES: &[&str] = &[
    "system:",
    "assistant:",
    "developer:",
    "instruction:",
    "instructions:",
];

/// Verbs that order to forget, and what is to be forgotten.
const FORGET: &[&str] = &[
    "ignore",
    "disregard",
    "forget",
    "override",
    "ignorier",
    "vergiss",
    "ignora",
    "oublie",
    "bypass",
];
const RULES: &[&str] = &[
    "instruction",
    "previous",
    "above",
    "prior",
    "earlier",
    "rule",
    "guideline",
    "prompt",
    "anweisung",
    "vorherig",
    "regel",
    "instruccion",
    "anterior",
    "consigne",
    "précédent",
    "everything",
    "polic",
];

/// Verbs that order a change, and what would be worth it to somebody else.
const ORDERS: &[&str] = &[
    "add ",
    "send",
    "post ",
    "remove",
    "delete",
    "insert",
    "replace",
    "set ",
    "change",
    "upload",
    "forward",
    "include",
    "exfiltrat",
    "leak",
    "disable",
    "approve",
    "accept",
    "run ",
    "execute",
    "füge",
    "sende",
    "lösche",
    "envoie",
    "envía",
    "print",
    "reveal",
    "read ",
    "call ",
];
const GOODS: &[&str] = &[
    "api key",
    "api_key",
    "apikey",
    "secret",
    "password",
    "token",
    "credential",
    "env.",
    "environment variable",
    "http://",
    "https://",
    "webhook",
    "stage",
    "pipeline",
    "schlüssel",
    "geheimnis",
    "passwor",
    "approval",
    "the change",
    "this change",
    "all changes",
    "proposal",
    "private key",
];

/// What is suspicious in data. The place is named by the caller.
pub fn suspicions(place: &'static str, data: &str) -> Vec<Suspicion> {
    let mut out: Vec<Suspicion> = Vec::new();
    for line in data.lines() {
        if let Some(why) = why(line) {
            out.push(Suspicion {
                place: place.into(),
                why: why.into(),
                text: shown(&masked(line.trim())),
            });
        }
        if out.len() >= MOST {
            break;
        }
    }
    out
}

fn why(line: &str) -> Option<&'static str> {
    if line
        .chars()
        .any(|c| is_invisible(c) && c != '\t' && c != '\r')
    {
        return Some("has characters that cannot be seen");
    }
    let line = plain(line);
    if let Some((_, why)) = WORDS.iter().find(|(word, _)| line.contains(word)) {
        return Some(why);
    }
    let start = line.trim_start_matches([' ', '"', '>', '#', '*', '-']);
    if ROLES.iter().any(|role| start.starts_with(*role)) {
        return Some("plays a role");
    }
    let both = |verbs: &[&str], things: &[&str]| {
        verbs.iter().any(|verb| begins_word(&line, verb))
            && things.iter().any(|thing| line.contains(thing))
    };
    if both(FORGET, RULES) {
        return Some("orders to forget");
    }
    both(ORDERS, GOODS).then_some("gives orders")
}

/// Whether a word of the text begins with this.
fn begins_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric())
    })
}

/// In lower case, with one blank between words, and letters that only look like Latin ones as these.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let line = line.replace("\\n", " ").replace("\\t", " ");
    for c in line.chars().flat_map(char::to_lowercase) {
        let c = match c {
            'а' => 'a',
            'е' => 'e',
            'о' => 'o',
            'р' => 'p',
            'с' => 'c',
            'і' => 'i',
            'ѕ' => 's',
            'у' => 'y',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '’' => '\'',
            c if c.is_whitespace() => ' ',
            c => c,
        };
        if !(c == ' ' && out.ends_with(' ')) {
            out.push(c);
        }
    }
    out
}
