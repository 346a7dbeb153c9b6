//! One run: the registers of the run itself, of its stages and of their actions.
//!
//! Limits keep a stranger's run small: of more than 500 stages (or actions of a stage) those with the least names are kept,
//! which is the same choice in any order of arrival.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    cached::Cached,
    changes::Changes,
    gone::mark,
    habits::Habits,
    register::{Failure, First, Level, Ms, Newest, Part, Starts, keep_greatest, keep_least},
    seen::{Facts, Seen},
    stored,
};
use crate::{
    Timestamp,
    event::{Approval, Event, State, Subject},
};

/// A matrix of GitHub has up to 256 jobs, a pipeline of GitLab by default up to 500.
pub const MAX_STAGES: usize = 500;
pub const MAX_ACTIONS: usize = 500;
/// Jobs of one stage that share its name.
const MAX_JOBS: usize = 256;
/// Letters of a job's mark: two of one stage are taken for one once in 10^9 times.
const JOB_MARK: usize = 5;

/// Who says something of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Teller {
    /// An event, as it happened.
    Event,
    /// The CI's API, asked afterwards.
    Api,
}

/// All that is known of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The CI's own id.
    #[serde(rename = "i")]
    pub id: String,
    /// The least explicit start of the run, over all attempts.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    told_start: Option<Ms>,
    /// The earliest moment that any event of the run speaks of.
    #[serde(rename = "h")]
    heard: Ms,
    /// The first failure, over all attempts.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failure>,
    /// The last failure of the run as a whole, where an earlier attempt failed, too.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub failed_again: Option<Ms>,
    /// The first failure of newer runs that an earlier version evicted before this one.
    #[serde(rename = "n", default, skip_serializing)]
    pub evicted_failure: Option<Ms>,
    /// What people call the run.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The run in its CI's console.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Newest>,
    /// What started the run. The first word about it counts: a later one tells of a retry or of the commit.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<First>,
    /// What the run builds.
    #[serde(rename = "c", default, skip_serializing_if = "is_unknown")]
    pub changes: Cached<Changes>,
    /// Facts about the run as a whole.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Part>,
    /// By name.
    #[serde(rename = "s", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stages: BTreeMap<String, Cached<Stage>>,
    /// What only the CI's API said so far.
    #[serde(rename = "x", default, skip_serializing_if = "Seen::is_empty")]
    pub seen: Seen,
}

/// All that is known of one stage of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "stored::Stage")]
pub struct Stage {
    /// The stage as a whole; of several jobs the worst one of the newest attempt.
    pub own: Option<Part>,
    /// The jobs that share the stage's name, by the mark of their id. Empty where the CI gives no ids.
    pub jobs: BTreeMap<String, Part>,
    /// By name.
    pub actions: BTreeMap<String, Part>,
}

impl Run {
    /// The run as the first that is told of it.
    pub fn new(event: Event, teller: Teller) -> Self {
        let mut run = Self {
            id: event.run.clone(),
            told_start: None,
            heard: Ms(event.time),
            failed: None,
            failed_again: None,
            evicted_failure: None,
            number: None,
            url: None,
            trigger: None,
            changes: Cached::default(),
            own: None,
            stages: BTreeMap::new(),
            seen: Seen::default(),
        };
        run.join(event, teller);
        run
    }

    /// Takes in what else is told of this run; true when that was news.
    pub fn join(&mut self, event: Event, teller: Teller) -> bool {
        let mut news =
            self.hear(event.started.map_or(event.time, |started| started.min(event.time)));
        if let (Subject::Run, Some(started)) = (&event.subject, event.started) {
            news |= keep_least(&mut self.told_start, Ms(started));
        }
        match teller {
            Teller::Event => {
                news |= self.join_event(event);
                self.prune();
                news
            }
            Teller::Api => {
                let before = self.seen.clone();
                self.seen.join(event);
                self.prune();
                news || self.seen != before
            }
        }
    }

    /// Drops what the API said and events say, too.
    pub fn prune(&mut self) {
        let Self { url, trigger, changes, own, stages, seen, .. } = self;
        if !seen.is_empty() {
            seen.prune(&Facts {
                url: url.as_ref(),
                trigger: trigger.as_ref(),
                changes,
                own: own.as_ref(),
                stages,
            });
        }
    }

    /// The run with all that is known of it among its parts, where the API said something that events did not.
    pub fn with_seen(&self) -> Option<Self> {
        if self.seen.is_empty() {
            return None;
        }
        let mut whole = self.clone();
        self.seen.lay_over(&mut whole);
        Some(whole)
    }

