//! One rule a test: which fact wins, and what is read out of the winners.

use expect_test::{Expect, expect};
use model::{
    Applied,
    event::{ChangeSource, Event},
    tile::Change,
};

use crate::story::{Saying, failing, passing, pipeline, run, stored_pipeline, told};

/// Every case is told forwards, backwards, and twice with the document stored in between: that must not matter.
#[track_caller]
fn check(events: impl IntoIterator<Item = Event>, expect: &Expect) {
    let events: Vec<Event> = events.into_iter().collect();
    let joined = pipeline(&events);
    assert_eq!(joined.to_json(), pipeline(events.iter().rev()).to_json(), "told backwards");
    assert_eq!(joined.to_json(), stored_pipeline(&events).to_json(), "stored in between");
    assert_eq!(joined.to_json(), stored_pipeline(events.iter().rev()).to_json(), "stored in between, backwards");
    expect.assert_eq(&told(&joined.tile()));
}

/// What the last event does to what the others made: `Changed`, or nothing at all.
#[track_caller]
fn check_applied(events: impl IntoIterator<Item = Event>, applied: Applied) {
    let mut events: Vec<Event> = events.into_iter().collect();
    let last = events.pop().unwrap();
    let mut pipeline = pipeline(&events);
    let before = pipeline.to_json();
    assert_eq!(pipeline.apply(last), applied);
    assert_eq!(pipeline.to_json() != before, applied == Applied::Changed);
}

mod facts {
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
        check_applied([deploy().saying("b").failed_at(10), deploy().saying("a").failed_at(10)], Applied::Stale);
        check_applied([deploy().saying("a").failed_at(10), deploy().saying("b").failed_at(10)], Applied::Changed);
    }

    #[test]
    fn what_is_older_or_known_changes_nothing() {
        check_applied([run("a1").started_at(10)], Applied::Changed);
        check_applied([run("a1").started_at(10), run("a1").started_at(10)], Applied::Stale);
        check_applied([run("a1").started_at(10), run("a1").succeeded_at(20), run("a1").stopping_at(15)], Applied::Stale);
        check_applied([run("a1").started_at(5), run("a1").attempt(2).resumed_at(10), run("a1").stopped_at(20)], Applied::Stale);
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
            [run("a1").started_at(10), run("a1").stage("Build").started_at(11), run("a1").stage("Build").started_at(12)],
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
        event.pipeline = model::PipelineId::new("codepipeline", "us-east-1", "123456789012", "basket").unwrap();
        check_applied([event], Applied::Stale);
    }
}

mod beginnings {
    use super::*;

