//! Invented histories for the property tests: equal seconds, conflicting ends, missing starts and attempts, retries,
//! overlapping runs, rollbacks, approvals, stops, superseded runs, losses, and plain nonsense between.

use model::event::{Approval, ChangeSource, Event, State};
use model::tile::Change;
use proptest::prelude::*;

use crate::story::{Of, Saying, by, run};

const STAGES: [&str; 4] = ["Source", "Build", "Gate", "Prod"];
const STATES: [State; 12] = [
    State::Unknown,
    State::Queued,
    State::Started,
    State::Resumed,
    State::Stopping,
    State::Superseded,
    State::Canceled,
    State::Skipped,
    State::Abandoned,
    State::Stopped,
    State::Succeeded,
    State::Failed,
];

/// How one run goes.
#[derive(Clone, Debug)]
pub struct Course {
    /// When it starts, in seconds.
    pub start: i64,
    /// How many seconds pass from event to event.
    pace: i64,
    /// How many of the stages it passes before it ends.
    reaches: usize,
    end: End,
    telling: Telling,
    rollback: bool,
    /// One bit an event: those that are lost.
    lost: u64,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Passed,
    Failed,
    RetriedAndPassed,
    RetriedAndFailed,
    RetriedAndOpen,
    Stopping,
    Stopped,
    Superseded,
    Open,
    InTwoWays,
}

/// What the CI tells, as it does today, did in other years, or by a narrower rule.
#[derive(Clone, Copy, Debug)]
enum Telling {
    Everything,
    NoStarts,
    NoStartsNorAttempts,
    ActionsAlone,
    RunsAlone,
}

/// The events of a few runs that start close together, some lost, with nonsense between.
pub fn history() -> impl Strategy<Value = Vec<Event>> {
    let courses = prop::collection::vec(course(0..40, 0..4), 0..=6);
    let nonsense = prop::collection::vec(nonsense(), 0..=12);
    (courses, nonsense).prop_map(|(courses, nonsense)| {
        let mut events: Vec<Event> = courses
            .iter()
            .enumerate()
            .flat_map(|(place, course)| course.events(&format!("r{place}")))
            .collect();
        events.extend(nonsense);
        events
    })
}

/// Up to sixteen runs, mostly told well.
pub fn sixteen_runs() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(course(0..400, 0..30), 10..=16).prop_map(|courses| {
        courses
            .iter()
            .enumerate()
            .flat_map(|(place, course)| course.events(&format!("r{place}")))
            .collect()
    })
}

/// Up to sixty runs, two to thirty minutes apart, none of them longer than six minutes.
pub fn sixty_runs() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec((120..1800_i64, course(0..1, 0..24)), 17..=60).prop_map(|courses| {
        let mut start = 0;
        let mut events = Vec::new();
        for (place, (gap, course)) in courses.into_iter().enumerate() {
            start += gap;
            events.extend(Course { start, ..course }.events(&format!("r{:02}", place * 7 % 60)));
        }
        events
    })
}

/// Up to sixty runs, two to thirty minutes apart. Some of the first wait before they are deployed, whatever becomes of it,
/// while those behind them are superseded, and some fail.
pub fn runs_behind_waiting_ones() -> impl Strategy<Value = Vec<Event>> {
    let behind = (
        120..1800_i64,
        0..24_i64,
        1..=2_usize,
        prop_oneof![8 => Just(End::Superseded), 1 => Just(End::Failed)],
    );
    let waiting = prop::collection::vec((10_000..200_000_i64, any::<Option<bool>>()), 1..=3);
    (waiting, prop::collection::vec(behind, 17..=60)).prop_map(|(waiting, behind)| {
        let mut start = 0;
        let mut events = Vec::new();
        for (place, (gap, pace, reaches, end)) in behind.into_iter().enumerate() {
            start += gap;
            let id = format!("r{:02}", place * 7 % 60);
            let course = Course {
                start,
                pace,
                reaches,
                end,
                telling: Telling::Everything,
                rollback: false,
                lost: 0,
            };
            let Some((over, passed)) = waiting.get(place) else {
                events.extend(course.events(&id));
                continue;
            };
            events.extend(Course { reaches: 2, end: End::Open, ..course }.events(&id));
            if let Some(passed) = passed {
                let end = if *passed { State::Succeeded } else { State::Failed };
                let gate = run(&id).stage("Gate");
                events.extend([
                    gate.clone().approval("Approve").at(*over, end),
                    gate.at(*over, end),
                    run(&id).at(*over, end),
                ]);
            }
        }
        events
    })
}

/// One run of hundreds of jobs, some of which share their names, and none, one or some of which fail.
pub fn many_jobs() -> impl Strategy<Value = Vec<Event>> {
    let failures = prop_oneof![Just(0.0), Just(0.01), Just(0.3)];
    let states = |failures: f64| prop::collection::vec(prop::bool::weighted(failures), 60..=260);
    (failures.prop_flat_map(states), 1..200_usize).prop_map(|(failed, names)| {
        let job = |number: usize, event: Event| Event { job: Some(number.to_string()), ..event };
        let jobs = failed.into_iter().enumerate().flat_map(|(number, failed)| {
            let of = || run("r0").stage(&format!("test ({})", number % names));
            let state = if failed { State::Failed } else { State::Succeeded };
            [job(number, of().started_at(10)), job(number, of().at(20, state))]
        });
        let mut events: Vec<Event> = jobs.collect();
        events.push(run("r0").started_at(5));
        by("github", events)
    })
}

