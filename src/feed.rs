//! Asks for the rows, again and again, and knows how old they are.
//!
//! One request is under way at a time and is given up after 15 seconds. A failure waits longer each time, with jitter, and
//! leaves the last good wall where it is. A hidden tab asks for nothing. The age of the data is counted from the answer's
//! own `Date` less its `Age`, so that a copy that an edge serves while the API is down counts as old.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use gloo_net::http::{Request, Response};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use model::Timestamp;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestCache};

use crate::{
    board::{Board, Place, split},
    clock::Clock,
    screen,
};

/// A request is given up after this.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest wait between two tries.
const LONGEST_WAIT_MS: f64 = 30_000.0;
/// More pages than this are a loop.
const MOST_PAGES: usize = 100;

/// How far the data can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// As it should be.
    Live,
    /// Three polls were missed.
    Late,
    /// Ten polls were missed.
    Stale,
}

impl Liveness {
    /// Of data that is `age_s` seconds old when it should be renewed each `poll_s` seconds.
    pub fn of(age_s: u64, poll_s: u16) -> Self {
        let missed = age_s.saturating_sub(1) / u64::from(poll_s.max(1));
        match missed {
            0..=2 => Self::Live,
            3..=9 => Self::Late,
            _ => Self::Stale,
        }
    }

    /// The word for `data-live`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Late => "late",
            Self::Stale => "stale",
        }
    }
}

/// Why there was no good answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The access key is missing or wrong.
    Refused,
    /// The server answered with this status.
    Status(u16),
    /// The answer is no list of rows: a login page, or cut off.
    NoRows,
    /// No answer at all, or none within 15 seconds.
    Unreachable,
}

impl Problem {
    /// For a person.
    pub fn words(self) -> String {
        match self {
            Self::Refused => {
                "the server refuses the data: the access key is missing or wrong. Open this page with #key= and the key behind its address."
                    .to_owned()
            }
            Self::Status(status) => ["the server is in trouble (", &status.to_string(), ")."].concat(),
            Self::NoRows => "what the server answers is no data. Perhaps a login page stands before it.".to_owned(),
            Self::Unreachable => "the server gives no answer.".to_owned(),
        }
    }
}

/// What is known of the data beside the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// How old the rows are, in seconds; nothing before the first good answer.
    pub age_s: Option<u64>,
    /// Why the last try failed, if it did.
    pub problem: Option<Problem>,
    /// Rows of the last answer that are no tiles.
    pub bad: usize,
}

/// The signals that the wall is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Signals {
    /// The rows in the order of the wall.
    pub order: RwSignal<Vec<Place>>,
    /// The time, each second; nothing before the first answer.
    pub now: RwSignal<Option<Timestamp>>,
    /// What is known of the data.
    pub news: RwSignal<News>,
    /// When events last flowed.
    pub heartbeat: RwSignal<Option<Timestamp>>,
}

/// How long to wait for the next try after so many failures in a row. `random` is from 0 to 1.
pub fn wait_ms(failures: u32, poll_s: u16, random: f64) -> f64 {
    let usual_ms = f64::from(poll_s) * 1000.0;
    if failures == 0 {
        return usual_ms;
    }
    let longest = LONGEST_WAIT_MS.max(usual_ms);
    let wait = (usual_ms * f64::from(1_u32 << failures.min(10).saturating_sub(1))).min(longest);
    wait * (0.8 + 0.4 * random)
}

/// The query of the next page in a `Link` header.
pub fn next_page(link: &str) -> Option<&str> {
    let (target, parameters) = link.strip_prefix('<')?.split_once('>')?;
    let start = target.strip_prefix('?')?;
    (parameters.contains("rel=next") || parameters.contains("rel=\"next\"")).then_some(start)
}

