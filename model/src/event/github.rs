//! GitHub Actions: the webhooks `workflow_run` and `workflow_job`. A workflow on its repository's default branch is a
//! pipeline, its jobs are stages.
//!
//! The detail-type is the webhook's name and the detail its body, as AWS's quick start for inbound webhooks puts them onto
//! the bus, with the source `github.com`.
//!
//! - A workflow is its file: the id comes from `path`, so that a renamed workflow stays one pipeline and two workflows of one
//!   name are two. GitHub names a file that it cannot read by its path; such a name is not the pipeline's. A `@ref` behind the
//!   path is not part of it. Workflows without a file have paths like `dynamic/dependabot/dependabot-updates` and pages
//!   without that first part.
//! - A job names its run and its workflow's name, but not the path. [`crate::directory`] finds its pipeline by the run.
//! - Runs of other branches, tags and pull requests are ignored, and so are those of forks.
//! - A job names neither the event that started its run nor the fork whose branch it builds, only the branch's name: a job of
//!   a pull request from a fork's `main` looks like one of the default branch until its run arrives.
//! - Check runs that an action creates arrive as jobs of some run of the same commit. A job has a runner and steps, and the
//!   labels of `runs-on` (GitHub sends none for a skipped one); a check run has none of them and starts when it is created.
//! - A job has no time of its own event; the latest of its moments that its status vouches for is taken.
//! - A job that waits for a deployment's protection rules waits for a person (or, rarely, for a timer: the event does not say).
//!   Once they let it through it is `queued` again with all its own moments as before; only its deployment has a new one.
//! - A skipped job never ran. A run of which all jobs were skipped says nothing about the workflow.
//! - REST, GraphQL and `gh` spell the same words in other ways (`IN_PROGRESS`, `canceled`); all of them are read.
//!
//! Deliberately not read: senders, actors, e-mail addresses, names of steps and runners, inputs.
//!
//! Sources: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run>,
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job>,
//! <https://docs.github.com/en/rest/actions/workflow-runs> (`path` with `@main`),
//! <https://github.com/actions/actions-runner-controller/issues/2118> (check runs as jobs),
//! <https://github.com/actions/actions-runner-controller/issues/1326> (skipped jobs have no labels),
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-saas-furls.html>.

use serde_json::Value;

use super::envelope::{Fields, believable_start};
use super::hook::Hooks;
use super::{
    Adapter, Approval, ChangeSource, Detail, Envelope, Event, Parsed, Rejected, State, Subject,
    ignored, ignored_type, told,
};
use crate::{PipelineId, Timestamp, directory, text, tile::Change};

pub(super) const ADAPTER: Adapter = Adapter { source: "github.com", read };

/// What [`read`] looks at, and nothing else.
pub(super) const HOOKS: Hooks = Hooks {
    source: ADAPTER.source,
    kinds: &["workflow_run", "workflow_job"],
    read: &[
        "deployment.updated_at",
        "repository.default_branch",
        "repository.full_name",
        "repository.html_url",
        "workflow.name",
        "workflow.path",
        "workflow_job.completed_at",
        "workflow_job.conclusion",
        "workflow_job.created_at",
        "workflow_job.head_branch",
        "workflow_job.head_sha",
        "workflow_job.id",
        "workflow_job.labels",
        "workflow_job.name",
        "workflow_job.run_attempt",
        "workflow_job.run_id",
        "workflow_job.runner_id",
        "workflow_job.started_at",
        "workflow_job.status",
        "workflow_job.steps",
        "workflow_job.workflow_name",
        "workflow_run.conclusion",
        "workflow_run.event",
        "workflow_run.head_branch",
        "workflow_run.head_commit.author.name",
        "workflow_run.head_commit.message",
        "workflow_run.head_repository.full_name",
        "workflow_run.head_sha",
        "workflow_run.id",
        "workflow_run.name",
        "workflow_run.path",
        "workflow_run.run_attempt",
        "workflow_run.run_number",
        "workflow_run.run_started_at",
        "workflow_run.status",
        "workflow_run.updated_at",
    ],
};

/// The first part of the pipelines' ids.
pub(crate) const SOURCE: &str = "github";

/// Where workflow files are.
pub(crate) const FOLDER: &str = ".github/workflows/";

/// Where the paths of workflows without a file begin.
const DYNAMIC: &str = "dynamic/";

