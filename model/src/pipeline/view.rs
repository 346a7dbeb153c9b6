//! The documents that people read, made of what the registers say: the wall's row and the pipeline's page.
//!
//! - *Headline*: the newest run that was neither superseded nor skipped; when that one is only under way and an older run
//!   waits for a person, the newest such run. Such a run makes the headline only where there is no other.
//! - *History*: the runs up to the headline but for the skipped ones, of which nothing ran.
//! - The tile's *stage* is the last one that is at what the run is at, else the last one reached.

use super::{
    habits::Habits,
    kept::Kept,
    listing::{Listing, SwitchedOff},
    memory::{Memory, Past, weave},
    reading::{ActionReading, Aside, RunReading, StageReading},
    register::{Ms, Newest},
};
use crate::{
    Page, PipelineId, Status, Tile, Timestamp,
    page::{PageAction, PageOff, PageRun, PageStage},
    tile::{Past as Bar, TileRun, TileStage},
};

/// How many runs the tile's history shows.
const MAX_HISTORY: usize = 10;

/// All runs that count as they read, oldest first, and what they taught.
pub struct View<'a> {
    id: &'a PipelineId,
    url: Option<&'a Newest>,
    listing: &'a Listing,
    gone: Option<Ms>,
    runs: Vec<RunReading<'a>>,
    memory: Memory<'a>,
}

impl<'a> View<'a> {
    /// Reads the runs, which are in their order, oldest first. Hearsay is passed over.
    pub fn new(
        id: &'a PipelineId,
        url: Option<&'a Newest>,
        past: &'a Past,
        listing: &'a Listing,
        gone: Option<Ms>,
        runs: &'a [Kept],
    ) -> Self {
        let habits = Habits::of(id);
        let mut memory = past.recall(habits);
        let mut readings = Vec::with_capacity(runs.len());
        readings.extend(
            runs.iter()
                .filter(|run| !habits.is_hearsay(run.run()))
                .map(|run| run.read(&mut memory)),
        );
        Self { id, url, listing, gone, runs: readings, memory }
    }

    /// All runs that count, oldest first.
    pub fn runs(&self) -> &[RunReading<'a>] {
        &self.runs
    }

    /// The wall's row.
    pub fn tile(&self) -> Tile {
        let headline = self.headline();
        let (run, history) = match headline {
            Some((index, run)) => (Some(run), self.history(index)),
            None => (None, Vec::new()),
        };
        let status = run.map_or(Status::Unknown, |run| run.outcome.status);
        let stages = self.rail(run);
        Tile {
            id: self.id.clone(),
            name: self.id.name(),
            status,
            stage: current_stage(&stages, status),
            stages,
            run: run.map(|run| self.tile_run(run)),
            change: run.and_then(|run| run.run.changes.without_url()),
            history,
            failing_since: self.memory.failing_since.map(moment),
            verdict: None,
            url: self.url(),
            off: self.off().first().map(|off| off.stage.clone()),
            gone: self.gone.map(moment),
        }
    }

    /// The pipeline's page.
    pub fn page(&self) -> Page {
        Page {
            id: self.id.clone(),
            name: self.id.name(),
            status: self.headline().map_or(Status::Unknown, |(_, run)| run.outcome.status),
            failing_since: self.memory.failing_since.map(moment),
            url: self.url(),
            off: self.off().into_iter().map(page_off).collect(),
            gone: self.gone.map(moment),
            runs: self.runs.iter().rev().map(|run| self.page_run(run)).collect(),
        }
    }

    fn headline(&self) -> Option<(usize, &RunReading<'a>)> {
        let newest_first = || self.runs.iter().enumerate().rev();
        let newest = newest_first()
            .find(|(_, run)| run.outcome.aside.is_none())
            .or_else(|| newest_first().next())?;
        let waiting = newest_first()
            .filter(|(index, _)| *index < newest.0)
            .find(|(_, run)| run.outcome.status == Status::Waiting);
        match waiting {
            Some(waiting) if newest.1.outcome.status == Status::Started => Some(waiting),
            _ => Some(newest),
        }
    }

    fn history(&self, headline: usize) -> Vec<Bar> {
        let newest_first = self.runs.iter().take(headline + 1).rev().map(|run| run.outcome);
        let bars =
            newest_first.filter(|outcome| outcome.aside != Some(Aside::Skipped)).take(MAX_HISTORY);
        let mut bars: Vec<Bar> = bars
            .map(|outcome| Bar { status: outcome.status, seconds: outcome.seconds() })
            .collect();
        bars.reverse();
        bars
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
            number: None,
            error: None,
            behind: 0,
        }
    }

    fn page_run(&self, run: &RunReading<'a>) -> PageRun {
        let mut reached = run.stages();
        let order = self.order_with(&reached);
        reached.sort_by_key(|stage| order.iter().position(|name| *name == stage.name));
        PageRun {
            id: run.run.id.clone(),
            number: None,
            status: run.outcome.status,
            error: None,
            phase: run.outcome.phase,
            superseded: run.outcome.aside == Some(Aside::Superseded),
            skipped: run.outcome.aside == Some(Aside::Skipped),
            started: started(run),
            ended: run.outcome.ended.map(moment),
            attempt: run.outcome.attempt,
            trigger: text(run.run.trigger.as_ref()),
            change: run.run.changes.read(),
            url: text(run.run.url.as_ref()),
            stages: reached.iter().map(page_stage).collect(),
        }
    }
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
