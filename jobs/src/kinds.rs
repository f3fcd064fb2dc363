//! The kinds of jobs that this program does: the one list.
//!
//! A kind is a type of `domain` that implements [`domain::queue::Job`]; `docs/adding-a-job.md` says
//! how to add one. A job of a kind that is not listed here stays in its queue until a program that
//! lists it comes.

use domain::{queue::Kind, run_operations};

/// All kinds.
const KINDS: &[Kind] = &[Kind::of::<run_operations::job::ChangeRuns>()];

/// Every kind that workers of this process take up.
pub fn all() -> impl Iterator<Item = Kind> {
    let all = KINDS.iter().copied();
    #[cfg(test)]
    let all = all.chain(crate::tests::KINDS.iter().copied());
    all
}
