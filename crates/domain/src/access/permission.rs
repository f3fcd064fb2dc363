//! The table of all permissions and of the roles that have them. Nothing else defines permissions.

use std::fmt;

use super::{Environment, Role};

macro_rules! permissions {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal of [$($role:ident),*],)*) => {
        /// One action that can be allowed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Permission { $($(#[doc = $doc])* $name,)* }

        impl Permission {
            /// All permissions, in the order of the table.
            pub const ALL: &'static [Permission] = &[$(Permission::$name,)*];

            /// The name, as it is stored and as the API shows it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Permission::$name => $text,)* }
            }

            /// What the permission allows, in a sentence.
            pub fn description(self) -> &'static str {
                match self { $(Permission::$name => concat!($($doc),*).trim_start(),)* }
            }

            /// The built-in roles that have the permission.
            pub const fn roles(self) -> &'static [Role] {
                match self { $(Permission::$name => &[$(Role::$role),*],)* }
            }
        }
    };
}

permissions! {
    /// View the organization and their own membership.
    OrganizationRead = "organization.read" of [Owner, Admin, Developer, Viewer, Billing],
    /// Create another organization and become its owner.
    OrganizationCreate = "organization.create" of [Owner, Admin, Developer, Viewer, Billing],
    /// Rename the organization, choose whether a second person approves what is published to production,
    /// how the co-pilot is used, and to which webhook endpoints events are sent.
    OrganizationUpdate = "organization.update" of [Owner, Admin],
    /// Transfer the organization's ownership. Only owners have this permission, so that nobody else
    /// can grant the role Owner, or change or remove an owner.
    OrganizationTransfer = "organization.transfer" of [Owner],
    /// View the organization's members, roles, teams, service accounts and grants, and the reasons of what
    /// they may do.
    MemberRead = "member.read" of [Owner, Admin, Developer, Viewer, Billing],
    /// Invite people, change their roles and remove them, up to their own permissions, and view and end
    /// what members have allowed applications.
    MemberManage = "member.manage" of [Owner, Admin],
    /// Define, change and delete the organization's own roles, up to their own permissions.
    RoleManage = "role.manage" of [Owner, Admin],
    /// Create, rename and delete teams, and choose their members.
    TeamManage = "team.manage" of [Owner, Admin],
    /// Give members, teams, service accounts and API keys further roles, for the organization, folders,
    /// single pipelines or environments, and withdraw them, up to their own permissions.
    GrantManage = "grant.manage" of [Owner, Admin],
    /// Create, change and disable service accounts, create and rotate their API keys, and register
    /// applications that act as them and replace their secrets, up to their own permissions.
    ServiceAccountManage = "service_account.manage" of [Owner, Admin],
    /// Change their own name, email address, password, second factor, passkeys and connected accounts, end
    /// their own sessions, allow applications and devices and end what one has allowed, and leave the
    /// organization.
    ProfileUpdate = "profile.update" of [Owner, Admin, Developer, Viewer, Billing],
    /// View pipelines, their versions and publications, and folders.
    PipelineRead = "pipeline.read" of [Owner, Admin, Developer, Viewer],
    /// Import, rename, delete and restore pipelines, arrange them in folders and, together with
    /// `pipeline.read`, push versions and change drafts.
    PipelineWrite = "pipeline.write" of [Owner, Admin, Developer],
    /// Publish versions of pipelines to staging and, together with `production.use`, to production, and
    /// decide on requests to publish there.
    PipelinePublish = "pipeline.publish" of [Owner, Admin, Developer],
    /// Act in production: with this permission, `pipeline.publish`, `run.start` and `run.cancel` count
    /// there too, and so does `pipeline.write` to delete and rename what is published there.
    ProductionUse = "production.use" of [Owner, Admin],
    /// View runs, their journals and live events, and save filters of runs.
    RunRead = "run.read" of [Owner, Admin, Developer, Viewer],
    /// Start and retry runs: this includes uploading files as their input.
    RunStart = "run.start" of [Owner, Admin, Developer],
    /// Cancel runs, and stop operations on many runs.
    RunCancel = "run.cancel" of [Owner, Admin, Developer],
    /// Send events, for which triggers fire.
    EventSend = "event.send" of [Owner, Admin, Developer],
    /// View the API keys and applications, but not their secrets.
    ApiKeyRead = "api_key.read" of [Owner, Admin, Developer],
    /// Create, rotate and revoke API keys, and register, change and delete applications, up to their own
    /// permissions.
    ApiKeyWrite = "api_key.write" of [Owner, Admin, Developer],
    /// View, claim, check and remove the organization's domains.
    DomainManage = "domain.manage" of [Owner, Admin],
    /// View all jobs of the organization. Their own jobs need no permission.
    JobRead = "job.read" of [Owner, Admin],
    /// Retry failed jobs.
    JobRetry = "job.retry" of [Owner, Admin],
    /// View the mails that were sent for the organization, but not their contents.
    MailRead = "mail.read" of [Owner, Admin],
    /// Send mails again that were not delivered.
    MailResend = "mail.resend" of [Owner, Admin],
    /// View and change the organization's identity providers, provisioning and the enforcement of single
    /// sign-on, and name guests, up to their own permissions.
    SsoManage = "sso.manage" of [Owner, Admin],
    /// Read the audit log.
    AuditRead = "audit.read" of [Owner, Admin],
}

