//! The real binary asks what speaks like CodePipeline.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

mod local;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use axum::{Json, Router, http::HeaderMap, routing::post};
use local::{Server, command};
use serde_json::{Value, json};

/// One pipeline that has never run.
async fn answer(headers: HeaderMap) -> Json<Value> {
    let stage = json!({ "name": "Source", "actions": [] });
    Json(match headers["x-amz-target"].to_str().unwrap() {
        "CodePipeline_20150709.ListPipelines" => {
            json!({ "pipelines": [{ "name": "shop", "version": 1, "updated": 1_793_620_800.5 }] })
        }
        "CodePipeline_20150709.GetPipeline" => {
            json!({ "pipeline": { "name": "shop", "roleArn": "arn", "version": 1, "stages": [stage] } })
        }
        "CodePipeline_20150709.GetPipelineState" => {
            json!({ "stageStates": [{ "stageName": "Source" }] })
        }
        _ => json!({ "pipelineExecutionSummaries": [] }),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn its_pipelines_are_on_the_wall() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, Router::new().route("/", post(answer))).await });

    let options = [
        "--port",
        "0",
        "--reconcile",
        &endpoint,
        "--region",
        "eu-north-1",
        "--account",
        local::event::ACCOUNT,
    ];
    let mut process = command(&options).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let log = BufReader::new(process.stderr.take().unwrap());
    let server = Server { url: line.strip_suffix("/\n").unwrap().to_owned(), process };
    let told = log.lines().map(Result::unwrap).find(|line| line.contains("reconciled")).unwrap();
    assert!(told.contains("listed") && told.contains("written"), "{told}");
    let rows = server.get("/data").json();
    let shop = json!({
        "id": "codepipeline:eu-north-1:210987654321:shop", "name": "shop", "status": "UNKNOWN", "stages": [{ "name": "Source" }],
        "url": "https://eu-north-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/shop/view?region=eu-north-1",
    });
    assert_eq!(rows, json!([shop]));
}

#[test]
fn whose_pipelines_they_are_needs_somebody_to_ask() {
    let output = command(&["--account", "210987654321"]).stderr(Stdio::piped()).output().unwrap();
    assert!(
        !output.status.success() && String::from_utf8_lossy(&output.stderr).contains("--reconcile"),
        "{output:?}"
    );
}
