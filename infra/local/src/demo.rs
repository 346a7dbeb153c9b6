//! Invented pipelines for the first look: a past that fills the wall at once, then a future without end.
//!
//! Events are exactly CodePipeline's of today, so that they go through the same door as everybody's. Pure: the same seed,
//! number and moment give the same events. A director sees to it that there is always something to look at, and never
//! more than a healthy team would have: one to three pipelines fail, one or two wait for a person, a few run.

mod cast;
mod line;
mod render;
mod script;

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
    num::NonZeroU32,
};

use fastrand::Rng;
use model::Timestamp;
use serde_json::Value;

use self::{
    line::{Line, Role},
    script::{Approvals, Ending, Phase, Script, Told},
};

/// How often the director looks, in milliseconds.
const LOOK: i64 = 3_000;

/// How often the heart beats, in milliseconds.
const BEAT: i64 = 60_000;

/// How many beats lie in the past.
const PAST_BEATS: i64 = 10;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// How much faster than life the future goes. The past is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    thousandths: NonZeroU32,
}

/// Why a text is no [`Speed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSpeed;

impl std::str::FromStr for Speed {
    type Err = InvalidSpeed;

    /// Reads a decimal number from 0.001 to 1000.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if whole.is_empty()
            || fraction.len() > 3
            || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
        {
            return Err(InvalidSpeed);
        }
        let thousandths: u32 =
            format!("{whole}{fraction:0<3}").parse().map_err(|_| InvalidSpeed)?;
        let thousandths =
            NonZeroU32::new(thousandths).filter(|thousandths| thousandths.get() <= 1_000_000);
        thousandths.map(|thousandths| Self { thousandths }).ok_or(InvalidSpeed)
    }
}

impl std::fmt::Display for InvalidSpeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no number from 0.001 to 1000")
    }
}

impl std::error::Error for InvalidSpeed {}

/// All events of the invented pipelines, each with the moment when it is due, in the order of these moments.
///
/// Those due up to `now` are the past, to be told at once; those behind it never end.
pub struct Demo {
    random: Rng,
    lines: Vec<Line>,
    queue: BinaryHeap<Reverse<Due>>,
    /// How far the director has seen to it.
    seen: i64,
    now: i64,
    pace: Speed,
    target: i64,
    next_beat: i64,
    order: u64,
}

impl Demo {
    /// `pipelines` invented pipelines with at least so many runs in the past, which ends at `now`; the future goes at that
    /// pace.
    pub fn new(seed: u64, pipelines: usize, runs: usize, now: Timestamp, pace: Speed) -> Self {
        let mut random = Rng::with_seed(seed);
        let now = now.unix_ms();
        let lines =
            (0..pipelines).map(|index| Line::new(index, pipelines, now, &mut random)).collect();
        let mut demo = Self {
            random,
            lines,
            queue: BinaryHeap::new(),
            seen: now,
            now,
            pace,
            target: 0,
            next_beat: now - PAST_BEATS * BEAT + 20_000,
            order: 0,
        };
        demo.past(runs);
        demo.beats();
        demo
    }

    /// The moment of the demo's own millisecond: behind `now` time goes faster or slower.
    fn moment(now: i64, pace: Speed, ms: i64) -> Option<Timestamp> {
        let future = ms - now;
        let real =
            if future > 0 { now + future * 1000 / i64::from(pace.thousandths.get()) } else { ms };
        Timestamp::from_unix_ms(real.max(0)).ok()
    }

