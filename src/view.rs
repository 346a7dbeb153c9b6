//! What is drawn. Views decide nothing: places come from [`crate::fit`], words from [`crate::words`], looks from the
//! style sheets.
//!
//! A tile is one closure that is drawn again as a whole when its row, its place or the minute changes; only what differs
//! is set.

mod header;
mod history;
mod message;
mod node;
mod rail;
mod shelf;
mod tile;

use leptos::{prelude::*, tachys::view::keyed::keyed};
use node::Node;

use crate::{
    board::{Board, Entry, Signals},
    clock::Time,
    feed::{Feed, Health, Poll},
    fit::Layout,
    options::{self, Display, Options},
    screen,
};

/// All that a view needs to know.
#[derive(Clone, Copy)]
pub struct Wall {
    options: &'static Options,
    board: Signals,
    health: RwSignal<Health>,
    time: Time,
}

impl Wall {
    /// How far it can be trusted, at this second.
    fn feed(self) -> Feed {
        self.health.get().judge(self.time.now.get(), self.options.poll_s)
    }
}

/// The whole page.
pub fn wall() -> impl IntoView {
    let location = window().location();
    // Read once, kept for as long as the page lives.
    let options: &'static Options = Box::leak(Box::new(Options::parse(&location.search().unwrap_or_default())));
    let key = options::key(&location.hash().unwrap_or_default());
    let wall = Wall { options, board: Signals::new(), health: RwSignal::new(Health::default()), time: Time::new() };
    Effect::new(move || wall.board.layout.with(set_lengths));
    Poll::start(options, key, Board::new(wall.board, screen::size(options.display)), wall.health, wall.time);
    document().set_title(&options.title);

    let tiles = move || {
        keyed(
            wall.board.order.get(),
            |entry: &Entry| entry.id.clone(),
            move |_, entry| (drop::<usize>, drawn_again(move || tile::tile(wall, &entry))),
        )
    };
    view! {
        {drawn_again(move || header::header(wall))}
        <main data-display=match options.display { Display::Browser => "browser", Display::Kiosk => "kiosk", Display::Embed => "embed" }>
            {drawn_again(move || message::message(wall))}
            {tiles}
            {drawn_again(move || shelf::shelf(wall))}
        </main>
        {drawn_again(move || header::banner(wall))}
    }
}

/// A view that follows the signals it reads. All of one type, and so of one piece of code.
fn drawn_again(view: impl FnMut() -> Node + Send + 'static) -> Box<dyn FnMut() -> Node + Send> {
    Box::new(view)
}

fn set_lengths(layout: &Layout) {
    let kinds = [("--failed", layout.failed), ("--card", layout.card), ("--quiet", layout.quiet), ("--chip", layout.chip)];
    for (name, sizes) in kinds {
        screen::set_length(&[name, "-u"].concat(), &thousandths(sizes.unit));
        screen::set_length(&[name, "-name"].concat(), &thousandths(sizes.name));
    }
    screen::set_length("--u", &thousandths(layout.header));
    screen::set_length("--height", &px(layout.height));
}

/// A length in CSS pixels.
fn px(pixels: i32) -> String {
    [&pixels.to_string(), "px"].concat()
}

/// A length of so many thousandths of a CSS pixel, without the weight of printing fractions.
fn thousandths(length: i32) -> String {
    [&length.to_string(), "e-3px"].concat()
}
