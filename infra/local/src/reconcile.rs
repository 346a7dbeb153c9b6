//! Asks a CodePipeline, or what speaks like one, as the Lambda function does on a schedule.

use std::{env, time::Duration};

use aws_sdk_dynamodb::config::Credentials;
use backend::{
    chain::Chain,
    reconcile::{
        Reconciler,
        codepipeline::{self, Api},
    },
    table::Table,
};
use clap::Args;
use model::event::codepipeline::api::Home;
use tokio::time::Instant;

use crate::play;

/// As often as on AWS.
const EVERY: Duration = Duration::from_mins(15);
/// A list and an answer that never come must not keep the next ones.
const LONGEST: Duration = Duration::from_mins(5);

/// Whom to ask.
#[derive(Debug, Args)]
pub struct Options {
    /// Asks the CodePipeline at this address for its pipelines, now and every 15 minutes
    #[arg(long, value_name = "ENDPOINT")]
    reconcile: Option<String>,
    /// The Region that it is of
    #[arg(long, requires = "reconcile", default_value = "eu-west-1")]
    region: String,
    /// The account that it is of
    #[arg(long, requires = "reconcile", default_value = "000000000000", value_name = "NUMBER")]
    account: String,
}

impl Options {
    /// Who asks, when somebody is to be asked. Credentials are those of the environment; a CodePipeline of one's own takes any.
    pub fn reconciler(self, table: &Table) -> Option<Reconciler> {
        let Self { reconcile, region, account } = self;
        let endpoint = reconcile?;
        let home = Home { partition: "aws".to_owned(), region, account };
        let setting = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let word = |name: &str| setting(name).unwrap_or_else(|| "local".to_owned());
        let (id, secret) = (word("AWS_ACCESS_KEY_ID"), word("AWS_SECRET_ACCESS_KEY"));
        let credentials =
            Credentials::new(id, secret, setting("AWS_SESSION_TOKEN"), None, "environment");
        let client = codepipeline::client(&home.region, credentials, Some(endpoint));
        Some(Reconciler {
            writer: table.clone().into(),
            api: Api::new(client, codepipeline::PACE),
            home,
            retire_after_days: None,
        })
    }
}

/// Asks again and again.
pub async fn forever(reconciler: Reconciler) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        let begun = Instant::now();
        let Ok(now) = play::now() else { continue };
        match reconciler.run(now, begun + LONGEST).await {
            Ok(report) => {
                let (listed, missing, written) = (report.listed, report.missing, report.written);
                tracing::info!(
                    listed,
                    missing,
                    written,
                    seconds = begun.elapsed().as_secs(),
                    "reconciled"
                );
            }
            Err(error) => tracing::error!("{}", Chain(&error)),
        }
    }
}
