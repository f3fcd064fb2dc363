//! The cost of fields in points: about one for each value of the response, ten for each database
//! statement, and more for processor time.
//!
//! The formulas are at the fields (`complexity = …`) and use the constants below. A list costs its
//! length times the cost of one entry; its length is the argument `first`, whether it is a literal
//! or a variable. The points of a request's operations are summed before any of them is executed.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_graphql::{
    Request, ServerError, ValidationResult, Variables,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation},
    parser::types::ExecutableDocument,
};

use crate::limits;

/// A field that executes a database statement.
pub const STATEMENT: usize = 10;
/// A field that reads a whole run journal.
pub const JOURNAL: usize = 500;
/// A field that counts rows of an organization, up to a limit.
pub const COUNT: usize = 300;
/// A list that reads many rows to find a few.
pub const SCAN: usize = 200;
/// A mutation: a transaction with its audit row.
pub const CHANGE: usize = 20;
/// A file that is checked or stored.
pub const FILE: usize = 500;
/// An uploaded file that is read into a value.
pub const UPLOAD: usize = 2_000;
/// A field that hashes passwords. A request can have three of them.
pub const PASSWORD: usize = 3_000;

/// High enough to be refused, and low enough that sums do not overflow.
const REFUSED: usize = 1 << 32;

/// The cost of a list that executes a statement, with `first` entries or the default number.
pub fn page(first: Option<i32>, child: usize) -> usize {
    list(first, limits::DEFAULT_PAGE, child)
}

/// Like [`page`], with the default `usual`. A negative `first` counts as 0, and the result is
/// capped at a value that is always refused, so that sums do not overflow.
pub fn list(first: Option<i32>, usual: usize, child: usize) -> usize {
    let length = first.map_or(usual, |n| usize::try_from(n).unwrap_or(0));
    times(length, child).saturating_add(STATEMENT).min(REFUSED)
}

/// The cost of `length` entries of cost `child`.
pub fn times(length: usize, child: usize) -> usize {
    length.saturating_mul(child).min(REFUSED)
}

/// The cost of a text of this length that is sent to be parsed or stored.
pub fn of_bytes(bytes: usize) -> usize {
    bytes / 256
}

/// The cost of an optional text argument, by its length.
pub fn of_text(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, |text| of_bytes(text.len()))
}

/// Computes the cost of operations without executing them.
pub struct CostEstimator(super::Schema);

impl CostEstimator {
    /// Creates a scale with the cost formulas of the schema.
    pub fn new() -> Self {
        Self(super::build().extension(Weighing).finish())
    }

    /// The points of an operation. An invalid operation costs nothing: it is refused when it is
    /// executed.
    pub async fn weigh(
        &self,
        document: &ExecutableDocument,
        variables: &Variables,
        name: Option<&str>,
        introspection: bool,
    ) -> usize {
        let points = Arc::new(AtomicUsize::new(0));
        let mut request = Request::new("")
            .variables(variables.clone())
            .data(Points(points.clone()));
        request.set_parsed_query(document.clone());
        if let Some(name) = name {
            request = request.operation_name(name);
        }
        if !introspection {
            request = request.disable_introspection();
        }
        // Always ends with the error that `Weighing` returns, or with an error of the document.
        let _ = self.0.execute(request).await;
        points.load(Ordering::Relaxed)
    }
}

struct Points(Arc<AtomicUsize>);

/// An extension that stores an operation's complexity and ends it after validation.
struct Weighing;

impl ExtensionFactory for Weighing {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Weighing {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await?;
        if let Some(Points(points)) = ctx.data_opt() {
            points.store(result.complexity, Ordering::Relaxed);
        }
        Err(vec![ServerError::new("weighed", None)])
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    async fn weigh(scale: &CostEstimator, query: &str) -> usize {
        let document = parse_query(query).unwrap();
        let none = Variables::default();
        scale.weigh(&document, &none, None, false).await
    }

    #[tokio::test]
    async fn plans_and_explanations_are_paid_for_at_each_alias_and_in_each_entry() {
        let scale = CostEstimator::new();
        for field in [
            "explanation",
            "runPlan { stageCount }",
            "runPlanChanges { changes { text } }",
        ] {
            let twice = format!("latestVersion {{ a: {field} b: {field} }}");
            let one = format!("{{ pipeline(id: \"p\") {{ {twice} }} }}");
            let one = weigh(&scale, &one).await;
            assert!(one >= 2 * FILE, "{field}: {one}");
            let five = format!("{{ pipelines(first: 5) {{ edges {{ node {{ {twice} }} }} }} }}");
            let five = weigh(&scale, &five).await;
            assert!(five >= 5 * 2 * FILE, "{field}: {five}");
        }
    }
}
