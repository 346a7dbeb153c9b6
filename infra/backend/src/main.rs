//! The Lambda binary: one file, started as `ingest`, `api` or `hooks` by the function's `Handler`.

use std::{
    env, fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

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
    announce::Topic,
    api::{self, Failure, Wall},
    chain::Chain,
    hooks,
    ingest::{self, IngestError, Writer},
    reconcile::{
        self, Reconciler,
        codepipeline::{self, Api},
        elsewhere::{Elsewhere, Incomplete, Role},
    },
    table::Table,
};
use lambda_http::RequestExt;
use lambda_runtime::{Context, Diagnostic, Error, LambdaEvent, service_fn};
use model::{Timestamp, event::codepipeline::api::Home};
use serde_json::Value;
use tower::ServiceExt;

/// The API's stage; a domain of one's own may send it on as part of the path.
const STAGE: &str = "/data";
/// What a reconciliation leaves of the function's time for what is under way and for the answer.
const LAST_WORDS: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_target(false)
        .init();
    match setting("_HANDLER")?.as_str() {
        "ingest" => {
            let writer = Writer { table: table()?, topic: topic()? };
            lambda_runtime::run(service_fn(|event| take(&writer, event))).await
        }
        "api" => {
            let router = api::router(table()?, Wall::Edge);
            lambda_http::run(service_fn(|request| answer(router.clone(), request))).await
        }
        "hooks" => {
            let router = hooks::router(bus()?);
            lambda_http::run(service_fn(|request| answer(router.clone(), request))).await
        }
        other => Err(format!(
            "the handler is called {other:?}, but there are only \"ingest\", \"api\" and \"hooks\""
        )
        .into()),
    }
}

fn table() -> Result<Table, Error> {
    Ok(Table::new(client()?, setting("DYNAMODB_TABLE_NAME")?))
}

/// Whom to tell; nobody where the setting is empty.
fn topic() -> Result<Option<Topic>, Error> {
    let Some(arn) = env::var("TOPIC_ARN").ok().filter(|arn| !arn.is_empty()) else {
        return Ok(None);
    };
    Ok(Some(Topic::new(&setting("AWS_REGION")?, credentials()?, endpoint("SNS").as_deref(), arn)))
}

fn bus() -> Result<hooks::aws::Aws, Error> {
    let endpoint = env::var("AWS_ENDPOINT_URL").ok();
    let (region, secret, bus) =
        (setting("AWS_REGION")?, setting("HOOK_SECRET_ID")?, setting("EVENT_BUS_NAME")?);
    Ok(hooks::aws::Aws::new(&region, &credentials()?, endpoint.as_deref(), secret, bus))
}

async fn take(writer: &Writer, event: LambdaEvent<Value>) -> Result<(), Fault> {
    if reconcile::is_asked_for_by(&event.payload) {
        return reconcile(writer, &event.context).await;
    }
    ingest::ingest(writer, &event.payload).await.map(|_| ()).map_err(Fault::Ingest)
}

async fn reconcile(writer: &Writer, context: &Context) -> Result<(), Fault> {
    let reconciler = reconciler(writer, context).map_err(Fault::Setup)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let left = context
        .deadline()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .saturating_sub(now)
        .saturating_sub(LAST_WORDS);
    let moment =
        i64::try_from(now.as_millis()).ok().and_then(|ms| Timestamp::from_unix_ms(ms).ok());
    let moment = moment.ok_or_else(|| Fault::Setup("the clock is out of all time".into()))?;
    let elsewhere = elsewhere(&reconciler).map_err(Fault::Setup)?;
    let roles = env::var("RECONCILE_ROLES").unwrap_or_default();
    let roles = Role::list(&roles).map_err(|error| Fault::Setup(error.into()))?;
    elsewhere
        .run(reconciler, roles, moment, tokio::time::Instant::now() + left)
        .await
        .map(drop)
        .map_err(Fault::Reconcile)
}

/// Account and Region are the function's own.
fn reconciler(writer: &Writer, context: &Context) -> Result<Reconciler, Error> {
    let arn = &context.invoked_function_arn;
    let home = Home::of_arn(arn).ok_or_else(|| format!("{arn:?} tells no account"))?;
    let days: u32 = setting("RETIRE_AFTER_DAYS")?
        .parse()
        .map_err(|_| "RETIRE_AFTER_DAYS is no number of days")?;
    let client = codepipeline::client(&home.region, credentials()?, endpoint("CODEPIPELINE"));
    let api = Api::new(client, codepipeline::PACE);
    Ok(Reconciler {
        writer: writer.clone(),
        api,
        home,
        retire_after_days: (days > 0).then_some(days),
    })
}

/// What stands for a service of AWS: for it alone, or for all.
fn endpoint(service: &str) -> Option<String> {
    env::var(format!("AWS_ENDPOINT_URL_{service}"))
        .ok()
        .or_else(|| env::var("AWS_ENDPOINT_URL").ok())
}

/// Who asks in other accounts and Regions, as `here` asks in this one.
fn elsewhere(here: &Reconciler) -> Result<Elsewhere, Error> {
    let mut elsewhere =
        Elsewhere::new(&here.home.region, credentials()?, endpoint("STS"), here.writer.clone());
    elsewhere.endpoint = endpoint("CODEPIPELINE");
    elsewhere.retire_after_days = here.retire_after_days;
    Ok(elsewhere)
}

async fn answer(
    router: axum::Router,
    request: lambda_http::Request,
) -> Result<Response, std::convert::Infallible> {
    let path = request.raw_http_path();
    let path = path.strip_prefix(STAGE).filter(|rest| rest.starts_with('/')).unwrap_or(path);
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let Ok(uri) = format!("{path}{query}").parse::<Uri>() else {
        return Ok(
            Failure::new(StatusCode::BAD_REQUEST, "the path is no part of a URL").into_response()
        );
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
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
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
enum Fault {
    Ingest(IngestError),
    Reconcile(Incomplete),
    Setup(Error),
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ingest(error) => fmt::Display::fmt(&Chain(error), f),
            Self::Reconcile(error) => fmt::Display::fmt(error, f),
            Self::Setup(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl From<Fault> for Diagnostic {
    fn from(fault: Fault) -> Self {
        let error_type = match &fault {
            Fault::Ingest(IngestError::Rejected(_)) => "Rejected",
            Fault::Ingest(IngestError::Unstored(_)) => "Unstored",
            Fault::Reconcile(_) => "Unreconciled",
            Fault::Setup(_) => "Setup",
        };
        Self { error_type: error_type.to_owned(), error_message: format!("{fault:?}") }
    }
}
