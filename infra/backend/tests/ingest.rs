//! Events into a real table.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

mod store;

use std::io::Read;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use backend::{
    chain::Chain,
    ingest::{IngestError, Outcome, Unstored, ingest, ingest_all},
    table::{self, Put, Table, Version},
};
use model::{Applied, Pipeline, Status, Tile};
use serde_json::{Value, json};
use store::{
    TABLE, client,
    event::{action_event, run_event},
    id, store,
};

#[tokio::test]
async fn one_event_makes_one_item() {
    let store = store().await;
    let outcome = ingest(
        &store.writer(),
        &action_event("shop", "r1", "Build", "Compile", "FAILED", "exit code 2", 3),
    )
    .await
    .unwrap();
    assert_eq!(outcome, Outcome::Joined(Applied::Changed));

    let item = store.item("shop").await.unwrap();
    let mut names: Vec<_> = item.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "PipelineId",
            "PipelineName",
            "PipelineStage",
            "PipelineStatus",
            "Runs",
            "Tile",
            "Version"
        ]
    );
    assert_eq!(
        item["PipelineId"],
        AttributeValue::S("codepipeline:eu-north-1:210987654321:shop".to_owned())
    );
    assert_eq!(item["PipelineName"], AttributeValue::S("shop".to_owned()));
    assert_eq!(item["PipelineStatus"], AttributeValue::S("FAILED".to_owned()));
    assert_eq!(item["PipelineStage"], AttributeValue::S("Build".to_owned()));
    assert_eq!(item["Version"], AttributeValue::N("1".to_owned()));
    let tile: Tile = serde_json::from_str(item["Tile"].as_s().unwrap()).unwrap();
    assert_eq!((tile.id, tile.status), (id("shop"), Status::Failed));
    let mut json = String::new();
    flate2::read::ZlibDecoder::new(item["Runs"].as_b().unwrap().as_ref())
        .read_to_string(&mut json)
        .unwrap();
    assert!(json.contains("exit code 2"), "{json}");
    let pipeline = store.table.get(&id("shop")).await.unwrap().unwrap().pipeline;
    assert_eq!(pipeline.to_json(), json.into_bytes());
}

#[tokio::test]
async fn what_changes_nothing_writes_nothing() {
    let store = store().await;
    let started = run_event("shop", "r1", "STARTED", 0);
    let failed = run_event("shop", "r1", "FAILED", 5);
    for (event, applied, version) in [
        (&started, Applied::Changed, 1),
        (&started, Applied::Stale, 1),
        (&failed, Applied::Changed, 2),
        (&started, Applied::Stale, 2),
        (&failed, Applied::Stale, 2),
    ] {
        assert_eq!(ingest(&store.writer(), event).await.unwrap(), Outcome::Joined(applied));
        assert_eq!(store.version("shop").await, version);
    }
}

#[tokio::test]
async fn what_is_not_ours_is_ignored_and_what_is_broken_rejected() {
    let store = store().await;
    let foreign = json!({ "source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification", "detail": {} });
    assert!(matches!(ingest(&store.writer(), &foreign).await, Ok(Outcome::Ignored(_))));
    let mut broken = run_event("shop", "r1", "STARTED", 0);
    broken["detail"].as_object_mut().unwrap().remove("execution-id");
    let error = ingest(&store.writer(), &broken).await.unwrap_err();
    assert!(matches!(error, IngestError::Rejected(_)));
    assert_eq!(Chain(&error).to_string(), "the event is rejected: detail.execution-id: missing");
    assert_eq!(store.item("shop").await, None);
}

