//! A value beside its JSON.
//!
//! A pipeline's document is written after every event, and an event changes one stage of one run: what did not change is
//! not encoded again.

use std::{ops::Deref, sync::OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// A value whose JSON is kept until the value changes. It is stored as the value itself.
#[derive(Clone, Debug, Default)]
pub struct Cached<T> {
    value: T,
    json: OnceLock<Box<RawValue>>,
}

impl<T> Cached<T> {
    /// A value not encoded yet.
    pub fn new(value: T) -> Self {
        Self { value, json: OnceLock::new() }
    }

    /// Lets `change` at the value, which tells whether it changed it.
    pub fn update(&mut self, change: impl FnOnce(&mut T) -> bool) -> bool {
        let changed = change(&mut self.value);
        if changed {
            self.json.take();
        }
        changed
    }
}

impl<T: Serialize> Cached<T> {
    /// The value's JSON.
    pub fn json(&self) -> &RawValue {
        // What is stored has text for keys and nothing that can fail in it, so encoding it does not fail either.
        self.json
            .get_or_init(|| to_raw_value(&self.value).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

impl<T> Deref for Cached<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Serialize> Serialize for Cached<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Cached<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

impl<T: PartialEq> PartialEq for Cached<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Cached<T> {}
