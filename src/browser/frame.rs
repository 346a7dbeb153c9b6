//! The page whose frame the wall is in.

use js_sys::{Object, Reflect};
use leptos::prelude::window;

/// Tells the surrounding page the height at which everything is readable (docs/embed.md).
pub fn post_height(height: i32) {
    let message = Object::new();
    // Setting a property of a plain object can't fail.
    let _ = Reflect::set(&message, &"type".into(), &"pipelines-dashboard".into());
    let _ = Reflect::set(&message, &"height".into(), &height.into());
    if let Ok(Some(parent)) = window().parent() {
        // Any page may embed the wall; a height is no secret.
        let _ = parent.post_message(&message, "*");
    }
}
