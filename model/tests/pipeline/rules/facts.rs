//! Which fact wins, and what an event that does not win does.

use super::*;

#[test]
fn nothing_is_known_of_a_new_pipeline() {
    check([], &expect!["shop Unknown"]);
}

#[test]
fn a_late_start_does_not_undo_a_failure() {
    check(
        [run("a1").failed_at(20), run("a1").started_at(10)],
        &expect![[r#"
        shop Failed, failing since 20
        run a1, 10..20, updated 20"#]],
    );
}

#[test]
fn at_the_same_second_an_end_beats_a_start() {
    check(
        [run("a1").started_at(10), run("a1").succeeded_at(10)],
        &expect![[r#"
        shop Succeeded
        run a1, 10..10, updated 10, typically 0 s"#]],
    );
}

#[test]
fn at_the_same_second_a_failure_beats_a_success() {
    check(
        [run("a1").failed_at(10), run("a1").succeeded_at(10)],
        &expect![[r#"
        shop Failed, failing since 10
        run a1, 10..10, updated 10"#]],
    );
}

#[test]
fn a_later_start_beats_an_end_as_old_retries_have_no_attempt() {
    check(
        [run("a1").started_at(10), run("a1").failed_at(20), run("a1").resumed_at(30)],
        &expect![[r#"
        shop Started, failing since 20
        run a1, 10.., updated 30"#]],
    );
}

#[test]
fn a_greater_attempt_beats_a_later_moment() {
    check(
        [run("a1").attempt(2).started_at(10), run("a1").failed_at(20)],
        &expect![[r#"
        shop Started, failing since 20
        run a1, attempt 2, 10.., updated 10"#]],
    );
}

#[test]
fn attempt_0_is_the_first() {
    check(
        [run("a1").attempt(0).started_at(10), run("a1").attempt(1).succeeded_at(20)],
        &expect![[r#"
        shop Succeeded
        run a1, 10..20, updated 20, typically 10 s"#]],
    );
}

#[test]
fn an_unknown_word_never_beats_a_known_one_of_the_same_second() {
    check(
        [run("a1").queued_at(10), run("a1").said_something_at(10)],
        &expect![[r#"
        shop Started
        run a1, Queued, 10.., updated 10"#]],
    );
}

#[test]
fn a_later_unknown_word_makes_the_run_unknown() {
    check(
        [run("a1").started_at(10), run("a1").said_something_at(20)],
        &expect![[r#"
        shop Unknown
        run a1, 10.., updated 20"#]],
    );
}

#[test]
fn a_fact_that_differs_only_in_what_it_says_has_one_winner() {
    let deploy = || run("a1").stage("Prod").action("Deploy");
    check(
        [deploy().saying("b").failed_at(10), deploy().saying("a").failed_at(10)],
        &expect![[r#"
        shop Failed in Prod, failing since 10
        Prod Failed (Deploy) since 10
        run a1, 10..10, updated 10"#]],
    );
    check_applied(
        [deploy().saying("b").failed_at(10), deploy().saying("a").failed_at(10)],
        Applied::Stale,
    );
    check_applied(
        [deploy().saying("a").failed_at(10), deploy().saying("b").failed_at(10)],
        Applied::Changed,
    );
}

#[test]
fn what_is_older_or_known_changes_nothing() {
    check_applied([run("a1").started_at(10)], Applied::Changed);
    check_applied([run("a1").started_at(10), run("a1").started_at(10)], Applied::Stale);
    check_applied(
        [run("a1").started_at(10), run("a1").succeeded_at(20), run("a1").stopping_at(15)],
        Applied::Stale,
    );
    check_applied(
        [run("a1").started_at(5), run("a1").attempt(2).resumed_at(10), run("a1").stopped_at(9)],
        Applied::Stale,
    );
}

/// Attempt and time contradict each other: the attempt counts, and the time is remembered for who tells no attempt.
#[test]
fn what_is_older_by_its_attempt_alone_leaves_only_its_time() {
    let events =
        [run("a1").started_at(5), run("a1").attempt(2).resumed_at(10), run("a1").stopped_at(20)];
    let tile = pipeline(&events[..2]).tile();
    check_applied(events.clone(), Applied::Changed);
    assert_eq!(pipeline(&events).tile(), tile);
}

#[test]
fn what_is_older_and_yet_news_of_something_else_changes_just_that() {
    let change = Change { author: Some("Ada".to_owned()), ..Change::default() };
    let late = run("a1").started_at(10).with(ChangeSource::StartTrigger, change);
    check_applied([run("a1").started_at(10), run("a1").succeeded_at(20), late], Applied::Changed);
    check_applied([run("a1").succeeded_at(20), run("a1").started_at(10)], Applied::Changed);
}

#[test]
fn the_newest_winning_fact_says_when_the_run_was_updated() {
    check(
        [
            run("a1").started_at(10),
            run("a1").stage("Build").started_at(11),
            run("a1").stage("Build").started_at(12),
        ],
        &expect![[r#"
        shop Started in Build
        Build Started since 11
        run a1, 10.., updated 12"#]],
    );
    check(
        [run("a1").attempt(2).started_at(10), run("a1").started_at(99)],
        &expect![[r#"
        shop Started
        run a1, attempt 2, 10.., updated 10"#]],
    );
}

#[test]
fn another_pipelines_event_changes_nothing() {
    let mut event = run("a1").started_at(10);
    event.pipeline =
        model::PipelineId::new("codepipeline", "us-east-1", "123456789012", "basket").unwrap();
    check_applied([event], Applied::Stale);
}
