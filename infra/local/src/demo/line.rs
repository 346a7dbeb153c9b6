//! One invented pipeline: what it is made of, and what it is at.

use fastrand::Rng;

use super::{
    HOUR, MINUTE,
    cast::{self, Work},
    script::{Action, Approvals, Ending, Gate, Phase, Run, Script, Stage, Told},
};

/// What a pipeline is at `now`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Passed,
    Failed,
    Stopped,
    Waiting,
    Runs,
    RunsAfterFailure,
}

/// Where a pipeline's code lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    GitHub,
    GitLab,
    CodeCommit,
}

impl Host {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub",
            Self::GitLab => "GitLab",
            Self::CodeCommit => "CodeCommit",
        }
    }
}

/// An invented pipeline.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) account: &'static str,
    pub(super) region: &'static str,
    pub(super) host: Host,
    pub(super) version: f64,
    /// Part of the runs' ids, so that the same demo on another day has other runs and can be told to the same table.
    pub(super) day: u64,
    pub(super) stages: Vec<Stage>,
    /// How often people push to it, compared with others.
    pub(super) popularity: i64,
    /// How many milliseconds people take before they decide or try again.
    pub(super) patience: i64,
    /// What it is at since when, newest last.
    pub(super) phases: Vec<(i64, Phase)>,
    /// When its last event comes, unless a gate is open.
    pub(super) end: i64,
    /// What it is at the end.
    pub(super) last: Phase,
    pub(super) gate: Option<Gate>,
}

