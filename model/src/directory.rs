//! Which pipeline the events of a GitHub repository's workflows belong to.
//!
//! A run names its workflow's path, a job only its run, and a job may arrive before its run. So each repository has a
//! directory: the pipelines of its workflows, the newest runs of each, and the jobs that wait for their run. It does no I/O;
//! the backend stores it under an optimistic lock.
//!
//! - **The pipeline of a workflow never changes.** A workflow that is seen for the first time gets the id that follows from
//!   its path, unless there is a record that an earlier version stored under the workflow's name: that one stays its record.
//!   An earlier record is found by its link, which names the file, or by the name. Where there are several of one file (the
//!   workflow was renamed, or could not be read for a while) one goes on, and the others are *duplicates*, which leave the wall.
//! - **A job is never guessed.** It is held until its run arrives, because two workflows may have one name, and because the
//!   run may be one of a pull request from a fork's `main`. Once such a run says so its jobs are dropped, now and later.
//! - **Order.** The run is entered first, then applied together with its held jobs, and only then are these released. Each step
//!   is idempotent, and a crash between two of them loses nothing: jobs of a known run are never held, and any event of a run
//!   applies the jobs that are still held for it.
//! - **Limits.** The newest 1,024 runs by id are known, and as many jobs are held, those of the newest runs. A job that has to
//!   go is counted. GitHub's run ids rise.
//!
//! Sources: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job>,
//! <https://docs.github.com/en/actions/reference/limits> (256 jobs in a run).

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    PipelineId, Tile, Timestamp,
    event::{
        Event, Parsed, Subject,
        github::{self, FOLDER, SOURCE},
        hook::{Entry, Sender},
        parse,
    },
    id::InvalidId,
    text,
};

/// The first part of the directories' ids.
const DIRECTORY: &str = "github-directory";
/// The version of the stored form.
const VERSION: u32 = 1;
/// How many runs are known, and how many jobs are held.
const MAX_RUNS: usize = 1024;
const MAX_HELD: usize = 1024;
/// A held job that takes more bytes is not one of GitHub's.
const MAX_JOB_BYTES: usize = 4096;

/// The directory of a repository in one account and Region.
///
/// # Errors
/// When a part is empty or the whole gets too long.
pub fn id(region: &str, account: &str, repository: &str) -> Result<PipelineId, InvalidId> {
    PipelineId::new(DIRECTORY, region, account, repository)
}

/// Whether an id is that of a directory, which is not a pipeline.
pub fn is_directory(id: &PipelineId) -> bool {
    id.encoded_source() == DIRECTORY
}

/// The directory that knows the event's pipeline. `None` when the event itself names it.
pub fn of_event(event: &Event) -> Option<PipelineId> {
    if event.pipeline.encoded_source() != SOURCE {
        return None;
    }
    let name = event.pipeline.name();
    let repository: Vec<_> = name.splitn(3, '/').take(2).collect();
    id(&event.pipeline.region(), &event.pipeline.account(), &repository.join("/")).ok()
}

/// The id under which earlier versions, which knew only a workflow's name, stored the record of a run's workflow.
pub fn former_id(run: &Event) -> Option<PipelineId> {
    let former = run.pipeline_name.clone().or_else(|| {
        // GitHub names a file that it cannot read by its path.
        let name = run.pipeline.name();
        let (repository, file) = name.rsplit_once('/').filter(|(_, file)| github::is_file(file))?;
        Some(format!("{repository}/{FOLDER}{file}"))
    })?;
    let (region, account) = (run.pipeline.region(), run.pipeline.account());
    PipelineId::new(SOURCE, &region, &account, &former).ok().filter(|id| *id != run.pipeline)
}

/// Whether a record can be the one of this workflow. One whose link names another file is not.
fn is_record_of(record: &Tile, workflow: &PipelineId) -> bool {
    match record.url.as_deref().and_then(page_file) {
        Some(file) => !github::is_file(file) || file == file_of(workflow),
        None => true,
    }
}

