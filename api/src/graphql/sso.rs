//! The organization's identity providers, and the signed-in person's accounts at providers. Signing
//! in with one is in `http::sso`.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::identity;

use super::{
    caller, cost,
    enums::{Role, SsoJoining, SsoProviderKind},
    ids,
};
use crate::error::ApiError;

/// An identity provider of the organization (OpenID Connect), without its secret.
#[derive(Description)]
pub struct SsoProvider(pub identity::SsoProvider);

#[Object(use_type_description)]
impl SsoProvider {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The product.
    async fn kind(&self) -> SsoProviderKind {
        self.0.settings.kind.into()
    }

    /// The name on the provider's button.
    async fn name(&self) -> &str {
        &self.0.settings.name
    }

    /// The provider's name for itself, a URL.
    async fn issuer(&self) -> &str {
        &self.0.settings.issuer
    }

    /// The name of this server at the provider.
    async fn client_id(&self) -> &str {
        &self.0.settings.client_id
    }

    /// Whether a client secret is stored. It is never returned.
    async fn has_client_secret(&self) -> bool {
        self.0.has_secret
    }

    /// What is asked for besides `openid`.
    async fn scopes(&self) -> &[String] {
        &self.0.settings.scopes
    }

    /// Further audiences that an ID token may name beside the client.
    async fn audiences(&self) -> &[String] {
        &self.0.settings.audiences
    }

    /// The claim that lists the person's groups; null if groups are not used.
    async fn groups_claim(&self) -> Option<&str> {
        self.0.settings.groups_claim.as_deref()
    }

    /// The roles of groups. The first row whose group the person is in counts.
    async fn mappings(&self) -> Vec<SsoRoleMapping> {
        let rows = self.0.settings.mappings.iter();
        rows.map(|row| SsoRoleMapping {
            group: row.group.clone(),
            role: row.role.into(),
        })
        .collect()
    }

    /// The role of people in none of these groups; null if they may not enter.
    async fn default_role(&self) -> Option<Role> {
        self.0.settings.default_role.map(Role::from)
    }

    /// Who becomes a member by signing in for the first time.
    async fn joining(&self) -> SsoJoining {
        self.0.settings.joining.into()
    }

    /// Whether people can sign in with it.
    async fn enabled(&self) -> bool {
        self.0.settings.enabled
    }

    /// The path at which signing in with this provider begins; append it to this server's URL.
    async fn sign_in_path(&self) -> String {
        identity::sso_sign_in::path(&self.0.id.to_string())
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When somebody last signed in with it.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.used_at
    }

    /// Why a sign-in was last refused.
    async fn last_problem(&self) -> Option<&str> {
        let problem = self.0.problem.as_ref();
        problem.map(|(text, _)| text.as_str())
    }

    /// When a sign-in was last refused.
    async fn last_problem_at(&self) -> Option<DateTime<Utc>> {
        self.0.problem.as_ref().map(|(_, at)| *at)
    }
}

/// The role of a group's members.
#[derive(SimpleObject)]
pub struct SsoRoleMapping {
    /// The group, exactly as the provider writes it.
    group: String,
    role: Role,
}

/// An account at an identity provider that is connected to the signed-in person.
#[derive(Description)]
pub struct ExternalIdentity(identity::ExternalIdentity);

#[Object(use_type_description)]
impl ExternalIdentity {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The provider.
    async fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The provider's unchanging name of the person.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// When it was connected.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last used to sign in.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.0.used_at
    }
}

/// An identity provider at which the signed-in person may have an account.
#[derive(SimpleObject)]
pub struct ConnectableProvider {
    /// Its name in addresses, for `POST /auth/connect`.
    key: String,
    name: String,
}

/// Queries for single sign-on.
#[derive(Default)]
pub struct SsoQuery;

