//! Answers as they occur in the field: gates behind many runs, approvals without a time, stages that fail by a condition,
//! several sources. Each is read again without writing anything.

use super::*;

/// Reconciles, checks that doing so again writes nothing, and returns the tile.
async fn known(scene: &Scene, known: Known) -> Tile {
    scene.pipelines.put("shop", known);
    assert_eq!(scene.written("2026-11-02T23:00:00Z").await, 1);
    let before = scene.store.item("shop").await;
    for again in ["2026-11-02T23:15:00Z", "2026-11-02T23:30:00Z"] {
        assert_eq!(scene.written(again).await, 0, "asked again");
    }
    assert_eq!(scene.store.item("shop").await, before);
    scene.tile("shop").await
}

/// What the tile shows: the status, its stage and action, and the run.
fn shown(tile: &Tile) -> (Status, &str, &str, &str) {
    let stage = tile.stage.as_deref().unwrap_or_default();
    let node = tile.stages.iter().find(|node| node.name == stage);
    let action = node.and_then(|node| node.action.as_deref()).unwrap_or_default();
    (tile.status, stage, action, tile.run.as_ref().map_or("", |run| run.id.as_str()))
}

async fn document(scene: &Scene) -> String {
    let pipeline = scene.store.table.get(&id("shop")).await.unwrap().unwrap().pipeline;
    String::from_utf8(pipeline.to_json()).unwrap()
}

/// The runs of a busy trunk: r00 waits, and this many runs superseded each other behind it.
fn behind_a_gate(superseded: i64, newest: &str) -> Known {
    let gate = Known::new(&STAGES).run("r00", 0, "InProgress", 5);
    (1..=superseded)
        .fold(gate, |known, run| {
            known.run(&format!("r{run:02}"), run * 10, "Superseded", run * 10 + 9)
        })
        .run("newest", 600, newest, 609)
        .stage("Source", "newest", "Succeeded", 604)
        .gate("Gate", "r00", Some(5))
}

#[tokio::test]
async fn a_gate_that_is_older_than_the_newest_sixteen_runs_is_found_and_its_pages_are_read_once() {
    for newest in ["InProgress", "Superseded"] {
        let scene = scene().await;
        scene.pipelines.put("shop", behind_a_gate(30, newest));
        assert_eq!(scene.written("2026-11-02T23:00:00Z").await, 1);
        assert_eq!(scene.pipelines.asked("ListPipelineExecutions"), 2);
        let page = scene.page("shop").await;
        let gate = page.runs.iter().find(|run| run.id == "r00").unwrap();
        assert_eq!(
            (gate.status, gate.started),
            (Status::Waiting, moment("2026-11-02T12:00:00.250Z"))
        );
        assert_eq!(gate.stages.last().unwrap().actions[0].name, "Approve");

        let before = scene.store.item("shop").await;
        assert_eq!(scene.written("2026-11-02T23:15:00Z").await, 0);
        assert_eq!(scene.store.item("shop").await, before);
        // None of these runs has a verdict, so one is still sought.
        assert!(scene.pipelines.asked("ListPipelineExecutions") <= 2);
    }
}

#[tokio::test]
async fn the_end_of_a_run_behind_many_others_is_found() {
    let scene = scene().await;
    scene.pipelines.put("shop", behind_a_gate(30, "InProgress"));
    scene.written("2026-11-02T23:00:00Z").await;
    let ended = behind_a_gate(30, "InProgress").are(&["r00"], "Succeeded").gate(
        "Gate",
        "newest",
        Some(620),
    );
    scene.pipelines.put("shop", ended);
    assert_eq!(scene.written("2026-11-02T23:15:00Z").await, 1);
    let page = scene.page("shop").await;
    let status = |id| page.runs.iter().find(|run| run.id == id).map(|run| run.status);
    assert_eq!((status("r00"), status("newest")), (Some(Status::Succeeded), Some(Status::Waiting)));
}