    fn join_event(&mut self, event: Event) -> bool {
        let starts = Habits::of(&event.pipeline).starts();
        let Event {
            run_number,
            run_url,
            subject,
            job,
            attempt,
            time,
            state,
            started,
            trigger,
            change,
            detail,
            ..
        } = event;
        let mut news = false;
        if state == State::Failed {
            news |= self.merge_failure(Failure(level(&subject), Ms(time)));
        }
        if let Some(number) = run_number {
            news |= keep_greatest(&mut self.number, number);
        }
        if let Some(url) = run_url {
            news |= keep_greatest(&mut self.url, (Ms(time), url));
        }
        if let Some(trigger) = trigger {
            news |= keep_least(&mut self.trigger, (Ms(time), trigger));
        }
        if let Some((source, change)) = change {
            news |= self.changes.update(|changes| changes.merge(source, Ms(time), change));
        }
        news | self.join_part(
            subject,
            job,
            Part::told(attempt, time, state, started, detail),
            starts,
        )
    }

    /// Keeps the first failure, and the last one of the run as a whole.
    fn merge_failure(&mut self, failure: Failure) -> bool {
        let last = self.last_failure();
        let mut changed = keep_least(&mut self.failed, failure);
        let of_run = Some(failure).filter(|Failure(level, _)| *level == Level::Run);
        let last = last.into_iter().chain(of_run.map(|Failure(_, at)| at)).max();
        let again = last.filter(|last| self.failed.is_some_and(|Failure(_, first)| first != *last));
        changed |= again != self.failed_again;
        self.failed_again = again;
        changed
    }

    /// When the run as a whole last failed.
    pub fn last_failure(&self) -> Option<Ms> {
        let first = self.failed.filter(|Failure(level, _)| *level == Level::Run);
        self.failed_again.or(first.map(|Failure(_, at)| at))
    }

    fn hear(&mut self, moment: Timestamp) -> bool {
        let earlier = Ms(moment) < self.heard;
        if earlier {
            self.heard = Ms(moment);
        }
        earlier
    }

    fn join_part(
        &mut self,
        subject: Subject,
        job: Option<String>,
        part: Part,
        starts: Starts,
    ) -> bool {
        match subject {
            Subject::Run => join_slot(&mut self.own, part, starts),
            Subject::Stage(name) => {
                self.join_stage(name, |stage| stage.merge_own(job, part, starts))
            }
            Subject::Action { stage, action } => {
                self.join_stage(stage, |stage| stage.join_action(action, part, starts))
            }
        }
    }

    fn join_stage(&mut self, name: String, join: impl FnOnce(&mut Stage) -> bool) -> bool {
        admit(&mut self.stages, &name, MAX_STAGES)
            && self.stages.entry(name).or_default().update(join)
    }

    /// The place of the run among the runs of its pipeline: when it began, as far as is known; ties by id.
    pub fn order(&self) -> (Ms, &str) {
        (self.start(), &self.id)
    }

    /// The explicit start, else the earliest moment heard of.
    pub fn start(&self) -> Ms {
        self.told_start.unwrap_or(self.heard)
    }

    /// Lets go of the actions, or where there are none of the stages; false when there are neither.
    pub fn drop_parts(&mut self) -> bool {
        let has_actions = self.actions().next().is_some() || self.seen.has_actions();
        if has_actions {
            self.seen.drop_actions();
            self.stages.retain(|_, stage| stage.own.is_some());
            for stage in self.stages.values_mut() {
                stage.update(|stage| {
                    stage.jobs.clear();
                    stage.actions.clear();
                    true
                });
            }
            return true;
        }
        let has_stages = !self.stages.is_empty() || self.seen.has_stages();
        self.stages.clear();
        self.seen.drop_stages();
        has_stages
    }

    /// All facts: of the run, of its stages, of their actions.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.own.iter().chain(self.stages.values().flat_map(|stage| stage.parts()))
    }

    /// All actions with their stage's and their own name.
    pub fn actions(&self) -> impl Iterator<Item = (&str, &str, &Part)> {
        self.stages.iter().flat_map(|(stage, known)| {
            known.actions.iter().map(move |(action, part)| (stage.as_str(), action.as_str(), part))
        })
    }

    /// The stage's and own names of all actions.
    pub fn action_names(&self) -> Vec<(String, String)> {
        self.actions().map(|(stage, action, _)| (stage.to_owned(), action.to_owned())).collect()
    }

    /// The newest moment of all that was told.
    pub fn news(&self) -> Option<Ms> {
        self.parts().map(|part| part.time).chain(self.seen.news()).max()
    }

    /// The newest attempt that anything was heard of.
    pub fn attempt(&self) -> u32 {
        self.parts().map(|part| part.attempt).max().unwrap_or(1)
    }

    /// True when neither the run nor a stage was ever spoken of, as with a rule for action events alone.
    pub fn has_actions_alone(&self) -> bool {
        self.own.is_none() && self.stages.values().all(|stage| stage.own.is_none())
    }

    /// A rollback deploys an older change again: a run of its own, of one stage. CodePipeline says `ManualRollback` or
    /// `AutomatedRollback`.
    ///
    /// Source: <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ExecutionTrigger.html>
    pub fn is_rollback(&self) -> bool {
        const ROLLBACK: &str = "rollback";
        self.trigger.as_ref().is_some_and(|(_, trigger)| {
            let start = trigger.len().saturating_sub(ROLLBACK.len());
            trigger.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(ROLLBACK))
        })
    }
}