    #[test]
    fn an_explicit_one_beats_a_derived_one() {
        check(
            [run("a1").started_at(10), run("a1").succeeded_at(30).begun_at(12)],
            &expect![[r#"
            shop Succeeded
            run a1, 12..30, updated 30, typically 18 s"#]],
        );
    }

    #[test]
    fn the_earliest_counts() {
        check(
            [run("a1").started_at(10), run("a1").resumed_at(20), run("a1").succeeded_at(30)],
            &expect![[r#"
            shop Succeeded
            run a1, 10..30, updated 30, typically 20 s"#]],
        );
        check(
            [run("a1").succeeded_at(30).begun_at(12), run("a1").started_at(10).begun_at(11)],
            &expect![[r#"
            shop Succeeded
            run a1, 11..30, updated 30, typically 19 s"#]],
        );
    }

    #[test]
    fn each_attempt_has_its_own() {
        check(
            [run("a1").started_at(10).begun_at(9), run("a1").failed_at(20), run("a1").attempt(2).resumed_at(50)],
            &expect![[r#"
            shop Started, failing since 20
            run a1, attempt 2, 50.., updated 50"#]],
        );
    }

    #[test]
    fn the_first_stage_tells_where_the_run_does_not() {
        check(
            [run("a1").stage("Source").started_at(12), run("a1").succeeded_at(30)],
            &expect![[r#"
            shop Succeeded in Source
            Source Succeeded
            run a1, 12..30, updated 30, typically 18 s"#]],
        );
    }

    #[test]
    fn without_any_there_is_no_duration() {
        check(
            [run("a1").succeeded_at(30), run("a2").succeeded_at(40)],
            &expect![[r#"
            shop Succeeded
            run a2, 40..40, updated 40
            history Succeeded, Succeeded"#]],
        );
    }

    #[test]
    fn one_after_the_end_gives_no_duration() {
        check(
            [run("a1").succeeded_at(30).begun_at(90), run("a2").succeeded_at(100).begun_at(100)],
            &expect![[r#"
            shop Succeeded
            run a2, 100..100, updated 100, typically 0 s
            history Succeeded, Succeeded 0 s"#]],
        );
    }
}

mod changes {
    use super::*;

    #[track_caller]
    fn check(events: impl IntoIterator<Item = Event>, expect: &Expect) {
        let events: Vec<Event> = events.into_iter().collect();
        let joined = pipeline(&events);
        assert_eq!(joined.to_json(), pipeline(events.iter().rev()).to_json());
        assert_eq!(joined.to_json(), stored_pipeline(&events).to_json());
        let (tile, page) = (joined.tile(), joined.page());
        assert_eq!(page.runs[0].change, tile.change);
        let line = |text: Option<&String>| text.cloned().unwrap_or_else(|| "-".to_owned());
        let change = tile.change.unwrap_or_default();
        let fields = [&change.message, &change.author, &change.revision, &change.url, &tile.url, &page.runs[0].url, &page.runs[0].trigger];
        expect.assert_eq(&fields.map(|field| line(field.as_ref())).join(" | "));
    }

    fn message(text: &str) -> Change {
        Change { message: Some(text.to_owned()), ..Change::default() }
    }

    fn author(text: &str) -> Change {
        Change { author: Some(text.to_owned()), ..Change::default() }
    }

    #[test]
    fn the_most_trusted_source_wins_whatever_the_time() {
        check(
            [
                run("a1").started_at(90).with(ChangeSource::StartTrigger, message("from the start")),
                run("a1").failed_at(20).with(ChangeSource::GitTrigger, message("from Git")),
                run("a1").stage("Source").action("Checkout").succeeded_at(50).with(ChangeSource::SourceAction, message("from the action")),
            ],
            &expect!["from Git | - | - | - | - | - | -"],
        );
    }

    #[test]
    fn of_one_source_the_newest_wins_then_the_greater_bytes() {
        let told = |second, text| run("a1").started_at(second).with(ChangeSource::StartTrigger, message(text));
        check([told(10, "z"), told(20, "a")], &expect!["a | - | - | - | - | - | -"]);
        check([told(10, "z"), told(10, "a")], &expect!["z | - | - | - | - | - | -"]);
    }

    #[test]
    fn each_field_is_joined_on_its_own() {
        check(
            [
                run("a1").started_at(10).with(ChangeSource::StartTrigger, author("Ada")),
                run("a1").succeeded_at(20).with(ChangeSource::GitTrigger, message("Cap retries")),
            ],
            &expect!["Cap retries | Ada | - | - | - | - | -"],
        );
    }

    #[test]
    fn the_newest_links_and_the_first_trigger_count() {
        check(
            [
                run("a1").started_at(10).with_links("old").triggered_by("Webhook"),
                run("a1").succeeded_at(20).with_links("new").triggered_by("StartPipelineExecution"),
            ],
            &expect!["- | - | - | - | https://ci/new | https://ci/new/run | Webhook"],
        );
    }
}

mod statuses {
    use super::*;

    #[test]
    fn a_run_under_way() {
        check(
            [
                run("a1").started_at(10),
                run("a1").stage("Source").started_at(11),
                run("a1").stage("Source").action("Checkout").started_at(12),
            ],
            &expect![[r#"
                shop Started in Source
                Source Started (Checkout) since 11
                run a1, 10.., updated 12"#]],
        );
    }

    #[test]
    fn a_run_that_passed() {
        check(
            passing("a1", 10, &["Source", "Build", "Prod"]),
            &expect![[r#"
            shop Succeeded in Prod
            Source Succeeded ~10 s > Build Succeeded ~10 s > Prod Succeeded ~10 s
            run a1, 10..40, updated 40, typically 30 s"#]],
        );
    }

    #[test]
    fn a_failure_names_stage_and_action() {
        let mut events = failing("a1", 10, &["Source", "Prod"]);
        events.push(run("a1").stage("Prod").action("Check").succeeded_at(25));
        events.push(run("a1").stage("Prod").action("Deploy").failed_at(29));
        check(
            events,
            &expect![[r#"
            shop Failed in Prod, failing since 30
            Source Succeeded > Prod Failed (Deploy) since 30
            run a1, 10..30, updated 30"#]],
        );
    }

    #[test]
    fn a_failed_stage_fails_a_run_whose_end_was_lost() {
        check(
            [run("a1").started_at(10), run("a1").stage("Build").failed_at(20)],
            &expect![[r#"
            shop Failed in Build, failing since 20
            Build Failed since 20
            run a1, 10..20, updated 20"#]],
        );
    }

    #[test]
    fn a_failed_action_does_not_where_stages_are_told() {
        check(
            [run("a1").started_at(10), run("a1").stage("Build").started_at(11), run("a1").stage("Build").action("Compile").failed_at(20)],
            &expect![[r#"
                shop Started in Build
                Build Started since 11
                run a1, 10.., updated 20"#]],
        );
    }

    #[test]
    fn a_failed_action_does_where_no_stage_is_told() {
        check(
            [run("a1").started_at(10), run("a1").stage("Build").action("Compile").failed_at(20)],
            &expect![[r#"
            shop Failed in Build, failing since 20
            Build Failed (Compile) since 20
            run a1, 10..20, updated 20"#]],
        );
    }

    #[test]
    fn an_open_approval_waits_since_its_start() {
        check(
            [
                run("a1").started_at(10),
                run("a1").stage("Prod").started_at(20),
                run("a1").stage("Prod").approval("Approve").started_at(22).begun_at(21),
            ],
            &expect![[r#"
                shop Waiting in Prod
                Prod Waiting (Approve) since 21
                run a1, 10.., updated 22"#]],
        );
    }

    #[test]
    fn of_two_open_approvals_the_longer_one_counts() {
        check(
            [
                run("a1").stage("Prod").started_at(20),
                run("a1").stage("Prod").approval("Legal").started_at(25),
                run("a1").stage("Prod").approval("Security").started_at(21),
            ],
            &expect![[r#"
                shop Waiting in Prod
                Prod Waiting (Security) since 21
                run a1, 20.., updated 25"#]],
        );
    }

    #[test]
    fn an_approval_given_is_no_wait() {
        let approve = || run("a1").stage("Prod").approval("Approve");
        check(
            [run("a1").stage("Prod").started_at(20), approve().started_at(21), approve().succeeded_at(50)],
            &expect![[r#"
            shop Started in Prod
            Prod Started since 20
            run a1, 20.., updated 50"#]],
        );
    }

    #[test]
    fn an_approval_refused_is_a_failure() {
        let approve = || run("a1").stage("Prod").approval("Approve");
        check(
            [
                run("a1").started_at(10),
                run("a1").stage("Prod").started_at(20),
                approve().started_at(21),
                approve().failed_at(50),
                run("a1").stage("Prod").failed_at(50),
                run("a1").failed_at(50),
            ],
            &expect![[r#"
                shop Failed in Prod, failing since 50
                Prod Failed (Approve) since 50
                run a1, 10..50, updated 50"#]],
        );
    }

    #[test]
    fn an_approval_whose_stage_went_on_is_no_wait() {
        check(
            [
                run("a1").stage("Gate").started_at(20),
                run("a1").stage("Gate").approval("Approve").started_at(21),
                run("a1").stage("Prod").started_at(50),
            ],
            &expect![[r#"
                shop Started in Prod
                Gate Succeeded > Prod Started since 50
                run a1, 20.., updated 50"#]],
        );
        check(
            [
                run("a1").stage("Gate").started_at(20),
                run("a1").stage("Gate").approval("Approve").started_at(21),
                run("a1").stage("Gate").succeeded_at(50),
            ],
            &expect![[r#"
                shop Started in Gate
                Gate Succeeded
                run a1, 20.., updated 50"#]],
        );
    }

    #[test]
    fn a_queued_run_is_not_running() {
        check(
            [run("a1").queued_at(10), run("a1").stage("Build").queued_at(11)],
            &expect![[r#"
            shop Started
            run a1, Queued, 10.., updated 11"#]],
        );
        check(
            [run("a1").queued_at(10), run("a1").stage("Build").started_at(11)],
            &expect![[r#"
            shop Started in Build
            Build Started since 11
            run a1, 11.., updated 11"#]],
        );
    }

    #[test]
    fn a_run_being_stopped_is_under_way_until_it_ended() {
        check(
            [run("a1").started_at(10), run("a1").stage("Build").started_at(11), run("a1").stopping_at(20)],
            &expect![[r#"
            shop Started in Build
            Build Started since 11
            run a1, Stopping, 10.., updated 20"#]],
        );
        check(
            [
                run("a1").started_at(10),
                run("a1").stage("Build").started_at(11),
                run("a1").stage("Build").action("Compile").started_at(11),
                run("a1").stopping_at(20),
                run("a1").stage("Build").action("Compile").abandoned_at(21),
                run("a1").stopped_at(22),
            ],
            &expect![[r#"
                shop Stopped in Build
                Build Stopped
                run a1, 10..22, updated 22"#]],
        );
    }

    #[test]
    fn canceled_is_stopped() {
        check(
            [run("a1").started_at(10), run("a1").canceled_at(20)],
            &expect![[r#"
            shop Stopped
            run a1, 10..20, updated 20"#]],
        );
    }

    #[test]
    fn an_unknown_word_about_a_stage_stays_unknown() {
        check(
            [run("a1").started_at(10), run("a1").stage("Build").said_something_at(11), run("a1").succeeded_at(20)],
            &expect![[r#"
            shop Succeeded in Build
            Build Unknown
            run a1, 10..20, updated 20, typically 10 s"#]],
        );
    }

    #[test]
    fn a_heartbeat_is_one_run_of_ever_newer_successes() {
        check(
            [run("heartbeat").succeeded_at(60), run("heartbeat").succeeded_at(120), run("heartbeat").succeeded_at(180)],
            &expect![[r#"
            shop Succeeded
            run heartbeat, 60..180, updated 180"#]],
        );
    }
}

mod inference {
    use super::*;

    #[test]
    fn a_run_that_passed_closes_what_is_open() {
        check(
            [
                run("a1").started_at(10),
                run("a1").stage("Build").started_at(11),
                run("a1").stage("Build").action("Compile").started_at(12),
                run("a1").succeeded_at(20),
            ],
            &expect![[r#"
                shop Succeeded in Build
                Build Succeeded
                run a1, 10..20, updated 20, typically 10 s"#]],
        );
    }

    #[test]
    fn a_run_that_failed_stops_what_is_open() {
        check(
            [run("a1").started_at(10), run("a1").stage("Build").started_at(11), run("a1").failed_at(20)],
            &expect![[r#"
            shop Failed in Build, failing since 20
            Build Stopped
            run a1, 10..20, updated 20"#]],
        );
    }

    #[test]
    fn a_failed_run_fails_the_open_stage_whose_action_failed() {
        check(
            [
                run("a1").started_at(10),
                run("a1").stage("Build").started_at(11),
                run("a1").stage("Build").action("Compile").failed_at(19),
                run("a1").failed_at(20),
            ],
            &expect![[r#"
                shop Failed in Build, failing since 20
                Build Failed (Compile) since 19
                run a1, 10..20, updated 20"#]],
        );
    }

    #[test]
    fn a_later_stage_closes_an_earlier_one() {
        check(
            [run("a1").started_at(10), run("a1").stage("Source").started_at(11), run("a1").stage("Build").started_at(20)],
            &expect![[r#"
            shop Started in Build
            Source Succeeded > Build Started since 20
            run a1, 10.., updated 20"#]],
        );
    }

    #[test]
    fn a_later_stage_that_did_not_begin_closes_nothing() {
        check(
            [run("a1").stage("Source").started_at(11), run("a1").stage("Build").queued_at(20)],
            &expect![[r#"
            shop Started in Source
            Source Started since 11
            run a1, 11.., updated 20"#]],
        );
        check(
            [run("a1").stage("Source").started_at(11), run("a1").stage("Build").canceled_at(20)],
            &expect![[r#"
            shop Started in Source
            Source Started since 11 > Build Stopped
            run a1, 11.., updated 20"#]],
        );
    }

    #[test]
    fn an_older_attempts_stage_does_not_close_a_retried_one() {
        check(
            [
                run("a1").started_at(10),
                run("a1").stage("Build").failed_at(20),
                run("a1").stage("Report").started_at(60),
                run("a1").attempt(2).stage("Build").resumed_at(50),
            ],
            &expect![[r#"
                shop Started in Report, failing since 20
                Build Started since 50 > Report Started since 60
                run a1, attempt 2, 50.., updated 60"#]],
        );
    }

    #[test]
    fn a_stage_tells_of_a_retry_whose_run_event_was_lost() {
        let mut events = failing("a1", 10, &["Source", "Build"]);
        events.push(run("a1").attempt(2).stage("Build").resumed_at(60));
        check(
            events,
            &expect![[r#"
            shop Started in Build, failing since 30
            Source Succeeded > Build Started since 60
            run a1, attempt 2, 60.., updated 60"#]],
        );
    }

    #[test]
    fn an_action_tells_of_a_retry_whose_other_events_were_lost() {
        let mut events = failing("a1", 10, &["Source", "Build"]);
        events.push(run("a1").attempt(2).stage("Build").action("Compile").started_at(60));
        check(
            events.clone(),
            &expect![[r#"
            shop Started in Build, failing since 30
            Source Succeeded > Build Started (Compile) since 60
            run a1, attempt 2, 60.., updated 60"#]],
        );
        events.push(run("a1").attempt(2).stage("Build").action("Compile").failed_at(70));
        check(
            events,
            &expect![[r#"
            shop Failed in Build, failing since 30
            Source Succeeded > Build Failed (Compile) since 70
            run a1, attempt 2, 60..70, updated 70"#]],
        );
    }

    #[test]
    fn a_failure_of_an_older_attempt_is_no_failure_of_the_newest() {
        let mut events = failing("a1", 10, &["Source", "Build"]);
        events.push(run("a1").attempt(2).resumed_at(60));
        check(
            events,
            &expect![[r#"
            shop Started in Build, failing since 30
            Source Succeeded > Build Failed since 30
            run a1, attempt 2, 60.., updated 60"#]],
        );
    }

    #[test]
    fn a_retry_that_passes() {
        let mut events = failing("a1", 10, &["Source", "Build"]);
        events.extend([
            run("a1").attempt(2).resumed_at(60),
            run("a1").attempt(2).stage("Build").resumed_at(60),
            run("a1").attempt(2).stage("Build").succeeded_at(75),
            run("a1").attempt(2).succeeded_at(75),
        ]);
        check(
            events,
            &expect![[r#"
            shop Succeeded in Build
            Source Succeeded ~10 s > Build Succeeded ~15 s
            run a1, attempt 2, 60..75, updated 75"#]],
        );
    }
}

mod actions_alone {
    use super::*;

    fn acted(id: &str, from: i64, actions: &[(&str, &str)]) -> Vec<Event> {
        let tell = |(place, (stage, action)): (usize, &(&str, &str))| {
            let second = from + 10 * i64::try_from(place).unwrap();
            let of = || run(id).stage(stage).action(action);
            [of().started_at(second), of().succeeded_at(second + 9)]
        };
        actions.iter().enumerate().flat_map(tell).collect()
    }

    #[test]
    fn the_first_run_passed_when_its_newest_action_did() {
        check(
            acted("a1", 10, &[("Source", "Checkout"), ("Build", "Compile")]),
            &expect![[r#"
            shop Succeeded in Build
            Source Succeeded ~9 s > Build Succeeded ~9 s
            run a1, 10..29, updated 29, typically 19 s"#]],
        );
    }

    #[test]
    fn the_first_run_is_under_way_while_an_action_is_open() {
        let mut events = acted("a1", 10, &[("Source", "Checkout")]);
        events.push(run("a1").stage("Build").action("Compile").started_at(20));
        check(
            events,
            &expect![[r#"
            shop Started in Build
            Source Succeeded > Build Started (Compile) since 20
            run a1, 10.., updated 20"#]],
        );
    }

    #[test]
    fn a_later_run_passes_once_it_has_all_that_a_complete_one_had() {
        let mut events = acted("a1", 10, &[("Source", "Checkout"), ("Build", "Compile")]);
        events.extend(acted("a2", 100, &[("Source", "Checkout")]));
        check(
            events.clone(),
            &expect![[r#"
            shop Started in Source
            Source Started since 100 ~9 s > Build ahead ~9 s
            run a2, 100.., updated 109, typically 19 s
            history Succeeded 19 s, Started"#]],
        );
        events.extend(acted("a2", 110, &[("Build", "Compile")]));
        check(
            events,
            &expect![[r#"
            shop Succeeded in Build
            Source Succeeded ~9 s > Build Succeeded ~9 s
            run a2, 100..119, updated 119, typically 19 s
            history Succeeded 19 s, Succeeded 19 s"#]],
        );
    }

    #[test]
    fn a_failed_action_fails_the_run() {
        let mut events = acted("a1", 10, &[("Source", "Checkout")]);
        events.push(run("a1").stage("Build").action("Compile").failed_at(25));
        check(
            events,
            &expect![[r#"
            shop Failed in Build, failing since 25
            Source Succeeded > Build Failed (Compile) since 25
            run a1, 10..25, updated 25"#]],
        );
    }

    #[test]
    fn a_retry_after_a_failure_still_counts_from_it() {
        let compile = || run("a1").stage("Build").action("Compile");
        check(
            [compile().started_at(10), compile().failed_at(25), compile().attempt(2).started_at(60)],
            &expect![[r#"
            shop Started in Build, failing since 25
            Build Started (Compile) since 60
            run a1, attempt 2, 60.., updated 60"#]],
        );
    }

    #[test]
    fn an_open_approval_waits() {
        let mut events = acted("a1", 10, &[("Source", "Checkout")]);
        events.push(run("a1").stage("Prod").approval("Approve").started_at(25));
        check(
            events,
            &expect![[r#"
            shop Waiting in Prod
            Source Succeeded > Prod Waiting (Approve) since 25
            run a1, 10.., updated 25"#]],
        );
    }
}

mod headline {
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
            shop Succeeded
            run a2, 20..80, updated 80, typically 60 s
            history Failed 80 s, Succeeded 60 s"#]],
        );
    }

    #[test]
    fn without_a_start_the_earliest_moment_heard_of_counts() {
        check(
            [run("a1").stage("Build").started_at(15), run("a1").failed_at(90), run("a2").started_at(20)],
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
    fn unless_it_is_alone() {
        check(
            [run("a1").started_at(10), run("a1").superseded_at(30)],
            &expect![[r#"
            shop Stopped
            run a1, 10..30, updated 30"#]],
        );
    }

    fn waiting(id: &str, second: i64) -> [Event; 3] {
        [run(id).started_at(second), run(id).stage("Prod").started_at(second), run(id).stage("Prod").approval("Approve").started_at(second)]
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
}

mod failing_since {
    use super::*;

    #[test]
    fn the_first_failure_after_the_newest_success() {
        check(
            [
                run("a1").failed_at(10),
                run("a2").succeeded_at(20),
                run("a3").failed_at(30),
                run("a4").failed_at(40),
                run("a5").started_at(50),
            ],
            &expect![[r#"
                shop Started, failing since 30
                run a5, 50.., updated 50
                history Failed, Succeeded, Failed, Failed, Started"#]],
        );
    }

    #[test]
    fn a_success_ends_it() {
        check(
            [run("a1").failed_at(10), run("a2").succeeded_at(20)],
            &expect![[r#"
            shop Succeeded
            run a2, 20..20, updated 20
            history Failed, Succeeded"#]],
        );
    }

    #[test]
    fn a_rollbacks_success_does_not() {
        check(
            [
                run("a1").failed_at(10),
                run("a2").started_at(20).triggered_by("AutomatedRollback"),
                run("a2").stage("Prod").started_at(20),
                run("a2").stage("Prod").succeeded_at(25),
                run("a2").succeeded_at(25),
            ],
            &expect![[r#"
                shop Succeeded in Prod, failing since 10
                Prod Succeeded
                run a2, 20..25, updated 25
                history Failed, Succeeded 5 s"#]],
        );
    }

    #[test]
    fn a_rollbacks_failure_begins_it() {
        check(
            [run("a1").succeeded_at(10), run("a2").started_at(20).triggered_by("ManualRollback"), run("a2").failed_at(25)],
            &expect![[r#"
            shop Failed, failing since 25
            run a2, 20..25, updated 25
            history Succeeded, Failed 5 s"#]],
        );
    }

    #[test]
    fn a_stopped_run_ends_nothing() {
        check(
            [run("a1").failed_at(10), run("a2").stopped_at(20)],
            &expect![[r#"
            shop Stopped, failing since 10
            run a2, 20..20, updated 20
            history Failed, Stopped"#]],
        );
    }

    #[test]
    fn a_retry_counts_from_the_first_failure() {
        check(
            [run("a1").failed_at(10), run("a1").attempt(2).started_at(20)],
            &expect![[r#"
            shop Started, failing since 10
            run a1, attempt 2, 20.., updated 20"#]],
        );
        check(
            [run("a1").failed_at(10), run("a1").attempt(2).started_at(20), run("a1").attempt(2).failed_at(30)],
            &expect![[r#"
            shop Failed, failing since 10
            run a1, attempt 2, 20..30, updated 30"#]],
        );
        check(
            [run("a1").failed_at(10), run("a1").attempt(2).started_at(20), run("a1").attempt(2).succeeded_at(30)],
            &expect![[r#"
            shop Succeeded
            run a1, attempt 2, 20..30, updated 30"#]],
        );
    }

    #[test]
    fn a_run_stopped_after_a_stage_failed_did_not_fail() {
        check(
            [run("a1").started_at(10), run("a1").stage("Build").failed_at(20), run("a1").stopped_at(21)],
            &expect![[r#"
            shop Stopped in Build
            Build Failed since 20
            run a1, 10..21, updated 21"#]],
        );
    }

    #[test]
    fn an_older_runs_late_failure_does_not_begin_it() {
        check(
            [run("a1").started_at(10), run("a2").started_at(20), run("a2").succeeded_at(30), run("a1").failed_at(40)],
            &expect![[r#"
            shop Succeeded
            run a2, 20..30, updated 30, typically 10 s
            history Failed 30 s, Succeeded 10 s"#]],
        );
    }
}

mod rail {
    use super::*;

    #[test]
    fn stages_ahead_follow_in_the_order_of_the_last_success() {
        let mut events = passing("a1", 10, &["Source", "Build", "Prod"]);
        events.extend([run("a2").started_at(100), run("a2").stage("Source").started_at(100)]);
        check(
            events,
            &expect![[r#"
            shop Started in Source
            Source Started since 100 ~10 s > Build ahead ~10 s > Prod ahead ~10 s
            run a2, 100.., updated 100, typically 30 s
            history Succeeded 30 s, Started"#]],
        );
    }

    #[test]
    fn without_a_success_in_that_of_the_last_run_that_reached_them() {
        let mut events = failing("a1", 10, &["Source", "Build", "Prod"]);
        events.extend(failing("a2", 100, &["Source", "Build", "Test"]));
        events.extend([run("a3").started_at(200), run("a3").stage("Source").started_at(200)]);
        check(
            events,
            &expect![[r#"
            shop Started in Source, failing since 40
            Source Started since 200 > Build ahead > Test ahead > Prod ahead
            run a3, 200.., updated 200
            history Failed 30 s, Failed 30 s, Started"#]],
        );
    }

    #[test]
    fn a_new_stage_comes_behind_the_one_before_it() {
        let mut events = passing("a1", 10, &["Source", "Build", "Prod"]);
        events.extend(failing("a2", 100, &["Source", "Build", "Test"]));
        check(
            events,
            &expect![[r#"
            shop Failed in Test, failing since 130
            Source Succeeded ~10 s > Build Succeeded ~10 s > Test Failed since 130 > Prod ahead ~10 s
            run a2, 100..130, updated 130, typically 30 s
            history Succeeded 30 s, Failed 30 s"#]],
        );
    }

    #[test]
    fn a_success_forgets_stages_that_are_no_more() {
        let mut events = passing("a1", 10, &["Source", "Build", "Old"]);
        events.extend(passing("a2", 100, &["Source", "New"]));
        check(
            events,
            &expect![[r#"
            shop Succeeded in New
            Source Succeeded ~10 s > New Succeeded ~10 s
            run a2, 100..120, updated 120, typically 25 s
            history Succeeded 30 s, Succeeded 20 s"#]],
        );
    }

    #[test]
    fn a_rollback_teaches_no_order() {
        let mut events = passing("a1", 10, &["Source", "Build", "Prod"]);
        events.extend(passing("a2", 100, &["Prod"]));
        events.push(run("a2").started_at(100).triggered_by("ManualRollback"));
        check(
            events,
            &expect![[r#"
            shop Succeeded in Prod
            Source ahead ~10 s > Build ahead ~10 s > Prod Succeeded ~10 s
            run a2, 100..110, updated 110, typically 30 s
            history Succeeded 30 s, Succeeded 10 s"#]],
        );
    }

    #[test]
    fn times_are_the_medians_of_successes() {
        let mut events = Vec::new();
        for (place, seconds) in [30, 10, 20].into_iter().enumerate() {
            let (id, from) = (format!("a{place}"), 100 * i64::try_from(place).unwrap());
            events.extend([run(&id).started_at(from), run(&id).stage("Build").started_at(from + 1)]);
            events.extend([run(&id).stage("Build").succeeded_at(from + seconds), run(&id).succeeded_at(from + seconds)]);
        }
        events.extend(failing("a9", 900, &["Build"]));
        check(
            events,
            &expect![[r#"
            shop Failed in Build, failing since 910
            Build Failed since 910 ~19 s
            run a9, 900..910, updated 910, typically 20 s
            history Succeeded 30 s, Succeeded 10 s, Succeeded 20 s, Failed 10 s"#]],
        );
    }

    #[test]
    fn a_retried_run_tells_nothing_of_how_long_a_run_takes() {
        check(
            [
                run("a1").started_at(10),
                run("a1").stage("Build").attempt(2).started_at(60),
                run("a1").stage("Build").attempt(2).succeeded_at(80),
                run("a1").attempt(2).succeeded_at(80),
            ],
            &expect![[r#"
                shop Succeeded in Build
                Build Succeeded ~20 s
                run a1, attempt 2, 60..80, updated 80"#]],
        );
    }
}
