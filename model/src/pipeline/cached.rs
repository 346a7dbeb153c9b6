//! A value beside its JSON.
//!
//! A pipeline's document is written after every event, and an event changes one run of sixteen: what did not change is
//! not encoded again.

use std::sync::OnceLock;

use serde::Serialize;

/// A value whose JSON is kept until the value changes.
#[derive(Clone, Debug, Default)]
pub struct Cached<T> {
    value: T,
    json: OnceLock<Vec<u8>>,
}

impl<T: Serialize> Cached<T> {
    /// A value not encoded yet.
    pub fn new(value: T) -> Self {
        Self { value, json: OnceLock::new() }
    }

    /// The value.
    pub fn get(&self) -> &T {
        &self.value
    }

    /// Lets `change` at the value, which tells whether it changed it.
    pub fn update(&mut self, change: impl FnOnce(&mut T) -> bool) -> bool {
        let changed = change(&mut self.value);
        if changed {
            self.json.take();
        }
        changed
    }

    /// The value's JSON.
    pub fn json(&self) -> &[u8] {
        // A stored type has text for keys and nothing that can fail in it, so encoding it does not fail either.
        self.json.get_or_init(|| serde_json::to_vec(&self.value).unwrap_or_default())
    }
}

impl<T: PartialEq> PartialEq for Cached<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Cached<T> {}
