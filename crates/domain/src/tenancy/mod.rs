//! Isolation of organizations, first layer: the one place where queries begin.
//!
//! A query of one organization begins at `Entity::in_org(&ctx)`. Two kinds of query have no
//! organization and their own named start: `Entity::across_orgs(&system)` for the scheduler, the
//! reconciler and the sealer, and `Entity::shared(&app)` for tables without an organization column.
//! Row-level security is the second layer (see `migrations`).
//!
//! On PostgreSQL a plain read carries its organization in the same statement: [`Ctx::one`] and
//! [`Ctx::all`] put `set_config('app.orgs', …, true)` before it. Outside of a transaction that
//! setting lives for exactly this statement, so there is nothing to forget on an error, a panic
//! or a dropped future, and no round trip of its own.

#![allow(
    clippy::disallowed_methods,
    reason = "this is the place where queries begin"
)]

use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait, Select,
    Statement, Value, sea_query::Expr,
};
use types::OrgId;

use crate::{
    App, Ctx,
    db::{Tx, orgs_text},
};

/// The rights of the program itself, over all organizations. Made by the worker only.
#[derive(Clone)]
pub struct SystemCtx {
    /// The application.
    pub app: App,
}

impl SystemCtx {
    /// For the scheduler, the reconciler and the sealer.
    pub fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }

    /// A transaction over all organizations, as the role `flowmason_system` on PostgreSQL: it may
    /// read and change runs, timers, signals and the audit log's seals, and read versions. Nothing
    /// else.
    pub async fn begin_across(&self) -> Result<Tx, DbErr> {
        self.app.db().begin_system().await
    }

    /// A transaction over exactly these organizations, as the application's role.
    pub async fn begin_in(&self, orgs: &[OrgId]) -> Result<Tx, DbErr> {
        self.app.db().begin(orgs).await
    }
}

/// An entity whose rows belong to organizations.
pub trait OrgEntity: EntityTrait {
    /// The column that says which organization.
    const ORG: Self::Column;

    /// The rows of the context's organization: where queries begin. Run it with [`Ctx::one`] or
    /// [`Ctx::all`], or on a transaction of [`Ctx::begin`].
    fn in_org(ctx: &Ctx) -> Select<Self> {
        Self::find().filter(Self::ORG.eq(ctx.org.0))
    }

    /// The rows of one organization, for the worker.
    fn in_org_of(_: &SystemCtx, org: OrgId) -> Select<Self> {
        Self::find().filter(Self::ORG.eq(org.0))
    }

    /// The rows of all organizations. Run it on a transaction of [`SystemCtx::begin_across`]. The
    /// statement carries why, for the check of tests: see `statements::ACROSS`.
    fn across_orgs(_: &SystemCtx, why: &'static str) -> Select<Self> {
        let mark = format!("/* across organizations: {why} */ 1 = 1");
        Self::find().filter(Expr::cust(mark))
    }
}

/// An entity whose rows belong to no organization (people and their sessions).
pub trait SharedEntity: EntityTrait {
    /// The rows.
    fn shared(_: &App) -> Select<Self> {
        Self::find()
    }
}

/// What a raw statement of [`Ctx::rows`] writes where its condition on the organization begins.
pub const SCOPE: &str = "{scope}";

impl Ctx {
    /// A writing transaction of the context's organization.
    pub async fn begin(&self) -> Result<Tx, DbErr> {
        self.db().begin(&[self.org]).await
    }

    /// The first row of a query that began with `in_org`.
    pub async fn one<E: EntityTrait>(&self, select: Select<E>) -> Result<Option<E::Model>, DbErr> {
        let statement = self.scoped_select(select.limit(1));
        Ok(match self.db().query_one(statement).await? {
            Some(row) => Some(E::Model::from_query_result(&row, "")?),
            None => None,
        })
    }

    /// The rows of a query that began with `in_org`.
    pub async fn all<E: EntityTrait>(&self, select: Select<E>) -> Result<Vec<E::Model>, DbErr> {
        let rows = self.db().query_all(self.scoped_select(select)).await?;
        rows.iter()
            .map(|row| E::Model::from_query_result(row, ""))
            .collect()
    }

    /// The rows of a hand-written query: `$1` is the organization, [`SCOPE`] stands in its
    /// `WHERE`, and it ends in `LIMIT` or `OFFSET 0`.
    pub async fn rows<M: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<M>, DbErr> {
        let rows = self.db().query_all(self.scoped(sql, values)).await?;
        rows.iter()
            .map(|row| M::from_query_result(row, ""))
            .collect()
    }

    /// The statement that [`Ctx::rows`] runs.
    pub fn scoped(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        let mut all = vec![Value::from(self.org.0)];
        all.extend(values);
        let sql = if self.db().is_postgres() {
            all.push(orgs_text(&[self.org]).into());
            wrap(&sql.replace(SCOPE, ON_SCOPE), all.len())
        } else {
            sql.replace(SCOPE, "1 = 1")
        };
        self.db().statement(sql, all)
    }

    fn scoped_select<E: EntityTrait>(&self, select: Select<E>) -> Statement {
        let db = self.db();
        if !db.is_postgres() {
            return select.build(db.backend());
        }
        let mut statement = select.filter(Expr::cust(ON_SCOPE)).build(db.backend());
        let mut values = statement.values.take().map_or_else(Vec::new, |v| v.0);
        values.push(orgs_text(&[self.org]).into());
        let sql = format!("{} OFFSET 0", statement.sql);
        db.statement(wrap(&sql, values.len()), values)
    }
}

const ON_SCOPE: &str = "scope.orgs IS NOT NULL";

/// Sets the organizations, then runs the query. That it comes after is certain, not luck: the
/// inner query reads a column of `scope` and ends in LIMIT or OFFSET, so the planner can neither
/// flatten it nor join the other way round, and a policy's condition is first read when the inner
/// scan starts. Were the order ever wrong, the answer would be no rows, never foreign ones.
fn wrap(sql: &str, last: usize) -> String {
    format!(
        "SELECT q.* FROM (SELECT set_config('app.orgs', ${last}, true) AS orgs OFFSET 0) AS scope \
         CROSS JOIN LATERAL ({sql}) AS q"
    )
}

#[cfg(test)]
mod tests;
