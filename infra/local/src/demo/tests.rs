use std::collections::{BTreeMap, BTreeSet};

use model::{
    Pipeline, PipelineId, Status,
    event::{self, Event, Parsed},
};

use super::{line::name, *};

const NOW: &str = "2026-11-23T09:00:00Z";

fn demo(seed: u64, pipelines: usize, pace: &str) -> Demo {
    Demo::new(seed, pipelines, 12, now(), pace.parse().unwrap())
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn read(value: &Value) -> Event {
    match event::parse_value(value) {
        Ok(Parsed::Event(event)) => *event,
        other => panic!("no event: {other:?} from {value}"),
    }
}

/// What a wall would know.
#[derive(Default)]
struct Board(BTreeMap<PipelineId, Pipeline>);

impl Board {
    fn tell(&mut self, value: &Value) {
        let event = read(value);
        let id = event.pipeline.clone();
        let _ = self.0.entry(id.clone()).or_insert_with(|| Pipeline::new(id)).apply(event);
    }

    /// How many pipelines are at each of these.
    fn counts<const N: usize>(&self, statuses: [Status; N]) -> [usize; N] {
        let pipelines = self.0.iter().filter(|(id, _)| !id.is_heartbeat());
        let seen: Vec<Status> = pipelines.map(|(_, pipeline)| pipeline.tile().status).collect();
        statuses.map(|status| seen.iter().filter(|seen| **seen == status).count())
    }
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let events = |seed| demo(seed, 12, "1").take(7_000).collect::<Vec<_>>();
    let first = events(7);
    assert!(first.last().unwrap().0 > now());
    assert!(first == events(7));
    assert!(first != events(8));
}

#[test]
fn events_come_in_order_and_say_when_they_are_due() {
    let mut last = None;
    for (at, value) in demo(1, 12, "1").take(7_000) {
        assert!(last.is_none_or(|last| last <= at));
        last = Some(at);
        assert_eq!(read(&value).time.unix_ms(), at.unix_ms() / 1000 * 1000);
    }
}

#[test]
fn every_pipeline_has_a_past_and_a_name() {
    for pipelines in [0, 1, 2, 24, 100] {
        let mut runs: BTreeMap<PipelineId, BTreeSet<String>> = BTreeMap::new();
        for (_, value) in demo(3, pipelines, "1").take_while(|(at, _)| *at <= now()) {
            let event = read(&value);
            runs.entry(event.pipeline).or_default().insert(event.run);
        }
        runs.retain(|id, _| !id.is_heartbeat());
        assert_eq!(runs.len(), pipelines);
        assert!(runs.values().all(|runs| runs.len() >= 10));
        let names: BTreeSet<String> = runs.keys().map(PipelineId::name).collect();
        let namesakes = usize::from(pipelines >= 6);
        assert_eq!(names.len() + namesakes, pipelines);
    }
    let names: BTreeSet<String> = (0..3_000).map(name).collect();
    assert_eq!(names.len(), 3_000);
}

/// Plays two hours and looks at the wall every fifteen seconds.
#[track_caller]
fn check_mix(seed: u64, pipelines: usize) {
    let mut board = Board::default();
    let mut look = now().unix_ms();
    for (at, value) in demo(seed, pipelines, "1") {
        while at.unix_ms() > look {
            let statuses = [Status::Failed, Status::Waiting, Status::Started, Status::Stopped];
            let [failed, waiting, running, stopped] = board.counts(statuses);
            let good = (1..=3).contains(&failed)
                && (1..=2).contains(&waiting)
                && (1..=7).contains(&running)
                && (1..=3).contains(&stopped);
            assert!(
                good,
                "seed {seed}, {} s: failed {failed}, waiting {waiting}, running {running}, stopped {stopped}",
                (look - now().unix_ms()) / 1000
            );
            look += 15_000;
        }
        if look > now().unix_ms() + 2 * HOUR {
            return;
        }
        board.tell(&value);
    }
}

#[test]
fn the_wall_always_has_a_bit_of_everything() {
    for seed in 0..3 {
        check_mix(seed, 24);
    }
}

#[test]
fn something_happens_every_few_seconds() {
    let two_hours = Timestamp::from_unix_ms(now().unix_ms() + 2 * HOUR).unwrap();
    let future =
        demo(5, 24, "1").skip_while(|(at, _)| *at <= now()).take_while(|(at, _)| *at <= two_hours);
    let moments: Vec<i64> = future
        .filter(|(_, value)| value["source"] == "aws.codepipeline")
        .map(|(at, _)| at.unix_ms())
        .collect();
    let longest = moments.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest < 60_000, "nothing for {longest} ms");
    assert!(moments.len() > 2 * 60 * 10, "only {} events", moments.len());
}

#[test]
fn all_that_happens_to_pipelines_happens() {
    let words = |key: &str, value: &Value| {
        Some(format!("{} {}", value["detail-type"].as_str()?, value["detail"][key].as_str()?))
    };
    let seen: BTreeSet<String> =
        demo(2, 24, "1").take(20_000).filter_map(|(_, value)| words("state", &value)).collect();
    let levels = [
        ("Action", "ABANDONED FAILED STARTED SUCCEEDED"),
        ("Pipeline", "FAILED RESUMED STARTED STOPPED STOPPING SUCCEEDED SUPERSEDED"),
        ("Stage", "FAILED RESUMED STARTED STOPPED STOPPING SUCCEEDED"),
    ];
    let all = levels.into_iter().flat_map(|(level, states)| {
        states
            .split(' ')
            .map(move |state| format!("CodePipeline {level} Execution State Change {state}"))
    });
    assert_eq!(seen, all.collect::<BTreeSet<_>>());
}

#[test]
fn a_faster_future_keeps_the_past() {
    let (slow, fast) = (demo(4, 12, "1"), demo(4, 12, "10"));
    for ((slow_at, slow_event), (fast_at, fast_event)) in slow.zip(fast).take(7_000) {
        let ahead = slow_at.unix_ms() - now().unix_ms();
        let expected = if ahead > 0 { now().unix_ms() + ahead / 10 } else { slow_at.unix_ms() };
        assert_eq!(fast_at.unix_ms(), expected);
        assert_eq!(read(&fast_event).time.unix_ms(), expected / 1000 * 1000);
        assert_eq!(
            (read(&slow_event).run, read(&slow_event).state),
            (read(&fast_event).run, read(&fast_event).state)
        );
    }
}

#[test]
fn a_heart_beats_every_minute() {
    let hour = Timestamp::from_unix_ms(now().unix_ms() + HOUR).unwrap();
    let beats = demo(6, 2, "1")
        .take_while(|(at, _)| *at <= hour)
        .filter(|(_, value)| value["detail-type"] == "Heartbeat");
    assert_eq!(beats.count(), 70);
}

#[test]
fn speeds_are_decimal_numbers() {
    let thousandths = |text: &str| text.parse::<Speed>().ok().map(|speed| speed.thousandths.get());
    assert_eq!(thousandths("1"), Some(1_000));
    assert_eq!(thousandths("0.5"), Some(500));
    assert_eq!(thousandths("1000"), Some(1_000_000));
    assert_eq!(thousandths("0.001"), Some(1));
    for none in ["", "0", "0.0", "-1", "1e3", "1000.001", "1.2345", ".5", "1.x", "99999999999"] {
        assert_eq!(thousandths(none), None, "{none}");
    }
}
