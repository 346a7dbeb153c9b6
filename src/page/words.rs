//! What a pipeline's page says, as plain functions of the document and the time.

use model::{
    Status, Timestamp,
    page::{PageAction, PageRun},
    tile::Phase,
};

use super::{
    read::Page,
    timeline::{length_s, run_length_s},
};
use crate::{
    number::digits,
    state::State,
    words::{ago, exact, long},
};

/// What goes on, under the pipeline's name.
pub fn headline(page: &Page, usual_s: Option<u64>, now: Timestamp) -> String {
    let run = page.runs.iter().find(|run| run.status == page.status).or(page.runs.first());
    let state = match (State::from(page.status), run) {
        (State::Failed, _) => {
            page.failing_since.map_or_else(|| "failed".to_owned(), |since| ["failing for ", &long(now.seconds_since(since))].concat())
        }
        (State::Waiting | State::Running, Some(run)) => trouble(run, now).unwrap_or_else(|| going_on(run, now)),
        (state, Some(run)) => [state.name(), " ", &ago(now.seconds_since(run.ended.unwrap_or(run.started)))].concat(),
        (state, None) => state.name().to_owned(),
    };
    let usual = usual_s.map(|usual| [" · usually takes ", &exact(usual)].concat());
    // A run under way after a failure.
    let failing = page.failing_since.filter(|_| page.status != Status::Failed);
    let failing = failing.map(|since| [" · failing for ", &long(now.seconds_since(since))].concat());
    [state, failing.unwrap_or_default(), usual.unwrap_or_default()].concat()
}

/// What is said of the pipeline itself: that it is gone, or that nothing may enter a stage.
pub fn notes(page: &Page, now: Timestamp) -> Vec<String> {
    let gone = page.gone.map(|gone| ["gone for ", &long(now.seconds_since(gone)), ": its CI doesn't know it any more"].concat());
    let off = page.off.iter().map(|off| {
        let reason = off.reason.as_ref().map_or(String::new(), |reason| [": ", reason].concat());
        [&off.stage, " is switched off for ", &long(now.seconds_since(off.since)), &reason].concat()
    });
    gone.into_iter().chain(off).collect()
}

/// Which part of a run wants somebody's eye, and why; nothing for one that is well.
pub fn trouble(run: &PageRun, now: Timestamp) -> Option<String> {
    let part = |status: Status| {
        let stage = run.stages.iter().rev().find(|stage| stage.status == status)?;
        let action = stage.actions.iter().find(|action| action.status == status);
        Some((stage, action))
    };
    match run.status {
        Status::Failed => part(Status::Failed).map(|(stage, action)| {
            let what = action.map_or(String::new(), |action| [", ", &action.name].concat());
            [&stage.name, &what, " failed"].concat()
        }),
        Status::Waiting => part(Status::Waiting).map(|(stage, action)| {
            let since = action.and_then(|action| action.started).or(stage.started);
            let time = since.map_or(String::new(), |since| [" for ", &long(now.seconds_since(since))].concat());
            ["waits for approval in ", &stage.name, &time].concat()
        }),
        Status::Stopped if run.superseded => Some("a newer run took its place".to_owned()),
        Status::Stopped => Some("stopped".to_owned()),
        Status::Unknown => Some("in an unknown state".to_owned()),
        Status::Started | Status::Succeeded => None,
    }
}

/// The error of a run that failed: the code, and what the CI said.
pub fn error(action: &PageAction) -> Option<String> {
    match (&action.error, &action.summary) {
        (Some(error), Some(summary)) => Some([error, ": ", summary].concat()),
        (error, summary) => error.clone().or_else(|| summary.clone()),
    }
}

fn going_on(run: &PageRun, now: Timestamp) -> String {
    let length = run_length_s(run, now).map_or(String::new(), |length| [" for ", &exact(length)].concat());
    let verb = match run.phase {
        Some(Phase::Queued) => "queued",
        Some(Phase::Stopping) => "stopping",
        Some(Phase::Other) | None => "running",
    };
    [verb, &length].concat()
}

/// When a run was, for its line.
pub fn when(run: &PageRun, now: Timestamp) -> String {
    match run.ended {
        Some(ended) => ago(now.seconds_since(ended)),
        None if run.status == Status::Waiting => "waiting".to_owned(),
        None if run.phase == Some(Phase::Queued) => "queued".to_owned(),
        None if run.phase == Some(Phase::Stopping) => "stopping".to_owned(),
        None => "running".to_owned(),
    }
}

/// How a stage or action ended, or how long it goes on: "failed after 20 s".
pub fn part(status: Status, started: Option<Timestamp>, ended: Option<Timestamp>, now: Timestamp) -> String {
    let state = State::from(status);
    match length_s(status, started, ended, now) {
        Some(length) => {
            let verb = match state {
                State::Passed => "took ",
                State::Failed => "failed after ",
                State::Waiting => "waits for ",
                State::Running => "running for ",
                State::Stopped => "stopped after ",
                State::Unknown => "unknown after ",
            };
            [verb, &exact(length)].concat()
        }
        None => state.name().to_owned(),
    }
}

