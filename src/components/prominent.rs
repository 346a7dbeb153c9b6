//! What a large tile shows below its name.

use leptos::{either::Either, prelude::*};

use super::{
    history::History,
    mark::{Mark, Person},
    rail::Rail,
};
use crate::{phrases::tile::Part, status::TileStatus, tile_view::TileView};

/// Everything from the sentence to the history.
#[component]
pub fn Prominent(
    /// What the tile shows.
    tile: TileView,
) -> impl IntoView {
    let TileView { phrases, author, message, rail, history, is_failing_again, look, .. } = tile;
    let less = look.map_or(0, |look| look.sizes.less);
    let sentence = phrases.sentence.into_iter().map(|part| match part {
        Part::Plain(text) => Either::Left(text),
        Part::Name(name) => Either::Right(view! { <strong>{name}</strong> }),
    });
    let failed = is_failing_again.then(|| {
        view! { <em><Mark status=TileStatus::Failed/>"last run failed"</em> }
    });
    let has_detail = is_failing_again || phrases.detail.is_some();
    view! {
        <p class="what">{sentence.collect_view()}</p>
        {has_detail.then(|| view! { <p class="detail">{failed}{phrases.detail}</p> })}
        {phrases.failing.map(|text| view! { <p class="since">{text}</p> })}
        {author.map(|author| view! { <p class="who"><Person/>{author}</p> })}
        {message.map(|text| view! { <p class="message">{text}</p> })}
        {phrases.last_run.map(|text| view! { <p class="last">{text}</p> })}
        <Rail segments=rail has_labels=less == 0/>
        {history.filter(|_| less < 3).map(|runs| view! { <History runs/> })}
    }
}
