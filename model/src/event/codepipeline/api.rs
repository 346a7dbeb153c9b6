//! Reads the answers of CodePipeline's API into observations: they repair lost events and show pipelines that never ran.
//!
//! Answers arrive as the API spells them, in plain texts and numbers, and are capped and cleaned like events. A broken part
//! counts as absent; a broken stage or run leaves the others intact.
//!
//! - **Runs** (`ListPipelineExecutions`) have no attempts and one time, that of their last change. A run in progress is
//!   observed at its start, which adds nothing to a start that an event reported. Its last change would add something each
//!   time.
//! - **What a run builds** is one of its source revisions as a whole: a commit before an artifact, one with a message before
//!   one without, then by the order of the definition. `sourceRevisions` promises no order.
//! - **Stages, actions and conditions** (`GetPipelineState`): see `stages`.
//! - **Runs older than the newest sixteen** that matter nevertheless: see [`Sought`].
//! - Times are cut to whole seconds, as in events, so that both give the same observation.
//!
//! Deliberately not read: the value of an approval's token (only whether there is one), who changed what, trigger details,
//! log streams.
//!
//! Source: <https://docs.aws.amazon.com/codepipeline/latest/APIReference/Welcome.html>

use std::cmp::Reverse;

pub use self::sought::Sought;
use self::stages::Stages;
use super::{Console, Fetched, SOURCE, pipeline_page, public_link, run_number, run_page, state};
use crate::{
    PipelineId, Timestamp,
    event::{ChangeSource, Detail, Event, State, Subject},
    id::InvalidId,
    pipeline::{Declared, DeclaredAction, DeclaredStage, Ms, Snapshot, Switched, SwitchedOff},
    text,
    tile::Change,
};

mod sought;
mod stages;

/// Whose pipelines are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The account's partition: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The Region.
    pub region: String,
    /// The account's number.
    pub account: String,
}

/// A pipeline as `ListPipelines` returns it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its definition's version.
    pub version: i64,
    /// When its definition was last updated, in milliseconds since 1970.
    pub updated_ms: i64,
    /// When it was made, for the last time under this name; in milliseconds since 1970.
    pub created_ms: Option<i64>,
    /// `SUPERSEDED`, `QUEUED` or `PARALLEL`.
    pub execution_mode: Option<String>,
}

/// A stage as `GetPipeline` returns it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageDeclaration {
    /// Its name.
    pub name: String,
    /// Its actions.
    pub actions: Vec<ActionDeclaration>,
}

/// An action as `GetPipeline` returns it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionDeclaration {
    /// Its name.
    pub name: String,
    /// `Source`, `Build`, `Approval`, …
    pub category: Option<String>,
    /// `CodeBuild`, `Manual`, …
    pub provider: Option<String>,
}

/// A run as `ListPipelineExecutions` returns it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Execution {
    /// Its id.
    pub id: String,
    /// `InProgress`, `Succeeded`, …
    pub status: String,
    /// When it began, in milliseconds since 1970.
    pub started_ms: Option<i64>,
    /// When it last changed.
    pub updated_ms: Option<i64>,
    /// `Webhook`, `StartPipelineExecution`, …
    pub trigger: Option<String>,
    /// What it builds.
    pub revisions: Vec<Revision>,
}

/// What a run builds, as one of its source actions fetched it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// The source action that fetched it.
    pub action: String,
    /// The commit, or the artifact's digest or version.
    pub id: Option<String>,
    /// Its message, or JSON with it inside.
    pub summary: Option<String>,
    /// Its page.
    pub url: Option<String>,
}

/// A stage as `GetPipelineState` returns it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageState {
    /// Its name.
    pub name: String,
    /// The run that is in it, or was last, and what the stage is at.
    pub execution: Option<(String, String)>,
    /// The run that waits to enter it, the next one where several do.
    pub inbound: Option<String>,
    /// How often it was retried in that run.
    pub retries: i64,
    /// Whether runs may enter it.
    pub entry: Entrance,
    /// Its actions.
    pub actions: Vec<ActionState>,
    /// Its conditions that have been checked.
    pub conditions: Vec<ConditionState>,
}

/// A stage's conditions of one kind as `GetPipelineState` returns them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionState {
    /// When they are checked.
    pub check: Check,
    /// `Failed`, `Errored`, `Overridden`, …
    pub status: String,
    /// When they last changed, in milliseconds since 1970.
    pub changed_ms: Option<i64>,
    /// Their rules, which have what actions have.
    pub rules: Vec<ActionState>,
}

