//! `cctray.xml`: what desktop monitors and other walls read.
//!
//! Source: <https://cctray.org/v1/>. A project's last build is its last one with a verdict: a pipeline that runs again
//! after a failure keeps `lastBuildStatus="Failure"`. The heartbeat is no project.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use crate::{
    Status, Tile, Timestamp,
    tile::{Phase, TileRun},
    xml::Escaped,
};

/// All projects, by name. Names that pipelines share carry Region and account behind them.
pub fn document(tiles: &[Tile]) -> String {
    let mut tiles: Vec<&Tile> = tiles.iter().filter(|tile| !tile.id.is_heartbeat()).collect();
    tiles.sort_by_key(|tile| (&tile.name, &tile.id));
    let mut namesakes: BTreeMap<&str, usize> = BTreeMap::new();
    for tile in &tiles {
        *namesakes.entry(&tile.name).or_default() += 1;
    }
    let mut taken = BTreeSet::new();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Projects>\n");
    for tile in tiles {
        let alone = namesakes.get(tile.name.as_str()) == Some(&1);
        let plain = alone.then(|| tile.name.clone());
        let placed = format!("{} ({}, {})", tile.name, tile.id.region(), tile.id.account());
        let name = [plain, Some(placed)].into_iter().flatten().find(|name| !taken.contains(name));
        let name = name.unwrap_or_else(|| tile.id.to_string());
        project(&mut out, &name, tile);
        taken.insert(name);
    }
    out.push_str("</Projects>\n");
    out
}

fn project(out: &mut String, name: &str, tile: &Tile) {
    let attributes = [
        ("name", Some(name)),
        ("activity", Some(activity(tile))),
        ("lastBuildStatus", Some(last_build_status(tile))),
        ("lastBuildLabel", last_build_label(tile)),
        ("lastBuildTime", Some(&last_build_time(tile.run.as_ref()))),
        ("webUrl", Some(tile.url.as_deref().unwrap_or_default())),
    ];
    out.push_str("  <Project");
    for (key, value) in attributes {
        if let Some(value) = value {
            // Writing into a String cannot fail.
            let _ = write!(out, " {key}=\"{}\"", Escaped(value));
        }
    }
    out.push_str("/>\n");
}

/// `Building` while something works. What waits, for a person or a place to run, is not built. Never `CheckingModifications`:
/// readers know two words and forget the verdict at a third.
fn activity(tile: &Tile) -> &'static str {
    let queued = tile.run.as_ref().is_some_and(|run| run.phase == Some(Phase::Queued));
    match tile.status {
        Status::Started if !queued => "Building",
        Status::Started
        | Status::Succeeded
        | Status::Failed
        | Status::Waiting
        | Status::Stopped
        | Status::Unknown => "Sleeping",
    }
}

/// The newest verdict. A stopped run is none, and no `Exception` either: some readers take that for a failure.
fn last_build_status(tile: &Tile) -> &'static str {
    let verdict = |status| match status {
        Status::Succeeded => Some("Success"),
        Status::Failed => Some("Failure"),
        Status::Started | Status::Waiting | Status::Stopped | Status::Unknown => None,
    };
    let history = || tile.history.iter().rev().find_map(|past| verdict(past.status));
    let failing = || tile.failing_since.map(|_| "Failure");
    verdict(tile.status).or_else(history).or_else(failing).unwrap_or("Unknown")
}

/// The revision, else the run's id, of the run that the verdict is about. The tile knows only the headline's.
fn last_build_label(tile: &Tile) -> Option<&str> {
    if !matches!(tile.status, Status::Succeeded | Status::Failed) {
        return None;
    }
    let revision = tile.change.as_ref().and_then(|change| change.revision.as_deref());
    revision.or(tile.run.as_ref().map(|run| run.id.as_str()))
}

/// The end, else the start, of the headline run, in whole seconds, as all readers take it. The epoch when there was
/// none: the attribute is required.
fn last_build_time(run: Option<&TileRun>) -> String {
    let Some(run) = run else {
        return "1970-01-01T00:00:00Z".to_owned();
    };
    let moment = run.ended.unwrap_or(run.started);
    let whole = Timestamp::from_unix_ms(moment.unix_ms() / 1000 * 1000);
    whole.unwrap_or(moment).to_string()
}

