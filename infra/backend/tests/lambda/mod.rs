//! Lambda's side of the runtime API, and the binary as Lambda starts it.

#![allow(dead_code, reason = "each binary uses its own part of this module")]

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
use serde_json::Value;
use tokio::sync::{Mutex, mpsc};

use crate::store::{Store, TABLE};

/// Longer than anything here takes on the slowest machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Lambda's side of the runtime API: hands out invocations and takes what comes back, as `(response or error, body)`.
pub struct Lambda {
    address: String,
    events: mpsc::UnboundedSender<Value>,
    results: mpsc::UnboundedReceiver<(String, Value)>,
}

struct Queues {
    events: Mutex<mpsc::UnboundedReceiver<Value>>,
    results: mpsc::UnboundedSender<(String, Value)>,
}

impl Lambda {
    pub async fn start() -> Self {
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

    /// Hands out an event and waits for what comes of it.
    pub async fn invoke(&mut self, event: Value) -> (String, Value) {
        self.events.send(event).unwrap();
        tokio::time::timeout(PATIENCE, self.results.recv()).await.unwrap().unwrap()
    }
}

async fn next(State(queues): State<Arc<Queues>>) -> Response {
    let event = queues.events.lock().await.recv().await;
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-north-1:210987654321:function:pipelines-dashboard",
        ),
    ];
    (headers, Json(event)).into_response()
}

async fn result(
    State(queues): State<Arc<Queues>>,
    Path((_, result)): Path<(String, String)>,
    body: String,
) -> StatusCode {
    queues.results.send((result, serde_json::from_str(&body).unwrap())).unwrap();
    StatusCode::ACCEPTED
}

/// Ends the process with the test.
pub struct Process(Child);

impl Process {
    /// What the process has logged, once it is ended.
    pub fn log(mut self) -> Vec<Value> {
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

/// The binary, without anything in its environment.
pub fn bootstrap(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

pub fn start(program: &str, handler: &str, lambda: &Lambda, store: &Store) -> Process {
    start_with(program, handler, lambda, store, &[])
}

/// The same with something more in its environment.
pub fn start_with(
    program: &str,
    handler: &str,
    lambda: &Lambda,
    store: &Store,
    more: &[(&str, &str)],
) -> Process {
    let mut command = bootstrap(program);
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
        ("RETIRE_AFTER_DAYS", "0"),
    ] {
        command.env(name, value);
    }
    command.envs(more.iter().copied());
    Process(command.spawn().unwrap())
}
