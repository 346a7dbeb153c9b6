use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

const TELEVISION_1080: Viewport =
    Viewport { width: 1920, height: 1080, banner: 0, columns: None, display: Display::Kiosk };

fn subjects(names: &[(TileStatus, String)]) -> Vec<Subject<'_>> {
    names.iter().map(|(status, name)| Subject { status: *status, name, location: None }).collect()
}

/// So many of each status, with the names of the reference pictures where there are that many.
fn pipelines(
    failed: usize,
    waiting: usize,
    running: usize,
    quiet: usize,
) -> Vec<(TileStatus, String)> {
    let named = |status, count, names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        (0..count)
            .map(move |index| {
                (
                    status,
                    names.get(index).cloned().unwrap_or_else(|| format!("pipeline-{index:03}")),
                )
            })
            .collect::<Vec<_>>()
    };
    [
        named(TileStatus::Failed, failed, &["payments-api_card-capture", "checkout-web"]),
        named(TileStatus::Waiting, waiting, &["ledger-core"]),
        named(
            TileStatus::Running,
            running,
            &["notifications_mailer", "identity-service", "search-indexer"],
        ),
        named(
            TileStatus::Passed,
            quiet,
            &["billing-exports", "catalog-service", "data-lake_ingest.eu-west-1"],
        ),
    ]
    .concat()
}

/// The first page in words: runs of equal tiles, then the type.
fn describe(layout: &Layout) -> String {
    let mut text = String::new();
    let visible = layout.positions.iter().filter(|position| position.page == 0);
    let visible: Vec<_> = visible.collect();
    for run in visible.chunk_by(|a, b| (a.form, a.h) == (b.form, b.h)) {
        let Position { form, y, w, h, .. } = *run[0];
        let columns = run.iter().filter(|position| position.y == y).count();
        let name = form.name();
        writeln!(text, "y {y:>4}: {} {name} of {w}×{h}, {columns} per row", run.len()).unwrap();
    }
    let Layout { failed, card, quiet, chip, .. } = layout;
    for (kind, sizes) in [("failed", failed), ("card", card), ("quiet", quiet), ("chip", chip)] {
        if *sizes != Sizes::default() {
            let Sizes { unit, name, lines, room, less } = sizes;
            writeln!(text, "{kind}: unit {unit}, name {name} in {lines} of {room}, less {less}")
                .unwrap();
        }
    }
    let Layout { header, header_lines, caption, pages, height, .. } = layout;
    let rest = format!("caption {caption:?}, pages {pages}, height {height}");
    writeln!(text, "header unit {header} in {header_lines}, {rest}").unwrap();
    text
}

#[track_caller]
fn check(viewport: Viewport, pipelines: &[(TileStatus, String)], expect: &Expect) {
    let layout = solve(viewport, Scene::ProminentFirst, &subjects(pipelines));
    sound(viewport, pipelines.len(), &layout).unwrap();
    expect.assert_eq(&describe(&layout));
}

/// What holds for every layout: everything has a position, inside the viewport, and nothing overlaps.
fn sound(viewport: Viewport, count: usize, layout: &Layout) -> Result<(), String> {
    if layout.positions.len() != count {
        return Err(format!("{} positions for {count}", layout.positions.len()));
    }
    let (width, height) = (i32::from(viewport.width), i32::from(viewport.height));
    if layout.height > height && viewport.display != Display::Browser {
        return Err("scrolls".to_owned());
    }
    let bottom = layout.height - i32::from(viewport.banner);
    for position in &layout.positions {
        let Position { x, y, w, h, page, .. } = *position;
        let is_inside = x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= width && y + h <= bottom;
        if !is_inside || page >= layout.pages {
            return Err(format!("{position:?} is outside"));
        }
    }
    let mut sorted: Vec<_> = layout.positions.iter().collect();
    sorted.sort_by_key(|position| position.y);
    for (index, a) in sorted.iter().enumerate() {
        for b in sorted.iter().skip(index + 1).take_while(|b| b.y < a.y + a.h) {
            let same_page = a.page == b.page || a.form != Form::Chip || b.form != Form::Chip;
            if same_page && a.x < b.x + b.w && b.x < a.x + a.w {
                return Err(format!("{a:?} overlaps {b:?}"));
            }
        }
    }
    Ok(())
}

