//! What stands on a wall without tiles: it is empty, it has no data, or it is still loading.

use leptos::prelude::*;

use super::{
    Wall,
    node::{Node, element, text},
};
use crate::feed::{Feed, Problem};

/// Stands in the middle of the wall while there is no tile.
pub fn message(wall: &Wall) -> Node {
    if wall.board.order.with(|order| !order.is_empty()) {
        return text("");
    }
    let Message { title, words, command, asks } = match wall.health.get() {
        health if health.made.is_some() => empty(),
        health => match health.judge(None, 1) {
            Feed::Refused(problem) => Message {
                title: "No data",
                words: ["This wall can't show anything: ", &problem.words(), ". It tries again by itself."].concat(),
                command: String::new(),
                asks: problem == Problem::Key,
            },
            _ => Message { title: "", words: "Loading the pipelines …".to_owned(), command: String::new(), asks: false },
        },
    };
    element("section")
        .child(element("h2").child(text(title)))
        .child(element("p").child(text(words)))
        .child(element("pre").child(text(command)))
        .child_if(asks.then(form))
}

/// Takes a key; boot.js puts it into the address.
fn form() -> Node {
    let input = element("input").with("name", "key").with("type", "password").with("aria-label", "Access key").with("required", "");
    element("form").child(input).child(element("button").child(text("Open the wall")))
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
