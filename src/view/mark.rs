//! The shapes that tell the states apart without any colour.

use super::node::{Node, element};
use crate::state::State;

/// The whole shape.
const WHOLE: &str = "0 0 24 24";
/// Its middle, where the sign is.
const MIDDLE: &str = "4 4 16 16";

const CROSS: &str = "M9.2 6.8l2.8 2.8 2.8-2.8 2.4 2.4-2.8 2.8 2.8 2.8-2.4 2.4-2.8-2.8-2.8 2.8-2.4-2.4 2.8-2.8-2.8-2.8z";
const BARS: &str = "M7 5.5h3.4v13H7zM13.6 5.5h3.4v13h-3.4z";
const TICK: &str = "M7 12.4l3.5 3.6L17 8.6";
const OCTAGON: &str = "M7 0h10l7 7v10l-7 7H7l-7-7V7z";
const SQUARE: &str = "M4 0h16a4 4 0 0 1 4 4v16a4 4 0 0 1-4 4H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z";
const RING: &str = "M12 1.4a10.6 10.6 0 1 1-.1 0z";
const ARC: &str = "M12 2a10 10 0 1 1-10 10";
const REST_OF_RING: &str = "M2 12A10 10 0 0 1 12 2";
const DASH: &str = "M7.5 12h9";
const SHORT_DASH: &str = "M9.8 12h4.4";
const PERSON: &str =
    "M6.6 7a5.4 5.4 0 1 1 10.8 0a5.4 5.4 0 1 1-10.8 0zM1.5 23c0-6 4.5-9 10.5-9s10.5 3 10.5 9z";

/// The shape of a state, with its name for those who can't see it.
pub fn mark(state: State) -> Node {
    let shape = match state {
        State::Failed => [OCTAGON, CROSS],
        State::Waiting => [SQUARE, BARS],
        State::Running => [ARC, ""],
        State::Passed => [RING, TICK],
        State::Stopped => [RING, DASH],
        State::Unknown => [RING, SHORT_DASH],
    };
    let rest = (state == State::Running).then(|| path(REST_OF_RING.to_owned()));
    named(state, WHOLE).child(path(shape.concat())).child_if(rest)
}

/// A state's sign without its ring, for where that is drawn already.
pub fn sign(state: State) -> Option<Node> {
    let shape = match state {
        State::Failed => CROSS,
        State::Waiting => BARS,
        State::Passed => TICK,
        State::Running | State::Stopped | State::Unknown => return None,
    };
    Some(named(state, MIDDLE).child(path(shape.to_owned())))
}

/// Stands before an author.
pub fn person() -> Node {
    svg(WHOLE).child(path(PERSON.to_owned()))
}

fn named(state: State, view: &'static str) -> Node {
    svg(view).with("role", "img").with("aria-label", state.name()).with("data-mark", state.name())
}

fn svg(view: &'static str) -> Node {
    element("svg").with("viewBox", view)
}

fn path(shape: String) -> Node {
    element("path").with("d", shape)
}
