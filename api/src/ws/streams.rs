//! The running operations of one connection, by the client's ids.

use std::{
    collections::HashMap,
    pin::Pin,
    task::{Context, Poll},
};

use async_graphql::Response;
use futures::{
    Stream, StreamExt,
    stream::{self, AbortHandle, SelectAll},
};

type Tagged = Pin<Box<dyn Stream<Item = (String, Option<Response>)> + Send>>;

/// Running operations. Yields their results, and `None` when an operation has ended by itself.
#[derive(Default)]
pub struct Streams {
    running: HashMap<String, AbortHandle>,
    all: SelectAll<stream::Abortable<Tagged>>,
}

impl Streams {
    /// The number of running operations.
    pub fn len(&self) -> usize {
        self.running.len()
    }

    /// Whether an operation with this id is running.
    pub fn has(&self, id: &str) -> bool {
        self.running.contains_key(id)
    }

    /// Starts an operation with an id that is not in use.
    pub fn start(&mut self, id: String, results: impl Stream<Item = Response> + Send + 'static) {
        let name = id.clone();
        let tagged: Tagged = Box::pin(
            results
                .map(Some)
                .chain(stream::once(async { None }))
                .map(move |r| (name.clone(), r)),
        );
        let (tagged, handle) = stream::abortable(tagged);
        self.running.insert(id, handle);
        self.all.push(tagged);
    }

    /// Ends an operation. It yields no further results.
    pub fn stop(&mut self, id: &str) {
        if let Some(handle) = self.running.remove(id) {
            handle.abort();
        }
    }
}

impl Stream for Streams {
    type Item = (String, Option<Response>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.all.poll_next_unpin(cx) {
            Poll::Ready(Some((id, None))) => {
                self.running.remove(&id);
                Poll::Ready(Some((id, None)))
            }
            // No operation is running. The stream stays open, since the client can start more.
            Poll::Ready(None) => Poll::Pending,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stopped_stream_gives_nothing_more_and_its_name_is_free_again() {
        let mut streams = Streams::default();
        let endless = || stream::repeat_with(|| Response::new(async_graphql::Value::Null));
        streams.start("a".into(), endless());
        assert!(streams.next().await.unwrap().1.is_some());
        streams.stop("a");
        assert!(!streams.has("a"));
        streams.start("a".into(), endless().take(1));
        assert!(streams.next().await.unwrap().1.is_some());
        assert!(streams.next().await.unwrap().1.is_none());
        assert_eq!(streams.len(), 0);
    }
}
