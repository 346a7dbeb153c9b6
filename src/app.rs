//! The application: its state, and what is on the page.

use leptos::prelude::*;

use crate::{
    address::{value, with},
    api::ApiError,
    board::{Board, Entry, Summary},
    browser,
    clock::Clock,
    components::{
        announcement::Announcement, banner::Banner, header::Header, message::Message,
        root_attributes::RootAttributes, shelf::Shelf, tiles::Tiles,
    },
    display,
    feed::{self, Feed, Health},
    filter::Filter,
    layout::{Viewport, px},
    options::{Display, Options},
    pages::{pipeline::PipelinePage, settings::Settings},
};

/// The state that components share: one signal per source, everything else is derived from them.
#[derive(Clone, Copy)]
pub struct AppState {
    /// The options of the address. They never change: the settings load the page anew.
    pub options: StoredValue<Options>,
    /// The access key of the address. It never changes: another key loads the page anew.
    pub key: StoredValue<Option<String>>,
    /// The text of the filter box.
    pub filter: RwSignal<String>,
    /// The current time.
    pub clock: Clock,
    /// What is known about the data.
    pub health: RwSignal<Health>,
    /// Whether the data can be trusted, derived from health and clock.
    pub feed: Memo<Feed>,
    /// The store.
    pub board: StoredValue<Board>,
    /// The store's entries, in the order of the wall.
    pub order: RwSignal<Vec<Entry>>,
    /// The store's summary.
    pub summary: RwSignal<Summary>,
    /// Whether tiles show more than names and statuses: docs/decisions/014-first-paint.md.
    pub has_details: RwSignal<bool>,
    /// The last changes of statuses, for screen readers.
    pub announcement: RwSignal<String>,
    /// The pipeline whose page is open.
    pub pipeline: RwSignal<Option<String>>,
    /// Whether the settings are open.
    pub settings_open: RwSignal<bool>,
}

/// Returns the state of the application.
pub fn use_state() -> AppState {
    expect_context()
}

impl AppState {
    fn new() -> Self {
        let options = Options::parse(&browser::address::query());
        let fragment = browser::address::fragment();
        let clock = Clock::new();
        let health = RwSignal::new(Health::default());
        let (order, summary) = (RwSignal::new(Vec::new()), RwSignal::new(Summary::default()));
        let poll_s = options.poll_s;
        Self {
            key: StoredValue::new(value(&fragment, "key")),
            filter: RwSignal::new(options.filter.clone()),
            clock,
            health,
            feed: Memo::new(move |_| health.read().judge(clock.now.get(), poll_s)),
            board: StoredValue::new(Board::new(
                options.clone(),
                viewport(&options, 0),
                order,
                summary,
            )),
            order,
            summary,
            has_details: RwSignal::new(false),
            announcement: RwSignal::new(String::new()),
            pipeline: RwSignal::new(value(&fragment, "p")),
            settings_open: RwSignal::new(false),
            options: StoredValue::new(options),
        }
    }

    /// Whether tiles show more than names and statuses. Once they do, nothing subscribes to it any more.
    pub fn shows_details(self) -> bool {
        self.has_details.get_untracked() || self.has_details.get()
    }

    /// How the wall is used.
    pub fn display(self) -> Display {
        self.options.with_value(|options| options.display)
    }

    /// Filters the wall.
    pub fn set_filter(self, text: String) {
        self.board.update_value(|board| board.filter(Filter::parse(&text)));
        self.filter.set(text);
    }

    /// Filters the wall and writes the filter into the address.
    pub fn set_filter_and_address(self, text: String) {
        let trimmed = Some(text.trim()).filter(|text| !text.is_empty());
        let query = with(&browser::address::query(), "filter", trimmed);
        browser::address::replace_query(&query);
        self.set_filter(text);
    }

    /// Adapts the layout to the window and to the height of the banner.
    pub fn resize(self, banner: u16) {
        let viewport = self.options.with_value(|options| viewport(options, banner));
        self.board.update_value(|board| board.resize(viewport));
        browser::size::stand_still();
    }

    /// Whether the wall asks for an access key.
    pub fn asks_for_key(self) -> bool {
        self.health.read().error == Some(ApiError::Key)
    }
}

fn viewport(options: &Options, banner: u16) -> Viewport {
    let (width, height) = browser::size::window_size();
    let visible = |side: u16| {
        let side = u32::from(side) * (100 - 2 * u32::from(options.margin)) / 100;
        u16::try_from(side).unwrap_or(u16::MAX)
    };
    Viewport {
        width: visible(width),
        height: visible(height),
        banner,
        columns: options.columns,
        display: options.display,
    }
}

/// The wall, and what is open over it.
#[component]
pub fn App() -> impl IntoView {
    let state = AppState::new();
    provide_context(state);
    display::start(state);
    feed::start(state);
    let height = move || px(state.summary.read().layout.height);
    let open_pipeline = Memo::new(move |_| state.pipeline.get().filter(|_| !state.asks_for_key()));
    view! {
        <RootAttributes/>
        <Header/>
        <main style:height=height>
            <Message/>
            <Tiles/>
            <Shelf/>
        </main>
        <Banner/>
        <Announcement/>
        {move || open_pipeline.get().map(|id| view! { <PipelinePage id/> })}
        <Show when=move || state.settings_open.get()>
            <Settings/>
        </Show>
    }
}
