//! The organization's identity providers, and the signed-in person's accounts at providers. Signing
//! in with one is in `http::sso`.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    AppError,
    identity::{self, OidcSettings, ProtocolSettings, ShownProtocol, SsoTest},
};

use super::{
    assigned_roles::{AssignedRole, choice, choice_or_none},
    caller, cost,
    enums::{Role, SsoJoining, SsoProtocol, SsoProviderKind},
    ids,
    saml::{SamlProvider, SamlSettings},
};
use crate::error::ApiError;

/// An identity provider of the organization, without its secrets.
#[derive(Description)]
pub struct SsoProvider(pub identity::SsoProvider);

impl SsoProvider {
    /// What it has of OpenID Connect.
    fn oidc(&self) -> Option<&OidcSettings> {
        match &self.0.protocol {
            ShownProtocol::Oidc { settings, .. } => Some(settings),
            ShownProtocol::Saml(_) => None,
        }
    }

    fn speaks(&self) -> identity::Protocol {
        match &self.0.protocol {
            ShownProtocol::Oidc { .. } => identity::Protocol::Oidc,
            ShownProtocol::Saml(_) => identity::Protocol::Saml,
        }
    }
}

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

    /// How it signs people in.
    async fn protocol(&self) -> SsoProtocol {
        self.speaks().into()
    }

    /// The provider's name for itself: the issuer of OpenID Connect, the entity id of SAML; null until
    /// the metadata of a SAML provider is entered.
    async fn issuer(&self) -> Option<&str> {
        Some(self.0.issuer.as_str()).filter(|issuer| !issuer.is_empty())
    }

    /// OpenID Connect: the name of this server at the provider.
    async fn client_id(&self) -> Option<&str> {
        self.oidc().map(|oidc| oidc.client_id.as_str())
    }

    /// OpenID Connect: whether a client secret is stored. It is never returned.
    async fn has_client_secret(&self) -> bool {
        matches!(
            self.0.protocol,
            ShownProtocol::Oidc {
                has_secret: true,
                ..
            }
        )
    }

    /// OpenID Connect: what is asked for besides `openid`.
    async fn scopes(&self) -> &[String] {
        let all = self.oidc().map(|oidc| oidc.scopes.as_slice());
        all.unwrap_or_default()
    }

    /// OpenID Connect: further audiences that an ID token may name beside the client.
    async fn audiences(&self) -> &[String] {
        let all = self.oidc().map(|oidc| oidc.audiences.as_slice());
        all.unwrap_or_default()
    }

    /// SAML: the settings, and what to enter at the provider.
    async fn saml(&self) -> Option<SamlProvider> {
        match &self.0.protocol {
            ShownProtocol::Oidc { .. } => None,
            ShownProtocol::Saml(saml) => Some(SamlProvider::from(saml.as_ref())),
        }
    }

    /// The claim, or the attribute, that lists the person's groups; null if groups are not used.
    async fn groups_claim(&self) -> Option<&str> {
        self.0.settings.groups_claim.as_deref()
    }

    /// The roles of groups. The first row whose group the person is in counts.
    async fn mappings(&self) -> Vec<SsoRoleMapping> {
        let rows = self.0.settings.mappings.iter().zip(&self.0.roles);
        rows.map(|(row, role)| SsoRoleMapping {
            group: row.group.clone(),
            role: role.built_in().map(Role::from),
            assigned_role: AssignedRole(role.clone()),
        })
        .collect()
    }

    /// The built-in role of people in none of these groups; null if they may not enter, and for one of
    /// the organization's own roles.
    async fn default_role(&self) -> Option<Role> {
        let role = self.0.default_role.as_ref()?;
        role.built_in().map(Role::from)
    }

    /// The role of people in none of these groups, with its name and permissions; null if they may not
    /// enter.
    async fn assigned_default_role(&self) -> Option<AssignedRole> {
        self.0.default_role.clone().map(AssignedRole)
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
        identity::sso_sign_in::path(self.speaks(), &self.0.id.to_string())
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When somebody last signed in with it.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.used_at
    }

    /// Why a sign-in was last refused, or why the provider's metadata was last not taken over.
    async fn last_problem(&self) -> Option<&str> {
        let problem = self.0.problem.as_ref();
        problem.map(|(text, _)| text.as_str())
    }

    /// When that was.
    async fn last_problem_at(&self) -> Option<DateTime<Utc>> {
        self.0.problem.as_ref().map(|(_, at)| *at)
    }
}

