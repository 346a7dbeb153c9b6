//! A pipeline's page, over the wall.
//!
//! A program of its own, loaded when somebody opens one (docs/decisions/031), so that a wall pays nothing for it. Requests,
//! focus and the address are `public/page.js`'s matter, which costs less there: it tells what happens, and here is decided
//! what that looks like. The whole page is drawn anew each second; only what differs is set.

mod read;
mod run;
mod timeline;
mod view;
mod words;

use std::cell::RefCell;

use js_sys::Reflect;
use model::Timestamp;
use read::Page;
use wasm_bindgen::JsValue;

use crate::{
    feed::{Health, Problem},
    screen,
    view::node::Drawn,
};

/// A pipeline as it is open.
#[derive(Debug, Default)]
pub struct Shown {
    id: String,
    poll_s: u16,
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

/// Draws into the dialog what it is told by its events.
pub fn start() {
    let Some(dialog) = screen::by_id("opened") else { return };
    let open = RefCell::new((Shown::default(), None::<Drawn>));
    let place = dialog.clone();
    let tell = move |event: web_sys::Event| {
        let detail = Reflect::get(&event, &JsValue::from_str("detail")).unwrap_or_default();
        let part = |index| Reflect::get_u32(&detail, index).unwrap_or_default();
        let text = |index| part(index).as_string().unwrap_or_default();
        let number = |index| screen::whole(part(index).as_f64().unwrap_or_default());
        let (shown, drawn) = &mut *open.borrow_mut();
        match &*text(0) {
            "open" => *shown = Shown { id: text(1), poll_s: u16::try_from(number(2)).unwrap_or(u16::MAX), ..Shown::default() },
            "answer" => shown.answer(&text(1), number(2), Timestamp::from_unix_ms(number(3)).ok()),
            "seen" => shown.health.seen = Timestamp::from_unix_ms(number(1)).ok(),
            "choose" => shown.choose(text(1)),
            // The time; none is known before the first answer.
            _ => {
                let now = Some(number(1)).filter(|now| *now > 0).and_then(|now| Timestamp::from_unix_ms(now).ok());
                let node = view::page(shown, now);
                if let Some(drawn) = drawn {
                    drawn.change(node);
                } else {
                    let new = node.drawn();
                    // Refused only by an element that can't have children.
                    let _ = place.append_child(new.dom());
                    *drawn = Some(new);
                }
            }
        }
    };
    screen::on(&dialog, "tell", Box::new(tell));
}

impl Shown {
    /// Takes in an answer, or that there was none: status 0.
    fn answer(&mut self, body: &str, status: i64, made: Option<Timestamp>) {
        let page = if status == 200 { read::page(body.as_bytes()) } else { None };
        self.health.problem = match (u16::try_from(status).unwrap_or_default(), &page) {
            (200, Some(_)) => None,
            (200, None) => Some(Problem::NoRows),
            (0, _) => Some(Problem::Unreachable),
            (401 | 403, _) => Some(Problem::Key),
            (status, _) => Some(Problem::Status(status)),
        };
        if page.is_some() {
            (self.page, self.health.made) = (page, made);
        }
    }

    /// Tells a run in full, or not any more.
    fn choose(&mut self, run: String) {
        self.chosen = if view::told(self) == Some(&run) { Chosen::Nothing } else { Chosen::Run(run) };
    }
}

#[cfg(test)]
mod tests;
