//! Where bars stand and how long they are, as plain arithmetic.
//!
//! All runs are drawn on one scale, so that a slow one is seen to be slow. A stage that waited for a person over the weekend
//! would make slivers of all others: what is much longer than a usual run is cut.

use model::{
    Status, Timestamp,
    page::{PageRun, PageStage},
};

use crate::number::digits;

/// A stage is drawn no longer than so many usual runs.
const CUT: u64 = 3;
/// No more marks than this stand above the bars.
const MOST_TICKS: u64 = 6;
/// Steps that people count time in, in seconds.
const STEPS: [u64; 20] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];

/// What all bars have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "a unit belongs to a name")]
pub struct Scale {
    /// How long the whole width is.
    pub whole_s: u64,
    /// What is longer is cut.
    pub cut_s: u64,
    /// What a run usually takes: half of those that passed take longer.
    pub usual_s: Option<u64>,
}

/// A piece of a run's bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The stage; nothing where only the run itself is known.
    pub stage: Option<&'a PageStage>,
    /// As the stage, or the run.
    pub status: Status,
    /// How long it lasted, or lasts so far.
    pub length_s: u64,
    /// How much of the scale it is drawn with.
    pub drawn_s: u64,
}

impl Piece<'_> {
    /// Whether it lasted longer than it is drawn.
    pub const fn is_cut(&self) -> bool {
        self.drawn_s < self.length_s
    }
}

/// How long something lasted, or lasts so far; nothing when its start or its end was never heard of.
pub fn length_s(status: Status, started: Option<Timestamp>, ended: Option<Timestamp>, now: Timestamp) -> Option<u64> {
    let end = ended.or_else(|| matches!(status, Status::Started | Status::Waiting).then_some(now))?;
    Some(end.seconds_since(started?))
}

/// How long a run lasted, or lasts so far.
pub fn run_length_s(run: &PageRun, now: Timestamp) -> Option<u64> {
    length_s(run.status, Some(run.started), run.ended, now)
}

impl Scale {
    /// One scale for all these runs.
    pub fn of(runs: &[PageRun], now: Timestamp) -> Self {
        let median = |status: Option<Status>| {
            let runs = runs.iter().filter(|run| run.ended.is_some() && status.is_none_or(|status| run.status == status));
            let mut lengths: Vec<u64> = runs.filter_map(|run| run_length_s(run, now)).collect();
            lengths.sort_unstable();
            lengths.get(lengths.len() / 2).copied()
        };
        let usual_s = median(Some(Status::Succeeded));
        let cut_s = usual_s.or_else(|| median(None)).map_or(u64::MAX, |usual| usual.max(20).saturating_mul(CUT));
        let mut scale = Self { whole_s: 1, cut_s, usual_s };
        let drawn_s = |run| scale.pieces(run, now).iter().map(|piece| piece.drawn_s).sum();
        scale.whole_s = runs.iter().map(drawn_s).max().unwrap_or(0).max(1);
        scale
    }

    /// The bar of a run: a piece a stage.
    pub fn pieces<'a>(&self, run: &'a PageRun, now: Timestamp) -> Vec<Piece<'a>> {
        let piece = |stage, status, length_s: u64| Piece { stage, status, length_s, drawn_s: length_s.min(self.cut_s) };
        if run.stages.is_empty() {
            return vec![piece(None, run.status, run_length_s(run, now).unwrap_or(0))];
        }
        let stages = run.stages.iter();
        stages.map(|stage| piece(Some(stage), stage.status, length_s(stage.status, stage.started, stage.ended, now).unwrap_or(0))).collect()
    }

    /// The seconds at which marks stand above the bars.
    pub fn ticks(&self) -> Vec<u64> {
        let step = STEPS.into_iter().find(|step| self.whole_s / step < MOST_TICKS).unwrap_or(self.whole_s);
        (1..MOST_TICKS).map(|count| count * step).take_while(|tick| *tick <= self.whole_s).collect()
    }
}

/// Where a part of a run stands in it: what is before it and how wide it is, of the whole run.
pub fn place(run: (Timestamp, Timestamp), part: (Timestamp, Timestamp)) -> (String, String) {
    let whole_s = run.1.seconds_since(run.0);
    (percent(part.0.seconds_since(run.0), whole_s), percent(part.1.seconds_since(part.0), whole_s))
}