/// The role of a group's members.
#[derive(SimpleObject)]
pub struct SsoRoleMapping {
    /// The group, exactly as the provider writes it.
    group: String,
    /// The built-in role; null for one of the organization's own.
    role: Option<Role>,
    /// The role with its name and permissions.
    assigned_role: AssignedRole,
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
    #[graphql(complexity = "3 * cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn sso_providers(&self, ctx: &Context<'_>) -> Result<Vec<SsoProvider>, ApiError> {
        let all = identity::list_sso_providers(caller(ctx)?).await?;
        Ok(all.into_iter().map(SsoProvider).collect())
    }

    /// The address to register at every identity provider of OpenID Connect, to which it sends people
    /// back. Requires the permission `sso.manage`.
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

/// The role of a group's members: either `role` or `customRoleId`.
#[derive(InputObject)]
pub struct SsoRoleMappingInput {
    /// The group, exactly as the provider writes it.
    group: String,
    /// The role; not `OWNER`.
    role: Option<Role>,
    /// One of the organization's own roles, instead of `role`.
    custom_role_id: Option<ID>,
}

/// The settings of an identity provider.
#[derive(InputObject)]
pub struct SsoProviderSettings {
    /// The product.
    kind: SsoProviderKind,
    /// The name on the provider's button.
    name: String,
    /// OpenID Connect: the provider's name for itself, exactly as it writes it.
    issuer: Option<String>,
    /// OpenID Connect: the name of this server at the provider.
    client_id: Option<String>,
    /// OpenID Connect: what to ask for besides `openid`.
    scopes: Option<Vec<String>>,
    /// OpenID Connect: further audiences that an ID token may name beside the client.
    audiences: Option<Vec<String>>,
    /// The settings of SAML 2.0; absent: the provider speaks OpenID Connect.
    saml: Option<SamlSettings>,
    /// The claim, or the attribute, that lists the person's groups.
    groups_claim: Option<String>,
    /// The roles of groups. The first row whose group the person is in counts.
    mappings: Vec<SsoRoleMappingInput>,
    /// The role of people in none of these groups; absent: they may not enter.
    default_role: Option<Role>,
    /// One of the organization's own roles, instead of `defaultRole`.
    default_custom_role_id: Option<ID>,
    /// Who becomes a member by signing in for the first time.
    joining: SsoJoining,
    /// Whether people can sign in with it.
    enabled: bool,
}

impl SsoProviderSettings {
    /// The settings of every provider, and those of its protocol.
    fn split(
        self,
        client_secret: Option<String>,
    ) -> Result<(identity::ProviderSettings, ProtocolSettings), ApiError> {
        let needed = |field: &str, value: Option<String>| {
            value.ok_or_else(|| AppError::invalid(field, "is missing; OpenID Connect needs it"))
        };
        let protocol = match self.saml {
            Some(saml) => {
                if self.issuer.is_some() || self.client_id.is_some() || client_secret.is_some() {
                    let problem = "belongs to OpenID Connect; leave out `issuer`, `clientId` and \
                        `clientSecret` for a provider that speaks SAML";
                    return Err(AppError::invalid("saml", problem).into());
                }
                ProtocolSettings::Saml(Box::new(saml.into()))
            }
            None => {
                let oidc = OidcSettings {
                    issuer: needed("issuer", self.issuer)?,
                    client_id: needed("clientId", self.client_id)?,
                    scopes: self.scopes.unwrap_or_default(),
                    audiences: self.audiences.unwrap_or_default(),
                };
                ProtocolSettings::Oidc(oidc, client_secret)
            }
        };
        let mappings = self.mappings.into_iter().map(|row| {
            let role = choice(row.role, row.custom_role_id.as_ref())?;
            let group = row.group;
            Ok(identity::Mapping { group, role })
        });
        let default_role = choice_or_none(self.default_role, self.default_custom_role_id.as_ref());
        let settings = identity::ProviderSettings {
            kind: self.kind.into(),
            name: self.name,
            groups_claim: self.groups_claim,
            mappings: mappings.collect::<Result<_, ApiError>>()?,
            default_role: default_role?,
            joining: self.joining.into(),
            enabled: self.enabled,
        };
        Ok((settings, protocol))
    }
}

