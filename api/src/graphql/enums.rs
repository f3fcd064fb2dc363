//! Enums of the schema, and what they are inside.

use async_graphql::Enum;
use engine::run::StageRunStatus;

macro_rules! mirror {
    ($(#[$doc:meta])* $name:ident from $inner:path { $($(#[$vdoc:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                use $inner as Inner;
                match inner { $(Inner::$variant => Self::$variant,)* }
            }
        }

        impl From<$name> for $inner {
            fn from(outer: $name) -> Self {
                use $inner as Inner;
                match outer { $($name::$variant => Inner::$variant,)* }
            }
        }
    };
}

mirror! {
    /// What a member is in an organization.
    Role from domain::Role {
        /// Answers for the organization.
        Owner,
        /// Manages the organization too.
        Admin,
        /// Builds and runs pipelines.
        Developer,
        /// Looks at everything but keys.
        Viewer,
    }
}

mirror! {
    /// What a component does in general.
    ComponentKind from engine::component::ComponentKind {
        /// Calls a model.
        Node,
        /// Transforms data.
        Operator,
        /// Steers.
        ControlFlow,
    }
}

mirror! {
    /// What running a stage does outside of the run.
    EffectKind from engine::component::EffectKind {
        /// Nothing.
        Pure,
        /// Reads something outside; may be repeated.
        Read,
        /// Calls a model; may be repeated after a crash.
        Call,
        /// Changes something outside; every attempt carries the same idempotency key.
        Effect,
    }
}

mirror! {
    /// Where a pipeline's name comes from.
    PipelineNameSource from domain::pipelines::NameFrom {
        /// It is the name in the latest version's file, and changes with it.
        Document,
        /// Somebody gave it; what the file says does not change it.
        Given,
    }
}

mirror! {
    /// What a change of many runs does to each.
    RunOperationKind from domain::run_operations::OperationKind {
        /// It is asked to end.
        Cancel,
        /// It is repeated.
        Retry,
    }
}

mirror! {
    /// How far a change of many runs is. The last three never change.
    RunOperationStatus from domain::run_operations::OperationStatus {
        /// Its job is at work, or waits for its turn.
        Running,
        /// Every run that was meant was looked at.
        Finished,
        /// Somebody stopped it; what was done stands.
        Stopped,
        /// Its job failed for good.
        Failed,
    }
}

mirror! {
    /// How bad a problem is.
    Severity from engine::check::Severity {
        /// The pipeline cannot run.
        Error,
        /// It runs, but perhaps not as meant.
        Warning,
    }
}

mirror! {
    /// How far a run is. The last three never change.
    RunStatus from domain::runs::RunStatus {
        /// No worker took it up yet.
        Queued,
        /// Stages are in work.
        Running,
        /// Only timers are left.
        Waiting,
        /// Finished well.
        Succeeded,
        /// Finished with an error.
        Failed,
        /// Finished by a cancellation.
        Cancelled,
    }
}

mirror! {
    /// How far a job is. The last two only change by a retry.
    JobStatus from domain::queue::JobStatus {
        /// It waits for its time, for a worker, or for its next attempt.
        Queued,
        /// An attempt is in work.
        Running,
        /// It did what it was for.
        Succeeded,
        /// It was tried as often as it may, or cannot succeed.
        Failed,
    }
}

/// How far a stage of a run is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageStatus {
    /// It has not begun.
    Queued,
    /// An attempt is in work.
    Running,
    /// It sleeps, or waits for its next attempt.
    Waiting,
    /// It has its result.
    Succeeded,
    /// Its last attempt failed.
    Failed,
    /// The run ended before it did.
    Cancelled,
    /// It did not run.
    Skipped,
}

impl From<StageRunStatus> for StageStatus {
    fn from(inner: StageRunStatus) -> Self {
        match inner {
            StageRunStatus::Pending | StageRunStatus::Scheduled => Self::Queued,
            StageRunStatus::Running => Self::Running,
            StageRunStatus::Retrying | StageRunStatus::Waiting => Self::Waiting,
            StageRunStatus::Succeeded => Self::Succeeded,
            StageRunStatus::Failed => Self::Failed,
            StageRunStatus::Cancelled => Self::Cancelled,
            StageRunStatus::Skipped => Self::Skipped,
        }
    }
}
