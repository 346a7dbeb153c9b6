//! The routes of hooks, over a bus that only remembers; and the way to AWS, to an AWS that answers as told.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::config::Credentials;
use aws_smithy_types::base64;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use backend::hooks::{self, Bus, Secret, Undelivered, aws::Aws};
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::BodyExt;
use model::event::{Rejected, hook::Entry};
use serde_json::{Value, json};
use sha2::Sha256;
use tower::ServiceExt;

const SECRET: &str = "correct horse battery staple";
/// The key of a signing token; what stands before it in the token is `whsec_`.
const SIGNING_KEY: [u8; 32] = *b"swordfish swordfish swordfish !!";

/// A bus that remembers, that is out of order, or that reads what it gets and finds it broken.
#[derive(Clone, Default)]
struct Memory {
    entries: Arc<Mutex<Vec<Entry>>>,
    broken: bool,
    rejects: bool,
}

impl Bus for Memory {
    async fn secret(&self) -> Result<Secret, Undelivered> {
        let lines = format!("{SECRET}\nwhsec_{}\n", base64::encode(SIGNING_KEY));
        Ok(Secret::new(&lines).unwrap())
    }

    async fn put(&self, entry: Entry) -> Result<Result<(), Rejected>, Undelivered> {
        if self.broken {
            return Err(Undelivered("no way".into()));
        }
        if self.rejects {
            let (path, problem) = ("detail.project".to_owned(), "missing".to_owned());
            return Ok(Err(Rejected { path, problem }));
        }
        self.entries.lock().unwrap().push(entry);
        Ok(Ok(()))
    }
}

