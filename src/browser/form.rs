//! What people enter and copy.

use leptos::{ev::Event, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlDocument, HtmlInputElement};

/// Whether the browser let a text be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// The text is in the clipboard.
    Yes,
    /// The text is only selected.
    Refused,
}

/// Returns what a control holds after an event; `None` where it asks for a number and has another text.
pub fn entered(event: &Event) -> Option<String> {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let is_bad = input.is_some_and(|input| input.validity().bad_input());
    (!is_bad).then(|| event_target_value(event))
}

/// Selects the text of a control and copies it.
pub fn copy(input: &HtmlInputElement) -> Copied {
    let _ = input.focus();
    input.select();
    // The clipboard's newer interface is for pages that came by https alone.
    let document = document().dyn_into::<HtmlDocument>();
    let copied = document.is_ok_and(|document| document.exec_command("copy").unwrap_or(false));
    if copied { Copied::Yes } else { Copied::Refused }
}
