//! GitHub's workflows into a real table: whose a run and its jobs are, in any order of arrival.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

mod store;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use backend::{
    chain::Chain,
    ingest::{IngestError, Outcome, ingest, ingest_all},
    table::{Put, Table, Version},
};
use model::{
    Applied, Pipeline, PipelineId, Status, Tile,
    directory::Owner,
    event::{self, Event, Parsed},
};
use serde_json::{Value, json};
use store::{Store, TABLE, store};

const REGION: &str = "eu-west-1";
const ACCOUNT: &str = "111122223333";

fn event(kind: &str, subject: &Value) -> Value {
    json!({
        "source": "github.com", "detail-type": kind, "region": REGION, "account": ACCOUNT, "time": "2026-11-23T09:00:00Z",
        "detail": {
            kind: subject,
            "repository": { "full_name": "acme/web-shop", "default_branch": "main", "html_url": "https://github.com/acme/web-shop" },
        },
    })
}

fn at(minute: u32) -> String {
    format!("2026-11-23T{:02}:{:02}:00Z", 9 + minute / 60, minute % 60)
}

/// A run of the workflow in `file`, which is called `name` now; it began at `start` and is what it is since `minute`.
fn run(
    id: u32,
    file: &str,
    name: &str,
    conclusion: Option<&str>,
    start: u32,
    minute: u32,
) -> Value {
    event(
        "workflow_run",
        &json!({
            "id": id, "name": name, "path": format!(".github/workflows/{file}"), "head_branch": "main", "event": "push",
            "status": if conclusion.is_some() { "completed" } else { "in_progress" }, "conclusion": conclusion,
            "run_started_at": at(start), "updated_at": at(minute),
        }),
    )
}

fn job(run: u32, id: u32, name: &str, conclusion: Option<&str>, start: u32, minute: u32) -> Value {
    event(
        "workflow_job",
        &json!({
            "id": id, "run_id": run, "workflow_name": "CI", "head_branch": "main", "name": name, "labels": ["ubuntu-latest"],
            "status": if conclusion.is_some() { "completed" } else { "in_progress" }, "conclusion": conclusion, "runner_id": 7,
            "steps": [{ "name": "Set up job" }], "created_at": at(start), "started_at": at(start),
            "completed_at": conclusion.map(|_| at(minute)),
        }),
    )
}

fn id(name: &str) -> PipelineId {
    PipelineId::new("github", REGION, ACCOUNT, &format!("acme/web-shop/{name}")).unwrap()
}

fn directory_id() -> PipelineId {
    model::directory::id(REGION, ACCOUNT, "acme/web-shop").unwrap()
}

/// The wall's tiles by their ids' names, without the repository's.
async fn tiles(store: &Store) -> BTreeMap<String, Tile> {
    let page = store.table.tiles(None).await.unwrap();
    assert_eq!(page.next, None);
    let tiles = page.tiles.iter().map(|tile| serde_json::from_str::<Tile>(tile).unwrap());
    tiles.map(|tile| (tile.id.name().replacen("acme/web-shop/", "", 1), tile)).collect()
}

async fn statuses(store: &Store) -> Vec<(String, Status)> {
    tiles(store).await.into_iter().map(|(name, tile)| (name, tile.status)).collect()
}

/// All records, to the byte.
async fn records(store: &Store) -> BTreeMap<String, Vec<u8>> {
    let mut records = BTreeMap::new();
    for (name, tile) in tiles(store).await {
        let stored = store.table.get(&tile.id).await.unwrap().unwrap();
        records.insert(name, stored.pipeline.to_json());
    }
    records
}

async fn item(
    store: &Store,
    id: &PipelineId,
) -> Option<std::collections::HashMap<String, AttributeValue>> {
    let get = store.client.get_item().table_name(TABLE).consistent_read(true);
    get.key("PipelineId", AttributeValue::S(id.to_string())).send().await.unwrap().item
}

/// How often an item was written.
async fn writes(store: &Store, id: &PipelineId) -> u32 {
    let item = item(store, id).await;
    item.map_or(0, |item| item["Version"].as_n().unwrap().parse().unwrap())
}

fn read(event: &Value) -> Event {
    let event = match event::parse_value(event).unwrap() {
        Parsed::Event(event) => Some(*event),
        Parsed::Ignored(_) => None,
    };
    event.unwrap()
}

/// The record of an earlier version, which knew only the workflow's name.
async fn earlier(store: &Store, name: &str, event: &Value) {
    let event = Event { pipeline: id(name), pipeline_name: None, ..read(event) };
    let mut pipeline = Pipeline::new(id(name));
    assert_eq!(pipeline.apply(event), Applied::Changed);
    assert_eq!(store.table.put(pipeline, None, Version::ABSENT).await.unwrap(), Put::Written);
}