#[test]
fn twenty_pipelines_on_a_television() {
    check(
        TELEVISION_1080,
        &pipelines(2, 1, 3, 14),
        &expect![[r#"
            y   64: 2 tall of 928×343, 2 per row
            y  423: 4 card of 456×285, 4 per row
            y  724: 14 quiet of 255×159, 7 per row
            failed: unit 973, name 68771 in 1 of 1123, less 0
            card: unit 1065, name 41827 in 1 of 805, less 0
            quiet: unit 1060, name 29680 in 2 of 1257, less 0
            header unit 1000 in 1, caption None, pages 1, height 1080
        "#]],
    );
}

#[test]
fn a_hundred_and_fifty_on_a_television() {
    check(
        TELEVISION_1080,
        &pipelines(2, 1, 3, 144),
        &expect![[r#"
            y   64: 2 low of 928×203, 2 per row
            y  283: 4 card of 456×215, 4 per row
            y  538: 144 chip of 227×25, 8 per row
            failed: unit 983, name 53092 in 1 of 1137, less 0
            card: unit 804, name 35375 in 1 of 1035, less 0
            chip: unit 1000, name 18000 in 1 of 721, less 1
            header unit 1000 in 1, caption Some(514), pages 1, height 1080
        "#]],
    );
}

#[test]
fn a_small_embed() {
    check(
        Viewport { width: 900, height: 480, banner: 0, columns: None, display: Display::Embed },
        &pipelines(2, 1, 2, 8),
        &expect![[r#"
            y   36: 2 card of 430×167, 2 per row
            y  214: 3 card of 283×177, 3 per row
            y  402: 8 chip of 213×30, 4 per row
            failed: unit 559, name 24577 in 1 of 1496, less 0
            card: unit 661, name 25982 in 1 of 805, less 0
            chip: unit 778, name 16722 in 1 of 576, less 0
            header unit 566 in 1, caption None, pages 1, height 480
        "#]],
    );
}

#[test]
fn the_smallest_embed() {
    check(
        Viewport { width: 320, height: 240, banner: 0, columns: None, display: Display::Embed },
        &pipelines(2, 2, 2, 14),
        &expect![[r#"
            y   60: 1 card of 304×123, 1 per row
            y  213: 1 chip of 304×19, 1 per row
            failed: unit 524, name 21841 in 1 of 1123, less 3
            chip: unit 778, name 14000 in 1 of 1631, less 1
            header unit 536 in 3, caption Some(194), pages 19, height 240
        "#]],
    );
}

#[test]
fn nothing_stands_under_a_banner() {
    check(
        Viewport { banner: 45, ..TELEVISION_1080 },
        &pipelines(2, 1, 3, 14),
        &expect![[r#"
            y   64: 2 tall of 928×328, 2 per row
            y  408: 4 card of 456×273, 4 per row
            y  697: 14 quiet of 255×150, 7 per row
            failed: unit 931, name 68916 in 1 of 1130, less 0
            card: unit 1019, name 42464 in 1 of 805, less 0
            quiet: unit 1000, name 28000 in 2 of 1344, less 0
            header unit 1000 in 1, caption None, pages 1, height 1080
        "#]],
    );
}

#[test]
fn a_large_television_shows_the_same_picture() {
    let small = solve(TELEVISION_1080, Scene::ProminentFirst, &subjects(&pipelines(2, 1, 3, 144)));
    let large = solve(
        Viewport { width: 3840, height: 2160, banner: 0, columns: None, display: Display::Kiosk },
        Scene::ProminentFirst,
        &subjects(&pipelines(2, 1, 3, 144)),
    );
    for (small, large) in small.positions.iter().zip(&large.positions) {
        assert_eq!(small.form, large.form);
        assert!(
            (small.x * 2 - large.x).abs() <= 2 && (small.y * 2 - large.y).abs() <= 2,
            "{small:?} {large:?}"
        );
    }
}

#[test]
fn all_quiet() {
    check(
        TELEVISION_1080,
        &pipelines(0, 0, 0, 1),
        &expect![[r#"
        y   64: 1 quiet of 612×293, 1 per row
        quiet: unit 1700, name 47600 in 2 of 1979, less 0
        header unit 1000 in 1, caption None, pages 1, height 1080
    "#]],
    );
    check(
        TELEVISION_1080,
        &pipelines(0, 0, 0, 42),
        &expect![[r#"
            y   64: 42 quiet of 255×154, 7 per row
            quiet: unit 1024, name 28684 in 2 of 1307, less 0
            header unit 1000 in 1, caption None, pages 1, height 1080
        "#]],
    );
}

#[test]
fn one_failed_and_nothing_else() {
    check(
        TELEVISION_1080,
        &pipelines(1, 0, 0, 0),
        &expect![[r#"
        y   64: 1 tall of 1872×992, 1 per row
        failed: unit 1500, name 111000 in 1 of 1470, less 0
        header unit 1000 in 1, caption None, pages 1, height 1080
    "#]],
    );
    check(
        TELEVISION_1080,
        &pipelines(1, 1, 0, 0),
        &expect![[r#"
            y   64: 1 tall of 1872×532, 1 per row
            y  612: 1 card of 1872×444, 1 per row
            failed: unit 1500, name 111000 in 1 of 1470, less 0
            card: unit 1500, name 66000 in 1 of 2582, less 0
            header unit 1000 in 1, caption None, pages 1, height 1080
        "#]],
    );
}

#[test]
fn one_failed_among_many() {
    check(
        TELEVISION_1080,
        &pipelines(1, 0, 0, 20),
        &expect![[r#"
            y   64: 1 tall of 1872×352, 1 per row
            y  432: 20 quiet of 255×199, 7 per row
            failed: unit 1000, name 74000 in 1 of 2314, less 0
            quiet: unit 1064, name 29800 in 2 of 1251, less 0
            header unit 1000 in 1, caption None, pages 1, height 1080
        "#]],
    );
    check(
        TELEVISION_1080,
        &pipelines(1, 0, 3, 60),
        &expect![[r#"
            y   64: 1 low of 1872×246, 1 per row
            y  326: 3 card of 613×262, 3 per row
            y  604: 60 chip of 368×34, 5 per row
            failed: unit 1195, name 64523 in 1 of 2290, less 0
            card: unit 977, name 42991 in 1 of 1172, less 0
            chip: unit 1000, name 20500 in 1 of 1095, less 0
            header unit 1000 in 1, caption None, pages 1, height 1080
        "#]],
    );
}

#[test]
fn six_hundred_turn_pages() {
    check(
        TELEVISION_1080,
        &pipelines(3, 2, 4, 591),
        &expect![[r#"
            y   64: 3 card of 613×174, 3 per row
            y  254: 5 card of 362×186, 5 per row
            y  480: 160 chip of 227×25, 8 per row
            failed: unit 767, name 33733 in 1 of 1564, less 2
            card: unit 780, name 34071 in 1 of 805, less 1
            chip: unit 1000, name 18000 in 1 of 721, less 1
            header unit 1000 in 1, caption Some(456), pages 4, height 1080
        "#]],
    );
}

#[test]
fn an_outage_fills_the_wall_with_what_failed() {
    check(
        TELEVISION_1080,
        &pipelines(150, 0, 0, 0),
        &expect![[r#"
            y   64: 10 card of 362×209, 5 per row
            y  538: 140 chip of 227×25, 8 per row
            failed: unit 780, name 30000 in 1 of 914, less 1
            chip: unit 1000, name 18000 in 1 of 721, less 1
            header unit 1000 in 1, caption Some(514), pages 1, height 1080
        "#]],
    );
    check(
        TELEVISION_1080,
        &pipelines(25, 5, 10, 200),
        &expect![[r#"
            y   64: 10 card of 362×180, 5 per row
            y  480: 160 chip of 227×25, 8 per row
            failed: unit 769, name 30000 in 1 of 918, less 3
            chip: unit 1000, name 18000 in 1 of 721, less 1
            header unit 1000 in 1, caption Some(456), pages 2, height 1080
        "#]],
    );
}

#[test]
fn a_telephone_scrolls() {
    check(
        Viewport { width: 390, height: 844, banner: 0, columns: None, display: Display::Browser },
        &pipelines(2, 1, 1, 8),
        &expect![[r#"
            y   85: 1 card of 374×212, 1 per row
            y  306: 3 card of 374×213, 1 per row
            y  969: 8 chip of 374×44, 1 per row
            failed: unit 714, name 26182 in 1 of 1123, less 0
            card: unit 714, name 26182 in 1 of 1123, less 0
            chip: unit 1000, name 17000 in 1 of 1500, less 0
            header unit 536 in 3, caption None, pages 1, height 1357
        "#]],
    );
}

#[test]
fn names_decide_the_rows() {
    let long = vec![
        (
            TileStatus::Failed,
            "a-very-long-name-of-a-pipeline_that-nobody-would.call-short".to_owned()
        );
        2
    ];
    check(
        TELEVISION_1080,
        &long,
        &expect![[r#"
            y   64: 2 tall of 1872×488, 1 per row
            failed: unit 1386, name 66219 in 1 of 2492, less 0
            header unit 1000 in 1, caption None, pages 1, height 1080
        "#]],
    );
    let unbroken = vec![(TileStatus::Failed, "x".repeat(100)); 2];
    check(
        TELEVISION_1080,
        &unbroken,
        &expect![[r#"
            y   64: 2 tall of 1872×488, 1 per row
            failed: unit 1326, name 44000 in 2 of 6413, less 0
            header unit 1000 in 1, caption None, pages 1, height 1080
        "#]],
    );
}

#[test]
fn nothing_at_all() {
    check(
        TELEVISION_1080,
        &[],
        &expect![[r#"
        header unit 1000 in 1, caption None, pages 1, height 1080
    "#]],
    );
    check(
        Viewport { width: 0, height: 0, banner: 0, columns: None, display: Display::Embed },
        &[],
        &expect![[r#"
        header unit 536 in 3, caption None, pages 1, height 0
    "#]],
    );
}

fn any_screen() -> impl Strategy<Value = Viewport> {
    (
        320_u16..=3840,
        240_u16..=2160,
        0_u16..60,
        prop_oneof![Just(Display::Browser), Just(Display::Kiosk), Just(Display::Embed)],
    )
        .prop_map(|(width, height, banner, display)| Viewport {
            width,
            height,
            banner,
            columns: None,
            display,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn every_wall_is_sound(viewport in any_screen(), failed in 0_usize..40, waiting in 0_usize..10, running in 0_usize..40, quiet in 0_usize..400, length in 1_usize..100) {
        let mut pipelines = pipelines(failed, waiting, running, quiet);
        if let Some((_, name)) = pipelines.first_mut() {
            *name = "y".repeat(length);
        }
        let layout = solve(viewport, Scene::ProminentFirst, &subjects(&pipelines));
        prop_assert_eq!(sound(viewport, pipelines.len(), &layout), Ok(()));
    }
}