impl Stage {
    /// Merges what one event claims about the stage, or about one of the jobs that share its name.
    fn merge_own(&mut self, job: Option<String>, part: Part, starts: Starts) -> bool {
        if job.is_none() && self.jobs.is_empty() {
            return join_slot(&mut self.own, part, starts);
        }
        // What was claimed without an id, as earlier versions read GitHub's jobs.
        if self.jobs.is_empty() {
            self.jobs.extend(self.own.take().map(|own| (String::new(), own)));
        }
        let mark = job.map_or_else(String::new, |job| job_mark(&job));
        if !admit(&mut self.jobs, &mark, MAX_JOBS) {
            return false;
        }
        let changed = match self.jobs.get_mut(&mark) {
            Some(known) => known.join(part, starts),
            None => self.jobs.insert(mark, part).is_none(),
        };
        self.own = self.worst_job().map(|(_, part)| part.clone());
        changed
    }

    /// The job that speaks for the stage: of those of the newest attempt the worst one, then the last.
    pub fn worst_job(&self) -> Option<(&str, &Part)> {
        let newest = self.jobs.values().map(|part| part.attempt).max()?;
        let jobs = self.jobs.iter().filter(|(_, part)| part.attempt == newest);
        // With an id an event says more than without.
        let worst = jobs.max_by_key(|(mark, part)| {
            (!mark.is_empty(), severity(part), part.time, mark.as_str())
        });
        worst.map(|(mark, part)| (mark.as_str(), part))
    }

    /// What is known of the stage as a whole, job by job.
    pub fn own_parts(&self) -> impl Iterator<Item = &Part> {
        self.own.iter().filter(|_| self.jobs.is_empty()).chain(self.jobs.values())
    }

    fn join_action(&mut self, name: String, part: Part, starts: Starts) -> bool {
        if !admit(&mut self.actions, &name, MAX_ACTIONS) {
            return false;
        }
        match self.actions.get_mut(&name) {
            Some(known) => known.join(part, starts),
            None => self.actions.insert(name, part).is_none(),
        }
    }

    /// The facts of the stage and of its actions.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.own_parts().chain(self.actions.values())
    }
}

/// How much a job's state matters to whoever looks at its stage.
fn severity(part: &Part) -> u8 {
    match part.state {
        State::Failed => 7,
        State::Started | State::Resumed if part.detail.approval == Approval::Manual => 6,
        State::Started | State::Resumed | State::Stopping => 5,
        State::Queued => 4,
        State::Unknown => 3,
        State::Superseded | State::Canceled | State::Abandoned | State::Stopped => 2,
        State::Succeeded => 1,
        State::Skipped => 0,
    }
}

/// The first letters of the id's mark.
fn job_mark(id: &str) -> String {
    mark(id).iter().take(JOB_MARK).copied().map(char::from).collect()
}

fn is_unknown(changes: &Cached<Changes>) -> bool {
    changes.is_empty()
}

/// Whether there is a place for `name`; the greatest name gives way to a lesser one.
pub fn admit<T>(known: &mut BTreeMap<String, T>, name: &str, max: usize) -> bool {
    if known.len() < max || known.contains_key(name) {
        return true;
    }
    let lesser = known.last_key_value().is_some_and(|(greatest, _)| name < greatest.as_str());
    if lesser {
        known.pop_last();
    }
    lesser
}

fn join_slot(slot: &mut Option<Part>, part: Part, starts: Starts) -> bool {
    if let Some(known) = slot {
        return known.join(part, starts);
    }
    *slot = Some(part);
    true
}

fn level(subject: &Subject) -> Level {
    match subject {
        Subject::Run => Level::Run,
        Subject::Stage(_) => Level::Stage,
        Subject::Action { .. } => Level::Action,
    }
}
