//! What stands on a wall without tiles: it is empty, it has no data, or it is still loading.

use leptos::prelude::*;

use super::Wall;

/// Stands in the middle of the wall while there is no tile.
pub fn message(wall: Wall) -> impl IntoView {
    let has_tiles = Memo::new(move |_| wall.signals.order.with(|order| !order.is_empty()));
    let loaded = Memo::new(move |_| wall.signals.news.with(|news| news.age_s.is_some()));
    let problem = Memo::new(move |_| wall.signals.news.with(|news| news.problem));
    move || {
        let problem = problem.get();
        match (has_tiles.get(), loaded.get(), problem) {
            (true, ..) => None,
            (false, true, _) => Some(empty()),
            (false, false, None) => Some(view! { <section class="message"><p>"Loading the pipelines …"</p></section> }.into_any()),
            (false, false, Some(problem)) => Some(
                view! {
                    <section class="message">
                        <h2>"No data yet"</h2>
                        <p>{problem.words()}</p>
                        <p>"The wall tries again by itself."</p>
                    </section>
                }
                .into_any(),
            ),
        }
    }
}

fn empty() -> AnyView {
    let location = window().location();
    let origin = location.origin().unwrap_or_default();
    let here = matches!(location.hostname().as_deref(), Ok("localhost" | "127.0.0.1" | "[::1]"));
    let command = if here { [CURL_BEFORE, &origin, CURL_AFTER].concat() } else { PUT_EVENTS.to_owned() };
    view! {
        <section class="message">
            <h2>"No pipelines yet"</h2>
            <p>{if here {
                "The board fills with the first event. Events go to /events; this sends one:"
            } else {
                "The board fills by itself with the next run of any pipeline in its account and Region. This starts one:"
            }}</p>
            <pre>{command}</pre>
        </section>
    }
    .into_any()
}

const CURL_BEFORE: &str = "curl ";
const CURL_AFTER: &str = "/events -d '{\"source\":\"aws.codepipeline\",
  \"detail-type\":\"CodePipeline Pipeline Execution State Change\",
  \"account\":\"111122223333\", \"region\":\"eu-west-1\",
  \"time\":\"'$(date -u +%FT%TZ)'\",
  \"detail\":{\"pipeline\":\"my-first-pipeline\",
    \"execution-id\":\"1\", \"state\":\"STARTED\"}}'";
const PUT_EVENTS: &str = "aws codepipeline start-pipeline-execution --name NAME";
