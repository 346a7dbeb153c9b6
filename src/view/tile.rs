//! One pipeline: a large tile while it is loud, a small one or a single line while it is quiet.

use std::sync::Arc;

use leptos::prelude::*;
use model::{Tile, Timestamp};

use super::{Wall, history, page, px, rail};
use crate::{
    board::Place,
    fit::{Form, Sizes, Spot, name},
    options::Display,
    state::State,
    words::{Part, Words, words},
};

/// What decides which elements a tile has; all else changes inside them.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shape {
    form: Form,
    sizes: Sizes,
}

/// The element of a row, for as long as the row is on the board.
pub fn tile(wall: Wall, place: Place) -> impl IntoView {
    let (id, signal) = (place.row.id, place.row.tile);
    let state = {
        let signal = signal.clone();
        Memo::new(move |_| signal.with(|tile| State::from(tile.status)))
    };
    let spot = {
        let id = id.clone();
        Memo::new(move |_| wall.placed.with(|placed| placed.spot(&id)))
    };
    let shape = Memo::new(move |_| {
        let form = spot.get().map_or(Form::Chip, |spot| spot.form);
        let sizes = wall.placed.with(|placed| match form {
            Form::Tall | Form::Low | Form::Card if state.get() == State::Failed => placed.layout.failed,
            Form::Tall | Form::Low | Form::Card => placed.layout.card,
            Form::Quiet => placed.layout.quiet,
            Form::Chip => placed.layout.chip,
        });
        Shape { form, sizes }
    });
    let turned = Memo::new(move |_| {
        spot.get().is_some_and(|spot| wall.placed.with(|placed| placed.layout.pages) > 1 && is_on_shelf(spot) && spot.page != page(wall))
    });
    let failed_before = {
        let signal = signal.clone();
        Memo::new(move |_| signal.with(runs_after_failure))
    };
    let at = move |of: fn(Spot) -> i32| move || px(spot.get().map_or(0, of));
    view! {
        <article
            class="tile"
            data-pipeline=id
            data-status=move || state.get().name()
            data-form=move || shape.get().form.name()
            data-less=move || shape.get().sizes.less.to_string()
            data-lines=move || shape.get().sizes.lines.to_string()
            data-failed-before=move || failed_before.get().then_some("")
            class:turned=move || turned.get()
            style=("left", at(|spot| spot.x))
            style=("top", at(|spot| spot.y))
            style=("width", at(|spot| spot.w))
            style=("height", at(|spot| spot.h))
        >
            {move || {
                let tile = Arc::new(signal.get());
                let shape = shape.get();
                match shape.form {
                    Form::Chip => chip(wall, &tile, shape.sizes),
                    Form::Quiet => quiet(wall, &tile, shape.sizes),
                    Form::Tall | Form::Low | Form::Card => loud(wall, &tile, shape),
                }
            }}
        </article>
    }
}

fn loud(wall: Wall, tile: &Arc<Tile>, shape: Shape) -> AnyView {
    let said = says(wall, Arc::clone(tile));
    let change = tile.change.clone().unwrap_or_default();
    let last_failed = runs_after_failure(tile);
    let (rail, history) = (rail::rail(wall, tile), (shape.sizes.less < 3).then(|| history::history(tile)));
    view! {
        {heading(wall, tile, shape.sizes)}
        {mark(tile.status.into())}
        <p class="sentence">{move || said.with(|words| sentence(&words.sentence))}</p>
        <p class="detail">
            {last_failed.then(|| view! { <b class="before">{mark(State::Failed)}"last run failed"</b> })}
            {move || said.with(|words| words.detail.clone())}
        </p>
        <p class="failing">{move || said.with(|words| words.failing.clone())}</p>
        <div class="who">
            {change.author.map(|author| view! { <p class="author"><svg class="person"><use href="#person"/></svg><bdi>{author}</bdi></p> })}
            {change.message.filter(|_| shape.sizes.less < 2).map(|message| view! { <p class="message"><bdi>{message}</bdi></p> })}
        </div>
        <p class="last">{move || said.with(|words| words.last_run.clone())}</p>
        {history}
        {rail}
    }
    .into_any()
}

fn quiet(wall: Wall, tile: &Arc<Tile>, sizes: Sizes) -> AnyView {
    let said = says(wall, Arc::clone(tile));
    view! {
        {heading(wall, tile, sizes)}
        {mark(tile.status.into())}
        <p class="sentence">{move || said.with(|words| sentence(&words.sentence))}</p>
        <p class="last">{move || said.with(|words| words.last_run.clone())}</p>
        {history::history(tile)}
    }
    .into_any()
}

fn chip(wall: Wall, tile: &Arc<Tile>, sizes: Sizes) -> AnyView {
    let ago = sizes.less == 0;
    let state = State::from(tile.status);
    let said = says(wall, Arc::clone(tile));
    view! {
        {mark(state)}
        {heading(wall, tile, sizes)}
        <p class="age">
            <span class="word">{state.name()}</span>
            {move || said.with(|words| if ago && !state.is_loud() { [words.age.as_str(), " ago"].concat() } else { words.age.clone() })}
        </p>
    }
    .into_any()
}

/// The tile's words at the time of the wall.
fn says(wall: Wall, tile: Arc<Tile>) -> Memo<Words> {
    Memo::new(move |_| wall.signals.now.get().map(|now: Timestamp| words(&tile, now)).unwrap_or_default())
}

fn heading(wall: Wall, tile: &Tile, sizes: Sizes) -> impl IntoView + use<> {
    let em = |room: i32| f32::from(u16::try_from(room.max(0)).unwrap_or(u16::MAX)) / 100.0;
    let shown = name::elide(&tile.name, em(sizes.room));
    // A name may break behind its punctuation.
    let shown = if sizes.lines > 1 { name::pieces(&shown).collect::<Vec<_>>().join("\u{200b}") } else { shown.into_owned() };
    let link = tile.url.clone().filter(|_| wall.display != Display::Kiosk);
    let id = tile.id.as_str().to_owned();
    view! {
        <h2 class="name" title=id>
            {match link {
                Some(url) => view! { <a href=url target="_blank" rel="noopener noreferrer"><bdi>{shown}</bdi></a> }.into_any(),
                None => view! { <bdi>{shown}</bdi> }.into_any(),
            }}
        </h2>
    }
}

/// The shape of a state.
pub fn mark(state: State) -> impl IntoView {
    let symbol = ["#", state.name()].concat();
    view! { <svg class="mark" data-mark=state.name() aria-hidden="true"><use href=symbol/></svg> }
}

fn sentence(parts: &[Part]) -> Vec<AnyView> {
    parts
        .iter()
        .map(|part| match part {
            Part::Plain(text) => text.clone().into_any(),
            Part::Name(name) => view! { <strong><bdi>{name.clone()}</bdi></strong> }.into_any(),
        })
        .collect()
}

/// A run is under way, and the last one that ended, ended badly.
fn runs_after_failure(tile: &Tile) -> bool {
    let open = matches!(State::from(tile.status), State::Running | State::Waiting);
    open && (tile.failing_since.is_some())
}

const fn is_on_shelf(spot: Spot) -> bool {
    matches!(spot.form, Form::Quiet | Form::Chip)
}
