//! The order of the tiles in the document, which keyboards and screen readers follow.

use std::{collections::BTreeMap, sync::Arc};

use web_sys::Element;

/// A tile by its pipeline's id or group's name, and whether it has moved in the order.
pub struct Ordered {
    pub id: Arc<str>,
    pub has_moved: bool,
}

/// Moves the tiles in `parent` that have moved in the order. An element that moves loses the focus and ends its animations,
/// so the others stay.
pub fn arrange(parent: &Element, order: &[Ordered]) {
    if !order.iter().any(|tile| tile.has_moved) {
        return;
    }
    let children =
        std::iter::successors(parent.first_element_child(), Element::next_element_sibling);
    let elements: BTreeMap<_, _> =
        children.filter_map(|element| Some((super::focus::tile_of(&element)?, element))).collect();
    let mut next: Option<&Element> = None;
    for Ordered { id, has_moved } in order.iter().rev() {
        let Some(element) = elements.get(&**id) else { continue };
        if *has_moved && element.next_element_sibling().as_ref() != next {
            // Fails only if `next` is elsewhere.
            let _ = parent.insert_before(element, next.map(AsRef::as_ref));
        }
        next = Some(element);
    }
}
