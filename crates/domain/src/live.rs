//! Live messages: wake-ups, and fan-out of changes to subscribers.
//!
//! Messages are hints. They may arrive twice, late or not at all (a slow subscriber gets
//! [`Message::Lagged`] instead of the messages that it missed). The database is authoritative, and
//! whatever must not be missed is read from there. Within one process no other service is needed;
//! several processes share messages over Redis.

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
use types::{CopilotExchangeId, OrgId, PipelineId, RunId, RunOperationId};
use uuid::Uuid;

/// A topic to subscribe to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Topic {
    /// Segments and token chunks of one run.
    Run(RunId),
    /// Changes of an organization's runs.
    Org(OrgId),
    /// Changes of an organization's run operations.
    Operations(OrgId),
    /// Changes of a pipeline's draft, and who is where in it.
    Draft(PipelineId),
    /// What a model writes in an exchange with the co-pilot, and its end.
    Copilot(CopilotExchangeId),
    /// Queued runs, signals and jobs, for workers.
    Queue,
    /// Sessions, keys and memberships that changed, so that caches drop them.
    Rights,
}

/// A run's row changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunChanged {
    /// The run's organization.
    pub org: OrgId,
    /// The run.
    pub run: RunId,
    /// The new status, as stored in the table.
    pub status: String,
    /// The number of stages that have ended.
    pub stages_done: u32,
    /// The number of all stages.
    pub stages_total: u32,
    /// The number of the latest event.
    pub last_seq: u64,
    /// When the run ended, if it has.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Somebody has a pipeline's draft open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftPresence {
    /// The pipeline's organization.
    pub org: OrgId,
    /// The pipeline.
    pub pipeline: PipelineId,
    /// When the actor said so. Messages may arrive in another order.
    pub at: DateTime<Utc>,
    /// The id of the actor.
    pub actor: Uuid,
    /// The kind of the actor, as it is stored.
    pub kind: String,
    /// The name of the actor.
    pub name: String,
    /// The stage that is selected.
    pub stage: Option<String>,
    /// The field of the stage, or of the pipeline, that is selected.
    pub field: Option<String>,
}

/// A cache entry to drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Right {
    /// A browser session.
    Session(Uuid),
    /// An API key.
    ApiKey(Uuid),
    /// All rights of a user.
    User(Uuid),
    /// All rights in an organization.
    Organization(Uuid),
    /// Tokens of an application: all of it, of one grant, or of one family.
    Application(Uuid),
}

/// A message. All messages are hints; see the module's documentation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// To [`Topic::Org`]: a run's row changed.
    RunChanged(RunChanged),
    /// To [`Topic::Operations`]: a run operation started, progressed or ended.
    OperationChanged {
        /// The operation's organization.
        org: OrgId,
        /// The operation.
        operation: RunOperationId,
    },
    /// To [`Topic::Run`]: these events are committed.
    Segment {
        /// The run.
        run: RunId,
        /// The number of the first event.
        first_seq: u64,
        /// The number of events.
        count: u32,
        /// The events, one JSON object per line.
        #[serde(skip)]
        body: Bytes,
    },
    /// To [`Topic::Run`]: text that a model is still writing.
    Chunk {
        /// The run.
        run: RunId,
        /// The text and its position.
        chunk: Chunk,
    },
    /// To [`Topic::Run`]: how far the run's journal in the database is.
    Reached {
        /// The run.
        run: RunId,
        /// The number of the latest event.
        last_seq: u64,
        /// Whether the run has ended.
        finished: bool,
    },
    /// To [`Topic::Draft`]: a change of a draft is committed.
    DraftChanged {
        /// The pipeline.
        pipeline: PipelineId,
        /// The draft's revision after the change.
        revision: i32,
        /// The change as JSON.
        #[serde(skip)]
        body: Bytes,
    },
    /// To [`Topic::Draft`]: the draft was saved as a version, or otherwise has another base.
    DraftSaved(PipelineId),
    /// To [`Topic::Draft`]: the output of a stage was pinned, or is pinned no longer.
    DraftPinned {
        /// The pipeline.
        pipeline: PipelineId,
        /// The stage's id.
        stage: String,
        /// Whether it has a pin now.
        pinned: bool,
    },
    /// To [`Topic::Draft`]: somebody has the draft open.
    DraftPresence(DraftPresence),
    /// To [`Topic::Copilot`]: text that a model is still writing.
    CopilotText {
        /// The exchange.
        exchange: CopilotExchangeId,
        /// The bytes before it.
        at: u64,
        /// The text.
        text: String,
    },
    /// To [`Topic::Copilot`]: the exchange has ended, or was cancelled.
    CopilotEnded(CopilotExchangeId),
    /// To [`Topic::Rights`]: drop this cache entry.
    Dropped(Right),
    /// To [`Topic::Queue`]: there may be a run to claim.
    Wake,
    /// To [`Topic::Queue`]: this queue of jobs has one that is due.
    JobDue {
        /// The name of the queue.
        queue: String,
    },
    /// To [`Topic::Queue`]: this run has a new signal.
    Signalled(RunId),
    /// To any topic: messages may have been lost; read the database.
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
            Self::DraftChanged { pipeline, .. }
            | Self::DraftSaved(pipeline)
            | Self::DraftPinned { pipeline, .. } => Topic::Draft(*pipeline),
            Self::DraftPresence(present) => Topic::Draft(present.pipeline),
            Self::CopilotText { exchange, .. } | Self::CopilotEnded(exchange) => {
                Topic::Copilot(*exchange)
            }
            Self::Dropped(_) => Topic::Rights,
            Self::Wake | Self::JobDue { .. } | Self::Signalled(_) => Topic::Queue,
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

