//! The stages, their order, how long they usually take.

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
        events.extend([
            run(&id).stage("Build").succeeded_at(from + seconds),
            run(&id).succeeded_at(from + seconds),
        ]);
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
