//! What takes hooks: `POST /hooks/github` and `POST /hooks/gitlab`, put onto the event bus.
//!
//! Nothing of a body is understood before its sender has shown that he knows the [`Secret`].
//!
//! | answer | when |
//! |---|---|
//! | 202 `{"accepted":1,"ignored":0}` | the bus has the event |
//! | 202 `{"accepted":0,"ignored":1}` | a ping, or of a kind that is not followed |
//! | 202 with `rejected` | the event is broken, or the hook is too long: no sender can change that |
//! | 400, 415 | the body is not JSON: the hook's settings are wrong |
//! | 401 | no signature, or a wrong one: which, is not told |
//! | 503 | the bus or the secret is out of reach: the hook has to come again |
//!
//! GitLab switches off a hook that is answered 4xx or 5xx again and again, and with it all events of its project or group.
//! So 4xx is only for what somebody can set right in the hook's settings.
//!
//! Sources: <https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks>,
//! <https://docs.gitlab.com/user/project/integrations/webhooks/#webhook-receiver-requirements>,
//! <https://docs.gitlab.com/user/project/integrations/webhooks/#delivery-headers>.

use std::{error::Error, time::SystemTime};

use axum::{
    Router,
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{
        HeaderMap, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::post,
};
use model::event::{
    Rejected,
    hook::{Entry, Sender},
};
use serde_json::{Value, json};

use self::secret::header;
use crate::{api::Failure, body, chain::Chain};

pub mod aws;
mod secret;

pub use secret::{Secret, WeakSecret};

/// How long a hook may be. Lambda takes 6 MB, in which API Gateway writes a body as a text of JSON. GitLab writes about one
/// kilobyte for each job of a pipeline.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_MIB: usize = 6;

/// What EventBridge takes as one entry is less than 1 MB, its source and type counted in; so is what Lambda and the queue of
/// dead letters take. Of the two sizes that "1 MB" may mean this is below the smaller one.
/// Sources: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size>,
/// <https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb>.
const ENTRY_MAX_BYTES: usize = 1_000_000 - 1024;

/// Where the secret of hooks is, and where their events go.
pub trait Bus: Clone + Send + Sync + 'static {
    /// The secret that senders have to know.
    fn secret(&self) -> impl Future<Output = Result<Secret, Undelivered>> + Send;

    /// Puts an event onto the bus. Once it is there, it is not lost any more.
    ///
    /// The inner error is that of a bus that reads events: this one is broken, and would be if it came again.
    fn put(
        &self,
        entry: Entry,
    ) -> impl Future<Output = Result<Result<(), Rejected>, Undelivered>> + Send;
}

/// Something on the way is out of order. The hook has to come again.
#[derive(Debug, thiserror::Error)]
#[error("the hook's event is not delivered")]
pub struct Undelivered(#[source] pub Box<dyn Error + Send + Sync>);

impl From<Undelivered> for Failure {
    fn from(error: Undelivered) -> Self {
        tracing::error!(error = %Chain(&error), "a hook is not delivered");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the event bus is out of order, send the hook again",
        )
    }
}

/// The routes of the function `hooks`, and whatever else is asked of it.
pub fn router<B: Bus>(bus: B) -> Router {
    routes(bus).fallback(|| async { Failure::not_found("there is no such route") })
}

/// The routes alone.
pub fn routes<B: Bus>(bus: B) -> Router {
    Router::new()
        .route("/hooks/{sender}", post(take::<B>))
        .method_not_allowed_fallback(|| async { Failure::wrong_method() })
        .with_state(bus)
}

async fn take<B: Bus>(
    State(bus): State<B>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let Path(sender) = path?;
    let sender = Sender::named(&sender)
        .ok_or_else(|| Failure::not_found("hooks come from github or gitlab"))?;
    let Some(body) = body::read_to(body, MAX_MIB).await? else {
        let problem = format!("event: the hook is longer than {MAX_MIB} MiB");
        tracing::warn!(?sender, problem, "hook rejected");
        return Ok(rejected(&problem));
    };
    if let Err(doubt) = bus.secret().await?.check(sender, &headers, &body, SystemTime::now()) {
        tracing::warn!(?sender, reason = %doubt, "a hook that is not believed");
        return Err(Failure::new(
            StatusCode::UNAUTHORIZED,
            "the hook is not signed with the secret",
        ));
    }
    let kind = header(
        &headers,
        if sender == Sender::GitHub { "x-github-event" } else { "x-gitlab-event" },
    )
    .unwrap_or_default();
    if !Entry::is_made_of(sender, kind) {
        tracing::info!(?sender, kind = kind.chars().take(80).collect::<String>(), "hook ignored");
        return Ok(taken(0, 1));
    }
    let entry = Entry::of_hook(sender, kind, &json_of(&body)?)
        .ok_or_else(|| Failure::not_found("hooks of this kind are not followed"))?;
    let entry = fitting(entry);
    let detail_type = entry.detail_type;
    match bus.put(entry).await? {
        Ok(()) => {
            tracing::info!(?sender, kind = detail_type, "hook put");
            Ok(taken(1, 0))
        }
        Err(problem) => {
            tracing::warn!(?sender, kind = detail_type, %problem, "hook rejected");
            Ok(rejected(&problem.to_string()))
        }
    }
}

/// An entry that the bus takes. Only lists, of a pipeline's jobs, make one too long; what is read of them is worth less than
/// the event.
fn fitting(mut entry: Entry) -> Entry {
    if entry.detail.to_string().len() > ENTRY_MAX_BYTES
        && let Some(detail) = entry.detail.as_object_mut()
    {
        detail.retain(|_, value| !value.is_array());
    }
    entry
}

fn json_of(body: &[u8]) -> Result<Value, Failure> {
    if body.starts_with(b"payload=") {
        return Err(Failure::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "hooks have to come as application/json",
        ));
    }
    let json: Result<Value, _> = serde_json::from_slice(body);
    json.map_err(|error| {
        Failure::new(StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}"))
    })
}

fn taken(accepted: u32, ignored: u32) -> Response {
    answer(&json!({ "accepted": accepted, "ignored": ignored }))
}

fn rejected(problem: &str) -> Response {
    let problems = [json!({ "index": 0, "error": problem })];
    answer(&json!({ "accepted": 0, "ignored": 0, "rejected": problems }))
}

fn answer(json: &Value) -> Response {
    (
        StatusCode::ACCEPTED,
        [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")],
        json.to_string(),
    )
        .into_response()
}
