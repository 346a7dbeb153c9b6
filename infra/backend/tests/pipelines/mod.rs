//! CodePipeline's API on a loopback port: it pages, throttles and fails as it is told.

#![allow(dead_code, reason = "each test binary uses its own part of this module")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use aws_sdk_codepipeline::config::Credentials;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use backend::reconcile::codepipeline::{self, Api};
use model::event::codepipeline::api::Home;
use serde_json::{Value, json};

use crate::store::event::ACCOUNT;

/// Noon of the day that the events of `store` are of, in seconds since 1970.
const NOON: i64 = 1_793_620_800;

/// The account's pipelines and the API's mood.
#[derive(Debug, Default)]
pub struct World {
    pub pipelines: BTreeMap<String, Known>,
    /// Pipelines in a page of the list, runs in one of a pipeline's; all when 0.
    pub page: usize,
    /// So many requests are throttled before one is answered.
    pub throttled: usize,
    /// Whatever names one of these fails: a pipeline, or an operation.
    pub broken: BTreeSet<String>,
    /// Who asked, as `key/Region`, with which token.
    pub askers: BTreeSet<(String, String)>,
    /// What was asked, and how often.
    pub asked: BTreeMap<String, usize>,
}

/// One pipeline.
#[derive(Clone, Debug)]
pub struct Known {
    version: i64,
    updated: i64,
    created: i64,
    mode: &'static str,
    /// Stages with their actions, as `Stage/Action`; an action called Approve is one.
    stages: Vec<&'static str>,
    pub executions: Vec<Value>,
    /// By stage: its run and status, and since which minute each action is what.
    pub states: BTreeMap<&'static str, Value>,
}

