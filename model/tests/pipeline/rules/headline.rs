//! Which run makes the headline.

use super::*;

#[test]
fn the_newest_run_makes_it() {
    check(
        [run("a1").failed_at(10), run("a2").started_at(20)],
        &expect![[r#"
        shop Started, failing since 10
        run a2, 20.., updated 20
        history Failed, Started"#]],
    );
}

#[test]
fn runs_are_ordered_by_their_explicit_start() {
    check(
        [run("a1").failed_at(90).begun_at(10), run("a2").succeeded_at(80).begun_at(20)],
        &expect![[r#"
            shop Failed, failing since 90
            run a1, 10..90, updated 90, typically 60 s
            history Succeeded 60 s, Failed 80 s"#]],
    );
}

#[test]
fn without_a_start_the_earliest_moment_heard_of_counts() {
    check(
        [
            run("a1").stage("Build").started_at(15),
            run("a1").failed_at(90),
            run("a2").started_at(20),
        ],
        &expect![[r#"
        shop Started, failing since 90
        Build ahead
        run a2, 20.., updated 20
        history Failed 75 s, Started"#]],
    );
}

#[test]
fn ties_go_by_id() {
    check(
        [run("a1").failed_at(10), run("a2").succeeded_at(10)],
        &expect![[r#"
        shop Succeeded
        run a2, 10..10, updated 10
        history Failed, Succeeded"#]],
    );
}

#[test]
fn a_retry_keeps_the_runs_place() {
    check(
        [
            run("a1").failed_at(15).begun_at(10),
            run("a2").succeeded_at(30).begun_at(20),
            run("a1").attempt(2).started_at(50).begun_at(50),
        ],
        &expect![[r#"
            shop Succeeded
            run a2, 20..30, updated 30, typically 10 s
            history Started, Succeeded 10 s"#]],
    );
}

#[test]
fn a_superseded_run_never_makes_it() {
    check(
        [run("a1").started_at(10), run("a2").started_at(20), run("a2").superseded_at(30)],
        &expect![[r#"
        shop Started
        run a1, 10.., updated 10"#]],
    );
}

#[test]
fn a_skipped_run_neither_and_has_no_bar() {
    let mut events = failing("a1", 0, &["Test"]);
    events.extend([
        run("a2").started_at(20),
        run("a2").stage("Test").skipped_at(21),
        run("a2").skipped_at(21),
    ]);
    check(
        events.clone(),
        &expect![[r#"
        shop Failed in Test, failing since 10
        Test Failed since 10
        run a1, 0..10, updated 10"#]],
    );
    events.extend(passing("a3", 30, &["Test"]));
    check(
        events,
        &expect![[r#"
        shop Succeeded in Test
        Test Succeeded ~10 s
        run a3, 30..40, updated 40, typically 10 s
        history Failed 10 s, Succeeded 10 s"#]],
    );
}

#[test]
fn unless_it_is_alone() {
    check(
        [run("a1").started_at(10), run("a1").superseded_at(30)],
        &expect![[r#"
        shop Stopped
        run a1, 10..30, updated 30"#]],
    );
}

fn waiting(id: &str, second: i64) -> [Event; 3] {
    [
        run(id).started_at(second),
        run(id).stage("Prod").started_at(second),
        run(id).stage("Prod").approval("Approve").started_at(second),
    ]
}

#[test]
fn an_older_run_that_waits_beats_one_that_is_only_under_way() {
    check(
        waiting("a1", 10).into_iter().chain([run("a2").started_at(20)]),
        &expect![[r#"
        shop Waiting in Prod
        Prod Waiting (Approve) since 10
        run a1, 10.., updated 10"#]],
    );
}

#[test]
fn but_not_one_that_ended() {
    check(
        waiting("a1", 10).into_iter().chain([run("a2").started_at(20), run("a2").failed_at(30)]),
        &expect![[r#"
        shop Failed, failing since 30
        Prod ahead
        run a2, 20..30, updated 30
        history Waiting, Failed 10 s"#]],
    );
}

#[test]
fn of_two_that_wait_the_newer_makes_it() {
    check(
        waiting("a1", 10).into_iter().chain(waiting("a2", 20)).chain([run("a3").started_at(30)]),
        &expect![[r#"
        shop Waiting in Prod
        Prod Waiting (Approve) since 20
        run a2, 20.., updated 20
        history Waiting, Waiting"#]],
    );
}

#[test]
fn a_run_that_waits_counts_the_runs_that_queue_behind_it() {
    let behind = |events: Vec<Event>| pipeline(&events).tile().run.unwrap().behind;
    let mut events = waiting("a1", 10).to_vec();
    assert_eq!(behind(events.clone()), 0);
    events.extend([
        run("a2").started_at(20),
        run("a2").superseded_at(30),
        run("a3").started_at(30),
        run("a4").queued_at(40),
    ]);
    assert_eq!(behind(events), 2);
}

#[test]
fn the_last_verdict_is_known_while_another_run_speaks() {
    let verdict = |events: &[Event]| {
        let verdict = pipeline(events).tile().verdict;
        verdict.map(|verdict| format!("{:?} {} {}", verdict.status, verdict.label, verdict.ended))
    };
    let mut events = vec![run("a1").succeeded_at(10)];
    assert_eq!(verdict(&events), None, "the headline is the verdict");
    events.push(run("a2").started_at(20));
    assert_eq!(verdict(&events).unwrap(), "Succeeded a1 2026-11-23T09:00:10Z");
    events.push(run("a2").failed_at(30));
    assert_eq!(verdict(&events), None);
    events.push(run("a2").attempt(2).resumed_at(40));
    assert_eq!(verdict(&events).unwrap(), "Failed a2 2026-11-23T09:00:30Z");
    events.push(run("a2").attempt(2).failed_at(50));
    events.push(run("a2").attempt(3).resumed_at(60));
    assert_eq!(verdict(&events).unwrap(), "Failed a2 2026-11-23T09:00:50Z");
    events.push(run("a2").attempt(3).stopped_at(70));
    assert_eq!(verdict(&events).unwrap(), "Failed a2 2026-11-23T09:00:50Z");
    events.push(Event { run_number: Some("7".to_owned()), ..run("a3").succeeded_at(80) });
    events.push(run("a4").started_at(90));
    assert_eq!(verdict(&events).unwrap(), "Succeeded 7 2026-11-23T09:01:20Z");
}
