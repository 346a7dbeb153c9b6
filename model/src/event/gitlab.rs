//! GitLab's pipeline and job webhooks. A project's default branch is a pipeline, a GitLab pipeline a run; stages are stages,
//! jobs their actions.
//!
//! The source is `gitlab.com`, whatever the instance's own host. `object_kind` says what the detail is; the detail-type,
//! the webhook's name (`Pipeline Hook`, `Job Hook`), is not read for that.
//!
//! - Other branches, tags, merge requests and child pipelines (whose parents report them) are ignored. So are pipelines of
//!   the sources that GitLab calls dangling: by its own rule they do not affect the status of their branch. A job of a
//!   GitLab that doesn't send its `project` can't be told from one of another branch, and a job never says its pipeline's
//!   source: a run of which only jobs were heard is an unconfirmed one.
//! - The events have no time of the telling. A pipeline's is its end, else the latest moment that it or one of its jobs
//!   speaks of; a job's is the latest of its own. They grow from event to event, and stay the same when a hook is sent again.
//!   But when somebody starts a manual job none moves until a runner takes it: so what is told then counts as a millisecond
//!   later than what was told before. The same holds for a pipeline that ended and was started again.
//! - GitLab has no attempts: a retried job is a new build of the same name, created after the one before it ended. Where
//!   both moments are in one second, `retries_count` decides, which old versions do not send.
//! - `duration` is GitLab's own: the time in which at least one job ran. Waiting for a person or a runner is not part of it.
//! - A job that may fail and did is no failure. A manual job that may stay undone counts as skipped until somebody starts it.
//! - Names have up to 255 characters. What is longer, or has invisible characters, is made fit ([`text::key`]): GitLab
//!   switches off a hook whose receiver refuses it, and nobody can change a name that is in use.
//!
//! Deliberately not read: `variables`, users, e-mail addresses, runners.
//!
//! Sources: <https://docs.gitlab.com/user/project/integrations/webhook_events/#pipeline-events>,
//! <https://docs.gitlab.com/user/project/integrations/webhook_events/#job-events>,
//! <https://docs.gitlab.com/user/project/integrations/webhooks/#auto-disabled-webhooks>,
//! <https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/data_builder/pipeline.rb>,
//! <https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/data_builder/build.rb>,
//! <https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/ci/pipeline/duration.rb>,
//! <https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/models/concerns/enums/ci/pipeline.rb> (`dangling_sources`),
//! <https://docs.gitlab.com/ci/jobs/#job-name-limitations>.

use serde_json::Value;

use super::envelope::{Fields, believable_start};
use super::hook::Hooks;
use super::{
    Adapter, Approval, ChangeSource, Detail, Envelope, Event, Parsed, Rejected, State, Subject,
    ignored, shown, told, word,
};
use crate::{PipelineId, Timestamp, text, tile::Change};

pub(super) const ADAPTER: Adapter = Adapter { source: "gitlab.com", read };

/// What [`read`] looks at, and nothing else.
pub(super) const HOOKS: Hooks = Hooks {
    source: ADAPTER.source,
    kinds: &["Pipeline Hook", "Job Hook"],
    read: &[
        "build_allow_failure",
        "build_created_at",
        "build_duration",
        "build_failure_reason",
        "build_finished_at",
        "build_id",
        "build_name",
        "build_stage",
        "build_started_at",
        "build_status",
        "builds.created_at",
        "builds.finished_at",
        "builds.started_at",
        "builds.status",
        "builds.when",
        "commit.author.name",
        "commit.author_name",
        "commit.message",
        "commit.url",
        "merge_request",
        "object_attributes.created_at",
        "object_attributes.duration",
        "object_attributes.finished_at",
        "object_attributes.id",
        "object_attributes.iid",
        "object_attributes.ref",
        "object_attributes.sha",
        "object_attributes.source",
        "object_attributes.status",
        "object_attributes.tag",
        "object_attributes.url",
        "object_kind",
        "pipeline_id",
        "project.default_branch",
        "project.path_with_namespace",
        "project.web_url",
        "ref",
        "retries_count",
        "sha",
        "source_pipeline.project.path_with_namespace",
        "tag",
    ],
};

/// The first part of the pipelines' ids.
const SOURCE: &str = "gitlab";