fn read(envelope: Envelope<'_>) -> Result<Parsed, Rejected> {
    let (key, path, read): (_, _, fn(_, _, _) -> _) = match envelope.detail_type {
        "workflow_run" => ("workflow_run", "detail.workflow_run", workflow_run),
        "workflow_job" => ("workflow_job", "detail.workflow_job", workflow_job),
        _ => return Ok(ignored_type(envelope)),
    };
    let detail = envelope.detail()?;
    let subject = detail.object(key, path)?;
    let repository = Repository::of(detail.object("repository", "detail.repository")?)?;
    if branch(subject)? != Some(repository.default_branch) {
        return Ok(ignored("of another branch than the default one".to_owned()));
    }
    read(envelope, subject, repository)
}

/// The run that an ignored event says is not one of the default branch, although its jobs look like it, with the directory of
/// its repository. `None` for all other events.
pub fn ignored_run(event: &Value) -> Option<(PipelineId, String)> {
    let fields = Fields::of(event).ok()?;
    let envelope = Envelope { fields, source: "", detail_type: fields.text_if_any("detail-type")? };
    if fields.text_if_any("source") != Some(ADAPTER.source)
        || envelope.detail_type != "workflow_run"
    {
        return None;
    }
    let detail = envelope.detail().ok()?;
    let run = detail.object("workflow_run", "detail.workflow_run").ok()?;
    let repository = Repository::of(detail.object("repository", "detail.repository").ok()?).ok()?;
    let has_jobs_like_ours = branch(run).ok()? == Some(repository.default_branch);
    if !has_jobs_like_ours || foreign(run, repository).is_none() {
        return None;
    }
    let (region, account) = (envelope.region().ok()?, envelope.account().ok()?);
    let directory = directory::id(region, account, repository.name).ok()?;
    Some((directory, run.name_or_number("id").ok()?))
}

/// The branch, where the run has one.
fn branch(subject: Fields<'_>) -> Result<Option<&str>, Rejected> {
    if subject.value_if_any("head_branch").is_none() {
        return Ok(None);
    }
    let branch = subject.text("head_branch")?;
    Ok(Some(branch.strip_prefix("refs/heads/").unwrap_or(branch)))
}

/// Why a run on a branch of the default one's name is not the default branch's own.
fn foreign(run: Fields<'_>, repository: Repository<'_>) -> Option<&'static str> {
    if run.text_if_any("event").is_some_and(|event| event.starts_with("pull_request")) {
        return Some("a run for a pull request");
    }
    let head = run.object_if_any("head_repository", "detail.workflow_run.head_repository");
    let name = head.and_then(|head| head.text_if_any("full_name"))?;
    (name != repository.name).then_some("a run for a fork")
}

/// The repository, as far as events are about it.
#[derive(Clone, Copy, Debug)]
struct Repository<'a> {
    /// `owner/name`
    name: &'a str,
    default_branch: &'a str,
    url: Option<&'a str>,
}

impl<'a> Repository<'a> {
    fn of(repository: Fields<'a>) -> Result<Self, Rejected> {
        Ok(Self {
            name: repository.name("full_name")?,
            default_branch: repository.text("default_branch")?,
            url: repository.text_if_any("html_url"),
        })
    }

    fn page(self, path: &str) -> Option<String> {
        text::link(&format!("{}/{path}", self.url?))
    }

    fn pipeline(self, envelope: Envelope<'_>, workflow: &str) -> Result<PipelineId, Rejected> {
        envelope.pipeline(
            SOURCE,
            &format!("{}/{workflow}", self.name),
            "detail.repository.full_name",
        )
    }

    fn commit(self, sha: &str) -> Change {
        let url = if text::is_hash(sha) { self.page(&format!("commit/{sha}")) } else { None };
        Change { revision: text::revision(sha), url, ..Change::default() }
    }
}

/// A workflow's path, without the `@ref` that some answers have behind it.
#[derive(Clone, Copy, Debug)]
struct Path<'a>(&'a str);

impl<'a> Path<'a> {
    /// The path that a run or its workflow names, where it fits into a key.
    fn of(run: Fields<'a>, workflow: Option<Fields<'a>>) -> Option<Self> {
        let named = |fields: Fields<'a>| text::name(fields.text_if_any("path")?).ok();
        let path = named(run).or_else(|| named(workflow?))?;
        // A ref may contain anything, a file's name before its ending an @ of its own.
        let ends = [".yml@", ".yaml@"].into_iter();
        let file = ends.filter_map(|end| path.find(end).map(|at| at + end.len() - 1)).min();
        let at = match file {
            Some(at) => Some(at),
            None if is_file(path) => None,
            None => path.find('@'),
        };
        let path = at.and_then(|at| path.get(..at)).unwrap_or(path);
        (!path.is_empty()).then_some(Self(path))
    }