/// The last part of a workflow's page, where a link leads to one.
fn page_file(url: &str) -> Option<&str> {
    let (_, path) = url.split_once("/actions/workflows/")?;
    let file = path.rsplit('/').next()?;
    // Earlier versions took the ref behind a path for a part of the file's name.
    let file =
        file.split_once("%40").or_else(|| file.split_once('@')).map_or(file, |(file, _)| file);
    (!file.is_empty()).then_some(file)
}

/// The last part of a workflow's path as its page has it.
fn file_of(workflow: &PipelineId) -> String {
    text::path_segment(workflow.name().rsplit('/').next().unwrap_or_default())
}

/// A run's id. Numbers of more digits are newer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct RunId(String);

impl Ord for RunId {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl PartialOrd for RunId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What is known of one workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Workflow {
    /// Its pipeline, where that is a record of an earlier version and not what follows from the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pipeline: Option<PipelineId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    runs: BTreeSet<RunId>,
}

/// Whose a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner<'a> {
    /// A pipeline's.
    Pipeline(&'a PipelineId),
    /// A pull request's or a fork's.
    Foreign,
    /// Its own event has not arrived yet, or long ago.
    Unknown,
}

/// All that is known of a repository's workflows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    id: PipelineId,
    /// By the ids that follow from their paths.
    workflows: BTreeMap<PipelineId, Workflow>,
    /// Records of earlier versions by the files that their links name, until a workflow takes them.
    former: BTreeMap<String, PipelineId>,
    foreign: BTreeSet<RunId>,
    held: BTreeMap<RunId, BTreeSet<String>>,
    /// With the time of each one's newest event.
    duplicates: BTreeMap<PipelineId, Timestamp>,
}

/// Why bytes are not a directory.
#[derive(Debug, thiserror::Error)]
pub enum InvalidDirectory {
    /// Broken, or something else altogether.
    #[error("not a directory of workflows")]
    Malformed(#[from] serde_json::Error),
    /// Written by a newer version, which older ones must not touch.
    #[error("a directory of version {0}, newer than this program")]
    Newer(u32),
}

impl Directory {
    /// The first directory of a repository. `records` are those that the table has; those of other repositories are passed
    /// over.
    pub fn new(id: PipelineId, records: impl IntoIterator<Item = Tile>) -> Self {
        let mut former: BTreeMap<String, Tile> = BTreeMap::new();
        let mut duplicates = BTreeMap::new();
        for record in records {
            let Some(file) = record.url.as_deref().and_then(page_file) else { continue };
            if !is_of(&record.id, &id) {
                continue;
            }
            let (goes_on, other) = match former.remove(file) {
                Some(known) if claim(&known) > claim(&record) => (known, Some(record.clone())),
                known => (record.clone(), known),
            };
            former.insert(file.to_owned(), goes_on);
            duplicates.extend(other.and_then(|tile| Some((tile.id, tile.run?.updated))));
        }
        let former = former.into_iter().map(|(file, record)| (file, record.id)).collect();
        Self {
            id,
            workflows: BTreeMap::new(),
            former,
            foreign: BTreeSet::new(),
            held: BTreeMap::new(),
            duplicates,
        }
    }

    /// Which directory this is.
    pub fn id(&self) -> &PipelineId {
        &self.id
    }

    /// Whether the workflow of a run has its pipeline.
    pub fn knows(&self, run: &Event) -> bool {
        self.owner(&run.run) != Owner::Unknown || self.workflows.contains_key(&run.pipeline)
    }

    /// Whether a record of an earlier version waits for the workflow of a run, so that none has to be looked for.
    pub fn has_former(&self, run: &Event) -> bool {
        self.former.contains_key(&file_of(&run.pipeline))
    }

