//! All routes behind one address.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, header::HOST, uri::Authority},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};
use backend::{
    api::{self, Failure, Wall},
    hooks,
    table::Table,
};
use tower_http::{
    CompressionLevel,
    compression::CompressionLayer,
    csrf::{CsrfLayer, ProtectionError},
};

use crate::{
    door::{self, Door},
    edge,
    hooks::Hooks,
    rows::rows,
    site::{self, Site},
};

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// This machine: a name that is not this machine's own is refused, so that a web page whose name somebody points
    /// at 127.0.0.1 can read nothing.
    Loopback,
    /// Whoever gets here.
    Network,
}

/// The whole server; without [`Hooks`] it takes none.
pub fn router(
    table: Table,
    wall: Wall,
    door: Door,
    hooks: Option<Hooks>,
    site: Arc<Site>,
    reach: Reach,
) -> Router {
    let data = Router::new()
        .route("/data", get(rows))
        .route("/data/", get(rows))
        .with_state(table.clone());
    let hooks = hooks.map(hooks::routes).unwrap_or_default();
    let mut router =
        Router::new()
            .merge(data)
            .nest("/data", api::router(table, wall).merge(hooks))
            .merge(door::routes(door))
            .layer(CompressionLayer::new().quality(CompressionLevel::Precise(5)))
            .method_not_allowed_fallback(|| async { Failure::wrong_method() })
            .fallback_service(site::service(site))
            // Another site's page must not post events through its visitor's browser.
            .layer(CsrfLayer::new().with_rejection_response(|_: ProtectionError| {
                refusal("this page may not post here")
            }));
    if reach == Reach::Loopback {
        router = router.layer(from_fn(own_name));
    }
    router.layer(from_fn(edge::headers))
}

async fn own_name(request: Request, next: Next) -> Response {
    if is_own_name(request.headers()) {
        next.run(request).await
    } else {
        refusal("this server answers to localhost only; --bind opens it")
    }
}

fn is_own_name(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else {
        return true;
    };
    let Ok(authority) = Authority::try_from(host.as_bytes()) else {
        return false;
    };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    address.is_ok_and(|address| address.is_loopback())
        || name == "localhost"
        || name.ends_with(".localhost")
}

fn refusal(error: &str) -> Response {
    Failure::new(StatusCode::FORBIDDEN, error).into_response()
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        http::{HeaderValue, Method},
    };
    use tower::ServiceExt;

    use super::*;
    use crate::{embedded, site::Source};

    #[tokio::test]
    async fn what_is_not_stored_is_not_acknowledged() {
        let event = r#"{"detail-type":"CodePipeline Pipeline Execution State Change","source":"aws.codepipeline","account":"210987654321",
            "time":"2026-11-02T12:00:00Z","region":"eu-north-1","detail":{"pipeline":"shop","execution-id":"r1","state":"STARTED","version":1}}"#;
        // Nobody has made this table.
        let table = Table::new(embedded::client(None).unwrap(), "missing");
        let site = Arc::new(Site::new(Source::Folder("missing".into())));
        let wall = Wall::Local(([127, 0, 0, 1], 8080).into());
        let router = router(table.clone(), wall, Door::new(table), None, site, Reach::Loopback);
        for (method, path, body) in [
            (Method::POST, "/events", event),
            (Method::GET, "/data", ""),
            (Method::GET, "/data/cctray.xml", ""),
        ] {
            let request =
                Request::builder().method(method).uri(path).body(Body::from(body)).unwrap();
            assert_eq!(
                router.clone().oneshot(request).await.unwrap().status(),
                StatusCode::SERVICE_UNAVAILABLE,
                "{path}"
            );
        }
    }

    #[track_caller]
    fn check(host: &'static str, own: bool) {
        let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
        assert_eq!(is_own_name(&headers), own, "{host}");
    }

    #[test]
    fn only_names_of_this_machine_are_its_own() {
        check("127.0.0.1:8080", true);
        check("127.0.0.1", true);
        check("[::1]:8080", true);
        check("localhost:8080", true);
        check("wall.localhost", true);
        check("wall.example", false);
        check("127.0.0.1.wall.example:8080", false);
        check("localhost.wall.example", false);
        check("192.0.2.1:8080", false);
        check("", false);
    }
}
