//! One GraphQL operation as callers send it: checks it and prepares its execution.

use std::{panic::AssertUnwindSafe, sync::Arc};

use async_graphql::{
    IntrospectionMode, ObjectType, Request, Response, SubscriptionType, Variables,
    parser::types::{ExecutableDocument, OperationType},
};
use domain::Ctx;
use futures::{FutureExt, Stream, StreamExt};
use serde::{Deserialize, de::IgnoredAny};
use types::ErrorCode;

use super::{Budget, CostEstimator, Loaders, Schema};
use crate::{error::ApiError, guard, request::text_of};

/// An operation, as sent in JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Variables>,
    #[serde(rename = "extensions")]
    _extensions: Option<IgnoredAny>,
}

/// The transport of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// One response.
    Http,
    /// Any number of responses.
    Socket,
}

/// The caller. Absent from a request's data if nobody is signed in.
pub struct Caller(pub Ctx);

/// An operation that has passed the checks, with its caller and budget.
pub struct Prepared {
    request: Request,
    kind: OperationType,
    budget: Arc<Budget>,
}

impl Operation {
    /// Checks the operation against the limits and gives it its caller, loaders and budget.
    pub fn prepare(
        self,
        caller: Option<Ctx>,
        transport: Transport,
        request_id: &str,
        budget: &Arc<Budget>,
    ) -> Result<Prepared, ApiError> {
        let query = self
            .query
            .filter(|query| !query.trim().is_empty())
            .ok_or_else(|| {
                ApiError::new(
                    ErrorCode::InvalidInput,
                    "query: is empty; send a GraphQL document",
                )
            })?;
        let variables = self.variables.unwrap_or_default();
        let document = guard::parse(&query, &variables)?;
        let kind = kind(&document, self.operation_name.as_deref())?;
        if kind == OperationType::Subscription && transport == Transport::Http {
            return Err(ApiError::new(
                ErrorCode::InvalidInput,
                "Subscriptions are served at /graphql/ws, with the protocol graphql-transport-ws",
            ));
        }
        let mut request = Request::new(query)
            .variables(variables)
            .data(budget.clone());
        request.set_parsed_query(document);
        if let Some(name) = self.operation_name {
            request = request.operation_name(name);
        }
        if let Some(ctx) = caller {
            let ctx = Ctx {
                request_id: Arc::from(request_id),
                ..ctx
            };
            let loaders = Loaders::new(&ctx, budget);
            let watching = kind == OperationType::Subscription;
            let loaders = if watching {
                loaders.without_cache()
            } else {
                loaders
            };
            request = request.data(loaders).data(Caller(ctx));
        } else {
            request = request.disable_introspection();
        }
        Ok(Prepared {
            request,
            kind,
            budget: budget.clone(),
        })
    }
}

impl Prepared {
    /// Whether it is a subscription.
    pub fn is_subscription(&self) -> bool {
        self.kind == OperationType::Subscription
    }

    /// The operation's cost in points.
    pub async fn weigh(&mut self, scale: &CostEstimator) -> Result<usize, ApiError> {
        let variables = self.request.variables.clone();
        let name = self.request.operation_name.clone();
        let open = matches!(self.request.introspection_mode, IntrospectionMode::Enabled);
        // The document is already parsed; this only borrows it.
        let document = self
            .request
            .parsed_query()
            .map_err(|error| ApiError::new(ErrorCode::InvalidInput, error.message))?;
        Ok(scale
            .weigh(document, &variables, name.as_deref(), open)
            .await)
    }

    /// Executes the operation and returns its only response.
    pub async fn execute(self, schema: &Schema) -> Response {
        execute(schema, self.request).await
    }

    /// Executes the operation as a stream of responses, each with a full budget. A panic ends only
    /// this stream.
    pub fn stream(self, schema: &Schema) -> impl Stream<Item = Response> + Send + use<> {
        let budget = self.budget;
        // After a panic the stream is not polled again.
        AssertUnwindSafe(schema.execute_stream(self.request))
            .catch_unwind()
            .map(move |answer| {
                budget.refill();
                match answer {
                    Ok(response) => response,
                    Err(panic) => ApiError::internal(text_of(panic.as_ref())).into_response(),
                }
            })
    }
}

fn kind(document: &ExecutableDocument, name: Option<&str>) -> Result<OperationType, ApiError> {
    let mut operations = document.operations.iter();
    let wanted = match name {
        Some(name) => operations.find(|(has, _)| has.is_some_and(|has| has.as_str() == name)),
        None => operations.next().filter(|_| operations.next().is_none()),
    };
    wanted
        .map(|(_, operation)| operation.node.ty)
        .ok_or_else(|| {
            ApiError::new(
                ErrorCode::InvalidInput,
                "operationName: name one of the operations in the document",
            )
        })
}

/// Executes an operation and returns its only response. A panic becomes an internal error of this
/// response only.
async fn execute<Q, M, S>(schema: &async_graphql::Schema<Q, M, S>, request: Request) -> Response
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    match AssertUnwindSafe(schema.execute(request))
        .catch_unwind()
        .await
    {
        Ok(response) => response,
        Err(panic) => ApiError::internal(text_of(panic.as_ref())).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object};

    use super::*;

    struct Query(Option<i32>);

    #[Object]
    impl Query {
        async fn breaks(&self) -> i32 {
            self.0.expect("SELECT secret FROM nowhere")
        }
    }

    #[tokio::test]
    async fn g13_a_panic_in_a_resolver_is_an_internal_error_without_its_text() {
        let schema = async_graphql::Schema::new(Query(None), EmptyMutation, EmptySubscription);
        let mut response = execute(&schema, Request::new("{ breaks }")).await;
        crate::error::finish(&mut response, "id-1");
        let text = serde_json::to_string(&response).unwrap();
        assert!(text.contains("INTERNAL") && text.contains("id-1"), "{text}");
        assert!(!text.contains("SELECT"), "{text}");
    }
}
