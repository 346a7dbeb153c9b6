//! How one run of an invented pipeline goes: all its events, from the first to the one after which nothing follows
//! by itself.

use std::sync::Arc;

use fastrand::Rng;

use super::cast::{self, Work};

/// An invented pipeline's stages.
pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) actions: Vec<Action>,
}

/// One action of a stage.
pub(super) struct Action {
    pub(super) name: &'static str,
    pub(super) work: Work,
    /// What it usually takes, in milliseconds.
    pub(super) typical: i64,
}

/// A run's fixed facts.
pub(super) struct Run {
    /// The run's id but for its last twelve digits, and what makes these.
    pub(super) id: (String, u64),
    pub(super) commit: String,
    pub(super) message: &'static str,
    pub(super) author: &'static str,
    pub(super) start: Start,
}

/// What made a run start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Push,
    Hand,
}

impl Run {
    pub(super) fn new(random: &mut Rng) -> Self {
        let hex = |length: usize, random: &mut Rng| -> String {
            (0..length).map(|_| random.digit(16)).collect()
        };
        let variant = random.choice(["8", "9", "a", "b"]).unwrap_or("8");
        let id = format!(
            "{}-{}-4{}-{variant}{}",
            hex(8, random),
            hex(4, random),
            hex(3, random),
            hex(3, random)
        );
        Self {
            id: (id, random.u64(..)),
            commit: hex(40, random),
            message: random.choice(cast::MESSAGES).unwrap_or_default(),
            author: random.choice(cast::AUTHORS).unwrap_or_default(),
            start: if random.u8(..10) == 0 { Start::Hand } else { Start::Push },
        }
    }
}

/// CodePipeline's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Started,
    Succeeded,
    Failed,
    Resumed,
    Stopping,
    Stopped,
    Superseded,
    Abandoned,
}

/// What an event is about; stages and actions by their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Run,
    Stage(usize),
    Action(usize, usize),
}

/// One event to come. Times are milliseconds.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) at: i64,
    pub(super) run: Arc<Run>,
    pub(super) subject: Subject,
    pub(super) state: State,
    pub(super) attempt: u32,
    /// The subject's own start.
    pub(super) started: i64,
    /// When the subject, a stage, was last tried again.
    pub(super) retried: Option<i64>,
}

/// What a wall shows of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Running,
    Waiting,
    Passed,
    Failed,
    Stopped,
}

/// How a run ends, if nothing comes between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Pass,
    /// In the stage and action at these places.
    Fail(usize, usize),
    /// Fails there, is tried again by somebody after so many milliseconds, and passes.
    Retry(usize, usize, i64),
    /// By hand, while that action runs.
    Stop(usize, usize),
    /// A newer run overtakes it before its third stage, and passes.
    Overtaken,
}

/// Whether people are there to approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Approvals {
    /// After some minutes.
    Given,
    /// When the director says so: the script ends there.
    Open,
}

/// Where a run stands and waits for a person.
pub(super) struct Gate {
    run: Arc<Run>,
    began: i64,
    attempt: u32,
    retried: Option<i64>,
    stage: usize,
    action: usize,
    stage_started: i64,
    pub(super) since: i64,
    ending: Ending,
}

impl Gate {
    /// What the pipeline will be at in the end, if somebody lets the run through.
    pub(super) fn leads_to(&self) -> Phase {
        match self.ending {
            Ending::Fail(..) => Phase::Failed,
            Ending::Stop(..) => Phase::Stopped,
            Ending::Pass | Ending::Retry(..) | Ending::Overtaken => Phase::Passed,
        }
    }
}

/// What happens, in order of time.
pub(super) struct Script {
    pub(super) told: Vec<Told>,
    pub(super) phases: Vec<(i64, Phase)>,
    pub(super) gate: Option<Gate>,
}

