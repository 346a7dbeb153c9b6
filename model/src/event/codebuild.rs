//! CodeBuild's state and phase changes. A project is a pipeline, a build a run.
//!
//! - **Builds of a pipeline are ignored.** Their `initiator` names the pipeline, but nothing says which execution, stage or
//!   action of it they belong to; CodePipeline's own events do, and link to the build.
//! - **Phases are stages** where the project's own work is done in them. The others (`QUEUED`, `PROVISIONING`, …) are
//!   CodeBuild's business, and a stage only if they fail. A phase is told once, when it is over; the event's time is that
//!   of its start, so the phase's end counts.
//! - Builds of pull requests stay out.
//! - A run's number is the `build-number`, which CodeBuild counts by project.
//!
//! Deliberately not read: `environment-variables`, whose plain ones are in the event, and the initiator's name.
//!
//! Sources: <https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications-ref.html>,
//! <https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BuildPhase.html>.

use super::console::Console;
use super::envelope::{Fields, believable_start};
use super::{
    Adapter, ChangeSource, Envelope, Event, Parsed, Rejected, State, Subject, ignored,
    ignored_type, told, word,
};
use crate::{Timestamp, text, tile::Change};

pub(super) const ADAPTER: Adapter = Adapter { source: "aws.codebuild", read };

/// The first part of the pipelines' ids.
const SOURCE: &str = "codebuild";

/// The phases in which the project's own work is done.
const WORK: [&str; 6] =
    ["DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS"];

fn read(envelope: Envelope<'_>) -> Result<Parsed, Rejected> {
    let read = match envelope.detail_type {
        "CodeBuild Build State Change" => state_change,
        "CodeBuild Build Phase Change" => phase_change,
        _ => return Ok(ignored_type(envelope)),
    };
    let detail = envelope.detail()?;
    let more = detail.object_if_any("additional-information", "detail.additional-information");
    let said = |key| more.and_then(|more| more.text_if_any(key)).unwrap_or_default();
    if said("initiator").starts_with("codepipeline/") {
        return Ok(ignored("a build of a pipeline, whose own events tell of it".to_owned()));
    }
    let version = said("source-version");
    if version.starts_with("pr/") || version.starts_with("refs/pull/") {
        return Ok(ignored("a build of a pull request".to_owned()));
    }
    let Some(event) = read(envelope, detail)? else {
        return Ok(ignored("a phase of CodeBuild's own that did not fail".to_owned()));
    };
    let run_number = more.and_then(|more| more.name_or_number("build-number").ok());
    Ok(told(Event { run_number, change: more.and_then(change), ..event }))
}

fn state_change(envelope: Envelope<'_>, detail: Fields<'_>) -> Result<Option<Event>, Rejected> {
    let state = state(detail.text("build-status")?);
    let time = envelope.time()?;
    let more = detail.object_if_any("additional-information", "detail.additional-information");
    let started = more
        .and_then(|more| date(more.text_if_any("build-start-time")?))
        .and_then(|start| believable_start(start, time));
    Ok(Some(Event { started, ..event(envelope, detail, Subject::Run, time, state)? }))
}

/// `None` for a phase that is none of the project's own.
fn phase_change(envelope: Envelope<'_>, detail: Fields<'_>) -> Result<Option<Event>, Rejected> {
    let phase = detail.name("completed-phase")?;
    let state = match detail.text_if_any("completed-phase-status") {
        Some(word) => self::state(word),
        None if WORK.contains(&phase) => state(detail.text("completed-phase-status")?),
        None => return Ok(None),
    };
    if !WORK.contains(&phase) && state != State::Failed {
        return Ok(None);
    }
    let moment = |key| detail.text_if_any(key).and_then(date);
    let time = moment("completed-phase-end").map_or_else(|| envelope.time(), Ok)?;
    let started = moment("completed-phase-start").and_then(|start| believable_start(start, time));
    Ok(Some(Event {
        started,
        ..event(envelope, detail, Subject::Stage(phase.to_owned()), time, state)?
    }))
}

fn event(
    envelope: Envelope<'_>,
    detail: Fields<'_>,
    subject: Subject,
    time: Timestamp,
    state: State,
) -> Result<Event, Rejected> {
    let project = detail.name("project-name")?;
    let arn = detail.text("build-id")?;
    // arn:aws:codebuild:REGION:ACCOUNT:build/PROJECT:ID
    let run = text::name(arn.rsplit(':').next().unwrap_or(arn))
        .map_err(|problem| detail.rejected("build-id", &problem.to_string()))?;
    let console = Console::of(envelope, SOURCE)?;
    let projects = format!(
        "codebuild/{}/projects/{}",
        text::path_segment(envelope.account()?),
        text::path_segment(project)
    );
    let build = text::path_segment(&format!("{project}:{run}"));
    Ok(Event {
        pipeline_url: console.and_then(|console| console.link(&format!("{projects}/history"))),
        run_url: console.and_then(|console| console.link(&format!("{projects}/build/{build}"))),
        ..Event::new(
            envelope.pipeline(SOURCE, project, "detail.project-name")?,
            run.to_owned(),
            subject,
            time,
            state,
        )
    })
}

/// The words of builds and of phases: `QUEUED`, `IN_PROGRESS`, `SUCCEEDED`, `FAILED`, `FAULT`, `TIMED_OUT`, `CLIENT_ERROR`,
/// `STOPPED`.
fn state(status: &str) -> State {
    match word::canonical(status).as_str() {
        "client_error" => State::Failed,
        "stopped" | "canceled" => State::Stopped,
        word => word::state(word),
    }
}