impl Known {
    pub fn new(stages: &[&'static str]) -> Self {
        Self {
            version: 1,
            updated: -60,
            created: -60,
            mode: "SUPERSEDED",
            stages: stages.to_vec(),
            executions: Vec::new(),
            states: BTreeMap::new(),
        }
    }

    /// A run that began at a minute after noon, as a quarter of a second later, and what it is at since another minute.
    pub fn run(mut self, id: &str, began: i64, status: &str, since: i64) -> Self {
        let revision = json!({ "actionName": "Fetch", "revisionId": "9f3c1e0b6a7d4c2f8e5b1a0d9c8b7a6f5e4d3c2b", "revisionSummary": "Cap retries" });
        let run = json!({
            "pipelineExecutionId": id, "status": status, "startTime": minute(began) + 0.25, "lastUpdateTime": minute(since) + 0.5,
            "sourceRevisions": [revision], "trigger": { "triggerType": "Webhook", "triggerDetail": "arn:aws:iam::1:user/ada" },
        });
        self.executions.insert(0, run);
        self
    }

    /// What a stage is at in a run, with all its actions.
    pub fn stage(mut self, stage: &'static str, run: &str, status: &str, since: i64) -> Self {
        let of_stage = |path: &&str| {
            path.split_once('/')
                .filter(|(name, _)| *name == stage)
                .map(|(_, action)| action.to_owned())
        };
        let action = |name: String| {
            let run = json!({
                "status": status, "lastStatusChange": minute(since) + 0.4, "token": "1a2b3c4d-secret",
                "externalExecutionUrl": "https://eu-north-1.console.aws.amazon.com/log", "summary": "as told",
            });
            json!({ "actionName": name, "latestExecution": run })
        };
        let actions: Vec<Value> = self.stages.iter().filter_map(of_stage).map(action).collect();
        let latest = json!({ "pipelineExecutionId": run, "status": status });
        self.states.entry(stage).or_insert_with(|| json!({})).as_object_mut().unwrap().extend([
            ("latestExecution".to_owned(), latest),
            ("actionStates".to_owned(), json!(actions)),
        ]);
        self
    }

    /// A run waits in a stage for its approval, which has a token and may have no time.
    pub fn gate(mut self, stage: &'static str, run: &str, since: Option<i64>) -> Self {
        self = self.stage(stage, run, "InProgress", since.unwrap_or_default());
        if since.is_none() {
            self.states.get_mut(stage).unwrap()["actionStates"][0]["latestExecution"]
                .as_object_mut()
                .unwrap()
                .remove("lastStatusChange");
        }
        self
    }

    /// A run waits to enter a stage.
    pub fn at_the_door(mut self, stage: &'static str, run: &str) -> Self {
        let inbound = json!({ "pipelineExecutionId": run, "status": "InProgress" });
        let known = self.states.entry(stage).or_insert_with(|| json!({}));
        known["inboundExecutions"] = json!([inbound]);
        self
    }

    /// A run failed in a stage because a rule of its entry condition failed.
    pub fn refused(mut self, stage: &'static str, run: &str, rule: &str, since: i64) -> Self {
        self.states.entry(stage).or_insert_with(|| json!({}))["latestExecution"] =
            json!({ "pipelineExecutionId": run, "status": "Failed" });
        let outcome = json!({
            "ruleExecutionId": "1a2b3c4d-rule", "status": "Failed", "lastStatusChange": minute(since) + 0.4,
            "token": "1a2b3c4d-secret", "lastUpdatedBy": "arn:aws:iam::1:user/ada",
            "errorDetails": { "code": "JobFailed", "message": "3 alarms are on" },
        });
        self.states.get_mut(stage).unwrap()["beforeEntryConditionState"] = json!({
            "latestExecution": { "status": "Failed", "summary": "Conditions failed" },
            "conditionStates": [{
                "latestExecution": { "status": "Failed", "lastStatusChange": minute(since) + 0.4 },
                "ruleStates": [{ "ruleName": rule, "latestExecution": outcome }],
            }],
        });
        self
    }

    /// Changes the status of some runs.
    pub fn are(mut self, runs: &[&str], status: &str) -> Self {
        for run in &mut self.executions {
            if runs.iter().any(|id| run["pipelineExecutionId"] == *id) {
                run["status"] = json!(status);
            }
        }
        self
    }

    /// The newest run has these source revisions: action, revision, summary.
    pub fn building(mut self, revisions: &[(&str, &str, Option<&str>)]) -> Self {
        let revision = |(action, id, summary): &(&str, &str, Option<&str>)| {
            let mut revision = json!({ "actionName": action, "revisionId": id });
            if let Some(summary) = summary {
                revision["revisionSummary"] = json!(summary);
            }
            revision
        };
        self.executions[0]["sourceRevisions"] = revisions.iter().map(revision).collect();
        self
    }

    /// In the mode PARALLEL.
    pub fn parallel(self) -> Self {
        Self { mode: "PARALLEL", ..self }
    }

    /// Somebody closed the way into a stage.
    pub fn closed(mut self, stage: &'static str, since: i64, reason: &str) -> Self {
        let entry = json!({ "enabled": false, "lastChangedAt": minute(since), "lastChangedBy": "arn:aws:iam::1:user/ada", "disabledReason": reason });
        self.states.entry(stage).or_insert_with(|| json!({}))["inboundTransitionState"] = entry;
        self
    }

    /// Somebody opened it again.
    pub fn opened(mut self, stage: &'static str, since: i64) -> Self {
        let entry = json!({ "enabled": true, "lastChangedAt": minute(since) });
        self.states.entry(stage).or_insert_with(|| json!({}))["inboundTransitionState"] = entry;
        self
    }

    /// The same under a new definition.
    pub fn redefined(mut self, stages: &[&'static str], at: i64) -> Self {
        self.version += 1;
        self.updated = at;
        self.stages = stages.to_vec();
        self
    }

    /// Deleted, and made again.
    pub fn made_again(mut self, at: i64) -> Self {
        (self.version, self.updated, self.created) = (1, at, at);
        self
    }

    fn stage_names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> =
            self.stages.iter().filter_map(|path| Some(path.split_once('/')?.0)).collect();
        names.dedup();
        names
    }

    fn definition(&self, name: &str) -> Value {
        let action = |path: &&str, stage: &str| {
            let (of, action) = path.split_once('/')?;
            let kind = match action {
                "Approve" => {
                    json!({ "category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1" })
                }
                "Fetch" => {
                    json!({ "category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1" })
                }
                _ => {
                    json!({ "category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1" })
                }
            };
            (of == stage).then(|| json!({ "name": action, "actionTypeId": kind, "configuration": { "SECRET": "hush" } }))
        };
        let stages = self.stage_names().into_iter().map(|stage| {
            let actions: Vec<Value> =
                self.stages.iter().filter_map(|path| action(path, stage)).collect();
            json!({ "name": stage, "actions": actions })
        });
        json!({ "pipeline": { "name": name, "roleArn": "arn:aws:iam::1:role/x", "version": self.version, "stages": stages.collect::<Vec<_>>() } })
    }

    fn state(&self, name: &str) -> Value {
        let stage = |stage: &str| {
            let mut state = json!({ "stageName": stage, "inboundTransitionState": { "enabled": true }, "actionStates": [] });
            if let Some(known) = self.states.get(stage) {
                state.as_object_mut().unwrap().extend(known.as_object().unwrap().clone());
            }
            state
        };
        json!({ "pipelineName": name, "stageStates": self.stage_names().into_iter().map(stage).collect::<Vec<_>>() })
    }
}

/// A minute after noon, in seconds since 1970.
fn minute(minute: i64) -> f64 {
    f64::from(i32::try_from(NOON + minute * 60).unwrap())
}

#[derive(Clone)]
pub struct Pipelines {
    pub url: String,
    world: Arc<Mutex<World>>,
}

impl Pipelines {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let this = Self { url, world: Arc::default() };
        let router = Router::new().route("/", post(answer)).with_state(this.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        this
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub fn put(&self, name: &str, known: Known) {
        self.world().pipelines.insert(name.to_owned(), known);
    }

    /// How often an operation was asked since the last time.
    pub fn asked(&self, operation: &str) -> usize {
        self.world().asked.remove(operation).unwrap_or_default()
    }

    pub fn api(&self, pace: Duration) -> Api {
        let credentials = Credentials::new("test", "test", None, None, "test");
        Api::new(codepipeline::client("eu-north-1", credentials, Some(self.url.clone())), pace)
    }
}

pub fn home() -> Home {
    Home {
        partition: "aws".to_owned(),
        region: "eu-north-1".to_owned(),
        account: ACCOUNT.to_owned(),
    }
}

async fn answer(State(pipelines): State<Pipelines>, headers: HeaderMap, body: String) -> Response {
    let operation = headers["x-amz-target"]
        .to_str()
        .unwrap()
        .strip_prefix("CodePipeline_20150709.")
        .unwrap()
        .to_owned();
    let asked: Value = serde_json::from_str(&body).unwrap();
    let mut world = pipelines.world();
    *world.asked.entry(operation.clone()).or_default() += 1;
    let scope: Vec<_> = headers["authorization"]
        .to_str()
        .unwrap()
        .split_once("Credential=")
        .unwrap()
        .1
        .split('/')
        .collect();
    let token = headers.get("x-amz-security-token").map_or("", |token| token.to_str().unwrap());
    world.askers.insert((format!("{}/{}", scope[0], scope[2]), token.to_owned()));
    if world.throttled > 0 {
        world.throttled -= 1;
        return refusal(StatusCode::BAD_REQUEST, "ThrottlingException");
    }
    let name = ["name", "pipelineName"]
        .into_iter()
        .find_map(|key| asked[key].as_str())
        .unwrap_or_default();
    let page = asked["nextToken"].as_str().unwrap_or_default();
    if [operation.as_str(), name, page].into_iter().any(|word| world.broken.contains(word)) {
        return refusal(StatusCode::BAD_REQUEST, "AccessDeniedException");
    }
    if operation == "ListPipelines" {
        return Json(list(&world, page)).into_response();
    }
    let Some(known) = world.pipelines.get(name) else {
        return refusal(StatusCode::BAD_REQUEST, "PipelineNotFoundException");
    };
    Json(match operation.as_str() {
        "GetPipeline" => known.definition(name),
        "GetPipelineState" => known.state(name),
        "ListPipelineExecutions" => {
            let most =
                asked["maxResults"].as_u64().map_or(100, |most| usize::try_from(most).unwrap());
            page_of(&world, "pipelineExecutionSummaries", known.executions.clone(), page, most)
        }
        // Nothing else is ever asked for.
        _ => return refusal(StatusCode::NOT_IMPLEMENTED, "UnknownOperationException"),
    })
    .into_response()
}

fn list(world: &World, page: &str) -> Value {
    let entry = |(name, known): (&String, &Known)| json!({ "name": name, "version": known.version, "updated": minute(known.updated), "created": minute(known.created), "executionMode": known.mode });
    page_of(world, "pipelines", world.pipelines.iter().map(entry).collect(), page, usize::MAX)
}

fn page_of(world: &World, key: &str, all: Vec<Value>, page: &str, most: usize) -> Value {
    let first: usize = page.parse().unwrap_or_default();
    let size = if world.page == 0 { most } else { world.page.min(most) };
    let next = first.saturating_add(size);
    let next = (next < all.len()).then(|| next.to_string());
    let entries: Vec<Value> = all.into_iter().skip(first).take(size).collect();
    json!({ key: entries, "nextToken": next })
}

fn refusal(status: StatusCode, code: &str) -> Response {
    (status, [("x-amzn-errortype", code)], Json(json!({ "__type": code, "message": "told so" })))
        .into_response()
}
