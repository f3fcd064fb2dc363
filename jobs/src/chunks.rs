//! Publishes text that a model is still writing, collected for a short time.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use domain::live::{Live, Message, Topic};
use engine::component::Chunk;
use parking_lot::Mutex;
use types::RunId;

/// How long text is collected before it is published.
const GATHER: Duration = Duration::from_millis(50);

/// Publishes the chunks of one run, a few times a second.
pub struct Chunks {
    run: RunId,
    live: Live,
    waiting: Mutex<Vec<Chunk>>,
}

impl Chunks {
    /// Returns the callback for chunks that a run's host needs.
    pub fn taker(run: RunId, live: &Live) -> Arc<dyn Fn(Chunk) + Send + Sync> {
        let chunks = Arc::new(Self {
            run,
            live: live.clone(),
            waiting: Mutex::default(),
        });
        Arc::new(move |chunk| Self::take(&chunks, chunk))
    }

    fn take(this: &Arc<Self>, chunk: Chunk) {
        if !this.live.has_subscribers(Topic::Run(this.run)) {
            return;
        }
        let mut waiting = this.waiting.lock();
        let first = waiting.is_empty();
        match waiting.iter_mut().rev().find(|c| c.stage == chunk.stage) {
            Some(last) if last.attempt == chunk.attempt => last.text.push_str(&chunk.text),
            _ => waiting.push(chunk),
        }
        drop(waiting);
        if first {
            let weak = Arc::downgrade(this);
            tokio::spawn(async move {
                tokio::time::sleep(GATHER).await;
                Self::publish(&weak);
            });
        }
    }

    fn publish(this: &Weak<Self>) {
        // If the run has ended, its text is complete in the journal.
        let Some(this) = this.upgrade() else { return };
        let waiting = std::mem::take(&mut *this.waiting.lock());
        for chunk in waiting {
            this.live.publish(Message::Chunk {
                run: this.run,
                chunk,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use types::Clock;

    use super::*;

    fn chunk(stage: &str, offset: usize, text: &str) -> Chunk {
        Chunk {
            stage: stage.to_owned(),
            attempt: 1,
            offset,
            text: text.to_owned(),
        }
    }

    #[tokio::test]
    async fn text_of_one_stage_is_published_once_per_moment_and_in_order() {
        let live = Live::in_process();
        let run = RunId::new(&Clock::system());
        let take = Chunks::taker(run, &live);
        take(chunk("a", 0, "nobody listens"));
        let mut listener = live.subscribe(Topic::Run(run));
        take(chunk("a", 14, "one "));
        take(chunk("b", 0, "other"));
        take(chunk("a", 18, "two"));
        let got = [listener.next().await, listener.next().await];
        let expected = [chunk("a", 14, "one two"), chunk("b", 0, "other")]
            .map(|chunk| Message::Chunk { run, chunk });
        assert_eq!(got, expected);
    }
}
