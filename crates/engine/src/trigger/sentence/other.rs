//! From the patterns of a sentence about runs, GitHub or events to rules, and what they lack.

use std::collections::BTreeSet;

use super::{
    Question,
    matcher::{Hit, SEPARATOR},
    rule::{Comparison, EventRule, GitHubRule, RunRule, Unit},
};

type Readings<T> = Vec<(T, BTreeSet<Question>)>;

const ENDED: [&str; 3] = ["succeeded", "failed", "cancelled"];

/// What a sentence about runs says.
#[derive(Default)]
struct Runs {
    core: usize,
    names: String,
    states: String,
    count: Option<u32>,
    within: Option<u64>,
    longer: Option<u64>,
    asked: BTreeSet<Question>,
}

/// What a sentence about runs can mean. `together`: it says that all of them are meant.
pub(super) fn runs(hits: &[Hit], together: bool) -> Readings<RunRule> {
    let mut found = Runs::default();
    for hit in hits {
        let arguments: Vec<&str> = hit.arguments.iter().map(String::as_str).collect();
        if found.take(hit.slot, &arguments).is_none() {
            found.asked.insert(Question::Conflict);
        }
    }
    let counts = found.count.is_some() || found.within.is_some();
    if found.core > 1
        || (found.longer.is_some() && counts)
        || (found.within.is_some() && found.count.is_none_or(|count| count == 1))
    {
        found.asked.insert(Question::Conflict);
    }
    if found.count.is_some_and(|count| count > 1) && found.within.is_none() {
        found.asked.insert(Question::Window);
    }
    let states: Vec<Vec<&'static str>> = match found.states.as_str() {
        "" => vec![Vec::new()],
        "finished" => vec![ENDED.to_vec(), vec!["succeeded"]],
        "any" => vec![ENDED.to_vec()],
        states => {
            let named = |name: &&'static str| states.split(',').any(|state| state == *name);
            vec![ENDED.into_iter().filter(named).collect()]
        }
    };
    let mut names = found.names.split(SEPARATOR);
    let ways: &[bool] = match (names.next(), together) {
        (Some("all"), true) => &[true],
        (Some("all"), false) => &[true, false],
        _ => &[false],
    };
    let pipelines: Vec<String> = names.map(str::to_owned).collect();
    let mut out = Vec::new();
    for states in &states {
        for all in ways {
            let mut asked = found.asked.clone();
            if *all && (found.count.is_some() || found.longer.is_some()) {
                asked.insert(Question::Fit);
            }
            if pipelines.is_empty() {
                asked.insert(Question::Pipeline);
            }
            let rule = RunRule {
                pipelines: pipelines.clone(),
                all: *all,
                states: states.clone(),
                count: found.count.filter(|count| *count > 1),
                within: found.within.filter(|seconds| *seconds > 0),
                longer: found.longer,
            };
            out.push((rule, asked));
        }
    }
    out
}

impl Runs {
    fn take(&mut self, slot: &str, arguments: &[&str]) -> Option<()> {
        match (slot, arguments) {
            ("runs", [names, states]) => self.ends(names, states),
            ("longer", [count, unit, names]) => {
                self.ends(names, "");
                self.longer = Some(0);
                self.longer = Some(self.seconds(count, unit)?);
            }
            ("failedcount", [names, count]) => {
                self.ends(names, "failed");
                self.count = Some(count.parse().ok()?);
            }
            ("failedin", [names, first, second, third]) => {
                self.ends(names, "failed");
                // Either the count comes first, or the time within which it has to be reached.
                let (count, number, unit) = match Unit::named(third) {
                    Some(_) => (first, second, third),
                    None => (third, first, second),
                };
                self.count = Some(count.parse().ok()?);
                self.within = Some(self.seconds(number, unit)?);
            }
            ("count", [count]) => {
                let again = self.count.is_some();
                self.count = Some(count.parse().ok()?);
                return (!again).then_some(());
            }
            ("within", [count, unit]) => {
                let again = self.within.is_some();
                self.within = Some(self.seconds(count, unit)?);
                return (!again).then_some(());
            }
            ("filler", _) => {}
            _ => return None,
        }
        Some(())
    }