    /// Enters a run. `former` is the record under its [`former_id`], where there is one; it counts only for a workflow that is
    /// entered for the first time.
    pub fn enter(&mut self, run: &Event, former: Option<&Tile>) {
        if run.subject != Subject::Run || self.owner(&run.run) != Owner::Unknown {
            return;
        }
        let workflow = &run.pipeline;
        if !self.workflows.contains_key(workflow) {
            let by_file = self.former.remove(&file_of(workflow));
            let by_name = former
                .filter(|record| is_record_of(record, workflow) && !self.is_taken(&record.id));
            let pipeline = by_file.or_else(|| by_name.map(|record| record.id.clone()));
            let pipeline = pipeline.filter(|pipeline| pipeline != workflow);
            self.workflows.insert(workflow.clone(), Workflow { pipeline, ..Workflow::default() });
        }
        if let Some(known) = self.workflows.get_mut(workflow) {
            known.runs.insert(RunId(run.run.clone()));
        }
        self.forget_runs();
    }

    /// Whether a record is some workflow's already.
    fn is_taken(&self, record: &PipelineId) -> bool {
        self.workflows.values().any(|workflow| workflow.pipeline.as_ref() == Some(record))
    }

    /// Enters a run that is not the default branch's own, and drops its jobs.
    pub fn enter_foreign(&mut self, run: &str) {
        if self.owner(run) == Owner::Unknown {
            self.foreign.insert(RunId(run.to_owned()));
            self.forget_runs();
            self.release(run);
        }
    }

    /// Whose a run is.
    pub fn owner(&self, run: &str) -> Owner<'_> {
        let run = RunId(run.to_owned());
        let owner = self.workflows.iter().find(|(_, workflow)| workflow.runs.contains(&run));
        match owner {
            Some((id, workflow)) => Owner::Pipeline(workflow.pipeline.as_ref().unwrap_or(id)),
            None if self.foreign.contains(&run) => Owner::Foreign,
            None => Owner::Unknown,
        }
    }

    /// The pipeline of a run's workflow, also of a run that is too old to be known.
    pub fn pipeline_of<'a>(&'a self, run: &'a Event) -> &'a PipelineId {
        match self.owner(&run.run) {
            Owner::Pipeline(pipeline) => pipeline,
            Owner::Foreign | Owner::Unknown => {
                let workflow = self.workflows.get(&run.pipeline);
                workflow.and_then(|known| known.pipeline.as_ref()).unwrap_or(&run.pipeline)
            }
        }
    }

    /// Holds the event of a job until its run arrives. Returns how many held events had to go, at worst this one.
    #[must_use]
    pub fn hold(&mut self, run: &str, event: &Value) -> usize {
        let Some(kept) = self.kept(event).filter(|kept| kept.len() <= MAX_JOB_BYTES) else {
            return 1;
        };
        self.held.entry(RunId(run.to_owned())).or_default().insert(kept);
        let mut dropped = 0;
        while self.held.values().map(BTreeSet::len).sum::<usize>() > MAX_HELD {
            let Some(mut oldest) = self.held.first_entry() else { break };
            // `completed_at` is the first key that differs: jobs that have ended stay longest.
            oldest.get_mut().pop_last();
            dropped += 1;
            if oldest.get().is_empty() {
                oldest.remove();
            }
        }
        dropped
    }

    /// Makes a directory smaller that is too big to be stored: drops the held jobs of the oldest run. Returns how many;
    /// 0 when no job is held.
    #[must_use]
    pub fn trim(&mut self) -> usize {
        self.held.pop_first().map_or(0, |(_, jobs)| jobs.len())
    }

    /// Whether any job is held for a run.
    pub fn is_holding(&self, run: &str) -> bool {
        self.held.contains_key(&RunId(run.to_owned()))
    }

    /// The events of the jobs that are held for a run, with the pipeline that it turned out to be of.
    pub fn held(&self, run: &str, pipeline: &PipelineId) -> Vec<Event> {
        let jobs = self.held.get(&RunId(run.to_owned()));
        let events = jobs.into_iter().flatten().filter_map(|job| match parse(job.as_bytes()) {
            Ok(Parsed::Event(event)) => Some(Event { pipeline: pipeline.clone(), ..*event }),
            _ => None,
        });
        events.collect()
    }

    /// Forgets the jobs that were held for a run.
    pub fn release(&mut self, run: &str) {
        self.held.remove(&RunId(run.to_owned()));
    }

