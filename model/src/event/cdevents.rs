//! CDEvents, the CD Foundation's neutral events, of versions 0.3 to 0.5: from Tekton, Jenkins, Argo, Spinnaker and others.
//!
//! The detail is the CDEvent, or a structured CloudEvent with the CDEvent as its `data`. What it is says `context.type`,
//! `dev.cdevents.SUBJECT.PREDICATE.VERSION`; the version is not read, and neither is the envelope's detail-type. The time is
//! `context.timestamp`, which a transmission again doesn't change.
//!
//! What the schemas require (`context.id`, `.type` and `.timestamp`, `subject.id`) is required here. All else is optional in
//! some version or of some event: where a CDEvent can't be placed without it, it is ignored.
//!
//! - `pipelinerun`: `pipelineName` is the pipeline, the subject's id the run. The source takes no part in the key, because
//!   many tools put the run into it. The schemas require `pipelineName` of `started` alone.
//! - `taskrun`: a stage of its pipelineRun. CDEvents has no place for the pipeline's name there; where the sender puts it
//!   into `customData.pipelineName` the stage is joined, else nobody can say which pipeline it is of, and it is ignored. A
//!   task without a pipelineRun is a pipeline of its own.
//! - `service`: a deployment, upgrade or rollback is a run that succeeded, in a pipeline of the service's and the
//!   environment's ids. Its revision is what the artifact's package URL says: people say the tag of an image, else its version.
//! - `build`: names no pipeline and no outcome, so it is ignored.
//!
//! Sources: <https://github.com/cdevents/spec/blob/v0.5.1/core.md>,
//! <https://github.com/cdevents/spec/blob/v0.5.1/continuous-deployment.md>,
//! <https://github.com/cdevents/spec/blob/v0.5.1/cloudevents-binding.md>,
//! <https://github.com/cdevents/spec/tree/v0.5.1/schemas>, the same at `spec-v0.3` and `spec-v0.4`,
//! <https://github.com/package-url/purl-spec>.

use std::borrow::Cow;

use super::envelope::Fields;
use super::{
    Adapter, ChangeSource, Envelope, Event, Parsed, Rejected, State, Subject, ignored, shown, told,
    word,
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

    fn content(self) -> Result<Option<Fields<'a>>, Rejected> {
        Ok(self.subject()?.object_if_any("content", self.paths.content))
    }

    fn pipeline_run(self, predicate: &str) -> Result<Parsed, Rejected> {
        let content = self.content()?;
        let Some((name, path)) = content.and_then(|content| named(content, "pipelineName")) else {
            return Ok(ignored("a CDEvents pipelineRun whose pipeline is not named".to_owned()));
        };
        let pipeline = self.envelope.pipeline_of_any(SOURCE, name, &path)?;
        let run = self.subject()?.key("id")?;
        Ok(told(Event {
            run_url: content.and_then(page),
            ..Event::new(pipeline, run, Subject::Run, self.time()?, state(predicate, content))
        }))
    }

    fn task_run(self, predicate: &str) -> Result<Parsed, Rejected> {
        let content = self.content()?;
        let Some((task, path)) = content.and_then(|content| named(content, "taskName")) else {
            return Ok(ignored("a CDEvents taskRun that is not named".to_owned()));
        };
        let state = state(predicate, content);
        if content.and_then(|content| content.value_if_any("pipelineRun")).is_none() {
            let pipeline = self.envelope.pipeline_of_any(SOURCE, task, &path)?;
            let run = self.subject()?.key("id")?;
            return Ok(told(Event {
                run_url: content.and_then(page),
                ..Event::new(pipeline, run, Subject::Run, self.time()?, state)
            }));
        }
        let run = content
            .and_then(|content| content.object_if_any("pipelineRun", self.paths.pipeline_run))
            .and_then(|run| run.key("id").ok());
        let Some(run) = run else {
            return Ok(ignored("a CDEvents taskRun whose pipelineRun is not named".to_owned()));
        };
        let custom = self.event.object_if_any("customData", self.paths.custom);
        let Some((name, path)) = custom.and_then(|custom| named(custom, "pipelineName")) else {
            return Ok(ignored("a CDEvents taskRun whose pipeline is not named".to_owned()));
        };
        let pipeline = self.envelope.pipeline_of_any(SOURCE, name, &path)?;
        let subject = text::key(task, text::NAME_MAX).map(Cow::into_owned).unwrap_or_default();
        Ok(told(Event::new(pipeline, run, Subject::Stage(subject), self.time()?, state)))
    }

    fn service(self, predicate: &str) -> Result<Parsed, Rejected> {
        let content = self.content()?;
        let subject = self.subject()?;
        let service = subject.text("id")?;
        let environment = content
            .and_then(|content| content.object_if_any("environment", self.paths.environment));
        let name = match environment {
            Some(environment) => format!("{service}/{}", environment.text("id")?),
            None => service.to_owned(),
        };
        let pipeline = self.envelope.pipeline_of_any(SOURCE, &name, &subject.path_of("id"))?;
        let run = self.context.key("id")?;
        let artifact = content.and_then(|content| content.text_if_any("artifactId"));
        let revision = artifact.and_then(version);
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

/// A text that says something, and where it stands.
fn named<'a>(fields: Fields<'a>, key: &str) -> Option<(&'a str, String)> {
    let name = fields.text_if_any(key).filter(|name| text::key(name, text::NAME_MAX).is_some())?;
    Some((name, fields.path_of(key)))
}