impl Script {
    /// A new run that begins at `start`.
    pub(super) fn run(
        stages: &[Stage],
        random: &mut Rng,
        start: i64,
        ending: Ending,
        approvals: Approvals,
    ) -> Self {
        let mut player = Player::new(stages, random, start, approvals);
        player.begin();
        match ending {
            Ending::Overtaken => {
                player.play(Place::START, Until::Stage(2));
                let (old, waits_since) = (player.run.clone(), player.at);
                player.run = Arc::new(Run::new(player.random));
                player.at = start + player.random.i64(25_000..70_000);
                player.began = player.at;
                player.begin();
                player.play(Place::START, Until::Stage(2));
                player.at = player.at.max(waits_since) + 500;
                let newer = std::mem::replace(&mut player.run, old);
                let began = std::mem::replace(&mut player.began, start);
                player.tell(Subject::Run, State::Superseded, start);
                (player.run, player.began) = (newer, began);
                player.pause(200, 700);
                player.play(Place { stage: 2, ..Place::START }, Until::Ending(Ending::Pass));
            }
            other => player.play(Place::START, Until::Ending(other)),
        }
        player.finish()
    }

    /// What follows when somebody decides at a gate.
    pub(super) fn decided(stages: &[Stage], random: &mut Rng, at: i64, gate: Gate) -> Self {
        let mut player = Player::new(stages, random, at, Approvals::Open);
        (player.run, player.began, player.attempt, player.retried) =
            (gate.run, gate.began, gate.attempt, gate.retried);
        let opened = Some((gate.stage_started, Some(gate.since)));
        player.play(
            Place { stage: gate.stage, action: gate.action, opened },
            Until::Ending(gate.ending),
        );
        player.finish()
    }

    /// When the last event comes.
    pub(super) fn end(&self) -> i64 {
        self.told.iter().map(|told| told.at).max().unwrap_or_default()
    }

    /// The same, so many milliseconds later.
    pub(super) fn later(mut self, by: i64) -> Self {
        for told in &mut self.told {
            told.at += by;
            told.started += by;
            told.retried = told.retried.map(|retried| retried + by);
        }
        for (at, _) in &mut self.phases {
            *at += by;
        }
        if let Some(gate) = &mut self.gate {
            gate.began += by;
            gate.stage_started += by;
            gate.since += by;
            gate.retried = gate.retried.map(|retried| retried + by);
        }
        self
    }
}

/// From where on a run is played.
#[derive(Clone, Copy)]
struct Place {
    stage: usize,
    action: usize,
    /// The stage is open already, since the one time; its action too, since the other.
    opened: Option<(i64, Option<i64>)>,
}

impl Place {
    const START: Self = Self { stage: 0, action: 0, opened: None };
}

#[derive(Clone, Copy)]
enum Until {
    /// Stands before this stage.
    Stage(usize),
    Ending(Ending),
}

struct Player<'a> {
    stages: &'a [Stage],
    random: &'a mut Rng,
    approvals: Approvals,
    run: Arc<Run>,
    began: i64,
    at: i64,
    attempt: u32,
    retried: Option<i64>,
    script: Script,
}

impl<'a> Player<'a> {
    fn new(stages: &'a [Stage], random: &'a mut Rng, at: i64, approvals: Approvals) -> Self {
        let run = Arc::new(Run::new(random));
        let script = Script { told: Vec::new(), phases: vec![(at, Phase::Running)], gate: None };
        Self { stages, random, approvals, run, began: at, at, attempt: 1, retried: None, script }
    }

    /// Puts what overlapping runs tell in order of time.
    fn finish(mut self) -> Script {
        self.script.told.sort_by_key(|told| told.at);
        self.script
    }

    fn begin(&mut self) {
        self.tell(Subject::Run, State::Started, self.began);
        self.pause(200, 700);
    }

    fn play(&mut self, from: Place, until: Until) {
        let stages = self.stages;
        let mut opened = from.opened;
        for (index, stage) in stages.iter().enumerate().skip(from.stage) {
            if matches!(until, Until::Stage(before) if before == index) {
                return;
            }
            let stage_started = opened.map_or(self.at, |(stage_started, _)| stage_started);
            if opened.is_none() {
                self.tell(Subject::Stage(index), State::Started, stage_started);
                self.pause(200, 700);
            }
            let first = if index == from.stage { from.action } else { 0 };
            for (place, action) in stage.actions.iter().enumerate().skip(first) {
                let action_started = opened.take().and_then(|(_, action_started)| action_started);
                if !self.act(index, place, action, stage_started, action_started, until) {
                    return;
                }
            }
            self.tell(Subject::Stage(index), State::Succeeded, stage_started);
            self.pause(200, 900);
            self.retried = None;
        }
        self.tell(Subject::Run, State::Succeeded, self.began);
        self.enter(Phase::Passed);
    }

