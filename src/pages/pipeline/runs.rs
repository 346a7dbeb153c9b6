//! The runs of a pipeline, one per line.

use leptos::{either::Either, prelude::*};

use super::{
    details::Details,
    feed::PageFeed,
    lines::{BarLine, RunLine},
    phrases::headline_run,
    timeline::{Scale, percent},
};
use crate::{
    components::mark::{Mark, Sign},
    phrases::time::exact,
    status::TileStatus,
};

/// The run that is shown in full.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expanded {
    /// The one that the pipeline's status is about, until somebody selects another one.
    Headline,
    /// The selected one.
    Run(String),
    /// None.
    Nothing,
}

/// The runs, the newest first.
#[component]
pub fn RunList(
    /// The page.
    feed: PageFeed,
    /// The scale of all bars.
    scale: Memo<Option<Scale>>,
) -> impl IntoView {
    let expanded = RwSignal::new(Expanded::Headline);
    let expanded_id = Memo::new(move |_| match expanded.get() {
        Expanded::Headline => feed.read(|page, _| Some(headline_run(page)?.id.clone())),
        Expanded::Run(id) => Some(id),
        Expanded::Nothing => None,
    });
    let toggle = Callback::new(move |id: String| {
        let is_expanded = expanded_id.read_untracked().as_ref() == Some(&id);
        expanded.set(if is_expanded { Expanded::Nothing } else { Expanded::Run(id) });
    });
    view! {
        <Axis scale/>
        <ul>
            <For each=move || feed.run_ids() key=String::clone let(id)>
                <RunItem id feed scale expanded_id toggle/>
            </For>
        </ul>
    }
}

/// The ticks above the bars.
#[component]
fn Axis(
    /// The scale of all bars.
    scale: Memo<Option<Scale>>,
) -> impl IntoView {
    let ticks = move || {
        let scale = scale.get()?;
        let tick = |tick_s| {
            view! { <span style:left=percent(tick_s, scale.width_s)>{exact(tick_s)}</span> }
        };
        Some(scale.ticks().map(tick).collect_view())
    };
    view! {
        <div class="line">
            <div class="axis" aria-hidden="true">{ticks}</div>
        </div>
    }
}

/// A run. A click shows it in full.
#[component]
fn RunItem(
    /// The run.
    id: String,
    /// The page.
    feed: PageFeed,
    /// The scale of all bars.
    scale: Memo<Option<Scale>>,
    /// The run that is shown in full.
    expanded_id: Memo<Option<String>>,
    /// Called with the run that is clicked.
    toggle: Callback<String>,
) -> impl IntoView {
    let id = StoredValue::new(id);
    let line = Memo::new(move |_| {
        let scale = scale.get()?;
        feed.read(|page, now| {
            let run = page.runs.iter().find(|run| run.id == *id.read_value())?;
            Some(RunLine::new(run, scale, now))
        })
    });
    let is_expanded = Memo::new(move |_| expanded_id.read().as_deref() == Some(&*id.read_value()));
    view! {
        <li data-status=move || line.read().as_ref().map(|line| line.status.name())>
            <button
                class="line"
                data-run=id.get_value()
                aria-expanded=move || is_expanded.get().to_string()
                on:click=move |_| toggle.run(id.get_value())
            >
                {move || line.get().map(|line| view! { <Line line/> })}
            </button>
            <Show when=move || is_expanded.get()>
                <Details id=id.get_value() feed/>
            </Show>
        </li>
    }
}

/// What is on a run's line.
#[component]
fn Line(
    /// The run.
    line: RunLine,
) -> impl IntoView {
    let RunLine { status, when, title, subtitle, needs_attention, bars, length } = line;
    let subtitle = if needs_attention {
        Either::Left(view! { <em>{subtitle}</em> })
    } else {
        Either::Right(view! { <span>{subtitle}</span> })
    };
    let bars = bars.into_iter().map(|bar| view! { <Bar bar/> });
    view! {
        <Mark status/>
        <span class="when">{when}</span>
        <span class="change">
            <strong>{title}</strong>
            {subtitle}
        </span>
        <span class="track">{bars.collect_view()}</span>
        <span class="took">{length}</span>
    }
}

/// A bar of a run.
#[component]
fn Bar(
    /// The bar.
    bar: BarLine,
) -> impl IntoView {
    let BarLine { status, label, tooltip, width, is_cut } = bar;
    let has_sign = matches!(status, TileStatus::Failed | TileStatus::Waiting);
    view! {
        <span
            data-bar=status.name()
            data-cut=is_cut.then_some("")
            title=tooltip
            style:width=width
        >
            {has_sign.then(|| view! { <Sign status/> })}
            {label}
        </span>
    }
}
