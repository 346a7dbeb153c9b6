//! More than sixteen runs: what goes, what stays known.

use expect_test::{Expect, expect};
use model::{
    Applied, Pipeline,
    event::{Event, State, Subject},
};

use crate::story::{Saying, by, failing, passing, pipeline, run, stored_pipeline, told};

const STAGES: [&str; 3] = ["Source", "Build", "Prod"];

/// Runs `first` to `last`, a hundred seconds apart, each as `course` tells it.
fn runs(first: i64, last: i64, course: impl Fn(&str, i64) -> Vec<Event>) -> Vec<Event> {
    (first..=last).flat_map(|number| course(&format!("r{number:03}"), number * 100)).collect()
}

#[track_caller]
fn check(events: &[Event], expect: &Expect) {
    let joined = pipeline(events);
    assert_eq!(joined.to_json(), stored_pipeline(events).to_json(), "stored in between");
    expect.assert_eq(&told(&joined.tile()));
}

#[track_caller]
fn check_evicted(pipeline: &mut Pipeline, event: Event) {
    let before = pipeline.to_json();
    assert_eq!(pipeline.apply(event), Applied::Evicted);
    assert_eq!(pipeline.to_json(), before);
}

#[test]
fn sixteen_that_passed_are_kept_and_ten_are_shown() {
    let events = runs(1, 40, |id, from| passing(id, from, &STAGES));
    let joined = pipeline(&events);
    let ids: Vec<String> = joined.page().runs.into_iter().map(|run| run.id).collect();
    assert_eq!(ids, (25..=40).rev().map(|number| format!("r{number:03}")).collect::<Vec<_>>());
    assert_eq!(joined.tile().history.len(), 10);
}

