//! Rule: what is generated and committed is what the code generates now: `api/schema.graphql` from
//! the resolvers, the front end's types from the schema.
//!
//! Both comparisons live where the generator lives; this only asks them.

use crate::{
    error::Result,
    packages::{self, Need},
    process::{self, cargo},
    web::Web,
};

/// The test of `api` that compares the schema.
const SCHEMA_TEST: &str = "the_committed_schema_is_the_generated_one";

/// Findings of both comparisons.
pub fn check() -> Result<Vec<String>> {
    packages::ensure(&[Need::Compiler, Need::Npm])?;
    let mut found = Vec::new();
    let schema = process::run(cargo().args(["test", "--quiet", "--package", "api", SCHEMA_TEST]));
    if schema.is_err() {
        found.push(
            "api/schema.graphql is not what the code generates: run \
             `FLOWMASON_UPDATE=1 cargo test -p api` and commit it"
                .to_owned(),
        );
    }
    if Web::ready()?.script("codegen:check", &[]).is_err() {
        found.push(
            "the front end's types are not what the schema generates: run `npm run codegen` in \
             frontend/ and commit them"
                .to_owned(),
        );
    }
    Ok(found)
}
