//! Jenkins, as its Notification plugin tells of builds. A job is a pipeline, a build a run.
//!
//! The source is `jenkins`; the detail-type is not read. The plugin's JSON is the detail.
//!
//! - A job inside of folders is named by the path of its `url` (`job/shop/job/main/`), because its `name` alone
//!   (`main`) is not unique.
//! - Of a build `COMPLETED` and `FINALIZED` tell the same. Old versions of the plugin send no `timestamp`, and a queued
//!   build may have 0: then the envelope's time counts.
//! - Numbers begin anew where a job is made again under its name, so a run is a number with the id that the build had in
//!   the queue. Old versions of the plugin don't tell it.
//! - `UNSTABLE` is a failure: tests failed. `NOT_BUILT` and `ABORTED` stopped.
//! - Multibranch jobs of pull requests (`PR-12`) stay out.
//!
//! Deliberately not read: `parameters`, `log`, `notes`, culprits, artifacts.
//!
//! Sources: <https://plugins.jenkins.io/notification/>,
//! <https://github.com/jenkinsci/notification-plugin/blob/master/src/main/java/com/tikal/hudson/plugins/notification/Phase.java>.

use serde_json::Value;

use super::envelope::{Fields, believable_start};
use super::{
    Adapter, ChangeSource, Envelope, Event, Parsed, Rejected, State, Subject, ignored, told,
};
use crate::{Timestamp, text, tile::Change};

pub(super) const ADAPTER: Adapter = Adapter { source: SOURCE, read };

/// The envelope's source, and the first part of the pipelines' ids.
const SOURCE: &str = "jenkins";

fn read(envelope: Envelope<'_>) -> Result<Parsed, Rejected> {
    let job = envelope.detail()?;
    if job.value_if_any("build").is_none() && job.value_if_any("eventType").is_some() {
        return Ok(ignored("from another plugin of Jenkins than Notification".to_owned()));
    }
    let build = job.object("build", "detail.build")?;
    let name = full_name(job)?;
    if is_pull_request(&name) {
        return Ok(ignored("a multibranch job of a pull request".to_owned()));
    }
    let phase = build.text("phase")?;
    let time = match moment(build) {
        Some(time) => time,
        None => envelope.time()?,
    };
    let pipeline = envelope.pipeline(SOURCE, &name, &job.path_of("name"))?;
    Ok(told(Event {
        pipeline_url: pipeline_page(build),
        run_url: build.link_if_any("full_url"),
        started: if phase == "COMPLETED" {
            start(build).and_then(|start| believable_start(start, time))
        } else {
            None
        },
        change: change(build),
        ..Event::new(
            pipeline,
            run(build)?,
            Subject::Run,
            time,
            state(phase, build.text_if_any("status")),
        )
    }))
}

/// The build's id among all of the job, also of one that was deleted: `57.811`.
fn run(build: Fields<'_>) -> Result<String, Rejected> {
    let number = build.name_or_number("number")?;
    let queued =
        build.name_or_number("queue_id").ok().filter(|id| id.parse::<u64>().is_ok_and(|id| id > 0));
    let both = queued.map(|id| format!("{number}.{id}")).filter(|both| text::name(both).is_ok());
    Ok(both.unwrap_or(number))
}

/// The names of a job and of the folders around it, by its page's path; its own name where that tells nothing.
fn full_name(job: Fields<'_>) -> Result<String, Rejected> {
    let name = job.name("name")?;
    let segments = job
        .text_if_any("url")
        .map(|url| url.trim_end_matches('/').split('/'))
        .into_iter()
        .flatten();
    let mut names = Vec::new();
    let mut segments = segments.skip_while(|segment| *segment != "job");
    while let (Some("job"), Some(segment)) = (segments.next(), segments.next()) {
        names.push(decoded(segment));
    }
    let path = names.join("/");
    let is_that_of =
        names.last().is_some_and(|last| last == name || decoded(last) == decoded(name));
    Ok(if is_that_of && text::name(&path).is_ok() { path } else { name.to_owned() })
}