/// Sources of pipelines that do not affect the status of their branch: GitLab's `dangling_sources`, but for
/// `parent_pipeline`.
const DANGLING: [&str; 7] = [
    "container_registry_push",
    "duo_workflow",
    "ondemand_dast_scan",
    "ondemand_dast_validation",
    "pipeline_execution_policy_schedule",
    "security_orchestration_policy",
    "webide",
];

/// Sources of pipelines of somebody's change. What a mirrored repository's pull request starts runs on its own branch, which
/// may be the default one.
const CHANGE_REQUESTS: [&str; 2] = ["merge_request_event", "external_pull_request_event"];

/// So many retries of one job of a run are told apart where they follow each other within a second.
const MAX_RETRIES: u64 = 100;

fn read(envelope: Envelope<'_>) -> Result<Parsed, Rejected> {
    let detail = envelope.detail()?;
    match detail.text("object_kind")? {
        "pipeline" => pipeline(envelope, detail),
        "build" => job(envelope, detail),
        kind => Ok(ignored(format!("GitLab's object_kind {} is not followed", shown(kind)))),
    }
}

fn pipeline(envelope: Envelope<'_>, detail: Fields<'_>) -> Result<Parsed, Rejected> {
    let run = detail.object("object_attributes", "detail.object_attributes")?;
    let source = run.text_if_any("source").unwrap_or_default();
    if CHANGE_REQUESTS.contains(&source) || detail.value_if_any("merge_request").is_some() {
        return Ok(ignored("a merge request's pipeline".to_owned()));
    }
    if DANGLING.contains(&source) {
        return Ok(ignored("a pipeline that does not affect its branch's status".to_owned()));
    }
    let Some(project) = Project::of(detail.object("project", "detail.project")?)? else {
        return Ok(ignored(NO_BRANCH.to_owned()));
    };
    if source == "parent_pipeline" || project.is_parent_of(detail) {
        return Ok(ignored("a child pipeline, whose parent tells of it".to_owned()));
    }
    if !project.is_default(run)? {
        return Ok(ignored("of another branch than the default one".to_owned()));
    }
    let word = word::canonical(run.text("status")?);
    let (state, approval) = match word.as_str() {
        "manual" => (State::Started, Approval::Manual),
        word => (state(word), Approval::None),
    };
    let time = pipeline_moment(detail, run, &word)?;
    let id = run.name_or_number("id")?;
    Ok(told(Event {
        pipeline_url: project.page("pipelines"),
        run_number: run.name_or_number("iid").ok(),
        run_url: run.link_if_any("url").or_else(|| project.page(&format!("pipelines/{id}"))),
        started: moment_if_any(run, "created_at").and_then(|start| believable_start(start, time)),
        trigger: run.line_if_any("source", text::WORD_CAP),
        change: pipeline_change(detail, run),
        detail: Detail {
            approval,
            took_s: if is_over(state) { run.seconds_if_any("duration") } else { None },
            ..Detail::default()
        },
        ..Event::new(project.pipeline(envelope)?, id, Subject::Run, time, state)
    }))
}

fn job(envelope: Envelope<'_>, job: Fields<'_>) -> Result<Parsed, Rejected> {
    let Some(project) = job.object_if_any("project", "detail.project") else {
        return Ok(ignored("a job whose project is not told".to_owned()));
    };
    let Some(project) = Project::of(project)? else {
        return Ok(ignored(NO_BRANCH.to_owned()));
    };
    if project.is_parent_of(job) {
        return Ok(ignored("a child pipeline, whose parent tells of it".to_owned()));
    }
    if !project.is_default(job)? {
        return Ok(ignored("of another branch than the default one".to_owned()));
    }
    let known = |key| moment_if_any(job, key);
    let word = word::canonical(job.text("build_status")?);
    let time = job_moment(job, &word)?;
    let subject =
        Subject::Action { stage: job.key("build_stage")?, action: job.key("build_name")? };
    let run = job.name_or_number("pipeline_id")?;
    let url =
        job.name_or_number("build_id").ok().and_then(|id| project.page(&format!("jobs/{id}")));
    let (state, detail) = job_state(job, &word);
    let took_s = if is_over(state) { job.seconds_if_any("build_duration") } else { None };
    Ok(told(Event {
        run_url: project.page(&format!("pipelines/{run}")),
        started: known("build_started_at").and_then(|start| believable_start(start, time)),
        change: job_change(job),
        detail: Detail { url, took_s, ..detail },
        ..Event::new(project.pipeline(envelope)?, run, subject, time, state)
    }))
}

