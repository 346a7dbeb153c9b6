//! One pipeline: a large tile while it is loud, a small one or a single line while it is quiet.

use leptos::prelude::*;
use model::Tile;

use super::{
    Wall,
    history::history,
    mark::{mark, person},
    node::{Node, element, paragraph, text},
    rail::rail,
};
use crate::{
    board::{Entry, Shown},
    fit::{Form, Sizes, Spot, name, px, thousandths},
    options::Display,
    state::State,
    words::{Part, Words, plain, words},
};

/// The element of a pipeline, for as long as it is on the board.
pub fn tile(wall: &Wall, entry: &Entry) -> Node {
    let Shown { tile, spot } = entry.shown.get();
    let state = State::from(tile.status);
    let article = element("article").with("data-pipeline", tile.id.as_str().to_owned()).with("data-status", state.name());
    let Some((spot, sizes)) = spot else {
        // On a page of the shelf that is not shown.
        return article.with("hidden", "");
    };
    let now = if state == State::Running && spot.form != Form::Chip { &wall.time.now } else { &wall.time.slow };
    let words = now.get().map(|now| words(&tile, now)).unwrap_or_default();
    // A run is under way, and the last one that ended, ended badly.
    let again = tile.failing_since.is_some() && matches!(state, State::Running | State::Waiting);
    let article = article
        .alike([spot.form.name(), state.name()])
        .with("data-form", spot.form.name())
        .with_if(sizes.lines > 1, "data-wraps")
        .with_if(sizes.less > 0 && spot.form.is_loud(), "data-less")
        .with_if(again, "data-again")
        .styled(place(spot, sizes));
    let (heading, mark) = (heading(wall, &tile, sizes), mark(state));
    match spot.form {
        Form::Chip => {
            let ago = if sizes.less == 0 && !state.is_loud() { " ago" } else { "" };
            article.child(mark).child(heading).child(paragraph("age", [&words.age, ago].concat()))
        }
        Form::Quiet => article
            .child(heading)
            .child(mark)
            .child(paragraph("what", plain(&words.sentence)))
            .child_if(words.last_run.map(|words| paragraph("last", words)))
            .child(history(&tile)),
        Form::Tall | Form::Low | Form::Card => loud(article.child(heading).child(mark), wall, &tile, sizes, words, again),
    }
}

fn loud(article: Node, wall: &Wall, tile: &Tile, sizes: Sizes, words: Words, again: bool) -> Node {
    let mut sentence = element("p").with("class", "what");
    for part in words.sentence {
        sentence = sentence.child(match part {
            Part::Plain(words) => text(words),
            Part::Name(name) => element("strong").child(text(name)),
        });
    }
    let article = article.child(sentence);
    let article = if words.detail.is_some() || again {
        let failed = again.then(|| element("em").child(mark(State::Failed)).child(text("last run failed")));
        article.child(element("p").with("class", "detail").child_if(failed).child(text(words.detail.unwrap_or_default())))
    } else {
        article
    };
    let change = tile.change.clone().unwrap_or_default();
    let who = change.author.map(|author| element("p").with("class", "who").child(person()).child(text(author)));
    article
        .child_if(words.failing.map(|words| paragraph("since", words)))
        .child_if(who)
        .child_if(change.message.filter(|_| sizes.less < 2).map(|words| paragraph("message", words)))
        .child_if(words.last_run.map(|words| paragraph("last", words)))
        .child(rail(wall, tile))
        .child_if((sizes.less < 3).then(|| history(tile)))
}

fn heading(wall: &Wall, tile: &Tile, sizes: Sizes) -> Node {
    let em = f32::from(u16::try_from(sizes.room.max(0)).unwrap_or(u16::MAX)) / 100.0;
    let shown = name::elide(&tile.name, em);
    // A name may break behind its punctuation.
    let shown = text(if sizes.lines > 1 { name::breakable(&shown) } else { shown.into_owned() });
    let shown = match wall.options.display {
        Display::Browser | Display::Embed => element("a").with("href", ["#p=", tile.id.as_str()].concat()).child(shown),
        Display::Kiosk => shown,
    };
    element("h2").with("title", tile.name.clone()).child(shown)
}

/// Where a tile stands, and the units that the style sheet reckons with.
fn place(spot: Spot, sizes: Sizes) -> String {
    let (x, y, w, h) = (px(spot.x), px(spot.y), px(spot.w), px(spot.h));
    let (unit, name) = (thousandths(sizes.unit), thousandths(sizes.name));
    ["transform:translate(", &x, ",", &y, ");width:", &w, ";height:", &h, ";--u:", &unit, ";--name:", &name].concat()
}
