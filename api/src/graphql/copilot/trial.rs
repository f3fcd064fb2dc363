//! What dry runs and checks say about a proposal.

use async_graphql::{Context, SimpleObject};
use engine::copilot;

use super::super::{budget, enums::CopilotDryRunState};
use crate::error::ApiError;

/// What was found out about a change before anybody saw it. Nothing outside was reached, and no run was made.
#[derive(SimpleObject)]
pub struct CopilotTrial {
    /// What was checked.
    pub checks: Vec<CopilotCheck>,
    /// The run with scripted answers.
    pub dry_run: CopilotDryRun,
}

/// A check of a change.
#[derive(SimpleObject)]
pub struct CopilotCheck {
    /// What is checked, such as `Dry run`.
    name: String,
    /// Whether it is all right after the change.
    passed: bool,
    /// Whether it was all right before the change, and no longer is.
    worse: bool,
    /// What was found, in one sentence.
    detail: String,
}

/// A run of the changed pipeline in memory, in which stages that reach something outside are answered for.
#[derive(SimpleObject)]
pub struct CopilotDryRun {
    state: CopilotDryRunState,
    /// The ids of the first 200 stages that ran.
    stages: Vec<String>,
    /// The ids of the stages that had a pinned output or the recorded one of an earlier run, instead of being
    /// executed.
    recorded: Vec<String>,
    /// The ids of the stages that had a placeholder as output, instead of being executed.
    placeholders: Vec<String>,
    /// The first error, or why it stopped or did not begin.
    error: Option<String>,
}

impl CopilotTrial {
    pub(super) fn of(ctx: &Context<'_>, trial: copilot::Trial) -> Result<Self, ApiError> {
        let dry_run = trial.dry_run;
        let ids = dry_run
            .stages
            .iter()
            .chain(&dry_run.recorded)
            .chain(&dry_run.placeholders)
            .chain(&dry_run.error);
        let ids: usize = ids.map(|text| text.len() + 8).sum();
        let checks = trial.checks.iter();
        let checked: usize = checks
            .map(|check| check.name.len() + check.detail.len() + 64)
            .sum();
        budget::take(ctx, ids + checked)?;
        Ok(Self {
            checks: trial.checks.into_iter().map(Into::into).collect(),
            dry_run: CopilotDryRun {
                state: dry_run.state.into(),
                stages: dry_run.stages,
                recorded: dry_run.recorded,
                placeholders: dry_run.placeholders,
                error: dry_run.error,
            },
        })
    }
}

impl From<copilot::Check> for CopilotCheck {
    fn from(check: copilot::Check) -> Self {
        Self {
            name: check.name,
            passed: check.passed,
            worse: check.worse,
            detail: check.detail,
        }
    }
}
