//! GitLab's pipeline and job webhooks. A project's default branch is a pipeline, a GitLab pipeline a run; stages are stages,
//! jobs their actions.
//!
//! The source is `gitlab.com`, whatever the instance's own host. `object_kind` says what the detail is; the detail-type,
//! the webhook's name (`Pipeline Hook`, `Job Hook`), is not read for that.
//!
//! - Other branches, tags, merge requests and child pipelines (their parent tells of them) stay out. A job of a GitLab that
//!   doesn't send its `project` can't be told from one of another branch.
//! - The events have no time of the telling. A pipeline's is its end, else the latest moment that it or one of its jobs
//!   speaks of; a job's is the latest of its own. They grow from event to event, and stay the same when a hook is sent again.
//!   But when somebody starts a manual job none moves until a runner takes it: so what is told then counts as a millisecond
//!   later than what was told before.
//! - GitLab has no attempts: a retried job is a newer word about the same job.
//! - A job that may fail and did is no failure. A manual job that may stay undone waits for nobody.
//!
//! Deliberately not read: `variables`, users, e-mail addresses, runners.
//!
//! Sources: <https://docs.gitlab.com/user/project/integrations/webhook_events/#pipeline-events>,
//! <https://docs.gitlab.com/user/project/integrations/webhook_events/#job-events>,
//! <https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/data_builder/pipeline.rb>.

use serde_json::Value;

use super::envelope::{Fields, believable_start};
use super::hook::Hooks;
use super::{
    Adapter, Approval, ChangeSource, Detail, Envelope, Event, Parsed, Rejected, State, Subject,
    ignored, shown, told,
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
        "object_attributes.finished_at",
        "object_attributes.id",
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
        "sha",
        "source_pipeline.project.path_with_namespace",
        "tag",
    ],
};

/// The first part of the pipelines' ids.
const SOURCE: &str = "gitlab";

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
    let project = Project::of(detail.object("project", "detail.project")?)?;
    let source = run.text_if_any("source");
    if source == Some("merge_request_event") || detail.value_if_any("merge_request").is_some() {
        return Ok(ignored("a merge request's pipeline".to_owned()));
    }
    if source == Some("parent_pipeline") || project.is_parent_of(detail) {
        return Ok(ignored("a child pipeline, whose parent tells of it".to_owned()));
    }
    if !project.is_default(run)? {
        return Ok(ignored("of another branch than the default one".to_owned()));
    }
    let word = run.text("status")?;
    let time = pipeline_moment(detail, run, word)?;
    let id = run.name_or_number("id")?;
    Ok(told(Event {
        pipeline_url: project.page("pipelines"),
        run_url: run.link_if_any("url").or_else(|| project.page(&format!("pipelines/{id}"))),
        started: moment_if_any(run, "created_at").and_then(|start| believable_start(start, time)),
        trigger: run.line_if_any("source", text::WORD_CAP),
        change: pipeline_change(detail, run),
        detail: Detail {
            approval: if word == "manual" { Approval::Manual } else { Approval::None },
            ..Detail::default()
        },
        ..Event::new(
            project.pipeline(envelope)?,
            id,
            Subject::Run,
            time,
            if word == "manual" { State::Started } else { state(word) },
        )
    }))
}

fn job(envelope: Envelope<'_>, job: Fields<'_>) -> Result<Parsed, Rejected> {
    let Some(project) = job.object_if_any("project", "detail.project") else {
        return Ok(ignored("a job whose project is not told".to_owned()));
    };
    let project = Project::of(project)?;
    if project.is_parent_of(job) {
        return Ok(ignored("a child pipeline, whose parent tells of it".to_owned()));
    }
    if !project.is_default(job)? {
        return Ok(ignored("of another branch than the default one".to_owned()));
    }
    let known = |key| moment_if_any(job, key);
    let time = job_moment(job)?;
    let subject = Subject::Action {
        stage: job.name("build_stage")?.to_owned(),
        action: job.name("build_name")?.to_owned(),
    };
    let run = job.name_or_number("pipeline_id")?;
    let url =
        job.name_or_number("build_id").ok().and_then(|id| project.page(&format!("jobs/{id}")));
    let (state, detail) = job_state(job)?;
    Ok(told(Event {
        run_url: project.page(&format!("pipelines/{run}")),
        started: known("build_started_at").and_then(|start| believable_start(start, time)),
        change: job_change(job),
        detail: Detail { url, ..detail },
        ..Event::new(project.pipeline(envelope)?, run, subject, time, state)
    }))
}

/// The project, as far as events are about it.
#[derive(Clone, Copy, Debug)]
struct Project<'a> {
    fields: Fields<'a>,
    /// `group/subgroup/name`
    path: &'a str,
    default_branch: &'a str,
}

impl<'a> Project<'a> {
    fn of(fields: Fields<'a>) -> Result<Self, Rejected> {
        Ok(Self {
            fields,
            path: fields.name("path_with_namespace")?,
            default_branch: fields.text("default_branch")?,
        })
    }

