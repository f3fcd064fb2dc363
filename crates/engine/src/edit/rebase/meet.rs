//! Where the edits of two people meet, and whether they agree there.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{
    reach::Reach,
    trace::{Done, Names, Trace, entries, view},
};
use crate::{
    Value,
    diagnostic::shown,
    edit::{
        Branch, Conflict, Edit, Place, Step,
        apply::lists::Entries,
        sheet::{Owner, path_text},
    },
};

/// A pair of edits that meet.
pub(super) struct Meet {
    mine: usize,
    theirs: usize,
    place: Place,
}

/// What comes of two lists of edits.
#[derive(Default)]
pub(super) struct Meeting {
    pub conflicts: Vec<Meet>,
    /// Which of my edits need not be made again over theirs.
    pub mine_done: HashSet<usize>,
    /// Which of theirs need not be made again over mine.
    pub theirs_done: HashSet<usize>,
}

/// What comes of two edits.
enum Verdict {
    /// They are about different places.
    Apart,
    /// They do not contradict each other; which of them the other one makes unnecessary.
    Agree {
        mine: bool,
        theirs: bool,
    },
    Conflict(Place),
}

const BOTH: Verdict = Verdict::Agree {
    mine: true,
    theirs: true,
};

impl Meeting {
    pub fn of(my: &Trace<'_>, their: &Trace<'_>) -> Self {
        let mut index: HashMap<Option<&str>, Vec<(usize, usize)>> = HashMap::new();
        let mut everywhere = Vec::new();
        for (nth, done) in their.done.iter().enumerate() {
            for (at, reach) in done.reach.iter().enumerate() {
                if is_everywhere(reach) {
                    everywhere.push((nth, at));
                }
                for key in keys(reach) {
                    index.entry(key).or_default().push((nth, at));
                }
            }
        }
        let mut out = Self::default();
        for (mine, my_done) in my.done.iter().enumerate() {
            for my_reach in &my_done.reach {
                let mut near: BTreeSet<(usize, usize)> = everywhere.iter().copied().collect();
                if is_everywhere(my_reach) {
                    near.extend(index.values().flatten());
                } else {
                    let keys = keys(my_reach).into_iter();
                    near.extend(keys.filter_map(|key| index.get(&key)).flatten());
                }
                for (theirs, at) in near {
                    let Some(their_done) = their.done.get(theirs) else {
                        continue;
                    };
                    let Some(their_reach) = their_done.reach.get(at) else {
                        continue;
                    };
                    let pair = Pair {
                        my,
                        their,
                        mine: (my_done, my_reach),
                        theirs: (their_done, their_reach),
                    };
                    match pair.verdict() {
                        Verdict::Apart => {}
                        Verdict::Agree { mine: m, theirs: t } => {
                            out.mine_done.extend(m.then_some(mine));
                            out.theirs_done.extend(t.then_some(theirs));
                        }
                        Verdict::Conflict(place) => out.conflicts.push(Meet {
                            mine,
                            theirs,
                            place,
                        }),
                    }
                }
            }
        }
        let mut seen = HashSet::new();
        out.conflicts.retain(|meet| seen.insert(meet.place.clone()));
        out
    }
}

/// Whether it may meet any stage.
fn is_everywhere(reach: &Reach) -> bool {
    is_stages(&reach.place)
}

fn is_stages(place: &Place) -> bool {
    matches!(place, Place::Field { stage: None, path } if path.first() == Some(&Step::from("stages")))
}

/// The stages that it is about; `None` for the file.
fn keys(reach: &Reach) -> Vec<Option<&str>> {
    let mut out: Vec<Option<&str>> = about(reach).into_iter().map(Some).collect();
    out.extend(reach.names.iter().map(|id| Some(id.as_str())));
    if let Place::Stage { stage } = &reach.place {
        out.push(Some(stage));
    }
    if matches!(
        reach.place,
        Place::Field { stage: None, .. } | Place::Layout
    ) {
        out.push(None);
    }
    out
}

/// The stages whose content or relations it changes.
fn about(reach: &Reach) -> Vec<&str> {
    let mut out: Vec<&str> = match &reach.place {
        Place::Stage { .. } | Place::Layout | Place::Field { stage: None, .. } => Vec::new(),
        Place::Id { stage } | Place::Order { stage } => vec![stage.as_str()],
        Place::Field {
            stage: Some(stage), ..
        } => vec![stage.as_str()],
        Place::Dependency { stage, on } => vec![stage.as_str(), on.as_str()],
        Place::Member { stage, list } => {
            let control = list.as_ref().map(|list| list.control.as_str());
            std::iter::once(stage.as_str()).chain(control).collect()
        }
    };
    out.extend(reach.within.iter().map(|(stage, _)| stage.as_str()));
    out
}