/// A new identity provider.
#[derive(InputObject)]
pub struct CreateSsoProviderInput {
    settings: SsoProviderSettings,
    /// OpenID Connect: the secret that proves the client id; absent for a client without one.
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
    /// OpenID Connect: a new secret. Absent: the stored one stays, unless the issuer changes.
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

/// The result of a test. If it failed, only `problem` is set. With SAML, the test is complete only after a
/// sign-in at `signInUrl`.
#[derive(SimpleObject, Default)]
pub struct TestSsoProviderPayload {
    /// OpenID Connect: whether the provider's description and keys could be read and fit its settings.
    /// SAML: whether the sign-in can begin.
    passed: bool,
    /// SAML: where to sign in for the test. No session is opened; the result is then in `lastTest`.
    sign_in_url: Option<String>,
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

/// The identity provider for which this server gets a new key.
#[derive(InputObject)]
pub struct CreateSamlKeyInput {
    id: ID,
}

/// The identity provider with both certificates.
#[derive(SimpleObject)]
pub struct CreateSamlKeyPayload {
    provider: SsoProvider,
}

/// The identity provider that knows the certificate of the new key.
#[derive(InputObject)]
pub struct RemoveOldSamlKeyInput {
    id: ID,
}

/// The identity provider with the certificate of the new key.
#[derive(SimpleObject)]
pub struct RemoveOldSamlKeyPayload {
    provider: SsoProvider,
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
    /// Creates an identity provider, if its description can be read. A SAML provider that is turned
    /// off needs none yet. Requires `sso.manage`, every permission of the roles that it gives, and a
    /// recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_sso_provider(
        &self,
        ctx: &Context<'_>,
        input: CreateSsoProviderInput,
    ) -> Result<CreateSsoProviderPayload, ApiError> {
        let (settings, protocol) = input.settings.split(input.client_secret)?;
        let provider = identity::create_sso_provider(caller(ctx)?, settings, protocol).await?;
        Ok(CreateSsoProviderPayload {
            provider: SsoProvider(provider),
        })
    }

    /// Replaces the settings of an identity provider. Requires `sso.manage`, every permission of the
    /// roles that it gives, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn update_sso_provider(
        &self,
        ctx: &Context<'_>,
        input: UpdateSsoProviderInput,
    ) -> Result<UpdateSsoProviderPayload, ApiError> {
        let (ctx, id) = (caller(ctx)?, ids::read(&input.id));
        let (settings, protocol) = input.settings.split(input.client_secret)?;
        let provider = identity::update_sso_provider(ctx, id, settings, protocol).await?;
        Ok(UpdateSsoProviderPayload {
            provider: SsoProvider(provider),
        })
    }

    /// Deletes an identity provider. Nobody can sign in with it afterwards, and the sessions that it
    /// has opened end. Requires `sso.manage`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn delete_sso_provider(
        &self,
        ctx: &Context<'_>,
        input: DeleteSsoProviderInput,
    ) -> Result<DeleteSsoProviderPayload, ApiError> {
        identity::delete_sso_provider(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(DeleteSsoProviderPayload { id: input.id })
    }

    /// Tests an identity provider. With OpenID Connect, its description and keys are read now; with
    /// SAML, a sign-in begins. That the test fails is no error. Requires `sso.manage`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn test_sso_provider(
        &self,
        ctx: &Context<'_>,
        input: TestSsoProviderInput,
    ) -> Result<TestSsoProviderPayload, ApiError> {
        let tested = identity::test_sso_provider(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(match tested {
            SsoTest::Read(Ok(found)) => TestSsoProviderPayload {
                passed: true,
                authorization_endpoint: Some(found.authorization_endpoint),
                token_endpoint: Some(found.token_endpoint),
                keys: Some(found.keys),
                algorithms: found.algorithms,
                unknown_scopes: found.unknown_scopes,
                ..TestSsoProviderPayload::default()
            },
            SsoTest::Read(Err(problem)) => TestSsoProviderPayload {
                problem: Some(problem),
                ..TestSsoProviderPayload::default()
            },
            SsoTest::SignIn(url) => TestSsoProviderPayload {
                passed: true,
                sign_in_url: Some(url),
                ..TestSsoProviderPayload::default()
            },
        })
    }

    /// Makes a new key of this server for a provider that speaks SAML, beside the one in use. Both
    /// certificates are then in this server's metadata, and both keys decrypt. Requires
    /// `sso.manage`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn create_saml_key(
        &self,
        ctx: &Context<'_>,
        input: CreateSamlKeyInput,
    ) -> Result<CreateSamlKeyPayload, ApiError> {
        let provider = identity::create_saml_key(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(CreateSamlKeyPayload {
            provider: SsoProvider(provider),
        })
    }

    /// Removes the old key of this server for a provider, which must know the certificate of the new
    /// one. Requires `sso.manage`, and a recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn remove_old_saml_key(
        &self,
        ctx: &Context<'_>,
        input: RemoveOldSamlKeyInput,
    ) -> Result<RemoveOldSamlKeyPayload, ApiError> {
        let provider = identity::remove_old_saml_key(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(RemoveOldSamlKeyPayload {
            provider: SsoProvider(provider),
        })
    }

    /// Disconnects an account at an identity provider from the signed-in person. Requires
    /// `profile.update`, and a recent proof of identity.
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
