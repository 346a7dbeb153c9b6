//! The shelf's caption, and the dots of its pages.

use leptos::prelude::*;

use super::{
    Wall,
    node::{Node, element, text},
    px,
};
use crate::state::State;

/// Stands above chips that don't say themselves what their times are.
pub fn shelf(wall: Wall) -> Node {
    let (top, pages) = wall.board.layout.with(|layout| (layout.caption, layout.pages));
    let Some(top) = top else { return text("") };
    let counts = State::ALL.into_iter().zip(wall.board.counts.get());
    let quiet: usize = counts.filter(|(state, _)| !state.is_loud()).map(|(_, count)| count).sum();
    let shown = wall.board.page.get();
    let dots: String = if pages < 2 { String::new() } else { (0..pages).map(|page| if page == shown { '●' } else { '○' }).collect() };
    let caption = [&quiet.to_string(), " quiet pipelines, with the time since each last run ended"].concat();
    element("p").with("class", "caption").styled("top", px(top)).child(text(caption)).child(element("span").child(text(dots)))
}
