//! Rule: SQL statements are only in the files meant for them.
//!
//! SQL and the calls that run it belong in the `repo.rs` of a module (or files in its `repo/`), in
//! `domain::host`, and in the modules that all others run their statements through. Whether a
//! statement is limited to an organization is not checked here: `domain::statements` parses each
//! statement that a test runs.

use super::{
    files::Source,
    tokens::{self, Code, Token},
};
use crate::error::Result;

/// The roots of the crates that are checked.
const ROOTS: &[&str] = &[
    "api/src/lib.rs",
    "crates/cli/src/main.rs",
    "crates/components/src/lib.rs",
    "crates/domain/src/lib.rs",
    "crates/engine/src/lib.rs",
    "jobs/src/lib.rs",
];

/// Where statements are allowed besides `repo.rs` and `repo/`, and why.
const PLACES: &[(&str, &str)] = &[
    (
        "crates/domain/src/host/",
        "the engine's host, which does not use the ORM",
    ),
    (
        "crates/domain/src/db.rs",
        "the connection, which all statements go through",
    ),
    (
        "crates/domain/src/db/",
        "connection rules, which query the database's own settings",
    ),
    ("crates/domain/src/tenancy/", "where queries begin"),
    (
        "jobs/src/setup.rs",
        "creates the tables of apalis, which are not FlowMason's",
    ),
];

/// The only file of the host that starts statements; tests check each one there.
const HOST_START: &str = "crates/domain/src/host/sql.rs";

/// The only file that starts statements outside a transaction; `db.rs` has them checked.
const POOL_START: &str = "crates/domain/src/db/statement_pool.rs";

/// The only files that run unprepared statements; tests do not check those.
const UNPREPARED: &[&str] = &[
    "crates/domain/src/db.rs",
    "crates/domain/src/db/single.rs",
    "crates/domain/src/db/transaction.rs",
];

/// The keywords that statements begin with.
const VERBS: &[&str] = &[
    "ALTER", "CREATE", "DELETE", "DROP", "INSERT", "LOCK", "MERGE", "PRAGMA", "REPLACE", "SELECT",
    "TRUNCATE", "UPDATE", "WITH",
];

/// Methods and functions that build or run a statement, whatever they are called on.
const CALLS: &[&str] = &[
    "across_orgs",
    "delete_by_id",
    "delete_many",
    "execute_raw",
    "execute_unprepared",
    "find_by_statement",
    "from_sql_and_values",
    "in_org",
    "in_org_of",
    "insert_many",
    "query_all",
    "query_all_raw",
    "query_one",
    "query_one_raw",
    "update_many",
];

/// Functions of sqlx that build a statement.
const SQLX: &[&str] = &["query", "query_as", "query_scalar", "query_with", "raw_sql"];

/// Reports statements outside the allowed files.
pub fn check(sources: &[Source]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for root in ROOTS {
        for code in tokens::crate_code(sources, root)? {
            found.extend(findings(&code));
        }
    }
    Ok(found)
}

