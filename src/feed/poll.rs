//! The requests themselves.

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
    time::Duration,
};

use gloo_net::http::{Headers, Response};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestCache, RequestInit};

use super::{Health, Problem, kept, next_page, wait_ms};
use crate::{
    board::Board,
    clock::{Clock, Occasion, Time},
    filter::Filter,
    options::Options,
    screen::{self, Alarm},
    signal::Signal,
};

/// A request is given up after this.
const PATIENCE_MS: i64 = 15_000;
/// How often somebody looks at the clock.
const TICK_S: u32 = 2;
/// How long a page of the shelf is shown.
const PAGE_S: u32 = 10;
/// How long after some of its places the next ones turn: about a frame.
const TURN_MS: f64 = 16.0;
/// More pages of an answer than this are a loop.
const MOST_PAGES: usize = 100;
/// No page of an answer is larger; an API's is at most a megabyte and its brackets.
const MOST_BYTES: u32 = 4 << 20;

/// Asks for as long as the page lives.
pub struct Poll {
    options: &'static Options,
    key: Option<String>,
    board: RefCell<Board>,
    health: Signal<Health>,
    time: Time,
    clock: Cell<Clock>,
    failures: Cell<u32>,
    busy: Cell<bool>,
    drawn: Cell<bool>,
    next: OnceCell<Alarm>,
    turning: OnceCell<Alarm>,
    /// The request that is under way, and when it was sent by the monotonic clock.
    asked: RefCell<Option<(AbortController, i64)>>,
    seconds: Cell<u32>,
    kept_ms: Cell<Option<i64>>,
}

impl Poll {
    /// Begins to ask.
    pub fn start(
        options: &'static Options,
        key: Option<String>,
        board: Board,
        health: Signal<Health>,
        time: Time,
    ) -> Rc<Self> {
        let poll = Rc::new(Self {
            options,
            key,
            board: RefCell::new(board),
            health,
            time,
            clock: Cell::default(),
            failures: Cell::new(0),
            busy: Cell::new(false),
            drawn: Cell::new(false),
            next: OnceCell::new(),
            turning: OnceCell::new(),
            asked: RefCell::default(),
            seconds: Cell::new(0),
            kept_ms: Cell::new(None),
        });
        let next = Rc::clone(&poll);
        let ask = move || {
            // A hidden tab asks again when it is seen.
            if !screen::is_hidden() {
                Rc::clone(&next).ask();
            }
        };
        poll.next.get_or_init(|| Alarm::new(ask));
        let turning = Rc::clone(&poll);
        poll.turning.get_or_init(|| Alarm::new(move || turning.turn_on()));
        poll.show_kept();
        let ticking = Rc::clone(&poll);
        set_interval(move || ticking.tick(), Duration::from_secs(TICK_S.into()));
        let resized = Rc::clone(&poll);
        screen::on_resize(move || resized.fit());
        let waking = Rc::clone(&poll);
        screen::on_visible(move || {
            waking.tick();
            waking.health.update(|health| health.seen = waking.time.now.get_untracked());
            Rc::clone(&waking).ask();
        });
        Rc::clone(&poll).ask();
        poll
    }

    /// Until the first answer the last known wall has to do.
    fn show_kept(&self) {
        let kept = screen::kept().zip(screen::own_clock());
        if let Some((moment, rows)) =
            kept.as_ref().and_then(|(kept, own_clock)| kept::read(kept, *own_clock))
        {
            self.time.set(moment, Occasion::Answer);
            let whole = self.board.borrow_mut().take(rows.as_bytes()).is_ok();
            self.board.borrow_mut().show(whole);
            screen::set_root("data-feed", "kept");
        }
    }

    /// Keeps an answer that is whole in one page, now and then.
    fn keep(&self, rows: &[u8]) {
        const RARELY_MS: i64 = 60_000;
        let now_ms = screen::monotonic_ms();
        let is_time = self.kept_ms.get().is_none_or(|kept_ms| now_ms - kept_ms > RARELY_MS);
        if let Some((now, rows)) =
            self.time.now.get_untracked().zip(std::str::from_utf8(rows).ok()).filter(|_| is_time)
        {
            screen::keep(&kept::text(now, rows));
            self.kept_ms.set(Some(now_ms));
        }
    }

    /// Other pipelines are asked for.
    pub fn filter(&self, text: &str) {
        self.board.borrow_mut().filter(Filter::parse(text));
    }

    fn ask(self: Rc<Self>) {
        if self.busy.replace(true) {
            return;
        }
        if let Some(next) = self.next.get() {
            next.stop();
        }
        spawn_local(async move {
            let result = self.answer().await;
            // After a page that can't be read nobody waits for the next one.
            if let Some((request, _)) = self.asked.take() {
                request.abort();
            }
            self.board.borrow_mut().show(result.is_ok());
            self.failures.set(if result.is_ok() {
                0
            } else {
                self.failures.get().saturating_add(1)
            });
            self.health.update(|health| match result {
                Ok(bad) => (health.problem, health.bad) = (None, bad),
                Err(problem) => health.problem = Some(problem),
            });
            // What can wait may come when this is painted: the font.
            if !self.drawn.replace(true) {
                set_timeout(|| screen::set_root("data-drawn", ""), Duration::from_millis(500));
            }
            self.busy.set(false);
            self.wait();
        });
    }

