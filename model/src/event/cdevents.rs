//! CDEvents, the CD Foundation's neutral events, of versions 0.3 to 0.5: from Tekton, Jenkins, Argo, Spinnaker and others.
//!
//! The detail is the CDEvent, or a structured CloudEvent with the CDEvent as its `data`. What it is says `context.type`,
//! `dev.cdevents.SUBJECT.PREDICATE.VERSION`; the version is not read, and neither is the envelope's detail-type. The time is
//! `context.timestamp`, which a transmission again doesn't change.
//!
//! - `pipelinerun`: `pipelineName` is the pipeline, the subject's id the run. The source takes no part in the key, because
//!   many tools put the run into it.
//! - `taskrun`: a stage of its pipelineRun. CDEvents has no place for the pipeline's name there; where the sender puts it
//!   into `customData.pipelineName` the stage is joined, else nobody can say which pipeline it is of, and it is ignored. A
//!   task without a pipelineRun is a pipeline of its own.
//! - `service`: a deployment, upgrade or rollback is a run that succeeded, in a pipeline of the service's and the
//!   environment's ids.
//! - `build`: names no pipeline and no outcome, so it is ignored.
//!
//! Sources: <https://github.com/cdevents/spec/blob/v0.5.1/core.md>,
//! <https://github.com/cdevents/spec/blob/v0.5.1/continuous-deployment.md>,
//! <https://github.com/cdevents/spec/blob/v0.5.1/cloudevents-binding.md>.

use super::envelope::Fields;
use super::{
    Adapter, ChangeSource, Envelope, Event, Parsed, Rejected, State, Subject, ignored, shown, told,
};
use crate::{Timestamp, text, tile::Change};

pub(super) const ADAPTER: Adapter = Adapter { source: SOURCE, read };

/// The envelope's source, and the first part of the pipelines' ids.
const SOURCE: &str = "cdevents";

fn read(envelope: Envelope<'_>) -> Result<Parsed, Rejected> {
    let event = CdEvent::of(envelope)?;
    let kind = event.context.text("type")?;
    let mut words = kind.strip_prefix("dev.cdevents.").unwrap_or_default().split('.');
    match (words.next().unwrap_or_default(), words.next().unwrap_or_default()) {
        ("pipelinerun", predicate @ ("queued" | "started" | "finished")) => {
            event.pipeline_run(predicate)
        }
        ("taskrun", predicate @ ("queued" | "started" | "finished")) => event.task_run(predicate),
        ("service", predicate @ ("deployed" | "upgraded" | "rolledback")) => {
            event.service(predicate)
        }
        ("build", _) => Ok(ignored("a CDEvents build, which names no pipeline".to_owned())),
        _ => Ok(ignored(format!("CDEvents type {} is not followed", shown(kind)))),
    }
}

/// The parts of a CDEvent.
#[derive(Clone, Copy, Debug)]
struct CdEvent<'a> {
    envelope: Envelope<'a>,
    event: Fields<'a>,
    context: Fields<'a>,
    paths: &'static Paths,
}

/// Where the parts stand.
#[derive(Debug)]
struct Paths {
    context: &'static str,
    subject: &'static str,
    content: &'static str,
    pipeline_run: &'static str,
    environment: &'static str,
    custom: &'static str,
}

const PLAIN: Paths = Paths {
    context: "detail.context",
    subject: "detail.subject",
    content: "detail.subject.content",
    pipeline_run: "detail.subject.content.pipelineRun",
    environment: "detail.subject.content.environment",
    custom: "detail.customData",
};

const IN_CLOUD_EVENT: Paths = Paths {
    context: "detail.data.context",
    subject: "detail.data.subject",
    content: "detail.data.subject.content",
    pipeline_run: "detail.data.subject.content.pipelineRun",
    environment: "detail.data.subject.content.environment",
    custom: "detail.data.customData",
};

impl<'a> CdEvent<'a> {
    fn of(envelope: Envelope<'a>) -> Result<Self, Rejected> {
        let detail = envelope.detail()?;
        let (event, paths) = match detail.object_if_any("data", "detail.data") {
            Some(data) if detail.value_if_any("context").is_none() => (data, &IN_CLOUD_EVENT),
            _ => (detail, &PLAIN),
        };
        Ok(Self { envelope, event, context: event.object("context", paths.context)?, paths })
    }

    fn time(self) -> Result<Timestamp, Rejected> {
        self.context.moment("timestamp")
    }

