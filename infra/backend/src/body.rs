//! Bodies of requests, read to a limit.

use axum::{body::Body, http::StatusCode};
use http_body_util::BodyExt;

use crate::api::Failure;

/// What one request may bring.
const MAX_BYTES: usize = 1024 * 1024;
/// How much of a body that is too long is taken off the line.
const DRAIN_MAX_BYTES: usize = 64 * 1024 * 1024;

/// Reads a body of at most 1 MiB. One that is too long is taken off the line all the same: most clients hear no answer before
/// they have said everything.
///
/// # Errors
/// When it is longer, or breaks off.
pub async fn read(mut body: Body) -> Result<Vec<u8>, Failure> {
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|_| Failure::new(StatusCode::BAD_REQUEST, "the body broke off"))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        length += data.len();
        if length <= MAX_BYTES {
            bytes.extend_from_slice(data);
        } else if length > DRAIN_MAX_BYTES {
            break;
        }
    }
    if length > MAX_BYTES {
        Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 1 MiB"))
    } else {
        Ok(bytes)
    }
}
