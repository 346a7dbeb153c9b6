//! What decides a pipeline's place in the order.

use std::sync::Arc;

use model::{Tile, Timestamp};

use crate::{options::Sort, state::State};

/// Least first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    by: (Option<State>, i64),
    /// The pipeline's name.
    pub name: Arc<str>,
    /// What the pipeline is at.
    pub state: State,
}

impl Rank {
    /// That of a pipeline.
    pub fn of(tile: &Tile, sort: Sort) -> Self {
        let state = State::from(tile.status);
        let by = match sort {
            Sort::Severity => (Some(state), since(tile, state).unwrap_or_default()),
            Sort::Name => (None, 0),
            Sort::Recent => (None, tile.run.as_ref().map_or(0, |run| -run.updated.unix_ms())),
        };
        Self { by, name: tile.name.as_str().into(), state }
    }

    /// That of a group.
    pub fn of_group(name: Arc<str>, state: State) -> Self {
        Self { by: (None, 0), name, state }
    }
}

fn since(tile: &Tile, state: State) -> Option<i64> {
    match state {
        State::Failed => tile
            .failing_since
            .or(tile.run.as_ref().map(|run| run.updated))
            .map(|since| -since.unix_ms()),
        State::Waiting => {
            let waiting = tile.stages.iter().filter(|stage| stage.status == Some(tile.status));
            waiting.filter_map(|stage| stage.since).min().map(Timestamp::unix_ms)
        }
        State::Running | State::Stopped | State::Unknown | State::Passed => None,
    }
}
