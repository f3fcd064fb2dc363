//! Enums of the schema, and their conversions from and to the enums of `domain` and `engine`.

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
    /// The role of a member in an organization.
    Role from domain::Role {
        /// Has every permission in the organization.
        Owner,
        /// Builds and runs pipelines, and manages the organization.
        Admin,
        /// Builds and runs pipelines.
        Developer,
        /// Reads pipelines, runs and members.
        Viewer,
        /// Sees the organization and its members, but no pipelines and no runs.
        Billing,
    }
}

mirror! {
    /// What a member created for the organization that works on after they have left.
    MemberCreationKind from domain::members::CreationKind {
        /// A token for provisioning: whoever has it adds and removes members.
        ScimToken,
        /// An API key of a service account.
        ServiceAccountKey,
        /// An application that is registered in the organization.
        Application,
    }
}

mirror! {
    /// Whether an application can keep a secret.
    ApplicationKind from domain::identity::oauth::ClientKind {
        /// It cannot: it runs on people's machines or in their browsers. It has no secret.
        Public,
        /// It can: it runs on a server.
        Confidential,
    }
}

mirror! {
    /// What the co-pilot is asked to do.
    CopilotTask from engine::copilot::Task {
        /// Propose the change that somebody asks for.
        Suggest,
        /// Say what the pipeline does.
        Explain,
        /// Build a pipeline from a description.
        Generate,
        /// Find out why a run failed, and mend it.
        Debug,
        /// Make it faster or cheaper with the same results.
        Optimize,
        /// Answer a question.
        Chat,
    }
}

mirror! {
    /// The state of an exchange with the co-pilot.
    CopilotState from domain::copilot::State {
        /// The model is asked, or will be in a moment.
        Writing,
        /// There is a proposal.
        Done,
        /// The model cannot be reached, or its answer cannot be used; `problem` says why.
        Failed,
        /// Whoever asked has cancelled it.
        Cancelled,
    }
}

mirror! {
    /// How a dry run ended.
    CopilotDryRunState from engine::copilot::DryRunState {
        /// It reached its end.
        Succeeded,
        /// A stage failed; `error` says which one, and why.
        Failed,
        /// It reached a limit of time, stages or memory; `error` says which one.
        Stopped,
        /// It did not begin, because the text or the input does not allow it; `error` says why.
        NotRun,
    }
}

mirror! {
    /// The state of an invitation.
    InvitationStatus from domain::identity::InvitationStatus {
        /// It can be accepted.
        Open,
        /// Somebody accepted it.
        Accepted,
        /// It was revoked.
        Revoked,
        /// Nobody accepted it in time. Renew it to get a new link.
        Expired,
    }
}

mirror! {
    /// The state of a domain that the organization claims.
    DomainStatus from domain::identity::DomainStatus {
        /// The record was never found.
        Pending,
        /// The organization has proved the domain.
        Proved,
        /// The record is missing. The domain counts as proved until `provedUntil`.
        Missing,
        /// The record was missing for too long. The domain is no longer proved.
        Lost,
    }
}

mirror! {
    /// Why a check of a domain found no proof.
    DomainProblem from domain::identity::domains::Problem {
        /// There is no TXT record of the name.
        NoRecord,
        /// There are TXT records of the name, but none with the value.
        OtherValue,
        /// No name server answered in time. Try again.
        NoAnswer,
        /// The name servers answered with an error. Try again, or ask the domain's administrator.
        ServerFailed,
        /// The record was found, but another organization has proved the domain. It must remove the
        /// domain first.
        ProvedElsewhere,
    }
}

mirror! {
    /// The state of a mail.
    MailStatus from domain::mail::MailStatus {
        /// It waits for an attempt, perhaps after failed ones.
        Queued,
        /// The mail server has accepted it.
        Sent,
        /// The mail server refused it, or did not accept it in any attempt.
        Failed,
        /// The mailbox does not exist.
        Bounced,
        /// It was not sent, because an earlier mail to the address bounced.
        Suppressed,
        /// Its link expired or was replaced, or its recipient lost the right to it, before the mail server
        /// accepted it.
        Expired,
    }
}

