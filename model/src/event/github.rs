//! GitHub Actions: the webhooks `workflow_run` and `workflow_job`. A workflow on its repository's default branch is a
//! pipeline, its jobs are stages.
//!
//! The detail-type is the webhook's name and the detail its body, as AWS's quick start for inbound webhooks puts them onto
//! the bus, with the source `github.com`.
//!
//! - Runs of other branches, tags and pull requests stay out, and so do those of forks.
//! - A job says neither which event its run answers nor whose branch it builds, only the branch's name: of a pull request
//!   from a fork's `main` it is taken for one of ours, and counts for nothing as long as no run speaks for it.
//! - A job has no time of the telling; the latest of its own moments that its status vouches for is taken.
//! - A job that waits for a deployment's protection rules waits for a person (or, rarely, for a timer: it doesn't say). Once
//!   they let it through it is `queued` again with all its own moments as before; what has moved is its deployment's.
//! - A skipped job never ran. A run of which all jobs were skipped tells nothing of the workflow.
//!
//! Deliberately not read: senders, actors, e-mail addresses, steps, runners, inputs.
//!
//! Sources: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run>,
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job>,
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-saas-furls.html>.

use super::envelope::{Fields, believable_start};
use super::hook::Hooks;
use super::{
    Adapter, Approval, ChangeSource, Detail, Envelope, Event, Parsed, Rejected, State, Subject,
    ignored, ignored_type, told,
};
use crate::{Timestamp, text, tile::Change};

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
        "workflow_job.completed_at",
        "workflow_job.conclusion",
        "workflow_job.created_at",
        "workflow_job.head_branch",
        "workflow_job.head_sha",
        "workflow_job.name",
        "workflow_job.run_attempt",
        "workflow_job.run_id",
        "workflow_job.started_at",
        "workflow_job.status",
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
        "workflow_run.run_started_at",
        "workflow_run.status",
        "workflow_run.updated_at",
    ],
};

/// The first part of the pipelines' ids.
const SOURCE: &str = "github";

