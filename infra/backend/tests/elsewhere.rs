//! CodePipeline in another account, asked with a role there.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test panics where it fails")]

mod pipelines;
mod store;

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_dynamodb::config::Credentials;
use axum::{
    Form, Router,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use backend::reconcile::{
    Reconciler,
    elsewhere::{Elsewhere, Incomplete, Role},
};
use model::event::codepipeline::api::Home;
use pipelines::{Known, Pipelines, home};
use store::{Store, store};
use tokio::time::Instant;

const STAGES: [&str; 2] = ["Source/Fetch", "Prod/Deploy"];
const PROD: &str = "arn:aws:iam::222233334444:role/pipelines-dashboard/us-east-1/forwarder-Reader";
const REFUSED: &str = "arn:aws:iam::333344445555:role/pipelines-dashboard/us-east-1/refused";

/// A Security Token Service that gives one role.
async fn sts() -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, Router::new().fallback(assume)).await });
    url
}

async fn assume(Form(asked): Form<BTreeMap<String, String>>) -> Response {
    assert_eq!(
        (asked["Action"].as_str(), asked["DurationSeconds"].as_str()),
        ("AssumeRole", "900")
    );
    if asked["RoleArn"] != PROD {
        let error = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>";
        return (StatusCode::FORBIDDEN, [("content-type", "text/xml")], error).into_response();
    }
    let answer = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAPROD</AccessKeyId>\
        <SecretAccessKey>secret</SecretAccessKey><SessionToken>of-the-session</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>\
        </Credentials></AssumeRoleResult></AssumeRoleResponse>";
    ([("content-type", "text/xml")], answer).into_response()
}

/// Two of CodePipeline: one here, one elsewhere.
struct Scene {
    store: Store,
    here: Pipelines,
    there: Pipelines,
    elsewhere: Elsewhere,
}

async fn scene() -> Scene {
    let (store, here, there) = (store().await, Pipelines::start().await, Pipelines::start().await);
    let credentials = Credentials::new("test", "test", None, None, "test");
    let mut elsewhere =
        Elsewhere::new("eu-north-1", credentials, Some(sts().await), store.writer());
    elsewhere.endpoint = Some(there.url.clone());
    Scene { store, here, there, elsewhere }
}

impl Scene {
    /// Lines of what was found where.
    async fn run(&self, roles: &[&str]) -> Result<Vec<String>, Incomplete> {
        let api = self.here.api(Duration::from_micros(100));
        let here =
            Reconciler { writer: self.store.writer(), api, home: home(), retire_after_days: None };
        let roles = Role::list(&roles.join(",")).unwrap();
        let deadline = Instant::now() + Duration::from_mins(1);
        let reports = self
            .elsewhere
            .run(here, roles, "2026-11-02T13:00:00Z".parse().unwrap(), deadline)
            .await?;
        let line = |(Home { account, region, .. }, report): (Home, backend::reconcile::Report)| {
            format!("{account} {region}: {} listed, {} written", report.listed, report.written)
        };
        let mut lines: Vec<_> = reports.into_iter().map(line).collect();
        lines.sort();
        Ok(lines)
    }

    async fn shown(&self) -> Vec<String> {
        let mut ids: Vec<_> = self
            .store
            .table
            .on_the_wall()
            .await
            .unwrap()
            .iter()
            .map(|row| row.id.to_string())
            .collect();
        ids.sort();
        ids
    }
}

#[tokio::test]
async fn another_accounts_pipelines_appear_on_all_pages_also_when_throttled() {
    let scene = scene().await;
    scene.here.put("shop", Known::new(&STAGES));
    for name in ["a", "b", "shop"] {
        scene.there.put(name, Known::new(&STAGES).run("r1", 0, "Failed", 9));
    }
    scene.there.world().page = 2;
    scene.there.world().throttled = 2;
    let found = [
        "210987654321 eu-north-1: 1 listed, 1 written",
        "222233334444 us-east-1: 3 listed, 3 written",
    ];
    assert_eq!(scene.run(&[PROD]).await.unwrap(), found);
    let expected = [
        "codepipeline:eu-north-1:210987654321:shop",
        "codepipeline:us-east-1:222233334444:a",
        "codepipeline:us-east-1:222233334444:b",
        "codepipeline:us-east-1:222233334444:shop",
    ];
    assert_eq!(scene.shown().await, expected);
    let askers: Vec<_> = scene.there.world().askers.iter().cloned().collect();
    assert_eq!(askers, [("ASIAPROD/us-east-1".to_owned(), "of-the-session".to_owned())]);
    let nothing_new = [
        "210987654321 eu-north-1: 1 listed, 0 written",
        "222233334444 us-east-1: 3 listed, 0 written",
    ];
    assert_eq!(scene.run(&[PROD]).await.unwrap(), nothing_new);
}

#[tokio::test]
async fn an_account_that_refuses_is_named_and_stops_no_other() {
    let scene = scene().await;
    scene.here.put("shop", Known::new(&STAGES));
    scene.there.put("shop", Known::new(&STAGES));
    let told = scene.run(&[REFUSED, PROD]).await.unwrap_err().to_string();
    assert!(
        told.starts_with("333344445555 us-east-1: the role was not given: ")
            && told.contains("AccessDenied"),
        "{told}"
    );
    assert!(!told.contains("222233334444") && !told.contains("210987654321"), "{told}");
    assert_eq!(
        scene.shown().await,
        ["codepipeline:eu-north-1:210987654321:shop", "codepipeline:us-east-1:222233334444:shop"]
    );
}

#[tokio::test]
async fn what_fails_here_stops_nothing_elsewhere() {
    let scene = scene().await;
    scene.here.world().broken.insert("ListPipelines".to_owned());
    scene.there.put("shop", Known::new(&STAGES));
    let told = scene.run(&[PROD]).await.unwrap_err().to_string();
    assert!(told.starts_with("no list of pipelines: ListPipelines failed: "), "{told}");
    assert_eq!(scene.shown().await, ["codepipeline:us-east-1:222233334444:shop"]);
}

#[tokio::test]
async fn a_pipeline_that_is_gone_there_leaves_none_of_the_same_name_here() {
    let scene = scene().await;
    scene.here.put("shop", Known::new(&STAGES));
    scene.there.put("shop", Known::new(&STAGES));
    scene.run(&[PROD]).await.unwrap();
    scene.there.world().pipelines.clear();
    scene.run(&[PROD]).await.unwrap();
    let gone = async |id: &str| {
        scene
            .store
            .table
            .get(&id.parse().unwrap())
            .await
            .unwrap()
            .unwrap()
            .pipeline
            .tile()
            .gone
            .is_some()
    };
    assert!(gone("codepipeline:us-east-1:222233334444:shop").await);
    assert!(!gone("codepipeline:eu-north-1:210987654321:shop").await);
}
