//! Decides, for each part of the file, which side's value holds.
//!
//! The rule for every part: if the sides agree, that; if one side did not change it, the other's;
//! else, if all three are objects, or lists of things with names, the same rule for each part of
//! them; else it is a conflict.

use std::collections::HashSet;

use super::{Conflict, ConflictKind, Side, order};
use crate::{
    Value,
    diff::{
        compare,
        tree::{Parts, Shape, Tree, same},
    },
    source::Segment,
};

/// What becomes of a part. `None` instead of a part means that it is removed.
pub(super) enum Part<'t, 'a> {
    /// The bytes of OURS.
    Ours(&'t Tree<'a>),
    /// The bytes of THEIRS.
    Theirs(&'t Tree<'a>),
    /// OURS with these parts.
    Joined {
        ours: &'t Tree<'a>,
        theirs: &'t Tree<'a>,
        parts: Vec<Slot<'t, 'a>>,
    },
    /// Both values, between markers.
    Both {
        ours: Option<&'t Tree<'a>>,
        theirs: Option<&'t Tree<'a>>,
        /// What is in conflict, for the markers.
        place: String,
    },
}

/// A part of an object or list.
pub(super) struct Slot<'t, 'a> {
    /// The value in OURS, whose key and place are kept.
    pub ours: Option<&'t Tree<'a>>,
    /// The value in THEIRS.
    pub theirs: Option<&'t Tree<'a>>,
    /// What becomes of it.
    pub part: Part<'t, 'a>,
}

/// The state of one merge.
pub(super) struct Join<'d> {
    decide: &'d dyn Fn(&Conflict) -> Option<Side>,
    pub conflicts: Vec<Conflict>,
    pub decided: Vec<(Conflict, Side)>,
    stage: Option<String>,
    path: Vec<Segment>,
}

impl<'d> Join<'d> {
    pub fn new(decide: &'d dyn Fn(&Conflict) -> Option<Side>) -> Self {
        Self {
            decide,
            conflicts: Vec::new(),
            decided: Vec::new(),
            stage: None,
            path: Vec::new(),
        }
    }

    /// What becomes of a part that has these values.
    pub fn part<'t, 'a>(
        &mut self,
        base: Option<&'t Tree<'a>>,
        ours: Option<&'t Tree<'a>>,
        theirs: Option<&'t Tree<'a>>,
    ) -> Option<Part<'t, 'a>> {
        if same(ours, theirs) || same(base, theirs) {
            return ours.map(Part::Ours);
        }
        if same(base, ours) {
            return theirs.map(Part::Theirs);
        }
        if let (None, Some(o), Some(t)) = (base, ours, theirs)
            && let (Shape::Set(y), Shape::Set(z)) = (&o.shape, &t.shape)
        {
            // A set that is absent is empty: two people may each connect a stage for the first time.
            let parts = self.named(&order::inserted(&keys(y), &keys(z)), None, y, z);
            return Some(joined(o, t, parts));
        }
        if let (Some(b), Some(o), Some(t)) = (base, ours, theirs) {
            match (&b.shape, &o.shape, &t.shape) {
                (Shape::Fields(x), Shape::Fields(y), Shape::Fields(z)) => {
                    let parts = self.fields(x, y, z);
                    return Some(joined(o, t, parts));
                }
                (Shape::Set(x), Shape::Set(y), Shape::Set(z)) => {
                    let order = order::inserted(&keys(y), &keys(z));
                    let parts = self.named(&order, Some(x), y, z);
                    return Some(joined(o, t, parts));
                }
                (Shape::Sequence(x), Shape::Sequence(y), Shape::Sequence(z)) => {
                    if let Some(order) = self.order(x, y, z) {
                        let parts = self.named(&order, Some(x), y, z);
                        return Some(joined(o, t, parts));
                    }
                }
                _ => {}
            }
        }
        self.conflict(base, ours, theirs)
    }

