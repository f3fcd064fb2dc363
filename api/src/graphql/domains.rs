//! Domains of the organization and their proofs.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::identity;

use super::{
    caller, cost,
    enums::{DomainProblem, DomainStatus},
    ids,
};
use crate::error::ApiError;

/// A domain that the organization claims. It is proved by a TXT record in the domain name system,
/// which is looked up regularly.
#[derive(Description)]
pub struct Domain(pub identity::Domain);

#[Object(use_type_description)]
impl Domain {
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The name in ASCII, as it stands in the domain name system: `xn--bcher-kva.example`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The name with the letters of its alphabet: `bücher.example`.
    async fn display_name(&self) -> &str {
        &self.0.shown
    }

    async fn status(&self) -> DomainStatus {
        self.0.status.into()
    }

    /// The name of the TXT record to publish.
    async fn record_name(&self) -> &str {
        &self.0.record_name
    }

    /// The value of the TXT record to publish.
    async fn record_value(&self) -> &str {
        &self.0.record_value
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the record was first found; null if it never was, or if the proof was lost.
    async fn proved_at(&self) -> Option<DateTime<Utc>> {
        self.0.proved_at
    }

    /// Since when the record is missing, after it was found once.
    async fn missing_since(&self) -> Option<DateTime<Utc>> {
        self.0.missing_since
    }

    /// Until when a domain whose record is missing counts as proved.
    async fn proved_until(&self) -> Option<DateTime<Utc>> {
        self.0.proved_until
    }

    /// When the record was last looked up.
    async fn checked_at(&self) -> Option<DateTime<Utc>> {
        self.0.checked_at
    }

    /// Why the last check found no proof; null if it found one.
    async fn problem(&self) -> Option<DomainProblem> {
        self.0.problem.map(Into::into)
    }

    /// Since when single sign-on is enforced for addresses of this domain; null if it is not.
    async fn sso_enforced_at(&self) -> Option<DateTime<Utc>> {
        self.0.enforced_at
    }
}

/// Queries for domains.
#[derive(Default)]
pub struct DomainQuery;

#[Object]
impl DomainQuery {
    /// The organization's domains, sorted by name; at most 50. Requires the permission
    /// `domain.manage`.
    #[graphql(complexity = "cost::STATEMENT + cost::times(20, child_complexity)")]
    async fn domains(&self, ctx: &Context<'_>) -> Result<Vec<Domain>, ApiError> {
        let domains = identity::list_domains(caller(ctx)?).await?;
        Ok(domains.into_iter().map(Domain).collect())
    }
}

/// A domain to claim.
#[derive(InputObject)]
pub struct ClaimDomainInput {
    /// The domain, such as `example.com`, in any spelling and any alphabet.
    name: String,
}

/// The claimed domain, with the record to publish.
#[derive(SimpleObject)]
pub struct ClaimDomainPayload {
    domain: Domain,
}

/// The domain to check.
#[derive(InputObject)]
pub struct CheckDomainInput {
    id: ID,
}

/// The domain after the check.
#[derive(SimpleObject)]
pub struct CheckDomainPayload {
    domain: Domain,
}

/// The domain to remove.
#[derive(InputObject)]
pub struct RemoveDomainInput {
    id: ID,
}

/// The id of the removed domain.
#[derive(SimpleObject)]
pub struct RemoveDomainPayload {
    removed_id: ID,
}

/// Mutations of domains.
#[derive(Default)]
pub struct DomainMutation;

#[Object]
impl DomainMutation {
    /// Claims a domain for the organization. Another organization may claim it too; the first one
    /// that publishes its record has it. Requires `domain.manage`.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn claim_domain(
        &self,
        ctx: &Context<'_>,
        input: ClaimDomainInput,
    ) -> Result<ClaimDomainPayload, ApiError> {
        let domain = identity::claim_domain(caller(ctx)?, &input.name).await?;
        Ok(ClaimDomainPayload {
            domain: Domain(domain),
        })
    }

    /// Looks up the record of a domain now. If it is not found, the domain's `problem` says why.
    /// Requires `domain.manage`.
    #[graphql(complexity = "cost::CHANGE + cost::STATEMENT + child_complexity")]
    async fn check_domain(
        &self,
        ctx: &Context<'_>,
        input: CheckDomainInput,
    ) -> Result<CheckDomainPayload, ApiError> {
        let domain = identity::check_domain(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(CheckDomainPayload {
            domain: Domain(domain),
        })
    }

    /// Removes a domain. Its record is of no use from then on. Requires `domain.manage`, and a
    /// recent proof of identity.
    #[graphql(complexity = "cost::CHANGE + child_complexity")]
    async fn remove_domain(
        &self,
        ctx: &Context<'_>,
        input: RemoveDomainInput,
    ) -> Result<RemoveDomainPayload, ApiError> {
        identity::remove_domain(caller(ctx)?, ids::read(&input.id)).await?;
        Ok(RemoveDomainPayload {
            removed_id: input.id,
        })
    }
}
