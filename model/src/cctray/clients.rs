//! What clients make of the document, poll by poll: their own rules, run over it.
//!
//! Sources:
//! - `CCMenu` 2, <https://github.com/ccmenu/ccmenu2>: `CCTrayResponseParser.swift`, `StatusChange.swift`,
//!   `NotificationFactory.swift`; a client that starts has the status of `Pipeline.init`.
//! - `BuildNotify`, <https://github.com/anaynayak/buildnotify>: `core/projects.py`, `project_status_notification.py`.
//! - Nevergreen's parser, `src/clj_cctray/{health,dates,messages}.clj` of
//!   <https://github.com/build-canaries/clj-cctray>.

use std::{collections::BTreeMap, fmt::Write as _};

use expect_test::expect;
use proptest::prelude::*;

use super::{Names, document, tests::WALL};
use crate::{
    PipelineId, Status, Tile, Timestamp,
    tile::{Past, Phase, TileRun, Verdict},
    xml::read::elements,
};

type Attributes = BTreeMap<String, String>;

/// The one project of a tile, and the messages that it has.
fn project(tile: Tile) -> (Attributes, Vec<Attributes>) {
    let mut found = elements(&document(&[tile], WALL, Names::Full)).unwrap();
    let messages = found
        .extract_if(.., |(element, _)| element == "message")
        .map(|(_, attributes)| attributes)
        .collect();
    let project = found.into_iter().find(|(element, _)| element == "Project");
    (project.unwrap().1, messages)
}

/// `CCMenu`'s status of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CcMenu {
    activity: &'static str,
    /// Result and label of the last build.
    last: Option<(&'static str, Option<String>)>,
}

impl CcMenu {
    fn start() -> Self {
        Self { activity: "other", last: None }
    }

    fn parse(project: &Attributes) -> Self {
        let activity = match project["activity"].as_str() {
            "Sleeping" => "sleeping",
            "Building" => "building",
            _ => "other",
        };
        let result = match project["lastBuildStatus"].as_str() {
            "Success" => "success",
            "Failure" | "Exception" => "failure",
            _ => "unknown",
        };
        Self { activity, last: Some((result, project.get("lastBuildLabel").cloned())) }
    }

    /// The notification that a poll makes.
    fn poll(&mut self, project: &Attributes) -> Option<&'static str> {
        let before = std::mem::replace(self, Self::parse(project));
        let label = |status: &Self| status.last.as_ref().and_then(|(_, label)| label.clone());
        match (before.activity, self.activity) {
            ("sleeping", now) if now != "sleeping" => Some("Build started"),
            ("building", "sleeping") => Some(self.completion(&before)),
            (then, now) if then == now && label(&before) != label(self) => {
                Some(self.completion(&before))
            }
            _ => None,
        }
    }

    fn completion(&self, before: &Self) -> &'static str {
        let result = |status: &Self| status.last.as_ref().map(|(result, _)| *result);
        match (result(self), result(before)) {
            (Some("success"), Some("failure")) => "Build finished: fixed",
            (Some("success"), _) => "Build finished: success",
            (Some("failure"), Some("failure")) => "Build finished: still broken",
            (Some("failure"), _) => "Build finished: broken",
            _ => "Build finished",
        }
    }
}

/// `BuildNotify`'s project, by its name: status and label.
#[derive(Debug, Default)]
struct BuildNotify {
    known: BTreeMap<String, (String, String)>,
    /// The first poll notifies of nothing.
    has_polled: bool,
}

impl BuildNotify {
    fn poll(&mut self, project: &Attributes) -> Option<&'static str> {
        let label = project.get("lastBuildLabel").cloned().unwrap_or_default();
        let now = (project["lastBuildStatus"].clone(), label);
        let before = self.known.insert(project["name"].clone(), now.clone());
        if !std::mem::replace(&mut self.has_polled, true) {
            return None;
        }
        let Some(before) = before else {
            return Some("Yet another successful build");
        };
        let differs = now.1 != before.1;
        match (before.0.as_str(), now.0.as_str()) {
            ("Failure", "Success") => Some("Fixed builds"),
            ("Success", "Failure") => Some("Broken builds"),
            ("Failure", "Failure") if differs => Some("Build is still failing"),
            ("Success", "Success") if differs => Some("Yet another successful build"),
            _ => None,
        }
    }
}

