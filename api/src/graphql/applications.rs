//! Applications that the organization has registered, for OAuth 2.0.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Duration, Utc};
use domain::identity::oauth;

use super::{
    assigned_roles::{names, read_permissions},
    caller, cost,
    enums::ApplicationKind,
    ids,
};
use crate::error::ApiError;

/// An application that the organization has registered, without its secret.
#[derive(Description)]
pub struct Application(oauth::Application);

#[Object(use_type_description)]
impl Application {
    /// What it sends as `client_id`: the id with which it is known to the OAuth endpoints.
    async fn client_id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn kind(&self) -> ApplicationKind {
        self.0.kind.into()
    }

    /// Where people are sent back to, after they have answered.
    async fn redirect_uris(&self) -> &[String] {
        &self.0.redirect_uris
    }

    /// The scopes that it may ask for: names of permissions.
    async fn scopes(&self) -> Vec<&'static str> {
        names(self.0.scopes)
    }

    /// Whether it may use the device flow.
    async fn device_flow(&self) -> bool {
        self.0.device_flow
    }

    /// The id of the service account as which it acts without a person; null if it cannot.
    async fn service_account_id(&self) -> Option<ID> {
        self.0.service_account.map(|id| id.to_string().into())
    }

    /// The first characters of the secret; null for a public application.
    async fn secret_prefix(&self) -> Option<&str> {
        self.0.secret_shown.as_deref()
    }

    /// Until when the secret before the last rotation is accepted; null if there was no rotation.
    async fn former_secret_until(&self) -> Option<DateTime<Utc>> {
        self.0.former_until
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last got new access; null if it never did.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }
}

/// Queries for applications.
#[derive(Default)]
pub struct ApplicationQuery;

#[Object]
impl ApplicationQuery {
    /// The applications that the organization has registered, by name.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn applications(&self, ctx: &Context<'_>) -> Result<Vec<Application>, ApiError> {
        let found = oauth::list_applications(caller(ctx)?).await?;
        Ok(found.into_iter().map(Application).collect())
    }
}

/// A new application.
#[derive(InputObject)]
pub struct RegisterApplicationInput {
    /// The name that people see when it asks them.
    name: String,
    kind: ApplicationKind,
    /// Where people are sent back to: https addresses, http addresses of the person's own machine
    /// (with any port), or addresses with a scheme of its own such as `com.example.app:/callback`.
    redirect_uris: Option<Vec<String>>,
    /// Names of permissions, as in `Viewer.permissions`.
    scopes: Vec<String>,
    /// Whether it may use the device flow.
    device_flow: Option<bool>,
    /// The service account as which it acts without a person. Only for confidential applications;
    /// requires the permission `service_account.manage`.
    service_account_id: Option<ID>,
}

/// The new application and its secret, which is not returned again.
#[derive(SimpleObject)]
pub struct RegisterApplicationPayload {
    application: Application,
    /// Null for a public application.
    secret: Option<String>,
}

/// What an application is changed to.
#[derive(InputObject)]
pub struct UpdateApplicationInput {
    client_id: ID,
    /// The name that people see when it asks them.
    name: String,
    /// Where people are sent back to, as in `RegisterApplicationInput`.
    redirect_uris: Vec<String>,
    /// Names of permissions, as in `Viewer.permissions`. Those that are missing are taken from what
    /// people have allowed it, and from its tokens.
    scopes: Vec<String>,
    /// Whether it may use the device flow.
    device_flow: bool,
}

/// The changed application.
#[derive(SimpleObject)]
pub struct UpdateApplicationPayload {
    application: Application,
}

/// The application whose secret is replaced.
#[derive(InputObject)]
pub struct RotateApplicationSecretInput {
    client_id: ID,
    /// For how many seconds the old secret is accepted beside the new one: 86400 (a day) by default,
    /// at most 2592000 (30 days). 0 ends it immediately.
    overlap_seconds: Option<i32>,
}

/// The application and its new secret, which is not returned again.
#[derive(SimpleObject)]
pub struct RotateApplicationSecretPayload {
    application: Application,
    secret: String,
}

/// The application to delete.
#[derive(InputObject)]
pub struct DeleteApplicationInput {
    client_id: ID,
}

/// The deleted application.
#[derive(SimpleObject)]
pub struct DeleteApplicationPayload {
    client_id: ID,
}

/// Mutations of applications.
#[derive(Default)]
pub struct ApplicationMutation;

#[Object]
impl ApplicationMutation {
    /// Registers an application. Its secret is returned only once, in this response. Requires
    /// `api_key.write`, every permission among its scopes, for a service account
    /// `service_account.manage`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn register_application(
        &self,
        ctx: &Context<'_>,
        input: RegisterApplicationInput,
    ) -> Result<RegisterApplicationPayload, ApiError> {
        let terms = oauth::ApplicationTerms {
            name: input.name,
            kind: input.kind.into(),
            redirect_uris: input.redirect_uris.unwrap_or_default(),
            scopes: read_permissions(&input.scopes)?,
            device_flow: input.device_flow.unwrap_or_default(),
            service_account: input.service_account_id.as_ref().map(ids::read),
        };
        let (application, secret) = oauth::register_application(caller(ctx)?, terms).await?;
        Ok(RegisterApplicationPayload {
            application: Application(application),
            secret,
        })
    }

    /// Changes an application. What people have allowed it stays valid, except for scopes that it
    /// loses. Requires `api_key.write`, every permission among its old and new scopes, and a recent
    /// proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn update_application(
        &self,
        ctx: &Context<'_>,
        input: UpdateApplicationInput,
    ) -> Result<UpdateApplicationPayload, ApiError> {
        let change = oauth::ApplicationChange {
            name: input.name,
            redirect_uris: input.redirect_uris,
            scopes: read_permissions(&input.scopes)?,
            device_flow: input.device_flow,
        };
        let id = ids::read(&input.client_id);
        let application = oauth::update_application(caller(ctx)?, id, change).await?;
        Ok(UpdateApplicationPayload {
            application: Application(application),
        })
    }

    /// Replaces the secret of an application. Both are accepted until the overlap ends. Requires
    /// `api_key.write`, every permission among its scopes, for a service account
    /// `service_account.manage`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn rotate_application_secret(
        &self,
        ctx: &Context<'_>,
        input: RotateApplicationSecretInput,
    ) -> Result<RotateApplicationSecretPayload, ApiError> {
        let overlap = input.overlap_seconds.map(i64::from).map(Duration::seconds);
        let id = ids::read(&input.client_id);
        let rotated = oauth::rotate_application_secret(caller(ctx)?, id, overlap).await?;
        Ok(RotateApplicationSecretPayload {
            application: Application(rotated.application),
            secret: rotated.secret,
        })
    }

    /// Deletes an application. All of its access ends immediately. Requires `api_key.write`, every
    /// permission among its scopes, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn delete_application(
        &self,
        ctx: &Context<'_>,
        input: DeleteApplicationInput,
    ) -> Result<DeleteApplicationPayload, ApiError> {
        oauth::delete_application(caller(ctx)?, ids::read(&input.client_id)).await?;
        Ok(DeleteApplicationPayload {
            client_id: input.client_id,
        })
    }
}
