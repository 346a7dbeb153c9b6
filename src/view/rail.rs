//! The stages by name, in the pipeline's order.

use leptos::prelude::*;
use model::{Status, Tile};

use super::{
    Wall,
    node::{Node, element, text},
    tile::mark,
};
use crate::{state::State, words::progress};

/// The rail of a loud tile.
pub fn rail(wall: Wall, tile: &Tile) -> Node {
    let now = wall.time.now.get_untracked();
    element("ol").children(tile.stages.iter().map(|stage| {
        let segment = element("li").with("data-stage", stage.status.map_or("next", |status| State::from(status).name()));
        let segment = match now.and_then(|now| progress(stage, now)) {
            Some(done) => segment.styled("--done", [&done.to_string(), "%"].concat()),
            None => segment,
        };
        let sign = stage.status.filter(|status| *status != Status::Started).map(|status| mark(status.into()));
        segment.children(sign).child(text(stage.name.clone()))
    }))
}