    fn pipeline(self, envelope: Envelope<'_>) -> Result<PipelineId, Rejected> {
        envelope.pipeline(SOURCE, self.path, &self.fields.path_of("path_with_namespace"))
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

fn state(word: &str) -> State {
    match word {
        "created"
        | "waiting_for_resource"
        | "preparing"
        | "waiting_for_callback"
        | "pending"
        | "scheduled" => State::Queued,
        "running" => State::Started,
        "canceling" => State::Stopping,
        "success" => State::Succeeded,
        "failed" => State::Failed,
        "canceled" => State::Canceled,
        "skipped" => State::Skipped,
        _ => State::Unknown,
    }
}

/// What a job is at, and what is said of it. Whether it may fail decides what failing and waiting mean.
fn job_state(job: Fields<'_>) -> Result<(State, Detail), Rejected> {
    let may_fail = job.value_if_any("build_allow_failure") == Some(&Value::Bool(true));
    let error = job.line_if_any("build_failure_reason", text::WORD_CAP);
    Ok(match job.text("build_status")? {
        "manual" if may_fail => (State::Queued, Detail::default()),
        "manual" => (State::Started, Detail { approval: Approval::Manual, ..Detail::default() }),
        "failed" if may_fail => (
            State::Succeeded,
            Detail { summary: Some("failed, as it may".to_owned()), error, ..Detail::default() },
        ),
        "failed" => (State::Failed, Detail { error, ..Detail::default() }),
        word => (state(word), Detail::default()),
    })
}

/// The latest moment of a job; a word that comes after `manual` is later than that without a moment of its own.
fn job_moment(job: Fields<'_>) -> Result<Timestamp, Rejected> {
    let made = moment(job, "build_created_at")?;
    let moments = ["build_started_at", "build_finished_at"].map(|key| moment_if_any(job, key));
    let time = moments.into_iter().flatten().fold(made, Ord::max);
    Ok(if time == made && !comes_first(job.text("build_status")?) {
        just_after(time)
    } else {
        time
    })
}

/// The end of a pipeline that is over; else the latest moment told, of the pipeline or of one of its jobs.
fn pipeline_moment(
    detail: Fields<'_>,
    run: Fields<'_>,
    status: &str,
) -> Result<Timestamp, Rejected> {
    let end = moment_if_any(run, "finished_at");
    let is_over = matches!(status, "success" | "failed" | "canceled" | "skipped");
    if let Some(end) = end.filter(|_| is_over) {
        return Ok(end);
    }
    let jobs = || detail.value_if_any("builds").and_then(Value::as_array).into_iter().flatten();
    let moments =
        jobs().flat_map(|job| ["created_at", "started_at", "finished_at"].map(|key| job.get(key)));
    let moments = moments.filter_map(|moment| read_moment(moment?.as_str()?));
    let time = moments.chain(end).fold(moment(run, "created_at")?, Ord::max);
    let is_let_through = status != "manual" && jobs().any(is_started_by_hand);
    Ok(if is_let_through { just_after(time) } else { time })
}

/// Whether somebody started this manual job of a pipeline, and no runner has taken it yet.
fn is_started_by_hand(job: &Value) -> bool {
    let word = |key| job.get(key).and_then(Value::as_str);
    word("when") == Some("manual")
        && word("status")
            .is_some_and(|status| state(status) == State::Queued && !comes_first(status))
}

/// Whether a job may be at this before anybody started it.
fn comes_first(status: &str) -> bool {
    matches!(status, "created" | "scheduled" | "manual" | "skipped")
}

fn just_after(moment: Timestamp) -> Timestamp {
    Timestamp::from_unix_ms(moment.unix_ms() + 1).unwrap_or(moment)
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
            ("skipped", State::Skipped),
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
        assert_eq!((manual.state, manual.detail.approval), (State::Queued, Approval::None));
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
            &pipeline("/detail/merge_request", json!({"id": 1})),
            "a merge request's pipeline",
        );
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
        assert_eq!(time("running"), "2026-11-23T09:20:40Z");
        let mut event = pipeline("/detail/object_attributes/finished_at", json!(null));
        assert_eq!(read(&event).time.to_string(), "2026-11-23T09:20:39Z");
        event["detail"]["builds"] = json!([5, {"started_at": "never"}, null]);
        assert_eq!(read(&event).time.to_string(), "2026-11-23T09:14:02Z");
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
            assert_eq!(time("/detail/build_status", word), asked, "{word}");
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
            &pipeline("/detail/project/default_branch", json!(null)),
            "detail.project.default_branch: missing",
        );
        check_rejected(
            &job("/detail/project/path_with_namespace", json!(null)),
            "detail.project.path_with_namespace: missing",
        );
        check_rejected(&job("/detail/pipeline_id", json!(null)), "detail.pipeline_id: missing");
        check_rejected(&job("/detail/build_name", json!("")), "detail.build_name: empty");
        check_rejected(&job("/detail/build_stage", json!(null)), "detail.build_stage: missing");
        check_rejected(
            &job("/detail/build_created_at", json!("soon")),
            "detail.build_created_at: no time of GitLab's between 1970 and 9999",
        );
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
