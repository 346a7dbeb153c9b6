//! What the Lambda function `api` answers, as a router.
//!
//! | route | answer |
//! |---|---|
//! | `GET /pipelines/{id}` | the pipeline's page |
//! | `GET /cctray.xml` | all pipelines, for desktop clients and other walls; `?names=short` leaves Region and account out |
//! | `GET /badge/{id}.svg` | the pipeline's status as a picture, `unknown` for an unknown pipeline; `?label=` replaces its name |
//!
//! Whatever fails is a 4xx or 5xx with `{"error":"…"}`, never an empty good answer. What is wrong inside goes into the log.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::{Path, Query, State, rejection::PathRejection},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, HOST},
        uri::Authority,
    },
    response::{IntoResponse, Response},
    routing::get,
};
use model::{
    PipelineId, Tile, badge,
    cctray::{self, Names},
};

use crate::chain::Chain;
use crate::table::{Damage, Stored, Table, TableError};

/// Good data is kept at the edge for one poll, and for a day when the API is down.
pub const DATA_CACHE: &str = "max-age=4, stale-if-error=86400";
const BADGE_CACHE: &str = "max-age=60, stale-if-error=86400";

/// The header in which the gate at the edge names the host that a viewer asked.
///
/// The gate sets it from the request's own `Host` and drops what a viewer sends under this name, and `CloudFront` has
/// it in the key of its cache. So an answer with a host in it is served to those alone who asked that host.
const WALL_HOST: &str = "x-wall-host";

/// Where the wall is, for links to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wall {
    /// Behind `CloudFront`: at the host that its gate names.
    Edge,
    /// At the host that was asked, else at this address; by plain HTTP, with nothing in between that keeps answers.
    Local(SocketAddr),
}

impl Wall {
    /// Returns the wall's absolute address. Behind `CloudFront` it leads nowhere where no host of a plain form is known.
    fn address(self, headers: &HeaderMap) -> String {
        let host = |name: &str| headers.get(name).and_then(host);
        let asked = || host(HOST.as_str());
        match self {
            Self::Edge => {
                let host = host(WALL_HOST).or_else(asked);
                format!("https://{}/", host.as_deref().unwrap_or("wall.invalid"))
            }
            Self::Local(address) => {
                format!("http://{}/", asked().unwrap_or_else(|| address.to_string()))
            }
        }
    }
}

/// A host and, where it is named, its port: letters, digits, dots and hyphens, or an IPv6 address.
fn host(value: &HeaderValue) -> Option<String> {
    const MAX_BYTES: usize = 253;
    let authority = Authority::try_from(value.as_bytes()).ok()?;
    let host = authority.host();
    let name = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)),
    };
    let is_plain = name && (1..=MAX_BYTES).contains(&host.len());
    is_plain.then(|| match authority.port_u16() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// The routes of the function `api`.
pub fn router(table: Table, wall: Wall) -> Router {
    Router::new()
        .route("/pipelines/{id}", get(page))
        .route("/cctray.xml", get(all))
        .route("/badge/{file}", get(picture))
        .fallback(|| async { Failure::not_found("there is no such route") })
        .method_not_allowed_fallback(|| async { Failure::wrong_method() })
        .with_state(Api { table, wall })
}

#[derive(Clone)]
struct Api {
    table: Table,
    wall: Wall,
}

impl Api {
    /// Reads one pipeline. An item without a record is not a pipeline but an entry of a directory, which has a key of the
    /// same form.
    async fn pipeline(&self, id: &PipelineId) -> Result<Option<Stored>, TableError> {
        match self.table.get(id).await {
            Err(TableError::Damaged(_, Damage::Attribute("Runs"))) => Ok(None),
            other => other,
        }
    }
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
    State(api): State<Api>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Failure> {
    let Path(id) = path?;
    let id: PipelineId =
        id.parse().map_err(|error| Failure::new(StatusCode::BAD_REQUEST, format!("{error}")))?;
    let stored = api
        .pipeline(&id)
        .await?
        .ok_or_else(|| Failure::not_found("nothing is known of this pipeline"))?;
    let body =
        serde_json::to_string(&stored.pipeline.page()).map_err(|error| Failure::store(&error))?;
    Ok((headers("application/json", DATA_CACHE), body).into_response())
}

/// A query as it came: a parameter that is repeated counts as it is first.
type Parameters = Query<Vec<(String, String)>>;

fn parameter<'a>(Query(query): &'a Parameters, name: &str) -> Option<&'a str> {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

async fn all(
    State(Api { table, wall }): State<Api>,
    query: Parameters,
    request: HeaderMap,
) -> Result<Response, Failure> {
    let names = match parameter(&query, "names") {
        None => Names::Full,
        Some("short") => Names::Short,
        Some(_) => {
            return Err(Failure::new(StatusCode::BAD_REQUEST, "names: expected short or nothing"));
        }
    };
    let mut tiles: Vec<Tile> = Vec::new();
    let mut start = None;
    loop {
        let page = table.tiles(start.as_ref()).await?;
        // A row of another version that this one can't read must not hide the others.
        tiles.extend(page.tiles.iter().filter_map(|tile| serde_json::from_str(tile).ok()));
        start = page.next;
        if start.is_none() {
            let feed = cctray::document(&tiles, &wall.address(&request), names);
            return Ok(
                (headers("application/xml; charset=utf-8", DATA_CACHE), feed).into_response()
            );
        }
    }
}

async fn picture(
    State(api): State<Api>,
    path: Result<Path<String>, PathRejection>,
    query: Parameters,
) -> Result<Response, Failure> {
    let Path(file) = path?;
    let name = file
        .strip_suffix(".svg")
        .ok_or_else(|| Failure::not_found("a badge is called <id>.svg"))?;
    let id = name.parse::<PipelineId>().ok();
    let status = match &id {
        Some(id) => api.pipeline(id).await?.map(|stored| stored.pipeline.tile().status),
        None => None,
    };
    let asked = parameter(&query, "label").and_then(badge::label);
    let label = asked.or_else(|| Some(id?.name())).unwrap_or_default();
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
