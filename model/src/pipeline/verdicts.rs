//! Since when a pipeline fails: the first failure that no success has mended.
//!
//! Runs overlap, and with mode PARALLEL an older one may end after a newer one. So a failure is mended by a success that
//! began later *and* ended later: an older run's success does not prove that the newer change works, and a failure after a
//! newer run's success is news. A run that fails, is retried and runs again counts from its first failure.

use super::{
    reading::{Outcome, RunReading},
    register::{Failure, Level, Ms},
};
use crate::Status;

/// When a run failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// First, over all attempts.
    pub first: Ms,
    /// Last.
    pub last: Ms,
}

/// What one run ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When the run began.
    pub start: Ms,
    /// When it succeeded.
    pub success: Option<Ms>,
    /// When it failed.
    pub failing: Option<Failing>,
}

/// The failures of evicted runs that no evicted run mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evicted {
    /// The first of them.
    pub first: Ms,
    /// The last of them.
    pub last: Ms,
    /// When the newest run among those that failed began.
    pub start: Ms,
}

impl Failing {
    /// When the run failed, unless it succeeded, or was stopped before it failed as a whole.
    ///
    /// Its newest attempt may be running again: an earlier failure counts still. Whether an action's failure was the run's is
    /// a question only where no other events come; a stage's is the run's until the run ends otherwise.
    pub fn of(reading: &RunReading<'_>) -> Option<Self> {
        let Outcome { status, ended, .. } = reading.outcome;
        if status == Status::Succeeded {
            return None;
        }
        let is_open = matches!(status, Status::Started | Status::Waiting | Status::Unknown);
        let first = match (reading.run.failed, status) {
            (None, Status::Failed) => ended,
            (Some(Failure(_, at)), Status::Failed) | (Some(Failure(Level::Run, at)), _) => Some(at),
            (Some(Failure(Level::Stage, at)), _) if is_open && !reading.has_passed_failure() => {
                Some(at)
            }
            (Some(Failure(Level::Action, at)), _) if is_open && reading.run.has_actions_alone() => {
                Some(at)
            }
            _ => None,
        }?;
        let end = ended.filter(|_| status == Status::Failed);
        let last = end.or_else(|| reading.run.last_failure()).unwrap_or(first);
        Some(Self { first, last: last.max(first) })
    }
}

impl Failing {
    /// What of it newer runs leave unmended, the last of whose successes ended at this moment.
    fn after(self, success: Option<Ms>) -> Option<Self> {
        let Self { first, last } = self;
        match success {
            Some(success) if success >= last => None,
            Some(success) if success >= first => Some(Self { first: last, last }),
            _ => Some(self),
        }
    }
}

impl Evicted {
    /// What is left when one more run is evicted.
    pub fn with(known: Option<Self>, run: Ended) -> Option<Self> {
        let known = known.filter(|known| !known.is_mended_by(run));
        let Some(Failing { first, last }) = run.failing else { return known };
        let new = Self { first, last, start: run.start };
        Some(known.map_or(new, |known| Self {
            first: known.first.min(first),
            last: known.last.max(last),
            start: known.start.max(run.start),
        }))
    }

    fn is_mended_by(self, run: Ended) -> bool {
        run.start >= self.start && run.success.is_some_and(|success| success >= self.last)
    }
}

/// The first failure that is not mended, of runs in the order in which they began.
pub fn failing_since(evicted: Option<Evicted>, runs: &[Ended]) -> Option<Ms> {
    let mut newest_success = None;
    let mut since = None;
    for run in runs.iter().rev() {
        let unmended = run.failing.and_then(|failing| failing.after(newest_success));
        since = since.into_iter().chain(unmended.map(|failing| failing.first)).min();
        newest_success = newest_success.max(run.success);
    }
    let unmended = evicted.filter(|evicted| !runs.iter().any(|run| evicted.is_mended_by(*run)));
    since.into_iter().chain(unmended.map(|evicted| evicted.first)).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn ms(second: i64) -> Ms {
        Ms(Timestamp::from_unix_ms(second * 1000).unwrap())
    }

    fn passed(start: i64, end: i64) -> Ended {
        Ended { start: ms(start), success: Some(ms(end)), failing: None }
    }

    fn failed(start: i64, first: i64, last: i64) -> Ended {
        let failing = Failing { first: ms(first), last: ms(last) };
        Ended { start: ms(start), success: None, failing: Some(failing) }
    }

    #[track_caller]
    fn check(evicted: Option<Evicted>, runs: &[Ended], expect: Option<i64>) {
        assert_eq!(failing_since(evicted, runs), expect.map(ms));
    }

    #[test]
    fn a_success_mends_what_began_and_ended_before() {
        check(None, &[], None);
        check(None, &[failed(1, 5, 5), failed(2, 9, 9)], Some(5));
        check(None, &[failed(1, 5, 5), passed(2, 9)], None);
        check(None, &[failed(1, 5, 5), passed(2, 5)], None);
        check(None, &[passed(1, 5), failed(2, 5, 5)], Some(5));
        check(None, &[failed(1, 9, 9), passed(2, 8)], Some(9));
        check(None, &[passed(1, 9), failed(2, 8, 8)], Some(8));
    }

    #[test]
    fn of_a_retried_run_the_last_failure_counts_where_the_first_was_mended() {
        check(None, &[failed(1, 5, 9), passed(2, 7)], Some(9));
        check(None, &[failed(1, 5, 9), passed(2, 4)], Some(5));
    }

    #[test]
    fn what_evicted_runs_failed_with_is_mended_by_a_run_that_began_later() {
        let evicted = [failed(1, 5, 5), failed(4, 6, 6)].into_iter().fold(None, Evicted::with);
        assert_eq!(evicted, Some(Evicted { first: ms(5), last: ms(6), start: ms(4) }));
        check(evicted, &[failed(9, 10, 10)], Some(5));
        check(evicted, &[passed(3, 20)], Some(5));
        check(evicted, &[passed(9, 5)], Some(5));
        check(evicted, &[passed(9, 20)], None);
        assert_eq!(Evicted::with(evicted, passed(3, 20)), evicted);
        assert_eq!(Evicted::with(evicted, passed(5, 20)), None);
    }
}
