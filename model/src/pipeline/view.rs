//! The documents that people read, made of what the registers say: the wall's row and the pipeline's page.
//!
//! - *History*: the runs that began before the headline, and those that ended before it; but none that was skipped, of
//!   which nothing ran. The headline is the last one.
//! - The tile's *stage* is the last one that is at what the run is at, else the last one reached.

use super::{
    habits::Habits,
    headline::{Candidate, headline},
    kept::Kept,
    listing::{Listing, SwitchedOff},
    memory::{Memory, Past, weave},
    reading::{ActionReading, Aside, Outcome, RunReading, StageReading},
    register::{Ms, Newest},
    verdicts::{Ended, failing_since},
};
use crate::{
    Page, PipelineId, Status, Tile, Timestamp,
    page::{PageAction, PageOff, PageRun, PageStage},
    tile::{Past as Bar, TileRun, TileStage, Verdict, run_label},
};

/// How many runs the tile's history shows.
const MAX_HISTORY: usize = 10;
/// How many stages a tile has.
const MAX_RAIL: usize = 50;
/// Characters of a UUID that people say of it, as the CodePipeline console does.
const SHORT_ID: usize = 8;

/// All runs that count as they read, oldest first, and what they taught.
pub struct View<'a> {
    id: &'a PipelineId,
    url: Option<&'a Newest>,
    name: Option<&'a Newest>,
    listing: &'a Listing,
    gone: Option<Ms>,
    runs: Vec<RunReading<'a>>,
    memory: Memory<'a>,
    failing_since: Option<Ms>,
    /// The place of the run that speaks for the pipeline.
    headline: Option<usize>,
}

impl<'a> View<'a> {
    /// Reads the runs, which are in their order, oldest first. Hearsay is passed over.
    pub fn new(
        id: &'a PipelineId,
        url: Option<&'a Newest>,
        name: Option<&'a Newest>,
        past: &'a Past,
        listing: &'a Listing,
        gone: Option<Ms>,
        runs: &'a [Kept],
    ) -> Self {
        let habits = Habits::of(id);
        let mut memory = past.recall(habits);
        let mut readings = Vec::with_capacity(runs.len());
        let mut ended = Vec::with_capacity(runs.len());
        for run in runs.iter().filter(|run| !habits.is_hearsay(run.run())) {
            let (run, lesson) = run.teach(&mut memory);
            ended.push(lesson.ended(run));
            readings.push(RunReading { run, habits, outcome: lesson.outcome });
        }
        let failing_since = failing_since(past.evicted(), &ended);
        let candidates: Vec<_> = readings.iter().zip(&ended).map(candidate).collect();
        let headline = headline(&candidates);
        Self { id, url, name, listing, gone, runs: readings, memory, failing_since, headline }
    }

    /// All runs that count, oldest first.
    pub fn runs(&self) -> &[RunReading<'a>] {
        &self.runs
    }

    /// The wall's row.
    pub fn tile(&self) -> Tile {
        let run = self.headline();
        let status = run.map_or(Status::Unknown, |run| run.outcome.status);
        let stages = self.rail(run);
        Tile {
            id: self.id.clone(),
            name: self.name(),
            status,
            stage: current_stage(&stages, status),
            stages: shortened(stages),
            run: run.map(|run| self.tile_run(run)),
            change: run.and_then(|run| run.run.changes.without_url()),
            history: self.history(),
            failing_since: self.failing_since.map(moment),
            verdict: self.verdict(),
            url: self.url(),
            off: self.off().first().map(|off| off.stage.clone()),
            gone: self.gone.map(moment),
        }
    }

    /// The pipeline's page.
    pub fn page(&self) -> Page {
        Page {
            id: self.id.clone(),
            name: self.name(),
            status: self.headline().map_or(Status::Unknown, |run| run.outcome.status),
            failing_since: self.failing_since.map(moment),
            url: self.url(),
            off: self.off().into_iter().map(page_off).collect(),
            gone: self.gone.map(moment),
            runs: self.runs.iter().rev().map(|run| self.page_run(run)).collect(),
        }
    }

    fn name(&self) -> String {
        text(self.name).unwrap_or_else(|| self.id.name())
    }

