//! CodePipeline's answers into a real table.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test panics where it fails"
)]

mod field;
mod pipelines;
mod store;

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use backend::{
    chain::Chain,
    ingest::ingest,
    reconcile::{ReconcileError, Reconciler, Report},
};
use model::{Page, Status, Tile, Timestamp};
use pipelines::{Known, Pipelines, home};
use serde_json::{Value, json};
use store::{
    Store,
    event::{action_event, run_event},
    id, store,
};
use tokio::time::Instant;

const STAGES: [&str; 3] = ["Source/Fetch", "Gate/Approve", "Prod/Deploy"];

struct Scene {
    store: Store,
    pipelines: Pipelines,
}

async fn scene() -> Scene {
    Scene { store: store().await, pipelines: Pipelines::start().await }
}

impl Scene {
    fn reconciler(&self, retire_after_days: Option<u32>) -> Reconciler {
        let api = self.pipelines.api(Duration::from_micros(100));
        Reconciler { writer: self.store.writer(), api, home: home(), retire_after_days }
    }

    async fn run(&self, now: &str) -> Result<Report, ReconcileError> {
        self.reconciler(None)
            .run(now.parse().unwrap(), Instant::now() + Duration::from_mins(1))
            .await
    }

    /// A run that must be complete; how many items it wrote.
    async fn written(&self, now: &str) -> usize {
        self.run(now).await.unwrap_or_else(|error| panic!("{}", Chain(&error))).written
    }

    async fn tile(&self, name: &str) -> Tile {
        let item = self.store.item(name).await.unwrap();
        serde_json::from_str(item["Tile"].as_s().unwrap()).unwrap()
    }

    async fn page(&self, name: &str) -> Page {
        self.store.table.get(&id(name)).await.unwrap().unwrap().pipeline.page()
    }

    async fn shown(&self) -> Vec<String> {
        let mut names: Vec<_> =
            self.store.table.on_the_wall().await.unwrap().iter().map(|row| row.id.name()).collect();
        names.sort();
        names
    }