    /// Records that have to leave the wall, because another one of the same file goes on, with the time of each one's newest
    /// event.
    pub fn duplicates(&self) -> &BTreeMap<PipelineId, Timestamp> {
        &self.duplicates
    }

    /// Forgets these duplicates.
    pub fn release_duplicates(&mut self, ids: &[PipelineId]) {
        self.duplicates.retain(|id, _| !ids.contains(id));
    }

    /// As much of a job's event as is read of it, as JSON with sorted keys.
    fn kept(&self, event: &Value) -> Option<String> {
        let kind = event.get("detail-type")?.as_str()?;
        let entry = Entry::of_hook(Sender::GitHub, kind, event.get("detail")?)?;
        Some(entry.event(&self.id.account(), &self.id.region()).to_string())
    }

    /// Forgets the oldest runs where there are too many.
    fn forget_runs(&mut self) {
        loop {
            let runs = self.workflows.values().map(|workflow| workflow.runs.len()).sum::<usize>();
            if runs + self.foreign.len() <= MAX_RUNS {
                return;
            }
            let sets = self.workflows.values_mut().map(|workflow| &mut workflow.runs);
            let oldest = sets
                .chain([&mut self.foreign])
                .filter(|runs| !runs.is_empty())
                .min_by(|one, other| one.first().cmp(&other.first()));
            oldest.map(BTreeSet::pop_first);
        }
    }

    /// The form that is stored: compact JSON.
    pub fn to_json(&self) -> Vec<u8> {
        let Self { id, workflows, former, foreign, held, duplicates } = self;
        let written = Written { v: VERSION, id, workflows, former, foreign, held, duplicates };
        // A vector takes all that is written, and all keys are texts: this can't fail.
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When the bytes are not a directory, or one of a version that is too new.
    pub fn from_json(json: &[u8]) -> Result<Self, InvalidDirectory> {
        let Read { v, id, workflows, former, foreign, held, duplicates } =
            serde_json::from_slice(json)?;
        if v > VERSION {
            return Err(InvalidDirectory::Newer(v));
        }
        Ok(Self { id, workflows, former, foreign, held, duplicates })
    }
}

/// Whether a record is one of the directory's repository.
fn is_of(record: &PipelineId, directory: &PipelineId) -> bool {
    let place = |id: &PipelineId| (id.region(), id.account());
    let name = record.name();
    record.encoded_source() == SOURCE
        && place(record) == place(directory)
        && name.strip_prefix(&directory.name()).is_some_and(|rest| rest.starts_with('/'))
}

/// Which of several records of one file is its workflow's: none that is named by the path, as earlier versions did for a file
/// that GitHub could not read; else the one with the newest events.
fn claim(record: &Tile) -> (bool, Option<Timestamp>, &PipelineId) {
    let is_named = !record.id.name().contains(FOLDER);
    (is_named, record.run.as_ref().map(|run| run.updated), &record.id)
}

#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    id: &'a PipelineId,
    workflows: &'a BTreeMap<PipelineId, Workflow>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    former: &'a BTreeMap<String, PipelineId>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    foreign: &'a BTreeSet<RunId>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    held: &'a BTreeMap<RunId, BTreeSet<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    duplicates: &'a BTreeMap<PipelineId, Timestamp>,
}

#[derive(Deserialize)]
struct Read {
    #[serde(default)]
    v: u32,
    id: PipelineId,
    #[serde(default)]
    workflows: BTreeMap<PipelineId, Workflow>,
    #[serde(default)]
    former: BTreeMap<String, PipelineId>,
    #[serde(default)]
    foreign: BTreeSet<RunId>,
    #[serde(default)]
    held: BTreeMap<RunId, BTreeSet<String>>,
    #[serde(default)]
    duplicates: BTreeMap<PipelineId, Timestamp>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{Applied, Pipeline};

    const PLACE: (&str, &str) = ("eu-west-1", "111122223333");

    fn event(kind: &str, subject: &Value) -> Value {
        json!({
            "source": "github.com", "detail-type": kind, "region": PLACE.0, "account": PLACE.1, "time": "2026-11-23T09:00:00Z",
            "detail": {
                kind: subject,
                "repository": { "full_name": "acme/web-shop", "default_branch": "main", "html_url": "https://github.com/acme/web-shop" },
            },
        })
    }

