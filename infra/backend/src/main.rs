//! The Lambda binary: one file, started as `ingest`, `api` or `hooks` by the function's `Handler`.

use std::{env, fmt};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, timeout::TimeoutConfig},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use backend::{
    api::{self, Failure},
    chain::Chain,
    hooks,
    ingest::{self, IngestError},
    table::Table,
};
use lambda_http::RequestExt;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;
use tower::ServiceExt;

/// The API's stage; a domain of one's own may send it on as part of the path.
const STAGE: &str = "/data";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().json().flatten_event(true).with_span_list(false).with_target(false).init();
    match setting("_HANDLER")?.as_str() {
        "ingest" => {
            let table = table()?;
            lambda_runtime::run(service_fn(|event| take(&table, event))).await
        }
        "api" => {
            let router = api::router(table()?);
            lambda_http::run(service_fn(|request| answer(router.clone(), request))).await
        }
        "hooks" => {
            let router = hooks::router(bus()?);
            lambda_http::run(service_fn(|request| answer(router.clone(), request))).await
        }
        other => Err(format!("the handler is called {other:?}, but there are only \"ingest\", \"api\" and \"hooks\"").into()),
    }
}

fn table() -> Result<Table, Error> {
    Ok(Table::new(client()?, setting("DYNAMODB_TABLE_NAME")?))
}

fn bus() -> Result<hooks::aws::Aws, Error> {
    let endpoint = env::var("AWS_ENDPOINT_URL").ok();
    let (region, secret, bus) = (setting("AWS_REGION")?, setting("HOOK_SECRET_ID")?, setting("EVENT_BUS_NAME")?);
    Ok(hooks::aws::Aws::new(&region, &credentials()?, endpoint.as_deref(), secret, bus))
}

async fn take(table: &Table, event: LambdaEvent<Value>) -> Result<(), Fault> {
    ingest::ingest(table, &event.payload).await.map(|_| ()).map_err(Fault)
}

async fn answer(router: axum::Router, request: lambda_http::Request) -> Result<Response, std::convert::Infallible> {
    let path = request.raw_http_path();
    let path = path.strip_prefix(STAGE).filter(|rest| rest.starts_with('/')).unwrap_or(path);
    let Ok(uri) = path.parse::<Uri>() else {
        return Ok(Failure::new(StatusCode::BAD_REQUEST, "the path is no part of a URL").into_response());
    };
    let (mut parts, body) = request.into_parts();
    parts.uri = uri;
    router.oneshot(Request::from_parts(parts, Body::from(body.to_vec()))).await
}

/// The client, from what Lambda puts into a function's environment and from nowhere else: no file or instance role is
/// looked for, which would only take time.
fn client() -> Result<Client, Error> {
    let credentials = credentials()?;
    let endpoint = env::var("AWS_ENDPOINT_URL").ok();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(std::time::Duration::from_secs(1))
        .operation_attempt_timeout(std::time::Duration::from_secs(2))
        .build();
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(setting("AWS_REGION")?))
        .credentials_provider(credentials)
        .http_client(backend::http::client(endpoint.as_deref()))
        .timeout_config(timeouts);
    config.set_endpoint_url(endpoint);
    Ok(Client::from_conf(config.build()))
}

fn credentials() -> Result<Credentials, Error> {
    let (id, secret) = (setting("AWS_ACCESS_KEY_ID")?, setting("AWS_SECRET_ACCESS_KEY")?);
    Ok(Credentials::new(id, secret, env::var("AWS_SESSION_TOKEN").ok(), None, "environment"))
}

fn setting(name: &str) -> Result<String, Error> {
    env::var(name).map_err(|_| format!("the environment variable {name} is not set").into())
}

/// A failed invocation. The runtime logs it as `Debug` and reports it as [`Diagnostic`], so both tell all causes once.
struct Fault(IngestError);

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Chain(&self.0), f)
    }
}

impl From<Fault> for Diagnostic {
    fn from(Fault(error): Fault) -> Self {
        let error_type = match error {
            IngestError::Rejected(_) => "Rejected",
            IngestError::Unstored(_) => "Unstored",
        };
        Self { error_type: error_type.to_owned(), error_message: Chain(&error).to_string() }
    }
}
