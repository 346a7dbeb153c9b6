//! The board's own events: its heartbeat, and runs told by whatever has a shell.
//!
//! - `Heartbeat`, scheduled, goes the whole way: bus, rule, function, table. It is kept as a pipeline of its own with one
//!   run, each beat a newer success, so that the newest fact's time says when events last flowed. Its detail is not read.
//! - `Run` tells what a run, or one of its stages, is at: `pipeline`, `run` (a name or a number), `status`, and where
//!   they are known `stage`, `change` and `url`. It has no time of its own: the envelope's counts.

use super::{
    Adapter, Approval, ChangeSource, Detail, Envelope, Event, Parsed, Rejected, State, Subject,
    envelope::Fields, ignored_type, told,
};
use crate::{text, tile::Change};

pub(super) const ADAPTER: Adapter = Adapter { source: SOURCE, read };

/// The envelope's source, and the first part of the pipelines' ids.
const SOURCE: &str = "pipelines-dashboard";

/// The heartbeat's pipeline and run. No other pipeline may have this name.
const HEARTBEAT: &str = "heartbeat";

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
    Ok(told(Event {
        run_url: detail.link_if_any("url"),
        change: change(detail),
        detail: Detail { approval, ..Detail::default() },
        ..Event::new(pipeline, detail.name_or_number("run")?, subject, envelope.time()?, state)
    }))
}

/// The words of the board's own statuses, in capitals or not; `WAITING` is for a person.
fn state(word: &str) -> (State, Approval) {
    const WORDS: [(&str, State); 6] = [
        ("QUEUED", State::Queued),
        ("STARTED", State::Started),
        ("WAITING", State::Started),
        ("SUCCEEDED", State::Succeeded),
        ("FAILED", State::Failed),
        ("STOPPED", State::Stopped),
    ];
    let state = WORDS
        .into_iter()
        .find(|(known, _)| word.eq_ignore_ascii_case(known))
        .map_or(State::Unknown, |(_, state)| state);
    (state, if word.eq_ignore_ascii_case("WAITING") { Approval::Manual } else { Approval::None })
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
        assert_eq!(state("0"), (State::Unknown, Approval::None));
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
