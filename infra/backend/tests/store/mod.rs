//! A store of a test's own: an embedded `DynamoDB` on a loopback port, and events to put there.

#![allow(dead_code, reason = "each test binary uses its own part of this module")]

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    types::AttributeValue,
};
use backend::{
    ingest::Writer,
    table::{self, Table},
};
use dynoxide::Database;
use model::PipelineId;

use self::event::ACCOUNT;

pub mod event;

pub const TABLE: &str = "pipelines_dashboard_data";

pub struct Store {
    pub url: String,
    pub client: Client,
    pub table: Table,
}

/// Starts an empty store with a table in it.
pub async fn store() -> Store {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, Database::memory().unwrap()));
    let client = client(&url);
    table::create(&client, TABLE).await.unwrap();
    Store { url, table: Table::new(client.clone(), TABLE), client }
}

pub fn client(url: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-north-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(url)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

impl Store {
    /// A writer who tells nobody.
    pub fn writer(&self) -> Writer {
        self.table.clone().into()
    }

    /// The item as it is stored.
    pub async fn item(
        &self,
        name: &str,
    ) -> Option<std::collections::HashMap<String, AttributeValue>> {
        let key = AttributeValue::S(id(name).to_string());
        self.client
            .get_item()
            .table_name(TABLE)
            .key("PipelineId", key)
            .consistent_read(true)
            .send()
            .await
            .unwrap()
            .item
    }

    /// How often the item was written.
    pub async fn version(&self, name: &str) -> u64 {
        self.item(name).await.map_or(0, |item| item["Version"].as_n().unwrap().parse().unwrap())
    }
}

pub fn id(name: &str) -> PipelineId {
    PipelineId::new("codepipeline", "eu-north-1", ACCOUNT, name).unwrap()
}
