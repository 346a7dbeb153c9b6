//! What is remembered of a pipeline from run to run: the order of its stages, how long it usually takes, what a complete
//! run consists of. (Since when it fails is the matter of `verdicts`.)
//!
//! [`Memory`] is a fold over the runs from the oldest to the newest; each teaches its [`Lesson`]. Evicted runs are folded
//! once, when they are evicted, and [`Past`] keeps the result: reading is that fold continued over the runs that are kept.
//!
//! - *order*: the stages of the newest successful run as they began in it. Stages that only newer runs reached come right
//!   after the stage that preceded them there; those that such a run did not reach follow.
//! - *samples*: of the newest eight successful runs, what their typical durations are the medians of. A retried run
//!   gives no duration of its own: it took only a part of the way.
//! - *complete*: the actions of the newest successful run. A run with action events alone is done once none of its actions
//!   is open and all of these succeeded; while no complete run is known, once its newest action succeeded.
//!
//! Rollbacks run one stage alone, so they teach neither order nor durations.

use serde::{Deserialize, Serialize};

use super::{
    habits::Habits,
    reading::{Outcome, RunReading, StageReading},
    register::{Ms, Part},
    run::Run,
    verdicts::{Ended, Evicted, Failing},
};
use crate::{Status, event::State};

/// How many successes typical durations are the median of.
const MAX_SAMPLES: usize = 8;
/// How many stages are remembered.
const MAX_STAGES: usize = 50;

/// The memory of the runs that were let go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Past {
    #[serde(rename = "f", skip_serializing_if = "Option::is_none")]
    failed: Option<Ms>,
    /// The last failure, and when the newest run among those that failed began. An earlier version did not write them.
    #[serde(rename = "l", skip_serializing_if = "Option::is_none")]
    failed_last: Option<Ms>,
    #[serde(rename = "b", skip_serializing_if = "Option::is_none")]
    failed_start: Option<Ms>,
    #[serde(rename = "o", skip_serializing_if = "Vec::is_empty")]
    order: Vec<String>,
    /// Oldest first.
    #[serde(rename = "d", skip_serializing_if = "Vec::is_empty")]
    samples: Vec<Sample>,
    #[serde(rename = "c", skip_serializing_if = "Vec::is_empty")]
    complete: Vec<(String, String)>,
}

/// How long a successful run took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sample {
    #[serde(rename = "r", skip_serializing_if = "Option::is_none")]
    run_s: Option<u64>,
    #[serde(rename = "s", skip_serializing_if = "Vec::is_empty")]
    stages_s: Vec<(String, u64)>,
}

/// What is to be remembered of one run.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// What the run is at.
    pub outcome: Outcome,
    /// When it failed, unless it succeeded or was stopped before.
    failing: Option<Failing>,
    /// The stages that it reached, in the order in which they began.
    order: Vec<String>,
    teaches: Teaches,
}

#[derive(Clone, Debug)]
enum Teaches {
    /// How a run goes when all goes well, and whether its actions tell what a complete one consists of.
    Success { sample: Sample, is_complete: bool },
    /// That one stage was set back: nothing that holds for other runs.
    Rollback,
    /// How far a run came.
    Part,
}

/// What is known of the pipeline after some of its runs.
#[derive(Clone, Debug)]
pub struct Memory<'a> {
    /// The names of the stages, in the pipeline's order.
    pub order: Vec<&'a str>,
    /// Oldest first.
    samples: Vec<&'a Sample>,
    complete: Complete<'a>,
    /// Those of the pipeline's CI.
    pub habits: Habits,
}

