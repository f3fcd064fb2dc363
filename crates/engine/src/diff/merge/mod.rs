//! The three-way merge of pipelines.
//!
//! Works on the structure, not on lines: a stage is the same stage wherever it stands, and two
//! people who edit different fields never conflict. The result is OURS with the changes of THEIRS
//! written into it: what did not change keeps its bytes.

mod join;
mod order;
mod write;

use serde::Serialize;

use super::{Unreadable, parse, tree::Tree};
use crate::{
    Value,
    check::{Diagnostic, check},
    component::Registry,
    model::Pipeline,
};
use write::Writer;

/// One of the two sides that are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The first file: the one that is changed.
    Ours,
    /// The second file.
    Theirs,
}

/// How two changes contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// Both changed it, differently.
    Changed,
    /// One removed it, and the other changed it.
    Removed,
    /// Both added it, differently.
    Added,
    /// Both put the same things in another order, differently.
    Order,
}

/// Something that both sides changed differently.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conflict {
    /// How the changes contradict each other.
    pub kind: ConflictKind,
    /// The stage's id; `None` for a field of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The path within the stage or the file (`config.prompt`). Empty for a stage as a whole.
    pub field: String,
    /// The value in BASE, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<Value>,
    /// The value in OURS, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ours: Option<Value>,
    /// The value in THEIRS, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Value>,
}

/// How conflicts are decided and marked.
pub struct Options<'a> {
    /// Decides a conflict; `None` leaves it.
    pub decide: &'a dyn Fn(&Conflict) -> Option<Side>,
    /// The length of the conflict markers.
    pub marker_size: usize,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            decide: &|_| None,
            marker_size: 7,
        }
    }
}

/// The result of a merge.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The text. Where there are conflicts, it has both sides between conflict markers, and is a
    /// pipeline again as soon as one side of each is chosen.
    pub text: String,
    /// The conflicts that are not decided.
    pub conflicts: Vec<Conflict>,
    /// The conflicts that were decided, with the side that was chosen.
    pub decided: Vec<(Conflict, Side)>,
    /// Why the result is not valid. Not determined while there are conflicts.
    pub errors: Vec<Diagnostic>,
    /// Whether the result has an error that neither side has.
    pub new_errors: bool,
}

impl Merged {
    /// Whether everything was merged and the merge made nothing invalid.
    pub fn is_clean(&self) -> bool {
        self.conflicts.is_empty() && !self.new_errors
    }
}

/// Merges the changes from `base` to `theirs` into `ours`. `Err` if a text is not a JSON object;
/// other errors in the files do not matter.
pub fn merge(
    base: &str,
    ours: &str,
    theirs: &str,
    registry: &Registry,
    options: &Options<'_>,
) -> Result<Merged, Unreadable> {
    let base = parse(base, 0, registry)?;
    let ours = parse(ours, 1, registry)?;
    let theirs = parse(theirs, 2, registry)?;
    let mut join = join::Join::new(options.decide);
    // A side without any change takes the other's text as it is, formatting included.
    let text = if base.source == ours.source {
        theirs.source.to_string()
    } else if base.source == theirs.source || ours.source == theirs.source {
        ours.source.to_string()
    } else {
        let b = Tree::of_file(base.document.root(), registry);
        let o = Tree::of_file(ours.document.root(), registry);
        let t = Tree::of_file(theirs.document.root(), registry);
        let part = join.part(Some(&b), Some(&o), Some(&t));
        Writer::new(&ours.source, &theirs.source, options.marker_size).file(part.as_ref())
    };
    let mut out = Merged {
        text,
        conflicts: join.conflicts,
        decided: join.decided,
        errors: Vec::new(),
        new_errors: false,
    };
    if out.conflicts.is_empty() {
        let errors = |pipeline: &Pipeline| -> Vec<Diagnostic> {
            let mut found = check(pipeline, registry);
            found.retain(Diagnostic::is_error);
            found
        };
        out.errors = match parse(&out.text, 0, registry) {
            Ok(merged) => errors(&merged),
            Err(unreadable) => unreadable.findings,
        };
        if !out.errors.is_empty() {
            let known: Vec<Diagnostic> = [&ours, &theirs].into_iter().flat_map(errors).collect();
            let same = |a: &Diagnostic, b: &Diagnostic| {
                a.code == b.code && a.stage == b.stage && a.message == b.message
            };
            out.new_errors = !(out.errors.iter()).all(|e| known.iter().any(|k| same(e, k)));
        }
    }
    Ok(out)
}

impl Conflict {
    /// What the two sides disagree about: ``stage `draft`, config.prompt``.
    pub fn place(&self) -> String {
        use crate::diagnostic::shown;
        match (&self.stage, self.field.as_str()) {
            (Some(stage), "") => format!("stage `{}`", shown(stage)),
            (Some(stage), field) => format!("stage `{}`, {}", shown(stage), shown(field)),
            (None, field) if self.kind == ConflictKind::Order => {
                format!("the order of {}", shown(field))
            }
            (None, field) => shown(field),
        }
    }

    /// The conflict in one line, with both values.
    pub fn line(&self) -> String {
        let place = self.place();
        let short = |value: &Option<Value>| match value {
            Some(value) => crate::diagnostic::shown(&value.to_json()),
            None => "nothing".to_owned(),
        };
        match self.kind {
            ConflictKind::Removed if self.ours.is_none() => {
                format!(
                    "{place}: OURS removed it, THEIRS changed it to {}",
                    short(&self.theirs)
                )
            }
            ConflictKind::Removed => {
                format!(
                    "{place}: THEIRS removed it, OURS changed it to {}",
                    short(&self.ours)
                )
            }
            ConflictKind::Added => format!(
                "{place}: both added it; OURS has {}, THEIRS has {}",
                short(&self.ours),
                short(&self.theirs)
            ),
            ConflictKind::Changed | ConflictKind::Order => format!(
                "{place}: both changed it; OURS has {}, THEIRS has {}",
                short(&self.ours),
                short(&self.theirs)
            ),
        }
    }
}
