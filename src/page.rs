//! What a person opens over the wall: a pipeline's page, or the settings.
//!
//! A program of its own, loaded when it is asked for (docs/decisions/031), so that a wall pays nothing for it. It shares the
//! wall's modules but neither its signals nor its memory: the two talk through the address and the document alone. A
//! document is small and drawn anew each second as a whole; only what differs is set.

mod read;
mod run;
mod settings;
mod timeline;
mod view;
mod words;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use leptos::prelude::{document, set_interval, window};
use model::page::Page;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlDialogElement, HtmlElement};

use crate::{
    clock::Clock,
    feed::{
        Health, Problem,
        request::{dates, request},
        wait_ms,
    },
    options::{self, Opened},
    screen,
    view::node::{Drawn, Node},
};

/// A pipeline as it is open.
#[derive(Debug)]
pub struct Shown {
    id: String,
    /// Its newest good document.
    page: Option<Page>,
    health: Health,
    chosen: Chosen,
}

/// Which run is told in full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Chosen {
    /// The one that the pipeline's state is about.
    #[default]
    Headline,
    /// This one.
    Run(String),
    /// None.
    Nothing,
}

/// All that is known, for as long as the page lives.
struct Program {
    key: Option<String>,
    poll_s: u16,
    opened: RefCell<Option<Opened>>,
    shown: RefCell<Option<Shown>>,
    drawn: RefCell<Option<Drawn>>,
    clock: Cell<Clock>,
    failures: Cell<u32>,
    busy: Cell<bool>,
    /// When to ask again, by the monotonic clock.
    next_ms: Cell<i64>,
}

/// Draws what the address opens, and follows it.
pub fn start() {
    let query = window().location().search().unwrap_or_default();
    let program = Rc::new(Program {
        key: options::key(&fragment()),
        poll_s: options::poll_s(&query),
        opened: RefCell::default(),
        shown: RefCell::default(),
        drawn: RefCell::default(),
        clock: Cell::default(),
        failures: Cell::new(0),
        busy: Cell::new(false),
        next_ms: Cell::new(0),
    });
    let turning = Rc::clone(&program);
    screen::on(&window(), "hashchange", move |_| turning.turn());
    let ticking = Rc::clone(&program);
    set_interval(move || Rc::clone(&ticking).tick(), Duration::from_secs(1));
    let waking = Rc::clone(&program);
    screen::on_visible(move || {
        waking.next_ms.set(0);
        Rc::clone(&waking).tick();
        if let Some(shown) = &mut *waking.shown.borrow_mut() {
            shown.health.seen = waking.now();
        }
    });
    program.turn();
}

fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// Closes what is open: goes back to the wall it was opened from, or on to one.
fn leave() {
    let came_from_wall = window().history().ok().filter(|history| history.state().is_ok_and(|state| !state.is_null()));
    // Refused only to a page that is not shown any more.
    let _ = match came_from_wall {
        Some(history) => history.back(),
        None => window().location().replace(&options::closed(&fragment())),
    };
}

impl Program {
    /// Opens and closes what the address says.
    fn turn(self: &Rc<Self>) {
        let opened = options::opened(&fragment());
        if *self.opened.borrow() == opened {
            return;
        }
        let left = self.opened.replace(opened.clone());
        let pipeline = if let Some(Opened::Pipeline(id)) = opened { Some(id) } else { None };
        self.shown.replace(pipeline.map(|id| Shown { id, page: None, health: Health::default(), chosen: Chosen::Headline }));
        self.failures.set(0);
        self.next_ms.set(0);
        if self.opened.borrow().is_none() {
            self.take_off();
            give_focus_back(left);
        }
        Rc::clone(self).tick();
    }

    /// Each second.
    fn tick(self: Rc<Self>) {
        if screen::is_hidden() {
            return;
        }
        self.draw();
        if self.shown.borrow().is_some() && screen::monotonic_ms() >= self.next_ms.get() {
            self.ask();
        }
    }

