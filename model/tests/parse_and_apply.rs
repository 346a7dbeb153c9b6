//! The fuzz target's loop on stable: fixtures, mutated by a seeded generator, through the whole model.

#[path = "../fuzz/exercise.rs"]
mod exercise;

use std::path::PathBuf;

use fastrand::Rng;
use serde_json::{Value, json};

use exercise::{SEPARATOR, parse_and_apply};

const ROUNDS: u64 = 40_000;

/// Numbers, texts and shapes that break readers.
fn odd_value(random: &mut Rng) -> Value {
    let odd = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e308),
        json!(u64::MAX),
        json!([]),
        json!({}),
        json!([null, [[]], {"a": {}}]),
        json!(""),
        json!(" "),
        json!("1.0"),
        json!("NaN"),
        json!("2026-04-31T25:61:61Z"),
        json!("9999-12-31T23:59:59.999Z"),
        json!("1970-01-01T00:00:00Z"),
        json!("2026-11-23T09:14:02.120+23:59"),
        json!("<script>alert(1)</script>"),
        json!("a\u{0}b\u{202E}c\u{FFFF}\u{1F468}\u{200D}\u{1F680}"),
        json!("{\"ProviderType\":\"GitHub\",\"CommitMessage\":{}}"),
        json!("ada@example.org token=ghp_0123456789abcdefghijABCDEFGHIJ012345 https://u:p@h/"),
        json!("https://x.example/settings/connections/redirect?FullRepositoryId=&Commit="),
        json!("SUCCEEDED"),
        json!("RESUMED"),
        json!("STOPPING"),
        json!("CodePipeline Action Execution State Change"),
        json!("completed"),
        json!("waiting"),
        json!("manual"),
        json!("main"),
        json!("dev.cdevents.taskrun.finished.0.3.0"),
        json!("2026-11-23 09:14:02 UTC"),
        json!("Nov 23, 2026 9:14:02\u{202F}AM"),
        json!("job/%E2/job/%/job/main/"),
        json!("arn:aws:codebuild:::build/:"),
        json!(1_795_425_642_120.0),
        json!("\u{5E97}".repeat(300)),
        json!("x ".repeat(5_000)),
    ];
    let place = random.usize(..odd.len());
    odd.into_iter().nth(place).unwrap_or_default()
}

/// Changes one place of a value, any number of levels down.
fn mutate(value: &mut Value, random: &mut Rng) {
    match value {
        Value::Object(map) if !map.is_empty() && random.u8(..8) > 0 => {
            let Some(key) = map.keys().nth(random.usize(..map.len())).cloned() else {
                return;
            };
            match random.u8(..6) {
                0 => drop(map.remove(&key)),
                1 => {
                    let moved = map.remove(&key).unwrap_or_default();
                    map.insert(odd_value(random).as_str().unwrap_or("detail").to_owned(), moved);
                }
                _ => map.get_mut(&key).into_iter().for_each(|inner| mutate(inner, random)),
            }
        }
        Value::Array(list) if !list.is_empty() && random.bool() => {
            let index = random.usize(..list.len());
            list.get_mut(index).into_iter().for_each(|inner| mutate(inner, random));
        }
        Value::String(text) if random.bool() => {
            let at =
                text.char_indices().map(|(at, _)| at).nth(random.usize(..=text.len())).unwrap_or(0);
            if random.bool() {
                text.truncate(at);
            } else {
                text.insert(at, random.char(..));
            }
        }
        whole => *whole = odd_value(random),
    }
}

/// Changes bytes without regard to what they mean.
fn damage(bytes: &mut Vec<u8>, random: &mut Rng) {
    if bytes.is_empty() {
        return;
    }
    let at = random.usize(..bytes.len());
    match random.u8(..5) {
        0 => bytes.truncate(at),
        1 => drop(bytes.remove(at)),
        2 => bytes.insert(at, random.u8(..)),
        3 => bytes.splice(at..at, b"[[{\"".repeat(random.usize(..200))).for_each(drop),
        _ => bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << random.u8(..8)),
    }
}

#[cfg(test)]
fn fixtures() -> Vec<Value> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut paths: Vec<PathBuf> = root
        .read_dir()
        .unwrap()
        .flat_map(|folder| folder.unwrap().path().read_dir().unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
        .collect()
}

#[test]
fn nothing_breaks_the_model() {
    let fixtures = fixtures();
    for seed in 0..ROUNDS {
        let mut random = Rng::with_seed(seed);
        let mut bytes = Vec::new();
        for _ in 0..random.u8(1..5) {
            let mut event = fixtures[random.usize(..fixtures.len())].clone();
            for _ in 0..random.u8(..4) {
                mutate(&mut event, &mut random);
            }
            bytes.extend(serde_json::to_vec(&event).unwrap());
            bytes.push(SEPARATOR);
        }
        if random.u8(..4) == 0 {
            damage(&mut bytes, &mut random);
        }
        let outcome = std::panic::catch_unwind(|| parse_and_apply(&bytes));
        assert!(
            outcome.is_ok(),
            "seed {seed} broke the model with {}",
            String::from_utf8_lossy(&bytes)
        );
    }
}