#[Object]
impl SsoQuery {
    /// The organization's identity providers, by name; at most 20. Requires the permission
    /// `sso.manage`.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn sso_providers(&self, ctx: &Context<'_>) -> Result<Vec<SsoProvider>, ApiError> {
        let all = identity::list_sso_providers(caller(ctx)?).await?;
        Ok(all.into_iter().map(SsoProvider).collect())
    }

    /// The address to register at every identity provider, to which it sends people back. Requires
    /// the permission `sso.manage`.
    #[graphql(complexity = "1")]
    async fn sso_redirect_uri(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        Ok(identity::sso_providers::shown_redirect_uri(caller(ctx)?).await?)
    }

    /// The identity providers at which the signed-in person may have an account to connect.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn connectable_providers(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Vec<ConnectableProvider>, ApiError> {
        let all = identity::connectable_providers(caller(ctx)?).await?;
        let one = |one: identity::ProviderButton| ConnectableProvider {
            key: one.key,
            name: one.name,
        };
        Ok(all.into_iter().map(one).collect())
    }

    /// The accounts at identity providers that are connected to the signed-in person, oldest first;
    /// at most 100.
    #[graphql(complexity = "cost::STATEMENT + cost::times(100, child_complexity)")]
    async fn external_identities(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Vec<ExternalIdentity>, ApiError> {
        let all = identity::list_external_identities(caller(ctx)?).await?;
        Ok(all.into_iter().map(ExternalIdentity).collect())
    }
}

/// The role of a group's members.
#[derive(InputObject)]
pub struct SsoRoleMappingInput {
    /// The group, exactly as the provider writes it.
    group: String,
    /// The role; not `OWNER`.
    role: Role,
}

/// The settings of an identity provider.
#[derive(InputObject)]
pub struct SsoProviderSettings {
    /// The product.
    kind: SsoProviderKind,
    /// The name on the provider's button.
    name: String,
    /// The provider's name for itself, exactly as it writes it.
    issuer: String,
    /// The name of this server at the provider.
    client_id: String,
    /// What to ask for besides `openid`.
    scopes: Vec<String>,
    /// Further audiences that an ID token may name beside the client.
    audiences: Option<Vec<String>>,
    /// The claim that lists the person's groups.
    groups_claim: Option<String>,
    /// The roles of groups. The first row whose group the person is in counts.
    mappings: Vec<SsoRoleMappingInput>,
    /// The role of people in none of these groups; absent: they may not enter.
    default_role: Option<Role>,
    /// Who becomes a member by signing in for the first time.
    joining: SsoJoining,
    /// Whether people can sign in with it.
    enabled: bool,
}

impl From<SsoProviderSettings> for identity::ProviderSettings {
    fn from(input: SsoProviderSettings) -> Self {
        let mappings = input.mappings.into_iter().map(|row| identity::Mapping {
            group: row.group,
            role: row.role.into(),
        });
        Self {
            kind: input.kind.into(),
            name: input.name,
            issuer: input.issuer,
            client_id: input.client_id,
            scopes: input.scopes,
            audiences: input.audiences.unwrap_or_default(),
            groups_claim: input.groups_claim,
            mappings: mappings.collect(),
            default_role: input.default_role.map(Into::into),
            joining: input.joining.into(),
            enabled: input.enabled,
        }
    }
}

/// A new identity provider.
#[derive(InputObject)]
pub struct CreateSsoProviderInput {
    settings: SsoProviderSettings,
    /// The secret that proves the client id; absent for a client without one.
    client_secret: Option<String>,
}

/// The identity provider.
#[derive(SimpleObject)]
pub struct CreateSsoProviderPayload {
    provider: SsoProvider,
}

/// New settings of an identity provider.
#[derive(InputObject)]
pub struct UpdateSsoProviderInput {
    id: ID,
    settings: SsoProviderSettings,
    /// A new secret. Absent: the stored one stays, unless the issuer changes.
    client_secret: Option<String>,
}

/// The changed identity provider.
#[derive(SimpleObject)]
pub struct UpdateSsoProviderPayload {
    provider: SsoProvider,
}

/// The identity provider to delete.
#[derive(InputObject)]
pub struct DeleteSsoProviderInput {
    id: ID,
}

/// The id of the deleted identity provider.
#[derive(SimpleObject)]
pub struct DeleteSsoProviderPayload {
    id: ID,
}

