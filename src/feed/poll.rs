//! Polling.

use std::time::Duration;

use gloo_timers::callback::Timeout;
use leptos::{prelude::*, task::spawn_local};

use super::{last_known, rows::Rows, wait_ms};
use crate::{
    api::{self, Answer, ApiError},
    app::AppState,
    board::Changes,
    browser::{self, visibility},
    clock::Occasion,
    phrases,
};

/// How often the clock is checked.
const TICK: Duration = Duration::from_secs(2);
/// An answer with more pages than this is a loop.
const MOST_PAGES: usize = 100;
/// The time between two answers that are stored for the next visit.
const STORE_MS: i64 = 60_000;
/// How long after the first answer the font is loaded: when everything is painted.
const FONT_DELAY: Duration = Duration::from_millis(500);

/// Polls for as long as the page lives. The handle is `Copy`.
#[derive(Clone, Copy)]
struct Poll {
    state: AppState,
    rows: StoredValue<Rows>,
    failures: StoredValue<u32>,
    is_busy: StoredValue<bool>,
    next: StoredValue<Option<Timeout>, LocalStorage>,
    stored_ms: StoredValue<Option<i64>>,
    has_answered: StoredValue<bool>,
}

/// Starts to poll.
pub fn start(state: AppState) {
    let poll = Poll {
        state,
        rows: StoredValue::new(Rows::default()),
        failures: StoredValue::new(0),
        is_busy: StoredValue::new(false),
        next: StoredValue::new_local(None),
        stored_ms: StoredValue::new(None),
        has_answered: StoredValue::new(false),
    };
    poll.show_last_known();
    set_interval(move || poll.tick(), TICK);
    visibility::on_visible(move || {
        poll.tick();
        state.health.update(|health| health.visible_since = state.clock.now.get_untracked());
        poll.request();
    });
    poll.request();
}

impl Poll {
    /// Shows the answer that an earlier visit stored.
    fn show_last_known(self) {
        let Some((stored, own_clock)) = browser::storage::load().zip(browser::clock::own_clock())
        else {
            return;
        };
        let Some((moment, rows)) = last_known::read(&stored, own_clock) else { return };
        self.state.clock.show(moment, Occasion::Answer);
        self.state.health.update(|health| health.is_last_known = true);
        let mut changes = Changes::default();
        let result = self.read(rows.as_bytes(), &mut changes);
        self.show(changes, result.is_ok());
    }

    /// Requests the tiles, unless a request is in progress.
    fn request(self) {
        if self.is_busy.get_value() {
            return;
        }
        self.is_busy.set_value(true);
        self.next.set_value(None);
        spawn_local(async move {
            let mut changes = Changes::default();
            let result = self.read_answer(&mut changes).await;
            self.show(changes, result.is_ok());
            self.state.health.update(|health| match result {
                Ok(unreadable) => {
                    (health.error, health.unreadable) = (None, unreadable);
                    health.is_last_known = false;
                }
                Err(error) => health.error = Some(error),
            });
            self.failures.update_value(|failures| {
                *failures = if result.is_ok() { 0 } else { failures.saturating_add(1) };
            });
            self.is_busy.set_value(false);
            self.wait();
            if !self.has_answered.get_value() {
                self.has_answered.set_value(true);
                set_timeout(|| browser::root::set_attribute("data-drawn", ""), FONT_DELAY);
            }
        });
    }

    fn wait(self) {
        let poll_s = self.state.options.with_value(|options| options.poll_s);
        let ms = wait_ms(self.failures.get_value(), poll_s, browser::clock::random());
        let ms = u32::try_from(browser::clock::whole(ms)).unwrap_or(u32::MAX);
        self.next.set_value(Some(Timeout::new(ms, move || {
            // A hidden page requests again when it becomes visible.
            if !visibility::is_hidden() {
                self.request();
            }
        })));
    }

    /// Reads all pages of an answer. Returns the number of unreadable rows.
    async fn read_answer(self, changes: &mut Changes) -> Result<u32, ApiError> {
        let key = self.state.key.get_value();
        let mut unreadable = 0;
        let mut query = String::new();
        for page in 0..MOST_PAGES {
            let answer = api::tiles(&query, key.as_deref()).await?;
            unreadable += self.read(&answer.body, changes)?;
            // Only now: a login page's clock says nothing.
            if page == 0 {
                self.state.clock.set_server_time(answer.server_ms);
                self.state.health.update(|health| health.made = Some(answer.made));
                self.show_time(Occasion::Answer);
                self.store(&answer);
            }
            let Some(next) = answer.next else { break };
            query = next;
        }
        Ok(unreadable)
    }

    fn read(self, page: &[u8], changes: &mut Changes) -> Result<u32, ApiError> {
        let read = self.rows.try_update_value(|rows| rows.read(page, changes));
        read.transpose().map(Option::unwrap_or_default).map_err(|_| ApiError::NotData)
    }

    /// Shows what an answer changed.
    fn show(self, mut changes: Changes, is_complete: bool) {
        self.rows.update_value(|rows| {
            if is_complete { rows.complete(&mut changes) } else { rows.abort() }
        });
        let changed = self.state.board.try_update_value(|board| board.apply(changes));
        let announcement = phrases::board::announcement(&changed.unwrap_or_default());
        if !announcement.is_empty() {
            self.state.announcement.set(announcement);
        }
        let has_details = self.state.has_details;
        if !has_details.get_untracked() && !self.state.order.read_untracked().is_empty() {
            browser::clock::after_paint(move || has_details.set(true));
        }
    }

    /// Stores an answer of one page for the next visit.
    fn store(self, answer: &Answer<Vec<u8>>) {
        let now_ms = browser::clock::monotonic_ms();
        let is_due = self.stored_ms.get_value().is_none_or(|stored| now_ms - stored > STORE_MS);
        if answer.next.is_none()
            && is_due
            && let Ok(rows) = str::from_utf8(&answer.body)
            && let Some(now) = self.state.clock.exact()
        {
            browser::storage::save(&last_known::write(now, rows));
            self.stored_ms.set_value(Some(now_ms));
        }
    }

    fn tick(self) {
        if !visibility::is_hidden() {
            let (health, poll_s) = (
                self.state.health.get_untracked(),
                self.state.options.with_value(|options| options.poll_s),
            );
            let is_overdue = |now| {
                if health.is_overdue(now, poll_s) { Occasion::Overdue } else { Occasion::Between }
            };
            if let Some(now) = self.state.clock.exact() {
                self.state.clock.show(now, is_overdue(now));
            }
        }
    }

    fn show_time(self, occasion: Occasion) {
        if let Some(now) = self.state.clock.exact() {
            self.state.clock.show(now, occasion);
        }
    }
}
