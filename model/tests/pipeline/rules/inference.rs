//! What is inferred where events were lost.

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
        [
            run("a1").started_at(10),
            run("a1").stage("Build").started_at(11),
            run("a1").failed_at(20),
        ],
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
        [
            run("a1").started_at(10),
            run("a1").stage("Source").started_at(11),
            run("a1").stage("Build").started_at(20),
        ],
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
            Source Started since 11
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

#[test]
fn a_failed_stage_that_a_condition_passed_does_not_fail_the_run() {
    let events = vec![
        run("a1").started_at(10),
        run("a1").stage("Test").started_at(11),
        run("a1").stage("Test").failed_at(20),
    ];
    check(
        events.clone(),
        &expect![[r#"
        shop Failed in Test, failing since 20
        Test Failed since 20
        run a1, 10..20, updated 20"#]],
    );
    let with_prod_at = |second| {
        let mut events = events.clone();
        events.push(run("a1").stage("Prod").started_at(second));
        events
    };
    check(
        with_prod_at(21),
        &expect![[r#"
        shop Started in Prod
        Test Failed since 20 > Prod Started since 21
        run a1, 10.., updated 21"#]],
    );
    // Events have whole seconds: the next stage may begin in the second of the failure.
    check(
        with_prod_at(20),
        &expect![[r#"
        shop Started in Prod
        Test Failed since 20 > Prod Started since 20
        run a1, 10.., updated 20"#]],
    );
}