impl Line {
    pub(super) fn new(index: usize, count: usize, now: i64, random: &mut Rng) -> Self {
        // The last one of a big cast has a namesake in another account.
        let namesake = count >= 6 && index == count - 1;
        let place =
            if namesake { 1 } else { [0, 0, 0, 0, 1, 1, 2].get(index % 7).copied().unwrap_or(0) };
        let (account, region) =
            cast::PLACES.get(place).copied().unwrap_or(("111122223333", "eu-west-1"));
        let shape = random.choice(cast::SHAPES).unwrap_or_default();
        let gated = random.u8(..100) < 45;
        let scale = random.i64(75..150);
        let mut stages: Vec<Stage> = Vec::new();
        for (name, templates) in shape {
            let mut actions = Vec::new();
            for (name, work, least, most) in *templates {
                if *work != Work::Approval || gated {
                    actions.push(Action {
                        name,
                        work: *work,
                        typical: random.i64(*least..=*most) * 10 * scale,
                    });
                }
            }
            if !actions.is_empty() {
                stages.push(Stage { name, actions });
            }
        }
        Self {
            name: if namesake { name(2) } else { name(index) },
            account,
            region,
            host: random
                .choice([
                    Host::GitHub,
                    Host::GitHub,
                    Host::GitHub,
                    Host::GitHub,
                    Host::GitLab,
                    Host::CodeCommit,
                ])
                .unwrap_or(Host::GitHub),
            version: f64::from(random.u8(2..60)),
            day: now.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15),
            stages,
            popularity: random.choice([1, 2, 4, 12, 30]).unwrap_or(1),
            patience: random.i64(4 * MINUTE..20 * MINUTE),
            phases: Vec::new(),
            end: 0,
            last: Phase::Passed,
            gate: None,
        }
    }

    pub(super) fn arn(&self) -> String {
        format!("arn:aws:codepipeline:{}:{}:{}", self.region, self.account, self.name)
    }

    pub(super) fn run_id(&self, run: &Run) -> String {
        let (head, tail) = &run.id;
        format!("{head}-{:012x}", (tail ^ self.day) & 0xFFFF_FFFF_FFFF)
    }

    pub(super) fn connection(&self) -> String {
        let tail = self.account.get(..4).unwrap_or_default();
        format!(
            "arn:aws:codeconnections:{}:{}:connection/6f0b2c1d-7a3e-4c58-b9d0-1e2f3a4b{tail}",
            self.region, self.account
        )
    }

    pub(super) fn repository(&self) -> String {
        format!("meridian-shop/{}", self.name)
    }

    pub(super) fn has_gate(&self) -> bool {
        self.stages
            .iter()
            .flat_map(|stage| &stage.actions)
            .any(|action| action.work == Work::Approval)
    }

    pub(super) fn phase(&self, at: i64) -> Phase {
        let now = self.phases.iter().rev().find(|(since, _)| *since <= at);
        now.map_or(Phase::Passed, |(_, phase)| *phase)
    }

    pub(super) fn is_idle(&self, at: i64) -> bool {
        self.gate.is_none() && self.end <= at
    }

    /// What it will be at when nothing goes on any more.
    pub(super) fn leads_to(&self) -> Phase {
        self.gate.as_ref().map_or(self.last, Gate::leads_to)
    }

    /// Whether the run that goes on fails for a while.
    pub(super) fn retries(&self, at: i64) -> bool {
        self.last != Phase::Failed
            && self
                .phases
                .iter()
                .any(|(since, phase)| *phase == Phase::Failed && *since >= at - HOUR)
            && self.end > at
    }

    /// Somewhere behind the source where things go wrong: the later, the likelier.
    pub(super) fn breakable(&self, random: &mut Rng) -> (usize, usize) {
        let behind_source = self.stages.iter().enumerate().skip(1);
        let places = behind_source
            .flat_map(|(index, stage)| (0..stage.actions.len()).map(move |place| (index, place)));
        random.choice(places.collect::<Vec<_>>()).unwrap_or((0, 0))
    }

    /// Takes in what happens from now on, and tells it.
    pub(super) fn live(&mut self, script: Script, random: &mut Rng) -> Vec<Told> {
        self.end = script.end();
        let before = self.phases.last().copied();
        self.phases = before.into_iter().chain(script.phases).collect();
        self.last = self.phases.last().map_or(Phase::Passed, |(_, phase)| *phase);
        self.gate = script.gate;
        self.patience = random.i64(4 * MINUTE..20 * MINUTE);
        script.told
    }

    /// At least `runs` before the last one, from the oldest; the last one plays its role.
    pub(super) fn past(
        &mut self,
        role: Role,
        runs: usize,
        now: i64,
        random: &mut Rng,
    ) -> Vec<Told> {
        let (place, later) = (self.breakable(random), random.i64(20..70));
        let last = match role {
            Role::Failed => Ending::Fail(place.0, place.1),
            Role::Stopped => Ending::Stop(place.0, place.1),
            Role::Passed | Role::Waiting | Role::Runs | Role::RunsAfterFailure => Ending::Pass,
        };
        let approvals = if role == Role::Waiting { Approvals::Open } else { Approvals::Given };
        let script = Script::run(&self.stages, random, 0, last, approvals);
        // When the last event of the last run comes, or came.
        let end = match role {
            Role::Passed => now - age(3 * MINUTE, 30 * HOUR, random),
            Role::Failed => now - age(4 * MINUTE, 40 * MINUTE, random),
            Role::Stopped => now - age(5 * HOUR, 90 * HOUR, random),
            Role::Waiting => now - age(6 * MINUTE, 40 * MINUTE, random),
            Role::Runs | Role::RunsAfterFailure => now + script.end() * later / 100,
        };
        let by = end - script.end();
        let mut scripts = vec![script.later(by)];
        let streak = match role {
            Role::Failed => random.usize(..3),
            Role::RunsAfterFailure => random.usize(1..3),
            _ => 0,
        };
        let mut start = by;
        for back in 0..random.usize(runs..runs + 3) {
            let (place, after) = (self.breakable(random), random.i64(MINUTE..6 * MINUTE));
            let ending = match random.u8(..100) {
                _ if back < streak => Ending::Fail(place.0, place.1),
                // Not a failure right before the streak: it would be a part of it.
                _ if back == streak => Ending::Pass,
                ..8 => Ending::Fail(place.0, place.1),
                8..11 => Ending::Stop(place.0, place.1),
                11..15 => Ending::Retry(place.0, place.1, after),
                15..19 if self.stages.len() > 3 => Ending::Overtaken,
                _ => Ending::Pass,
            };
            let gap = if back < streak {
                age(4 * MINUTE, HOUR, random)
            } else {
                age(15 * MINUTE, 30 * HOUR, random)
            };
            let script = Script::run(&self.stages, random, 0, ending, Approvals::Given);
            let by = start - gap - script.end();
            start = by;
            scripts.push(script.later(by));
        }
        let mut told = Vec::new();
        for script in scripts.into_iter().rev() {
            told.extend(self.live(script, random));
        }
        told
    }
}

/// Between `least` and `most`, small ones as likely as big ones on a scale of doublings.
fn age(least: i64, most: i64, random: &mut Rng) -> i64 {
    let doublings = (most / least).ilog2();
    let floor = least << random.u32(..=doublings);
    floor + random.i64(0..floor).min(most - floor).max(0)
}

/// The name of the pipeline at that place: all are different.
pub(super) fn name(index: usize) -> String {
    let (round, place) = (index / cast::NAMES.len(), index % cast::NAMES.len());
    let name = cast::NAMES.get(place).copied().unwrap_or_default();
    match round.checked_sub(1) {
        None => name.to_owned(),
        Some(round) => {
            let suffix =
                cast::SUFFIXES.get(round % cast::SUFFIXES.len()).copied().unwrap_or_default();
            let more = round / cast::SUFFIXES.len();
            if more == 0 {
                format!("{name}-{suffix}")
            } else {
                format!("{name}-{suffix}{}", more + 1)
            }
        }
    }
}
