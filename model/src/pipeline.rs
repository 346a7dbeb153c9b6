//! The aggregate: everything that is known of one pipeline, joined from events in any order of arrival.
//!
//! Events come late, twice, out of order and for overlapping runs. A run is therefore made of registers that keep the
//! greatest (or least) of what they were told in a total order, and all else is read out of them:
//!
//! - `register`, `run`: of each run, stage and action the fact with the greatest
//!   `(attempt, time, rank, state, payload)` wins; beside it beginnings, links and the fields of the change, joined one by
//!   one. The pipeline's own link is the newest told. `stored` is how they are written.
//! - `seen`: what the CI's API said of a run that its events did not; `listing`: what it said of the pipeline itself.
//! - `reading`: what a run, a stage, an action is at; what is inferred where events were lost. `habits`: how that depends
//!   on the CI.
//! - `changes`: what a run builds. `memory`: what is remembered from run to run, also of evicted runs. `verdicts`: since when
//!   the pipeline fails. `eviction`: which run is evicted.
//! - `headline`: which run speaks for the pipeline. `view`: the documents that people read.
//!
//! Runs are ordered by their explicit start (the least over all attempts), else by the earliest moment heard of them; ties
//! by id. The newest six are kept, and some of each kind of the older ones (`eviction`). The newest evicted ones are remembered
//! (`gone`), and their events are ignored: else a late one would bring an old run back as the newest.
//!
//! **Promise.** Any order, duplication and batching of the events of up to 16 runs ends in the same document, to the byte.
//! Beyond 16 runs the same holds for disorder of up to ten minutes, as long as no run has news within ten minutes of being
//! evicted. [`Pipeline::trim`] ends the promise for the runs that it makes smaller.

mod cached;
mod changes;
mod eviction;
mod gone;
mod habits;
mod headline;
mod kept;
mod listing;
mod memory;
mod reading;
mod register;
mod run;
mod seen;
mod stored;
mod verdicts;
mod view;

use serde::{Deserialize, Serialize};

pub use self::listing::{Declared, Presence, Review, Switched};
use self::{
    cached::Cached,
    eviction::Pool,
    gone::Gone,
    habits::Habits,
    kept::Kept,
    listing::Listing,
    memory::Past,
    reading::RunReading,
    register::{Newest, keep_greatest},
    run::{Run, Teller},
    verdicts::Evicted,
    view::View,
};
pub(crate) use self::{
    gone::{MARK, mark},
    listing::{DeclaredAction, DeclaredStage, SwitchedOff},
    register::Ms,
};
use crate::{Page, PipelineId, Tile, event::Event};

/// How many runs of each kind are kept.
pub const MAX_RUNS: usize = 16;
/// The version of the stored document. It rises only when an older reader would misread a newer document: fields that are
/// added need no new version.
const VERSION: u32 = 1;

/// Everything that is known of one pipeline: its newest runs and what is remembered of older ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    id: PipelineId,
    url: Cached<Option<Newest>>,
    /// The current name, where it is not that of the id.
    name: Cached<Option<Newest>>,
    past: Cached<Past>,
    gone: Cached<Gone>,
    listing: Cached<Listing>,
    /// In their order, oldest first.
    runs: Vec<Kept>,
}

/// What a CI's API says of one pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The definition, where it was asked for.
    pub declared: Option<Declared>,
    /// Which stages are switched off.
    pub switched: Option<Switched>,
    /// What it says of runs, stages and actions. Their attempts don't count: no API tells them.
    pub facts: Vec<Event>,
}

/// What an event did to a [`Pipeline`].
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Something became known: the document has changed and wants to be written.
    Changed,
    /// Nothing new; the document is the same to the byte.
    Stale,
    /// The event is about a run that was let go, or would be at once; the document is the same to the byte.
    Evicted,
}

/// Why bytes are no document of a [`Pipeline`].
#[derive(Debug, thiserror::Error)]
pub enum InvalidDocument {
    /// Broken, or something else altogether.
    #[error("no document of a pipeline")]
    Malformed(#[from] serde_json::Error),
    /// Written by a newer version, which older ones must not touch.
    #[error("a pipeline's document of version {0}, newer than this program")]
    Newer(u32),
}

impl Pipeline {
    /// A pipeline of which nothing is known yet.
    pub fn new(id: PipelineId) -> Self {
        Self {
            id,
            url: Cached::default(),
            name: Cached::default(),
            past: Cached::default(),
            gone: Cached::default(),
            listing: Cached::default(),
            runs: Vec::new(),
        }
    }