/// A part of the whole, at most all of it, as style sheets write it: `12.34%`.
pub fn percent(part: u64, whole: u64) -> String {
    let hundredths = part.saturating_mul(10_000).checked_div(whole).unwrap_or(0).min(10_000);
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    [&*digits(whole), if rest < 10 { ".0" } else { "." }, &digits(rest), "%"].concat()
}

#[cfg(test)]
mod tests {
    use super::{super::tests::*, *};

    #[track_caller]
    fn check_pieces(runs: &[PageRun], expect: &[&str]) {
        let scale = Scale::of(runs, at(1_000_000));
        let bar = |run| {
            let pieces = scale.pieces(run, at(1_000_000));
            let words = pieces.iter().map(|piece| {
                let name = piece.stage.map_or("run", |stage| &stage.name);
                [name, " ", &percent(piece.drawn_s, scale.whole_s), if piece.is_cut() { " cut" } else { "" }].concat()
            });
            words.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(runs.iter().map(bar).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn a_piece_is_as_long_as_its_stage_on_the_scale_of_all() {
        let fast = run("a", 0).stage("Build", 60).stage("Prod", 60).passed();
        let slow = run("b", 1000).stage("Build", 60).stage("Prod", 180).passed();
        check_pieces(&[slow, fast], &["Build 25.00%, Prod 75.00%", "Build 25.00%, Prod 25.00%"]);
    }

    #[test]
    fn a_stage_that_waited_for_days_is_cut() {
        let usual = || run("a", 0).stage("Build", 50).stage("Prod", 50).passed();
        let waited = run("b", 1000).stage("Build", 50).stage("Approve", 500_000).failed();
        check_pieces(
            &[waited, usual(), usual()],
            &["Build 14.28%, Approve 85.71% cut", "Build 14.28%, Prod 14.28%", "Build 14.28%, Prod 14.28%"],
        );
    }

    #[test]
    fn a_run_of_which_nothing_is_known_but_itself_is_one_piece() {
        check_pieces(&[run("a", 0).after(30).passed(), run("b", 0).after(60).failed()], &["run 50.00%", "run 100.00%"]);
    }

    #[test]
    fn what_goes_on_grows_and_what_is_unheard_of_has_no_length() {
        check_pieces(&[run("a", 999_900).stage("Build", 40).running("Test")], &["Build 40.00%, Test 60.00%"]);
        let mut lost = run("a", 0).stage("Build", 40).stage("Test", 40).passed();
        lost.stages[0].ended = None;
        check_pieces(&[lost], &["Build 0.00%, Test 100.00%"]);
        check_pieces(&[], &[]);
    }

    #[test]
    fn half_of_the_passed_runs_take_longer_than_usual() {
        let runs = [30, 10, 20].map(|seconds| run("a", 0).after(seconds).passed());
        assert_eq!(Scale::of(&runs, at(99)).usual_s, Some(20));
        assert_eq!(Scale::of(&[run("a", 0).after(9).failed()], at(99)).usual_s, None);
    }

    #[test]
    fn ticks_are_round_and_few() {
        for (whole_s, expect) in [
            (0, &[][..]),
            (1, &[1]),
            (5, &[1, 2, 3, 4, 5]),
            (7, &[2, 4, 6]),
            (59, &[10, 20, 30, 40, 50]),
            (400, &[120, 240, 360]),
            (4000, &[900, 1800, 2700, 3600]),
            (9_000_000, &[9_000_000]),
        ] {
            assert_eq!(Scale { whole_s, cut_s: 0, usual_s: None }.ticks(), expect, "{whole_s} s");
        }
    }

    #[test]
    fn a_part_stands_in_its_run() {
        let check = |run: (i64, i64), part: (i64, i64), left: &str, width: &str| {
            let place = place((at(run.0), at(run.1)), (at(part.0), at(part.1)));
            assert_eq!(place, (left.to_owned(), width.to_owned()));
        };
        check((100, 200), (125, 150), "25.00%", "25.00%");
        check((100, 200), (90, 500), "0.00%", "100.00%");
        check((100, 100), (100, 100), "0.00%", "0.00%");
        check((0, 30_000), (1, 2), "0.00%", "0.00%");
        check((0, 3000), (1, 2), "0.03%", "0.03%");
    }
}
