//! One rule a test: which fact wins, and what is read out of the winners.

mod actions_alone;
mod beginnings;
mod changes;
mod facts;
mod failing_since;
mod habits;
mod headline;
mod inference;
mod rail;
mod statuses;

use expect_test::{Expect, expect};
use model::{
    Applied,
    event::{ChangeSource, Event},
    tile::Change,
};

use crate::story::{Saying, by, failing, passing, pipeline, run, stored_pipeline, told};

/// Every case is told forwards, backwards, and twice with the document stored in between: that must not matter.
#[track_caller]
fn check(events: impl IntoIterator<Item = Event>, expect: &Expect) {
    let events: Vec<Event> = events.into_iter().collect();
    let joined = pipeline(&events);
    assert_eq!(joined.to_json(), pipeline(events.iter().rev()).to_json(), "told backwards");
    assert_eq!(joined.to_json(), stored_pipeline(&events).to_json(), "stored in between");
    assert_eq!(
        joined.to_json(),
        stored_pipeline(events.iter().rev()).to_json(),
        "stored in between, backwards"
    );
    expect.assert_eq(&told(&joined.tile()));
}

/// What the last event does to what the others made: `Changed`, or nothing at all.
#[track_caller]
fn check_applied(events: impl IntoIterator<Item = Event>, applied: Applied) {
    let mut events: Vec<Event> = events.into_iter().collect();
    let last = events.pop().unwrap();
    let mut pipeline = pipeline(&events);
    let before = pipeline.to_json();
    assert_eq!(pipeline.apply(last), applied);
    assert_eq!(pipeline.to_json() != before, applied == Applied::Changed);
}
