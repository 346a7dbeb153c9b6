//! Where the bars of a pipeline's page are, and how long they are.
//!
//! All runs share one scale, so that a slow run looks slow. A stage that waited for a person over a weekend would turn
//! all others into slivers, so what is much longer than a usual run is cut.

use model::{
    Status, Timestamp,
    page::{PageAction, PageRun, PageStage},
};

/// A stage is drawn no longer than this many usual runs.
const MAX_USUAL_RUNS: u64 = 3;
/// A usual run counts as at least this long, in seconds.
const MIN_USUAL_S: u64 = 20;
/// At most this many ticks are above the bars.
const MAX_TICKS: u64 = 5;
/// Distances between ticks that people count time in, in seconds.
const STEPS_S: [u64; 20] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
    172_800, 604_800,
];

/// When a run, stage or action began and ended, as far as is known.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Decides whether it still goes on.
    pub status: Status,
    /// Its beginning.
    pub started: Option<Timestamp>,
    /// Its end.
    pub ended: Option<Timestamp>,
    /// Its length in seconds where the CI counts otherwise than from start to end.
    pub took_s: Option<u64>,
}

impl Timing {
    /// Returns how many seconds it took, or has taken so far; `None` when its start or end is unknown.
    pub fn seconds(self, now: Timestamp) -> Option<u64> {
        self.took_s.or_else(|| Some(self.end(now)?.seconds_since(self.started?)))
    }

    fn end(self, now: Timestamp) -> Option<Timestamp> {
        let is_open = matches!(self.status, Status::Started | Status::Waiting);
        self.ended.or(is_open.then_some(now))
    }
}

impl From<&PageRun> for Timing {
    fn from(run: &PageRun) -> Self {
        let PageRun { status, started, ended, took_s, .. } = *run;
        Self { status, started: Some(started), ended, took_s }
    }
}

impl From<&PageStage> for Timing {
    fn from(stage: &PageStage) -> Self {
        let PageStage { status, started, ended, .. } = *stage;
        Self { status, started, ended, took_s: None }
    }
}

impl From<&PageAction> for Timing {
    fn from(action: &PageAction) -> Self {
        let PageAction { status, started, ended, took_s, .. } = *action;
        Self { status, started, ended, took_s }
    }
}

/// What the bars of all runs have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the postfix is the unit")]
pub struct Scale {
    /// What the full width stands for, in seconds.
    pub width_s: u64,
    /// What is longer than this is cut, in seconds.
    pub cut_s: u64,
    /// The median length of the runs that passed, in seconds.
    pub usual_s: Option<u64>,
}

impl Scale {
    /// Returns one scale for all of `runs`.
    pub fn of(runs: &[PageRun], now: Timestamp) -> Self {
        let usual_s = median_s(runs.iter().filter(|run| run.status == Status::Succeeded), now);
        let typical_s = usual_s.or_else(|| median_s(runs.iter(), now));
        let cut_s =
            typical_s.map_or(u64::MAX, |typical_s| MAX_USUAL_RUNS * typical_s.max(MIN_USUAL_S));
        let drawn_s = |run| bars(run, cut_s, now).iter().map(|bar| bar.drawn_s).sum();
        let width_s = runs.iter().map(drawn_s).max().unwrap_or(0).max(1);
        Self { width_s, cut_s, usual_s }
    }

    /// Returns the seconds at which ticks are above the bars.
    pub fn ticks(self) -> impl Iterator<Item = u64> {
        let step = STEPS_S.into_iter().find(|step| self.width_s / step <= MAX_TICKS);
        let step = step.unwrap_or(self.width_s);
        (1..=MAX_TICKS).map(move |count| count * step).filter(move |tick| *tick <= self.width_s)
    }
}

fn median_s<'a>(runs: impl Iterator<Item = &'a PageRun>, now: Timestamp) -> Option<u64> {
    let ended = runs.filter(|run| run.ended.is_some());
    let mut lengths: Vec<_> = ended.filter_map(|run| Timing::from(run).seconds(now)).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied()
}

/// One stage of a run's bar, or the whole run where no stage is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The stage's name; empty for a whole run.
    pub name: String,
    /// Decides the look.
    pub status: Status,
    /// How long it took, in seconds.
    pub length_s: u64,
    /// How much of that is drawn, in seconds.
    pub drawn_s: u64,
}

impl Bar {
    /// Reports whether its name fits into it: a hundredth of the width holds a letter.
    pub fn has_room(&self, scale: Scale) -> bool {
        let letters = u64::try_from(self.name.chars().count()).unwrap_or(u64::MAX);
        self.drawn_s * 100 >= scale.width_s.saturating_mul(letters.saturating_add(3))
    }
}

/// Returns the bars of a run, one per stage.
pub fn bars(run: &PageRun, cut_s: u64, now: Timestamp) -> Vec<Bar> {
    let bar = |name: &str, timing: Timing| {
        let length_s = timing.seconds(now).unwrap_or(0);
        let drawn_s = length_s.min(cut_s);
        Bar { name: name.to_owned(), status: timing.status, length_s, drawn_s }
    };
    if run.stages.is_empty() {
        return vec![bar("", run.into())];
    }
    run.stages.iter().map(|stage| bar(&stage.name, stage.into())).collect()
}

/// Returns `part` of `whole` as a CSS percentage like `12.34%`, at most `100.00%`.
pub fn percent(part: u64, whole: u64) -> String {
    let hundredths = part.saturating_mul(10_000).checked_div(whole).unwrap_or(0).min(10_000);
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// Where a part of a run is within the run's bar, as CSS percentages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Distance from the run's start.
    pub left: String,
    /// Length.
    pub width: String,
}

