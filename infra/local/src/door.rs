//! The one door through which events come in: `POST /events`, and the demo.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::post,
};
use backend::{
    api::Failure,
    body,
    ingest::{self, Outcome, Unstored, Writer},
    table::Table,
};
use model::event::Rejected;
use serde_json::{Value, json};
use tokio::sync::Mutex;

/// Lets events into the table, one batch after the other: racing with oneself for an item is only wasted work.
#[derive(Clone)]
pub struct Door {
    writer: Writer,
    turn: Arc<Mutex<()>>,
}

impl Door {
    /// A door to `table`.
    pub fn new(table: Table) -> Self {
        Self { writer: table.into(), turn: Arc::default() }
    }

    /// Joins events into the table. One answer an event; whatever is answered with is stored.
    ///
    /// # Errors
    /// When some event could not be stored. All may come again.
    pub async fn take(&self, events: &[Value]) -> Result<Vec<Result<Outcome, Rejected>>, Unstored> {
        let _turn = self.turn.lock().await;
        ingest::ingest_all(&self.writer, events).await
    }
}

/// `POST /events`: an event, an array of events, or one event after the other.
pub fn routes(door: Door) -> Router {
    Router::new().route("/events", post(take)).with_state(door)
}

async fn take(State(door): State<Door>, body: Body) -> Result<Response, Failure> {
    let body = body::read(body).await?;
    let events = events(&body).map_err(|error| Failure::new(StatusCode::BAD_REQUEST, error))?;
    let outcomes = door.take(&events).await.map_err(|error| Failure::store(&error))?;
    let (mut accepted, mut ignored, mut rejected) = (0, 0, Vec::new());
    for (index, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(Outcome::Joined(_) | Outcome::Held) => accepted += 1,
            Ok(Outcome::Ignored(_)) => ignored += 1,
            Err(error) => rejected.push(json!({ "index": index, "error": error.to_string() })),
        }
    }
    let answer =
        json!({ "accepted": accepted, "ignored": ignored, "rejected": rejected }).to_string();
    Ok((
        StatusCode::ACCEPTED,
        [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")],
        answer,
    )
        .into_response())
}

/// Reads one event, an array of events, or events one after the other, whatever stands between them.
fn events(body: &[u8]) -> Result<Vec<Value>, String> {
    let values: Result<Vec<Value>, _> =
        serde_json::Deserializer::from_slice(body).into_iter().collect();
    let mut values = values.map_err(|error| format!("the body is not JSON: {error}"))?;
    match values.as_mut_slice() {
        [] => Err("the body is empty".to_owned()),
        [Value::Array(events)] => Ok(std::mem::take(events)),
        _ => Ok(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expect: Result<Value, &str>) {
        let read = events(body.as_bytes()).map(Value::Array);
        assert_eq!(read, expect.map_err(str::to_owned), "{body}");
    }

    #[test]
    fn reads_one_event_an_array_or_one_a_line() {
        check(r#"{"a":1}"#, Ok(json!([{"a":1}])));
        check("\n{\n\"a\": 1\n}\n", Ok(json!([{"a":1}])));
        check(r#"[{"a":1},{"a":2}]"#, Ok(json!([{"a":1},{"a":2}])));
        check("{\"a\":1}\n{\"a\":2}\r\n\n{\"a\":3}", Ok(json!([{"a":1},{"a":2},{"a":3}])));
        check("[]", Ok(json!([])));
    }

    #[test]
    fn refuses_what_is_not_json() {
        check("", Err("the body is empty"));
        check(" \n", Err("the body is empty"));
        check(
            "{\"a\":1}\n{\"a\":",
            Err("the body is not JSON: EOF while parsing a value at line 2 column 5"),
        );
        check("<event/>", Err("the body is not JSON: expected value at line 1 column 1"));
        check(
            "{\"a\":1e999}",
            Err("the body is not JSON: number out of range at line 1 column 10"),
        );
        check(
            &"[".repeat(1000),
            Err("the body is not JSON: recursion limit exceeded at line 1 column 128"),
        );
    }
}