    fn ask(self: Rc<Self>) {
        if self.busy.replace(true) {
            return;
        }
        let Some(id) = self.shown.borrow().as_ref().map(|shown| shown.id.clone()) else { return };
        wasm_bindgen_futures::spawn_local(async move {
            let answer = self.answer(&id).await;
            self.busy.set(false);
            if let Some(shown) = self.shown.borrow_mut().as_mut().filter(|shown| shown.id == id) {
                self.failures.set(if answer.is_ok() { 0 } else { self.failures.get().saturating_add(1) });
                match answer {
                    Ok((page, made)) => {
                        shown.page = Some(page);
                        shown.health = Health { made, problem: None, ..shown.health };
                    }
                    Err(problem) => shown.health.problem = Some(problem),
                }
                let wait_ms = wait_ms(self.failures.get(), self.poll_s, screen::random());
                self.next_ms.set(screen::monotonic_ms() + screen::whole(wait_ms));
            }
            // Another pipeline may have been opened meanwhile.
            self.tick();
        });
    }

    async fn answer(&self, id: &str) -> Result<(Page, Option<model::Timestamp>), Problem> {
        let id: String = js_sys::encode_uri_component(id).into();
        let (response, body) = request(&["data/pipelines/", &id].concat(), self.key.as_deref()).await?;
        let page = read::page(&body).ok_or(Problem::NoRows)?;
        let made = dates(&response.headers()).map(|(made, server_ms)| {
            let mut clock = self.clock.get();
            clock.set(server_ms, screen::monotonic_ms());
            self.clock.set(clock);
            made
        });
        Ok((page, made))
    }

    fn now(&self) -> Option<model::Timestamp> {
        let mut clock = self.clock.get();
        let now = clock.now(screen::monotonic_ms());
        self.clock.set(clock);
        now
    }

    fn draw(self: &Rc<Self>) {
        let node = match (&*self.shown.borrow(), &*self.opened.borrow()) {
            // The wall asks for the key, and must be seen then.
            (Some(shown), _) if shown.page.is_none() && shown.health.problem == Some(Problem::Key) && asks_for_key() => None,
            (Some(shown), _) => Some(view::page(shown, self.now(), self.poll_s)),
            (None, Some(Opened::Settings)) => Some(settings::settings()),
            (None, _) => None,
        };
        match node {
            Some(node) => self.put(node),
            None => self.take_off(),
        }
    }

    fn put(self: &Rc<Self>, node: Node) {
        if let Some(drawn) = &mut *self.drawn.borrow_mut() {
            drawn.change(node);
            return;
        }
        let drawn = node.drawn();
        if let (Some(body), Some(dialog)) = (document().body(), drawn.dom().dyn_ref::<HtmlDialogElement>()) {
            screen::set_root("data-opened", "");
            // Refused only for an element that can't have children.
            let _ = body.append_child(dialog);
            let _ = dialog.show_modal();
            let _ = dialog.focus();
            let clicked = Rc::clone(self);
            screen::on(dialog, "click", move |event| {
                if let Some(element) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) {
                    clicked.click(&element);
                }
            });
            screen::on(dialog, "input", |_| settings::tell());
            // By Esc.
            screen::on(dialog, "close", |_| leave());
        }
        self.drawn.replace(Some(drawn));
    }

    fn take_off(&self) {
        if let Some(drawn) = self.drawn.take()
            && let Some(dialog) = drawn.dom().dyn_ref::<Element>()
        {
            dialog.remove();
            screen::unset_root("data-opened");
        }
    }

    fn click(self: &Rc<Self>, element: &Element) {
        let of = |selector: &str, name: &str| element.closest(selector).ok().flatten()?.get_attribute(name);
        if of("[data-close]", "data-close").is_some() {
            leave();
        } else if let Some(run) = of("[aria-expanded]", "data-run") {
            if let Some(shown) = &mut *self.shown.borrow_mut() {
                shown.chosen = if view::told(shown) == Some(&run) { Chosen::Nothing } else { Chosen::Run(run) };
            }
            self.draw();
        }
    }
}

fn asks_for_key() -> bool {
    document().query_selector("[name=key]").is_ok_and(|field| field.is_some())
}

/// To the link that it was opened by.
fn give_focus_back(left: Option<Opened>) {
    let selector = match left {
        Some(Opened::Pipeline(id)) => ["[href=\"#p=", &id, "\"]"].concat(),
        _ => "[href=\"#settings\"]".to_owned(),
    };
    // An error is an id that is none.
    if let Ok(Some(link)) = document().query_selector(&selector)
        && let Some(link) = link.dyn_ref::<HtmlElement>()
    {
        let _ = link.focus();
    }
}

#[cfg(test)]
mod tests;
