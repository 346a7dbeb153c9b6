use model::tile::{Past, Phase, Tile, TileRun, TileStage};

use super::*;

const NOW_S: i64 = 1_800_000_000;

fn ago_s(seconds: i64) -> Timestamp {
    Timestamp::from_unix_ms((NOW_S - seconds) * 1000).unwrap()
}

fn tile(status: Status) -> Tile {
    Tile {
        id: "codepipeline:us-east-1:123456789012:shop".parse().unwrap(),
        name: "shop".to_owned(),
        status,
        stage: None,
        stages: vec![],
        run: None,
        change: None,
        history: vec![],
        failing_since: None,
        verdict: None,
        url: None,
        off: None,
        gone: None,
    }
}

fn run(started: i64, ended: Option<i64>) -> TileRun {
    TileRun {
        id: "r1".to_owned(),
        started: ago_s(started),
        updated: ago_s(ended.unwrap_or(0)),
        ended: ended.map(ago_s),
        attempt: 1,
        typical_s: None,
        phase: None,
        number: None,
        error: None,
        behind: 0,
    }
}

fn stage(name: &str, status: Status, action: Option<&str>, since: Option<i64>) -> TileStage {
    TileStage {
        name: name.to_owned(),
        status: Some(status),
        action: action.map(str::to_owned),
        since: since.map(ago_s),
        typical_s: None,
    }
}

/// Sentence · detail · failing · last run · age.
#[track_caller]
fn check(tile: &Tile, expect: &str) {
    let phrases = tile_phrases(tile, ago_s(0));
    let parts = [
        Some(plain(&phrases.sentence)),
        phrases.detail,
        phrases.failing,
        phrases.last_run,
        Some(phrases.age),
    ];
    assert_eq!(parts.map(Option::unwrap_or_default).join(" · "), expect);
}

#[test]
fn a_failure_names_stage_and_action_and_says_since_when() {
    let mut failed = tile(Status::Failed);
    check(&failed, "failed ·  ·  ·  · ");

    failed.run = Some(run(970, Some(720)));
    failed.failing_since = Some(ago_s(7800));
    failed.stage = Some("Prod".to_owned());
    check(
        &failed,
        "stage Prod failed ·  · failing for 2 h 10 min · last run took 4 min 10 s, ended 12 min ago · 12 min",
    );

    failed.stages = vec![stage("Prod", Status::Failed, Some("Deploy"), Some(720))];
    check(
        &failed,
        "stage Prod, action Deploy failed ·  · failing for 2 h 10 min · last run took 4 min 10 s, ended 12 min ago · 12 min",
    );
    assert_eq!(
        tile_phrases(&failed, ago_s(0))
            .sentence
            .into_iter()
            .filter(|part| matches!(part, Part::Name(_)))
            .collect::<Vec<_>>(),
        [Part::Name("Prod".to_owned()), Part::Name("Deploy".to_owned())]
    );
}

#[test]
fn an_unstable_run_says_so() {
    let run = TileRun { error: Some("UNSTABLE".to_owned()), ..run(970, Some(720)) };
    let mut failed = Tile { run: Some(run), ..tile(Status::Failed) };
    let said = |tile: &Tile| plain(&tile_phrases(tile, ago_s(0)).sentence);
    assert_eq!(said(&failed), "unstable: tests failed");
    failed.stage = Some("Test".to_owned());
    assert_eq!(said(&failed), "stage Test unstable");
    failed.run = Some(TileRun { error: Some("JobFailed".to_owned()), ..failed.run.unwrap() });
    assert_eq!(said(&failed), "stage Test failed");
}

#[test]
fn an_approval_says_where_and_for_how_long() {
    let mut waiting = tile(Status::Waiting);
    check(&waiting, "waits for approval ·  ·  ·  · ");
    waiting.run = Some(run(3000, None));
    waiting.stage = Some("Prod".to_owned());
    waiting.stages = vec![stage("Prod", Status::Waiting, Some("Approve"), Some(2280))];
    check(&waiting, "waits for approval in Prod for 38 min ·  ·  ·  · 0 s");
    let mut behind = |behind| {
        waiting.run = Some(TileRun { behind, ..run(3000, None) });
        tile_phrases(&waiting, ago_s(0)).detail.unwrap()
    };
    assert_eq!(behind(1), "1 newer run queues behind it");
    assert_eq!(behind(2), "2 newer runs queue behind it");
}

#[test]
fn a_run_says_how_much_time_is_left() {
    let mut running = tile(Status::Started);
    check(&running, "running ·  ·  ·  · ");

    running.stage = Some("Test".to_owned());
    let mut so_far = |seconds, usual| {
        running.run = Some(TileRun { typical_s: usual, ..run(seconds, None) });
        running.clone()
    };
    check(&so_far(252, None), "running for 4 min 12 s · now in Test ·  ·  · 4 min");
    check(
        &so_far(252, Some(430)),
        "about 3 min left · now in Test, 4 min 12 s so far ·  ·  · 4 min",
    );
    check(
        &so_far(251, Some(310)),
        "less than a minute left · now in Test, 4 min 11 s so far ·  ·  · 4 min",
    );
    check(
        &so_far(250, Some(310)),
        "about 1 min left · now in Test, 4 min 10 s so far ·  ·  · 4 min",
    );
    check(&so_far(10, Some(7300)), "about 2 h 2 min left · now in Test, 10 s so far ·  ·  · 10 s");
    check(
        &so_far(310, Some(310)),
        "less than a minute left · now in Test, 5 min 10 s so far ·  ·  · 5 min",
    );
    check(
        &so_far(311, Some(310)),
        "just over the usual 5 min · now in Test, 5 min 11 s so far ·  ·  · 5 min",
    );
    check(
        &so_far(424, Some(300)),
        "2 min over the usual 5 min · now in Test, 7 min 04 s so far ·  ·  · 7 min",
    );
    check(
        &so_far(100, Some(20)),
        "1 min over the usual 20 s · now in Test, 1 min 40 s so far ·  ·  · 1 min",
    );
}