    /// Takes in one event. An event of another pipeline changes nothing.
    pub fn apply(&mut self, event: Event) -> Applied {
        self.take(event, Teller::Event)
    }

    /// Takes in what the CI's API says. What events have said already changes nothing.
    pub fn reconcile(&mut self, snapshot: Snapshot) -> Applied {
        let Snapshot { declared, switched, facts } = snapshot;
        let mut changed = self.listing.update(|listing| listing.join(declared, switched));
        for fact in facts {
            let fact = Event { pipeline_url: None, pipeline_name: None, ..fact };
            changed |= self.take(fact, Teller::Api) == Applied::Changed;
        }
        if changed { Applied::Changed } else { Applied::Stale }
    }

    /// Takes in whether the CI still knows the pipeline, and finds out whether the wall has a place for it.
    pub fn review(&mut self, review: Review) -> Applied {
        let news = self.news();
        if self.listing.update(|listing| listing.review(review, news)) {
            Applied::Changed
        } else {
            Applied::Stale
        }
    }

    fn take(&mut self, mut event: Event, teller: Teller) -> Applied {
        if event.pipeline != self.id {
            return Applied::Stale;
        }
        let url = event.pipeline_url.take().map(|url| (Ms(event.time), url));
        let name = event.pipeline_name.take().map(|name| (Ms(event.time), name));
        let mut changed = true;
        if let Some(run) = self.runs.iter_mut().rfind(|run| run.run().id == event.run) {
            changed = run.update(|run| run.join(event, teller));
        } else if self.gone.contains(&event.run) {
            return Applied::Evicted;
        } else {
            let run = Run::new(event, teller);
            if !self.admit(run) {
                return Applied::Evicted;
            }
        }
        if changed {
            self.settle();
        }
        if let Some(url) = url {
            changed |= self.url.update(|known| keep_greatest(known, url));
        }
        if let Some(name) = name {
            changed |= self.name.update(|known| keep_greatest(known, name));
        }
        if changed { Applied::Changed } else { Applied::Stale }
    }

    /// Keeps a new run, unless it would be evicted at once.
    fn admit(&mut self, run: Run) -> bool {
        let place = self.runs.partition_point(|known| known.run().order() < run.order());
        self.runs.insert(place, Kept::new(run));
        let stays = self.evicted().is_none_or(|(evicted, _)| evicted != place);
        if !stays {
            self.runs.remove(place);
        }
        stays
    }

    fn evicted(&self) -> Option<(usize, Pool)> {
        if self.runs.len() <= eviction::ALWAYS_FIT {
            return None;
        }
        eviction::evicted(&self.runs, self.past.recall(Habits::of(&self.id)))
    }

    /// Puts the runs in order and evicts those that are too many.
    fn settle(&mut self) {
        self.runs.sort_by(|one, other| one.run().order().cmp(&other.run().order()));
        while let Some((place, pool)) = self.evicted() {
            self.evict(place, pool);
        }
    }

    fn evict(&mut self, place: usize, pool: Pool) {
        let habits = Habits::of(&self.id);
        let run = self.runs.remove(place);
        if !habits.is_hearsay(run.run()) {
            self.past.update(|past| {
                let mut memory = past.recall(habits);
                let (read, lesson) = run.teach(&mut memory);
                let evicted = Evicted::with(past.evicted(), lesson.ended(read));
                *past = memory.into_past(evicted);
                true
            });
        }
        self.gone.update(|gone| {
            gone.push(&run.run().id, pool);
            true
        });
    }

