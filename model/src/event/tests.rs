//! Every kind of event as a fixture with what is read of it beside it, and the rules as tables.

use std::{collections::BTreeMap, fs, path::Path};

use expect_test::expect_file;
use serde_json::{Value, json};

use super::*;

/// Paths below `tests/fixtures` without their ending, and what stands there.
pub(super) fn fixtures() -> BTreeMap<String, String> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let files = |folder: &Path| {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let json = files(Path::new(root))
        .into_iter()
        .flat_map(|folder| files(&folder))
        .filter(|path| path.extension().is_some_and(|end| end == "json"));
    json.map(|path| {
        let name = path.strip_prefix(root).unwrap().with_extension("");
        (name.to_str().unwrap().replace('\\', "/"), fs::read_to_string(&path).unwrap())
    })
    .collect()
}

pub(super) fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The fixture with one value put in place of another; `null` is as good as missing.
pub(super) fn with(name: &str, pointer: &str, value: Value) -> Value {
    let mut event = fixture(name);
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key.to_owned(), value);
    event
}

#[track_caller]
pub(super) fn read(event: &Value) -> Event {
    match parse_value(event) {
        Ok(Parsed::Event(event)) => *event,
        other => panic!("no event: {other:?}"),
    }
}

/// A fixture whose name begins with `ignored-` is none of ours; every other one is an event.
#[test]
fn every_kind_of_event_is_read() {
    for (name, json) in fixtures() {
        let parsed = parse(json.as_bytes());
        match &parsed {
            Ok(Parsed::Event(_)) => assert!(!name.contains("/ignored-"), "{name} is an event"),
            Ok(Parsed::Ignored(ignored)) => {
                assert!(name.contains("/ignored-"), "{name}: {parsed:?}");
                check_documented(&ignored.reason);
            }
            Err(rejected) => panic!("{name}: {rejected}"),
        }
        expect_file![format!("../../tests/fixtures/{name}.event")].assert_debug_eq(&parsed);
    }
}

/// Hooks are sent again, with other deliveries around them.
#[test]
fn a_hook_that_is_sent_again_is_the_same_event() {
    for (name, json) in fixtures() {
        let mut again: Value = serde_json::from_str(&json).unwrap();
        again["time"] = json!("2026-12-24T18:00:00Z");
        again["id"] = json!("another delivery");
        if ["cdevents/", "github/", "gitlab/"].iter().any(|source| name.starts_with(source)) {
            assert_eq!(parse_value(&again), parse(json.as_bytes()), "{name}");
        }
    }
}

/// What stands in fixtures and in nothing that is read of them.
const SECRETS: [&str; 8] = [
    "c0ffee00",
    "@example.com",
    "assumed-role",
    "connectionArn",
    "codeconnections",
    "kmensah",
    "wrong branch",
    "swordfish",
];

#[test]
fn tokens_people_and_connections_are_not_kept() {
    for (name, json) in fixtures() {
        let kept = format!("{:?}", parse(json.as_bytes()));
        for secret in SECRETS {
            assert!(!kept.contains(secret), "{name} keeps {secret}: {kept}");
        }
    }
}

#[track_caller]
fn check_attempt(attempt: Value, expect: Result<u32, &str>) {
    let event = with(
        "codepipeline/pipeline-failed-without-trigger",
        "/detail/pipeline-execution-attempt",
        attempt,
    );
    let read = match parse_value(&event) {
        Ok(Parsed::Event(event)) => Ok(event.attempt),
        Ok(ignored) => panic!("{ignored:?}"),
        Err(rejected) => Err(rejected.to_string()),
    };
    assert_eq!(
        read,
        expect.map_err(|problem| format!("detail.pipeline-execution-attempt: {problem}"))
    );
}

#[test]
fn attempts_come_as_floats_integers_and_texts() {
    const RANGE: &str = "no whole number from 0 to 10000";
    check_attempt(json!(3), Ok(3));
    check_attempt(json!(3.0), Ok(3));
    check_attempt(json!("3"), Ok(3));
    check_attempt(json!(" 3.0 "), Ok(3));
    check_attempt(json!(10_000), Ok(10_000));
    for nothing in [json!(0), json!(0.0), json!("0"), json!(null)] {
        check_attempt(nothing, Ok(1));
    }
    for absurd in [
        json!(10_001),
        json!(1e308),
        json!(-1),
        json!(1.5),
        json!("NaN"),
        json!("inf"),
        json!(""),
        json!("1e2"),
        json!("one"),
    ] {
        check_attempt(absurd, Err(RANGE));
    }
    check_attempt(json!([1]), Err("not a number"));
    check_attempt(json!({}), Err("not a number"));
    check_attempt(json!(true), Err("not a number"));
}

