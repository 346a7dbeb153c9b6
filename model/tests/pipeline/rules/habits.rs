//! What is read otherwise where another CI told it.

use super::*;

#[test]
fn a_job_says_nothing_of_its_neighbours() {
    let events = || {
        [
            run("a1").started_at(0),
            run("a1").stage("Lint").started_at(1),
            run("a1").stage("Test").started_at(2),
        ]
    };
    check(
        by("github", events()),
        &expect![[r#"
        shop Started in Test
        Lint Started since 1 > Test Started since 2
        run a1, 0.., updated 2"#]],
    );
    check(
        events(),
        &expect![[r#"
        shop Started in Test
        Lint Succeeded > Test Started since 2
        run a1, 0.., updated 2"#]],
    );
}

#[test]
fn a_stage_is_over_when_all_its_jobs_are() {
    let job = |name: &str| run("a1").stage("Test").action(name);
    let mut events =
        vec![run("a1").started_at(0), job("Unit").succeeded_at(9), job("End to end").queued_at(1)];
    check(
        by("gitlab", events.clone()),
        &expect![[r#"
        shop Started in Test
        Test Started since 1
        run a1, 0.., updated 9"#]],
    );
    events.extend([
        job("End to end").succeeded_at(20),
        run("a1").stage("Deploy").action("Push").canceled_at(20),
    ]);
    check(
        by("gitlab", events),
        &expect![[r#"
            shop Started in Test
            Test Succeeded
            run a1, 0.., updated 20"#]],
    );
}

#[test]
fn a_stage_that_is_over_stays_what_it_was_when_the_run_fails() {
    let events = [
        run("a1").started_at(0),
        run("a1").stage("Build").action("Compile").succeeded_at(9),
        run("a1").stage("Test").action("Unit").failed_at(20),
        run("a1").stage("Deploy").action("Push").canceled_at(20),
        run("a1").failed_at(21),
    ];
    check(
        by("gitlab", events),
        &expect![[r#"
            shop Failed in Test, failing since 21
            Build Succeeded > Test Failed (Unit) since 20
            run a1, 0..21, updated 21"#]],
    );
}

#[test]
fn a_run_of_which_only_jobs_were_heard_counts_for_nothing() {
    let mut events = passing("a1", 0, &["Test"]);
    events.extend([run("a2").stage("Test").failed_at(50), run("a2").stage("Lint").started_at(51)]);
    check(
        by("github", events.clone()),
        &expect![[r#"
        shop Succeeded in Test
        Test Succeeded ~10 s
        run a1, 0..10, updated 10, typically 10 s"#]],
    );
    events.push(run("a2").started_at(40));
    check(
        by("github", events),
        &expect![[r#"
            shop Failed in Test, failing since 50
            Test Failed since 50 ~10 s > Lint Started since 51
            run a2, 40.., updated 51, typically 10 s
            history Succeeded 10 s, Failed"#]],
    );
}

#[test]
fn hearsay_alone_is_no_run() {
    check(
        by("gitlab", [run("a1").stage("Test").action("Unit").failed_at(5)]),
        &expect!["shop Unknown"],
    );
}

#[test]
fn hearsay_that_is_let_go_teaches_nothing() {
    let mut events: Vec<Event> = vec![run("a0").stage("Test").failed_at(0)];
    for number in 1..20 {
        events.extend(
            passing(&format!("b{number:02}"), number * 100, &["Build"]).into_iter().skip(1),
        );
    }
    events.push(run("b19").failed_at(1950));
    expect![[r#"
        shop Failed in Build, failing since 1950
        Build Succeeded ~10 s
        run b19, 1900..1950, updated 1950, typically 10 s
        history Succeeded 10 s, Succeeded 10 s, Succeeded 10 s, Succeeded 10 s, Succeeded 10 s, Succeeded 10 s, Succeeded 10 s, Succeeded 10 s, Succeeded 10 s, Failed 50 s"#]].assert_eq(&told(&pipeline(&by("github", events)).tile()));
}

#[test]
fn hearsay_gives_way_when_a_document_is_too_big() {
    let events = by(
        "github",
        [
            run("a1").stage("Test").failed_at(0),
            run("a2").started_at(9),
            run("a2").stage("Test").started_at(10),
        ],
    );
    let mut joined = pipeline(&events);
    assert!(joined.trim());
    assert_eq!(told(&joined.tile()), told(&pipeline(&events).tile()));
    assert!(joined.trim());
    assert!(!joined.trim());
    assert_eq!(model::Pipeline::from_json(&joined.to_json()).unwrap().to_json(), joined.to_json());
}

#[test]
fn a_run_and_a_stage_may_wait_for_a_person_themselves() {
    let wait = |mut event: Event| {
        event.detail.approval = model::event::Approval::Manual;
        event
    };
    let mut events = vec![run("a1").started_at(0), wait(run("a1").stage("Prod").started_at(5))];
    check(
        by("github", events.clone()),
        &expect![[r#"
        shop Waiting in Prod
        Prod Waiting since 5
        run a1, 0.., updated 5"#]],
    );
    events.push(run("a1").stage("Prod").started_at(60));
    check(
        by("github", events),
        &expect![[r#"
        shop Started in Prod
        Prod Started since 5
        run a1, 0.., updated 60"#]],
    );
    check(
        by("pipelines-dashboard", [run("a1").started_at(0), wait(run("a1").started_at(7))]),
        &expect![[r#"
        shop Waiting
        run a1, 0.., updated 7"#]],
    );
}

#[test]
fn jobs_that_share_a_name_are_jobs_of_their_own() {
    let job = |id: &str, event: Event| Event { job: Some(id.to_owned()), ..event };
    let test = || run("a1").stage("Test");
    let mut events = vec![
        run("a1").started_at(0),
        job("1", test().started_at(1)),
        job("1", test().failed_at(5)),
        job("2", test().started_at(1)),
        job("2", test().succeeded_at(9)),
    ];
    check(
        by("github", events.clone()),
        &expect![[r#"
        shop Failed in Test, failing since 5
        Test Failed since 5
        run a1, 0.., updated 9"#]],
    );
    // The job that failed runs again, with an id of its own.
    events.extend([
        run("a1").attempt(2).started_at(20),
        job("3", test().attempt(2).started_at(21)),
        job("3", test().attempt(2).succeeded_at(25)),
    ]);
    check(
        by("github", events.clone()),
        &expect![[r#"
        shop Started in Test, failing since 5
        Test Succeeded
        run a1, attempt 2, 20.., updated 25"#]],
    );
    // An earlier version stored jobs without their ids.
    events[1].job = None;
    check(
        by("github", events),
        &expect![[r#"
        shop Started in Test, failing since 5
        Test Succeeded
        run a1, attempt 2, 20.., updated 25"#]],
    );
}
