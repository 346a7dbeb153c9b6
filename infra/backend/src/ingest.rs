//! Events into the table: parse, load, apply, put.
//!
//! Writers don't lock each other out. Whoever loses the race for an item loads it anew and applies again; joining is
//! idempotent, so nothing is lost or counted twice, also when a writer dies between put and answer.
//!
//! News is told by the writer whose put won, after it: the item says already that it was told, so that nobody else tells
//! it again. A topic that takes no message has the item say otherwise and the event come again. What a writer takes with it
//! when it dies between the two is not told.
//!
//! An event that doesn't name its pipeline (GitHub's) is looked up in its repository's directory first (`lookup`).

mod lookup;

use std::{collections::BTreeMap, time::Duration};

use model::{
    Applied, Pipeline, PipelineId, directory,
    event::{self, Event, Ignored, Parsed, Rejected, github},
    news::{News, Told},
};
use serde_json::Value;

use self::lookup::Lookup;
use crate::{
    announce::{Topic, Unpublished},
    table::{Put, Stored, Table, TableError, Version},
};

/// Tries for one item while other writers win.
const TRIES: u32 = 10;
/// For all tries together, waiting included.
const PATIENCE: Duration = Duration::from_secs(5);
/// The first wait is shorter than this, each further one up to twice as long.
const FIRST_WAIT_MS: u64 = 25;
const LONGEST_WAIT_MS: u64 = 1000;

/// Who writes pipelines, and where.
#[derive(Clone, Debug)]
pub struct Writer {
    /// Where they are kept.
    pub table: Table,
    /// Whom to tell of what they have become, where somebody wants to know.
    pub topic: Option<Topic>,
}

impl From<Table> for Writer {
    fn from(table: Table) -> Self {
        Self { table, topic: None }
    }
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Joined into its pipeline's document, which is stored.
    Joined(Applied),
    /// Stored until the run that it belongs to arrives.
    Held,
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
    /// It is stored, and nobody was told.
    #[error("nobody was told what became of {0}")]
    Untold(PipelineId, #[source] Unpublished),
}

/// Joins one event of any source into the table.
///
/// # Errors
/// When the event is broken or could not be stored.
pub async fn ingest(writer: &Writer, event: &Value) -> Result<Outcome, IngestError> {
    let outcomes = Box::pin(ingest_all(writer, std::slice::from_ref(event))).await?;
    let outcome = outcomes.into_iter().next();
    Ok(outcome.unwrap_or(Ok(Outcome::Joined(Applied::Stale)))?)
}

/// Joins many events, each pipeline loaded and written once. One answer an event, in their order.
///
/// # Errors
/// When some event could not be stored; then others may be stored or not, and all may come again.
pub async fn ingest_all(
    writer: &Writer,
    events: &[Value],
) -> Result<Vec<Result<Outcome, Rejected>>, Unstored> {
    let mut outcomes = Vec::with_capacity(events.len());
    let mut pipelines: BTreeMap<PipelineId, Batch> = BTreeMap::new();
    let mut lookups: BTreeMap<PipelineId, Lookup> = BTreeMap::new();
    for (index, event) in events.iter().enumerate() {
        outcomes.push(parse(event).map(|parsed| match parsed {
            Parsed::Ignored(ignored) => {
                if let Some((directory, run)) = github::ignored_run(event) {
                    lookups.entry(directory).or_default().foreign.push(run);
                }
                Outcome::Ignored(ignored)
            }
            Parsed::Event(parsed) => {
                match directory::of_event(&parsed) {
                    Some(id) => lookups.entry(id).or_default().events.push((index, event, *parsed)),
                    None => pipelines
                        .entry(parsed.pipeline.clone())
                        .or_default()
                        .push(Some(index), *parsed),
                }
                Outcome::Joined(Applied::Stale)
            }
        }));
    }
    let (mut pending, mut known) = (Vec::with_capacity(lookups.len()), Vec::new());
    for (directory, lookup) in lookups {
        let answer = lookup.run(&writer.table, &directory).await?;
        for (index, event) in answer.events {
            pipelines.entry(event.pipeline.clone()).or_default().push(index, event);
        }
        for (index, outcome) in answer.outcomes {
            set(&mut outcomes, Some(index), outcome);
        }
        pending.extend(answer.pending);
        known.extend(answer.known.into_iter().map(|(run, id)| (directory.clone(), run, id)));
    }
    for (id, Batch { indices, events }) in &pipelines {
        for (index, applied) in indices.iter().zip(join(writer, id, events).await?) {
            set(&mut outcomes, *index, Outcome::Joined(applied));
        }
    }
    for pending in pending {
        pending.finish(writer).await?;
    }
    for (directory, run, pipeline) in known {
        writer.table.keep_pipeline_of(directory, run, pipeline);
    }
    Ok(outcomes)
}

/// The events of one pipeline, and which of the answers is each one's; none of those that were held.
#[derive(Debug, Default)]
struct Batch {
    indices: Vec<Option<usize>>,
    events: Vec<Event>,
}

impl Batch {
    fn push(&mut self, index: Option<usize>, event: Event) {
        self.indices.push(index);
        self.events.push(event);
    }
}

fn set(outcomes: &mut [Result<Outcome, Rejected>], index: Option<usize>, outcome: Outcome) {
    if let Some(place) = index.and_then(|index| outcomes.get_mut(index)) {
        *place = Ok(outcome);
    }
}

fn parse(event: &Value) -> Result<Parsed, Rejected> {
    let parsed = event::parse_value(event)?;
    if let Parsed::Ignored(Ignored { reason }) = &parsed {
        tracing::info!(reason, "ignored");
    }
    Ok(parsed)
}

/// Joins events of one pipeline into its item.
async fn join(
    writer: &Writer,
    id: &PipelineId,
    events: &[Event],
) -> Result<Vec<Applied>, Unstored> {
    let applied = amend(writer, id, None, First::IsNews, |pipeline| {
        let applied: Vec<_> = events.iter().map(|event| pipeline.apply(event.clone())).collect();
        (
            if applied.contains(&Applied::Changed) { Applied::Changed } else { Applied::Stale },
            applied,
        )
    })
    .await?;
    for (event, applied) in events.iter().zip(&applied) {
        tracing::info!(pipeline = %id, run = event.run, ?applied, "joined");
    }
    Ok(applied)
}

/// What it means that a pipeline is not in the table yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    /// It has just begun, and what it does is news.
    IsNews,
    /// It was there before anybody followed it, and what it did then is none.
    IsOld,
}