/// Nevergreen's one word.
fn nevergreen(project: &Attributes) -> &'static str {
    let (status, activity) =
        (project["lastBuildStatus"].to_lowercase(), project["activity"].to_lowercase());
    match (status.as_str(), activity.as_str()) {
        ("success", "sleeping") => "healthy",
        ("success", "building") => "healthy-building",
        ("failure" | "error", "sleeping") => "sick",
        ("failure" | "error", "building") => "sick-building",
        _ => "unknown",
    }
}

/// `CCMenu` takes a time of up to nineteen characters for a local one, and wants ISO 8601 beyond; Nevergreen wants
/// `yyyy-MM-dd'T'HH:mm:ss[.SSS][VV]`. This shape suits both.
fn is_time(time: &str) -> bool {
    let shape: String = time
        .chars()
        .map(|character| if character.is_ascii_digit() { '0' } else { character })
        .collect();
    shape == "0000-00-00T00:00:00Z"
}

/// What happens to a pipeline that runs one run after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Queue,
    Start,
    Wait,
    Approve,
    Pass,
    Fail,
    Stop,
    Retry,
    /// A newer run takes the place of the one that is open.
    Supersede,
}

#[derive(Clone, Debug)]
struct Run {
    status: Status,
    is_queued: bool,
    attempt: u32,
    began: Option<Timestamp>,
    ended: Option<Timestamp>,
}

/// A pipeline, and what its tile says after each step.
#[derive(Debug, Default)]
struct Pipeline {
    minutes: i64,
    runs: Vec<Run>,
    verdict: Option<Verdict>,
}

