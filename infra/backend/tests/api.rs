//! The routes of the function `api`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

mod store;

use aws_sdk_dynamodb::types::AttributeValue;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use backend::{
    api::{self, Wall},
    ingest::{ingest, ingest_all},
    table::Table,
};
use model::{Page, Status, badge};
use serde_json::Value;
use store::{TABLE, event::run_event, id, store};
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
    ask_with(router, method, path, &[]).await
}

async fn ask_with(
    router: &Router,
    method: &str,
    path: &str,
    headers: &[(&'static str, &str)],
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

#[tokio::test]
async fn answers_a_pipelines_page() {
    let store = store().await;
    ingest(&store.writer(), &run_event("shop", "r1", "FAILED", 5)).await.unwrap();
    let answer = ask(
        &api::router(store.table, Wall::Edge),
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
    let answer = ask(&api::router(store.table, Wall::Edge), "GET", "/cctray.xml").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/xml; charset=utf-8");
    assert_eq!(answer.header("cache-control"), DATA_CACHE);
    assert_eq!(answer.body.matches("<Project ").count(), 1100);
}

#[tokio::test]
async fn projects_have_short_names_where_that_is_asked_for() {
    let store = store().await;
    ingest(&store.writer(), &run_event("shop", "r1", "FAILED", 5)).await.unwrap();
    let router = api::router(store.table, Wall::Edge);
    for (query, name) in [
        ("", "shop (eu-north-1, 210987654321)"),
        ("?other=short", "shop (eu-north-1, 210987654321)"),
        ("?names=short", "shop"),
        ("?names=short&names=long", "shop"),
    ] {
        let answer = ask(&router, "GET", &format!("/cctray.xml{query}")).await;
        assert!(answer.body.contains(&format!("<Project name=\"{name}\"")), "{}", answer.body);
    }
}

/// A run of a CI without a page.
fn run_without_page() -> Value {
    serde_json::json!({
        "detail-type": "Run", "source": "pipelines-dashboard", "account": "210987654321",
        "time": "2026-11-02T12:00:00Z", "region": "eu-north-1",
        "detail": { "pipeline": "night shift", "run": 7, "status": "succeeded" },
    })
}

#[tokio::test]
async fn a_project_without_page_leads_to_the_wall_that_was_asked() {
    const PAGE: &str = "#p=pipelines-dashboard:eu-north-1:210987654321:night~20shift";
    let store = store().await;
    ingest(&store.writer(), &run_without_page()).await.unwrap();
    let (edge, local) = (Wall::Edge, Wall::Local(([127, 0, 0, 1], 8080).into()));
    for (wall, headers, address) in [
        (edge, vec![("x-wall-host", "wall.example")], "https://wall.example/"),
        (
            edge,
            vec![
                ("host", "a1.execute-api.eu-north-1.amazonaws.com"),
                ("x-wall-host", "d1.cloudfront.net"),
            ],
            "https://d1.cloudfront.net/",
        ),
        (edge, vec![("host", "api.example")], "https://api.example/"),
        (edge, vec![("host", "api.example"), ("x-wall-host", "a b")], "https://api.example/"),
        (edge, vec![("x-wall-host", "a\"><b/>")], "https://wall.invalid/"),
        (edge, vec![("x-wall-host", "evil.example/path")], "https://wall.invalid/"),
        (edge, vec![("x-wall-host", "[::g]")], "https://wall.invalid/"),
        (edge, vec![], "https://wall.invalid/"),
        (local, vec![("host", "localhost:8080")], "http://localhost:8080/"),
        (local, vec![], "http://127.0.0.1:8080/"),
        (local, vec![("host", "[::1]:8080")], "http://[::1]:8080/"),
        (local, vec![("host", "ada@wall.example:80")], "http://wall.example:80/"),
        (
            local,
            vec![("host", "wall.example"), ("x-wall-host", "evil.example")],
            "http://wall.example/",
        ),
    ] {
        let router = api::router(store.table.clone(), wall);
        let answer = ask_with(&router, "GET", "/cctray.xml", &headers).await;
        let url = format!("webUrl=\"{address}{PAGE}\"");
        assert!(answer.body.contains(&url), "{headers:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_item_that_is_not_a_pipeline_is_unknown() {
    let store = store().await;
    let entry = "github:eu-north-1:210987654321:acme~2Fshop";
    let put = store.client.put_item().table_name(TABLE);
    put.item("PipelineId", AttributeValue::S(entry.to_owned()))
        .item("Version", AttributeValue::N("1".to_owned()))
        .send()
        .await
        .unwrap();
    let router = api::router(store.table, Wall::Edge);
    let feed = ask(&router, "GET", "/cctray.xml").await;
    assert_eq!((feed.status, feed.body.matches("<Project ").count()), (StatusCode::OK, 0));
    let picture = ask(&router, "GET", &format!("/badge/{entry}.svg")).await;
    assert_eq!((picture.status, picture.body), (StatusCode::OK, badge::svg("acme/shop", None)));
    let page = ask(&router, "GET", &format!("/pipelines/{entry}")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_badge_has_the_label_that_is_asked_for() {
    let store = store().await;
    ingest(&store.writer(), &run_event("shop", "r1", "FAILED", 5)).await.unwrap();
    let router = api::router(store.table, Wall::Edge);
    let long = "x".repeat(500);
    for (query, label) in [
        ("?label=Web%20shop", "Web shop"),
        ("?label=Web+shop", "Web shop"),
        ("?label=%3Cscript%3E%26%22", "<script>&\""),
        ("?label=a%0Ab%E2%80%AE", "a"),
        ("?label=first&label=second", "first"),
        ("?label=", "shop"),
        ("?label=%20%0A", "shop"),
        ("?label=%FF", "\u{FFFD}"),
        ("?other=x", "shop"),
        (format!("?label={long}").as_str(), long.as_str()),
    ] {
        let path = format!("/badge/codepipeline:eu-north-1:210987654321:shop.svg{query}");
        let answer = ask(&router, "GET", &path).await;
        assert_eq!(answer.body, badge::svg(label, Some(Status::Failed)), "{query}");
        assert!(!answer.body.contains("<script>"));
    }
    let answer = ask(&router, "GET", "/badge/nothing.svg?label=Depot").await;
    assert_eq!(answer.body, badge::svg("Depot", None));
}

#[tokio::test]
async fn answers_badges_also_of_the_unknown() {
    let store = store().await;
    ingest(&store.writer(), &run_event("shop", "r1", "FAILED", 5)).await.unwrap();
    let router = api::router(store.table, Wall::Edge);
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
    let good = api::router(store.table, Wall::Edge);
    let broken = api::router(Table::new(store.client, "another_table"), Wall::Edge);
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
        (&good, "GET", "/cctray.xml?names=long", 400),
        (&good, "GET", "/cctray.xml?names=", 400),
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