/// The actions that a complete run consists of.
#[derive(Clone, Copy, Debug)]
enum Complete<'a> {
    /// Those of a run that is kept.
    Kept(&'a Run),
    /// Those of a run that was let go; none when no complete run is known.
    Past(&'a [(String, String)]),
}

impl Past {
    /// The memory to go on from.
    pub fn recall(&self, habits: Habits) -> Memory<'_> {
        Memory {
            habits,
            order: self.order.iter().map(String::as_str).collect(),
            samples: self.samples.iter().collect(),
            complete: Complete::Past(&self.complete),
        }
    }

    /// The failures of evicted runs that none of them mended.
    pub fn evicted(&self) -> Option<Evicted> {
        let first = self.failed?;
        let (last, start) = (self.failed_last.unwrap_or(first), self.failed_start.unwrap_or(first));
        Some(Evicted { first, last, start })
    }

    /// Remembers a failure that an earlier version kept with one of its runs.
    pub fn remember_failure(&mut self, at: Ms) -> bool {
        self.failed_last = self.failed_last.or(self.failed).max(Some(at));
        self.failed_start = self.failed_start.or(self.failed).max(Some(at));
        self.failed = Some(self.failed.map_or(at, |failed| failed.min(at)));
        true
    }

    /// Remembers what a complete run consists of whose actions are let go before the run itself.
    pub fn keep_complete(&mut self, complete: Vec<(String, String)>) -> bool {
        let changed = self.complete != complete;
        self.complete = complete;
        changed
    }

    /// Forgets the longest lists, one at a time; false when there is none.
    pub fn forget(&mut self) -> bool {
        if !self.complete.is_empty() {
            self.complete.clear();
            return true;
        }
        let has_samples = !self.samples.is_empty();
        self.samples.clear();
        has_samples
    }
}

impl Lesson {
    /// What this run teaches.
    pub fn of(reading: &RunReading<'_>) -> Self {
        let stages = reading.stages();
        let teaches = match reading.outcome.status {
            Status::Succeeded if reading.run.is_rollback() => Teaches::Rollback,
            Status::Succeeded => Teaches::Success {
                sample: Sample::of(reading.outcome, &stages),
                is_complete: reading.is_complete(),
            },
            _ => Teaches::Part,
        };
        Self {
            outcome: reading.outcome,
            failing: Failing::of(reading),
            order: stages.iter().map(|stage| stage.name.to_owned()).collect(),
            teaches,
        }
    }

    /// What the run ended with. A rollback's success mends nothing: the change that failed is not in.
    pub fn ended(&self, run: &Run) -> Ended {
        let is_success = matches!(self.teaches, Teaches::Success { .. });
        let success = self.outcome.ended.filter(|_| is_success);
        Ended { start: run.start(), success, failing: self.failing }
    }
}

impl<'a> Memory<'a> {
    /// Whether a run with action events alone has all that it needs to be a success.
    pub fn is_done(&self, run: &Run) -> bool {
        if !run.has_actions_alone() || run.actions().any(|(_, _, part)| part.is_open()) {
            return false;
        }
        let succeeded = |part: &Part| part.state == State::Succeeded;
        let has = |stage: &str, action: &str| {
            run.stages.get(stage).and_then(|stage| stage.actions.get(action)).is_some_and(succeeded)
        };
        match self.complete {
            Complete::Kept(complete) => {
                complete.actions().all(|(stage, action, _)| has(stage, action))
            }
            Complete::Past([]) => run
                .actions()
                .map(|(_, _, part)| part)
                .max_by_key(|part| (part.time, part.state))
                .is_some_and(succeeded),
            Complete::Past(complete) => complete.iter().all(|(stage, action)| has(stage, action)),
        }
    }

    /// Takes in the next run, a newer one than all before.
    pub fn absorb(&mut self, run: &'a Run, lesson: &'a Lesson) {
        let order = lesson.order.iter().map(String::as_str);
        match &lesson.teaches {
            Teaches::Rollback => {}
            Teaches::Part => {
                weave(&mut self.order, order);
                self.order.truncate(MAX_STAGES);
            }
            Teaches::Success { sample, is_complete } => {
                if !lesson.order.is_empty() {
                    self.order.clear();
                    self.order.extend(order);
                }
                if *is_complete {
                    self.complete = Complete::Kept(run);
                }
                if self.samples.len() >= MAX_SAMPLES {
                    self.samples.remove(0);
                }
                self.samples.push(sample);
            }
        }
    }

