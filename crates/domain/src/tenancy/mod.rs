//! The first layer of tenant isolation: the only module in which ORM queries are created.
//!
//! A query of one organization starts with `Entity::in_org(&ctx)`. Two kinds of query have no
//! organization and their own start: `Entity::across_orgs(&system)` for the scheduler, the
//! reconciler and the sealer, and `Entity::shared(&app)` for tables without an organization column.
//! Row-level security is the second layer (see `migrations`).
//!
//! On PostgreSQL a plain read sets its organization in the same statement: [`Ctx::one`] and
//! [`Ctx::all`] prepend `set_config('app.orgs', …, true)`. Outside of a transaction that setting
//! lasts for exactly this statement, so nothing has to be reset after an error, a panic or a
//! dropped future, and no extra round trip is needed.

#![allow(
    clippy::disallowed_methods,
    reason = "this is the only module in which queries are created"
)]

use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait, Select,
    Statement, Value, sea_query::Expr,
};
use types::OrgId;

use crate::{
    App, Ctx,
    db::{Db, Tx, orgs_text},
};

/// The rights of the program itself, across all organizations. Only the worker creates it.
#[derive(Clone)]
pub struct SystemCtx {
    /// The application.
    pub app: App,
}

impl SystemCtx {
    /// Creates the context for the scheduler, the reconciler and the sealer.
    pub fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }

    /// Begins a transaction across all organizations. On PostgreSQL it has the role
    /// `flowmason_system`, which may only read and change runs, timers, signals and the audit log's
    /// seals, and read versions.
    pub async fn begin_across(&self) -> Result<Tx, DbErr> {
        self.app.db().begin_system().await
    }

    /// Begins a transaction that sees only these organizations, with the application's role.
    pub async fn begin_in(&self, orgs: &[OrgId]) -> Result<Tx, DbErr> {
        self.app.db().begin(orgs).await
    }
}

/// An entity whose rows belong to organizations.
pub trait OrgEntity: EntityTrait {
    /// The organization column.
    const ORG: Self::Column;

    /// A query for the rows of the context's organization. Run it with [`Ctx::one`] or
    /// [`Ctx::all`], or on a transaction of [`Ctx::begin`].
    fn in_org(ctx: &Ctx) -> Select<Self> {
        Self::find().filter(Self::ORG.eq(ctx.org.0))
    }

    /// A query for the rows of one organization, for the worker.
    fn in_org_of(_: &SystemCtx, org: OrgId) -> Select<Self> {
        Self::find().filter(Self::ORG.eq(org.0))
    }

    /// A query for the rows of all organizations. Run it on a transaction of
    /// [`SystemCtx::begin_across`]. `why` is one of the reasons in `statements::ACROSS`, which
    /// tests check.
    fn across_orgs(_: &SystemCtx, why: &'static str) -> Select<Self> {
        let mark = format!("/* across organizations: {why} */ 1 = 1");
        Self::find().filter(Expr::cust(mark))
    }
}

/// An entity whose rows belong to no organization (people and their sessions).
pub trait SharedEntity: EntityTrait {
    /// A query for the rows.
    fn shared(_: &App) -> Select<Self> {
        Self::find()
    }
}

/// A placeholder that the SQL of [`Ctx::rows`] must contain in its `WHERE` clause.
pub const SCOPE: &str = "{scope}";

impl Ctx {
    /// Begins a write transaction of the context's organization.
    pub async fn begin(&self) -> Result<Tx, DbErr> {
        self.db().begin(&[self.org]).await
    }

    /// The first row of a query created with `in_org`.
    pub async fn one<E: EntityTrait>(&self, select: Select<E>) -> Result<Option<E::Model>, DbErr> {
        let statement = self.scoped_select(select.limit(1));
        Ok(match self.db().query_one(statement).await? {
            Some(row) => Some(E::Model::from_query_result(&row, "")?),
            None => None,
        })
    }

    /// The rows of a query created with `in_org`.
    pub async fn all<E: EntityTrait>(&self, select: Select<E>) -> Result<Vec<E::Model>, DbErr> {
        let rows = self.db().query_all(self.scoped_select(select)).await?;
        rows.iter()
            .map(|row| E::Model::from_query_result(row, ""))
            .collect()
    }

    /// The rows of a hand-written query. `$1` is the organization, its `WHERE` clause must contain
    /// [`SCOPE`], and it must end in `LIMIT` or `OFFSET 0`.
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
        scoped(self.db(), self.org, sql, values)
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

/// Like [`Ctx::rows`], before there is a context: for what a credential says about itself, in the
/// organization that the credential names.
pub(crate) async fn rows_in<M: FromQueryResult>(
    app: &App,
    org: OrgId,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<M>, DbErr> {
    let rows = app
        .db()
        .query_all(scoped(app.db(), org, sql, values))
        .await?;
    rows.iter()
        .map(|row| M::from_query_result(row, ""))
        .collect()
}

fn scoped(db: &Db, org: OrgId, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    let mut all = vec![Value::from(org.0)];
    all.extend(values);
    let sql = if db.is_postgres() {
        all.push(orgs_text(&[org]).into());
        wrap(&sql.replace(SCOPE, ON_SCOPE), all.len())
    } else {
        sql.replace(SCOPE, "1 = 1")
    };
    db.statement(sql, all)
}

const ON_SCOPE: &str = "scope.orgs IS NOT NULL";

/// Sets the organizations, then runs the query. This order is guaranteed: the inner query reads a
/// column of `scope` and ends in LIMIT or OFFSET, so the planner can neither flatten it nor reverse
/// the join, and a policy's condition is first evaluated when the inner scan starts. If the order
/// were ever wrong, the query would return no rows, never those of other organizations.
fn wrap(sql: &str, last: usize) -> String {
    format!(
        "SELECT q.* FROM (SELECT set_config('app.orgs', ${last}, true) AS orgs OFFSET 0) AS scope \
         CROSS JOIN LATERAL ({sql}) AS q"
    )
}

#[cfg(test)]
mod tests;