const NO_BRANCH: &str = "of a project without a default branch";

/// The project, as far as events are about it.
#[derive(Clone, Copy, Debug)]
struct Project<'a> {
    fields: Fields<'a>,
    /// `group/subgroup/name`
    path: &'a str,
    default_branch: &'a str,
}

impl<'a> Project<'a> {
    /// `None` of a project that has no default branch, because nothing was ever pushed to it.
    fn of(fields: Fields<'a>) -> Result<Option<Self>, Rejected> {
        let path = fields.text("path_with_namespace")?;
        let default_branch = fields.text_if_any("default_branch");
        Ok(default_branch.map(|default_branch| Self { fields, path, default_branch }))
    }

    fn pipeline(self, envelope: Envelope<'_>) -> Result<PipelineId, Rejected> {
        envelope.pipeline_of_any(SOURCE, self.path, &self.fields.path_of("path_with_namespace"))
    }

    fn page(self, path: &str) -> Option<String> {
        text::link(&format!("{}/-/{path}", self.fields.text_if_any("web_url")?))
    }

    /// Whether `subject` is about the default branch. A tag may have its name.
    fn is_default(self, subject: Fields<'_>) -> Result<bool, Rejected> {
        Ok(subject.text("ref")? == self.default_branch
            && subject.value_if_any("tag") != Some(&Value::Bool(true)))
    }

    /// Whether the pipeline was started by another one of the same project.
    fn is_parent_of(self, detail: Fields<'_>) -> bool {
        let parent = detail.object_if_any("source_pipeline", "detail.source_pipeline");
        let parent = parent
            .and_then(|parent| parent.object_if_any("project", "detail.source_pipeline.project"));
        parent.and_then(|parent| parent.text_if_any("path_with_namespace")) == Some(self.path)
    }
}

/// What a word in its canonical form says of a pipeline or a job.
fn state(word: &str) -> State {
    match word {
        "waiting_for_resource" | "preparing" | "waiting_for_callback" => State::Queued,
        word => word::state(word),
    }
}

fn is_over(state: State) -> bool {
    matches!(state, State::Succeeded | State::Failed | State::Canceled | State::Skipped)
}

/// What a job is at, and what is said of it. Whether it may fail decides what failing and waiting mean: a manual job that
/// may stay undone is passed by, until somebody starts it.
fn job_state(job: Fields<'_>, word: &str) -> (State, Detail) {
    let may_fail = job.value_if_any("build_allow_failure") == Some(&Value::Bool(true));
    let error = job.line_if_any("build_failure_reason", text::WORD_CAP);
    match (word, state(word)) {
        ("manual", _) if may_fail => (State::Skipped, Detail::default()),
        ("manual", _) => {
            (State::Started, Detail { approval: Approval::Manual, ..Detail::default() })
        }
        (_, State::Failed) if may_fail => (
            State::Succeeded,
            Detail { summary: Some("failed, as it may".to_owned()), error, ..Detail::default() },
        ),
        (_, State::Failed) => (State::Failed, Detail { error, ..Detail::default() }),
        (_, state) => (state, Detail::default()),
    }
}

/// The latest moment of a job. Words that follow each other without a moment of their own are a millisecond apart, and so
/// are builds of one name.
fn job_moment(job: Fields<'_>, word: &str) -> Result<Timestamp, Rejected> {
    const WORDS: u64 = 3;
    let made = moment_if_any(job, "build_created_at");
    let others = ["build_started_at", "build_finished_at"].map(|key| moment_if_any(job, key));
    let time = others.into_iter().flatten().chain(made).max();
    let time = match time {
        Some(time) => time,
        None => moment(job, "build_created_at")?,
    };
    let place = match word {
        _ if made.is_none_or(|made| time > made) => 0,
        "created" | "scheduled" | "skipped" => 0,
        "manual" => 1,
        _ => 2,
    };
    let retries = job.name_or_number("retries_count").ok().and_then(|count| count.parse().ok());
    Ok(after(time, place + WORDS * retries.unwrap_or(0).min(MAX_RETRIES)))
}

