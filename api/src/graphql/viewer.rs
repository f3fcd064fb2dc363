//! The caller, and changes to their own account.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use domain::identity;

use super::{
    assigned_roles::{AssignedRole, names},
    caller, cost,
    enums::{Environment, Role},
    organizations::Organization,
};
use crate::error::ApiError;

/// A person.
#[derive(Description)]
pub struct User(pub identity::User);

#[Object(use_type_description)]
impl User {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Whether the person proved with a link that they read the mail of the address.
    async fn email_verified(&self) -> bool {
        self.0.email_verified
    }

    /// The language tag (BCP 47), such as `en-GB`, by which the dashboard shows dates, and the language of
    /// letters: German or, for any other, English. Null: that of the browser, and letters in English.
    async fn locale(&self) -> Option<&str> {
        self.0.locale.as_deref()
    }

    /// The name of the time zone (IANA), such as `Europe/Berlin`, in which the dashboard shows times.
    /// Null: that of the browser.
    async fn time_zone(&self) -> Option<&str> {
        self.0.time_zone.as_deref()
    }
}

/// What the caller may do on one pipeline, by grants.
#[derive(SimpleObject)]
pub struct PipelinePermissions {
    pipeline_id: ID,
    /// Names of permissions, as in `Viewer.permissions`.
    permissions: Vec<&'static str>,
}

/// What the caller may do on the pipelines in one folder, by grants.
#[derive(SimpleObject)]
pub struct FolderPermissions {
    folder_id: ID,
    /// Names of permissions, as in `Viewer.permissions`.
    permissions: Vec<&'static str>,
}

/// What the caller may do in one environment, by grants.
#[derive(SimpleObject)]
pub struct EnvironmentPermissions {
    environment: Environment,
    /// Names of permissions, as in `Viewer.permissions`.
    permissions: Vec<&'static str>,
}

/// The caller: a signed-in person, an API key or an application.
#[derive(Description)]
pub struct Viewer(pub identity::Viewer);

#[Object(use_type_description)]
impl Viewer {
    /// The name under which the caller acts, as the audit log shows it.
    async fn actor_name(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        Ok(caller(ctx)?.actor.name.to_string())
    }

    /// The signed-in person; null for an API key and for an application.
    async fn user(&self) -> Option<User> {
        self.0.user.clone().map(User)
    }

    /// The caller's built-in role. Null for one of the organization's own roles, and for an API key that
    /// was created with a list of permissions, or whose holder no longer has all permissions of the
    /// key's role.
    async fn role(&self) -> Option<Role> {
        let role = self.0.rights.role.as_ref()?;
        role.built_in().map(Role::from)
    }

    /// The caller's role with its name, also if it is one of the organization's own. Null where `role`
    /// is null for an API key.
    async fn assigned_role(&self) -> Option<AssignedRole> {
        self.0.rights.role.clone().map(AssignedRole)
    }

    /// The organization that the request acts in.
    async fn organization(&self) -> Organization {
        Organization(self.0.organization.clone())
    }

    /// All of the person's organizations.
    async fn organizations(&self) -> Vec<Organization> {
        self.0
            .organizations
            .iter()
            .cloned()
            .map(Organization)
            .collect()
    }

