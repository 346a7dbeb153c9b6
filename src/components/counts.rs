//! How many pipelines have each status.

use leptos::{either::Either, prelude::*};

use super::mark::Mark;
use crate::{app::use_state, filter::with_status, options::Display, status::TileStatus};

/// The counts of all statuses that occur.
#[component]
pub fn Counts() -> impl IntoView {
    let summary = use_state().summary;
    let counts = Memo::new(move |_| summary.read().counts);
    let items = move || {
        let counts = TileStatus::ALL.into_iter().zip(counts.get());
        let item = |(status, count)| (count > 0).then(|| view! { <li><Count status count/></li> });
        counts.map(item).collect_view()
    };
    view! { <ul>{items}</ul> }
}

/// One count. In a browser, a click filters by it.
#[component]
fn Count(
    /// The status.
    status: TileStatus,
    /// How many pipelines have it.
    count: usize,
) -> impl IntoView {
    let state = use_state();
    let content = view! {
        <Mark status/>
        <strong>{count}</strong>
        <span>{status.name()}</span>
    };
    if state.display() != Display::Browser {
        return Either::Left(view! { <span>{content}</span> });
    }
    let select = move |_| {
        let text = with_status(&state.filter.read_untracked(), status);
        state.set_filter_and_address(text);
    };
    Either::Right(view! { <button on:click=select>{content}</button> })
}
