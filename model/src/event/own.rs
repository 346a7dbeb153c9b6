//! The board's own events: its heartbeat, and runs told by whatever has a shell.
//!
//! - `Heartbeat`, scheduled, goes the whole way: bus, rule, function, table. It is kept as a pipeline of its own with one
//!   run, each beat a newer success, so that the newest fact's time says when events last flowed. Its detail is not read.
//! - `Run` tells what a run, or one of its stages, is at: `pipeline`, `run` (a name or a number), `status`, and where
//!   they are known `stage`, `change` and `url`. It has no time of its own: the envelope's counts. A `run` that is short
//!   enough to be said is the run's number, too; one that a machine made (a UUID, a hash) is not.

use super::{
    Adapter, Approval, ChangeSource, Detail, Envelope, Event, Parsed, Rejected, State, Subject,
    envelope::Fields, ignored_type, told, word,
};
use crate::{text, tile::Change};

pub(super) const ADAPTER: Adapter = Adapter { source: SOURCE, read };

/// The envelope's source, and the first part of the pipelines' ids.
const SOURCE: &str = "pipelines-dashboard";

/// The heartbeat's pipeline and run. No other pipeline may have this name.
const HEARTBEAT: &str = "heartbeat";

/// Characters of a run's name that people say. A UUID has 36.
const SAID_MAX: usize = 32;

fn read(envelope: Envelope<'_>) -> Result<Parsed, Rejected> {
    match envelope.detail_type {
        "Heartbeat" => heartbeat(envelope),
        "Run" => run(envelope),
        _ => Ok(ignored_type(envelope)),
    }
}

fn heartbeat(envelope: Envelope<'_>) -> Result<Parsed, Rejected> {
    let pipeline = envelope.pipeline(SOURCE, HEARTBEAT, "event")?;
    Ok(told(Event::new(
        pipeline,
        HEARTBEAT.to_owned(),
        Subject::Run,
        envelope.time()?,
        State::Succeeded,
    )))
}

fn run(envelope: Envelope<'_>) -> Result<Parsed, Rejected> {
    let detail = envelope.detail()?;
    let name = detail.name("pipeline")?;
    if name == HEARTBEAT {
        return Err(detail.rejected("pipeline", "heartbeat is the board's own"));
    }
    let subject = match detail.value_if_any("stage") {
        Some(_) => Subject::Stage(detail.name("stage")?.to_owned()),
        None => Subject::Run,
    };
    let (state, approval) = state(detail.text("status")?);
    let pipeline = envelope.pipeline(SOURCE, name, "detail.pipeline")?;
    let run = detail.name_or_number("run")?;
    Ok(told(Event {
        run_number: Some(run.clone()).filter(|run| run.chars().count() <= SAID_MAX),
        run_url: detail.link_if_any("url"),
        change: change(detail),
        detail: Detail { approval, ..Detail::default() },
        ..Event::new(pipeline, run, subject, envelope.time()?, state)
    }))
}

/// The words of the board's own statuses, however they are spelled; `WAITING` is for a person.
fn state(status: &str) -> (State, Approval) {
    match word::canonical(status).as_str() {
        "waiting" => (State::Started, Approval::Manual),
        "stopped" | "canceled" | "aborted" => (State::Stopped, Approval::None),
        word => (word::state(word), Approval::None),
    }
}

