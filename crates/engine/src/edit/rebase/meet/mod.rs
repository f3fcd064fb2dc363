//! Where the edits of two people meet, and whether they agree there.

mod known;
mod pair;

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{
    reach::Reach,
    told::told,
    trace::{Trace, view},
};
use crate::edit::{Conflict, Edit, Place, Step};
use known::{Known, base_value};
use pair::Pair;

/// How many conflicts are told.
const MAX_CONFLICTS: usize = 50;

/// A pair of edits that meet.
pub(super) struct Meet {
    mine: usize,
    theirs: usize,
    place: Place,
}

/// What comes of two lists of edits.
#[derive(Default)]
pub(super) struct Meeting {
    /// The first conflicts, each at another place.
    pub conflicts: Vec<Meet>,
    /// Which of my edits need not be made again over theirs.
    pub mine_done: HashSet<usize>,
    /// Which of theirs need not be made again over mine.
    pub theirs_done: HashSet<usize>,
    /// Whether so many edits may meet that not all were compared.
    pub too_many: bool,
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

impl Verdict {
    /// Both made the same.
    const BOTH: Verdict = Verdict::Agree {
        mine: true,
        theirs: true,
    };
}

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
        let known = Known::new(my, their);
        let mut out = Self::default();
        let mut seen = HashSet::new();
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
                        known: &known,
                        mine: (my_done, my_reach),
                        theirs: (their_done, their_reach),
                    };
                    if !known.spend(pair.cost()) {
                        out.too_many = true;
                        return out;
                    }
                    match pair.verdict() {
                        Verdict::Apart => {}
                        Verdict::Agree { mine: m, theirs: t } => {
                            out.mine_done.extend(m.then_some(mine));
                            out.theirs_done.extend(t.then_some(theirs));
                        }
                        Verdict::Conflict(place) => {
                            if seen.insert(place.clone()) {
                                out.conflicts.push(Meet {
                                    mine,
                                    theirs,
                                    place,
                                });
                            }
                        }
                    }
                    if out.conflicts.len() >= MAX_CONFLICTS {
                        return out;
                    }
                }
            }
        }
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