    /// What has to be stored so that the fold can go on without the runs it was made from.
    pub fn into_past(self, evicted: Option<Evicted>) -> Past {
        Past {
            failed: evicted.map(|evicted| evicted.first),
            failed_last: evicted.map(|evicted| evicted.last),
            failed_start: evicted.map(|evicted| evicted.start),
            order: self.order.into_iter().map(str::to_owned).collect(),
            samples: self.samples.into_iter().cloned().collect(),
            complete: match self.complete {
                Complete::Kept(run) => run.action_names(),
                Complete::Past(actions) => actions.to_vec(),
            },
        }
    }

    /// How many seconds a run usually takes.
    pub fn typical_run_s(&self) -> Option<u64> {
        median(self.samples.iter().filter_map(|sample| sample.run_s))
    }

    /// How many seconds a stage usually takes.
    pub fn typical_stage_s(&self, stage: &str) -> Option<u64> {
        let of_stage = |sample: &&Sample| {
            sample.stages_s.iter().find(|(name, _)| name == stage).map(|(_, seconds)| *seconds)
        };
        median(self.samples.iter().filter_map(of_stage))
    }
}

impl Sample {
    fn of(run: Outcome, stages: &[StageReading<'_>]) -> Self {
        let succeeded = stages.iter().filter(|stage| stage.status == Status::Succeeded);
        Self {
            run_s: run.seconds().filter(|_| run.attempt == 1),
            stages_s: succeeded
                .filter_map(|stage| Some((stage.name.to_owned(), stage.seconds()?)))
                .collect(),
        }
    }
}

/// The names of `order` with those of `run` put in: a new name comes right after the one that precedes it in the run.
pub fn weave<'a>(order: &mut Vec<&'a str>, run: impl Iterator<Item = &'a str>) {
    let mut place = 0;
    for name in run {
        if let Some(known) = order.iter().position(|other| *other == name) {
            place = known + 1;
        } else {
            order.insert(place, name);
            place += 1;
        }
    }
}

/// The middle one of up to [`MAX_SAMPLES`] values; of two middle ones the whole part of their mean.
fn median(values: impl Iterator<Item = u64>) -> Option<u64> {
    let mut sorted = [u64::MAX; MAX_SAMPLES];
    let mut count = 0;
    for (place, value) in sorted.iter_mut().zip(values) {
        *place = value;
        count += 1;
    }
    sorted.sort_unstable();
    let lower = sorted.get(..count)?.get(count.checked_sub(1)? / 2)?;
    let upper = sorted.get(count / 2)?;
    Some(lower.midpoint(*upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_median(values: &[u64], expect: Option<u64>) {
        assert_eq!(median(values.iter().copied()), expect);
    }

    #[test]
    fn takes_the_middle() {
        check_median(&[], None);
        check_median(&[7], Some(7));
        check_median(&[9, 4], Some(6));
        check_median(&[100, 1, 3], Some(3));
        check_median(&[u64::MAX, u64::MAX], Some(u64::MAX));
    }

    #[track_caller]
    fn check_weave(order: &[&str], run: &[&str], expect: &[&str]) {
        let mut woven = order.to_vec();
        weave(&mut woven, run.iter().copied());
        assert_eq!(woven, expect);
    }

    #[test]
    fn puts_new_stages_behind_the_one_before_them() {
        check_weave(&[], &["Source", "Build"], &["Source", "Build"]);
        check_weave(&["Source", "Build", "Prod"], &["Source"], &["Source", "Build", "Prod"]);
        check_weave(
            &["Source", "Build", "Prod"],
            &["Source", "Build", "Test"],
            &["Source", "Build", "Test", "Prod"],
        );
        check_weave(
            &["Source", "Build", "Old"],
            &["Source", "Build", "New"],
            &["Source", "Build", "New", "Old"],
        );
        check_weave(&["Build", "Prod"], &["Source", "Build"], &["Source", "Build", "Prod"]);
        check_weave(&["Lint", "Test"], &["Test", "Lint"], &["Lint", "Test"]);
    }
}
