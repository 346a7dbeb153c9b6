//! Plays the demo through the door that everybody's events take.

use std::{iter::Peekable, time::Duration};

use anyhow::Context;
use model::Timestamp;
use serde_json::Value;

use crate::{demo::Demo, door::Door};

/// How many events of the past are told at a time.
const BATCH: usize = 20_000;

/// A demo that is being played.
pub struct Play {
    demo: Peekable<Demo>,
    door: Door,
}

impl Play {
    /// Will play `demo` to `door`.
    pub fn new(demo: Demo, door: Door) -> Self {
        Self { demo: demo.peekable(), door }
    }

    /// Tells all that has happened up to `now`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn past(&mut self, now: Timestamp) -> anyhow::Result<()> {
        loop {
            let past = std::iter::from_fn(|| self.demo.next_if(|(due, _)| *due <= now));
            let events: Vec<_> = past.take(BATCH).map(|(_, event)| event).collect();
            if events.is_empty() {
                return Ok(());
            }
            self.tell(&events).await?;
        }
    }

    /// Tells what happens when it happens.
    pub async fn future(mut self) {
        while let Some((due, event)) = self.demo.next() {
            let wait = now().map_or(0, |now| due.unix_ms() - now.unix_ms());
            tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
            if let Err(error) = self.tell(&[event]).await {
                tracing::error!("{error:#}");
            }
        }
    }

    async fn tell(&self, events: &[Value]) -> anyhow::Result<()> {
        let outcomes =
            self.door.take(events).await.context("the demo's events could not be stored")?;
        for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            tracing::error!("the demo told nonsense: {error}");
        }
        Ok(())
    }
}

/// The moment by this machine's clock.
///
/// # Errors
/// When the clock stands before 1970 or after 9999.
pub fn now() -> anyhow::Result<Timestamp> {
    let since =
        std::time::SystemTime::UNIX_EPOCH.elapsed().context("the clock stands before 1970")?;
    Ok(Timestamp::from_unix_ms(i64::try_from(since.as_millis())?)?)
}
