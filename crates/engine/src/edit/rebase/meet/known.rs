//! What both made of values, lists and the order of the stages. Found once for all pairs of edits.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::{HashMap, HashSet},
    rc::Rc,
};

use super::Verdict;
use crate::{
    Value,
    edit::{
        Branch, Place, Step,
        apply::lists::Entries,
        rebase::{
            reach::all_holders,
            trace::{Trace, entries, view},
        },
        sheet::Owner,
    },
};

/// How much comparing two lists of edits may cost; two edits of different fields cost 1.
const MAX_COST: usize = 2_000_000;

/// What both made of something.
#[derive(Clone, Copy)]
pub(super) struct Made {
    /// Whether both have the same.
    pub alike: bool,
    /// Whether mine is that of the base.
    pub mine: bool,
    /// Whether theirs is that of the base.
    pub theirs: bool,
    /// Whether neither has it.
    pub gone: bool,
}

impl Made {
    pub fn of<T: PartialEq>(my: &T, their: &T, base: &T) -> Self {
        Self {
            alike: my == their,
            mine: my == base,
            theirs: their == base,
            gone: false,
        }
    }

    pub fn verdict(self, place: &Place) -> Verdict {
        match self {
            Self { alike: true, .. } => Verdict::BOTH,
            Self {
                mine: false,
                theirs: false,
                ..
            } => Verdict::Conflict(place.clone()),
            Self { mine, theirs, .. } => Verdict::Agree { mine, theirs },
        }
    }
}

/// The orders of the same list on both sides.
pub(super) struct Orders {
    mine: Vec<String>,
    theirs: Vec<String>,
    in_mine: HashSet<String>,
    in_theirs: HashSet<String>,
    in_base: HashSet<String>,
    /// Which entries follow the same one in both.
    alike: RefCell<HashMap<String, bool>>,
}

/// Who has an entry.
pub(super) struct Has {
    pub mine: bool,
    pub theirs: bool,
    pub base: bool,
}

impl Orders {
    fn of(mine: Vec<String>, theirs: Vec<String>, base: Vec<String>) -> Self {
        let set = |ids: &[String]| -> HashSet<String> { ids.iter().cloned().collect() };
        Self {
            in_mine: set(&mine),
            in_theirs: set(&theirs),
            in_base: base.into_iter().collect(),
            mine,
            theirs,
            alike: RefCell::default(),
        }
    }

    pub fn has(&self, id: &str) -> Has {
        Has {
            mine: self.in_mine.contains(id),
            theirs: self.in_theirs.contains(id),
            base: self.in_base.contains(id),
        }
    }

    /// Whether an entry follows the same one in both orders, of those that are in both.
    fn placed_alike(&self, id: &str) -> bool {
        let before = |all: &[String], others: &HashSet<String>| -> Option<String> {
            let before = all.iter().take_while(|other| *other != id);
            before
                .filter(|other| others.contains(*other))
                .last()
                .cloned()
        };
        before(&self.mine, &self.in_theirs) == before(&self.theirs, &self.in_mine)
    }
}

/// The lists that name a stage.
pub(super) struct Members {
    pub made: Made,
    /// Whether I put it into a list.
    pub mine_came: bool,
    /// Whether they put it into a list.
    pub theirs_came: bool,
}

/// For each id, the lists that name it.
type Holders = HashMap<String, HashSet<Rc<Branch>>>;

/// What both made of values, by the stage and the path.
type Values = HashMap<(Option<String>, Vec<Step>), Made>;

/// What both made of lists, by the stage that has the list; no branch: its dependencies.
type Lists = HashMap<(String, Option<Branch>), Rc<Orders>>;

/// What is known of two lists of edits.
pub(super) struct Known<'a, 'r> {
    pub my: &'a Trace<'r>,
    pub their: &'a Trace<'r>,
    values: RefCell<Values>,
    lists: RefCell<Lists>,
    stages: OnceCell<Orders>,
    /// Mine, theirs and those of the base.
    holders: OnceCell<[Holders; 3]>,
    cost: Cell<usize>,
}

