//! What a run, its stages and their actions are at, read out of the registers.
//!
//! Lost events are normal, so states are inferred, but little:
//!
//! - A run that ended stands as its CI said, unless a stage or action has a fact of a greater attempt. Else only facts of
//!   the newest attempt speak: a `FAILED` stage (without stage facts a `FAILED` action) makes it FAILED, unless stages run in
//!   turn and a later one began after the failure, which a condition had passed; an open approval
//!   (of the run, a stage or an action) WAITING; a word we don't know makes it UNKNOWN; all else is STARTED. Where runs
//!   speak for themselves (`habits`) a failure so inferred is no end: other jobs may go on, or mend it.
//! - A run with action events alone is SUCCEEDED once it is done as `memory` judges it, which knows what a complete run
//!   consists of.
//! - A stage that ended stands unless one of its actions has a fact of a greater attempt. Where stages run in turn
//!   (`habits`), an open one is closed as SUCCEEDED by a later one that began, where *later* means: in the same or a newer
//!   attempt, at a later moment. A run that ended closes the rest: SUCCEEDED with SUCCEEDED, a failed run's stage with a
//!   failed action as FAILED, all else STOPPED. A stage of which only actions were heard is FAILED with a failed action,
//!   and where stages run side by side SUCCEEDED once all of them are over (STOPPED where none of them succeeded).
//! - An action that is open in a closed stage, or was left open by an older attempt, ended too: SUCCEEDED in a SUCCEEDED
//!   stage, else STOPPED.
//! - What is only queued, or was canceled before it began, is not reached; actions that were skipped before they began do not
//!   make their stage reached. What was skipped, `CANCELED`, `ABANDONED` or `SUPERSEDED` is STOPPED. `STOPPING` is
//!   STARTED, in the phase *stopping*; a run of which all is queued is STARTED, in the phase *queued*. Nothing that we don't know is
//!   closed by inference.

use super::{
    habits::Habits,
    register::{Ms, Part},
    run::{Run, Stage},
};
use crate::{Status, event::State, tile::Phase};

/// What one run is at.
#[derive(Clone, Copy, Debug)]
pub struct RunReading<'a> {
    pub run: &'a Run,
    /// Those of the run's CI.
    pub habits: Habits,
    pub outcome: Outcome,
}

/// What a run is at, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub status: Status,
    /// What STARTED means more exactly.
    pub phase: Option<Phase>,
    /// Why it says nothing of the pipeline.
    pub aside: Option<Aside>,
    /// The newest attempt that anything was heard of.
    pub attempt: u32,
    /// When that attempt began, where that was heard of.
    pub began: Option<Ms>,
    pub ended: Option<Ms>,
    /// How long it took in its CI's own count.
    pub took_s: Option<u64>,
    /// With what the run closes its open parts: with its CI's word, or a success seen in its actions.
    closes: Option<Status>,
}

/// Why a run that is over tells nothing of what its pipeline is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    /// A newer run took its place.
    Superseded,
    /// Nothing of it was to run.
    Skipped,
}

/// What one stage that was reached is at.
#[derive(Clone, Debug)]
pub struct StageReading<'a> {
    pub name: &'a str,
    pub status: Status,
    /// When its newest attempt began, where that was heard of.
    pub began: Option<Ms>,
    pub ended: Option<Ms>,
    /// The action that the status is about, for failed, waiting and running stages.
    pub action: Option<&'a str>,
    /// Since when the stage is failed, waiting or running.
    pub since: Option<Ms>,
    outline: Outline<'a>,
    /// Nothing in it can be open any more.
    closed: bool,
}

/// What one action that was reached is at.
#[derive(Clone, Debug)]
pub struct ActionReading<'a> {
    pub name: &'a str,
    pub part: &'a Part,
    pub status: Status,
}

impl Outcome {
    /// How many whole seconds the run took.
    pub fn seconds(&self) -> Option<u64> {
        self.took_s.or_else(|| seconds(self.began, self.ended))
    }
}

impl<'a> RunReading<'a> {
    /// Reads a run; `is_done` tells of a run with action events alone that it has all it needs.
    pub fn of(run: &'a Run, habits: Habits, is_done: bool) -> Self {
        let attempt = run.attempt();
        let began = began(run.own.iter(), attempt).or_else(|| began(run.parts(), attempt));
        let outcome = Outcome {
            status: Status::Started,
            phase: None,
            aside: None,
            attempt,
            began,
            ended: None,
            took_s: None,
            closes: None,
        };
        match &run.own {
            Some(own) if own.is_ended() && own.attempt == attempt => {
                let status = ended_status(own.state);
                let aside = aside(own.state);
                Self {
                    run,
                    habits,
                    outcome: Outcome {
                        status,
                        aside,
                        ended: Some(own.time),
                        took_s: own.detail.took_s,
                        closes: Some(status),
                        ..outcome
                    },
                }
            }
            _ => Self { run, habits, outcome: Self { run, habits, outcome }.inferred(is_done) },
        }
    }

