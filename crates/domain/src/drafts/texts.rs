//! What is done with the text of a draft: applying edits, going back to an earlier revision, and moving
//! edits over those of others.
//!
//! It takes processor time, so callers do it in their organization's turn (`pipelines::in_turn`), and
//! nothing in the database waits for it.

use engine::{
    component::Registry,
    edit::{self, Conflict, Edit, RebaseError},
};

use super::{DraftError, change};
use crate::{
    error::{AppError, Result},
    pipelines::{MAX_SOURCE, PipelineError},
    text,
};

/// With more pairs of edits than this, a change is moved over the difference of the two texts, and not
/// over each of the changes in between.
const MAX_PAIRS: usize = 20_000;

/// A change in the log.
#[derive(Clone, Debug)]
pub struct LogEntry {
    pub edits: Vec<Edit>,
    pub inverse: Vec<Edit>,
}

impl TryFrom<&change::Model> for LogEntry {
    type Error = AppError;

    fn try_from(row: &change::Model) -> Result<Self> {
        let read = |text: &str| serde_json::from_str(text).map_err(AppError::internal);
        Ok(Self {
            edits: read(&row.edits)?,
            inverse: read(&row.inverse)?,
        })
    }
}

/// What is to be done with a text.
#[derive(Clone, Debug)]
pub enum Task {
    /// Apply edits to the text before the changes in the log.
    Edits(Vec<Edit>),
    /// Apply what makes this text of the one before the changes in the log.
    Text(String),
    /// Undo the first change in the log.
    UndoFirst,
    /// Go back to the text before the changes in the log.
    Back,
    /// Go to this text, whatever was changed.
    Replace(String),
    /// Take in what leads from one text to another; the second is kept where nobody else changed it.
    Merge {
        /// The text that the draft started from.
        base: String,
        /// The text to take in.
        theirs: String,
    },
}

/// A change that can be made.
#[derive(Clone, Debug)]
pub struct Step {
    /// The new text.
    pub source: String,
    /// The edits that lead to it.
    pub edits: Vec<Edit>,
    /// The edits that lead back.
    pub inverse: Vec<Edit>,
}

/// What a task comes to.
#[derive(Clone, Debug)]
pub enum Plan {
    /// A change.
    Step(Step),
    /// The text is already as it would be.
    Nothing,
    /// The changes of others are in the way.
    Conflicts(Vec<Conflict>),
}

/// Does a task with the text `now`. `log` has the newest changes, oldest first.
pub fn plan(registry: &Registry, now: &str, log: &[LogEntry], task: Task) -> Result<Plan> {
    let edits = match task {
        Task::Edits(mine) if log.is_empty() => mine,
        Task::Edits(mine) => {
            let base = back(registry, now, log)?;
            match over(registry, &base, mine, log, now)? {
                Ok(moved) => moved,
                Err(conflicts) => return Ok(Plan::Conflicts(conflicts)),
            }
        }
        Task::Text(wanted) => {
            let base = back(registry, now, log)?;
            let mine = typed(registry, &base, &wanted)?;
            match over(registry, &base, mine, log, now)? {
                Ok(moved) => moved,
                Err(conflicts) => return Ok(Plan::Conflicts(conflicts)),
            }
        }
        Task::UndoFirst => {
            let Some((first, since)) = log.split_first() else {
                return Ok(Plan::Nothing);
            };
            let base = back(registry, now, since)?;
            match over(registry, &base, first.inverse.clone(), since, now)? {
                Ok(moved) => moved,
                Err(conflicts) => return Ok(Plan::Conflicts(conflicts)),
            }
        }
        Task::Back => {
            let wanted = back(registry, now, log)?;
            typed(registry, now, &wanted)?
        }
        Task::Replace(wanted) => typed(registry, now, &wanted)?,
        Task::Merge { base, theirs } => {
            let pushed = typed(registry, &base, &theirs)?;
            let own = typed(registry, &base, now)?;
            match rebased(registry, &base, &pushed, &own)? {
                Ok(moved) => moved,
                Err(conflicts) => return Ok(Plan::Conflicts(swapped(conflicts))),
            }
        }
    };
    applied(registry, now, edits)
}

