//! The shelf's caption, and the dots of its pages.

use super::{
    Wall,
    node::{Node, element, text},
};
use crate::{
    board::Frame,
    fit::{px, thousandths},
    number::digits,
    state::State,
};

/// More pages than these are counted: nobody counts dots, and a small frame has no room for them.
const MOST_DOTS: u16 = 10;

/// Stands above chips that don't say themselves what their times are.
pub fn shelf(wall: &Wall) -> Node {
    let Frame { layout, counts, groups, page: shown, .. } = wall.board.frame.get();
    let (Some(top), pages) = (layout.caption, layout.pages) else {
        return text("");
    };
    let caption = if groups > 0 {
        "groups, with how many of their pipelines pass".to_owned()
    } else {
        quiet_words(counts)
    };
    let dots: String = match pages {
        0 | 1 => String::new(),
        2..=MOST_DOTS => (0..pages).map(|page| if page == shown { '●' } else { '○' }).collect(),
        _ => [&digits(shown + 1), "/", &digits(pages)].concat(),
    };
    element("p")
        .with("class", "caption")
        .styled("top", px(top))
        .styled("--chip-u", thousandths(layout.chip.unit))
        .child(element("span").child(text(caption)))
        .child(element("span").child(text(dots)))
}

fn quiet_words(counts: [usize; 6]) -> String {
    let quiet: usize = State::ALL
        .into_iter()
        .zip(counts)
        .filter(|(state, _)| !state.is_loud())
        .map(|(_, count)| count)
        .sum();
    [&digits(quiet), " quiet pipelines, with the time since each last run ended"].concat()
}
