//! The stages by name, in the pipeline's order.

use model::{Status, Tile};

use super::{
    Wall,
    mark::sign,
    node::{Node, element, text},
};
use crate::{number::digits, state::State, words::progress};

/// The rail of a loud tile. Where there is no room for names, a segment tells its own to whoever asks.
pub fn rail(wall: &Wall, tile: &Tile, named: bool) -> Node {
    let now = wall.time.now.get_untracked();
    let mut rail = element("ol");
    for stage in &tile.stages {
        let mut segment = element("li")
            .with("data-stage", stage.status.map_or("next", |status| State::from(status).name()));
        if let Some(done) = now.and_then(|now| progress(stage, now)) {
            segment = segment.styled("--done", [&digits(done), "%"].concat());
        }
        // A tick says something only beside a cross.
        let told = stage
            .status
            .filter(|status| *status != Status::Succeeded || tile.status == Status::Failed);
        let sign = told.and_then(|status| sign(status.into()));
        let name = stage.name.clone();
        rail = rail.child(if named {
            segment.child_if(sign).child(text(name))
        } else {
            segment.with("title", name)
        });
    }
    rail
}
