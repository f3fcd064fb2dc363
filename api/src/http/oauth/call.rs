//! What the endpoints for applications have in common: they read a form with the application's proof,
//! and answer with JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use domain::identity::oauth::{ClientProof, OauthError};
use serde_json::Value as Json;

use super::{form::Form, refuse};
use crate::{request::RequestId, state::State};

/// A call of an endpoint by an application.
pub struct Call<'a> {
    /// The server.
    pub state: &'a State,
    /// The application's proof of who it is.
    pub client: ClientProof<'a>,
    /// Identifies the request in the logs.
    pub request_id: &'a str,
    form: &'a Form,
}

impl<'a> Call<'a> {
    /// A field of the form.
    pub fn field(&self, name: &str) -> Option<&'a str> {
        self.form.get(name)
    }
}

/// Reads a call, does its work and answers.
pub async fn answer<W>(
    request: &HttpRequest,
    payload: web::Payload,
    state: &State,
    work: W,
) -> HttpResponse
where
    W: AsyncFnOnce(&Call<'_>) -> Result<Json, OauthError>,
{
    let id = RequestId::get(request);
    let answer = async {
        let form = Form::read(request, payload, state).await?;
        let call = Call {
            state,
            client: form.client(request, state),
            request_id: &id,
            form: &form,
        };
        work(&call).await
    };
    match answer.await {
        Ok(body) => HttpResponse::Ok().json(body),
        Err(error) => refuse(&error),
    }
}