    fn at(minute: u32) -> String {
        format!("2026-11-23T{:02}:{:02}:00Z", 9 + minute / 60, minute % 60)
    }

    /// A run of the workflow in `file`, which is called `name` now.
    fn run(id: u32, file: &str, name: &str, conclusion: Option<&str>, minute: u32) -> Value {
        event(
            "workflow_run",
            &json!({
                "id": id, "name": name, "path": format!("{FOLDER}{file}"), "head_branch": "main", "event": "push", "run_number": id,
                "status": if conclusion.is_some() { "completed" } else { "in_progress" }, "conclusion": conclusion,
                "run_started_at": at(id % 50), "updated_at": at(minute),
            }),
        )
    }

    fn job(run: u32, id: u32, name: &str, conclusion: &str, minute: u32) -> Value {
        event(
            "workflow_job",
            &json!({
                "id": id, "run_id": run, "workflow_name": "CI", "head_branch": "main", "name": name, "labels": ["ubuntu-latest"],
                "status": "completed", "conclusion": conclusion, "runner_id": 7, "steps": [{ "name": "Set up job" }],
                "created_at": at(run % 50), "started_at": at(run % 50), "completed_at": at(minute),
            }),
        )
    }

    fn foreign(id: u32) -> Value {
        let mut foreign = run(id, "ci.yml", "CI", Some("failure"), 30);
        foreign["detail"]["workflow_run"]["event"] = json!("pull_request");
        foreign
    }

    fn read(event: &Value) -> Event {
        match crate::event::parse_value(event) {
            Ok(Parsed::Event(event)) => *event,
            other => panic!("no event: {other:?}"),
        }
    }

    fn pipeline(name: &str) -> PipelineId {
        PipelineId::new(SOURCE, PLACE.0, PLACE.1, &format!("acme/web-shop/{name}")).unwrap()
    }

    fn directory_id() -> PipelineId {
        id(PLACE.0, PLACE.1, "acme/web-shop").unwrap()
    }

    fn record(name: &str, file: Option<&str>, updated: Option<u32>) -> Tile {
        let mut tile = Pipeline::new(pipeline(name)).tile();
        tile.url =
            file.map(|file| format!("https://github.com/acme/web-shop/actions/workflows/{file}"));
        if let Some(minute) = updated {
            let mut known = Pipeline::new(pipeline(name));
            let event =
                Event { pipeline: pipeline(name), ..read(&run(1, "x.yml", name, None, minute)) };
            assert_eq!(known.apply(event), Applied::Changed);
            tile.run = known.tile().run;
        }
        tile
    }

    fn empty() -> Directory {
        Directory::new(directory_id(), [])
    }

    #[test]
    fn only_githubs_events_have_a_directory() {
        let run = read(&run(5, "ci.yml", "CI", None, 5));
        assert_eq!(of_event(&run), Some(directory_id()));
        assert_eq!(of_event(&read(&job(5, 1, "lint", "success", 5))), Some(directory_id()));
        assert!(is_directory(&directory_id()) && !is_directory(&run.pipeline));
        let other = PipelineId::new("codepipeline", "r", "a", "acme/web-shop/x").unwrap();
        assert_eq!(of_event(&Event { pipeline: other, ..run }), None);
    }

    #[test]
    fn a_record_of_an_earlier_version_is_looked_for_by_the_workflows_name() {
        let former = |name: &str| former_id(&read(&run(5, "ci.yml", name, None, 5)));
        assert_eq!(former("CI"), Some(pipeline("CI")));
        assert_eq!(former(".github/workflows/ci.yml"), Some(pipeline(".github/workflows/ci.yml")));
        assert_eq!(former("ci.yml"), None, "it is the same id");
    }

