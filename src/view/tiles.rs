//! The pipelines' elements, in the order of the wall.

use std::sync::Arc;

use leptos::{reactive::effect::RenderEffect, tachys::renderer::types::Element};

use super::{
    Wall,
    node::Following,
    tile::{place, tile},
};
use crate::{board::Entry, screen};

/// A pipeline on the page.
struct Placed {
    entry: Entry,
    view: Following,
}

/// Keeps an element a pipeline in `parent`. Where a tile stands to the eye is decided by its own view; the order here is for
/// those who read it otherwise.
pub fn tiles(wall: &'static Wall, parent: Element) -> RenderEffect<()> {
    let mut placed: Vec<Placed> = Vec::new();
    RenderEffect::new(move |_| {
        let is_first = placed.is_empty();
        let order = wall.board.order.get();
        let mut known: Vec<Option<Placed>> =
            std::mem::take(&mut placed).into_iter().map(Some).collect();
        let mut next = 0;
        for entry in order {
            // Most are where they are expected: behind the one before them.
            let is = |placed: &Option<Placed>| {
                placed.as_ref().is_some_and(|placed| Arc::ptr_eq(&placed.entry.id, &entry.id))
            };
            let ahead = known.iter().skip(next).position(is).map(|ahead| next + ahead);
            let index = ahead.or_else(|| known.iter().take(next).position(is));
            placed.push(
                if let Some((index, mut old)) =
                    index.and_then(|index| Some((index, known.get_mut(index)?.take()?)))
                {
                    next = index + 1;
                    // Who was not moved stands in the same order among the others that were not.
                    if old.entry.moved != entry.moved {
                        old.view.remove();
                        old.entry = entry;
                    }
                    old
                } else {
                    let (shown, standing) = (entry.clone(), entry.clone());
                    Placed {
                        view: Following::new(move || tile(wall, &shown))
                            .placed(move || place(&standing)),
                        entry,
                    }
                },
            );
        }
        for gone in known.into_iter().flatten() {
            gone.view.remove();
        }
        let mut after = None;
        for tile in placed.iter().rev() {
            let here = tile.view.dom();
            after = if here.as_ref().is_some_and(|dom| dom.parent_node().is_some()) {
                here
            } else {
                tile.view.put(&parent, after.as_ref())
            };
        }
        if is_first && !placed.is_empty() && !wall.whole.get_untracked() {
            screen::after_frame(|| wall.whole.set(true));
        }
    })
}