/// The end of a pipeline that is over; else the latest moment told, of the pipeline or of one of its jobs. One that has an
/// end and is not over was started again after it.
fn pipeline_moment(detail: Fields<'_>, run: Fields<'_>, word: &str) -> Result<Timestamp, Rejected> {
    let end = moment_if_any(run, "finished_at");
    if let Some(end) = end.filter(|_| is_over(state(word))) {
        return Ok(end);
    }
    let jobs = || detail.value_if_any("builds").and_then(Value::as_array).into_iter().flatten();
    let moments =
        jobs().flat_map(|job| ["created_at", "started_at", "finished_at"].map(|key| job.get(key)));
    let moments = moments.filter_map(|moment| read_moment(moment?.as_str()?));
    let known = moments.chain(end.map(|end| after(end, 1))).chain(moment_if_any(run, "created_at"));
    let time = match known.max() {
        Some(time) => time,
        None => moment(run, "created_at")?,
    };
    let is_let_through = word != "manual" && jobs().any(is_started_by_hand);
    Ok(if is_let_through { after(time, 1) } else { time })
}

/// Whether somebody started this manual job of a pipeline, and no runner has taken it yet.
fn is_started_by_hand(job: &Value) -> bool {
    let word = |key| job.get(key).and_then(Value::as_str).map(word::canonical).unwrap_or_default();
    let status = word("status");
    word("when") == "manual"
        && state(&status) == State::Queued
        && !matches!(status.as_str(), "created" | "scheduled")
}

/// So many milliseconds later.
fn after(moment: Timestamp, ms: u64) -> Timestamp {
    let later = i64::try_from(ms).ok().and_then(|ms| moment.unix_ms().checked_add(ms));
    later.and_then(|later| Timestamp::from_unix_ms(later).ok()).unwrap_or(moment)
}

fn pipeline_change(detail: Fields<'_>, run: Fields<'_>) -> Option<(ChangeSource, Change)> {
    let commit = detail.object_if_any("commit", "detail.commit");
    let author = commit.and_then(|commit| commit.object_if_any("author", "detail.commit.author"));
    let change = Change {
        message: commit.and_then(|commit| commit.line_if_any("message", text::MESSAGE_CAP)),
        author: author.and_then(|author| text::author(author.text_if_any("name")?)),
        revision: run.text_if_any("sha").and_then(text::revision),
        url: commit.and_then(|commit| commit.link_if_any("url")),
    };
    (change != Change::default()).then_some((ChangeSource::GitTrigger, change))
}

/// The `id` of a job's commit is the pipeline's.
fn job_change(job: Fields<'_>) -> Option<(ChangeSource, Change)> {
    let commit = job.object_if_any("commit", "detail.commit");
    let change = Change {
        message: commit.and_then(|commit| commit.line_if_any("message", text::MESSAGE_CAP)),
        author: commit.and_then(|commit| text::author(commit.text_if_any("author_name")?)),
        revision: job.text_if_any("sha").and_then(text::revision),
        url: None,
    };
    (change != Change::default()).then_some((ChangeSource::StartTrigger, change))
}

fn moment(fields: Fields<'_>, key: &str) -> Result<Timestamp, Rejected> {
    read_moment(fields.text(key)?)
        .ok_or_else(|| fields.rejected(key, "no time of GitLab's between 1970 and 9999"))
}

fn moment_if_any(fields: Fields<'_>, key: &str) -> Option<Timestamp> {
    read_moment(fields.text_if_any(key)?)
}

