//! Which run is evicted when there are too many.
//!
//! The newest six runs are kept in any case: they may yet change, and what becomes of them may be late. The older ones are of
//! three kinds with room for ten of each, so that a run that matters never gives way to one that does not:
//!
//! | kind | evicted first |
//! |---|---|
//! | it succeeded or failed | the one that ended first |
//! | it waits for a person, is under way, or lost its end | the oldest; one that waits only where all wait |
//! | it was superseded, skipped, stopped or canceled, or is known only through its jobs | the oldest |
//!
//! A kind keeps the greatest by an order that does not change any more, so what is kept does not depend on the order of
//! arrival. A run that would be evicted at once is not kept at all.

use super::{
    kept::Kept,
    memory::{Lesson, Memory},
    register::Ms,
};
use crate::Status;

/// How many of the newest runs are kept in any case.
const NEWEST: usize = 6;
/// How many older runs of each kind are kept.
const OLDER: usize = 10;
/// So many runs are never too many, of whatever kinds they are.
pub const ALWAYS_FIT: usize = NEWEST + OLDER;

/// Why an older run is kept. Of one pool the least is evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// It ended without a verdict.
    Aside,
    /// It is under way.
    Open { waits: bool },
    /// It succeeded or failed at this moment.
    Verdict { ended: Ms },
}

/// The three kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    Aside,
    Open,
    Verdict,
}

impl Kind {
    fn of(lesson: &Lesson, is_unconfirmed: bool) -> Self {
        let outcome = lesson.outcome;
        match (outcome.status, outcome.ended) {
            _ if is_unconfirmed => Self::Aside,
            (Status::Succeeded | Status::Failed, Some(ended)) => Self::Verdict { ended },
            (Status::Waiting, _) => Self::Open { waits: true },
            (Status::Stopped, _) => Self::Aside,
            (Status::Started | Status::Unknown | Status::Succeeded | Status::Failed, _) => {
                Self::Open { waits: false }
            }
        }
    }

    fn pool(self) -> Pool {
        match self {
            Self::Aside => Pool::Aside,
            Self::Open { .. } => Pool::Open,
            Self::Verdict { .. } => Pool::Verdict,
        }
    }
}

/// The place of the run that has to be evicted, and its pool; none while there are not too many. The runs are in their
/// order, oldest first; `memory` is of those before them.
pub fn evicted<'a>(runs: &'a [Kept], mut memory: Memory<'a>) -> Option<(usize, Pool)> {
    let older = runs.get(..runs.len().saturating_sub(NEWEST)).unwrap_or_default();
    let semantics = memory.habits;
    let kinds: Vec<Kind> = older
        .iter()
        .map(|run| Kind::of(run.teach(&mut memory).1, semantics.is_hearsay(run.run())))
        .collect();
    [Pool::Aside, Pool::Open, Pool::Verdict].into_iter().find_map(|pool| {
        let of_pool = || kinds.iter().enumerate().filter(|(_, kind)| kind.pool() == pool);
        let is_full = of_pool().count() > OLDER;
        let least = of_pool().min_by_key(|(place, kind)| (**kind, *place));
        least.filter(|_| is_full).map(|(place, _)| (place, pool))
    })
}
