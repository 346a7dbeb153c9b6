//! Which run gives up its place when there are more runs than places.
//!
//! The newest ten runs, which the wall shows, stay. Of those before them the oldest of the least claim goes:
//!
//! 1. a run that only jobs speak of, which may be somebody else's (`habits`),
//! 2. one that made way for a newer one, or was skipped,
//! 3. one that is over, or that lost its end: a newer run of those before the ten came to the stage in which it stands,
//!    or succeeded,
//! 4. one that is under way: it may come to its deployment while newer runs supersede each other behind it,
//! 5. one that waits for a person.
//!
//! What ended after the first of the ten began counts as under way still. So a claim hangs on nothing younger than ten
//! runs, and what is ten minutes late does not change who goes.

use super::{
    kept::Kept,
    memory::{Lesson, Memory},
    register::Ms,
};
use crate::Status;

/// How many of the newest runs stay in any case.
const NEWEST: usize = 10;

/// What speaks for keeping a run, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    Hearsay,
    MadeWay,
    Over,
    UnderWay,
    Waits,
}

/// What speaks for each of the runs that may have to go.
#[derive(Debug)]
pub struct Claims(Vec<Claim>);

impl Claims {
    /// Those of runs in their order, oldest first; `memory` is of those before them.
    pub fn of<'a>(runs: &'a [Kept], mut memory: Memory<'a>) -> Self {
        let (at_stake, newest) = runs.split_at(runs.len().saturating_sub(NEWEST));
        let until = newest.first().map(|run| run.run().start());
        let habits = memory.habits;
        let lessons: Vec<&Lesson> = at_stake.iter().map(|run| run.teach(&mut memory).1).collect();
        let newer = |place: usize| lessons.get(place + 1..).unwrap_or_default();
        let claims = lessons.iter().zip(at_stake).enumerate().map(|(place, (lesson, run))| {
            if habits.is_hearsay(run.run()) {
                Claim::Hearsay
            } else {
                claim(lesson, newer(place), until)
            }
        });
        Self(claims.collect())
    }

    /// The place of the run that has to go.
    pub fn leaver(&self) -> usize {
        self.0.iter().enumerate().min_by_key(|(_, claim)| **claim).map_or(0, |(place, _)| place)
    }

    /// Whether there is a place for a run heard of just now. The oldest of all that is over comes too late: what it teaches,
    /// runs that were let go may have taught otherwise since.
    pub fn welcome(&self, newcomer: usize) -> bool {
        let is_too_late =
            newcomer == 0 && self.0.first().is_some_and(|claim| *claim <= Claim::Over);
        !is_too_late && newcomer != self.leaver()
    }
}

fn claim(lesson: &Lesson, newer: &[&Lesson], until: Option<Ms>) -> Claim {
    let outcome = lesson.outcome;
    let is_over = outcome.ended.is_some_and(|ended| until.is_none_or(|until| ended <= until));
    match outcome.status {
        _ if is_over && outcome.aside.is_some() => Claim::MadeWay,
        Status::Unknown => Claim::Over,
        _ if is_over || newer.iter().any(|newer| newer.is_ahead_of(lesson)) => Claim::Over,
        Status::Waiting => Claim::Waits,
        Status::Started | Status::Failed | Status::Stopped | Status::Succeeded => Claim::UnderWay,
    }
}
