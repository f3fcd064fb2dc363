//! The table of who may do what: the only one.

use std::fmt;

use super::Role;

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal of [$($role:ident),*],)*) => {
        /// Something that one may be allowed to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Permission { $($(#[$doc])* $name,)* }

        impl Permission {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Permission] = &[$(Permission::$name,)*];

            /// As stored, and as programs see it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Permission::$name => $text,)* }
            }

            /// The built-in roles that have it.
            pub const fn roles(self) -> &'static [Role] {
                match self { $(Permission::$name => &[$(Role::$role),*],)* }
            }
        }
    };
}

permissions! {
    /// See the organization and one's own membership.
    OrganizationRead = "organization.read" of [Owner, Admin, Developer, Viewer],
    /// Create another organization (and be its owner).
    OrganizationCreate = "organization.create" of [Owner, Admin, Developer, Viewer],
    /// Rename the organization.
    OrganizationUpdate = "organization.update" of [Owner, Admin],
    /// See who belongs to the organization.
    MemberRead = "member.read" of [Owner, Admin, Developer, Viewer],
    /// Invite people, change their roles and remove them, within one's own permissions.
    MemberManage = "member.manage" of [Owner, Admin],
    /// Change one's own name, address and password, and end one's own session.
    ProfileUpdate = "profile.update" of [Owner, Admin, Developer, Viewer],
    /// See pipelines and their versions.
    PipelineRead = "pipeline.read" of [Owner, Admin, Developer, Viewer],
    /// Import pipelines and push versions.
    PipelineWrite = "pipeline.write" of [Owner, Admin, Developer],
    /// See runs, their journals and live events.
    RunRead = "run.read" of [Owner, Admin, Developer, Viewer],
    /// Start and retry runs.
    RunStart = "run.start" of [Owner, Admin, Developer],
    /// Cancel runs.
    RunCancel = "run.cancel" of [Owner, Admin, Developer],
    /// See the API keys (never their secrets).
    ApiKeyRead = "api_key.read" of [Owner, Admin, Developer],
    /// Create and revoke API keys, within one's own permissions.
    ApiKeyWrite = "api_key.write" of [Owner, Admin, Developer],
    /// See all jobs of the organization; one's own need no permission.
    JobRead = "job.read" of [Owner, Admin],
    /// Try failed jobs again.
    JobRetry = "job.retry" of [Owner, Admin],
    /// Read the audit log.
    AuditRead = "audit.read" of [Owner, Admin],
}

impl Permission {
    /// The permission with this name.
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
