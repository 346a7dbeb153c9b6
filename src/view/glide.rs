//! Whether tiles glide just now: `data-gliding` of the page.
//!
//! Until they have arrived, what turns and pulses holds still. An animation within a tile that moves keeps the browser from
//! leaving both to its compositor: it would draw a frame of the whole wall sixty times a second.

use std::{cell::Cell, rc::Rc};

use leptos::tachys::renderer::types::Element;

use crate::screen::{self, Alarm};

/// Until then a glide has begun, if there is one. On a slow processor the frame that begins it takes long.
const BEGUN_MS: f64 = 400.0;
/// Until then it is over, also where the browser doesn't say so, as of tiles that have left the page.
const OVER_MS: f64 = 3_000.0;

/// The tiles that glide.
pub struct Glide {
    count: Rc<Cell<u32>>,
    over: Rc<Alarm>,
}

impl Glide {
    /// Watches the tiles in `parent` for as long as the page lives.
    pub fn watch(parent: &Element) -> Self {
        let count = Rc::new(Cell::new(0_u32));
        let alarmed = Rc::clone(&count);
        let over = Rc::new(Alarm::new(move || {
            alarmed.set(0);
            say("no");
        }));
        let begun = {
            let (count, over) = (Rc::clone(&count), Rc::clone(&over));
            move || {
                count.set(count.get() + 1);
                over.set(OVER_MS);
                say("yes");
            }
        };
        screen::listen(parent, "transitionrun", Box::new(begun));
        for event in ["transitionend", "transitioncancel"] {
            let (count, over) = (Rc::clone(&count), Rc::clone(&over));
            let ended = move || {
                count.set(count.get().saturating_sub(1));
                if count.get() == 0 {
                    over.stop();
                    // In the frame in which the last one arrives, so that what turns needs none of its own.
                    say("no");
                }
            };
            screen::listen(parent, event, Box::new(ended));
        }
        Self { count, over }
    }

    /// Tiles are about to get other places, perhaps.
    pub fn expect(&self) {
        if self.count.get() == 0 {
            self.over.set(BEGUN_MS);
            say("yes");
        }
    }
}

fn say(gliding: &str) {
    screen::set_root("data-gliding", gliding);
}