fn applied(registry: &Registry, now: &str, edits: Vec<Edit>) -> Result<Plan> {
    if edits.is_empty() {
        return Ok(Plan::Nothing);
    }
    let applied = edit::apply(now, &edits, registry).map_err(DraftError::NotApplicable)?;
    if applied.text == now {
        return Ok(Plan::Nothing);
    }
    if applied.text.len() > MAX_SOURCE {
        return Err(PipelineError::TooLarge(applied.text.len()).into());
    }
    text::no_nul("source", &applied.text)?;
    Ok(Plan::Step(Step {
        source: applied.text,
        edits,
        inverse: applied.inverse,
    }))
}

/// The text before the changes in the log.
fn back(registry: &Registry, now: &str, log: &[LogEntry]) -> Result<String> {
    let inverse: Vec<Edit> = log
        .iter()
        .rev()
        .flat_map(|entry| entry.inverse.iter().cloned())
        .collect();
    if inverse.is_empty() {
        return Ok(now.to_owned());
    }
    edit::text_after(now, &inverse, registry).map_err(AppError::internal)
}

/// The edits that lead from one text to another, which somebody sent.
fn typed(registry: &Registry, before: &str, after: &str) -> Result<Vec<Edit>> {
    if after.len() > MAX_SOURCE {
        return Err(PipelineError::TooLarge(after.len()).into());
    }
    Ok(edit::between(before, after, registry).map_err(DraftError::Unreadable)?)
}

/// Moved edits, or where they meet those of others.
type Moved = std::result::Result<Vec<Edit>, Vec<Conflict>>;

/// Moves edits of a text over the changes that were made to it since. If they conflict with a change on the
/// way, perhaps they do not with the difference of the two texts: a stage may have been removed and added
/// again.
fn over(
    registry: &Registry,
    base: &str,
    mine: Vec<Edit>,
    log: &[LogEntry],
    now: &str,
) -> Result<Moved> {
    if log.is_empty() {
        return Ok(Ok(mine));
    }
    let count: usize = log.iter().map(|entry| entry.edits.len()).sum();
    let mut conflicts = None;
    if count.saturating_mul(mine.len()) <= MAX_PAIRS {
        let theirs: Vec<Edit> = log
            .iter()
            .flat_map(|entry| entry.edits.iter().cloned())
            .collect();
        match rebased(registry, base, &mine, &theirs)? {
            Ok(moved) => return Ok(Ok(moved)),
            Err(found) => conflicts = Some(found),
        }
    }
    let together = edit::between(base, now, registry).map_err(AppError::internal)?;
    let moved = rebased(registry, base, &mine, &together)?;
    Ok(moved.map_err(|found| conflicts.unwrap_or(found)))
}

/// Moves edits of a text over other edits of it.
fn rebased(registry: &Registry, base: &str, mine: &[Edit], theirs: &[Edit]) -> Result<Moved> {
    match edit::rebase(base, mine, theirs, registry) {
        Ok(moved) => Ok(Ok(moved)),
        Err(RebaseError::Conflicts(conflicts)) => Ok(Err(conflicts)),
        Err(RebaseError::Mine(problem)) => Err(DraftError::NotApplicable(problem).into()),
        Err(RebaseError::Theirs(problem)) => Err(AppError::internal(problem)),
    }
}

