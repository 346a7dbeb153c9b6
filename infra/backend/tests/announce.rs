//! What a topic is told while events come into a real table.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

mod pipelines;
mod store;
mod topic;

use std::time::Duration;

use backend::{
    chain::Chain,
    ingest::{IngestError, Unstored, Writer, ingest},
    reconcile::Reconciler,
};
use pipelines::{Known, Pipelines, home};
use serde_json::{Value, json};
use store::{
    Store,
    event::{action_event, run_event},
    id, store,
};
use tokio::time::Instant;
use topic::{ARN, Topic};

struct Scene {
    store: Store,
    topic: Topic,
    writer: Writer,
}

async fn scene() -> Scene {
    let (store, topic) = (store().await, Topic::start().await);
    let writer = topic.writer(&store);
    Scene { store, topic, writer }
}

impl Scene {
    async fn tell(&self, events: &[Value]) -> Vec<String> {
        for event in events {
            ingest(&self.writer, event).await.unwrap();
        }
        self.topic.told()
    }

    async fn remembered(&self) -> Option<String> {
        self.store.item("shop").await?.get("Told").map(|told| told.as_s().unwrap().clone())
    }
}

/// The same event of something that began ten minutes a run after noon.
fn begun(mut event: Value) -> Value {
    let tens = event["detail"]["execution-id"].as_str().unwrap().trim_start_matches('r').to_owned();
    event["detail"]["start-time"] = format!("2026-11-02T12:{tens}0:00Z").into();
    event
}

fn run(run: &str, state: &str, minute: u32) -> Value {
    begun(run_event("shop", run, state, minute))
}

fn build(run: &str, state: &str, minute: u32) -> Value {
    begun(action_event("shop", run, "Build", "Compile", state, "", minute))
}

fn approval(run: &str, state: &str, minute: u32) -> Value {
    let mut event = begun(action_event("shop", run, "Gate", "Approve", state, "", minute));
    event["detail"]["type"] =
        json!({ "owner": "AWS", "provider": "Manual", "category": "Approval", "version": "1" });
    event
}

/// Two runs fail, a third waits and passes.
fn history() -> Vec<Value> {
    vec![
        run("r1", "STARTED", 10),
        build("r1", "FAILED", 14),
        run("r1", "FAILED", 15),
        run("r2", "STARTED", 20),
        build("r2", "FAILED", 24),
        run("r2", "FAILED", 25),
        run("r3", "STARTED", 30),
        approval("r3", "STARTED", 35),
        approval("r3", "SUCCEEDED", 36),
        run("r3", "SUCCEEDED", 37),
    ]
}

#[tokio::test]
async fn one_message_a_change_also_when_all_events_come_again() {
    let scene = scene().await;
    let expected =
        ["r1: shop failed in Build", "r3: shop waits for somebody in Gate", "r3: shop is fixed"];
    assert_eq!(scene.tell(&history()).await, expected);
    assert!(scene.tell(&history()).await.is_empty());
    let backwards: Vec<_> = history().into_iter().rev().collect();
    assert!(scene.tell(&backwards).await.is_empty());
}

