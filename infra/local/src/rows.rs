//! `GET /data`: the wall's rows, as API Gateway makes them on AWS.
//!
//! One page of the index, its ready-made tiles joined into an array and nothing interpreted; `Link` leads to the next.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, LINK},
    },
    response::{IntoResponse, Response},
};
use backend::{
    api::{DATA_CACHE, Failure},
    table::Table,
};
use model::PipelineId;

/// The query of `GET /data`.
#[derive(Debug, serde::Deserialize)]
pub struct Start {
    start: Option<PipelineId>,
}

/// Answers one page.
///
/// # Errors
/// When `start` is no pipeline's id or the store fails.
pub async fn rows(
    State(table): State<Table>,
    start: Result<Query<Start>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(Start { start }) =
        start.map_err(|_| Failure::new(StatusCode::BAD_REQUEST, "start: not a pipeline's id"))?;
    let page = table.tiles(start.as_ref()).await?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(DATA_CACHE));
    // An id is made of characters that go through headers and URLs as they are.
    if let Some(link) =
        page.next.and_then(|id| HeaderValue::try_from(format!("<?start={id}>; rel=next")).ok())
    {
        headers.insert(LINK, link);
    }
    Ok((headers, format!("[{}]", page.tiles.join(","))).into_response())
}
