//! One operation as callers send it, checked and made ready to run.

use std::{panic::AssertUnwindSafe, sync::Arc};

use async_graphql::{
    ObjectType, Request, Response, SubscriptionType, Variables,
    parser::types::{ExecutableDocument, OperationType},
};
use domain::Ctx;
use futures::{FutureExt, Stream, StreamExt};
use serde::{Deserialize, de::IgnoredAny};
use types::ErrorCode;

use super::{Loaders, Schema};
use crate::{error::ApiError, guard, http::text_of, limits};

/// An operation in JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Variables>,
    #[serde(rename = "extensions")]
    _extensions: Option<IgnoredAny>,
}

/// On what way an operation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// One answer.
    Http,
    /// Any number of answers.
    Socket,
}

/// Who asks; absent from a request's data when nobody is signed in.
pub struct Caller(pub Ctx);

impl Operation {
    /// Checks the operation against the limits and gives it its caller and loaders.
    pub fn prepare(
        self,
        caller: Option<Ctx>,
        transport: Transport,
        request_id: &str,
    ) -> Result<Request, ApiError> {
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
        check_size(&variables)?;
        let document = guard::parse(&query)?;
        let kind = kind(&document, self.operation_name.as_deref())?;
        if kind == OperationType::Subscription && transport == Transport::Http {
            return Err(ApiError::new(
                ErrorCode::InvalidInput,
                "subscriptions are served at /graphql/ws, by the protocol graphql-transport-ws",
            ));
        }
        let mut request = Request::new(query).variables(variables);
        request.set_parsed_query(document);
        if let Some(name) = self.operation_name {
            request = request.operation_name(name);
        }
        if let Some(ctx) = caller {
            let ctx = Ctx {
                request_id: Arc::from(request_id),
                ..ctx
            };
            let loaders = Loaders::new(&ctx);
            let watching = kind == OperationType::Subscription;
            let loaders = if watching {
                loaders.forgetful()
            } else {
                loaders
            };
            request = request.data(loaders).data(Caller(ctx));
        } else {
            request = request.disable_introspection();
        }
        Ok(request)
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
                "operationName: name one of the document's operations",
            )
        })
}

/// Counts what the variables are as JSON, without writing them anywhere.
fn check_size(variables: &Variables) -> Result<(), ApiError> {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            if self.0 > limits::VARIABLES {
                return Err(std::io::ErrorKind::FileTooLarge.into());
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    serde_json::to_writer(Counter(0), variables).map_err(|_| {
        ApiError::new(
            ErrorCode::LimitExceeded,
            format!("the variables are larger than {} bytes", limits::VARIABLES),
        )
    })
}

/// Runs an operation to its one answer. A panic inside is an internal error of this answer only.
pub async fn execute<Q, M, S>(schema: &async_graphql::Schema<Q, M, S>, request: Request) -> Response
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

/// Runs an operation as a stream of answers. A panic inside ends this stream only.
pub fn execute_stream(
    schema: &Schema,
    request: Request,
) -> impl Stream<Item = Response> + Send + use<> {
    // After a panic the stream is not polled again.
    AssertUnwindSafe(schema.execute_stream(request))
        .catch_unwind()
        .map(|answer| match answer {
            Ok(response) => response,
            Err(panic) => ApiError::internal(text_of(panic.as_ref())).into_response(),
        })
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
