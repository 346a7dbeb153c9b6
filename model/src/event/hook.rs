//! Hooks, which a CI posts by itself: which of them are events, and as how much of them.
//!
//! A hook's body is many times what its adapter reads, up to megabytes, and full of people and addresses. So an event carries
//! of it what the adapter names in its `HOOKS`, and no more. What is read of it is the same as of the whole body.

use serde_json::{Map, Value, json};

use super::{github, gitlab};
use crate::text::READ_MAX as TEXT_MAX;

/// An adapter's hooks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hooks {
    /// The envelope's `source`.
    pub(super) source: &'static str,
    /// The kinds that are events: their `detail-type`s.
    pub(super) kinds: &'static [&'static str],
    /// All that is read of a body, as paths of keys. Lists are gone through.
    pub(super) read: &'static [&'static str],
}

/// Who sends hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// github.com, and GitHub's server at one's own.
    GitHub,
    /// gitlab.com, and instances of one's own.
    GitLab,
}

impl Sender {
    /// The sender of this name, as it stands in a URL.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "github" => Some(Self::GitHub),
            "gitlab" => Some(Self::GitLab),
            _ => None,
        }
    }

    fn hooks(self) -> Hooks {
        match self {
            Self::GitHub => github::HOOKS,
            Self::GitLab => gitlab::HOOKS,
        }
    }
}

/// An event without what the bus writes on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The envelope's `source`.
    pub source: &'static str,
    /// The envelope's `detail-type`.
    pub detail_type: &'static str,
    /// What is read of the hook's body.
    pub detail: Value,
}

impl Entry {
    /// Whether a hook of this kind is an event.
    pub fn is_made_of(sender: Sender, kind: &str) -> bool {
        sender.hooks().kinds.contains(&kind)
    }

    /// The event that a hook of this kind with this body is, if it is one.
    pub fn of_hook(sender: Sender, kind: &str, body: &Value) -> Option<Self> {
        let Hooks { source, kinds, read } = sender.hooks();
        let detail_type = kinds.iter().find(|known| **known == kind)?;
        Some(Self { source, detail_type, detail: kept(body, read) })
    }

    /// The event as a bus of this account and Region would deliver it, but for its time: hooks tell theirs themselves.
    pub fn event(&self, account: &str, region: &str) -> Value {
        json!({ "source": self.source, "detail-type": self.detail_type, "account": account, "region": region, "detail": self.detail })
    }
}

/// What stands at `paths`. At a path's end an object is only there, empty, and a list has its first value alone: what counts
/// is whether it has any.
fn kept(value: &Value, paths: &[&str]) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter_map(|(key, value)| kept_field(key, value, paths))
                .collect::<Map<_, _>>(),
        ),
        Value::Array(values) if paths.is_empty() => {
            values.iter().take(1).map(|value| kept(value, paths)).collect()
        }
        Value::Array(values) => values.iter().map(|value| kept(value, paths)).collect(),
        Value::String(text) => Value::String(text.chars().take(TEXT_MAX).collect()),
        plain => plain.clone(),
    }
}

fn kept_field(key: &str, value: &Value, paths: &[&str]) -> Option<(String, Value)> {
    let below: Vec<&str> = paths.iter().filter_map(|path| path.strip_prefix(key)).collect();
    let deeper: Vec<&str> = below.iter().filter_map(|rest| rest.strip_prefix('.')).collect();
    let is_read = !value.is_null() && (!deeper.is_empty() || below.contains(&""));
    is_read.then(|| (key.to_owned(), kept(value, &deeper)))
}

#[cfg(test)]
mod tests {
    use super::super::{parse_value, tests::fixtures};
    use super::*;

    /// All hooks among the fixtures.
    fn hooks() -> Vec<(String, Sender, Value)> {
        let named = |name: &str| Sender::named(name.split('/').next()?);
        let hooks =
            fixtures().into_iter().filter_map(|(name, json)| Some((named(&name)?, name, json)));
        hooks
            .map(|(sender, name, json)| (name, sender, serde_json::from_str(&json).unwrap()))
            .collect()
    }

    fn entry(sender: Sender, event: &Value) -> Option<Entry> {
        Entry::of_hook(sender, event["detail-type"].as_str().unwrap(), &event["detail"])
    }

    #[test]
    fn what_is_read_of_a_shortened_hook_is_what_is_read_of_the_whole() {
        let mut entries = 0;
        for (name, sender, event) in hooks() {
            let Some(entry) = entry(sender, &event) else {
                assert!(name.contains("/ignored-"), "{name}");
                continue;
            };
            let short =
                entry.event(event["account"].as_str().unwrap(), event["region"].as_str().unwrap());
            assert_eq!(parse_value(&short), parse_value(&event), "{name}");
            let (length, whole) =
                (short["detail"].to_string().len(), event["detail"].to_string().len());
            assert!(length * 2 < whole, "{name}: {length} of {whole} bytes");
            entries += 1;
        }
        assert!(entries > 25, "{entries}");
    }