/// The revision, unless it is an artifact's ARN.
fn change(more: Fields<'_>) -> Option<(ChangeSource, Change)> {
    let version =
        more.text_if_any("source-version").filter(|version| !version.starts_with("arn:"))?;
    let remote = more
        .object_if_any("source", "detail.additional-information.source")
        .and_then(|source| source.text_if_any("location"));
    let change = Change {
        revision: text::revision(version),
        url: remote.and_then(|remote| text::commit_link_at(remote, version)),
        ..Change::default()
    };
    (change != Change::default()).then_some((ChangeSource::StartTrigger, change))
}

/// `Sep 1, 2017 4:12:29 PM`, in UTC. Newer Javas put a narrow space before `PM`.
fn date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words =
        text.split(|gap: char| gap.is_whitespace() || gap == ',').filter(|word| !word.is_empty());
    let (month, day, year, clock, half) =
        (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let (hour, rest) = clock.split_once(':')?;
    let hour = hour.parse::<u8>().ok().filter(|hour| (1..=12).contains(hour))? % 12;
    let hour = match half {
        "AM" => hour,
        "PM" => hour + 12,
        _ => return None,
    };
    format!("{year}-{month:02}-{day:0>2}T{hour:02}:{rest}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::{check_ignored, check_rejected, read, with};
    use super::*;

    fn build(pointer: &str, value: Value) -> Value {
        with("codebuild/build-failed", pointer, value)
    }

    fn phase(pointer: &str, value: Value) -> Value {
        with("codebuild/phase-failed", pointer, value)
    }

    #[test]
    fn states_of_builds_and_phases() {
        let state = |word: &str| read(&build("/detail/build-status", json!(word))).state;
        assert_eq!(state("IN_PROGRESS"), State::Started);
        assert_eq!(state("SUCCEEDED"), State::Succeeded);
        assert_eq!(state("STOPPED"), State::Stopped);
        for bad in ["FAILED", "FAULT", "TIMED_OUT", "CLIENT_ERROR"] {
            assert_eq!(state(bad), State::Failed);
            assert_eq!(
                read(&phase("/detail/completed-phase-status", json!(bad))).state,
                State::Failed
            );
        }
        for (spelling, expect) in [
            ("queued", State::Queued),
            ("In_Progress", State::Started),
            ("Succeeded", State::Succeeded),
            ("SUCCESS", State::Succeeded),
            ("Client_Error", State::Failed),
            ("TimedOut", State::Failed),
            ("CANCELLED", State::Stopped),
        ] {
            assert_eq!(state(spelling), expect, "{spelling}");
        }
        assert_eq!(state("PONDERING"), State::Unknown);
    }

    #[test]
    fn dates_are_javas() {
        let read = |text| date(text).map(|moment| moment.to_string());
        assert_eq!(read("Sep 1, 2017 4:12:29 PM").as_deref(), Some("2017-09-01T16:12:29Z"));
        assert_eq!(
            read("Nov 23, 2026, 12:00:00\u{202F}AM").as_deref(),
            Some("2026-11-23T00:00:00Z")
        );
        assert_eq!(read("Feb 29, 2024 12:59:59 PM").as_deref(), Some("2024-02-29T12:59:59Z"));
        for other in [
            "",
            "Sep 1, 2017",
            "Sep 31, 2017 4:12:29 PM",
            "Sep 1, 2017 13:12:29 PM",
            "Sep 1, 2017 0:00:00 AM",
            "September 1, 2017 4:12:29 PM",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn a_phase_ends_when_it_says_or_else_when_the_event_does() {
        assert_eq!(
            read(&phase("/detail/completed-phase-end", json!(null))).time.to_string(),
            "2026-11-23T09:15:10Z"
        );
    }

    #[test]
    fn a_phase_of_codebuilds_own_is_a_stage_only_if_it_failed() {
        let ignored = "a phase of CodeBuild's own that did not fail";
        assert_eq!(
            read(&phase("/detail/completed-phase", json!("PROVISIONING"))).subject,
            Subject::Stage("PROVISIONING".to_owned())
        );
        let mut event = phase("/detail/completed-phase", json!("PROVISIONING"));
        event["detail"]["completed-phase-status"] = json!("SUCCEEDED");
        check_ignored(&event, ignored);
        event["detail"]["completed-phase-status"] = json!(null);
        check_ignored(&event, ignored);
    }

    #[test]
    fn pull_requests_stay_out() {
        for version in ["pr/12", "refs/pull/12/head^{9f3c1e0}"] {
            check_ignored(
                &build("/detail/additional-information/source-version", json!(version)),
                "a build of a pull request",
            );
        }
    }

    #[test]
    fn what_is_broken_is_rejected_by_path() {
        check_rejected(&build("/detail/project-name", json!(null)), "detail.project-name: missing");
        check_rejected(&build("/detail/build-id", json!("arn:")), "detail.build-id: empty");
        check_rejected(&build("/detail/build-id", json!(5)), "detail.build-id: not a text");
        check_rejected(&build("/detail/build-status", json!(null)), "detail.build-status: missing");
        check_rejected(
            &phase("/detail/completed-phase", json!("")),
            "detail.completed-phase: empty",
        );
        check_rejected(
            &phase("/detail/completed-phase-status", json!(null)),
            "detail.completed-phase-status: missing",
        );
        check_rejected(
            &build("/time", json!("soon")),
            "time: no RFC 3339 time between 1970 and 9999",
        );
    }

    #[test]
    fn what_is_optional_and_broken_counts_as_absent() {
        for broken in [
            json!(null),
            json!(5),
            json!([]),
            json!({"initiator": 1, "source-version": [], "source": "x", "build-start-time": "soon"}),
        ] {
            let event = read(&build("/detail/additional-information", broken));
            assert_eq!((event.state, event.change, event.started), (State::Failed, None, None));
        }
    }
}
