//! Simulates an NFA thread by thread, recording the range of a group. Each visited state is
//! charged, so the charge follows the actual work.

use std::ops::Range;

use regex_automata::{
    nfa::thompson::{NFA, State},
    util::{look::LookMatcher, primitives::StateID},
};

use crate::expr::{Budget, ExprError};

/// Start and end of the match, start and end of the group.
type Slots = [Option<usize>; 4];

/// Threads in order of preference, at most one per state.
struct Threads {
    order: Vec<StateID>,
    seen: Vec<bool>,
    slots: Vec<Slots>,
}

impl Threads {
    fn new(states: usize) -> Self {
        Self {
            order: Vec::new(),
            seen: vec![false; states],
            slots: vec![[None; 4]; states],
        }
    }

    fn insert(&mut self, id: StateID, slots: Slots) -> bool {
        let new = !std::mem::replace(&mut self.seen[id.as_usize()], true);
        if new {
            self.order.push(id);
            self.slots[id.as_usize()] = slots;
        }
        new
    }

    fn clear(&mut self) {
        for id in self.order.drain(..) {
            self.seen[id.as_usize()] = false;
        }
    }
}

enum Frame {
    Visit(StateID),
    Restore(usize, Option<usize>),
}

/// The state that is reused between searches.
pub struct Simulation {
    nfa: NFA,
    look: LookMatcher,
    now: Threads,
    next: Threads,
    stack: Vec<Frame>,
}

/// The parameters of one search.
pub struct Search<'t> {
    pub text: &'t str,
    pub range: Range<usize>,
    /// Whether the match must begin at the start of the range.
    pub anchored: bool,
    /// The requested group; 0 is the whole match.
    pub group: usize,
}

impl Simulation {
    pub fn new(nfa: NFA) -> Self {
        let states = nfa.states().len();
        Self {
            look: nfa.look_matcher().clone(),
            now: Threads::new(states),
            next: Threads::new(states),
            stack: Vec::new(),
            nfa,
        }
    }

    /// The range of the group in the first match.
    pub fn run(
        &mut self,
        search: &Search<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Range<usize>>, ExprError> {
        let bytes = search.text.as_bytes();
        let mut matched: Option<Slots> = None;
        self.now.clear();
        for at in search.range.start..=search.range.end {
            let first = at == search.range.start;
            if matched.is_none() && (first || !search.anchored) && search.text.is_char_boundary(at)
            {
                let slots = [Some(at), None, None, None];
                let start = self.nfa.start_anchored();
                self.add(true, start, slots, search, at, budget)?;
            } else if self.now.order.is_empty() && (search.anchored || matched.is_some()) {
                break;
            }
            let byte = bytes.get(at).filter(|_| at < search.range.end);
            budget.step(self.now.order.len() as u64)?;
            for i in 0..self.now.order.len() {
                let id = self.now.order[i];
                let slots = self.now.slots[id.as_usize()];
                let to = match (self.nfa.state(id), byte) {
                    (State::Match { .. }, _) => {
                        matched = Some([slots[0], Some(at), slots[2], slots[3]]);
                        break;
                    }
                    (State::ByteRange { trans }, Some(byte)) => {
                        trans.matches_byte(*byte).then_some(trans.next)
                    }
                    (State::Sparse(sparse), Some(byte)) => sparse.matches_byte(*byte),
                    (State::Dense(dense), Some(byte)) => dense.matches_byte(*byte),
                    _ => None,
                };
                if let Some(to) = to {
                    self.add(false, to, slots, search, at + 1, budget)?;
                }
            }
            std::mem::swap(&mut self.now, &mut self.next);
            self.next.clear();
        }
        let place = |slots: Slots| match search.group {
            0 => slots[0].zip(slots[1]),
            _ => slots[2].zip(slots[3]),
        };
        Ok(matched.and_then(place).map(|(start, end)| start..end))
    }

    /// Adds a state and all states reachable from it without consuming a byte.
    fn add(
        &mut self,
        now: bool,
        state: StateID,
        mut slots: Slots,
        search: &Search<'_>,
        at: usize,
        budget: &mut Budget,
    ) -> Result<(), ExprError> {
        let threads = if now { &mut self.now } else { &mut self.next };
        self.stack.clear();
        self.stack.push(Frame::Visit(state));
        while let Some(frame) = self.stack.pop() {
            let mut id = match frame {
                Frame::Restore(slot, value) => {
                    slots[slot] = value;
                    continue;
                }
                Frame::Visit(id) => id,
            };
            while threads.insert(id, slots) {
                budget.step(1)?;
                match self.nfa.state(id) {
                    State::Look { look, next } => {
                        if !self.look.matches(*look, search.text.as_bytes(), at) {
                            break;
                        }
                        id = *next;
                    }
                    State::Union { alternates } => {
                        let Some((first, rest)) = alternates.split_first() else {
                            break;
                        };
                        self.stack
                            .extend(rest.iter().rev().map(|id| Frame::Visit(*id)));
                        budget.step(rest.len() as u64)?;
                        id = *first;
                    }
                    State::BinaryUnion { alt1, alt2 } => {
                        self.stack.push(Frame::Visit(*alt2));
                        id = *alt1;
                    }
                    State::Capture {
                        next,
                        group_index,
                        slot,
                        ..
                    } => {
                        let group = group_index.as_usize();
                        if group > 0 && group == search.group {
                            let place = 2 + slot.as_usize() % 2;
                            self.stack.push(Frame::Restore(place, slots[place]));
                            slots[place] = Some(at);
                        }
                        id = *next;
                    }
                    _ => break,
                }
            }
        }
        Ok(())
    }
}
