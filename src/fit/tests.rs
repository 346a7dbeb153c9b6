use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

const TELEVISION_1080: Screen = Screen { width: 1920, height: 1080, display: Display::Kiosk };

fn subjects(names: &[(State, String)]) -> Vec<Subject<'_>> {
    names.iter().map(|(state, name)| Subject { state: *state, name }).collect()
}

/// So many of each state, with the names of the reference pictures where there are that many.
fn pipelines(failed: usize, waiting: usize, running: usize, quiet: usize) -> Vec<(State, String)> {
    let named = |state, count, names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        (0..count)
            .map(move |index| (state, names.get(index).cloned().unwrap_or_else(|| format!("pipeline-{index:03}"))))
            .collect::<Vec<_>>()
    };
    [
        named(State::Failed, failed, &["payments-api_card-capture", "checkout-web"]),
        named(State::Waiting, waiting, &["ledger-core"]),
        named(State::Running, running, &["notifications_mailer", "identity-service", "search-indexer"]),
        named(State::Passed, quiet, &["billing-exports", "catalog-service", "data-lake_ingest.eu-west-1"]),
    ]
    .concat()
}

/// The picture in words: rows of equal tiles, then the type.
fn describe(layout: &Layout) -> String {
    let mut text = String::new();
    let mut rest = layout.spots.as_slice();
    while let [first, ..] = rest {
        let same = rest
            .iter()
            .take_while(|spot| (spot.form, spot.page) == (first.form, first.page) && (first.form == Form::Chip || spot.y == first.y))
            .count();
        let (row, after) = rest.split_at(same);
        let columns = row.iter().filter(|spot| spot.y == first.y).count();
        let page = if first.page > 0 { format!(" on page {}", first.page) } else { String::new() };
        writeln!(text, "y {:>4}: {same} {} of {}×{}, {columns} beside one another{page}", first.y, first.form.name(), first.w, first.h)
            .unwrap();
        rest = after;
    }
    for (kind, sizes) in [("failed", layout.failed), ("card", layout.card), ("quiet", layout.quiet), ("chip", layout.chip)] {
        if sizes != Sizes::default() {
            let Sizes { unit, name, lines, room, less } = sizes;
            writeln!(text, "{kind}: unit {unit}, name {name} in {lines} of {room}, less {less}").unwrap();
        }
    }
    writeln!(
        text,
        "header unit {} in {}, caption {:?}, pages {}, height {}",
        layout.header, layout.header_lines, layout.caption, layout.pages, layout.height
    )
    .unwrap();
    text
}

#[track_caller]
fn check(screen: Screen, pipelines: &[(State, String)], expect: &Expect) {
    let layout = solve(screen, &subjects(pipelines));
    sound(screen, pipelines.len(), &layout).unwrap();
    expect.assert_eq(&describe(&layout));
}

/// What holds of every layout: all have a place, inside, on top of nothing, at a size that can be read.
fn sound(screen: Screen, count: usize, layout: &Layout) -> Result<(), String> {
    if layout.spots.len() != count {
        return Err(format!("{} places for {count}", layout.spots.len()));
    }
    let scrolls = layout.height > i32::from(screen.height);
    if scrolls && screen.display != Display::Browser {
        return Err("scrolls".to_owned());
    }
    for spot in &layout.spots {
        let Spot { x, y, w, h, .. } = *spot;
        if x < 0 || y < 0 || w < 1 || h < 1 || x + w > i32::from(screen.width) || y + h > layout.height {
            return Err(format!("{spot:?} is outside"));
        }
        if spot.page >= layout.pages {
            return Err(format!("{spot:?} is on a page that is not there"));
        }
    }
    let mut sorted: Vec<_> = layout.spots.iter().collect();
    sorted.sort_by_key(|spot| spot.y);
    for (index, a) in sorted.iter().enumerate() {
        for b in sorted.iter().skip(index + 1).take_while(|b| b.y < a.y + a.h) {
            let same_page = a.page == b.page || a.form != Form::Chip || b.form != Form::Chip;
            if same_page && a.x < b.x + b.w && b.x < a.x + a.w {
                return Err(format!("{a:?} lies on {b:?}"));
            }
        }
    }
    Ok(())
}

