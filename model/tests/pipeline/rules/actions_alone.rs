//! Runs of which only action events were heard.

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