    async fn tell(&self, events: &[Value]) {
        for event in events {
            ingest(&self.store.writer(), event).await.unwrap();
        }
    }
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn pipelines_appear_that_have_not_run_yet_on_all_pages() {
    let scene = scene().await;
    scene.pipelines.world().page = 2;
    for name in ["a", "b", "c", "d", "e"] {
        scene.pipelines.put(name, Known::new(&STAGES));
    }
    assert_eq!(
        scene.run("2026-11-02T13:00:00Z").await.unwrap(),
        Report { listed: 5, missing: 0, written: 5 }
    );
    assert_eq!(scene.pipelines.asked("ListPipelines"), 3);
    assert_eq!(scene.shown().await, ["a", "b", "c", "d", "e"]);
    let tile = scene.tile("a").await;
    let rail: Vec<_> =
        tile.stages.iter().map(|stage| (stage.name.as_str(), stage.status)).collect();
    assert_eq!(
        (tile.status, rail),
        (Status::Unknown, vec![("Source", None), ("Gate", None), ("Prod", None)])
    );
    let url = "https://eu-north-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/a/view?region=eu-north-1";
    assert_eq!(tile.url.as_deref(), Some(url));
}

#[tokio::test]
async fn the_newest_runs_are_read_page_by_page() {
    let scene = scene().await;
    scene.pipelines.world().page = 6;
    let runs = (0..20).fold(Known::new(&STAGES), |known, run| {
        known.run(&format!("r{run:02}"), run * 10, "Succeeded", run * 10 + 5)
    });
    scene.pipelines.put("shop", runs);
    scene.written("2026-11-02T18:00:00Z").await;
    assert_eq!(scene.pipelines.asked("ListPipelineExecutions"), 3);
    let ids: Vec<_> = scene.page("shop").await.runs.into_iter().map(|run| run.id).collect();
    assert_eq!(
        (ids.len(), ids.first().map(String::as_str), ids.last().map(String::as_str)),
        (16, Some("r19"), Some("r04"))
    );
    assert_eq!(scene.tile("shop").await.history.len(), 10);
}

#[tokio::test]
async fn what_changed_nothing_writes_nothing_and_asks_for_no_definition() {
    let scene = scene().await;
    let run = Known::new(&STAGES)
        .run("r1", 0, "InProgress", 5)
        .stage("Source", "r1", "Succeeded", 4)
        .stage("Gate", "r1", "InProgress", 5);
    scene.pipelines.put("shop", run.clone().closed("Prod", 1, "freeze"));
    assert_eq!(scene.written("2026-11-02T13:00:00Z").await, 1);
    assert_eq!(scene.pipelines.asked("GetPipeline"), 1);
    let before = scene.store.item("shop").await;
    for minute in 1..4 {
        assert_eq!(scene.written(&format!("2026-11-02T13:0{minute}:00Z")).await, 0);
    }
    assert_eq!(scene.store.item("shop").await, before);
    assert_eq!(scene.pipelines.asked("GetPipeline"), 0);

    scene.pipelines.put("shop", run.redefined(&["Source/Fetch", "Ship/Deploy"], 60));
    assert_eq!(scene.written("2026-11-02T13:15:00Z").await, 1);
    assert_eq!(scene.pipelines.asked("GetPipeline"), 1);
}

#[tokio::test]
async fn a_lost_end_is_found_and_comes_late_without_harm() {
    let scene = scene().await;
    let success = run_event("shop", "r1", "SUCCEEDED", 9);
    scene
        .tell(&[
            run_event("shop", "r1", "STARTED", 0),
            action_event("shop", "r1", "Prod", "Deploy", "SUCCEEDED", "", 8),
        ])
        .await;
    assert_eq!(scene.tile("shop").await.status, Status::Started);
    let known =
        Known::new(&STAGES).run("r1", 0, "Succeeded", 9).stage("Prod", "r1", "Succeeded", 8);
    scene.pipelines.put("shop", known);
    assert_eq!(scene.written("2026-11-02T13:00:00Z").await, 1);
    let tile = scene.tile("shop").await;
    assert_eq!(
        (tile.status, tile.run.unwrap().ended),
        (Status::Succeeded, Some(moment("2026-11-02T12:09:00Z")))
    );
    scene.tell(std::slice::from_ref(&success)).await;
    let repaired = scene.store.table.get(&id("shop")).await.unwrap().unwrap().pipeline;

    let other = self::scene().await;
    other.pipelines.put("shop", scene.pipelines.world().pipelines["shop"].clone());
    other.tell(&[success]).await;
    assert_eq!(other.written("2026-11-02T13:00:00Z").await, 1);
    other
        .tell(&[
            action_event("shop", "r1", "Prod", "Deploy", "SUCCEEDED", "", 8),
            run_event("shop", "r1", "STARTED", 0),
        ])
        .await;
    let told = other.store.table.get(&id("shop")).await.unwrap().unwrap().pipeline;
    assert_eq!(String::from_utf8(repaired.to_json()), String::from_utf8(told.to_json()));
}

#[tokio::test]
async fn an_api_that_contradicts_newer_events_does_not_win() {
    let scene = scene().await;
    scene
        .tell(&[run_event("shop", "r1", "STARTED", 0), run_event("shop", "r1", "FAILED", 9)])
        .await;
    scene.pipelines.put("shop", Known::new(&STAGES).run("r1", 0, "InProgress", 4));
    assert_eq!(scene.written("2026-11-02T13:00:00Z").await, 1, "the definition");
    assert_eq!(scene.tile("shop").await.status, Status::Failed);
    scene.pipelines.put("shop", Known::new(&STAGES).run("r1", 0, "Succeeded", 8));
    assert_eq!(scene.written("2026-11-02T13:15:00Z").await, 0);
    assert_eq!(scene.tile("shop").await.status, Status::Failed);
}

#[tokio::test]
async fn an_approval_is_waited_for_that_no_event_told_of_and_its_token_is_not_kept() {
    let scene = scene().await;
    let run = Known::new(&STAGES)
        .run("r1", 0, "InProgress", 5)
        .stage("Source", "r1", "Succeeded", 4)
        .stage("Gate", "r1", "InProgress", 5);
    // What an earlier run left in a stage is no fact about this one.
    scene.pipelines.put("shop", run.stage("Prod", "r0", "Failed", -40));
    scene.written("2026-11-02T13:00:00Z").await;
    let tile = scene.tile("shop").await;
    assert_eq!((tile.status, tile.stage.as_deref()), (Status::Waiting, Some("Gate")));
    let rail: Vec<_> = tile.stages.iter().map(|stage| stage.status).collect();
    assert_eq!(rail, [Some(Status::Succeeded), Some(Status::Waiting), None]);
    assert_eq!(tile.change.unwrap().message.as_deref(), Some("Cap retries"));
    let page = scene.page("shop").await;
    let run = &page.runs[0];
    assert_eq!(
        (run.trigger.as_deref(), run.started),
        (Some("Webhook"), moment("2026-11-02T12:00:00.250Z"))
    );
    assert_eq!(run.stages[1].actions[0].kind.as_deref(), Some("Approval by Manual"));
    let pipeline = scene.store.table.get(&id("shop")).await.unwrap().unwrap().pipeline;
    let document = String::from_utf8(pipeline.to_json()).unwrap();
    for secret in ["1a2b3c4d", "hush", "ada", "role/x"] {
        assert!(!document.contains(secret), "{document}");
    }
}

#[tokio::test]
async fn a_stage_that_is_switched_off_shows_until_it_is_on() {
    let scene = scene().await;
    scene.pipelines.put("shop", Known::new(&STAGES).closed("Prod", 5, "freeze until Monday"));
    scene.written("2026-11-02T13:00:00Z").await;
    assert_eq!(scene.tile("shop").await.off.as_deref(), Some("Prod"));
    let off = scene.page("shop").await.off;
    assert_eq!((off[0].stage.as_str(), off[0].since), ("Prod", moment("2026-11-02T12:05:00Z")));
    assert_eq!(off[0].reason.as_deref(), Some("freeze until Monday"));
    scene.pipelines.put("shop", Known::new(&STAGES).opened("Prod", 70));
    assert_eq!(scene.written("2026-11-02T13:15:00Z").await, 1);
    assert_eq!(scene.tile("shop").await.off, None);
}

#[tokio::test]
async fn what_is_made_again_has_no_stage_switched_off() {
    let scene = scene().await;
    scene.pipelines.put("shop", Known::new(&STAGES).closed("Prod", 5, "freeze until Monday"));
    scene.written("2026-11-02T13:00:00Z").await;
    assert_eq!(scene.tile("shop").await.off.as_deref(), Some("Prod"));
    scene.pipelines.put("shop", Known::new(&STAGES).made_again(90));
    assert_eq!(scene.written("2026-11-02T14:00:00Z").await, 1);
    assert_eq!(scene.tile("shop").await.off, None);
    assert_eq!(scene.written("2026-11-02T14:15:00Z").await, 0);
}

#[tokio::test]
async fn what_is_throttled_is_asked_again() {
    let scene = scene().await;
    scene.pipelines.put("shop", Known::new(&STAGES));
    scene.pipelines.world().throttled = 3;
    assert_eq!(scene.written("2026-11-02T13:00:00Z").await, 1);
    assert_eq!(scene.pipelines.world().throttled, 0);
}

#[tokio::test]
async fn one_pipelines_failure_is_named_and_stops_no_other() {
    let scene = scene().await;
    for name in ["a", "broken", "c"] {
        scene.pipelines.put(name, Known::new(&STAGES));
    }
    scene.pipelines.world().broken.insert("broken".to_owned());
    let error = scene.run("2026-11-02T13:00:00Z").await.unwrap_err();
    let told = Chain(&error).to_string();
    assert!(
        told.starts_with("1 of 3 pipelines failed; broken: ")
            && told.contains("AccessDeniedException"),
        "{told}"
    );
    assert_eq!(scene.shown().await, ["a", "c"]);
}

#[tokio::test]
async fn a_list_without_its_end_makes_nothing_gone() {
    let scene = scene().await;
    scene.tell(&[run_event("shop", "r1", "SUCCEEDED", 9)]).await;
    for name in ["a", "b", "c"] {
        scene.pipelines.put(name, Known::new(&STAGES));
    }
    scene.pipelines.world().page = 2;
    for broken in ["ListPipelines", "2"] {
        scene.pipelines.world().broken = [broken.to_owned()].into();
        let error = scene.run("2026-11-02T13:00:00Z").await.unwrap_err();
        assert!(matches!(error, ReconcileError::List(_)), "{error:?}");
    }
    assert_eq!(
        (scene.shown().await, scene.tile("shop").await.gone),
        (vec!["shop".to_owned()], None)
    );
}

#[tokio::test]
async fn what_is_deleted_shows_as_gone_for_a_day_and_comes_back_with_news() {
    let scene = scene().await;
    let elsewhere = |event: Value| {
        Value::Object(
            event
                .as_object()
                .unwrap()
                .clone()
                .into_iter()
                .chain([("account".to_owned(), "111122223333".into())])
                .collect(),
        )
    };
    scene
        .tell(&[
            run_event("shop", "r1", "SUCCEEDED", 9),
            elsewhere(run_event("other", "r1", "SUCCEEDED", 9)),
        ])
        .await;
    assert_eq!(
        scene.run("2026-11-02T13:00:00Z").await.unwrap(),
        Report { listed: 0, missing: 1, written: 1 }
    );
    assert_eq!(scene.tile("shop").await.gone, Some(moment("2026-11-02T13:00:00Z")));
    assert_eq!(scene.written("2026-11-03T12:59:00Z").await, 0);
    assert_eq!(scene.shown().await, ["other", "shop"]);
    assert_eq!(scene.written("2026-11-03T13:00:00Z").await, 1);
    assert_eq!(scene.shown().await, ["other"], "another account's stays");
    let item = scene.store.item("shop").await.unwrap();
    assert!(
        !item.contains_key("Tile")
            && item["PipelineStatus"] == AttributeValue::S("SUCCEEDED".to_owned())
    );
    assert_eq!(scene.written("2026-11-03T13:15:00Z").await, 0);
    assert_eq!(scene.store.table.tiles(None).await.unwrap().tiles.len(), 1);

    let mut event = run_event("shop", "r2", "STARTED", 0);
    event["time"] = "2026-11-04T08:00:00Z".into();
    scene.tell(&[event]).await;
    assert_eq!(
        (scene.shown().await, scene.tile("shop").await.gone),
        (vec!["other".to_owned(), "shop".to_owned()], None)
    );
}

#[tokio::test]
async fn what_is_made_again_comes_back() {
    let scene = scene().await;
    scene.tell(&[run_event("shop", "r1", "SUCCEEDED", 9)]).await;
    scene.written("2026-11-02T13:00:00Z").await;
    scene.written("2026-11-04T13:00:00Z").await;
    assert!(scene.shown().await.is_empty());
    scene.pipelines.put("shop", Known::new(&STAGES));
    assert_eq!(scene.written("2026-11-05T13:00:00Z").await, 1);
    assert_eq!(
        (scene.shown().await, scene.tile("shop").await.gone),
        (vec!["shop".to_owned()], None)
    );
}

#[tokio::test]
async fn what_is_quiet_leaves_the_wall_and_not_the_table() {
    let scene = scene().await;
    scene.pipelines.put("shop", Known::new(&STAGES).run("r1", 0, "Succeeded", 9));
    let retiring = scene.reconciler(Some(30));
    let run = async |now: &str| {
        retiring.run(moment(now), Instant::now() + Duration::from_mins(1)).await.unwrap().written
    };
    assert_eq!((run("2026-11-02T13:00:00Z").await, scene.shown().await.len()), (1, 1));
    assert_eq!((run("2026-12-02T13:00:00Z").await, scene.shown().await.len()), (1, 0));
    assert_eq!(run("2026-12-02T13:15:00Z").await, 0);
    assert_eq!(scene.page("shop").await.runs.len(), 1);
    scene.pipelines.put(
        "shop",
        Known::new(&STAGES).run("r1", 0, "Succeeded", 9).run(
            "r2",
            60 * 24 * 31,
            "InProgress",
            60 * 24 * 31,
        ),
    );
    assert_eq!((run("2026-12-03T13:15:00Z").await, scene.shown().await.len()), (1, 1));
}

#[tokio::test]
async fn what_is_quiet_leaves_also_where_nobody_can_be_asked() {
    let scene = scene().await;
    let run = |pipeline: &str, time: &str| {
        json!({
            "source": "pipelines-dashboard", "detail-type": "Run", "account": "111122223333", "region": "eu-west-1", "time": time,
            "detail": { "pipeline": pipeline, "run": 1, "status": "succeeded" },
        })
    };
    let heartbeat = json!({
        "source": "pipelines-dashboard", "detail-type": "Heartbeat", "account": "111122223333", "region": "eu-west-1",
        "time": "2026-11-02T12:00:00Z", "detail": {},
    });
    scene
        .tell(&[
            run("old", "2026-11-02T12:00:00Z"),
            run("young", "2026-11-02T12:00:01Z"),
            heartbeat,
        ])
        .await;
    let retiring = scene.reconciler(Some(30));
    let reconcile = async |now: &str| {
        retiring.run(moment(now), Instant::now() + Duration::from_mins(1)).await.unwrap().written
    };
    assert_eq!(
        (reconcile("2026-12-02T12:00:00Z").await, scene.shown().await),
        (1, vec!["heartbeat".to_owned(), "young".to_owned()])
    );
    assert_eq!(
        (reconcile("2026-12-02T12:00:01Z").await, scene.shown().await),
        (1, vec!["heartbeat".to_owned()])
    );
    assert_eq!(reconcile("2026-12-12T12:00:00Z").await, 0);
    scene.tell(&[run("old", "2026-12-12T12:00:00Z")]).await;
    assert_eq!(scene.shown().await, ["heartbeat", "old"]);
}

#[tokio::test]
async fn what_was_not_reached_in_time_is_told() {
    let scene = scene().await;
    for number in 0..30 {
        scene.pipelines.put(&format!("pipeline-{number:02}"), Known::new(&STAGES));
    }
    let slow = Reconciler {
        api: scene.pipelines.api(Duration::from_millis(150)),
        ..scene.reconciler(None)
    };
    let run = async |ms| {
        slow.run(moment("2026-11-02T13:00:00Z"), Instant::now() + Duration::from_millis(ms))
            .await
            .unwrap_err()
    };
    // At this pace all would take 4.5 s.
    let error = run(2_000).await;
    assert!(error.to_string().starts_with("0 of 30 pipelines failed, "), "{error}");
    assert!((12..30).contains(&scene.shown().await.len()), "what was begun is finished");
    assert!(matches!(run(0).await, ReconcileError::List(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_pipelines_take_three_requests_each_and_later_two() {
    let scene = scene().await;
    for number in 0..500 {
        scene.pipelines.put(
            &format!("pipeline-{number:03}"),
            Known::new(&STAGES).run("r1", 0, "Succeeded", 9).stage("Prod", "r1", "Succeeded", 8),
        );
    }
    assert_eq!(scene.written("2026-11-02T13:00:00Z").await, 500);
    let asked = |operation| scene.pipelines.asked(operation);
    assert_eq!(
        ["ListPipelines", "GetPipeline", "ListPipelineExecutions", "GetPipelineState"].map(asked),
        [1, 500, 500, 500]
    );
    assert_eq!(scene.written("2026-11-02T13:15:00Z").await, 0);
    assert_eq!(
        ["ListPipelines", "GetPipeline", "ListPipelineExecutions", "GetPipelineState"].map(asked),
        [1, 0, 500, 500]
    );
}
