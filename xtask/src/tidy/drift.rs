//! Rule: committed generated files are up to date: `api/schema.graphql` with the resolvers, the
//! front end's types with the schema.
//!
//! The generators make both comparisons; this rule only runs them.

use crate::{
    error::Result,
    packages::{self, Need},
    process::{self, cargo},
    web::Web,
};

/// The test in `api` that compares the schema.
const SCHEMA_TEST: &str = "the_committed_schema_is_the_generated_one";

/// The findings of both comparisons.
pub fn check() -> Result<Vec<String>> {
    packages::ensure(&[Need::Npm])?;
    let mut found = Vec::new();
    let schema = process::run(cargo().args(["test", "--quiet", "--package", "api", SCHEMA_TEST]));
    if schema.is_err() {
        found.push(
            "api/schema.graphql is out of date: run `FLOWMASON_UPDATE=1 cargo test -p api` and \
             commit it"
                .to_owned(),
        );
    }
    if Web::ready()?.script("codegen:check", &[]).is_err() {
        found.push(
            "the front end's types are out of date: run `npm run codegen` in frontend/ and commit \
             them"
                .to_owned(),
        );
    }
    Ok(found)
}
