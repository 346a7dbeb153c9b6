//! Requests: their time limit, and the one that boot.js has already sent.

use gloo_timers::callback::Timeout;
use js_sys::{Array, Promise, Reflect, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, Response};

/// Aborts a request when the time is up or when it is dropped.
#[derive(Debug)]
pub struct TimeLimit {
    controller: AbortController,
    _timeout: Timeout,
}

impl TimeLimit {
    /// Starts to count. `None` for a browser that can't abort requests.
    pub fn new(ms: u32) -> Option<Self> {
        let controller = AbortController::new().ok()?;
        let timed_out = controller.clone();
        Some(Self { controller, _timeout: Timeout::new(ms, move || timed_out.abort()) })
    }

    /// The signal for the request.
    pub fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }
}

impl Drop for TimeLimit {
    fn drop(&mut self) {
        // Without effect on a request that has ended.
        self.controller.abort();
    }
}

/// Returns the first answer, which boot.js requested while the program was loading; once.
pub async fn take_first_answer() -> Option<Result<(Response, Vec<u8>), JsValue>> {
    let name = JsValue::from_str("firstAnswer");
    let promise: Promise = Reflect::get(&window(), &name).ok()?.dyn_into().ok()?;
    Reflect::set(&window(), &name, &JsValue::NULL).ok()?;
    let read = |pair: JsValue| {
        let pair: Array = pair.dyn_into()?;
        Ok((pair.get(0).dyn_into()?, Uint8Array::new(&pair.get(1)).to_vec()))
    };
    Some(JsFuture::from(promise).await.and_then(read))
}