    /// The part of the pipeline's id behind the repository: `ci.yml`, `dynamic/dependabot/dependabot-updates`.
    fn key(self) -> &'a str {
        self.0.strip_prefix(FOLDER).filter(|file| !file.is_empty()).unwrap_or(self.0)
    }

    fn is_dynamic(self) -> bool {
        self.0.starts_with(DYNAMIC)
    }

    /// The workflow's page. A path of another folder is that of another repository's workflow, which has no page here.
    fn page(self, repository: Repository<'_>) -> Option<String> {
        let path = self.0.strip_prefix(FOLDER).or_else(|| self.0.strip_prefix(DYNAMIC))?;
        let segments: Vec<_> = path.split('/').map(text::path_segment).collect();
        repository.page(&format!("actions/workflows/{}", segments.join("/")))
    }
}

pub(crate) fn is_file(path: &str) -> bool {
    [".yml", ".yaml"].into_iter().any(|end| path.ends_with(end))
}

fn workflow_run(
    envelope: Envelope<'_>,
    run: Fields<'_>,
    repository: Repository<'_>,
) -> Result<Parsed, Rejected> {
    if let Some(reason) = foreign(run, repository) {
        return Ok(ignored(reason.to_owned()));
    }
    let workflow = envelope.detail()?.object_if_any("workflow", "detail.workflow");
    let path = Path::of(run, workflow);
    let by_path = path.and_then(|path| repository.pipeline(envelope, path.key()).ok());
    let (pipeline, pipeline_name) = match by_path {
        Some(pipeline) => (pipeline, path.and_then(|path| label(run, workflow, path))),
        None => (repository.pipeline(envelope, name(run, workflow)?)?, None),
    };
    let time = run.moment("updated_at")?;
    let id = run.name_or_number("id")?;
    let (state, approval) = state(run)?;
    Ok(told(Event {
        pipeline_name: pipeline_name.map(|name| format!("{}/{name}", repository.name)),
        pipeline_url: path.and_then(|path| path.page(repository)),
        run_number: run.name_or_number("run_number").ok(),
        run_url: repository.page(&format!("actions/runs/{id}")),
        attempt: run.attempt("run_attempt")?,
        started: run
            .moment_if_any("run_started_at")
            .and_then(|start| believable_start(start, time)),
        trigger: run.line_if_any("event", text::WORD_CAP),
        change: change(run, repository),
        detail: Detail { approval, ..Detail::default() },
        ..Event::new(pipeline, id, Subject::Run, time, state)
    }))
}

/// The name of a workflow whose path is unknown.
fn name<'a>(run: Fields<'a>, workflow: Option<Fields<'a>>) -> Result<&'a str, Rejected> {
    match workflow.filter(|workflow| workflow.value_if_any("name").is_some()) {
        Some(workflow) => workflow.name("name"),
        None => run.name("name"),
    }
}

/// The name that people gave the workflow. The name of a run without a file is that run's title.
fn label<'a>(run: Fields<'a>, workflow: Option<Fields<'a>>, path: Path<'_>) -> Option<&'a str> {
    let named = |fields: Fields<'a>| {
        let name = text::name(fields.text_if_any("name")?).ok()?;
        let is_path = name == path.0 || name.starts_with(FOLDER);
        (!is_path).then_some(name)
    };
    workflow.and_then(named).or_else(|| named(run).filter(|_| !path.is_dynamic()))
}