/// A message alone, or what is known of `message`, `author`, `revision` and `url`.
fn change(detail: Fields<'_>) -> Option<(ChangeSource, Change)> {
    let change = match detail.object_if_any("change", "detail.change") {
        Some(change) => Change {
            message: change.line_if_any("message", text::MESSAGE_CAP),
            author: change.text_if_any("author").and_then(text::author),
            revision: change.text_if_any("revision").and_then(text::revision),
            url: change.link_if_any("url"),
        },
        None => {
            Change { message: detail.line_if_any("change", text::MESSAGE_CAP), ..Change::default() }
        }
    };
    (change != Change::default()).then_some((ChangeSource::StartTrigger, change))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::{check_ignored, check_rejected, read, with};
    use super::*;

    fn run(pointer: &str, value: Value) -> Value {
        with("own/run-failed", pointer, value)
    }

    #[test]
    fn statuses_are_the_boards_own_words() {
        let state = |word: &str| {
            let event = read(&run("/detail/status", json!(word)));
            (event.state, event.detail.approval)
        };
        assert_eq!(state("queued"), (State::Queued, Approval::None));
        assert_eq!(state("Started"), (State::Started, Approval::None));
        assert_eq!(state("WAITING"), (State::Started, Approval::Manual));
        assert_eq!(state("succeeded"), (State::Succeeded, Approval::None));
        assert_eq!(state("failed"), (State::Failed, Approval::None));
        assert_eq!(state("stopped"), (State::Stopped, Approval::None));
        for (spelling, expect) in [
            ("running", State::Started),
            ("In Progress", State::Started),
            ("success", State::Succeeded),
            ("passed", State::Succeeded),
            ("failure", State::Failed),
            ("cancelled", State::Stopped),
            ("CANCELED", State::Stopped),
            ("skipped", State::Skipped),
        ] {
            assert_eq!(state(spelling), (expect, Approval::None), "{spelling}");
        }
        for unknown in ["0", "pensive", "WAITING?"] {
            assert_eq!(state(unknown), (State::Unknown, Approval::None));
        }
    }

    #[test]
    fn a_run_that_can_be_said_is_a_number() {
        let number = |id: Value| {
            let event = read(&run("/detail/run", id));
            (event.run, event.run_number)
        };
        for said in ["17", "nightly-2026-11-30", &"x".repeat(32)] {
            assert_eq!(number(json!(said)), (said.to_owned(), Some(said.to_owned())));
        }
        assert_eq!(number(json!(17.0)), ("17".to_owned(), Some("17".to_owned())));
        for made in ["0a1b2c3d-0000-4000-8000-000000000001", &"9f3c1e0b".repeat(5)] {
            assert_eq!(number(json!(made)), (made.to_owned(), None));
        }
    }

    #[test]
    fn what_is_broken_is_rejected_by_path() {
        check_rejected(&run("/detail/pipeline", json!(null)), "detail.pipeline: missing");
        check_rejected(
            &run("/detail/pipeline", json!("heartbeat")),
            "detail.pipeline: heartbeat is the board's own",
        );
        check_rejected(&run("/detail/run", json!(null)), "detail.run: missing");
        check_rejected(&run("/detail/run", json!(1.5)), "detail.run: not a whole number");
        check_rejected(&run("/detail/run", json!(-1)), "detail.run: not a whole number");
        check_rejected(&run("/detail/run", json!(true)), "detail.run: not a text");
        check_rejected(&run("/detail/status", json!(0)), "detail.status: not a text");
        check_rejected(&run("/detail/stage", json!("")), "detail.stage: empty");
        check_rejected(&run("/time", json!(null)), "time: missing");
        check_rejected(&with("heartbeat/heartbeat", "/time", json!("")), "time: empty");
    }

    #[test]
    fn other_types_are_ignored() {
        check_ignored(
            &with("heartbeat/heartbeat", "/detail-type", json!("Sneeze")),
            r#"detail-type "Sneeze" of source "pipelines-dashboard" is not followed"#,
        );
    }

    #[test]
    fn what_is_optional_and_broken_counts_as_absent() {
        for broken in [
            json!(null),
            json!(5),
            json!([]),
            json!({"message": 5, "url": "http://x.example"}),
            json!(" "),
        ] {
            assert_eq!(read(&run("/detail/change", broken)).change, None);
        }
        for broken in [json!(null), json!("http://x.example"), json!({})] {
            assert_eq!(read(&run("/detail/url", broken)).run_url, None);
        }
    }
}
