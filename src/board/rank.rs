//! The order of pipelines on the wall.

use std::sync::Arc;

use model::{Tile, Timestamp};

use crate::{options::Sort, status::TileStatus};

/// Sorts pipelines; the least comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    by: (Option<TileStatus>, i64),
    /// The pipeline's name.
    pub name: Arc<str>,
    /// The pipeline's status.
    pub status: TileStatus,
}

impl Rank {
    /// The rank of a pipeline.
    pub fn of(tile: &Tile, sort: Sort) -> Self {
        let status = TileStatus::from(tile.status);
        let by = match sort {
            Sort::Severity => (Some(status), since(tile, status).unwrap_or_default()),
            Sort::Name => (None, 0),
            Sort::Recent => (None, tile.run.as_ref().map_or(0, |run| -run.updated.unix_ms())),
        };
        Self { by, name: tile.name.as_str().into(), status }
    }

    /// The rank of a group: groups are sorted by name.
    pub fn of_group(name: Arc<str>) -> Self {
        Self { by: (None, 0), name, status: TileStatus::Passed }
    }
}

/// The newest failure and the longest wait come first.
fn since(tile: &Tile, status: TileStatus) -> Option<i64> {
    match status {
        TileStatus::Failed => {
            let since = tile.failing_since.or(tile.run.as_ref().map(|run| run.updated));
            since.map(|since| -since.unix_ms())
        }
        TileStatus::Waiting => {
            let waiting = tile.stages.iter().filter(|stage| stage.status == Some(tile.status));
            waiting.filter_map(|stage| stage.since).min().map(Timestamp::unix_ms)
        }
        TileStatus::Running | TileStatus::Stopped | TileStatus::Unknown | TileStatus::Passed => {
            None
        }
    }
}
