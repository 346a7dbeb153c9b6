//! The filter's box, and what is wrong in it.

use super::{
    Wall,
    node::{Node, element, text},
};
use crate::{filter::Filter, options::Display};

/// The box in the header; elsewhere only what was asked for.
pub fn filter(wall: &Wall) -> Node {
    if wall.options.display != Display::Browser {
        return element("p").with("class", "filter").child(text(wall.options.filter.clone()));
    }
    let mistake = wall.typed.with(|typed| Filter::parse(typed).mistake).unwrap_or_default();
    let input = element("input")
        .with("id", "filter")
        .with("type", "search")
        .with("list", "suggestions")
        .with("placeholder", "Filter  /")
        .with("aria-label", "Filter")
        .with("aria-describedby", "mistake")
        .with("autocomplete", "off")
        .with("spellcheck", "false")
        .with("value", wall.options.filter.clone())
        .with_if(!mistake.is_empty(), "aria-invalid");
    let mistake = element("output").with("id", "mistake").child(text(mistake));
    element("p").with("class", "filter").child(input).child(mistake)
}
