//! What the wall calls a pipeline's status, in the order of its tiles.

use model::Status;

/// The worst first: the order of tiles on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The newest run ended badly.
    Failed,
    /// The newest run stands before a manual approval.
    Waiting,
    /// A run is under way.
    Running,
    /// The newest run ended by hand.
    Stopped,
    /// The CI said a word that this version doesn't know.
    Unknown,
    /// The newest run ended well.
    Passed,
}

impl State {
    /// All states, the worst first.
    pub const ALL: [Self; 6] =
        [Self::Failed, Self::Waiting, Self::Running, Self::Stopped, Self::Unknown, Self::Passed];

    /// The word for people and for `data-status`.
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

    /// Whether it gets a large tile.
    pub const fn is_loud(self) -> bool {
        matches!(self, Self::Failed | Self::Waiting | Self::Running)
    }
}

impl From<Status> for State {
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
