//! All tiles.

use std::{collections::BTreeMap, sync::Arc};

use leptos::{html::Div, prelude::*};

use super::tile::Tile;
use crate::{
    app::use_state,
    board::Entry,
    browser::{
        animations, focus,
        order::{Ordered, arrange},
    },
};

/// The tiles, in the order of the wall: their positions are styles, the order is for keyboards and screen readers.
///
/// `<For>` gets them in the order in which they appeared. It would move every element between a former and a new index, which
/// would lose the focus and end the gliding of each; and what it makes anew leaves some bytes with its owner.
#[component]
pub fn Tiles() -> impl IntoView {
    let order = use_state().order;
    let tiles = NodeRef::<Div>::new();
    let focused = StoredValue::new(None::<String>);
    focus::on_move(move |tile| focused.set_value(tile));
    let arranged = StoredValue::new(BTreeMap::new());
    Effect::new(move |_| {
        let order =
            arranged.try_update_value(|known| moved(known, &order.read())).unwrap_or_default();
        if let Some(tiles) = tiles.get() {
            let parent = tiles.clone();
            request_animation_frame(move || arrange(&parent, &order));
            animations::keep_in_step(tiles.into());
        }
        request_animation_frame(move || {
            if let Some(tile) = focused.get_value().filter(|_| focus::is_lost()) {
                focus::tile_link(&tile);
            }
        });
    });
    let appeared = StoredValue::new(Vec::new());
    let each = move || {
        appeared.update_value(|known| appear(known, &order.read()));
        appeared.get_value()
    };
    view! {
        <div id="tiles" node_ref=tiles>
            <For each key=|entry| Arc::clone(&entry.id) let(entry)>
                <Tile entry/>
            </For>
        </div>
    }
}

/// Updates the entries in the order in which they appeared.
fn appear(known: &mut Vec<Entry>, order: &[Entry]) {
    let mut new: BTreeMap<_, _> = order.iter().map(|entry| (&*entry.id, entry)).collect();
    known.retain(|entry| new.remove(&*entry.id).is_some());
    known.extend(order.iter().filter(|entry| new.contains_key(&*entry.id)).cloned());
}

/// Returns which entries have moved since the last time; none the first time.
fn moved(known: &mut BTreeMap<Arc<str>, u32>, order: &[Entry]) -> Vec<Ordered> {
    let is_first = known.is_empty();
    let ordered = order.iter().map(|Entry { id, moves, .. }| Ordered {
        id: Arc::clone(id),
        has_moved: !is_first && known.get(id) != Some(moves),
    });
    let ordered = ordered.collect();
    *known = order.iter().map(|entry| (Arc::clone(&entry.id), entry.moves)).collect();
    ordered
}