#[test]
fn queued_stopping_and_silent_runs_differ_from_running_ones() {
    let mut running = tile(Status::Started);
    running.run = Some(TileRun { phase: Some(Phase::Queued), ..run(200, None) });
    check(&running, "queued for 3 min ·  ·  ·  · 3 min");
    running.run = Some(TileRun { phase: Some(Phase::Stopping), ..run(200, None) });
    check(&running, "stopping ·  ·  ·  · 3 min");
    running.run = Some(TileRun { phase: Some(Phase::Other), ..run(200, None) });
    check(&running, "running for 3 min 20 s ·  ·  ·  · 3 min");
    running.run =
        Some(TileRun { updated: ago_s(10_900), typical_s: Some(300), ..run(11_000, None) });
    check(&running, "no events for 3 h 1 min · 3 h 3 min so far ·  ·  · 3 h");
}

#[test]
fn silence_begins_after_an_hour_and_ten_usual_runs() {
    for (silent, usual, expect) in [
        (3600, None, None),
        (3601, None, Some(3601)),
        (3700, Some(400), None),
        (4001, Some(400), Some(4001)),
        (9, Some(u64::MAX), None),
    ] {
        let run = TileRun { updated: ago_s(silent), typical_s: usual, ..run(20_000, None) };
        assert_eq!(silence(&run, ago_s(0)), expect, "{silent} s of {usual:?}");
    }
}

#[test]
fn ended_runs_say_when_and_how_long() {
    let mut passed = tile(Status::Succeeded);
    check(&passed, "passed ·  ·  ·  · ");
    passed.run = Some(run(1560, Some(1320)));
    check(&passed, "passed 22 min ago ·  ·  · took 4 min · 22 min");
    passed.run = Some(run(70, Some(10)));
    check(&passed, "passed just now ·  ·  · took 1 min · 10 s");
    passed.history = vec![Past { status: Status::Succeeded, seconds: Some(20) }];
    check(&passed, "passed just now ·  ·  · took 20 s · 10 s");

    let mut stopped = tile(Status::Stopped);
    stopped.run = Some(run(300_100, Some(300_000)));
    check(&stopped, "stopped 3 d ago ·  ·  · ran 1 min · 3 d");
    stopped.failing_since = Some(ago_s(400_000));
    check(&stopped, "stopped 3 d ago ·  ·  · failing for 4 d · 3 d");

    let mut unknown = tile(Status::Unknown);
    unknown.run = Some(TileRun { updated: ago_s(300), ..run(400, None) });
    check(&unknown, "in an unknown state, last event 5 min ago ·  ·  ·  · 5 min");
}

#[test]
fn a_clock_that_is_behind_makes_no_negative_ages() {
    let mut passed = tile(Status::Succeeded);
    passed.run = Some(run(-100, Some(-200)));
    check(&passed, "passed just now ·  ·  · took 1 min · 0 s");
}

#[test]
fn progress_never_claims_the_end() {
    for (status, since, usual, expect) in [
        (Status::Started, Some(30), Some(60), Some(50)),
        (Status::Started, Some(59), Some(60), Some(95)),
        (Status::Started, Some(6000), Some(60), Some(95)),
        (Status::Started, Some(-5), Some(60), Some(0)),
        (Status::Started, Some(30), Some(0), None),
        (Status::Started, Some(30), None, None),
        (Status::Started, None, Some(60), None),
        (Status::Succeeded, Some(30), Some(60), None),
    ] {
        let stage = TileStage { typical_s: usual, ..stage("Test", status, None, since) };
        assert_eq!(progress(&stage, ago_s(0)), expect, "{since:?} of {usual:?}");
    }
}

#[test]
fn switched_off_and_deleted_pipelines_say_so() {
    check(&tile(Status::Unknown), "has not run yet ·  ·  ·  · ");
    let off = Some("Prod".to_owned());
    let passed =
        Tile { run: Some(run(900, Some(660))), off: off.clone(), ..tile(Status::Succeeded) };
    check(&passed, "passed 11 min ago ·  ·  · took 4 min · Prod is switched off · 11 min");
    check(
        &Tile { run: Some(run(60, None)), off, ..tile(Status::Started) },
        "running for 1 min · Prod is switched off ·  ·  · 1 min",
    );
    check(
        &Tile { gone: Some(ago_s(7200)), ..passed },
        "deleted 2 h ago ·  ·  · took 4 min · Prod is switched off · 11 min",
    );
}
