//! The document as known readers take it: their rules, run over it.
//!
//! Sources: `CCMenu` 2, `CCMenu/Source/Server Monitor/CCTrayResponseParser.swift` of <https://github.com/ccmenu/ccmenu2>; Nevergreen's
//! parser, `src/clj_cctray/{health,dates,util}.clj` of <https://github.com/build-canaries/clj-cctray>.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{
    document,
    tests::{running, tile},
};
use crate::{Status, Tile, tile::Phase, xml::read::elements};

type Attributes = BTreeMap<String, String>;

fn projects(tiles: &[Tile]) -> Vec<Attributes> {
    elements(&document(tiles))
        .unwrap()
        .into_iter()
        .filter(|(name, _)| name == "Project")
        .map(|(_, attributes)| attributes)
        .collect()
}

/// What `CCMenu` shows: an activity and a result. Its words for those that it doesn't know are `other` and `unknown`.
fn ccmenu(project: &Attributes) -> String {
    let activity = match project["activity"].as_str() {
        "Sleeping" => "sleeping",
        "Building" => "building",
        _ => "other",
    };
    let result = match project["lastBuildStatus"].as_str() {
        "Success" => "success",
        "Failure" | "Exception" => "failure",
        _ => "unknown",
    };
    format!("{activity} {result}")
}

/// `CCMenu` takes nineteen characters for a local time, and cuts fractions out of longer ones, which have to be ISO 8601.
fn ccmenu_reads_the_time_as_utc(time: &str) -> bool {
    time.chars().count() > 19 && is_iso(time)
}

/// Nevergreen's one word.
fn nevergreen(project: &Attributes) -> &'static str {
    let (status, activity) =
        (project["lastBuildStatus"].to_lowercase(), project["activity"].to_lowercase());
    match (status.as_str(), activity.as_str()) {
        ("success", "sleeping") => "healthy",
        ("success", "building") => "healthy-building",
        ("failure" | "error", "sleeping") => "sick",
        ("failure" | "error", "building") => "sick-building",
        _ => "unknown",
    }
}

/// `yyyy-MM-dd'T'HH:mm:ss[.SSS][VV]`
fn nevergreen_reads_the_time(time: &str) -> bool {
    is_iso(time)
}

/// `2026-11-23T09:18:02Z`, which both take.
fn is_iso(time: &str) -> bool {
    let shape: String = time
        .chars()
        .map(|character| if character.is_ascii_digit() { '0' } else { character })
        .collect();
    shape == "0000-00-00T00:00:00Z"
}

#[track_caller]
fn check(tile: Tile, expect: &Expect) {
    let project = projects(&[tile]).remove(0);
    expect.assert_eq(&format!(
        "CCMenu: {}, Nevergreen: {}",
        ccmenu(&project),
        nevergreen(&project)
    ));
}

#[test]
fn readers_see_a_verdict_and_whether_something_works() {
    use Status::{Failed, Started, Stopped, Succeeded, Unknown, Waiting};
    let of = |history: &[Status]| tile("1", "shop", history);
    check(of(&[Succeeded]), &expect!["CCMenu: sleeping success, Nevergreen: healthy"]);
    check(of(&[Failed]), &expect!["CCMenu: sleeping failure, Nevergreen: sick"]);
    check(
        of(&[Succeeded, Started]),
        &expect!["CCMenu: building success, Nevergreen: healthy-building"],
    );
    check(of(&[Failed, Started]), &expect!["CCMenu: building failure, Nevergreen: sick-building"]);
    check(of(&[Succeeded, Waiting]), &expect!["CCMenu: sleeping success, Nevergreen: healthy"]);
    check(of(&[Failed, Stopped]), &expect!["CCMenu: sleeping failure, Nevergreen: sick"]);
    check(of(&[Stopped]), &expect!["CCMenu: sleeping unknown, Nevergreen: unknown"]);
    check(of(&[Unknown]), &expect!["CCMenu: sleeping unknown, Nevergreen: unknown"]);
    check(
        running(of(&[Failed, Started]), Phase::Queued),
        &expect!["CCMenu: sleeping failure, Nevergreen: sick"],
    );
    check(
        running(of(&[Succeeded, Started]), Phase::Queued),
        &expect!["CCMenu: sleeping success, Nevergreen: healthy"],
    );
    check(
        running(of(&[Succeeded, Started]), Phase::Stopping),
        &expect!["CCMenu: building success, Nevergreen: healthy-building"],
    );
}

fn statuses() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![
        Status::Started,
        Status::Succeeded,
        Status::Failed,
        Status::Waiting,
        Status::Stopped,
        Status::Unknown,
    ])
}

proptest! {
    #[test]
    fn readers_understand_every_word_and_time(histories in prop::collection::vec(prop::collection::vec(statuses(), 0..10), 1..5)) {
        let tiles: Vec<_> = histories.iter().enumerate().map(|(index, history)| tile("1", &format!("p{index}"), history)).collect();
        for project in projects(&tiles) {
            for required in ["name", "activity", "lastBuildStatus", "lastBuildTime", "webUrl"] {
                prop_assert!(project.contains_key(required), "{required}");
            }
            prop_assert!(!project["name"].is_empty());
            prop_assert!(!ccmenu(&project).contains("other"), "{:?}", project);
            prop_assert!(["Success", "Failure", "Unknown"].contains(&project["lastBuildStatus"].as_str()));
            prop_assert!(ccmenu_reads_the_time_as_utc(&project["lastBuildTime"]));
            prop_assert!(nevergreen_reads_the_time(&project["lastBuildTime"]));
            // What one shows as failed the other does, too.
            prop_assert_eq!(ccmenu(&project).ends_with("failure"), nevergreen(&project).starts_with("sick"));
        }
    }
}