/// Conflicts as the other side sees them: what is taken in counts as theirs.
fn swapped(conflicts: Vec<Conflict>) -> Vec<Conflict> {
    conflicts
        .into_iter()
        .map(|conflict| Conflict {
            mine: conflict.theirs,
            mine_index: conflict.theirs_index,
            theirs: conflict.mine,
            theirs_index: conflict.mine_index,
            ..conflict
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{set, source, value};
    use super::*;

    /// Applies edits to a text, and returns the new one and the entry in the log.
    fn logged(registry: &Registry, now: &str, edits: Vec<Edit>) -> (String, LogEntry) {
        let applied = edit::apply(now, &edits, registry).unwrap();
        let inverse = applied.inverse;
        (applied.text, LogEntry { edits, inverse })
    }

    fn step(plan: Result<Plan>) -> Step {
        match plan.unwrap() {
            Plan::Step(step) => step,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_change_goes_on_top_of_what_others_did_and_its_inverse_leads_back() {
        let registry = components::registry();
        let (now, entry) = logged(&registry, &source(), set("one", "theirs"));
        let made = step(plan(
            &registry,
            &now,
            &[entry],
            Task::Edits(set("two", "mine")),
        ));
        assert_eq!(value(&made.source, "one"), "theirs");
        assert_eq!(value(&made.source, "two"), "mine");
        let back = edit::apply(&made.source, &made.inverse, &registry).unwrap();
        assert_eq!(back.text, now);
    }

    #[test]
    fn what_somebody_took_back_is_not_in_the_way() {
        let registry = components::registry();
        let (middle, first) = logged(&registry, &source(), set("one", "theirs"));
        let (now, second) = logged(&registry, &middle, first.inverse.clone());
        assert_eq!(now, source());
        let log = [first, second];
        let made = step(plan(&registry, &now, &log, Task::Edits(set("one", "mine"))));
        assert_eq!(value(&made.source, "one"), "mine");
        let met = plan(
            &registry,
            &middle,
            &log[..1],
            Task::Edits(set("one", "mine")),
        );
        assert!(matches!(met, Ok(Plan::Conflicts(found)) if found.len() == 1));
    }

    #[test]
    fn undoing_the_first_change_keeps_the_later_ones_and_going_back_does_not() {
        let registry = components::registry();
        let (middle, first) = logged(&registry, &source(), set("one", "mine"));
        let (now, second) = logged(&registry, &middle, set("two", "theirs"));
        let log = [first, second];
        let undone = step(plan(&registry, &now, &log, Task::UndoFirst));
        assert_eq!(value(&undone.source, "one"), "old");
        assert_eq!(value(&undone.source, "two"), "theirs");
        let back = step(plan(&registry, &now, &log, Task::Back));
        assert_eq!(back.source, source());
    }

    #[test]
    fn what_was_pushed_is_taken_in_and_in_a_conflict_it_is_theirs() {
        let registry = components::registry();
        let (now, _) = logged(&registry, &source(), set("one", "draft"));
        let merge = |stage| {
            let (theirs, _) = logged(&registry, &source(), set(stage, "pushed"));
            let base = source();
            plan(&registry, &now, &[], Task::Merge { base, theirs })
        };
        let made = step(merge("two"));
        assert_eq!(value(&made.source, "one"), "draft");
        assert_eq!(value(&made.source, "two"), "pushed");
        match merge("one").unwrap() {
            Plan::Conflicts(found) => {
                assert_eq!(found.len(), 1);
                let mine = serde_json::to_string(&found[0].mine).unwrap();
                assert!(mine.contains("draft"), "{mine}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_text_that_is_too_long_or_unreadable_is_refused() {
        let registry = components::registry();
        let long = set("one", &"x".repeat(MAX_SOURCE));
        let refused = plan(&registry, &source(), &[], Task::Edits(long)).unwrap_err();
        assert_eq!(refused.code, types::ErrorCode::LimitExceeded);
        let broken = Task::Text("[".to_owned());
        let refused = plan(&registry, &source(), &[], broken).unwrap_err();
        assert_eq!(refused.code, types::ErrorCode::InvalidInput);
        let same = plan(&registry, &source(), &[], Task::Text(source()));
        assert!(matches!(same, Ok(Plan::Nothing)));
    }
}
