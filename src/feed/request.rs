//! One request: what it brings, or why it brought nothing.

use std::time::Duration;

use gloo_net::http::{Headers, Request, Response};
use leptos::prelude::set_timeout_with_handle;
use model::Timestamp;
use web_sys::{AbortController, RequestCache, RequestInit};

use super::Problem;
use crate::screen;

/// A request is given up after this.
const PATIENCE: Duration = Duration::from_secs(15);
/// No page of an answer is larger; an API's is at most a megabyte and its brackets.
const MOST_BYTES: u32 = 4 << 20;

/// Asks for data, which is never taken from a cache.
pub async fn request(url: &str, key: Option<&str>) -> Result<(Response, Vec<u8>), Problem> {
    let controller = AbortController::new().map_err(|_| Problem::Unreachable)?;
    let request = RequestInit::new();
    request.set_cache(RequestCache::NoStore);
    request.set_signal(Some(&controller.signal()));
    if let Some(key) = key {
        let headers = Headers::new();
        headers.set("authorization", &["Bearer ", key].concat());
        request.set_headers(&headers.into_raw());
    }
    let request = web_sys::Request::new_with_str_and_init(url, &request).map_err(|_| Problem::Unreachable)?;
    let patience = set_timeout_with_handle(move || controller.abort(), PATIENCE);
    let result = match Request::from(request).send().await {
        Ok(response) => body_of(response).await,
        Err(_) => Err(Problem::Unreachable),
    };
    if let Ok(patience) = patience {
        patience.clear();
    }
    result
}

/// The whole of a good answer.
pub async fn body_of(response: Response) -> Result<(Response, Vec<u8>), Problem> {
    match response.status() {
        200 => {
            let length = response.headers().get("content-length").and_then(|length| length.parse::<u32>().ok());
            if length.is_some_and(|length| length > MOST_BYTES) {
                return Err(Problem::NoRows);
            }
            response.binary().await.map(|body| (response, body)).map_err(|_| Problem::Unreachable)
        }
        401 | 403 => Err(Problem::Key),
        status => Err(Problem::Status(status)),
    }
}

/// When an answer was made, its `Date`; and what the server's clock says at this moment, in milliseconds: that and its `Age`,
/// how long an edge has kept it.
pub fn dates(headers: &Headers) -> Option<(Timestamp, i64)> {
    let made = headers.get("date").and_then(|date| screen::http_date(&date)).or_else(screen::own_clock)?;
    let age_s = headers.get("age").and_then(|age| age.parse::<u32>().ok()).unwrap_or(0);
    Some((made, made.unix_ms() + i64::from(age_s) * 1000))
}