    fn wait(&self) {
        if let Some(next) = self.next.get() {
            next.set(wait_ms(self.failures.get(), self.options.poll_s, screen::random()));
        }
    }

    /// Reads all pages. Gives back how many rows are no tiles.
    async fn answer(&self) -> Result<u32, Problem> {
        let first = screen::take_first_answer().map(JsFuture::from);
        let mut request = first.map_or_else(|| self.request("data"), Ok)?;
        let (mut made, mut bad) = (None, 0);
        for page in 0..MOST_PAGES {
            let (response, body) = read(request).await?;
            let headers = response.headers();
            // The next page is on its way while this one is read.
            let next = headers
                .get("link")
                .as_deref()
                .and_then(next_page)
                .map(|start| self.request(&["data?", start].concat()));
            bad += self.board.borrow_mut().take(&body).map_err(|_| Problem::NoRows)?;
            // Who answers with something else doesn't know the time either.
            if page == 0 {
                made = self.set_clock(&headers);
            }
            if let Some(next) = next {
                request = next?;
                continue;
            }
            self.health.update(|health| health.made = made);
            self.tell_time(true);
            if page == 0 {
                self.keep(&body);
            }
            break;
        }
        Ok(bad)
    }

    /// What the server's clock says at this moment is the answer's `Date` and its `Age`: how long an edge has kept it. Gives
    /// back its `Date`: when it was made.
    fn set_clock(&self, headers: &Headers) -> Option<model::Timestamp> {
        let made = headers
            .get("date")
            .and_then(|date| screen::http_date(&date))
            .or_else(screen::own_clock)?;
        let age_s = headers.get("age").and_then(|age| age.parse::<u32>().ok()).unwrap_or(0);
        let mut clock = self.clock.get();
        clock.set(made.unix_ms() + i64::from(age_s) * 1000, screen::monotonic_ms());
        self.clock.set(clock);
        Some(made)
    }

    /// Asks for a page.
    fn request(&self, url: &str) -> Result<JsFuture, Problem> {
        let controller = AbortController::new().map_err(|_| Problem::Unreachable)?;
        let request = RequestInit::new();
        request.set_cache(RequestCache::NoStore);
        request.set_signal(Some(&controller.signal()));
        if let Some(key) = &self.key {
            let headers = Headers::new();
            headers.set("authorization", &["Bearer ", key].concat());
            request.set_headers(&headers.into_raw());
        }
        let request = web_sys::Request::new_with_str_and_init(url, &request)
            .map_err(|_| Problem::Unreachable)?;
        self.asked.replace(Some((controller, screen::monotonic_ms())));
        Ok(window().fetch_with_request(&request).into())
    }

    fn tick(&self) {
        if let Some((request, sent_ms)) = &*self.asked.borrow()
            && screen::monotonic_ms() - sent_ms > PATIENCE_MS
        {
            request.abort();
        }
        if screen::is_hidden() {
            return;
        }
        self.tell_time(false);
        let seconds = self.seconds.get() + TICK_S;
        self.seconds.set(seconds % PAGE_S);
        // Who goes through the tiles by keys would lose their place.
        if seconds == PAGE_S && !screen::is_any("article :focus-visible") {
            self.board.borrow_mut().turn();
            self.turn_on();
        }
    }

    /// Turns a page of the shelf bit by bit.
    fn turn_on(&self) {
        if self.board.borrow_mut().turn_on()
            && let Some(turning) = self.turning.get()
        {
            turning.set(TURN_MS);
        }
    }

    fn fit(&self) {
        self.board.borrow_mut().resize(screen::size(self.options));
    }

    fn tell_time(&self, has_answer: bool) {
        let mut clock = self.clock.get();
        if let Some(now) = clock.now(screen::monotonic_ms()) {
            let health = self.health.get_untracked();
            self.time.set(
                now,
                match has_answer {
                    true => Occasion::Answer,
                    false if health.is_overdue(now, self.options.poll_s) => Occasion::Overdue,
                    false => Occasion::Between,
                },
            );
            screen::set_root("data-feed", health.judge(Some(now), self.options.poll_s).name());
        }
        self.clock.set(clock);
    }
}

/// What has come: an answer, or one with its body, as boot.js gives it.
async fn read(request: JsFuture) -> Result<(Response, Vec<u8>), Problem> {
    let answer = request.await.map_err(|_| Problem::Unreachable)?;
    let (response, body) = match answer.dyn_into::<js_sys::Array>() {
        Ok(pair) => (pair.get(0), Some(pair.get(1))),
        Err(response) => (response, None),
    };
    let response = Response::from(response.unchecked_into::<web_sys::Response>());
    judge(&response)?;
    let body = match body {
        Some(body) => js_sys::Uint8Array::new(&body).to_vec(),
        None => response.binary().await.map_err(|_| Problem::Unreachable)?,
    };
    Ok((response, body))
}

fn judge(response: &Response) -> Result<(), Problem> {
    match response.status() {
        200 => {
            let length = response
                .headers()
                .get("content-length")
                .and_then(|length| length.parse::<u32>().ok());
            if length.is_some_and(|length| length > MOST_BYTES) {
                Err(Problem::NoRows)
            } else {
                Ok(())
            }
        }
        401 | 403 => Err(Problem::Key),
        status => Err(Problem::Status(status)),
    }
}