/// What is not stored comes again, as from the bus; how soon it is depends on what else the machine does. Whoever gives up has
/// lost ten times to others, who put one event each: among fifty nobody does so more than four times.
#[tokio::test(flavor = "multi_thread")]
async fn racing_writers_lose_nothing() {
    let store = store().await;
    let writers: Vec<_> = (0..50)
        .map(|number| {
            let writer = store.writer();
            let event = action_event(
                "shop",
                "r1",
                "Build",
                &format!("Part-{number}"),
                "SUCCEEDED",
                "",
                number,
            );
            tokio::spawn(async move {
                let mut outrun = 0;
                loop {
                    match ingest(&writer, &event).await {
                        Err(IngestError::Unstored(Unstored::Outrun(_))) => outrun += 1,
                        Err(IngestError::Unstored(Unstored::Late(_))) => {}
                        outcome => {
                            return (outcome.map_err(|error| Chain(&error).to_string()), outrun);
                        }
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        let (outcome, outrun) = writer.await.unwrap();
        assert!(matches!(outcome, Ok(Outcome::Joined(_))), "{outcome:?}");
        assert!(outrun < 5, "outrun {outrun} times");
    }
    let pipeline = store.table.get(&id("shop")).await.unwrap().unwrap().pipeline;
    let page = pipeline.page();
    assert_eq!(page.runs[0].stages[0].actions.len(), 50);
    assert_eq!(store.version("shop").await, 50);
}

#[tokio::test]
async fn a_put_over_an_older_version_does_nothing() {
    let store = store().await;
    let pipeline = Pipeline::new(id("shop"));
    assert_eq!(
        store.table.put(pipeline.clone(), None, Version::ABSENT).await.unwrap(),
        Put::Written
    );
    assert_eq!(
        store.table.put(pipeline.clone(), None, Version::ABSENT).await.unwrap(),
        Put::Outrun
    );
    let read = store.table.get(&id("shop")).await.unwrap().unwrap().version;
    assert_eq!(store.table.put(pipeline.clone(), None, read).await.unwrap(), Put::Written);
    assert_eq!(store.table.put(pipeline, None, read).await.unwrap(), Put::Outrun);
    assert_eq!(store.version("shop").await, 2);
}

#[tokio::test]
async fn a_batch_ends_in_the_same_documents_as_its_events_one_by_one() {
    let events: Vec<Value> = (0..200)
        .map(|number| {
            let (pipeline, run) = (format!("p{}", number % 3), format!("r{}", number % 8));
            action_event(
                &pipeline,
                &run,
                "Build",
                &format!("a{}", number % 5),
                "STARTED",
                "",
                number,
            )
        })
        .chain([json!("no event"), json!({ "source": "aws.ec2", "detail-type": "x" })])
        .collect();
    let (one_by_one, batch) = (store().await, store().await);
    for event in &events {
        drop(ingest(&one_by_one.writer(), event).await);
    }
    let outcomes = ingest_all(&batch.writer(), &events).await.unwrap();
    assert_eq!(outcomes.len(), events.len());
    assert!(outcomes[..200].iter().all(|outcome| matches!(outcome, Ok(Outcome::Joined(_)))));
    assert!(outcomes[200].is_err());
    assert!(matches!(outcomes[201], Ok(Outcome::Ignored(_))));
    for name in ["p0", "p1", "p2"] {
        let expected = one_by_one.table.get(&id(name)).await.unwrap().unwrap().pipeline;
        let joined = batch.table.get(&id(name)).await.unwrap().unwrap().pipeline;
        assert_eq!(joined.to_json(), expected.to_json());
        assert_eq!(batch.version(name).await, 1);
    }
}

#[tokio::test]
async fn a_document_too_big_for_an_item_loses_its_oldest_details() {
    let store = store().await;
    let mut random = fastrand::Rng::with_seed(7);
    let mut noise =
        || (0..40).map(|_| format!("{:06x}", random.u32(0..1 << 24))).collect::<Vec<_>>().join(" ");
    let mut events = Vec::new();
    for run in 0..16 {
        let mut started = run_event("shop", &format!("r{run:02}"), "STARTED", run);
        started["detail"]["start-time"] = started["time"].clone();
        events.push(started);
        for action in 0..150 {
            let stage = format!("Stage-{}", action % 5);
            events.push(action_event(
                "shop",
                &format!("r{run:02}"),
                &stage,
                &format!("a{action}"),
                "FAILED",
                &noise(),
                run,
            ));
        }
    }
    ingest_all(&store.writer(), &events).await.unwrap();
    let runs = store.item("shop").await.unwrap()["Runs"].as_b().unwrap().as_ref().len();
    assert!((128 * 1024..=256 * 1024).contains(&runs), "{runs} bytes");
    let pipeline = store.table.get(&id("shop")).await.unwrap().unwrap().pipeline;
    let page = pipeline.page();
    assert_eq!(page.runs.len(), 16);
    assert_eq!(page.runs[0].id, "r15");
    let actions =
        |run: usize| page.runs[run].stages.iter().map(|stage| stage.actions.len()).sum::<usize>();
    assert_eq!((actions(0), actions(15)), (150, 0));
}

#[tokio::test]
async fn a_store_that_fails_is_an_error() {
    let store = store().await;
    let event = run_event("shop", "r1", "STARTED", 0);
    let elsewhere = Table::new(store.client.clone(), "another_table").into();
    let error = ingest(&elsewhere, &event).await.unwrap_err();
    assert!(matches!(error, IngestError::Unstored(Unstored::Table(_))), "{error:?}");
    let told = Chain(&error).to_string();
    assert!(
        told.starts_with("the event is not stored: ") && told.contains("ResourceNotFoundException"),
        "{told}"
    );
    assert!(ingest_all(&elsewhere, &[event]).await.is_err());
}

#[tokio::test]
async fn a_damaged_item_is_an_error_and_stays() {
    let store = store().await;
    ingest(&store.writer(), &run_event("shop", "r1", "STARTED", 0)).await.unwrap();
    let mut item = store.item("shop").await.unwrap();
    for (attribute, value, problem) in [
        ("Runs", AttributeValue::B(Blob::new("no zlib")), "Runs does not inflate"),
        ("Runs", AttributeValue::S("text".to_owned()), "Runs is missing or of another type"),
        ("Version", AttributeValue::S("text".to_owned()), "Version is missing or of another type"),
    ] {
        let good = item.insert(attribute.to_owned(), value).unwrap();
        store
            .client
            .put_item()
            .table_name(TABLE)
            .set_item(Some(item.clone()))
            .send()
            .await
            .unwrap();
        let error =
            ingest(&store.writer(), &run_event("shop", "r1", "FAILED", 5)).await.unwrap_err();
        let told = Chain(&error).to_string();
        assert!(
            told.contains("the item of codepipeline:eu-north-1:210987654321:shop is damaged"),
            "{told}"
        );
        assert!(told.contains(problem), "{told}");
        assert_eq!(store.item("shop").await.unwrap(), item);
        item.insert(attribute.to_owned(), good);
    }
}

#[tokio::test]
async fn a_table_that_is_there_stays_as_it_is() {
    let store = store().await;
    ingest(&store.writer(), &run_event("shop", "r1", "STARTED", 0)).await.unwrap();
    table::create(&client(&store.url), TABLE).await.unwrap();
    assert_eq!(store.version("shop").await, 1);
    let page = store.table.tiles(None).await.unwrap();
    assert_eq!((page.tiles.len(), page.next), (1, None));
}
