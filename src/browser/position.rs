//! The position of a tile on the wall.

use web_sys::HtmlElement;

use crate::layout::{Position, px, translate};

/// Moves an element.
pub fn set(element: &HtmlElement, Position { x, y, w, h, .. }: &Position) {
    let style = element.style();
    for (name, value) in [("transform", translate(*x, *y)), ("width", px(*w)), ("height", px(*h))] {
        // Only a name that CSS does not know is an error.
        let _ = style.set_property(name, &value);
    }
}
