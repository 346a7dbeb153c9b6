//! Streams of the browser, for a program that has none.
//!
//! The framework's server functions, which the wall doesn't use, are compiled against such streams. The crate of this name
//! exports functions for the browser to call, so no tool may drop them, nor the futures behind them: 6 KB of all that a
//! television loads (see docs/decisions/021).

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use wasm_bindgen::{JsValue, throw_str};

/// A stream; there is none.
#[derive(Debug)]
pub enum ReadableStream {}

impl ReadableStream {
    /// Throws.
    pub fn from_raw(_raw: web_sys::ReadableStream) -> Self {
        throw_str("the wall has no streams")
    }

    /// Throws.
    pub fn from_stream(_stream: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        throw_str("the wall has no streams")
    }

    /// The browser's own.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        match self {}
    }

    /// What comes out of it.
    #[must_use]
    pub fn into_stream(self) -> Self {
        self
    }
}

impl Stream for ReadableStream {
    type Item = Result<JsValue, JsValue>;

    fn poll_next(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match *self {}
    }
}
