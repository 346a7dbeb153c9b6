//! The documents as they are written, and as other versions wrote them.

use expect_test::expect;
use model::{
    Applied, Pipeline, Status, Tile,
    event::{ChangeSource, Detail, Event, State, Subject},
    pipeline::InvalidDocument,
    tile::Change,
};
use proptest::prelude::*;

use crate::{
    invented::sixteen_runs,
    story::{Saying, passing, pipeline, run, shop, told},
};

/// One run that passed, one that fails in its deployment, told as a CI tells them.
fn story() -> Vec<Event> {
    let change = Change {
        message: Some("Cap retries".to_owned()),
        author: Some("Ada".to_owned()),
        revision: Some("9f3c1e0".to_owned()),
        url: Some("https://github.com/example/shop/commit/9f3c1e0".to_owned()),
    };
    let detail = |kind: &str| Detail { kind: Some(kind.to_owned()), ..Detail::default() };
    let mut events = passing("a1", 0, &["Source", "Prod"]);
    events.extend([
        run("a2").started_at(100).begun_at(99).triggered_by("WebhookV2").with_links("shop"),
        run("a2").stage("Source").started_at(100),
        Event {
            detail: detail("Source by CodeCommit"),
            ..run("a2").stage("Source").action("Checkout").succeeded_at(108)
        },
        run("a2").stage("Source").succeeded_at(109),
        run("a2").stage("Prod").started_at(110),
        Event {
            detail: detail("Approval by Manual"),
            ..run("a2").stage("Prod").approval("Approve").succeeded_at(150)
        },
        Event {
            detail: Detail {
                summary: Some("Deployment d-1 failed".to_owned()),
                error: Some("JobFailed".to_owned()),
                url: Some("https://ci/deployments/d-1".to_owned()),
                ..detail("Deploy by CodeDeploy")
            },
            ..run("a2").stage("Prod").action("Deploy").failed_at(170).begun_at(151)
        },
        run("a2").stage("Prod").failed_at(171),
        run("a2").failed_at(171).begun_at(99).with(ChangeSource::GitTrigger, change),
    ]);
    events
}

#[test]
fn the_wall_reads_this() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&pipeline(&story()).tile()).unwrap());
}

#[test]
fn the_pipelines_page_reads_this() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&pipeline(&story()).page()).unwrap());
}

#[test]
fn the_table_holds_this() {
    let json: serde_json::Value = serde_json::from_slice(&pipeline(&story()).to_json()).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap());
}