/// Lets `change` at a pipeline and puts it back when that changed it. `known` is the pipeline as it was just read.
pub(crate) async fn amend<T>(
    writer: &Writer,
    id: &PipelineId,
    known: Option<Stored>,
    first: First,
    change: impl Fn(&mut Pipeline) -> (Applied, T),
) -> Result<T, Unstored> {
    let Writer { table, topic } = writer;
    let (answer, news) = write(table, id, known, |stored| {
        let fresh =
            || Stored { pipeline: Pipeline::new(id.clone()), told: None, version: Version::ABSENT };
        let Stored { mut pipeline, told, version } = stored.unwrap_or_else(fresh);
        let is_followed = first == First::IsNews || version != Version::ABSENT;
        let told = topic
            .as_ref()
            .map(|_| told.or_else(|| is_followed.then(|| Told::of(&pipeline.tile()))));
        let (applied, answer) = change(&mut pipeline);
        let (told, news) = told.map_or((None, None), |told| tell(told, &pipeline));
        let is_changed = applied == Applied::Changed || news.is_some();
        (is_changed.then_some(Stored { pipeline, told, version }), (answer, news))
    })
    .await?;
    if let (Some(news), Some(topic)) = (news, topic) {
        Box::pin(announce(table, topic, id, &news)).await?;
    }
    Ok(answer)
}

/// What there is to tell of a pipeline of which `told` was told, and what was told then. Of one that nobody followed, all
/// counts as told.
fn tell(told: Option<Told>, pipeline: &Pipeline) -> (Option<Told>, Option<News>) {
    let tile = pipeline.tile();
    let Some(mut told) = told else {
        return (Some(Told::of(&tile)), None);
    };
    let became = told.take(&tile);
    (Some(told), became.map(|became| News { became, tile }))
}

async fn announce(
    table: &Table,
    topic: &Topic,
    id: &PipelineId,
    news: &News,
) -> Result<(), Unstored> {
    let published = topic.publish(news).await;
    tracing::info!(pipeline = %id, became = news.became.word(), published = published.is_ok(), "news");
    let Err(error) = published else { return Ok(()) };
    write(table, id, None, |stored| {
        let untold = stored.and_then(|Stored { pipeline, told, version }| {
            let mut told = told?;
            told.take_back(news);
            Some(Stored { pipeline, told: Some(told), version })
        });
        (untold, ())
    })
    .await?;
    Err(Unstored::Untold(id.clone(), error))
}

/// Puts what `change` makes of an item, where it makes something; loads it anew while other writers win. `known` is the item
/// as it was just read.
async fn write<T>(
    table: &Table,
    id: &PipelineId,
    mut known: Option<Stored>,
    change: impl Fn(Option<Stored>) -> (Option<Stored>, T),
) -> Result<T, Unstored> {
    within(id, async {
        let mut tries = Tries::default();
        while tries.next().await {
            let stored = match known.take() {
                Some(known) => Some(known),
                None => table.get(id).await?,
            };
            let (changed, answer) = change(stored);
            let Some(Stored { pipeline, told, version }) = changed else {
                return Ok(answer);
            };
            if table.put(pipeline, told.as_ref(), version).await? == Put::Written {
                return Ok(answer);
            }
        }
        Err(Unstored::Outrun(id.clone()))
    })
    .await
}

/// What is done to the item of `id`, if it doesn't take too long.
async fn within<T>(
    id: &PipelineId,
    work: impl Future<Output = Result<T, Unstored>>,
) -> Result<T, Unstored> {
    // On the heap, because requests in the making are big and callers hold them.
    tokio::time::timeout(PATIENCE, Box::pin(work)).await.map_err(|_| Unstored::Late(id.clone()))?
}

/// Tries for one item while other writers win.
#[derive(Debug, Default)]
struct Tries(u32);

impl Tries {
    /// Waits for the next one, longer each time. `false` when there is none.
    async fn next(&mut self) -> bool {
        if self.0 >= TRIES {
            return false;
        }
        if self.0 > 0 {
            tokio::time::sleep(jitter(self.0)).await;
        }
        self.0 += 1;
        true
    }
}

/// Any wait up to a bound that doubles: writers that met once are unlikely to meet again.
fn jitter(attempt: u32) -> Duration {
    let bound =
        FIRST_WAIT_MS.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST_WAIT_MS);
    Duration::from_millis(fastrand::u64(0..=bound))
}
