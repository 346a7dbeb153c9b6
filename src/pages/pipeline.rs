//! A pipeline's page: its runs on one scale, the newest first, and one of them in full.

mod details;
mod feed;
mod lines;
mod phrases;
mod runs;
#[cfg(test)]
mod testing;
mod timeline;

use leptos::prelude::*;
use model::PipelineId;

use self::{feed::PageFeed, lines::Head, runs::RunList, timeline::Scale};
use super::dialog::{Dialog, FocusAfter};
use crate::{
    app::{AppState, use_state},
    browser,
    components::mark::Mark,
};

/// The page of one pipeline, over the wall.
#[component]
pub fn PipelinePage(
    /// The pipeline.
    id: String,
) -> impl IntoView {
    let feed = PageFeed::start(&id);
    let scale = Memo::new(move |_| feed.read(|page, now| Some(Scale::of(&page.runs, now))));
    let head = Memo::new(move |_| feed.read(|page, now| Some(Head::new(page, scale.get()?, now))));
    browser::root::set_attribute("data-opened", "");
    on_cleanup(|| browser::root::remove_attribute("data-opened"));
    let note = |text| view! { <p class="note">{text}</p> };
    let notes = move || head.get().map(|head| head.notes.into_iter().map(note).collect_view());
    view! {
        <Dialog
            id="opened"
            name_id="opened-name"
            focus_after=FocusAfter::Tile(id.clone())
            on_close=|()| browser::address::leave_pipeline()
        >
            <div class="page">
                <PageHead id head/>
                <p class="alert" role="alert">{move || feed.warning()}</p>
                <div>{notes}</div>
                <Show when=move || scale.read().is_some()>
                    <RunList feed scale/>
                </Show>
            </div>
        </Dialog>
    }
}

/// The pipeline's name and status, and the ways out.
#[component]
fn PageHead(
    /// The pipeline.
    id: String,
    /// What is known about it.
    head: Memo<Option<Head>>,
) -> impl IntoView {
    let state = use_state();
    let location = {
        let id = id.clone();
        Memo::new(move |_| location(state, &id))
    };
    let status = Memo::new(move |_| head.read().as_ref().map(|head| head.status));
    let name = move || head.read().as_ref().map_or_else(|| id.clone(), |head| head.name.clone());
    let headline = move || head.get().map(|head| head.headline);
    let console = Memo::new(move |_| head.get().and_then(|head| head.console));
    view! {
        <div class="head" data-status=move || status.get().map_or("none", |status| status.name())>
            {move || status.get().map(|status| view! { <Mark status/> })}
            <div>
                <h2 id="opened-name">
                    {name}
                    {move || location.get().map(|location| view! { " " <small>{location}</small> })}
                </h2>
                <p class="goes-on">{headline}</p>
            </div>
            {move || console.get().map(|url| view! { <OutLink url label="Console"/> })}
            <button
                data-close=""
                aria-label="Close"
                title="Close (Esc)"
                on:click=|_| browser::address::leave_pipeline()
            >
                "×"
            </button>
        </div>
    }
}

/// A link out of the wall.
#[component]
fn OutLink(
    /// The address, HTTPS.
    url: String,
    /// The text.
    label: &'static str,
) -> impl IntoView {
    view! { <a href=url target="_blank" rel="noopener noreferrer">{label}</a> }
}

/// Account and Region, if the account has a name or the pipeline's name alone is ambiguous.
fn location(state: AppState, id: &str) -> Option<String> {
    let id: PipelineId = id.parse().ok()?;
    // The store is not a signal, but changes with this one.
    state.order.track();
    let is_ambiguous = state.board.read_value().location(&id).is_some();
    let number = id.encoded_account();
    let options = state.options.read_value();
    let name = options.accounts.name(number);
    (is_ambiguous || name != number).then(|| format!("{name} {}", id.encoded_region()))
}
