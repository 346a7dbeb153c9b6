//! Finds the pipelines of events that don't name them, in their repository's [`Directory`].
//!
//! A run is entered before it is applied, and its held jobs are applied with it before they are released. Whatever fails in
//! between comes again, and each step may happen twice. The same holds for records that another one of the same workflow
//! makes needless: they leave the wall before the directory forgets them.
//!
//! It costs one read for all events of one repository that come together, and one write for each new run and each held job. A
//! workflow that is seen for the first time costs a read of the record that an earlier version may have stored; a repository
//! that is, a scan of the wall's rows.

#![expect(
    clippy::large_enum_variant,
    clippy::unused_self,
    clippy::needless_for_each,
    reason = "reads well as it is"
)]

use model::{
    PipelineId,
    directory::{self, Directory, Owner},
    event::{Event, Ignored, Subject},
    pipeline::{Presence, Review},
};
use serde_json::Value;

use super::{First, Outcome, Tries, Unstored, Writer, amend, within};
use crate::table::{Put, Shown, Table, TableError, Version};

/// What is looked up in one directory.
#[derive(Debug, Default)]
pub(super) struct Lookup<'a> {
    /// Events, as they came and as they were read, each with its place among all.
    pub(super) events: Vec<(usize, &'a Value, Event)>,
    /// Runs that are not the default branch's own.
    pub(super) foreign: Vec<String>,
}

/// What came of an event.
#[derive(Debug)]
pub(super) enum Found {
    /// It belongs to this pipeline.
    Event(Event),
    /// It belongs to none, or nobody knows yet.
    Not(Outcome),
}

/// Events with their places among all; those that were held before have none.
pub(super) type Places = Vec<(Option<usize>, Found)>;

/// What is to be done before the directory may forget it, and the directory as it was written last.
#[derive(Debug)]
pub(super) struct Pending {
    directory: Directory,
    version: Version,
    /// Their held jobs are to be applied.
    runs: Vec<String>,
}

impl Lookup<'_> {
    /// Looks all of it up in the directory `id`, and enters what is new.
    pub(super) async fn run(
        self,
        table: &Table,
        id: &PipelineId,
    ) -> Result<(Option<Pending>, Places), Unstored> {
        within(id, async {
            let mut tries = Tries::default();
            while tries.next().await {
                let (known, version) = match table.directory(id).await? {
                    Some(known) => known,
                    None => (new(table, id).await?, Version::ABSENT),
                };
                let mut directory = known.clone();
                self.enter(table, &mut directory).await?;
                let places = self.places(&mut directory);
                let is_changed = directory != known;
                if is_changed && table.put_directory(&directory, version).await? == Put::Outrun {
                    continue;
                }
                let version = if is_changed { version.next() } else { version };
                return Ok(self.answer(directory, version, places));
            }
            Err(Unstored::Outrun(id.clone()))
        })
        .await
    }

    /// Enters all runs, before any job is looked up.
    async fn enter(&self, table: &Table, directory: &mut Directory) -> Result<(), TableError> {
        for run in &self.foreign {
            directory.enter_foreign(run);
        }
        for run in self.events.iter().map(|(_, _, event)| event) {
            if run.subject != Subject::Run {
                continue;
            }
            let former = match directory::former_id(run) {
                Some(former) if !directory.knows(run) && !directory.has_former(run) => {
                    table.get(&former).await?
                }
                _ => None,
            };
            directory.enter(run, former.map(|former| former.pipeline.tile()).as_ref());
        }
        Ok(())
    }

    /// What becomes of each event. Jobs of unknown runs are held.
    fn places(&self, directory: &mut Directory) -> Places {
        let mut places = Places::with_capacity(self.events.len());
        for (index, raw, event) in &self.events {
            let found = match directory.owner(&event.run) {
                _ if event.subject == Subject::Run => of(event, directory.pipeline_of(event)),
                Owner::Pipeline(pipeline) => of(event, pipeline),
                Owner::Foreign => {
                    let reason = "a job of a run that is not the default branch's own".to_owned();
                    tracing::info!(reason, "ignored");
                    Found::Not(Outcome::Ignored(Ignored { reason }))
                }
                Owner::Unknown => {
                    let dropped = directory.hold(&event.run, raw);
                    if dropped > 0 {
                        tracing::warn!(directory = %directory.id(), dropped, "jobs without a run ignored: too many");
                    }
                    Found::Not(Outcome::Held)
                }
            };
            places.push((Some(*index), found));
        }
        places
    }

    /// Adds the jobs that were held for the runs of these events.
    fn answer(
        self,
        directory: Directory,
        version: Version,
        mut places: Places,
    ) -> (Option<Pending>, Places) {
        let mut runs: Vec<String> = Vec::new();
        let mut held = Places::new();
        for (_, found) in &places {
            if let Found::Event(Event { run, pipeline, .. }) = found
                && !runs.contains(run)
            {
                let jobs = directory.held(run, pipeline);
                if !jobs.is_empty() {
                    runs.push(run.clone());
                    held.extend(jobs.into_iter().map(|job| (None, Found::Event(job))));
                }
            }
        }
        places.extend(held);
        let is_pending = !runs.is_empty() || !directory.duplicates().is_empty();
        (is_pending.then_some(Pending { directory, version, runs }), places)
    }
}

fn of(event: &Event, pipeline: &PipelineId) -> Found {
    Found::Event(Event { pipeline: pipeline.clone(), ..event.clone() })
}

/// The directory of a repository that is seen for the first time.
async fn new(table: &Table, id: &PipelineId) -> Result<Directory, TableError> {
    let rows = table.on_the_wall().await?;
    Ok(Directory::new(id.clone(), rows.iter().filter_map(Shown::tile)))
}

impl Pending {
    /// Does the rest, once the held jobs are applied, and has the directory forget it.
    pub(super) async fn finish(self, writer: &Writer) -> Result<(), Unstored> {
        let Self { directory, version, runs } = self;
        for (duplicate, news) in directory.duplicates() {
            // Its own news count as too old: whatever is newer brings it back.
            let review =
                Review { at: *news, presence: Presence::Unasked, retire_after_days: Some(0) };
            amend(writer, duplicate, None, First::IsOld, |pipeline| (pipeline.review(review), ()))
                .await?;
            tracing::info!(pipeline = %duplicate, "left the wall: another record of its workflow goes on");
        }
        let duplicates: Vec<_> = directory.duplicates().keys().cloned().collect();
        let (table, id) = (&writer.table, directory.id().clone());
        let mut known = Some((directory, version));
        within(&id, async {
            let mut tries = Tries::default();
            while tries.next().await {
                let stored = match known.take() {
                    Some(known) => Some(known),
                    None => table.directory(&id).await?,
                };
                let Some((mut directory, version)) = stored else { return Ok(()) };
                runs.iter().for_each(|run| directory.release(run));
                directory.release_duplicates(&duplicates);
                if table.put_directory(&directory, version).await? == Put::Written {
                    return Ok(());
                }
            }
            Err(Unstored::Outrun(id.clone()))
        })
        .await
    }
}
