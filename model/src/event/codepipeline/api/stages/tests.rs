use expect_test::{Expect, expect};

use super::{
    super::{
        Entry, Snapshot,
        tests::{NOON, action, check, check_of, entry, execution, home, snapshot, some, stage},
    },
    *,
};
use crate::{
    Pipeline,
    event::{Parsed, parse_value},
    pipeline::Applied,
};

fn open(name: &str) -> ActionState {
    ActionState { changed_ms: None, waits: true, ..action(name, "InProgress", 0) }
}

fn rule(name: &str, status: &str, second: i64) -> ActionState {
    ActionState {
        message: some("5 alarms"),
        error: some("JobFailed"),
        ..action(name, status, second)
    }
}

fn condition(check: Check, status: &str, rules: &[ActionState]) -> ConditionState {
    ConditionState { check, status: status.to_owned(), changed_ms: None, rules: rules.to_vec() }
}

/// A stage that the run has passed, as it was left at a second.
fn passed(name: &str, second: i64) -> StageState {
    stage(name, "r1", "Succeeded", &[action("Fetch", "Succeeded", second)])
}

#[test]
fn an_open_approval_without_a_time_waits_since_what_lies_before_it() {
    let gate = |actions: &[ActionState]| stage("Prod", "r1", "InProgress", actions);
    check(
        &[execution("InProgress")],
        &[passed("Source", 5), gate(&[open("Approve")])],
        &expect![[r#"
            r1 Started at 0, began 250 ms
            r1 Source Succeeded at 5
            r1 Source/Fetch Succeeded at 5, Source by CodeCommit
            r1 Prod/Approve Started at 5, Approval by Manual
        "#]],
    );
    // What was done before in its own stage, but not what an earlier run left there.
    check(
        &[execution("InProgress")],
        &[
            passed("Source", 5),
            gate(&[
                action("Plan", "Succeeded", 60),
                open("Approve"),
                action("Deploy", "Succeeded", -9),
            ]),
        ],
        &expect![[r#"
            r1 Started at 0, began 250 ms
            r1 Source Succeeded at 5
            r1 Source/Fetch Succeeded at 5, Source by CodeCommit
            r1 Prod/Approve Started at 60, Approval by Manual
        "#]],
    );
    check(
        &[execution("InProgress")],
        &[
            stage("Source", "r2", "Succeeded", &[action("Fetch", "Succeeded", 95)]),
            gate(&[open("Approve")]),
        ],
        &expect![[r#"
            r1 Started at 0, began 250 ms
            r1 Prod/Approve Started at 0, Approval by Manual
        "#]],
    );
    // After a retry it lies behind the failure.
    let again =
        StageState { retries: 1, ..gate(&[open("Approve"), action("Deploy", "Failed", 80)]) };
    check(
        &[execution("InProgress")],
        &[passed("Source", 5), again],
        &expect![[r#"
            r1 Resumed at 90, began 250 ms
            r1 Source Succeeded at 5
            r1 Source/Fetch Succeeded at 5, Source by CodeCommit
            r1 Prod Resumed at 90
            r1 Prod/Approve Started at 90, Approval by Manual
        "#]],
    );
}

#[test]
fn an_action_with_a_token_waits_whatever_else_is_missing() {
    let unknown = ActionState { status: String::new(), ..open("Ask") };
    let stages = [passed("Source", 5), stage("Later", "r1", "inProgress", &[unknown])];
    let facts = snapshot(&entry(), &[execution("InProgress")], &stages).facts;
    let approval = facts.iter().map(|fact| fact.detail.approval).max();
    assert_eq!((facts.len(), approval), (4, Some(Approval::Manual)));
    // Not if the definition has another kind of action, and not once the approval has ended.
    for no_approval in [
        ActionState { changed_ms: Some(NOON + 9000), ..open("Deploy") },
        ActionState {
            changed_ms: Some(NOON + 9000),
            status: "Abandoned".to_owned(),
            ..open("Ask")
        },
    ] {
        let stages = [stage("Prod", "r1", "InProgress", &[no_approval])];
        let facts = snapshot(&entry(), &[execution("InProgress")], &stages).facts;
        assert!(facts.iter().all(|fact| fact.detail.approval == Approval::None), "{facts:?}");
    }
}

#[test]
fn an_approval_beside_an_action_that_failed_waits_while_the_run_goes_on() {
    let half = [open("Approve"), action("Deploy", "Failed", 80)];
    check(
        &[execution("InProgress")],
        &[stage("Prod", "r1", "Failed", &half)],
        &expect![[r#"
            r1 Started at 0, began 250 ms
            r1 Prod Failed at 80
            r1 Prod/Deploy Failed at 80, Deploy by ECS
            r1 Prod/Approve Started at 80, Approval by Manual
        "#]],
    );
    check(
        &[execution("Failed")],
        &[stage("Prod", "r1", "Failed", &half)],
        &expect![[r#"
            r1 Failed at 90, began 250 ms
            r1 Prod Failed at 80
            r1 Prod/Deploy Failed at 80, Deploy by ECS
        "#]],
    );
}

#[test]
fn a_stage_fails_without_an_action_that_failed() {
    let failed = |conditions: &[ConditionState]| StageState {
        conditions: conditions.to_vec(),
        ..stage("Prod", "r1", "Failed", &[action("Deploy", "Succeeded", -70)])
    };
    let check = |conditions: &[ConditionState], expect: &Expect| {
        check(&[execution("Failed")], &[passed("Source", 5), failed(conditions)], expect);
    };
    let rules = [rule("IsOpen", "Succeeded", 60), rule("IsQuiet", "Failed", 85)];
    check(
        &[condition(Check::BeforeEntry, "Failed", &rules)],
        &expect![[r#"
            r1 Failed at 90, began 250 ms
            r1 Source Succeeded at 5
            r1 Source/Fetch Succeeded at 5, Source by CodeCommit
            r1 Prod Failed at 85
            r1 Prod/IsQuiet Failed at 85, Entry condition, 5 alarms, JobFailed
        "#]],
    );
    check(
        &[
            condition(Check::BeforeEntry, "Overridden", &[rule("IsQuiet", "Failed", 20)]),
            condition(Check::OnSuccess, "ERRORED", &[rule("IsFast", "Failed", 88)]),
            condition(Check::OnFailure, "Failed", &[rule("GoesBack", "Failed", 89)]),
        ],
        &expect![[r#"
            r1 Failed at 90, began 250 ms
            r1 Source Succeeded at 5
            r1 Source/Fetch Succeeded at 5, Source by CodeCommit
            r1 Prod Failed at 88
            r1 Prod/IsFast Failed at 88, Success condition, 5 alarms, JobFailed
        "#]],
    );
    // Rules without a time, and of an earlier run; no rules at all.
    let timeless = ActionState { changed_ms: None, ..rule("IsQuiet", "Failed", 0) };
    check(
        &[condition(Check::BeforeEntry, "Failed", &[timeless])],
        &expect![[r#"
            r1 Failed at 90, began 250 ms
            r1 Source Succeeded at 5
            r1 Source/Fetch Succeeded at 5, Source by CodeCommit
            r1 Prod Failed at 90
            r1 Prod/IsQuiet Failed at 90, Entry condition, 5 alarms, JobFailed
        "#]],
    );
    let without_a_rule = expect![[r#"
        r1 Failed at 90, began 250 ms
        r1 Source Succeeded at 5
        r1 Source/Fetch Succeeded at 5, Source by CodeCommit
        r1 Prod Failed at 90
    "#]];
    let earlier = condition(Check::BeforeEntry, "Failed", &[rule("IsQuiet", "Failed", -60)]);
    check(&[earlier], &without_a_rule);
    check(&[], &without_a_rule);
}

#[test]
fn what_failed_last_made_the_stage_fail() {
    let failed = StageState {
        conditions: vec![
            condition(Check::BeforeEntry, "Failed", &[rule("IsQuiet", "Failed", 20)]),
            condition(Check::OnFailure, "Failed", &[rule("GoesBack", "Failed", 89)]),
        ],
        ..stage("Prod", "r1", "Failed", &[action("Deploy", "Failed", 80)])
    };
    check(
        &[execution("Failed")],
        &[failed],
        &expect![[r#"
            r1 Failed at 90, began 250 ms
            r1 Prod Failed at 80
            r1 Prod/Deploy Failed at 80, Deploy by ECS
        "#]],
    );
}

#[test]
fn an_action_that_failed_without_a_time_failed_with_its_run() {
    let timeless = ActionState { changed_ms: None, ..action("Deploy", "Failed", 0) };
    check(
        &[execution("Failed")],
        &[stage("Prod", "r1", "Failed", std::slice::from_ref(&timeless))],
        &expect![[r#"
            r1 Failed at 90, began 250 ms
            r1 Prod Failed at 90
            r1 Prod/Deploy Failed at 90, Deploy by ECS
        "#]],
    );
    check(
        &[execution("Failed")],
        &[stage("Prod", "r1", "Failed", &[action("Approve", "Failed", 80), timeless])],
        &expect![[r#"
            r1 Failed at 90, began 250 ms
            r1 Prod Failed at 80
            r1 Prod/Approve Failed at 80, Approval by Manual
        "#]],
    );
}

#[test]
fn a_condition_that_is_being_checked_holds_the_run_in_its_stage() {
    let checking = StageState {
        conditions: vec![condition(
            Check::BeforeEntry,
            "InProgress",
            &[rule("IsMonday", "InProgress", 30)],
        )],
        ..stage("Prod", "r1", "InProgress", &[action("Deploy", "Succeeded", -70)])
    };
    check(
        &[execution("InProgress")],
        &[passed("Source", 5), checking],
        &expect![[r#"
            r1 Started at 0, began 250 ms
            r1 Source Succeeded at 5
            r1 Source/Fetch Succeeded at 5, Source by CodeCommit
            r1 Prod Started at 30
        "#]],
    );
}

#[test]
fn a_stage_is_skipped_when_its_condition_was_checked_or_the_one_before_ended() {
    let skipped = |conditions: &[ConditionState]| StageState {
        conditions: conditions.to_vec(),
        ..stage("Prod", "r1", "Skipped", &[action("Deploy", "Succeeded", -70)])
    };
    let rules = [rule("IsQuiet", "Failed", 6)];
    check(
        &[execution("Succeeded")],
        &[passed("Source", 5), skipped(&[condition(Check::BeforeEntry, "Failed", &rules)])],
        &expect![[r#"
            r1 Succeeded at 90, began 250 ms
            r1 Source Succeeded at 5
            r1 Source/Fetch Succeeded at 5, Source by CodeCommit
            r1 Prod Skipped at 6
        "#]],
    );
    check(
        &[execution("Succeeded")],
        &[passed("Source", 5), skipped(&[])],
        &expect![[r#"
            r1 Succeeded at 90, began 250 ms
            r1 Source Succeeded at 5
            r1 Source/Fetch Succeeded at 5, Source by CodeCommit
            r1 Prod Skipped at 5
        "#]],
    );
}

#[test]
fn a_run_that_passed_a_failed_stage_began_the_next_one() {
    let rules = [rule("IsQuiet", "Failed", 6)];
    let failed = StageState {
        conditions: vec![condition(Check::BeforeEntry, "Failed", &rules)],
        ..stage("Test", "r1", "Failed", &[])
    };
    let next = |actions: &[ActionState]| stage("Prod", "r1", "InProgress", actions);
    check(
        &[execution("InProgress")],
        &[failed.clone(), next(&[action("Deploy", "InProgress", 7)])],
        &expect![[r#"
            r1 Started at 0, began 250 ms
            r1 Test Failed at 6
            r1 Test/IsQuiet Failed at 6, Entry condition, 5 alarms, JobFailed
            r1 Prod Started at 7
            r1 Prod/Deploy Started at 7, Deploy by ECS
        "#]],
    );
    check(
        &[execution("InProgress")],
        &[failed, next(&[open("Approve")])],
        &expect![[r#"
            r1 Started at 0, began 250 ms
            r1 Test Failed at 6
            r1 Test/IsQuiet Failed at 6, Entry condition, 5 alarms, JobFailed
            r1 Prod Started at 6
            r1 Prod/Approve Started at 6, Approval by Manual
        "#]],
    );
}

#[test]
fn an_error_message_is_the_summary_of_an_action_without_one() {
    let failed = |summary: Option<&str>| ActionState {
        summary: summary.map(str::to_owned),
        message: some("exit status 2 of mail@example.org"),
        error: some("JobFailed"),
        ..action("Deploy", "Failed", 80)
    };
    let detail = |action| {
        let stages = [stage("Prod", "r1", "Failed", &[action])];
        let facts = snapshot(&entry(), &[execution("Failed")], &stages).facts;
        facts.last().map(|fact| (fact.detail.summary.clone(), fact.detail.error.clone()))
    };
    let error = || some("JobFailed");
    assert_eq!(detail(failed(None)), Some((some("exit status 2 of ***"), error())));
    assert_eq!(detail(failed(Some(" \n"))), Some((some("exit status 2 of ***"), error())));
    assert_eq!(detail(failed(Some("build failed"))), Some((some("build failed"), error())));
}

#[test]
fn in_parallel_mode_only_what_certainly_belongs_to_the_run_is_read() {
    let parallel = Entry { execution_mode: some("PARALLEL"), ..entry() };
    let prod = |status: &str, actions: &[ActionState]| [stage("Prod", "r1", status, actions)];
    check_of(
        &parallel,
        &[execution("InProgress")],
        &prod("InProgress", &[open("Approve"), action("Deploy", "Succeeded", 80)]),
        &expect![[r#"
            r1 Started at 0, began 250 ms
            r1 Prod/Approve Started at 0, Approval by Manual
        "#]],
    );
    check_of(
        &parallel,
        &[execution("InProgress")],
        &prod("InProgress", &[open("Approve"), action("Deploy", "InProgress", 80)]),
        &expect![[r#"
            r1 Started at 0, began 250 ms
        "#]],
    );
    check_of(
        &parallel,
        &[execution("Failed")],
        &prod("Failed", &[action("Approve", "Failed", 70), action("Deploy", "Failed", 80)]),
        &expect![[r#"
            r1 Failed at 90, began 250 ms
            r1 Prod Failed at 90
        "#]],
    );
    check_of(
        &parallel,
        &[execution("InProgress")],
        &prod("Failed", &[action("Deploy", "Failed", 80)]),
        &expect![[r#"
            r1 Started at 0, began 250 ms
        "#]],
    );
}

#[test]
fn of_a_run_that_was_not_found_only_open_actions_are_read() {
    check(
        &[],
        &[stage(
            "Prod",
            "r1",
            "InProgress",
            &[open("Approve"), action("Deploy", "Succeeded", -70)],
        )],
        &expect![[r#"
            r1 Prod/Approve Started at -70, Approval by Manual
        "#]],
    );
    check(&[], &[stage("Prod", "r1", "InProgress", &[open("Approve")])], &expect![""]);
    check(&[], &[stage("Prod", "r1", "Failed", &[action("Deploy", "Failed", 80)])], &expect![""]);
}

#[test]
fn states_are_spelled_in_many_ways() {
    for (word, expect) in [
        ("InProgress", State::Started),
        ("IN_PROGRESS", State::Started),
        ("in-progress", State::Started),
        ("STARTED", State::Started),
        ("Cancelled", State::Canceled),
        ("CANCELLED", State::Canceled),
        ("canceled", State::Canceled),
        ("Superseded", State::Superseded),
        ("STOPPED", State::Stopped),
        ("stopping", State::Stopping),
        ("SKIPPED", State::Skipped),
        ("Succeeded", State::Succeeded),
        ("FAILED", State::Failed),
        ("Abandoned", State::Abandoned),
        ("RESUMED", State::Resumed),
        ("", State::Unknown),
        ("In progress, nearly", State::Unknown),
    ] {
        assert_eq!(state(word), expect, "{word}");
    }
}

/// An event of r1 in Prod, at a second of the day that the answers are of.
fn event(level: &str, action: Option<&str>, state: &str, second: i64) -> Event {
    let time = Timestamp::from_unix_ms(NOON + second * 1000).unwrap().to_string();
    let category =
        if action == Some("Approve") { ("Approval", "Manual") } else { ("Deploy", "ECS") };
    let event = serde_json::json!({
        "source": "aws.codepipeline",
        "detail-type": format!("CodePipeline {level} Execution State Change"),
        "account": home().account,
        "region": home().region,
        "time": time,
        "detail": {
            "pipeline": "shop", "execution-id": "r1", "state": state, "stage": "Prod", "action": action,
            "type": { "category": category.0, "provider": category.1 },
        },
    });
    match parse_value(&event) {
        Ok(Parsed::Event(event)) => *event,
        other => panic!("no event: {other:?}"),
    }
}

fn answer(executions: &[Execution], stages: &[StageState]) -> Snapshot {
    snapshot(&entry(), executions, stages)
}

/// Checks that events and an answer give the same bytes in any order, also with the answer's observations in any order, and
/// that a repeated answer changes nothing. `learns`: whether the answer adds something to the events.
#[track_caller]
fn check_any_order(events: &[Event], answer: &Snapshot, learns: bool) {
    let new = || Pipeline::new(home().id("shop").unwrap());
    let count = events.len();
    let joined = |before: usize, turned: usize| {
        let mut pipeline = new();
        let mut answer = answer.clone();
        answer.facts.rotate_left(turned);
        let (first, last) = events.split_at(before);
        for event in first.iter().rev() {
            let _ = pipeline.apply(event.clone());
        }
        let applied = pipeline.reconcile(answer.clone());
        assert_eq!(pipeline.reconcile(answer), Applied::Stale, "asked twice");
        for event in last {
            let _ = pipeline.apply(event.clone());
        }
        (String::from_utf8(pipeline.to_json()).unwrap(), applied)
    };
    let (expect, _) = joined(0, 0);
    for before in 0..=count {
        for turned in 0..answer.facts.len().max(1) {
            assert_eq!(
                joined(before, turned).0,
                expect,
                "{before} events before, turned by {turned}"
            );
        }
    }
    let mut after = new();
    let known = Snapshot { facts: Vec::new(), ..answer.clone() };
    let _ = after.reconcile(known);
    for event in events {
        let _ = after.apply(event.clone());
    }
    let before = after.to_json();
    assert_eq!(after.reconcile(answer.clone()) == Applied::Changed, learns);
    assert_eq!(after.to_json() == before, !learns);
}

#[test]
fn events_and_answers_end_in_the_same_bytes_in_any_order() {
    let run = |status| Execution { trigger: None, ..execution(status) };
    let begun = |second| {
        let start = Timestamp::from_unix_ms(NOON + 250).unwrap();
        Event { started: Some(start), ..event("Pipeline", None, "STARTED", second) }
    };
    let gate = |status: &str, actions: &[ActionState]| vec![stage("Prod", "r1", status, actions)];
    let link = |events: &mut Vec<Event>, answer: &Snapshot| {
        // Each event of a Region with a known console has the link of its run.
        let url = answer.facts.iter().find_map(|fact| fact.run_url.clone());
        for event in events {
            event.run_url.clone_from(&url);
        }
    };
    let check = |events: Vec<Event>, answer: Snapshot, learns| {
        let mut events = events;
        link(&mut events, &answer);
        check_any_order(&events, &answer, learns);
    };
    let waiting = || {
        vec![
            begun(0),
            event("Stage", None, "STARTED", 6),
            event("Action", Some("Approve"), "STARTED", 7),
        ]
    };
    let approval = answer(&[run("InProgress")], &gate("InProgress", &[open("Approve")]));
    check(waiting(), approval.clone(), false);
    check(vec![begun(0)], approval.clone(), true);
    check(
        [waiting(), vec![event("Action", Some("Approve"), "SUCCEEDED", 50)]].concat(),
        approval,
        false,
    );
    let rejected = [
        waiting(),
        vec![
            event("Action", Some("Approve"), "FAILED", 70),
            event("Stage", None, "FAILED", 70),
            event("Pipeline", None, "FAILED", 70),
        ],
    ]
    .concat();
    let again = StageState { retries: 1, ..stage("Prod", "r1", "InProgress", &[open("Approve")]) };
    check(rejected, answer(&[run("InProgress")], &[again]), true);
    let broken = StageState {
        conditions: vec![condition(Check::BeforeEntry, "Failed", &[rule("IsQuiet", "Failed", 90)])],
        ..stage("Prod", "r1", "Failed", &[])
    };
    let by_condition =
        [begun(0), event("Stage", None, "FAILED", 90), event("Pipeline", None, "FAILED", 90)];
    check(by_condition.to_vec(), answer(&[run("Failed")], &[broken]), true);
    check(
        vec![
            begun(0),
            event("Stage", None, "SKIPPED", 6),
            event("Pipeline", None, "SUCCEEDED", 90),
        ],
        answer(&[run("Succeeded")], &gate("Skipped", &[])),
        false,
    );
}

#[test]
fn a_gate_behind_many_runs_gives_the_same_bytes_in_any_order() {
    let run = |number: i64, status: &str| Execution {
        id: format!("r{number:02}"),
        started_ms: Some(NOON + number * 60_000),
        updated_ms: Some(NOON + number * 60_000 + 30_000),
        ..execution(status)
    };
    let listed = (4..20).rev().map(|number| run(number, "Superseded"));
    let executions: Vec<_> =
        listed.chain([run(3, "InProgress"), run(2, "Failed"), run(1, "Succeeded")]).collect();
    let prod = stage("Prod", "r02", "Failed", &[action("Deploy", "Failed", 150)]);
    let stages = [stage("Gate", "r03", "InProgress", &[open("Approve")]), prod];
    check_any_order(&[], &answer(&executions, &stages), true);
}

#[test]
fn an_approval_that_waits_again_after_a_rejection_is_found_without_events() {
    let mut shop = Pipeline::new(home().id("shop").unwrap());
    for event in [
        event("Action", Some("Approve"), "FAILED", 70),
        event("Stage", None, "FAILED", 70),
        event("Pipeline", None, "FAILED", 70),
    ] {
        let _ = shop.apply(event);
    }
    let again = StageState { retries: 1, ..stage("Prod", "r1", "InProgress", &[open("Approve")]) };
    let _ = shop.reconcile(answer(&[execution("InProgress")], &[again]));
    let tile = shop.tile();
    assert_eq!((tile.status, tile.stage.as_deref()), (crate::Status::Waiting, Some("Prod")));
}
