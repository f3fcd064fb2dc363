//! Finds stages whose output nothing uses and that do nothing else.

use std::collections::HashSet;

use super::{Level, Rule, finding::Findings, look::Look};
use crate::{
    component::{BranchRole, EffectKind},
    diagnostic::shown,
    edit::{Edit, Layout},
    expr::Root,
    model::{DeclaredName, Scope, names_of},
};

/// Components that are useful without anybody reading their output: they write to the log, or fail
/// the run for wrong data.
const USEFUL_ALONE: &[&str] = &["logger", "schema_validate"];

pub(super) fn check(look: &Look<'_>, out: &mut Findings<'_>) {
    if look.all_read {
        return;
    }
    let variables = variables_read(look);
    let results = giving_results(look);
    for (number, stage) in look.stages() {
        let pays = match look.effect(number) {
            EffectKind::Pure => false,
            EffectKind::Call => true,
            EffectKind::Read | EffectKind::Effect => continue,
        };
        let id = &stage.id.value;
        let component = look.component(number);
        let is_output = look.pipeline.output_stage.as_ref().map(|it| &it.value) == Some(id);
        if look.is_control(number)
            || USEFUL_ALONE.contains(&component.name)
            || is_output
            || !look.readers[number as usize].is_empty()
            || results.contains(&number)
            || sets_what_is_read(look, number, variables.as_ref())
        {
            continue;
        }
        let (level, why) = match pays {
            true => (Level::Warning, "; the model is called and paid for nothing"),
            false => (Level::Suggestion, ""),
        };
        out.add(
            Rule::UnusedOutput,
            level,
            Some(number),
            look.field(number, "id"),
            format!("nothing uses the output of `{}`{why}", shown(id)),
        )
        .help("read it, or remove the stage")
        .offer(vec![Edit::RemoveStage {
            stage: id.clone(),
            keep_references: false,
            layout: Layout::default(),
        }]);
    }
}

/// The stages whose output is part of what their list gives: the run's output, a loop's results.
fn giving_results(look: &Look<'_>) -> HashSet<u32> {
    let gives = |scope: &&Scope| match scope.role {
        None => look.pipeline.output_stage.is_none(),
        Some(BranchRole::Each | BranchRole::Try | BranchRole::Catch) => true,
        Some(BranchRole::One | BranchRole::Any | BranchRole::Finally) => false,
    };
    let scopes = look.structure.scopes.iter().filter(gives);
    let members = scopes.flat_map(|scope| &scope.members);
    let last = members.filter(|member| member.awaited_by.is_empty());
    last.map(|member| member.stage).collect()
}

/// The variables that are read. `None` if any may be.
fn variables_read<'l>(look: &'l Look<'_>) -> Option<HashSet<&'l str>> {
    let mut out = HashSet::new();
    let reads = look.reads.iter().flat_map(|found| &found.reads);
    for read in reads.filter(|read| read.root == Root::Context) {
        match read.path.as_slice() {
            [] => return None,
            [all, rest @ ..] if &**all == "variables" => {
                out.insert(&**rest.first()?);
            }
            [name, ..] => {
                out.insert(&**name);
            }
        }
    }
    Some(out)
}

fn sets_what_is_read(look: &Look<'_>, number: u32, read: Option<&HashSet<&str>>) -> bool {
    let component = look.component(number);
    if component.sets.is_empty() {
        return false;
    }
    let Some(read) = read else {
        return true;
    };
    let mut found = false;
    names_of(look.stage(number), component.sets, |said, _| {
        found |= match said {
            DeclaredName::Name(name) => read.contains(name),
            DeclaredName::Computed => true,
        };
    });
    found
}