/// `2026-11-23 09:14:02 UTC`, `2026-11-23 10:14:02 +0100`, or RFC 3339.
fn read_moment(text: &str) -> Option<Timestamp> {
    if let Some(utc) = text.strip_suffix(" UTC") {
        return super::envelope::moment(&format!("{utc}Z"));
    }
    match text.rsplit_once(' ') {
        Some((clock, offset)) if offset.len() == 5 && offset.is_ascii() => {
            let (hours, minutes) = offset.split_at_checked(3)?;
            super::envelope::moment(&format!("{clock}{hours}:{minutes}"))
        }
        _ => super::envelope::moment(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{check_ignored, check_rejected, read, with};
    use super::*;

    fn pipeline(pointer: &str, value: Value) -> Value {
        with("gitlab/pipeline-failed", pointer, value)
    }

    fn job(pointer: &str, value: Value) -> Value {
        with("gitlab/job-failed", pointer, value)
    }

    #[test]
    fn statuses() {
        for (word, state) in [
            ("created", State::Queued),
            ("waiting_for_resource", State::Queued),
            ("preparing", State::Queued),
            ("pending", State::Queued),
            ("scheduled", State::Queued),
            ("running", State::Started),
            ("canceling", State::Stopping),
            ("success", State::Succeeded),
            ("failed", State::Failed),
            ("canceled", State::Canceled),
            ("cancelled", State::Canceled),
            ("skipped", State::Skipped),
            ("Success", State::Succeeded),
            ("pensive", State::Unknown),
        ] {
            assert_eq!(
                read(&pipeline("/detail/object_attributes/status", json!(word))).state,
                state,
                "{word}"
            );
            assert_eq!(read(&job("/detail/build_status", json!(word))).state, state, "{word}");
        }
        let manual = read(&pipeline("/detail/object_attributes/status", json!("manual")));
        assert_eq!((manual.state, manual.detail.approval), (State::Started, Approval::Manual));
        let manual = read(&job("/detail/build_status", json!("manual")));
        assert_eq!((manual.state, manual.detail.approval), (State::Started, Approval::Manual));
    }

    #[test]
    fn a_job_that_may_fail_neither_fails_nor_waits() {
        let mut event = job("/detail/build_allow_failure", json!(true));
        let failed = read(&event);
        assert_eq!(
            (failed.state, failed.detail.summary.as_deref()),
            (State::Succeeded, Some("failed, as it may"))
        );
        event["detail"]["build_status"] = json!("manual");
        let manual = read(&event);
        assert_eq!((manual.state, manual.detail.approval), (State::Skipped, Approval::None));
    }

    #[test]
    fn a_duration_is_gitlabs_own_once_it_is_over() {
        let run = |status: &str, duration: Value| {
            let mut event = pipeline("/detail/object_attributes/status", json!(status));
            event["detail"]["object_attributes"]["duration"] = duration;
            read(&event).detail.took_s
        };
        for over in ["success", "failed", "canceled"] {
            assert_eq!(run(over, json!(53)), Some(53));
        }
        assert_eq!(run("success", json!(53.9)), Some(53));
        assert_eq!(run("success", json!("53")), Some(53));
        assert_eq!(run("success", json!(0)), Some(0));
        for open in ["running", "pending", "manual", "created"] {
            assert_eq!(run(open, json!(53)), None, "{open}");
        }
        for absurd in [json!(null), json!(-1), json!(1e300), json!(1e-7), json!("soon"), json!([5])]
        {
            assert_eq!(run("success", absurd), None);
        }
        let mut event = job("/detail/build_duration", json!(277.013));
        assert_eq!(read(&event).detail.took_s, Some(277));
        event["detail"]["build_status"] = json!("running");
        assert_eq!(read(&event).detail.took_s, None);
    }

    #[test]
    fn names_are_taken_whatever_they_are() {
        let names = |stage: &str, name: &str| {
            let mut event = job("/detail/build_name", json!(name));
            event["detail"]["build_stage"] = json!(stage);
            match read(&event).subject {
                Subject::Action { stage, action } => (stage, action),
                other => panic!("{other:?}"),
            }
        };
        let long = "店".repeat(255);
        assert_eq!(names(&long, &long), (long.clone(), long.clone()));
        let (stage, name) = names(&"s".repeat(256), "uni\u{200B}t");
        assert_eq!((stage.chars().count(), name.as_str()), (255, "unit #c172c916"));
        assert_ne!(names("test", &format!("{long}1")), names("test", &format!("{long}2")));

        let project = |path: &str| {
            read(&pipeline("/detail/project/path_with_namespace", json!(path))).pipeline.name()
        };
        let deep = "a-group/".repeat(40);
        assert_eq!(project(&deep).chars().count(), 255);
        assert_eq!(project(&long).chars().count(), 32);
        assert_ne!(project(&format!("{deep}1")), project(&format!("{deep}2")));
    }

    #[test]
    fn only_the_default_branch_is_followed() {
        let other = "of another branch than the default one";
        for branch in [json!("feature"), json!("refs/merge-requests/7/head")] {
            check_ignored(&pipeline("/detail/object_attributes/ref", branch.clone()), other);
            check_ignored(&job("/detail/ref", branch), other);
        }
        check_ignored(&pipeline("/detail/object_attributes/tag", json!(true)), other);
        check_ignored(&job("/detail/tag", json!(true)), other);
        check_ignored(
            &pipeline("/detail/object_attributes/source", json!("merge_request_event")),
            "a merge request's pipeline",
        );
        check_ignored(
            &pipeline("/detail/object_attributes/source", json!("external_pull_request_event")),
            "a merge request's pipeline",
        );
        check_ignored(
            &pipeline("/detail/merge_request", json!({"id": 1})),
            "a merge request's pipeline",
        );
        let nothing = "of a project without a default branch";
        check_ignored(&pipeline("/detail/project/default_branch", json!(null)), nothing);
        check_ignored(&job("/detail/project/default_branch", json!(null)), nothing);
        let child = "a child pipeline, whose parent tells of it";
        check_ignored(
            &pipeline("/detail/object_attributes/source", json!("parent_pipeline")),
            child,
        );
        let parent = json!({"project": {"id": 7, "path_with_namespace": "meridian/payments/ledger"}, "pipeline_id": 1});
        check_ignored(&pipeline("/detail/source_pipeline", parent.clone()), child);
        check_ignored(&job("/detail/source_pipeline", parent), child);
        check_ignored(&job("/detail/project", json!(null)), "a job whose project is not told");
    }

    #[test]
    fn pipelines_that_do_not_affect_their_branch_are_ignored() {
        let source = |source: &str| pipeline("/detail/object_attributes/source", json!(source));
        for dangling in DANGLING {
            check_ignored(&source(dangling), "a pipeline that does not affect its branch's status");
        }
        for counts in
            ["push", "web", "trigger", "schedule", "api", "external", "pipeline", "chat", "unheard"]
        {
            assert_eq!(read(&source(counts)).trigger.as_deref(), Some(counts));
        }
    }

    #[test]
    fn other_hooks_are_ignored() {
        check_ignored(
            &job("/detail/object_kind", json!("deployment")),
            r#"GitLab's object_kind "deployment" is not followed"#,
        );
    }

    #[test]
    fn a_pipelines_moment_is_its_end_or_the_latest_that_is_told() {
        let time = |status: &str| {
            read(&pipeline("/detail/object_attributes/status", json!(status))).time.to_string()
        };
        assert_eq!(time("failed"), "2026-11-23T09:20:40Z");
        assert_eq!(time("running"), "2026-11-23T09:20:40.001Z");
        let mut event = pipeline("/detail/object_attributes/finished_at", json!(null));
        assert_eq!(read(&event).time.to_string(), "2026-11-23T09:20:39Z");
        event["detail"]["builds"] = json!([5, {"started_at": "never"}, null]);
        assert_eq!(read(&event).time.to_string(), "2026-11-23T09:14:02Z");
        let event = pipeline("/detail/object_attributes/created_at", json!("long ago"));
        assert_eq!(read(&event).time.to_string(), "2026-11-23T09:20:40Z");
    }

    #[test]
    fn of_two_builds_of_one_job_the_newer_one_is_later() {
        let time = |retries: Value, status: &str, finished: Value| {
            let mut event = job("/detail/retries_count", retries);
            event["detail"]["build_created_at"] = json!("2026-11-23 09:20:39 UTC");
            event["detail"]["build_started_at"] = finished.clone();
            event["detail"]["build_finished_at"] = finished;
            event["detail"]["build_status"] = json!(status);
            read(&event).time
        };
        let end = json!("2026-11-23 09:20:39 UTC");
        let failed = time(json!(0), "failed", end.clone());
        for word in ["created", "pending", "running", "success"] {
            assert!(time(json!(1), word, json!(null)) > failed, "{word}");
        }
        let failed_again = time(json!(1.0), "failed", end.clone());
        assert!(failed_again > failed && time(json!("2"), "created", json!(null)) > failed_again);
        for unknown in [json!(null), json!(-1), json!("soon"), json!([])] {
            assert_eq!(time(unknown, "failed", end.clone()), failed);
        }
        let later = time(json!(100), "failed", end.clone());
        assert_eq!(time(json!(u64::MAX), "failed", end), later);
        let event = job("/detail/build_created_at", json!("long ago"));
        assert_eq!(read(&event).time.to_string(), "2026-11-23T09:20:39Z");
    }

    #[test]
    fn a_manual_job_that_was_started_waits_no_longer() {
        let time = |pointer: &str, value: &str| {
            let mut event = with("gitlab/job-manual", pointer, json!(value));
            event["detail"]["build_started_at"] = json!(null);
            event["detail"]["build_finished_at"] = json!(null);
            read(&event).time
        };
        let asked = time("/detail/build_status", "manual");
        for word in ["created", "scheduled", "skipped"] {
            assert!(time("/detail/build_status", word) < asked, "{word}");
        }
        for word in ["waiting_for_resource", "preparing", "pending", "running", "canceled"] {
            assert!(time("/detail/build_status", word) > asked, "{word}");
        }

        let told = |run: &str, job: &str, when: &str| {
            let mut event =
                with("gitlab/pipeline-manual", "/detail/object_attributes/status", json!(run));
            event["detail"]["builds"][0]["status"] = json!(job);
            event["detail"]["builds"][0]["when"] = json!(when);
            read(&event).time
        };
        let asked = told("manual", "manual", "manual");
        assert!(told("pending", "pending", "manual") > asked);
        assert!(told("running", "waiting_for_resource", "manual") > asked);
        assert_eq!(told("running", "pending", "on_success"), asked);
        assert_eq!(told("running", "running", "manual"), asked);
        assert_eq!(told("manual", "pending", "manual"), asked);
    }

    #[test]
    fn moments_come_in_three_forms() {
        let read = |text| read_moment(text).map(|moment| moment.to_string());
        assert_eq!(read("2026-11-23 09:14:02 UTC").as_deref(), Some("2026-11-23T09:14:02Z"));
        assert_eq!(read("2026-11-23 10:14:02 +0100").as_deref(), Some("2026-11-23T09:14:02Z"));
        assert_eq!(read("2026-11-23T09:14:02.886Z").as_deref(), Some("2026-11-23T09:14:02.886Z"));
        for other in [
            "",
            "2026-11-23",
            "2026-11-23 09:14:02",
            "2026-11-23 09:14:02 CET",
            "2026-11-23 09:14:02 +01é",
            " UTC",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_broken_is_rejected_by_path() {
        check_rejected(
            &pipeline("/detail/object_kind", json!(null)),
            "detail.object_kind: missing",
        );
        check_rejected(
            &pipeline("/detail/object_attributes", json!(null)),
            "detail.object_attributes: missing",
        );
        check_rejected(
            &pipeline("/detail/object_attributes/id", json!(null)),
            "detail.object_attributes.id: missing",
        );
        check_rejected(
            &pipeline("/detail/object_attributes/ref", json!(null)),
            "detail.object_attributes.ref: missing",
        );
        check_rejected(
            &pipeline("/detail/object_attributes/status", json!(7)),
            "detail.object_attributes.status: not a text",
        );
        check_rejected(&pipeline("/detail/project", json!("x")), "detail.project: not an object");
        check_rejected(
            &job("/detail/project/path_with_namespace", json!(null)),
            "detail.project.path_with_namespace: missing",
        );
        check_rejected(&job("/detail/pipeline_id", json!(null)), "detail.pipeline_id: missing");
        check_rejected(&job("/detail/build_name", json!("")), "detail.build_name: empty");
        check_rejected(&job("/detail/build_stage", json!(null)), "detail.build_stage: missing");
        let mut event = job("/detail/build_created_at", json!("soon"));
        event["detail"]["build_started_at"] = json!(null);
        event["detail"]["build_finished_at"] = json!("later");
        check_rejected(
            &event,
            "detail.build_created_at: no time of GitLab's between 1970 and 9999",
        );
        event["detail"]["build_created_at"] = json!(null);
        check_rejected(&event, "detail.build_created_at: missing");
    }

    #[test]
    fn what_is_optional_and_broken_counts_as_absent() {
        for key in ["commit", "source_pipeline", "builds", "user"] {
            for broken in [
                json!(null),
                json!(5),
                json!([[]]),
                json!({"message": 5, "author": "x", "url": "http://x.example"}),
            ] {
                assert_eq!(
                    read(&pipeline(&format!("/detail/{key}"), broken.clone())).state,
                    State::Failed
                );
                assert_eq!(read(&job(&format!("/detail/{key}"), broken)).state, State::Failed);
            }
        }
        assert_eq!(read(&job("/detail/build_id", json!(null))).detail.url, None);
    }
}
