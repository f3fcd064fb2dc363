//! The list of all kinds of jobs that this program runs.
//!
//! A kind is a type in `domain` that implements [`domain::queue::Job`]; `docs/adding-a-job.md`
//! explains how to add one. A job of a kind that is not listed here stays in its queue until a
//! program that lists the kind is started.

use domain::{
    copilot, identity, mail, publications, queue::Kind, run_operations, webhook_endpoints,
};

/// All kinds.
const KINDS: &[Kind] = &[
    Kind::of::<copilot::job::AskModel>(),
    Kind::of::<run_operations::job::ChangeRuns>(),
    Kind::of::<mail::job::SendMail>(),
    Kind::of::<publications::job::TellDeciders>(),
    Kind::of::<identity::domains::job::CheckDomain>(),
    Kind::of::<identity::resets::job::SendReset>(),
    Kind::of::<identity::scim::job::SettleWaiting>(),
    Kind::of::<identity::sign_ups::job::SendSignUp>(),
    Kind::of::<identity::sso_providers::ReadMetadata>(),
    Kind::of::<webhook_endpoints::job::DeliverWebhook>(),
];

/// All kinds that the worker of this process runs.
pub fn all() -> impl Iterator<Item = Kind> {
    let all = KINDS.iter().copied();
    #[cfg(test)]
    let all = all.chain(crate::tests::KINDS.iter().copied());
    all
}
