//! How many pipelines have each status.

use leptos::{either::Either, prelude::*};

use super::mark::Mark;
use crate::{app::use_state, filter::with_status, options::Display, status::TileStatus};

/// The counts of all statuses that occur.
#[component]
pub fn Counts() -> impl IntoView {
    let summary = use_state().summary;
    let counts = Memo::new(move |_| summary.read().counts);
    let occurring =
        move || TileStatus::ALL.into_iter().filter(move |status| count(counts, *status) > 0);
    view! {
        <ul>
            <For each=occurring key=|status| *status let(status)>
                <li><Count status count=Signal::derive(move || count(counts, status))/></li>
            </For>
        </ul>
    }
}

/// One count. In a browser, a click filters by it.
#[component]
fn Count(
    /// The status.
    status: TileStatus,
    /// How many pipelines have it.
    count: Signal<usize>,
) -> impl IntoView {
    let state = use_state();
    let content = view! {
        <Mark status/>
        <strong>{move || count.get()}</strong>
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

fn count(counts: Memo<[usize; 6]>, status: TileStatus) -> usize {
    let counts = TileStatus::ALL.into_iter().zip(counts.get());
    counts.filter(|(other, _)| *other == status).map(|(_, count)| count).sum()
}
