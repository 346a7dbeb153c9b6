//! What CodePipeline's API tells, for whoever asks it instead of waiting for events: lost events are found, and pipelines
//! that have not run yet.
//!
//! Everything arrives as the API spells it, in plain texts and numbers, and is capped and cleaned like an event's. What is
//! broken counts as absent; one broken stage or run doesn't take the others with it.
//!
//! - **Runs** (`ListPipelineExecutions`) have no attempts and one time, that of their last change. A run in progress is told
//!   as of its start, which is no news to whoever heard of it; the time of its last change would be news every time.
//! - **Stages and actions** (`GetPipelineState`) have the run that is in the stage, or was last. An action tells its last
//!   change, and not of which run: so of a stage that succeeded all actions are taken, of one in progress those in progress,
//!   of one that failed the last that failed. The others may be of an earlier run.
//! - A stage in progress that was retried says that its run goes on after it had failed.
//! - With parallel executions the state of a stage is that of one run of many, so only its switch is read.
//! - Times are cut to whole seconds, as events have them: what both tell is one fact.
//!
//! Deliberately not read: tokens of approvals, who changed what, trigger details, log streams.
//!
//! Source: <https://docs.aws.amazon.com/codepipeline/latest/APIReference/Welcome.html>

use super::{Console, SOURCE, Summary, commit_page, pipeline_page, public_link, run_page};
use crate::{
    PipelineId, Timestamp,
    event::{Approval, ChangeSource, Detail, Event, State, Subject},
    id::InvalidId,
    pipeline::{Declared, DeclaredAction, DeclaredStage, Ms, Snapshot, Switched, SwitchedOff},
    text,
    tile::Change,
};

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

/// A pipeline as `ListPipelines` tells it.
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

/// A stage as `GetPipeline` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageDeclaration {
    /// Its name.
    pub name: String,
    /// Its actions.
    pub actions: Vec<ActionDeclaration>,
}

/// An action as `GetPipeline` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionDeclaration {
    /// Its name.
    pub name: String,
    /// `Source`, `Build`, `Approval`, …
    pub category: Option<String>,
    /// `CodeBuild`, `Manual`, …
    pub provider: Option<String>,
}

/// A run as `ListPipelineExecutions` tells it.
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
    /// The commit.
    pub id: Option<String>,
    /// Its message, or JSON with it inside.
    pub summary: Option<String>,
    /// Its page.
    pub url: Option<String>,
}

/// A stage as `GetPipelineState` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageState {
    /// Its name.
    pub name: String,
    /// The run that is in it, or was last, and what the stage is at.
    pub execution: Option<(String, String)>,
    /// How often it was retried in that run.
    pub retries: i64,
    /// Whether runs may enter it.
    pub entry: Entrance,
    /// Its actions.
    pub actions: Vec<ActionState>,
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

/// An action as `GetPipelineState` tells it.
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
}