    fn past(&mut self, runs: usize) {
        let mix = Mix::of(self.lines.len());
        let mut roles: Vec<Role> = Vec::new();
        let mut take = |role, count: usize| roles.extend(std::iter::repeat_n(role, count));
        take(Role::Failed, mix.failed.1.min(2));
        take(Role::Stopped, mix.stopped);
        take(Role::Waiting, mix.waiting.0);
        take(Role::RunsAfterFailure, mix.running.1 / 4);
        take(Role::Runs, mix.running.1 - mix.running.1 / 4);
        let mut order: Vec<usize> = (0..self.lines.len()).collect();
        self.random.shuffle(&mut order);
        // Only some pipelines have somebody to wait for.
        order.sort_by_key(|index| self.lines.get(*index).is_some_and(Line::has_gate));
        let mut cast: Vec<Role> = vec![Role::Passed; self.lines.len()];
        for role in roles {
            let place = match role {
                Role::Waiting => order
                    .iter()
                    .rposition(|index| self.lines.get(*index).is_some_and(Line::has_gate)),
                _ => order.iter().position(|_| true),
            };
            if let Some(role_of) =
                place.map(|place| order.remove(place)).and_then(|index| cast.get_mut(index))
            {
                *role_of = role;
            }
        }
        let mut told = Vec::new();
        for (index, (line, role)) in self.lines.iter_mut().zip(cast).enumerate() {
            told.extend(
                line.past(role, runs, self.now, &mut self.random)
                    .into_iter()
                    .map(|told| (index, told)),
            );
        }
        for (line, told) in told {
            self.put(line, told);
        }
    }

    fn put(&mut self, line: usize, told: Told) {
        self.order += 1;
        self.queue.push(Reverse(Due {
            at: told.at,
            order: self.order,
            what: What::Told(line, told),
        }));
    }

    fn beats(&mut self) {
        while self.next_beat <= self.seen + LOOK {
            self.order += 1;
            self.queue.push(Reverse(Due {
                at: self.next_beat,
                order: self.order,
                what: What::Beat,
            }));
            self.next_beat += BEAT;
        }
    }

    /// Lets people decide at gates and starts runs, so that the mix stays.
    fn direct(&mut self) {
        self.seen += LOOK;
        self.beats();
        let at = self.seen;
        let mix = Mix::of(self.lines.len());
        if self.random.u8(..12) == 0 || self.target == 0 {
            let (least, most) = mix.running;
            self.target = i64::try_from(self.random.usize(least..=most)).unwrap_or(1);
        }
        self.decide(at, mix);
        let running = self.how_many(|line| line.phase(at) == Phase::Running);
        if i64::try_from(running).unwrap_or(i64::MAX) < self.target && self.random.u8(..3) > 0 {
            self.start(at, mix);
        }
    }

    fn how_many(&self, which: impl Fn(&Line) -> bool) -> usize {
        self.lines.iter().filter(|line| which(line)).count()
    }

    /// Whoever waited longest is let through when somebody else waits too, or after a long time.
    fn decide(&mut self, at: i64, mix: Mix) {
        let waiting = |line: &&mut Line| {
            line.gate.as_ref().is_some_and(|gate| gate.since + line.patience <= at)
        };
        let waiters = self.how_many(|line| line.phase(at) == Phase::Waiting);
        let Some((index, line)) = self
            .lines
            .iter_mut()
            .enumerate()
            .filter(|(_, line)| waiting(line))
            .min_by_key(|(_, line)| line.gate.as_ref().map(|gate| gate.since))
        else {
            return;
        };
        let long = line.gate.as_ref().is_some_and(|gate| gate.since + HOUR <= at);
        if waiters <= mix.waiting.0 && !long {
            return;
        }
        let Some(gate) = line.gate.take() else { return };
        let script = Script::decided(&line.stages, &mut self.random, at, gate);
        for told in line.live(script, &mut self.random) {
            self.put(index, told);
        }
    }