fn findings(code: &Code) -> Vec<String> {
    let tokens = tokens::of_items(&code.items);
    let place = is_place(&code.name);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_call = tokens.get(at + 1) == Some(&Token::Sign('('));
        let before = |steps: usize| at.checked_sub(steps).and_then(|at| tokens.get(at));
        match token {
            Token::Text(text, line) => {
                if !place && is_statement(text) {
                    found.push(format!(
                        "{}:{line}: a SQL statement belongs in the module's repo.rs",
                        code.name
                    ));
                }
                if text.contains("across organizations: test") {
                    found.push(format!(
                        "{}:{line}: the marker `test` is for tests only; see domain::statements",
                        code.name
                    ));
                }
            }
            Token::Word(word, line) if is_call || starts_with_sqlx(&tokens, at) => {
                let of_sqlx = starts_with_sqlx(&tokens, at);
                let declared = matches!(before(1), Some(Token::Word(word, _)) if word == "fn");
                let runs = CALLS.contains(&word.as_str()) && !declared;
                let starts = [HOST_START, POOL_START].contains(&code.name.as_str());
                if of_sqlx && !starts && code.name.starts_with("crates/domain/") {
                    found.push(format!(
                        "{}:{line}: sqlx::{word} is only allowed in {HOST_START} and {POOL_START}",
                        code.name
                    ));
                } else if !place && (runs || of_sqlx) {
                    found.push(format!(
                        "{}:{line}: `{word}` runs a statement; it belongs in the module's repo.rs",
                        code.name
                    ));
                } else if word == "execute_unprepared" && !UNPREPARED.contains(&code.name.as_str())
                {
                    found.push(format!(
                        "{}:{line}: `{word}` is not checked in tests; use `Tx::execute`",
                        code.name
                    ));
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether the token is a function of sqlx that builds a statement, after `sqlx::` or in an import
/// from sqlx. A module of the same name (`sqlx::query::Query`) does not count.
fn starts_with_sqlx(tokens: &[Token], at: usize) -> bool {
    let (before, rest) = tokens.split_at(at);
    let named = matches!(&rest[0], Token::Word(word, _) if SQLX.contains(&word.as_str()));
    let module =
        rest.get(1) == Some(&Token::Sign(':')) && matches!(rest.get(3), Some(Token::Word(..)));
    if !named || module {
        return false;
    }
    let is_sqlx =
        |token: Option<&Token>| matches!(token, Some(Token::Word(name, _)) if name == "sqlx");
    if is_sqlx(before.len().checked_sub(3).and_then(|at| before.get(at))) {
        return true;
    }
    let end = |token: &Token| matches!(token, Token::Sign(';' | '(' | ')' | '='));
    let start = before.iter().rposition(end).map_or(0, |at| at + 1);
    let statement = &before[start..];
    let import = statement
        .iter()
        .position(|token| matches!(token, Token::Word(word, _) if word == "use"));
    import.is_some_and(|at| is_sqlx(statement.get(at + 1)))
}

fn is_place(name: &str) -> bool {
    let mut parts = name.split('/');
    parts.any(|part| part == "repo" || part == "repo.rs")
        || PLACES.iter().any(|(place, _)| name.starts_with(place))
}

/// Whether the text is a keyword in capitals with more text after it. SQL comments before it are
/// skipped.
fn is_statement(text: &str) -> bool {
    let mut text = text.trim_start();
    while let Some((_, rest)) = text
        .strip_prefix("/*")
        .and_then(|rest| rest.split_once("*/"))
    {
        text = rest.trim_start();
    }
    text.split_once(char::is_whitespace)
        .is_some_and(|(first, rest)| VERBS.contains(&first) && !rest.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str) -> usize {
        let source = Source {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        let code = tokens::crate_code(&[source], name).unwrap();
        findings(&code[0]).len()
    }

    const ELSEWHERE: &str = "crates/domain/src/runs/start.rs";

    #[test]
    fn a_statement_in_another_file_is_reported() {
        for text in [
            "const SQL: &str = \"SELECT id FROM runs\";",
            "const SQL: &str = \"/* across organizations: purge */ DELETE FROM runs\";",
            "fn f() { g(format!(\"UPDATE {table} SET x = 1\")) }",
            "const SQL: &str = r#\"\n  WITH a AS (SELECT 1) SELECT 1\"#;",
            "fn f() { ctx.one(Entity::in_org(ctx)) }",
            "fn f() { Statement::from_sql_and_values(backend, sql, values) }",
            "fn f() { tx.conn().query_one_raw(statement) }",
            "fn f() { sqlx::query(x) }",
            "fn f() { sqlx::query_as::<_, Row>(x) }",
            "use sqlx::query;",
            "use sqlx::{Row, query_scalar};",
        ] {
            assert_eq!(of(ELSEWHERE, text), 1, "{text}");
        }
    }

    #[test]
    fn a_statement_in_an_allowed_file_is_not_reported() {
        for place in [
            "crates/domain/src/runs/repo.rs",
            "crates/domain/src/runs/repo/insert.rs",
            "crates/domain/src/host/claim/sqlite.rs",
        ] {
            let text = "fn f() { tx.query_one_raw(\"SELECT id FROM runs\") }";
            assert_eq!(of(place, text), 0, "{place}");
        }
    }

    #[test]
    fn tests_comments_and_sentences_are_not_statements() {
        for text in [
            "/// SELECT id FROM runs\nfn f() {}",
            "// UPDATE runs\nfn f() {}",
            "#[cfg(test)] mod tests { const SQL: &str = \"SELECT id FROM runs\"; }",
            "fn f() { Err(\"Select a run first\") }",
            "fn f() { Err(\"SELECT\") }",
            "fn in_org(ctx: &Ctx) {}",
            "use sqlx::{Row, query::Query};",
            "use other::query;",
        ] {
            assert_eq!(of(ELSEWHERE, text), 0, "{text}");
        }
    }

    #[test]
    fn statements_that_tests_cannot_check_are_reported_even_in_a_repo() {
        let repo = "crates/domain/src/runs/repo.rs";
        assert_eq!(of(repo, "fn f() { conn.execute_unprepared(sql) }"), 1);
        assert_eq!(of(repo, "fn f() { sqlx::query(sql) }"), 1);
        let marked = "const S: &str = \"/* across organizations: test */ SELECT 1\";";
        assert_eq!(of(repo, marked), 1);
    }

    #[test]
    fn this_repository_has_no_statements_elsewhere() {
        let sources = crate::tidy::files::rust_sources().unwrap();
        assert_eq!(check(&sources).unwrap(), Vec::<String>::new());
    }
}
