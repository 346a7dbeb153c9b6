//! The next tile in a direction, for the arrow keys.

use std::sync::Arc;

use super::Position;

/// A direction on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Toward smaller x.
    Left,
    /// Toward larger x.
    Right,
    /// Toward smaller y.
    Up,
    /// Toward larger y.
    Down,
}

/// Returns the nearest tile in a direction; the first one of all while none has the focus. `tiles` are in the order of the
/// wall.
pub fn neighbor<'a>(
    tiles: &'a [(Arc<str>, Position)],
    from: Option<&str>,
    direction: Direction,
) -> Option<&'a str> {
    let Some((_, here)) = tiles.iter().find(|(id, _)| Some(&**id) == from) else {
        return tiles.first().map(|(id, _)| &**id);
    };
    let candidates =
        tiles.iter().filter_map(|(id, there)| Some((distance(*here, *there, direction)?, id)));
    candidates.min_by_key(|(distance, _)| *distance).map(|(_, id)| &**id)
}

/// How far apart two tiles are; `None` if the second one is not in that direction.
fn distance(here: Position, there: Position, direction: Direction) -> Option<i32> {
    let horizontal = |position: Position| (position.x, position.x + position.w);
    let vertical = |position: Position| (position.y, position.y + position.h);
    let ((here_from, here_to), (there_from, there_to)) = match direction {
        Direction::Left | Direction::Right => (horizontal(here), horizontal(there)),
        Direction::Up | Direction::Down => (vertical(here), vertical(there)),
    };
    let is_ahead = match direction {
        Direction::Right | Direction::Down => there_from >= here_to,
        Direction::Left | Direction::Up => there_to <= here_from,
    };
    let ahead = ((there_from + there_to) - (here_from + here_to)).abs() / 2;
    let ((here_from, here_to), (there_from, there_to)) = match direction {
        Direction::Left | Direction::Right => (vertical(here), vertical(there)),
        Direction::Up | Direction::Down => (horizontal(here), horizontal(there)),
    };
    // Tiles that overlap in the other dimension are straight ahead.
    let gap = (there_from - here_to).max(here_from - there_to).max(0);
    let centers = ((there_from + there_to) - (here_from + here_to)).abs() / 2;
    is_ahead.then_some(ahead + 2 * gap + centers / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Form;

    fn tile(id: &str, x: i32, y: i32, w: i32, h: i32) -> (Arc<str>, Position) {
        (id.into(), Position { form: Form::Card, page: 0, x, y, w, h })
    }

    #[test]
    fn arrow_keys_move_to_the_nearest_tile() {
        use Direction::{Down, Left, Right, Up};

        // Two large tiles above three small ones.
        let tiles = [
            tile("a", 0, 0, 300, 100),
            tile("b", 310, 0, 300, 100),
            tile("c", 0, 110, 200, 50),
            tile("d", 205, 110, 200, 50),
            tile("e", 410, 110, 200, 50),
        ];
        for (from, direction, expect) in [
            (None, Left, Some("a")),
            (Some("unknown"), Down, Some("a")),
            (Some("a"), Right, Some("b")),
            (Some("b"), Right, None),
            (Some("b"), Left, Some("a")),
            (Some("a"), Down, Some("c")),
            (Some("b"), Down, Some("e")),
            (Some("e"), Up, Some("b")),
            (Some("c"), Right, Some("d")),
            (Some("c"), Up, Some("a")),
        ] {
            assert_eq!(neighbor(&tiles, from, direction), expect, "{from:?} {direction:?}");
        }
    }
}
