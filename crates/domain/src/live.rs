//! Wake-ups and fan-out: tells whoever listens that something is worth a look.
//!
//! Messages are hints. They may come twice, late or not at all (a slow listener gets
//! [`Message::Lagged`] instead of what it missed); what holds is in the database, and everybody
//! who must not miss anything reads it there. In one process this works by itself; several
//! processes share it over Redis.

mod redis;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use engine::component::Chunk;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc};
use types::{OrgId, RunId, RunOperationId};
use uuid::Uuid;

/// What one can listen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Topic {
    /// Segments and token chunks of one run.
    Run(RunId),
    /// Changes of an organization's runs.
    Org(OrgId),
    /// Changes of an organization's run operations.
    Operations(OrgId),
    /// What dispatchers wait for: queued runs and signals.
    Queue,
    /// Sessions, keys and memberships that are no longer what a cache says.
    Rights,
}

/// A run's row changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunChanged {
    /// The organization that it belongs to.
    pub org: OrgId,
    /// Which.
    pub run: RunId,
    /// The new state, as in the table.
    pub status: String,
    /// How many stages have ended.
    pub stages_done: u32,
    /// How many stages it has.
    pub stages_total: u32,
    /// The number of the latest event.
    pub last_seq: u64,
    /// When the run ended, if it has.
    pub finished_at: Option<DateTime<Utc>>,
}

/// What a cache must forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Right {
    /// A browser session.
    Session(Uuid),
    /// An API key.
    ApiKey(Uuid),
    /// Whatever a person may do.
    User(Uuid),
}

/// A hint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// To [`Topic::Org`]: a run's row changed.
    RunChanged(RunChanged),
    /// To [`Topic::Operations`]: an operation begins, got on or ended.
    OperationChanged {
        /// Whose.
        org: OrgId,
        /// Which.
        operation: RunOperationId,
    },
    /// To [`Topic::Run`]: these events are committed.
    Segment {
        /// The run.
        run: RunId,
        /// Number of the first event.
        first_seq: u64,
        /// How many events.
        count: u32,
        /// The events, one JSON object per line.
        #[serde(skip)]
        body: Bytes,
    },
    /// To [`Topic::Run`]: text that a model is still writing.
    Chunk {
        /// The run.
        run: RunId,
        /// The text and its place.
        chunk: Chunk,
    },
    /// To [`Topic::Run`]: how far the run's journal is in the database.
    Reached {
        /// The run.
        run: RunId,
        /// The number of the latest event.
        last_seq: u64,
        /// Whether the run has ended.
        finished: bool,
    },
    /// To [`Topic::Rights`]: forget this.
    Dropped(Right),
    /// To [`Topic::Queue`]: there may be a run to claim.
    Wake,
    /// To [`Topic::Queue`]: this run has a new signal.
    Signalled(RunId),
    /// To anyone: messages may have been lost; read the database.
    Lagged,
}

impl Message {
    fn topic(&self) -> Option<Topic> {
        Some(match self {
            Self::RunChanged(change) => Topic::Org(change.org),
            Self::OperationChanged { org, .. } => Topic::Operations(*org),
            Self::Segment { run, .. } | Self::Chunk { run, .. } | Self::Reached { run, .. } => {
                Topic::Run(*run)
            }
            Self::Dropped(_) => Topic::Rights,
            Self::Wake | Self::Signalled(_) => Topic::Queue,
            Self::Lagged => return None,
        })
    }
}

struct Channel {
    sender: broadcast::Sender<Message>,
    listeners: usize,
}

struct Inner {
    channels: Mutex<HashMap<Topic, Channel>>,
    redis: Option<redis::Link>,
    connected: AtomicBool,
}

/// The way to speak and to listen. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

impl Default for Live {
    fn default() -> Self {
        Self::in_process()
    }
}

impl Live {
    /// Within this process only.
    pub fn in_process() -> Self {
        Self(Arc::new(Inner {
            channels: Mutex::default(),
            redis: None,
            connected: AtomicBool::new(true),
        }))
    }

