//! SCIM 2.0 under `/scim/v2`: identity providers say who is in the organization. The protocol is in
//! the crate `scim`, what it does is in `domain::identity::scim`.
//!
//! Only bearer tokens count here; cookies and API keys are ignored.

mod answer;
mod call;
mod discovery;
mod groups;
mod query;
mod users;

use actix_web::{HttpRequest, HttpResponse, Scope, web};
use domain::identity::scim::PATH;
use types::ErrorCode;

use crate::{error::ApiError, request::RequestId};

/// The routes.
pub fn scope() -> Scope {
    web::scope(PATH)
        .service(
            web::resource("/Users")
                .route(web::get().to(users::list))
                .route(web::post().to(users::create))
                .default_service(web::to(not_allowed)),
        )
        .service(
            web::resource("/Users/{id}")
                .route(web::get().to(users::get))
                .route(web::put().to(users::replace))
                .route(web::patch().to(users::patch))
                .route(web::delete().to(users::delete))
                .default_service(web::to(not_allowed)),
        )
        .service(
            web::resource("/Groups")
                .route(web::get().to(groups::list))
                .route(web::post().to(groups::create))
                .default_service(web::to(not_allowed)),
        )
        .service(
            web::resource("/Groups/{id}")
                .route(web::get().to(groups::get))
                .route(web::put().to(groups::replace))
                .route(web::patch().to(groups::patch))
                .route(web::delete().to(groups::delete))
                .default_service(web::to(not_allowed)),
        )
        .service(resource(
            "/ServiceProviderConfig",
            web::get().to(discovery::config),
        ))
        .service(resource("/ResourceTypes", web::get().to(discovery::types)))
        .service(resource(
            "/ResourceTypes/{id}",
            web::get().to(discovery::one_type),
        ))
        .service(resource("/Schemas", web::get().to(discovery::schemas)))
        .service(resource(
            "/Schemas/{id}",
            web::get().to(discovery::one_schema),
        ))
        .default_service(web::to(nothing))
}

fn resource(path: &str, route: actix_web::Route) -> actix_web::Resource {
    let resource = web::resource(path.to_owned()).route(route);
    resource.default_service(web::to(not_allowed))
}

async fn not_allowed(request: HttpRequest) -> HttpResponse {
    let method = request.method();
    let message = format!("{method} is not supported here; docs/scim.md lists what is");
    let error = ApiError::new(ErrorCode::InvalidInput, message)
        .with_status(actix_web::http::StatusCode::METHOD_NOT_ALLOWED);
    answer::refusal(&error, &RequestId::get(&request))
}

async fn nothing(request: HttpRequest) -> HttpResponse {
    let message = "There is no such endpoint; docs/scim.md lists those that there are";
    let error = ApiError::new(ErrorCode::NotFound, message);
    answer::refusal(&error, &RequestId::get(&request))
}
