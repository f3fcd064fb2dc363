//! Reads a chunked body ahead of its handler, so that a malformed chunk is answered.
//!
//! The HTTP library ends a connection in the same poll in which it finds a malformed chunk. It sends
//! a response that is ready by then, and none otherwise. A handler that still looks up the
//! credential, or stores what has arrived, is not ready; it does not even see the error before it
//! reads on. Therefore the body is read here, and the error is known in time to respond for the
//! handler.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use actix_web::{dev, error::PayloadError, web::Bytes};
use futures::{Stream, StreamExt};

/// The bytes that are kept for the handler when the connection is no longer read. At least as many
/// are then left with the HTTP library, which stops reading a body when it holds 32 KiB of it.
const ROOM: usize = 32 * 1024;

/// The body ended early or is malformed, and the handler was not ready to respond.
#[derive(Debug, PartialEq, Eq)]
pub struct BrokenOff;

/// The part of the body that has arrived and that the handler has not read yet.
#[derive(Default)]
struct Arrived {
    chunks: VecDeque<Bytes>,
    len: usize,
    /// How the body ended, once everything before has been read.
    end: Option<Result<(), PayloadError>>,
    handler: Option<Waker>,
}

impl Arrived {
    fn push(&mut self, chunk: Bytes) {
        self.len += chunk.len();
        self.chunks.push_back(chunk);
        self.wake();
    }

    fn end(&mut self, how: Result<(), PayloadError>) {
        self.end.get_or_insert(how);
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(handler) = self.handler.take() {
            handler.wake();
        }
    }
}

/// The body as the handler reads it.
struct Body(Rc<RefCell<Arrived>>);

