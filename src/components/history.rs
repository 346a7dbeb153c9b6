//! The last ten runs as bars on a line: passed runs point up, failed ones down, an open one is hollow, a stopped one flat.

use leptos::prelude::*;
use model::{Status, tile::Past};

/// The width of a bar, the distance between two, and their maximum height above and below the line.
const BAR: u64 = 10;
const STEP: u64 = 15;
const ABOVE: u64 = 36;
const BELOW: u64 = 16;
/// The number of bars.
const BARS: usize = 10;
const LINE: &str = "M0 37.5H148";

/// The history of a pipeline.
#[component]
pub fn History(
    /// The last runs, oldest first.
    runs: Vec<Past>,
) -> impl IntoView {
    let Paths { passed, failed, open, stopped } = paths(runs);
    let path =
        |class, path: String| (!path.is_empty()).then(|| view! { <path class=class d=path/> });
    view! {
        <svg class="history" viewBox="0 0 148 56" aria-hidden="true">
            <path d=LINE/>
            {path("passed", passed)}
            {path("failed", failed)}
            {path("open", open)}
            {path("stopped", stopped)}
        </svg>
    }
}

/// One path per kind of bar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Paths {
    passed: String,
    failed: String,
    open: String,
    stopped: String,
}

/// Draws the bars; the newest run is at the right.
fn paths(history: Vec<Past>) -> Paths {
    let longest = history.iter().filter_map(|past| past.seconds).max().unwrap_or(0).max(1);
    let mut paths = Paths::default();
    let empty = BARS.saturating_sub(history.len());
    for (index, past) in (empty..).zip(history) {
        let x = u64::try_from(index).unwrap_or(0) * STEP;
        let length = |most: u64, least: u64| {
            past.seconds.map_or(most / 2, |seconds| least + (most - least) * seconds / longest)
        };
        match past.status {
            Status::Succeeded => {
                let height = length(ABOVE, 4);
                paths.passed += &bar(x, ABOVE - height, height);
            }
            Status::Failed => paths.failed += &hanging_bar(x, length(BELOW, 7)),
            Status::Started | Status::Waiting => paths.open += &bar(x + 1, ABOVE - 16, 15),
            Status::Stopped | Status::Unknown => paths.stopped += &bar(x, ABOVE - 3, 3),
        }
    }
    paths
}

fn bar(x: u64, y: u64, height: u64) -> String {
    format!("M{x} {y}h{BAR}v{height}h-{BAR}z")
}

/// With cut corners, so that its color is not the only difference.
fn hanging_bar(x: u64, depth: u64) -> String {
    const CUT: u64 = 4;
    let (y, side, bottom) = (ABOVE + 3, depth - CUT, BAR - 2 * CUT);
    format!("M{x} {y}h{BAR}v{side}l-{CUT} {CUT}h-{bottom}l-{CUT} -{CUT}z")
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
        assert_eq!(paths(history), *expect);
    }

    #[test]
    fn each_status_has_its_own_bar_and_the_newest_is_at_the_right() {
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
    fn no_duration_leaves_the_picture() {
        for seconds in [None, Some(0), Some(1), Some(1_000_000)] {
            let Paths { passed, .. } = paths(vec![
                Past { status: Status::Succeeded, seconds },
                Past { status: Status::Failed, seconds: Some(1_000_000) },
            ]);
            assert!(passed.starts_with("M120 "), "{passed}");
        }
    }
}
