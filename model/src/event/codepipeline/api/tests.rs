use std::fmt::Write;

use expect_test::{Expect, expect};

use super::*;
use crate::Pipeline;

/// Noon of one day, in milliseconds.
pub(super) const NOON: i64 = 1_793_620_800_000;

pub(super) fn home() -> Home {
    Home::of_arn("arn:aws:lambda:eu-north-1:210987654321:function:pipelines-dashboard").unwrap()
}

pub(super) fn entry() -> Entry {
    Entry {
        name: "shop".to_owned(),
        version: 3,
        updated_ms: NOON,
        created_ms: None,
        execution_mode: Some("SUPERSEDED".to_owned()),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what is optional reads better so")]
pub(super) fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(super) fn execution(status: &str) -> Execution {
    Execution {
        id: "r1".to_owned(),
        status: status.to_owned(),
        started_ms: Some(NOON + 250),
        updated_ms: Some(NOON + 90_750),
        ..Execution::default()
    }
}

pub(super) fn action(name: &str, status: &str, second: i64) -> ActionState {
    ActionState {
        name: name.to_owned(),
        status: status.to_owned(),
        changed_ms: Some(NOON + second * 1000 + 900),
        ..ActionState::default()
    }
}

pub(super) fn stage(name: &str, run: &str, status: &str, actions: &[ActionState]) -> StageState {
    StageState {
        name: name.to_owned(),
        execution: Some((run.to_owned(), status.to_owned())),
        actions: actions.to_vec(),
        ..StageState::default()
    }
}

fn declared() -> Declared {
    let action = |name: &str, category: &str, provider: &str| ActionDeclaration {
        name: name.to_owned(),
        category: some(category),
        provider: some(provider),
    };
    let stages = [
        StageDeclaration {
            name: "Source".to_owned(),
            actions: vec![action("Fetch", "Source", "CodeCommit")],
        },
        StageDeclaration {
            name: "Prod".to_owned(),
            actions: vec![
                action("Approve", "Approval", "Manual"),
                action("Deploy", "Deploy", "ECS"),
            ],
        },
    ];
    home().declared(&entry(), &stages).unwrap()
}

pub(super) fn snapshot(entry: &Entry, executions: &[Execution], stages: &[StageState]) -> Snapshot {
    let id = home().id(&entry.name).unwrap();
    home().snapshot(&id, Answers { entry, declared: Some(&declared()), executions, stages })
}

/// The facts, one a line: about what, its state and second, and what else it says.
#[track_caller]
pub(super) fn check(executions: &[Execution], stages: &[StageState], expect: &Expect) {
    check_of(&entry(), executions, stages, expect);
}

#[track_caller]
pub(super) fn check_of(
    entry: &Entry,
    executions: &[Execution],
    stages: &[StageState],
    expect: &Expect,
) {
    let mut text = String::new();
    for fact in snapshot(entry, executions, stages).facts {
        match &fact.subject {
            Subject::Run => write!(text, "{}", fact.run),
            Subject::Stage(stage) => write!(text, "{} {stage}", fact.run),
            Subject::Action { stage, action } => write!(text, "{} {stage}/{action}", fact.run),
        }
        .unwrap();
        write!(text, " {:?} at {}", fact.state, (fact.time.unix_ms() - NOON) / 1000).unwrap();
        assert_eq!(fact.time.unix_ms() % 1000, 0, "whole seconds, as events have them");
        if let Some(started) = fact.started {
            write!(text, ", began {} ms", started.unix_ms() - NOON).unwrap();
        }
        let (source, change) =
            fact.change.map_or((None, None), |(source, change)| (Some(source), Some(change)));
        let source = source.filter(|source| *source == ChangeSource::Artifact);
        let change = change
            .into_iter()
            .flat_map(|change| [change.message, change.revision, change.url])
            .flatten();
        let said = [
            fact.trigger,
            fact.detail.kind,
            fact.detail.summary,
            fact.detail.error,
            fact.detail.url,
        ];
        for said in said.into_iter().flatten().chain(change) {
            write!(text, ", {said}").unwrap();
        }
        if source.is_some() {
            text.push_str(" (an artifact)");
        }
        text.push('\n');
    }
    expect.assert_eq(&text);
}

#[test]
fn runs_are_told_as_of_their_last_change_and_under_way_as_of_their_start() {
    check(
        &[execution("InProgress")],
        &[],
        &expect![[r#"
        r1 Started at 0, began 250 ms
    "#]],
    );
    check(
        &[execution("Succeeded")],
        &[],
        &expect![[r#"
        r1 Succeeded at 90, began 250 ms
    "#]],
    );
    check(
        &[execution("Cancelled")],
        &[],
        &expect![[r#"
        r1 Canceled at 90, began 250 ms
    "#]],
    );
    check(
        &[execution("Stopping")],
        &[],
        &expect![[r#"
        r1 Stopping at 90, began 250 ms
    "#]],
    );
    check(
        &[execution("Superseded")],
        &[],
        &expect![[r#"
        r1 Superseded at 90, began 250 ms
    "#]],
    );
    check(
        &[execution("Rejoicing")],
        &[],
        &expect![[r#"
        r1 Unknown at 90, began 250 ms
    "#]],
    );
    check(
        &[Execution { updated_ms: None, ..execution("Failed") }],
        &[],
        &expect![[r#"
        r1 Failed at 0, began 250 ms
    "#]],
    );
}

#[test]
fn what_is_broken_is_absent() {
    check(&[Execution { started_ms: None, ..execution("Failed") }], &[], &expect![""]);
    check(&[Execution { started_ms: Some(i64::MIN), ..execution("Failed") }], &[], &expect![""]);
    check(&[Execution { id: String::new(), ..execution("Failed") }], &[], &expect![""]);
    check(&[Execution { id: "r\u{202E}1".to_owned(), ..execution("Failed") }], &[], &expect![""]);
    let nameless = stage("", "r1", "Succeeded", &[action("Deploy", "Succeeded", 5)]);
    let timeless = stage(
        "Prod",
        "r1",
        "Succeeded",
        &[ActionState { changed_ms: Some(i64::MAX), ..action("Deploy", "Succeeded", 5) }],
    );
    check(
        &[execution("Succeeded")],
        &[nameless, timeless, StageState::default()],
        &expect![[r#"
        r1 Succeeded at 90, began 250 ms
    "#]],
    );
}

#[test]
fn an_action_of_an_earlier_run_is_not_this_ones() {
    let earlier = ActionState { changed_ms: Some(NOON - 1), ..action("Deploy", "Failed", 0) };
    let same_second = ActionState { changed_ms: Some(NOON), ..action("Deploy", "Failed", 0) };
    check(
        &[execution("Failed")],
        &[stage("Prod", "r1", "Failed", &[earlier])],
        &expect![[r#"
            r1 Failed at 90, began 250 ms
            r1 Prod Failed at 90
        "#]],
    );
    check(
        &[execution("Failed")],
        &[stage("Prod", "r1", "Failed", &[same_second])],
        &expect![[r#"
        r1 Failed at 90, began 250 ms
        r1 Prod Failed at 0
        r1 Prod/Deploy Failed at 0, Deploy by ECS
    "#]],
    );
}

#[test]
fn texts_are_capped_and_cleaned() {
    let revision = Revision {
        action: "Fetch".to_owned(),
        id: some("9f3c1e0b6a7d4c2f8e5b1a0d9c8b7a6f5e4d3c2b"),
        summary: some(
            r#"{"ProviderType":"GitHub","CommitMessage":"Cap retries\n\nby ada@example.org"}"#,
        ),
        url: some(
            "https://eu-north-1.console.aws.amazon.com/codesuite/settings/connections/redirect?connectionArn=arn:aws:x&referenceType=COMMIT&FullRepositoryId=acme%2Fshop&Commit=9f3c1e0b6a7d4c2f8e5b1a0d9c8b7a6f5e4d3c2b",
        ),
    };
    let told = Execution {
        trigger: some("Webhook\u{202E}\nmore"),
        revisions: vec![Revision::default(), revision],
        ..execution("Succeeded")
    };
    check(
        &[told],
        &[],
        &expect![[r#"
        r1 Succeeded at 90, began 250 ms, Webhook, Cap retries, 9f3c1e0, https://github.com/acme/shop/commit/9f3c1e0b6a7d4c2f8e5b1a0d9c8b7a6f5e4d3c2b
    "#]],
    );
    let failed = ActionState {
        summary: some(
            "exit code 2 of arn:aws:iam::111122223333:role/x, ask ada@example.org\nsecond line",
        ),
        error: some("JobFailed"),
        url: some("http://plain.example"),
        ..action("Deploy", "Failed", 80)
    };
    check(
        &[execution("Failed")],
        &[stage("Prod", "r1", "Failed", &[failed])],
        &expect![[r#"
        r1 Failed at 90, began 250 ms
        r1 Prod Failed at 80
        r1 Prod/Deploy Failed at 80, Deploy by ECS, exit code 2 of arn:aws:iam::***, ask ***, JobFailed
    "#]],
    );
}

#[test]
fn of_a_stage_only_those_actions_are_taken_that_are_surely_of_its_run() {
    let all = [action("Approve", "Succeeded", 40), action("Deploy", "Succeeded", 80)];
    check(
        &[execution("Succeeded")],
        &[stage("Prod", "r1", "Succeeded", &all)],
        &expect![[r#"
        r1 Succeeded at 90, began 250 ms
        r1 Prod Succeeded at 80
        r1 Prod/Approve Succeeded at 40, Approval by Manual
        r1 Prod/Deploy Succeeded at 80, Deploy by ECS
    "#]],
    );
    let waiting = [action("Approve", "InProgress", 95), action("Deploy", "Failed", 80)];
    check(
        &[execution("InProgress")],
        &[stage("Prod", "r1", "InProgress", &waiting)],
        &expect![[r#"
        r1 Started at 0, began 250 ms
        r1 Prod/Approve Started at 95, Approval by Manual
    "#]],
    );
    let failed = [
        action("Approve", "Failed", 85),
        action("Deploy", "Failed", 20),
        action("Check", "Succeeded", 88),
    ];
    check(
        &[execution("Failed")],
        &[stage("Prod", "r1", "Failed", &failed)],
        &expect![[r#"
        r1 Failed at 90, began 250 ms
        r1 Prod Failed at 85
        r1 Prod/Approve Failed at 85, Approval by Manual
    "#]],
    );
    check(
        &[execution("Stopped")],
        &[stage("Prod", "r1", "Stopped", &failed)],
        &expect![[r#"
        r1 Stopped at 90, began 250 ms
    "#]],
    );
    check(
        &[execution("Succeeded")],
        &[stage("Prod", "r1", "Skipped", &failed)],
        &expect![[r#"
            r1 Succeeded at 90, began 250 ms
            r1 Prod Skipped at 88
        "#]],
    );
    check(
        &[execution("InProgress")],
        &[stage("Prod", "r0", "Succeeded", &all)],
        &expect![[r#"
        r1 Started at 0, began 250 ms
    "#]],
    );
}

#[test]
fn a_source_that_succeeded_says_what_it_fetched_and_no_more() {
    let fetched = ActionState {
        summary: some("Cap retries"),
        url: some("https://example.org/commit"),
        ..action("Fetch", "Succeeded", 5)
    };
    check(
        &[execution("InProgress")],
        &[stage("Source", "r1", "Succeeded", &[fetched])],
        &expect![[r#"
        r1 Started at 0, began 250 ms
        r1 Source Succeeded at 5
        r1 Source/Fetch Succeeded at 5, Source by CodeCommit
    "#]],
    );
}

#[test]
fn a_retry_is_told_by_the_stage_that_goes_on() {
    let again = StageState {
        retries: 1,
        ..stage("Prod", "r1", "InProgress", &[action("Deploy", "InProgress", 95)])
    };
    check(
        &[execution("InProgress")],
        &[again],
        &expect![[r#"
        r1 Resumed at 95, began 250 ms
        r1 Prod Resumed at 95
        r1 Prod/Deploy Started at 95, Deploy by ECS
    "#]],
    );
}

#[test]
fn of_parallel_runs_a_stage_tells_nothing() {
    let parallel = Entry { execution_mode: some("PARALLEL"), ..entry() };
    let stages = [stage("Prod", "r1", "Succeeded", &[action("Deploy", "Succeeded", 80)])];
    check_of(
        &parallel,
        &[execution("Succeeded")],
        &stages,
        &expect![[r#"
        r1 Succeeded at 90, began 250 ms
    "#]],
    );
}

#[test]
fn switches_are_told_with_the_last_time_that_one_was_moved() {
    let with = |name: &str, entry: Entrance| StageState {
        name: name.to_owned(),
        entry,
        ..StageState::default()
    };
    let switched = |stages: &[StageState]| {
        let mut shop = Pipeline::new(home().id("shop").unwrap());
        let _ = shop.reconcile(snapshot(&entry(), &[], stages));
        shop.page().off.into_iter().map(|off| (off.stage, off.reason)).collect::<Vec<_>>()
    };
    let closed =
        |reason: Option<&str>| Entrance::Closed { at_ms: NOON, reason: reason.map(str::to_owned) };
    assert_eq!(
        switched(&[
            with("Source", Entrance::Untouched),
            with("Prod", Entrance::Opened { at_ms: NOON })
        ]),
        []
    );
    assert_eq!(
        switched(&[with("Prod", closed(Some("freeze\u{202E}\nmore")))]),
        [("Prod".to_owned(), some("freeze"))]
    );
    assert_eq!(
        switched(&[with("Prod", closed(None)), with("Source", closed(None))]).first().unwrap().0,
        "Source",
        "in their order"
    );
    assert_eq!(switched(&[with("Elsewhere", closed(None))]), [], "no stage of the definition");
}

fn revision(action: &str, id: &str, summary: Option<&str>, url: Option<&str>) -> Revision {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Revision { action: action.to_owned(), id: some(id), summary: owned(summary), url: owned(url) }
}

/// Checks what a run builds, with the revisions in this order and in the opposite one.
#[track_caller]
fn check_sources(sources: &[(&str, &str)], revisions: &[Revision], expect: &Expect) {
    let action = |(name, provider): &(&str, &str)| ActionDeclaration {
        name: (*name).to_owned(),
        category: some("Source"),
        provider: some(provider),
    };
    let actions = sources.iter().map(action).collect();
    let stages = [StageDeclaration { name: "Source".to_owned(), actions }];
    let declared = home().declared(&entry(), &stages).unwrap();
    let read = |revisions: Vec<Revision>| {
        let (source, Change { message, revision, url, .. }) =
            super::change(&revisions, Some(&declared)).unwrap();
        format!("{source:?}: {message:?}, {revision:?}, {url:?}")
    };
    let backwards = revisions.iter().rev().cloned().collect();
    assert_eq!(read(revisions.to_vec()), read(backwards), "the API promises no order");
    expect.assert_eq(&read(revisions.to_vec()));
}

#[test]
fn of_several_sources_one_is_shown_as_a_whole_a_commit_first() {
    const COMMIT: &str = "4be1a90c7d2f3e5b6a8190c2d4e6f8a0b1c3d5e7";
    const DIGEST: &str = "sha256:4be1a90c7d2f3e5b6a8190c2d4e6f8a0b1c3d5e74be1a90c7d2f3e5b6a8190c2";
    let image = || revision("Image", DIGEST, None, None);
    let rules = || {
        revision(
            "Rules",
            "x7Pq2LmN9sT4vW8yB1dF6hJ3kR5cZ0aE",
            Some("Amazon S3 version id: x7Pq2LmN9sT4vW8yB1dF6hJ3kR5cZ0aE"),
            Some("https://s3.console.aws.amazon.com/s3/object/rules"),
        )
    };
    let code = || revision("Code", COMMIT, Some("Round half to even"), None);
    let providers = [("Image", "ECR"), ("Rules", "S3"), ("Code", "CodeStarSourceConnection")];
    check_sources(
        &providers,
        &[image(), rules(), code()],
        &expect![[r#"SourceAction: Some("Round half to even"), Some("4be1a90"), None"#]],
    );
    // The definition may have changed since the run. The revision's shape decides then, and without a definition.
    let other = [("Image", "CodeStarSourceConnection"), ("Rules", "GitHub"), ("Code", "Ours")];
    check_sources(
        &other,
        &[image(), rules(), code()],
        &expect![[r#"SourceAction: Some("Round half to even"), Some("4be1a90"), None"#]],
    );
    check_sources(
        &[],
        &[image(), rules(), code()],
        &expect![[r#"SourceAction: Some("Round half to even"), Some("4be1a90"), None"#]],
    );
    // What looks like a commit in a bucket is none.
    check_sources(
        &[("Rules", "S3"), ("Code", "CodeCommit")],
        &[
            revision("Rules", COMMIT, Some("nightly"), None),
            revision("Code", "9a8b7c6", None, None),
        ],
        &expect![[r#"SourceAction: None, Some("9a8b7c6"), None"#]],
    );
    check_sources(
        &providers,
        &[image(), rules()],
        &expect![[
            r#"Artifact: Some("Amazon S3 version id: x7Pq2LmN9sT4vW8yB1dF6hJ3kR5cZ0aE"), Some("x7Pq2LmN9sT4vW8yB1d…"), Some("https://s3.console.aws.amazon.com/s3/object/rules")"#
        ]],
    );
    check_sources(
        &providers,
        &[image()],
        &expect![[r#"Artifact: None, Some("sha256:4be1a90"), None"#]],
    );
}

#[test]
fn of_several_commits_one_with_a_message_comes_first_then_the_order_of_the_definition() {
    let commit = |digit: &str| digit.repeat(40);
    let (app, infra, docs) = (commit("a"), commit("b"), commit("c"));
    let sources = [("Infra", "CodeCommit"), ("App", "GitHub"), ("Docs", "Bitbucket")];
    let revisions = |infra_message: Option<&str>| {
        [
            revision("Docs", &docs, Some("Describe it"), None),
            revision("App", &app, Some("Do it"), None),
            revision("Infra", &infra, infra_message, None),
        ]
    };
    check_sources(
        &sources,
        &revisions(Some("Make room for it")),
        &expect![[r#"SourceAction: Some("Make room for it"), Some("bbbbbbb"), None"#]],
    );
    check_sources(
        &sources,
        &revisions(None),
        &expect![[r#"SourceAction: Some("Do it"), Some("aaaaaaa"), None"#]],
    );
    check_sources(
        &[],
        &revisions(None),
        &expect![[r#"SourceAction: Some("Do it"), Some("aaaaaaa"), None"#]],
    );
}

#[test]
fn a_run_is_called_by_the_first_digits_of_its_id() {
    let numbers = |id: &str| {
        let run = Execution { id: id.to_owned(), ..execution("Failed") };
        let stages = [stage("Prod", id, "Failed", &[action("Deploy", "Failed", 80)])];
        let facts = snapshot(&entry(), &[run], &stages).facts;
        facts.into_iter().map(|fact| fact.run_number).collect::<Vec<_>>()
    };
    let id = "7c2e9d04-51ab-4f6e-8b3d-90a1c4e7f215";
    assert_eq!(numbers(id), vec![some("7c2e9d04"); 3]);
    assert_eq!(numbers("r1"), vec![None; 3]);
}

#[test]
fn a_home_is_read_from_an_arn_and_has_its_own_pipelines_alone() {
    assert_eq!(Home::of_arn("arn:aws:codepipeline:eu-north-1::shop"), None);
    assert_eq!(Home::of_arn("shop"), None);
    let id = |source, region, account| PipelineId::new(source, region, account, "shop").unwrap();
    assert!(home().has(&id("codepipeline", "eu-north-1", "210987654321")));
    for other in [
        id("codepipeline", "eu-west-1", "210987654321"),
        id("codepipeline", "eu-north-1", "111122223333"),
        id("pipelines-dashboard", "eu-north-1", "210987654321"),
    ] {
        assert!(!home().has(&other), "{other}");
    }
    assert_eq!(home().id("sh\u{202E}op"), Err(InvalidId::Malformed));
}

#[test]
fn stages_that_never_ran_make_the_rail() {
    let mut shop = Pipeline::new(home().id("shop").unwrap());
    let _ = shop.reconcile(snapshot(&entry(), &[], &[]));
    let row = shop.tile().to_json();
    expect![[r#"{"id":"codepipeline:eu-north-1:210987654321:shop","name":"shop","status":"UNKNOWN","stages":[{"name":"Source"},{"name":"Prod"}],"url":"https://eu-north-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/shop/view?region=eu-north-1"}"#]].assert_eq(&row);
    let document = String::from_utf8(shop.to_json()).unwrap();
    expect![[r#"{"v":1,"id":"codepipeline:eu-north-1:210987654321:shop","url":null,"past":{},"gone":"","api":{"d":{"t":1793620800000,"v":3,"s":[{"n":"Source","a":[{"n":"Fetch","k":"Source by CodeCommit"}]},{"n":"Prod","a":[{"n":"Approve","k":"Approval by Manual","w":"m"},{"n":"Deploy","k":"Deploy by ECS"}]}],"u":"https://eu-north-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/shop/view?region=eu-north-1"}},"runs":[]}"#]].assert_eq(&document);
}
