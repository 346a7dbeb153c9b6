//! What is remembered of a pipeline from run to run: since when it fails, the order of its stages, how long it usually
//! takes, what a complete run consists of.
//!
//! [`Memory`] is a fold over the runs from the oldest to the newest. The runs that were let go are folded once, when
//! they go, and [`Past`] keeps the result: reading is that fold continued over the runs that are kept.
//!
//! - *failing since*: the first failure after the newest success. A run that fails, is retried and runs again still counts
//!   from its first failure, until it succeeds. A rollback's success ends nothing: the change that failed is not in.
//! - *order*: the stages of the newest successful run as they began in it. Stages that only newer runs reached come right
//!   after the stage that preceded them there; those that such a run did not reach follow.
//! - *samples*: of the newest eight successful runs, what their typical durations are the medians of. A retried run
//!   gives no duration of its own: it took only a part of the way.
//! - *complete*: the actions of the newest successful run.
//!
//! Rollbacks run one stage alone, so they teach neither order nor durations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    reading::{RunReading, StageReading, seconds},
    register::{Failure, Level, Ms},
    run::Run,
};
use crate::Status;

/// How many successes typical durations are the median of.
const MAX_SAMPLES: usize = 8;
/// How many stages are remembered.
const MAX_STAGES: usize = 50;

/// The memory of the runs that were let go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Past {
    #[serde(rename = "f", skip_serializing_if = "Option::is_none")]
    failing_since: Option<Ms>,
    #[serde(rename = "o", skip_serializing_if = "Vec::is_empty")]
    order: Vec<String>,
    /// Oldest first.
    #[serde(rename = "d", skip_serializing_if = "Vec::is_empty")]
    samples: Vec<PastSample>,
    #[serde(rename = "c", skip_serializing_if = "Vec::is_empty")]
    complete: Vec<(String, String)>,
}

/// How long a successful run took that was let go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct PastSample {
    #[serde(rename = "r", skip_serializing_if = "Option::is_none")]
    run_s: Option<u64>,
    #[serde(rename = "s", skip_serializing_if = "BTreeMap::is_empty")]
    stages_s: BTreeMap<String, u64>,
}

/// What is known of the pipeline after some of its runs.
#[derive(Clone, Debug)]
pub struct Memory<'a> {
    pub failing_since: Option<Ms>,
    /// The names of the stages, in the pipeline's order.
    pub order: Vec<&'a str>,
    /// Oldest first.
    samples: Vec<Sample<'a>>,
    pub complete: Complete<'a>,
}

#[derive(Clone, Debug)]
struct Sample<'a> {
    run_s: Option<u64>,
    stages_s: Vec<(&'a str, u64)>,
}

/// The actions that a complete run consists of.
#[derive(Clone, Copy, Debug)]
pub enum Complete<'a> {
    /// Those of a run that is kept.
    Kept(&'a Run),
    /// Those of a run that was let go; none when no complete run is known.
    Past(&'a [(String, String)]),
}

impl Past {
    /// The memory to go on from.
    pub fn recall(&self) -> Memory<'_> {
        let samples = self.samples.iter().map(|sample| Sample {
            run_s: sample.run_s,
            stages_s: sample.stages_s.iter().map(|(name, seconds)| (name.as_str(), *seconds)).collect(),
        });
        Memory {
            failing_since: self.failing_since,
            order: self.order.iter().map(String::as_str).collect(),
            samples: samples.collect(),
            complete: Complete::Past(&self.complete),
        }
    }
}

impl<'a> Memory<'a> {
    /// Takes in the next run, a newer one than all before.
    pub fn absorb(&mut self, reading: &RunReading<'a>) {
        let stages = reading.stages();
        let order = stages.iter().map(|stage| stage.name);
        if reading.status != Status::Succeeded {
            weave(&mut self.order, order);
            if let Some(failed) = first_failure(reading) {
                self.failing_since = Some(self.failing_since.map_or(failed, |since| since.min(failed)));
            }
        } else if !reading.run.is_rollback() {
            self.failing_since = None;
            if !stages.is_empty() {
                self.order = order.collect();
            }
            if reading.run.actions().next().is_some() {
                self.complete = Complete::Kept(reading.run);
            }
            if self.samples.len() >= MAX_SAMPLES {
                self.samples.remove(0);
            }
            self.samples.push(Sample::of(reading, &stages));
        }
    }

