//! A pipeline's page: its runs on one scale, newest first, and one of them told in full.

use model::{Status, Timestamp, page::PageRun};

use super::{
    Chosen, Shown,
    read::Page,
    run::in_full,
    timeline::{Piece, Scale, percent, run_length_s},
    words::{headline, notes, trouble, when},
};
use crate::{
    feed::{Feed, Problem},
    state::State,
    view::{
        mark::{mark, sign},
        node::{Node, element, paragraph, text},
    },
    words::{exact, long},
};

/// The run that is told in full.
pub fn told(shown: &Shown) -> Option<&str> {
    match (&shown.chosen, &shown.page) {
        (Chosen::Run(id), _) => Some(id),
        (Chosen::Headline, Some(page)) => page.runs.iter().find(|run| run.status == page.status).or(page.runs.first()).map(|run| &*run.id),
        _ => None,
    }
}

/// All that stands in the dialog.
pub fn page(shown: &Shown, now: Option<Timestamp>) -> Node {
    let whole = element("div").with("class", "page");
    let words = problem(shown, now);
    let (Some(page), Some(now)) = (&shown.page, now) else {
        let words = words.unwrap_or_else(|| "Loading its runs …".to_owned());
        return whole.child(head("none", None, shown.id.clone(), String::new(), None)).child(alert(words));
    };
    let scale = Scale::of(&page.runs, now);
    let state = State::from(page.status);
    let told = told(shown);
    let mut runs = element("ul");
    for run in &page.runs {
        runs = runs.child(line(page, run, &scale, told, now));
    }
    let mut about = element("div");
    for words in notes(page, now) {
        about = about.child(paragraph("note", words));
    }
    whole
        .child(head(state.name(), Some(mark(state)), page.name.clone(), headline(page, scale.usual_s, now), page.url.clone()))
        .child(alert(words.unwrap_or_default()))
        .child(about)
        .child(axis(&scale))
        .child(runs)
}

/// Name, what goes on, and the ways out.
fn head(state: &'static str, mark: Option<Node>, name: String, words: String, console: Option<String>) -> Node {
    let close = element("button").with("data-close", "").with("aria-label", "Close").with("title", "Close (Esc)").child(text("×"));
    element("div")
        .with("class", "head")
        .with("data-status", state)
        .child_if(mark)
        .child(element("div").child(element("h2").with("id", "opened-name").child(text(name))).child(paragraph("goes-on", words)))
        .child_if(console.map(|url| link(url, "Console")))
        .child(close)
}

/// A link out of the wall.
pub fn link(url: String, words: &'static str) -> Node {
    element("a").with("href", url).with("target", "_blank").with("rel", "noopener noreferrer").child(text(words))
}

fn alert(words: String) -> Node {
    element("p").with("class", "alert").with("role", "alert").child(text(words))
}

/// What must be read before the page is believed.
fn problem(shown: &Shown, now: Option<Timestamp>) -> Option<String> {
    if shown.health.problem == Some(Problem::Status(404)) {
        let (none, any_more) = ("There is no such pipeline", if shown.page.is_some() { " any more." } else { ", or not any more." });
        return Some([none, any_more].concat());
    }
    let words = shown.health.problem.map_or_else(|| "the server answers with old data".to_owned(), Problem::words);
    match shown.health.judge(now, shown.poll_s) {
        Feed::Loading | Feed::Live => None,
        Feed::Refused(_) => Some(["This page can't be shown: ", &words, ". It tries again by itself."].concat()),
        Feed::Late { since } | Feed::Stale { since } => {
            let age = long(now.map_or(0, |now| now.seconds_since(since)));
            Some(["This page is ", &age, " old: ", &words, ". It tries again by itself."].concat())
        }
    }
}

/// The marks of time above the bars.
fn axis(scale: &Scale) -> Node {
    let mut axis = element("div").with("class", "axis").with("aria-hidden", "true");
    for tick in scale.ticks() {
        let place = ["left:", &percent(tick, scale.whole_s)].concat();
        axis = axis.child(element("span").styled(place).child(text(exact(tick))));
    }
    element("div").with("class", "line").child(axis)
}

fn line(page: &Page, run: &PageRun, scale: &Scale, told: Option<&str>, now: Timestamp) -> Node {
    let state = State::from(run.status);
    let is_told = told == Some(&run.id);
    let change = run.change.clone().unwrap_or_default();
    let first = change.message.unwrap_or_else(|| "a run without a commit message".to_owned());
    let who = [change.author, change.revision, run.trigger.clone()].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let what = element("span").with("class", "change").child(element("strong").child(text(first))).child(match trouble(run, now) {
        Some(words) if run.status != Status::Stopped => element("em").child(text(words)),
        words => element("span").child(text(words.unwrap_or(who))),
    });
    let mut track = element("span").with("class", "track");
    for piece in scale.pieces(run, now) {
        track = track.child(bar(&piece, scale));
    }
    let length = run_length_s(run, now).map(exact).unwrap_or_default();
    let button = element("button")
        .with("class", "line")
        .with("data-run", run.id.clone())
        .with("aria-expanded", if is_told { "true" } else { "false" })
        .child(mark(state))
        .child(element("span").with("class", "when").child(text(when(run, now))))
        .child(what)
        .child(track)
        .child(element("span").with("class", "took").child(text(length)));
    element("li").with("data-status", state.name()).child(button).child_if(is_told.then(|| in_full(page, run, now)))
}

/// One piece of a run's bar, with its stage's name where there is room for it.
fn bar(piece: &Piece, scale: &Scale) -> Node {
    let name = piece.stage.map(|stage| stage.name.clone()).unwrap_or_default();
    let state = State::from(piece.status);
    let title = [&name, " ", state.name(), ", ", &exact(piece.length_s)].concat();
    // A hundredth of the width holds a letter.
    let letters = u64::try_from(name.chars().count()).unwrap_or(u64::MAX);
    let has_room = piece.drawn_s.saturating_mul(100) >= scale.whole_s.saturating_mul(letters.saturating_add(3));
    element("span")
        .with("data-bar", state.name())
        .with("title", title)
        .with_if(piece.is_cut(), "data-cut")
        .styled(["width:", &percent(piece.drawn_s, scale.whole_s)].concat())
        .child_if(sign(state).filter(|_| matches!(state, State::Failed | State::Waiting)))
        .child_if(has_room.then(|| text(name)))
}