#[test]
fn a_new_pipelines_documents() {
    let nothing = Pipeline::new(shop());
    expect![[r#"{"v":1,"id":"codepipeline:us-east-1:123456789012:shop","url":null,"past":{},"gone":"","runs":[]}"#]]
        .assert_eq(&String::from_utf8(nothing.to_json()).unwrap());
    expect![[
        r#"{"id":"codepipeline:us-east-1:123456789012:shop","name":"shop","status":"UNKNOWN"}"#
    ]]
    .assert_eq(&nothing.tile().to_json());
    expect![[r#"{"id":"codepipeline:us-east-1:123456789012:shop","name":"shop","status":"UNKNOWN","runs":[]}"#]]
        .assert_eq(&serde_json::to_string(&nothing.page()).unwrap());
    assert_eq!(Pipeline::from_json(&nothing.to_json()).unwrap(), nothing);
}

/// Written by the first version. It must be read for ever.
const FIRST_VERSION: &[u8] = include_bytes!("documents/first-version.json");

#[test]
fn the_first_versions_document_is_read() {
    let mut old = Pipeline::from_json(FIRST_VERSION).unwrap();
    expect![[r#"
        shop Failed in Prod, failing since 171
        Source Succeeded ~9 s > Prod Failed (Deploy) since 171 ~45 s
        run a2, 99..171, updated 171, typically 135 s
        history Succeeded 20 s, Failed 72 s"#]]
    .assert_eq(&told(&old.tile()));
    assert_eq!(old.apply(run("z1").started_at(0)), Applied::Evicted);
    assert_eq!(old.apply(run("a1").started_at(0)), Applied::Stale);
    assert_eq!(old.apply(run("a2").attempt(2).resumed_at(300)), Applied::Changed);
}

/// Written by the first version, with all that is left out today.
const FIRST_VERSIONS_ROW: &str = r#"{"id":"codepipeline:us-east-1:123456789012:shop","name":"shop","status":"FAILED","stage":"Prod",
    "stages":[{"name":"Source","status":"SUCCEEDED","typical_s":9},{"name":"Prod","status":"FAILED","action":"Deploy",
    "since":"2026-11-23T09:02:51Z","typical_s":45}],"run":{"id":"a2","started":"2026-11-23T09:01:39Z",
    "updated":"2026-11-23T09:02:51Z","ended":"2026-11-23T09:02:51Z","attempt":1,"typical_s":135},
    "change":{"message":"Cap retries","url":"https://github.com/example/shop/commit/9f3c1e0"},
    "history":[{"status":"SUCCEEDED","seconds":20},{"status":"FAILED","seconds":72}],"failing_since":"2026-11-23T09:02:51Z"}"#;

#[test]
fn the_first_versions_row_is_read() {
    let old: Tile = serde_json::from_str(FIRST_VERSIONS_ROW).unwrap();
    expect![[r#"
        shop Failed in Prod, failing since 171
        Source Succeeded ~9 s > Prod Failed (Deploy) since 171 ~45 s
        run a2, 99..171, updated 171, typically 135 s
        history Succeeded 20 s, Failed 72 s"#]]
    .assert_eq(&told(&old));
}

#[test]
fn a_row_says_nothing_that_follows_from_the_rest() {
    let mut joined = pipeline(&story());
    let _ = joined.apply(run("a3").attempt(2).started_at(200));
    let _ = joined.apply(run("a3").attempt(2).stage("Source").started_at(201));
    let _ = joined.apply(run("a3").attempt(2).stage("Source").action("Checkout").started_at(202));
    let tile = joined.tile();
    assert!(tile.stages.iter().all(|stage| stage.typical_s == Some(10)));
    let read: Tile = serde_json::from_str(&tile.to_json()).unwrap();
    expect![[r#"
        shop Started in Source, failing since 171
        Source Started (Checkout) since 201 ~10 s > Prod ahead
        run a3, attempt 2, 200.., updated 202, typically 20 s
        history Succeeded 20 s, Failed 72 s, Started"#]]
    .assert_eq(&told(&read));
}

#[test]
fn what_may_be_missing_may_be_missing() {
    let old = Pipeline::from_json(br#"{"id":"codepipeline:us-east-1:123456789012:shop"}"#).unwrap();
    assert_eq!(old, Pipeline::new(shop()));
    let old = br#"{"id":"codepipeline:us-east-1:123456789012:shop","runs":[{"i":"a1","h":1795424400000,"s":{"Build":{}}}]}"#;
    expect![[r#"
        shop Started
        run a1, Queued, 0.., updated 0"#]]
    .assert_eq(&told(&Pipeline::from_json(old).unwrap().tile()));
}

#[test]
fn what_is_not_known_is_dropped_or_unknown() {
    let newer = br#"{"v":1,"id":"codepipeline:us-east-1:123456789012:shop","colour":"red","past":{"z":[]},
        "runs":[{"i":"a1","h":1795424400000,"z":{},"p":{"t":1795424410000,"s":"paused","z":1,"d":{"z":2}}}]}"#;
    let read = Pipeline::from_json(newer).unwrap();
    assert_eq!(read.tile().status, Status::Unknown);
    assert_eq!(read, pipeline(&[run("a1").queued_at(0), run("a1").said_something_at(10)]));
}

#[test]
fn what_is_no_document_is_refused() {
    let newer = Pipeline::from_json(br#"{"v":2,"id":"codepipeline:us-east-1:123456789012:shop"}"#);
    assert!(matches!(newer, Err(InvalidDocument::Newer(2))));
    for json in [
        "",
        "{}",
        "[]",
        "null",
        r#"{"id":"shop"}"#,
        r#"{"id":"a:b:c:d","runs":[{"i":"a1"}]}"#,
        r#"{"id":"a:b:c:d","runs":[{"i":"a1","h":-1}]}"#,
        r#"{"id":"a:b:c:d","runs":[{"i":"a1","h":0,"p":{"s":"ok"}}]}"#,
        r#"{"id":"a:b:c:d","runs":[{"i":"a1","h":0,"p":{"s":"ok","e":1}}]}"#,
        r#"{"id":"a:b:c:d","runs":[{"i":"a1","h":0,"p":{"s":"ok","t":1,"l":-9223372036854775808}}]}"#,
        r#"{"id":"a:b:c:d","runs":[{"i":"a1","h":0,"s":{"Build":{"a":{"Compile":{"s":"ok","e":1}}}}}]}"#,
        r#"{"id":"a:b:c:d","runs":[{"i":"a1","h":0,"s":{"Build":{"p":{"s":"ok","t":1},"a":{"Compile":{"s":"ok","e":2}}}}}]}"#,
    ] {
        assert!(
            matches!(Pipeline::from_json(json.as_bytes()), Err(InvalidDocument::Malformed(_))),
            "{json}"
        );
    }
}

/// A pipeline of five stages and six actions with twenty runs behind it, in CodePipeline's lengths of text.
fn busy() -> Vec<Event> {
    let stages = ["Source", "Build", "Integration-Tests", "Staging", "Production"];
    let change = Change {
        message: Some("Cap the retries of the payment client and log what it gave up on".to_owned()),
        author: Some("Ada Lovelace".to_owned()),
        revision: Some("9f3c1e0".to_owned()),
        url: Some("https://github.com/example-organisation/orders-service/commit/9f3c1e0b7a6d5c4f3e2d1c0b9a8f7e6d5c4b3a29".to_owned()),
    };
    let console = "https://eu-central-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/orders-service/view?region=eu-central-1";
    let mut events = Vec::new();
    for number in 0..20 {
        let id = format!("3f8a1c20-9b1d-4d6e-8f5a-{number:012}");
        for mut event in passing(&id, number * 10_000, &stages) {
            event.pipeline_url = Some(console.to_owned());
            event.run_url = Some(console.to_owned());
            event.started = Some(event.time);
            if let Subject::Stage(stage) = &event.subject {
                let detail = Detail {
                    kind: Some("Deploy by CloudFormation".to_owned()),
                    url: Some(console.to_owned()),
                    ..Detail::default()
                };
                let subject = Subject::Action {
                    stage: stage.clone(),
                    action: "Deploy-CloudFormation-Stack".to_owned(),
                };
                events.push(Event { detail, subject, ..event.clone() });
            }
            events.push(event.with(ChangeSource::GitTrigger, change.clone()));
        }
    }
    let last = events.len() - 3;
    for event in &mut events[last..] {
        event.state = State::Failed;
    }
    events
}

/// What a pipeline's index entry is paid by: the names and values of its two attributes.
fn entry_bytes(tile: &Tile) -> usize {
    "PipelineIdTile".len() + tile.id.as_str().len() + tile.to_json().len()
}

#[test]
fn an_index_entry_of_five_stages_and_ten_runs_fits_one_kilobyte() {
    let events = busy();
    let passed = pipeline(&events[..events.len() / 20 * 19]).tile();
    assert_eq!(
        (passed.stages.len(), passed.history.len(), passed.status),
        (5, 10, Status::Succeeded)
    );
    assert!(entry_bytes(&passed) <= 1_024, "{} bytes", entry_bytes(&passed));

    // One that fails has more to say.
    let failed = pipeline(&events).tile();
    assert!(
        failed.failing_since.is_some()
            && failed.stages.iter().all(|stage| stage.typical_s.is_some())
    );
    assert!(entry_bytes(&failed) <= 1_100, "{} bytes", entry_bytes(&failed));
}

#[test]
fn a_trimmed_pipeline_gets_smaller_until_nothing_is_left_to_drop() {
    let mut joined = pipeline(&busy());
    let statuses =
        |joined: &Pipeline| joined.page().runs.iter().map(|run| run.status).collect::<Vec<_>>();
    let (before, mut bytes) = (statuses(&joined), joined.to_json().len());
    let mut times = 0;
    while joined.trim() {
        times += 1;
        assert!(joined.to_json().len() < bytes);
        bytes = joined.to_json().len();
        assert_eq!(statuses(&joined), before);
        assert_eq!(Pipeline::from_json(&joined.to_json()).unwrap(), joined);
    }
    assert_eq!(
        times, 34,
        "actions, then stages, of sixteen runs; actions of a complete one, then durations"
    );
    assert!(joined.page().runs.iter().all(|run| run.stages.is_empty()));
    let before = joined.to_json();
    assert!(!joined.trim());
    assert_eq!(joined.to_json(), before);
}

#[test]
fn what_goes_first_is_the_oldest_runs_actions_then_its_stages() {
    let mut joined = pipeline(&busy());
    let count = |joined: &Pipeline| {
        let oldest = joined.page().runs.pop().unwrap();
        (oldest.stages.len(), oldest.stages.iter().map(|stage| stage.actions.len()).sum::<usize>())
    };
    assert_eq!(count(&joined), (5, 5));
    assert!(joined.trim());
    assert_eq!(count(&joined), (5, 0));
    assert!(joined.trim());
    assert_eq!(count(&joined), (0, 0));
}

#[test]
fn what_only_the_parts_told_stays_known_when_they_are_dropped() {
    let mut joined = pipeline(&[
        run("a1").stage("Build").action("Compile").started_at(10),
        run("a1").stage("Build").action("Compile").failed_at(20),
        run("a2").failed_at(30),
        run("a2").attempt(2).stage("Build").resumed_at(40),
        run("a3").stage("Build").action("Compile").started_at(50),
        run("a3").stage("Build").action("Compile").succeeded_at(60),
    ]);
    let before = told(&joined.tile());
    expect![[r#"
        shop Succeeded in Build
        Build Succeeded ~10 s
        run a3, 50..60, updated 60, typically 10 s
        history Failed 10 s, Started, Succeeded 10 s"#]]
    .assert_eq(&before);
    while joined.trim() {}
    expect![[r#"
        shop Succeeded
        run a3, 50..60, updated 60, typically 10 s
        history Failed 10 s, Started, Succeeded 10 s"#]]
    .assert_eq(&told(&joined.tile()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn trimming_keeps_every_status(events in sixteen_runs()) {
        let mut joined = pipeline(&events);
        let statuses = |joined: &Pipeline| joined.page().runs.into_iter().map(|run| (run.id, run.status)).collect::<Vec<_>>();
        let before = statuses(&joined);
        while joined.trim() {}
        // Without its approval nobody can say that a run waits; it is still under way.
        let after = before.into_iter().map(|(id, status)| (id, if status == Status::Waiting { Status::Started } else { status }));
        prop_assert_eq!(statuses(&joined), after.collect::<Vec<_>>());
    }

    #[test]
    fn no_bytes_make_it_panic(events in sixteen_runs(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut json = pipeline(&events).to_json();
        let at = at.index(json.len());
        json[at] = byte;
        if let Ok(mut read) = Pipeline::from_json(&json) {
            let again = Pipeline::from_json(&read.to_json()).unwrap();
            prop_assert_eq!(again.tile(), read.tile());
            prop_assert_eq!(again.page(), read.page());
            for event in &events {
                let _ = read.apply(event.clone());
            }
        }
    }
}