/// When a stage's conditions are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// Once the stage has failed.
    OnFailure,
    /// Before a run may enter the stage.
    BeforeEntry,
    /// Once all actions have succeeded.
    OnSuccess,
}

/// Whether runs may enter a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Entrance {
    /// Nobody has ever touched it, or it is the first stage.
    #[default]
    Untouched,
    /// It was opened again at this moment.
    Opened {
        /// In milliseconds since 1970.
        at_ms: i64,
    },
    /// It was closed at this moment.
    Closed {
        /// In milliseconds since 1970.
        at_ms: i64,
        /// Why, in a person's words.
        reason: Option<String>,
    },
}

/// An action as `GetPipelineState` returns it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionState {
    /// Its name.
    pub name: String,
    /// `InProgress`, `Succeeded`, …
    pub status: String,
    /// When it last changed, in milliseconds since 1970.
    pub changed_ms: Option<i64>,
    /// What it says of itself.
    pub summary: Option<String>,
    /// Its log or target.
    pub url: Option<String>,
    /// The code of its error.
    pub error: Option<String>,
    /// The message of its error.
    pub message: Option<String>,
    /// Whether there is a token to approve it with, which an action has while it waits for a person. Its value is not read.
    pub waits: bool,
}

/// All answers about one pipeline.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    /// `ListPipelines`.
    pub entry: &'a Entry,
    /// `GetPipeline`, where it was asked for, else the known definition.
    pub declared: Option<&'a Declared>,
    /// `ListPipelineExecutions`: the newest runs, and older ones that matter.
    pub executions: &'a [Execution],
    /// `GetPipelineState`.
    pub stages: &'a [StageState],
}

impl Home {
    /// Whose an ARN is.
    pub fn of_arn(arn: &str) -> Option<Self> {
        let mut parts = arn.split(':');
        let (scheme, partition, _, region, account) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_whole = scheme == "arn" && ![partition, region, account].contains(&"");
        is_whole.then(|| Self {
            partition: partition.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
        })
    }

    /// The id of a pipeline here.
    ///
    /// # Errors
    /// When its name is none.
    pub fn id(&self, name: &str) -> Result<PipelineId, InvalidId> {
        let name = text::name(name).map_err(|_| InvalidId::Malformed)?;
        PipelineId::new(SOURCE, &self.region, &self.account, name)
    }

    /// Whether a pipeline is one of CodePipeline's and here.
    pub fn has(&self, id: &PipelineId) -> bool {
        id.source() == SOURCE && id.region() == self.region && id.account() == self.account
    }

    /// The definition that `GetPipeline` returned.
    pub fn declared(&self, entry: &Entry, stages: &[StageDeclaration]) -> Option<Declared> {
        let stage = |stage: &StageDeclaration| {
            let name = text::name(&stage.name).ok()?.to_owned();
            Some(DeclaredStage {
                name,
                actions: stage.actions.iter().take(MAX_PARTS).filter_map(declared_action).collect(),
            })
        };
        let url = Console::at(Some(&self.partition), &self.region)
            .and_then(|console| console.link(&pipeline_page(&entry.name)));
        Some(Declared {
            updated: Ms(Timestamp::from_unix_ms(entry.updated_ms).ok()?),
            version: entry.version,
            stages: stages.iter().take(MAX_PARTS).filter_map(stage).collect(),
            url,
        })
    }

    /// All answers about one pipeline, as observations.
    pub fn snapshot(&self, id: &PipelineId, answers: Answers<'_>) -> Snapshot {
        let Answers { entry, declared, executions, stages } = answers;
        let console = Console::at(Some(&self.partition), &self.region);
        let read = Stages { id, answers };
        let runs = executions.iter().filter_map(|execution| {
            let run_url =
                console.and_then(|console| console.link(&run_page(&entry.name, &execution.id)));
            run_observation(read, execution, run_url)
        });
        let facts = runs.chain(read.observations()).collect();
        Snapshot { declared: declared.cloned(), switched: switched(entry, stages), facts }
    }
}

/// More stages, or actions of one, CodePipeline doesn't have.
const MAX_PARTS: usize = 50;