    /// The document that is stored: compact JSON, with one short key a register.
    pub fn to_json(&self) -> Vec<u8> {
        let Self { id, url, name, past, gone, listing, runs } = self;
        let beside_runs: usize =
            [past.json(), gone.json(), url.json(), name.json(), listing.json()]
                .iter()
                .map(|json| json.get().len())
                .sum();
        let beside_runs = beside_runs + 2 * PipelineId::MAX_BYTES;
        let mut json = Vec::with_capacity(
            beside_runs + runs.iter().map(|run| run.json().len() + 1).sum::<usize>(),
        );
        // A vector takes all that is written, and all keys are texts: this can't fail.
        let _ = serde_json::to_writer(
            &mut json,
            &WrittenHead { v: VERSION, id, url, name, past, gone, listing },
        );
        // The runs, which are most of it, are encoded already: they are joined behind the rest.
        json.pop();
        json.extend_from_slice(br#","runs":["#);
        for (place, run) in runs.iter().enumerate() {
            if place > 0 {
                json.push(b',');
            }
            json.extend_from_slice(run.json());
        }
        json.extend_from_slice(b"]}");
        json
    }

    /// Reads a stored document, also one written by an older version. Fields that this version doesn't know are dropped.
    ///
    /// # Errors
    /// When the bytes are no document of a pipeline, or one of a version that is too new.
    pub fn from_json(json: &[u8]) -> Result<Self, InvalidDocument> {
        let document: Read = serde_json::from_slice(json)?;
        if document.v > VERSION {
            return Err(InvalidDocument::Newer(document.v));
        }
        let mut pipeline = Self {
            id: document.id,
            url: document.url,
            name: document.name,
            past: document.past,
            gone: document.gone,
            listing: document.listing,
            runs: document.runs.into_iter().map(Kept::new).collect(),
        };
        for run in &pipeline.runs {
            if let Some(at) = run.run().evicted_failure {
                pipeline.past.update(|past| past.remember_failure(at));
            }
        }
        pipeline.settle();
        Ok(pipeline)
    }

    /// Makes a document smaller that is too big to be stored: drops the actions, then the stages, of the oldest run that
    /// has some; at last what older runs taught of a complete run's actions, and of durations. `false` when there is nothing
    /// left to drop.
    ///
    /// What stages and actions told of their run's status stays known, but not for what a run waits, nor for how long its
    /// stages ran.
    #[must_use]
    pub fn trim(&mut self) -> bool {
        let Some(place) = self.runs.iter().position(|run| !run.run().stages.is_empty()) else {
            return self.past.update(Past::forget);
        };
        let view = self.view();
        // None of a run that counts for nothing.
        let reading = self
            .runs
            .get(place)
            .and_then(|run| view.runs().iter().find(|reading| reading.run.id == run.run().id));
        let inference = reading.and_then(RunReading::inference);
        let complete = reading
            .filter(|reading| reading.is_complete())
            .map(|reading| reading.run.action_names());
        if let Some(complete) = complete {
            self.past.update(|past| past.keep_complete(complete));
        }
        self.runs.get_mut(place).is_some_and(|run| {
            run.update(|run| {
                if let Some(inference) = inference {
                    run.own = Some(inference);
                    run.prune();
                }
                run.drop_parts()
            })
        })
    }

    /// Which pipeline this is.
    pub fn id(&self) -> &PipelineId {
        &self.id
    }

    /// The wall's row.
    pub fn tile(&self) -> Tile {
        self.view().tile()
    }

    /// The pipeline's page.
    pub fn page(&self) -> Page {
        self.view().page()
    }

    /// Whether the wall has a place for it: not when it is gone for a day, or quiet for longer than it may be.
    pub fn is_on_the_wall(&self) -> bool {
        self.listing.off(self.news()).is_none()
    }

    /// The newest definition that is known.
    pub fn declared(&self) -> Option<&Declared> {
        self.listing.declared.as_ref()
    }

    /// The newest moment that anything is known of.
    fn news(&self) -> Option<Ms> {
        let runs = self.runs.iter().filter_map(Kept::news);
        runs.chain(self.declared().map(|declared| declared.updated)).max()
    }

    fn view(&self) -> View<'_> {
        View::new(
            &self.id,
            self.url.as_ref(),
            self.name.as_ref(),
            &self.past,
            &self.listing,
            self.listing.gone(self.news()),
            &self.runs,
        )
    }
}

/// The document as it is written, but for its runs.
#[derive(Serialize)]
struct WrittenHead<'a> {
    v: u32,
    id: &'a PipelineId,
    url: &'a Cached<Option<Newest>>,
    #[serde(skip_serializing_if = "is_unnamed")]
    name: &'a Cached<Option<Newest>>,
    past: &'a Cached<Past>,
    gone: &'a Cached<Gone>,
    #[serde(rename = "api", skip_serializing_if = "is_unlisted")]
    listing: &'a Cached<Listing>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_unlisted(listing: &&Cached<Listing>) -> bool {
    listing.is_empty()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_unnamed(name: &&Cached<Option<Newest>>) -> bool {
    name.is_none()
}

/// The document as it is read.
#[derive(Deserialize)]
struct Read {
    #[serde(default)]
    v: u32,
    id: PipelineId,
    #[serde(default)]
    url: Cached<Option<Newest>>,
    #[serde(default)]
    name: Cached<Option<Newest>>,
    #[serde(default)]
    past: Cached<Past>,
    #[serde(default)]
    gone: Cached<Gone>,
    #[serde(rename = "api", default)]
    listing: Cached<Listing>,
    #[serde(default)]
    runs: Vec<Run>,
}