    fn subject(self) -> Result<Fields<'a>, Rejected> {
        self.event.object("subject", self.paths.subject)
    }

    fn content(self) -> Result<Fields<'a>, Rejected> {
        self.subject()?.object("content", self.paths.content)
    }

    fn pipeline_run(self, predicate: &str) -> Result<Parsed, Rejected> {
        let content = self.content()?;
        let pipeline = self.envelope.pipeline(
            SOURCE,
            content.name("pipelineName")?,
            &content.path_of("pipelineName"),
        )?;
        let run = self.subject()?.name("id")?.to_owned();
        Ok(told(Event {
            run_url: page(content),
            ..Event::new(pipeline, run, Subject::Run, self.time()?, state(predicate, content))
        }))
    }

    fn task_run(self, predicate: &str) -> Result<Parsed, Rejected> {
        let content = self.content()?;
        let task = content.name("taskName")?;
        let state = state(predicate, content);
        if content.value_if_any("pipelineRun").is_none() {
            let pipeline = self.envelope.pipeline(SOURCE, task, &content.path_of("taskName"))?;
            let run = self.subject()?.name("id")?.to_owned();
            return Ok(told(Event {
                run_url: page(content),
                ..Event::new(pipeline, run, Subject::Run, self.time()?, state)
            }));
        }
        let run = content.object("pipelineRun", self.paths.pipeline_run)?.name("id")?.to_owned();
        let custom = self.event.object_if_any("customData", self.paths.custom);
        let Some(custom) = custom.filter(|custom| custom.value_if_any("pipelineName").is_some())
        else {
            return Ok(ignored("a CDEvents taskRun whose pipeline is not named".to_owned()));
        };
        let pipeline = self.envelope.pipeline(
            SOURCE,
            custom.name("pipelineName")?,
            &custom.path_of("pipelineName"),
        )?;
        Ok(told(Event::new(pipeline, run, Subject::Stage(task.to_owned()), self.time()?, state)))
    }

    fn service(self, predicate: &str) -> Result<Parsed, Rejected> {
        let content = self.content()?;
        let subject = self.subject()?;
        let service = subject.name("id")?;
        let name = match content.object_if_any("environment", self.paths.environment) {
            Some(environment) => format!("{service}/{}", environment.name("id")?),
            None => service.to_owned(),
        };
        let pipeline = self.envelope.pipeline(SOURCE, &name, &subject.path_of("id"))?;
        let run = self.context.name("id")?.to_owned();
        let revision = content.text_if_any("artifactId").and_then(version);
        Ok(told(Event {
            trigger: (predicate == "rolledback").then(|| "rollback".to_owned()),
            change: revision.map(|revision| {
                (
                    ChangeSource::StartTrigger,
                    Change { revision: Some(revision), ..Change::default() },
                )
            }),
            ..Event::new(pipeline, run, Subject::Run, self.time()?, State::Succeeded)
        }))
    }
}

/// Finished without an outcome is over, and nobody knows how.
fn state(predicate: &str, content: Fields<'_>) -> State {
    match predicate {
        "queued" => State::Queued,
        "started" => State::Started,
        _ => match content.text_if_any("outcome") {
            Some("success") => State::Succeeded,
            Some("failure" | "error") => State::Failed,
            Some("cancel") => State::Canceled,
            _ => State::Unknown,
        },
    }
}

/// The run's page: `uri`, which was `url` in the beginning.
fn page(content: Fields<'_>) -> Option<String> {
    content.link_if_any("uri").or_else(|| content.link_if_any("url"))
}

