//! A modal dialog over the wall.

use leptos::{html, prelude::*};

use crate::browser::{dialog, focus};

/// What gets the focus when a dialog closes.
#[derive(Clone, Debug)]
pub enum FocusAfter {
    /// What had it when the dialog opened.
    Opener,
    /// The tile of the pipeline with this id.
    Tile(String),
}

/// A modal dialog: it is open for as long as it is mounted, and takes the focus.
#[component]
pub fn Dialog(
    /// Its id, which the style sheets know.
    id: &'static str,
    /// The id of the element that names it.
    name_id: &'static str,
    /// What gets the focus afterwards: Chromium 83 would leave it inside.
    focus_after: FocusAfter,
    /// Called when Esc closes it.
    #[prop(into)]
    on_close: Callback<()>,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    let opener = StoredValue::new_local(focus::active());
    Effect::new(move |_| {
        if let Some(element) = element.get() {
            dialog::open(&element);
        }
    });
    on_cleanup(move || {
        let opener = opener.get_value();
        // Only once the dialog has left the page: outside of an open one nothing can have the focus.
        queue_microtask(move || match (focus_after, opener) {
            (FocusAfter::Tile(id), _) => focus::tile_link(&id),
            (FocusAfter::Opener, Some(opener)) => focus::focus(&opener),
            (FocusAfter::Opener, None) => {}
        });
    });
    view! {
        <dialog
            node_ref=element
            id=id
            role="dialog"
            aria-modal="true"
            aria-labelledby=name_id
            tabindex="-1"
            on:close=move |_| on_close.run(())
        >
            {children()}
        </dialog>
    }
}