#[tokio::test]
async fn a_message_has_words_for_people_json_for_programs_and_attributes_to_choose_by() {
    let scene = scene().await;
    ingest(
        &scene.writer,
        &action_event("shop", "r1", "Build", "Compile", "FAILED", "exit code 2", 3),
    )
    .await
    .unwrap();
    let message = scene.topic.messages().remove(0);
    let said = |key: &str| message[key].as_str();
    assert_eq!(
        (said("TopicArn"), said("MessageStructure"), said("Subject")),
        (ARN, "json", "shop failed in Build")
    );
    let parts: Value = serde_json::from_str(said("Message")).unwrap();
    assert_eq!(parts["sms"], "shop failed in Build");
    assert!(
        parts["email"]
            .as_str()
            .unwrap()
            .starts_with("shop failed in Build.\ncodepipeline, 210987654321, eu-north-1\n")
    );
    let json: Value = serde_json::from_str(parts["default"].as_str().unwrap()).unwrap();
    let row: Value =
        serde_json::from_str(scene.store.item("shop").await.unwrap()["Tile"].as_s().unwrap())
            .unwrap();
    assert_eq!((&json["became"], &json["tile"]), (&json!("failed"), &row));
    let attributes = (1..9).map(|place| {
        let part = |part: &str| said(&format!("MessageAttributes.entry.{place}.{part}")).to_owned();
        assert_eq!(part("Value.DataType"), "String");
        (part("Name"), part("Value.StringValue"))
    });
    let mut attributes: Vec<_> = attributes.collect();
    attributes.sort();
    let expected = [
        ("account", "210987654321"),
        ("became", "failed"),
        ("id", "codepipeline:eu-north-1:210987654321:shop"),
        ("pipeline", "shop"),
        ("region", "eu-north-1"),
        ("source", "codepipeline"),
        ("stage", "Build"),
        ("status", "FAILED"),
    ];
    assert_eq!(attributes, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_writers_that_race_one_tells() {
    let scene = scene().await;
    let race = async |events: &[Value]| {
        let writers: Vec<_> = (0..8)
            .flat_map(|_| events.to_vec())
            .map(|event| {
                let writer = scene.writer.clone();
                tokio::spawn(async move { ingest(&writer, &event).await })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap().unwrap();
        }
        scene.topic.told()
    };
    let history = history();
    // Whether the run's end or the action's comes first, nobody knows.
    let failed = race(&history[..3]).await;
    assert!(
        matches!(failed.as_slice(), [told] if told.starts_with("r1: shop failed")),
        "{failed:?}"
    );
    assert!(race(&history[3..6]).await.is_empty());
    assert_eq!(race(&history[6..8]).await, ["r3: shop waits for somebody in Gate"]);
    assert_eq!(race(&history[8..]).await, ["r3: shop is fixed"]);
    assert!(race(&history).await.is_empty());
}

#[tokio::test]
async fn what_the_topic_did_not_take_is_told_when_the_event_comes_again() {
    let scene = scene().await;
    ingest(&scene.writer, &run("r1", "STARTED", 10)).await.unwrap();
    scene.topic.refuse(1);
    let failed = run("r1", "FAILED", 15);
    let error = ingest(&scene.writer, &failed).await.unwrap_err();
    assert!(matches!(error, IngestError::Unstored(Unstored::Untold(..))), "{error:?}");
    let said = Chain(&error).to_string();
    assert!(said.contains("nobody was told what became of codepipeline:eu-north-1:210987654321:shop: the topic took no message"), "{said}");
    assert_eq!(scene.store.item("shop").await.unwrap()["PipelineStatus"].as_s().unwrap(), "FAILED");
    assert_eq!(scene.tell(std::slice::from_ref(&failed)).await, ["r1: shop failed"]);
    assert!(scene.tell(&[failed]).await.is_empty());
}

#[tokio::test]
async fn what_was_so_before_there_was_a_topic_is_no_news() {
    let scene = scene().await;
    for event in history().get(..5).unwrap() {
        ingest(&scene.store.writer(), event).await.unwrap();
    }
    assert_eq!(scene.remembered().await, None);
    let version = scene.store.version("shop").await;
    assert!(scene.tell(history().get(..5).unwrap()).await.is_empty());
    assert_eq!(scene.store.version("shop").await, version, "nothing is written for it");
    assert_eq!(scene.tell(&[run("r4", "SUCCEEDED", 49)]).await, ["r4: shop is fixed"]);
    assert!(scene.remembered().await.unwrap().starts_with('P'));
}

#[tokio::test]
async fn codepipelines_answers_are_news_of_what_is_followed_and_of_nothing_else() {
    let scene = scene().await;
    let pipelines = Pipelines::start().await;
    let failing = || Known::new(&["Source/Fetch", "Prod/Deploy"]).run("r1", 0, "Failed", 9);
    pipelines.put("old", failing());
    pipelines.put("shop", failing());
    ingest(&scene.writer, &run_event("shop", "r1", "STARTED", 0)).await.unwrap();
    let reconciler = Reconciler {
        writer: scene.writer.clone(),
        api: pipelines.api(Duration::from_micros(100)),
        home: home(),
        retire_after_days: None,
    };
    let reconcile = async |now: &str| {
        reconciler
            .run(now.parse().unwrap(), Instant::now() + Duration::from_mins(1))
            .await
            .unwrap()
            .written
    };
    assert_eq!(reconcile("2026-11-02T13:00:00Z").await, 2);
    assert_eq!(scene.topic.told(), ["r1: shop failed"]);
    assert_eq!(reconcile("2026-11-02T13:15:00Z").await, 0);
    assert!(scene.topic.told().is_empty());
    pipelines.put("old", failing().run("r2", 20, "Succeeded", 29));
    reconcile("2026-11-02T13:30:00Z").await;
    assert_eq!(scene.topic.told(), ["r2: old is fixed"]);
}

#[tokio::test]
async fn a_damaged_memory_is_an_error() {
    let scene = scene().await;
    scene.tell(&[run("r1", "FAILED", 15)]).await;
    let mut item = scene.store.item("shop").await.unwrap();
    item.insert(
        "Told".to_owned(),
        aws_sdk_dynamodb::types::AttributeValue::S("nonsense".to_owned()),
    );
    scene
        .store
        .client
        .put_item()
        .table_name(store::TABLE)
        .set_item(Some(item))
        .send()
        .await
        .unwrap();
    let error = scene.store.table.get(&id("shop")).await.unwrap_err();
    assert!(Chain(&error).to_string().contains("Told is missing or of another type"));
}