impl Pipeline {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_795_000_000_500 + self.minutes * 60_000).unwrap()
    }

    /// Takes a step; false when it is not possible.
    fn take(&mut self, step: Step) -> bool {
        self.minutes += 1;
        let now = self.now();
        let newest = self.runs.last().map(|run| (run.status, run.is_queued));
        let is_over =
            newest.is_none_or(|(status, _)| !matches!(status, Status::Started | Status::Waiting));
        let is_running = newest == Some((Status::Started, false));
        let is_waiting = newest == Some((Status::Waiting, false));
        let run = |is_queued: bool| Run {
            status: Status::Started,
            is_queued,
            attempt: 1,
            began: (!is_queued).then_some(now),
            ended: None,
        };
        let newest_run = self.runs.last_mut();
        match (step, newest_run) {
            (Step::Queue, _) if is_over => self.runs.push(run(true)),
            (Step::Start, _) if is_over => self.runs.push(run(false)),
            (Step::Start, Some(newest)) if newest.is_queued => {
                (newest.is_queued, newest.began) = (false, Some(now));
            }
            (Step::Wait, Some(newest)) if is_running => newest.status = Status::Waiting,
            (Step::Approve, Some(newest)) if is_waiting => newest.status = Status::Started,
            (Step::Pass | Step::Fail, Some(newest)) if is_running => {
                let passes = step == Step::Pass;
                newest.status = if passes { Status::Succeeded } else { Status::Failed };
                newest.ended = Some(now);
                let status = newest.status;
                let label = self.runs.len().to_string();
                self.verdict = Some(Verdict { status, label, ended: now, author: None });
            }
            (Step::Stop, Some(newest)) if !is_over => {
                (newest.status, newest.is_queued) = (Status::Stopped, false);
                newest.ended = Some(now);
            }
            (Step::Retry, Some(newest))
                if matches!(newest.status, Status::Failed | Status::Succeeded) =>
            {
                (newest.status, newest.ended) = (Status::Started, None);
                (newest.attempt, newest.began) = (newest.attempt + 1, Some(now));
            }
            (Step::Supersede, Some(newest)) if is_running || is_waiting => {
                (newest.status, newest.ended) = (Status::Stopped, Some(now));
                self.runs.push(run(false));
            }
            _ => return false,
        }
        true
    }

    /// The run that the tile shows: not a stopped one while an older one has failed and nothing has passed since.
    fn headline(&self) -> Option<usize> {
        let newest = self.runs.len().checked_sub(1)?;
        let is_failing = self.verdict.as_ref()?.status == Status::Failed;
        let failed = self.runs.iter().rposition(|run| run.status == Status::Failed);
        failed.filter(|_| is_failing && self.runs[newest].status == Status::Stopped)
    }

    fn tile(&self) -> Tile {
        let headline = self.headline().or_else(|| self.runs.len().checked_sub(1));
        let run = headline.map(|index| &self.runs[index]);
        let number = headline.map(|index| (index + 1).to_string());
        let is_headline = |verdict: &Verdict| {
            run.is_some_and(|run| run.status == verdict.status)
                && number.as_ref() == Some(&verdict.label)
        };
        let past = |run: &Run| Past {
            status: run.status,
            seconds: run.began.and_then(|began| Some(run.ended?.seconds_since(began))),
        };
        Tile {
            id: PipelineId::new("codepipeline", "eu-west-1", "1", "shop").unwrap(),
            name: "shop".to_owned(),
            status: run.map_or(Status::Unknown, |run| run.status),
            stage: None,
            stages: Vec::new(),
            run: run.map(|run| TileRun {
                id: "r".to_owned(),
                started: run.began.unwrap_or_else(|| self.now()),
                updated: run.ended.unwrap_or_else(|| self.now()),
                ended: run.ended,
                attempt: run.attempt,
                typical_s: None,
                phase: run.is_queued.then_some(Phase::Queued),
                number: number.clone(),
                error: None,
                behind: 0,
            }),
            change: None,
            history: self
                .runs
                .iter()
                .take(headline.map_or(0, |index| index + 1))
                .map(past)
                .collect(),
            failing_since: None,
            verdict: self.verdict.clone().filter(|verdict| !is_headline(verdict)),
            url: None,
            off: None,
            gone: None,
        }
    }

    fn project(&self) -> Attributes {
        project(self.tile()).0
    }
}

/// What the clients say to the last of `steps`, polling after each.
fn said(steps: &[Step]) -> String {
    let (mut pipeline, mut ccmenu) = (Pipeline::default(), CcMenu::start());
    let mut buildnotify = BuildNotify::default();
    let mut said = String::new();
    for step in steps {
        assert!(pipeline.take(*step), "{step:?} is not possible: {pipeline:?}");
        let project = pipeline.project();
        let (one, other) = (ccmenu.poll(&project), buildnotify.poll(&project));
        said.clear();
        write!(
            said,
            "{:28} {:28} {}",
            one.unwrap_or("-"),
            other.unwrap_or("-"),
            nevergreen(&project)
        )
        .unwrap();
    }
    said
}