/// Finished without an outcome is over, and nobody knows how.
fn state(predicate: &str, content: Option<Fields<'_>>) -> State {
    let outcome = content.and_then(|content| content.text_if_any("outcome"));
    match (predicate, outcome.map(|outcome| word::state(&word::canonical(outcome)))) {
        ("queued", _) => State::Queued,
        ("started", _) => State::Started,
        (_, Some(end @ (State::Succeeded | State::Failed | State::Canceled))) => end,
        _ => State::Unknown,
    }
}

/// The run's page: `uri`, which was `url` in the beginning.
fn page(content: Fields<'_>) -> Option<String> {
    content.link_if_any("uri").or_else(|| content.link_if_any("url"))
}

/// What people call the version in a package URL: the tag, where it has one (`pkg:oci/shop@sha256%3A0b31…?tag=6.9.0`), else
/// the version. The first CDEvents had bare hashes for artifacts.
///
/// Source: <https://github.com/package-url/purl-spec>
fn version(artifact: &str) -> Option<String> {
    let purl = artifact.split('#').next()?;
    let (package, qualifiers) = purl.split_once('?').unwrap_or((purl, ""));
    let tag = qualifiers
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, tag)| key.eq_ignore_ascii_case("tag").then_some(tag));
    // What stands behind the last `@` has a slash where that begins a scope: `pkg:npm/@acme/shop`.
    let version = package.rsplit_once('@').map(|(_, version)| version);
    let version = version.filter(|version| !version.contains('/'));
    let hash = Some(package).filter(|package| text::is_hash(package));
    let words = [tag, version, hash].into_iter().flatten();
    words
        .map(|word| text::percent_decoded(word).unwrap_or_else(|| word.to_owned()))
        .find_map(|word| text::revision(&word))
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
        for (spelling, expect) in [
            ("Success", State::Succeeded),
            ("SUCCEEDED", State::Succeeded),
            ("failed", State::Failed),
            ("ERROR", State::Failed),
            ("cancelled", State::Canceled),
            ("canceled", State::Canceled),
            ("aborted", State::Canceled),
        ] {
            assert_eq!(state(json!(spelling)), expect, "{spelling}");
        }
        assert_eq!(state(json!("started")), State::Unknown);
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
    fn what_is_optional_is_never_a_rejection() {
        let nobodys = "a CDEvents pipelineRun whose pipeline is not named";
        for none in [json!(null), json!(""), json!(" "), json!("\u{202E}"), json!(5), json!({})] {
            check_ignored(&finished("/detail/subject/content/pipelineName", none.clone()), nobodys);
            let task = |pointer| with("cdevents/taskrun-started", pointer, none.clone());
            check_ignored(
                &task("/detail/subject/content/taskName"),
                "a CDEvents taskRun that is not named",
            );
            check_ignored(
                &task("/detail/customData/pipelineName"),
                "a CDEvents taskRun whose pipeline is not named",
            );
            if !none.is_null() {
                check_ignored(
                    &task("/detail/subject/content/pipelineRun"),
                    "a CDEvents taskRun whose pipelineRun is not named",
                );
            }
            check_ignored(
                &task("/detail/subject/content/pipelineRun/id"),
                "a CDEvents taskRun whose pipelineRun is not named",
            );
            for (pointer, broken) in [
                ("/detail/subject/content/uri", none.clone()),
                ("/detail/subject/content/errors", none.clone()),
                ("/detail/context/version", none.clone()),
                ("/detail/subject/source", none.clone()),
                ("/detail/subject/type", none.clone()),
                ("/detail/customData", none.clone()),
            ] {
                assert_eq!(read(&finished(pointer, broken)).run, "ci/payments-build-run-x7k2p");
            }
            let artifact = "/detail/subject/content/artifactId";
            assert_eq!(read(&with("cdevents/service-deployed", artifact, none)).change, None);
        }
        check_ignored(&finished("/detail/subject/content", json!(null)), nobodys);
        let long = read(&finished("/detail/subject/content/pipelineName", json!("店".repeat(200))));
        assert_eq!(long.pipeline.name().chars().count(), 32);
        let run = json!("r".repeat(300));
        assert_eq!(read(&finished("/detail/subject/id", run)).run.chars().count(), 255);
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
            &with("cdevents/service-deployed", "/detail/context/id", json!(null)),
            "detail.context.id: missing",
        );
    }

    #[test]
    fn versions_of_package_urls() {
        assert_eq!(
            version("pkg:oci/shop@sha256%3A0b31b1c02ff458ad9b7b81cbdf8f028b?tag=1").as_deref(),
            Some("1")
        );
        assert_eq!(
            version("pkg:oci/shop@sha256%3A0b31b1c02ff458ad9b7b81cbdf8f028b").as_deref(),
            Some("sha256:0b31b1c")
        );
        assert_eq!(
            version("pkg:oci/shop?repository_url=ghcr.io/acme&tag=6.9.0").as_deref(),
            Some("6.9.0")
        );
        assert_eq!(
            version("pkg:oci/shop@sha256:0b31b1c02ff4?Tag=v1%2Brc.1&arch=arm64#x").as_deref(),
            Some("v1+rc.1")
        );
        assert_eq!(version("pkg:oci/shop@1.2?tag=&arch=arm64").as_deref(), Some("1.2"));
        assert_eq!(version("pkg:docker/acme/shop@latest").as_deref(), Some("latest"));
        assert_eq!(version("pkg:npm/%40acme/shop@1.4.2").as_deref(), Some("1.4.2"));
        assert_eq!(version("pkg:npm/@acme/shop@1.4.2").as_deref(), Some("1.4.2"));
        assert_eq!(
            version("0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427").as_deref(),
            Some("0b31b1c")
        );
        for none in ["", "?", "@", "pkg:generic/shop", "pkg:npm/@acme/shop", "shop-1.14.0.whl"] {
            assert_eq!(version(none), None, "{none}");
        }
    }
}
