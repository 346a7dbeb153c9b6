//! The text on a wall without tiles, and the headline while every pipeline passes.

use leptos::{either::EitherOf3, prelude::*};

use super::{access_key::AccessKey, mark::Mark};
use crate::{
    api::ApiError,
    app::use_state,
    browser::{address, clock::time_of_day},
    feed::Feed,
    layout::px,
    phrases::{
        self,
        board::{Message as Text, Origin},
    },
    status::TileStatus,
};

/// The message, if there is one.
#[component]
pub fn Message() -> impl IntoView {
    let summary = use_state().summary;
    let has_tiles = Memo::new(move |_| summary.read().total() > 0);
    let has_headline = Memo::new(move |_| summary.read().layout.hero > 0);
    move || match (has_tiles.get(), has_headline.get()) {
        (false, _) => EitherOf3::A(view! { <Explanation/> }),
        (true, true) => EitherOf3::B(view! { <AllPassed/> }),
        (true, false) => EitherOf3::C(()),
    }
}

/// Why there are no tiles.
#[component]
fn Explanation() -> impl IntoView {
    let state = use_state();
    let origin = Origin { url: address::origin(), is_local: address::is_http() };
    let message = move || {
        let Text { title, text, command } =
            phrases::board::message(&state.summary.read(), state.feed.get(), &origin);
        view! { <h2>{title}</h2><p>{text}</p><pre>{command}</pre> }
    };
    let asks_for_key = Memo::new(move |_| {
        state.summary.read().hidden == 0 && state.feed.get() == Feed::Failed(ApiError::Key)
    });
    view! {
        <section>
            {message}
            {move || asks_for_key.get().then(|| view! { <AccessKey/> })}
        </section>
    }
}

/// The headline of a wall on which every pipeline passes.
#[component]
fn AllPassed() -> impl IntoView {
    let state = use_state();
    let title = move || {
        let summary = state.summary.read();
        phrases::board::all_passed(summary.total(), summary.hidden)
    };
    let since = move || {
        let (end, now) = state.summary.read().latest_end.zip(state.clock.coarse.get())?;
        Some(phrases::board::passed_since(end, now, time_of_day))
    };
    view! {
        <section
            class="hero"
            style:top=move || px(state.summary.read().layout.top)
            style=("--hero", move || px(state.summary.read().layout.hero))
        >
            <Mark status=TileStatus::Passed/>
            <h2>{title}</h2>
            <p>{since}</p>
        </section>
    }
}
