//! An Amazon SNS topic on a loopback port: it remembers what it took, and refuses as it is told.

#![allow(dead_code, reason = "each test binary uses its own part of this module")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::config::Credentials;
use axum::{
    Form, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use backend::{announce, ingest::Writer};
use serde_json::Value;

use crate::store::Store;

pub const ARN: &str = "arn:aws:sns:eu-north-1:210987654321:news";

type Message = BTreeMap<String, String>;

#[derive(Clone, Default)]
pub struct Topic {
    pub url: String,
    taken: Arc<Mutex<Vec<Message>>>,
    /// So many requests are refused before one is taken.
    refused: Arc<Mutex<usize>>,
}

impl Topic {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let this =
            Self { url: format!("http://{}", listener.local_addr().unwrap()), ..Self::default() };
        let router = Router::new().fallback(take).with_state(this.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        this
    }

    pub fn refuse(&self, requests: usize) {
        *self.refused.lock().unwrap() = requests;
    }

    /// A writer who tells this topic.
    pub fn writer(&self, store: &Store) -> Writer {
        let credentials = Credentials::new("test", "test", None, None, "test");
        let topic =
            announce::Topic::new("eu-north-1", credentials, Some(&self.url), ARN.to_owned());
        Writer { table: store.table.clone(), topic: Some(topic) }
    }

    /// The messages since the last time, as they were sent.
    pub fn messages(&self) -> Vec<Message> {
        std::mem::take(&mut self.taken.lock().unwrap())
    }

    /// The subjects since the last time, and for which run and attempt.
    pub fn told(&self) -> Vec<String> {
        let line = |message: Message| {
            let parts: Value = serde_json::from_str(&message["Message"]).unwrap();
            let json: Value = serde_json::from_str(parts["default"].as_str().unwrap()).unwrap();
            format!("{}: {}", json["tile"]["run"]["id"].as_str().unwrap(), message["Subject"])
        };
        self.messages().into_iter().map(line).collect()
    }
}

async fn take(State(topic): State<Topic>, Form(message): Form<Message>) -> Response {
    let mut refused = topic.refused.lock().unwrap();
    if *refused > 0 {
        *refused -= 1;
        let error = "<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>";
        return (StatusCode::FORBIDDEN, [("content-type", "text/xml")], error).into_response();
    }
    topic.taken.lock().unwrap().push(message);
    let answer = "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";
    ([("content-type", "text/xml")], answer).into_response()
}