#[tokio::test]
async fn older_runs_are_read_from_small_pages_up_to_a_limit() {
    let scene = scene().await;
    scene.pipelines.world().page = 4;
    scene.pipelines.put("shop", behind_a_gate(30, "InProgress"));
    scene.written("2026-11-02T23:00:00Z").await;
    assert_eq!(scene.pipelines.asked("ListPipelineExecutions"), 8);
    assert!(scene.page("shop").await.runs.iter().any(|run| run.status == Status::Waiting));

    // Beyond the limit the state of the stage still shows that it waits.
    let scene = self::scene().await;
    scene.pipelines.world().page = 4;
    scene.pipelines.put("shop", behind_a_gate(80, "InProgress"));
    scene.written("2026-11-02T23:00:00Z").await;
    assert_eq!(scene.pipelines.asked("ListPipelineExecutions"), 4 + 12);
    assert!(scene.page("shop").await.runs.iter().any(|run| run.status == Status::Waiting));
}

#[tokio::test]
async fn a_failure_and_a_run_at_a_closed_door_are_found_behind_many_runs() {
    let scene = scene().await;
    let behind = behind_a_gate(30, "Superseded")
        .are(&["r00", "r02"], "Failed")
        .are(&["r03"], "InProgress")
        .stage("Gate", "r30", "Succeeded", 309)
        .stage("Prod", "r02", "Failed", 27)
        .at_the_door("Prod", "r03");
    known(&scene, behind).await;
    let page = scene.page("shop").await;
    let found: Vec<_> = page
        .runs
        .iter()
        .filter(|run| run.status != Status::Stopped)
        .map(|run| (run.id.as_str(), run.status))
        .collect();
    assert_eq!(found, [("r03", Status::Started), ("r02", Status::Failed)]);
    assert_eq!(page.failing_since, Some(moment("2026-11-02T12:29:00Z")));
}

#[tokio::test]
async fn an_open_approval_without_a_time_waits() {
    let scene = scene().await;
    let gate = Known::new(&STAGES)
        .run("r0", -60, "Succeeded", -50)
        .run("r1", 0, "InProgress", 5)
        .stage("Source", "r1", "Succeeded", 4)
        .stage("Prod", "r0", "Succeeded", -51)
        .gate("Gate", "r1", None);
    let tile = known(&scene, gate).await;
    assert_eq!(shown(&tile), (Status::Waiting, "Gate", "Approve", "r1"));
    assert_eq!(tile.stages[1].since, Some(moment("2026-11-02T12:04:00Z")));
    assert!(!document(&scene).await.contains("secret"));
}

#[tokio::test]
async fn of_parallel_runs_the_one_that_waits_is_seen() {
    let scene = scene().await;
    let runs = Known::new(&STAGES)
        .parallel()
        .run("r1", 0, "InProgress", 5)
        .run("r2", 1, "InProgress", 6)
        .stage("Source", "r2", "Succeeded", 4)
        .gate("Gate", "r2", None);
    assert_eq!(shown(&known(&scene, runs).await), (Status::Waiting, "Gate", "Approve", "r2"));
}

#[tokio::test]
async fn a_stage_that_a_condition_stopped_is_failed_and_names_the_rule() {
    let scene = scene().await;
    let refused = Known::new(&STAGES)
        .run("r0", -60, "Succeeded", -50)
        .run("r1", 0, "Failed", 7)
        .stage("Source", "r1", "Succeeded", 4)
        .stage("Gate", "r1", "Succeeded", 6)
        .stage("Prod", "r0", "Succeeded", -51)
        .refused("Prod", "r1", "AlarmsAreOff", 7);
    let tile = known(&scene, refused).await;
    assert_eq!(shown(&tile), (Status::Failed, "Prod", "AlarmsAreOff", "r1"));
    assert_eq!(tile.stages[2].since, Some(moment("2026-11-02T12:07:00Z")));
    let page = scene.page("shop").await;
    let rule = &page.runs[0].stages[2].actions[0];
    assert_eq!(
        (rule.kind.as_deref(), rule.summary.as_deref(), rule.error.as_deref()),
        (Some("Entry condition"), Some("3 alarms are on"), Some("JobFailed"))
    );
    let document = document(&scene).await;
    assert!(!["secret", "ada"].iter().any(|secret| document.contains(secret)), "{document}");
}