    /// Which pipeline a run of `file` with this name is of, by what the table has.
    #[track_caller]
    fn check_adopted(wall: &[Tile], by_name: Option<&Tile>, file: &str, expect: &str) {
        let mut directory = Directory::new(directory_id(), wall.to_vec());
        let run = read(&run(5, file, "CI", None, 5));
        directory.enter(&run, by_name);
        assert_eq!(directory.owner("5"), Owner::Pipeline(&pipeline(expect)));
        assert_eq!(directory.pipeline_of(&run), &pipeline(expect));
        directory.enter(&Event { run: "6".to_owned(), ..run }, None);
        assert_eq!(directory.owner("6"), Owner::Pipeline(&pipeline(expect)), "for ever");
    }

    #[test]
    fn a_record_of_an_earlier_version_stays_the_workflows() {
        let named = |file: Option<&str>| Some(record("CI", file, None));
        check_adopted(&[], None, "ci.yml", "ci.yml");
        check_adopted(&[], named(None).as_ref(), "ci.yml", "CI");
        check_adopted(&[], named(Some("ci.yml")).as_ref(), "ci.yml", "CI");
        check_adopted(&[], named(Some("other.yml")).as_ref(), "ci.yml", "ci.yml");
        check_adopted(&[], named(Some("ci.yml%40main")).as_ref(), "ci.yml", "CI");
        check_adopted(&[], named(Some("main")).as_ref(), "ci.yml", "CI");
        let renamed = [record("Old name", Some("ci.yml"), None)];
        check_adopted(&renamed, None, "ci.yml", "Old name");
        check_adopted(&renamed, named(None).as_ref(), "ci.yml", "Old name");
        check_adopted(&renamed, None, "other.yml", "other.yml");
        let records = [
            record(".github/workflows/ci.yml", Some("ci.yml"), Some(50)),
            record("Old name", Some("ci.yml"), Some(10)),
            record("CI", Some("ci.yml"), Some(20)),
            record("Elsewhere", Some("other.yml"), Some(40)),
        ];
        check_adopted(&records, None, "ci.yml", "CI");
        check_adopted(&records[..2], None, "ci.yml", "Old name");
        check_adopted(&records[..1], None, "ci.yml", ".github/workflows/ci.yml");
        let mut stranger = record("CI", Some("ci.yml"), None);
        stranger.id = PipelineId::new(SOURCE, PLACE.0, PLACE.1, "acme/web-shop-2/CI").unwrap();
        check_adopted(&[stranger], None, "ci.yml", "ci.yml");
    }

    #[test]
    fn of_several_records_of_one_file_one_goes_on() {
        let mut records = [
            record("Old name", Some("ci.yml"), Some(10)),
            record("CI", Some("ci.yml"), Some(20)),
            record(".github/workflows/ci.yml", Some("ci.yml"), Some(50)),
            record("Elsewhere", Some("other.yml"), Some(40)),
            record("Without runs", Some("ci.yml"), None),
        ];
        for _ in 0..records.len() {
            records.rotate_left(1);
            let mut directory = Directory::new(directory_id(), records.to_vec());
            let duplicates: Vec<_> = directory.duplicates().keys().cloned().collect();
            assert_eq!(duplicates, [pipeline(".github/workflows/ci.yml"), pipeline("Old name")]);
            directory.release_duplicates(&duplicates[..1]);
            assert_eq!(directory.duplicates().len(), 1);
            let stored = Directory::from_json(&directory.to_json()).unwrap();
            assert_eq!(stored, directory);
        }
    }

    #[test]
    fn one_record_is_that_of_one_workflow() {
        let mut directory = empty();
        let record = record("CI", None, None);
        directory.enter(&read(&run(5, "ci.yml", "CI", None, 5)), Some(&record));
        directory.enter(&read(&run(6, "nightly.yml", "CI", None, 6)), Some(&record));
        assert_eq!(directory.owner("5"), Owner::Pipeline(&pipeline("CI")));
        assert_eq!(directory.owner("6"), Owner::Pipeline(&pipeline("nightly.yml")));
    }

