//! The aggregate from outside: events in, documents out.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod documents;
mod history;
mod invented;
mod news;
mod oracle;
mod order;
mod previous_release;
mod reconciled;
mod rules;
mod sources;
mod story;
