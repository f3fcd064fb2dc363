//! The `domains` table.

use sea_orm::entity::prelude::*;

use crate::tenancy::OrgEntity;

/// A domain that an organization claims.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "domains")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The organization that claims it.
    pub org_id: Uuid,
    /// The name in ASCII and lower case; unique in the organization, and unique across
    /// organizations among the proved ones.
    pub name: String,
    /// The random part of the record to publish. It is public once it is published.
    pub token: String,
    /// When it was claimed.
    pub created_at: DateTimeUtc,
    /// When the record was first found; `None` if it never was, or was missing for too long.
    pub proved_at: Option<DateTimeUtc>,
    /// Since when the record of a proved domain is missing.
    pub missing_since: Option<DateTimeUtc>,
    /// When the record was last looked up.
    pub checked_at: Option<DateTimeUtc>,
    /// Why the last check did not find a proof; see [`super::Problem`].
    pub problem: Option<String>,
    /// When the next check by itself is due; `None` if there is none any more.
    pub next_check_at: Option<DateTimeUtc>,
    /// Since when single sign-on is enforced for its addresses.
    pub enforced_at: Option<DateTimeUtc>,
}

/// No relations are declared; queries name what they join.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl OrgEntity for Entity {
    const ORG: Column = Column::OrgId;
}