    fn inferred(self, is_done: bool) -> Outcome {
        let Self { run, habits, outcome } = self;
        let own = run.own.as_ref().filter(|own| own.attempt == outcome.attempt);
        let now = own.map(|own| own.state);
        if let Some(at) = self.failed_at() {
            Outcome {
                status: Status::Failed,
                ended: Some(at).filter(|_| habits.infers_ends()),
                ..outcome
            }
        } else if own.is_some_and(Part::is_open_approval) || self.has_waiting_stage() {
            Outcome { status: Status::Waiting, ..outcome }
        } else if is_done {
            let ended = run.actions().map(|(_, _, part)| part.time).max();
            Outcome { status: Status::Succeeded, ended, closes: Some(Status::Succeeded), ..outcome }
        } else if now == Some(State::Unknown) {
            Outcome { status: Status::Unknown, ..outcome }
        } else if now == Some(State::Stopping) {
            Outcome { phase: Some(Phase::Stopping), ..outcome }
        } else if run
            .parts()
            .all(|part| part.attempt < outcome.attempt || part.state == State::Queued)
        {
            Outcome { phase: Some(Phase::Queued), ..outcome }
        } else {
            outcome
        }
    }

    /// When an open run failed, as its stages, or without stage events its actions, say in the newest attempt.
    fn failed_at(&self) -> Option<Ms> {
        let attempt = self.outcome.attempt;
        let has_stages = self
            .run
            .stages
            .values()
            .any(|stage| stage.own.as_ref().is_some_and(|own| own.attempt == attempt));
        if has_stages {
            let failed = self.failed_stages().filter(|(name, own)| !self.was_passed(name, own));
            return failed.map(|(_, own)| own.time).max();
        }
        let actions = self.run.actions().map(|(_, _, part)| part);
        let failed = actions.filter(|part| part.attempt == attempt && part.state == State::Failed);
        failed.map(|part| part.time).max()
    }

    /// The stages that failed in the newest attempt.
    fn failed_stages(&self) -> impl Iterator<Item = (&'a str, &'a Part)> {
        let attempt = self.outcome.attempt;
        let run = self.run;
        run.stages.iter().filter_map(move |(name, stage)| {
            let own = stage.own.as_ref()?;
            (own.attempt == attempt && own.state == State::Failed).then_some((name.as_str(), own))
        })
    }

    /// Whether another stage began although this one had failed: a condition let the run go on. Where both happened in one
    /// second, the other is the later one if it is open or ended later.
    ///
    /// Source: <https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-conditions.html>
    fn was_passed(&self, failed: &str, own: &Part) -> bool {
        let others = self.run.stages.iter().filter(|(name, _)| *name != failed);
        self.habits == Habits::InTurn
            && others.filter_map(|(_, stage)| stage.own.as_ref()).any(|other| {
                let began = start(other);
                let is_later = began > own.time
                    || began == own.time && (other.is_open() || other.time > own.time);
                other.attempt >= own.attempt && other.is_begun() && is_later
            })
    }

    /// Whether a stage that failed was passed, and the run goes on.
    pub fn has_passed_failure(&self) -> bool {
        self.outcome.status != Status::Failed
            && self.failed_stages().any(|(name, own)| self.was_passed(name, own))
    }

    /// Only an open approval makes a stage wait, and few runs have one: the others' stages need not be read.
    fn has_waiting_stage(&self) -> bool {
        self.run.parts().any(Part::is_open_approval)
            && self.stages().iter().any(|stage| stage.status == Status::Waiting)
    }

    /// What the run is at as a fact of its own, where its parts tell more than its CI's word about it. Who waits for whom
    /// has no such fact.
    pub fn inference(&self) -> Option<Part> {
        let Outcome { status, phase, attempt, began, ended, .. } = self.outcome;
        let state = match status {
            Status::Failed => State::Failed,
            Status::Succeeded => State::Succeeded,
            Status::Started if phase == Some(Phase::Queued) => State::Queued,
            Status::Started | Status::Waiting => State::Started,
            Status::Stopped | Status::Unknown => return None,
        };
        let is_over = matches!(status, Status::Failed | Status::Succeeded);
        let own_says_it = self
            .run
            .own
            .as_ref()
            .is_some_and(|own| own.attempt == attempt && own.is_ended() == is_over);
        let time = ended.or_else(|| self.run.parts().map(|part| part.time).max())?;
        (!own_says_it).then(|| Part::inferred(attempt, time, state, began))
    }

