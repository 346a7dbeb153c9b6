//! The page's address and history.

use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, MouseEvent};

use crate::address::{value, with};

/// Returns the query, with its question mark.
pub fn query() -> String {
    location().search().unwrap_or_default()
}

/// Returns the fragment, with its `#`.
pub fn fragment() -> String {
    location().hash().unwrap_or_default()
}

/// Returns scheme, host and port.
pub fn origin() -> String {
    location().origin().unwrap_or_default()
}

/// Whether the page was loaded by plain HTTP.
pub fn is_http() -> bool {
    location().protocol().is_ok_and(|protocol| protocol == "http:")
}

/// Returns the page's address without query and fragment.
pub fn page_url() -> String {
    origin() + &location().pathname().unwrap_or_default()
}

/// Loads the wall with another query; the fragment stays.
pub fn open(query: &str) {
    // Fails only for an invalid address.
    let _ = location().assign(&url(query));
}

/// Replaces the query without loading anything.
pub fn replace_query(query: &str) {
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or_default();
        // Fails only for a page that replaces it too often; the next change makes up for it.
        let _ = history.replace_state_with_url(&state, "", Some(&url(query)));
    }
}

/// Adds a step to the history with another query, without loading anything.
pub fn push_query(query: &str) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&url(query)));
    }
}

/// Puts the access key into the address and loads the wall with it. "Back" does not lead to the address without it.
pub fn open_with_key(key: &str) {
    let fragment = with(&fragment(), "key", Some(key));
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or_default();
        let _ = history.replace_state_with_url(&state, "", Some(&format!("#{fragment}")));
    }
    reload();
}

/// Loads the page anew.
pub fn reload() {
    let _ = location().reload();
}

/// Closes a pipeline's page: back to the wall that it was opened from, or on to one.
pub fn leave_pipeline() {
    let Ok(history) = window().history() else { return };
    if history.state().is_ok_and(|state| state.is_truthy()) {
        let _ = history.back();
    } else {
        let fragment = with(&fragment(), "p", None);
        let _ = location().replace(&format!("#{fragment}"));
    }
}

/// Calls `then` whenever the fragment changes, for as long as the page lives.
pub fn on_fragment_change(then: impl Fn(String) + 'static) {
    window_event_listener(ev::hashchange, move |_| {
        if let Ok(history) = window().history() {
            // Marks that "back" leads to the wall.
            let _ = history.replace_state(&JsValue::from(1), "");
        }
        then(fragment());
    });
}

/// Calls `then` whenever somebody goes back or forward, for as long as the page lives.
pub fn on_history(then: impl Fn() + 'static) {
    window_event_listener(ev::popstate, move |_| then());
}

/// Handles clicks on links inside the wall, for as long as the page lives. `then` gets the link's query, and returns
/// whether it has handled it.
///
/// No link contains the access key, because links are shared; but the address keeps it.
pub fn on_link(then: impl Fn(&str) -> bool + 'static) {
    window_event_listener(ev::click, move |event| {
        let Some(link) = clicked_link(&event) else { return };
        let (query, link_fragment) = link.split_once('#').unwrap_or((&link, ""));
        if !query.is_empty() && then(query) {
            event.prevent_default();
        } else if let Some(key) = value(&fragment(), "key") {
            event.prevent_default();
            let fragment = with(link_fragment, "key", Some(&key));
            let _ = location().assign(&format!("{query}#{fragment}"));
        }
    });
}

/// What the `href` of the clicked link says, if a plain click on it stays on the wall.
fn clicked_link(event: &MouseEvent) -> Option<String> {
    let has_modifier = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    if has_modifier || event.default_prevented() {
        return None;
    }
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest("a[href^='#'], a[href^='?']").ok()??.get_attribute("href")
}

fn url(query: &str) -> String {
    let query = query.strip_prefix('?').unwrap_or(query);
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    format!("{}{query}{}", location().pathname().unwrap_or_default(), fragment())
}