#[track_caller]
pub(super) fn check_rejected(event: &Value, expect: &str) {
    assert_eq!(parse_value(event).unwrap_err().to_string(), expect);
}

#[test]
fn what_is_broken_is_rejected_by_path() {
    let action = |pointer, value| with("codepipeline/action-failed", pointer, value);
    check_rejected(&action("/detail/execution-id", json!(null)), "detail.execution-id: missing");
    check_rejected(&action("/detail/execution-id", json!(7)), "detail.execution-id: not a text");
    check_rejected(&action("/detail/execution-id", json!("")), "detail.execution-id: empty");
    check_rejected(&action("/detail/pipeline", json!(["a"])), "detail.pipeline: not a text");
    check_rejected(
        &action("/detail/pipeline", json!("\u{202E}pohs")),
        "detail.pipeline: has control or invisible characters",
    );
    check_rejected(
        &action("/detail/pipeline", json!("x".repeat(10_000))),
        "detail.pipeline: longer than 255 characters",
    );
    check_rejected(
        &action("/detail/pipeline", json!("店".repeat(200))),
        "detail.pipeline: the pipeline's id is longer than 512 bytes once encoded",
    );
    check_rejected(&action("/detail/stage", json!(null)), "detail.stage: missing");
    check_rejected(&action("/detail/action", json!(" ")), "detail.action: empty");
    check_rejected(&action("/detail/state", json!(null)), "detail.state: missing");
    check_rejected(&action("/detail", json!("text")), "detail: not an object");
    check_rejected(&action("/detail", json!(null)), "detail: missing");
    check_rejected(&action("/time", json!(null)), "time: missing");
    check_rejected(
        &action("/time", json!("yesterday")),
        "time: no RFC 3339 time between 1970 and 9999",
    );
    check_rejected(&action("/time", json!(1e308)), "time: not a text");
    check_rejected(&action("/region", json!(null)), "region: missing");
    check_rejected(&action("/account", json!(111_122_223_333_u64)), "account: not a text");
    check_rejected(
        &action("/source", json!(null)),
        "source: missing, so this is no event of EventBridge",
    );
    check_rejected(&action("/detail-type", json!(null)), "detail-type: missing");
    check_rejected(&json!([fixture("codepipeline/action-failed")]), "event: not an object");
    check_rejected(&json!(null), "event: not an object");
}

#[track_caller]
fn check_not_json(json: &[u8], expect: &str) {
    let rejected = parse(json).unwrap_err();
    assert!(
        rejected.to_string().starts_with("event: not JSON: ") && rejected.problem.contains(expect),
        "{rejected}"
    );
}

#[test]
fn what_is_no_json_is_rejected() {
    check_not_json(b"", "EOF");
    check_not_json(b"\xFF\xFE", "expected value");
    check_not_json(b"{\"source\": \"\xFF\"}", "invalid unicode");
    check_not_json(b"{\"source\": \"\\ud800\"}", "hex escape");
    check_not_json(b"{\"time\": 1e999}", "number out of range");
    check_not_json("[".repeat(100_000).as_bytes(), "recursion limit");
    check_not_json(b"{} {}", "trailing");
}

#[track_caller]
pub(super) fn check_ignored(event: &Value, expect: &str) {
    match parse_value(event) {
        Ok(Parsed::Ignored(ignored)) => assert_eq!(ignored.reason, expect),
        other => panic!("not ignored: {other:?}"),
    }
    check_documented(expect);
}

/// Every reason stands in a table of `docs/sources.md`, with an ellipsis for what the event says.
#[track_caller]
fn check_documented(reason: &str) {
    let words = reason
        .split('"')
        .enumerate()
        .map(|(place, words)| if place % 2 == 1 { "\"…\"" } else { words });
    let reason = format!("*{}*", words.collect::<String>());
    let mut rows =
        include_str!("../../../docs/sources.md").lines().filter(|line| line.starts_with('|'));
    assert!(rows.any(|row| row.contains(&reason)), "docs/sources.md has no row with {reason}");
}

