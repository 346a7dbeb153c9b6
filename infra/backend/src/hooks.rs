//! What takes hooks: `POST /hooks/github` and `POST /hooks/gitlab`, put onto the event bus.
//!
//! Whoever knows the secret is believed, and nothing of a body is understood before that: GitHub signs it, GitLab shows the
//! secret itself. Both are compared in constant time.
//!
//! | answer | when |
//! |---|---|
//! | 202 `{"accepted":1,"ignored":0}` | the bus has the event |
//! | 202 `{"accepted":0,"ignored":1}` | a ping, or of a kind that is not followed |
//! | 400, 413, 415 | the body is broken, too long, no JSON |
//! | 401 | no signature, or a wrong one: which, is not told |
//! | 503 | the bus or the secret is out of reach: the hook has to come again |
//!
//! Sources: <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>,
//! <https://docs.gitlab.com/user/project/integrations/webhooks/#delivery-headers>.

use std::{error::Error, fmt, sync::Arc};

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
use hmac::{Hmac, KeyInit, Mac};
use model::event::{
    Rejected,
    hook::{Entry, Sender},
};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{api::Failure, body, chain::Chain};

pub mod aws;

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
    fn put(&self, entry: Entry) -> impl Future<Output = Result<(), Undelivered>> + Send;
}

/// Why an event is not on its way.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    /// It is broken; sending the hook again is of no use.
    #[error("the hook is rejected")]
    Rejected(#[from] Rejected),
    /// Something on the way is out of order. The hook has to come again.
    #[error("the hook's event is not delivered")]
    Unreached(#[source] Box<dyn Error + Send + Sync>),
}

impl From<Undelivered> for Failure {
    fn from(error: Undelivered) -> Self {
        match error {
            Undelivered::Rejected(rejected) => {
                Self::new(StatusCode::BAD_REQUEST, rejected.to_string())
            }
            Undelivered::Unreached(_) => {
                tracing::error!(error = %Chain(&error), "a hook is not delivered");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the event bus is out of order, send the hook again",
                )
            }
        }
    }
}

/// What senders of hooks have to know.
#[derive(Clone)]
pub struct Secret(Arc<[u8]>);

/// Why a secret is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret of hooks is shorter than {} bytes", Secret::MIN_BYTES)]
pub struct WeakSecret;

impl Secret {
    /// A shorter one could be guessed.
    const MIN_BYTES: usize = 16;

    /// Takes a secret.
    ///
    /// # Errors
    /// When it is shorter than 16 bytes.
    pub fn new(secret: &str) -> Result<Self, WeakSecret> {
        if secret.len() < Self::MIN_BYTES {
            Err(WeakSecret)
        } else {
            Ok(Self(secret.as_bytes().into()))
        }
    }

    /// Whether a sender who knows it has sent this.
    fn is_known(&self, sender: Sender, headers: &HeaderMap, body: &[u8]) -> bool {
        match sender {
            Sender::GitHub => header(headers, "x-hub-signature-256")
                .and_then(signature)
                .is_some_and(|signature| {
                    let mac = self.mac(body);
                    mac.is_some_and(|mac| mac.verify_slice(&signature).is_ok())
                }),
            // Of two codes neither length nor first difference tells anything of the secret.
            Sender::GitLab => header(headers, "x-gitlab-token").is_some_and(|token| {
                match (self.mac(token.as_bytes()), self.mac(&self.0)) {
                    (Some(shown), Some(known)) => shown.finalize() == known.finalize(),
                    _ => false,
                }
            }),
        }
    }

    fn mac(&self, message: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(message);
        Some(mac)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
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
    let body = body::read(body).await?;
    if !bus.secret().await?.is_known(sender, &headers, &body) {
        tracing::warn!(?sender, "a hook without the right signature");
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
    let detail_type = entry.detail_type;
    if entry.detail.to_string().len() > ENTRY_MAX_BYTES {
        return Err(Failure::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the hook tells more than an event may hold",
        ));
    }
    bus.put(entry).await?;
    tracing::info!(?sender, kind = detail_type, "hook put");
    Ok(taken(1, 0))
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
    let answer = json!({ "accepted": accepted, "ignored": ignored }).to_string();
    (
        StatusCode::ACCEPTED,
        [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")],
        answer,
    )
        .into_response()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The bytes of `sha256=` and 64 digits.
fn signature(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> =
        text.strip_prefix("sha256=")?.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    digits
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high * 16 + low).ok(),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[track_caller]
    fn check(sender: Sender, name: &'static str, value: &str, body: &str, known: bool) {
        let secret = Secret::new("It's a Secret to Everybody").unwrap();
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        )]);
        assert_eq!(secret.is_known(sender, &headers, body.as_bytes()), known, "{name}: {value}");
    }

    /// GitHub's own example.
    /// Source: <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation>
    #[test]
    fn githubs_signature_is_that_of_the_body() {
        const GOOD: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let check = |signature: &str, body: &str, known| {
            check(Sender::GitHub, "x-hub-signature-256", signature, body, known)
        };
        check(&format!("sha256={GOOD}"), "Hello, World!", true);
        check(&format!("sha256={}", GOOD.to_uppercase()), "Hello, World!", true);
        for signature in [
            String::new(),
            GOOD.to_owned(),
            "sha256=".to_owned(),
            format!("sha1={GOOD}"),
            format!("sha256={}", GOOD.replace('7', "8")),
            format!("sha256={GOOD}00"),
            format!("sha256= {GOOD}"),
            format!("sha256=+{}", GOOD.split_at(1).1),
            "sha256=It's a Secret to Everybody".to_owned(),
        ] {
            check(&signature, "Hello, World!", false);
        }
        for body in ["", "Hello, World", "Hello, World!\n", "hello, World!"] {
            check(&format!("sha256={GOOD}"), body, false);
        }
    }

    #[test]
    fn gitlabs_token_is_the_secret_itself() {
        let check =
            |token: &str, known| check(Sender::GitLab, "x-gitlab-token", token, "{}", known);
        check("It's a Secret to Everybody", true);
        for token in [
            "",
            "It's a Secret to Everybod",
            "It's a Secret to Everybody!",
            "it's a Secret to Everybody",
        ] {
            check(token, false);
        }
    }

    #[test]
    fn one_senders_proof_is_none_for_the_other() {
        check(Sender::GitHub, "x-gitlab-token", "It's a Secret to Everybody", "{}", false);
        check(Sender::GitLab, "x-hub-signature-256", "It's a Secret to Everybody", "{}", false);
    }

    #[test]
    fn a_secret_is_long_and_shows_itself_nowhere() {
        assert_eq!(Secret::new("0123456789abcde").unwrap_err(), WeakSecret);
        assert_eq!(WeakSecret.to_string(), "the secret of hooks is shorter than 16 bytes");
        assert_eq!(format!("{:?}", Secret::new("0123456789abcdef").unwrap()), "Secret(…)");
    }
}
