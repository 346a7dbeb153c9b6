//! One thing that a CI said about one run, stage or action, free of that CI's spelling.
//!
//! [`parse`] is the border: behind it every text is capped and cleaned, every link https, every time possible.
//! One adapter a CI in `event/<source>.rs`, which names its source, and a line of `ADAPTERS`.
//!
//! An adapter may say `detail.x: missing` of what it can't do without; what else is broken counts as absent. An event's
//! time is the moment that the CI names, and only where it names none that of the bus, so that an event told again is the
//! same event.

use serde_json::Value;

use self::envelope::{Envelope, Fields, rejected};
use crate::{PipelineId, Timestamp, text};

mod console;
mod envelope;
pub mod hook;
mod word;

/// Reads one event, as EventBridge delivers it, from JSON.
///
/// # Errors
/// When it is no JSON (nested deeper than 128 levels included), or should be ours and is broken.
pub fn parse(json: &[u8]) -> Result<Parsed, Rejected> {
    let event: Value = serde_json::from_slice(json)
        .map_err(|problem| rejected("event", &format!("not JSON: {problem}")))?;
    parse_value(&event)
}

/// Reads one event, as EventBridge delivers it.
///
/// Ignored: other sources, other detail-types of known sources, and notification rules' messages, which tell of the
/// same things in another envelope.
///
/// # Errors
/// When it is no event at all, or should be ours and is broken: a key is missing, no text, too long or invisible, its
/// time or attempt impossible. What is optional and broken counts as absent.
pub fn parse_value(event: &Value) -> Result<Parsed, Rejected> {
    let fields = Fields::of(event)?;
    let notification = fields.value_if_any("notificationRuleArn").is_some()
        || (fields.value_if_any("detailType").is_some()
            && fields.value_if_any("detail-type").is_none());
    if notification {
        return Ok(ignored("a notification rule's message, not an event".to_owned()));
    }
    if fields.value_if_any("source").is_none() {
        return Err(fields.rejected("source", "missing, so this is no event of EventBridge"));
    }
    let source = fields.text("source")?;
    let Some(adapter) = ADAPTERS.iter().find(|adapter| adapter.source == source) else {
        return Ok(ignored(format!("source {} is not followed", shown(source))));
    };
    (adapter.read)(Envelope { fields, source, detail_type: fields.text("detail-type")? })
}

