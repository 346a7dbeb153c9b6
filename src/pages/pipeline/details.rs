//! A run in full: how it came about, and its stages and actions where they were within it.

use leptos::prelude::*;

use super::{
    OutLink,
    feed::PageFeed,
    lines::{PartLine, RunDetails},
    timeline::Extent,
};
use crate::{
    browser::clock::time_of_day,
    components::mark::{Mark, Person},
    status::TileStatus,
};

/// A run in full.
#[component]
pub fn Details(
    /// The run.
    id: String,
    /// The page.
    feed: PageFeed,
) -> impl IntoView {
    let details = Memo::new(move |_| {
        feed.read(|page, now| {
            let run = page.runs.iter().find(|run| run.id == id)?;
            Some(RunDetails::new(run, page.url.as_ref(), now, time_of_day))
        })
    });
    // Drawn anew, the elements stay: a link keeps the focus while the times change.
    let content = move || {
        let details = details.get()?;
        let stages = details.stages.clone().into_iter().map(|stage| view! { <Stage stage/> });
        let is_empty = details.stages.is_empty();
        Some(view! {
            <Origin details/>
            {is_empty.then(|| view! { <p class="none">"No stages are known."</p> })}
            <ul>{stages.collect_view()}</ul>
        })
    };
    view! { <div class="full">{content}</div> }
}

/// Who made a run, how it came about, and where it is outside of the wall.
#[component]
fn Origin(
    /// The run.
    details: RunDetails,
) -> impl IntoView {
    let RunDetails { commit, has_author, origin, commit_url, console, .. } = details;
    let person = has_author.then(|| view! { <Person/> });
    view! {
        <p class="links">
            {commit.map(|commit| view! { <strong>{person} {commit}</strong> })}
            <span>{origin}</span>
            {commit_url.map(|url| view! { <OutLink url label="Commit"/> })}
            {console.map(|url| view! { <OutLink url label="Run in the console"/> })}
        </p>
    }
}

/// A stage with its actions.
#[component]
fn Stage(
    /// The stage.
    stage: PartLine,
) -> impl IntoView {
    let actions = stage.actions.clone().into_iter().map(|action| {
        let class = if action.status == TileStatus::Failed { "error" } else { "said" };
        let result = action.result.clone();
        let result = (!result.is_empty()).then(|| view! { <p class=class>{result}</p> });
        view! {
            <li>
                <Part class="action" part=action/>
                {result}
            </li>
        }
    });
    let actions = actions.collect_view();
    view! {
        <li>
            <Part class="stage" part=stage/>
            <ul>{actions}</ul>
        </li>
    }
}

/// The line of a stage or an action.
#[component]
fn Part(
    /// `stage` or `action`.
    class: &'static str,
    /// The stage or action.
    part: PartLine,
) -> impl IntoView {
    let PartLine { status, name, kind, length, extent, link, .. } = part;
    let bar = extent.map(|Extent { left, width }| {
        view! { <span data-bar=status.name() style:left=left style:width=width></span> }
    });
    view! {
        <div class=class data-status=status.name()>
            <Mark status/>
            <span>
                <strong>{name}</strong>
                <small>{kind}</small>
            </span>
            <span class="took">{length}</span>
            <span class="track">{bar}</span>
            {link.map(|(label, url)| view! { <OutLink url label/> })}
        </div>
    }
}