struct Pair<'a, 'r> {
    my: &'a Trace<'r>,
    their: &'a Trace<'r>,
    mine: (&'a Done, &'a Reach),
    theirs: (&'a Done, &'a Reach),
}

impl Pair<'_, '_> {
    fn verdict(&self) -> Verdict {
        let (mine, theirs) = (&self.mine.1.place, &self.theirs.1.place);
        if is_stages(mine) || is_stages(theirs) {
            return self.stages();
        }
        match (mine, theirs) {
            (Place::Layout, Place::Layout) => {
                // The last layout of each counts.
                let last = |trace: &Trace<'_>| {
                    let mut edits = trace.done.iter().rev().map(|done| &done.edit);
                    let last = edits.find(|edit| matches!(edit, Edit::Reformat { .. }));
                    last.cloned()
                };
                if last(self.my) == last(self.their) {
                    BOTH
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
                let (my, their) = (self.my.names.present(a), self.their.names.present(a));
                three(&my, &their, a, mine)
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
        let value = |trace: &Trace<'_>| trace.end.top("stages").map(|view| view.value());
        let base = self.my.base.top("stages").map(|view| view.value());
        three(&value(self.my), &value(self.their), &base, &place)
    }

    /// Both are about the existence of a stage.
    fn same_stage(&self, stage: &str) -> Verdict {
        let place = || Place::Stage {
            stage: stage.to_owned(),
        };
        let renamed = |done: &Done| matches!(done.edit, Edit::RenameStage { .. });
        if renamed(self.mine.0) && renamed(self.theirs.0) {
            let base = |names: &Names| names.base(stage);
            return match base(&self.my.names) == base(&self.their.names) {
                true => Verdict::Apart,
                false => Verdict::Conflict(place()),
            };
        }
        let value = |trace: &Trace<'_>| trace.stage(stage).map(|view| view.value());
        let base = view(&self.my.base, stage).map(|view| view.value());
        let verdict = three(&value(self.my), &value(self.their), &base, &place());
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
        let (my, their) = (self.my.order(), self.their.order());
        match placed_alike(&my, &their, stage) {
            true => BOTH,
            false => Verdict::Conflict(Place::Order {
                stage: stage.to_owned(),
            }),
        }
    }

    /// One of them is about the existence of a stage, the other one about something in it or about
    /// a reference to it.
    fn removal(&self, stage: &str, theirs: bool) -> Verdict {
        let (remover, other, trace) = if theirs {
            (self.theirs, self.mine, self.my)
        } else {
            (self.mine, self.theirs, self.their)
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
        let remaining = |trace: &Trace<'_>| trace.stage(stage).map(|view| view.value());
        match (remaining(self.my), remaining(self.their)) {
            // Both removed it in the end.
            (None, None) if about(other.1).contains(&stage) => return done(true),
            (None, None) => return Verdict::Apart,
            // It was removed and added again.
            (Some(mine), Some(theirs)) if mine == theirs => return BOTH,
            _ => {}
        }
        let in_stage = || {
            let now = trace.stage(stage).map(|view| view.value());
            now == view(&trace.base, stage).map(|view| view.value())
        };
        let has = |list: &Entries| {
            let now = trace.entries(list).iter().any(|id| id == stage);
            now && !entries(&trace.base, list).iter().any(|id| id == stage)
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
                    None => !is_subset(&trace.memberships(stage), &base_memberships(trace, stage)),
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
        let value = |trace: &Trace<'_>| match stage {
            Some(stage) => trace.stage(stage)?.at(path).map(|view| view.value()),
            None => trace.end.look(Owner::File, path).map(|view| view.value()),
        };
        three(
            &value(self.my),
            &value(self.their),
            &base_value(self.my, stage, path),
            place,
        )
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
        let (my, their) = (self.my.entries(list), self.their.entries(list));
        let base = entries(&self.my.base, list);
        let has = |all: &[String]| all.iter().any(|other| other == id);
        if has(&my) == has(&their) {
            return match !has(&my) || placed_alike(&my, &their, id) {
                true => BOTH,
                false => Verdict::Conflict(self.mine.1.place.clone()),
            };
        }
        let was = has(&base);
        Verdict::Agree {
            mine: has(&my) == was,
            theirs: has(&their) == was,
        }
    }

    /// At least one of them moves a stage between lists.
    fn member(&self, stage: &str) -> Verdict {
        let set = |branches: Vec<Branch>| {
            let name = |b: &Branch| (b.control.clone(), b.list.clone(), b.key.clone());
            branches.iter().map(name).collect::<BTreeSet<_>>()
        };
        let (my, their) = (
            set(self.my.memberships(stage)),
            set(self.their.memberships(stage)),
        );
        let base = set(base_memberships(self.my, stage));
        let place = Place::Member {
            stage: stage.to_owned(),
            list: None,
        };
        three(&my, &their, &base, &place)
    }
}

/// Compares what both made of something.
fn three<T: PartialEq + ?Sized>(my: &T, their: &T, base: &T, place: &Place) -> Verdict {
    if my == their {
        BOTH
    } else if my == base || their == base {
        Verdict::Agree {
            mine: my == base,
            theirs: their == base,
        }
    } else {
        Verdict::Conflict(place.clone())
    }
}

/// Whether an entry follows the same one in two orders, of those that are in both.
fn placed_alike(a: &[String], b: &[String], id: &str) -> bool {
    let before = |all: &[String], others: &[String]| -> Option<String> {
        let others: HashSet<&String> = others.iter().collect();
        let before = all.iter().take_while(|other| *other != id);
        before
            .filter(|other| others.contains(other))
            .last()
            .cloned()
    };
    before(a, b) == before(b, a)
}

fn base_value(trace: &Trace<'_>, stage: Option<&str>, path: &[Step]) -> Option<Value> {
    match stage {
        Some(stage) => view(&trace.base, stage)?.at(path).map(|view| view.value()),
        None => trace.base.look(Owner::File, path).map(|view| view.value()),
    }
}

fn base_memberships(trace: &Trace<'_>, stage: &str) -> Vec<Branch> {
    super::reach::holders(&trace.base, stage)
}

fn is_subset(some: &[Branch], all: &[Branch]) -> bool {
    some.iter().all(|branch| all.contains(branch))
}

impl Meet {
    /// The conflict with both sides.
    pub fn told(
        self,
        my: &Trace<'_>,
        their: &Trace<'_>,
        mine: &[Edit],
        theirs: &[Edit],
    ) -> Conflict {
        let index = |trace: &Trace<'_>, at: usize| trace.done.get(at).map_or(0, |done| done.index);
        let (mine_index, theirs_index) = (index(my, self.mine), index(their, self.theirs));
        let side = |edits: &[Edit], trace: &Trace<'_>, index: usize, at: usize| {
            let part = || trace.done.get(at).map(|done| done.edit.clone());
            let whole = edits.get(index).cloned();
            whole.or_else(part).unwrap_or(Edit::Reformat {
                text: String::new(),
            })
        };
        let base = match &self.place {
            Place::Field { stage, path } => base_value(my, stage.as_deref(), path),
            Place::Stage { stage } => view(&my.base, stage).map(|view| view.value()),
            _ => None,
        };
        Conflict {
            message: format!("both changed {} differently", told(&self.place)),
            base,
            mine: side(mine, my, mine_index, self.mine),
            mine_index,
            theirs: side(theirs, their, theirs_index, self.theirs),
            theirs_index,
            place: self.place,
        }
    }
}

/// A place in words.
fn told(place: &Place) -> String {
    let stage = |id: &str| format!("the stage `{}`", shown(id));
    match place {
        Place::Stage { stage: id } => stage(id),
        Place::Id { stage: id } => format!("the id of {}", stage(id)),
        Place::Field {
            stage: Some(id),
            path,
        } => format!("`{}` of {}", path_text(path), stage(id)),
        Place::Field { stage: None, path } => format!("`{}`", path_text(path)),
        Place::Dependency { stage: id, on } => {
            format!("whether {} waits for `{}`", stage(id), shown(on))
        }
        Place::Member {
            stage: id,
            list: Some(list),
        } => format!(
            "{} in `{}` of `{}`",
            stage(id),
            list.list,
            shown(&list.control)
        ),
        Place::Member {
            stage: id,
            list: None,
        } => format!("the control stages around {}", stage(id)),
        Place::Order { stage: id } => format!("the place of {} in the file", stage(id)),
        Place::Layout => "the layout".to_owned(),
    }
}
