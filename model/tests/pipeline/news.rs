//! What people are told while events arrive in any order, some of them twice.

use std::collections::BTreeSet;

use model::{
    Applied, Pipeline, Status, Tile,
    event::Event,
    news::{Became, Told},
};
use proptest::prelude::*;

use crate::{
    invented::{history, retold},
    story::{by, failing, passing, run, shop},
};

/// What is told after each event, as `failed a1`, and what is remembered at the end.
fn told(events: &[Event]) -> (Vec<(Became, Tile)>, Told, Tile) {
    let mut pipeline =
        Pipeline::new(events.first().map_or_else(shop, |event| event.pipeline.clone()));
    let mut told = Told::of(&pipeline.tile());
    let mut news = Vec::new();
    for event in events {
        let applied = pipeline.apply(event.clone());
        let tile = pipeline.tile();
        let became = told.take(&tile);
        assert!(applied == Applied::Changed || became.is_none(), "what changes nothing is no news");
        news.extend(became.map(|became| (became, tile)));
    }
    (news, told, pipeline.tile())
}

#[track_caller]
fn check(events: &[Event], expect: &[&str]) {
    let line = |(became, tile): &(Became, Tile)| {
        let attempt = tile.run.as_ref().map_or(0, |run| run.attempt);
        format!("{} {}/{attempt}", became.word(), tile.run.as_ref().map_or("", |run| &run.id))
    };
    assert_eq!(told(events).0.iter().map(line).collect::<Vec<_>>(), expect);
}

#[test]
fn one_message_a_change() {
    let mut events = passing("a1", 0, &["Source", "Prod"]);
    check(&events, &[]);
    events.extend(failing("a2", 100, &["Source", "Prod"]));
    check(&events, &["failed a2/1"]);
    events.extend(failing("a3", 200, &["Source"]));
    check(&events, &["failed a2/1"]);
    events.extend(passing("a4", 300, &["Source", "Prod"]));
    check(&events, &["failed a2/1", "fixed a4/1"]);
    events.extend([
        run("a5").started_at(400),
        run("a5").stage("Gate").approval("Approve").started_at(410),
    ]);
    check(&events, &["failed a2/1", "fixed a4/1", "waiting a5/1"]);
    events.extend([
        run("a5").stage("Gate").approval("Approve").succeeded_at(420),
        run("a5").succeeded_at(430),
    ]);
    check(&events, &["failed a2/1", "fixed a4/1", "waiting a5/1"]);
}

#[test]
fn a_retry_that_passes_is_a_fix() {
    let retry = [run("a1").attempt(2).resumed_at(50), run("a1").attempt(2).succeeded_at(60)];
    let events = [failing("a1", 0, &["Source", "Prod"]), retry.to_vec()].concat();
    check(&events, &["failed a1/1", "fixed a1/2"]);
}

#[test]
fn a_stage_that_begins_late_does_not_fail_twice() {
    let build = || run("a1").stage("Build");
    let events = [
        build().action("Compile").failed_at(20),
        build().started_at(10),
        build().failed_at(21),
        build().failed_at(21),
        run("a1").failed_at(22),
        run("a1").started_at(9),
    ];
    check(&events, &["failed a1/1"]);
}

#[test]
fn an_older_runs_end_that_comes_late_is_no_news() {
    let mut events = passing("a2", 100, &["Source", "Prod"]);
    events.extend(failing("a1", 0, &["Source", "Prod"]));
    check(&events, &[]);
}

#[test]
fn a_job_that_failed_is_news_once_its_run_did() {
    let lint = |id: &str| run(id).stage("Test").action("Lint");
    let may_fail =
        by("github", [run("a1").started_at(0), lint("a1").failed_at(5), run("a1").succeeded_at(9)]);
    check(&may_fail, &[]);
    let tried_again = by(
        "gitlab",
        [
            run("a1").started_at(0),
            lint("a1").failed_at(5),
            lint("a1").succeeded_at(8),
            run("a1").succeeded_at(9),
        ],
    );
    check(&tried_again, &[]);
    let failed =
        by("github", [run("a1").started_at(0), lint("a1").failed_at(5), run("a1").failed_at(9)]);
    check(&failed, &["failed a1/1"]);
    // A stage that failed is the end of a pipeline that goes through its stages in turn.
    check(&[run("a1").started_at(0), run("a1").stage("Test").failed_at(5)], &["failed a1/1"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn nothing_is_told_twice_and_the_last_word_is_true(retold in history().prop_flat_map(retold)) {
        let (news, mut told, tile) = told(&retold);
        let mut known = BTreeSet::new();
        for (became, tile) in &news {
            let run = tile.run.as_ref().unwrap();
            let place = tile.stages.iter().rfind(|stage| stage.status == Some(Status::Waiting) && *became == Became::Waiting);
            let place = place.map(|stage| (stage.name.clone(), stage.action.clone()));
            prop_assert!(known.insert((became.word(), run.id.clone(), run.attempt, place)), "{became:?} {run:?} twice");
        }
        let verdicts: Vec<_> = news.iter().map(|(became, _)| *became).filter(|became| *became != Became::Waiting).collect();
        match tile.status {
            Status::Failed => prop_assert!(verdicts.contains(&Became::Failed)),
            Status::Waiting => prop_assert!(news.iter().any(|(became, _)| *became == Became::Waiting)),
            Status::Succeeded if tile.failing_since.is_none() => prop_assert!(told.to_string().starts_with('P')),
            _ => {}
        }
        prop_assert_eq!(told.take(&tile), None);
    }
}