fn fixture(name: &str) -> Value {
    let path = format!("{}/../../model/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str::<Value>(&std::fs::read_to_string(path).unwrap()).unwrap()["detail"].take()
}

fn signature(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    mac.finalize()
        .into_bytes()
        .iter()
        .fold("sha256=".to_owned(), |digits, byte| digits + &format!("{byte:02x}"))
}

async fn ask(
    bus: impl Bus,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, Value) {
    let request = headers
        .iter()
        .fold(Request::builder().method(method).uri(path), |request, (name, value)| {
            request.header(*name, *value)
        });
    let answer = hooks::router(bus)
        .oneshot(request.body(Body::from(body.to_owned())).unwrap())
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let status = answer.status().as_u16();
    (
        status,
        serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap(),
    )
}

async fn github(bus: &Memory, kind: &str, body: &str) -> (u16, Value) {
    ask(
        bus.clone(),
        "POST",
        "/hooks/github",
        &[("x-github-event", kind), ("x-hub-signature-256", &signature(body))],
        body,
    )
    .await
}

fn taken(accepted: u32, ignored: u32) -> (u16, Value) {
    (202, json!({ "accepted": accepted, "ignored": ignored }))
}

fn rejected(error: &str) -> (u16, Value) {
    let problems = [json!({ "index": 0, "error": error })];
    (202, json!({ "accepted": 0, "ignored": 0, "rejected": problems }))
}

/// Posts a hook as GitLab 19 signs it, so many seconds ago.
async fn gitlab_signed(bus: &Memory, seconds_ago: u64, body: &str) -> (u16, Value) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let (id, timestamp) = ("f5e5f430-f57b-4e6e-9fac-d9128cd7232f", (now - seconds_ago).to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(&SIGNING_KEY).unwrap();
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    let signature = format!("v1,{}", base64::encode(mac.finalize().into_bytes()));
    let headers = [
        ("x-gitlab-event", "Pipeline Hook"),
        ("webhook-id", id),
        ("webhook-timestamp", timestamp.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    ask(bus.clone(), "POST", "/hooks/gitlab", &headers, body).await
}

#[tokio::test]
async fn a_signed_hook_is_put_as_far_as_it_is_read() {
    let bus = Memory::default();
    let run = fixture("github/run-completed-failure");
    assert_eq!(github(&bus, "workflow_run", &run.to_string()).await, taken(1, 0));
    let pipeline = fixture("gitlab/pipeline-running").to_string();
    let headers = [("x-gitlab-event", "Pipeline Hook"), ("x-gitlab-token", SECRET)];
    assert_eq!(ask(bus.clone(), "POST", "/hooks/gitlab", &headers, &pipeline).await, taken(1, 0));

    let entries = bus.entries.lock().unwrap();
    let what: Vec<_> = entries.iter().map(|entry| (entry.source, entry.detail_type)).collect();
    assert_eq!(what, [("github.com", "workflow_run"), ("gitlab.com", "Pipeline Hook")]);
    assert_eq!(entries[0].detail["workflow_run"]["id"], run["workflow_run"]["id"]);
    assert_eq!(entries[0].detail["sender"], Value::Null);
}

#[tokio::test]
async fn a_hook_of_gitlab_19_is_signed_and_not_of_long_ago() {
    let bus = Memory::default();
    let pipeline = fixture("gitlab/pipeline-running").to_string();
    assert_eq!(gitlab_signed(&bus, 0, &pipeline).await, taken(1, 0));
    assert_eq!(gitlab_signed(&bus, 240, &pipeline).await, taken(1, 0));
    let refused = (401, json!({ "error": "the hook is not signed with the secret" }));
    assert_eq!(gitlab_signed(&bus, 360, &pipeline).await, refused);
    assert_eq!(bus.entries.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_not_signed_is_refused_whatever_it_is() {
    let body = fixture("github/run-completed-failure").to_string();
    let good = signature(&body);
    let refused = (401, json!({ "error": "the hook is not signed with the secret" }));
    let bus = Memory::default();
    for (sender, headers, body) in [
        ("github", vec![], body.as_str()),
        ("github", vec![("x-hub-signature-256", "")], &body),
        ("github", vec![("x-hub-signature-256", good.get(7..).unwrap())], &body),
        ("github", vec![("x-hub-signature", good.as_str())], &body),
        ("github", vec![("x-hub-signature-256", good.as_str())], body.strip_suffix('}').unwrap()),
        ("github", vec![("x-hub-signature-256", good.as_str())], ""),
        ("github", vec![("x-hub-signature-256", good.as_str())], "no JSON"),
        ("github", vec![("x-gitlab-token", SECRET)], &body),
        ("gitlab", vec![], &body),
        ("gitlab", vec![("x-gitlab-token", "correct horse battery stapl")], &body),
        ("gitlab", vec![("x-gitlab-token", "")], &body),
        ("gitlab", vec![("x-hub-signature-256", good.as_str())], &body),
        ("gitlab", vec![("webhook-signature", "v1,bm9uZQ==")], &body),
    ] {
        for kind in ["workflow_run", "ping", "nonsense"] {
            let headers: Vec<_> = headers
                .iter()
                .copied()
                .chain([("x-github-event", kind), ("x-gitlab-event", kind)])
                .collect();
            let path = format!("/hooks/{sender}");
            assert_eq!(
                ask(bus.clone(), "POST", &path, &headers, body).await,
                refused,
                "{sender} {headers:?}"
            );
        }
    }
    assert!(bus.entries.lock().unwrap().is_empty());
}

#[tokio::test]
async fn pings_and_other_kinds_are_taken_and_ignored() {
    let bus = Memory::default();
    for (kind, body) in [
        ("ping", r#"{"zen":"Keep it logically awesome."}"#),
        ("check_run", "{}"),
        ("", "{}"),
        ("push", "no JSON"),
    ] {
        assert_eq!(github(&bus, kind, body).await, taken(0, 1), "{kind}");
    }
    assert!(bus.entries.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let bus = Memory::default();
    let run = fixture("github/run-completed-failure").to_string();
    for (body, status) in [
        (run.get(..900).unwrap(), 400),
        ("", 400),
        ("payload=%7B%7D", 415),
        (&"[".repeat(1000), 400),
    ] {
        assert_eq!(github(&bus, "workflow_run", body).await.0, status, "{body:.20}");
    }
    assert!(bus.entries.lock().unwrap().is_empty());
}

/// A sender who is refused for what he can't change is switched off.
#[tokio::test]
async fn what_no_sender_can_change_is_no_failure_of_his() {
    let bus = Memory { rejects: true, ..Memory::default() };
    let pipeline = fixture("gitlab/pipeline-running").to_string();
    assert_eq!(gitlab_signed(&bus, 0, &pipeline).await, rejected("detail.project: missing"));

    let bus = Memory::default();
    let hook = |bytes: usize| {
        let rest = bytes - json!({ "object_kind": "" }).to_string().len();
        json!({ "object_kind": "x".repeat(rest) }).to_string()
    };
    let max = 6 * 1024 * 1024;
    assert_eq!(gitlab_signed(&bus, 0, &hook(max)).await, taken(1, 0));
    let too_long = rejected("event: the hook is longer than 6 MiB");
    assert_eq!(gitlab_signed(&bus, 0, &hook(max + 1)).await, too_long);
    assert_eq!(bus.entries.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_event_is_as_long_as_the_bus_takes_it_or_goes_without_its_lists() {
    let bus = Memory::default();
    let headers = [("x-gitlab-event", "Pipeline Hook"), ("x-gitlab-token", SECRET)];
    for builds in [499_473, 499_474] {
        let body = json!({ "builds": vec![1; builds], "sha": "9f3c1e0b" }).to_string();
        assert_eq!(
            ask(bus.clone(), "POST", "/hooks/gitlab", &headers, &body).await,
            taken(1, 0),
            "{} bytes",
            body.len()
        );
    }
    let lengths: Vec<_> =
        bus.entries.lock().unwrap().iter().map(|entry| entry.detail.to_string().len()).collect();
    assert_eq!(lengths, [998_975, r#"{"sha":"9f3c1e0b"}"#.len()]);
}

#[tokio::test]
async fn what_is_not_put_has_to_come_again() {
    let bus = Memory { broken: true, ..Memory::default() };
    let (status, answer) =
        github(&bus, "workflow_run", &fixture("github/run-completed-failure").to_string()).await;
    assert_eq!(
        (status, answer),
        (503, json!({ "error": "the event bus is out of order, send the hook again" }))
    );
}

#[tokio::test]
async fn there_is_no_other_route() {
    for (method, path, status) in [
        ("GET", "/hooks/github", 405),
        ("POST", "/hooks/bitbucket", 404),
        ("POST", "/hooks/%ff", 400),
        ("POST", "/hooks", 404),
        ("GET", "/", 404),
    ] {
        assert_eq!(
            ask(Memory::default(), method, path, &[], "").await.0,
            status,
            "{method} {path}"
        );
    }
}

/// An AWS that answers with what it was told, and remembers what was asked.
#[derive(Clone, Default)]
struct Cloud {
    answers: Arc<Mutex<VecDeque<(u16, Value)>>>,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Cloud {
    async fn bus(&self, answers: impl IntoIterator<Item = (u16, Value)>) -> Aws {
        *self.answers.lock().unwrap() = answers.into_iter().collect();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(cloud).with_state(self.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        let credentials = Credentials::new("test", "test", None, None, "test");
        Aws::new(
            "eu-north-1",
            &credentials,
            Some(&url),
            "hook-secret".to_owned(),
            "default".to_owned(),
        )
    }

    fn asked(&self) -> Vec<(String, Value)> {
        self.asked.lock().unwrap().clone()
    }
}

async fn cloud(State(cloud): State<Cloud>, headers: HeaderMap, body: String) -> Response {
    let target = headers["x-amz-target"].to_str().unwrap().to_owned();
    cloud.asked.lock().unwrap().push((target, serde_json::from_str(&body).unwrap()));
    let (status, answer) = cloud.answers.lock().unwrap().pop_front().unwrap();
    (
        StatusCode::from_u16(status).unwrap(),
        [("content-type", "application/x-amz-json-1.1")],
        answer.to_string(),
    )
        .into_response()
}

fn told(secret: &str) -> (u16, Value) {
    (200, json!({ "Name": "hook-secret", "SecretString": secret }))
}

fn put(failed: u32) -> (u16, Value) {
    let entry = if failed == 0 {
        json!({ "EventId": "1" })
    } else {
        json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "slow down" })
    };
    (200, json!({ "FailedEntryCount": failed, "Entries": [entry] }))
}

#[tokio::test]
async fn on_aws_the_secret_is_asked_for_once_and_the_event_put() {
    let cloud = Cloud::default();
    let bus = cloud.bus([told(SECRET), put(0), put(0)]).await;
    let body = json!({ "workflow_run": { "id": 7, "actor": "ada" } }).to_string();
    let headers = [("x-github-event", "workflow_run"), ("x-hub-signature-256", &*signature(&body))];
    for _ in 0..2 {
        assert_eq!(ask(bus.clone(), "POST", "/hooks/github", &headers, &body).await, taken(1, 0));
    }
    let entry = json!({
        "EventBusName": "default", "Source": "github.com", "DetailType": "workflow_run", "Detail": r#"{"workflow_run":{"id":7}}"#,
    });
    let put = ("AWSEvents.PutEvents".to_owned(), json!({ "Entries": [entry] }));
    let secret = ("secretsmanager.GetSecretValue".to_owned(), json!({ "SecretId": "hook-secret" }));
    assert_eq!(cloud.asked(), [secret, put.clone(), put]);
}

#[tokio::test]
async fn on_aws_a_refused_entry_is_tried_again_and_then_no_success() {
    let cloud = Cloud::default();
    let bus = cloud.bus([put(1), put(0), put(1), put(1)]).await;
    let entry = || Entry { source: "github.com", detail_type: "workflow_run", detail: json!({}) };
    bus.put(entry()).await.unwrap().unwrap();
    let error = bus.put(entry()).await.unwrap_err();
    let told = backend::chain::Chain(&error).to_string();
    assert_eq!(
        told,
        "the hook's event is not delivered: the bus refused the event: ThrottlingException: slow down"
    );
    assert_eq!(cloud.asked().len(), 4);
}

#[tokio::test]
async fn on_aws_no_hook_is_believed_without_a_secret() {
    let denied = || (400, json!({ "__type": "AccessDeniedException", "message": "no" }));
    let empty = signature("{}");
    for answer in [denied(), told(""), told("short"), (200, json!({ "Name": "hook-secret" }))] {
        let cloud = Cloud::default();
        let bus = cloud.bus([answer]).await;
        let headers = [("x-github-event", "ping"), ("x-hub-signature-256", empty.as_str())];
        assert_eq!(ask(bus, "POST", "/hooks/github", &headers, "{}").await.0, 503);
    }
}