/// Returns where `part` is within `run`; `None` when its start is unknown.
pub fn extent(run: Timing, part: Timing, now: Timestamp) -> Option<Extent> {
    let (run_start, start) = (run.started?, part.started?);
    let whole_s = run.ended.unwrap_or(now).seconds_since(run_start);
    let length_s = part.end(now).unwrap_or(start).seconds_since(start);
    Some(Extent {
        left: percent(start.seconds_since(run_start), whole_s),
        width: percent(length_s, whole_s),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::pipeline::testing::{at, run};

    const NOW_S: i64 = 1_000_000;

    #[track_caller]
    fn check_bars(runs: &[PageRun], expect: &[&str]) {
        let now = at(NOW_S);
        let scale = Scale::of(runs, now);
        let describe = |bar: &Bar| {
            let cut = if bar.drawn_s < bar.length_s { " cut" } else { "" };
            let name = if bar.name.is_empty() { "run" } else { &bar.name };
            format!("{name} {}{cut}", percent(bar.drawn_s, scale.width_s))
        };
        let describe_run = |run| {
            let bars = bars(run, scale.cut_s, now);
            bars.iter().map(describe).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(runs.iter().map(describe_run).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn a_bar_is_as_long_as_its_stage_on_the_scale_of_all_runs() {
        let fast = run("a", 0).stage("Build", 60).stage("Prod", 60).passed();
        let slow = run("b", 1000).stage("Build", 60).stage("Prod", 180).passed();
        check_bars(&[slow, fast], &["Build 25.00%, Prod 75.00%", "Build 25.00%, Prod 25.00%"]);
    }

    #[test]
    fn a_stage_that_waited_for_days_is_cut() {
        let usual = run("a", 0).stage("Build", 50).stage("Prod", 50).passed();
        let waited = run("b", 1000).stage("Build", 50).stage("Approve", 500_000).failed();
        check_bars(
            &[waited, usual.clone(), usual],
            &[
                "Build 14.28%, Approve 85.71% cut",
                "Build 14.28%, Prod 14.28%",
                "Build 14.28%, Prod 14.28%",
            ],
        );
    }

    #[test]
    fn a_run_without_stages_is_one_bar() {
        check_bars(
            &[run("a", 0).after(30).passed(), run("b", 0).after(60).failed()],
            &["run 50.00%", "run 100.00%"],
        );
        check_bars(&[], &[]);
    }

    #[test]
    fn an_open_stage_grows_and_an_unknown_length_is_zero() {
        check_bars(
            &[run("a", NOW_S - 100).stage("Build", 40).running("Test")],
            &["Build 40.00%, Test 60.00%"],
        );
        let mut lost = run("a", 0).stage("Build", 40).stage("Test", 40).passed();
        lost.stages[0].ended = None;
        check_bars(&[lost], &["Build 0.00%, Test 100.00%"]);
    }

    #[test]
    fn the_usual_length_is_the_median_of_the_runs_that_passed() {
        let runs = [30, 10, 20].map(|seconds| run("a", 0).after(seconds).passed());
        assert_eq!(Scale::of(&runs, at(99)).usual_s, Some(20));
        assert_eq!(Scale::of(&[run("a", 0).after(9).failed()], at(99)).usual_s, None);
    }

    #[test]
    fn the_duration_of_the_ci_counts() {
        let run = PageRun { took_s: Some(12), ..run("a", 0).after(30).passed() };
        assert_eq!(Timing::from(&run).seconds(at(99)), Some(12));
    }

    #[test]
    fn a_name_needs_room() {
        for (name, drawn_s, expect) in
            [("Prod", 7, true), ("Prod", 6, false), ("", 3, true), ("Größe", 8, true)]
        {
            let bar =
                Bar { name: name.to_owned(), status: Status::Failed, length_s: drawn_s, drawn_s };
            let scale = Scale { width_s: 100, ..Scale::default() };
            assert_eq!(bar.has_room(scale), expect, "{name} in {drawn_s} %");
        }
    }

    #[test]
    fn ticks_are_round_and_few() {
        for (width_s, expect) in [
            (0, &[][..]),
            (1, &[1]),
            (5, &[1, 2, 3, 4, 5]),
            (7, &[2, 4, 6]),
            (59, &[10, 20, 30, 40, 50]),
            (400, &[120, 240, 360]),
            (4000, &[900, 1800, 2700, 3600]),
            (9_000_000, &[9_000_000]),
        ] {
            let scale = Scale { width_s, ..Scale::default() };
            assert_eq!(scale.ticks().collect::<Vec<_>>(), expect, "{width_s} s");
        }
    }

    #[test]
    fn a_part_is_drawn_where_it_was_within_its_run() {
        let timing = |(start, end): (i64, i64)| Timing {
            status: Status::Succeeded,
            started: Some(at(start)),
            ended: Some(at(end)),
            took_s: None,
        };
        for (run, part, left, width) in [
            ((100, 200), (125, 150), "25.00%", "25.00%"),
            ((100, 200), (90, 500), "0.00%", "100.00%"),
            ((100, 100), (100, 100), "0.00%", "0.00%"),
            ((0, 30_000), (1, 2), "0.00%", "0.00%"),
            ((0, 3000), (1, 2), "0.03%", "0.03%"),
        ] {
            let expect = Extent { left: left.to_owned(), width: width.to_owned() };
            assert_eq!(extent(timing(run), timing(part), at(NOW_S)), Some(expect));
        }
        let unknown = Timing { started: None, ..timing((0, 1)) };
        assert_eq!(extent(timing((0, 1)), unknown, at(NOW_S)), None);
    }
}
