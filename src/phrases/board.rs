//! What the wall says about all of its pipelines.

use model::Timestamp;

use super::{feed::reason, time::long};
use crate::{
    board::{Group, Summary},
    feed::Feed,
    status::TileStatus,
};

/// More pages of the shelf than this are numbered: nobody counts dots, and a small frame has no room for them.
const MOST_DOTS: u16 = 10;

/// A message in the middle of a wall without tiles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The headline.
    pub title: &'static str,
    /// The explanation.
    pub text: String,
    /// A command to copy.
    pub command: String,
}

/// Where the page was loaded from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// `https://wall.example`.
    pub url: String,
    /// Whether it is plain HTTP: a deployed wall has HTTPS only, the local server takes events itself.
    pub is_local: bool,
}

/// Explains why there are no tiles.
pub fn message(summary: &Summary, feed: Feed, origin: &Origin) -> Message {
    if summary.hidden > 0 {
        let text = format!("The filter hides all {} pipelines.", summary.hidden);
        return Message { title: "Nothing matches the filter", text, ..Message::default() };
    }
    match feed {
        Feed::Loading => {
            Message { text: "Loading the pipelines …".to_owned(), ..Message::default() }
        }
        Feed::Failed(error) => Message {
            title: "No data",
            text: format!(
                "This wall can't show anything: {}. It retries automatically.",
                reason(error)
            ),
            ..Message::default()
        },
        Feed::Live | Feed::Late { .. } | Feed::Stale { .. } => first_event(origin),
    }
}

/// How to send the first event.
fn first_event(Origin { url, is_local }: &Origin) -> Message {
    let (text, command) = if *is_local {
        (
            "The wall shows every pipeline from its first event on. This command sends one to /events:",
            format!("curl {url}{CURL_REST}"),
        )
    } else {
        (
            "The wall shows every pipeline of its account and Region from the next run on. This command starts one:",
            "aws codepipeline start-pipeline-execution --name NAME".to_owned(),
        )
    };
    Message { title: "No pipelines yet", text: text.to_owned(), command }
}

const CURL_REST: &str = r#"/events -d '{"source":"aws.codepipeline",
  "detail-type":"CodePipeline Pipeline Execution State Change",
  "account":"111122223333", "region":"eu-west-1",
  "time":"'$(date -u +%FT%TZ)'",
  "detail":{"pipeline":"my-first-pipeline",
    "execution-id":"1", "state":"STARTED"}}'"#;

/// The headline of a wall on which every pipeline passes.
pub fn all_passed(total: usize, hidden: usize) -> String {
    match (total, hidden) {
        (1, 0) => "The only pipeline passes".to_owned(),
        (1, _) => "The only matching pipeline passes".to_owned(),
        (_, 0) => format!("All {total} pipelines pass"),
        (..) => format!("All {total} matching pipelines pass"),
    }
}

/// Since when every pipeline has passed: a time of day, or a span once that is ambiguous.
pub fn passed_since(
    end: Timestamp,
    now: Timestamp,
    time_of_day: fn(Timestamp) -> String,
) -> String {
    let seconds = now.seconds_since(end);
    if seconds < 20 * 3600 {
        format!("since {}", time_of_day(end))
    } else {
        format!("for {}", long(seconds))
    }
}

/// "2 of 3 pass".
pub fn group(Group { passed, all, .. }: &Group) -> String {
    if passed == all { format!("{all} pass") } else { format!("{passed} of {all} pass") }
}

/// The caption above chips that show an age without saying what it is.
pub fn shelf_caption(summary: &Summary) -> String {
    if summary.groups > 0 {
        return "groups, with the number of pipelines that pass".to_owned();
    }
    let compact: usize = TileStatus::ALL
        .into_iter()
        .zip(summary.counts)
        .filter(|(status, _)| !status.is_prominent())
        .map(|(_, count)| count)
        .sum();
    format!("{compact} other pipelines, with the time since the last run ended")
}