/// Begins to ask; never ends.
pub fn start(signals: Signals, poll_s: u16, key: Option<String>) {
    let feed = Rc::new(Feed {
        signals,
        poll_s,
        key,
        board: RefCell::default(),
        clock: Cell::default(),
        fresh_at_ms: Cell::new(None),
        failures: Cell::new(0),
        busy: Cell::new(false),
        timer: Cell::new(None),
    });
    set_interval(
        {
            let feed = Rc::clone(&feed);
            move || feed.tick()
        },
        Duration::from_secs(1),
    );
    let waking = Rc::clone(&feed);
    let handle = window_event_listener_untyped("visibilitychange", move |_| {
        if !screen::is_hidden() {
            Rc::clone(&waking).poll();
        }
    });
    on_cleanup(move || handle.remove());
    feed.poll();
}

struct Feed {
    signals: Signals,
    poll_s: u16,
    key: Option<String>,
    board: RefCell<Board>,
    clock: Cell<Clock>,
    /// When, by the monotonic clock, the rows were as they are.
    fresh_at_ms: Cell<Option<i64>>,
    failures: Cell<u32>,
    busy: Cell<bool>,
    timer: Cell<Option<TimeoutHandle>>,
}

/// All pages of an answer.
struct Answer {
    bodies: Vec<String>,
    server_ms: Option<i64>,
    age_s: i64,
}

impl Feed {
    fn poll(self: Rc<Self>) {
        if self.busy.replace(true) {
            return;
        }
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
        leptos::task::spawn_local(async move {
            let answer = self.ask().await;
            let taken = answer.and_then(|answer| self.take(&answer));
            match taken {
                Ok(bad) => {
                    self.failures.set(0);
                    self.say(None, bad);
                }
                Err(problem) => {
                    self.failures.set(self.failures.get().saturating_add(1));
                    self.say(Some(problem), self.signals.news.with_untracked(|news| news.bad));
                }
            }
            self.busy.set(false);
            self.schedule();
        });
    }

    fn schedule(self: Rc<Self>) {
        let wait = Duration::from_secs_f64(wait_ms(self.failures.get(), self.poll_s, screen::random()) / 1000.0);
        let next = Rc::clone(&self);
        let timer = set_timeout_with_handle(
            move || {
                // A hidden tab asks again when it is seen.
                if !screen::is_hidden() {
                    next.poll();
                }
            },
            wait,
        );
        self.timer.set(timer.ok());
    }

    async fn ask(&self) -> Result<Answer, Problem> {
        let mut answer = Answer { bodies: Vec::new(), server_ms: None, age_s: 0 };
        let mut url = "data".to_owned();
        for page in 0..MOST_PAGES {
            let first = if page == 0 { first_answer() } else { None };
            let (response, text) = match first {
                Some(first) => read(first).await?,
                None => self.fetch(&url).await?,
            };
            let headers = response.headers();
            if page == 0 {
                answer.server_ms = headers.get("date").and_then(|date| screen::http_date_ms(&date));
                answer.age_s = headers.get("age").and_then(|age| age.parse::<u32>().ok()).map_or(0, i64::from);
            }
            answer.bodies.push(text);
            match headers.get("link").as_deref().and_then(next_page) {
                Some(start) => url = ["data?", start].concat(),
                None => break,
            }
        }
        Ok(answer)
    }

    async fn fetch(&self, url: &str) -> Result<(Response, String), Problem> {
        let controller = AbortController::new().map_err(|_| Problem::Unreachable)?;
        let signal = controller.signal();
        let patience = set_timeout_with_handle(move || controller.abort(), PATIENCE);
        let mut request = Request::get(url).cache(RequestCache::NoStore).abort_signal(Some(&signal));
        if let Some(key) = &self.key {
            request = request.header("authorization", &["Bearer ", key].concat());
        }
        let result = match request.send().await {
            Ok(response) => text_of(response).await,
            Err(_) => Err(Problem::Unreachable),
        };
        if let Ok(patience) = patience {
            patience.clear();
        }
        result
    }