/// Two workflows of one name, one of which is renamed and cannot be read once; a run for a fork.
fn history() -> Vec<Value> {
    let mut fork = run(205, "ci.yml", "CI", Some("failure"), 30, 39);
    fork["detail"]["workflow_run"]["head_repository"] = json!({ "full_name": "stranger/web-shop" });
    let unreadable = ".github/workflows/ci.yml";
    let mut events = vec![
        run(201, "ci.yml", "CI", None, 0, 1),
        run(201, "ci.yml", "CI", Some("success"), 0, 9),
        run(202, "nightly.yml", "CI", None, 10, 11),
        run(202, "nightly.yml", "CI", Some("failure"), 10, 19),
        run(203, "ci.yml", unreadable, Some("failure"), 20, 21),
        run(204, "ci.yml", "Tests", None, 40, 41),
        run(204, "ci.yml", "Tests", Some("success"), 40, 49),
        fork,
    ];
    for (id, start) in [(201, 0), (202, 10), (204, 40), (205, 30)] {
        events.push(job(id, id * 10, "lint", None, start + 1, 0));
        events.push(job(id, id * 10, "lint", Some("success"), start + 1, start + 3));
        let end = if id == 202 { "failure" } else { "success" };
        events.push(job(id, id * 10 + 1, "test", Some(end), start + 1, start + 5));
    }
    events
}

#[tokio::test]
async fn any_order_and_any_batches_end_in_the_same_records() {
    let expected = store().await;
    ingest_all(&expected.writer(), &history()).await.unwrap();
    let statuses = statuses(&expected).await;
    assert_eq!(
        statuses,
        [("ci.yml".to_owned(), Status::Succeeded), ("nightly.yml".to_owned(), Status::Failed)]
    );
    let expected = records(&expected).await;
    for seed in 0..12 {
        let store = store().await;
        let mut random = fastrand::Rng::with_seed(seed);
        let mut events = [history(), history()].concat();
        random.shuffle(&mut events);
        if seed % 3 == 0 {
            for event in &events {
                ingest(&store.writer(), event).await.unwrap();
            }
        } else {
            for batch in events.chunks(random.usize(1..15)) {
                ingest_all(&store.writer(), batch).await.unwrap();
            }
        }
        assert_eq!(records(&store).await, expected, "seed {seed}");
    }
}

#[tokio::test]
async fn a_job_waits_for_its_run() {
    let store = store().await;
    let writer = store.writer();
    for event in [job(5, 51, "lint", None, 1, 0), job(5, 52, "test", Some("failure"), 1, 4)] {
        assert_eq!(ingest(&writer, &event).await.unwrap(), Outcome::Held);
    }
    assert_eq!(tiles(&store).await.len(), 0);
    assert_eq!(writes(&store, &directory_id()).await, 2);

    let run = run(5, "ci.yml", "CI", None, 0, 1);
    assert_eq!(ingest(&writer, &run).await.unwrap(), Outcome::Joined(Applied::Changed));
    assert_eq!(writes(&store, &id("ci.yml")).await, 1);
    assert_eq!(writes(&store, &directory_id()).await, 4, "entered, and released");
    let tile = tiles(&store).await.remove("ci.yml").unwrap();
    assert_eq!((tile.status, tile.stages.len()), (Status::Failed, 2));

    // Everything that is known costs no write more.
    let late = job(5, 53, "docs", Some("success"), 1, 6);
    assert_eq!(ingest(&writer, &late).await.unwrap(), Outcome::Joined(Applied::Changed));
    assert_eq!(ingest(&writer, &late).await.unwrap(), Outcome::Joined(Applied::Stale));
    assert_eq!(ingest(&writer, &run).await.unwrap(), Outcome::Joined(Applied::Stale));
    assert_eq!(writes(&store, &directory_id()).await, 4);
    assert_eq!(writes(&store, &id("ci.yml")).await, 2);
}

#[tokio::test]
async fn jobs_of_a_fork_are_ignored_before_and_after_its_run() {
    let store = store().await;
    let writer = store.writer();
    let mut run = run(5, "ci.yml", "CI", None, 0, 1);
    run["detail"]["workflow_run"]["event"] = json!("pull_request");
    assert_eq!(
        ingest(&writer, &job(5, 51, "lint", Some("failure"), 1, 4)).await.unwrap(),
        Outcome::Held
    );
    assert!(matches!(ingest(&writer, &run).await.unwrap(), Outcome::Ignored(_)));
    let late = job(5, 52, "test", Some("failure"), 1, 5);
    assert!(matches!(ingest(&writer, &late).await.unwrap(), Outcome::Ignored(_)));
    let (directory, _) = store.table.directory(&directory_id()).await.unwrap().unwrap();
    assert_eq!(directory.held("5", &id("ci.yml")), []);
    assert_eq!(writes(&store, &directory_id()).await, 2);
    assert_eq!(tiles(&store).await.len(), 0);
}