    fn headline(&self) -> Option<&RunReading<'a>> {
        self.runs.get(self.headline?)
    }

    fn history(&self) -> Vec<Bar> {
        let Some((place, headline)) = self.headline.zip(self.headline()) else {
            return Vec::new();
        };
        let ended_before = |run: &RunReading<'_>| {
            verdict(run).is_some_and(|(ended, _)| Some(ended) <= headline.outcome.ended)
        };
        let others = self
            .runs
            .iter()
            .enumerate()
            .rev()
            .filter(|(other, run)| *other < place || *other > place && ended_before(run));
        let newest_first = std::iter::once(headline).chain(others.map(|(_, run)| run));
        let bars = newest_first
            .map(|run| run.outcome)
            .filter(|outcome| outcome.aside != Some(Aside::Skipped))
            .take(MAX_HISTORY)
            .map(|outcome| Bar { status: outcome.status, seconds: outcome.seconds() });
        let mut bars: Vec<Bar> = bars.collect();
        bars.reverse();
        bars
    }

    /// The last verdict, unless the headline is it.
    fn verdict(&self) -> Option<Verdict> {
        let verdicts = self.runs.iter().enumerate().filter_map(|(place, run)| {
            verdict(run).map(|(ended, status)| (ended, place, status, run))
        });
        let (ended, place, status, run) =
            verdicts.max_by_key(|(ended, place, ..)| (*ended, *place))?;
        if self.headline == Some(place) && run.outcome.ended == Some(ended) {
            return None;
        }
        let changes = &run.run.changes;
        let label = run_label(number(run), changes.revision(), &run.run.id).to_owned();
        let author = changes.author().filter(|_| status == Status::Failed).map(str::to_owned);
        Some(Verdict { status, label, ended: moment(ended), author })
    }

    /// How many newer runs queue behind one that waits for a person.
    fn behind(&self, run: &RunReading<'_>) -> u32 {
        let newer = self.runs.iter().skip(self.headline.map_or(0, |place| place + 1));
        if run.outcome.status != Status::Waiting {
            return 0;
        }
        let queue = newer.filter(|newer| newer.outcome.status == Status::Started).count();
        u32::try_from(queue).unwrap_or(u32::MAX)
    }

    fn url(&self) -> Option<String> {
        text(self.url).or_else(|| self.listing.declared.as_ref()?.url.clone())
    }

    /// The stages that nothing may enter, in the pipeline's order.
    fn off(&self) -> Vec<&'a SwitchedOff> {
        let off = self
            .listing
            .switched
            .as_ref()
            .map(|switched| switched.off.as_slice())
            .unwrap_or_default();
        match &self.listing.declared {
            Some(declared) => declared
                .stage_names()
                .filter_map(|name| off.iter().find(|off| off.stage == name))
                .collect(),
            None => off.iter().collect(),
        }
    }

    fn rail(&self, run: Option<&RunReading<'a>>) -> Vec<TileStage> {
        let reached = run.map(RunReading::stages).unwrap_or_default();
        let segment = |name: &str| {
            let stage = reached.iter().find(|stage| stage.name == name);
            TileStage {
                name: name.to_owned(),
                status: stage.map(|stage| stage.status),
                action: stage.and_then(|stage| stage.action).map(str::to_owned),
                since: stage.and_then(|stage| stage.since).map(moment),
                typical_s: self.memory.typical_stage_s(name),
            }
        };
        self.order_with(&reached).into_iter().map(segment).collect()
    }

    /// The pipeline's order, as it is defined or else as its runs went, with the stages of a run that may know more.
    fn order_with(&self, reached: &[StageReading<'a>]) -> Vec<&'a str> {
        let mut order = match &self.listing.declared {
            Some(declared) => declared.stage_names().collect(),
            None => self.memory.order.clone(),
        };
        weave(&mut order, reached.iter().map(|stage| stage.name));
        order
    }

    fn tile_run(&self, run: &RunReading<'_>) -> TileRun {
        TileRun {
            id: run.run.id.clone(),
            started: started(run),
            updated: moment(
                run.run.parts().map(|part| part.time).max().unwrap_or_else(|| run.run.start()),
            ),
            ended: run.outcome.ended.map(moment),
            attempt: run.outcome.attempt,
            typical_s: self.memory.typical_run_s(),
            phase: run.outcome.phase,
            number: number(run).map(str::to_owned),
            error: error(run),
            behind: self.behind(run),
        }
    }

    fn page_run(&self, run: &RunReading<'a>) -> PageRun {
        let mut reached = run.stages();
        let order = self.order_with(&reached);
        reached.sort_by_key(|stage| order.iter().position(|name| *name == stage.name));
        PageRun {
            id: run.run.id.clone(),
            number: number(run).map(str::to_owned),
            status: run.outcome.status,
            error: error(run),
            phase: run.outcome.phase,
            superseded: run.outcome.aside == Some(Aside::Superseded),
            skipped: run.outcome.aside == Some(Aside::Skipped),
            started: started(run),
            ended: run.outcome.ended.map(moment),
            took_s: run.outcome.took_s,
            attempt: run.outcome.attempt,
            trigger: text(run.run.trigger.as_ref()),
            change: run.run.changes.read(),
            url: text(run.run.url.as_ref()),
            stages: reached.iter().map(page_stage).collect(),
        }
    }
}

fn candidate((run, ended): (&RunReading<'_>, &Ended)) -> Candidate {
    let RunReading { outcome, .. } = run;
    Candidate {
        status: outcome.status,
        verdict: outcome.ended.or(ended.failing.map(|failing| failing.last)),
        goes_on: outcome.status == Status::Failed && outcome.ended.is_none(),
        is_aside: outcome.aside.is_some(),
    }
}

/// What a run ended with, and when. One that is retried, or was stopped then, keeps the failure that it had ended with.
fn verdict(run: &RunReading<'_>) -> Option<(Ms, Status)> {
    let Outcome { status, ended, .. } = run.outcome;
    let own = ended.filter(|_| matches!(status, Status::Succeeded | Status::Failed));
    let failed_before = || Some((run.run.last_failure()?, Status::Failed));
    own.map(|ended| (ended, status)).or_else(failed_before)
}

/// What people call the run: CodePipeline's console shows the first characters of the id.
fn number<'a>(run: &RunReading<'a>) -> Option<&'a str> {
    let is_uuid = |id: &str| id.len() == 36 && id.bytes().filter(|byte| *byte == b'-').count() == 4;
    let short = || {
        let id = &run.run.id;
        id.get(..SHORT_ID).filter(|_| run.habits == Habits::InTurn && is_uuid(id))
    };
    run.run.number.as_deref().or_else(short)
}

