//! [`Db`] as the ORM's connection, for single statements outside of a transaction: on tables that belong
//! to no organization, and statements that set their organization themselves (see `tenancy`). Other
//! statements get no rows on PostgreSQL.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    prelude::async_trait::async_trait,
};

use super::{Db, count};

#[async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        self.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.statement_pool {
            Some(pool) => {
                count(&self.statements, &statement);
                pool.execute(&statement).await
            }
            None => self.conn.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.conn.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Db::query_one(self, statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Db::query_all(self, statement).await
    }
}
