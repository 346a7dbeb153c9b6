//! A tile's status in the wall's words and order.

use model::Status;

/// The order of tiles on the wall: the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum TileStatus {
    /// The newest run failed.
    Failed,
    /// The newest run waits for a manual approval.
    Waiting,
    /// A run is in progress.
    Running,
    /// The newest run was stopped, canceled or superseded.
    Stopped,
    /// The CI reported a status that this version does not know, or the pipeline has not run yet.
    #[default]
    Unknown,
    /// The newest run succeeded.
    Passed,
}

impl TileStatus {
    /// Every status, the worst first.
    pub const ALL: [Self; 6] =
        [Self::Failed, Self::Waiting, Self::Running, Self::Stopped, Self::Unknown, Self::Passed];

    /// The word for people, for the filter and for `data-status`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
            Self::Passed => "passed",
        }
    }

    /// Whether it needs attention and gets a large tile.
    pub const fn is_prominent(self) -> bool {
        matches!(self, Self::Failed | Self::Waiting | Self::Running)
    }
}

impl From<Status> for TileStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Failed => Self::Failed,
            Status::Waiting => Self::Waiting,
            Status::Started => Self::Running,
            Status::Stopped => Self::Stopped,
            Status::Unknown => Self::Unknown,
            Status::Succeeded => Self::Passed,
        }
    }
}
