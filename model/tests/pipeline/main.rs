//! The aggregate from outside: events in, documents out.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::needless_pass_by_value, reason = "an expectation is written where it is passed")]

mod documents;
mod history;
mod invented;
mod oracle;
mod order;
mod rules;
mod story;
