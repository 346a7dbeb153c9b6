//! What this browser stores for the wall: its last answer. Storage may be denied or full; then nothing is stored.

use leptos::prelude::window;
use web_sys::Storage;

const NAME: &str = "pipelines-dashboard";

/// Returns the stored text.
pub fn load() -> Option<String> {
    storage()?.get_item(NAME).ok()?
}

/// Stores a text.
pub fn save(text: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(NAME, text);
    }
}

/// Removes the stored text.
pub fn clear() {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(NAME);
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}