#[cfg(test)]
mod readers;
#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;
    use crate::{
        PipelineId,
        tile::{Change, Past},
        xml::read::elements,
    };

    pub(super) fn tile(account: &str, name: &str, history: &[Status]) -> Tile {
        let status = *history.last().unwrap_or(&Status::Unknown);
        let open = matches!(status, Status::Started | Status::Waiting);
        Tile {
            id: PipelineId::new("codepipeline", "eu-west-1", account, name).unwrap(),
            name: name.to_owned(),
            status,
            stage: Some("Build".to_owned()),
            stages: Vec::new(),
            run: Some(TileRun {
                id: "11111111-2222-4333-8444-555555555555".to_owned(),
                started: "2026-11-23T09:14:02.120Z".parse().unwrap(),
                updated: "2026-11-23T09:18:02Z".parse().unwrap(),
                ended: (!open).then(|| "2026-11-23T09:18:02.900Z".parse().unwrap()),
                attempt: 1,
                typical_s: None,
                phase: None,
                number: None,
                error: None,
                behind: 0,
            }),
            change: Some(Change { revision: Some("9f3c1e0".to_owned()), ..Change::default() }),
            history: history.iter().map(|status| Past { status: *status, seconds: None }).collect(),
            failing_since: None,
            verdict: None,
            url: Some("https://eu-west-1.console.aws.amazon.com/x?a=1&b=2".to_owned()),
            off: None,
            gone: None,
        }
    }

    pub(super) fn running(mut tile: Tile, phase: Phase) -> Tile {
        tile.run.as_mut().unwrap().phase = Some(phase);
        tile
    }

    #[track_caller]
    fn check(tiles: &[Tile], expect: &Expect) {
        let document = document(tiles);
        elements(&document).unwrap();
        expect.assert_eq(&document);
    }

    #[test]
    fn projects_by_name() {
        let bare = Tile { run: None, change: None, url: None, ..tile("1", "new", &[]) };
        check(
            &[tile("1", "shop", &[Status::Succeeded]), bare],
            &expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <Projects>
              <Project name="new" activity="Sleeping" lastBuildStatus="Unknown" lastBuildTime="1970-01-01T00:00:00Z" webUrl=""/>
              <Project name="shop" activity="Sleeping" lastBuildStatus="Success" lastBuildLabel="9f3c1e0" lastBuildTime="2026-11-23T09:18:02Z" webUrl="https://eu-west-1.console.aws.amazon.com/x?a=1&amp;b=2"/>
            </Projects>
        "#]],
        );
        check(
            &[],
            &expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <Projects>
            </Projects>
        "#]],
        );
    }

    #[test]
    fn namesakes_are_told_apart() {
        let other_source = Tile {
            id: PipelineId::new("github", "eu-west-1", "1", "shop").unwrap(),
            ..tile("1", "shop", &[Status::Failed])
        };
        let pretender = tile("3", "shop (eu-west-1, 1)", &[Status::Succeeded]);
        let tiles = [
            tile("1", "shop", &[Status::Succeeded]),
            tile("2", "shop", &[Status::Failed]),
            other_source,
            pretender,
        ];
        let document = document(&tiles);
        let names: BTreeSet<String> = elements(&document)
            .unwrap()
            .into_iter()
            .filter_map(|(_, attributes)| attributes.get("name").cloned())
            .collect();
        expect![[r#"
            {
                "github:eu-west-1:1:shop",
                "shop (eu-west-1, 1)",
                "shop (eu-west-1, 1) (eu-west-1, 3)",
                "shop (eu-west-1, 2)",
            }
        "#]]
        .assert_debug_eq(&names);
    }

    #[test]
    fn strangers_names_are_text() {
        check(
            &[tile("1", "a<b>&\"'c\u{1F680}", &[Status::Succeeded])],
            &expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <Projects>
              <Project name="a&lt;b&gt;&amp;&quot;&#39;c🚀" activity="Sleeping" lastBuildStatus="Success" lastBuildLabel="9f3c1e0" lastBuildTime="2026-11-23T09:18:02Z" webUrl="https://eu-west-1.console.aws.amazon.com/x?a=1&amp;b=2"/>
            </Projects>
        "#]],
        );
    }

    #[test]
    fn the_heartbeat_is_no_project() {
        let id = PipelineId::new("pipelines-dashboard", "eu-west-1", "1", "heartbeat").unwrap();
        let beat = Tile { id, ..tile("1", "heartbeat", &[Status::Succeeded]) };
        let namesake = tile("1", "heartbeat", &[Status::Succeeded]);
        let document = document(&[beat, namesake]);
        assert_eq!(elements(&document).unwrap().len(), 2, "{document}");
    }

    #[track_caller]
    fn check_state(tile: &Tile, expect: &str) {
        assert_eq!(format!("{} {}", activity(tile), last_build_status(tile)), expect);
    }

    #[test]
    fn a_new_run_keeps_the_last_verdict() {
        use Status::{Failed, Started, Stopped, Succeeded, Unknown, Waiting};
        check_state(&tile("1", "shop", &[Succeeded]), "Sleeping Success");
        check_state(&tile("1", "shop", &[Succeeded, Failed]), "Sleeping Failure");
        check_state(&tile("1", "shop", &[Succeeded, Failed, Started]), "Building Failure");
        check_state(&tile("1", "shop", &[Failed, Succeeded, Started]), "Building Success");
        check_state(&tile("1", "shop", &[Failed, Succeeded, Waiting]), "Sleeping Success");
        check_state(&tile("1", "shop", &[Started]), "Building Unknown");
        check_state(&tile("1", "shop", &[Failed, Stopped]), "Sleeping Failure");
        check_state(&tile("1", "shop", &[Stopped]), "Sleeping Unknown");
        check_state(&tile("1", "shop", &[Unknown]), "Sleeping Unknown");
        let long_failing = Tile {
            failing_since: Some("2026-11-20T09:00:00Z".parse().unwrap()),
            ..tile("1", "shop", &[Stopped, Started])
        };
        check_state(&long_failing, "Building Failure");
        check_state(
            &running(tile("1", "shop", &[Succeeded, Started]), Phase::Queued),
            "Sleeping Success",
        );
    }

    proptest! {
        #[test]
        fn any_names_give_a_well_formed_document_of_unique_names(names in prop::collection::vec("[ab(), -]{1,3}|\\PC{1,9}", 0..6)) {
            let tiles: Vec<Tile> = (0_u8..).zip(&names).map(|(index, name)| tile(&index.to_string(), name, &[Status::Failed])).collect();
            let elements = elements(&document(&tiles)).map_err(TestCaseError::fail)?;
            let unique: BTreeSet<&String> = elements.iter().filter_map(|(_, attributes)| attributes.get("name")).collect();
            prop_assert_eq!(unique.len(), names.len());
            prop_assert_eq!(elements.len(), names.len() + 1);
        }
    }
}