#[test]
fn forty_failures_in_a_row_are_failing_since_the_first() {
    let mut events = runs(1, 1, |id, from| passing(id, from, &STAGES));
    events.extend(runs(2, 41, |id, from| failing(id, from, &STAGES[..2])));
    check(
        &events,
        &expect![[r#"
        shop Failed in Build, failing since 220
        Source Succeeded ~10 s > Build Failed since 4120 ~10 s > Prod ahead ~10 s
        run r041, 4100..4120, updated 4120, typically 30 s
        history Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s"#]],
    );
    events.extend(runs(42, 42, |id, from| passing(id, from, &STAGES)));
    check(
        &events,
        &expect![[r#"
        shop Succeeded in Prod
        Source Succeeded ~10 s > Build Succeeded ~10 s > Prod Succeeded ~10 s
        run r042, 4200..4230, updated 4230, typically 30 s
        history Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Succeeded 30 s"#]],
    );
}

#[test]
fn forty_failures_of_a_pipeline_that_never_passed_keep_the_stages_ahead() {
    let mut events = runs(1, 1, |id, from| failing(id, from, &STAGES));
    events.extend(runs(2, 41, |id, from| failing(id, from, &STAGES[..2])));
    check(
        &events,
        &expect![[r#"
        shop Failed in Build, failing since 130
        Source Succeeded > Build Failed since 4120 > Prod ahead
        run r041, 4100..4120, updated 4120
        history Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s"#]],
    );
}

#[test]
fn a_rollback_let_go_ends_no_failure_and_teaches_nothing() {
    let mut events = runs(1, 1, |id, from| passing(id, from, &STAGES));
    events.extend(runs(2, 2, |id, from| failing(id, from, &STAGES)));
    events.extend(runs(3, 3, |id, from| {
        passing(id, from, &STAGES[2..])
            .into_iter()
            .map(|event| event.triggered_by("AutomatedRollback"))
            .collect()
    }));
    events.extend(runs(4, 23, |id, from| {
        vec![run(id).started_at(from), run(id).stopped_at(from + 1)]
    }));
    check(
        &events,
        &expect![[r#"
        shop Stopped, failing since 230
        Source ahead ~10 s > Build ahead ~10 s > Prod ahead ~10 s
        run r023, 2300..2301, updated 2301, typically 30 s
        history Stopped 1 s, Stopped 1 s, Stopped 1 s, Stopped 1 s, Stopped 1 s, Stopped 1 s, Stopped 1 s, Stopped 1 s, Stopped 1 s, Stopped 1 s"#]],
    );
}

#[test]
fn eight_successes_are_remembered_and_no_more() {
    let mut events =
        runs(1, 4, |id, from| vec![run(id).started_at(from), run(id).succeeded_at(from + 90)]);
    events.extend(runs(5, 12, |id, from| {
        vec![run(id).started_at(from), run(id).succeeded_at(from + 20)]
    }));
    events.extend(runs(13, 40, |id, from| failing(id, from, &STAGES[..1])));
    assert_eq!(pipeline(&events).tile().run.unwrap().typical_s, Some(20));
}

#[test]
fn what_a_complete_run_consists_of_is_remembered() {
    let acted = |id: &str, from: i64, stages: &[&str], last: State| {
        let end = |(place, stage): (usize, &&str)| {
            let state = if place + 1 == stages.len() { last } else { State::Succeeded };
            run(id).stage(stage).action("Work").at(from + i64::try_from(place).unwrap(), state)
        };
        stages.iter().enumerate().map(end).collect::<Vec<Event>>()
    };
    let mut events = runs(1, 1, |id, from| acted(id, from, &STAGES, State::Succeeded));
    events.extend(runs(2, 21, |id, from| acted(id, from, &STAGES[..2], State::Failed)));
    events.extend(runs(22, 22, |id, from| acted(id, from, &STAGES[..2], State::Succeeded)));
    check(
        &events,
        &expect![[r#"
        shop Started in Build, failing since 201
        Source Succeeded > Build Started since 2201 > Prod ahead
        run r022, 2200.., updated 2201
        history Failed, Failed, Failed, Failed, Failed, Failed, Failed, Failed, Failed, Started"#]],
    );
    events.extend(runs(22, 22, |id, from| acted(id, from, &STAGES, State::Succeeded)));
    check(
        &events,
        &expect![[r#"
        shop Succeeded in Prod
        Source Succeeded > Build Succeeded > Prod Succeeded
        run r022, 2200..2202, updated 2202
        history Failed, Failed, Failed, Failed, Failed, Failed, Failed, Failed, Failed, Succeeded"#]],
    );
}

#[test]
fn events_of_a_run_that_was_let_go_are_ignored() {
    let mut joined = pipeline(&runs(1, 30, |id, from| passing(id, from, &STAGES)));
    check_evicted(&mut joined, run("r014").attempt(2).started_at(9_000));
    check_evicted(&mut joined, run("r001").stage("Prod").failed_at(9_000).begun_at(9_000));
    assert_eq!(
        joined.apply(run("r015").attempt(2).started_at(9_000)),
        Applied::Changed,
        "the oldest that is kept"
    );
}

#[test]
fn the_newest_sixty_four_with_a_verdict_that_were_evicted_are_remembered() {
    let mut joined = pipeline(&runs(1, 100, |id, from| passing(id, from, &STAGES)));
    check_evicted(&mut joined, run("r084").attempt(2).started_at(20_000));
    check_evicted(&mut joined, run("r021").attempt(2).started_at(20_000));
    assert_eq!(
        joined.apply(run("r020").attempt(2).started_at(20_000)),
        Applied::Changed,
        "forgotten, so it counts as new"
    );
}

#[test]
fn a_run_older_than_all_that_are_kept_is_ignored() {
    let mut joined = pipeline(&runs(10, 29, |id, from| passing(id, from, &STAGES)));
    check_evicted(&mut joined, run("r009").failed_at(999));
    assert_eq!(
        joined.apply(run("r030").started_at(3001)),
        Applied::Changed,
        "the oldest gives way to it"
    );
}

/// It comes to the approval in Prod, and stands there.
fn standing(id: &str, from: i64) -> Vec<Event> {
    let mut events = passing(id, from, &STAGES[..2]);
    events.pop();
    events.extend([
        run(id).stage("Prod").started_at(from + 20),
        run(id).stage("Prod").approval("Approve").started_at(from + 20),
    ]);
    events
}

/// It is built, and superseded by the next one.
fn superseded(id: &str, from: i64) -> Vec<Event> {
    let mut events = passing(id, from, &STAGES[..2]);
    events.pop();
    events.push(run(id).superseded_at(from + 100));
    events
}

fn kept(pipeline: &Pipeline) -> Vec<String> {
    pipeline.page().runs.into_iter().rev().map(|run| run.id).collect()
}

#[test]
fn a_run_that_waits_is_kept_while_newer_ones_supersede_each_other() {
    let mut events = standing("r000", 0);
    events.extend(runs(1, 39, superseded));
    events.push(run("r040").started_at(4_000));
    check(
        &events,
        &expect![[r#"
            shop Waiting in Prod
            Source Succeeded > Build Succeeded > Prod Waiting (Approve) since 20
            run r000, 0.., updated 20"#]],
    );
    events.extend([
        run("r000").stage("Prod").approval("Approve").succeeded_at(4_010),
        run("r000").stage("Prod").action("Deploy").failed_at(4_020),
        run("r000").stage("Prod").failed_at(4_021),
        run("r000").failed_at(4_021),
    ]);
    events.extend(runs(41, 60, superseded));
    events.push(run("r061").started_at(6_100));
    check(
        &events,
        &expect![[r#"
            shop Started, failing since 4021
            Source ahead > Build ahead > Prod ahead
            run r061, 6100.., updated 6100
            history Stopped 100 s, Stopped 100 s, Stopped 100 s, Stopped 100 s, Stopped 100 s, Stopped 100 s, Stopped 100 s, Stopped 100 s, Stopped 100 s, Started"#]],
    );
    assert_eq!(kept(&pipeline(&events))[..2], ["r000", "r040"]);
}

#[test]
fn a_run_that_deploys_is_kept_and_failures_behind_it_stay_newer_than_its_success() {
    let mut events = runs(0, 0, |id, from| failing(id, from, &STAGES));
    events.extend(standing("r001", 100));
    events.extend(runs(2, 2, |id, from| failing(id, from, &STAGES[..2])));
    events.extend(runs(3, 30, superseded));
    events.push(run("r001").stage("Prod").approval("Approve").succeeded_at(3_050));
    events.extend(runs(31, 50, superseded));
    assert_eq!(kept(&pipeline(&events))[..3], ["r000", "r001", "r002"]);
    events.extend(runs(51, 90, |id, from| failing(id, from, &STAGES[..2])));
    events.push(run("r091").started_at(9_100));
    assert_eq!(kept(&pipeline(&events))[..2], ["r001", "r041"]);
    check(
        &events,
        &expect![[r#"
            shop Started, failing since 30
            Source ahead > Build ahead > Prod ahead
            run r091, 9100.., updated 9100
            history Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Started"#]],
    );
    events.extend([run("r001").stage("Prod").succeeded_at(9_110), run("r001").succeeded_at(9_110)]);
    check(
        &events,
        &expect![[r#"
            shop Started, failing since 30
            Source ahead ~10 s > Build ahead ~10 s > Prod ahead ~8990 s
            run r091, 9100.., updated 9100, typically 9010 s
            history Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Failed 20 s, Started"#]],
    );
    events.extend(runs(91, 130, |id, from| failing(id, from, &STAGES[..2])));
    assert_eq!(
        pipeline(&events).tile().failing_since,
        Some(crate::story::second_of_day(30)),
        "and when it is evicted"
    );
}

#[test]
fn older_runs_are_kept_by_kind() {
    let open = |id: &str, from: i64| vec![run(id).started_at(from)];
    let skipped = |id: &str, from: i64| vec![run(id).skipped_at(from)];
    let mut events = runs(0, 18, open);
    events.extend(runs(19, 40, |id, from| failing(id, from, &STAGES)));
    events.extend(runs(41, 60, superseded));
    events.extend(runs(61, 62, |id, from| vec![run(id).stopped_at(from)]));
    let expected: Vec<String> = [9..=18, 31..=40, 47..=62]
        .into_iter()
        .flatten()
        .map(|number| format!("r{number:03}"))
        .collect();
    assert_eq!(kept(&pipeline(&events)), expected);

    // However many runs are skipped, ten others are shown.
    let mut events = runs(0, 20, |id, from| passing(id, from, &STAGES));
    events.extend(runs(21, 80, skipped));
    assert_eq!(pipeline(&events).tile().history.len(), 10);
}

#[test]
fn a_verdict_is_evicted_by_later_verdicts_whichever_run_began_first() {
    let mut events = vec![run("r000").started_at(0)];
    events.extend(runs(1, 30, |id, from| passing(id, from, &STAGES)));
    events.push(run("r000").failed_at(4_000));
    check(
        &events,
        &expect![[r#"
            shop Failed, failing since 4000
            Source ahead ~10 s > Build ahead ~10 s > Prod ahead ~10 s
            run r000, 0..4000, updated 4000, typically 30 s
            history Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Succeeded 30 s, Failed 4000 s"#]],
    );
}

#[test]
fn one_that_waits_is_kept_longest() {
    let mut events = standing("r000", 0);
    events.extend(runs(1, 40, |id, from| vec![run(id).queued_at(from)]));
    let expected = [0, 26, 27].map(|number| format!("r{number:03}"));
    assert_eq!(kept(&pipeline(&events))[..3], expected);
}

#[test]
fn a_run_that_matters_is_kept_however_late_its_first_event_arrives() {
    let mut joined = pipeline(&runs(1, 30, superseded));
    check_evicted(&mut joined, run("r000").superseded_at(1));
    assert_eq!(joined.apply(run("r000").failed_at(1)), Applied::Changed);
    assert_eq!(joined.tile().status, model::Status::Failed);
    let mut joined = pipeline(&runs(1, 30, superseded));
    assert_eq!(
        joined.apply(run("r000").stage("Prod").approval("Approve").started_at(1)),
        Applied::Changed
    );
    assert_eq!(joined.tile().status, model::Status::Waiting);
    check_evicted(&mut joined, run("r014").stage("Prod").failed_at(9_000));
}

#[test]
fn runs_that_only_jobs_tell_of_push_no_other_out() {
    // Jobs of forks' branches that have the default branch's name.
    let mut events = runs(0, 4, |id, from| passing(id, from, &STAGES));
    events.extend(runs(5, 60, |id, from| {
        failing(id, from, &STAGES)
            .into_iter()
            .filter(|event| event.subject != Subject::Run)
            .collect()
    }));
    let tile = pipeline(&by("github", events)).tile();
    assert_eq!(
        (tile.status, tile.history.len(), tile.failing_since),
        (model::Status::Succeeded, 5, None)
    );
}

#[test]
fn what_is_trimmed_is_not_remembered_elsewhere() {
    for source in ["gitlab", "codepipeline"] {
        trim_all(source);
    }
}

fn trim_all(source: &str) {
    let mut events = vec![run("r1").started_at(0)];
    for (stage, job) in (0..20).flat_map(|stage| (0..20).map(move |job| (stage, job))) {
        events.push(
            run("r1")
                .stage(&format!("{stage} {}", "s".repeat(100)))
                .action(&format!("{job} {}", "j".repeat(100)))
                .succeeded_at(10),
        );
    }
    events.push(run("r1").succeeded_at(20));
    let mut joined = pipeline(&by(source, events));
    let before = joined.to_json().len();
    while joined.trim() {}
    assert_eq!(joined.tile().status, model::Status::Succeeded);
    assert!(joined.to_json().len() < before / 10, "{} of {before} bytes", joined.to_json().len());
}

#[test]
fn of_too_many_names_the_least_are_kept_in_any_order() {
    let stage =
        |number: i64| run("r1").stage(&format!("Stage {:03}", number * 37 % 600)).failed_at(number);
    let action = |number: i64| {
        run("r1")
            .stage("Stage 000")
            .action(&format!("Action {:03}", number * 37 % 600))
            .started_at(number)
    };
    let events: Vec<Event> = (0..600).flat_map(|number| [stage(number), action(number)]).collect();
    let joined = pipeline(&events);
    assert_eq!(joined.to_json(), pipeline(events.iter().rev()).to_json());
    let page = joined.page();
    assert_eq!(page.runs[0].stages.len(), 500);
    assert_eq!(page.runs[0].stages.iter().map(|stage| stage.actions.len()).max(), Some(500));
    assert!(page.runs[0].stages.iter().all(|stage| *stage.name < *"Stage 500"));
}

#[test]
fn a_stage_beyond_the_cap_changes_nothing_but_what_the_run_heard() {
    let mut joined = pipeline(
        &(0..500)
            .map(|number| run("r1").stage(&format!("Stage {number:03}")).started_at(10))
            .collect::<Vec<_>>(),
    );
    let before = joined.to_json();
    assert_eq!(joined.apply(run("r1").stage("Stage 999").started_at(20)), Applied::Stale);
    assert_eq!(joined.to_json(), before);
    let first = run("r1").stage("A stage").started_at(20);
    assert!(matches!(first.subject, Subject::Stage(_)));
    assert_eq!(
        joined.apply(first),
        Applied::Changed,
        "a lesser name takes the place of the greatest"
    );
}

#[test]
fn however_many_stages_are_remembered_the_rail_has_all_that_the_run_reached() {
    let stages =
        |prefix: char| (0..50).map(|number| format!("{prefix}{number:02}")).collect::<Vec<_>>();
    let reaching = |id: &str, from: i64, stages: &[String]| {
        stages.iter().map(|stage| run(id).stage(stage).failed_at(from)).collect::<Vec<_>>()
    };
    let mut events = reaching("r1", 100, &stages('a'));
    events.extend(reaching("r2", 200, &stages('b')));
    let tile = pipeline(&events).tile();
    assert_eq!(tile.stages.iter().filter(|stage| stage.status.is_some()).count(), 50);
    assert!(tile.stages.len() <= 100);
}