    fn take(&self, answer: &Answer) -> Result<usize, Problem> {
        let pages: Option<Vec<_>> = answer.bodies.iter().map(|body| split(body)).collect();
        let rows = pages.ok_or(Problem::NoRows)?.concat();
        let monotonic_ms = screen::monotonic_ms();
        let server_ms = answer.server_ms.unwrap_or_else(screen::own_clock_ms);
        let mut clock = self.clock.get();
        clock.set(server_ms + answer.age_s * 1000, monotonic_ms);
        self.clock.set(clock);
        self.fresh_at_ms.set(Some(monotonic_ms - answer.age_s * 1000));

        let mut board = self.board.borrow_mut();
        self.signals.now.set(self.now());
        let taken = board.take(&rows);
        if taken.reordered {
            self.signals.order.set(board.order());
        }
        if self.signals.heartbeat.get_untracked() != board.heartbeat() {
            self.signals.heartbeat.set(board.heartbeat());
        }
        Ok(taken.bad)
    }

    fn tick(&self) {
        if screen::is_hidden() {
            return;
        }
        if let Some(now) = self.now() {
            self.signals.now.set(Some(now));
        }
        let news = self.signals.news.get_untracked();
        self.say(news.problem, news.bad);
    }

    fn say(&self, problem: Option<Problem>, bad: usize) {
        let age_s = self.fresh_at_ms.get().map(|fresh| u64::try_from((screen::monotonic_ms() - fresh) / 1000).unwrap_or(0));
        let news = News { age_s, problem, bad };
        if self.signals.news.get_untracked() != news {
            self.signals.news.set(news);
        }
    }

    fn now(&self) -> Option<Timestamp> {
        let mut clock = self.clock.get();
        let now = clock.now(screen::monotonic_ms());
        self.clock.set(clock);
        now
    }
}

/// The answer that the page has asked for while the WebAssembly was loading; there is one only once.
fn first_answer() -> Option<js_sys::Promise> {
    let name = JsValue::from_str("firstAnswer");
    let promise = js_sys::Reflect::get(&window(), &name).ok()?.dyn_into().ok()?;
    js_sys::Reflect::set(&window(), &name, &JsValue::NULL).ok()?;
    Some(promise)
}

async fn read(promise: js_sys::Promise) -> Result<(Response, String), Problem> {
    let response = JsFuture::from(promise).await.map_err(|_| Problem::Unreachable)?;
    let response: web_sys::Response = response.dyn_into().map_err(|_| Problem::Unreachable)?;
    text_of(response.into()).await
}

async fn text_of(response: Response) -> Result<(Response, String), Problem> {
    match response.status() {
        200 => response.text().await.map(|text| (response, text)).map_err(|_| Problem::Unreachable),
        401 | 403 => Err(Problem::Refused),
        status => Err(Problem::Status(status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_liveness(age_s: u64, poll_s: u16, expect: Liveness) {
        assert_eq!(Liveness::of(age_s, poll_s), expect);
    }

    #[test]
    fn late_after_three_missed_polls_and_stale_after_ten() {
        check_liveness(0, 5, Liveness::Live);
        check_liveness(5, 5, Liveness::Live);
        check_liveness(15, 5, Liveness::Live);
        check_liveness(16, 5, Liveness::Late);
        check_liveness(50, 5, Liveness::Late);
        check_liveness(51, 5, Liveness::Stale);
        check_liveness(u64::MAX, 300, Liveness::Stale);
    }

    #[test]
    fn waits_longer_after_each_failure_but_never_too_long() {
        let wait = |failures, poll_s| wait_ms(failures, poll_s, 0.5).round().to_string();
        assert_eq!([wait(0, 5), wait(1, 5), wait(2, 5), wait(3, 5), wait(9, 5)], ["5000", "5000", "10000", "20000", "30000"]);
        assert_eq!([wait(0, 60), wait(40, 60)], ["60000", "60000"]);
        assert!(wait_ms(1, 5, 0.0) < wait_ms(1, 5, 0.9));
    }

    #[test]
    fn the_next_page_is_a_query() {
        assert_eq!(next_page("<?start=a:b:c:d>; rel=next"), Some("start=a:b:c:d"));
        assert_eq!(next_page(r#"<?start=a>; rel="next""#), Some("start=a"));
        assert_eq!(next_page("<https://elsewhere.example/?start=a>; rel=next"), None);
        assert_eq!(next_page("<?start=a>; rel=prev"), None);
        assert_eq!(next_page(""), None);
    }
}