/// Which page of the shelf is shown, counted from 0.
pub fn shelf_page(page: u16, pages: u16) -> String {
    match pages {
        0 | 1 => String::new(),
        2..=MOST_DOTS => (0..pages).map(|dot| if dot == page { '●' } else { '○' }).collect(),
        _ => format!("{}/{pages}", page + 1),
    }
}

/// The title of the tab: the worst status first.
pub fn tab_title(summary: &Summary, feed: Feed, title: &str) -> String {
    let worst = summary.worst().map(|(status, count)| format!("{count} {}", status.name()));
    match worst {
        _ if feed.name() == "stale" => format!("no data · {title}"),
        Some(worst) => format!("{worst} · {title}"),
        None => title.to_owned(),
    }
}

/// Names the pipelines whose status has changed, for screen readers.
pub fn announcement(changes: &[(String, TileStatus)]) -> String {
    let changes = changes.iter().map(|(name, status)| format!("{name} {}", status.name()));
    changes.collect::<Vec<_>>().join(", ")
}

/// The options that were ignored.
pub fn ignored_options(ignored: &[String]) -> String {
    if ignored.is_empty() {
        String::new()
    } else {
        format!("Ignored URL parameters: {}", ignored.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ApiError;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(seconds * 1000).unwrap()
    }

    #[test]
    fn the_headline_counts_what_passed() {
        assert_eq!(all_passed(42, 0), "All 42 pipelines pass");
        assert_eq!(all_passed(12, 30), "All 12 matching pipelines pass");
        assert_eq!(all_passed(1, 0), "The only pipeline passes");
        assert_eq!(all_passed(1, 3), "The only matching pipeline passes");
        assert_eq!(passed_since(at(0), at(71_999), |_| "14:02".to_owned()), "since 14:02");
        assert_eq!(passed_since(at(0), at(72_000), |_| "14:02".to_owned()), "for 20 h");
    }

    #[test]
    fn a_wall_without_tiles_says_why() {
        let origin = Origin { url: "http://127.0.0.1:1".to_owned(), is_local: true };
        let say = |hidden, feed, is_local| {
            let summary = Summary { hidden, ..Summary::default() };
            message(&summary, feed, &Origin { is_local, ..origin.clone() })
        };
        assert_eq!(say(3, Feed::Live, true).text, "The filter hides all 3 pipelines.");
        assert_eq!(say(0, Feed::Loading, true).text, "Loading the pipelines …");
        assert!(say(0, Feed::Live, true).command.starts_with("curl http://127.0.0.1:1/events"));
        assert!(say(0, Feed::Live, false).command.starts_with("aws codepipeline"));
        let refused = say(0, Feed::Failed(ApiError::Key), true);
        assert_eq!(
            refused.text,
            "This wall can't show anything: the access key is missing or wrong. It retries automatically."
        );
    }

    #[test]
    fn the_tab_says_the_worst_status() {
        let stale = Feed::Stale { since: at(0) };
        for (counts, feed, expect) in [
            ([0, 0, 0, 0, 0, 0], Feed::Loading, "Team"),
            ([0, 0, 0, 0, 0, 2], Feed::Live, "2 passed · Team"),
            ([0, 1, 0, 0, 0, 2], Feed::Live, "1 waiting · Team"),
            ([0, 1, 0, 0, 0, 2], stale, "no data · Team"),
        ] {
            assert_eq!(tab_title(&Summary { counts, ..Summary::default() }, feed, "Team"), expect);
        }
    }

    #[test]
    fn the_shelf_says_what_its_chips_show() {
        let summary = Summary { counts: [1, 1, 1, 2, 3, 4], ..Summary::default() };
        assert_eq!(
            shelf_caption(&summary),
            "9 other pipelines, with the time since the last run ended"
        );
        let pages = [(0, 1), (1, 3), (10, 11)].map(|(page, pages)| shelf_page(page, pages));
        assert_eq!(pages, ["", "○●○", "11/11"]);
    }
}
