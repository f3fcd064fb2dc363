//! Live messages between processes over Redis pub/sub.
//!
//! One task publishes in pipelines; another listens to the channels that have subscribers in this
//! process. Nothing waits for Redis: while it is unreachable messages are dropped, and after a
//! reconnect all subscribers are told that they may have missed some.

#![allow(
    clippy::disallowed_methods,
    reason = "an ID of this process, not of a resource"
)]

use std::{
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures::StreamExt;
use redis::{Client, aio::ConnectionManager};
use tokio::{sync::mpsc, time};
use uuid::Uuid;

use super::{Command, Inner, Message, Orders, Topic};

/// The capacity of the outgoing queue. When it is full, new messages are dropped.
const ROOM: usize = 16_384;
const MAX_PAUSE: Duration = Duration::from_secs(2);
const PING: Duration = Duration::from_secs(5);

/// The channels from [`super::Live`] to the two tasks.
pub(super) struct Link {
    node: Uuid,
    messages: mpsc::Sender<(Topic, Vec<u8>)>,
    orders: mpsc::UnboundedSender<Command>,
}

/// The receiving ends of [`Link`]'s channels.
pub(super) struct Parts {
    node: Uuid,
    messages: mpsc::Receiver<(Topic, Vec<u8>)>,
    orders: Orders,
}

impl Link {
    pub(super) fn new() -> (Self, Parts) {
        let node = Uuid::now_v7();
        let (messages, take_messages) = mpsc::channel(ROOM);
        let (orders, take_orders) = mpsc::unbounded_channel();
        let parts = Parts {
            node,
            messages: take_messages,
            orders: take_orders,
        };
        (
            Self {
                node,
                messages,
                orders,
            },
            parts,
        )
    }

    pub(super) fn publish(&self, topic: Topic, message: &Message) {
        // If the channel is full or closed, the message is lost. Subscribers tolerate that.
        let _ = self.messages.try_send((topic, encode(self.node, message)));
    }

    pub(super) fn follow(&self, topic: Topic, wanted: bool) {
        let _ = self.orders.send(Command::Follow(topic, wanted));
    }
}

/// Starts both tasks. They end when the last [`super::Live`] is dropped.
pub(super) fn spawn(client: Client, parts: Parts, inner: Weak<Inner>) {
    tokio::spawn(publisher(client.clone(), parts.messages));
    tokio::spawn(listener(client, parts.node, parts.orders, inner));
}

fn channel(topic: Topic) -> String {
    match topic {
        Topic::Run(id) => format!("flowmason:run:{}", id.0.simple()),
        Topic::Org(id) => format!("flowmason:org:{}", id.0.simple()),
        Topic::Operations(id) => format!("flowmason:ops:{}", id.0.simple()),
        Topic::Draft(id) => format!("flowmason:draft:{}", id.0.simple()),
        Topic::Copilot(id) => format!("flowmason:copilot:{}", id.0.simple()),
        Topic::Queue => "flowmason:queue".to_owned(),
        Topic::Rights => "flowmason:rights".to_owned(),
    }
}

fn topic_of(channel: &str) -> Option<Topic> {
    let rest = channel.strip_prefix("flowmason:")?;
    match rest.split_once(':') {
        Some(("run", id)) => Some(Topic::Run(Uuid::try_parse(id).ok()?.into())),
        Some(("org", id)) => Some(Topic::Org(Uuid::try_parse(id).ok()?.into())),
        Some(("ops", id)) => Some(Topic::Operations(Uuid::try_parse(id).ok()?.into())),
        Some(("draft", id)) => Some(Topic::Draft(Uuid::try_parse(id).ok()?.into())),
        Some(("copilot", id)) => Some(Topic::Copilot(Uuid::try_parse(id).ok()?.into())),
        None if rest == "queue" => Some(Topic::Queue),
        None if rest == "rights" => Some(Topic::Rights),
        _ => None,
    }
}

/// The format is the sender's ID (16 bytes), the message as JSON and, for a segment or a change of a
/// draft, a line break and its bytes.
fn encode(node: Uuid, message: &Message) -> Vec<u8> {
    let mut bytes = node.as_bytes().to_vec();
    if serde_json::to_writer(&mut bytes, message).is_err() {
        // Cannot happen, since all messages can be written as JSON. Readers ignore an empty one.
        bytes.truncate(16);
    }
    if let Message::Segment { body, .. } | Message::DraftChanged { body, .. } = message {
        bytes.push(b'\n');
        bytes.extend_from_slice(body);
    }
    bytes
}

fn decode(node: Uuid, bytes: &[u8]) -> Option<Message> {
    let (sender, rest) = bytes.split_first_chunk::<16>()?;
    if sender == node.as_bytes() {
        return None;
    }
    let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    let mut message = serde_json::from_slice(&rest[..end]).ok()?;
    if let Message::Segment { body, .. } | Message::DraftChanged { body, .. } = &mut message {
        *body = Bytes::copy_from_slice(rest.get(end + 1..)?);
    }
    Some(message)
}

async fn publisher(client: Client, mut messages: mpsc::Receiver<(Topic, Vec<u8>)>) {
    let mut connection: Option<ConnectionManager> = None;
    let mut batch = Vec::new();
    while messages.recv_many(&mut batch, 512).await > 0 {
        let mut pipe = redis::pipe();
        let mut last_queue: Option<&[u8]> = None;
        for (topic, bytes) in &batch {
            // Consecutive equal wake-ups are sent once.
            if *topic == Topic::Queue && last_queue.replace(bytes) == Some(bytes) {
                continue;
            }
            pipe.publish(channel(*topic), bytes.as_slice()).ignore();
        }
        if connection.is_none() {
            connection = time::timeout(MAX_PAUSE, ConnectionManager::new(client.clone()))
                .await
                .ok()
                .and_then(Result::ok);
        }
        if let Some(live) = &mut connection {
            let sent = time::timeout(MAX_PAUSE, pipe.query_async::<()>(live)).await;
            if !matches!(sent, Ok(Ok(()))) {
                tracing::warn!("Redis rejected live messages; subscribers fall back to polling");
                connection = None;
            }
        }
        batch.clear();
    }
}

async fn listener(client: Client, node: Uuid, mut orders: Orders, inner: Weak<Inner>) {
    let mut pause = Duration::from_millis(100);
    loop {
        let before = time::Instant::now();
        let result = listen(&client, node, &mut orders, &inner).await;
        let Some(live) = inner.upgrade() else { return };
        live.connected.store(false, Ordering::Relaxed);
        drop(live);
        match result {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "no live messages from Redis; retrying"),
        }
        if before.elapsed() > PING {
            pause = Duration::from_millis(100);
        }
        time::sleep(pause).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}

/// Listens until the connection breaks (an error) or the last [`super::Live`] is dropped.
async fn listen(
    client: &Client,
    node: Uuid,
    orders: &mut Orders,
    inner: &Weak<Inner>,
) -> Result<(), redis::RedisError> {
    let late = |_| redis::RedisError::from((redis::ErrorKind::Io, "no response in time"));
    let pubsub = time::timeout(PING, client.get_async_pubsub())
        .await
        .map_err(late)??;
    let (mut sink, mut stream) = pubsub.split();
    let Some(live) = inner.upgrade() else {
        return Ok(());
    };
    for topic in live.topics() {
        sink.subscribe(channel(topic)).await?;
    }
    live.connected.store(true, Ordering::Relaxed);
    live.deliver_all(&Message::Lagged);
    drop(live);
    let mut ping = time::interval(PING);
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                None => return Ok(()),
                Some(Command::Follow(topic, true)) => {
                    sink.subscribe(channel(topic)).await?;
                    // Messages from before the subscription are in the database only.
                    deliver(inner, topic, Message::Lagged);
                }
                Some(Command::Follow(topic, false)) => sink.unsubscribe(channel(topic)).await?,
            },
            message = stream.next() => {
                let closed = || redis::RedisError::from((redis::ErrorKind::Io, "closed"));
                let message = message.ok_or_else(closed)?;
                let topic = topic_of(message.get_channel_name());
                if let (Some(topic), Some(message)) = (topic, decode(node, message.get_payload_bytes())) {
                    deliver(inner, topic, message);
                }
            }
            _ = ping.tick() => {
                time::timeout(PING, sink.ping::<redis::Value>()).await.map_err(late)??;
            }
        }
    }
}

fn deliver(inner: &Weak<Inner>, topic: Topic, message: Message) {
    if let Some(live) = inner.upgrade() {
        Arc::as_ref(&live).deliver(topic, message);
    }
}
