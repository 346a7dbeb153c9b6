//! The parts of an EventBridge event, read one by one, each complaint with its path.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::Rejected;
use crate::{PipelineId, Timestamp, text};

/// The highest attempt believed. The attempt is what facts are ordered by first, so that one absurd number would
/// silence its run for ever.
const MAX_ATTEMPT: u32 = 10_000;

/// A hundred years; what took longer was not measured.
const MAX_SECONDS: u64 = 100 * 366 * 86_400;

/// Characters of a name that fit into a pipeline's id whatever they are, between the others of its parts as they usually are.
const CUT_NAME_MAX: usize = 32;

/// How long after the event's own time a start may lie: clocks differ, and times have whole seconds. A later one is a
/// mistake (published samples have such) and is not kept.
const START_TOLERANCE_MS: i64 = 60_000;

/// Reads an object of the event. What is optional and broken counts as absent; what is required and broken rejects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: &'static str,
}

impl<'a> Fields<'a> {
    /// The event as a whole.
    pub(super) fn of(event: &'a Value) -> Result<Self, Rejected> {
        let map = event.as_object().ok_or_else(|| rejected("event", "not an object"))?;
        Ok(Self { map, path: "" })
    }

    /// A text that must be there.
    pub(super) fn text(self, key: &str) -> Result<&'a str, Rejected> {
        match self.present(key)? {
            Value::String(text) if text.is_empty() => Err(self.rejected(key, "empty")),
            Value::String(text) => Ok(text),
            _ => Err(self.rejected(key, "not a text")),
        }
    }

    /// A name that must be there and fit to be a key.
    pub(super) fn name(self, key: &str) -> Result<&'a str, Rejected> {
        text::name(self.text(key)?).map_err(|problem| self.rejected(key, &problem.to_string()))
    }

    /// A key that must be there, made of a name that its sender cannot change: what is unfit to be a key is made fit.
    pub(super) fn key(self, key: &str) -> Result<String, Rejected> {
        text::key(self.text(key)?, text::NAME_MAX)
            .map(Cow::into_owned)
            .ok_or_else(|| self.rejected(key, "empty"))
    }

    /// A key that must be there: a name, or a whole number, which comes as an integer, a float or a text.
    pub(super) fn name_or_number(self, key: &str) -> Result<String, Rejected> {
        match self.present(key)? {
            Value::Number(number) => {
                whole(&number.to_string()).ok_or_else(|| self.rejected(key, "not a whole number"))
            }
            _ => self.name(key).map(str::to_owned),
        }
    }

    /// Which attempt it is, from 1 to 10,000. Missing, null and 0 are 1.
    pub(super) fn attempt(self, key: &str) -> Result<u32, Rejected> {
        let Some(value) = self.value_if_any(key) else {
            return Ok(1);
        };
        let number = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_owned(),
            _ => return Err(self.rejected(key, "not a number")),
        };
        match whole(&number).and_then(|number| number.parse::<u32>().ok()) {
            Some(attempt) if attempt <= MAX_ATTEMPT => Ok(attempt.max(1)),
            _ => Err(self.rejected(key, &format!("no whole number from 0 to {MAX_ATTEMPT}"))),
        }
    }

    /// A moment that must be there.
    pub(super) fn moment(self, key: &str) -> Result<Timestamp, Rejected> {
        moment(self.text(key)?)
            .ok_or_else(|| self.rejected(key, "no RFC 3339 time between 1970 and 9999"))
    }

    /// A moment, where there is one.
    pub(super) fn moment_if_any(self, key: &str) -> Option<Timestamp> {
        moment(self.text_if_any(key)?)
    }

    /// How many whole seconds something took, where that is told and believable.
    pub(super) fn seconds_if_any(self, key: &str) -> Option<u64> {
        let number = match self.map.get(key)? {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_owned(),
            _ => return None,
        };
        let (seconds, fraction) = number.split_once('.').unwrap_or((&number, "0"));
        let is_decimal = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
        let seconds = Some(seconds).filter(|digits| is_decimal(digits) && is_decimal(fraction))?;
        seconds.parse().ok().filter(|seconds| *seconds <= MAX_SECONDS)
    }

    /// A shown line of at most `cap` characters, where there is one.
    pub(super) fn line_if_any(self, key: &str, cap: usize) -> Option<String> {
        text::line(self.text_if_any(key)?, cap)
    }

    /// A link, where there is one that may be shown.
    pub(super) fn link_if_any(self, key: &str) -> Option<String> {
        text::link(self.text_if_any(key)?)
    }

    /// An object that must be there. `path` is its whole path.
    pub(super) fn object(self, key: &str, path: &'static str) -> Result<Self, Rejected> {
        let map =
            self.present(key)?.as_object().ok_or_else(|| self.rejected(key, "not an object"))?;
        Ok(Self { map, path })
    }

    /// A text, where there is one.
    pub(super) fn text_if_any(self, key: &str) -> Option<&'a str> {
        self.map.get(key)?.as_str()
    }

    /// An object, where there is one. `path` is its whole path.
    pub(super) fn object_if_any(self, key: &str, path: &'static str) -> Option<Self> {
        Some(Self { map: self.map.get(key)?.as_object()?, path })
    }

    /// Any value, where there is one but null.
    pub(super) fn value_if_any(self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// A complaint about one field.
    pub(super) fn rejected(self, key: &str, problem: &str) -> Rejected {
        rejected(&self.path_of(key), problem)
    }

    /// Where a field stands in the event.
    pub(super) fn path_of(self, key: &str) -> String {
        let dot = if self.path.is_empty() { "" } else { "." };
        format!("{}{dot}{key}", self.path)
    }

    fn present(self, key: &str) -> Result<&'a Value, Rejected> {
        self.value_if_any(key).ok_or_else(|| self.rejected(key, "missing"))
    }
}

