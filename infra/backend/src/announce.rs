//! News onto an Amazon SNS topic: one message a change.
//!
//! People get a subject and some lines (`email`, `sms`), all other subscribers JSON. Attributes let a subscription choose.
//! What is told and when is [`model::news`]'s; that it is told once is [`crate::ingest`]'s.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>

use std::time::Duration;

use aws_sdk_dynamodb::config::{Credentials, timeout::TimeoutConfig};
use aws_sdk_sns::{
    Client, Config, Error,
    config::{BehaviorVersion, Region},
    types::MessageAttributeValue,
};
use model::news::News;
use serde_json::json;

use crate::http;

/// For one message, its repetitions included.
const PATIENCE: Duration = Duration::from_secs(5);

/// A topic.
#[derive(Clone, Debug)]
pub struct Topic {
    client: Client,
    arn: String,
}

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
#[error("the topic took no message")]
pub struct Unpublished(#[from] Box<Error>);

impl Topic {
    /// The topic with this ARN, in a Region.
    pub fn new(
        region: &str,
        credentials: Credentials,
        endpoint: Option<&str>,
        arn: String,
    ) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(2))
            .operation_timeout(PATIENCE);
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(credentials)
            .http_client(http::client(endpoint))
            .timeout_config(timeouts.build());
        config.set_endpoint_url(endpoint.map(str::to_owned));
        Self { client: Client::from_conf(config.build()), arn }
    }

    /// Sends one message.
    ///
    /// # Errors
    /// When the topic refused it or could not be reached. It may have been sent all the same, when only the answer was lost.
    pub async fn publish(&self, news: &News) -> Result<(), Unpublished> {
        let subject = news.subject();
        let message =
            json!({ "default": news.json(), "email": news.text(), "sms": subject }).to_string();
        let message = self
            .client
            .publish()
            .topic_arn(&self.arn)
            .subject(subject)
            .message_structure("json")
            .message(message);
        let message = news.attributes().into_iter().try_fold(message, |message, (name, value)| {
            let value =
                MessageAttributeValue::builder().data_type("String").string_value(value).build()?;
            Ok::<_, aws_sdk_sns::error::BuildError>(message.message_attributes(name, value))
        });
        message
            .map_err(|error| Box::new(error.into()))?
            .send()
            .await
            .map_err(|error| Box::new(error.into()))?;
        Ok(())
    }
}
