//! What holds for all of a CI's pipelines and no single event says.
//!
//! - **Stages.** CodePipeline runs one stage after the other: a stage that began says that those before it are over. Jobs
//!   of other CIs run side by side, and one that began says nothing of its neighbours.
//! - **Hearsay.** GitHub and GitLab tell of a run and of its jobs, and only what they tell of the run says for whom it runs:
//!   a job of a pull request whose branch has the default branch's name looks like one of the default branch. A run of
//!   which nothing but jobs was heard counts for nothing until its own event comes.
//! - **Retries.** GitLab counts no attempts: a retried job is the same job with a new start.
//!
//! Sources: <https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts.html>,
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job>.

use super::{register::Starts, run::Run};
use crate::PipelineId;

/// How a CI's facts are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habits {
    /// One stage after the other.
    InTurn,
    /// Stages side by side.
    SideBySide,
    /// Stages side by side, and runs that speak for themselves.
    Vouched,
    /// The same, and retries that nobody counts.
    VouchedUncounted,
}

impl Habits {
    /// Those of a pipeline's CI.
    pub fn of(id: &PipelineId) -> Self {
        match id.encoded_source() {
            "codepipeline" => Self::InTurn,
            "github" => Self::Vouched,
            "gitlab" => Self::VouchedUncounted,
            _ => Self::SideBySide,
        }
    }

    /// Whether a run can have ended of which only parts told: what a complete one consists of matters only then.
    pub fn infers_ends(self) -> bool {
        !self.is_vouched()
    }

    /// Whether the run may be somebody else's.
    pub fn is_hearsay(self, run: &Run) -> bool {
        self.is_vouched() && run.own.is_none()
    }

    /// Which explicit start of one attempt counts.
    pub fn starts(self) -> Starts {
        if self == Self::VouchedUncounted { Starts::Last } else { Starts::First }
    }

    fn is_vouched(self) -> bool {
        matches!(self, Self::Vouched | Self::VouchedUncounted)
    }
}
