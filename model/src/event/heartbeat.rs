//! The board's own heartbeat: a scheduled event that goes the whole way, bus, rule, function and table.
//!
//! It is kept as a pipeline of its own with one run, each beat a newer success, so that the newest fact's time says
//! when events last flowed. The detail is not read.

use super::{Adapter, Detail, Envelope, Event, Parsed, Rejected, State, Subject, ignored_type};

pub(super) const ADAPTER: Adapter = Adapter { source: SOURCE, read };

const SOURCE: &str = "pipelines-dashboard";

fn read(envelope: Envelope<'_>) -> Result<Parsed, Rejected> {
    if envelope.detail_type != "Heartbeat" {
        return Ok(ignored_type(envelope));
    }
    Ok(Parsed::Event(Box::new(Event {
        pipeline: envelope.pipeline(SOURCE, "heartbeat", "event")?,
        pipeline_url: None,
        run: "heartbeat".to_owned(),
        run_url: None,
        subject: Subject::Run,
        attempt: 1,
        time: envelope.time()?,
        state: State::Succeeded,
        started: None,
        trigger: None,
        change: None,
        detail: Detail::default(),
    })))
}
