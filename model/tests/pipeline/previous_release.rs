//! What is stored, as the release before this one reads it: during a deployment, and after one that is taken back, both
//! work on the same table.
//!
//! The types below are that release's and stay as they are. Whoever releases brings them up to date.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    invented::{history, several_sources, sixty_runs},
    story::pipeline,
};

type Ms = i64;
/// Any word: one that is not known counts least.
type Source = String;

#[derive(Serialize, Deserialize)]
struct Record {
    v: u32,
    id: String,
    url: Option<(Ms, String)>,
    #[serde(default)]
    past: Past,
    #[serde(default)]
    gone: String,
    api: Option<Value>,
    #[serde(default)]
    runs: Vec<Run>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Past {
    f: Option<Ms>,
    o: Vec<String>,
    d: Vec<Sample>,
    c: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct Sample {
    r: Option<u64>,
    #[serde(default)]
    s: Vec<(String, u64)>,
}

#[derive(Serialize, Deserialize)]
struct Run {
    i: String,
    b: Option<Ms>,
    h: Ms,
    f: Option<(Level, Ms)>,
    n: Option<Ms>,
    u: Option<(Ms, String)>,
    g: Option<(Ms, String)>,
    c: Option<Changes>,
    p: Option<Part>,
    #[serde(default)]
    s: BTreeMap<String, Stage>,
    x: Option<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    R,
    S,
    A,
}

#[derive(Serialize, Deserialize)]
struct Changes {
    m: Option<(Source, Ms, String)>,
    a: Option<(Source, Ms, String)>,
    r: Option<(Source, Ms, String)>,
    u: Option<(Source, Ms, String)>,
}

#[derive(Serialize, Deserialize)]
struct Stage {
    p: Option<Part>,
    #[serde(default)]
    a: BTreeMap<String, Part>,
}

#[derive(Serialize, Deserialize)]
struct Part {
    n: Option<u32>,
    t: Option<Ms>,
    e: Option<i64>,
    s: Word,
    d: Option<Detail>,
    b: Option<(Origin, Ms)>,
    l: Option<i64>,
    h: Option<(Ms, Word)>,
}

/// A word that is not among them would be read as unknown.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Q,
    S,
    R,
    P,
    K,
    V,
    C,
    A,
    X,
    Ok,
    No,
    #[serde(rename = "?")]
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Origin {
    T,
    D,
}

#[derive(Serialize, Deserialize)]
struct Detail {
    w: Option<String>,
    k: Option<String>,
    m: Option<String>,
    e: Option<String>,
    u: Option<String>,
}

/// Whether all that was read is in what was stored.
fn is_part(read: &Value, stored: &Value) -> bool {
    match (read, stored) {
        (Value::Object(read), Value::Object(stored)) => read.iter().all(|(key, value)| {
            stored.get(key).map_or_else(|| is_empty(value), |stored| is_part(value, stored))
        }),
        (Value::Array(read), Value::Array(stored)) => {
            read.len() == stored.len() && read.iter().zip(stored).all(|(a, b)| is_part(a, b))
        }
        _ => read == stored,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_previous_release_reads_what_this_one_stores(events in prop_oneof![history(), sixty_runs(), several_sources()]) {
        let json = pipeline(&events).to_json();
        let record: Record = serde_json::from_slice(&json).unwrap();
        let stored = serde_json::from_slice(&json).unwrap();
        let read = serde_json::to_value(record).unwrap();
        prop_assert!(is_part(&read, &stored), "read {}\nstored {}", read, stored);
    }
}
