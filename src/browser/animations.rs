//! Keeps animations in step, so that one frame serves all of them: docs/decisions/013-few-frames.md.

use js_sys::{Array, Function, Object, Reflect};
use leptos::prelude::{document, request_animation_frame};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::Element;

/// The step that pulses share, in milliseconds.
const STEP_MS: f64 = 50.0;

/// Aligns the rings and pulses inside `element` before the next frame. Browsers before Chromium 84 can't.
pub fn keep_in_step(element: Element) {
    request_animation_frame(move || {
        for animation in animations(&element).unwrap_or_default().iter() {
            align(&animation);
        }
    });
}

fn align(animation: &JsValue) -> Option<()> {
    let name = get(animation, "animationName")?.as_string()?;
    let start = get(animation, "startTime")?;
    let start = match name.as_str() {
        "turn" if start.as_f64() != Some(0.0) => 0.0,
        "pulse" if start.is_null() => {
            let now = get(&get(&document(), "timeline")?, "currentTime")?.as_f64()?;
            now - now % STEP_MS
        }
        _ => return None,
    };
    Reflect::set(animation, &"startTime".into(), &start.into()).ok()?;
    Some(())
}

/// In web-sys they are behind an unstable flag.
fn animations(element: &Element) -> Option<Array> {
    let options = Object::new();
    Reflect::set(&options, &"subtree".into(), &true.into()).ok()?;
    let get_animations: Function = get(element, "getAnimations")?.dyn_into().ok()?;
    get_animations.call1(element, &options).ok()?.dyn_into().ok()
}

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok()
}
