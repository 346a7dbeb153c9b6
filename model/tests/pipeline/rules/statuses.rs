//! What a run is at when its CI told everything.

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
        [
            run("a1").started_at(10),
            run("a1").stage("Build").started_at(11),
            run("a1").stage("Build").action("Compile").failed_at(20),
        ],
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
        [
            run("a1").stage("Prod").started_at(20),
            approve().started_at(21),
            approve().succeeded_at(50),
        ],
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
        [
            run("a1").started_at(10),
            run("a1").stage("Build").started_at(11),
            run("a1").stopping_at(20),
        ],
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
        [
            run("a1").started_at(10),
            run("a1").stage("Build").said_something_at(11),
            run("a1").succeeded_at(20),
        ],
        &expect![[r#"
        shop Succeeded in Build
        Build Unknown
        run a1, 10..20, updated 20, typically 10 s"#]],
    );
}

#[test]
fn a_heartbeat_is_one_run_of_ever_newer_successes() {
    check(
        [
            run("heartbeat").succeeded_at(60),
            run("heartbeat").succeeded_at(120),
            run("heartbeat").succeeded_at(180),
        ],
        &expect![[r#"
        shop Succeeded
        run heartbeat, 60..180, updated 180"#]],
    );
}