    #[test]
    fn jobs_wait_for_their_run() {
        let mut directory = empty();
        let lint = job(5, 51, "lint", "success", 6);
        for event in
            [&lint, &lint, &job(5, 52, "test", "failure", 7), &job(6, 61, "lint", "success", 7)]
        {
            assert_eq!(directory.owner("5"), Owner::Unknown);
            assert_eq!(directory.hold(&read(event).run, event), 0);
        }
        let ci = read(&run(5, "ci.yml", "CI", None, 5));
        assert!(!directory.knows(&ci));
        directory.enter(&ci, None);
        assert!(directory.knows(&ci));
        let held = directory.held("5", &ci.pipeline);
        assert_eq!(held.len(), 2);
        assert!(held.contains(&Event { pipeline: ci.pipeline.clone(), ..read(&lint) }));
        directory.release("5");
        assert_eq!(directory.held("5", &ci.pipeline), []);
        assert_eq!(directory.held("6", &ci.pipeline).len(), 1);
    }

    #[test]
    fn jobs_of_a_run_that_is_not_ours_are_dropped() {
        let mut directory = empty();
        assert_eq!(directory.hold("5", &job(5, 51, "lint", "success", 6)), 0);
        directory.enter_foreign("5");
        assert_eq!(directory.owner("5"), Owner::Foreign);
        assert_eq!(directory.held("5", &pipeline("ci.yml")), []);
        let ours = read(&run(6, "ci.yml", "CI", None, 5));
        directory.enter(&ours, None);
        directory.enter_foreign("6");
        assert_eq!(directory.owner("6"), Owner::Pipeline(&ours.pipeline));
    }

    #[test]
    fn the_newest_runs_and_their_jobs_are_kept() {
        let mut directory = empty();
        let files = ["a.yml", "b.yml"];
        for id in 900..900 + 1100 {
            let file = files[usize::try_from(id % 2).unwrap()];
            directory.enter(&read(&run(id, file, "CI", None, 5)), None);
        }
        assert_eq!(directory.owner("975"), Owner::Unknown);
        assert_eq!(directory.owner("976"), Owner::Pipeline(&pipeline("a.yml")));
        assert_eq!(directory.owner("1999"), Owner::Pipeline(&pipeline("b.yml")));
        let late = read(&run(7, "a.yml", "CI", None, 5));
        directory.enter(&late, None);
        assert_eq!(directory.owner("7"), Owner::Unknown);
        assert_eq!(directory.pipeline_of(&late), &pipeline("a.yml"));

        let mut dropped = 0;
        for id in 0..1030 {
            dropped += directory.hold("7", &job(7, id, "lint", "success", 6));
        }
        assert_eq!((dropped, directory.held("7", &late.pipeline).len()), (6, 1024));
        assert_eq!(directory.hold("3000", &job(3000, 1, "lint", "success", 6)), 1);
        assert_eq!(directory.held("7", &late.pipeline).len(), 1023);
        assert_eq!(directory.held("3000", &late.pipeline).len(), 1);
        assert_eq!((directory.trim(), directory.trim(), directory.trim()), (1023, 1, 0));
        let mut huge = job(3000, 1, "lint", "success", 6);
        huge["detail"]["workflow_job"]["head_sha"] = json!("x".repeat(2048));
        huge["detail"]["workflow_job"]["workflow_name"] = json!("x".repeat(2048));
        assert_eq!(directory.hold("3000", &huge), 1);
        assert_eq!(directory.held("3000", &late.pipeline), []);
    }