/// One run that fetched several sources, as several events claim, in one second or one after the other.
pub fn several_sources() -> impl Strategy<Value = Vec<Event>> {
    let sources = prop::sample::select(vec![
        ChangeSource::StartTrigger,
        ChangeSource::Artifact,
        ChangeSource::SourceAction,
        ChangeSource::GitTrigger,
    ]);
    let claim = (0..5_i64, sources, prop::option::weighted(0.9, 0..4_u8), any::<[bool; 3]>());
    prop::collection::vec(claim, 1..9).prop_map(|claims| {
        let event = |(second, source, revision, [message, author, url]): (
            i64,
            ChangeSource,
            Option<u8>,
            [bool; 3],
        )| {
            let name =
                revision.map_or_else(|| "any".to_owned(), |revision| format!("rev{revision}"));
            let text = |has: bool, text: &str| has.then(|| format!("{text} {name} {second}"));
            let change = Change {
                message: text(message, "Change"),
                author: text(author, "Ada"),
                url: text(url, "https://git/"),
                revision: revision.map(|_| name.clone()),
            };
            run("r0").started_at(second).with(source, change)
        };
        claims.into_iter().map(event).collect()
    })
}

/// The same events in any order, some of them twice or thrice.
pub fn retold(events: Vec<Event>) -> impl Strategy<Value = Vec<Event>> {
    let count = events.len();
    let again = prop::collection::vec(any::<prop::sample::Index>(), 0..=count.min(8));
    (Just(events), again)
        .prop_map(|(mut events, again)| {
            let again: Vec<Event> = again
                .iter()
                .filter(|_| !events.is_empty())
                .map(|index| events[index.index(events.len())].clone())
                .collect();
            events.extend(again);
            events
        })
        .prop_shuffle()
}

fn course(
    start: std::ops::Range<i64>,
    pace: std::ops::Range<i64>,
) -> impl Strategy<Value = Course> {
    let end = prop_oneof![
        4 => Just(End::Passed),
        3 => Just(End::Failed),
        1 => Just(End::RetriedAndPassed),
        1 => Just(End::RetriedAndFailed),
        1 => Just(End::RetriedAndOpen),
        1 => Just(End::Stopping),
        1 => Just(End::Stopped),
        1 => Just(End::Superseded),
        3 => Just(End::Open),
        1 => Just(End::InTwoWays),
    ];
    let telling = prop_oneof![
        5 => Just(Telling::Everything),
        1 => Just(Telling::NoStarts),
        1 => Just(Telling::NoStartsNorAttempts),
        2 => Just(Telling::ActionsAlone),
        1 => Just(Telling::RunsAlone),
    ];
    let lost = prop_oneof![3 => Just(0), 1 => any::<u64>().prop_map(|bits| bits & bits.rotate_left(7)), 1 => any::<u64>()];
    (start, pace, 0..=STAGES.len(), end, telling, prop::bool::weighted(0.1), lost).prop_map(
        |(start, pace, reaches, end, telling, rollback, lost)| Course {
            start,
            pace,
            reaches,
            end,
            telling,
            rollback,
            lost,
        },
    )
}

fn nonsense() -> impl Strategy<Value = Event> {
    let begun = prop::option::weighted(0.3, 0..60_i64);
    (0..8_u8, 0..10_usize, 0..4_u32, 0..60_i64, prop::sample::select(&STATES), begun, any::<bool>())
        .prop_map(|(id, subject, attempt, second, state, begun, approval)| {
            let of = run(&format!("r{id}")).attempt(attempt);
            let of = match (subject, STAGES.get(subject / 2)) {
                (_, Some(stage)) if subject % 2 == 0 => of.stage(stage),
                (_, Some(stage)) if approval => of.stage(stage).approval("Approve"),
                (_, Some(stage)) => of.stage(stage).action("Work"),
                (_, None) => of,
            };
            let mut event = of.at(second, state);
            if approval {
                event.detail.approval = Approval::Manual;
            }
            begun.map_or(event.clone(), |begun| event.begun_at(begun))
        })
}

impl Course {
    /// All that happens in the run and is not lost.
    pub fn events(&self, id: &str) -> Vec<Event> {
        let mut clock = Clock { second: self.start, pace: self.pace };
        let mut events = vec![run(id).started_at(clock.tick()).begun_at(self.start)];
        for stage in STAGES.iter().take(self.reaches) {
            self.pass(run(id).stage(stage), &mut clock, &mut events);
        }
        self.end(id, &mut clock, &mut events);
        if self.rollback {
            events =
                events.into_iter().map(|event| event.triggered_by("AutomatedRollback")).collect();
        }
        let heard =
            events.into_iter().enumerate().filter(|(place, _)| self.lost >> (place % 64) & 1 == 0);
        heard
            .map(|(_, event)| event)
            .filter(|event| self.is_told(event))
            .map(|event| self.as_told(event))
            .collect()
    }

