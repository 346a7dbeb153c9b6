//! The API's client: `GET /data` and `GET /data/pipelines/{id}` (docs/openapi.yaml).

use gloo_net::http::{Request, Response};
use model::Timestamp;
use web_sys::RequestCache;

use crate::browser::{
    clock::{own_clock, parse_http_date},
    request::{TimeLimit, take_first_answer},
};

/// The time limit of a request.
const TIME_LIMIT_MS: u32 = 15_000;
/// The maximum size of an answer; the API's pages have at most a megabyte.
const MOST_BYTES: usize = 4 << 20;

/// Why there is no good answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// The access key is missing or wrong.
    Key,
    /// The server answered with this status.
    Status(u16),
    /// The answer is not what was asked for: a login page, or cut off.
    NotData,
    /// There was no answer within the time limit.
    Unreachable,
}

/// A good answer.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// What was asked for.
    pub body: T,
    /// When it was made, by the server's clock.
    pub made: Timestamp,
    /// The server's clock at this moment, in milliseconds since 1970: an edge may have kept the answer for a while.
    pub server_ms: i64,
    /// The query of the next page.
    pub next: Option<String>,
}

/// Requests a page of tiles, as JSON. `query` is that of the page, or empty for the first one.
pub async fn tiles(query: &str, key: Option<&str>) -> Result<Answer<Vec<u8>>, ApiError> {
    if query.is_empty()
        && let Some(first) = take_first_answer().await
    {
        let (response, body) = first.map_err(|_| ApiError::Unreachable)?;
        let response = Response::from(response);
        judge(&response)?;
        return answer(&response, body);
    }
    get(&if query.is_empty() { "data".to_owned() } else { format!("data?{query}") }, key).await
}

/// Requests a pipeline with its runs.
pub async fn pipeline(id: &str, key: Option<&str>) -> Result<Answer<model::Page>, ApiError> {
    let Answer { body, made, server_ms, next } = get(&format!("data/pipelines/{id}"), key).await?;
    let body = str::from_utf8(&body).map_err(|_| ApiError::NotData)?;
    let body = serde_json::from_str(body).map_err(|_| ApiError::NotData)?;
    Ok(Answer { body, made, server_ms, next })
}

/// Requests an address below the page's. Dropping the future aborts the request.
async fn get(path: &str, key: Option<&str>) -> Result<Answer<Vec<u8>>, ApiError> {
    let limit = TimeLimit::new(TIME_LIMIT_MS).ok_or(ApiError::Unreachable)?;
    let mut request =
        Request::get(path).cache(RequestCache::NoStore).abort_signal(Some(&limit.signal()));
    if let Some(key) = key {
        request = request.header("authorization", &format!("Bearer {key}"));
    }
    let response = request.send().await.map_err(|_| ApiError::Unreachable)?;
    judge(&response)?;
    let body = response.binary().await.map_err(|_| ApiError::Unreachable)?;
    answer(&response, body)
}

fn judge(response: &Response) -> Result<(), ApiError> {
    match response.status() {
        200 => Ok(()),
        401 | 403 => Err(ApiError::Key),
        status => Err(ApiError::Status(status)),
    }
}

fn answer(response: &Response, body: Vec<u8>) -> Result<Answer<Vec<u8>>, ApiError> {
    if body.len() > MOST_BYTES {
        return Err(ApiError::NotData);
    }
    let headers = response.headers();
    let date = headers.get("date").and_then(|date| parse_http_date(&date));
    let made = date.or_else(own_clock).ok_or(ApiError::NotData)?;
    let age_s = headers.get("age").and_then(|age| age.parse::<u32>().ok()).unwrap_or(0);
    let next = headers.get("link").as_deref().and_then(next_page).map(str::to_owned);
    Ok(Answer { body, made, server_ms: made.unix_ms() + i64::from(age_s) * 1000, next })
}

/// Returns the query of the next page in a `Link` header.
fn next_page(link: &str) -> Option<&str> {
    let (target, parameters) = link.strip_prefix("<?")?.split_once('>')?;
    let is_next = parameters.contains("rel=next") || parameters.contains("rel=\"next\"");
    (is_next && target.starts_with("start=")).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_a_query_of_this_address() {
        assert_eq!(next_page("<?start=a:b:c:d>; rel=next"), Some("start=a:b:c:d"));
        assert_eq!(next_page(r#"<?start=a>; rel="next""#), Some("start=a"));
        assert_eq!(next_page("<https://elsewhere.example/?start=a>; rel=next"), None);
        assert_eq!(next_page("<?other=a>; rel=next"), None);
        assert_eq!(next_page("<?start=a>; rel=prev"), None);
        assert_eq!(next_page(""), None);
    }
}
