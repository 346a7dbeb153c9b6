//! How many events a second one core applies, the documents written after each: `cargo bench -p model`.
//!
//! "Written" is what a backend stores after an event: the pipeline's document as JSON bytes and its tile as JSON bytes.
//! Twenty pipelines of five stages and six actions take turns; each has sixteen runs behind it, so that a new run lets an
//! old one go. Decoding, which a backend does once a batch, is measured beside it.
//!
//! A second is one of the core's: where the system tells (Linux), time in which other programs had the core is left out.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads the clock, prints and may panic"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use model::{
    Pipeline, PipelineId, Timestamp,
    event::{Approval, ChangeSource, Detail, Event, State, Subject},
    tile::Change,
};

const PIPELINES: usize = 20;
const RUNS_BEHIND: usize = 20;
const RUNS_MEASURED: usize = 80;
const ROUNDS: usize = 10;
const DECODINGS: usize = 50;

/// Stage, action, kind, seconds.
const WORK: [(&str, &str, &str, i64); 6] = [
    ("Source", "Checkout", "Source by CodeStarSourceConnection", 6),
    ("Build", "Compile", "Build by CodeBuild", 95),
    ("Test", "Integration", "Test by CodeBuild", 140),
    ("Staging", "Deploy", "Deploy by CloudFormation", 75),
    ("Prod", "Approve", "Approval by Manual", 600),
    ("Prod", "Deploy", "Deploy by CloudFormation", 80),
];

fn main() {
    let histories: Vec<(PipelineId, Vec<Event>, Vec<Event>)> =
        (0..PIPELINES).map(history).collect();
    let mut written = Vec::new();
    let mut decoded = Vec::new();
    let mut sizes = (0, 0);
    for _ in 0..ROUNDS {
        let mut pipelines: Vec<Pipeline> =
            histories.iter().map(|(id, behind, _)| pipeline(id, behind)).collect();
        let mut events: Vec<_> =
            histories.iter().map(|(_, _, measured)| measured.clone().into_iter()).collect();
        let started = Clock::start();
        let mut count = 0;
        loop {
            let before = count;
            for (pipeline, events) in pipelines.iter_mut().zip(&mut events) {
                let Some(event) = events.next() else { continue };
                let _ = black_box(pipeline.apply(event));
                let document = black_box(pipeline.to_json()).len();
                let tile = black_box(pipeline.tile().to_json()).len();
                sizes = (document, tile);
                count += 1;
            }
            if count == before {
                break;
            }
        }
        written.push(per_second(count, &started));

        let documents: Vec<Vec<u8>> = pipelines.iter().map(Pipeline::to_json).collect();
        let started = Clock::start();
        for document in documents.iter().cycle().take(DECODINGS * PIPELINES) {
            black_box(Pipeline::from_json(document).unwrap());
        }
        decoded.push(per_second(DECODINGS * PIPELINES, &started));
    }
    println!(
        r#"{{"bench":"model","applied_and_written_per_s":{},"decoded_per_s":{},"document_bytes":{},"tile_bytes":{},"rounds":{ROUNDS}}}"#,
        median(written),
        median(decoded),
        sizes.0,
        sizes.1
    );
}

fn per_second(count: usize, started: &Clock) -> u64 {
    let nanos = started.elapsed().as_nanos().max(1);
    u64::try_from(u128::try_from(count).unwrap() * 1_000_000_000 / nanos).unwrap()
}

/// Time on the core, else on the wall.
struct Clock {
    on_core: Option<Duration>,
    on_wall: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { on_core: Self::on_core(), on_wall: Instant::now() }
    }

    fn elapsed(&self) -> Duration {
        let on_core = self.on_core.zip(Self::on_core()).map(|(then, now)| now.saturating_sub(then));
        on_core.unwrap_or_else(|| self.on_wall.elapsed())
    }

    fn on_core() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    }
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn pipeline(id: &PipelineId, behind: &[Event]) -> Pipeline {
    let mut pipeline = Pipeline::new(id.clone());
    for event in behind {
        let _ = pipeline.apply(event.clone());
    }
    pipeline
}

/// A pipeline's events before and inside the measurement.
fn history(index: usize) -> (PipelineId, Vec<Event>, Vec<Event>) {
    let id = PipelineId::new(
        "codepipeline",
        "us-east-1",
        "123456789012",
        &format!("orders-service-{index}"),
    )
    .unwrap();
    let events = |runs: std::ops::Range<usize>| runs.flat_map(|run| run_events(&id, run)).collect();
    (id.clone(), events(0..RUNS_BEHIND), events(RUNS_BEHIND..RUNS_BEHIND + RUNS_MEASURED))
}