    /// What has to be stored so that the fold can go on without the runs it was made from.
    pub fn into_past(self) -> Past {
        let samples = self.samples.into_iter().map(|sample| PastSample {
            run_s: sample.run_s,
            stages_s: sample.stages_s.into_iter().map(|(name, seconds)| (name.to_owned(), seconds)).collect(),
        });
        Past {
            failing_since: self.failing_since,
            order: self.order.into_iter().map(str::to_owned).collect(),
            samples: samples.collect(),
            complete: self.complete.to_owned(),
        }
    }

    /// How many seconds a run usually takes.
    pub fn typical_run_s(&self) -> Option<u64> {
        median(self.samples.iter().filter_map(|sample| sample.run_s))
    }

    /// How many seconds a stage usually takes.
    pub fn typical_stage_s(&self, stage: &str) -> Option<u64> {
        let of_stage = |sample: &Sample<'_>| sample.stages_s.iter().find(|(name, _)| *name == stage).map(|(_, seconds)| *seconds);
        median(self.samples.iter().filter_map(of_stage))
    }
}

impl<'a> Sample<'a> {
    fn of(reading: &RunReading<'a>, stages: &[StageReading<'a>]) -> Self {
        let succeeded = stages.iter().filter(|stage| stage.status == Status::Succeeded);
        Self {
            run_s: seconds(reading.began, reading.ended).filter(|_| reading.attempt == 1),
            stages_s: succeeded.filter_map(|stage| Some((stage.name, stage.seconds()?))).collect(),
        }
    }
}

impl Complete<'_> {
    /// Whether any complete run is known.
    pub fn is_known(&self) -> bool {
        match self {
            Self::Kept(_) => true,
            Self::Past(actions) => !actions.is_empty(),
        }
    }

    /// Whether all its actions (stage, action) are `succeeded`.
    pub fn all(&self, succeeded: impl Fn(&str, &str) -> bool) -> bool {
        match self {
            Self::Kept(run) => run.actions().all(|(stage, action, _)| succeeded(stage, action)),
            Self::Past(actions) => actions.iter().all(|(stage, action)| succeeded(stage, action)),
        }
    }

    fn to_owned(self) -> Vec<(String, String)> {
        match self {
            Self::Kept(run) => run.actions().map(|(stage, action, _)| (stage.to_owned(), action.to_owned())).collect(),
            Self::Past(actions) => actions.to_vec(),
        }
    }
}

/// The names of `order` with those of `run` put in: a new name comes right after the one that precedes it in the run.
pub fn weave<'a>(order: &mut Vec<&'a str>, run: impl Iterator<Item = &'a str>) {
    let mut place = 0;
    for name in run {
        if let Some(known) = order.iter().position(|other| *other == name) {
            place = known + 1;
        } else if order.len() < MAX_STAGES {
            order.insert(place, name);
            place += 1;
        }
    }
}

/// When a run that did not succeed first failed.
///
/// Its newest attempt may be running again: an earlier failure counts still. Whether an action's failure was the run's is
/// a question only where nothing else is heard of; a stage's is the run's until the run ends otherwise.
fn first_failure(reading: &RunReading<'_>) -> Option<Ms> {
    let is_open = matches!(reading.status, Status::Started | Status::Waiting | Status::Unknown);
    match (reading.run.failed, reading.status) {
        (None, Status::Failed) => reading.ended,
        (Some(Failure(_, at)), Status::Failed) | (Some(Failure(Level::Run, at)), _) => Some(at),
        (Some(Failure(Level::Stage, at)), _) if is_open => Some(at),
        (Some(Failure(Level::Action, at)), _) if is_open && reading.run.has_actions_alone() => Some(at),
        _ => None,
    }
}

/// The middle value; of two middle ones the whole part of their mean.
fn median(values: impl Iterator<Item = u64>) -> Option<u64> {
    let mut sorted: Vec<u64> = values.collect();
    sorted.sort_unstable();
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().saturating_sub(1) / 2)?;
    Some(lower.midpoint(upper))
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
        check_weave(&["Source", "Build", "Prod"], &["Source", "Build", "Test"], &["Source", "Build", "Test", "Prod"]);
        check_weave(&["Source", "Build", "Old"], &["Source", "Build", "New"], &["Source", "Build", "New", "Old"]);
        check_weave(&["Build", "Prod"], &["Source", "Build"], &["Source", "Build", "Prod"]);
        check_weave(&["Lint", "Test"], &["Test", "Lint"], &["Lint", "Test"]);
    }
}
