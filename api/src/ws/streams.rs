//! The running operations of one connection, each under the client's name for it.

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

/// Running operations. Yields results, and `None` where an operation has ended by itself.
#[derive(Default)]
pub struct Streams {
    running: HashMap<String, AbortHandle>,
    all: SelectAll<stream::Abortable<Tagged>>,
}

impl Streams {
    /// How many run.
    pub fn len(&self) -> usize {
        self.running.len()
    }

    /// Whether one of this name runs.
    pub fn has(&self, id: &str) -> bool {
        self.running.contains_key(id)
    }

    /// Starts one under a name that is free.
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

    /// Ends one; nothing of it comes any more.
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
            // Nothing runs: the connection waits for messages, not for the end.
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