    /// What the caller may do in the organization.
    async fn permissions(&self) -> Vec<&'static str> {
        names(self.0.rights.permissions)
    }

    /// What the caller may do on single pipelines beyond `permissions`.
    async fn pipeline_permissions(&self) -> Vec<PipelinePermissions> {
        let all = self.0.rights.pipelines.iter();
        all.map(|(pipeline, permissions)| PipelinePermissions {
            pipeline_id: pipeline.to_string().into(),
            permissions: names(permissions),
        })
        .collect()
    }

    /// What the caller may do on the pipelines in single folders beyond `permissions`.
    async fn folder_permissions(&self) -> Vec<FolderPermissions> {
        let all = self.0.rights.folders.iter();
        all.map(|(folder, permissions)| FolderPermissions {
            folder_id: folder.to_string().into(),
            permissions: names(permissions),
        })
        .collect()
    }

    /// What the caller may do in single environments, with any pipeline, beyond `permissions`.
    async fn environment_permissions(&self) -> Vec<EnvironmentPermissions> {
        let all = self.0.rights.environments.iter();
        all.map(|(environment, permissions)| EnvironmentPermissions {
            environment: environment.into(),
            permissions: names(permissions),
        })
        .collect()
    }

    /// The roles that the caller can give to an API key: those whose permissions the caller has.
    async fn grantable_roles(&self) -> Vec<Role> {
        let own = self.0.rights.permissions;
        let all = domain::Role::ALL.into_iter();
        all.filter(|role| role.permissions().without(own).is_empty())
            .map(Role::from)
            .collect()
    }

    /// Whether the person can sign in with a password.
    async fn has_password(&self) -> bool {
        self.0.has_password
    }

    /// Whether the caller can change the person's account: the name, the email address, the password, the
    /// second factor, passkeys and connected accounts. False for a session that an organization's
    /// identity provider has opened, an API key and an application.
    async fn can_change_account(&self) -> bool {
        self.0.can_change_account
    }

    /// Whether this server sends mail. If not, people pass links on themselves.
    async fn sends_mail(&self) -> bool {
        self.0.sends_mail
    }

    /// Whether somebody without an account can accept an invitation. If not, only people who have an
    /// account on this server can be invited.
    async fn invites_strangers(&self) -> bool {
        self.0.invites_strangers
    }
}

/// Queries for the caller.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// The caller: the signed-in person or the API key.
    #[graphql(complexity = "cost::STATEMENT + child_complexity")]
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer, ApiError> {
        Ok(Viewer(identity::viewer(caller(ctx)?).await?))
    }
}

/// Changes to the caller's own profile. Absent fields stay unchanged.
#[derive(InputObject)]
pub struct UpdateProfileInput {
    name: Option<String>,
    /// The first email address. A later one is requested with `changeEmail`.
    email: Option<String>,
    organization_name: Option<String>,
    /// A language tag, such as `en-GB`; empty for that of the browser.
    locale: Option<String>,
    /// The name of a time zone, such as `Europe/Berlin`; empty for that of the browser.
    time_zone: Option<String>,
}

/// The caller, with the new profile.
#[derive(SimpleObject)]
pub struct UpdateProfilePayload {
    viewer: Viewer,
}

/// A new password. The current password is required if the person has one.
#[derive(InputObject)]
pub struct SetPasswordInput {
    current_password: Option<String>,
    new_password: String,
}

/// `ok` is always true; failures are returned as errors.
#[derive(SimpleObject)]
pub struct SetPasswordPayload {
    ok: bool,
}

/// Mutations of the caller's own account.
#[derive(Default)]
pub struct ViewerMutation;

#[Object]
impl ViewerMutation {
    /// Changes the profile of the signed-in person. Absent fields stay unchanged. Requires
    /// `profile.update`, for the organization's name `organization.update`, and for an email address
    /// a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        input: UpdateProfileInput,
    ) -> Result<UpdateProfilePayload, ApiError> {
        let change = identity::ProfileChange {
            name: input.name,
            email: input.email,
            organization_name: input.organization_name,
            locale: input.locale,
            time_zone: input.time_zone,
        };
        let viewer = Viewer(identity::update_profile(caller(ctx)?, change).await?);
        Ok(UpdateProfilePayload { viewer })
    }

    /// Sets the password of the signed-in person and ends their other sessions. Requires
    /// `profile.update`, and the current password or, if there is none, a recent proof of identity.
    // Sets the cost so that a request can contain this field at most three times: it hashes up to
    // two passwords.
    #[graphql(complexity = "cost::PASSWORD + child_complexity")]
    async fn set_password(
        &self,
        ctx: &Context<'_>,
        input: SetPasswordInput,
    ) -> Result<SetPasswordPayload, ApiError> {
        let current = input.current_password.as_deref();
        identity::set_password(caller(ctx)?, current, &input.new_password).await?;
        Ok(SetPasswordPayload { ok: true })
    }
}