    /// The order of a list; `None` if the list as a whole is in conflict.
    fn order<'t>(
        &mut self,
        base: &'t Parts<'_>,
        ours: &'t Parts<'_>,
        theirs: &'t Parts<'_>,
    ) -> Option<Vec<&'t str>> {
        let (b, o, t) = (keys(base), keys(ours), keys(theirs));
        if let Some(common) = order::common(&b, &o, &t) {
            return Some(order::merged(&common, &o, &t));
        }
        let stages = self.stage.is_none() && self.path == [Segment::Key("stages".to_owned())];
        if !stages {
            return None;
        }
        // The order of the stages is a thing of its own: their contents are merged nevertheless.
        let ids = |keys: &[&str]| Some(keys.iter().map(|key| Value::from(*key)).collect());
        let conflict = Conflict {
            kind: ConflictKind::Order,
            stage: None,
            field: "stages".to_owned(),
            base: ids(&b),
            ours: ids(&o),
            theirs: ids(&t),
        };
        let side = self.report(conflict).unwrap_or(Side::Ours);
        let decided = match side {
            Side::Ours => order::common(&b, &o, &b),
            Side::Theirs => order::common(&b, &t, &b),
        };
        let others: HashSet<&str> = match side {
            Side::Ours => t.iter().copied().collect(),
            Side::Theirs => o.iter().copied().collect(),
        };
        let mut common = decided.unwrap_or_default();
        common.retain(|key| others.contains(key));
        Some(order::merged(&common, &o, &t))
    }

    fn fields<'t, 'a>(
        &mut self,
        base: &'t Parts<'a>,
        ours: &'t Parts<'a>,
        theirs: &'t Parts<'a>,
    ) -> Vec<Slot<'t, 'a>> {
        let mut out = Vec::with_capacity(ours.len());
        for key in order::inserted(&keys(ours), &keys(theirs)) {
            self.path.push(Segment::Key(key.to_owned()));
            let (o, t) = (ours.get(key), theirs.get(key));
            if let Some(part) = self.part(base.get(key), o, t) {
                out.push(Slot {
                    ours: o,
                    theirs: t,
                    part,
                });
            }
            self.path.pop();
        }
        out
    }

    /// The parts of a list of things with names: stages, or ids.
    fn named<'t, 'a>(
        &mut self,
        order: &[&str],
        base: Option<&'t Parts<'a>>,
        ours: &'t Parts<'a>,
        theirs: &'t Parts<'a>,
    ) -> Vec<Slot<'t, 'a>> {
        let mut out = Vec::with_capacity(order.len());
        // Lists of ids have no conflicts inside, so this is the list of stages or does not matter.
        let outside = self.stage.is_none().then(|| std::mem::take(&mut self.path));
        for key in order {
            if outside.is_some() {
                self.stage = Some((*key).to_owned());
            }
            let (o, t) = (ours.get(*key), theirs.get(*key));
            if let Some(part) = self.part(base.and_then(|base| base.get(*key)), o, t) {
                out.push(Slot {
                    ours: o,
                    theirs: t,
                    part,
                });
            }
        }
        if let Some(path) = outside {
            self.stage = None;
            self.path = path;
        }
        out
    }

    fn conflict<'t, 'a>(
        &mut self,
        base: Option<&'t Tree<'a>>,
        ours: Option<&'t Tree<'a>>,
        theirs: Option<&'t Tree<'a>>,
    ) -> Option<Part<'t, 'a>> {
        let kind = match (base, ours, theirs) {
            (None, ..) => ConflictKind::Added,
            (_, None, _) | (_, _, None) => ConflictKind::Removed,
            _ => ConflictKind::Changed,
        };
        let conflict = Conflict {
            kind,
            stage: self.stage.clone(),
            field: compare::name(&self.path),
            base: base.map(Tree::value),
            ours: ours.map(Tree::value),
            theirs: theirs.map(Tree::value),
        };
        match self.report(conflict) {
            Some(Side::Ours) => ours.map(Part::Ours),
            Some(Side::Theirs) => theirs.map(Part::Theirs),
            None => Some(Part::Both {
                ours,
                theirs,
                place: self.place(),
            }),
        }
    }

    /// Records a conflict; returns the side that was chosen, if one was.
    fn report(&mut self, conflict: Conflict) -> Option<Side> {
        let side = (self.decide)(&conflict);
        match side {
            Some(side) => self.decided.push((conflict, side)),
            None => self.conflicts.push(conflict),
        }
        side
    }

    fn place(&self) -> String {
        use crate::diagnostic::shown;
        let field = shown(&compare::name(&self.path));
        match &self.stage {
            Some(stage) if field.is_empty() => shown(stage),
            Some(stage) => format!("{}: {field}", shown(stage)),
            None => field,
        }
    }
}

fn joined<'t, 'a>(
    ours: &'t Tree<'a>,
    theirs: &'t Tree<'a>,
    parts: Vec<Slot<'t, 'a>>,
) -> Part<'t, 'a> {
    Part::Joined {
        ours,
        theirs,
        parts,
    }
}

fn keys<'t>(parts: &'t Parts<'_>) -> Vec<&'t str> {
    parts.keys().map(String::as_str).collect()
}
