//! What a model writes, as it writes it, and the end of its exchange.
//!
//! What was written is in the database, about a second late. Live messages have the newest text with its
//! position, so a reader that missed some of it reads the database.

use std::{collections::VecDeque, time::Duration};

use futures::{Stream, stream};
use tokio::time::{Interval, MissedTickBehavior, interval};
use types::CopilotExchangeId;

use super::{Exchange, State, get};
use crate::{
    Ctx,
    error::Result,
    live::{Message, Subscription, Topic},
};

/// How often a reader queries the database itself. Between processes, messages can get lost.
const POLL: Duration = Duration::from_secs(2);

/// Something that happened in an exchange.
#[derive(Clone, Debug)]
pub enum CopilotEvent {
    /// The model has written this since the last event; in the first event, all that it has written so far.
    Text(String),
    /// The exchange has ended.
    Ended(Box<Exchange>),
}

/// Streams what the model writes in an exchange, first what it has written so far, until the exchange has ended.
/// One that has ended gives its end at once.
pub async fn events(
    ctx: &Ctx,
    id: CopilotExchangeId,
) -> Result<impl Stream<Item = Result<CopilotEvent>> + Send + 'static> {
    // Subscribes before the first read, so that no text is missed in between.
    let live = ctx.app.live().subscribe(Topic::Copilot(id));
    let exchange = get(ctx, id).await?;
    let mut tick = interval(POLL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reader = Reader {
        ctx: ctx.clone(),
        id,
        live,
        sent: exchange.text.len(),
        ready: VecDeque::new(),
        tick,
        behind: false,
        done: false,
    };
    match exchange.state {
        State::Writing => {
            let text = exchange.text.to_string();
            reader.ready.push_back(CopilotEvent::Text(text));
        }
        _ => reader.end(exchange),
    }
    Ok(stream::unfold(reader, |mut reader| async move {
        let item = reader.next().await?;
        Some((item, reader))
    }))
}

struct Reader {
    ctx: Ctx,
    id: CopilotExchangeId,
    live: Subscription,
    /// The bytes of the text that are in `ready` or were returned.
    sent: usize,
    ready: VecDeque<CopilotEvent>,
    tick: Interval,
    /// Whether the database may have more.
    behind: bool,
    done: bool,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<CopilotEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            if self.done {
                return None;
            }
            if self.behind {
                if let Err(error) = self.read().await {
                    self.done = true;
                    return Some(Err(error));
                }
                continue;
            }
            tokio::select! {
                message = self.live.next() => self.take(message),
                _ = self.tick.tick() => self.behind = true,
            }
        }
    }

    fn take(&mut self, message: Message) {
        let Message::CopilotText { at, text, .. } = message else {
            self.behind = true;
            return;
        };
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        match self.sent.checked_sub(at) {
            Some(known) => {
                if let Some(new) = text.get(known..).filter(|new| !new.is_empty()) {
                    self.sent += new.len();
                    self.ready.push_back(CopilotEvent::Text(new.to_owned()));
                }
            }
            None => self.behind = true,
        }
    }

    async fn read(&mut self) -> Result<()> {
        self.behind = false;
        let exchange = get(&self.ctx, self.id).await?;
        if exchange.state != State::Writing {
            self.end(exchange);
        } else if let Some(new) = exchange.text.get(self.sent..).filter(|new| !new.is_empty()) {
            self.sent += new.len();
            self.ready.push_back(CopilotEvent::Text(new.to_owned()));
        }
        Ok(())
    }

    fn end(&mut self, exchange: Exchange) {
        self.done = true;
        self.ready
            .push_back(CopilotEvent::Ended(Box::new(exchange)));
    }
}
