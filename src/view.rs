//! What is drawn. Views decide nothing: places come from [`crate::fit`], words from [`crate::words`], looks from the
//! style sheets.
//!
//! A tile is one closure that is drawn again as a whole when its row, its form, its size or the minute changes; only what
//! differs is set. Its place is told to its element alone.

mod filter;
mod header;
mod history;
pub mod mark;
mod message;
pub mod node;
mod rail;
mod shelf;
mod tile;
mod tiles;

use leptos::{prelude::*, reactive::effect::RenderEffect};
use node::{Following, Node};

use crate::{
    board::{Board, Signals},
    clock::Time,
    feed::{Feed, Health, Poll},
    fit::{px, thousandths},
    number::digits,
    options::{self, Options},
    screen,
    signal::Signal,
};

/// Up to so many pipelines the quiet ones glide, too. Each that does is a layer of its own to the browser.
const FEW: usize = 60;

/// All that a view needs to know.
pub struct Wall {
    options: Options,
    board: Signals,
    health: Signal<Health>,
    time: Time,
    /// What stands in the filter's box.
    typed: Signal<String>,
    /// Whether tiles say all that they have to: from the frame on that follows the first tiles.
    whole: Signal<bool>,
}

impl Wall {
    /// How far it can be trusted, at this second.
    fn feed(&self) -> Feed {
        self.health.get().judge(self.time.now.get(), self.options.poll_s)
    }
}

/// Draws the wall into the page, for as long as the page lives.
pub fn start() {
    let location = window().location();
    let key = options::key(&location.hash().unwrap_or_default());
    let options = Options::parse(&screen::query());
    let wall: &'static Wall = Box::leak(Box::new(Wall {
        typed: Signal::new(options.filter.clone()),
        whole: Signal::new(false),
        options,
        board: Signals::default(),
        health: Signal::default(),
        time: Time::default(),
    }));
    screen::set_root("data-display", wall.options.display.name());
    screen::set_length("--margin", &digits(wall.options.margin));

    // Asked for while nothing is drawn: the browser lays out the page to answer.
    let size = screen::size(&wall.options);

    draw("header", move || header::header(wall));
    draw("message", move || message::message(wall));
    draw("shelf", move || shelf::shelf(wall));
    draw("banner", move || header::banner(wall));
    if let Some(place) = screen::by_id("tiles") {
        std::mem::forget(tiles::tiles(wall, place.into()));
    }
    let board = Board::new(&wall.options, wall.board.clone(), size);
    std::mem::forget(RenderEffect::new(move |_| tell_lengths(wall)));
    let poll = Poll::start(&wall.options, key, board, wall.health.clone(), wall.time.clone());
    screen::on_filter(move |text| {
        poll.filter(&text);
        wall.typed.set(text);
    });
}

/// Tells the page the lengths that it can't know. What changes with each arrangement is no custom property of the root, for
/// those are inherited: the browser would work out the style of every tile again.
fn tell_lengths(wall: &Wall) {
    wall.board.frame.with(|frame| {
        screen::set_length("--u", &thousandths(frame.layout.header));
        screen::set_height(&px(frame.layout.height));
        screen::set_root("data-wish", &digits(frame.layout.wish));
        screen::set_root("data-tiles", if frame.total() > FEW { "many" } else { "few" });
    });
}

/// Draws a view in the element with this id, instead of what was there.
fn draw(id: &str, view: impl Fn() -> Node + 'static) {
    if let Some(place) = screen::by_id(id) {
        place.set_text_content(None);
        let view = Following::new(view);
        view.put(&place, None);
        std::mem::forget(view);
    }
}
