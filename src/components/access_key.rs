//! The form for the access key.

use leptos::{ev::SubmitEvent, html::Input, prelude::*};

use crate::browser;

/// Asks for the access key. It goes into the address, so that the wall can be bookmarked; into the fragment, which is
/// never sent to a server.
#[component]
pub fn AccessKey() -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(input) = input.get_untracked() {
            browser::storage::clear();
            browser::address::open_with_key(input.value().trim());
        }
    };
    view! {
        <form on:submit=submit>
            <label>"Access key " <input node_ref=input name="key" type="password" required/></label>
            <button>"Open the wall"</button>
        </form>
    }
}
