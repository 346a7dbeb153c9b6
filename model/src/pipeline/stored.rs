//! How parts are stored: short, because every event pays for the whole document.
//!
//! Moments are what repeats least in a document, so they are told by what lies between them: how long a part has lasted,
//! and how long before the fact of its stage that of an action was. The first version wrote all of them out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use super::{
    register::{self, Began, Ms, Origin, Place},
    run,
};
use crate::{
    Timestamp,
    event::{Approval, Detail, State},
};

/// A part as it is read.
#[derive(Deserialize)]
pub struct Part {
    #[serde(rename = "n", default = "first_attempt")]
    attempt: u32,
    #[serde(rename = "t")]
    time: Option<Ms>,
    #[serde(rename = "e")]
    earlier: Option<i64>,
    #[serde(rename = "s", with = "Word")]
    state: State,
    #[serde(rename = "d", with = "StoredDetail", default)]
    detail: Detail,
    #[serde(rename = "b")]
    began: Option<Began>,
    #[serde(rename = "l")]
    lasted: Option<i64>,
    #[serde(rename = "h")]
    late: Option<Place>,
}

/// The same as it is written.
#[derive(Serialize)]
struct WrittenPart<'a> {
    #[serde(rename = "n", skip_serializing_if = "is_first_attempt")]
    attempt: u32,
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    time: Option<Ms>,
    /// In its place: how many milliseconds before the stage's.
    #[serde(rename = "e", skip_serializing_if = "Option::is_none")]
    earlier: Option<i64>,
    #[serde(rename = "s", with = "Word")]
    state: State,
    #[serde(rename = "d", with = "StoredDetail", skip_serializing_if = "is_empty")]
    detail: &'a Detail,
    #[serde(rename = "b", skip_serializing_if = "Option::is_none")]
    began: Option<Began>,
    /// In its place, where the CI told it: how many milliseconds before the fact.
    #[serde(rename = "l", skip_serializing_if = "Option::is_none")]
    lasted: Option<i64>,
    #[serde(rename = "h", skip_serializing_if = "Option::is_none")]
    late: Option<Place>,
}

/// A stage as it is read.
#[derive(Deserialize)]
pub struct Stage {
    #[serde(rename = "p")]
    own: Option<Part>,
    /// The mark of the job that `own` is of.
    #[serde(rename = "i")]
    job: Option<String>,
    /// The other jobs of the stage's name, by their marks.
    #[serde(rename = "j", default)]
    jobs: BTreeMap<String, Part>,
    #[serde(rename = "a", default)]
    actions: BTreeMap<String, Part>,
}

/// The same as it is written.
#[derive(Serialize)]
struct WrittenStage<'a> {
    #[serde(rename = "p", skip_serializing_if = "Option::is_none")]
    own: Option<WrittenPart<'a>>,
    #[serde(rename = "i", skip_serializing_if = "Option::is_none")]
    job: Option<&'a str>,
    #[serde(rename = "j", skip_serializing_if = "Option::is_none")]
    jobs: Option<WrittenParts<'a>>,
    #[serde(rename = "a", skip_serializing_if = "Option::is_none")]
    actions: Option<WrittenParts<'a>>,
}

/// Jobs or actions of a stage, but for one job.
struct WrittenParts<'a> {
    parts: &'a BTreeMap<String, register::Part>,
    but: Option<&'a str>,
    stage: Option<Ms>,
}

/// A moment is missing or outside of all time.
#[derive(Debug, thiserror::Error)]
#[error("a part without its moment")]
pub struct NoMoment;

impl<'a> WrittenPart<'a> {
    /// `stage` is the moment to count from, where there is one.
    fn of(part: &'a register::Part, stage: Option<Ms>) -> Self {
        let register::Part { attempt, time, state, detail, began, late } = part;
        let lasted =
            began.filter(|began| began.0 == Origin::Told).map(|Began(_, at)| between(at, *time));
        let began = began.filter(|_| lasted.is_none());
        let earlier = stage.map(|stage| between(*time, stage));
        let time = Some(*time).filter(|_| stage.is_none());
        Self { attempt: *attempt, time, earlier, state: *state, detail, began, lasted, late: *late }
    }
}

impl Serialize for register::Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WrittenPart::of(self, None).serialize(serializer)
    }
}