mirror! {
    /// The state of an event that is sent to a webhook endpoint.
    WebhookMessageStatus from domain::webhook_endpoints::MessageStatus {
        /// It waits for an attempt, perhaps after failed ones.
        Queued,
        /// The endpoint has accepted it.
        Delivered,
        /// The endpoint did not accept it in any attempt.
        Failed,
    }
}

mirror! {
    /// The form in which a webhook endpoint gets events.
    WebhookFormat from domain::webhook_endpoints::Format {
        /// The whole event as JSON.
        Standard,
        /// A sentence, as the incoming webhooks of Slack expect it.
        Slack,
    }
}

mirror! {
    /// The language of a mail.
    MailLanguage from domain::mail::Language {
        /// The mail is written in English.
        English,
        /// The mail is written in German.
        German,
    }
}

mirror! {
    /// The language of a sentence that describes a trigger.
    SentenceLanguage from engine::trigger::sentence::Language {
        /// The words of the English grammar are read.
        English,
        /// The words of the German grammar are read.
        German,
    }
}

mirror! {
    /// The kind of a component.
    ComponentKind from engine::component::ComponentKind {
        /// Calls a model.
        Node,
        /// Transforms data.
        Operator,
        /// Decides which stages run, and how often.
        ControlFlow,
    }
}

mirror! {
    /// The effect that executing a stage has outside the run.
    EffectKind from engine::component::EffectKind {
        /// No effect.
        Pure,
        /// Reads external data; may be repeated.
        Read,
        /// Calls a model; may be repeated after a crash.
        Call,
        /// Changes external state. Every attempt sends the same idempotency key.
        Effect,
    }
}

mirror! {
    /// Where a pipeline's name comes from.
    PipelineNameSource from domain::pipelines::NameFrom {
        /// The name in the latest version's file; it changes with each new version.
        Document,
        /// Set by a person; a push does not change it.
        Given,
    }
}

mirror! {
    /// An environment in which pipelines run.
    Environment from domain::Environment {
        /// Runs any version of a pipeline.
        Development,
        /// Runs the version that is published to it.
        Staging,
        /// Runs the version that is published to it. Every action there needs the permission
        /// `production.use` as well.
        Production,
    }
}

mirror! {
    /// Where a trigger comes from.
    TriggerOrigin from domain::triggers::Origin {
        /// The file of the version that runs in the environment. It is changed there.
        File,
        /// Somebody created it here.
        Product,
    }
}

mirror! {
    /// What became of a trigger's firing.
    TriggerFiringState from domain::triggers::FiringState {
        /// It is about to start a run, or waits until an earlier run has ended.
        Pending,
        /// It started a run.
        Fired,
        /// It started nothing, as the trigger's policy for overlaps says, or because it was disabled.
        Skipped,
        /// No scheduler ran at its time.
        Missed,
        /// Its run could not be started.
        Refused,
    }
}

mirror! {
    /// The state of a publication.
    PublicationStatus from domain::publications::PublicationStatus {
        /// It waits for a second person.
        Requested,
        /// The version was published. The newest one of an environment is the version that runs there.
        Published,
        /// A second person refused it, or it was withdrawn.
        Refused,
        /// Nobody approved it in time.
        Expired,
    }
}

mirror! {
    /// Why a draft was changed.
    DraftChangeReason from domain::drafts::Reason {
        /// Its author sent edits.
        Edit,
        /// Its author sent a whole text.
        Text,
        /// Its author undid an own change.
        Undo,
        /// Its author took back an undoing.
        Redo,
        /// Its author restored an earlier revision or a version.
        Restore,
        /// Its author discarded the changes that are in no version.
        Discard,
        /// A version that was pushed meanwhile was taken in.
        Update,
    }
}

