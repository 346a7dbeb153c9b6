//! CodePipeline's state changes of pipelines, stages and actions.
//!
//! Tolerant of every year's shape: attempts come as floats (`1.0`), integers or strings, or not at all; so do start
//! times; `execution-trigger` has one form at the start and another at the end; a source action's summary is a text
//! or JSON inside a text. What must be there is only what makes the keys: pipeline, run, and for stages and actions
//! their names, besides the state.
//!
//! Deliberately not read: `action-execution-id` (it is said to equal an approval's token), `trigger-detail` and
//! connection ARNs (they name people and accounts), e-mail addresses, comments on a stop, and the detail's own `region`,
//! which is the action's, not the pipeline's.
//!
//! Sources: <https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html>,
//! and captured events for what it doesn't say.

use serde_json::Value;

use super::console::Console;
use super::envelope::{Fields, believable_start};
use super::{
    Adapter, Approval, ChangeSource, Detail, Envelope, Event, Parsed, Rejected, State, Subject,
    ignored_type, told,
};
use crate::{Timestamp, text, tile::Change};

pub mod api;

pub(super) const ADAPTER: Adapter = Adapter { source: "aws.codepipeline", read };

/// The first part of the pipelines' ids.
const SOURCE: &str = "codepipeline";

fn read(envelope: Envelope<'_>) -> Result<Parsed, Rejected> {
    let level = match envelope.detail_type {
        "CodePipeline Pipeline Execution State Change" => Level::Pipeline,
        "CodePipeline Stage Execution State Change" => Level::Stage,
        "CodePipeline Action Execution State Change" => Level::Action,
        _ => return Ok(ignored_type(envelope)),
    };
    let detail = envelope.detail()?;
    let pipeline_name = detail.name("pipeline")?;
    let run = detail.name("execution-id")?;
    let state = state(detail.text("state")?);
    let time = envelope.time()?;
    let subject = match level {
        Level::Pipeline => Subject::Run,
        Level::Stage => Subject::Stage(detail.name("stage")?.to_owned()),
        Level::Action => Subject::Action {
            stage: detail.name("stage")?.to_owned(),
            action: detail.name("action")?.to_owned(),
        },
    };
    let console = Console::of(envelope, "codepipeline")?;
    let git = detail.object_if_any("execution-trigger", "detail.execution-trigger");
    let change = match level {
        Level::Pipeline => git.and_then(|git| git_change(git, state)),
        Level::Stage => None,
        Level::Action => source_change(detail, state),
    };
    Ok(told(Event {
        pipeline: envelope.pipeline(SOURCE, pipeline_name, "detail.pipeline")?,
        pipeline_name: None,
        run_number: None,
        job: None,
        pipeline_url: console.and_then(|console| console.link(&pipeline_page(pipeline_name))),
        run: run.to_owned(),
        run_url: console.and_then(|console| console.link(&run_page(pipeline_name, run))),
        subject,
        attempt: detail.attempt("pipeline-execution-attempt")?,
        time,
        state,
        started: started(detail, level, time),
        trigger: git
            .and_then(|git| git.text_if_any("trigger-type"))
            .and_then(|word| text::line(word, text::WORD_CAP)),
        change,
        detail: match level {
            Level::Pipeline | Level::Stage => Detail::default(),
            Level::Action => action_detail(detail, state),
        },
    }))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Pipeline,
    Stage,
    Action,
}

/// The published words of all three levels; none means something else on another level.
fn state(word: &str) -> State {
    match word {
        "STARTED" => State::Started,
        "RESUMED" => State::Resumed,
        "STOPPING" => State::Stopping,
        "SUPERSEDED" => State::Superseded,
        "CANCELED" => State::Canceled,
        "ABANDONED" => State::Abandoned,
        "STOPPED" => State::Stopped,
        "SUCCEEDED" => State::Succeeded,
        "FAILED" => State::Failed,
        _ => State::Unknown,
    }
}

/// The subject's own start. A retried stage's is its last retry, which says more of the attempt than its first start.
fn started(detail: Fields<'_>, level: Level, time: Timestamp) -> Option<Timestamp> {
    let believable = |key| believable_start(detail.moment_if_any(key)?, time);
    let retried =
        if level == Level::Stage { believable("stage-last-retry-attempt-time") } else { None };
    retried.or_else(|| believable("start-time"))
}

