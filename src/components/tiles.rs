//! All tiles.

use leptos::{html::Div, prelude::*};

use super::tile::Tile;
use crate::{
    app::use_state,
    browser::{animations, focus},
};

/// The tiles, in the order of the wall: their positions are styles, the order is for keyboards and screen readers.
///
/// A tile that moves in the order gets a new element. `<For>` would instead move every element between its former and its
/// new index, which would lose the focus and end the gliding of each.
#[component]
pub fn Tiles() -> impl IntoView {
    let order = use_state().order;
    let tiles = NodeRef::<Div>::new();
    let focused = StoredValue::new(None::<String>);
    focus::on_move(move |tile| focused.set_value(tile));
    Effect::new(move |_| {
        order.track();
        if let Some(tiles) = tiles.get() {
            animations::keep_in_step(tiles.into());
        }
        request_animation_frame(move || {
            if let Some(tile) = focused.get_value().filter(|_| focus::is_lost()) {
                focus::tile_link(&tile);
            }
        });
    });
    view! {
        <div id="tiles" node_ref=tiles>
            <For each=move || order.get() key=|entry| (entry.id.clone(), entry.moves) let(entry)>
                <Tile entry/>
            </For>
        </div>
    }
}