/// The identity provider to test.
#[derive(InputObject)]
pub struct TestSsoProviderInput {
    id: ID,
}

/// The result of a test. If it failed, only `problem` is set.
#[derive(SimpleObject)]
pub struct TestSsoProviderPayload {
    /// Whether the provider's description and keys could be read and fit its settings.
    passed: bool,
    /// Why the test failed.
    problem: Option<String>,
    /// Where people are sent to sign in.
    authorization_endpoint: Option<String>,
    /// Where codes are exchanged.
    token_endpoint: Option<String>,
    /// The number of the provider's keys.
    keys: Option<usize>,
    /// The accepted signatures that the provider uses.
    algorithms: Vec<String>,
    /// Those of the configured scopes that the provider does not list.
    unknown_scopes: Vec<String>,
}

/// The connected account to disconnect.
#[derive(InputObject)]
pub struct DisconnectIdentityInput {
    id: ID,
}

/// The id of the disconnected account.
#[derive(SimpleObject)]
pub struct DisconnectIdentityPayload {
    id: ID,
}

/// Mutations of single sign-on.
#[derive(Default)]
pub struct SsoMutation;

#[Object]
impl SsoMutation {
    /// Creates an identity provider, if its description can be read. Requires the permission
    /// `sso.manage` and a fresh proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_sso_provider(
        &self,
        ctx: &Context<'_>,
        input: CreateSsoProviderInput,
    ) -> Result<CreateSsoProviderPayload, ApiError> {
        let (settings, secret) = (input.settings.into(), input.client_secret.as_deref());
        let provider = identity::create_sso_provider(caller(ctx)?, settings, secret).await?;
        Ok(CreateSsoProviderPayload {
            provider: SsoProvider(provider),
        })
    }

    /// Replaces the settings of an identity provider. Requires the permission `sso.manage` and a
    /// fresh proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn update_sso_provider(
        &self,
        ctx: &Context<'_>,
        input: UpdateSsoProviderInput,
    ) -> Result<UpdateSsoProviderPayload, ApiError> {
        let (ctx, id) = (caller(ctx)?, ids::read(&input.id));
        let secret = input.client_secret.as_deref();
        let provider =
            identity::update_sso_provider(ctx, id, input.settings.into(), secret).await?;
        Ok(UpdateSsoProviderPayload {
            provider: SsoProvider(provider),
        })
    }

    /// Deletes an identity provider. Nobody can sign in with it afterwards; open sessions go on.
    /// Requires the permission `sso.manage` and a fresh proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn delete_sso_provider(
        &self,
        ctx: &Context<'_>,
        input: DeleteSsoProviderInput,
    ) -> Result<DeleteSsoProviderPayload, ApiError> {
        identity::delete_sso_provider(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(DeleteSsoProviderPayload { id: input.id })
    }

    /// Reads an identity provider's description and keys now. That the test fails is no error.
    /// Requires the permission `sso.manage`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn test_sso_provider(
        &self,
        ctx: &Context<'_>,
        input: TestSsoProviderInput,
    ) -> Result<TestSsoProviderPayload, ApiError> {
        let tested = identity::test_sso_provider(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(match tested {
            Ok(found) => TestSsoProviderPayload {
                passed: true,
                problem: None,
                authorization_endpoint: Some(found.authorization_endpoint),
                token_endpoint: Some(found.token_endpoint),
                keys: Some(found.keys),
                algorithms: found.algorithms,
                unknown_scopes: found.unknown_scopes,
            },
            Err(problem) => TestSsoProviderPayload {
                passed: false,
                problem: Some(problem),
                authorization_endpoint: None,
                token_endpoint: None,
                keys: None,
                algorithms: Vec::new(),
                unknown_scopes: Vec::new(),
            },
        })
    }

    /// Disconnects an account at an identity provider from the signed-in person. Requires a fresh
    /// proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn disconnect_identity(
        &self,
        ctx: &Context<'_>,
        input: DisconnectIdentityInput,
    ) -> Result<DisconnectIdentityPayload, ApiError> {
        identity::disconnect_identity(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(DisconnectIdentityPayload { id: input.id })
    }
}
