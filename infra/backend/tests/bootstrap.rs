//! The real binary, called as Lambda calls it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

mod store;

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use store::{Store, TABLE, id, run_event, store};
use tokio::sync::{Mutex, mpsc};

/// Longer than anything here takes on the slowest machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Lambda's side of the runtime API: hands out invocations and takes what comes back, as `(response or error, body)`.
struct Lambda {
    address: String,
    events: mpsc::UnboundedSender<Value>,
    results: mpsc::UnboundedReceiver<(String, Value)>,
}

struct Queues {
    events: Mutex<mpsc::UnboundedReceiver<Value>>,
    results: mpsc::UnboundedSender<(String, Value)>,
}

impl Lambda {
    async fn start() -> Self {
        let (events, taken) = mpsc::unbounded_channel();
        let (given, results) = mpsc::unbounded_channel();
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{request}/{result}", post(result))
            .with_state(Arc::new(Queues { events: Mutex::new(taken), results: given }));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { address, events, results }
    }

    async fn invoke(&mut self, event: Value) -> (String, Value) {
        self.events.send(event).unwrap();
        tokio::time::timeout(PATIENCE, self.results.recv()).await.unwrap().unwrap()
    }
}

async fn next(State(queues): State<Arc<Queues>>) -> Response {
    let event = queues.events.lock().await.recv().await;
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-north-1:210987654321:function:pipelines-dashboard"),
    ];
    (headers, Json(event)).into_response()
}

async fn result(State(queues): State<Arc<Queues>>, Path((_, result)): Path<(String, String)>, body: String) -> StatusCode {
    queues.results.send((result, serde_json::from_str(&body).unwrap())).unwrap();
    StatusCode::ACCEPTED
}

/// Ends the process with the test.
struct Process(Child);

impl Process {
    /// What the process has logged, once it is ended.
    fn log(mut self) -> Vec<Value> {
        self.0.kill().unwrap();
        let log = std::io::read_to_string(self.0.stdout.take().unwrap()).unwrap();
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn bootstrap() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bootstrap"));
    command.env_clear().stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

fn start(handler: &str, lambda: &Lambda, store: &Store) -> Process {
    let mut command = bootstrap();
    for (name, value) in [
        ("_HANDLER", handler),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_ENDPOINT_URL", &store.url),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_NAME", "pipelines-dashboard"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_RUNTIME_API", &lambda.address),
        ("AWS_REGION", "eu-north-1"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("DYNAMODB_TABLE_NAME", TABLE),
    ] {
        command.env(name, value);
    }
    Process(command.spawn().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn ingest_writes_the_table() {
    let (mut lambda, store) = (Lambda::start().await, store().await);
    let process = start("ingest", &lambda, &store);
    let done = ("response".to_owned(), Value::Null);
    assert_eq!(lambda.invoke(run_event("shop", "r1", "STARTED", 0)).await, done);
    assert_eq!(lambda.invoke(run_event("shop", "r1", "FAILED", 5)).await, done);
    assert_eq!(lambda.invoke(json!({ "source": "aws.ec2", "detail-type": "x", "detail": {} })).await, done);
    assert_eq!(store.version("shop").await, 2);

    let (result, error) = lambda.invoke(json!({ "source": "aws.codepipeline" })).await;
    assert_eq!((result.as_str(), error["errorType"].as_str()), ("error", Some("Rejected")));
    assert_eq!(error["errorMessage"], "the event is rejected: detail-type: missing");

    // One line an event, and nothing of what an event says beyond what it is about.
    let log: Vec<_> =
        process.log().iter().map(|line| json!([line["level"], line["message"], line["pipeline"], line["run"], line["applied"]])).collect();
    let joined = json!(["INFO", "joined", id("shop"), "r1", "Changed"]);
    let ignored = json!(["INFO", "ignored", null, null, null]);
    let rejected = json!(["ERROR", "the event is rejected: detail-type: missing", null, null, null]);
    assert_eq!(log, [joined.clone(), joined, ignored, rejected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn api_answers_proxy_requests() {
    let (mut lambda, store) = (Lambda::start().await, store().await);
    backend::ingest::ingest(&store.table, &run_event("shop", "r1", "FAILED", 5)).await.unwrap();
    let _process = start("api", &lambda, &store);
    let shop = id("shop");
    for (path, status, content_type, part) in [
        (format!("/pipelines/{shop}"), 200, "application/json", "\"FAILED\""),
        (format!("/data/pipelines/{shop}"), 200, "application/json", "\"FAILED\""),
        (format!("/badge/{shop}.svg"), 200, "image/svg+xml", "<svg"),
        ("/cctray.xml".to_owned(), 200, "application/xml; charset=utf-8", "Failure"),
        ("/pipelines/a:b:c:d".to_owned(), 404, "application/json", "error"),
        ("/pipelines/ \u{1f600}".to_owned(), 400, "application/json", "error"),
    ] {
        let (result, answer) = lambda.invoke(proxy_request(&path)).await;
        assert_eq!(result, "response");
        assert_eq!(answer["statusCode"], status, "{path}: {answer}");
        assert_eq!(answer["multiValueHeaders"]["content-type"], json!([content_type]), "{answer}");
        assert_eq!(answer["isBase64Encoded"], false);
        assert!(answer["body"].as_str().unwrap().contains(part), "{answer}");
    }
}

/// As API Gateway sends it for stage `data`.
fn proxy_request(path: &str) -> Value {
    json!({
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": "GET",
        "headers": { "Host": "a1b2c3d4e5.execute-api.eu-north-1.amazonaws.com", "X-Forwarded-Proto": "https" },
        "multiValueHeaders": { "Host": ["a1b2c3d4e5.execute-api.eu-north-1.amazonaws.com"], "X-Forwarded-Proto": ["https"] },
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "accountId": "210987654321", "apiId": "a1b2c3d4e5", "domainName": "a1b2c3d4e5.execute-api.eu-north-1.amazonaws.com",
            "httpMethod": "GET", "identity": { "sourceIp": "192.0.2.7" }, "path": format!("/data{path}"), "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "resourceId": "1", "resourcePath": "/{proxy+}", "stage": "data",
        },
        "body": null,
        "isBase64Encoded": false,
    })
}

#[test]
fn a_missing_setting_is_named() {
    for (set, missing) in [
        (vec![], "AWS_ACCESS_KEY_ID"),
        (vec!["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"], "DYNAMODB_TABLE_NAME"),
        (vec!["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "DYNAMODB_TABLE_NAME"], "_HANDLER"),
    ] {
        let output = bootstrap().envs(set.into_iter().map(|name| (name, "x"))).stderr(Stdio::piped()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && error.contains(&format!("the environment variable {missing} is not set")), "{error}");
    }
}