fn workflow_job(
    envelope: Envelope<'_>,
    job: Fields<'_>,
    repository: Repository<'_>,
) -> Result<Parsed, Rejected> {
    if job.value_if_any("workflow_name").is_none() {
        return Ok(ignored("a job whose workflow is not named".to_owned()));
    }
    let (state, approval) = state(job)?;
    let status = word(job.text("status")?);
    let deployment = envelope.detail()?.object_if_any("deployment", "detail.deployment");
    if deployment.is_none() && is_check_run(job, &status, state) {
        return Ok(ignored("a check run that an action created, not a job".to_owned()));
    }
    let time = moment(
        job,
        &status,
        deployment.and_then(|deployment| deployment.moment_if_any("updated_at")),
    )?;
    let ran = !matches!(status.as_str(), "queued" | "waiting" | "pending" | "requested")
        && state != State::Skipped;
    let id = job.name_or_number("run_id")?;
    // Only the repository matters: the workflow is found by the run.
    let by_name = |name| repository.pipeline(envelope, name);
    let pipeline = job.name("workflow_name").and_then(by_name).or_else(|_| by_name("?"))?;
    let change = job.text_if_any("head_sha").map(|sha| repository.commit(sha));
    Ok(told(Event {
        run_url: repository.page(&format!("actions/runs/{id}")),
        job: job.name_or_number("id").ok(),
        attempt: job.attempt("run_attempt")?,
        started: job
            .moment_if_any("started_at")
            .filter(|_| ran)
            .and_then(|start| believable_start(start, time)),
        change: change
            .filter(|change| *change != Change::default())
            .map(|change| (ChangeSource::StartTrigger, change)),
        detail: Detail { approval, ..Detail::default() },
        ..Event::new(pipeline, id, Subject::Stage(job.name("name")?.to_owned()), time, state)
    }))
}

/// Whether a job is a check run: it is under way or over, has neither a runner nor steps, and either has no labels or started
/// when it was created. Jobs that were skipped or canceled before they ran look the same and are kept; so are those of
/// senders that leave these fields out. A job that failed before it got a runner may be dropped; its run reports the failure.
fn is_check_run(job: Fields<'_>, status: &str, state: State) -> bool {
    let is_empty =
        |key| job.value_if_any(key).and_then(Value::as_array).map(|list: &Vec<_>| list.is_empty());
    let runner = job.value_if_any("runner_id").and_then(Value::as_f64).unwrap_or_default();
    if runner > 0.0 || is_empty("steps") == Some(false) {
        return false;
    }
    let is_over = status == "completed" && !matches!(state, State::Skipped | State::Canceled);
    let began_at_once = || {
        let (made, started) = (job.moment_if_any("created_at"), job.moment_if_any("started_at"));
        made.zip(started).is_some_and(|(made, started)| started <= made)
    };
    match is_empty("labels") {
        Some(true) => is_over || status == "in_progress",
        Some(false) => is_over && began_at_once(),
        None => false,
    }
}

/// The latest moment that a job of this status vouches for. Before it runs, its start is not one; once it is over, neither is
/// its deployment's.
fn moment(
    job: Fields<'_>,
    status: &str,
    deployed: Option<Timestamp>,
) -> Result<Timestamp, Rejected> {
    let known = |key| job.moment_if_any(key);
    match status {
        "completed" => job.moment("completed_at").map(|end| {
            known("started_at").into_iter().chain(known("created_at")).fold(end, Ord::max)
        }),
        "in_progress" => job
            .moment("started_at")
            .map(|start| known("created_at").into_iter().chain(deployed).fold(start, Ord::max)),
        _ => known("created_at")
            .map_or_else(|| job.moment("started_at"), Ok)
            .map(|made| deployed.into_iter().fold(made, Ord::max)),
    }
}

/// What a run or job is at, by its status and, once that is `completed`, its conclusion.
fn state(subject: Fields<'_>) -> Result<(State, Approval), Rejected> {
    let status = word(subject.text("status")?);
    let word = match status.as_str() {
        "completed" => word(subject.text_if_any("conclusion").unwrap_or_default()),
        _ => status,
    };
    Ok(match word.as_str() {
        "queued" | "requested" | "pending" => (State::Queued, Approval::None),
        "waiting" | "action_required" => (State::Started, Approval::Manual),
        "in_progress" => (State::Started, Approval::None),
        "success" | "neutral" => (State::Succeeded, Approval::None),
        "failure" | "timed_out" | "startup_failure" => (State::Failed, Approval::None),
        "cancelled" | "canceled" | "stale" => (State::Canceled, Approval::None),
        "skipped" => (State::Skipped, Approval::None),
        _ => (State::Unknown, Approval::None),
    })
}

/// A status or conclusion in the webhooks' spelling: `IN_PROGRESS`, `in-progress` and `in progress` are `in_progress`.
fn word(text: &str) -> String {
    text.trim().to_ascii_lowercase().replace(['-', ' '], "_")
}

