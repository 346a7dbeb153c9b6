//! The filter.

use leptos::{either::Either, ev::KeyboardEvent, html::Input, prelude::*};

use crate::{
    app::use_state,
    filter::{Filter, suggestions},
    options::Display,
};

/// The filter box; on a television and in a frame only the filter's text.
#[component]
pub fn FilterBox() -> impl IntoView {
    let state = use_state();
    if state.display() != Display::Browser {
        return Either::Left(view! { <p class="filter">{state.filter.get_untracked()}</p> });
    }
    let input = NodeRef::<Input>::new();
    let mistake = move || Filter::parse(&state.filter.read()).mistake;
    let suggested = move || {
        suggestions(&state.filter.read(), &state.board.read_value().tiles())
            .into_iter()
            .map(|value| view! { <option value=value/> })
            .collect_view()
    };
    let clear = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            state.set_filter_and_address(String::new());
            if let Some(input) = input.get_untracked() {
                // Fails for no element that can have the focus.
                let _ = input.blur();
            }
        }
    };
    Either::Right(view! {
        <p class="filter">
            <input
                node_ref=input
                id="filter"
                type="search"
                list="suggestions"
                placeholder="Filter  /"
                aria-label="Filter"
                aria-describedby="mistake"
                aria-invalid=move || mistake().is_some()
                autocomplete="off"
                spellcheck="false"
                prop:value=move || state.filter.get()
                on:input:target=move |event| state.set_filter_and_address(event.target().value())
                on:keydown=clear
            />
            <output id="mistake">{mistake}</output>
            <datalist id="suggestions">{suggested}</datalist>
        </p>
    })
}
