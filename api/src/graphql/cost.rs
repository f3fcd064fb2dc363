//! What fields cost, in points: about one for each value of the answer, ten for each statement of
//! the database, more for what takes a processor's time.
//!
//! The formulas stand beside the fields (`complexity = …`) and use the numbers here. A list costs
//! its length times what one entry costs; the length is the argument `first`, wherever it comes
//! from. The points of a request's operations are added up before any of them is executed.

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

/// A field that takes a statement of the database.
pub const STATEMENT: usize = 10;
/// A field that reads a run's journal as a whole.
pub const JOURNAL: usize = 500;
/// A field that counts the rows of an organization, up to a bound.
pub const COUNT: usize = 300;
/// A list that looks at many rows to find few.
pub const SCAN: usize = 200;
/// A change: a transaction with its audit row.
pub const CHANGE: usize = 20;
/// A file that is checked or stored.
pub const FILE: usize = 500;
/// A file that was sent before and is read into a value.
pub const UPLOAD: usize = 2_000;
/// A field that hashes passwords: three in a request, not a hundred.
pub const PASSWORD: usize = 3_000;

/// Enough to be refused and too little for a sum to overflow.
const REFUSED: usize = 1 << 32;

/// A list that takes a statement: `first` entries, or as many as a page has.
pub fn page(first: Option<i32>, child: usize) -> usize {
    list(first, limits::DEFAULT_PAGE, child)
}

/// As [`page`], where absent means `usual`. Sizes that are refused anyhow (negative ones, those
/// above a page) must neither be cheap nor overflow.
pub fn list(first: Option<i32>, usual: usize, child: usize) -> usize {
    let length = first.map_or(usual, |n| usize::try_from(n).unwrap_or(0));
    times(length, child).saturating_add(STATEMENT).min(REFUSED)
}

/// So many entries, each of this cost.
pub fn times(length: usize, child: usize) -> usize {
    length.saturating_mul(child).min(REFUSED)
}

/// What a text costs that is sent to be read or stored.
pub fn of_bytes(bytes: usize) -> usize {
    bytes / 256
}

/// What an argument costs that may be longer than it has to be.
pub fn of_text(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, |text| of_bytes(text.len()))
}

/// Adds up what operations cost, without executing them.
pub struct Scale(super::Schema);

impl Scale {
    /// A scale with the prices of the schema.
    pub fn new() -> Self {
        Self(super::build().extension(Weighing).finish())
    }

    /// The points of an operation. One that is not valid costs nothing: it is refused when its
    /// turn comes.
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
        // Always ends in the error that `Weighing` makes, or in one of the document's own.
        let _ = self.0.execute(request).await;
        points.load(Ordering::Relaxed)
    }
}

struct Points(Arc<AtomicUsize>);

/// Ends each operation after its validation.
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
