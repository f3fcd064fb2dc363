//! Whether an edit of mine and one of theirs agree.

use super::{
    Verdict, about, is_stages,
    known::{Known, Made},
};
use crate::edit::{
    Edit, Place, Step,
    apply::lists::Entries,
    rebase::{
        reach::Reach,
        trace::{Done, Names, Trace},
    },
};

/// What comparing two edits costs that may be about the same place.
const COST: usize = 50;

/// An edit of mine and one of theirs, each with one of its places.
pub(super) struct Pair<'a, 'r> {
    pub known: &'a Known<'a, 'r>,
    pub mine: (&'a Done, &'a Reach),
    pub theirs: (&'a Done, &'a Reach),
}

impl Pair<'_, '_> {
    /// What comparing them costs.
    pub fn cost(&self) -> usize {
        match (&self.mine.1.place, &self.theirs.1.place) {
            (Place::Field { stage: a, path }, Place::Field { stage: b, path: p })
                if a != b || !(path.starts_with(p) || p.starts_with(path)) =>
            {
                1
            }
            _ => COST,
        }
    }

    pub fn verdict(&self) -> Verdict {
        let (mine, theirs) = (&self.mine.1.place, &self.theirs.1.place);
        if is_stages(mine) || is_stages(theirs) {
            return self.stages();
        }
        match (mine, theirs) {
            (Place::Layout, Place::Layout) => {
                if last_layout(self.known.my) == last_layout(self.known.their) {
                    Verdict::BOTH
                } else {
                    Verdict::Conflict(Place::Layout)
                }
            }
            (Place::Layout, _) | (_, Place::Layout) => Verdict::Apart,
            (Place::Stage { stage: a }, Place::Stage { stage: b }) if a == b => self.same_stage(a),
            (Place::Stage { stage: a }, Place::Stage { stage: b }) => {
                match self.removal(a, false) {
                    Verdict::Apart => self.removal(b, true),
                    verdict => verdict,
                }
            }
            (Place::Stage { stage }, _) => self.removal(stage, false),
            (_, Place::Stage { stage }) => self.removal(stage, true),
            (
                Place::Field { stage: a, path },
                Place::Field {
                    stage: b,
                    path: other,
                },
            ) => self.fields(a == b, path, other),
            (Place::Dependency { stage, on }, Place::Dependency { .. }) if mine == theirs => {
                self.entry(&Entries::Dependencies(stage.clone()), on)
            }
            (
                Place::Member { stage: a, list },
                Place::Member {
                    stage: b,
                    list: other,
                },
            ) if a == b => match (list, other) {
                (Some(list), Some(other)) if list != other => Verdict::Apart,
                (Some(list), Some(_)) => self.entry(&Entries::Members(list.clone()), a),
                _ => self.member(a),
            },
            (Place::Id { stage: a }, Place::Id { stage: b }) if a == b => {
                let name = |trace: &Trace<'_>| trace.names.present(a);
                let (my, their) = (name(self.known.my), name(self.known.their));
                Made::of(&my, &their, a).verdict(mine)
            }
            (Place::Order { stage: a }, Place::Order { stage: b }) if a == b => self.same_order(a),
            (Place::Field { .. }, _) | (_, Place::Field { .. }) => self.list_field(),
            _ => Verdict::Apart,
        }
    }

    /// One of them sets `stages` as a whole.
    fn stages(&self) -> Verdict {
        let place = Place::Field {
            stage: None,
            path: vec![Step::from("stages")],
        };
        let other = if is_stages(&self.mine.1.place) {
            &self.theirs.1.place
        } else {
            &self.mine.1.place
        };
        match other {
            Place::Layout => return Verdict::Apart,
            Place::Field { stage: None, .. } if !is_stages(other) => return Verdict::Apart,
            _ => {}
        }
        let made = self.known.value(None, &[Step::from("stages")]);
        made.verdict(&place)
    }

    /// Both are about the existence of a stage.
    fn same_stage(&self, stage: &str) -> Verdict {
        let place = || Place::Stage {
            stage: stage.to_owned(),
        };
        let renamed = |done: &Done| matches!(done.edit, Edit::RenameStage { .. });
        if renamed(self.mine.0) && renamed(self.theirs.0) {
            let base = |names: &Names| names.base(stage);
            return match base(&self.known.my.names) == base(&self.known.their.names) {
                true => Verdict::Apart,
                false => Verdict::Conflict(place()),
            };
        }
        let verdict = self.known.value(Some(stage), &[]).verdict(&place());
        let added = |done: &Done| matches!(done.edit, Edit::AddStage { .. });
        match verdict {
            Verdict::Agree {
                mine: true,
                theirs: true,
            } if added(self.mine.0) && added(self.theirs.0) => self.same_order(stage),
            verdict => verdict,
        }
    }

    /// Both put a stage somewhere in the file.
    fn same_order(&self, stage: &str) -> Verdict {
        match self.known.placed_alike(self.known.stages(), stage) {
            true => Verdict::BOTH,
            false => Verdict::Conflict(Place::Order {
                stage: stage.to_owned(),
            }),
        }
    }

