//! CodePipeline's state changes of pipelines, stages and actions.
//!
//! Tolerant of every year's shape: attempts come as floats (`1.0`), integers or strings, or not at all; so do start
//! times; `execution-trigger` has one form at the start and another at the end; a source action's summary is a text
//! or JSON inside a text. What must be there is only what makes the keys: pipeline, run, and for stages and actions
//! their names, besides the state. States are compared without case, hyphens and underscores, and `CANCELLED` is
//! `CANCELED`, because events and API spell them differently.
//!
//! - A run may have several source actions. Each gives one complete change. A commit ranks above an artifact. The shape of
//!   the revision decides which it is, together with the action's provider.
//! - `SKIPPED` is a stage whose entry condition was not met and has the result *skip*.
//! - The number of a run is the first eight digits of its id, as in the console.
//!
//! Deliberately not read: `action-execution-id` (it is said to equal an approval's token), `trigger-detail` and
//! connection ARNs (they name people and accounts), e-mail addresses, comments on a stop, and the detail's own `region`,
//! which is the action's, not the pipeline's.
//!
//! Sources: <https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html>,
//! <https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-conditions.html>,
//! <https://docs.aws.amazon.com/codepipeline/latest/userguide/integrations-action-type.html#integrations-source>,
//! and captured events where these pages are silent.

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
        run_number: run_number(run),
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

/// The state for a word of any level, of events (`STARTED`) or of the API (`InProgress`). No word differs between levels.
fn state(word: &str) -> State {
    let letters = word.chars().filter(|letter| !matches!(letter, '-' | '_' | ' '));
    match letters.map(|letter| letter.to_ascii_lowercase()).collect::<String>().as_str() {
        "started" | "inprogress" => State::Started,
        "resumed" => State::Resumed,
        "stopping" => State::Stopping,
        "skipped" => State::Skipped,
        "superseded" => State::Superseded,
        "canceled" | "cancelled" => State::Canceled,
        "abandoned" => State::Abandoned,
        "stopped" => State::Stopped,
        "succeeded" => State::Succeeded,
        "failed" => State::Failed,
        _ => State::Unknown,
    }
}

/// The first eight digits of an id that is a UUID, as the console shows it.
fn run_number(run: &str) -> Option<String> {
    let lengths = [8, 4, 4, 4, 12];
    let is_uuid = run.split('-').map(str::len).eq(lengths)
        && run.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    run.get(..8).filter(|_| is_uuid).map(str::to_owned)
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
    let fetched = Fetched {
        provider: action_type(detail).and_then(|kind| kind.text_if_any("provider")),
        revision: result.text_if_any("external-execution-id"),
        summary: result.text_if_any("external-execution-summary"),
        url: result.text_if_any("external-execution-url"),
    };
    fetched.change()
}

/// What one source action fetched, as it arrives.
#[derive(Clone, Copy, Debug)]
struct Fetched<'a> {
    provider: Option<&'a str>,
    revision: Option<&'a str>,
    summary: Option<&'a str>,
    url: Option<&'a str>,
}

impl Fetched<'_> {
    /// The change by this source alone.
    fn change(self) -> Option<(ChangeSource, Change)> {
        let summary = self.summary.map(Summary::read);
        let change = Change {
            message: summary
                .as_ref()
                .and_then(|summary| text::line(&summary.message, text::MESSAGE_CAP)),
            author: None,
            revision: self.revision.and_then(text::revision),
            url: self.url.and_then(|url| commit_page(url, summary.as_ref())),
        };
        (change != Change::default()).then(|| (self.source(), change))
    }

    /// Whether a commit was fetched. The provider is that of the current definition, which may be newer than the run.
    /// Therefore a revision without the shape of a commit is not one, whatever the provider.
    fn source(self) -> ChangeSource {
        let is_commit = match (provides(self.provider), self.revision) {
            (Provides::Artifacts, _) | (Provides::Unknown, None) => false,
            (Provides::Commits, None) => true,
            (Provides::Commits, Some(revision)) => text::is_hash(revision),
            (Provides::Unknown, Some(revision)) => revision.len() == 40 && text::is_hash(revision),
        };
        if is_commit { ChangeSource::SourceAction } else { ChangeSource::Artifact }
    }
}

/// What source actions of a provider fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Provides {
    Commits,
    Artifacts,
    /// A custom provider, or none is named.
    Unknown,
}

/// By CodePipeline's own providers: `S3`, `ECR`, `CodeCommit`, `CodeStarSourceConnection` (GitHub, GitLab, Bitbucket, Azure
/// DevOps), the older `GitHub`, and the names that the console gives them.
fn provides(provider: Option<&str>) -> Provides {
    const COMMITS: [&str; 6] =
        ["codecommit", "codestar", "codeconnection", "github", "gitlab", "bitbucket"];
    let name = provider.unwrap_or_default().to_ascii_lowercase();
    let name = name.trim_start_matches("amazon").trim_start_matches("aws").trim_start();
    if matches!(name, "s3" | "ecr") {
        Provides::Artifacts
    } else if COMMITS.iter().any(|known| name.starts_with(known)) {
        Provides::Commits
    } else {
        Provides::Unknown
    }
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
        summary: ["external-execution-summary", "error-message"]
            .into_iter()
            .find_map(|key| text::line(said_of_result(key)?, text::SUMMARY_CAP)),
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
