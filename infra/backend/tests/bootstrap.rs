//! The real binary, called as Lambda calls it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

mod lambda;
mod pipelines;
mod store;

use std::process::Stdio;

use lambda::{Lambda, bootstrap, start, start_with};
use pipelines::{Known, Pipelines};
use serde_json::{Value, json};
use store::{event::run_event, id, store};

const PROGRAM: &str = env!("CARGO_BIN_EXE_bootstrap");

#[tokio::test(flavor = "multi_thread")]
async fn ingest_writes_the_table() {
    let (mut lambda, store) = (Lambda::start().await, store().await);
    let process = start(PROGRAM, "ingest", &lambda, &store);
    let done = ("response".to_owned(), Value::Null);
    assert_eq!(lambda.invoke(run_event("shop", "r1", "STARTED", 0)).await, done);
    assert_eq!(lambda.invoke(run_event("shop", "r1", "FAILED", 5)).await, done);
    assert_eq!(
        lambda.invoke(json!({ "source": "aws.ec2", "detail-type": "x", "detail": {} })).await,
        done
    );
    assert_eq!(store.version("shop").await, 2);

    let (result, error) = lambda.invoke(json!({ "source": "aws.codepipeline" })).await;
    assert_eq!((result.as_str(), error["errorType"].as_str()), ("error", Some("Rejected")));
    assert_eq!(error["errorMessage"], "the event is rejected: detail-type: missing");

    // One line an event, and nothing of what an event says beyond what it is about.
    let log: Vec<_> = process
        .log()
        .iter()
        .map(|line| {
            json!([line["level"], line["message"], line["pipeline"], line["run"], line["applied"]])
        })
        .collect();
    let joined = json!(["INFO", "joined", id("shop"), "r1", "Changed"]);
    let ignored = json!(["INFO", "ignored", null, null, null]);
    let rejected =
        json!(["ERROR", "the event is rejected: detail-type: missing", null, null, null]);
    assert_eq!(log, [joined.clone(), joined, ignored, rejected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ingest_reconciles_when_it_is_asked_to() {
    let (mut lambda, store, pipelines) =
        (Lambda::start().await, store().await, Pipelines::start().await);
    for name in ["broken", "shop"] {
        pipelines.put(name, Known::new(&["Source/Fetch"]).run("r1", 0, "Succeeded", 9));
    }
    let process = start_with(
        PROGRAM,
        "ingest",
        &lambda,
        &store,
        &[("AWS_ENDPOINT_URL_CODEPIPELINE", &pipelines.url)],
    );
    let asked =
        json!({ "source": "pipelines-dashboard", "detail-type": "Reconcile", "detail": {} });
    let done = ("response".to_owned(), Value::Null);
    assert_eq!(lambda.invoke(asked.clone()).await, done);
    assert_eq!(lambda.invoke(asked.clone()).await, done);
    assert_eq!((store.version("shop").await, store.version("broken").await), (1, 1));
    pipelines.world().broken.insert("broken".to_owned());
    let (result, error) = lambda.invoke(asked).await;
    assert_eq!((result.as_str(), error["errorType"].as_str()), ("error", Some("Unreconciled")));
    assert!(
        error["errorMessage"].as_str().unwrap().starts_with("1 of 2 pipelines failed; broken: "),
        "{error}"
    );

    let log = process.log();
    let told: Vec<_> = log
        .iter()
        .map(|line| json!([line["message"], line["listed"], line["written"], line["failed"]]))
        .collect();
    assert_eq!(
        told[..3],
        [
            json!(["reconciled", 2, 2, 0]),
            json!(["reconciled", 2, 0, 0]),
            json!(["reconciled", 2, 0, 1])
        ]
    );
    assert_eq!(
        (told.len(), log[3]["level"].as_str()),
        (4, Some("ERROR")),
        "one line for the failure: {log:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn api_answers_proxy_requests() {
    let (mut lambda, store) = (Lambda::start().await, store().await);
    backend::ingest::ingest(&store.writer(), &run_event("shop", "r1", "FAILED", 5)).await.unwrap();
    let _process = start(PROGRAM, "api", &lambda, &store);
    let shop = id("shop");
    for (path, status, content_type, part) in [
        (format!("/pipelines/{shop}"), 200, "application/json", "\"FAILED\""),
        (format!("/data/pipelines/{shop}"), 200, "application/json", "\"FAILED\""),
        (format!("/badge/{shop}.svg"), 200, "image/svg+xml", "<svg"),
        ("/cctray.xml".to_owned(), 200, "application/xml; charset=utf-8", "Failure"),
        (
            "/cctray.xml?names=short".to_owned(),
            200,
            "application/xml; charset=utf-8",
            "name=\"shop\"",
        ),
        (format!("/badge/{shop}.svg?label=Web%20shop"), 200, "image/svg+xml", ">Web shop<"),
        ("/cctray.xml?names=long".to_owned(), 400, "application/json", "names"),
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

/// As API Gateway sends it for stage `data`, with its query decoded.
fn proxy_request(address: &str) -> Value {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let (name, value) = query.split_once('=').unwrap_or_default();
    let value = value.replace("%20", " ");
    let (one, many) = match name {
        "" => (Value::Null, Value::Null),
        name => (json!({ name: value }), json!({ name: [value] })),
    };
    json!({
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": "GET",
        "headers": { "Host": "a1b2c3d4e5.execute-api.eu-north-1.amazonaws.com", "X-Forwarded-Proto": "https" },
        "multiValueHeaders": { "Host": ["a1b2c3d4e5.execute-api.eu-north-1.amazonaws.com"], "X-Forwarded-Proto": ["https"] },
        "queryStringParameters": one,
        "multiValueQueryStringParameters": many,
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
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"];
    for (handler, set, missing) in [
        (None, vec![], "_HANDLER"),
        (Some("ingest"), vec![], "AWS_ACCESS_KEY_ID"),
        (Some("ingest"), keys.to_vec(), "DYNAMODB_TABLE_NAME"),
        (Some("hooks"), keys.to_vec(), "HOOK_SECRET_ID"),
    ] {
        let settings = set
            .into_iter()
            .map(|name| (name, "x"))
            .chain(handler.map(|handler| ("_HANDLER", handler)));
        let output = bootstrap(PROGRAM).envs(settings).stderr(Stdio::piped()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success()
                && error.contains(&format!("the environment variable {missing} is not set")),
            "{error}"
        );
    }
}