    /// One of them is about the existence of a stage, the other one about something in it or about
    /// a reference to it.
    fn removal(&self, stage: &str, theirs: bool) -> Verdict {
        let (remover, other, trace) = if theirs {
            (self.theirs, self.mine, self.known.my)
        } else {
            (self.mine, self.theirs, self.known.their)
        };
        let done = |done: bool| Verdict::Agree {
            mine: theirs && done,
            theirs: !theirs && done,
        };
        let Edit::RemoveStage {
            keep_references, ..
        } = remover.0.edit
        else {
            return Verdict::Apart;
        };
        let place = &other.1.place;
        let conflict = || Verdict::Conflict(place.clone());
        let made = self.known.value(Some(stage), &[]);
        if made.gone {
            // Both removed it in the end.
            return match about(other.1).contains(&stage) {
                true => done(true),
                false => Verdict::Apart,
            };
        }
        if made.alike {
            // It was removed and added again.
            return Verdict::BOTH;
        }
        let in_stage = || if theirs { made.mine } else { made.theirs };
        let has = |list: &Entries| {
            let has = self.known.list(list).has(stage);
            !has.base && if theirs { has.mine } else { has.theirs }
        };
        match place {
            Place::Order { stage: of } if of == stage => done(true),
            Place::Id { stage: of } if of == stage => match trace.names.present(stage) == stage {
                true => done(true),
                false => conflict(),
            },
            Place::Field {
                stage: Some(of), ..
            } if of == stage => match in_stage() {
                true => done(true),
                false => conflict(),
            },
            Place::Dependency { stage: of, .. } if of == stage => match in_stage() {
                true => done(true),
                false => conflict(),
            },
            Place::Dependency { stage: of, on } if on == stage => {
                match (keep_references, has(&Entries::Dependencies(of.clone()))) {
                    (true, _) => Verdict::Apart,
                    (false, true) => conflict(),
                    (false, false) => done(true),
                }
            }
            Place::Member { stage: of, list } if of == stage => {
                let came = match list {
                    Some(list) => has(&Entries::Members(list.clone())),
                    None => {
                        let members = self.known.members(stage);
                        if theirs {
                            members.mine_came
                        } else {
                            members.theirs_came
                        }
                    }
                };
                match (keep_references, came) {
                    (true, _) => Verdict::Apart,
                    (false, true) => conflict(),
                    (false, false) => done(true),
                }
            }
            Place::Member { .. } if about(other.1).contains(&stage) => match in_stage() {
                true => done(true),
                false => conflict(),
            },
            _ if !keep_references && other.1.names.iter().any(|id| id == stage) => {
                Verdict::Conflict(Place::Stage {
                    stage: stage.to_owned(),
                })
            }
            _ => Verdict::Apart,
        }
    }

    /// Both set fields.
    fn fields(&self, same_owner: bool, path: &[Step], other: &[Step]) -> Verdict {
        let (short, long) = if path.len() <= other.len() {
            (path, &self.theirs.1.place)
        } else {
            (other, &self.mine.1.place)
        };
        if !same_owner || !(path.starts_with(other) || other.starts_with(path)) {
            return Verdict::Apart;
        }
        let Place::Field { stage, .. } = long else {
            return Verdict::Apart;
        };
        self.values(stage.as_deref(), short, long)
    }

    /// What both made of the value at a path.
    fn values(&self, stage: Option<&str>, path: &[Step], place: &Place) -> Verdict {
        self.known.value(stage, path).verdict(place)
    }

    /// One sets a field, the other one changes an entry of a list.
    fn list_field(&self) -> Verdict {
        let (field, list) = match &self.mine.1.place {
            Place::Field { .. } => (self.mine.1, self.theirs.1),
            _ => (self.theirs.1, self.mine.1),
        };
        let Place::Field {
            stage: Some(stage),
            path,
        } = &field.place
        else {
            return Verdict::Apart;
        };
        let meets = |within: &&(String, Vec<Step>)| {
            within.0 == *stage && (within.1.starts_with(path) || path.starts_with(&within.1))
        };
        match list.within.iter().find(meets) {
            Some((_, within)) => self.values(Some(stage), within, &list.place),
            None => Verdict::Apart,
        }
    }

    /// Both add or remove the same entry of the same list.
    fn entry(&self, list: &Entries, id: &str) -> Verdict {
        let orders = self.known.list(list);
        let has = orders.has(id);
        if has.mine == has.theirs {
            return match !has.mine || self.known.placed_alike(&orders, id) {
                true => Verdict::BOTH,
                false => Verdict::Conflict(self.mine.1.place.clone()),
            };
        }
        Verdict::Agree {
            mine: has.mine == has.base,
            theirs: has.theirs == has.base,
        }
    }

    /// At least one of them moves a stage between lists.
    fn member(&self, stage: &str) -> Verdict {
        let place = Place::Member {
            stage: stage.to_owned(),
            list: None,
        };
        self.known.members(stage).made.verdict(&place)
    }
}

/// The last layout counts.
fn last_layout<'t>(trace: &'t Trace<'_>) -> Option<&'t Edit> {
    let mut edits = trace.done.iter().rev().map(|done| &done.edit);
    edits.find(|edit| matches!(edit, Edit::Reformat { .. }))
}