/// How a run came about: "started by Webhook at 14:02 · attempt 2".
pub fn origin(run: &PageRun, time_of_day: &str, now: Timestamp) -> String {
    let by = run.trigger.as_ref().map(|trigger| [" by ", trigger].concat()).unwrap_or_default();
    let attempt = if run.attempt > 1 { [" · attempt ", &digits(run.attempt)].concat() } else { String::new() };
    ["started ", &ago(now.seconds_since(run.started)), ", at ", time_of_day, &by, &attempt].concat()
}

#[cfg(test)]
mod tests {
    use super::{super::tests::*, *};

    const NOW: i64 = 100_000;

    fn page(status: Status, runs: Vec<PageRun>) -> Page {
        let failing_since = None;
        Page { name: "shop".to_owned(), status, failing_since, url: None, off: Vec::new(), gone: None, runs }
    }

    #[test]
    fn the_headline_is_about_the_run_that_the_status_is_about() {
        let passed = run("1", NOW - 1300).after(100).passed();
        let failed = run("2", NOW - 1300).stage("Prod", 100).failed();
        let waiting = run("3", NOW - 500).waiting("Prod", 60);
        let running = run("4", NOW - 65).running("Test");
        for (page, usual_s, expect) in [
            (page(Status::Succeeded, vec![passed.clone()]), Some(100), "passed 20 min ago · usually takes 1 min 40 s"),
            (page(Status::Failed, vec![failed.clone()]), None, "failed"),
            (Page { failing_since: Some(at(NOW - 7800)), ..page(Status::Failed, vec![failed.clone()]) }, None, "failing for 2 h 10 min"),
            (page(Status::Waiting, vec![running.clone(), waiting]), None, "waits for approval in Prod for 7 min"),
            (
                Page { failing_since: Some(at(NOW - 7800)), ..page(Status::Started, vec![running, failed]) },
                Some(61),
                "running for 1 min 5 s · failing for 2 h 10 min · usually takes 1 min 1 s",
            ),
            (page(Status::Unknown, vec![]), None, "unknown"),
        ] {
            assert_eq!(headline(&page, usual_s, at(NOW)), expect);
        }
    }

    #[test]
    fn a_pipeline_that_is_gone_or_switched_off_says_so() {
        let mut page = page(Status::Succeeded, vec![]);
        assert_eq!(notes(&page, at(NOW)), [""; 0]);
        page.gone = Some(at(NOW - 7800));
        for (stage, reason) in [("Prod", Some("it is Friday".to_owned())), ("Test", None)] {
            page.off.push(model::page::PageOff { stage: stage.to_owned(), since: at(NOW - 60), reason });
        }
        assert_eq!(
            notes(&page, at(NOW)),
            [
                "gone for 2 h 10 min: its CI doesn't know it any more",
                "Prod is switched off for 1 min: it is Friday",
                "Test is switched off for 1 min",
            ]
        );
    }

    #[test]
    fn a_run_says_what_is_wrong_with_it() {
        let mut superseded = run("s", 0).stopped();
        superseded.superseded = true;
        for (run, expect) in [
            (run("1", 0).stage("Build", 9).passed(), None),
            (run("2", 0).stage("Build", 9).stage("Prod", 9).failed(), Some("Prod, Deploy failed")),
            (run("3", 0).failed(), None),
            (run("4", 0).running("Test"), None),
            (run("5", 0).stopped(), Some("stopped")),
            (superseded, Some("a newer run took its place")),
        ] {
            assert_eq!(trouble(&run, at(NOW)).as_deref(), expect, "{}", run.id);
        }
    }

    #[test]
    fn a_part_says_how_it_ended_and_after_how_long() {
        let (start, end) = (Some(at(NOW - 90)), Some(at(NOW - 60)));
        for (status, started, ended, expect) in [
            (Status::Succeeded, start, end, "took 30 s"),
            (Status::Failed, start, end, "failed after 30 s"),
            (Status::Stopped, start, end, "stopped after 30 s"),
            (Status::Started, start, None, "running for 1 min 30 s"),
            (Status::Waiting, start, None, "waits for 1 min 30 s"),
            (Status::Succeeded, start, None, "passed"),
            (Status::Failed, None, end, "failed"),
            (Status::Unknown, None, None, "unknown"),
        ] {
            assert_eq!(part(status, started, ended, at(NOW)), expect);
        }
    }

    #[test]
    fn a_run_says_where_it_came_from_and_when() {
        let mut first = run("1", NOW - 700).after(100).passed();
        assert_eq!((when(&first, at(NOW)), origin(&first, "14:02", at(NOW))), ("10 min ago".into(), "started 11 min ago, at 14:02".into()));
        (first.attempt, first.trigger) = (2, Some("Webhook".to_owned()));
        assert_eq!(origin(&first, "14:02", at(NOW)), "started 11 min ago, at 14:02 by Webhook · attempt 2");
        let open = run("2", NOW).running("Test");
        assert_eq!(when(&open, at(NOW)), "running");
        assert_eq!(when(&PageRun { phase: Some(Phase::Queued), ..open }, at(NOW)), "queued");
    }

    #[test]
    fn an_error_is_its_code_and_its_words() {
        let mut action = run("1", 0).stage("Prod", 9).failed().stages.remove(0).actions.remove(0);
        assert_eq!(error(&action), None);
        action.summary = Some("no such image".to_owned());
        assert_eq!(error(&action).as_deref(), Some("no such image"));
        action.error = Some("JobFailed".to_owned());
        assert_eq!(error(&action).as_deref(), Some("JobFailed: no such image"));
    }
}
