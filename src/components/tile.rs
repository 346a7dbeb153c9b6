//! The tile of a pipeline or a group.

use leptos::{either::Either, html::Article, prelude::*};

use super::{heading::Heading, history::History, mark::Mark, prominent::Prominent};
use crate::{
    app::use_state,
    board::{Entry, Subject},
    browser,
    layout::{Form, Position, px, translate},
    phrases::tile::plain,
    tile_view::{TileView, font_size},
};

/// A tile. It is drawn anew only when something that it shows has changed; a new position is only a style.
#[component]
pub fn Tile(
    /// What it is about.
    entry: Entry,
) -> impl IntoView {
    let state = use_state();
    let Entry { id, content, position, .. } = entry;
    let is_group = matches!(content.read_untracked().subject, Subject::Group(_));
    let article = NodeRef::<Article>::new();
    // An effect that lives as long as the tile: one of the view, which is drawn anew, would stay subscribed after its end.
    let moved = position.clone();
    Effect::new(move |_| {
        if let Some((article, position)) = article.get().zip(moved.get()) {
            browser::position::set(&article, &position);
        }
    });
    let tile = Memo::new(move |_| {
        let (content, options) = (content.read(), state.options.read_value());
        match &content.subject {
            Subject::Pipeline(tile) => {
                let clock = if TileView::has_seconds(&content) {
                    state.clock.now
                } else {
                    state.clock.coarse
                };
                // A tile on another page of the shelf shows nothing that could change.
                let now = content.look.and_then(|_| clock.get());
                TileView::of_pipeline(tile, content.location.as_ref(), content.look, now, &options)
            }
            Subject::Group(group) => {
                let (query, filter) = (browser::address::query(), state.filter.read());
                TileView::of_group(group, content.look, (&query, &filter), &options)
            }
        }
    });
    move || {
        let tile = tile.get();
        let has_details = state.shows_details();
        let look = tile.look;
        let position = position.get_untracked();
        view! {
            <article
                node_ref=article
                data-pipeline=(!is_group).then(|| id.to_string())
                data-group=is_group.then(|| id.to_string())
                data-status=tile.status.name()
                data-form=look.map(|look| look.form.name())
                data-wraps=!is_group && look.is_some_and(|look| look.sizes.lines > 1)
                data-less=look.is_some_and(|look| look.form.is_prominent() && look.sizes.less > 0)
                data-again=tile.is_failing_again
                data-queued=tile.is_queued
                data-gone=tile.is_deleted
                data-fresh=tile.is_fresh
                data-old=tile.is_old
                hidden=look.is_none()
                style:font-size=look.map(font_size)
                style:transform=position.map(|Position { x, y, .. }| translate(x, y))
                style:width=position.map(|position| px(position.w))
                style:height=position.map(|position| px(position.h))
            >
                {look.map(|look| view! { <Inside tile=tile.clone() form=look.form has_details/> })}
            </article>
        }
    }
}

/// What is inside a tile: at first its name and status only.
#[component]
fn Inside(
    /// What it shows.
    tile: TileView,
    /// The tile's form.
    form: Form,
    /// Whether it shows more than name and status.
    has_details: bool,
) -> impl IntoView {
    let mark = view! { <Mark status=tile.status/> };
    let heading = view! { <Heading heading=tile.heading.clone()/> };
    if form == Form::Chip {
        let age = has_details.then(|| view! { <p class="age">{tile.phrases.age}</p> });
        return Either::Left((mark, heading, age));
    }
    let details = has_details.then(|| match form {
        Form::Quiet | Form::Chip => Either::Left(view! { <Quiet tile/> }),
        Form::Tall | Form::Low | Form::Card => Either::Right(view! { <Prominent tile/> }),
    });
    Either::Right((heading, mark, details))
}

/// What a small tile shows below its name.
#[component]
fn Quiet(
    /// What it shows.
    tile: TileView,
) -> impl IntoView {
    let TileView { phrases, history, .. } = tile;
    view! {
        <p class="what">{plain(&phrases.sentence)}</p>
        {phrases.last_run.map(|text| view! { <p class="last">{text}</p> })}
        {history.map(|runs| view! { <History runs/> })}
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_in_a_tile_inherits_what_is_not_inherited_by_default() {
        // The main thread would draw each frame of a glide: docs/decisions/013.
        for (name, sheet) in [
            ("compact", include_str!("../../style/compact.css")),
            ("heading", include_str!("../../style/heading.css")),
            ("history", include_str!("../../style/history.css")),
            ("mark", include_str!("../../style/mark.css")),
            ("prominent", include_str!("../../style/prominent.css")),
            ("rail", include_str!("../../style/rail.css")),
            ("tile", include_str!("../../style/tile.css")),
        ] {
            assert!(!sheet.contains("inherit"), "style/{name}.css says `inherit`");
        }
    }
}