impl Permission {
    /// What somebody needs, in production, to decide about a request to publish.
    pub(crate) const TO_DECIDE: [Self; 2] = [Self::PipelinePublish, Self::ProductionUse];

    /// Whether the permission can be granted on a single pipeline, or on a folder of them. What is read
    /// there is decided by `reading`.
    pub const fn counts_on_a_pipeline(self) -> bool {
        matches!(
            self,
            Self::PipelineRead
                | Self::PipelineWrite
                | Self::PipelinePublish
                | Self::ProductionUse
                | Self::RunRead
                | Self::RunStart
                | Self::RunCancel
        )
    }

    /// Whether the permission can be granted in an environment: those for what happens there, with any
    /// pipeline. Pipelines themselves are in no environment.
    pub const fn counts_in(self, environment: Environment) -> bool {
        match self {
            Self::PipelinePublish => environment.is_published_to(),
            Self::ProductionUse => matches!(environment, Environment::Production),
            Self::RunStart | Self::RunCancel => true,
            _ => false,
        }
    }

    /// What the permission allows, in the words that follow “may”: “start and retry runs”. The beginning
    /// of the description, without what limits or explains it.
    pub fn deed(self) -> String {
        let mut words = self.description().trim_end_matches('.');
        for end in [". ", ": ", ", up to "] {
            words = words.split(end).next().unwrap_or(words);
        }
        let mut letters = words.chars();
        match letters.next() {
            Some(first) => first.to_lowercase().chain(letters).collect(),
            None => String::new(),
        }
    }

    /// Whether only a signed-in person can use the permission. [`crate::Ctx::authorize`] refuses it to
    /// API keys and applications, whatever they were given, so no application can ask for it.
    pub const fn is_for_people_only(self) -> bool {
        matches!(
            self,
            Self::OrganizationCreate
                | Self::OrganizationTransfer
                | Self::RoleManage
                | Self::TeamManage
                | Self::GrantManage
                | Self::ServiceAccountManage
                | Self::ProfileUpdate
                | Self::ApiKeyWrite
        )
    }

    /// Whether the built-in role owner is the only role with the permission: no other role has it, and
    /// no role that an organization defines can get it. Whoever has it can give the organization away.
    pub const fn is_of_owners_only(self) -> bool {
        matches!(self.roles(), [Role::Owner])
    }

    /// The permission with this name, or `None` if the name is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|permission| permission.as_str() == text)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