#[tokio::test]
async fn what_an_earlier_version_stored_stays_one_tile() {
    let old = |name: &str| run(101, "ci.yml", name, Some("failure"), 0, 5);
    for (name, events) in [
        ("CI", vec![run(102, "ci.yml", "CI", Some("success"), 10, 15)]),
        // Renamed at the same time.
        ("Old name", vec![run(102, "ci.yml", "CI", Some("success"), 10, 15)]),
        // A job of the run that was under way, and its end.
        (
            "CI",
            vec![
                job(101, 1, "lint", Some("success"), 1, 2),
                old("CI"),
                run(102, "ci.yml", "CI", Some("success"), 10, 15),
            ],
        ),
    ] {
        let store = store().await;
        earlier(&store, name, &old(name)).await;
        for event in &events {
            ingest(&store.writer(), event).await.unwrap();
        }
        let expected = [(name.to_owned(), Status::Succeeded)];
        assert_eq!(statuses(&store).await, expected, "{name}");
        // Another workflow of the same name is another pipeline.
        let nightly = run(103, "nightly.yml", "CI", Some("success"), 20, 25);
        ingest(&store.writer(), &nightly).await.unwrap();
        assert_eq!(statuses(&store).await.len(), 2);
        assert_eq!(tiles(&store).await[name].run.as_ref().unwrap().id, "102");
    }
}

#[tokio::test]
async fn of_several_records_of_one_file_one_stays_on_the_wall() {
    let store = store().await;
    earlier(&store, "Old name", &run(100, "ci.yml", "Old name", Some("failure"), 0, 3)).await;
    earlier(&store, "CI", &run(101, "ci.yml", "CI", Some("success"), 4, 5)).await;
    let path = ".github/workflows/ci.yml";
    earlier(&store, path, &run(102, "ci.yml", path, Some("failure"), 6, 7)).await;
    assert_eq!(tiles(&store).await.len(), 3);
    let success = run(103, "ci.yml", "CI", Some("success"), 10, 15);
    ingest(&store.writer(), &success).await.unwrap();
    assert_eq!(statuses(&store).await, [("CI".to_owned(), Status::Succeeded)]);
    assert_eq!(writes(&store, &directory_id()).await, 2);
    ingest(&store.writer(), &run(104, "ci.yml", "CI", None, 20, 21)).await.unwrap();
    assert_eq!(writes(&store, &id("Old name")).await, 2);
    // Its page stays, and an event of its own brings it back.
    let stored = store.table.get(&id(path)).await.unwrap().unwrap();
    let (mut pipeline, version) = (stored.pipeline, stored.version);
    let late = read(&run(102, "ci.yml", path, Some("failure"), 6, 9));
    assert_eq!(pipeline.apply(Event { pipeline: id(path), ..late }), Applied::Changed);
    assert_eq!(store.table.put(pipeline, None, version).await.unwrap(), Put::Written);
    assert_eq!(tiles(&store).await.len(), 2);
}

#[tokio::test]
async fn a_record_that_has_left_the_wall_is_found_by_its_name() {
    let store = store().await;
    earlier(&store, "CI", &run(101, "ci.yml", "CI", Some("failure"), 0, 5)).await;
    let mut retired = item(&store, &id("CI")).await.unwrap();
    retired.remove("Tile").unwrap();
    store.client.put_item().table_name(TABLE).set_item(Some(retired)).send().await.unwrap();
    assert_eq!(tiles(&store).await.len(), 0);
    let success = run(102, "ci.yml", "CI", Some("success"), 10, 15);
    ingest(&store.writer(), &success).await.unwrap();
    assert_eq!(statuses(&store).await, [("CI".to_owned(), Status::Succeeded)]);
}

/// A writer that died has done some of its steps and not the others.
#[tokio::test]
async fn whatever_a_writer_leaves_undone_is_done_with_the_next_event() {
    let first = run(5, "ci.yml", "CI", None, 0, 1);
    let entered = read(&first);
    for next in [first.clone(), job(5, 52, "test", Some("success"), 1, 5)] {
        let store = store().await;
        let lint = job(5, 51, "lint", Some("failure"), 1, 4);
        ingest(&store.writer(), &lint).await.unwrap();
        let (mut directory, version) =
            store.table.directory(&directory_id()).await.unwrap().unwrap();
        directory.enter(&entered, None);
        assert_eq!(store.table.put_directory(&directory, version).await.unwrap(), Put::Written);
        assert_eq!(store.table.put_directory(&directory, version).await.unwrap(), Put::Outrun);

        ingest(&store.writer(), &next).await.unwrap();
        ingest(&store.writer(), &first).await.unwrap();
        let tile = tiles(&store).await.remove("ci.yml").unwrap();
        assert_eq!(tile.status, Status::Failed);
        let (directory, _) = store.table.directory(&directory_id()).await.unwrap().unwrap();
        assert_eq!(directory.held("5", &id("ci.yml")), []);
        assert_eq!(directory.owner("5"), Owner::Pipeline(&id("ci.yml")));
    }
}