#[tokio::test]
async fn a_stage_that_failed_without_details_is_failed() {
    let scene = scene().await;
    let mut failed =
        Known::new(&STAGES).run("r1", 0, "Failed", 7).stage("Source", "r1", "Succeeded", 4);
    let latest = json!({ "pipelineExecutionId": "r1", "status": "Failed" });
    failed.states.insert("Gate", json!({ "latestExecution": latest }));
    assert_eq!(shown(&known(&scene, failed).await), (Status::Failed, "Gate", "", "r1"));
}

#[tokio::test]
async fn of_several_sources_the_commit_is_shown() {
    let scene = scene().await;
    let commit = "5e0d6c4b3a29187f6e5d4c3b2a190817f6e5d4c3";
    let built = Known::new(&STAGES).run("r1", 0, "Succeeded", 9).building(&[
        ("Base", "sha256:5e0d6c4b3a29187f6e5d4c3b2a190817f6e5d4c35e0d6c4b3a29187f6e5d4c3b", None),
        ("Rules", "Zq1x9cV7bN5mL3kJ", Some("Amazon S3 version id: Zq1x9cV7bN5mL3kJ")),
        ("Code", commit, Some("Cap retries at five")),
    ]);
    let change = known(&scene, built).await.change.unwrap();
    assert_eq!(
        (change.message.as_deref(), change.revision.as_deref()),
        (Some("Cap retries at five"), Some("5e0d6c4"))
    );
}

#[tokio::test]
async fn a_stage_that_was_skipped_is_not_unknown() {
    let scene = scene().await;
    let mut skipped = Known::new(&STAGES)
        .run("r1", 0, "Succeeded", 9)
        .stage("Source", "r1", "Succeeded", 4)
        .stage("Prod", "r1", "Succeeded", 9);
    let latest = json!({ "pipelineExecutionId": "r1", "status": "Skipped" });
    skipped.states.insert("Gate", json!({ "latestExecution": latest }));
    let tile = known(&scene, skipped).await;
    let rail: Vec<_> = tile.stages.iter().filter_map(|stage| stage.status).collect();
    assert_eq!(rail, [Status::Succeeded, Status::Stopped, Status::Succeeded]);
}

#[tokio::test]
async fn events_before_and_after_an_answer_end_in_the_same_bytes() {
    let gate = || {
        Known::new(&STAGES)
            .run("r1", 0, "InProgress", 5)
            .stage("Source", "r1", "Succeeded", 4)
            .gate("Gate", "r1", None)
    };
    let mut waits = action_event("shop", "r1", "Gate", "Approve", "STARTED", "", 5);
    waits["detail"]["type"] = json!({ "category": "Approval", "provider": "Manual" });
    waits["detail"]["start-time"] = json!("2026-11-02T12:05:00.125Z");
    let events = [run_event("shop", "r1", "STARTED", 0), waits];
    let mut documents = Vec::new();
    for before in 0..=events.len() {
        let scene = scene().await;
        let (first, last) = events.split_at(before);
        scene.tell(first).await;
        scene.pipelines.put("shop", gate());
        assert_eq!(scene.written("2026-11-02T13:00:00Z").await, 1, "the definition at least");
        scene.tell(last).await;
        assert_eq!(scene.written("2026-11-02T13:15:00Z").await, 0);
        assert_eq!(shown(&scene.tile("shop").await), (Status::Waiting, "Gate", "Approve", "r1"));
        documents.push(document(&scene).await);
    }
    assert!(documents.windows(2).all(|pair| pair[0] == pair[1]), "{documents:#?}");
}
