//! Bodies of requests, read to a limit.

use axum::{body::Body, http::StatusCode};
use http_body_util::BodyExt;

use crate::api::Failure;

/// What one request of events may bring, in MiB.
const MAX_MIB: usize = 1;
/// How much of a body that is too long is taken off the line.
const DRAIN_MAX_BYTES: usize = 64 * 1024 * 1024;

/// Reads a body of at most 1 MiB.
///
/// # Errors
/// When it is longer, or breaks off.
pub async fn read(body: Body) -> Result<Vec<u8>, Failure> {
    let error = format!("the body is longer than {MAX_MIB} MiB");
    let body = read_to(body, MAX_MIB).await?;
    body.ok_or_else(|| Failure::new(StatusCode::PAYLOAD_TOO_LARGE, error))
}

/// Reads a body of at most so many MiB; `None` when it is longer. Then it is taken off the line all the same: most clients
/// hear no answer before they have said everything.
///
/// # Errors
/// When it breaks off.
pub async fn read_to(mut body: Body, max_mib: usize) -> Result<Option<Vec<u8>>, Failure> {
    let max = max_mib * 1024 * 1024;
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|_| Failure::new(StatusCode::BAD_REQUEST, "the body broke off"))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        length += data.len();
        if length <= max {
            bytes.extend_from_slice(data);
        } else if length > DRAIN_MAX_BYTES {
            break;
        }
    }
    Ok(Some(bytes).filter(|_| length <= max))
}
