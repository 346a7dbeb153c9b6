//! The keyboard's focus.

use leptos::{
    ev,
    prelude::{document, window_event_listener},
};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

/// Returns the element that has the focus.
pub fn active() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}

/// Returns the id of the tile that has the focus.
pub fn active_tile() -> Option<String> {
    tile_of(&document().active_element()?)
}

/// Calls `then` whenever the focus moves or somebody points, with the id of the tile that gets the focus. For as long as
/// the page lives.
pub fn on_move(then: impl Fn(Option<String>) + Clone + 'static) {
    let moved = then.clone();
    window_event_listener(ev::focusin, move |event| {
        let target = event.target().and_then(|target| target.dyn_into().ok());
        moved(target.as_ref().and_then(tile_of));
    });
    window_event_listener(ev::pointerdown, move |_| then(None));
}

/// Returns the id of the tile that contains an element, or is it.
pub fn tile_of(element: &Element) -> Option<String> {
    let tile = element.closest("article").ok()??;
    tile.get_attribute("data-pipeline").or_else(|| tile.get_attribute("data-group"))
}

/// Whether nothing has the focus.
pub fn is_lost() -> bool {
    let active = document().active_element();
    active.is_none_or(|active| active.tag_name() == "BODY")
}

/// Whether somebody moves through the tiles by keyboard. Browsers that do not know `:focus-visible` say no.
pub fn is_visible_on_tile() -> bool {
    document().query_selector("article :focus-visible").is_ok_and(|found| found.is_some())
}

/// Moves the focus to the link of a tile.
pub fn tile_link(id: &str) {
    // An id has no quotation marks or backslashes; a group's name may.
    let id = id.replace('\\', r"\\").replace('"', r#"\""#);
    let selector = format!("[data-pipeline=\"{id}\"] a, [data-group=\"{id}\"] a");
    if let Ok(Some(link)) = document().query_selector(&selector) {
        focus(link.unchecked_ref());
    }
}

/// Moves the focus to the filter box.
pub fn filter_box() {
    by_id("filter");
}

/// Moves the focus to the element with this id.
pub fn by_id(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        focus(element.unchecked_ref());
    }
}

/// Moves the focus to an element.
pub fn focus(element: &HtmlElement) {
    // Refused only for an element that can't have it.
    let _ = element.focus();
}
