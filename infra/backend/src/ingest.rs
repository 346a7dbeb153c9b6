//! Events into the table: parse, load, apply, put.
//!
//! Writers don't lock each other out. Whoever loses the race for an item loads it anew and applies again; joining is
//! idempotent, so nothing is lost or counted twice, also when a writer dies between put and answer.

use std::{collections::BTreeMap, time::Duration};

use model::{
    Applied, Pipeline, PipelineId,
    event::{self, Event, Ignored, Parsed, Rejected},
};
use serde_json::Value;

use crate::table::{Put, Table, TableError, Version};

/// Tries for one item while other writers win.
const TRIES: u32 = 10;
/// For all tries together, waiting included.
const PATIENCE: Duration = Duration::from_secs(5);
/// The first wait is shorter than this, each further one up to twice as long.
const FIRST_WAIT_MS: u64 = 25;
const LONGEST_WAIT_MS: u64 = 1000;

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Joined into its pipeline's document, which is stored.
    Joined(Applied),
    /// Understood, and not ours.
    Ignored(Ignored),
}

/// Why an event is not in the table.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The event is broken; trying again is of no use.
    #[error("the event is rejected")]
    Rejected(#[from] Rejected),
    /// The event may be good; it has to come again.
    #[error("the event is not stored")]
    Unstored(#[from] Unstored),
}

/// Why events could not be stored. They have to come again.
#[derive(Debug, thiserror::Error)]
pub enum Unstored {
    /// The table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Other writers won again and again.
    #[error("the item of {0} was always written by others first")]
    Outrun(PipelineId),
    /// The table took too long.
    #[error("the item of {0} took longer than 5 s")]
    Late(PipelineId),
}

/// Joins one event of any source into the table.
///
/// # Errors
/// When the event is broken or could not be stored.
pub async fn ingest(table: &Table, event: &Value) -> Result<Outcome, IngestError> {
    match parse(event)? {
        Parsed::Ignored(ignored) => Ok(Outcome::Ignored(ignored)),
        Parsed::Event(event) => {
            let events = [*event];
            let [event] = &events;
            let applied = join(table, &event.pipeline, &events).await?;
            Ok(Outcome::Joined(applied.first().copied().unwrap_or(Applied::Stale)))
        }
    }
}

/// Joins many events, each pipeline loaded and written once. One answer an event, in their order.
///
/// # Errors
/// When some event could not be stored; then others may be stored or not, and all may come again.
pub async fn ingest_all(table: &Table, events: &[Value]) -> Result<Vec<Result<Outcome, Rejected>>, Unstored> {
    let mut outcomes = Vec::with_capacity(events.len());
    let mut pipelines: BTreeMap<PipelineId, (Vec<usize>, Vec<Event>)> = BTreeMap::new();
    for (index, event) in events.iter().enumerate() {
        outcomes.push(parse(event).map(|parsed| match parsed {
            Parsed::Ignored(ignored) => Outcome::Ignored(ignored),
            Parsed::Event(event) => {
                let (indices, events) = pipelines.entry(event.pipeline.clone()).or_default();
                indices.push(index);
                events.push(*event);
                Outcome::Joined(Applied::Stale)
            }
        }));
    }
    for (id, (indices, events)) in &pipelines {
        for (index, applied) in indices.iter().zip(join(table, id, events).await?) {
            if let Some(outcome) = outcomes.get_mut(*index) {
                *outcome = Ok(Outcome::Joined(applied));
            }
        }
    }
    Ok(outcomes)
}

fn parse(event: &Value) -> Result<Parsed, Rejected> {
    let parsed = event::parse_value(event)?;
    if let Parsed::Ignored(Ignored { reason }) = &parsed {
        tracing::info!(reason, "ignored");
    }
    Ok(parsed)
}

/// Joins events of one pipeline into its item.
async fn join(table: &Table, id: &PipelineId, events: &[Event]) -> Result<Vec<Applied>, Unstored> {
    let applied = amend(table, id, None, |pipeline| {
        let applied: Vec<_> = events.iter().map(|event| pipeline.apply(event.clone())).collect();
        (if applied.contains(&Applied::Changed) { Applied::Changed } else { Applied::Stale }, applied)
    })
    .await?;
    for (event, applied) in events.iter().zip(&applied) {
        tracing::info!(pipeline = %id, run = event.run, ?applied, "joined");
    }
    Ok(applied)
}

/// Lets `change` at a pipeline and puts it back when that changed it; loads it anew while other writers win. `known` is
/// the pipeline as it was just read.
pub(crate) async fn amend<T>(
    table: &Table,
    id: &PipelineId,
    known: Option<(Pipeline, Version)>,
    change: impl Fn(&mut Pipeline) -> (Applied, T),
) -> Result<T, Unstored> {
    tokio::time::timeout(PATIENCE, try_to_amend(table, id, known, change)).await.map_err(|_| Unstored::Late(id.clone()))?
}

async fn try_to_amend<T>(
    table: &Table,
    id: &PipelineId,
    mut known: Option<(Pipeline, Version)>,
    change: impl Fn(&mut Pipeline) -> (Applied, T),
) -> Result<T, Unstored> {
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(jitter(attempt)).await;
        }
        let loaded = match known.take() {
            Some(known) => Some(known),
            None => table.get(id).await?,
        };
        let (mut pipeline, version) = loaded.unwrap_or_else(|| (Pipeline::new(id.clone()), Version::ABSENT));
        let (applied, answer) = change(&mut pipeline);
        if applied != Applied::Changed || table.put(pipeline, version).await? == Put::Written {
            return Ok(answer);
        }
    }
    Err(Unstored::Outrun(id.clone()))
}

/// Any wait up to a bound that doubles: writers that met once are unlikely to meet again.
fn jitter(attempt: u32) -> Duration {
    let bound = FIRST_WAIT_MS.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST_WAIT_MS);
    Duration::from_millis(fastrand::u64(0..=bound))
}
