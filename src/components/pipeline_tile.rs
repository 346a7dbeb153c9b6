//! The tile of a pipeline.

use leptos::{either::EitherOf4, prelude::*};

use super::{heading::Heading, history::History, mark::Mark, prominent::Prominent};
use crate::{
    app::use_state,
    board::{Content, Entry, Subject},
    layout::{Form, Position, px},
    phrases::tile::plain,
    tile_view::{TileView, font_size},
};

/// A pipeline's tile. It is drawn anew only when something that it shows has changed.
#[component]
pub fn PipelineTile(
    /// The pipeline's entry.
    entry: Entry,
) -> impl IntoView {
    let state = use_state();
    let Entry { id, content, position, .. } = entry;
    let tile = Memo::new(move |_| {
        let Content { subject: Subject::Pipeline(tile), location, look } = content.get() else {
            return None;
        };
        let clock =
            if TileView::has_seconds(&tile, look) { state.clock.now } else { state.clock.coarse };
        // A tile on another page of the shelf shows nothing that could change.
        let now = look.and_then(|_| clock.get());
        Some(TileView::new(&tile, location.as_ref(), look, now, &state.options.read_value()))
    });
    move || {
        let tile = tile.get()?;
        let has_details = state.has_details.get();
        let look = tile.look;
        let form = look.map(|look| look.form);
        Some(view! {
            <article
                data-pipeline=id.to_string()
                data-status=tile.status.name()
                data-form=form.map(Form::name)
                data-wraps=look.is_some_and(|look| look.sizes.lines > 1)
                data-less=look.is_some_and(|look| look.form.is_prominent() && look.sizes.less > 0)
                data-again=tile.is_failing_again
                data-queued=tile.is_queued
                data-gone=tile.is_deleted
                data-fresh=tile.is_fresh
                data-old=tile.is_old
                hidden=look.is_none()
                style:font-size=look.map(font_size)
                style:transform=transform(&position)
                style:width=width(&position)
                style:height=height(&position)
            >
                {form.map(|form| view! { <Inside id=id.to_string() form tile=tile.clone() has_details/> })}
            </article>
        })
    }
}

/// What is inside a tile: at first its name and status only.
#[component]
fn Inside(
    /// The pipeline's id.
    id: String,
    /// The tile's form.
    form: Form,
    /// What it shows.
    tile: TileView,
    /// Whether it shows more than name and status.
    has_details: bool,
) -> impl IntoView {
    let mark = view! { <Mark status=tile.status/> };
    let heading = view! { <Heading id heading=tile.heading.clone()/> };
    match form {
        _ if !has_details && form != Form::Chip => EitherOf4::A((heading, mark)),
        Form::Chip => EitherOf4::B((
            mark,
            heading,
            has_details.then(|| view! { <p class="age">{tile.phrases.age}</p> }),
        )),
        Form::Quiet => EitherOf4::C(view! {
            {heading}
            {mark}
            <p class="what">{plain(&tile.phrases.sentence)}</p>
            {tile.phrases.last_run.map(|text| view! { <p class="last">{text}</p> })}
            <History runs=tile.history/>
        }),
        Form::Tall | Form::Low | Form::Card => EitherOf4::D(view! {
            {heading}
            {mark}
            <Prominent tile/>
        }),
    }
}

/// Follows a tile's position.
pub fn transform(
    position: &ArcRwSignal<Option<Position>>,
) -> impl Fn() -> Option<String> + Send + use<> {
    follow(position, |Position { x, y, .. }| format!("translate({x}px,{y}px)"))
}

/// Follows a tile's width.
pub fn width(
    position: &ArcRwSignal<Option<Position>>,
) -> impl Fn() -> Option<String> + Send + use<> {
    follow(position, |position| px(position.w))
}

/// Follows a tile's height.
pub fn height(
    position: &ArcRwSignal<Option<Position>>,
) -> impl Fn() -> Option<String> + Send + use<> {
    follow(position, |position| px(position.h))
}

fn follow(
    position: &ArcRwSignal<Option<Position>>,
    style: fn(&Position) -> String,
) -> impl Fn() -> Option<String> + Send + use<> {
    let position = position.clone();
    move || position.read().as_ref().map(style)
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_in_a_tile_takes_what_is_not_inherited_from_what_is_around_it() {
        // The main thread would draw each frame of a glide: docs/decisions/049.
        let style = include_str!("../../style/tile.css");
        assert!(!style.contains("inherit"), "style/tile.css says `inherit`");
    }
}