mirror! {
    /// What a run operation does to each run.
    RunOperationKind from domain::run_operations::OperationKind {
        /// The run is cancelled.
        Cancel,
        /// The run is retried.
        Retry,
    }
}

mirror! {
    /// The state of a run operation. The last three are final.
    RunOperationStatus from domain::run_operations::OperationStatus {
        /// Its job is queued or running.
        Running,
        /// Every matching run was processed.
        Finished,
        /// It was stopped. Runs that it had already changed stay changed.
        Stopped,
        /// Its job failed in every attempt.
        Failed,
    }
}

mirror! {
    /// How serious a problem is.
    Severity from engine::check::Severity {
        /// The pipeline cannot run.
        Error,
        /// The pipeline can run, but perhaps not as intended.
        Warning,
    }
}

mirror! {
    /// How serious advice about a pipeline is.
    AdviceLevel from engine::advice::Level {
        /// Probably a mistake, or a danger.
        Warning,
        /// It works, but could be better.
        Suggestion,
    }
}

mirror! {
    /// The state of a run. The last three are final.
    RunStatus from domain::runs::RunStatus {
        /// It waits for a worker.
        Queued,
        /// Stages are running.
        Running,
        /// It waits for a timer.
        Waiting,
        /// It finished successfully.
        Succeeded,
        /// It finished with an error.
        Failed,
        /// It was cancelled.
        Cancelled,
    }
}

mirror! {
    /// The product of an identity provider.
    SsoProviderKind from domain::identity::ProviderKind {
        /// An Okta organization.
        Okta,
        /// Microsoft Entra ID.
        Entra,
        /// Google Workspace.
        Google,
        /// A Keycloak realm.
        Keycloak,
        /// Any other.
        Other,
    }
}

mirror! {
    /// How an identity provider signs people in.
    SsoProtocol from domain::identity::Protocol {
        /// OpenID Connect.
        Oidc,
        /// SAML 2.0.
        Saml,
    }
}

mirror! {
    /// Which parts of its messages a SAML provider has to sign.
    SamlSignedParts from domain::identity::SignedParts {
        /// The assertion, or the response around it. Both are safe, and providers differ.
        Either,
        /// The assertion, whatever is around it.
        Assertion,
        /// The response, with the assertion in it.
        Response,
        /// The assertion, and the response around it.
        Both,
    }
}

mirror! {
    /// What a person waits for who is provisioned but not a member yet.
    WaitsFor from domain::identity::Waits {
        /// The identity provider sends no usable email address.
        Address,
        /// The organization has not proved the domain of the address.
        Proof,
        /// A member has entered the address, but not verified it.
        Verification,
    }
}

mirror! {
    /// Who becomes a member by signing in at an identity provider for the first time.
    SsoJoining from domain::identity::Joining {
        /// Nobody: people are invited first.
        Nobody,
        /// Whoever has a verified address of a domain that the organization has proved.
        ProvedDomains,
        /// Everybody whom the provider signs in.
        Everybody,
    }
}

mirror! {
    /// The state of a job. The last two are final, except that a failed job can be retried.
    JobStatus from domain::queue::JobStatus {
        /// It waits for its start time, for a worker, or for its next attempt.
        Queued,
        /// An attempt is running.
        Running,
        /// It succeeded.
        Succeeded,
        /// Every attempt failed, or the error is one that another attempt cannot fix.
        Failed,
    }
}

/// The state of a stage of a run.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageStatus {
    /// It has not started.
    Queued,
    /// An attempt is running.
    Running,
    /// It sleeps, or waits for its next attempt.
    Waiting,
    /// It succeeded.
    Succeeded,
    /// Its last attempt failed.
    Failed,
    /// The run ended before the stage did.
    Cancelled,
    /// It was skipped.
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

/// Who has a grant.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantSubject {
    /// One person in the organization.
    Member,
    /// Everybody who is in a team.
    Team,
    /// All programs with a key of the account.
    ServiceAccount,
    /// The program with one API key, as far as the key's holder has the permissions.
    ApiKey,
}