/// All answers about one pipeline.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    /// `ListPipelines`.
    pub entry: &'a Entry,
    /// `GetPipeline`, where it was asked for, else what is known of the definition.
    pub declared: Option<&'a Declared>,
    /// `ListPipelineExecutions`.
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

    /// The definition that `GetPipeline` tells.
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

    /// What all answers say of one pipeline, as facts.
    pub fn snapshot(&self, id: &PipelineId, answers: Answers<'_>) -> Snapshot {
        let Answers { entry, declared, executions, stages } = answers;
        let console = Console::at(Some(&self.partition), &self.region);
        let mut facts: Vec<Event> = executions
            .iter()
            .filter_map(|execution| {
                let run_url =
                    console.and_then(|console| console.link(&run_page(&entry.name, &execution.id)));
                let resumed = stages.iter().find_map(|stage| resumed(stage, &execution.id));
                run_fact(id, execution, run_url, resumed)
            })
            .collect();
        if entry.execution_mode.as_deref() != Some("PARALLEL") {
            facts.extend(
                stages.iter().flat_map(|stage| stage_facts(id, stage, executions, declared)),
            );
        }
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

fn run_fact(
    id: &PipelineId,
    execution: &Execution,
    run_url: Option<String>,
    resumed: Option<Timestamp>,
) -> Option<Event> {
    let Execution { id: run, status, started_ms, updated_ms, trigger, revisions } = execution;
    let started = Timestamp::from_unix_ms((*started_ms)?).ok()?;
    let (state, time) = match state(status) {
        State::Started => resumed.map_or((State::Started, started), |at| (State::Resumed, at)),
        state => {
            (state, updated_ms.and_then(|ms| Timestamp::from_unix_ms(ms).ok()).unwrap_or(started))
        }
    };
    Some(Event {
        run: text::name(run).ok()?.to_owned(),
        run_url,
        started: Some(started),
        trigger: trigger.as_deref().and_then(|word| text::line(word, text::WORD_CAP)),
        change: revisions
            .iter()
            .find_map(change)
            .map(|change| (ChangeSource::SourceAction, change)),
        ..fact(id, run, Subject::Run, time, state)
    })
}

/// When a run goes on in a stage that it had failed in.
fn resumed(stage: &StageState, run: &str) -> Option<Timestamp> {
    let is_resumed = stage.retries > 0
        && stage
            .execution
            .as_ref()
            .is_some_and(|(of, status)| of == run && state(status) == State::Started);
    let in_progress = stage.actions.iter().filter(|action| state(&action.status) == State::Started);
    is_resumed.then(|| in_progress.filter_map(changed).min()).flatten()
}

fn changed(action: &ActionState) -> Option<Timestamp> {
    Timestamp::from_unix_ms(action.changed_ms?).ok()
}

fn stage_facts(
    id: &PipelineId,
    stage: &StageState,
    executions: &[Execution],
    declared: Option<&Declared>,
) -> Vec<Event> {
    let Some((run, status)) = &stage.execution else { return Vec::new() };
    let Some(execution) = executions.iter().find(|execution| execution.id == *run) else {
        return Vec::new();
    };
    let Ok(name) = text::name(&stage.name) else { return Vec::new() };
    // What didn't run this time, the API still tells of an earlier run.
    let second = |ms: Option<i64>| ms.map(|ms| ms.div_euclid(1000));
    let is_its = |action: &&ActionState| second(action.changed_ms) >= second(execution.started_ms);
    let all_in = |wanted| {
        stage.actions.iter().filter(is_its).filter(move |action| state(&action.status) == wanted)
    };
    let (own, actions): (Option<(State, Timestamp)>, Vec<&ActionState>) = match state(status) {
        State::Succeeded => {
            let actions: Vec<_> = all_in(State::Succeeded).collect();
            (
                actions
                    .iter()
                    .filter_map(|action| changed(action))
                    .max()
                    .map(|at| (State::Succeeded, at)),
                actions,
            )
        }
        State::Failed => {
            let last = all_in(State::Failed).max_by_key(|action| action.changed_ms);
            (last.and_then(changed).map(|at| (State::Failed, at)), last.into_iter().collect())
        }
        State::Started => {
            (resumed(stage, run).map(|at| (State::Resumed, at)), all_in(State::Started).collect())
        }
        _ => (None, Vec::new()),
    };
    let own = own.map(|(state, at)| fact(id, run, Subject::Stage(name.to_owned()), at, state));
    let actions =
        actions.into_iter().filter_map(|action| action_fact(id, run, name, action, declared));
    own.into_iter().chain(actions).collect()
}

fn action_fact(
    id: &PipelineId,
    run: &str,
    stage: &str,
    action: &ActionState,
    declared: Option<&Declared>,
) -> Option<Event> {
    let name = text::name(&action.name).ok()?;
    let known = declared.and_then(|declared| declared.action(stage, name));
    let now = state(&action.status);
    let is_source = known
        .and_then(|known| known.kind.as_deref())
        .is_some_and(|kind| kind.starts_with("Source"));
    // As with events: a source action's success says what it fetched, which is the run's change.
    let says =
        |text: &Option<String>| text.clone().filter(|_| !(is_source && now == State::Succeeded));
    let subject = Subject::Action { stage: stage.to_owned(), action: name.to_owned() };
    Some(Event {
        detail: Detail {
            approval: known.map_or(Approval::None, |known| known.approval),
            kind: known.and_then(|known| known.kind.clone()),
            summary: says(&action.summary)
                .and_then(|summary| text::line(&summary, text::SUMMARY_CAP)),
            error: action.error.as_deref().and_then(|code| text::line(code, text::WORD_CAP)),
            url: says(&action.url).and_then(|url| public_link(&url)),
            took_s: None,
        },
        ..fact(id, run, subject, changed(action)?, now)
    })
}

fn fact(id: &PipelineId, run: &str, subject: Subject, time: Timestamp, state: State) -> Event {
    let second = time.unix_ms().div_euclid(1000) * 1000;
    Event {
        pipeline: id.clone(),
        pipeline_name: None,
        pipeline_url: None,
        run: run.to_owned(),
        run_number: None,
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

fn change(revision: &Revision) -> Option<Change> {
    let summary = revision.summary.as_deref().map(Summary::read);
    let change = Change {
        message: summary
            .as_ref()
            .and_then(|summary| text::line(&summary.message, text::MESSAGE_CAP)),
        author: None,
        revision: revision.id.as_deref().and_then(text::revision),
        url: revision.url.as_deref().and_then(|url| commit_page(url, summary.as_ref())),
    };
    (change != Change::default()).then_some(change)
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

/// The API's words of all levels. `Skipped` is a stage that its conditions let a run pass by: nothing ran in it.
fn state(word: &str) -> State {
    match word {
        "InProgress" => State::Started,
        "Stopping" => State::Stopping,
        "Superseded" => State::Superseded,
        "Cancelled" => State::Canceled,
        "Abandoned" => State::Abandoned,
        "Stopped" => State::Stopped,
        "Succeeded" => State::Succeeded,
        "Failed" => State::Failed,
        _ => State::Unknown,
    }
}

#[cfg(test)]
mod tests;