#[test]
fn twenty_pipelines_on_a_television() {
    check(TELEVISION_1080, &pipelines(2, 1, 3, 14), &expect![[""]]);
}

#[test]
fn a_hundred_and_fifty_on_a_television() {
    check(TELEVISION_1080, &pipelines(2, 1, 3, 144), &expect![[""]]);
}

#[test]
fn a_small_embed() {
    check(Screen { width: 900, height: 480, display: Display::Embed }, &pipelines(2, 1, 2, 8), &expect![[""]]);
}

#[test]
fn a_large_television_shows_the_same_picture() {
    let small = solve(TELEVISION_1080, &subjects(&pipelines(2, 1, 3, 144)));
    let large = solve(Screen { width: 3840, height: 2160, display: Display::Kiosk }, &subjects(&pipelines(2, 1, 3, 144)));
    for (small, large) in small.spots.iter().zip(&large.spots) {
        assert_eq!(small.form, large.form);
        assert!((small.x * 2 - large.x).abs() <= 2 && (small.y * 2 - large.y).abs() <= 2, "{small:?} {large:?}");
    }
}

#[test]
fn all_quiet() {
    check(TELEVISION_1080, &pipelines(0, 0, 0, 1), &expect![[""]]);
    check(TELEVISION_1080, &pipelines(0, 0, 0, 42), &expect![[""]]);
}

#[test]
fn one_failed_and_nothing_else() {
    check(TELEVISION_1080, &pipelines(1, 0, 0, 0), &expect![[""]]);
    check(TELEVISION_1080, &pipelines(1, 1, 0, 0), &expect![[""]]);
}

#[test]
fn one_failed_among_many() {
    check(TELEVISION_1080, &pipelines(1, 0, 0, 20), &expect![[""]]);
    check(TELEVISION_1080, &pipelines(1, 0, 3, 60), &expect![[""]]);
}

#[test]
fn six_hundred_turn_pages() {
    check(TELEVISION_1080, &pipelines(3, 2, 4, 591), &expect![[""]]);
}

#[test]
fn an_outage_fills_the_wall_with_what_failed() {
    check(TELEVISION_1080, &pipelines(150, 0, 0, 0), &expect![[""]]);
    check(TELEVISION_1080, &pipelines(25, 5, 10, 200), &expect![[""]]);
}

#[test]
fn a_telephone_scrolls() {
    check(Screen { width: 390, height: 844, display: Display::Browser }, &pipelines(2, 1, 1, 8), &expect![[""]]);
}

#[test]
fn names_decide_the_rows() {
    let long = vec![(State::Failed, "a-very-long-name-of-a-pipeline_that-nobody-would.call-short".to_owned()); 2];
    check(TELEVISION_1080, &long, &expect![[""]]);
    let unbroken = vec![(State::Failed, "x".repeat(100)); 2];
    check(TELEVISION_1080, &unbroken, &expect![[""]]);
}

#[test]
fn nothing_at_all() {
    check(TELEVISION_1080, &[], &expect![[""]]);
    check(Screen { width: 0, height: 0, display: Display::Embed }, &[], &expect![[""]]);
}

fn any_screen() -> impl Strategy<Value = Screen> {
    (320_u16..=3840, 240_u16..=2160, prop_oneof![Just(Display::Browser), Just(Display::Kiosk), Just(Display::Embed)])
        .prop_map(|(width, height, display)| Screen { width, height, display })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn every_wall_is_sound(screen in any_screen(), failed in 0_usize..40, waiting in 0_usize..10, running in 0_usize..40, quiet in 0_usize..400, length in 1_usize..100) {
        let mut pipelines = pipelines(failed, waiting, running, quiet);
        if let Some((_, name)) = pipelines.first_mut() {
            *name = "y".repeat(length);
        }
        let layout = solve(screen, &subjects(&pipelines));
        prop_assert_eq!(sound(screen, pipelines.len(), &layout), Ok(()));
    }
}