    /// Between processes over the Redis at `url`. Fails on a malformed URL only: while Redis is
    /// away, messages stay within the process and listeners find the rest in the database.
    pub fn over_redis(url: &str) -> Result<Self, LiveError> {
        let client = ::redis::Client::open(url).map_err(|e| LiveError(e.to_string()))?;
        let (link, parts) = redis::Link::new();
        let live = Self(Arc::new(Inner {
            channels: Mutex::default(),
            redis: Some(link),
            connected: AtomicBool::new(false),
        }));
        redis::spawn(client, parts, Arc::downgrade(&live.0));
        Ok(live)
    }

    /// Whether messages of other processes arrive at the moment.
    pub fn is_connected(&self) -> bool {
        self.0.connected.load(Ordering::Relaxed)
    }

    /// Whether someone in this process listens to the topic. With Redis nobody knows, so: yes.
    pub fn is_heard(&self, topic: Topic) -> bool {
        self.0.redis.is_some() || self.0.channels.lock().contains_key(&topic)
    }

    /// Whether messages come from other processes too, and can get lost on the way.
    pub fn is_shared(&self) -> bool {
        self.0.redis.is_some()
    }

    /// Tells whoever listens in this process only.
    pub fn publish_locally(&self, message: Message) {
        if let Some(topic) = message.topic() {
            self.0.deliver(topic, message);
        }
    }

    /// Tells whoever listens. Never blocks.
    pub fn publish(&self, message: Message) {
        let Some(topic) = message.topic() else { return };
        if let Some(link) = &self.0.redis {
            link.publish(topic, &message);
        }
        self.0.deliver(topic, message);
    }

    /// Starts to listen.
    pub fn subscribe(&self, topic: Topic) -> Subscription {
        let mut channels = self.0.channels.lock();
        let channel = channels.entry(topic).or_insert_with(|| {
            // Said under the lock, so that it cannot overtake the opposite.
            if let Some(link) = &self.0.redis {
                link.follow(topic, true);
            }
            let room = if matches!(topic, Topic::Run(_)) {
                64
            } else {
                4096
            };
            Channel {
                sender: broadcast::channel(room).0,
                listeners: 0,
            }
        });
        channel.listeners += 1;
        let receiver = channel.sender.subscribe();
        Subscription {
            topic,
            receiver,
            inner: self.0.clone(),
        }
    }
}

impl Inner {
    fn deliver(&self, topic: Topic, message: Message) {
        let channels = self.channels.lock();
        if let Some(channel) = channels.get(&topic) {
            // An error says that nobody listens any more.
            let _ = channel.sender.send(message);
        }
    }

    fn deliver_all(&self, message: &Message) {
        for channel in self.channels.lock().values() {
            let _ = channel.sender.send(message.clone());
        }
    }

    fn topics(&self) -> Vec<Topic> {
        self.channels.lock().keys().copied().collect()
    }
}

/// A listener to one topic; stops when dropped.
pub struct Subscription {
    topic: Topic,
    receiver: broadcast::Receiver<Message>,
    inner: Arc<Inner>,
}

impl Subscription {
    /// The next message. Safe to drop before it is ready.
    pub async fn next(&mut self) -> Message {
        match self.receiver.recv().await {
            Ok(message) => message,
            // Closed cannot happen while `inner` holds the sender.
            Err(_) => Message::Lagged,
        }
    }

    /// The next message if there is one already.
    pub fn try_next(&mut self) -> Option<Message> {
        match self.receiver.try_recv() {
            Ok(message) => Some(message),
            Err(broadcast::error::TryRecvError::Lagged(_)) => Some(Message::Lagged),
            Err(_) => None,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut channels = self.inner.channels.lock();
        let Some(channel) = channels.get_mut(&self.topic) else {
            return;
        };
        channel.listeners -= 1;
        if channel.listeners == 0 {
            channels.remove(&self.topic);
            if let Some(link) = &self.inner.redis {
                link.follow(self.topic, false);
            }
        }
    }
}

/// The address of Redis is malformed.
#[derive(Debug, thiserror::Error)]
#[error("the address of Redis is not usable ({0}); it looks like redis://host:6379")]
pub struct LiveError(String);

/// What the Redis side is told: kept here so that both files agree on it.
enum Order {
    Follow(Topic, bool),
}

type Orders = mpsc::UnboundedReceiver<Order>;

#[cfg(test)]
mod tests;