impl Serialize for run::Stage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { own, jobs, actions } = self;
        let stage = own.as_ref().map(|own| own.time);
        let job = self.worst_job().map(|(job, _)| job);
        WrittenStage {
            own: own.as_ref().map(|own| WrittenPart::of(own, None)),
            job,
            jobs: (jobs.len() > 1).then_some(WrittenParts { parts: jobs, but: job, stage }),
            actions: (!actions.is_empty()).then_some(WrittenParts {
                parts: actions,
                but: None,
                stage,
            }),
        }
        .serialize(serializer)
    }
}

impl Serialize for WrittenParts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.parts
                .iter()
                .filter(|(name, _)| Some(name.as_str()) != self.but)
                .map(|(name, part)| (name, WrittenPart::of(part, self.stage))),
        )
    }
}

impl Part {
    fn after(self, stage: Option<Ms>) -> Result<register::Part, NoMoment> {
        let Self { attempt, time, earlier, state, detail, began, lasted, late } = self;
        let time = match (time, earlier) {
            (Some(time), _) => time,
            (None, Some(earlier)) => before(stage.ok_or(NoMoment)?, earlier)?,
            (None, None) => return Err(NoMoment),
        };
        let told = lasted
            .map(|lasted| before(time, lasted).map(|at| Began(Origin::Told, at)))
            .transpose()?;
        Ok(register::Part { attempt, time, state, detail, began: told.or(began), late })
    }
}

impl TryFrom<Part> for register::Part {
    type Error = NoMoment;

    fn try_from(part: Part) -> Result<Self, Self::Error> {
        part.after(None)
    }
}

impl TryFrom<Stage> for run::Stage {
    type Error = NoMoment;

    fn try_from(stage: Stage) -> Result<Self, Self::Error> {
        let own = stage.own.map(|own| own.after(None)).transpose()?;
        let from = own.as_ref().map(|own| own.time);
        let read = |parts: BTreeMap<String, Part>| -> Result<BTreeMap<_, _>, NoMoment> {
            parts.into_iter().map(|(name, part)| Ok((name, part.after(from)?))).collect()
        };
        let mut jobs = read(stage.jobs)?;
        jobs.extend(stage.job.zip(own.clone()));
        Ok(Self { actions: read(stage.actions)?, jobs, own })
    }
}

/// Milliseconds; moments lie between 1970 and 9999.
fn between(Ms(one): Ms, Ms(other): Ms) -> i64 {
    other.unix_ms() - one.unix_ms()
}

fn before(Ms(moment): Ms, ms: i64) -> Result<Ms, NoMoment> {
    let at = moment.unix_ms().checked_sub(ms).ok_or(NoMoment)?;
    Timestamp::from_unix_ms(at).map(Ms).map_err(|_| NoMoment)
}

/// How [`State`] is stored. A letter that this version doesn't know reads as `Unknown`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "State")]
pub enum Word {
    #[serde(rename = "q")]
    Queued,
    #[serde(rename = "s")]
    Started,
    #[serde(rename = "r")]
    Resumed,
    #[serde(rename = "p")]
    Stopping,
    #[serde(rename = "k")]
    Skipped,
    #[serde(rename = "v")]
    Superseded,
    #[serde(rename = "c")]
    Canceled,
    #[serde(rename = "a")]
    Abandoned,
    #[serde(rename = "x")]
    Stopped,
    #[serde(rename = "ok")]
    Succeeded,
    #[serde(rename = "no")]
    Failed,
    #[serde(rename = "?", other)]
    Unknown,
}

/// How [`Approval`] is stored.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Approval")]
pub enum StoredApproval {
    #[serde(rename = "m")]
    Manual,
    #[serde(rename = "-", other)]
    None,
}

/// How [`Detail`] is stored.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Detail")]
struct StoredDetail {
    #[serde(rename = "w", with = "StoredApproval", default, skip_serializing_if = "is_machine")]
    approval: Approval,
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    took_s: Option<u64>,
}

fn first_attempt() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_first_attempt(attempt: &u32) -> bool {
    *attempt == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub fn is_machine(approval: &Approval) -> bool {
    *approval == Approval::None
}

fn is_empty(detail: &Detail) -> bool {
    *detail == Detail::default()
}
