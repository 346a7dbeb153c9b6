//! How stages and runs of a tile are written: without what follows from the rest.

use serde::{Deserialize, Serialize, Serializer};

use super::{Phase, Status, TileRun, TileStage};
use crate::Timestamp;

#[derive(Serialize)]
struct Stage<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    typical_s: Option<u64>,
}

impl Serialize for TileStage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { name, status, action, since, typical_s } = self;
        let typical_s = typical_s.filter(|_| *status == Some(Status::Started));
        Stage { name, status: *status, action: action.as_deref(), since: *since, typical_s }
            .serialize(serializer)
    }
}

/// A run as it is read and, with a borrowed id, written.
#[derive(Serialize, Deserialize)]
pub struct Run<Id = String> {
    id: Id,
    started: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    updated: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typical_s: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phase: Option<Phase>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    behind: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A run without end and news.
#[derive(Debug, thiserror::Error)]
#[error("updated: missing, and so is ended")]
pub struct NoNews;

impl Serialize for TileRun {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { id, started, updated, ended, attempt, typical_s, phase, number, error, behind } =
            self;
        let updated = Some(*updated).filter(|updated| Some(*updated) != *ended);
        let attempt = Some(*attempt).filter(|attempt| *attempt != 1);
        Run {
            id,
            started: *started,
            updated,
            ended: *ended,
            attempt,
            typical_s: *typical_s,
            phase: *phase,
            number: number.clone(),
            error: error.clone(),
            behind: *behind,
        }
        .serialize(serializer)
    }
}

impl TryFrom<Run> for TileRun {
    type Error = NoNews;

    fn try_from(run: Run) -> Result<Self, Self::Error> {
        let Run { id, started, updated, ended, attempt, typical_s, phase, number, error, behind } =
            run;
        let updated = updated.or(ended).ok_or(NoNews)?;
        let attempt = attempt.unwrap_or(1);
        Ok(Self { id, started, updated, ended, attempt, typical_s, phase, number, error, behind })
    }
}