/// Makes a registry of modules: each is a file in `event/` with an `ADAPTER`.
macro_rules! adapters {
    ($(#[$about:meta])* $name:ident: $($visible:vis $source:ident,)*) => {
        $($visible mod $source;)*
        $(#[$about])*
        const $name: &[Adapter] = &[$($source::ADAPTER),*];
    };
}

adapters! {
    /// All CIs that are understood.
    ADAPTERS:
    cdevents,
    codebuild,
    codedeploy,
    pub codepipeline,
    pub github,
    gitlab,
    jenkins,
    own,
}

/// One CI's translator.
#[derive(Clone, Copy, Debug)]
struct Adapter {
    /// The envelope's `source`.
    source: &'static str,
    read: fn(Envelope<'_>) -> Result<Parsed, Rejected>,
}

fn told(event: Event) -> Parsed {
    Parsed::Event(Box::new(event))
}

fn ignored(reason: String) -> Parsed {
    Parsed::Ignored(Ignored { reason })
}

/// For an adapter: a detail-type that is none of its own.
fn ignored_type(envelope: Envelope<'_>) -> Parsed {
    ignored(format!(
        "detail-type {} of source {} is not followed",
        shown(envelope.detail_type),
        shown(envelope.source)
    ))
}

/// A stranger's word, quoted and capped for a log line.
fn shown(word: &str) -> String {
    format!("{:?}", text::line(word, text::WORD_CAP).unwrap_or_default())
}

/// A CI's event in the board's own words. The fields' texts are capped and cleaned already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whose event it is.
    pub pipeline: PipelineId,
    /// The pipeline's current name, where its id is made of something more lasting (a workflow file's path).
    pub pipeline_name: Option<String>,
    /// The pipeline in its CI's console.
    pub pipeline_url: Option<String>,
    /// The CI's own id of the run.
    pub run: String,
    /// What people call the run (`42`), where that is not its id.
    pub run_number: Option<String>,
    /// The run in its CI's console.
    pub run_url: Option<String>,
    /// What the event is about.
    pub subject: Subject,
    /// The CI's own id of a stage's job, where two jobs of one attempt may share the stage's name.
    pub job: Option<String>,
    /// Counts from 1; a missing or zero attempt is 1.
    pub attempt: u32,
    /// When the CI said it (whole seconds with CodePipeline).
    pub time: Timestamp,
    /// What happened to the subject.
    pub state: State,
    /// The subject's own explicit start, where the event has one.
    pub started: Option<Timestamp>,
    /// What started the run, in the CI's word.
    pub trigger: Option<String>,
    /// What the run builds, and how far the teller is to be trusted.
    pub change: Option<(ChangeSource, crate::tile::Change)>,
    /// Details of an action. Of runs and stages only whether they wait for a person.
    pub detail: Detail,
}

impl Event {
    /// What every event says. All else is absent.
    fn new(
        pipeline: PipelineId,
        run: String,
        subject: Subject,
        time: Timestamp,
        state: State,
    ) -> Self {
        Self {
            pipeline,
            pipeline_name: None,
            pipeline_url: None,
            run,
            run_number: None,
            run_url: None,
            subject,
            job: None,
            attempt: 1,
            time,
            state,
            started: None,
            trigger: None,
            change: None,
            detail: Detail::default(),
        }
    }
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The run as a whole.
    Run,
    /// One stage of it, by name.
    Stage(String),
    /// One action of a stage.
    Action {
        /// The stage's name.
        stage: String,
        /// The action's name, unique inside its stage.
        action: String,
    },
}

/// What happened, in the order that breaks ties between facts of one second and rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// A word that this version doesn't know.
    Unknown,
    /// Waits for a place to run.
    Queued,
    /// Began.
    Started,
    /// Began again, after a retry of a failed stage.
    Resumed,
    /// Being stopped.
    Stopping,
    /// Passed by: nothing of it was to run.
    Skipped,
    /// A newer run took its place.
    Superseded,
    /// Cancelled.
    Canceled,
    /// Given up while the run was stopped.
    Abandoned,
    /// Stopped by hand.
    Stopped,
    /// Ended well.
    Succeeded,
    /// Ended badly.
    Failed,
}

/// Where a fact about the change comes from, least trusted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeSource {
    /// The trigger named at the start.
    StartTrigger,
    /// The result of a source action that fetched an artifact: an image, an object of a bucket.
    Artifact,
    /// The result of a source action that fetched a commit.
    SourceAction,
    /// The Git trigger told at the end.
    GitTrigger,
}

/// What is known of a run, stage or action beyond its state; see [`Event::detail`].
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Detail {
    /// Whether somebody has to approve it, or to let it go on.
    pub approval: Approval,
    /// The kind of action, in the CI's words (`Deploy by CodeDeploy`).
    pub kind: Option<String>,
    /// What the CI said of the result; first line.
    pub summary: Option<String>,
    /// The CI's error code.
    pub error: Option<String>,
    /// Its log or target, https only.
    pub url: Option<String>,
    /// How many whole seconds the CI says that it took. Waiting for a person is not part of it.
    pub took_s: Option<u64>,
}

/// Whether what goes on is a person's decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Approval {
    /// A machine's work.
    #[default]
    None,
    /// While it is open the run waits for a person.
    Manual,
}

/// What [`parse`] makes of an event it understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// Ours: to be applied.
    Event(Box<Event>),
    /// Understood and not ours: to be counted.
    Ignored(Ignored),
}

/// Why an event is none of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// For a log line: lower case, no text of the event beyond its capped source and type.
    pub reason: String,
}

/// Why an event that should be ours is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct Rejected {
    /// Where, as a path into the event: `detail.execution-id`; `event` for the whole.
    pub path: String,
    /// What is wrong: `missing`, `not a text`, …
    pub problem: String,
}

#[cfg(test)]
mod tests;
