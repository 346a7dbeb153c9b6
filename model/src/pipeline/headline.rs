//! Which run speaks for the pipeline.
//!
//! | the newest run that says something | the headline |
//! |---|---|
//! | waits for a person | that run |
//! | is under way, or in an unknown state | the newest older run that waits for a person, else that run |
//! | failed and goes on (other jobs still run) | that run |
//! | ended with a verdict | of all verdicts the one that *ended* last, whichever run began last; but if that is a success, the newest run that waits, where one does |
//!
//! A run that was superseded or skipped says nothing. One that was stopped or canceled says nothing either while another run
//! waits, is under way, or failed without a later success. Where no run says anything the newest is the headline.
//!
//! So no failure that ended after the last success, and no open approval, is hidden by a run that says nothing.

use super::register::Ms;
use crate::Status;

/// What the headline depends on, of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub status: Status,
    /// When it ended or, of a failed one that goes on, when it failed.
    pub verdict: Option<Ms>,
    /// It failed, and other jobs of it still run.
    pub goes_on: bool,
    /// It was superseded or skipped.
    pub is_aside: bool,
}

/// The place of the headline among the runs of a pipeline, which are in the order in which they began.
pub fn headline(runs: &[Candidate]) -> Option<usize> {
    let newest = |is_asked: fn(&Candidate) -> bool| runs.iter().rposition(is_asked);
    let stopped = newest(|run| !run.is_aside && run.status == Status::Stopped);
    let speaking = newest(says_something).map(|newest| speaker(runs, newest));
    match (speaking, stopped) {
        (Some(place), Some(stopped)) if is_calm(runs, place) => Some(place.max(stopped)),
        (Some(place), _) => Some(place),
        (None, stopped) => stopped.or(runs.len().checked_sub(1)),
    }
}

fn says_something(run: &Candidate) -> bool {
    !run.is_aside && run.status != Status::Stopped
}

/// Whether a run that was stopped later may speak instead.
fn is_calm(runs: &[Candidate], place: usize) -> bool {
    let status = runs.get(place).map(|run| run.status);
    matches!(status, Some(Status::Succeeded | Status::Unknown))
}

/// The run that speaks, where `newest` is the newest one that says something.
fn speaker(runs: &[Candidate], newest: usize) -> usize {
    let waiting = || runs.iter().rposition(|run| !run.is_aside && run.status == Status::Waiting);
    match runs.get(newest) {
        Some(run) if run.goes_on => newest,
        Some(Candidate { status: Status::Succeeded | Status::Failed, .. }) => {
            let last = last_verdict(runs).unwrap_or(newest);
            let waiting = waiting().filter(|_| is_calm(runs, last));
            waiting.unwrap_or(last)
        }
        _ => waiting().unwrap_or(newest),
    }
}

/// The verdict that ended last; of several in one moment that of the newest run.
pub fn last_verdict(runs: &[Candidate]) -> Option<usize> {
    let verdicts = runs.iter().enumerate().filter(|(_, run)| {
        says_something(run) && matches!(run.status, Status::Succeeded | Status::Failed)
    });
    verdicts.max_by_key(|(place, run)| (run.verdict, *place)).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    /// A run as a word: what it is at, and of a verdict the second in which it ended.
    fn candidate(word: &str) -> Candidate {
        let (name, second) = word.split_once('@').unwrap_or((word, ""));
        let verdict = second
            .parse()
            .ok()
            .map(|second: i64| Ms(Timestamp::from_unix_ms(second * 1000).unwrap()));
        let (status, goes_on, is_aside) = match name {
            "passed" => (Status::Succeeded, false, false),
            "failed" => (Status::Failed, false, false),
            "failing" => (Status::Failed, true, false),
            "runs" => (Status::Started, false, false),
            "waits" => (Status::Waiting, false, false),
            "stopped" => (Status::Stopped, false, false),
            "superseded" => (Status::Stopped, false, true),
            _ => (Status::Unknown, false, false),
        };
        Candidate { status, verdict, goes_on, is_aside }
    }

    /// The runs are separated by blanks, oldest first; the headline is the `place`th of them.
    #[track_caller]
    fn check(runs: &str, place: Option<usize>) {
        let candidates: Vec<Candidate> = runs.split_whitespace().map(candidate).collect();
        assert_eq!(headline(&candidates), place, "{runs}");
    }

    #[test]
    fn the_newest_run_speaks() {
        check("", None);
        check("runs", Some(0));
        check("passed@1 failed@2", Some(1));
        check("failed@1 runs", Some(1));
        check("failed@1 unknown", Some(1));
        check("waits waits", Some(1));
    }

    #[test]
    fn of_verdicts_the_one_that_ended_last_speaks() {
        check("failed@9 passed@5", Some(0));
        check("passed@9 failed@5", Some(0));
        check("failed@5 passed@5", Some(1));
        check("failed@9 passed@5 runs", Some(2));
        check("runs passed@5", Some(1));
        check("passed@9 failing@5", Some(1));
        check("failing@5 passed@9", Some(1));
    }

    #[test]
    fn a_run_that_waits_speaks_unless_a_newer_one_failed() {
        check("waits runs", Some(0));
        check("waits unknown", Some(0));
        check("waits waits runs", Some(1));
        check("waits passed@5", Some(0));
        check("waits failed@5", Some(1));
        check("waits failed@5 passed@6", Some(0));
        check("failed@5 waits", Some(1));
    }

    #[test]
    fn a_run_without_a_verdict_hides_nothing() {
        check("passed@1 superseded", Some(0));
        check("superseded", Some(0));
        check("superseded superseded", Some(1));
        check("stopped superseded", Some(0));
        for (speaks, place) in
            [("waits", 0), ("runs", 0), ("failed@1", 0), ("passed@0 failed@1", 1)]
        {
            for silent in ["stopped", "superseded", "stopped superseded stopped"] {
                check(&format!("{speaks} {silent}"), Some(place));
            }
        }
        check("passed@1 stopped", Some(1));
        check("stopped passed@1", Some(1));
        check("unknown stopped", Some(1));
        check("failed@1 passed@2 stopped", Some(2));
        check("passed@2 failed@1 stopped", Some(2));
    }
}
