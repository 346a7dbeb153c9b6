//! What stands on a wall without tiles: it is empty, it has no data, it is still loading, nothing matches. And the good news.

use leptos::prelude::*;

use super::{
    Wall,
    mark::mark,
    node::{Node, element, text},
};
use crate::{
    board::Frame,
    feed::{Feed, Problem},
    fit::px,
    number::digits,
    screen,
    state::State,
    words::long,
};

/// Stands in the middle of the wall while there is no tile, and above the tiles while all is well.
pub fn message(wall: &Wall) -> Node {
    let frame = wall.board.frame.get();
    if frame.total() > 0 {
        return if frame.layout.hero > 0 { good_news(wall, &frame) } else { text("") };
    }
    if frame.hidden > 0 {
        let words =
            ["The filter leaves out all of the ", &digits(frame.hidden), " pipelines."].concat();
        return drawn(Message {
            title: "Nothing matches the filter",
            words,
            command: String::new(),
            asks: false,
        });
    }
    drawn(match wall.health.get() {
        health if health.made.is_some() => empty(),
        health => match health.judge(None, 1) {
            Feed::Refused(problem) => Message {
                title: "No data",
                words: [
                    "This wall can't show anything: ",
                    &problem.words(),
                    ". It tries again by itself.",
                ]
                .concat(),
                command: String::new(),
                asks: problem == Problem::Key,
            },
            _ => Message {
                title: "",
                words: "Loading the pipelines …".to_owned(),
                command: String::new(),
                asks: false,
            },
        },
    })
}

fn drawn(Message { title, words, command, asks }: Message) -> Node {
    element("section")
        .child(element("h2").child(text(title)))
        .child(element("p").child(text(words)))
        .child(element("pre").child(text(command)))
        .child_if(asks.then(form))
}

/// All green is a picture of its own.
fn good_news(wall: &Wall, frame: &Frame) -> Node {
    let title = all_pass(frame.total(), frame.hidden);
    let since = frame.latest_end.zip(wall.time.slow.get()).map(|(end, now)| {
        let seconds = now.seconds_since(end);
        // What a clock shows is plain for a day.
        if seconds < 20 * 3600 {
            ["since ", &screen::time_of_day(end)].concat()
        } else {
            ["for ", &long(seconds)].concat()
        }
    });
    element("section")
        .with("class", "hero")
        .styled("top", px(frame.layout.top))
        .styled("--hero", px(frame.layout.hero))
        .child(mark(State::Passed))
        .child(element("h2").child(text(title)))
        .child(element("p").child(text(since.unwrap_or_default())))
}

fn all_pass(total: usize, hidden: usize) -> String {
    let which = if hidden > 0 { " that match" } else { "" };
    match total {
        1 if hidden > 0 => "The one pipeline that matches passes".to_owned(),
        1 => "The one pipeline passes".to_owned(),
        _ => ["All ", &digits(total), " pipelines", which, " pass"].concat(),
    }
}

/// Takes a key; boot.js puts it into the address.
pub fn form() -> Node {
    let input = element("input").with("name", "key").with("type", "password").with("required", "");
    let label = element("label").child(text("Access key ")).child(input);
    element("form").child(label).child(element("button").child(text("Open the wall")))
}

struct Message {
    title: &'static str,
    words: String,
    command: String,
    /// Whether a key is asked for.
    asks: bool,
}

fn empty() -> Message {
    let location = window().location();
    // A deployed board is reached by https alone; a local one speaks http and takes events itself.
    let is_local = location.protocol().is_ok_and(|protocol| protocol == "http:");
    let origin = location.origin().unwrap_or_default();
    Message {
        title: "No pipelines yet",
        words: if is_local {
            "The board fills with the first event that is sent to /events. This sends one:"
        } else {
            "The board fills by itself with the next run of any pipeline of its account and Region. This starts one:"
        }
        .to_owned(),
        command: if is_local {
            ["curl ", &origin, CURL_REST].concat()
        } else {
            "aws codepipeline start-pipeline-execution --name NAME".to_owned()
        },
        asks: false,
    }
}

const CURL_REST: &str = r#"/events -d '{"source":"aws.codepipeline",
  "detail-type":"CodePipeline Pipeline Execution State Change",
  "account":"111122223333", "region":"eu-west-1",
  "time":"'$(date -u +%FT%TZ)'",
  "detail":{"pipeline":"my-first-pipeline",
    "execution-id":"1", "state":"STARTED"}}'"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_many_pass() {
        assert_eq!(all_pass(42, 0), "All 42 pipelines pass");
        assert_eq!(all_pass(12, 30), "All 12 pipelines that match pass");
        assert_eq!(all_pass(1, 0), "The one pipeline passes");
        assert_eq!(all_pass(1, 3), "The one pipeline that matches passes");
    }
}
