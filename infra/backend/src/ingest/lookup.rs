//! Finds the pipelines of events that don't name them, in their repository's [`Directory`].
//!
//! A run is entered before it is applied, and its held jobs are applied with it before they are released. Whatever fails in
//! between comes again, and each step may happen twice. The same holds for records that another one of the same workflow
//! makes needless: they leave the wall before the directory forgets them.
//!
//! It costs one read for all events of one repository that come together, none where they are jobs of runs that this process
//! knows, and one write for each new run and each held job. A workflow that is seen for the first time costs a read of the
//! record that an earlier version may have stored; a repository that is, a scan of the index `Tiles`.

use std::collections::BTreeMap;

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

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Events of the pipelines that they name now; those that were held before have no place among all.
    pub(super) events: Vec<(Option<usize>, Event)>,
    /// What became of the other events.
    pub(super) outcomes: Vec<(usize, Outcome)>,
    /// What is left to do once the events are applied.
    pub(super) pending: Option<Pending>,
    /// The runs of the events that the directory knows, with their pipelines.
    pub(super) known: BTreeMap<String, PipelineId>,
}

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
    pub(super) async fn run(mut self, table: &Table, id: &PipelineId) -> Result<Answer, Unstored> {
        let mut known = self.take_known(table, id);
        if self.events.is_empty() && self.foreign.is_empty() {
            return Ok(Answer { events: known, ..Answer::default() });
        }
        let mut answer = within(id, async {
            let mut tries = Tries::default();
            while tries.next().await {
                let (known, version) = match table.directory(id).await? {
                    Some(known) => known,
                    None => (new(table, id).await?, Version::ABSENT),
                };
                let mut directory = known.clone();
                self.enter(table, &mut directory).await?;
                let mut answer = self.find(&mut directory);
                let is_changed = directory != known;
                if is_changed && table.put_directory(&directory, version).await? == Put::Outrun {
                    continue;
                }
                let version = if is_changed { version.next() } else { version };
                answer.add_pending(directory, version);
                return Ok(answer);
            }
            Err(Unstored::Outrun(id.clone()))
        })
        .await?;
        answer.events.append(&mut known);
        Ok(answer)
    }

    /// Takes out the jobs of runs that this process knows. Runs themselves are always looked up: jobs may be held for one that
    /// is too old for the directory.
    fn take_known(&mut self, table: &Table, id: &PipelineId) -> Vec<(Option<usize>, Event)> {
        let mut known = Vec::new();
        self.events.retain(|(index, _, event)| {
            let is_job = event.subject != Subject::Run;
            let pipeline = is_job.then(|| table.pipeline_of(id, &event.run)).flatten();
            let Some(pipeline) = pipeline else { return true };
            known.push((Some(*index), Event { pipeline, ..event.clone() }));
            false
        });
        known
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

    /// Finds the pipeline of each event. Jobs of unknown runs are held.
    fn find(&self, directory: &mut Directory) -> Answer {
        let mut answer = Answer::default();
        for (index, raw, event) in &self.events {
            let pipeline = match directory.owner(&event.run) {
                _ if event.subject == Subject::Run => directory.pipeline_of(event).clone(),
                Owner::Pipeline(pipeline) => pipeline.clone(),
                Owner::Foreign => {
                    let reason = "a job of a run that is not the default branch's own".to_owned();
                    tracing::info!(reason, "ignored");
                    answer.outcomes.push((*index, Outcome::Ignored(Ignored { reason })));
                    continue;
                }
                Owner::Unknown => {
                    let dropped = directory.hold(&event.run, raw);
                    if dropped > 0 {
                        tracing::warn!(directory = %directory.id(), dropped, "jobs without a run ignored: too many");
                    }
                    answer.outcomes.push((*index, Outcome::Held));
                    continue;
                }
            };
            if directory.owner(&event.run) == Owner::Pipeline(&pipeline) {
                answer.known.insert(event.run.clone(), pipeline.clone());
            }
            answer.events.push((Some(*index), Event { pipeline, ..event.clone() }));
        }
        answer
    }
}

impl Answer {
    /// Adds the jobs that were held for the runs of the events, and what is left to do afterwards.
    fn add_pending(&mut self, directory: Directory, version: Version) {
        let pipelines: BTreeMap<_, _> = self
            .events
            .iter()
            .map(|(_, event)| (event.run.clone(), event.pipeline.clone()))
            .collect();
        let mut runs = Vec::new();
        for (run, pipeline) in pipelines {
            let held = directory.held(&run, &pipeline);
            if directory.is_holding(&run) {
                runs.push(run);
            }
            self.events.extend(held.into_iter().map(|job| (None, job)));
        }
        if !runs.is_empty() || !directory.duplicates().is_empty() {
            self.pending = Some(Pending { directory, version, runs });
        }
    }
}

/// The directory of a repository that is seen for the first time.
async fn new(table: &Table, id: &PipelineId) -> Result<Directory, TableError> {
    let shown = table.on_the_wall().await?;
    Ok(Directory::new(id.clone(), shown.iter().filter_map(Shown::tile)))
}

impl Pending {
    /// Does the rest, once the held jobs are applied, and has the directory forget it.
    pub(super) async fn finish(self, writer: &Writer) -> Result<(), Unstored> {
        let Self { directory, version, runs } = self;
        for (duplicate, newest) in directory.duplicates() {
            // Its own newest event counts as too old: a newer one brings it back.
            let review =
                Review { at: *newest, presence: Presence::Unasked, retire_after_days: Some(0) };
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
                for run in &runs {
                    directory.release(run);
                }
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
