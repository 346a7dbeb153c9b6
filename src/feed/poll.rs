//! Polling.

use std::time::Duration;

use gloo_timers::callback::Timeout;
use leptos::{prelude::*, task::spawn_local};

use super::{last_known, rows::Rows, wait_ms};
use crate::{
    api::{self, Answer, ApiError},
    app::AppState,
    board::Changes,
    browser::{clock, root, storage, visibility},
    clock::Occasion,
    phrases,
};

/// How often the clock is checked.
const TICK: Duration = Duration::from_secs(2);
/// An answer with more pages than this is a loop.
const MOST_PAGES: usize = 100;
/// The minimum time between two answers that are stored for the next visit.
const STORE_MS: i64 = 60_000;
/// How long after the first answer the font is loaded: when everything is painted.
const FONT_DELAY: Duration = Duration::from_millis(500);

/// Polls for as long as the page lives.
#[derive(Clone, Copy)]
struct Poll {
    state: AppState,
    progress: StoredValue<Progress, LocalStorage>,
}

#[derive(Default)]
struct Progress {
    rows: Rows,
    failures: u32,
    is_busy: bool,
    has_ended: bool,
    stored_ms: Option<i64>,
    /// The pause before the next request.
    pause: Option<Timeout>,
}

/// Starts to poll.
pub fn start(state: AppState) {
    let poll = Poll { state, progress: StoredValue::new_local(Progress::default()) };
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
        if let Some((stored, own_clock)) = storage::load().zip(clock::own_clock())
            && let Some((moment, rows)) = last_known::read(&stored, own_clock)
        {
            self.state.clock.show(moment, Occasion::Answer);
            self.state.health.update(|health| health.is_last_known = true);
            let mut changes = Changes::default();
            let result = self.read(rows.as_bytes(), &mut changes);
            self.show(changes, result.is_ok());
        }
    }

    /// Requests the tiles, unless a request is in progress.
    fn request(self) {
        let begin = |progress: &mut Progress| {
            progress.pause = None;
            !std::mem::replace(&mut progress.is_busy, true)
        };
        if self.progress.try_update_value(begin).unwrap_or_default() {
            spawn_local(async move {
                let mut changes = Changes::default();
                let result = self.read_answer(&mut changes).await;
                self.show(changes, result.is_ok());
                self.end(result);
            });
        }
    }

    /// Reads all pages of an answer. Returns the number of unreadable rows.
    async fn read_answer(self, changes: &mut Changes) -> Result<u32, ApiError> {
        let key = self.state.key.get_value();
        let (mut unreadable, mut query, mut made) = (0, String::new(), None);
        for page in 0..MOST_PAGES {
            let answer = api::tiles(&query, key.as_deref()).await?;
            unreadable += self.read(&answer.body, changes)?;
            // Only now: the clock of a login page says nothing.
            if page == 0 {
                made = Some(answer.made);
                self.state.clock.set_server_time(answer.server_ms);
                self.show_time(|_| Occasion::Answer);
                self.store(&answer);
            }
            let Some(next) = answer.next else { break };
            query = next;
        }
        // Tiles of an answer without its last page are not current.
        self.state.health.update(|health| health.made = made);
        Ok(unreadable)
    }

    fn read(self, page: &[u8], changes: &mut Changes) -> Result<u32, ApiError> {
        let read = self.progress.try_update_value(|progress| progress.rows.read(page, changes));
        read.transpose().map(Option::unwrap_or_default).map_err(|_| ApiError::NotData)
    }

    /// Shows what an answer changed.
    fn show(self, mut changes: Changes, is_complete: bool) {
        self.progress.update_value(|Progress { rows, .. }| {
            if is_complete { rows.complete(&mut changes) } else { rows.abort() }
        });
        let statuses = self.state.board.try_update_value(|board| board.apply(changes));
        if let Some(statuses) = statuses.filter(|statuses| !statuses.is_empty()) {
            self.state.announcement.set(phrases::board::announcement(&statuses));
        }
        let has_details = self.state.has_details;
        if !has_details.get_untracked() && !self.state.order.read_untracked().is_empty() {
            clock::after_paint(move || has_details.set(true));
        }
    }

    /// Ends a request and schedules the next one.
    fn end(self, result: Result<u32, ApiError>) {
        self.state.health.update(|health| match result {
            Ok(unreadable) => {
                (health.error, health.unreadable) = (None, unreadable);
                health.is_last_known = false;
            }
            Err(error) => health.error = Some(error),
        });
        let poll_s = self.state.options.read_value().poll_s;
        self.progress.update_value(|progress| {
            progress.is_busy = false;
            progress.failures =
                if result.is_ok() { 0 } else { progress.failures.saturating_add(1) };
            let ms = clock::whole(wait_ms(progress.failures, poll_s, clock::random()));
            progress.pause = Some(Timeout::new(u32::try_from(ms).unwrap_or(u32::MAX), move || {
                // A hidden page requests again when it becomes visible.
                if !visibility::is_hidden() {
                    self.request();
                }
            }));
            if !std::mem::replace(&mut progress.has_ended, true) {
                set_timeout(|| root::set_attribute("data-drawn", ""), FONT_DELAY);
            }
        });
    }

    /// Stores an answer of one page for the next visit.
    fn store(self, answer: &Answer<Vec<u8>>) {
        let now_ms = clock::monotonic_ms();
        let is_due = |stored_ms: i64| now_ms - stored_ms > STORE_MS;
        if answer.next.is_none()
            && self.progress.read_value().stored_ms.is_none_or(is_due)
            && let Ok(rows) = str::from_utf8(&answer.body)
            && let Some(now) = self.state.clock.exact()
        {
            storage::save(&last_known::write(now, rows));
            self.progress.update_value(|progress| progress.stored_ms = Some(now_ms));
        }
    }

    fn tick(self) {
        if !visibility::is_hidden() {
            let health = self.state.health.get_untracked();
            let poll_s = self.state.options.read_value().poll_s;
            let occasion = |now| {
                if health.is_overdue(now, poll_s) { Occasion::Overdue } else { Occasion::Between }
            };
            self.show_time(occasion);
        }
    }

    fn show_time(self, occasion: impl FnOnce(model::Timestamp) -> Occasion) {
        if let Some(now) = self.state.clock.exact() {
            self.state.clock.show(now, occasion(now));
        }
    }
}
