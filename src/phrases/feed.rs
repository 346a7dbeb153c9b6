//! What the header and the banner say about the data: how old it is, why it is old, and whether events flow.

use model::Timestamp;

use super::time::{ago, long, rough};
use crate::{
    api::ApiError,
    board::Heartbeat,
    feed::{Feed, Health},
};

/// The heartbeat comes every five minutes; an older one is missing.
const HEARTBEAT_LATE_S: u64 = 15 * 60;

/// Data that is younger is "just now", so that the header changes only when an answer is missing.
const JUST_NOW_S: u64 = 10;

/// How serious a line is, for the style sheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Everything is as it should be.
    None,
    /// Something is delayed.
    Late,
    /// The data can't be trusted.
    Stale,
}

impl Concern {
    /// The value of `data-feed`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Late => "late",
            Self::Stale => "stale",
        }
    }
}

/// Why there is no current answer.
pub fn reason(error: ApiError) -> String {
    match error {
        ApiError::Key => "the access key is missing or wrong".to_owned(),
        ApiError::Status(status) => format!("the server reports an error ({status})"),
        ApiError::NotData => {
            "the server's answer is not data; a login page may be in the way".to_owned()
        }
        ApiError::Unreachable => "the server does not answer".to_owned(),
    }
}

/// "live · just now", "stale · 2 min ago · 3 unreadable".
pub fn live(feed: Feed, age_s: Option<u64>, unreadable: u32) -> String {
    let words = match (feed, age_s) {
        (Feed::Failed(_), _) => return "no data".to_owned(),
        (Feed::Loading, _) | (_, None) => return "connecting".to_owned(),
        (_, Some(0..JUST_NOW_S)) => format!("{} · just now", feed.name()),
        (_, Some(age_s)) => format!("{} · {} ago", feed.name(), rough(age_s)),
    };
    if unreadable > 0 { format!("{words} · {unreadable} unreadable") } else { words }
}

/// Whether events flow, and since when not. If only some senders are silent, it names the one.
pub fn events(beat: &Heartbeat, now: Timestamp) -> (Concern, String) {
    let age_s = now.seconds_since(beat.oldest);
    if age_s <= HEARTBEAT_LATE_S {
        return (Concern::None, format!("events flowing · {}", ago(age_s)));
    }
    let are_all_silent = now.seconds_since(beat.newest) > HEARTBEAT_LATE_S;
    let from = if are_all_silent { String::new() } else { format!(" from {}", beat.from) };
    (Concern::Late, format!("no events{from} for {}", long(age_s)))
}

/// What must be read before the tiles are trusted; empty while everything is fine.
pub fn banner(
    feed: Feed,
    health: &Health,
    beat: Option<&Heartbeat>,
    has_tiles: bool,
    now: Option<Timestamp>,
) -> (Concern, String) {
    let old = |since: Timestamp| {
        let age_s = now.map_or(0, |now| now.seconds_since(since));
        let reason = health.error.map_or_else(|| "the server sends old data".to_owned(), reason);
        format!("This wall is {} old: {reason}.", long(age_s))
    };
    match feed {
        Feed::Late { since } => (Concern::Late, old(since)),
        Feed::Stale { since } => (Concern::Stale, old(since)),
        Feed::Failed(error) if has_tiles => {
            (Concern::Stale, format!("This is the last known wall: {}.", reason(error)))
        }
        Feed::Loading | Feed::Live | Feed::Failed(_) => {
            match beat.zip(now).map(|(beat, now)| events(beat, now)) {
                Some((Concern::Late, events)) => (
                    Concern::Late,
                    format!("Events are missing: {events}. Tiles may be out of date."),
                ),
                _ => (Concern::None, String::new()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(seconds * 1000).unwrap()
    }

    fn beat(oldest: i64, newest: i64) -> Heartbeat {
        Heartbeat { oldest: at(oldest), from: "prod · eu-west-1".into(), newest: at(newest) }
    }

    #[test]
    fn the_header_says_how_old_the_data_is() {
        for (feed, age_s, unreadable, expect) in [
            (Feed::Loading, None, 0, "connecting"),
            (Feed::Failed(ApiError::Unreachable), None, 0, "no data"),
            (Feed::Live, Some(9), 0, "live · just now"),
            (Feed::Live, Some(10), 0, "live · 10 s ago"),
            (Feed::Late { since: at(0) }, Some(40), 0, "late · 40 s ago"),
            (Feed::Stale { since: at(0) }, Some(125), 3, "stale · 2 min ago · 3 unreadable"),
        ] {
            assert_eq!(live(feed, age_s, unreadable), expect);
        }
    }

    #[test]
    fn the_header_says_whether_events_flow() {
        for (beat, now, expect) in [
            (beat(0, 60), 70, (Concern::None, "events flowing · 1 min ago")),
            (beat(0, 300), 901, (Concern::Late, "no events from prod · eu-west-1 for 15 min")),
            (beat(0, 0), 901, (Concern::Late, "no events for 15 min")),
            (beat(0, 60), 990, (Concern::Late, "no events for 16 min")),
        ] {
            assert_eq!(events(&beat, at(now)), (expect.0, expect.1.to_owned()));
        }
    }

    #[test]
    fn the_banner_says_what_is_wrong_and_why() {
        let (late, stale) = (Feed::Late { since: at(0) }, Feed::Stale { since: at(0) });
        for (feed, error, beat, has_tiles, expect) in [
            (Feed::Live, None, Some(beat(990, 990)), true, ""),
            (late, None, None, true, "late: This wall is 16 min old: the server sends old data."),
            (
                stale,
                Some(ApiError::Status(502)),
                None,
                true,
                "stale: This wall is 16 min old: the server reports an error (502).",
            ),
            (
                Feed::Failed(ApiError::Key),
                Some(ApiError::Key),
                None,
                true,
                "stale: This is the last known wall: the access key is missing or wrong.",
            ),
            (Feed::Failed(ApiError::Key), Some(ApiError::Key), None, false, ""),
            (
                Feed::Live,
                None,
                Some(beat(0, 0)),
                true,
                "late: Events are missing: no events for 16 min. Tiles may be out of date.",
            ),
        ] {
            let health = Health { error, ..Health::default() };
            let (concern, text) = banner(feed, &health, beat.as_ref(), has_tiles, Some(at(990)));
            let name = concern.name();
            assert_eq!(if name.is_empty() { text } else { format!("{name}: {text}") }, expect);
        }
    }
}