/// The version in a package URL: `pkg:oci/shop@sha256%3A0b31…?tag=1`.
///
/// Source: <https://github.com/package-url/purl-spec>
fn version(purl: &str) -> Option<String> {
    let (_, version) = purl.split(['?', '#']).next()?.rsplit_once('@')?;
    text::revision(&version.replace("%3A", ":").replace("%3a", ":"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::{check_ignored, check_rejected, fixture, read, with};
    use super::*;

    fn finished(pointer: &str, value: Value) -> Value {
        with("cdevents/pipelinerun-finished", pointer, value)
    }

    #[test]
    fn outcomes() {
        let state =
            |outcome: Value| read(&finished("/detail/subject/content/outcome", outcome)).state;
        assert_eq!(state(json!("success")), State::Succeeded);
        assert_eq!(state(json!("failure")), State::Failed);
        assert_eq!(state(json!("error")), State::Failed);
        assert_eq!(state(json!("cancel")), State::Canceled);
        assert_eq!(state(json!("sulk")), State::Unknown);
        assert_eq!(state(json!(null)), State::Unknown);
    }

    #[test]
    fn any_version_is_read_and_any_detail_type() {
        let whole = read(&fixture("cdevents/pipelinerun-finished"));
        for kind in [
            "dev.cdevents.pipelinerun.finished.0.1.0",
            "dev.cdevents.pipelinerun.finished.0.6.0-draft",
            "dev.cdevents.pipelinerun.finished",
        ] {
            assert_eq!(read(&finished("/detail/context/type", json!(kind))), whole);
        }
        assert_eq!(read(&finished("/detail-type", json!("anything"))), whole);
    }

    #[test]
    fn in_a_cloud_event_it_is_the_same_event() {
        let mut event = fixture("cdevents/pipelinerun-finished");
        event["detail"] = json!({"specversion": "1.0", "id": "1", "source": "/tekton", "type": "x", "data": event["detail"]});
        assert_eq!(read(&event), read(&fixture("cdevents/pipelinerun-finished")));
        event["detail"]["data"]["subject"]["id"] = json!(5);
        check_rejected(&event, "detail.data.subject.id: not a text");
    }

    #[test]
    fn other_kinds_are_ignored() {
        let kind = |kind: &str| finished("/detail/context/type", json!(kind));
        check_ignored(
            &kind("dev.cdevents.build.finished.0.3.0"),
            "a CDEvents build, which names no pipeline",
        );
        check_ignored(
            &kind("dev.cdevents.service.removed.0.3.0"),
            r#"CDEvents type "dev.cdevents.service.removed.0.3.0" is not followed"#,
        );
        check_ignored(
            &kind("dev.cdevents.pipelinerun.paused.0.3.0"),
            r#"CDEvents type "dev.cdevents.pipelinerun.paused.0.3.0" is not followed"#,
        );
        check_ignored(
            &kind("dev.tekton.event.pipelinerun.started.v1"),
            r#"CDEvents type "dev.tekton.event.pipelinerun.started.v1" is not followed"#,
        );
        let event = with("cdevents/taskrun-started", "/detail/customData", json!("c3dvcmRmaXNo"));
        check_ignored(&event, "a CDEvents taskRun whose pipeline is not named");
    }

    #[test]
    fn what_is_broken_is_rejected_by_path() {
        check_rejected(&finished("/detail/context", json!(null)), "detail.context: missing");
        check_rejected(
            &finished("/detail/context/type", json!(1)),
            "detail.context.type: not a text",
        );
        check_rejected(
            &finished("/detail/context/timestamp", json!("1744617508663")),
            "detail.context.timestamp: no RFC 3339 time between 1970 and 9999",
        );
        check_rejected(&finished("/detail/subject", json!([])), "detail.subject: not an object");
        check_rejected(&finished("/detail/subject/id", json!(null)), "detail.subject.id: missing");
        check_rejected(
            &finished("/detail/subject/content", json!(null)),
            "detail.subject.content: missing",
        );
        check_rejected(
            &finished("/detail/subject/content/pipelineName", json!(null)),
            "detail.subject.content.pipelineName: missing",
        );
        check_rejected(
            &finished("/detail/subject/content/pipelineName", json!("店".repeat(200))),
            "detail.subject.content.pipelineName: the pipeline's id is longer than 512 bytes once encoded",
        );
        let task = |pointer, value| with("cdevents/taskrun-started", pointer, value);
        check_rejected(
            &task("/detail/subject/content/taskName", json!(null)),
            "detail.subject.content.taskName: missing",
        );
        check_rejected(
            &task("/detail/subject/content/pipelineRun", json!("x")),
            "detail.subject.content.pipelineRun: not an object",
        );
        check_rejected(
            &task("/detail/subject/content/pipelineRun", json!({})),
            "detail.subject.content.pipelineRun.id: missing",
        );
        check_rejected(
            &task("/detail/customData/pipelineName", json!("")),
            "detail.customData.pipelineName: empty",
        );
        check_rejected(
            &with("cdevents/service-deployed", "/detail/context/id", json!(null)),
            "detail.context.id: missing",
        );
    }

    #[test]
    fn versions_of_package_urls() {
        assert_eq!(
            version("pkg:oci/shop@sha256%3A0b31b1c02ff458ad9b7b81cbdf8f028b?tag=1").as_deref(),
            Some("sha256:0b31b1c")
        );
        assert_eq!(version("pkg:npm/%40acme/shop@1.4.2").as_deref(), Some("1.4.2"));
        assert_eq!(version("pkg:generic/shop"), None);
    }
}
