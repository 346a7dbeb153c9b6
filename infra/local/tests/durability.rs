//! An acknowledged event survives whatever happens to the process.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

mod local;

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use local::{
    event::{ACCOUNT, run_event},
    start,
};
use serde_json::Value;

const PIPELINES: usize = 40;
/// As many as a pipeline keeps.
const RUNS: usize = 16;

#[test]
fn acknowledged_events_survive_a_kill_in_a_storm() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.db");
    let arguments = ["--data", file.to_str().unwrap()];
    let mut server = start(&arguments);
    let (next, acknowledged) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let pid = server.process.id();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let (pipeline, run) =
                        (format!("p{}", number % PIPELINES), format!("r{}", number / PIPELINES));
                    let event = run_event(&pipeline, &run, "SUCCEEDED", 0).to_string();
                    // The server is gone in the middle of it.
                    let Ok(answer) = server.try_to_ask("POST", "/events", &[], event.as_bytes())
                    else {
                        break;
                    };
                    if answer.status == 202 {
                        let mut acknowledged = acknowledged.lock().unwrap();
                        acknowledged.push((pipeline, run));
                        if acknowledged.len() == PIPELINES * RUNS / 2 {
                            std::process::Command::new("kill")
                                .args(["-KILL", &pid.to_string()])
                                .status()
                                .unwrap();
                        }
                    }
                }
            });
        }
    });
    assert!(!server.process.wait().unwrap().success());
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(
        (PIPELINES * RUNS / 2..PIPELINES * RUNS).contains(&acknowledged.len()),
        "{}",
        acknowledged.len()
    );

    let server = start(&arguments);
    for pipeline in (0..PIPELINES).map(|number| format!("p{number}")) {
        let page = server
            .get(&format!("/data/pipelines/codepipeline:eu-north-1:{ACCOUNT}:{pipeline}"))
            .json();
        let runs: Vec<&Value> =
            page["runs"].as_array().unwrap().iter().map(|run| &run["id"]).collect();
        for (_, run) in acknowledged.iter().filter(|(name, _)| *name == pipeline) {
            assert!(runs.iter().any(|known| *known == run), "{pipeline} lost {run}: {runs:?}");
        }
    }
    assert_eq!(server.get("/data").json().as_array().unwrap().len(), PIPELINES);
}

#[test]
fn a_demo_played_again_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.db");
    let arguments = ["--demo", "6", "--seed", "3", "--data", file.to_str().unwrap()];
    let ids = |server: &local::Server| {
        let rows = server.get("/data").json();
        let mut ids: Vec<_> =
            rows.as_array().unwrap().iter().map(|row| row["id"].to_string()).collect();
        ids.sort();
        ids
    };
    let first = ids(&start(&arguments));
    // Six pipelines and the heartbeat.
    assert_eq!(first.len(), 7);
    assert_eq!(ids(&start(&arguments)), first);
}