    fn start(&mut self, at: i64, mix: Mix) {
        // What a failed or stopped pipeline leaves behind when it runs again must still be enough.
        let settled = |phase| self.how_many(|line| line.is_idle(at) && line.last == phase);
        let stopped = settled(Phase::Stopped);
        let (spare_failed, spare_stopped) =
            (settled(Phase::Failed) > mix.failed.0, stopped > mix.stopped);
        let gates = self.how_many(|line| line.gate.is_some());
        let weight = |line: &Line| {
            let rest = (at - line.end).clamp(0, 6 * HOUR) / MINUTE;
            let open_to_gates = !line.has_gate() || gates < mix.waiting.1;
            let wanted = if line.has_gate() && gates < mix.waiting.1 { 4 } else { 1 };
            match line.last {
                _ if !line.is_idle(at) || !open_to_gates || rest < 2 => 0,
                Phase::Failed if spare_failed && rest >= line.patience / MINUTE => 200 * wanted,
                Phase::Stopped if spare_stopped => 100 * wanted,
                Phase::Failed | Phase::Stopped => 0,
                Phase::Passed | Phase::Running | Phase::Waiting => line.popularity * rest * wanted,
            }
        };
        let weights: Vec<i64> = self.lines.iter().map(weight).collect();
        let Some(index) = pick(&weights, &mut self.random) else {
            return;
        };
        let failing = self.how_many(|line| line.leads_to() == Phase::Failed || line.retries(at));
        let stopping = self.how_many(|line| line.leads_to() == Phase::Stopped);
        let Some(line) = self.lines.get_mut(index) else {
            return;
        };
        let was_failed = line.last == Phase::Failed;
        let others_fail = failing - usize::from(was_failed);
        let may_fail = others_fail < mix.failed.1;
        let must_fail = others_fail < mix.failed.0;
        let random = &mut self.random;
        let fails = must_fail || may_fail && random.u8(..100) < if was_failed { 45 } else { 14 };
        let place = line.breakable(random);
        let ending = match random.u8(..100) {
            _ if fails => Ending::Fail(place.0, place.1),
            // A run that is stopped after a failure leaves its pipeline failed.
            _ if !was_failed
                && (stopping < mix.stopped
                    || stopping == mix.stopped && mix.stopped > 0 && random.u8(..100) < 3) =>
            {
                Ending::Stop(place.0, place.1)
            }
            ..8 if may_fail => Ending::Retry(place.0, place.1, random.i64(MINUTE..5 * MINUTE)),
            8..18 if line.stages.len() > 3 => Ending::Overtaken,
            _ => Ending::Pass,
        };
        let script = Script::run(&line.stages, random, at, ending, Approvals::Open);
        for told in line.live(script, random) {
            self.put(index, told);
        }
    }
}

impl Iterator for Demo {
    type Item = (Timestamp, Value);

    /// `None` only at the end of the year 9999.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let due = match self.queue.peek_mut() {
                Some(due) if due.0.at <= self.seen => {
                    Some(std::collections::binary_heap::PeekMut::pop(due).0)
                }
                _ => None,
            };
            let Some(due) = due else {
                self.direct();
                continue;
            };
            let (now, pace) = (self.now, self.pace);
            let at = Self::moment(now, pace, due.at)?;
            let time = |ms| Self::moment(now, pace, ms).unwrap_or(at);
            let event = match due.what {
                What::Beat => render::heartbeat(at),
                What::Told(line, told) => render::event(self.lines.get(line)?, &told, &time),
            };
            return Some((at, event));
        }
    }
}

/// How many pipelines are what: at least and at most.
#[derive(Clone, Copy)]
struct Mix {
    failed: (usize, usize),
    waiting: (usize, usize),
    running: (usize, usize),
    /// More is only a passing state.
    stopped: usize,
}

impl Mix {
    /// A few pipelines are loud, however many there are.
    fn of(pipelines: usize) -> Self {
        let enough = |least: usize| usize::from(pipelines >= least);
        Self {
            failed: (enough(8), (pipelines / 6).min(3)),
            waiting: (enough(10), (pipelines / 6).min(2)),
            running: (
                enough(1) + enough(8) + enough(16),
                (1 + pipelines / 6).min(5).min(pipelines),
            ),
            stopped: enough(12) * (1 + pipelines / 30).min(6),
        }
    }
}

/// One of `weights` by its weight.
fn pick(weights: &[i64], random: &mut Rng) -> Option<usize> {
    let sum: i64 = weights.iter().sum();
    let mut left = if sum > 0 {
        random.i64(0..sum)
    } else {
        return None;
    };
    weights.iter().position(|weight| {
        left -= weight;
        left < 0
    })
}

/// An event that waits for its moment.
struct Due {
    at: i64,
    /// Keeps events of one moment in the order in which they were thought of.
    order: u64,
    what: What,
}

enum What {
    Beat,
    Told(usize, Told),
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

#[cfg(test)]
mod tests;