#[test]
fn what_is_not_ours_is_ignored_with_a_reason() {
    let action = |pointer, value| with("codepipeline/action-failed", pointer, value);
    check_ignored(&action("/source", json!("aws.ec2")), r#"source "aws.ec2" is not followed"#);
    check_ignored(
        &action("/source", json!("a\nb\u{202E}".to_owned() + &"c".repeat(500))),
        r#"source "a" is not followed"#,
    );
    check_ignored(
        &action("/detail-type", json!("CodePipeline Weather Change")),
        r#"detail-type "CodePipeline Weather Change" of source "aws.codepipeline" is not followed"#,
    );
    check_ignored(
        &json!({"source": "x", "time": "never", "detail": 5, "detail-type": 1}),
        r#"source "x" is not followed"#,
    );
    let notification = "a notification rule's message, not an event";
    check_ignored(
        &action("/notificationRuleArn", json!("arn:aws:codestar-notifications:x")),
        notification,
    );
    let mut message = action("/detailType", json!("CodePipeline Action Execution State Change"));
    message.as_object_mut().unwrap().remove("detail-type");
    check_ignored(&message, notification);
}

#[test]
fn what_is_optional_and_broken_counts_as_absent() {
    let broken =
        [json!(null), json!(1e308), json!("never"), json!([[]]), json!({"a": null}), json!(true)];
    for name in [
        "codepipeline/pipeline-succeeded",
        "codepipeline/source-github-connection",
        "codepipeline/action-failed",
    ] {
        let whole = read(&fixture(name));
        for pointer in [
            "/detail/start-time",
            "/detail/execution-trigger",
            "/detail/execution-result",
            "/detail/type",
            "/detail/version",
            "/resources",
        ] {
            for value in &broken {
                let event = read(&with(name, pointer, value.clone()));
                assert_eq!(
                    (&event.pipeline, &event.run, &event.subject, event.state),
                    (&whole.pipeline, &whole.run, &whole.subject, whole.state)
                );
            }
        }
    }
    let event =
        read(&with("codepipeline/pipeline-succeeded", "/detail/start-time", json!("never")));
    assert_eq!(event.started, None);
}

#[test]
fn a_start_after_the_events_own_time_is_a_mistake() {
    let started = |start: &str| {
        read(&with("codepipeline/pipeline-started", "/detail/start-time", json!(start)))
            .started
            .map(|start| start.to_string())
    };
    assert_eq!(started("2026-11-23T09:14:02.999Z").as_deref(), Some("2026-11-23T09:14:02.999Z"));
    assert_eq!(started("2026-11-23T09:15:02Z").as_deref(), Some("2026-11-23T09:15:02Z"));
    assert_eq!(started("2026-11-23T09:15:02.001Z"), None);
    assert_eq!(started("2027-11-23T09:14:02Z"), None);
}

#[test]
fn a_git_trigger_is_trusted_by_when_it_is_told() {
    let source = |state: &str| {
        read(&with("codepipeline/pipeline-succeeded", "/detail/state", json!(state)))
            .change
            .map(|(source, _)| source)
    };
    assert_eq!(source("STARTED"), Some(ChangeSource::StartTrigger));
    assert_eq!(source("SUPERSEDED"), Some(ChangeSource::GitTrigger));
    assert_eq!(source("FAILED"), Some(ChangeSource::GitTrigger));
}

#[test]
fn only_a_manual_approval_waits_for_a_person() {
    let approval = |category: &str, provider: &str| {
        let mut event = fixture("codepipeline/approval-started");
        event["detail"]["type"] = json!({"category": category, "provider": provider});
        read(&event).detail.approval
    };
    assert_eq!(approval("Approval", "Manual"), Approval::Manual);
    assert_eq!(approval("Approval", "Robot"), Approval::None);
    assert_eq!(approval("Invoke", "Manual"), Approval::None);
}

#[test]
fn the_last_of_duplicate_keys_counts() {
    let json = include_str!("../../tests/fixtures/codepipeline/pipeline-started.json")
        .replace("\"state\": \"STARTED\"", "\"state\": \"FAILED\", \"state\": \"STOPPED\"");
    let Ok(Parsed::Event(event)) = parse(json.as_bytes()) else { panic!("no event") };
    assert_eq!(event.state, State::Stopped);
}

#[test]
fn what_a_failed_source_says_names_no_connection() {
    let said = "Unable to use Connection: arn:aws:codestar-connections:eu-west-1:111122223333:connection/aEXAMPLE-8aad. \
                The provided role does not have sufficient permissions.";
    let mut event = with("codepipeline/source-github-connection", "/detail/state", json!("FAILED"));
    event["detail"]["execution-result"] =
        json!({ "external-execution-summary": said, "error-code": "PermissionError" });
    let shown = "Unable to use Connection: arn:aws:codestar-connections:eu-west-1:***. The provided role does not have sufficient permissions.";
    assert_eq!(read(&event).detail.summary.as_deref(), Some(shown));
}

#[test]
fn summaries_that_only_look_like_json_are_texts() {
    let message = |summary: &str| {
        let event = with(
            "codepipeline/source-github-connection",
            "/detail/execution-result/external-execution-summary",
            json!(summary),
        );
        read(&event).change.and_then(|(_, change)| change.message)
    };
    assert_eq!(message("{broken").as_deref(), Some("{broken"));
    assert_eq!(message("[1]").as_deref(), Some("[1]"));
    assert_eq!(message("{\"ProviderType\":\"GitHub\"}"), None);
    assert_eq!(
        message(&"{\"a\":".repeat(500)).map(|message| message.chars().count()),
        Some(text::MESSAGE_CAP)
    );
}