fn read(envelope: Envelope<'_>) -> Result<Parsed, Rejected> {
    let (key, path, read): (_, _, fn(_, _, _) -> _) = match envelope.detail_type {
        "workflow_run" => ("workflow_run", "detail.workflow_run", workflow_run),
        "workflow_job" => ("workflow_job", "detail.workflow_job", workflow_job),
        _ => return Ok(ignored_type(envelope)),
    };
    let detail = envelope.detail()?;
    let subject = detail.object(key, path)?;
    let repository = Repository::of(detail.object("repository", "detail.repository")?)?;
    let branch =
        subject.value_if_any("head_branch").map(|_| subject.text("head_branch")).transpose()?;
    if branch != Some(repository.default_branch) {
        return Ok(ignored("of another branch than the default one".to_owned()));
    }
    read(envelope, subject, repository)
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

    fn pipeline(
        self,
        envelope: Envelope<'_>,
        workflow: &str,
    ) -> Result<crate::PipelineId, Rejected> {
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

fn workflow_run(
    envelope: Envelope<'_>,
    run: Fields<'_>,
    repository: Repository<'_>,
) -> Result<Parsed, Rejected> {
    if run.text_if_any("event").is_some_and(|event| event.starts_with("pull_request")) {
        return Ok(ignored("a run for a pull request".to_owned()));
    }
    let head = run.object_if_any("head_repository", "detail.workflow_run.head_repository");
    if head
        .and_then(|head| head.text_if_any("full_name"))
        .is_some_and(|head| head != repository.name)
    {
        return Ok(ignored("a run for a fork".to_owned()));
    }
    let workflow = envelope.detail()?.object_if_any("workflow", "detail.workflow");
    let name = match workflow.filter(|workflow| workflow.value_if_any("name").is_some()) {
        Some(workflow) => workflow.name("name")?,
        None => run.name("name")?,
    };
    let time = run.moment("updated_at")?;
    let id = run.name_or_number("id")?;
    let file = run.text_if_any("path").and_then(|path| path.rsplit('/').next());
    let (state, approval) = state(run)?;
    Ok(told(Event {
        pipeline_url: file.and_then(|file| {
            repository.page(&format!("actions/workflows/{}", text::path_segment(file)))
        }),
        run_url: repository.page(&format!("actions/runs/{id}")),
        attempt: run.attempt("run_attempt")?,
        started: run
            .moment_if_any("run_started_at")
            .and_then(|start| believable_start(start, time)),
        trigger: run.line_if_any("event", text::WORD_CAP),
        change: change(run, repository),
        detail: Detail { approval, ..Detail::default() },
        ..Event::new(repository.pipeline(envelope, name)?, id, Subject::Run, time, state)
    }))
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
    let deployment = envelope.detail()?.object_if_any("deployment", "detail.deployment");
    let time = moment(
        job,
        job.text("status")?,
        deployment.and_then(|deployment| deployment.moment_if_any("updated_at")),
    )?;
    let ran =
        !matches!(job.text_if_any("status"), Some("queued" | "waiting" | "pending" | "requested"))
            && job.text_if_any("conclusion") != Some("skipped");
    let id = job.name_or_number("run_id")?;
    let change = job.text_if_any("head_sha").map(|sha| repository.commit(sha));
    Ok(told(Event {
        run_url: repository.page(&format!("actions/runs/{id}")),
        attempt: job.attempt("run_attempt")?,
        started: job
            .moment_if_any("started_at")
            .filter(|_| ran)
            .and_then(|start| believable_start(start, time)),
        change: change
            .filter(|change| *change != Change::default())
            .map(|change| (ChangeSource::StartTrigger, change)),
        detail: Detail { approval, ..Detail::default() },
        ..Event::new(
            repository.pipeline(envelope, job.name("workflow_name")?)?,
            id,
            Subject::Stage(job.name("name")?.to_owned()),
            time,
            state,
        )
    }))
}

/// The latest moment that a job of this status vouches for. Before it runs, its start is none; once it is over, what becomes
/// of its deployment is none of its own.
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
    let word = match subject.text("status")? {
        "completed" => subject.text_if_any("conclusion").unwrap_or_default(),
        status => status,
    };
    Ok(match word {
        "queued" | "requested" | "pending" => (State::Queued, Approval::None),
        "waiting" | "action_required" => (State::Started, Approval::Manual),
        "in_progress" => (State::Started, Approval::None),
        "success" | "neutral" => (State::Succeeded, Approval::None),
        "failure" | "timed_out" | "startup_failure" => (State::Failed, Approval::None),
        "cancelled" | "stale" => (State::Canceled, Approval::None),
        "skipped" => (State::Skipped, Approval::None),
        _ => (State::Unknown, Approval::None),
    })
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
        for branch in [json!("feature"), json!("v1.2.0"), json!(null)] {
            check_ignored(&run("/detail/workflow_run/head_branch", branch.clone()), other);
            check_ignored(&job("/detail/workflow_job/head_branch", branch), other);
        }
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

    #[test]
    fn a_workflow_is_named_by_itself_or_by_its_run() {
        let name = |event: &Value| read(event).pipeline.name();
        assert_eq!(
            name(&run("/detail/workflow_run/name", json!(""))),
            "acme/web-shop/Build & deploy"
        );
        assert_eq!(name(&run("/detail/workflow", json!(null))), "acme/web-shop/Build & deploy");
        assert_eq!(
            read(&job("/detail/workflow_job/name", json!("lint"))).pipeline.name(),
            "acme/web-shop/Build & deploy"
        );
    }

    #[test]
    fn a_jobs_moment_is_the_latest_that_its_status_vouches_for() {
        let time = |status: &str| {
            read(&job("/detail/workflow_job/status", json!(status))).time.to_string()
        };
        assert_eq!(time("queued"), "2026-11-23T09:14:03Z");
        assert_eq!(time("in_progress"), "2026-11-23T09:14:11Z");
        assert_eq!(time("completed"), "2026-11-23T09:17:40Z");
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
        check_rejected(&run("/detail/workflow/name", json!(" ")), "detail.workflow.name: empty");
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
