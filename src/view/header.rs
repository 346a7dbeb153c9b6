//! Title, counts of the states present, and two different facts: that data arrives, and that events flow.

use model::Timestamp;

use super::{
    Wall,
    filter::filter,
    mark::mark,
    message::form,
    node::{Node, element, text},
};
use crate::{
    board::Heartbeat,
    feed::{Feed, Problem},
    number::digits,
    options::Display,
    screen,
    state::State,
    words::{ago, long, rough},
};

/// The heartbeat comes every five minutes; older than this it is missed.
const HEARTBEAT_LATE_S: u64 = 15 * 60;

/// What is younger is "just now": the header changes only when an answer fails to come, and not with each that does.
const JUST_NOW_S: u64 = 10;

/// The line above the tiles.
pub fn header(wall: &Wall) -> Node {
    let now = wall.time.now.get();
    let feed = wall.feed();
    let health = wall.health.get();
    let frame = wall.board.frame.get();
    let mut counts = element("ul");
    for (state, count) in State::ALL.into_iter().zip(frame.counts).filter(|(_, count)| *count > 0) {
        let (count, name) = (
            element("strong").child(text(digits(count))),
            element("span").child(text(state.name())),
        );
        let told = [mark(state), count, name];
        // A click asks for these alone.
        let place = if wall.options.display == Display::Browser {
            element("button").with("data-filter", ["status:", state.name()].concat())
        } else {
            element("span")
        };
        counts = counts.child(element("li").child(told.into_iter().fold(place, Node::child)));
    }
    let live = live_words(
        feed,
        health.made.zip(now).map(|(made, now)| now.seconds_since(made)),
        health.bad,
    );
    let (flow, events) = frame
        .heartbeat
        .zip(now)
        .map_or(("", String::new()), |(beat, now)| events_words(&beat, now));
    let clock = now.filter(|_| wall.options.display != Display::Embed).map(screen::time_of_day);
    let lines = digits(frame.layout.header_lines);
    element("header")
        .with("data-lines", lines)
        .child(element("h1").child(text(wall.options.title.clone())))
        .child(counts)
        .child(filter(wall))
        .child(element("p").with("data-live", feed.name()).child(text(live)))
        .child(element("p").with("data-events", flow).child(text(events)))
        .child(element("time").child(text(clock.unwrap_or_default())))
}

/// What must be read before the tiles are believed, and what was wrong with the address.
pub fn banner(wall: &Wall) -> Node {
    let now = wall.time.now.get();
    let age = |since| long(now.map_or(0, |now| now.seconds_since(since)));
    let problem = wall.health.with(|health| health.problem);
    let (kind, words) = match wall.feed() {
        Feed::Late { since } => ("late", old_words(&age(since), problem)),
        Feed::Stale { since } => ("stale", old_words(&age(since), problem)),
        Feed::Refused(problem) if wall.board.frame.with(|frame| frame.total() > 0) => {
            ("stale", ["This is the last known wall: ", &problem.words(), "."].concat())
        }
        Feed::Loading | Feed::Live | Feed::Refused(_) => {
            match wall
                .board
                .frame
                .with(|frame| frame.heartbeat.clone())
                .zip(now)
                .map(|(beat, now)| events_words(&beat, now))
            {
                Some(("late", words)) => (
                    "late",
                    ["Events are missing: ", &words, ". Tiles may be out of date."].concat(),
                ),
                _ => ("", String::new()),
            }
        }
    };
    let note = match &wall.options.problems {
        problems if problems.is_empty() => String::new(),
        problems => ["Not understood in the address: ", &problems.join(", ")].concat(),
    };
    // Without tiles the message asks for it.
    let asks = !words.is_empty()
        && problem == Some(Problem::Key)
        && wall.options.display != Display::Kiosk;
    element("footer")
        .with("data-feed", kind)
        .child(element("p").with("role", "alert").child(text(words)))
        .child(element("p").child(text(note)))
        .child_if(asks.then(form))
}

fn old_words(age: &str, problem: Option<Problem>) -> String {
    let reason =
        problem.map_or_else(|| "the server answers with old data".to_owned(), Problem::words);
    ["This wall is ", age, " old: ", &reason, "."].concat()
}

fn live_words(feed: Feed, age_s: Option<u64>, bad: u32) -> String {
    let word = match (feed, age_s) {
        (Feed::Loading, _) | (_, None) => {
            return if matches!(feed, Feed::Refused(_)) { "no data" } else { "connecting" }
                .to_owned();
        }
        (_, Some(0..JUST_NOW_S)) => [feed.name(), " · just now"].concat(),
        (_, Some(age_s)) => [feed.name(), " · ", &rough(age_s), " ago"].concat(),
    };
    if bad > 0 { [&word, " · ", &digits(bad), " unreadable"].concat() } else { word }
}

/// Where some still come, those that don't have a name.
fn events_words(beat: &Heartbeat, now: Timestamp) -> (&'static str, String) {
    let age_s = now.seconds_since(beat.oldest);
    if age_s > HEARTBEAT_LATE_S {
        let (whose, from) = if now.seconds_since(beat.newest) > HEARTBEAT_LATE_S {
            ("", "")
        } else {
            (" from ", &*beat.from)
        };
        ("late", ["no events", whose, from, " for ", &long(age_s)].concat())
    } else {
        ("flowing", ["events flowing · ", &ago(age_s)].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(seconds * 1000).unwrap()
    }

    #[test]
    fn says_how_old_the_data_is() {
        for (feed, age_s, bad, expect) in [
            (Feed::Loading, None, 0, "connecting"),
            (Feed::Refused(Problem::Unreachable), None, 0, "no data"),
            (Feed::Live, Some(9), 0, "live · just now"),
            (Feed::Live, Some(10), 0, "live · 10 s ago"),
            (Feed::Late { since: at(0) }, Some(40), 0, "late · 40 s ago"),
            (Feed::Stale { since: at(0) }, Some(125), 3, "stale · 2 min ago · 3 unreadable"),
        ] {
            assert_eq!(live_words(feed, age_s, bad), expect);
        }
    }

    #[test]
    fn the_banner_says_why() {
        assert_eq!(
            old_words("1 min", None),
            "This wall is 1 min old: the server answers with old data."
        );
        assert_eq!(
            old_words("1 min", Some(Problem::Status(502))),
            "This wall is 1 min old: the server is in trouble (502)."
        );
    }

    #[test]
    fn says_whether_events_flow() {
        let beat = |oldest, newest| Heartbeat {
            oldest: at(oldest),
            from: "prod · eu-west-1".into(),
            newest: at(newest),
        };
        assert_eq!(
            events_words(&beat(0, 60), at(70)),
            ("flowing", "events flowing · 1 min ago".to_owned())
        );
        assert_eq!(
            events_words(&beat(0, 300), at(901)),
            ("late", "no events from prod · eu-west-1 for 15 min".to_owned())
        );
        assert_eq!(events_words(&beat(0, 0), at(901)), ("late", "no events for 15 min".to_owned()));
        assert_eq!(
            events_words(&beat(0, 60), at(990)),
            ("late", "no events for 16 min".to_owned())
        );
    }
}