    /// Whether its actions are those that a complete run consists of, where that matters. A rollback goes only part of the way.
    pub fn is_complete(&self) -> bool {
        let is_whole = self.outcome.status == Status::Succeeded && !self.run.is_rollback();
        is_whole && self.habits.infers_ends() && self.run.actions().next().is_some()
    }

    /// The stages that were reached, in the order in which they began.
    pub fn stages(&self) -> Vec<StageReading<'a>> {
        let mut outlines: Vec<_> =
            self.run.stages.iter().filter_map(|(name, stage)| Outline::of(name, stage)).collect();
        outlines.sort_by_key(|outline| (outline.place, outline.name));
        outlines.iter().map(|outline| self.stage(*outline, &outlines)).collect()
    }

    fn stage(&self, outline: Outline<'a>, all: &[Outline<'_>]) -> StageReading<'a> {
        let (status, closed) = self.stage_status(&outline, all);
        let action = outline.subject(status);
        let ended = match status {
            Status::Started | Status::Waiting | Status::Unknown => None,
            Status::Failed | Status::Succeeded | Status::Stopped => {
                outline.own_end().or_else(|| outline.last_news_of_actions(status))
            }
        };
        let since = match status {
            Status::Failed => ended,
            Status::Waiting => Some(action.map_or(outline.place, |(_, part)| start(part))),
            Status::Started => Some(outline.place),
            Status::Succeeded | Status::Stopped | Status::Unknown => None,
        };
        StageReading {
            name: outline.name,
            status,
            began: outline.began,
            ended,
            action: action.map(|(name, _)| name),
            since,
            outline,
            closed,
        }
    }

    /// What the stage is at, and whether nothing in it can be open any more.
    fn stage_status(&self, outline: &Outline<'_>, all: &[Outline<'_>]) -> (Status, bool) {
        let own = outline.own();
        let has_failed_action = outline.actions().any(|(_, part)| part.state == State::Failed);
        match (own.map(|own| own.state), self.outcome.closes) {
            (Some(state), _) if own.is_some_and(Part::is_ended) => (ended_status(state), true),
            (Some(State::Unknown), _) => (Status::Unknown, false),
            (None, closes) if has_failed_action => (Status::Failed, closes.is_some()),
            (None, _)
                if self.habits != Habits::InTurn
                    && outline.actions().all(|(_, part)| part.is_ended()) =>
            {
                (outline.result(), true)
            }
            _ if self.habits == Habits::InTurn
                && all.iter().any(|other| other.is_later_than(outline)) =>
            {
                (Status::Succeeded, true)
            }
            (_, Some(Status::Succeeded)) => (Status::Succeeded, true),
            (_, Some(Status::Failed)) if has_failed_action => (Status::Failed, true),
            (_, Some(_)) => (Status::Stopped, true),
            _ if outline.attempt == self.outcome.attempt && outline.waits() => {
                (Status::Waiting, false)
            }
            _ => (Status::Started, false),
        }
    }
}

impl<'a> StageReading<'a> {
    /// How many whole seconds the stage took.
    pub fn seconds(&self) -> Option<u64> {
        seconds(self.began, self.ended)
    }

    /// The actions that were reached, in the order in which they began.
    pub fn actions(&self) -> Vec<ActionReading<'a>> {
        let mut actions: Vec<_> =
            self.outline.stage.actions.iter().filter(|(_, part)| part.is_reached()).collect();
        actions.sort_by_key(|(name, part)| (start(part), name.as_str()));
        actions
            .into_iter()
            .map(|(name, part)| ActionReading { name, part, status: self.action_status(part) })
            .collect()
    }

    fn action_status(&self, part: &Part) -> Status {
        if part.is_ended() {
            ended_status(part.state)
        } else if part.state == State::Unknown {
            Status::Unknown
        } else if self.closed && self.status == Status::Succeeded {
            Status::Succeeded
        } else if self.closed || part.attempt < self.outline.attempt {
            Status::Stopped
        } else if part.is_open_approval() {
            Status::Waiting
        } else {
            Status::Started
        }
    }
}

/// A stage that was reached, before it is known what it is at.
#[derive(Clone, Copy, Debug)]
struct Outline<'a> {
    name: &'a str,
    stage: &'a Stage,
    /// The newest attempt that anything of the stage was heard of.
    attempt: u32,
    /// When that attempt began, where that was heard of.
    began: Option<Ms>,
    /// The same, else the first news of that attempt: the stage's place among the others.
    place: Ms,
    /// That attempt surely ran.
    begun: bool,
}

