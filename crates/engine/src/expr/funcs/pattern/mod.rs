//! A regular expression, searched under the budget.
//!
//! A lazy DFA walks the text in slices, so that each byte is charged and the clock is checked. It
//! gives up when a pattern makes it build too many states. What the DFA cannot determine (word
//! boundaries next to non-ASCII letters, the text of a group) is found by simulating an NFA.

mod threads;

use std::ops::Range;

use regex_automata::{
    Anchored, Input, MatchKind,
    hybrid::{
        LazyStateID,
        dfa::{Cache, DFA},
    },
    nfa::thompson::{NFA, WhichCaptures},
};
use regex_syntax::{ast, hir::translate::TranslatorBuilder};

use threads::{Search, Simulation};

use crate::expr::{
    Budget, ExprError,
    error::{failed, type_mismatch},
};

/// The maximum length of a pattern, in bytes.
const MAX_PATTERN: usize = 1_000;
/// The maximum size of a compiled pattern, in bytes.
const MAX_COMPILED: usize = 256 * 1024;
/// The maximum number of Unicode classes in a pattern. Each is a table of hundreds of ranges.
const MAX_CLASSES: u32 = 48;
/// The number of bytes between two checks of the clock.
const SLICE: usize = 16 * 1024;

/// A compiled pattern with the DFA states built so far.
pub struct Pattern {
    forward: (DFA, Cache),
    reverse: (DFA, Cache),
    /// The simulation, created when it is first needed.
    simulation: Option<Simulation>,
    groups: usize,
}

/// The result of a DFA search.
enum DfaResult {
    End(Option<usize>),
    Unknown,
}

impl Pattern {
    /// Compiles a pattern.
    pub fn compile(pattern: &str, budget: &mut Budget) -> Result<Self, ExprError> {
        if pattern.len() > MAX_PATTERN {
            return Err(failed(format!("a pattern has at most {MAX_PATTERN} bytes")));
        }
        budget.step(20_000)?;
        budget.take(MAX_COMPILED * 2)?;
        let tree = ast::parse::ParserBuilder::new()
            .nest_limit(50)
            .build()
            .parse(pattern)
            .map_err(|error| unusable(&last_line(&error)))?;
        if ast::visit(&tree, Classes::default()).is_err() {
            return Err(unusable("it has too many character classes"));
        }
        let hir = TranslatorBuilder::new()
            .build()
            .translate(pattern, &tree)
            .map_err(|error| unusable(&last_line(&error)))?;
        budget.look()?;
        let nfa = |reverse| {
            let config = NFA::config()
                .reverse(reverse)
                .which_captures(match reverse {
                    true => WhichCaptures::None,
                    false => WhichCaptures::All,
                })
                .nfa_size_limit(Some(MAX_COMPILED));
            NFA::compiler()
                .configure(config)
                .build_from_hir(&hir)
                .map_err(|_| unusable("it is too large"))
        };
        let lazy = |nfa: NFA, kind| -> Result<(DFA, Cache), ExprError> {
            let config = DFA::config()
                .match_kind(kind)
                .cache_capacity(MAX_COMPILED / 2)
                .skip_cache_capacity_check(true)
                .minimum_cache_clear_count(Some(3))
                .unicode_word_boundary(true);
            let dfa = DFA::builder()
                .configure(config)
                .build_from_nfa(nfa)
                .map_err(|_| unusable("it is too large"))?;
            let cache = dfa.create_cache();
            Ok((dfa, cache))
        };
        let forward = nfa(false)?;
        budget.look()?;
        let groups = forward.group_info().group_len(Default::default());
        Ok(Self {
            forward: lazy(forward, MatchKind::LeftmostFirst)?,
            // The longest match backwards ends where the match begins.
            reverse: lazy(nfa(true)?, MatchKind::All)?,
            simulation: None,
            groups,
        })
    }

    /// The number of groups, including the whole match.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// The first match that begins at `from` or later.
    pub fn find(
        &mut self,
        text: &str,
        from: usize,
        budget: &mut Budget,
    ) -> Result<Option<Range<usize>>, ExprError> {
        if from > text.len() {
            return Ok(None);
        }
        let input = Input::new(text).range(from..);
        let search = Search {
            text,
            range: from..text.len(),
            anchored: false,
            group: 0,
        };
        let end = match self.end(&input, budget)? {
            DfaResult::End(None) => return Ok(None),
            DfaResult::End(Some(end)) => end,
            DfaResult::Unknown => return self.simulate(&search, budget),
        };
        let back = Input::new(text).range(from..end).anchored(Anchored::Yes);
        match self.start(&back, budget)? {
            // An empty match inside a character is not a match; the simulation decides.
            DfaResult::End(Some(start))
                if text.is_char_boundary(start) && text.is_char_boundary(end) =>
            {
                Ok(Some(start..end))
            }
            _ => self.simulate(&search, budget),
        }
    }

    /// The range of a group in the match at `found`.
    pub fn group(
        &mut self,
        text: &str,
        found: Range<usize>,
        group: usize,
        budget: &mut Budget,
    ) -> Result<Option<Range<usize>>, ExprError> {
        let search = Search {
            text,
            range: found,
            anchored: true,
            group,
        };
        self.simulate(&search, budget)
    }

