//! Relay connections: the same three types for every list.

use async_graphql::{OutputType, SimpleObject};
use domain::paging::{Listed, Page};

use super::{
    events::Event,
    invitations::Invitation,
    jobs::Job,
    mails::Mail,
    members::Member,
    pipelines::{Pipeline, PipelineVersion},
    runs::{Run, RunOperation},
    webhook_endpoints::WebhookEndpointDelivery,
};

/// One page of a list.
#[derive(SimpleObject)]
#[graphql(concrete(name = "PipelineConnection", params(Pipeline)))]
#[graphql(concrete(name = "PipelineVersionConnection", params(PipelineVersion)))]
#[graphql(concrete(name = "RunConnection", params(Run)))]
#[graphql(concrete(name = "RunOperationConnection", params(RunOperation)))]
#[graphql(concrete(name = "JobConnection", params(Job)))]
#[graphql(concrete(name = "MailConnection", params(Mail)))]
#[graphql(concrete(name = "MemberConnection", params(Member)))]
#[graphql(concrete(name = "InvitationConnection", params(Invitation)))]
#[graphql(concrete(name = "EventConnection", params(Event)))]
#[graphql(concrete(
    name = "WebhookEndpointDeliveryConnection",
    params(WebhookEndpointDelivery)
))]
pub struct Connection<T>
where
    T: OutputType,
    Edge<T>: OutputType,
{
    edges: Vec<Edge<T>>,
    page_info: PageInfo,
}

/// An entry and its cursor.
#[derive(SimpleObject)]
#[graphql(concrete(name = "PipelineEdge", params(Pipeline)))]
#[graphql(concrete(name = "PipelineVersionEdge", params(PipelineVersion)))]
#[graphql(concrete(name = "RunEdge", params(Run)))]
#[graphql(concrete(name = "RunOperationEdge", params(RunOperation)))]
#[graphql(concrete(name = "JobEdge", params(Job)))]
#[graphql(concrete(name = "MailEdge", params(Mail)))]
#[graphql(concrete(name = "MemberEdge", params(Member)))]
#[graphql(concrete(name = "InvitationEdge", params(Invitation)))]
#[graphql(concrete(name = "EventEdge", params(Event)))]
#[graphql(concrete(name = "WebhookEndpointDeliveryEdge", params(WebhookEndpointDelivery)))]
pub struct Edge<T: OutputType> {
    cursor: String,
    node: T,
}

/// The position of a page in its list.
#[derive(SimpleObject, Default)]
pub struct PageInfo {
    has_next_page: bool,
    has_previous_page: bool,
    start_cursor: Option<String>,
    /// The cursor after which the next page starts. It can be past the last entry: a search
    /// examines a limited number of entries per page, so a page can be short or empty although more
    /// follow.
    end_cursor: Option<String>,
}

impl<T> Connection<T>
where
    T: OutputType,
    Edge<T>: OutputType,
{
    /// Converts a page returned by a use case.
    pub fn of<D>(list: Listed<D>, convert: impl Fn(D) -> T) -> Self {
        let edges: Vec<Edge<T>> = list
            .edges
            .into_iter()
            .map(|(cursor, entry)| Edge {
                cursor,
                node: convert(entry),
            })
            .collect();
        let page_info = PageInfo {
            has_next_page: list.has_next,
            has_previous_page: list.has_previous,
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: list
                .end
                .or_else(|| edges.last().map(|edge| edge.cursor.clone())),
        };
        Self { edges, page_info }
    }
}

/// The requested page. The use case validates it.
pub fn page(first: Option<i32>, after: Option<String>) -> Page {
    Page { first, after }
}