impl<'a, 'r> Known<'a, 'r> {
    pub fn new(my: &'a Trace<'r>, their: &'a Trace<'r>) -> Self {
        Self {
            my,
            their,
            values: RefCell::default(),
            lists: RefCell::default(),
            stages: OnceCell::new(),
            holders: OnceCell::new(),
            cost: Cell::new(0),
        }
    }

    /// Counts what comparing costs. `false` once it is too much.
    pub fn spend(&self, cost: usize) -> bool {
        let cost = self.cost.get().saturating_add(cost);
        self.cost.set(cost);
        cost <= MAX_COST
    }

    /// What both made of the value at a path.
    pub fn value(&self, stage: Option<&str>, path: &[Step]) -> Made {
        let key = (stage.map(str::to_owned), path.to_vec());
        if let Some(made) = self.values.borrow().get(&key) {
            return *made;
        }
        let value = |trace: &Trace<'_>| match stage {
            Some(stage) => trace.stage(stage)?.at(path).map(|view| view.value()),
            None => trace.end.look(Owner::File, path).map(|view| view.value()),
        };
        let (mine, theirs) = (value(self.my), value(self.their));
        let base = base_value(self.my, stage, path);
        let made = Made {
            gone: mine.is_none() && theirs.is_none(),
            ..Made::of(&mine, &theirs, &base)
        };
        self.values.borrow_mut().insert(key, made);
        made
    }

    /// What both made of a list.
    pub fn list(&self, list: &Entries) -> Rc<Orders> {
        let key = match list {
            Entries::Dependencies(stage) => (stage.clone(), None),
            Entries::Members(branch) => (branch.control.clone(), Some(branch.clone())),
        };
        if let Some(orders) = self.lists.borrow().get(&key) {
            return Rc::clone(orders);
        }
        let orders = Rc::new(Orders::of(
            self.my.entries(list),
            self.their.entries(list),
            entries(&self.my.base, list),
        ));
        self.lists.borrow_mut().insert(key, Rc::clone(&orders));
        orders
    }

    /// What both made of the order of the stages.
    pub fn stages(&self) -> &Orders {
        self.stages
            .get_or_init(|| Orders::of(self.my.order(), self.their.order(), Vec::new()))
    }

    /// Whether an entry follows the same one in both orders.
    pub fn placed_alike(&self, orders: &Orders, id: &str) -> bool {
        if let Some(alike) = orders.alike.borrow().get(id) {
            return *alike;
        }
        self.spend(orders.mine.len() + orders.theirs.len());
        let alike = orders.placed_alike(id);
        orders.alike.borrow_mut().insert(id.to_owned(), alike);
        alike
    }

    /// The lists that name a stage.
    pub fn members(&self, stage: &str) -> Members {
        let [mine, theirs, base] = self.holders.get_or_init(|| {
            let end =
                |trace: &Trace<'_>| all_holders(&trace.end, |branch| trace.names.branch(&branch));
            [
                end(self.my),
                end(self.their),
                all_holders(&self.my.base, |branch| branch),
            ]
        });
        let none = HashSet::new();
        let of = |holders: &'_ Holders, id: &str| -> HashSet<Rc<Branch>> {
            holders.get(id).unwrap_or(&none).clone()
        };
        let mine = of(mine, &self.my.names.present(stage));
        let theirs = of(theirs, &self.their.names.present(stage));
        let base = of(base, stage);
        self.spend(mine.len() + theirs.len() + base.len());
        Members {
            made: Made::of(&mine, &theirs, &base),
            mine_came: !mine.is_subset(&base),
            theirs_came: !theirs.is_subset(&base),
        }
    }
}

/// The value at a path in the base.
pub(super) fn base_value(trace: &Trace<'_>, stage: Option<&str>, path: &[Step]) -> Option<Value> {
    match stage {
        Some(stage) => view(&trace.base, stage)?.at(path).map(|view| view.value()),
        None => trace.base.look(Owner::File, path).map(|view| view.value()),
    }
}
