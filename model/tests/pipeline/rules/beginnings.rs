//! When a run began.

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
fn where_attempts_are_not_counted_the_last_start_counts() {
    let job = || run("a1").stage("Test").action("Unit");
    check(
        by(
            "gitlab",
            [
                run("a1").started_at(0),
                job().failed_at(20).begun_at(10),
                job().started_at(50).begun_at(49),
                job().succeeded_at(60).begun_at(49),
                run("a1").succeeded_at(61),
            ],
        ),
        &expect![[r#"
            shop Succeeded in Test
            Test Succeeded ~11 s
            run a1, 0..61, updated 61, typically 61 s"#]],
    );
}

#[test]
fn each_attempt_has_its_own() {
    check(
        [
            run("a1").started_at(10).begun_at(9),
            run("a1").failed_at(20),
            run("a1").attempt(2).resumed_at(50),
        ],
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