#[test]
fn each_transition_announces_what_happened_and_nothing_else() {
    use Step::{Approve, Fail, Pass, Queue, Retry, Start, Stop, Supersede, Wait};
    let transitions: [(&str, &[Step]); 23] = [
        ("start", &[Start]),
        ("pass", &[Start, Pass]),
        ("fail", &[Start, Fail]),
        ("retry", &[Retry]),
        ("pass, retried", &[Retry, Pass]),
        ("fail, retried", &[Retry, Fail]),
        ("retry again", &[Retry, Fail, Retry]),
        ("wait", &[Start, Wait]),
        ("approve", &[Start, Wait, Approve]),
        ("pass, approved", &[Start, Wait, Approve, Pass]),
        ("queue", &[Queue]),
        ("start, queued", &[Queue, Start]),
        ("stop, queued", &[Queue, Stop]),
        ("stop", &[Start, Stop]),
        ("stop, waiting", &[Start, Wait, Stop]),
        ("stop, retried", &[Retry, Stop]),
        ("start after a stop", &[Start, Stop, Start]),
        ("pass after a stop", &[Start, Stop, Start, Pass]),
        ("queue after a stop", &[Start, Stop, Queue]),
        ("stop after a stop", &[Start, Stop, Start, Stop]),
        ("supersede", &[Start, Supersede]),
        ("supersede, waiting", &[Start, Wait, Supersede]),
        ("pass, superseding", &[Start, Supersede, Pass]),
    ];
    let mut table = String::new();
    for (last, verdict) in [("passed", Pass), ("failed", Fail)] {
        writeln!(table, "last run {last:11} CCMenu 2                     BuildNotify                  Nevergreen").unwrap();
        for (name, steps) in transitions {
            let steps = [&[Start, verdict], steps].concat();
            writeln!(table, "{name:20} {}", said(&steps)).unwrap();
        }
    }
    expect![[r#"
        last run passed      CCMenu 2                     BuildNotify                  Nevergreen
        start                Build started                -                            healthy-building
        pass                 Build finished: success      Yet another successful build healthy
        fail                 Build finished: broken       Broken builds                sick
        retry                Build started                -                            healthy-building
        pass, retried        Build finished: success      -                            healthy
        fail, retried        Build finished: broken       Broken builds                sick
        retry again          Build started                -                            sick-building
        wait                 -                            -                            healthy-building
        approve              -                            -                            healthy-building
        pass, approved       Build finished: success      Yet another successful build healthy
        queue                -                            -                            healthy
        start, queued        Build started                -                            healthy-building
        stop, queued         -                            -                            healthy
        stop                 -                            -                            unknown
        stop, waiting        -                            -                            unknown
        stop, retried        -                            -                            unknown
        start after a stop   -                            -                            healthy-building
        pass after a stop    Build finished: success      Yet another successful build healthy
        queue after a stop   -                            -                            unknown
        stop after a stop    -                            -                            unknown
        supersede            -                            -                            healthy-building
        supersede, waiting   -                            -                            healthy-building
        pass, superseding    Build finished: success      Yet another successful build healthy
        last run failed      CCMenu 2                     BuildNotify                  Nevergreen
        start                Build started                -                            sick-building
        pass                 Build finished: fixed        Fixed builds                 healthy
        fail                 Build finished: still broken Build is still failing       sick
        retry                Build started                -                            sick-building
        pass, retried        Build finished: fixed        Fixed builds                 healthy
        fail, retried        Build finished: still broken -                            sick
        retry again          Build started                -                            sick-building
        wait                 -                            -                            sick-building
        approve              -                            -                            sick-building
        pass, approved       Build finished: fixed        Fixed builds                 healthy
        queue                -                            -                            sick
        start, queued        Build started                -                            sick-building
        stop, queued         -                            -                            sick
        stop                 Build finished: still broken -                            sick
        stop, waiting        Build finished: still broken -                            sick
        stop, retried        Build finished: still broken -                            sick
        start after a stop   Build started                -                            sick-building
        pass after a stop    Build finished: fixed        Fixed builds                 healthy
        queue after a stop   -                            -                            sick
        stop after a stop    Build finished: still broken -                            sick
        supersede            -                            -                            sick-building
        supersede, waiting   -                            -                            sick-building
        pass, superseding    Build finished: fixed        Fixed builds                 healthy
    "#]].assert_eq(&table);
}

#[test]
fn a_client_that_starts_announces_nothing() {
    for last in [Step::Pass, Step::Fail] {
        let mut pipeline = Pipeline::default();
        for step in [Step::Start, last, Step::Queue] {
            assert!(pipeline.take(step));
            assert_eq!(CcMenu::start().poll(&pipeline.project()), None, "{step:?}");
            assert_eq!(BuildNotify::default().poll(&pipeline.project()), None, "{step:?}");
        }
    }
}

#[test]
fn clients_find_who_broke_it() {
    let mut pipeline = Pipeline::default();
    assert!(pipeline.take(Step::Start) && pipeline.take(Step::Fail));
    let author = Some("Ada".to_owned());
    let mut retried = Tile { verdict: pipeline.verdict.clone(), ..pipeline.tile() };
    retried.verdict.as_mut().unwrap().author = author;
    let message = |text: &str, kind: &str| {
        Attributes::from([
            ("text".to_owned(), text.to_owned()),
            ("kind".to_owned(), kind.to_owned()),
        ])
    };
    assert_eq!(project(retried).1, [message("Ada", "Breakers")]);
    assert!(pipeline.take(Step::Retry) && pipeline.take(Step::Pass));
    let mut fixed = Tile { verdict: pipeline.verdict.clone(), ..pipeline.tile() };
    fixed.verdict.as_mut().unwrap().author = Some("Ada".to_owned());
    assert!(project(fixed).1.is_empty());
}

fn step() -> impl Strategy<Value = Step> {
    prop::sample::select(vec![
        Step::Queue,
        Step::Start,
        Step::Wait,
        Step::Approve,
        Step::Pass,
        Step::Fail,
        Step::Stop,
        Step::Retry,
        Step::Supersede,
    ])
}

proptest! {
    /// Whatever happens, and whichever polls a client misses, a verdict is announced once, as what it is.
    #[test]
    fn nothing_false_is_announced(steps in prop::collection::vec((step(), any::<bool>()), 0..40)) {
        let mut pipeline = Pipeline::default();
        let (mut ccmenu, mut buildnotify) = (CcMenu::start(), BuildNotify::default());
        let mut polled: Option<Verdict> = None;
        let (mut has_begun, mut has_stopped, mut is_first) = (false, false, true);
        let mut triple = None;
        for (step, polls) in steps {
            if !pipeline.take(step) {
                continue;
            }
            has_begun |= matches!(step, Step::Start | Step::Retry | Step::Supersede);
            has_stopped |= step == Step::Stop;
            let project = pipeline.project();
            let verdict = pipeline.verdict.clone();

            let now = ["lastBuildStatus", "lastBuildLabel", "lastBuildTime"].map(|name| project.get(name).cloned());
            let changed = triple.replace((verdict.clone(), now.clone())).map(|(before, then)| (before != verdict, then != now));
            prop_assert!(changed.is_none_or(|(verdict, words)| verdict == words), "{step:?}: {project:?}");
            prop_assert!(is_time(&project["lastBuildTime"]));
            prop_assert!(project["webUrl"].starts_with("https://"));

            if !polls {
                continue;
            }
            let failed = |verdict: &Option<Verdict>| verdict.as_ref().is_some_and(|verdict| verdict.status == Status::Failed);
            let (is_new, is_red, was_red) = (polled != verdict, failed(&verdict), failed(&polled));
            let is_true = match ccmenu.poll(&project) {
                None => true,
                Some("Build started") => has_begun,
                Some("Build finished: success") => is_new && !is_red && !was_red,
                Some("Build finished: fixed") => is_new && !is_red && was_red,
                Some("Build finished: broken") => is_new && is_red && !was_red,
                Some("Build finished: still broken") => is_red && was_red && (is_new || has_stopped),
                Some(_) => verdict.is_none() && has_stopped,
            };
            // A client takes the first status that it sees for one it had.
            prop_assert!(is_true || is_first, "CCMenu: {step:?}, {pipeline:?}");
            let is_true = match buildnotify.poll(&project) {
                None => true,
                Some("Fixed builds") => is_new && !is_red && was_red,
                Some("Broken builds") => is_new && is_red && !was_red,
                Some("Build is still failing") => is_new && is_red && was_red,
                Some(_) => is_new && !is_red && !was_red,
            };
            prop_assert!(is_true, "BuildNotify: {step:?}, {pipeline:?}");
            // A failure is never out of sight.
            prop_assert_eq!(nevergreen(&project).starts_with("sick"), is_red);
            (polled, is_first) = (verdict, false);
            (has_begun, has_stopped) = (false, false);
        }
    }
}