    #[test]
    fn it_is_stored_and_read() {
        let mut directory = Directory::new(
            directory_id(),
            [record("CI", Some("ci.yml"), None), record("Old name", Some("old.yml"), None)],
        );
        directory.enter(&read(&run(5, "ci.yml", "CI", None, 5)), None);
        directory.enter_foreign("6");
        assert_eq!(directory.hold("7", &job(7, 71, "lint", "success", 6)), 0);
        let json = directory.to_json();
        assert_eq!(Directory::from_json(&json).unwrap(), directory);
        let text = String::from_utf8(json).unwrap();
        assert!(!text.contains("Set up job"), "{text}");
        let newer = text.replace(r#""v":1"#, r#""v":2"#);
        assert!(matches!(Directory::from_json(newer.as_bytes()), Err(InvalidDirectory::Newer(2))));
        for broken in ["", "[]", "{}", r#"{"id":"x"}"#] {
            assert!(Directory::from_json(broken.as_bytes()).is_err(), "{broken}");
        }
        let unknown = text.replacen('{', r#"{"later":1,"#, 1);
        assert_eq!(Directory::from_json(unknown.as_bytes()).unwrap(), directory);
    }

    /// A table, and what writes it as the backend does.
    #[derive(Debug, PartialEq)]
    struct Table {
        directory: Directory,
        pipelines: BTreeMap<PipelineId, Pipeline>,
    }

    /// Where a writer dies.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    enum Death {
        BeforeApplying,
        BeforeReleasing,
        Never,
    }

    impl Table {
        fn take(&mut self, raw: &Value, death: Death) {
            if let Some((_, run)) = github::ignored_run(raw) {
                return self.directory.enter_foreign(&run);
            }
            let event = read(raw);
            self.directory.enter(&event, None);
            let owner = match self.directory.owner(&event.run) {
                _ if event.subject == Subject::Run => self.directory.pipeline_of(&event).clone(),
                Owner::Pipeline(pipeline) => pipeline.clone(),
                Owner::Foreign => return,
                Owner::Unknown => return assert_eq!(self.directory.hold(&event.run, raw), 0),
            };
            if death == Death::BeforeApplying {
                return;
            }
            let held = self.directory.held(&event.run, &owner);
            let record =
                self.pipelines.entry(owner.clone()).or_insert_with(|| Pipeline::new(owner.clone()));
            let run = event.run.clone();
            for event in [Event { pipeline: owner, ..event }].into_iter().chain(held) {
                let _ = record.apply(event);
            }
            if death == Death::Never {
                self.directory.release(&run);
            }
        }
    }

    /// Runs of two workflows of one name, one of which is renamed, of a fork, and their jobs.
    fn history() -> Vec<Value> {
        let mut events = vec![foreign(104)];
        for (id, file, name) in
            [(101, "ci.yml", "CI"), (102, "ci.yml", "Tests"), (103, "nightly.yml", "CI")]
        {
            events.push(run(id, file, name, None, id % 50 + 1));
            events.push(run(id, file, name, Some("failure"), id % 50 + 9));
        }
        for id in 101..=104 {
            events.push(job(id, id * 10, "lint", "success", id % 50 + 3));
            events.push(job(id, id * 10 + 1, "test", "failure", id % 50 + 5));
        }
        events
    }

    fn table_of(events: &[(usize, Death)]) -> Table {
        let history = history();
        let mut table = Table { directory: empty(), pipelines: BTreeMap::new() };
        // An event whose writer died arrives again later.
        let again = events.iter().filter(|(_, death)| *death != Death::Never);
        let again = again.map(|(index, _)| (*index, Death::Never));
        for (index, death) in events.iter().copied().chain(again) {
            table.take(&history[index], death);
        }
        table
    }

    proptest! {
        #[test]
        fn any_order_ends_in_the_same_records(
            order in Just((0..history().len()).collect::<Vec<_>>()).prop_shuffle(),
            doubled in prop::collection::vec((0..history().len(), 0..3_usize), 0..20),
            deaths in prop::collection::vec(0..3_usize, 40),
        ) {
            let kinds = [Death::Never, Death::BeforeApplying, Death::BeforeReleasing];
            let mut places: Vec<usize> = order;
            for (index, place) in doubled {
                places.insert(place * places.len() / 3, index);
            }
            let events: Vec<_> =
                places.into_iter().zip(deaths).map(|(index, death)| (index, kinds[death])).collect();
            let plain: Vec<_> = (0..history().len()).map(|index| (index, Death::Never)).collect();
            let (table, expected) = (table_of(&events), table_of(&plain));
            prop_assert_eq!(&table, &expected);
            prop_assert_eq!(table.pipelines.len(), 2);
            prop_assert!(table.directory.held.is_empty());
        }
    }
}
