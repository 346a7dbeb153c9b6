//! What is drawn. Views decide nothing: places come from [`fit`], words from [`crate::words`], looks from the style sheets.

mod header;
mod history;
mod message;
mod rail;
mod tile;

use std::{collections::BTreeMap, sync::Arc};

use leptos::prelude::*;

use crate::{
    board::Place,
    feed::{self, Liveness, News, Signals},
    fit::{self, Layout, Sizes, Spot, Subject},
    options::{self, Display, Options},
    screen,
};

/// All that a view needs to know.
#[derive(Clone, Copy)]
pub struct Wall {
    signals: Signals,
    placed: Memo<Arc<Placed>>,
    liveness: Memo<Liveness>,
    display: Display,
}

/// The layout, with each row's place in it.
#[derive(Debug, Default, PartialEq)]
struct Placed {
    layout: Layout,
    places: BTreeMap<String, usize>,
}

impl Placed {
    fn spot(&self, id: &str) -> Option<Spot> {
        self.places.get(id).and_then(|index| self.layout.spots.get(*index)).copied()
    }
}

/// The whole page.
pub fn wall() -> impl IntoView {
    let options = Options::parse(&window().location().search().unwrap_or_default());
    let key = options::key(&window().location().hash().unwrap_or_default());
    let signals = Signals {
        order: RwSignal::new(Vec::new()),
        now: RwSignal::new(None),
        news: RwSignal::new(News::default()),
        heartbeat: RwSignal::new(None),
    };
    let (display, poll_s) = (options.display, options.poll_s);
    let size = RwSignal::new(screen::size(display));
    let resized = window_event_listener_untyped("resize", move |_| size.set(screen::size(display)));
    on_cleanup(move || resized.remove());

    let placed = Memo::new(move |_| {
        signals.order.with(|order| {
            let subjects: Vec<_> = order.iter().map(|place| Subject { state: place.state, name: &place.name }).collect();
            let places = order.iter().enumerate().map(|(index, place)| (place.row.id.clone(), index)).collect();
            Arc::new(Placed { layout: fit::solve(size.get(), &subjects), places })
        })
    });
    let liveness = Memo::new(move |_| signals.news.with(|news| news.age_s.map_or(Liveness::Late, |age_s| Liveness::of(age_s, poll_s))));
    let wall = Wall { signals, placed, liveness, display };
    feed::start(signals, poll_s, key);
    document().set_title(&options.title);

    view! {
        {header::header(wall, options)}
        <main
            data-live-state=move || liveness.get().name()
            data-display=match display { Display::Browser => "browser", Display::Kiosk => "kiosk", Display::Embed => "embed" }
            style=("height", move || px(placed.with(|placed| placed.layout.height)))
            style=("--failed-u", unit(placed, |layout| layout.failed))
            style=("--failed-name", name(placed, |layout| layout.failed))
            style=("--card-u", unit(placed, |layout| layout.card))
            style=("--card-name", name(placed, |layout| layout.card))
            style=("--quiet-u", unit(placed, |layout| layout.quiet))
            style=("--quiet-name", name(placed, |layout| layout.quiet))
            style=("--chip-u", unit(placed, |layout| layout.chip))
            style=("--chip-name", name(placed, |layout| layout.chip))
        >
            {message::message(wall)}
            <For each=move || signals.order.get() key=|place: &Place| place.row.id.clone() let:place>
                {tile::tile(wall, place)}
            </For>
            {shelf(wall)}
        </main>
    }
}

/// The shelf's caption and the dots of its pages.
fn shelf(wall: Wall) -> impl IntoView {
    let caption = Memo::new(move |_| wall.placed.with(|placed| placed.layout.caption));
    let text = move || {
        wall.placed.with(|placed| {
            let chips = placed.layout.spots.iter().filter(|spot| spot.form == fit::Form::Chip).count();
            [&chips.to_string(), " quiet pipelines, with the time since each last run ended"].concat()
        })
    };
    let pages = Memo::new(move |_| wall.placed.with(|placed| placed.layout.pages));
    move || {
        caption.get().map(|top| {
            view! {
                <p class="caption" style=("top", px(top))>
                    {text}
                    <span class="dots">{move || dots(pages.get(), page(wall))}</span>
                </p>
            }
        })
    }
}

/// "● ○ ○" for the first of three pages; nothing for a single one.
fn dots(pages: u16, shown: u16) -> String {
    if pages < 2 { String::new() } else { (0..pages).map(|page| if page == shown { " ●" } else { " ○" }).collect() }
}

/// The page of the shelf that is to be seen: the next one every ten seconds.
fn page(wall: Wall) -> u16 {
    const SECONDS: i64 = 10;
    let pages = wall.placed.with(|placed| placed.layout.pages);
    let now = wall.signals.now.get().map_or(0, model::Timestamp::unix_ms);
    u16::try_from(now / 1000 / SECONDS % i64::from(pages.max(1))).unwrap_or(0)
}

fn unit(placed: Memo<Arc<Placed>>, of: fn(&Layout) -> Sizes) -> impl Fn() -> String {
    move || thousandths(placed.with(|placed| of(&placed.layout).unit))
}

fn name(placed: Memo<Arc<Placed>>, of: fn(&Layout) -> Sizes) -> impl Fn() -> String {
    move || thousandths(placed.with(|placed| of(&placed.layout).name))
}

/// A length in CSS pixels.
fn px(pixels: i32) -> String {
    [&pixels.to_string(), "px"].concat()
}

/// A length of so many thousandths of a CSS pixel, without the weight of printing fractions.
fn thousandths(length: i32) -> String {
    [&length.to_string(), "e-3px"].concat()
}