impl Stream for Body {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut arrived = self.0.borrow_mut();
        if let Some(chunk) = arrived.chunks.pop_front() {
            arrived.len -= chunk.len();
            return Poll::Ready(Some(Ok(chunk)));
        }
        match arrived.end.replace(Ok(())) {
            Some(Ok(())) => Poll::Ready(None),
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None => {
                arrived.end = None;
                arrived.handler = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// The body as it arrives from the connection.
pub struct ReadAhead {
    source: dev::Payload,
    arrived: Rc<RefCell<Arrived>>,
    /// The library holds so much that it has stopped reading.
    paused: bool,
    broken: bool,
}

impl ReadAhead {
    /// Takes over a request's body. Returns the one to give to its handler.
    pub fn of(source: dev::Payload) -> (Self, dev::Payload) {
        let arrived = Rc::<RefCell<Arrived>>::default();
        let body = Box::pin(Body(arrived.clone()));
        let ahead = Self {
            source,
            arrived,
            paused: false,
            broken: false,
        };
        (ahead, dev::Payload::Stream { payload: body })
    }

    /// Runs the handler. Fails as soon as the body turns out to be malformed, unless the handler
    /// responds at once.
    pub async fn serve<T>(mut self, handler: impl Future<Output = T>) -> Result<T, BrokenOff> {
        let mut handler = std::pin::pin!(handler);
        poll_fn(|cx| {
            loop {
                self.fill(cx);
                let before = self.arrived.borrow().len;
                if let Poll::Ready(answer) = handler.as_mut().poll(cx) {
                    return Poll::Ready(Ok(answer));
                }
                if self.broken {
                    return Poll::Ready(Err(BrokenOff));
                }
                let nothing_read = self.arrived.borrow().len == before;
                if nothing_read {
                    return Poll::Pending;
                }
            }
        })
        .await
    }

    /// Takes everything that has arrived, to see whether an error follows.
    fn fill(&mut self, cx: &mut Context<'_>) {
        let mut arrived = self.arrived.borrow_mut();
        if arrived.end.is_some() || (self.paused && arrived.len > 0) {
            return;
        }
        self.paused = false;
        while let Poll::Ready(next) = self.source.poll_next_unpin(cx) {
            match next {
                Some(Ok(chunk)) => arrived.push(chunk),
                Some(Err(error)) => {
                    self.broken = true;
                    return arrived.end(Err(error));
                }
                None => return arrived.end(Ok(())),
            }
        }
        drop(arrived);
        self.give_back(cx);
    }

    /// When much has arrived that the handler has not read, gives a part of it back to the library,
    /// which then stops reading. An error that it found unobserved would never be answered.
    fn give_back(&mut self, cx: &mut Context<'_>) {
        let dev::Payload::H1 { payload } = &mut self.source else {
            return;
        };
        let mut arrived = self.arrived.borrow_mut();
        if arrived.len < 2 * ROOM {
            return;
        }
        while arrived.len > ROOM
            && let Some(mut chunk) = arrived.chunks.pop_back()
        {
            arrived.len -= chunk.len();
            let kept = chunk.split_to(ROOM.saturating_sub(arrived.len).min(chunk.len()));
            payload.unread_data(chunk);
            if !kept.is_empty() {
                arrived.push(kept);
            }
        }
        // The library decides whether to read on whenever a chunk is taken from it.
        payload.unread_data(Bytes::new());
        self.paused = payload.poll_next_unpin(cx).is_ready();
    }
}

impl Drop for ReadAhead {
    /// A body that is read after the response (a WebSocket) ends here.
    fn drop(&mut self) {
        let mut arrived = self.arrived.borrow_mut();
        arrived.end(Err(PayloadError::Incomplete(None)));
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, future::pending};

    use actix_web::dev::Payload;
    use futures::stream;

    use super::*;

    fn chunks(
        items: Vec<Result<&'static [u8], PayloadError>>,
    ) -> impl Stream<Item = Result<Bytes, PayloadError>> {
        stream::iter(items.into_iter().map(|item| item.map(Bytes::from_static)))
    }

    fn source(items: Vec<Result<&'static [u8], PayloadError>>) -> Payload {
        Payload::Stream {
            payload: Box::pin(chunks(items)),
        }
    }

    #[actix_web::test]
    async fn a_handler_reads_the_body_as_it_was_sent() {
        let (ahead, mut body) = ReadAhead::of(source(vec![Ok(b"a"), Ok(b""), Ok(b"bc")]));
        let read = async {
            let mut all = Vec::new();
            while let Some(chunk) = body.next().await {
                all.extend_from_slice(&chunk.unwrap());
            }
            all
        };
        assert_eq!(ahead.serve(read).await, Ok(b"abc".to_vec()));
    }

    #[actix_web::test]
    async fn an_error_ends_a_handler_that_is_busy_with_something_else() {
        let broken = Err(PayloadError::EncodingCorrupted);
        let (ahead, _body) = ReadAhead::of(source(vec![Ok(b"a"), broken]));
        let handled = ahead.serve(pending::<Infallible>()).await;
        assert_eq!(handled.unwrap_err(), BrokenOff);
    }

    #[actix_web::test]
    async fn a_handler_that_responds_to_the_error_at_once_is_heard() {
        let broken = Err(PayloadError::EncodingCorrupted);
        let (ahead, mut body) = ReadAhead::of(source(vec![Ok(b"a"), broken]));
        let read = async { (body.next().await, body.next().await) };
        let (first, second) = ahead.serve(read).await.unwrap();
        assert_eq!(first.unwrap().unwrap(), "a");
        assert!(second.unwrap().is_err());
    }

    #[actix_web::test]
    async fn a_body_that_is_read_after_the_response_ends() {
        let never: Payload = Payload::Stream {
            payload: Box::pin(stream::pending()),
        };
        let (ahead, mut body) = ReadAhead::of(never);
        assert_eq!(ahead.serve(async { 1 }).await, Ok(1));
        assert!(body.next().await.unwrap().is_err());
        assert!(body.next().await.is_none());
    }

    #[actix_web::test]
    async fn what_the_handler_has_no_room_for_stays_with_the_library_and_arrives_in_order() {
        let sent: Vec<u8> = (0..200_000u32).map(|n| n.to_le_bytes()[0]).collect();
        for size in [1_000, 70_000, 200_000] {
            // Bytes become a payload of HTTP/1, as the library makes it for a connection.
            let (mut ahead, mut body) = ReadAhead::of(Vec::<u8>::new().into());
            for chunk in sent.chunks(size) {
                let chunk = Bytes::copy_from_slice(chunk);
                ahead.arrived.borrow_mut().push(chunk);
            }
            ahead.give_back(&mut Context::from_waker(Waker::noop()));
            assert!(ahead.paused, "{size}");
            assert_eq!(ahead.arrived.borrow().len, ROOM, "{size}");
            let read = async {
                let mut all = Vec::new();
                while let Some(chunk) = body.next().await {
                    all.extend_from_slice(&chunk.unwrap());
                }
                all
            };
            assert_eq!(ahead.serve(read).await, Ok(sent.clone()), "{size}");
        }
    }
}
