//! The stages by name, in the pipeline's order.

use leptos::prelude::*;
use model::{Status, Tile, tile::TileStage};

use super::{Wall, tile::mark};
use crate::{state::State, words::progress};

/// The rail of a loud tile.
pub fn rail(wall: Wall, tile: &Tile) -> impl IntoView + use<> {
    let segments: Vec<_> = tile.stages.iter().map(|stage| segment(wall, stage)).collect();
    view! { <ol class="rail">{segments}</ol> }
}

fn segment(wall: Wall, stage: &TileStage) -> AnyView {
    let at = State::from_stage(stage.status);
    let fill = (stage.status == Some(Status::Started)).then(|| {
        let stage = stage.clone();
        let width = Memo::new(move |_| {
            let done = wall.signals.now.get().and_then(|now| progress(&stage, now)).unwrap_or(0);
            [&done.to_string(), "%"].concat()
        });
        view! { <i style=("width", move || width.get())></i> }
    });
    let sign = at.filter(|at| *at != State::Running).map(mark);
    view! {
        <li data-stage=at.map_or("next", State::name)>
            {fill}
            <span>{sign}<bdi>{stage.name.clone()}</bdi></span>
        </li>
    }
    .into_any()
}
