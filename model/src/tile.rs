//! The wall's row: what `GET /` answers, one a pipeline.
//!
//! A superset of the API's three original fields (`name`, `status`, `stage`). Rows are paid for by every event and by every
//! viewer's every poll, and both by the KB: one KB has to be enough for five stages and ten runs of usual words. So what
//! is usual is not written: each field tells what it means when it is absent. A new reader reads old tiles: fields are
//! only ever added, and what may be missing is an `Option`, a `Vec` or has a meaning.

mod written;

use serde::{Deserialize, Serialize};

use crate::{PipelineId, Timestamp};

/// What a row of five stages and ten runs of usual words fits into.
const USUAL_BYTES: usize = 1024;

/// What a pipeline, run, stage or action is at, in the words of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Under way.
    Started,
    /// Ended well.
    Succeeded,
    /// Ended badly.
    Failed,
    /// Stands before a manual approval.
    Waiting,
    /// Ended by hand, cancelled, abandoned or superseded.
    Stopped,
    /// The CI said a word that this version doesn't know.
    #[serde(other)]
    Unknown,
}

/// One pipeline, as the wall draws it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tile {
    /// Unique over all sources, Regions and accounts.
    pub id: PipelineId,
    /// The pipeline's name as people know it; unique only inside one account and Region.
    pub name: String,
    /// The headline run's status.
    pub status: Status,
    /// The stage that the status is about: the failed, waiting or running one, else the last one reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The rail, in the pipeline's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<TileStage>,
    /// The headline run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<TileRun>,
    /// What the headline run builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// The newest ten runs up to the headline, oldest first; the last one is the headline itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Past>,
    /// The first failure after the newest success. Absent while nothing fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// The newest verdict. Absent when the headline run is that verdict, or while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The pipeline in its own CI's console, https only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The first stage that nothing may enter, because somebody switched it off. Absent: all are open, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off: Option<String>,
    /// Since when its CI doesn't know the pipeline any more; the row goes a day later. Absent: it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Timestamp>,
}

impl Tile {
    /// The row as it is stored and served: compact JSON.
    pub fn to_json(&self) -> String {
        let mut json = Vec::with_capacity(USUAL_BYTES);
        // A vector takes all that is written, and all keys are texts: this can't fail, and JSON is UTF-8.
        let _ = serde_json::to_writer(&mut json, self);
        String::from_utf8(json).unwrap_or_default()
    }
}

/// One segment of the rail.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TileStage {
    /// The stage's name.
    pub name: String,
    /// Absent: the headline run has not reached this stage.
    #[serde(default)]
    pub status: Option<Status>,
    /// The action that the status is about, for failed, waiting and running stages.
    #[serde(default)]
    pub action: Option<String>,
    /// Since when the stage is failed, waiting or running.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// How many seconds the stage usually takes (median of up to eight successes). Written while the stage runs: that is
    /// when somebody asks.
    #[serde(default)]
    pub typical_s: Option<u64>,
}

/// The headline run of a tile.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "written::Run")]
pub struct TileRun {
    /// The CI's own id of the run.
    pub id: String,
    /// When the run (its newest attempt) began, as far as is known.
    pub started: Timestamp,
    /// The time of the newest event that changed something of this run. Absent when that was its end.
    pub updated: Timestamp,
    /// When the run ended. Absent while it is open.
    pub ended: Option<Timestamp>,
    /// 1 for the first attempt, more after retries. Absent for the first.
    pub attempt: u32,
    /// How many seconds a run usually takes (median of up to eight successes).
    pub typical_s: Option<u64>,
    /// What `STARTED` means more exactly, where it is not plainly running.
    pub phase: Option<Phase>,
    /// What people call the run (`42`), where that is not its id.
    pub number: Option<String>,
    /// The CI's own word for how the run ended, where the status doesn't say it (`UNSTABLE`).
    pub error: Option<String>,
    /// How many newer runs queue behind a run that waits for a person. Absent: none.
    pub behind: u32,
}

/// The last run that succeeded or failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// `SUCCEEDED` or `FAILED`.
    pub status: Status,
    /// What people call the run: its number, else its revision, else its id.
    pub label: String,
    /// When it ended.
    pub ended: Timestamp,
    /// Who wrote what it built, of a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
}

/// Returns what people call a run: its number, else its revision, else its id.
pub fn run_label<'a>(number: Option<&'a str>, revision: Option<&'a str>, id: &'a str) -> &'a str {
    number.or(revision).unwrap_or(id)
}

/// What an open run is doing when it is not plainly running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Waits for a place to run.
    Queued,
    /// Somebody stopped it; its running actions are still ending.
    Stopping,
    /// A phase that this version doesn't know.
    #[serde(other)]
    Other,
}

/// What a run builds. Each field is text from strangers: capped, cleaned, never interpreted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The commit message's first line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Who wrote it, as a display name; never an e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The commit's id, cut to what people say of it (seven characters of a hash).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The commit in its own host, https only. A tile doesn't have it, a page does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One bar of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// How the run stands or ended. Absent: it succeeded.
    #[serde(default = "succeeded", skip_serializing_if = "is_succeeded")]
    pub status: Status,
    /// How long it took. Absent while it is open or when its start or end was never heard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

fn succeeded() -> Status {
    Status::Succeeded
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_succeeded(status: &Status) -> bool {
    *status == Status::Succeeded
}