/// The CI's own word for how the run ended.
fn error(run: &RunReading<'_>) -> Option<String> {
    let own = run.run.own.as_ref().filter(|own| own.attempt == run.outcome.attempt);
    own.and_then(|own| own.detail.error.clone())
}

/// The stages that a tile has, where a run has hundreds: first those that failed, wait or run, then the first ones.
fn shortened(stages: Vec<TileStage>) -> Vec<TileStage> {
    if stages.len() <= MAX_RAIL {
        return stages;
    }
    let matters = |stage: &TileStage| match stage.status {
        Some(Status::Failed) => 0,
        Some(Status::Waiting) => 1,
        Some(Status::Started) => 2,
        _ => 3,
    };
    let mut stages: Vec<(usize, TileStage)> = stages.into_iter().enumerate().collect();
    stages.sort_by_key(|(place, stage)| (matters(stage), *place));
    stages.truncate(MAX_RAIL);
    stages.sort_by_key(|(place, _)| *place);
    stages.into_iter().map(|(_, stage)| stage).collect()
}

fn page_off(off: &SwitchedOff) -> PageOff {
    PageOff { stage: off.stage.clone(), since: moment(off.since), reason: off.reason.clone() }
}

fn page_stage(stage: &StageReading<'_>) -> PageStage {
    PageStage {
        name: stage.name.to_owned(),
        status: stage.status,
        started: stage.began.map(moment),
        ended: stage.ended.map(moment),
        actions: stage.actions().iter().map(page_action).collect(),
    }
}

fn page_action(action: &ActionReading<'_>) -> PageAction {
    let ActionReading { name, part, status } = action;
    PageAction {
        name: (*name).to_owned(),
        status: *status,
        kind: part.detail.kind.clone(),
        started: part.began_at().map(moment),
        ended: part.is_ended().then(|| moment(part.time)),
        took_s: part.detail.took_s,
        summary: part.detail.summary.clone(),
        error: part.detail.error.clone(),
        url: part.detail.url.clone(),
    }
}

/// The stage that the status is about: the last one in that status, else the last one reached.
fn current_stage(rail: &[TileStage], status: Status) -> Option<String> {
    let about = rail.iter().rfind(|stage| stage.status == Some(status));
    about
        .or_else(|| rail.iter().rfind(|stage| stage.status.is_some()))
        .map(|stage| stage.name.clone())
}

fn started(run: &RunReading<'_>) -> Timestamp {
    moment(run.outcome.began.unwrap_or_else(|| run.run.start()))
}

fn moment(Ms(moment): Ms) -> Timestamp {
    moment
}

fn text(register: Option<&(Ms, String)>) -> Option<String> {
    register.map(|(_, text)| text.clone())
}
