//! Since when a pipeline fails.

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
        [
            run("a1").succeeded_at(10),
            run("a2").started_at(20).triggered_by("ManualRollback"),
            run("a2").failed_at(25),
        ],
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
            shop Failed, failing since 10
            run a1, 10..10, updated 10"#]],
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
        [
            run("a1").failed_at(10),
            run("a1").attempt(2).started_at(20),
            run("a1").attempt(2).failed_at(30),
        ],
        &expect![[r#"
        shop Failed, failing since 10
        run a1, attempt 2, 20..30, updated 30"#]],
    );
    check(
        [
            run("a1").failed_at(10),
            run("a1").attempt(2).started_at(20),
            run("a1").attempt(2).succeeded_at(30),
        ],
        &expect![[r#"
        shop Succeeded
        run a1, attempt 2, 20..30, updated 30"#]],
    );
}

#[test]
fn a_run_stopped_after_a_stage_failed_did_not_fail() {
    check(
        [
            run("a1").started_at(10),
            run("a1").stage("Build").failed_at(20),
            run("a1").stopped_at(21),
        ],
        &expect![[r#"
        shop Stopped in Build
        Build Failed since 20
        run a1, 10..21, updated 21"#]],
    );
}

#[test]
fn an_older_runs_late_failure_does_not_begin_it() {
    check(
        [
            run("a1").started_at(10),
            run("a2").started_at(20),
            run("a2").succeeded_at(30),
            run("a1").failed_at(40),
        ],
        &expect![[r#"
            shop Failed, failing since 40
            run a1, 10..40, updated 40, typically 10 s
            history Succeeded 10 s, Failed 30 s"#]],
    );
}
