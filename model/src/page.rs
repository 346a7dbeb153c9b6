//! The pipeline's page: what `GET /pipelines/{id}` answers. All its runs with their stages and actions.

use serde::{Deserialize, Serialize};

use crate::{
    PipelineId, Status, Timestamp,
    tile::{Change, Phase},
};

/// A pipeline with the runs that its record keeps, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Unique over all sources, Regions and accounts.
    pub id: PipelineId,
    /// The pipeline's name as people know it.
    pub name: String,
    /// The headline run's status, as on the tile.
    pub status: Status,
    /// The first failure after the newest success. Absent while nothing fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// The pipeline in its own CI's console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The stages that nothing may enter, in the pipeline's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<PageOff>,
    /// Since when its CI doesn't know the pipeline any more, as far as was found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Timestamp>,
    /// Newest first.
    pub runs: Vec<PageRun>,
}

/// A stage whose way in somebody closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageOff {
    /// The stage's name.
    pub stage: String,
    /// Since when.
    pub since: Timestamp,
    /// Why, in the words of whoever did it; first line, capped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRun {
    /// The CI's own id of the run.
    pub id: String,
    /// What people call the run (`42`), where that is not its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// How it stands or ended.
    pub status: Status,
    /// The CI's own word for how it ended, where the status doesn't say it (`UNSTABLE`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What `STARTED` means more exactly, where it is not plainly running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// True when a newer run took this one's place before it could end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub superseded: bool,
    /// True when it ended without anything having run, because nothing of it was to run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skipped: bool,
    /// When its newest attempt began.
    pub started: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// How many seconds it took, where its CI counts them otherwise than from start to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_s: Option<u64>,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// What started it, in the CI's word (`Webhook`, `StartPipelineExecution`, …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// What it builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// The run in its own CI's console, https only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// In the pipeline's order; stages not reached are absent.
    pub stages: Vec<PageStage>,
}

/// One stage of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageStage {
    /// The stage's name.
    pub name: String,
    /// How it stands or ended.
    pub status: Status,
    /// When its newest attempt began, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// In order of their start, then by name.
    pub actions: Vec<PageAction>,
}

/// One action of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageAction {
    /// The action's name.
    pub name: String,
    /// How it stands or ended.
    pub status: Status,
    /// The kind of action, in the CI's words (`Deploy by CodeDeploy`, `Approval by Manual`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// How many seconds it took, where its CI counts them otherwise than from start to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_s: Option<u64>,
    /// What the CI said of its result; first line, capped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The CI's error code (`JobFailed`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Its log or target, https only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