/// An event's envelope. Read only when its adapter asks, so that what is ignored is never rejected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope<'a> {
    pub(super) fields: Fields<'a>,
    pub(super) source: &'a str,
    pub(super) detail_type: &'a str,
}

impl<'a> Envelope<'a> {
    /// When the event was put onto the bus: the moment that the CI said it, where its own part names none.
    pub(super) fn time(self) -> Result<Timestamp, Rejected> {
        self.fields.moment("time")
    }

    /// The Region that the event comes from. The envelope's: a detail may name another one.
    pub(super) fn region(self) -> Result<&'a str, Rejected> {
        self.fields.name("region")
    }

    /// The account that the event comes from.
    pub(super) fn account(self) -> Result<&'a str, Rejected> {
        self.fields.name("account")
    }

    /// The source's own part.
    pub(super) fn detail(self) -> Result<Fields<'a>, Rejected> {
        self.fields.object("detail", "detail")
    }

    /// The key of `name` in this account and Region. `path` is where the name stands.
    pub(super) fn pipeline(
        self,
        source: &str,
        name: &str,
        path: &str,
    ) -> Result<PipelineId, Rejected> {
        PipelineId::new(source, self.region()?, self.account()?, name)
            .map_err(|problem| rejected(path, &problem.to_string()))
    }

    /// The same of a name that its sender cannot change: of one that is too long for an id a part stands in it.
    pub(super) fn pipeline_of_any(
        self,
        source: &str,
        name: &str,
        path: &str,
    ) -> Result<PipelineId, Rejected> {
        let key = |cap| text::key(name, cap).ok_or_else(|| rejected(path, "empty"));
        match self.pipeline(source, &key(text::NAME_MAX)?, path) {
            Err(_) => self.pipeline(source, &key(CUT_NAME_MAX)?, path),
            id => id,
        }
    }

    /// The first ARN among the event's resources that is one of `service`.
    pub(super) fn arn(self, service: &str) -> Option<&'a str> {
        let resources = self.fields.value_if_any("resources")?.as_array()?;
        resources
            .iter()
            .filter_map(Value::as_str)
            .find(|arn| arn.starts_with("arn:") && arn.split(':').nth(2) == Some(service))
    }
}

/// Reads RFC 3339; a day that the month doesn't have becomes its last one.
///
/// Published and old samples carry days like 31 April. The event is worth more than its date's last digit, and the
/// last day of the month keeps it where it belongs among its neighbours.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let (year_month, rest) = text.split_at_checked(8)?;
    let (day, clock) = rest.split_at_checked(2)?;
    if !["29", "30", "31"].contains(&day) {
        return None;
    }
    ["30", "29", "28"]
        .into_iter()
        .filter(|last| *last < day)
        .find_map(|last| format!("{year_month}{last}{clock}").parse().ok())
}

/// A start told by an event of `time`, unless it lies too long after it.
pub(super) fn believable_start(start: Timestamp, time: Timestamp) -> Option<Timestamp> {
    (start.unix_ms() <= time.unix_ms() + START_TOLERANCE_MS).then_some(start)
}

/// The digits of a whole number: `3`, `3.0`. No sign, no exponent.
fn whole(number: &str) -> Option<String> {
    let whole = match number.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
        _ => number,
    };
    (!whole.is_empty() && whole.bytes().all(|digit| digit.is_ascii_digit()))
        .then(|| whole.to_owned())
}

pub(super) fn rejected(path: &str, problem: &str) -> Rejected {
    Rejected { path: path.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(moment(text).map(|moment| moment.to_string()).as_deref(), expect, "{text}");
    }

    #[test]
    fn days_that_the_month_lacks_become_its_last() {
        check("2026-04-30T01:02:03Z", Some("2026-04-30T01:02:03Z"));
        check("2026-04-31T01:02:03Z", Some("2026-04-30T01:02:03Z"));
        check("2026-02-31T01:02:03.5Z", Some("2026-02-28T01:02:03.500Z"));
        check("2024-02-30T01:02:03+01:00", Some("2024-02-29T00:02:03Z"));
        check("2026-11-31T10:00:60Z", Some("2026-11-30T10:00:59.999Z"));
    }

    #[test]
    fn other_impossible_times_are_none() {
        for text in [
            "",
            "yesterday",
            "2026-11-23",
            "2026-11-23T10:00:00",
            "2026-11-32T10:00:00Z",
            "2026-11-00T10:00:00Z",
            "2026-13-01T10:00:00Z",
            "2026-11-23T25:00:00Z",
            "2026-11-23T10:61:00Z",
            "2026-11-+1T10:00:00Z",
            "1969-12-31T23:59:59Z",
            "99999-01-01T00:00:00Z",
            "2026-11-2é3T10:00:00Z",
        ] {
            check(text, None);
        }
    }
}
