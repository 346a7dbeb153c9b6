//! `DynamoDB` inside this process.
//!
//! The SDK's requests go straight to the engine. There is no port, so neither another machine nor a web page in the
//! developer's browser can reach the table past the API. A write is on the disk before its answer comes.

use std::path::Path;

use anyhow::Context;
use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use axum::http::StatusCode;
use dynoxide::{Database, DynoxideError};
use serde::{Serialize, de::DeserializeOwned};

/// A client of a store in `file`, or in memory without one.
///
/// # Errors
/// When the file can't be opened or is none of such a store.
pub fn client(file: Option<&Path>) -> anyhow::Result<Client> {
    let database = match file {
        None => Database::memory().context("cannot make a store in memory")?,
        Some(file) => {
            let name = file.to_str().context("the name of the data file is no UTF-8")?;
            Database::new(name).with_context(|| format!("cannot open the data file {name}"))?
        }
    };
    let connector = SharedHttpConnector::new(Embedded(database));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url("http://embedded.invalid")
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .retry_config(RetryConfig::disabled())
        .build();
    Ok(Client::from_conf(config))
}

struct Embedded(Database);

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Embedded")
    }
}

impl HttpConnector for Embedded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let database = self.0.clone();
        let answer = tokio::task::spawn_blocking(move || answer(&database, &request));
        HttpConnectorFuture::new(async {
            answer.await.map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn answer(database: &Database, request: &HttpRequest) -> HttpResponse {
    let operation = request
        .headers()
        .get("x-amz-target")
        .and_then(|target| target.strip_prefix("DynamoDB_20120810."));
    let body = request.body().bytes().unwrap_or_default();
    let result = match operation {
        Some("CreateTable") => run(body, |request| database.create_table(request)),
        Some("GetItem") => run(body, |request| database.get_item(request)),
        Some("PutItem") => run(body, |request| database.put_item(request)),
        Some("Scan") => run(body, |request| database.scan(request)),
        other => {
            Err(DynoxideError::SerializationException(format!("this store doesn't do {other:?}")))
        }
    };
    let (status, json) =
        result.map_or_else(|error| (error.status_code(), error.to_json()), |json| (200, json));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::new(status.into(), SdkBody::from(json))
}

fn run<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Q) -> dynoxide::Result<A>,
) -> dynoxide::Result<String> {
    let unreadable =
        |error: serde_json::Error| DynoxideError::SerializationException(error.to_string());
    let answer = operation(serde_json::from_slice(body).map_err(unreadable)?)?;
    serde_json::to_string(&answer).map_err(unreadable)
}