    /// Every place of a value, as a pointer.
    fn places(value: &Value, path: &str, into: &mut Vec<String>) {
        into.push(path.to_owned());
        match value {
            Value::Object(map) => {
                map.iter().for_each(|(key, value)| places(value, &format!("{path}/{key}"), into));
            }
            Value::Array(values) => values
                .iter()
                .enumerate()
                .for_each(|(index, value)| places(value, &format!("{path}/{index}"), into)),
            _ => {}
        }
    }

    #[test]
    fn a_hook_that_is_broken_anywhere_is_broken_in_the_same_way_when_shortened() {
        for (name, sender, event) in hooks() {
            let mut pointers = Vec::new();
            places(&event["detail"], "/detail", &mut pointers);
            for pointer in pointers.iter().skip(1) {
                for value in [
                    json!(null),
                    json!(5),
                    json!(""),
                    json!([{}]),
                    json!({ "a": 1 }),
                    json!(true),
                    json!("x".repeat(TEXT_MAX + 1)),
                ] {
                    let mut broken = event.clone();
                    *broken.pointer_mut(pointer).unwrap() = value;
                    let Some(entry) = entry(sender, &broken) else {
                        continue;
                    };
                    let short = entry.event(
                        event["account"].as_str().unwrap(),
                        event["region"].as_str().unwrap(),
                    );
                    assert_eq!(parse_value(&short), parse_value(&broken), "{name} {pointer}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_kept_that_is_not_read() {
        for (name, sender, event) in hooks() {
            let Some(entry) = entry(sender, &event) else {
                continue;
            };
            for secret in [
                "email",
                "swordfish",
                "c0ffee00",
                "avatar",
                "variables",
                "runner_name",
                "runner_group",
                "Set up job",
                "login",
            ] {
                assert!(
                    !entry.detail.to_string().contains(secret),
                    "{name} keeps {secret}: {}",
                    entry.detail
                );
            }
        }
    }

    /// Else a list would grow old.
    #[test]
    fn every_path_is_one_of_a_fixture() {
        fn has(value: &Value, path: &str) -> bool {
            match value {
                Value::Array(values) => values.iter().any(|value| has(value, path)),
                _ => match path.split_once('.') {
                    Some((key, rest)) => value.get(key).is_some_and(|value| has(value, rest)),
                    None => value.get(path).is_some(),
                },
            }
        }
        let hooks = hooks();
        for sender in [Sender::GitHub, Sender::GitLab] {
            for path in sender.hooks().read {
                assert!(
                    hooks.iter().any(|(_, of, event)| *of == sender && has(&event["detail"], path)),
                    "{sender:?}: {path}"
                );
            }
        }
    }

    #[track_caller]
    fn check(body: &Value, paths: &[&str], expect: &Value) {
        assert_eq!(&kept(body, paths), expect, "{body}");
    }

    #[test]
    fn keys_and_lists_are_gone_through() {
        let body =
            json!({ "a": 1, "b": { "c": "x", "d": [{ "e": 1, "f": 2 }, 5] }, "bc": 2, "g": null });
        check(&body, &["a", "g"], &json!({ "a": 1 }));
        check(&body, &["b.c", "b.d.e"], &json!({ "b": { "c": "x", "d": [{ "e": 1 }, 5] } }));
        check(&body, &["b"], &json!({ "b": {} }));
        check(&body, &["b.d"], &json!({ "b": { "d": [{}] } }));
        check(&json!({ "a": [], "b": ["x", "y"] }), &["a", "b"], &json!({ "a": [], "b": ["x"] }));
        check(&body, &["b.d", "b.d.e.z"], &json!({ "b": { "d": [{ "e": 1 }, 5] } }));
        check(&body, &[], &json!({}));
        check(&json!("é".repeat(TEXT_MAX + 1)), &["a"], &json!("é".repeat(TEXT_MAX)));
        check(&json!([[[{ "a": [] }]]]), &["a"], &json!([[[{ "a": [] }]]]));
    }

    #[test]
    fn a_hook_with_a_thousand_jobs_and_a_book_for_a_message_becomes_short() {
        let (_, sender, mut event) =
            hooks().into_iter().find(|(name, ..)| name == "gitlab/pipeline-running").unwrap();
        let job = event["detail"]["builds"][0].clone();
        event["detail"]["builds"] = vec![job; 1_000].into();
        event["detail"]["commit"]["message"] = "Call me Ishmael. ".repeat(20_000).into();
        let entry = entry(sender, &event).unwrap();
        assert!(entry.detail.to_string().len() < 200_000, "{}", entry.detail.to_string().len());
        assert_eq!(parse_value(&entry.event("111122223333", "eu-west-1")), parse_value(&event));
    }
}
