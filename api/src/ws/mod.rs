//! `/graphql/ws`: subscriptions over graphql-transport-ws.
//!
//! The protocol is implemented here because the library's actor replaces a stream whose id is used
//! twice, buffers without limit for slow clients, and has only one close code.

mod connection;
mod protocol;
mod streams;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use types::ErrorCode;

use crate::{
    auth,
    error::ApiError,
    limits,
    request::{RequestId, bucket},
    state::State,
};

/// Upgrades a request and serves the connection until it ends.
pub async fn open(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let id = RequestId::get(&request);
    let (credential, with_cookie) = auth::credential(&request);
    if let Err(error) = state.origins.check(&request, with_cookie) {
        return HttpResponse::build(error.status()).json(error.body(&id));
    }
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let speaks = offered
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|name| name.trim() == protocol::NAME);
    if !speaks {
        let message = format!("Connect with the WebSocket protocol `{}`", protocol::NAME);
        let error = ApiError::new(ErrorCode::InvalidInput, message);
        return HttpResponse::BadRequest().json(error.body(&id));
    }
    let address = state.trusted_proxies.client(&request).map(bucket);
    let place = address.map(|address| state.sockets.take(address, 1));
    if matches!(place, Some(None)) {
        let message = format!(
            "Your address has {} WebSockets open, which is the limit; close some of them",
            limits::SOCKETS_OF_ADDRESS
        );
        let error = ApiError::new(ErrorCode::RateLimited, message);
        return HttpResponse::TooManyRequests().json(error.body(&id));
    }
    let Ok((mut answer, session, messages)) = actix_ws::handle(&request, payload) else {
        let error = ApiError::new(ErrorCode::InvalidInput, "This is not a WebSocket request");
        return HttpResponse::BadRequest().json(error.body(&id));
    };
    answer.headers_mut().insert(
        header::SEC_WEBSOCKET_PROTOCOL,
        header::HeaderValue::from_static(protocol::NAME),
    );
    let org = auth::wanted_org(&request);
    let source = state.source(&request, &id);
    let connection = connection::Connection::new(state, session, credential, org, source);
    actix_web::rt::spawn(async move {
        // Counted until the connection has ended.
        let _place = place;
        connection.serve(messages).await;
    });
    answer
}
