//! The table of who may do what: the only one.

use std::fmt;

/// What a member is in an organization. Ordered: a later one may do all that an earlier one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Looks at everything but keys, changes nothing but their own profile.
    Viewer,
    /// Builds and runs pipelines.
    Developer,
    /// Manages the organization too.
    Admin,
    /// Answers for the organization.
    Owner,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 4] = [Role::Owner, Role::Admin, Role::Developer, Role::Viewer];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Developer => "developer",
            Role::Viewer => "viewer",
        }
    }

    /// The role with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether the role has this permission.
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.least()
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal from $least:ident,)*) => {
        /// Something that one may be allowed to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Permission { $($(#[$doc])* $name,)* }

        impl Permission {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Permission] = &[$(Permission::$name,)*];

            /// The name that programs see.
            pub const fn as_str(self) -> &'static str {
                match self { $(Permission::$name => $text,)* }
            }

            /// The least role that has it.
            pub const fn least(self) -> Role {
                match self { $(Permission::$name => Role::$least,)* }
            }
        }
    };
}

permissions! {
    /// See the organization and the own membership.
    OrganizationRead = "organization.read" from Viewer,
    /// Found another organization (and be its owner).
    OrganizationCreate = "organization.create" from Viewer,
    /// Rename the organization.
    OrganizationUpdate = "organization.update" from Admin,
    /// Change the own name, address and password, and end the own session.
    ProfileUpdate = "profile.update" from Viewer,
    /// See pipelines and their versions.
    PipelineRead = "pipeline.read" from Viewer,
    /// Import pipelines and push versions.
    PipelineWrite = "pipeline.write" from Developer,
    /// See runs, their journals and live events.
    RunRead = "run.read" from Viewer,
    /// Start and retry runs.
    RunStart = "run.start" from Developer,
    /// Cancel runs.
    RunCancel = "run.cancel" from Developer,
    /// See the API keys (never their secrets).
    ApiKeyRead = "api_key.read" from Developer,
    /// Make and revoke API keys up to the own role.
    ApiKeyWrite = "api_key.write" from Developer,
    /// See all jobs of the organization; one's own need no permission.
    JobRead = "job.read" from Admin,
    /// Try failed jobs again.
    JobRetry = "job.retry" from Admin,
    /// Read the audit log.
    AuditRead = "audit.read" from Admin,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