impl<'a> Outline<'a> {
    fn of(name: &'a str, stage: &'a Stage) -> Option<Self> {
        let is_reached = stage.own_parts().any(Part::is_reached)
            || stage.actions.values().any(Part::reaches_its_stage);
        if !is_reached {
            return None;
        }
        let attempt = stage.parts().map(|part| part.attempt).max()?;
        let began = began(stage.own_parts(), attempt).or_else(|| began(stage.parts(), attempt));
        let now = || stage.parts().filter(|part| part.attempt == attempt);
        let place = began.or_else(|| now().map(|part| part.time).min())?;
        Some(Self { name, stage, attempt, began, place, begun: now().any(Part::is_begun) })
    }

    /// The stage's own fact, when it is of the newest attempt.
    fn own(&self) -> Option<&'a Part> {
        self.stage.own.as_ref().filter(|own| own.attempt == self.attempt)
    }

    fn own_end(&self) -> Option<Ms> {
        self.own().filter(|own| own.is_ended()).map(|own| own.time)
    }

    /// The actions of the newest attempt.
    fn actions(&self) -> impl Iterator<Item = (&'a str, &'a Part)> + use<'a> {
        let attempt = self.attempt;
        self.stage
            .actions
            .iter()
            .map(|(name, part)| (name.as_str(), part))
            .filter(move |(_, part)| part.attempt == attempt)
    }

    /// A person's decision on the stage or one of its actions is being waited for.
    fn waits(&self) -> bool {
        self.own().is_some_and(Part::is_open_approval)
            || self.actions().any(|(_, part)| part.is_open_approval())
    }

    /// What a stage has come to whose actions are over, none of them failed.
    fn result(&self) -> Status {
        let succeeded = self.actions().any(|(_, part)| part.state == State::Succeeded);
        if succeeded { Status::Succeeded } else { Status::Stopped }
    }

    fn is_later_than(&self, other: &Outline<'_>) -> bool {
        self.begun && self.attempt >= other.attempt && self.place > other.place
    }

    /// The action that a stage's status is about.
    fn subject(&self, status: Status) -> Option<(&'a str, &'a Part)> {
        match status {
            Status::Failed => self
                .actions()
                .filter(|(_, part)| part.state == State::Failed)
                .max_by_key(|(name, part)| (part.time, *name)),
            Status::Waiting => self
                .actions()
                .filter(|(_, part)| part.is_open_approval())
                .min_by_key(|(name, part)| (start(part), *name)),
            Status::Started => self
                .actions()
                .filter(|(_, part)| part.is_open() && part.is_reached())
                .max_by_key(|(name, part)| (start(part), *name)),
            Status::Succeeded | Status::Stopped | Status::Unknown => None,
        }
    }

    /// When a stage without an end of its own ended, as its actions tell it: none of them may be open.
    fn last_news_of_actions(&self, status: Status) -> Option<Ms> {
        match status {
            Status::Failed => self.subject(status).map(|(_, part)| part.time),
            _ if self.stage.actions.values().any(Part::is_open) => None,
            _ => self.stage.actions.values().map(|part| part.time).max(),
        }
    }
}

/// How many whole seconds lie between. Nothing when an end is unknown or they are told the wrong way round; the end has
/// whole seconds where the beginning has milliseconds, so less than a second of that is no contradiction.
fn seconds(began: Option<Ms>, ended: Option<Ms>) -> Option<u64> {
    let (Ms(began), Ms(ended)) = (began?, ended?);
    (began.seconds_since(ended) == 0).then(|| ended.seconds_since(began))
}

/// When an action began, else when it was heard of.
fn start(part: &Part) -> Ms {
    part.began_at().unwrap_or(part.time)
}

fn began<'a>(parts: impl Iterator<Item = &'a Part>, attempt: u32) -> Option<Ms> {
    parts.filter(|part| part.attempt == attempt).filter_map(Part::began_at).min()
}

fn aside(state: State) -> Option<Aside> {
    match state {
        State::Superseded => Some(Aside::Superseded),
        State::Skipped => Some(Aside::Skipped),
        _ => None,
    }
}

fn ended_status(state: State) -> Status {
    match state {
        State::Succeeded => Status::Succeeded,
        State::Failed => Status::Failed,
        State::Skipped
        | State::Superseded
        | State::Canceled
        | State::Abandoned
        | State::Stopped => Status::Stopped,
        State::Queued | State::Started | State::Resumed | State::Stopping => Status::Started,
        State::Unknown => Status::Unknown,
    }
}