    fn end(&mut self, input: &Input<'_>, budget: &mut Budget) -> Result<DfaResult, ExprError> {
        let (dfa, cache) = &mut self.forward;
        let mut end = None;
        let Ok(mut state) = dfa.start_state_forward(cache, input) else {
            return Ok(DfaResult::Unknown);
        };
        for (at, byte) in (input.start()..).zip(&input.haystack()[input.get_range()]) {
            let Ok(next) = dfa.next_state(cache, state, *byte) else {
                return Ok(DfaResult::Unknown);
            };
            state = next;
            if state.is_tagged() {
                if state.is_match() {
                    end = Some(at);
                } else if state.is_dead() {
                    pay(at - input.start(), budget)?;
                    return Ok(DfaResult::End(end));
                } else if state.is_quit() {
                    pay(at - input.start(), budget)?;
                    return Ok(DfaResult::Unknown);
                }
            }
            if (at - input.start()) % SLICE == SLICE - 1 {
                budget.look()?;
            }
        }
        pay(input.get_range().len(), budget)?;
        let last: LazyStateID = match dfa.next_eoi_state(cache, state) {
            Ok(last) => last,
            Err(_) => return Ok(DfaResult::Unknown),
        };
        Ok(DfaResult::End(match last.is_match() {
            true => Some(input.end()),
            false => end,
        }))
    }

    fn start(&mut self, input: &Input<'_>, budget: &mut Budget) -> Result<DfaResult, ExprError> {
        let (dfa, cache) = &mut self.reverse;
        let mut start = None;
        let Ok(mut state) = dfa.start_state_reverse(cache, input) else {
            return Ok(DfaResult::Unknown);
        };
        for at in input.get_range().rev() {
            let Ok(next) = dfa.next_state(cache, state, input.haystack()[at]) else {
                return Ok(DfaResult::Unknown);
            };
            state = next;
            if state.is_tagged() {
                if state.is_match() {
                    start = Some(at + 1);
                } else if state.is_dead() {
                    pay(input.end() - at, budget)?;
                    return Ok(DfaResult::End(start));
                } else if state.is_quit() {
                    pay(input.end() - at, budget)?;
                    return Ok(DfaResult::Unknown);
                }
            }
            if (input.end() - at).is_multiple_of(SLICE) {
                budget.look()?;
            }
        }
        pay(input.get_range().len(), budget)?;
        // The character before the range matters for a word boundary at its start.
        let last = match input.start().checked_sub(1) {
            Some(before) => dfa.next_state(cache, state, input.haystack()[before]),
            None => dfa.next_eoi_state(cache, state),
        };
        let Ok(last) = last else {
            return Ok(DfaResult::Unknown);
        };
        if last.is_quit() {
            return Ok(DfaResult::Unknown);
        }
        Ok(DfaResult::End(match last.is_match() {
            true => Some(input.start()),
            false => start,
        }))
    }

    fn simulate(
        &mut self,
        search: &Search<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Range<usize>>, ExprError> {
        self.simulation
            .get_or_insert_with(|| Simulation::new(self.forward.0.get_nfa().clone()))
            .run(search, budget)
    }
}

/// Charges for bytes that a DFA has walked.
fn pay(bytes: usize, budget: &mut Budget) -> Result<(), ExprError> {
    budget.step(1 + (bytes / 32) as u64)
}

fn unusable(why: &str) -> ExprError {
    type_mismatch(format!("the pattern cannot be used: {why}"))
}

fn last_line(error: &impl ToString) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim().to_owned()
}

/// Counts what is slow to compile: Unicode classes, more so when case is ignored.
#[derive(Default)]
struct Classes {
    weight: u32,
    any_case: bool,
}

impl Classes {
    fn add(&mut self, weight: u32) -> Result<(), ()> {
        self.weight = self.weight.saturating_add(weight);
        if self.weight > MAX_CLASSES {
            Err(())
        } else {
            Ok(())
        }
    }

    fn class(&mut self) -> Result<(), ()> {
        self.add(if self.any_case { 6 } else { 1 })
    }

    fn flags(&mut self, flags: &ast::Flags) {
        self.any_case |= flags
            .items
            .iter()
            .any(|item| item.kind == ast::FlagsItemKind::Flag(ast::Flag::CaseInsensitive));
    }
}

impl ast::Visitor for Classes {
    type Output = ();
    type Err = ();

    fn finish(self) -> Result<(), ()> {
        Ok(())
    }

    fn visit_pre(&mut self, node: &ast::Ast) -> Result<(), ()> {
        match node {
            ast::Ast::Flags(set) => self.flags(&set.flags),
            ast::Ast::Group(group) => {
                if let ast::GroupKind::NonCapturing(flags) = &group.kind {
                    self.flags(flags);
                }
            }
            ast::Ast::ClassUnicode(_) | ast::Ast::ClassPerl(_) => self.class()?,
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), ()> {
        match item {
            ast::ClassSetItem::Unicode(_) | ast::ClassSetItem::Perl(_) => self.class(),
            ast::ClassSetItem::Range(range) => {
                let wide = u32::from(range.end.c).saturating_sub(u32::from(range.start.c));
                self.add(if self.any_case { wide >> 13 } else { 0 })
            }
            _ => Ok(()),
        }
    }
}