/// Publishes messages and subscribes to them. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

impl Default for Live {
    fn default() -> Self {
        Self::in_process()
    }
}

impl Live {
    /// Messages within this process only.
    pub fn in_process() -> Self {
        Self(Arc::new(Inner {
            channels: Mutex::default(),
            redis: None,
            connected: AtomicBool::new(true),
        }))
    }

    /// Messages between processes, over the Redis server at `url`. Fails only if the URL is
    /// malformed. While Redis is unreachable, messages stay within the process, and subscribers
    /// find the rest in the database.
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

    /// Whether messages of other processes arrive at the moment. Always true without Redis.
    pub fn is_connected(&self) -> bool {
        self.0.connected.load(Ordering::Relaxed)
    }

    /// Whether the topic has subscribers in this process. Always true with Redis, because other
    /// processes may have subscribers.
    pub fn has_subscribers(&self, topic: Topic) -> bool {
        self.0.redis.is_some() || self.0.channels.lock().contains_key(&topic)
    }

    /// Whether messages are shared with other processes over Redis, and can therefore get lost.
    pub fn is_shared(&self) -> bool {
        self.0.redis.is_some()
    }

    /// Publishes a message to subscribers in this process only.
    pub fn publish_locally(&self, message: Message) {
        if let Some(topic) = message.topic() {
            self.0.deliver(topic, message);
        }
    }

    /// Publishes a message to all subscribers. Never blocks.
    pub fn publish(&self, message: Message) {
        let Some(topic) = message.topic() else { return };
        if let Some(link) = &self.0.redis {
            link.publish(topic, &message);
        }
        self.0.deliver(topic, message);
    }

    /// Subscribes to a topic.
    pub fn subscribe(&self, topic: Topic) -> Subscription {
        let mut channels = self.0.channels.lock();
        let channel = channels.entry(topic).or_insert_with(|| {
            // Sent under the lock, so that it keeps its order with an unsubscribe.
            if let Some(link) = &self.0.redis {
                link.follow(topic, true);
            }
            let room = if matches!(topic, Topic::Run(_) | Topic::Draft(_) | Topic::Copilot(_)) {
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
            // An error means that there are no subscribers.
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

/// A subscription to one topic, which ends when dropped.
pub struct Subscription {
    topic: Topic,
    receiver: broadcast::Receiver<Message>,
    inner: Arc<Inner>,
}

impl Subscription {
    /// The next message. Cancel-safe.
    pub async fn next(&mut self) -> Message {
        match self.receiver.recv().await {
            Ok(message) => message,
            // Lagged. The channel cannot be closed while `inner` holds the sender.
            Err(_) => Message::Lagged,
        }
    }

    /// The next message, if one is available.
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

/// The URL of Redis is malformed.
#[derive(Debug, thiserror::Error)]
#[error("the URL is not usable ({0}); it must look like redis://host:6379")]
pub struct LiveError(String);

/// A command to the Redis tasks: subscribe to a topic (`true`) or unsubscribe (`false`).
enum Command {
    Follow(Topic, bool),
}

type Orders = mpsc::UnboundedReceiver<Command>;

#[cfg(test)]
mod tests;
