//! Keeps the page of one pipeline up to date.

use std::{collections::BTreeSet, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use model::{Page, Timestamp};

use super::phrases::warning;
use crate::{
    api,
    app::{AppState, use_state},
    browser::{
        clock::{monotonic_ms, random, whole},
        visibility::is_hidden,
    },
    feed::{Health, wait_ms},
    options::Authors,
};

/// How often the times on the page change.
const TICK: Duration = Duration::from_secs(1);

/// The newest good answer, and how old it is.
#[derive(Clone, Copy)]
pub struct PageFeed {
    page: RwSignal<Option<Page>>,
    now: RwSignal<Option<Timestamp>>,
    health: RwSignal<Health>,
    requests: StoredValue<Requests>,
    id: StoredValue<String>,
    state: AppState,
}

#[derive(Clone, Copy, Default)]
struct Requests {
    is_pending: bool,
    /// How many in a row have failed.
    failures: u32,
    /// When the next one is due, by the monotonic clock.
    due_ms: i64,
}

impl PageFeed {
    /// Polls the page of a pipeline until the current owner is cleaned up.
    pub fn start(id: &str) -> Self {
        let feed = Self {
            page: RwSignal::new(None),
            now: RwSignal::new(None),
            health: RwSignal::new(Health::default()),
            requests: StoredValue::new(Requests::default()),
            id: StoredValue::new(id.to_owned()),
            state: use_state(),
        };
        let ticks = set_interval_with_handle(move || feed.tick(), TICK);
        let visibility = window_event_listener_untyped("visibilitychange", move |_| feed.resume());
        on_cleanup(move || {
            visibility.remove();
            if let Ok(ticks) = ticks {
                ticks.clear();
            }
        });
        feed.tick();
        feed
    }

    /// Reads the newest good answer at the current time; `None` before the first one.
    pub fn read<T>(self, read: impl FnOnce(&Page, Timestamp) -> Option<T>) -> Option<T> {
        let now = self.now.get()?;
        self.page.with(|page| read(page.as_ref()?, now))
    }

    /// The ids of the runs, the newest first.
    pub fn run_ids(self) -> Vec<String> {
        let ids = |page: &Page| page.runs.iter().map(|run| run.id.clone()).collect();
        self.page.with(|page| page.as_ref().map(ids).unwrap_or_default())
    }

    /// What must be read before the page is trusted.
    pub fn warning(self) -> String {
        warning(&self.health.read(), self.now.get(), self.poll_s())
    }

    fn poll_s(self) -> u16 {
        self.state.options.with_value(|options| options.poll_s)
    }

    fn tick(self) {
        if is_hidden() {
            return;
        }
        self.now.set(self.state.clock.exact());
        let Requests { is_pending, due_ms, .. } = self.requests.get_value();
        if !is_pending && monotonic_ms() >= due_ms {
            self.request();
        }
    }

    /// What a hidden page has missed does not count.
    fn resume(self) {
        self.health.update(|health| health.visible_since = self.state.clock.exact());
        self.requests.update_value(|requests| requests.due_ms = 0);
        self.tick();
    }

    fn request(self) {
        self.requests.update_value(|requests| requests.is_pending = true);
        let (id, key) = (self.id.get_value(), self.state.key.get_value());
        spawn_local(async move {
            let answer = api::pipeline(&id, key.as_deref()).await;
            // Otherwise the page was closed in the meantime.
            if !self.page.is_disposed() {
                self.take(answer);
            }
        });
    }

    fn take(self, answer: Result<api::Answer<Page>, api::ApiError>) {
        let error = answer.as_ref().err().copied();
        self.health.update(|health| health.error = error);
        if let Ok(answer) = answer {
            self.state.clock.set_server_time(answer.server_ms);
            self.health.update(|health| health.made = Some(answer.made));
            let authors = self.state.options.with_value(|options| options.authors);
            self.page.set(Some(trusted(answer.body, authors)));
        }
        self.requests.update_value(|requests| {
            requests.is_pending = false;
            requests.failures = error.map_or(0, |_| requests.failures.saturating_add(1));
            let wait_ms = wait_ms(requests.failures, self.poll_s(), random());
            requests.due_ms = monotonic_ms() + whole(wait_ms);
        });
        self.tick();
    }
}

/// Removes what must not be shown: links other than HTTPS, hidden authors, and runs that repeat an id.
fn trusted(mut page: Page, authors: Authors) -> Page {
    let keep_https = |url: &mut Option<String>| *url = url.take().filter(|url| is_https(url));
    keep_https(&mut page.url);
    let mut ids = BTreeSet::new();
    page.runs.retain(|run| ids.insert(run.id.clone()));
    for run in &mut page.runs {
        keep_https(&mut run.url);
        if let Some(change) = &mut run.change {
            keep_https(&mut change.url);
            change.author = change.author.take().filter(|_| authors == Authors::Shown);
        }
        for action in run.stages.iter_mut().flat_map(|stage| &mut stage.actions) {
            keep_https(&mut action.url);
        }
    }
    page
}

fn is_https(url: &str) -> bool {
    url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;
    use crate::pages::pipeline::{
        lines::{Head, RunDetails, RunLine},
        timeline::Scale,
    };

    /// What the model's own tests say that it writes.
    fn written() -> Value {
        const SNAPSHOT: &str = include_str!(
            "../../../model/tests/pipeline/snapshots/pipeline__documents__the_pipelines_page_reads_this.snap"
        );
        serde_json::from_str(SNAPSHOT.splitn(3, "---\n").last().unwrap()).unwrap()
    }

    #[test]
    fn links_are_https_or_dropped() {
        for (url, expect) in [
            ("https://ci/shop", Some("https://ci/shop")),
            ("HTTPS://ci/shop", Some("HTTPS://ci/shop")),
            ("http://ci/shop", None),
            ("javascript:alert(1)//https://ci", None),
            (" https://ci/shop", None),
            ("https:/\u{2044}ci", None),
            ("", None),
        ] {
            let mut page = written();
            for pointer in ["", "/runs/0", "/runs/0/change", "/runs/0/stages/1/actions/1"] {
                page.pointer_mut(pointer).unwrap()["url"] = json!(url);
            }
            let page = trusted(from_value(page).unwrap(), Authors::Shown);
            let run = &page.runs[0];
            let change = run.change.as_ref().unwrap();
            for link in [&page.url, &run.url, &change.url, &run.stages[1].actions[1].url] {
                assert_eq!(link.as_deref(), expect);
            }
        }
    }

    #[test]
    fn authors_can_be_hidden() {
        for (authors, expect) in [(Authors::Shown, true), (Authors::Hidden, false)] {
            let page = trusted(from_value(written()).unwrap(), authors);
            assert_eq!(serde_json::to_string(&page).unwrap().contains("Ada"), expect);
        }
    }

    /// All copies of a document in which one value is replaced.
    fn replaced(value: &Value, other: &Value) -> Vec<Value> {
        let keys: Vec<_> = match value {
            Value::Array(items) => (0..items.len()).map(|index| format!("/{index}")).collect(),
            Value::Object(fields) => fields.keys().map(|key| format!("/{key}")).collect(),
            _ => Vec::new(),
        };
        let copies = keys.iter().flat_map(|key| {
            replaced(value.pointer(key).unwrap(), other).into_iter().map(move |item| {
                let mut copy = value.clone();
                *copy.pointer_mut(key).unwrap() = item;
                copy
            })
        });
        std::iter::once(other.clone()).chain(copies).collect()
    }

    #[test]
    fn any_value_in_place_of_another_is_refused_or_shown() {
        let now = "2026-11-23T10:00:00Z".parse().unwrap();
        let (mut shown, mut refused) = (0, 0);
        for other in [
            json!(null),
            json!(-1),
            json!(1e308),
            json!(""),
            json!("9999-12-31T23:59:60Z"),
            json!("1970-01-01T00:00:00Z"),
            json!([null]),
            json!({}),
        ] {
            for copy in replaced(&written(), &other) {
                let Ok(page) = from_value::<Page>(copy) else {
                    refused += 1;
                    continue;
                };
                let scale = Scale::of(&page.runs, now);
                assert!(scale.ticks().count() < 6);
                let _ = Head::new(&page, scale, now);
                for run in &page.runs {
                    let _ = RunLine::new(run, scale, now);
                    let _ = RunDetails::new(run, page.url.as_ref(), now, |_| "14:02".to_owned());
                }
                shown += 1;
            }
        }
        assert!(shown > 100 && refused > 100, "{shown} shown, {refused} refused");
    }
}
