//! The last ten runs on a baseline: passed stand up, failed hang, the current one is hollow, stopped is a dash.

use model::{Status, Tile, tile::Past};

use super::node::{Node, element};
use crate::number::digits;

/// Width of a bar and of the gap behind it; height above and below the line.
const BAR: u64 = 10;
const STEP: u64 = 15;
const ABOVE: u64 = 36;
const BELOW: u64 = 16;
const BARS: usize = 10;
const LINE: &str = "M0 37.5H148";

/// One path a kind of bar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Paths {
    passed: String,
    failed: String,
    open: String,
    stopped: String,
}

/// The history of a tile.
pub fn history(tile: &Tile) -> Node {
    let Paths { passed, failed, open, stopped } = paths(&tile.history);
    let mut svg = element("svg")
        .with("class", "history")
        .with("viewBox", "0 0 148 56")
        .with("aria-hidden", "true");
    svg = svg.child(element("path").with("d", LINE));
    for (kind, path) in
        [("passed", passed), ("failed", failed), ("open", open), ("stopped", stopped)]
    {
        svg = svg.child_if(
            (!path.is_empty()).then(|| element("path").with("class", kind).with("d", path)),
        );
    }
    svg
}

fn paths(history: &[Past]) -> Paths {
    let longest = history.iter().filter_map(|past| past.seconds).max().unwrap_or(0).max(1);
    let mut paths = Paths::default();
    let empty = BARS.saturating_sub(history.len());
    for (place, past) in (empty..).zip(history) {
        let x = u64::try_from(place).unwrap_or(0) * STEP;
        let part = |most: u64, least: u64| {
            past.seconds.map_or(most / 2, |seconds| least + (most - least) * seconds / longest)
        };
        match past.status {
            Status::Succeeded => bar(&mut paths.passed, x, ABOVE - part(ABOVE, 4), part(ABOVE, 4)),
            // A cut end, so that it isn't told by its colour alone.
            Status::Failed => hang(&mut paths.failed, x, part(BELOW, 7)),
            Status::Started | Status::Waiting => bar(&mut paths.open, x + 1, ABOVE - 16, 15),
            Status::Stopped | Status::Unknown => bar(&mut paths.stopped, x, ABOVE - 3, 3),
        }
    }
    paths
}

fn bar(path: &mut String, x: u64, y: u64, height: u64) {
    write(path, &[("M", x), (" ", y), ("h", BAR), ("v", height), ("h-", BAR)]);
    path.push('z');
}

fn hang(path: &mut String, x: u64, depth: u64) {
    const CUT: u64 = 4;
    write(
        path,
        &[
            ("M", x),
            (" ", ABOVE + 3),
            ("h", BAR),
            ("v", depth - CUT),
            ("l-", CUT),
            (" ", CUT),
            ("h-", BAR - 2 * CUT),
            ("l-", CUT),
            (" -", CUT),
        ],
    );
    path.push('z');
}

fn write(path: &mut String, steps: &[(&str, u64)]) {
    for (command, number) in steps {
        path.push_str(command);
        path.push_str(&digits(*number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(history: &[(Status, Option<u64>)], expect: &Paths) {
        let history: Vec<_> = history
            .iter()
            .map(|(status, seconds)| Past { status: *status, seconds: *seconds })
            .collect();
        assert_eq!(paths(&history), *expect);
    }

    #[test]
    fn each_status_has_a_bar_of_its_own_and_the_newest_stands_right() {
        check(&[], &Paths::default());
        check(
            &[
                (Status::Succeeded, Some(100)),
                (Status::Failed, Some(50)),
                (Status::Stopped, None),
                (Status::Started, None),
            ],
            &Paths {
                passed: "M90 0h10v36h-10z".to_owned(),
                failed: "M105 39h10v7l-4 4h-2l-4 -4z".to_owned(),
                stopped: "M120 33h10v3h-10z".to_owned(),
                open: "M136 20h10v15h-10z".to_owned(),
            },
        );
    }

    #[test]
    fn durations_of_any_length_keep_inside() {
        for seconds in [None, Some(0), Some(1), Some(1_000_000)] {
            let Paths { passed, .. } = paths(&[
                Past { status: Status::Succeeded, seconds },
                Past { status: Status::Failed, seconds: Some(1_000_000) },
            ]);
            assert!(passed.starts_with("M120 "), "{passed}");
        }
    }
}
