//! The routes of the function `api`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

mod store;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use backend::{
    api,
    ingest::{ingest, ingest_all},
    table::Table,
};
use model::{Page, Status, badge};
use serde_json::Value;
use store::{event::run_event, id, store};
use tower::ServiceExt;

const DATA_CACHE: &str = "max-age=4, stale-if-error=86400";

struct Answer {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(router: &Router, method: &str, path: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

#[tokio::test]
async fn answers_a_pipelines_page() {
    let store = store().await;
    ingest(&store.writer(), &run_event("shop", "r1", "FAILED", 5)).await.unwrap();
    let answer = ask(
        &api::router(store.table),
        "GET",
        "/pipelines/codepipeline:eu-north-1:210987654321:shop",
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), DATA_CACHE);
    let page: Page = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((page.id, page.status, page.runs.len()), (id("shop"), Status::Failed, 1));
}

#[tokio::test]
async fn answers_cctray_with_all_pipelines() {
    let store = store().await;
    let events: Vec<Value> = (0..1100)
        .map(|number| run_event(&format!("shop-{number}"), "r1", "SUCCEEDED", 5))
        .collect();
    ingest_all(&store.writer(), &events).await.unwrap();
    let answer = ask(&api::router(store.table), "GET", "/cctray.xml").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/xml; charset=utf-8");
    assert_eq!(answer.header("cache-control"), DATA_CACHE);
    assert_eq!(answer.body.matches("<Project ").count(), 1100);
}

#[tokio::test]
async fn answers_badges_also_of_the_unknown() {
    let store = store().await;
    ingest(&store.writer(), &run_event("shop", "r1", "FAILED", 5)).await.unwrap();
    let router = api::router(store.table);
    for (name, label, status) in [
        ("codepipeline:eu-north-1:210987654321:shop", "shop", Some(Status::Failed)),
        ("codepipeline:eu-north-1:210987654321:depot", "depot", None),
        ("nothing", "pipeline", None),
    ] {
        let answer = ask(&router, "GET", &format!("/badge/{name}.svg")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("content-type"), "image/svg+xml");
        assert_eq!(answer.header("cache-control"), "max-age=60, stale-if-error=86400");
        assert_eq!(answer.body, badge::svg(label, status));
    }
}

#[tokio::test]
async fn whatever_fails_says_so_in_json() {
    let store = store().await;
    let good = api::router(store.table);
    let broken = api::router(Table::new(store.client, "another_table"));
    let shop = "/pipelines/codepipeline:eu-north-1:210987654321:shop";
    for (router, method, path, status) in [
        (&good, "GET", shop, 404),
        (&good, "GET", "/pipelines/shop", 400),
        (&good, "GET", "/pipelines/a:b:c:%20", 400),
        (&good, "GET", "/pipelines/a:b:c:%FF", 400),
        (&good, "GET", "/pipelines/", 404),
        (&good, "GET", "/", 404),
        (&good, "GET", "/nothing", 404),
        (&good, "GET", "/badge/shop.png", 404),
        (&good, "GET", "/badge/%FF.svg", 400),
        (&good, "POST", shop, 405),
        (&good, "DELETE", "/cctray.xml", 405),
        (&broken, "GET", shop, 503),
        (&broken, "GET", "/cctray.xml", 503),
        (&broken, "GET", "/badge/codepipeline:eu-north-1:210987654321:shop.svg", 503),
    ] {
        let answer = ask(router, method, path).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/json", "{method} {path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{method} {path}");
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert!(!body["error"].as_str().unwrap().is_empty(), "{method} {path}");
        assert_eq!(
            answer.header("allow"),
            if status == 405 { "GET,HEAD" } else { "" },
            "{method} {path}"
        );
    }
}