    fn pass(&self, stage: Of, clock: &mut Clock, events: &mut Vec<Event>) {
        let begun = clock.tick();
        events.push(stage.clone().started_at(begun).begun_at(begun));
        for work in works(&stage) {
            let begun = clock.tick();
            events.push(work.clone().started_at(begun).begun_at(begun));
            events.push(
                work.succeeded_at(clock.tick())
                    .begun_at(begun)
                    .with(ChangeSource::SourceAction, change(self.start)),
            );
        }
        events.push(stage.succeeded_at(clock.tick()).begun_at(begun));
    }

    fn end(&self, id: &str, clock: &mut Clock, events: &mut Vec<Event>) {
        let stage = || run(id).stage(STAGES.get(self.reaches).copied().unwrap_or("Report"));
        let git = |event: Event| event.with(ChangeSource::GitTrigger, change(self.start + 1));
        let (begun, over) = (clock.tick(), clock.tick());
        if !matches!(self.end, End::Passed) {
            events.push(stage().started_at(begun).begun_at(begun));
            events.extend(works(&stage()).map(|work| work.started_at(begun).begun_at(begun)));
        }
        let fail = |of: Of, over: i64| of.failed_at(over).begun_at(begun);
        match self.end {
            End::Passed => events.push(git(run(id).succeeded_at(begun).begun_at(self.start))),
            End::Open => {}
            End::Stopping => events.push(run(id).stopping_at(over).begun_at(self.start)),
            End::Stopped => events.extend([
                run(id).stopping_at(over),
                stage().stopped_at(over),
                git(run(id).stopped_at(over)),
            ]),
            End::Superseded => events.push(git(run(id).superseded_at(over))),
            End::InTwoWays => events.extend([
                run(id).failed_at(over),
                run(id).succeeded_at(over),
                run(id).canceled_at(over),
            ]),
            End::Failed | End::RetriedAndPassed | End::RetriedAndFailed | End::RetriedAndOpen => {
                events.extend(works(&stage()).map(|work| fail(work, over)));
                events.extend([
                    fail(stage(), over),
                    git(run(id).failed_at(over).begun_at(self.start)),
                ]);
                self.retry(&run(id).attempt(2), &stage().attempt(2), clock, events);
            }
        }
    }

    fn retry(&self, run: &Of, stage: &Of, clock: &mut Clock, events: &mut Vec<Event>) {
        if matches!(self.end, End::Failed) {
            return;
        }
        let begun = clock.tick();
        events.extend([run.clone().resumed_at(begun), stage.clone().resumed_at(begun)]);
        events.extend(works(stage).map(|work| work.started_at(begun).begun_at(begun)));
        let over = clock.tick();
        match self.end {
            End::RetriedAndPassed => {
                events.extend(works(stage).map(|work| work.succeeded_at(over)));
                events.extend([
                    stage.clone().succeeded_at(over),
                    run.clone().succeeded_at(over).begun_at(self.start),
                ]);
            }
            End::RetriedAndFailed => {
                events.extend(works(stage).map(|work| work.failed_at(over)));
                events.extend([
                    stage.clone().failed_at(over),
                    run.clone().failed_at(over).begun_at(self.start),
                ]);
            }
            End::Passed
            | End::Failed
            | End::RetriedAndOpen
            | End::Stopping
            | End::Stopped
            | End::Superseded
            | End::Open
            | End::InTwoWays => {}
        }
    }

    fn is_told(&self, event: &Event) -> bool {
        use model::event::Subject;
        match self.telling {
            Telling::Everything | Telling::NoStarts | Telling::NoStartsNorAttempts => true,
            Telling::ActionsAlone => matches!(event.subject, Subject::Action { .. }),
            Telling::RunsAlone => event.subject == Subject::Run,
        }
    }

    fn as_told(&self, mut event: Event) -> Event {
        if matches!(self.telling, Telling::NoStarts | Telling::NoStartsNorAttempts) {
            event.started = None;
        }
        if matches!(self.telling, Telling::NoStartsNorAttempts) {
            event.attempt = 0;
        }
        let link = event.run.clone();
        event.with_links(&link)
    }
}

/// What a stage does: the gate asks somebody, the others have two actions side by side.
fn works(stage: &Of) -> impl Iterator<Item = Of> + use<> {
    let works = if stage.is_of("Gate") {
        vec![stage.clone().approval("Approve")]
    } else {
        vec![stage.clone().action("Work"), stage.clone().action("Check")]
    };
    works.into_iter()
}

fn change(number: i64) -> Change {
    Change {
        message: Some(format!("Change {number}")),
        author: (number % 2 == 0).then(|| "Ada".to_owned()),
        ..Change::default()
    }
}

struct Clock {
    second: i64,
    pace: i64,
}

impl Clock {
    fn tick(&mut self) -> i64 {
        let now = self.second;
        self.second += self.pace;
        now
    }
}