/// `%20` and the like as the bytes that they stand for.
fn decoded(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment;
    while let Some((plain, escaped)) = rest.split_once('%') {
        bytes.extend(plain.bytes());
        let byte = escaped.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(b'%'));
        rest = if byte.is_some() { escaped.get(2..).unwrap_or_default() } else { escaped };
    }
    bytes.extend(rest.bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// As multibranch plugins name them: `PR-12`, `PR-12-merge`, inside of their project.
fn is_pull_request(name: &str) -> bool {
    let number = name.rsplit_once("/PR-").map(|(_, rest)| {
        rest.strip_suffix("-merge").or_else(|| rest.strip_suffix("-head")).unwrap_or(rest)
    });
    number.is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// The phase's own moment, in milliseconds.
fn moment(build: Fields<'_>) -> Option<Timestamp> {
    milliseconds(build, "timestamp").and_then(|ms| Timestamp::from_unix_ms(ms).ok())
}

/// The beginning of a build that is told complete: its end less what it took, which is 0 where Jenkins doesn't know.
fn start(build: Fields<'_>) -> Option<Timestamp> {
    let began = milliseconds(build, "timestamp")?.checked_sub(milliseconds(build, "duration")?)?;
    Timestamp::from_unix_ms(began).ok()
}

/// A positive whole number of milliseconds.
fn milliseconds(build: Fields<'_>, key: &str) -> Option<i64> {
    build.value_if_any(key).filter(|value| matches!(value, Value::Number(_) | Value::String(_)))?;
    build.name_or_number(key).ok()?.parse().ok().filter(|ms| *ms > 0)
}

fn state(phase: &str, status: Option<&str>) -> State {
    match (phase, status) {
        ("QUEUED", _) => State::Queued,
        ("STARTED", _) => State::Started,
        ("COMPLETED" | "FINALIZED", Some("SUCCESS")) => State::Succeeded,
        ("COMPLETED" | "FINALIZED", Some("FAILURE" | "UNSTABLE")) => State::Failed,
        ("COMPLETED" | "FINALIZED", Some("ABORTED" | "NOT_BUILT")) => State::Canceled,
        _ => State::Unknown,
    }
}

/// The job's page: the build's without its number.
fn pipeline_page(build: Fields<'_>) -> Option<String> {
    let (page, _) = build.text_if_any("full_url")?.trim_end_matches('/').rsplit_once('/')?;
    text::link(&format!("{page}/"))
}

fn change(build: Fields<'_>) -> Option<(ChangeSource, Change)> {
    let scm = build.object_if_any("scm", "detail.build.scm")?;
    let commit = scm.text_if_any("commit")?;
    let change = Change {
        revision: text::revision(commit),
        url: scm.text_if_any("url").and_then(|remote| text::commit_link_at(remote, commit)),
        ..Change::default()
    };
    (change != Change::default()).then_some((ChangeSource::StartTrigger, change))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{check_ignored, check_rejected, fixture, read, with};
    use super::*;

    fn build(pointer: &str, value: Value) -> Value {
        with("jenkins/build-completed-unstable", pointer, value)
    }

    #[test]
    fn phases_and_statuses() {
        let state = |phase: &str, status: Value| {
            let mut event = build("/detail/build/phase", json!(phase));
            event["detail"]["build"]["status"] = status;
            read(&event).state
        };
        assert_eq!(state("QUEUED", json!(null)), State::Queued);
        assert_eq!(state("STARTED", json!("FAILURE")), State::Started);
        for phase in ["COMPLETED", "FINALIZED"] {
            assert_eq!(state(phase, json!("SUCCESS")), State::Succeeded);
            assert_eq!(state(phase, json!("FAILURE")), State::Failed);
            assert_eq!(state(phase, json!("UNSTABLE")), State::Failed);
            assert_eq!(state(phase, json!("ABORTED")), State::Canceled);
            assert_eq!(state(phase, json!("NOT_BUILT")), State::Canceled);
            assert_eq!(state(phase, json!(null)), State::Unknown);
        }
        assert_eq!(state("NONE", json!("SUCCESS")), State::Unknown);
    }

    #[test]
    fn a_job_is_named_with_its_folders() {
        let name = |name: &str, url: Value| {
            let mut event = build("/detail/name", json!(name));
            event["detail"]["url"] = url;
            read(&event).pipeline.name()
        };
        assert_eq!(name("asgard", json!("job/asgard/")), "asgard");
        assert_eq!(name("main", json!("job/team%20a/job/shop/job/main/")), "team a/shop/main");
        assert_eq!(name("fix%2Fx", json!("job/shop/job/fix%252Fx/")), "shop/fix%2Fx");
        assert_eq!(name("asgard", json!("jenkins/job/asgard")), "asgard");
        for broken in [
            json!(null),
            json!(5),
            json!(""),
            json!("job"),
            json!("job/other/"),
            json!("view/x/%"),
            json!("job/%E2%80%AE/job/asgard/"),
        ] {
            assert_eq!(name("asgard", broken), "asgard");
        }
    }

    #[test]
    fn pull_requests_stay_out() {
        for last in ["PR-12", "PR-12-merge", "PR-12-head"] {
            let mut event = build("/detail/name", json!(last));
            event["detail"]["url"] = json!(format!("job/shop/job/{last}/"));
            check_ignored(&event, "a multibranch job of a pull request");
        }
        let mut event = build("/detail/name", json!("PR-review"));
        event["detail"]["url"] = json!("job/tools/job/PR-review/");
        assert_eq!(read(&event).pipeline.name(), "tools/PR-review");
    }

    #[test]
    fn a_phases_moment_is_its_own_or_else_the_envelopes() {
        let time =
            |timestamp: Value| read(&build("/detail/build/timestamp", timestamp)).time.to_string();
        assert_eq!(time(json!(1_795_425_642_120_i64)), "2026-11-23T09:20:42.120Z");
        assert_eq!(time(json!("1795425642120")), "2026-11-23T09:20:42.120Z");
        assert_eq!(time(json!(1_795_425_642_120.0)), "2026-11-23T09:20:42.120Z");
        for none in [json!(null), json!(0), json!(-5), json!(1e300), json!("soon"), json!([])] {
            assert_eq!(time(none), "2026-11-23T12:00:00Z");
        }
        let event = read(&fixture("jenkins/build-completed-unstable"));
        assert_eq!(
            event.started.map(|start| start.to_string()).as_deref(),
            Some("2026-11-23T09:14:02.120Z")
        );
        assert_eq!(read(&build("/detail/build/duration", json!(0))).started, None);
        assert_eq!(read(&build("/detail/build/phase", json!("FINALIZED"))).started, None);
    }

    #[test]
    fn a_build_whose_number_comes_again_is_another_run() {
        let run = |queued: Value| read(&build("/detail/build/queue_id", queued)).run;
        assert_eq!(run(json!(811)), "57.811");
        assert_eq!(run(json!("811")), "57.811");
        for none in
            [json!(null), json!(0), json!(-1), json!(1.5), json!("soon"), json!("9".repeat(200))]
        {
            assert_eq!(run(none), "57");
        }
    }

    #[test]
    fn other_plugins_are_ignored() {
        let event = json!({"source": "jenkins", "detail-type": "x", "detail": {"jobName": "x", "eventType": "completed"}});
        check_ignored(&event, "from another plugin of Jenkins than Notification");
    }

    #[test]
    fn what_is_broken_is_rejected_by_path() {
        check_rejected(&build("/detail/name", json!(null)), "detail.name: missing");
        check_rejected(&build("/detail/build", json!(null)), "detail.build: missing");
        check_rejected(&build("/detail/build/number", json!(null)), "detail.build.number: missing");
        check_rejected(
            &build("/detail/build/number", json!(1.5)),
            "detail.build.number: not a whole number",
        );
        check_rejected(&build("/detail/build/phase", json!(7)), "detail.build.phase: not a text");
    }

    #[test]
    fn what_is_optional_and_broken_counts_as_absent() {
        for key in ["scm", "full_url", "duration", "parameters", "log", "queue_id"] {
            for broken in [
                json!(null),
                json!(5),
                json!([]),
                json!({"commit": 1}),
                json!("http://jenkins.example/"),
            ] {
                assert_eq!(
                    read(&build(&format!("/detail/build/{key}"), broken)).state,
                    State::Failed
                );
            }
        }
    }
}
