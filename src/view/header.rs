//! Title, counts of the states present, and two different facts: that data arrives, and that events flow.

use leptos::prelude::*;
use model::Timestamp;

use super::{Wall, tile::mark};
use crate::{
    feed::{Liveness, News},
    options::{Display, Options},
    screen,
    state::State,
    words,
};

/// The heartbeat comes every five minutes; older than this it is missed.
const HEARTBEAT_LATE_S: u64 = 15 * 60;

/// The line above the tiles.
pub fn header(wall: Wall, options: Options) -> impl IntoView {
    let Options { title, problems, .. } = options;
    let counts = Memo::new(move |_| {
        wall.signals.order.with(|order| State::ALL.map(|state| order.iter().filter(|place| place.state == state).count()))
    });
    let live = move || wall.signals.news.with(|news| live_words(*news, wall.liveness.get()));
    let events =
        Memo::new(move |_| Some((wall.signals.heartbeat.get()?, wall.signals.now.get()?)).map(|(beat, now)| events_words(beat, now)));
    let clock = (wall.display != Display::Embed)
        .then(|| view! { <time class="clock">{move || wall.signals.now.get().map(|now| screen::time_of_day(now.unix_ms()))}</time> });
    let note = (!problems.is_empty()).then(|| {
        let text = ["not understood in the address: ", &problems.join(", ")].concat();
        view! { <p class="note">{text}</p> }
    });
    let header_u = move || super::thousandths(wall.placed.with(|placed| placed.layout.header));
    view! {
        <header
            style=("--u", header_u)
            data-lines=move || wall.placed.with(|placed| placed.layout.header_lines).to_string()
        >
            <h1>{title}</h1>
            <ul class="counts">
                {move || {
                    let present = State::ALL.into_iter().zip(counts.get()).filter(|(_, count)| *count > 0);
                    present
                        .map(|(state, count)| view! { <li data-status=state.name()>{mark(state)}<b>{count.to_string()}</b>" "{state.name()}</li> }.into_any())
                        .collect::<Vec<_>>()
                }}
            </ul>
            <p class="fact" data-live=move || wall.liveness.get().name()>{live}</p>
            {move || events.get().map(|(late, text)| view! { <p class="fact" data-events=if late { "late" } else { "flowing" }>{text}</p> })}
            {clock}
        </header>
        {note}
        {banner(wall)}
    }
}

/// What must be read before the tiles are believed.
fn banner(wall: Wall) -> impl IntoView {
    let text = Memo::new(move |_| {
        let news = wall.signals.news.get();
        news.age_s.and_then(|age_s| banner_words(news, wall.liveness.get(), age_s))
    });
    move || text.get().map(|text| view! { <p class="banner" role="status">{text}</p> })
}

fn banner_words(news: News, liveness: Liveness, age_s: u64) -> Option<String> {
    let trouble = news.problem.map(|problem| [" ", &problem.words()].concat()).unwrap_or_default();
    match liveness {
        Liveness::Live => None,
        Liveness::Late | Liveness::Stale => Some(["This wall is ", &words::rough(age_s), " old:", &trouble].concat())
            .map(|text| if trouble.is_empty() { text.replace(" old:", " old.") } else { text }),
    }
}

fn live_words(news: News, liveness: Liveness) -> String {
    let Some(age_s) = news.age_s else { return if news.problem.is_some() { "no data" } else { "connecting" }.to_owned() };
    let age = if age_s < 60 { [&age_s.to_string(), " s ago"].concat() } else { words::ago(age_s) };
    let mut text = [liveness.name(), " · ", &age].concat();
    if news.bad > 0 {
        text.push_str(&[" · ", &news.bad.to_string(), " unreadable"].concat());
    }
    text
}

fn events_words(beat: Timestamp, now: Timestamp) -> (bool, String) {
    let age_s = now.seconds_since(beat);
    let late = age_s > HEARTBEAT_LATE_S;
    (late, [if late { "no events for " } else { "events flowing · " }, &if late { words::long(age_s) } else { words::ago(age_s) }].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::Problem;

    #[test]
    fn says_how_old_the_data_is() {
        let news = |age_s, problem, bad| News { age_s, problem, bad };
        assert_eq!(live_words(news(None, None, 0), Liveness::Late), "connecting");
        assert_eq!(live_words(news(None, Some(Problem::Unreachable), 0), Liveness::Late), "no data");
        assert_eq!(live_words(news(Some(2), None, 0), Liveness::Live), "live · 2 s ago");
        assert_eq!(live_words(news(Some(125), None, 3), Liveness::Stale), "stale · 2 min ago · 3 unreadable");
    }

    #[test]
    fn the_banner_says_why() {
        let news = |problem| News { age_s: Some(70), problem, bad: 0 };
        assert_eq!(banner_words(news(None), Liveness::Live, 70), None);
        assert_eq!(banner_words(news(None), Liveness::Late, 70).as_deref(), Some("This wall is 1 min old."));
        assert_eq!(
            banner_words(news(Some(Problem::Status(502))), Liveness::Stale, 70).as_deref(),
            Some("This wall is 1 min old: the server is in trouble (502).")
        );
    }

    #[test]
    fn says_whether_events_flow() {
        let at = |seconds: i64| Timestamp::from_unix_ms(seconds * 1000).unwrap();
        assert_eq!(events_words(at(0), at(70)), (false, "events flowing · 1 min ago".to_owned()));
        assert_eq!(events_words(at(0), at(1000)), (true, "no events for 16 min".to_owned()));
    }
}