    fn ends(&mut self, names: &str, states: &str) {
        self.core += 1;
        self.names = names.to_owned();
        self.states = states.to_owned();
    }

    /// A length of time; zero, and a question, for a unit whose length varies.
    fn seconds(&mut self, count: &str, unit: &str) -> Option<u64> {
        let count: u64 = count.parse().ok()?;
        match Unit::named(unit)?.seconds() {
            Some(seconds) => count.checked_mul(seconds),
            None => {
                self.asked.insert(Question::Fit);
                Some(0)
            }
        }
    }
}

/// What a sentence about GitHub means.
pub(super) fn github(hits: &[Hit]) -> Readings<GitHubRule> {
    let mut rule = GitHubRule::default();
    let mut asked = BTreeSet::new();
    let mut events = 0;
    for hit in hits {
        let arguments: Vec<&str> = hit.arguments.iter().map(String::as_str).collect();
        let some = |name: &str| Some(name.to_owned());
        match (hit.slot, arguments.as_slice()) {
            ("event", [event, rest @ ..]) => {
                events += 1;
                rule.event = if *event == "*" {
                    String::new()
                } else {
                    (*event).to_owned()
                };
                rule.action = rest.first().map(|action| (*action).to_owned());
                rule.merged = rest.get(1) == Some(&"merged");
                rule.label = rest.get(2).map(|label| (*label).to_owned());
            }
            ("mergedto", [branch, label @ ..]) => {
                events += 1;
                rule.event = "pull_request".to_owned();
                rule.action = some("closed");
                rule.merged = true;
                rule.label = label.first().map(|label| (*label).to_owned());
                rule.branch = some(branch);
            }
            ("pushto", [branch]) => {
                events += 1;
                rule.event = "push".to_owned();
                rule.action = None;
                rule.branch = some(branch);
            }
            ("branch", [branch]) => {
                let before = rule.branch.replace((*branch).to_owned());
                if before.is_some() {
                    asked.insert(Question::Conflict);
                }
            }
            ("repository", [repository]) => {
                let before = rule.repository.replace((*repository).to_owned());
                if before.is_some() {
                    asked.insert(Question::Conflict);
                }
            }
            _ => {}
        }
    }
    let has_branch = matches!(rule.event.as_str(), "pull_request" | "push");
    if events > 1 || (rule.branch.is_some() && !has_branch) {
        asked.insert(Question::Conflict);
    }
    vec![(rule, asked)]
}

/// What a sentence about an event means.
pub(super) fn event(hits: &[Hit]) -> Readings<EventRule> {
    let mut rule = EventRule::default();
    let mut asked = BTreeSet::new();
    for hit in hits {
        let arguments: Vec<&str> = hit.arguments.iter().map(String::as_str).collect();
        match (hit.slot, arguments.as_slice()) {
            (slot @ ("type" | "prefix"), [kind]) => {
                if !rule.kind.is_empty() {
                    asked.insert(Question::Conflict);
                }
                rule.kind = (*kind).to_owned();
                rule.prefix = slot == "prefix";
            }
            ("source", [source]) => {
                let before = rule.source.replace((*source).to_owned());
                if before.is_some() {
                    asked.insert(Question::Conflict);
                }
            }
            ("compare", [field, how, value]) => {
                let comparison = match (*how, value.parse()) {
                    ("gt", Ok(number)) => Comparison::More(number),
                    ("lt", Ok(number)) => Comparison::Less(number),
                    _ => Comparison::Is((*value).to_owned()),
                };
                if rule.conditions.iter().any(|(other, _)| other == field) {
                    asked.insert(Question::Conflict);
                }
                rule.conditions.push(((*field).to_owned(), comparison));
            }
            _ => {}
        }
    }
    vec![(rule, asked)]
}