/// A run and its jobs arrive at once, each with a writer of its own.
#[tokio::test(flavor = "multi_thread")]
async fn racing_writers_lose_no_job() {
    let store = store().await;
    let jobs = (0..20).map(|number| job(5, 500 + number, &format!("test {number}"), None, 1, 0));
    let events = jobs.chain([run(5, "ci.yml", "CI", None, 0, 1)]);
    let writers: Vec<_> = events
        .map(|event| {
            let writer = store.writer();
            tokio::spawn(async move {
                // What is not stored comes again, as from the bus.
                while let Err(error) = ingest(&writer, &event).await {
                    assert!(matches!(error, IngestError::Unstored(_)), "{}", Chain(&error));
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let pipeline = store.table.get(&id("ci.yml")).await.unwrap().unwrap().pipeline;
    assert_eq!(pipeline.page().runs[0].stages.len(), 20);
    let (directory, _) = store.table.directory(&directory_id()).await.unwrap().unwrap();
    assert_eq!(directory.held("5", &id("ci.yml")), []);
}

#[tokio::test]
async fn a_directory_is_not_a_pipeline() {
    let store = store().await;
    ingest(&store.writer(), &run(5, "ci.yml", "CI", None, 0, 1)).await.unwrap();
    let directory = item(&store, &directory_id()).await.unwrap();
    let mut names: Vec<_> = directory.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["Directory", "PipelineId", "Version"]);
    assert!(store.table.get(&directory_id()).await.unwrap().is_none());
    assert!(store.table.directory(&id("none")).await.unwrap().is_none());
    let shown: Vec<_> = store.table.on_the_wall().await.unwrap();
    assert_eq!(shown.iter().map(|shown| shown.id.clone()).collect::<Vec<_>>(), [id("ci.yml")]);
}

#[tokio::test]
async fn a_damaged_directory_is_an_error_and_stays() {
    let store = store().await;
    ingest(&store.writer(), &run(5, "ci.yml", "CI", None, 0, 1)).await.unwrap();
    let mut broken = item(&store, &directory_id()).await.unwrap();
    for (value, problem) in [
        (AttributeValue::B(Blob::new("no zlib")), "Directory does not inflate"),
        (AttributeValue::S("text".to_owned()), "Directory is missing or of another type"),
    ] {
        broken.insert("Directory".to_owned(), value);
        let put = store.client.put_item().table_name(TABLE).set_item(Some(broken.clone()));
        put.send().await.unwrap();
        let event = job(6, 61, "lint", Some("success"), 1, 5);
        let error = ingest(&store.writer(), &event).await.unwrap_err();
        assert!(Chain(&error).to_string().contains(problem), "{}", Chain(&error));
        // Jobs of a run that this process knows need no directory.
        let known = job(5, 51, "lint", Some("success"), 1, 5);
        assert!(matches!(ingest(&store.writer(), &known).await, Ok(Outcome::Joined(_))));
        let another = Table::new(store.client.clone(), TABLE).into();
        assert!(ingest(&another, &known).await.is_err());
        assert_eq!(item(&store, &directory_id()).await.unwrap(), broken);
    }
}

#[tokio::test]
async fn many_jobs_before_their_run_fit_into_an_item() {
    let store = store().await;
    let mut random = fastrand::Rng::with_seed(7);
    let mut noise = || (0..60).map(|_| random.char('a'..='z')).collect::<String>();
    let jobs: Vec<_> = (0..1100).map(|id| job(5, id, &noise(), Some("success"), 1, 4)).collect();
    let outcomes = ingest_all(&store.writer(), &jobs).await.unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(Outcome::Held))));
    let size = item(&store, &directory_id()).await.unwrap()["Directory"].as_b().unwrap().clone();
    assert!((20_000..=128 * 1024).contains(&size.as_ref().len()), "{}", size.as_ref().len());
    ingest(&store.writer(), &run(5, "ci.yml", "CI", None, 0, 1)).await.unwrap();
    assert!(store.table.get(&id("ci.yml")).await.unwrap().is_some());
}
