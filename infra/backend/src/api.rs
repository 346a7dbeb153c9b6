//! What the Lambda function `api` answers, as a router.
//!
//! | route | answer |
//! |---|---|
//! | `GET /pipelines/{id}` | the pipeline's page |
//! | `GET /cctray.xml` | all pipelines, for desktop and other walls |
//! | `GET /badge/{id}.svg` | the pipeline's status as a picture, `unknown` for an id that nothing is known of |
//!
//! Whatever fails is a 4xx or 5xx with `{"error":"…"}`, never an empty good answer. What is wrong inside goes into the log.

use axum::{
    Router,
    extract::{Path, State, rejection::PathRejection},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use model::{PipelineId, Tile, badge, cctray};

use crate::chain::Chain;
use crate::table::{Table, TableError};

/// Good data is kept at the edge for one poll, and for a day when the API is down.
pub const DATA_CACHE: &str = "max-age=4, stale-if-error=86400";
const BADGE_CACHE: &str = "max-age=60, stale-if-error=86400";

/// The routes of the function `api`.
pub fn router(table: Table) -> Router {
    Router::new()
        .route("/pipelines/{id}", get(page))
        .route("/cctray.xml", get(all))
        .route("/badge/{file}", get(picture))
        .fallback(|| async { Failure::not_found("there is no such route") })
        .method_not_allowed_fallback(|| async { Failure::wrong_method() })
        .with_state(table)
}

/// An answer that is no good news.
#[derive(Clone, Debug)]
pub struct Failure {
    status: StatusCode,
    error: String,
}

impl Failure {
    /// An answer of `status` that says `error`: for people, lower case, without anything from inside.
    pub fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into() }
    }

    /// 404.
    pub fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    /// 405.
    pub fn wrong_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "this route doesn't take that method")
    }

    /// 503 to the outside, the reason into the log.
    pub fn store(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %Chain(error), "no answer from the store");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "the store is out of order, try again")
    }
}

impl From<TableError> for Failure {
    fn from(error: TableError) -> Self {
        Self::store(&error)
    }
}

impl From<PathRejection> for Failure {
    fn from(_: PathRejection) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "the path is not UTF-8")
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "error": self.error }).to_string();
        (self.status, headers("application/json", "no-store"), body).into_response()
    }
}

async fn page(
    State(table): State<Table>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Failure> {
    let Path(id) = path?;
    let id: PipelineId =
        id.parse().map_err(|error| Failure::new(StatusCode::BAD_REQUEST, format!("{error}")))?;
    let stored = table
        .get(&id)
        .await?
        .ok_or_else(|| Failure::not_found("nothing is known of this pipeline"))?;
    let body =
        serde_json::to_string(&stored.pipeline.page()).map_err(|error| Failure::store(&error))?;
    Ok((headers("application/json", DATA_CACHE), body).into_response())
}

async fn all(State(table): State<Table>) -> Result<Response, Failure> {
    let mut tiles: Vec<Tile> = Vec::new();
    let mut start = None;
    loop {
        let page = table.tiles(start.as_ref()).await?;
        // A row of another version that this one can't read must not hide the others.
        tiles.extend(page.tiles.iter().filter_map(|tile| serde_json::from_str(tile).ok()));
        start = page.next;
        if start.is_none() {
            return Ok((
                headers("application/xml; charset=utf-8", DATA_CACHE),
                cctray::document(&tiles),
            )
                .into_response());
        }
    }
}

async fn picture(
    State(table): State<Table>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Failure> {
    let Path(file) = path?;
    let name = file
        .strip_suffix(".svg")
        .ok_or_else(|| Failure::not_found("a badge is called <id>.svg"))?;
    let (label, status) = match name.parse::<PipelineId>() {
        Ok(id) => (id.name(), table.get(&id).await?.map(|stored| stored.pipeline.tile().status)),
        Err(_) => ("pipeline".to_owned(), None),
    };
    Ok((headers("image/svg+xml", BADGE_CACHE), badge::svg(&label, status)).into_response())
}

fn headers(
    content_type: &'static str,
    cache: &'static str,
) -> [(axum::http::HeaderName, HeaderValue); 2] {
    [
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (CACHE_CONTROL, HeaderValue::from_static(cache)),
    ]
}
