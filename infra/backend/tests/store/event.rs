//! CodePipeline's events, also for the tests of the local server.

#![allow(dead_code, reason = "each test binary uses its own part of this module")]

use serde_json::{Value, json};

pub const ACCOUNT: &str = "210987654321";

/// A pipeline's event, `minute` minutes after noon.
pub fn run_event(pipeline: &str, run: &str, state: &str, minute: u32) -> Value {
    json!({
        "version": "0",
        "id": "6f1c8f0e-2d0b-4c39-9d3e-5a0a3c1f7b11",
        "detail-type": "CodePipeline Pipeline Execution State Change",
        "source": "aws.codepipeline",
        "account": ACCOUNT,
        "time": format!("2026-11-02T{:02}:{:02}:00Z", 12 + minute / 60, minute % 60),
        "region": "eu-north-1",
        "resources": [format!("arn:aws:codepipeline:eu-north-1:{ACCOUNT}:{pipeline}")],
        "detail": {
            "pipeline": pipeline,
            "execution-id": run,
            "start-time": "2026-11-02T12:00:00.250Z",
            "state": state,
            "version": 3.0,
            "pipeline-execution-attempt": 1.0,
        },
    })
}

/// An action's event.
pub fn action_event(
    pipeline: &str,
    run: &str,
    stage: &str,
    action: &str,
    outcome: &str,
    summary: &str,
    minute: u32,
) -> Value {
    let mut event = run_event(pipeline, run, outcome, minute);
    event["detail-type"] = json!("CodePipeline Action Execution State Change");
    event["detail"]["stage"] = json!(stage);
    event["detail"]["action"] = json!(action);
    event["detail"]["region"] = json!("eu-north-1");
    event["detail"]["type"] =
        json!({ "owner": "AWS", "provider": "CodeBuild", "category": "Build", "version": "1" });
    event["detail"]["execution-result"] =
        json!({ "external-execution-summary": summary, "external-execution-id": "b:1" });
    event
}