fn declared_action(action: &ActionDeclaration) -> Option<DeclaredAction> {
    let word = |word: &Option<String>| {
        word.as_deref().and_then(|word| text::line(word, text::WORD_CAP / 2))
    };
    let (category, provider) = (word(&action.category), word(&action.provider));
    Some(DeclaredAction {
        name: text::name(&action.name).ok()?.to_owned(),
        approval: super::approval(category.as_deref(), provider.as_deref()),
        kind: super::kind(category, provider),
    })
}

fn run_observation(
    read: Stages<'_>,
    execution: &Execution,
    run_url: Option<String>,
) -> Option<Event> {
    let Execution { id: run, status, started_ms, updated_ms, trigger, revisions } = execution;
    let started = Timestamp::from_unix_ms((*started_ms)?).ok()?;
    let (state, time) = match state(status) {
        State::Started => {
            read.resumed(run).map_or((State::Started, started), |at| (State::Resumed, at))
        }
        state => (state, moment(*updated_ms).unwrap_or(started)),
    };
    Some(Event {
        run: text::name(run).ok()?.to_owned(),
        run_url,
        started: Some(started),
        trigger: trigger.as_deref().and_then(|word| text::line(word, text::WORD_CAP)),
        change: change(revisions, read.answers.declared),
        ..observation(read.id, run, Subject::Run, time, state)
    })
}

fn moment(ms: Option<i64>) -> Option<Timestamp> {
    Timestamp::from_unix_ms(ms?).ok()
}

fn observation(
    id: &PipelineId,
    run: &str,
    subject: Subject,
    time: Timestamp,
    state: State,
) -> Event {
    let second = time.unix_ms().div_euclid(1000) * 1000;
    Event {
        pipeline: id.clone(),
        pipeline_name: None,
        pipeline_url: None,
        run: run.to_owned(),
        run_number: run_number(run),
        run_url: None,
        subject,
        job: None,
        attempt: 1,
        time: Timestamp::from_unix_ms(second).unwrap_or(time),
        state,
        started: None,
        trigger: None,
        change: None,
        detail: Detail::default(),
    }
}

/// What a run builds, by one of its source actions alone.
fn change(revisions: &[Revision], declared: Option<&Declared>) -> Option<(ChangeSource, Change)> {
    let sources: Vec<(&str, Option<&str>)> = declared
        .iter()
        .flat_map(|declared| &declared.stages)
        .flat_map(|stage| &stage.actions)
        .filter_map(|action| {
            let provider = action.kind.as_deref()?.strip_prefix("Source")?;
            Some((action.name.as_str(), provider.strip_prefix(" by ")))
        })
        .collect();
    let fetched = revisions.iter().filter_map(|revision| {
        let place = sources.iter().position(|(action, _)| *action == revision.action);
        let provider = place.and_then(|place| sources.get(place)).and_then(|source| source.1);
        let fetched = Fetched {
            provider,
            revision: revision.id.as_deref(),
            summary: revision.summary.as_deref(),
            url: revision.url.as_deref(),
        };
        let (source, change) = fetched.change()?;
        let place = place.unwrap_or(usize::MAX);
        Some(((Reverse(source), change.message.is_none(), place, &revision.action), change))
    });
    let ((Reverse(source), ..), change) = fetched.min_by(|(one, change), (other, another)| {
        // Of two revisions of one action, which there should not be, always the same.
        one.cmp(other).then_with(|| change.revision.cmp(&another.revision))
    })?;
    Some((source, change))
}

/// A pipeline that is made again has none of the switches that were moved before.
fn switched(entry: &Entry, stages: &[StageState]) -> Option<Switched> {
    let moment = |ms: i64| Timestamp::from_unix_ms(ms).ok().map(Ms);
    let moved = stages.iter().filter_map(|stage| match stage.entry {
        Entrance::Untouched => None,
        Entrance::Opened { at_ms } | Entrance::Closed { at_ms, .. } => moment(at_ms),
    });
    let moved = moved.chain(entry.created_ms.and_then(moment));
    let off = stages.iter().take(MAX_PARTS).filter_map(|stage| match &stage.entry {
        Entrance::Untouched | Entrance::Opened { .. } => None,
        Entrance::Closed { at_ms, reason } => Some(SwitchedOff {
            stage: text::name(&stage.name).ok()?.to_owned(),
            since: moment(*at_ms)?,
            reason: reason.as_deref().and_then(|reason| text::line(reason, text::SUMMARY_CAP)),
        }),
    });
    Some(Switched { moved: moved.max()?, off: off.collect() })
}

#[cfg(test)]
mod tests;
