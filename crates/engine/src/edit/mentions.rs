//! Which stages may refer to a stage. Finds too many rather than too few.

use std::collections::{HashMap, HashSet};

use super::{
    sheet::Sheet,
    tree::{Docs, Member},
};

/// So many searches read the text; for more, an index is built.
const SEARCHES: u32 = 3;

/// A run of words and hyphens with more words than this is not taken apart.
const MAX_WORDS: usize = 6;

/// The searches so far, and the index of later ones.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    searches: u32,
    index: Option<Index>,
    /// The stages that have changed since they were put into the index.
    changed: HashSet<u32>,
}

/// Stages by the words in their text.
#[derive(Debug, Default)]
struct Index {
    stages: HashMap<Box<str>, Vec<u32>>,
    /// Stages whose text has escapes, behind which any word may be.
    always: HashSet<u32>,
}

impl Sheet<'_> {
    /// The stages whose text may contain this id.
    pub fn mentioning(&mut self, id: &str) -> Vec<u32> {
        let word = longest_run(id);
        if word.is_empty() {
            return self.numbers();
        }
        if self.mentions.index.is_none() && self.mentions.searches < SEARCHES {
            self.mentions.searches += 1;
            let has = |member: &&Member| {
                let raw = self.docs.view(&member.item).raw();
                raw.contains(word) || raw.contains("\\u") || raw.contains("\\\\")
            };
            let members = self
                .stages()
                .map_or(&[][..], |stages| stages.members.as_slice());
            return members.iter().filter(has).map(|m| m.stage).collect();
        }
        if self.mentions.index.is_none() {
            let mut index = Index::default();
            for member in self
                .stages()
                .map_or(&[][..], |stages| stages.members.as_slice())
            {
                index.add(&self.docs, member);
            }
            self.mentions.index = Some(index);
            self.mentions.changed.clear();
        }
        self.catch_up();
        let Some(index) = &self.mentions.index else {
            return self.numbers();
        };
        let named = index.stages.get(word).map_or(&[][..], Vec::as_slice);
        let mut found: Vec<u32> = named.iter().chain(&index.always).copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Says that a stage has changed or is new.
    pub fn touch(&mut self, number: u32) {
        if self.mentions.index.is_some() {
            self.mentions.changed.insert(number);
        }
    }

    /// Reads the stages that have changed, once for all their changes.
    fn catch_up(&mut self) {
        if self.mentions.changed.is_empty() {
            return;
        }
        let Some(mut index) = self.mentions.index.take() else {
            return;
        };
        let changed = std::mem::take(&mut self.mentions.changed);
        let members = self.stages().into_iter().flat_map(|s| &s.members);
        for member in members.filter(|member| changed.contains(&member.stage)) {
            index.add(&self.docs, member);
        }
        self.mentions.index = Some(index);
    }
}

impl Index {
    fn add(&mut self, docs: &Docs, member: &Member) {
        let raw = docs.view(&member.item).raw();
        let mut rest: &str = &raw;
        while let Some(start) = rest.find(|c| is_part(c) || c == '\\') {
            rest = rest.get(start..).unwrap_or_default();
            if let Some(escape) = rest.strip_prefix('\\') {
                let letter = escape.chars().next();
                if matches!(letter, Some('u' | '\\')) {
                    self.always.insert(member.stage);
                }
                rest = escape
                    .get(letter.map_or(0, char::len_utf8)..)
                    .unwrap_or_default();
                continue;
            }
            let (run, after) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
            self.run(run, member.stage);
            rest = after;
        }
    }

    /// Adds a run of words and hyphens: any part of it, from word to word, may be an id.
    fn run(&mut self, run: &str, stage: u32) {
        let mut starts = vec![0];
        let mut ends = Vec::new();
        for (at, _) in run.match_indices('-') {
            ends.push(at);
            starts.push(at + 1);
        }
        ends.push(run.len());
        if starts.len() > MAX_WORDS {
            self.always.insert(stage);
            return;
        }
        for (nth, start) in starts.iter().enumerate() {
            for end in ends.iter().skip(nth) {
                let part = run.get(*start..*end).unwrap_or_default();
                if part.is_empty() {
                    continue;
                }
                let stages = match self.stages.get_mut(part) {
                    Some(stages) => stages,
                    None => self.stages.entry(part.into()).or_default(),
                };
                if stages.last() != Some(&stage) {
                    stages.push(stage);
                }
            }
        }
    }
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

/// The longest part of an id that is words and hyphens, without hyphens around it.
fn longest_run(id: &str) -> &str {
    id.split(|c| !is_part(c))
        .map(|run| run.trim_matches('-'))
        .max_by_key(|run| run.len())
        .unwrap_or_default()
}