/// One run in CodePipeline's way: every seventh fails in its tests.
fn run_events(id: &PipelineId, run: usize) -> Vec<Event> {
    let fails = run % 7 == 6;
    let mut clock = 1_795_425_242_120 + i64::try_from(run).unwrap() * 3_600_000;
    let teller = Teller { id, run, started: clock };
    let mut events = vec![teller.tell(Subject::Run, State::Started, clock, clock)];
    let mut open: Option<(&str, i64)> = None;
    for (stage, action, kind, seconds) in WORK {
        if open.is_none_or(|(name, _)| name != stage) {
            if let Some((name, began)) = open {
                events.push(teller.tell(
                    Subject::Stage(name.to_owned()),
                    State::Succeeded,
                    clock,
                    began,
                ));
            }
            clock += 1_300;
            events.push(teller.tell(
                Subject::Stage(stage.to_owned()),
                State::Started,
                clock,
                clock,
            ));
            open = Some((stage, clock));
        }
        let began = clock + 400;
        let failed = fails && stage == "Test";
        let subject = || Subject::Action { stage: stage.to_owned(), action: action.to_owned() };
        events.push(teller.tell_action(subject(), State::Started, began, began, kind));
        clock = began + seconds * 1_000;
        events.push(teller.tell_action(
            subject(),
            if failed { State::Failed } else { State::Succeeded },
            clock,
            began,
            kind,
        ));
        if failed {
            break;
        }
    }
    let end = if fails { State::Failed } else { State::Succeeded };
    if let Some((name, began)) = open {
        events.push(teller.tell(Subject::Stage(name.to_owned()), end, clock, began));
    }
    events.push(teller.tell(Subject::Run, end, clock + 700, teller.started));
    events
}

struct Teller<'a> {
    id: &'a PipelineId,
    run: usize,
    started: i64,
}

impl Teller<'_> {
    fn tell(&self, subject: Subject, state: State, ms: i64, started: i64) -> Event {
        let name = self.id.name();
        let run = format!("3f8a1c20-9b1d-4d6e-8f5a-{:012x}", self.run * 7919);
        let start = subject == Subject::Run && state == State::Started;
        Event {
            pipeline: self.id.clone(),
            pipeline_name: None,
            run_number: None,
            job: None,
            pipeline_url: Some(format!(
                "https://us-east-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/{name}/view?region=us-east-1"
            )),
            run_url: Some(format!(
                "https://us-east-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/{name}/executions/{run}/timeline?region=us-east-1"
            )),
            run,
            subject,
            attempt: 1,
            time: Timestamp::from_unix_ms(ms / 1000 * 1000).unwrap(),
            state,
            started: Some(Timestamp::from_unix_ms(started).unwrap()),
            trigger: start.then(|| "WebhookV2".to_owned()),
            change: None,
            detail: Detail::default(),
        }
    }

    fn tell_action(
        &self,
        subject: Subject,
        state: State,
        ms: i64,
        started: i64,
        kind: &str,
    ) -> Event {
        let approval = if kind.starts_with("Approval") { Approval::Manual } else { Approval::None };
        let is_source = kind.starts_with("Source") && state == State::Succeeded;
        let has_link = state != State::Started && !is_source && approval == Approval::None;
        let change = Change {
            message: Some(format!("Cap the retries of the payment client at {}", self.run)),
            author: Some("Ada Lovelace".to_owned()),
            revision: Some(format!("{:07x}", 0x9f3_c1e0 + self.run)),
            url: Some(format!(
                "https://github.com/example/orders-service/commit/{:040x}",
                self.run
            )),
        };
        let link = || {
            format!(
                "https://us-east-1.console.aws.amazon.com/codesuite/codebuild/projects/orders/build/{}",
                self.run
            )
        };
        Event {
            change: is_source.then_some((ChangeSource::SourceAction, change)),
            detail: Detail {
                approval,
                kind: Some(kind.to_owned()),
                summary: (state == State::Failed)
                    .then(|| "Build terminated with state: FAILED".to_owned()),
                error: (state == State::Failed).then(|| "JobFailed".to_owned()),
                url: has_link.then(link),
                took_s: None,
            },
            ..self.tell(subject, state, ms, started)
        }
    }
}