/// What the Git form of `execution-trigger` says of the commit.
fn git_change(git: Fields<'_>, state: State) -> Option<(ChangeSource, Change)> {
    let commit = git.text_if_any("commit-id");
    let change = Change {
        message: git
            .text_if_any("commit-message")
            .and_then(|message| text::line(message, text::MESSAGE_CAP)),
        author: ["author-display-name", "author-id"]
            .into_iter()
            .find_map(|key| text::author(git.text_if_any(key)?)),
        revision: commit.and_then(text::revision),
        url: commit.and_then(|commit| {
            text::commit_link(
                git.text_if_any("provider-type")?,
                git.text_if_any("full-repository-name")?,
                commit,
            )
        }),
    };
    let source = match state {
        State::Unknown | State::Queued | State::Started | State::Resumed | State::Stopping => {
            ChangeSource::StartTrigger
        }
        State::Skipped
        | State::Superseded
        | State::Canceled
        | State::Abandoned
        | State::Stopped
        | State::Succeeded
        | State::Failed => ChangeSource::GitTrigger,
    };
    (change != Change::default()).then_some((source, change))
}

/// What a source action that succeeded says of the commit it fetched.
fn source_change(detail: Fields<'_>, state: State) -> Option<(ChangeSource, Change)> {
    if !is_source(detail) || state != State::Succeeded {
        return None;
    }
    let result = detail.object_if_any("execution-result", "detail.execution-result")?;
    let summary = result.text_if_any("external-execution-summary").map(Summary::read);
    let url = result.text_if_any("external-execution-url");
    let change = Change {
        message: summary
            .as_ref()
            .and_then(|summary| text::line(&summary.message, text::MESSAGE_CAP)),
        author: None,
        revision: result.text_if_any("external-execution-id").and_then(text::revision),
        url: url.and_then(|url| commit_page(url, summary.as_ref())),
    };
    (change != Change::default()).then_some((ChangeSource::SourceAction, change))
}

fn is_source(detail: Fields<'_>) -> bool {
    action_type(detail).and_then(|kind| kind.text_if_any("category")) == Some("Source")
}

fn action_type(detail: Fields<'_>) -> Option<Fields<'_>> {
    detail.object_if_any("type", "detail.type")
}

/// A source action's summary: of a connection `{"ProviderType":"GitHub","CommitMessage":"…"}` as a text, else the
/// commit's message itself.
struct Summary {
    provider: Option<String>,
    message: String,
}

impl Summary {
    fn read(summary: &str) -> Self {
        let Ok(Value::Object(inner)) = serde_json::from_str(summary) else {
            return Self { provider: None, message: summary.to_owned() };
        };
        let inner = |key| inner.get(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            provider: inner("ProviderType"),
            message: inner("CommitMessage").unwrap_or_default(),
        }
    }
}

/// The commit's page. A connection's redirect has the connection's ARN in it and becomes the page it leads to.
fn commit_page(url: &str, summary: Option<&Summary>) -> Option<String> {
    let Some((_, query)) = url.split_once("/settings/connections/redirect?") else {
        return public_link(url);
    };
    let value = |key: &str| {
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))?;
        Some(pair.replace("%2F", "/").replace("%2f", "/"))
    };
    text::commit_link(summary?.provider.as_deref()?, &value("FullRepositoryId")?, &value("Commit")?)
}

/// A link without a connection's ARN.
fn public_link(url: &str) -> Option<String> {
    text::link(url).filter(|url| !url.contains("connectionArn="))
}

fn action_detail(detail: Fields<'_>, state: State) -> Detail {
    let kind = action_type(detail);
    let word = |key| {
        kind.and_then(|kind| kind.text_if_any(key))
            .and_then(|word| text::line(word, text::WORD_CAP / 2))
    };
    let (category, provider) = (word("category"), word("provider"));
    let result = detail.object_if_any("execution-result", "detail.execution-result");
    let said = |key| result.and_then(|result| result.text_if_any(key));
    // A source action's success says what it fetched: that is the run's change, not a result.
    let said_of_result =
        |key| if is_source(detail) && state == State::Succeeded { None } else { said(key) };
    Detail {
        approval: approval(category.as_deref(), provider.as_deref()),
        kind: self::kind(category, provider),
        summary: said_of_result("external-execution-summary")
            .and_then(|summary| text::line(summary, text::SUMMARY_CAP)),
        error: said("error-code").and_then(|code| text::line(code, text::WORD_CAP)),
        url: said_of_result("external-execution-url").and_then(public_link),
        took_s: None,
    }
}

fn approval(category: Option<&str>, provider: Option<&str>) -> Approval {
    if category == Some("Approval") && provider == Some("Manual") {
        Approval::Manual
    } else {
        Approval::None
    }
}

fn kind(category: Option<String>, provider: Option<String>) -> Option<String> {
    match (category, provider) {
        (Some(category), Some(provider)) => {
            text::line(&format!("{category} by {provider}"), text::WORD_CAP)
        }
        (category, provider) => category.or(provider),
    }
}

/// The pipeline's page, which is that of its newest run too.
fn pipeline_page(name: &str) -> String {
    format!("codepipeline/pipelines/{}/view", text::path_segment(name))
}

fn run_page(name: &str, run: &str) -> String {
    format!(
        "codepipeline/pipelines/{}/executions/{}/timeline",
        text::path_segment(name),
        text::path_segment(run)
    )
}