    /// One action; false when the run goes no further.
    fn act(
        &mut self,
        stage: usize,
        place: usize,
        action: &Action,
        stage_started: i64,
        open_since: Option<i64>,
        until: Until,
    ) -> bool {
        let subject = Subject::Action(stage, place);
        let started = open_since.unwrap_or(self.at);
        if open_since.is_none() {
            self.tell(subject, State::Started, started);
        }
        let ending = match until {
            Until::Ending(ending) => ending,
            Until::Stage(_) => Ending::Pass,
        };
        if action.work == Work::Approval && open_since.is_none() {
            self.enter(Phase::Waiting);
            if self.approvals == Approvals::Open {
                let (run, began, attempt, retried) =
                    (self.run.clone(), self.began, self.attempt, self.retried);
                self.script.gate = Some(Gate {
                    run,
                    began,
                    attempt,
                    retried,
                    stage,
                    action: place,
                    stage_started,
                    since: started,
                    ending,
                });
                return false;
            }
            self.pause(60_000, 900_000);
            self.enter(Phase::Running);
        }
        match ending {
            Ending::Fail(at_stage, at_action) | Ending::Retry(at_stage, at_action, _)
                if (at_stage, at_action) == (stage, place) =>
            {
                self.work(action, 20, 100);
                self.tell(subject, State::Failed, started);
                self.pause(100, 600);
                self.tell(Subject::Stage(stage), State::Failed, stage_started);
                self.pause(100, 600);
                self.tell(Subject::Run, State::Failed, self.began);
                self.enter(Phase::Failed);
                if let Ending::Retry(_, _, after) = ending {
                    self.retry(stage, place, stage_started, after);
                }
                false
            }
            Ending::Stop(at_stage, at_action) if (at_stage, at_action) == (stage, place) => {
                self.work(action, 20, 80);
                self.tell(Subject::Run, State::Stopping, self.began);
                self.pause(100, 400);
                self.tell(Subject::Stage(stage), State::Stopping, stage_started);
                self.pause(2_000, 8_000);
                self.tell(subject, State::Abandoned, started);
                self.pause(100, 600);
                self.tell(Subject::Stage(stage), State::Stopped, stage_started);
                self.pause(100, 600);
                self.tell(Subject::Run, State::Stopped, self.began);
                self.enter(Phase::Stopped);
                false
            }
            _ => {
                self.work(action, 85, 115);
                self.tell(subject, State::Succeeded, started);
                self.pause(200, 900);
                true
            }
        }
    }

    /// Somebody tries the failed stage again; only its failed action runs again.
    fn retry(&mut self, stage: usize, action: usize, stage_started: i64, after: i64) {
        self.at += after;
        self.attempt += 1;
        self.retried = Some(self.at);
        self.enter(Phase::Running);
        self.tell(Subject::Run, State::Resumed, self.began);
        self.tell(Subject::Stage(stage), State::Resumed, stage_started);
        self.pause(300, 900);
        self.play(
            Place { stage, action, opened: Some((stage_started, None)) },
            Until::Ending(Ending::Pass),
        );
    }

    fn tell(&mut self, subject: Subject, state: State, started: i64) {
        let retried = if matches!(subject, Subject::Stage(_)) { self.retried } else { None };
        let (at, run, attempt) = (self.at, self.run.clone(), self.attempt);
        self.script.told.push(Told { at, run, subject, state, attempt, started, retried });
    }

    fn enter(&mut self, phase: Phase) {
        self.script.phases.push((self.at, phase));
    }

    /// Between so many percent of what the action usually takes; now and then much longer.
    fn work(&mut self, action: &Action, least: i64, most: i64) {
        let percent = if self.random.u8(..16) == 0 {
            self.random.i64(140..190)
        } else {
            self.random.i64(least..=most)
        };
        // An approval takes no work.
        self.at += (action.typical * percent / 100).max(400);
    }

    fn pause(&mut self, least: i64, most: i64) {
        self.at += self.random.i64(least..most);
    }
}
