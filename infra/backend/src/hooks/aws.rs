//! Hooks on AWS: their secret in Secrets Manager, their events onto EventBridge's bus.
//!
//! GitHub waits for ten seconds, and sends no hook again by itself; so what fails is tried again here, within nine.

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::config::{Credentials, timeout::TimeoutConfig};
use aws_sdk_eventbridge::{config::BehaviorVersion, config::Region, types::PutEventsRequestEntry};
use model::event::{Rejected, hook::Entry};
use tokio::{sync::Mutex, time::Instant};

use super::{Bus, Secret, Undelivered};
use crate::http;

/// How long a secret is believed before it is asked for anew: a changed one holds after that.
const SECRET_LASTS: Duration = Duration::from_mins(5);
/// For one answer, its repetitions included.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often an entry is put that EventBridge takes no notice of in an answer that is otherwise good.
const TRIES: u32 = 2;

/// EventBridge and Secrets Manager.
#[derive(Clone, Debug)]
pub struct Aws {
    events: aws_sdk_eventbridge::Client,
    secrets: aws_sdk_secretsmanager::Client,
    secret_id: String,
    bus: String,
    known: Arc<Mutex<Option<(Secret, Instant)>>>,
}

/// An entry that EventBridge refused.
#[derive(Debug, thiserror::Error)]
#[error("the bus refused the event: {code}: {message}")]
struct Refused {
    code: String,
    message: String,
}

impl Aws {
    /// A way to the bus called `bus`, with the secret of this id or ARN.
    pub fn new(
        region: &str,
        credentials: &Credentials,
        endpoint: Option<&str>,
        secret_id: String,
        bus: String,
    ) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_timeout(PATIENCE)
            .build();
        let http = http::client(endpoint);
        let mut events = aws_sdk_eventbridge::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(credentials.clone())
            .http_client(http.clone())
            .timeout_config(timeouts.clone());
        events.set_endpoint_url(endpoint.map(str::to_owned));
        let mut secrets = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(credentials.clone())
            .http_client(http)
            .timeout_config(timeouts);
        secrets.set_endpoint_url(endpoint.map(str::to_owned));
        Self {
            events: aws_sdk_eventbridge::Client::from_conf(events.build()),
            secrets: aws_sdk_secretsmanager::Client::from_conf(secrets.build()),
            secret_id,
            bus,
            known: Arc::default(),
        }
    }
}

impl Bus for Aws {
    async fn secret(&self) -> Result<Secret, Undelivered> {
        let mut known = self.known.lock().await;
        if let Some((secret, since)) = known.as_ref()
            && since.elapsed() < SECRET_LASTS
        {
            return Ok(secret.clone());
        }
        let answer = self
            .secrets
            .get_secret_value()
            .secret_id(&self.secret_id)
            .send()
            .await
            .map_err(unreached)?;
        let secret = Secret::new(answer.secret_string().unwrap_or_default()).map_err(unreached)?;
        *known = Some((secret.clone(), Instant::now()));
        Ok(secret)
    }

    async fn put(
        &self,
        Entry { source, detail_type, detail }: Entry,
    ) -> Result<Result<(), Rejected>, Undelivered> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(source)
            .detail_type(detail_type);
        let entry = entry.detail(detail.to_string()).build();
        let mut refused = None;
        for _ in 0..TRIES {
            let answer =
                self.events.put_events().entries(entry.clone()).send().await.map_err(unreached)?;
            // A refused entry comes in an answer that is good.
            if answer.failed_entry_count() == 0 {
                return Ok(Ok(()));
            }
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            refused = answer.entries().first().map(|entry| Refused {
                code: text(entry.error_code()),
                message: text(entry.error_message()),
            });
        }
        Err(unreached(
            refused
                .unwrap_or_else(|| Refused { code: "unknown".to_owned(), message: String::new() }),
        ))
    }
}

fn unreached(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Undelivered {
    Undelivered(error.into())
}
