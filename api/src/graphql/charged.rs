//! Lists without a requested length that are charged by what they come to in the response.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, OutputType, Positioned, ServerResult, Value, parser::types::Field,
    registry::Registry,
};

use super::scalars;

/// A list, such as the stages of a file. An alias repeats it in the response, or repeats a field in each
/// entry, and costs few points; so its bytes are charged to the request's budget wherever it is written.
#[derive(Clone, Debug)]
pub struct Charged<T>(pub Vec<T>);

impl<T> FromIterator<T> for Charged<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T: OutputType> OutputType for Charged<T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<T> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T> as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let written = self.0.resolve(ctx, field).await?;
        scalars::take(ctx, field, scalars::kept(&written))?;
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema, SimpleObject};

    use super::*;
    use crate::graphql::Budget;

    #[derive(SimpleObject)]
    struct Entry {
        text: String,
    }

    struct Query;

    #[Object]
    impl Query {
        async fn list(&self) -> Charged<Entry> {
            let entry = || Entry {
                text: "x".repeat(1_000),
            };
            std::iter::repeat_with(entry).take(1_000).collect()
        }
    }

    /// Whether a response fits into the budget of a request.
    async fn fits(query: &str) -> bool {
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let budget = Budget::new(&Arc::default());
        let request = async_graphql::Request::new(query).data(budget);
        schema.execute(request).await.is_ok()
    }

    /// The list has a million bytes, and a response eight times as many.
    #[tokio::test]
    async fn each_alias_of_a_list_and_of_its_fields_is_charged() {
        assert!(fits("{ list { text } }").await);
        let lists: String = (0..9)
            .map(|at| format!("a{at}: list {{ text }} "))
            .collect();
        assert!(!fits(&format!("{{ {lists} }}")).await);
        let texts: String = (0..9).map(|at| format!("a{at}: text ")).collect();
        assert!(!fits(&format!("{{ list {{ {texts} }} }}")).await);
    }
}