fn change(run: Fields<'_>, repository: Repository<'_>) -> Option<(ChangeSource, Change)> {
    let commit = run.object_if_any("head_commit", "detail.workflow_run.head_commit");
    let author = commit.and_then(|commit| {
        commit.object_if_any("author", "detail.workflow_run.head_commit.author")
    });
    let change = Change {
        message: commit.and_then(|commit| commit.line_if_any("message", text::MESSAGE_CAP)),
        author: author.and_then(|author| text::author(author.text_if_any("name")?)),
        ..run.text_if_any("head_sha").map(|sha| repository.commit(sha)).unwrap_or_default()
    };
    (change != Change::default()).then_some((ChangeSource::GitTrigger, change))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::{check_ignored, check_rejected, read, with};
    use super::*;

    fn run(pointer: &str, value: Value) -> Value {
        with("github/run-completed-failure", pointer, value)
    }

    fn job(pointer: &str, value: Value) -> Value {
        with("github/job-completed-failure", pointer, value)
    }

    #[test]
    fn statuses_and_conclusions() {
        let status = |word: &str| {
            let event = read(&run("/detail/workflow_run/status", json!(word)));
            (event.state, event.detail.approval)
        };
        assert_eq!(status("queued"), (State::Queued, Approval::None));
        assert_eq!(status("pending"), (State::Queued, Approval::None));
        assert_eq!(status("waiting"), (State::Started, Approval::Manual));
        assert_eq!(status("in_progress"), (State::Started, Approval::None));
        assert_eq!(status("dreaming"), (State::Unknown, Approval::None));
        assert_eq!(status("IN_PROGRESS"), (State::Started, Approval::None));
        assert_eq!(status("in-progress"), (State::Started, Approval::None));
        assert_eq!(status("Completed"), (State::Failed, Approval::None));
        let conclusion = |word: Value| {
            let event = read(&run("/detail/workflow_run/conclusion", word));
            (event.state, event.detail.approval)
        };
        for (word, state) in [
            ("success", State::Succeeded),
            ("neutral", State::Succeeded),
            ("failure", State::Failed),
            ("timed_out", State::Failed),
            ("startup_failure", State::Failed),
            ("cancelled", State::Canceled),
            ("skipped", State::Skipped),
            ("stale", State::Canceled),
            ("canceled", State::Canceled),
            ("CANCELLED", State::Canceled),
            ("Startup_Failure", State::Failed),
            ("timed-out", State::Failed),
            ("timed out", State::Failed),
            ("bored", State::Unknown),
        ] {
            assert_eq!(conclusion(json!(word)), (state, Approval::None), "{word}");
        }
        assert_eq!(conclusion(json!("action_required")), (State::Started, Approval::Manual));
        assert_eq!(conclusion(json!(null)), (State::Unknown, Approval::None));
    }

    #[test]
    fn only_the_default_branch_is_followed() {
        let other = "of another branch than the default one";
        let queue = "gh-readonly-queue/main/pr-104-be41d07c5a9f3e2b8d6c1a0f9e8d7c6b5a493827";
        for branch in [json!("feature"), json!("v1.2.0"), json!(queue), json!(null)] {
            check_ignored(&run("/detail/workflow_run/head_branch", branch.clone()), other);
            check_ignored(&job("/detail/workflow_job/head_branch", branch), other);
        }
        assert_eq!(
            read(&run("/detail/workflow_run/head_branch", json!("refs/heads/main"))).run,
            "9123456789"
        );
        for event in ["pull_request", "pull_request_target", "pull_request_review"] {
            check_ignored(
                &run("/detail/workflow_run/event", json!(event)),
                "a run for a pull request",
            );
        }
        check_ignored(
            &run("/detail/workflow_run/head_repository/full_name", json!("stranger/web-shop")),
            "a run for a fork",
        );
        check_ignored(
            &job("/detail/workflow_job/workflow_name", json!(null)),
            "a job whose workflow is not named",
        );
    }

    #[test]
    fn other_webhooks_are_ignored() {
        check_ignored(
            &run("/detail-type", json!("check_run")),
            r#"detail-type "check_run" of source "github.com" is not followed"#,
        );
    }

    /// The id's name, what people call it and its page.
    fn identity(event: &Value) -> (String, String, String) {
        let event = read(event);
        let page = event.pipeline_url.unwrap_or_default();
        let page = page.strip_prefix("https://github.com/acme/web-shop/actions/workflows/");
        (
            event.pipeline.name().replacen("acme/web-shop/", "", 1),
            event.pipeline_name.unwrap_or_default().replacen("acme/web-shop/", "", 1),
            page.unwrap_or_default().to_owned(),
        )
    }

    #[track_caller]
    fn check_path(path: &str, name: &str, expect: (&str, &str, &str)) {
        let mut event = run("/detail/workflow_run/path", json!(path));
        event["detail"]["workflow"]["name"] = json!(name);
        event["detail"]["workflow_run"]["name"] = json!(name);
        let (key, label, page) = identity(&event);
        assert_eq!((key.as_str(), label.as_str(), page.as_str()), expect, "{path} {name}");
    }

    #[test]
    fn a_workflow_is_its_file_and_not_its_name() {
        check_path(".github/workflows/ci.yml", "CI", ("ci.yml", "CI", "ci.yml"));
        check_path(".github/workflows/ci.yml", "Tests", ("ci.yml", "Tests", "ci.yml"));
        check_path(".github/workflows/a b.yaml", "CI", ("a b.yaml", "CI", "a%20b.yaml"));
        check_path(
            ".github/workflows/ci.yml",
            ".github/workflows/ci.yml",
            ("ci.yml", "", "ci.yml"),
        );
        check_path(".github/workflows/ci.yml", " ", ("ci.yml", "", "ci.yml"));
        check_path(
            "acme/ci/.github/workflows/x.yml",
            "X",
            ("acme/ci/.github/workflows/x.yml", "X", ""),
        );
    }

    #[test]
    fn a_ref_is_not_part_of_the_path() {
        for (path, key) in [
            (".github/workflows/ci.yml@main", "ci.yml"),
            (".github/workflows/ci.yml@refs/heads/main", "ci.yml"),
            (".github/workflows/ci.yaml@refs/tags/a.yml@b", "ci.yaml"),
            (".github/workflows/a@b.yml", "a@b.yml"),
            (".github/workflows/a@b.yml@main", "a@b.yml"),
        ] {
            // A link that holds what looks like an e-mail address is dropped.
            check_path(path, "CI", (key, "CI", if key.contains('@') { "" } else { key }));
        }
    }

    #[test]
    fn a_workflow_without_a_file_has_a_page_without_the_first_part() {
        for page in [
            "dependabot/dependabot-updates",
            "dependabot/update-graph",
            "pages/pages-build-deployment",
            "github-code-scanning/codeql",
            "agents/copilot-pull-request-reviewer",
        ] {
            let path = format!("dynamic/{page}");
            check_path(&path, "CodeQL", (&path, "CodeQL", page));
            check_path(&format!("{path}@refs/heads/main"), "CodeQL", (&path, "CodeQL", page));
            let mut titled = run("/detail/workflow_run/path", json!(path));
            titled["detail"]["workflow_run"]["name"] = json!("npm in /. - Update #1603758735");
            titled["detail"]["workflow"] = json!(null);
            assert_eq!(identity(&titled), (path.clone(), String::new(), page.to_owned()));
        }
    }

    #[test]
    fn without_a_path_a_workflow_is_its_name() {
        let mut event = run("/detail/workflow_run/path", json!(null));
        assert_eq!(identity(&event).0, "deploy.yml", "the workflow has it, too");
        event["detail"]["workflow"] = json!({ "name": "Build & deploy" });
        assert_eq!(identity(&event), ("Build & deploy".to_owned(), String::new(), String::new()));
        event["detail"]["workflow"] = json!(null);
        assert_eq!(identity(&event).0, "Build & deploy");
        event["detail"]["workflow"] = json!({ "name": " " });
        check_rejected(&event, "detail.workflow.name: empty");
        event["detail"]["workflow_run"]["path"] = json!("x".repeat(300));
        event["detail"]["workflow"] = json!({ "name": "CI" });
        assert_eq!(identity(&event).0, "CI");
    }

    #[test]
    fn a_name_that_is_none_is_no_reason_to_reject() {
        for name in ["x".repeat(300), "a\u{202E}b".to_owned(), "\u{5E97}".repeat(180)] {
            let label = if name.starts_with('\u{5E97}') { name.as_str() } else { "" };
            check_path(".github/workflows/ci.yml", &name, ("ci.yml", label, "ci.yml"));
            let event = read(&job("/detail/workflow_job/workflow_name", json!(name)));
            assert_eq!(event.run, "9123456789");
        }
    }

    #[test]
    fn runs_and_jobs_have_numbers() {
        assert_eq!(
            read(&run("/detail/workflow_run/run_number", json!(163))).run_number.as_deref(),
            Some("163")
        );
        assert_eq!(read(&run("/detail/workflow_run/run_number", json!([]))).run_number, None);
        assert_eq!(
            read(&job("/detail/workflow_job/id", json!(14_011))).job.as_deref(),
            Some("14011")
        );
        assert_eq!(read(&job("/detail/workflow_job/id", json!(null))).job, None);
    }

    /// A completed job that failed, with the fields that a check run lacks.
    fn check_run(changes: &[(&str, Value)]) -> Value {
        let mut event = job("/detail/workflow_job/steps", json!([]));
        let job = &mut event["detail"]["workflow_job"];
        job["runner_id"] = json!(null);
        job["labels"] = json!([]);
        for (key, value) in changes {
            job[*key] = value.clone();
        }
        event
    }

    #[test]
    fn a_check_run_is_not_a_job() {
        let reason = "a check run that an action created, not a job";
        let at = |at: &str| json!(format!("2026-11-23T09:{at}Z"));
        let labels = || ("labels", json!(["ubuntu-latest"]));
        let check_is = |changes: &[(&str, Value)]| check_ignored(&check_run(changes), reason);
        check_is(&[]);
        check_is(&[("runner_id", json!(0))]);
        check_is(&[("conclusion", json!("success"))]);
        check_is(&[("conclusion", json!("neutral"))]);
        check_is(&[("conclusion", json!("action_required"))]);
        check_is(&[("status", json!("in_progress")), ("conclusion", json!(null))]);
        check_is(&[labels(), ("created_at", at("17:38")), ("started_at", at("17:38"))]);
        check_is(&[labels(), ("created_at", at("17:38")), ("started_at", at("17:20"))]);
    }

    #[test]
    fn a_job_is_not_a_check_run() {
        let at = |at: &str| json!(format!("2026-11-23T09:{at}Z"));
        let labels = || ("labels", json!(["ubuntu-latest"]));
        let at_once = || [("created_at", at("17:38")), ("started_at", at("17:38"))];
        let check_is = |changes: &[(&str, Value)]| {
            assert_eq!(read(&check_run(changes)).run, "9123456789", "{changes:?}");
        };
        check_is(&[labels()]);
        check_is(&[("runner_id", json!(7))]);
        check_is(&[("steps", json!([{ "name": "Set up job" }]))]);
        check_is(&[("labels", json!(null))]);
        for status in ["queued", "waiting", "pending", "requested"] {
            check_is(&[("status", json!(status)), ("conclusion", json!(null))]);
        }
        check_is(&[labels(), ("status", json!("in_progress")), ("conclusion", json!(null))]);
        for word in ["skipped", "cancelled", "CANCELED", "stale"] {
            check_is(&[&at_once()[..], &[("conclusion", json!(word))]].concat());
        }
        let mut rejected = check_run(&[&at_once()[..], &[labels()]].concat());
        rejected["detail"]["deployment"] = json!({ "environment": "production" });
        assert_eq!(read(&rejected).state, State::Failed);
    }

    #[test]
    fn a_run_of_somebody_elses_branch_is_known_by_its_id() {
        let directory = "github-directory:eu-west-1:111122223333:acme~2Fweb-shop";
        let foreign = Some((directory.parse().unwrap(), "9123456789".to_owned()));
        let event = run("/detail/workflow_run/event", json!("pull_request"));
        assert_eq!(ignored_run(&event), foreign);
        let fork = "/detail/workflow_run/head_repository/full_name";
        assert_eq!(ignored_run(&run(fork, json!("stranger/web-shop"))), foreign);
        let mut other = event.clone();
        other["detail"]["workflow_run"]["head_branch"] = json!("feature");
        assert_eq!(ignored_run(&other), None, "its jobs name that branch, too");
        for none in [
            run("/detail/action", json!("completed")),
            job("/detail/action", json!("completed")),
            run("/detail-type", json!("check_run")),
            json!({}),
            json!([]),
        ] {
            assert_eq!(ignored_run(&none), None);
        }
    }

    #[test]
    fn a_jobs_moment_is_the_latest_that_its_status_vouches_for() {
        let time = |status: &str| {
            read(&job("/detail/workflow_job/status", json!(status))).time.to_string()
        };
        assert_eq!(time("queued"), "2026-11-23T09:14:03Z");
        assert_eq!(time("in_progress"), "2026-11-23T09:14:11Z");
        assert_eq!(time("completed"), "2026-11-23T09:17:40Z");
        assert_eq!(time("COMPLETED"), "2026-11-23T09:17:40Z");
        let early = read(&job("/detail/workflow_job/completed_at", json!("2026-11-23T09:14:00Z")));
        assert_eq!(early.time.to_string(), "2026-11-23T09:14:11Z");
        let skipped = read(&job("/detail/workflow_job/conclusion", json!("skipped")));
        assert_eq!((skipped.state, skipped.started), (State::Skipped, None));
    }

    #[test]
    fn a_job_that_was_let_through_waits_no_longer() {
        let told = |status: &str, moved: &str| {
            let mut event =
                with("github/job-again-waiting", "/detail/workflow_job/status", json!(status));
            event["detail"]["deployment"]["updated_at"] = json!(moved);
            event
        };
        let time = |status: &str, moved: &str| read(&told(status, moved)).time.to_string();
        assert_eq!(time("queued", "2026-11-23T09:28:00Z"), "2026-11-23T09:28:01Z");
        assert_eq!(time("waiting", "2026-11-23T09:28:02Z"), "2026-11-23T09:28:02Z");
        assert_eq!(time("queued", "2026-11-23T09:40:30Z"), "2026-11-23T09:40:30Z");
        assert_eq!(time("in_progress", "2026-11-23T09:40:30Z"), "2026-11-23T09:40:30Z");
        assert_eq!(time("queued", "some day"), "2026-11-23T09:28:01Z");
        let over = with(
            "github/job-completed-failure",
            "/detail/deployment",
            json!({"updated_at": "2026-11-23T09:59:00Z"}),
        );
        assert_eq!(read(&over).time.to_string(), "2026-11-23T09:17:40Z");
    }

    #[test]
    fn numbers_come_as_integers_floats_and_texts() {
        let id = |value: Value| read(&run("/detail/workflow_run/id", value)).run;
        assert_eq!(id(json!(9_123_456_789_u64)), "9123456789");
        assert_eq!(id(json!(9_123_456_789.0)), "9123456789");
        assert_eq!(id(json!("9123456789")), "9123456789");
        assert_eq!(read(&run("/detail/workflow_run/run_attempt", json!(3.0))).attempt, 3);
        assert_eq!(read(&run("/detail/workflow_run/run_attempt", json!(null))).attempt, 1);
    }

    #[test]
    fn what_is_broken_is_rejected_by_path() {
        check_rejected(&run("/detail/workflow_run", json!(null)), "detail.workflow_run: missing");
        check_rejected(
            &run("/detail/workflow_run/head_branch", json!(5)),
            "detail.workflow_run.head_branch: not a text",
        );
        check_rejected(
            &run("/detail/workflow_run/id", json!(null)),
            "detail.workflow_run.id: missing",
        );
        check_rejected(
            &run("/detail/workflow_run/id", json!(1.5)),
            "detail.workflow_run.id: not a whole number",
        );
        check_rejected(
            &run("/detail/workflow_run/status", json!(null)),
            "detail.workflow_run.status: missing",
        );
        check_rejected(
            &run("/detail/workflow_run/updated_at", json!(null)),
            "detail.workflow_run.updated_at: missing",
        );
        check_rejected(
            &run("/detail/workflow_run/run_attempt", json!(-1)),
            "detail.workflow_run.run_attempt: no whole number from 0 to 10000",
        );
        check_rejected(&run("/detail/repository", json!([])), "detail.repository: not an object");
        check_rejected(
            &run("/detail/repository/full_name", json!(null)),
            "detail.repository.full_name: missing",
        );
        check_rejected(
            &run("/detail/repository/default_branch", json!(null)),
            "detail.repository.default_branch: missing",
        );
        check_rejected(
            &job("/detail/workflow_job/run_id", json!(null)),
            "detail.workflow_job.run_id: missing",
        );
        check_rejected(
            &job("/detail/workflow_job/name", json!("x".repeat(256))),
            "detail.workflow_job.name: longer than 255 characters",
        );
        check_rejected(
            &job("/detail/workflow_job/completed_at", json!(null)),
            "detail.workflow_job.completed_at: missing",
        );
    }

    #[test]
    fn what_is_optional_and_broken_counts_as_absent() {
        let whole = read(&run("/detail/action", json!(null)));
        for key in [
            "head_commit",
            "head_sha",
            "path",
            "event",
            "run_started_at",
            "head_repository",
            "html_url",
        ] {
            for broken in [json!(null), json!(5), json!([]), json!({"author": 1, "message": {}})] {
                let event = read(&run(&format!("/detail/workflow_run/{key}"), broken));
                assert_eq!(
                    (&event.pipeline, &event.run, event.state),
                    (&whole.pipeline, &whole.run, whole.state)
                );
            }
        }
        assert_eq!(
            read(&run("/detail/repository/html_url", json!("http://ghe.example/acme/web-shop")))
                .run_url,
            None
        );
    }
}
